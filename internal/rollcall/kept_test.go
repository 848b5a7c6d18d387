package rollcall_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
	"wozai/internal/rollcall"
	"wozai/internal/testkit"
)

// What is kept of locked periods is what the answers themselves make, whenever it was looked at and whatever
// came under exceptions since: answers, corrections, excuses, returns sent back, another form, a deletion
// of what is sensitive.
func TestWhatIsKeptIsARecount(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	places := []db.ID{h.top.ID, h.mid.ID, h.a.ID, h.b.ID}
	rapid.Check(t, func(rt *rapid.T) {
		units := rapid.Bool().Draw(rt, "units")
		id, err := h.roll.Create(h.ctx, h.boss, h.top.ID, h.question(func(c *rollcall.Composition) {
			c.Audience = org.Selection{UnitIDs: []db.ID{h.a.ID, h.b.ID}}
			c.ByUnits, c.KeepDays = units, 1
			c.Schedule = rollcall.Schedule{Every: rollcall.Day, DueAfter: 600, CloseAfter: 1200}
		}))
		must(t, err)
		locked, err := h.roll.Open(h.ctx, h.boss, id, 1)
		must(t, err)
		h.later(25 * time.Hour)
		periods := []db.ID{locked, locked, h.newest(id)}
		for _, unit := range places[2:] {
			_, err := h.roll.Except(h.ctx, h.boss, locked, unit, "停电", db.Time(h.clock.Load()).Add(60*24*time.Hour))
			must(t, err)
		}
		forms := int64(1)
		expected := func(err error) {
			if err != nil && fault.Code(err) == "" {
				rt.Fatal(err)
			}
		}
		for range rapid.IntRange(4, 12).Draw(rt, "steps") {
			period := rapid.SampledFrom(periods).Draw(rt, "period")
			a := rapid.SampledFrom([]access.Actor{h.one, h.two, h.four}).Draw(rt, "who")
			answerer := a.PersonID
			if units {
				a, answerer = h.secA, h.a.ID
				if rapid.Bool().Draw(rt, "the other") {
					a, answerer = h.secB, h.b.ID
				}
			}
			var version int64
			_, err := db.Find(h.ctx, h.DB.Read(), &version, `SELECT version FROM rollcall_answer WHERE period_id = $1 AND answerer_id = $2`, period, answerer)
			must(t, err)
			switch rapid.IntRange(0, 9).Draw(rt, "step") {
			case 0, 1, 2, 3:
				in := h.value(float64(rapid.IntRange(0, 9).Draw(rt, "tested")))
				in.FormVersion, in.Version = forms, version
				in.Values["fever"] = "no"
				_, err := h.roll.Answer(h.ctx, a, period, answerer, in)
				expected(err)
			case 4:
				h.later(time.Duration(rapid.IntRange(1, 30).Draw(rt, "hours")) * time.Hour)
			case 5:
				expected(h.roll.Excuse(h.ctx, h.boss, period, answerer, rapid.SampledFrom([]string{"", "住院"}).Draw(rt, "reason")))
			case 6:
				expected(h.roll.Decide(h.ctx, h.boss, period, answerer, false, "再看看", version))
			case 7:
				r, err := h.roll.Get(h.ctx, h.boss, id)
				must(t, err)
				r.Composition.Form.Fields[0].Label.EN += "."
				must(t, h.roll.Update(h.ctx, h.boss, id, r.Version, r.Composition))
				forms++
			default:
				_, err := h.roll.Trend(h.ctx, h.boss, id, rapid.SampledFrom(places).Draw(rt, "looked at"), 30, true)
				expected(err)
			}
		}
		for _, place := range places {
			x, err := h.roll.Trend(h.ctx, h.boss, id, place, 30, true)
			must(t, err)
			for _, p := range x.Points {
				r, err := h.roll.Rollup(h.ctx, h.boss, p.ID, place)
				must(t, err)
				got := fmt.Sprint(h.counts(p.Counts), p.Figures[0].Filled, p.Figures[0].Sum, p.Figures[2].Choices["no"])
				filled, sum := h.added(p.ID, place)
				if want := fmt.Sprint(h.counts(r.Total), filled, sum, filled); got != want {
					rt.Fatalf("period %d: kept %s, recount %s", p.Number, got, want)
				}
			}
		}
		must(t, h.roll.End(h.ctx, h.boss, id))
	})
}

