package rollcall_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"wozai/internal/access"
	"wozai/internal/calendar"
	"wozai/internal/db"
	"wozai/internal/org"
	"wozai/internal/rollcall"
	"wozai/internal/testkit"
)

// daily opens a question to branch A for every day, open all day.
func (h *house) daily(change func(*rollcall.Composition)) (id, first db.ID) {
	h.Helper()
	return h.opened(func(c *rollcall.Composition) {
		c.Audience = org.Selection{UnitIDs: []db.ID{h.a.ID}}
		c.Schedule = rollcall.Schedule{Every: rollcall.Day, DueAfter: 600, CloseAfter: 1439}
		if change != nil {
			change(c)
		}
	})
}

// newest is the period that is open.
func (h *house) newest(id db.ID) (period db.ID) {
	h.Helper()
	must(h.TB, db.Get(h.ctx, h.DB.Read(), &period, `SELECT id FROM rollcall_period WHERE rollcall_id = $1 AND state = 'open' ORDER BY number DESC LIMIT 1`, id))
	return period
}

// What was said last time is proposed where the author allows it, to who may answer, and counts for
// nothing until it is sent.
func TestWhatWasSaidLastTimeIsProposed(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		id, first := h.daily(func(c *rollcall.Composition) {
			for i, f := range c.Form.Fields {
				c.Form.Fields[i].Prefill = f.Key == "where" || f.Key == "stock" || f.Key == "fever"
			}
		})
		in := h.value(3)
		in.Values["stock"], in.Values["fever"] = []any{map[string]any{"what": "酒精", "litres": 0.5}}, "no"
		_, err := h.roll.Answer(h.ctx, h.one, first, h.one.PersonID, in)
		must(t, err)
		h.later(24 * time.Hour)
		h.later(24 * time.Hour) // nothing is said on the second day
		period := h.newest(id)
		sheet, err := h.roll.Sheet(h.ctx, h.one, period, h.one.PersonID)
		must(t, err)
		stock, _ := sheet.Prefill["stock"].([]rollcall.Values)
		if len(sheet.Prefill) != 3 || sheet.Prefill["where"] != "汉口" || len(stock) != 1 || stock[0]["litres"] != 0.5 || sheet.Answer != nil {
			t.Errorf("proposed %+v", sheet.Prefill)
		}
		other, err := h.roll.Sheet(h.ctx, h.two, period, h.two.PersonID)
		must(t, err)
		if len(other.Prefill) != 0 {
			t.Errorf("to another: %+v", other.Prefill)
		}
		h.stands(period, h.a, "4 0 0 0 0 0 4")

		r, err := h.roll.Get(h.ctx, h.boss, id)
		must(t, err)
		c := r.Composition
		c.Form.Fields[2].Options = c.Form.Fields[2].Options[:1] // "no" can be said no more
		must(t, h.roll.Update(h.ctx, h.boss, id, r.Version, c))
		sheet, err = h.roll.Sheet(h.ctx, h.one, period, h.one.PersonID)
		must(t, err)
		if len(sheet.Prefill) != 2 || sheet.Prefill["fever"] != nil {
			t.Errorf("after the form changed: %+v", sheet.Prefill)
		}
		in = h.value(4)
		in.FormVersion = 2
		_, err = h.roll.Answer(h.ctx, h.one, period, h.one.PersonID, in)
		must(t, err)
		if sheet, err = h.roll.Sheet(h.ctx, h.one, period, h.one.PersonID); err != nil || sheet.Prefill != nil {
			t.Errorf("it is answered: %+v (%v)", sheet.Prefill, err)
		}
	})
}

// Nil three times in a row is worth a look of somebody who had something to report before, or while
// most others have; nobody else is marked.
func TestARunOfNilsIsMarked(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		id, period := h.daily(nil)
		answer := func(a access.Actor, value bool) {
			t.Helper()
			in := rollcall.Sending{Kind: rollcall.Nil, FormVersion: 1}
			if value {
				in = h.value(1)
			}
			_, err := h.roll.Answer(h.ctx, a, period, a.PersonID, in)
			must(t, err)
		}
		marked := func(want string) {
			t.Helper()
			if names, err := h.who(h.boss, period, h.top, rollcall.WhoNilRun); err != nil || names != want {
				t.Errorf("marked: %q (%v), want %q", names, err, want)
			}
		}
		// One reports once and then nil; two nil always; three never nil; the secretary nothing.
		for day, one := range []bool{true, false, false, false} {
			answer(h.one, one)
			answer(h.two, false)
			if day == 3 {
				marked("何一 ") // most sign nil: two did all along
				answer(h.secA, true)
			}
			answer(h.three, true)
			if day < 3 {
				marked("")
				h.later(24 * time.Hour)
				period = h.newest(id)
			}
		}
		marked("何一 何二 ") // half of them report something now
		for _, c := range []struct {
			who  access.Actor
			want int64
		}{{h.one, 3}, {h.two, 4}, {h.three, 0}} {
			v, err := h.roll.View(h.ctx, h.boss, period, c.who.PersonID)
			must(t, err)
			if v.NilRun != c.want {
				t.Errorf("%s: a run of %d, want %d", v.Name, v.NilRun, c.want)
			}
		}
	})
}

