package sheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// openCSV finds out how the text is written: UTF-8 (with or without a byte order mark), UTF-16
// with one (Excel's "Unicode text"), else GB18030, which Excel and WPS write in China.
func openCSV(r io.ReaderAt, size int64, head []byte, limits Limits) (*Table, error) {
	var dec transform.Transformer
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		dec = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder()
	case bytes.IndexByte(head, 0) >= 0:
		return nil, errNotTable
	default:
		isUTF8, err := validUTF8(io.NewSectionReader(r, 0, size))
		if err != nil {
			return nil, err
		}
		if isUTF8 {
			dec = unicode.UTF8BOM.NewDecoder()
		} else {
			dec = simplifiedchinese.GB18030.NewDecoder()
		}
	}
	text := func() io.Reader { return transform.NewReader(io.NewSectionReader(r, 0, size), dec) }
	first, err := firstLine(text())
	if err != nil {
		return nil, err
	}
	return &Table{Format: "csv", rows: csvRows(text, delimiter(first), limits)}, nil
}

func csvRows(text func() io.Reader, comma rune, limits Limits) func(func(Row, error) bool) {
	return func(yield func(Row, error) bool) {
		c := csv.NewReader(text())
		c.Comma = comma
		c.FieldsPerRecord = -1
		for {
			cells, err := c.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Row{}, csvError(err))
				return
			}
			line, _ := c.FieldPos(0)
			row := Row{Line: line, Cells: cells}
			for i, cell := range cells {
				if strings.ContainsRune(cell, utf8.RuneError) || strings.IndexByte(cell, 0) >= 0 {
					yield(Row{}, errEncoding.With("line", line, "column", ColumnName(i)))
					return
				}
			}
			if err := limits.check(&row); err != nil {
				yield(Row{}, err)
				return
			}
			if !row.empty() && !yield(row, nil) {
				return
			}
		}
	}
}

func csvError(err error) error {
	var p *csv.ParseError
	if errors.As(err, &p) {
		return errQuotes.With("line", p.StartLine).Because(err)
	}
	return err
}

// validUTF8 reads everything once, in pieces.
func validUTF8(r io.Reader) (bool, error) {
	buf := make([]byte, 64<<10)
	kept := 0 // bytes of a character cut in two
	for {
		n, err := r.Read(buf[kept:])
		b := buf[:kept+n]
		for len(b) > 0 {
			c, w := utf8.DecodeRune(b)
			if c == utf8.RuneError && w == 1 {
				if !utf8.FullRune(b) && err == nil {
					break
				}
				return false, nil
			}
			b = b[w:]
		}
		kept = copy(buf, b)
		if errors.Is(err, io.EOF) {
			return kept == 0, nil
		}
		if err != nil {
			return false, err
		}
	}
}

func firstLine(r io.Reader) (string, error) {
	b, err := bufio.NewReaderSize(io.LimitReader(r, 16<<10), 16<<10).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return b, nil
}

// delimiter is the most frequent of those that programs write; the comma when there is none.
func delimiter(line string) rune {
	best, most := ',', 0
	for _, d := range ",;\t；，" {
		if n := strings.Count(line, string(d)); n > most {
			best, most = d, n
		}
	}
	return best
}
