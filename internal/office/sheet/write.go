package sheet

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/width"
)

// Kind is how a column's values are stored and shown.
type Kind int

// The kinds, and the Go values they take; nil leaves a cell empty in all of them.
const (
	Text     Kind = iota // string
	Integer              // any int
	Decimal              // float64, two places
	Percent              // float64, 0.5 is 50%
	Date                 // time.Time; its own clock's day
	DateTime             // time.Time; its own clock's day and minute
	Duration             // time.Duration, as hours:minutes:seconds
)

// MaxRows is how many rows a sheet can have in the programs that open it.
const MaxRows = 1 << 20

// Column is one column of a sheet that is written.
type Column struct {
	Title string
	Kind  Kind
	Note  string // what the column means, for the sheet of definitions
	Width float64
}

// Book is an .xlsx being written. Rows go to a temporary file when there are many.
type Book struct {
	f       *excelize.File
	styles  map[Kind]int
	header  int
	sheets  []*Sheet
	current *Sheet
	defined []definition
}

type definition struct{ sheet, title, note string }

// NewBook starts a book. Close it.
func NewBook() (*Book, error) {
	b := &Book{f: excelize.NewFile(), styles: map[Kind]int{}}
	style := func(format string, s *excelize.Style) (int, error) {
		if format != "" {
			s.CustomNumFmt = &format
		}
		return b.f.NewStyle(s)
	}
	var err error
	for kind, format := range map[Kind]string{Text: "@", Integer: "0", Decimal: "#,##0.00", Percent: "0.0%", Date: "yyyy-mm-dd", DateTime: "yyyy-mm-dd hh:mm", Duration: "[h]:mm:ss"} {
		s := &excelize.Style{Alignment: &excelize.Alignment{Vertical: "top", WrapText: kind == Text}}
		if b.styles[kind], err = style(format, s); err != nil {
			return nil, err
		}
	}
	b.header, err = style("@", &excelize.Style{
		Font:      &excelize.Font{Bold: true},
		Fill:      excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"EFEFEF"}},
		Alignment: &excelize.Alignment{Vertical: "center", WrapText: true},
		Border:    []excelize.Border{{Type: "bottom", Color: "808080", Style: 1}},
	})
	return b, err
}

// Sheet is one sheet of a book; it is finished when the next one begins.
type Sheet struct {
	book    *Book
	w       *excelize.StreamWriter
	name    string
	columns []Column
	waiting [][]any // the first rows, until the columns' widths are known
	line    int
}

const rowsForWidth = 200

// Sheet begins a sheet. Characters that a sheet's name cannot have are left out; it is cut at 31.
func (b *Book) Sheet(name string, columns []Column) (*Sheet, error) {
	if err := b.finish(); err != nil {
		return nil, err
	}
	name = sheetName(name)
	if len(b.sheets) == 0 {
		if err := b.f.SetSheetName("Sheet1", name); err != nil {
			return nil, err
		}
	} else if i, err := b.f.GetSheetIndex(name); err != nil || i >= 0 {
		return nil, fmt.Errorf("sheet %q: there already (%v)", name, err)
	} else if _, err := b.f.NewSheet(name); err != nil {
		return nil, err
	}
	w, err := b.f.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	s := &Sheet{book: b, w: w, name: name, columns: columns}
	b.sheets = append(b.sheets, s)
	b.current = s
	for _, c := range columns {
		if c.Note != "" {
			b.defined = append(b.defined, definition{name, c.Title, c.Note})
		}
	}
	return s, nil
}

// Row adds a row, a value for each column; a value that is not of its column's kind is an error.
// Text stays text: it is stored as a string in a cell formatted as text, so that a program does
// not take "=1+1" for a formula, not even when somebody edits the cell.
func (s *Sheet) Row(values ...any) error {
	if len(values) > len(s.columns) {
		return fmt.Errorf("sheet %s: %d values for %d columns", s.name, len(values), len(s.columns))
	}
	cells := make([]any, len(values))
	for i, v := range values {
		c, err := s.cell(s.columns[i].Kind, v)
		if err != nil {
			return fmt.Errorf("sheet %s, column %s: %w", s.name, s.columns[i].Title, err)
		}
		cells[i] = c
	}
	if s.line > 0 {
		return s.put(cells)
	}
	s.waiting = append(s.waiting, cells)
	if len(s.waiting) == rowsForWidth {
		return s.begin()
	}
	return nil
}