// A holiday is announced for the day that the next period was set for: it opens on the working day behind it,
// and the one after that follows as if nothing had been.
func TestAHolidayIsAnnouncedMeanwhile(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		china := time.FixedZone("", 8*3600)
		h.clock.Store(int64(at(t, china, "2027-03-05 08:00"))) // a Friday
		id, _ := h.opened(func(c *rollcall.Composition) {
			c.Schedule = rollcall.Schedule{Every: rollcall.Workday, DueAfter: 60, CloseAfter: 120}
		})
		days, err := calendar.Read(strings.NewReader("2027-03-08 off 节日\n2027-03-13 work"))
		must(t, err)
		h.roll.Workdays = days
		periods := func() (out string) {
			t.Helper()
			r, err := h.roll.Get(h.ctx, h.boss, id)
			must(t, err)
			for _, p := range r.Periods {
				out = p.Name[5:] + " " + string(p.State) + ", " + out
			}
			return out
		}
		if got, want := periods(), "03-05 open, 03-08 opening, "; got != want {
			t.Fatalf("%s, want %s", got, want)
		}
		h.clock.Store(int64(at(t, china, "2027-03-08 08:30")))
		h.later(time.Second)
		if got, want := periods(), "03-05 locked, 03-09 opening, "; got != want {
			t.Errorf("on the holiday: %s, want %s", got, want)
		}
		h.later(24 * time.Hour)
		if got, want := periods(), "03-05 locked, 03-09 open, 03-10 opening, "; got != want {
			t.Errorf("behind it: %s, want %s", got, want)
		}
		if n := h.count(`SELECT COUNT(*) FROM audit WHERE action = 'rollcall.period_postponed'`); n != 1 {
			t.Errorf("%d records", n)
		}
	})
}

// What was begun and not sent goes some time after the lock, also where sensitive values stay.
func TestDraftsDoNotStay(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	_, period := h.opened(nil)
	must(t, h.roll.SaveDraft(h.ctx, h.one, period, h.one.PersonID, h.value(1)))
	_, err := h.roll.Answer(h.ctx, h.two, period, h.two.PersonID, h.value(1))
	must(t, err)
	for _, days := range []int{1, 90} {
		h.later(time.Duration(days) * 24 * time.Hour)
		drafts, sealed := h.count(`SELECT COUNT(*) FROM rollcall_draft`), h.count(`SELECT COUNT(*) FROM rollcall_answer WHERE sealed IS NOT NULL`)
		if (drafts == 1) != (days == 1) || sealed != 1 {
			t.Errorf("after %d days %d drafts, %d sealed answers", days, drafts, sealed)
		}
	}
	if n := h.count(`SELECT purged_at FROM rollcall_period WHERE id = $1`, period); n != 0 {
		t.Error("it says that sensitive values were deleted")
	}
}

// Over the periods there is a series of counts and of what was answered, of any unit; a change of the
// organisation rewrites none of it.
func TestTrends(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		id, period := h.opened(func(c *rollcall.Composition) {
			c.Schedule = rollcall.Schedule{Every: rollcall.Day, DueAfter: 600, CloseAfter: 1439}
		})
		for day := range 3 {
			for i, a := range []access.Actor{h.one, h.four}[:1+day%2] {
				in := h.value(float64(10*day + i))
				in.Values["fever"] = "no"
				_, err := h.roll.Answer(h.ctx, a, period, a.PersonID, in)
				must(t, err)
			}
			h.later(24 * time.Hour)
			period = h.newest(id)
		}
		h.actor("何新", h.a, "member")
		h.later(24 * time.Hour)
		series := func(who access.Actor, unit db.ID, limit int) (got string) {
			t.Helper()
			x, err := h.roll.Trend(h.ctx, who, id, unit, limit, true)
			must(t, err)
			for _, p := range x.Points {
				got += fmt.Sprintf("%d/%d %v %v; ", p.Counts.Received, *p.Counts.Expected, p.Figures[0].Sum, p.Figures[2].Choices["no"])
			}
			return got
		}
		if got, want := series(h.boss, 0, 30), "1/7 0 1; 2/7 21 2; 1/7 20 1; 0/7 0 0; 0/8 0 0; "; got != want {
			t.Errorf("the whole: %s, want %s", got, want)
		}
		if got, want := series(h.secB, h.b.ID, 4), "1/2 11 1; 0/2 0 0; 0/2 0 0; 0/2 0 0; "; got != want {
			t.Errorf("a branch: %s, want %s", got, want)
		}
		x, err := h.roll.Trend(h.ctx, h.boss, id, 0, 30, false)
		must(t, err)
		if len(x.Points) != 5 || x.Points[0].Figures != nil || len(x.Fields) != 6 || x.Fields[0].Key != "tested" {
			t.Errorf("%+v", x)
		}
		for name, c := range map[string]struct {
			who  access.Actor
			unit db.ID
			want string
		}{"asker": {h.boss, h.a.ID, ""}, "another branch": {h.secB, h.a.ID, "not_found"}, "the whole by a branch": {h.secB, 0, "not_found"}, "a member": {h.one, h.a.ID, "not_found"}, "no such unit": {h.boss, 77, "not_found"}} {
			_, err := h.roll.Trend(h.ctx, c.who, id, c.unit, 3, true)
			if h.wants(err, c.want); t.Failed() {
				t.Fatal(name)
			}
		}
	})
}
