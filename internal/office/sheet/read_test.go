package sheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"wozai/internal/fault"
)

// read gives all rows as "line: cell|cell", and the code of the fault that ended them.
func read(t testing.TB, b []byte, limits Limits) (rows []string, err error) {
	t.Helper()
	table, err := Open(bytes.NewReader(b), int64(len(b)), limits)
	if err != nil {
		return nil, err
	}
	for row, err := range table.Rows() {
		if err != nil {
			return rows, err
		}
		rows = append(rows, fmt.Sprintf("%d: %s", row.Line, strings.Join(row.Cells, "|")))
	}
	return rows, nil
}

func wants(t *testing.T, name string, b []byte, want ...string) {
	t.Helper()
	got, err := read(t, b, Limits{})
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%s: %q, %v; want %q", name, got, err, want)
	}
}

func TestCSVInEveryEncoding(t *testing.T) {
	const text = "姓名,单位\r\n欧阳兰, 第一检察厅\u3000\r\n\r\n\"王,芳\",\"两\n行\"\r\n㐂𠮷,\r\n"
	want := []string{"1: 姓名|单位", "2: 欧阳兰|第一检察厅", "4: 王,芳|两\n行", "6: 㐂𠮷"}
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, "UTF-8", []byte(text), want...)
	wants(t, "UTF-8 with a mark", []byte("\ufeff"+text), want...)
	wants(t, "GB18030", []byte(gb), want...)
	wants(t, "UTF-16", []byte(utf16), want...)
	wants(t, "semicolons", []byte("a;b,c;d\n1;2;3"), "1: a|b,c|d", "2: 1|2|3")
	wants(t, "tabs", []byte("a\tb\n1\t2"), "1: a|b", "2: 1|2")
	wants(t, "GB18030 that begins after pages of ASCII", append([]byte(strings.Repeat("a,b\n", 20000)), gb...), append(slices.Collect(func(yield func(string) bool) {
		for i := range 20000 {
			if !yield(fmt.Sprintf("%d: a|b", i+1)) {
				return
			}
		}
	}), "20001: 姓名|单位", "20002: 欧阳兰|第一检察厅", "20004: 王,芳|两\n行", "20006: 㐂𠮷")...)
}

func TestCSVComesBackAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("检察厅王芳,\"\n欧阳 ab1；、㐂"))).Draw(t, "cell")
		gb, err := simplifiedchinese.GB18030.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		cell := func(s string) []byte { return []byte("表头,x\n\"" + strings.ReplaceAll(s, `"`, `""`) + "\",末\n") }
		head, _ := simplifiedchinese.GB18030.NewEncoder().String("表头,x\n\"")
		tail, _ := simplifiedchinese.GB18030.NewEncoder().String("\",末\n")
		want := fmt.Sprintf("2: %s|末", trim(text))
		for _, b := range [][]byte{cell(text), []byte(head + strings.ReplaceAll(gb, `"`, `""`) + tail)} {
			table, err := Open(bytes.NewReader(b), int64(len(b)), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			var rows []string
			for row, err := range table.Rows() {
				if err != nil {
					t.Fatal(err)
				}
				rows = append(rows, fmt.Sprintf("%d: %s", row.Line, strings.Join(row.Cells, "|")))
			}
			if len(rows) != 2 || rows[1] != want {
				t.Fatalf("%q, want %q", rows, want)
			}
		}
	})
}

