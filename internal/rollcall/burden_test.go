package rollcall_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/org"
	"wozai/internal/rollcall"
	"wozai/internal/testkit"
)

// meetings stands for the other slice, whose own query is tested there.
type meetings func(path string, from, to db.Time) []rollcall.Asking

func (m meetings) AskedWithin(_ context.Context, path string, from, to db.Time) ([]rollcall.Asking, error) {
	return m(path, from, to), nil
}

// A branch sees what this week takes of its people and who asks; a composer what would come on top of it,
// and who asks the same.
func TestWhatAWeekTakes(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		china := time.FixedZone("", 8*3600)
		h.clock.Store(int64(at(t, china, "2027-03-01 08:00"))) // a Monday
		h.roll.Others = meetings(func(path string, from, to db.Time) []rollcall.Asking {
			if path != h.a.Path && path != h.top.Path || from != at(t, china, "2027-03-01 00:00") || to != at(t, china, "2027-03-08 00:00") {
				t.Errorf("asked for %s, %v to %v", path, from, to)
			}
			return []rollcall.Asking{{Kind: "meeting", Unit: h.a.ID, At: at(t, china, "2027-03-03 15:00"), Times: 1, Minutes: 90, People: 4}}
		})
		_, _ = h.daily(func(c *rollcall.Composition) { c.Minutes = 2 })                     // seven times, four people
		_, _ = h.opened(func(c *rollcall.Composition) { c.Voluntary, c.Minutes = true, 9 }) // asks nobody
		_, _ = h.opened(func(c *rollcall.Composition) { byUnits(c); c.Minutes = 10 })

		week, err := h.roll.Week(h.ctx, h.secA, h.a.ID)
		must(t, err)
		var got []string
		for _, x := range week.Items {
			got = append(got, fmt.Sprintf("%s %s %d×%d×%d", x.Kind, x.At.Std().In(china).Format("2 15:04"), x.Times, x.Minutes, x.People))
		}
		want := "[rollcall 1 09:00 1×10×1 rollcall 1 18:00 1×2×4 rollcall 2 18:00 6×2×4 meeting 3 15:00 1×90×4]"
		if fmt.Sprint(got) != want || week.Minutes != 10+56+360 {
			t.Errorf("%v, %d minutes, want %s", got, week.Minutes, want)
		}
		_, err = h.roll.Week(h.ctx, h.one, h.a.ID)
		h.wants(err, "not_found")
		_, err = h.roll.Week(h.ctx, h.secB, h.a.ID)
		h.wants(err, "not_found")

		h.clock.Store(int64(at(t, china, "2027-03-04 08:00")))
		id, err := h.roll.Create(h.ctx, h.boss, h.top.ID, h.question(func(c *rollcall.Composition) {
			c.Title = both("another")
			c.Schedule = rollcall.Schedule{Every: rollcall.Workday, DueAfter: 60, CloseAfter: 120}
			c.Form.Fields = c.Form.Fields[:3]
			c.Form.Fields[0].Label.EN, c.Form.Fields[1].Label.EN, c.Form.Fields[2].Label.EN = "Tested :", "x", "x"
			c.Form.Fields[1].Label.ZH, c.Form.Fields[2].Label.ZH = "x", "x"
			c.Form.Checks, c.Form.Readers = nil, nil
		}))
		must(t, err)
		p, err := h.roll.Preview(h.ctx, h.boss, id)
		must(t, err)
		if p.Load.Times != 2 { // Thursday and Friday
			t.Errorf("%d times", p.Load.Times)
		}
		got = nil
		for _, b := range p.Load.Branches {
			got = append(got, fmt.Sprintf("%s %d: %d+%d", b.Name, b.People, b.Already, b.Adds))
		}
		if want := "[甲支部 4: 426+24 乙支部 2: 10+12 第一党总支 1: 0+6]"; fmt.Sprint(got) != want {
			t.Errorf("%v, want %s", got, want)
		}
		if len(p.Same) != 0 { // one field of three is too little
			t.Errorf("%+v", p.Same)
		}
		r, err := h.roll.Get(h.ctx, h.boss, id)
		must(t, err)
		r.Composition.Form.Fields[1].Label = both("confirmed")
		must(t, h.roll.Update(h.ctx, h.boss, id, 1, r.Composition))
		p, err = h.roll.Preview(h.ctx, h.boss, id)
		must(t, err)
		if len(p.Same) == 0 || len(p.Same[0].Shared) != 2 || p.Same[0].By != "机关党委" {
			t.Errorf("%+v", p.Same)
		}
	})
}

// What is sent out and opens for the first time later in the week is reckoned, too; what is due in the next
// one is that one's.
func TestWhatOpensForTheFirstTimeThisWeek(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		china := time.FixedZone("", 8*3600)
		h.clock.Store(int64(at(t, china, "2027-03-01 08:00"))) // a Monday
		for day, minutes := range map[string]int64{"2027-03-05 09:00": 5, "2027-03-07 23:30": 7} {
			_, _ = h.opened(func(c *rollcall.Composition) { c.Minutes, c.Schedule.OpensAt = minutes, at(t, china, day) })
			_, _ = h.opened(func(c *rollcall.Composition) {
				byUnits(c)
				c.Minutes, c.Schedule.OpensAt = 10*minutes, at(t, china, day)
			})
			_, _ = h.opened(func(c *rollcall.Composition) { c.Voluntary, c.Minutes, c.Schedule.OpensAt = true, 9, at(t, china, day) })
		}
		id, err := h.roll.Create(h.ctx, h.secB, h.b.ID, h.question(func(c *rollcall.Composition) {
			c.Audience, c.Schedule.OpensAt = org.Selection{UnitIDs: []db.ID{h.b.ID}}, at(t, china, "2027-03-05 09:00")
		}))
		must(t, err)
		_, err = h.roll.Open(h.ctx, h.secB, id, 1)
		must(t, err)
		for _, c := range []struct {
			who  access.Actor
			unit org.Unit
			want int64
		}{{h.secA, h.a, 5*4 + 50}, {h.secB, h.b, 5*2 + 50 + 3*2}, {h.head, h.mid, 5}, {h.boss, h.top, 0}} {
			week, err := h.roll.Week(h.ctx, c.who, c.unit.ID)
			must(t, err)
			if week.Minutes != c.want {
				t.Errorf("%s: %d minutes, want %d: %+v", c.unit.Name, week.Minutes, c.want, week.Items)
			}
		}
		must(t, h.roll.End(h.ctx, h.secB, id))
		week, err := h.roll.Week(h.ctx, h.secB, h.b.ID)
		must(t, err)
		if week.Minutes != 60 {
			t.Errorf("%d minutes with one that was called off", week.Minutes)
		}
	})
}
