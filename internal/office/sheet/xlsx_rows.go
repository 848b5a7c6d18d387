package sheet

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var errStop = errors.New("the reader has enough")

// rows streams a sheet and reports whether the reader wants more. Lines and columns come from the cells' own references: files leave out
// what is empty.
func (w *workbook) rows(s named, yield func(Row, error) bool) bool {
	var (
		row       Row
		col       int // of the cell being read, from 0
		kind      string
		style     int
		value     strings.Builder
		inV, seen bool
		text      textOf
	)
	err := w.scan(s.part, w.limits.Unpacked, func(t xml.Token) error {
		switch e := t.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "row":
				line := row.Line + 1
				if r := attr(e, "r"); r != "" {
					n, err := strconv.Atoi(r)
					if err != nil || n < line {
						return errors.New("rows out of order")
					}
					line = n
				}
				row = Row{Sheet: s.name, Line: line}
				col = -1
			case "c":
				col++
				if ref := attr(e, "r"); ref != "" {
					n, ok := columnOf(ref)
					if !ok || n < col {
						return errors.New("cells out of order")
					}
					col = n
				}
				kind = attr(e, "t")
				style, _ = strconv.Atoi(attr(e, "s"))
				value.Reset()
				seen = false
			case "v":
				inV, seen = true, true
			case "is":
				seen = true
			}
			text.next(t)
		case xml.CharData:
			switch {
			case inV:
				value.Write(e)
			case kind == "inlineStr":
				value.WriteString(text.next(t))
			}
		case xml.EndElement:
			text.next(t)
			switch e.Name.Local {
			case "v":
				inV = false
			case "c":
				if !seen {
					break
				}
				s, err := w.value(kind, style, value.String())
				if err != nil {
					return err
				}
				if s == "" {
					break
				}
				if col >= w.limits.Columns {
					return errColumns.With("line", row.Line, "limit", w.limits.Columns)
				}
				for len(row.Cells) <= col {
					row.Cells = append(row.Cells, "")
				}
				row.Cells[col] = s
			case "row":
				if err := w.limits.check(&row); err != nil {
					return err
				}
				if !row.empty() && !yield(row, nil) {
					return errStop
				}
			case "sheetData":
				return io.EOF
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, errStop) {
		yield(Row{}, broken(err, row.Line))
	}
	return err == nil
}

// value is what a person would say is in the cell; dates as 2020-02-14 or 2020-02-14 09:30.
func (w *workbook) value(kind string, style int, v string) (string, error) {
	switch kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(v))
		if err != nil || i < 0 || i >= len(w.strings) {
			return "", errors.New("a cell points to a string that is not there")
		}
		return unescape(w.strings[i]), nil
	case "b":
		if strings.TrimSpace(v) == "1" {
			return "TRUE", nil
		}
		return "FALSE", nil
	case "str", "inlineStr":
		return unescape(v), nil
	case "e", "d":
		return v, nil
	}
	v = strings.TrimSpace(v)
	f, err := strconv.ParseFloat(v, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return v, nil
	}
	if style >= 0 && style < len(w.isDate) && w.isDate[style] {
		if s, ok := serialText(f, w.date1904); ok {
			return s, nil
		}
	}
	return number(f), nil
}

var escaped = regexp.MustCompile(`_x([0-9A-Fa-f]{4})_`)

// unescape reads the way in which spreadsheets write what XML cannot hold: _x000D_ is a return.
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	return escaped.ReplaceAllStringFunc(s, func(m string) string {
		n, _ := strconv.ParseUint(m[2:6], 16, 16)
		return string(rune(n))
	})
}

// number writes a cell's number as spreadsheets show it: 15 digits, no exponent.
func number(f float64) string {
	s := strconv.FormatFloat(f, 'e', 14, 64)
	if g, err := strconv.ParseFloat(s, 64); err == nil {
		f = g
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// serialText writes a spreadsheet's day number as a date, a date with a time, or a time alone.
func serialText(f float64, date1904 bool) (string, bool) {
	t, ok := serialTime(f, date1904)
	switch {
	case !ok:
		return "", false
	case f < 1 && !date1904:
		return t.Format("15:04:05"), true
	case t.Equal(t.Truncate(24 * time.Hour)):
		return t.Format(time.DateOnly), true
	case t.Second() == 0:
		return t.Format("2006-01-02 15:04"), true
	}
	return t.Format(time.DateTime), true
}

// serialTime is the moment of a day number. Day 60 is the 29 February 1900 that never was: days
// before it count from one day later.
func serialTime(f float64, date1904 bool) (time.Time, bool) {
	if f < 0 || f >= 2958466 { // the year 10000
		return time.Time{}, false
	}
	base := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if date1904 {
		base = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	} else if f < 60 {
		base = base.AddDate(0, 0, 1)
	}
	days, part := math.Modf(f)
	return base.AddDate(0, 0, int(days)).Add(time.Duration(math.Round(part*86400)) * time.Second), true
}

// columnOf reads the letters of a reference such as "AB12".
func columnOf(ref string) (int, bool) {
	n := 0
	for i, c := range ref {
		switch {
		case c >= 'A' && c <= 'Z' && i < 3:
			n = n*26 + int(c-'A') + 1
		case c >= '0' && c <= '9' && i > 0:
			return n - 1, n <= 16384
		default:
			return 0, false
		}
	}
	return 0, false
}
