package org_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
	"wozai/internal/testkit"
)

const unitsCSV = `单位编号,单位名称,单位类别,上级单位编号
G1,总支,党总支,TOP
B2,二支部,党支部,G1
B1,一支部,branch,G1
X1,一支部第一小组,Party group,B1
`

const peopleCSV = `人员编号,姓名,人员类别,手机,入党日期,所在单位编号,职务,党员身份
P1,欧阳兰,在职,138 0000-0001,2001年7月1日,B1,党支部书记,正式党员
P1,,,,,X1,党员,正式党员
P2,解晓东,退休,1.3800000002E10,37073,B1,党员,预备党员
`

// A spreadsheet that shows a long number as 1.38E+10 has lost its end: nobody's number is made up of
// it. A code that only looks like one stays what it is.
func TestANumberThatWasRoundedIsNotMadeUp(t *testing.T) {
	im := newImporter(t, testkit.SQLiteStore(t))
	_, faults, err := im.run("people.csv", []byte("人员编号,姓名,人员类别,手机\nQ1,甄理,在职,1.38E+10\n1E5,贾仁,在职,+86 138 0000 0009\n"), true, true)
	must(t, err)
	if len(faults) != 1 || faults[0].Line != 2 || faults[0].Column != "phone" {
		t.Errorf("faults %+v", faults)
	}
	var id db.ID
	must(t, db.Get(im.ctx, im.DB.Read(), &id, `SELECT id FROM person WHERE code = '1E5'`))
	if c, err := im.org.ReadContact(im.ctx, im.DB.Read(), id); err != nil || c.Phone != "13800000009" {
		t.Errorf("telephone number %q %v", c.Phone, err)
	}
}

// importer brings files into a house and tells what was found.
type importer struct{ *house }

func newImporter(t *testing.T, s *testkit.Store) importer {
	h := newHouse(t, s)
	h.org.UseFiles(t.TempDir())
	code := "TOP"
	_, err := h.org.ChangeUnit(h.ctx, h.admin, h.top.ID, org.UnitUpdate{Version: 1, Code: &code})
	must(t, err)
	return importer{h}
}

func (im importer) run(name string, file []byte, apply, partial bool) (org.Import, []org.RowFault, error) {
	im.Helper()
	var faults []org.RowFault
	i, err := im.org.ImportHere(im.ctx, name, bytes.NewReader(file), apply, partial, func(org.Import) {}, func(f org.RowFault) { faults = append(faults, f) })
	return i, faults, err
}

// clean runs a file that must have no fault.
func (im importer) clean(name string, file []byte, apply bool) org.Import {
	im.Helper()
	i, faults, err := im.run(name, file, apply, false)
	if err != nil || len(faults) > 0 {
		im.Fatalf("%s: %v, faults %+v", name, err, faults)
	}
	return i
}

func gb(t *testing.T, s string) []byte {
	t.Helper()
	b, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(s))
	must(t, err)
	return b
}

func TestAFileComesInOnceAndForAll(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		im := newImporter(t, s)
		dry := im.clean("units.csv", []byte(unitsCSV), false)
		if dry.Counts.Units.New != 4 || im.count(`SELECT COUNT(*) FROM unit WHERE code = 'B1'`) != 0 {
			t.Fatalf("the dry run wrote, or counted %+v", dry.Counts)
		}
		im.clean("units.csv", []byte(unitsCSV), true)
		im.clean("people.csv", gb(t, peopleCSV), true)

		hits, err := im.org.Search(im.ctx, "ouyang", "person", 0)
		must(t, err)
		var p1 db.ID
		for _, h := range hits.People {
			if len(h.Units) == 2 {
				p1 = h.ID
			}
		}
		if p1 == 0 {
			t.Fatalf("欧阳兰 with two units is not found: %+v", hits.People)
		}
		page, err := im.org.PersonPage(im.ctx, im.admin, p1)
		must(t, err)
		if page.Details.Contact.Phone != "13800000001" || page.Details.JoinedOn != "2001-07-01" || page.Details.Category != "serving" {
			t.Errorf("details: %+v", page.Details)
		}
		var p2 db.ID
		must(t, db.Get(im.ctx, s.DB.Read(), &p2, `SELECT id FROM person WHERE code = 'P2'`))
		page, err = im.org.PersonPage(im.ctx, im.admin, p2)
		must(t, err)
		if page.Details.Contact.Phone != "13800000002" || page.Details.JoinedOn != "2001-07-01" {
			t.Errorf("what a spreadsheet made of number and day was not undone: %+v", page.Details)
		}
		grants, err := org.Grants(im.ctx, s.DB.Read(), p1)
		must(t, err)
		if len(grants) != 4 { // officer, overseer, member of B1; member of X1
			t.Errorf("grants: %+v", grants)
		}
		im.agree()

		for name, file := range map[string][]byte{"units.csv": []byte("\ufeff" + unitsCSV), "people.csv": []byte(peopleCSV)} {
			again := im.clean(name, file, true)
			if again.State != org.ImportDone || again.Counts.Units.New+again.Counts.People.New+again.Counts.Memberships.New != 0 || again.Applied != 0 {
				t.Errorf("the same %s again: %+v", name, again)
			}
		}
		if n := im.count(`SELECT COUNT(*) FROM unit WHERE batch_id <> 0`) + im.count(`SELECT COUNT(*) FROM membership WHERE batch_id <> 0`); n != 0 {
			t.Errorf("%d rows are still hidden", n)
		}
	})
}

