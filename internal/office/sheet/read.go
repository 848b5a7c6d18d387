package sheet

import (
	"bytes"
	"errors"
	"io"
	"iter"

	"wozai/internal/fault"
)

// Table is an opened file. Its rows are read as they are asked for; memory does not grow with
// their number (but for the strings that an .xlsx keeps apart, at most 64 MB of them).
type Table struct {
	Format string // "xlsx" or "csv"
	rows   func(yield func(Row, error) bool)
}

// Open looks at what the file is, never at its name, and gets ready to read it. What cannot be
// read is a fault that says why: too large, not a table, an old or locked .xls, broken, a zip bomb.
func Open(r io.ReaderAt, size int64, limits Limits) (*Table, error) {
	limits = limits.orDefault()
	if size > limits.Bytes {
		return nil, errTooLarge.With("limit_mb", limits.Bytes>>20)
	}
	head := make([]byte, min(size, 4096))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case size == 0:
		return nil, errEmpty
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return openXLSX(r, size, limits)
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")): // .xls, or an .xlsx behind a password
		return nil, errOldExcel
	default:
		return openCSV(r, size, head, limits)
	}
}

// Rows gives the rows that are not empty, headers among them, of one visible sheet after the other.
// An error ends them: a fault with
// "line" (and "column" where it is known) when the file is to blame.
func (t *Table) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) { t.rows(yield) }
}

// check trims a row's cells and holds them against the limits.
func (l Limits) check(row *Row) error {
	if row.Line > l.Rows {
		return errRows.With("limit", l.Rows)
	}
	last := 0
	for i, c := range row.Cells {
		c = trim(c)
		row.Cells[i] = c
		if c == "" {
			continue
		}
		last = i + 1
		if len(c) > l.Cell && len([]rune(c)) > l.Cell {
			return errCell.With("line", row.Line, "column", ColumnName(i), "limit", l.Cell)
		}
	}
	row.Cells = row.Cells[:last]
	if last > l.Columns {
		return errColumns.With("line", row.Line, "limit", l.Columns)
	}
	return nil
}

// broken says that a file cannot be read from a line on; a fault stays what it is.
func broken(err error, line int) error {
	if f := (*fault.Fault)(nil); errors.As(err, &f) {
		return f
	}
	return errBroken.With("line", line).Because(err)
}