func TestXLSXAsProgramsWriteIt(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	set := func(cell string, v any) {
		t.Helper()
		if err := f.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	style := func(cell, format string) {
		t.Helper()
		id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
		if err != nil {
			t.Fatal(err)
		}
		if err := f.SetCellStyle("Sheet1", cell, cell, id); err != nil {
			t.Fatal(err)
		}
	}
	for i, h := range []string{"姓名", "电话", "入党日期", "工龄"} {
		set(ColumnName(i)+"1", h)
	}
	set("A3", "  欧阳兰 ")
	set("B3", 13800000000)
	set("C3", 43875)
	style("C3", `yyyy"年"m"月"d"日"`)
	set("D3", 0.1+0.2)
	set("A7", "=1+1")
	set("C7", 43875.5)
	style("C7", "yyyy-mm-dd hh:mm")
	set("D7", true)
	if err := f.SetCellRichText("Sheet1", "B7", []excelize.RichTextRun{{Text: "两"}, {Text: "段", Font: &excelize.Font{Bold: true}}}); err != nil {
		t.Fatal(err)
	}
	set("D8", 43875)
	style("D8", `0.00"m"`) // an m in quotes is metres
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	wants(t, "excelize", b.Bytes(), "1: 姓名|电话|入党日期|工龄", "3: 欧阳兰|13800000000|2020-02-14|0.3", "7: =1+1|两段|2020-02-14 12:00|TRUE", "8: |||43875")
}

// pack makes a zip from names and texts.
func pack(t testing.TB, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, parts[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	bookXML = `<workbook xmlns:r="r"><workbookPr date1904="1"/><sheets><sheet name="隐藏" state="hidden" r:id="rId1"/><sheet name="名单" r:id="rId2"/></sheets></workbook>`
	relsXML = `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Target="/xl/worksheets/sheet2.xml"/></Relationships>`
)

func bookOf(t testing.TB, sheetXML, stringsXML string) []byte {
	t.Helper()
	return pack(t, "xl/workbook.xml", bookXML, "xl/_rels/workbook.xml.rels", relsXML, "xl/sharedStrings.xml", stringsXML, "xl/worksheets/sheet2.xml", sheetXML)
}

func TestXLSXByHand(t *testing.T) {
	wants(t, "sparse, with a reading aid, without references, the hidden sheet passed over",
		bookOf(t, `<worksheet><sheetData><row r="2"><c r="B2" t="s"><v>0</v></c><c t="inlineStr"><is><t>直接</t></is></c><c r="E2"><v></v></c></row><row><c t="str"><f>A1</f><v>算出</v></c></row></sheetData></worksheet>`,
			`<sst><si><t>王</t><rPh sb="0" eb="1"><t>wang</t></rPh><r><t>芳</t></r></si></sst>`),
		"2: |王芳|直接", "3: 算出")
}

func TestFilesThatAreRefused(t *testing.T) {
	row := func(cells string) string {
		return `<worksheet><sheetData><row r="1">` + cells + `</row></sheetData></worksheet>`
	}
	whole := bookOf(t, row(`<c><v>1</v></c>`), `<sst/>`)
	for name, c := range map[string]struct {
		file   []byte
		limits Limits
		want   string
	}{
		"empty":                           {nil, Limits{}, "table_empty"},
		"too large":                       {make([]byte, 11), Limits{Bytes: 10}, "table_too_large"},
		"an old .xls":                     {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest"), Limits{}, "table_old_excel"},
		"a picture":                       {[]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), Limits{}, "table_wrong_type"},
		"another zip":                     {pack(t, "word/document.xml", "<w/>"), Limits{}, "table_wrong_type"},
		"cut off":                         {whole[:len(whole)/2], Limits{}, "table_broken"},
		"no sheet":                        {pack(t, "xl/workbook.xml", "<workbook/>"), Limits{}, "table_broken"},
		"XML that ends":                   {bookOf(t, `<worksheet><sheetData><row r="1"><c`, `<sst/>`), Limits{}, "table_broken"},
		"a string that is not there":      {bookOf(t, row(`<c t="s"><v>9</v></c>`), `<sst/>`), Limits{}, "table_broken"},
		"a bomb":                          {bookOf(t, row(`<c><v>1</v></c>`)+strings.Repeat(" ", 40<<20), `<sst/>`), Limits{}, "table_bomb"},
		"a bomb of strings":               {bookOf(t, row(`<c><v>1</v></c>`), `<sst>`+strings.Repeat("<si><t>x</t></si>", 3<<20)+`</sst>`), Limits{}, "table_bomb"},
		"one endless text":                {bookOf(t, row(`<c><v>`+strings.Repeat("1", 1<<20)+`</v></c>`), `<sst/>`), Limits{}, "table_bomb"},
		"one endless tag":                 {bookOf(t, row(`<c a="`+strings.Repeat("1", 1<<20)+`"><v>1</v></c>`), `<sst/>`), Limits{}, "table_bomb"},
		"too wide":                        {bookOf(t, row(`<c r="XFD1"><v>1</v></c>`), `<sst/>`), Limits{}, "table_too_wide"},
		"too long":                        {[]byte("a\nb\nc"), Limits{Rows: 2}, "table_too_long"},
		"too much in a cell":              {[]byte("a\n" + strings.Repeat("字", 11)), Limits{Cell: 10}, "table_cell_too_long"},
		"quotes without end":              {[]byte("a,b\n\"c,d\n"), Limits{}, "table_quotes"},
		"neither UTF-8 nor GB18030":       {[]byte("a,b\nc,\xff\xfe\xff\n"), Limits{}, "table_encoding"},
		"rows out of order":               {bookOf(t, `<worksheet><sheetData><row r="5"/><row r="3"/></sheetData></worksheet>`, `<sst/>`), Limits{}, "table_broken"},
		"a part that lies about its size": {lie(t), Limits{}, "table_broken"},
	} {
		_, err := read(t, c.file, c.limits)
		if got := fault.Code(err); got != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	_, err := read(t, []byte("a,b\nc,\xff\n"), Limits{})
	if want := "invalid: table_encoding"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if _, err := read(t, whole, Limits{}); err != nil {
		t.Errorf("the whole file: %v", err) // so that the cases above fail for their own reasons
	}
}

// lie is a book whose sheet unpacks to far more than its entry says.
func lie(t testing.TB) []byte {
	t.Helper()
	b := bookOf(t, `<worksheet><sheetData>`+strings.Repeat(`<row><c><v>1</v></c></row>`, 1000)+`</sheetData></worksheet>`, `<sst/>`)
	name := []byte("xl/worksheets/sheet2.xml")
	at := bytes.LastIndex(b, name) - 46 // the entry in the central directory
	copy(b[at+24:], []byte{50, 0, 0, 0})
	return b
}

func TestHostileBytesNeverPanic(t *testing.T) {
	whole := bookOf(t, `<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData></worksheet>`, `<sst><si><t>x</t></si></sst>`)
	rapid.Check(t, func(t *rapid.T) {
		b := bytes.Clone(whole)
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		}
		table, err := Open(bytes.NewReader(b), int64(len(b)), Limits{})
		if err != nil {
			return
		}
		for range table.Rows() {
		}
	})
}

func TestMemoryDoesNotGrowWithRows(t *testing.T) {
	const rows = 200_000
	var x strings.Builder
	x.WriteString(`<worksheet><sheetData>`)
	for i := range rows {
		fmt.Fprintf(&x, `<row r="%d"><c t="inlineStr"><is><t>第%d位同志</t></is></c><c><v>%d</v></c></row>`, i+1, i*7919, 13800000000+i*31)
	}
	x.WriteString(`</sheetData></worksheet>`)
	b := bookOf(t, x.String(), `<sst/>`)
	x.Reset()
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	table, err := Open(bytes.NewReader(b), int64(len(b)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	n, most := 0, uint64(0)
	for row, err := range table.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		if n++; row.Line != n {
			t.Fatalf("line %d as row %d", row.Line, n)
		}
		if n%50_000 == 0 {
			most = max(most, heap())
		}
	}
	if n != rows {
		t.Errorf("%d rows, want %d", n, rows)
	}
	if most > before+8<<20 {
		t.Errorf("holds %d KB more while reading", (most-before)>>10)
	}
}
