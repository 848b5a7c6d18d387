package org

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"wozai/internal/fault"
	"wozai/internal/office/sheet"
)

// Bounds of a file that is read in. A row is read at a time; what is kept goes into the stage.
const (
	maxUpload = 50 << 20
	headerIn  = 10 // the header stands in one of the first rows
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
		{"joined_on", []string{"加入日期", "Joined on", "入职日期", "joined_on"}},
		{"unit", []string{"所在单位编号", "Number of the unit", "单位编号", "单位代码", "unit"}},
		{"position", []string{"职务", "Position", "position"}},
		{"standing", []string{"身份", "Standing", "standing"}},
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

// header understands a row as the header of one of the tables: index → column key. more are
// further names of columns.
func header(cells []string, more map[string][]string) (table string, at map[int]string) {
	clean := make([]string, len(cells))
	for i, c := range cells {
		clean[i] = strings.ToLower(strings.Trim(strings.TrimSpace(c), "*＊ \u00a0\ufeff"))
	}
	match := func(table string) (map[int]string, bool) {
		at, told := map[int]string{}, false
		taken := map[string]bool{}
		for _, col := range columns[table] {
			for _, title := range slices.Concat(col.titles, more[col.key]) { // the surest title first
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
	more   map[string][]string
	passed int
	each   func(fileRow) error
}

func (r *reader) row(line int, cells []string) error {
	if r.passed > headerIn {
		return nil
	}
	if r.table == "" {
		r.passed++
		if r.table, r.at = header(cells, r.more); r.table != "" {
			r.passed = 0
		}
		return nil
	}
	out := fileRow{r.table, r.sheet, line, make(map[string]string, len(r.at))}
	for i, key := range r.at {
		if i < len(cells) {
			out.value[key] = cells[i]
		}
	}
	return r.each(out)
}

// readFile calls each for every row below a header it understands; more are further names of
// columns. Faults: those of a table that cannot be read (table_…), "import_no_header".
func readFile(path string, more map[string][]string, each func(fileRow) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // read only
	info, err := f.Stat()
	if err != nil {
		return err
	}
	table, err := sheet.Open(f, info.Size(), sheet.Limits{Bytes: maxUpload})
	if err != nil {
		return err
	}
	found, r := false, reader{more: more, each: each}
	for row, err := range table.Rows() {
		if err != nil {
			return err
		}
		if row.Sheet != r.sheet {
			r = reader{sheet: row.Sheet, more: more, each: each}
		}
		if err := r.row(row.Line, row.Cells); err != nil {
			return err
		}
		found = found || r.table != ""
	}
	if !found {
		return fault.New(fault.KindInvalid, "import_no_header")
	}
	return nil
}

var (
	wholeNumber = regexp.MustCompile(`^(\d+)\.0+$`)
	longNumber  = regexp.MustCompile(`^(\d)\.(\d+)[eE]\+?(\d{1,2})$`)
)

// plainNumber undoes what spreadsheets do to long numbers: 1.3800000002E10, 13800000000.0. One whose
// last digits are gone (1.38E10) stays as it is.
func plainNumber(s string) string {
	if m := wholeNumber.FindStringSubmatch(s); m != nil {
		return m[1]
	}
	m := longNumber.FindStringSubmatch(s)
	if m == nil {
		return s
	}
	power, err := strconv.Atoi(m[3])
	if err != nil || power > len(m[2]) || strings.Trim(m[2][power:], "0") != "" {
		return s
	}
	return m[1] + m[2][:power]
}
