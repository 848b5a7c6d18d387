package org

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"wozai/internal/fault"
)

// Bounds of a file that is read in. A row is read at a time; what is kept goes into the stage.
const (
	maxUpload   = 50 << 20
	maxUnzipped = 600 << 20 // of an .xlsx, which is a zip: a bomb is refused
	maxXMLInMem = 8 << 20   // of one part of it; larger ones go through a temporary file
	maxColumns  = 64
	headerIn    = 10 // the header stands in one of the first rows
)

// A table of a file is one of two, known by its header.
const (
	tableUnits  = "units"
	tablePeople = "people"
)

// column is one that is understood, with every header it goes by.
type column struct {
	key    string
	titles []string // the template writes the first, and the second in English
}

var columns = map[string][]column{
	tableUnits: {
		{"code", []string{"单位编号", "Unit number", "编号", "单位代码", "code"}},
		{"name", []string{"单位名称", "Unit name", "名称", "name"}},
		{"short_name", []string{"简称", "Short name", "short_name"}},
		{"kind", []string{"单位类别", "Unit kind", "类别", "单位类型", "kind"}},
		{"parent", []string{"上级单位编号", "Number of the unit above", "上级编号", "上级单位代码", "parent"}},
		{"sort", []string{"排序", "Order", "序号", "sort"}},
	},
	tablePeople: {
		{"code", []string{"人员编号", "Person number", "编号", "工号", "code"}},
		{"name", []string{"姓名", "Name"}},
		{"category", []string{"人员类别", "Category", "category"}},
		{"phone", []string{"手机", "Telephone", "手机号", "手机号码", "电话", "phone"}},
		{"email", []string{"邮箱", "E-mail", "电子邮箱", "email"}},
		{"joined_on", []string{"加入日期", "Joined on", "入党日期", "入职日期", "joined_on"}},
		{"unit", []string{"所在单位编号", "Number of the unit", "单位编号", "单位代码", "unit"}},
		{"position", []string{"职务", "Position", "position"}},
		{"standing", []string{"身份", "Standing", "党员身份", "standing"}},
		{"sort", []string{"排序", "Order", "序号", "sort"}},
	},
}

// tells are the columns that only one of the tables has.
var tells = map[string][]string{tableUnits: {"kind", "parent"}, tablePeople: {"category", "phone", "email", "joined_on", "position", "standing"}}

// fileRow is one row below a header: values by column key.
type fileRow struct {
	table, sheet string
	line         int
	value        map[string]string
}

func badFile(code string, kv ...any) error {
	return fault.New(fault.KindInvalid, code).With(kv...)
}

// header understands a row as the header of one of the tables: index → column key.
func header(cells []string) (table string, at map[int]string) {
	clean := make([]string, len(cells))
	for i, c := range cells {
		clean[i] = strings.ToLower(strings.Trim(strings.TrimSpace(c), "*＊ \u00a0\ufeff"))
	}
	match := func(table string) (map[int]string, bool) {
		at, told := map[int]string{}, false
		taken := map[string]bool{}
		for _, col := range columns[table] {
			for _, title := range col.titles { // the surest title first
				for i, c := range clean {
					if _, used := at[i]; !used && !taken[col.key] && c != "" && c == strings.ToLower(title) {
						at[i], taken[col.key] = col.key, true
					}
				}
			}
		}
		for _, key := range tells[table] {
			told = told || taken[key]
		}
		return at, told && taken["code"] && taken["name"]
	}
	people, isPeople := match(tablePeople)
	units, isUnits := match(tableUnits)
	switch {
	case isPeople && (!isUnits || len(people) >= len(units)):
		return tablePeople, people
	case isUnits:
		return tableUnits, units
	}
	return "", nil
}

// reader turns the rows of one sheet into fileRows.
type reader struct {
	sheet  string
	table  string
	at     map[int]string
	passed int
	each   func(fileRow) error
	found  *bool
}

func (r *reader) row(line int, cells []string) error {
	if len(cells) > maxColumns {
		cells = cells[:maxColumns]
	}
	empty := true
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			empty = false
			break
		}
	}
	if empty || r.passed > headerIn {
		return nil
	}
	if r.table == "" {
		r.passed++
		if r.table, r.at = header(cells); r.table != "" {
			r.passed = 0
			*r.found = true
		}
		return nil
	}
	out := fileRow{r.table, r.sheet, line, make(map[string]string, len(r.at))}
	for i, key := range r.at {
		if i < len(cells) {
			out.value[key] = strings.TrimSpace(cells[i])
		}
	}
	return r.each(out)
}

