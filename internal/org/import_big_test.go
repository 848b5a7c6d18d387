package org_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"wozai/internal/db"
	"wozai/internal/org"
	"wozai/internal/testkit"
)

// manyRows is the size of the large import: enough to show that memory stays bounded in a short
// test; WOZAI_IMPORT_ROWS asks for more.
func manyRows(t *testing.T) int {
	if v := os.Getenv("WOZAI_IMPORT_ROWS"); v != "" {
		n, err := strconv.Atoi(v)
		must(t, err)
		return n
	}
	return 3000
}

func bigFile(people int) (units, persons []byte) {
	var u, p bytes.Buffer
	u.WriteString("编号,名称,类别,上级编号\n")
	p.WriteString("人员编号,姓名,人员类别,手机,所在单位编号,职务,身份\n")
	families, givens := []rune("赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"), []rune("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞")
	for i := range people / 30 {
		fmt.Fprintf(&u, "B%d,第%d业务处党支部,党支部,TOP\n", i, i)
	}
	for i := range people {
		name := string([]rune{families[i%len(families)], givens[i/7%len(givens)], givens[i/3%len(givens)]})
		fmt.Fprintf(&p, "P%d,%s,在职,%d,B%d,党员,正式党员\n", i, name, 13800000000+i, i/30%max(1, people/30))
	}
	return u.Bytes(), p.Bytes()
}

// peak is the most memory this process ever had resident, in megabytes.
func peak(t *testing.T) int {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("no /proc")
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			must(t, err)
			return kb / 1024
		}
	}
	return 0
}

func TestALargeFile(t *testing.T) {
	n := manyRows(t)
	s := testkit.SQLiteStore(t)
	im := newImporter(t, s)
	units, people := bigFile(n)
	im.clean("units.csv", units, true)
	before, start := peak(t), time.Now()
	dry := im.clean("people.csv", people, false)
	checked := time.Since(start)
	i := im.clean("people.csv", people, true)
	applied := time.Since(start) - checked - checked
	t.Logf("%d people: checked in %v, applied in %v, %d MB resident at the most (%d before)", n, checked, applied, peak(t), before)
	if int(dry.Counts.People.New) != n || int(i.Applied) != 2*n {
		t.Errorf("counts %+v, applied %d", i.Counts, i.Applied)
	}
	if grown := peak(t) - before; grown > 150 {
		t.Errorf("memory grew by %d MB", grown)
	}
	im.agree()

	// The lists and the search on what came in.
	for name, f := range map[string]func() error{
		"children": func() error {
			_, err := im.org.Units(im.ctx, org.UnitFilter{Parent: im.top.ID, Limit: 100})
			return err
		},
		"search initials": func() error { _, err := im.org.Search(im.ctx, "z", "", 0); return err },
		"search inside":   func() error { _, err := im.org.Search(im.ctx, "兰", "", 0); return err },
	} {
		start := time.Now()
		must(t, f())
		t.Logf("%s: %v", name, time.Since(start))
	}
}

// applying begins to write a checked file of people.
func (im importer) applying(n int) org.Import {
	im.Helper()
	units, people := bigFile(n)
	im.clean("units.csv", units, true)
	i, err := im.org.Bring(im.ctx, im.admin, "people.csv", bytes.NewReader(people))
	must(im.T, err)
	must(im.T, im.org.ImportOn(im.ctx, i.ID))
	i, err = im.org.Import(im.ctx, im.admin, i.ID)
	must(im.T, err)
	i, err = im.org.ApplyImport(im.ctx, im.admin, i.ID, false, i.Version)
	must(im.T, err)
	return i
}

// A process that dies in the middle of writing loses nothing and doubles nothing.
func TestApplyingGoesOnWhereItStopped(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		im := newImporter(t, s)
		i := im.applying(600)
		steps := 0
		for ; ; steps++ {
			ctx, cancel := context.WithCancel(im.ctx)
			done, err := im.org.ApplyStep(ctx, i.ID) // one change, then the files are opened anew
			cancel()
			must(t, err)
			if done {
				break
			}
			if n := im.count(`SELECT COUNT(*) FROM person WHERE batch_id = 0 AND code LIKE 'P%'`); n != 0 {
				t.Fatalf("%d people are seen before all of it is there", n)
			}
			hits, err := im.org.Search(im.ctx, "赵伟", "person", 0)
			must(t, err)
			if len(hits.People) != 0 {
				t.Fatal("somebody is found before all of it is there")
			}
		}
		if steps < 8 {
			t.Errorf("only %d steps: nothing was interrupted", steps)
		}
		if n := im.count(`SELECT COUNT(*) FROM person WHERE batch_id = 0 AND code LIKE 'P%'`); n != 600 {
			t.Errorf("%d people, want 600", n)
		}
		if n := im.count(`SELECT COUNT(*) FROM access_grant g JOIN membership m ON m.id = g.membership_id JOIN person p ON p.id = m.person_id WHERE p.code LIKE 'P%' AND g.batch_id = 0`); n != 600 {
			t.Errorf("%d grants, want 600", n)
		}
	})
}

func TestWhatChangedMeanwhileTakesAllOfItBack(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		im := newImporter(t, s)
		i := im.applying(600)
		// Somebody is added by hand under a code from late in the file.
		_, err := im.org.CreatePerson(im.ctx, im.secA, im.a.ID, org.NewMember{NewPerson: org.NewPerson{Name: "先来的", Category: "serving", Code: "P590"}, Position: "member", Standing: "full"})
		must(t, err)
		must(t, im.org.ImportOn(im.ctx, i.ID))
		i, err = im.org.Import(im.ctx, im.admin, i.ID)
		must(t, err)
		if i.State != org.ImportFailed || i.Code != "import_outdated" {
			t.Errorf("state %s, code %s", i.State, i.Code)
		}
		var left db.ID
		if found, err := db.Find(im.ctx, s.DB.Read(), &left, `SELECT id FROM person WHERE batch_id <> 0 LIMIT 1`); err != nil || found {
			t.Errorf("something is left behind: %v %v", left, err)
		}
		if n := im.count(`SELECT COUNT(*) FROM name_part n WHERE n.subject = 'person' AND NOT EXISTS (SELECT 1 FROM person p WHERE p.id = n.subject_id)`); n != 0 {
			t.Errorf("%d parts of names lead nowhere", n)
		}
	})
}
