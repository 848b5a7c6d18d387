package org_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"wozai/internal/fault"
	"wozai/internal/org"
	"wozai/internal/testkit"
)

// bomb is an .xlsx whose parts unfold: text before, then so many times the piece, then text after.
func bomb(t *testing.T, sheet, shared [3]string, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	part := func(name string, text ...string) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range text {
			m := 1
			if i == 1 {
				m = n
			}
			for range m {
				if _, err := io.WriteString(w, s); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	part("[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`)
	part("_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`)
	part("xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>`)
	part("xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>`)
	part("xl/worksheets/sheet1.xml", sheet[0], sheet[1], sheet[2])
	part("xl/sharedStrings.xml", shared[0], shared[1], shared[2])
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A few hundred kilobytes that unfold to hundreds of megabytes are refused before they do.
func TestBombsAreRefused(t *testing.T) {
	im := newImporter(t, testkit.SQLiteStore(t))
	const (
		head = `<worksheet><sheetData>`
		tail = `</sheetData></worksheet>`
		row  = `<row><c t="s"><v>0</v></c></row>`
	)
	kb := strings.Repeat("1", 1<<10)
	none := [3]string{`<sst>`, "", `</sst>`}
	one := [3]string{`<sst><si><t>x</t></si>`, "", `</sst>`}
	for name, file := range map[string][]byte{
		"blanks":           bomb(t, [3]string{head, strings.Repeat(" ", 1<<10), tail}, none, 200<<10),
		"rows":             bomb(t, [3]string{head, row, tail}, one, 6<<20),
		"strings":          bomb(t, [3]string{head + row, "", tail}, [3]string{`<sst>`, "<si><t>x</t></si>", `</sst>`}, 12<<20),
		"one endless text": bomb(t, [3]string{head + `<row><c t="str"><v>`, kb, `</v></c></row>` + tail}, none, 200<<10),
		"one endless tag":  bomb(t, [3]string{head + `<row a="`, kb, `"><c><v>1</v></c></row>` + tail}, none, 200<<10),
		"below the ratio":  bomb(t, [3]string{head + `<row><c t="str"><v>`, kb, `</v></c></row>` + tail}, none, 15<<10),
	} {
		if len(file) > 2<<20 {
			t.Errorf("%s: %d MB packed is no bomb", name, len(file)>>20)
		}
		if _, _, err := im.run(name, file, true, true); fault.Code(err) != "table_bomb" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Where a file cannot be read is told with the fault, also later.
func TestAFileThatBreaksOffSaysWhere(t *testing.T) {
	im := newImporter(t, testkit.SQLiteStore(t))
	i, err := im.org.Bring(im.ctx, im.admin, "a.csv", strings.NewReader("人员编号,姓名,人员类别\nX1,\"甄\"好,在职\n"))
	must(t, err)
	must(t, im.org.ImportOn(im.ctx, i.ID))
	i, err = im.org.Import(im.ctx, im.admin, i.ID)
	must(t, err)
	if i.State != org.ImportFailed || i.Code != "table_quotes" || i.Params["line"] != 2.0 {
		t.Errorf("%s %s %v", i.State, i.Code, i.Params)
	}
}