func TestEveryFaultyRowIsNamed(t *testing.T) {
	s := testkit.SQLiteStore(t)
	im := newImporter(t, s)
	units := `编号,名称,类别,上级编号
A,甲,党支部,TOP
A,甲二,党支部,TOP
B,乙,党支部,NOWHERE
C,丙,党支部,D
D,丁,党支部,C
E,戊,no such kind,TOP
F,,党支部,TOP
G,己,党小组,TOP
H,庚,党小组,B
I,辛,党支部,
`
	_, faults, err := im.run("u.csv", []byte(units), true, false)
	if fault.Code(err) != "import_has_faults" {
		t.Errorf("applied with faults: %v", err)
	}
	im.expect(faults, map[string]bool{"3 code duplicate": true, "4 parent unknown_parent": true, "5 kind kind_not_under": true, "6 kind kind_not_under": true,
		"7 kind choice": true, "8 name missing": true, "9 kind kind_not_under": true, "10 parent parent_faulty": true, "11 kind kind_not_at_top": true})
	if n := im.count(`SELECT COUNT(*) FROM unit WHERE code = 'A'`); n != 0 {
		t.Error("one of them was written all the same")
	}

	people := `人员编号,姓名,人员类别,手机,邮箱,加入日期,所在单位编号,职务,身份
1,甲,在职,12,,,,,
2,乙,在职,,nobody,,,,
3,丙,在职,,,2020-02-30,,,
4,丁,no such,,,,,,
5,戊,在职,,,,NOWHERE,党员,正式党员
6,己,在职,,,,TOP,党支部书记,正式党员
7,庚,在职,,,,TOP,党员,
8,辛,在职,,,,TOP,党委书记,正式党员
9,壬,在职,,,,TOP,,
,癸,在职,,,,,,
11,子,在职,,,,TOP,党员,正式党员
11,丑,在职,,,,TOP,党员,正式党员
11,,,,,,TOP,党员,正式党员
`
	i, faults, err := im.run("p.csv", []byte(people), true, true)
	must(t, err)
	im.expect(faults, map[string]bool{"2 phone phone": true, "3 email email": true, "4 joined_on date": true, "5 category choice": true, "6 unit unknown_unit": true,
		"7 position position_not_here": true, "8 standing missing": true, "9 position position_taken": true, "10 position missing": true, "11 code missing": true,
		"13 code duplicate": true, "14 unit duplicate_membership": true})
	if i.State != org.ImportDone || im.count(`SELECT COUNT(*) FROM person WHERE code = '11'`) != 1 || im.count(`SELECT COUNT(*) FROM person WHERE code = '1'`) != 0 {
		t.Errorf("in part: %+v", i)
	}
}

func (im importer) expect(faults []org.RowFault, want map[string]bool) {
	im.Helper()
	for _, f := range faults {
		key := fmt.Sprint(f.Line, " ", f.Column, " ", f.Code)
		if !want[key] {
			im.Errorf("unexpected: %s %v", key, f.Params)
		}
		delete(want, key)
	}
	for key := range want {
		im.Errorf("not found: %s", key)
	}
}

func TestACycleIsNamed(t *testing.T) {
	s := testkit.SQLiteStore(t)
	im := newImporter(t, s)
	_, faults, err := im.run("u.csv", []byte("编号,名称,类别,上级编号\nC,丙,党组,D\nD,丁,机关党委,C\nE,戊,党支部,D\nF,己,机关党委,\n"), true, true)
	must(t, err)
	im.expect(faults, map[string]bool{"2 parent cycle": true, "3 parent cycle": true, "4 parent cycle": true})
	im.agree()
}

