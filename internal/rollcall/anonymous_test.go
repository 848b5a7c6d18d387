package rollcall_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/org"
	"wozai/internal/rollcall"
	"wozai/internal/testkit"
)

func opinion(c *rollcall.Composition) {
	c.Anonymous = true
	c.Form = rollcall.Form{Fields: []rollcall.FormField{
		{Key: "mark", Kind: rollcall.Number, Label: both("mark"), Required: true},
		{Key: "words", Kind: rollcall.Words, Label: both("words")}}}
}

// What was said without a name leads to nobody: not by a name, a unit, a time, a number or its place; and
// it is shown to nobody before it is mixed among enough others.
func TestWhatIsSaidWithoutANameLeadsToNobody(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		id, period := h.opened(opinion)
		people := []access.Actor{h.one, h.two, h.three, h.four, h.secA, h.secB}
		say := func(a access.Actor, n int) error {
			_, err := h.roll.Answer(h.ctx, a, period, a.PersonID, rollcall.Sending{Kind: rollcall.Value, FormVersion: 1, DeviceAt: 5, Values: map[string]any{"mark": float64(n), "words": fmt.Sprint("opinion ", n)}})
			return err
		}
		var order []string // in which it was said
		for i, a := range people {
			must(t, say(a, i))
			order = append(order, fmt.Sprint("opinion ", i))
			h.later(time.Minute)
		}
		h.wants(say(h.one, 9), "rollcall_given") // sent again, or from another device

		// Its form stays: who answered before a change would stand apart. Its words may change.
		r, err := h.roll.Get(h.ctx, h.boss, id)
		must(t, err)
		r.Composition.Title.EN = "another"
		must(t, h.roll.Update(h.ctx, h.boss, id, r.Version, r.Composition))
		r.Composition.Form.Fields = r.Composition.Form.Fields[:1]
		h.wants(h.roll.Update(h.ctx, h.boss, id, r.Version+1, r.Composition), "rollcall_anonymous_form")
		_, err = h.roll.Answer(h.ctx, h.head, period, h.head.PersonID, rollcall.Sending{Kind: rollcall.Nil, FormVersion: 1})
		h.wants(err, "invalid")
		h.wants(h.roll.SaveDraft(h.ctx, h.head, period, h.head.PersonID, h.value(1)), "rollcall_anonymous")

		// That they answered is counted and listed; when and what is not.
		h.stands(period, h.a, "4 4 4 0 0 0 0")
		came, err := h.roll.Who(h.ctx, h.secA, period, h.a.ID, rollcall.WhoReceived, 0, 10)
		must(t, err)
		for _, x := range came {
			if x.At != 0 {
				t.Errorf("%s: %v", x.Name, x.At)
			}
		}
		view, err := h.roll.View(h.ctx, h.boss, period, h.one.PersonID)
		must(t, err)
		if len(came) != 4 || view.Kind != rollcall.Given || view.Values != nil || view.At != 0 || view.DeviceAt != 0 || !view.OnTime {
			t.Errorf("%+v", view)
		}
		sheet, err := h.roll.Sheet(h.ctx, h.one, period, h.one.PersonID)
		must(t, err)
		if !sheet.Anonymous || len(sheet.Abilities) != 0 || sheet.Answer == nil || sheet.Answer.Values != nil {
			t.Errorf("%+v", sheet)
		}

		// Nobody is shown anything while answers may come: the difference would tell.
		unmixed := func(code string) {
			t.Helper()
			_, err := h.roll.Figures(h.ctx, h.boss, period, h.top.ID)
			h.wants(err, code)
			_, err = h.roll.Ballots(h.ctx, h.boss, period, 0, 10)
			h.wants(err, code)
			_, err = h.roll.Export(h.ctx, h.boss, period, "csv")
			h.wants(err, code)
		}
		unmixed("rollcall_unmixed")
		sealed := rows(h, "rollcall_ballot")
		must(t, h.roll.Lock(h.ctx, h.boss, period))
		unmixed("rollcall_unmixed")
		h.later(time.Second)

		// Then it is there, whole; of no part of the whole, and for nobody else.
		figures, err := h.roll.Figures(h.ctx, h.boss, period, h.top.ID)
		must(t, err)
		if figures[0].Filled != 6 || figures[0].Sum != 15 {
			t.Errorf("%+v", figures)
		}
		_, err = h.roll.Figures(h.ctx, h.boss, period, h.a.ID)
		h.wants(err, "rollcall_anonymous")
		_, err = h.roll.Ballots(h.ctx, h.secA, period, 0, 10)
		h.wants(err, "not_found")
		said, err := h.roll.Ballots(h.ctx, h.boss, period, 0, 10)
		must(t, err)
		var words []string
		for _, b := range said {
			words = append(words, b.Values["words"].(string))
		}
		slices.Sort(words)
		if !slices.Equal(words, order) {
			t.Errorf("said %v", words)
		}
		h.boss.Lang = "en"
		file, err := h.roll.Export(h.ctx, h.boss, period, "csv")
		must(t, err)
		var b bytes.Buffer
		must(t, file.Write(&b))
		if text := b.String(); strings.Contains(text, "何一") || !strings.Contains(text, "opinion 3") || strings.Contains(text, "rollcall.") {
			t.Error(text)
		}
		_, err = h.roll.Except(h.ctx, h.boss, period, h.b.ID, "x", db.Time(h.clock.Load()).Add(time.Hour))
		h.wants(err, "rollcall_anonymous")

		// Nothing is left of what stood there before it was mixed, and nothing anywhere of the words.
		mixed := rows(h, "rollcall_ballot")
		for _, was := range sealed {
			for _, is := range mixed {
				if was["id"] == is["id"] || was["sealed"] == is["sealed"] {
					t.Error("a row was not written anew")
				}
			}
		}
		for _, table := range []string{"rollcall_answer", "rollcall_answer_version", "rollcall_draft", "rollcall_ballot", "audit", "event", "notice", "request_key"} {
			text, err := json.Marshal(rows(h, table))
			must(t, err)
			if strings.Contains(string(text), "opinion") {
				t.Errorf("%s holds it in the clear", table)
			}
		}
		for _, row := range rows(h, "rollcall_answer") {
			if at, due := fmt.Sprint(row["at"], row["first_at"], row["device_at"], row["form_version"]), sheet.OpensAt; at != fmt.Sprint(int64(due), int64(due), int64(0), int64(1)) {
				t.Errorf("what is kept of an answer tells its time: %s", at)
			}
		}
	})
}

