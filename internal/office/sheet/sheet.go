// Package sheet reads and writes tables: .xlsx and .csv as people bring them, .xlsx as we hand it out.
package sheet

import (
	"strings"

	"wozai/internal/fault"
)

// Row is one line of a table that holds anything at all.
type Row struct {
	Sheet string   // its name; "" for .csv
	Line  int      // as the person sees it in the program, from 1
	Cells []string // trimmed; shorter than the header when the rest is empty
}

// Cell is the i-th cell (from 0), "" when the row ends before it.
func (r Row) Cell(i int) string {
	if i < 0 || i >= len(r.Cells) {
		return ""
	}
	return r.Cells[i]
}

func (r Row) empty() bool {
	for _, c := range r.Cells {
		if c != "" {
			return false
		}
	}
	return true
}

// ColumnName is the letter people see above the i-th column (from 0): A, B, … AA.
func ColumnName(i int) string {
	name := ""
	for i++; i > 0; i = (i - 1) / 26 {
		name = string(rune('A'+(i-1)%26)) + name
	}
	return name
}

// Limits of a table that is read; zero fields take the defaults.
type Limits struct {
	Bytes    int64 // of the file (64 MB)
	Unpacked int64 // of any part of an .xlsx after unpacking (512 MB)
	Rows     int   // the last line there may be (1,048,576, as spreadsheets have)
	Columns  int   // (256)
	Cell     int   // characters in a cell (4,000)
}

func (l Limits) orDefault() Limits {
	if l.Bytes == 0 {
		l.Bytes = 64 << 20
	}
	if l.Unpacked == 0 {
		l.Unpacked = 512 << 20
	}
	if l.Rows == 0 {
		l.Rows = MaxRows
	}
	if l.Columns == 0 {
		l.Columns = 256
	}
	if l.Cell == 0 {
		l.Cell = 4000
	}
	return l
}

// What a file may be refused for; words are in locales/*/office.json.
var (
	errTooLarge = fault.New(fault.KindTooLarge, "table_too_large")
	errNotTable = fault.New(fault.KindWrongType, "table_wrong_type")
	errOldExcel = fault.New(fault.KindWrongType, "table_old_excel")
	errBroken   = fault.New(fault.KindInvalid, "table_broken")
	errBomb     = fault.New(fault.KindInvalid, "table_bomb")
	errEmpty    = fault.New(fault.KindInvalid, "table_empty")
	errEncoding = fault.New(fault.KindInvalid, "table_encoding")
	errQuotes   = fault.New(fault.KindInvalid, "table_quotes")
	errRows     = fault.New(fault.KindTooLarge, "table_too_long")
	errColumns  = fault.New(fault.KindTooLarge, "table_too_wide")
	errCell     = fault.New(fault.KindInvalid, "table_cell_too_long")
)

// trim takes away what surrounds a cell without being seen: blanks of all widths, no-break and
// zero-width ones, byte order marks.
func trim(s string) string {
	return strings.Trim(s, " \t\r\n\v\f\u0085\u00a0\u200b\u200c\u200d\u2060\ufeff\u3000")
}