// added adds up from the rows what was answered to the first question in a unit and below.
func (h *house) added(period, unit db.ID) (filled int64, sum float64) {
	h.Helper()
	var rows []string
	must(h.TB, db.Select(h.ctx, h.DB.Read(), &rows, `SELECT x.content FROM rollcall_answer x JOIN rollcall_count d ON d.period_id = x.period_id AND d.unit_id = x.unit_id
		JOIN rollcall_count c ON c.period_id = x.period_id AND c.unit_id = $1 WHERE x.period_id = $2 AND x.state <> 'returned' AND x.kind = 'value' AND substr(d.path, 1, length(c.path)) = c.path`, unit, period))
	for _, text := range rows {
		var v map[string]any
		must(h.TB, json.Unmarshal([]byte(text), &v))
		filled, sum = filled+1, sum+v["tested"].(float64)
	}
	return filled, sum
}

// The whole of a period is kept by itself once it is locked, so that nobody waits for it to be added up; and
// what one form called a text is no choice because a later form says so.
func TestALockedPeriodIsKept(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		id, period := h.opened(func(c *rollcall.Composition) {
			c.Form = rollcall.Form{Fields: []rollcall.FormField{{Key: "n", Kind: rollcall.Number, Label: both("n")}, {Key: "say", Kind: rollcall.Words, Label: both("say")}}}
		})
		_, err := h.roll.Answer(h.ctx, h.one, period, h.one.PersonID, rollcall.Sending{Kind: rollcall.Value, FormVersion: 1, Values: map[string]any{"n": 3.0, "say": "mine"}})
		must(t, err)
		r, err := h.roll.Get(h.ctx, h.boss, id)
		must(t, err)
		r.Composition.Form.Fields[1] = rollcall.FormField{Key: "say", Kind: rollcall.Choice, Label: both("say"), Options: []rollcall.FormOption{{Key: "yes", Label: both("yes")}}}
		must(t, h.roll.Update(h.ctx, h.boss, id, r.Version, r.Composition))
		_, err = h.roll.Answer(h.ctx, h.two, period, h.two.PersonID, rollcall.Sending{Kind: rollcall.Value, FormVersion: 2, Values: map[string]any{"n": 4.0, "say": "yes"}})
		must(t, err)
		kept := func() int64 { return h.count(`SELECT COUNT(*) FROM rollcall_kept`) }
		look := func() {
			t.Helper()
			f, err := h.roll.Figures(h.ctx, h.boss, period, h.top.ID)
			must(t, err)
			if len(f) != 2 || f[0].Sum != 7 || f[1].Filled != 1 || len(f[1].Choices) != 1 || f[1].Choices["yes"] != 1 {
				t.Errorf("%+v", f)
			}
		}
		look()
		must(t, h.roll.Lock(h.ctx, h.boss, period))
		look()
		if n := kept(); n != 0 {
			t.Errorf("%d kept while answers may still be on their way to the disk", n)
		}
		h.later(2 * time.Minute)
		if n := kept(); n != 1 {
			t.Errorf("%d kept", n)
		}
		look()

		// An exception's answer, a correction, an excuse: it is added up anew.
		_, err = h.roll.Except(h.ctx, h.boss, period, h.a.ID, "停电", db.Time(h.clock.Load()).Add(time.Hour))
		must(t, err)
		for i, n := range []float64{5, 6} {
			_, err = h.roll.Answer(h.ctx, h.three, period, h.three.PersonID, rollcall.Sending{Kind: rollcall.Value, FormVersion: 2, Version: int64(i), Values: map[string]any{"n": n}})
			must(t, err)
			f, err := h.roll.Figures(h.ctx, h.boss, period, h.top.ID)
			must(t, err)
			if f[0].Sum != 7+n || f[0].Filled != 3 {
				t.Errorf("%+v", f[0])
			}
		}
		must(t, h.roll.Excuse(h.ctx, h.boss, period, h.secA.PersonID, "住院"))
		x, err := h.roll.Trend(h.ctx, h.boss, id, 0, 30, true)
		must(t, err)
		if got := h.counts(x.Points[0].Counts); got != "7 3 3 0 0 1 3" || x.Points[0].Figures[0].Sum != 13 {
			t.Errorf("%s, %+v", got, x.Points[0].Figures)
		}
		if n := kept(); n != 1 {
			t.Errorf("%d kept", n)
		}
	})
}
