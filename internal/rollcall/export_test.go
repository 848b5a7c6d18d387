package rollcall_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"strings"
	"testing"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/office/sheet"
	"wozai/internal/rollcall"
	"wozai/internal/testkit"
)

func TestExportsHoldTheirMeaningsAndNoFormulas(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	_, period := h.opened(func(c *rollcall.Composition) { c.Form.Readers = []access.Role{access.Recorder} })
	in := h.value(3)
	in.Values["stock"] = []any{map[string]any{"what": `=HYPERLINK("x")`, "litres": 0.5}}
	_, err := h.roll.Answer(h.ctx, h.one, period, h.one.PersonID, in)
	must(t, err)
	_, err = h.roll.Answer(h.ctx, h.two, period, h.two.PersonID, rollcall.Sending{Kind: rollcall.NotApplicable, Reason: "=1+1", FormVersion: 1})
	must(t, err)
	_, err = h.roll.Export(h.ctx, h.secA, period, "csv")
	h.wants(err, "not_found")
	_, err = h.roll.Export(h.ctx, h.boss, period, "pdf")
	h.wants(err, "invalid")

	h.boss.Lang = "en"
	file, err := h.roll.Export(h.ctx, h.boss, period, "csv")
	must(t, err)
	var b bytes.Buffer
	must(t, file.Write(&b))
	text := b.String()
	c := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	c.FieldsPerRecord = -1
	lines, err := c.ReadAll()
	must(t, err)
	for _, l := range lines {
		for _, cell := range l {
			if strings.HasPrefix(cell, "=") {
				t.Errorf("a formula: %q", cell)
			}
		}
	}
	if lines[1][0] != "何一" || lines[1][7] != "3" || lines[2][6] != "'=1+1" || lines[2][7] != "" || strings.Contains(text, "汉口") || strings.Contains(text, "rollcall.export") {
		t.Errorf("%s", text)
	}
	for _, want := range []string{"tested", "people", "Missing", "Expected, neither received nor excused"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}

	h.boss.Grants = append(h.boss.Grants, access.Grant{Role: access.Recorder, UnitID: h.top.ID, Path: h.top.Path})
	file, err = h.roll.Export(h.ctx, h.boss, period, "xlsx")
	must(t, err)
	b.Reset()
	must(t, file.Write(&b))
	book, err := sheet.Open(bytes.NewReader(b.Bytes()), int64(b.Len()), sheet.Limits{})
	must(t, err)
	var cells []string
	for row, err := range book.Rows() {
		must(t, err)
		cells = append(cells, strings.Join(row.Cells, "|"))
	}
	if !strings.Contains(cells[1], "何一|甲支部|Value") || !strings.Contains(cells[1], "|汉口|") || !strings.Contains(cells[1], `HYPERLINK`) {
		t.Errorf("%q", cells)
	}
	if n := h.count(`SELECT COUNT(*) FROM person_look WHERE person_id = $1 AND what = 'answer'`, h.one.PersonID); n != 1 {
		t.Errorf("%d looks are recorded", n)
	}
}

// Who may read what was given in confidence was said to whoever gave it: a later form that names other
// readers, or calls the field no secret any more, opens nothing that was given before.
func TestALaterFormOpensNoEarlierSecrets(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	id, period := h.opened(func(c *rollcall.Composition) { c.Form.Readers = []access.Role{access.Recorder} })
	_, err := h.roll.Answer(h.ctx, h.one, period, h.one.PersonID, h.value(3))
	must(t, err)
	exported := func() string {
		t.Helper()
		h.boss.Lang = "en"
		file, err := h.roll.Export(h.ctx, h.boss, period, "csv")
		must(t, err)
		var b bytes.Buffer
		must(t, file.Write(&b))
		return b.String()
	}
	for _, change := range []func(*rollcall.Form){
		func(f *rollcall.Form) { f.Readers = []access.Role{access.Officer} },
		func(f *rollcall.Form) { f.Fields[5].Sensitive = false },
	} {
		r, err := h.roll.Get(h.ctx, h.boss, id)
		must(t, err)
		change(&r.Composition.Form)
		must(t, h.roll.Update(h.ctx, h.boss, id, r.Version, r.Composition))
		if text := exported(); strings.Contains(text, "汉口") || !strings.Contains(text, "where") {
			t.Errorf("form %d:\n%s", r.FormVersion+1, text)
		}
		view, err := h.roll.View(h.ctx, h.boss, period, h.one.PersonID)
		must(t, err)
		if view.Values["where"] != nil || !view.Hidden || view.FormVersion != 1 {
			t.Errorf("form %d: %+v", r.FormVersion+1, view)
		}
	}
	in := h.value(4)
	in.FormVersion = 3
	_, err = h.roll.Answer(h.ctx, h.two, period, h.two.PersonID, in) // to whom it was said
	must(t, err)
	if text := exported(); strings.Count(text, "汉口") != 1 {
		t.Error(text)
	}
}

// What a spreadsheet cannot hold is said before half a file is written; .csv holds it.
func TestMoreAnswersThanASheetHasRows(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	_, period := h.opened(nil)
	for rows, want := range map[int64]string{1<<20 - 1: "", 1 << 20: "rollcall_too_many_rows"} {
		h.do(func(ctx context.Context, tx *change.Tx) error {
			tx.AppendOnly()
			return tx.ExecOne(ctx, `UPDATE rollcall_count SET received = $1 WHERE period_id = $2 AND unit_id = $3`, rows, period, h.a.ID)
		})
		_, err := h.roll.Export(h.ctx, h.boss, period, "xlsx")
		h.wants(err, want)
		_, err = h.roll.Export(h.ctx, h.boss, period, "csv")
		h.wants(err, "")
	}
}