// readFile calls each for every row below a header it understands. Faults: invalid
// "import_not_a_table", "import_encrypted", "import_too_large", "import_no_header".
func readFile(path string, each func(fileRow) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // read only
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return err
	}
	head = head[:n]
	found := false
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		err = readXLSX(path, each, &found)
	case bytes.HasPrefix(head, []byte{0xd0, 0xcf, 0x11, 0xe0}): // an old .xls, or an .xlsx with a password
		err = badFile("import_encrypted")
	case bytes.HasPrefix(head, []byte("%PDF")), bytes.IndexByte(head, 0) >= 0 && !bytes.HasPrefix(head, []byte{0xff, 0xfe}) && !bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		err = badFile("import_not_a_table")
	default:
		err = readCSV(f, each, &found)
	}
	if err == nil && !found {
		err = badFile("import_no_header")
	}
	return err
}

func readXLSX(path string, each func(fileRow) error, found *bool) error {
	f, err := excelize.OpenFile(path, excelize.Options{RawCellValue: true, UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxXMLInMem})
	if err != nil {
		if strings.Contains(err.Error(), "unzip size exceeds") {
			return badFile("import_too_large", "limit", maxUpload>>20)
		}
		return fault.New(fault.KindInvalid, "import_not_a_table").Because(err)
	}
	defer f.Close() //nolint:errcheck // its temporary files
	for _, sheet := range f.GetSheetList() {
		if visible, err := f.GetSheetVisible(sheet); err == nil && !visible {
			continue
		}
		rows, err := f.Rows(sheet)
		if err != nil {
			return fault.New(fault.KindInvalid, "import_not_a_table").Because(err)
		}
		r := reader{sheet: sheet, each: each, found: found}
		for line := 1; rows.Next(); line++ {
			cells, err := rows.Columns()
			if err != nil {
				return fault.New(fault.KindInvalid, "import_not_a_table").Because(err)
			}
			if err := r.row(line, cells); err != nil {
				return err
			}
		}
		if err := errors.Join(rows.Error(), rows.Close()); err != nil {
			return fault.New(fault.KindInvalid, "import_not_a_table").Because(err)
		}
	}
	return nil
}

func readCSV(f *os.File, each func(fileRow) error, found *bool) error {
	text, err := decoded(f)
	if err != nil {
		return err
	}
	b := bufio.NewReaderSize(text, 64<<10)
	first, err := b.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return err
	}
	line, _, _ := strings.Cut(string(first), "\n")
	c := csv.NewReader(b)
	c.FieldsPerRecord, c.LazyQuotes, c.ReuseRecord = -1, true, true
	for _, comma := range []rune{'\t', ';', '；', '，'} { // what other programs and countries write
		if strings.Count(line, string(comma)) > strings.Count(line, string(c.Comma)) {
			c.Comma = comma
		}
	}
	r := reader{each: each, found: found}
	for {
		cells, err := c.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fault.New(fault.KindInvalid, "import_not_a_table").Because(err)
		}
		line, _ := c.FieldPos(0)
		if err := r.row(line, cells); err != nil {
			return err
		}
	}
}

// decoded reads the text of a file as UTF-8: what has a byte order mark as it says, what is
// UTF-8 as that, the rest as GB18030, which Chinese spreadsheets write.
func decoded(f *os.File) (io.Reader, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	utf, err := isUTF8(f)
	if err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	fallback := simplifiedchinese.GB18030.NewDecoder().Transformer
	if utf {
		fallback = unicode.UTF8.NewDecoder().Transformer
	}
	return transform.NewReader(f, unicode.BOMOverride(fallback)), nil
}

func isUTF8(r io.Reader) (bool, error) {
	buf, kept := make([]byte, 64<<10), 0
	for {
		n, err := r.Read(buf[kept:])
		b := buf[:kept+n]
		for len(b) > 0 {
			c, size := utf8.DecodeRune(b)
			if c == utf8.RuneError && size == 1 {
				if !utf8.FullRune(b) && err == nil {
					break // cut in the middle; the rest comes
				}
				return false, nil
			}
			b = b[size:]
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

// plainNumber undoes what spreadsheets do to long numbers: 1.38E10, 13800000000.0.
func plainNumber(s string) string {
	if !strings.ContainsAny(s, "eE.") || len(s) > 30 {
		return s
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || v != float64(int64(v)) {
		return s
	}
	return strconv.FormatInt(int64(v), 10)
}

var dateForms = []string{"2006-1-2", "2006/1/2", "2006.1.2", "2006年1月2日", "20060102", "2006-01-02T15:04:05Z07:00", "2006-1-2 15:04:05", "2006/1/2 15:04:05"}

// plainDate reads the ways in which a day is written, a spreadsheet's day number among them;
// ok is false for what is no day.
func plainDate(s string) (day string, ok bool) {
	if s == "" {
		return "", true
	}
	for _, form := range dateForms {
		if t, err := time.Parse(form, s); err == nil {
			return t.Format(time.DateOnly), t.Year() >= 1900 && t.Year() < 2200
		}
	}
	if v, err := strconv.ParseFloat(s, 64); err == nil && v >= 61 && v < 110_000 {
		t, err := excelize.ExcelDateToTime(v, false)
		return t.Format(time.DateOnly), err == nil
	}
	return s, false
}