func TestTheTemplateComesBackIn(t *testing.T) {
	s := testkit.SQLiteStore(t)
	im := newImporter(t, s)
	for _, lang := range []string{"zh-CN", "en"} {
		b, err := im.org.Template(lang)
		must(t, err)
		f, err := excelize.OpenReader(bytes.NewReader(b))
		must(t, err)
		sheets := f.GetSheetList()
		must(t, f.SetSheetRow(sheets[0], "A2", &[]any{"T" + lang, "新支部", "新", "branch", "TOP"}))
		must(t, f.SetSheetRow(sheets[1], "A2", &[]any{"Q" + lang, "尉迟静", "serving", "13812345678", "", "2020-02-14", "T" + lang, "member", "full"}))
		var out bytes.Buffer
		must(t, f.Write(&out))
		i := im.clean("t.xlsx", out.Bytes(), true)
		if i.Counts.Units.New != 1 || i.Counts.People.New != 1 || i.Counts.Memberships.New != 1 || i.State != org.ImportDone {
			t.Errorf("%s: %+v", lang, i)
		}
	}
}

func TestHostileFiles(t *testing.T) {
	s := testkit.SQLiteStore(t)
	im := newImporter(t, s)
	for name, c := range map[string]struct {
		file []byte
		code string
	}{
		"empty":        {nil, "table_empty"},
		"a picture":    {[]byte("\x89PNG\r\n\x1a\n\x00\x00\x00"), "table_wrong_type"},
		"a document":   {[]byte("%PDF-1.7\n\x00"), "table_wrong_type"},
		"an old .xls":  {[]byte{0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1}, "table_old_excel"},
		"a broken zip": {[]byte("PK\x03\x04 no more of it"), "table_broken"},
		"no header":    {[]byte("a,b,c\n1,2,3\n"), "import_no_header"},
		"too large":    {bytes.Repeat([]byte("x"), 50<<20+1), "import_too_large"},
	} {
		_, _, err := im.run(name, c.file, true, true)
		if fault.Code(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

func FuzzImport(f *testing.F) {
	f.Add([]byte(unitsCSV))
	f.Add([]byte(peopleCSV))
	f.Add([]byte("code,name,parent,kind\n\"a\nb\",=cmd|' /C calc'!A0,\x00,\xff\n" + strings.Repeat(",", 300)))
	f.Add([]byte("\xff\xfec\x00o\x00d\x00e\x00"))
	f.Add([]byte("编号;姓名;职务\n';DROP TABLE unit;--;<script>;x\n"))
	var im importer
	f.Fuzz(func(t *testing.T, file []byte) {
		if im.house == nil || im.T != t {
			im = newImporter(t, testkit.SQLiteStore(t))
		}
		i, _, err := im.run("f.csv", file, true, true)
		if err != nil && fault.Code(err) == "" {
			t.Fatalf("not a fault: %v", err)
		}
		if err == nil && i.State != org.ImportDone && i.State != org.ImportChecked {
			t.Fatalf("left in state %s", i.State)
		}
		im.agree()
	})
}

// agree checks that paths and parentage say the same, for every living unit.
func (h *house) agree() {
	h.Helper()
	var units []org.Unit
	must(h.T, db.Select(context.Background(), h.DB.Read(), &units, `SELECT id, parent_id, tree_id, path FROM unit WHERE valid_to = 0`))
	at := map[db.ID]org.Unit{}
	for _, u := range units {
		at[u.ID] = u
	}
	for _, u := range units {
		above := "/"
		if u.ParentID != 0 {
			p, ok := at[u.ParentID]
			if !ok || p.TreeID != u.TreeID {
				h.Errorf("unit %d stands under %d, which does not exist in its tree", u.ID, u.ParentID)
				continue
			}
			above = p.Path
		}
		if want := fmt.Sprintf("%s%d/", above, u.ID); u.Path != want {
			h.Errorf("unit %d has path %s, its parentage says %s", u.ID, u.Path, want)
		}
	}
	var lines []struct {
		UnitID   db.ID `db:"unit_id"`
		ParentID db.ID `db:"parent_id"`
	}
	must(h.T, db.Select(context.Background(), h.DB.Read(), &lines, `SELECT unit_id, parent_id FROM unit_parentage WHERE valid_to = 0`))
	if len(lines) != len(units) {
		h.Errorf("%d open lines of history for %d units", len(lines), len(units))
	}
	for _, l := range lines {
		if at[l.UnitID].ParentID != l.ParentID {
			h.Errorf("unit %d: history says it stands under %d", l.UnitID, l.ParentID)
		}
	}
}