// Mixed, the order in which things were said is gone: over many periods every place is as likely.
func TestMixingLeavesNoOrder(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	first := map[string]int{}
	for range 60 {
		_, period := h.opened(func(c *rollcall.Composition) {
			opinion(c)
			c.Audience = org.Selection{UnitIDs: []db.ID{h.a.ID, h.b.ID}}
		})
		for i, a := range []access.Actor{h.one, h.two, h.three, h.secA, h.four} {
			_, err := h.roll.Answer(h.ctx, a, period, a.PersonID, rollcall.Sending{Kind: rollcall.Value, FormVersion: 1, Values: map[string]any{"mark": float64(i)}})
			must(t, err)
		}
		must(t, h.roll.Lock(h.ctx, h.boss, period))
		h.later(time.Second)
		said, err := h.roll.Ballots(h.ctx, h.boss, period, 0, 1)
		must(t, err)
		first[fmt.Sprint(said[0].Values["mark"])]++
	}
	for i := range 5 { // 60 draws of 5: that one never comes first has a chance of 1 to 650,000
		if first[fmt.Sprint(i)] == 0 {
			t.Errorf("who spoke at place %d never comes first: %v", i, first)
		}
	}
}

// An answer that was on its way to the disk when the period was locked is mixed by the next run, and not alone:
// in its place and transaction the others are, too.
func TestWhatComesWithTheLockIsMixedAmongOthers(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		_, period := h.opened(opinion)
		for i, a := range []access.Actor{h.one, h.two, h.three, h.secA, h.four} {
			_, err := h.roll.Answer(h.ctx, a, period, a.PersonID, rollcall.Sending{Kind: rollcall.Value, FormVersion: 1, Values: map[string]any{"mark": float64(i)}})
			must(t, err)
		}
		must(t, h.roll.Lock(h.ctx, h.boss, period))
		h.later(time.Second)
		before := rows(h, "rollcall_ballot")
		h.do(func(ctx context.Context, tx *change.Tx) error { // as PostgreSQL lets one come through
			tx.AppendOnly()
			return tx.Exec(ctx, `UPDATE rollcall_ballot SET mixed = $1 WHERE id = (SELECT MAX(id) FROM rollcall_ballot)`, false)
		})
		_, err := h.roll.Ballots(h.ctx, h.boss, period, 0, 10)
		h.wants(err, "rollcall_unmixed")
		h.later(2 * time.Minute)
		said, err := h.roll.Ballots(h.ctx, h.boss, period, 0, 10)
		must(t, err)
		if len(said) != 5 {
			t.Errorf("%d are there", len(said))
		}
		for _, was := range before {
			for _, is := range said {
				if fmt.Sprint(was["id"]) == is.ID.String() {
					t.Error("one was left where it was")
				}
			}
		}
	})
}

func TestFewWithoutANameAreNotShown(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	_, period := h.opened(opinion)
	for _, a := range []access.Actor{h.one, h.two, h.three, h.four} {
		_, err := h.roll.Answer(h.ctx, a, period, a.PersonID, rollcall.Sending{Kind: rollcall.Value, FormVersion: 1, Values: map[string]any{"mark": 1.0}})
		must(t, err)
	}
	h.later(90 * time.Minute)
	_, err := h.roll.Answer(h.ctx, h.secB, period, h.secB.PersonID, rollcall.Sending{Kind: rollcall.Value, FormVersion: 1, Values: map[string]any{"mark": 1.0}, Version: 1})
	h.wants(err, "changed_meanwhile")
	h.later(time.Hour)
	h.stands(period, h.top, "7 4 4 0 0 0 3")
	_, err = h.roll.Figures(h.ctx, h.boss, period, h.top.ID)
	h.wants(err, "rollcall_few")
	for name, change := range map[string]func(*rollcall.Composition){
		"units":     func(c *rollcall.Composition) { c.ByUnits = true },
		"sensitive": func(c *rollcall.Composition) { c.Form = situation() },
		"prefill":   func(c *rollcall.Composition) { c.Form.Fields[0].Prefill = true },
		"days":      func(c *rollcall.Composition) { c.KeepDays = 3 },
	} {
		_, err := h.roll.Create(h.ctx, h.boss, h.top.ID, h.question(func(c *rollcall.Composition) {
			opinion(c)
			change(c)
		}))
		if fs := strings.Join(faults(err), " "); !strings.Contains(fs, "not_of_kind") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func rows(h *house, table string) (out []map[string]any) {
	h.Helper()
	must(h.TB, selectAll(h, table, &out))
	return out
}