func (s *Sheet) cell(kind Kind, v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	bad := fmt.Errorf("%T is not a value of this kind", v)
	c := excelize.Cell{StyleID: s.book.styles[kind], Value: v}
	switch kind {
	case Text:
		t, ok := v.(string)
		if !ok {
			return nil, bad
		}
		if t == "" {
			return nil, nil
		}
		c.Value = clean(t)
	case Integer:
		switch v.(type) {
		case int, int8, int16, int32, int64, uint8, uint16, uint32:
		default:
			return nil, bad
		}
	case Decimal, Percent:
		if _, ok := v.(float64); !ok {
			return nil, bad
		}
	case Date, DateTime:
		t, ok := v.(time.Time)
		if !ok {
			return nil, bad
		}
		if t.IsZero() {
			return nil, nil
		}
		c.Value = serial(t, kind == DateTime)
	case Duration:
		d, ok := v.(time.Duration)
		if !ok {
			return nil, bad
		}
		c.Value = d.Hours() / 24
	}
	return c, nil
}

// begin writes what comes before the rows, then those that waited.
func (s *Sheet) begin() error {
	for i, c := range s.columns {
		w := c.Width
		if w == 0 {
			w = float64(columns(c.Title)) + 2
			for _, row := range s.waiting {
				if i < len(row) && row[i] != nil {
					w = max(w, s.width(c.Kind, row[i]))
				}
			}
			w = min(max(w, 6), 60)
		}
		if err := s.w.SetColWidth(i+1, i+1, w); err != nil {
			return err
		}
	}
	if err := s.w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	titles := make([]any, len(s.columns))
	for i, c := range s.columns {
		titles[i] = excelize.Cell{StyleID: s.book.header, Value: clean(c.Title)}
	}
	if err := s.put(titles); err != nil {
		return err
	}
	for _, row := range s.waiting {
		if err := s.put(row); err != nil {
			return err
		}
	}
	s.waiting = nil
	return nil
}

func (s *Sheet) put(cells []any) error {
	s.line++
	return s.w.SetRow(fmt.Sprintf("A%d", s.line), cells)
}

func (s *Sheet) width(kind Kind, cell any) float64 {
	switch kind {
	case Date:
		return 12
	case DateTime:
		return 18
	case Duration:
		return 10
	}
	n := 0
	for line := range strings.Lines(fmt.Sprint(cell.(excelize.Cell).Value)) {
		n = max(n, columns(strings.TrimSuffix(line, "\n")))
	}
	return float64(n) + 2
}

// columns counts how wide text stands: a Chinese character takes two.
func columns(s string) int {
	n := 0
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

func (b *Book) finish() error {
	s := b.current
	if s == nil {
		return nil
	}
	b.current = nil
	if s.line == 0 {
		if err := s.begin(); err != nil {
			return err
		}
	}
	return s.w.Flush()
}

// Definitions adds a last sheet with the notes of all columns so far; titles are its name and
// its three column titles (sheet, column, meaning).
func (b *Book) Definitions(name string, titles [3]string) error {
	notes := b.defined
	s, err := b.Sheet(name, []Column{{Title: titles[0]}, {Title: titles[1]}, {Title: titles[2], Width: 60}})
	if err != nil {
		return err
	}
	for _, d := range notes {
		if err := s.Row(d.sheet, d.title, d.note); err != nil {
			return err
		}
	}
	return nil
}

// WriteTo writes the finished book. It implements io.WriterTo.
func (b *Book) WriteTo(w io.Writer) (int64, error) {
	if err := b.finish(); err != nil {
		return 0, err
	}
	// Files name no software and no machine.
	if err := b.f.SetDocProps(&excelize.DocProperties{Creator: "", LastModifiedBy: ""}); err != nil {
		return 0, err
	}
	return b.f.WriteTo(w)
}

// Close removes the temporary files.
func (b *Book) Close() error { return b.f.Close() }

func sheetName(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]`, r) {
			return -1
		}
		return r
	}, clean(s))
	s = strings.Trim(s, "' ")
	if r := []rune(s); len(r) > 31 {
		s = string(r[:31])
	}
	if s == "" {
		s = "Sheet"
	}
	return s
}

// clean leaves out what XML cannot hold and cuts at what a cell can.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r >= ' ' && r != 0xfffe && r != 0xffff {
			return r
		}
		return -1
	}, strings.ToValidUTF8(s, "\ufffd"))
	const limit = excelize.TotalCellChars
	if utf8.RuneCountInString(s) > limit {
		s = string([]rune(s)[:limit])
	}
	return s
}

// serial is the day number of a time by its own clock, to the minute or the day.
func serial(t time.Time, clock bool) float64 {
	days := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours() / 24
	if clock {
		days += float64(t.Hour()*60+t.Minute()) / (24 * 60)
	}
	return days
}
