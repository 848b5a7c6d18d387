package rollcall_test

import (
	"strings"
	"testing"
	"time"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/org"
	"wozai/internal/rollcall"
	"wozai/internal/testkit"
)

// move puts a unit elsewhere, as an administrator does.
func (h *house) move(unit, parent db.ID) error {
	h.Helper()
	u, err := org.GetUnit(h.ctx, h.DB.Read(), unit)
	must(h.TB, err)
	_, err = h.org.MoveUnit(h.ctx, access.SystemActor("test"), unit, parent, u.Version)
	return err
}

// granted reads what somebody may do now.
func (h *house) granted(a access.Actor) access.Actor {
	h.Helper()
	var err error
	a.Grants, err = org.Grants(h.ctx, h.DB.Read(), a.PersonID)
	must(h.TB, err)
	return a
}

// A unit that is moved while its return is open is still counted where it stood, and checked by those who
// stood above it; one that is closed owes a return that nobody can give, until it is excused.
func TestAUnitIsMovedOrClosedWhileItsReturnIsOpen(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		other := h.unit(h.top, "general_branch", "第二党总支")
		elsewhere := h.actor("吴总", other, "general_secretary")
		_, period := h.opened(byUnits)
		_, err := h.roll.Answer(h.ctx, h.secA, period, h.a.ID, h.value(3))
		must(t, err)
		must(t, h.move(h.a.ID, other.ID))
		h.secA, elsewhere, h.head = h.granted(h.secA), h.granted(elsewhere), h.granted(h.head)

		in := h.value(4)
		in.Version = 1
		_, err = h.roll.Answer(h.ctx, h.secA, period, h.a.ID, in) // a correction, from its new place
		must(t, err)
		h.stands(period, h.mid, "2 1 1 0 0 0 1")
		_, err = h.roll.Rollup(h.ctx, h.boss, period, other.ID)
		h.wants(err, "not_found") // nobody was asked there
		waiting, err := h.roll.Waiting(h.ctx, elsewhere, other.ID)
		must(t, err)
		if len(waiting) != 0 {
			t.Errorf("it waits at its new place: %+v", waiting)
		}
		must(t, h.roll.Decide(h.ctx, h.head, period, h.a.ID, false, "再核一下", 2))
		in.Version = 2
		_, err = h.roll.Answer(h.ctx, h.secA, period, h.a.ID, in)
		must(t, err)
		must(t, h.roll.Decide(h.ctx, h.head, period, h.a.ID, true, "", 3))
		must(t, h.roll.Decide(h.ctx, h.boss, period, h.a.ID, true, "", 3))

		b, err := org.GetUnit(h.ctx, h.DB.Read(), h.b.ID)
		must(t, err)
		must(t, h.org.EndUnit(h.ctx, access.SystemActor("test"), h.b.ID, org.EndUnit{Version: b.Version, Members: "move", MoveTo: h.a.ID}))
		h.secB = h.granted(h.secB)
		_, err = h.roll.Answer(h.ctx, h.secB, period, h.b.ID, h.value(1))
		h.wants(err, "not_found")
		h.stands(period, h.top, "2 1 1 0 0 0 1")
		if names, err := h.who(h.boss, period, h.top, rollcall.WhoMissing); err != nil || names != "乙支部 " {
			t.Errorf("missing: %q (%v)", names, err)
		}
		h.wants(h.roll.Excuse(h.ctx, h.secA, period, h.b.ID, "x"), "not_found") // where its people went has no say in it
		_, err = h.roll.Answer(h.ctx, elsewhere, period, h.b.ID, h.value(1))
		h.wants(err, "not_found")

		// The one above finds it among its own, is told when it is overdue, and excuses it or answers.
		mine, err := h.roll.Mine(h.ctx, h.head)
		must(t, err)
		if len(mine) != 1 || mine[0].Answerer != h.b.ID || mine[0].For != "乙支部" {
			t.Errorf("taken over: %+v", mine)
		}
		if mine, err := h.roll.Mine(h.ctx, h.secA); err != nil || len(mine) != 1 {
			t.Errorf("%+v (%v)", mine, err) // its own alone
		}
		must(t, h.roll.Excuse(h.ctx, h.head, period, h.b.ID, "支部已经撤销"))
		h.stands(period, h.top, "2 1 1 0 0 1 0")
		must(t, h.roll.Excuse(h.ctx, h.head, period, h.b.ID, ""))
		h.later(time.Hour)
		if n := h.count(`SELECT COUNT(*) FROM notice WHERE kind = 'rollcall.overdue' AND person_id = $1`, h.head.PersonID); n != 1 {
			t.Errorf("the unit above was told %d times", n)
		}
		_, err = h.roll.Answer(h.ctx, h.head, period, h.b.ID, h.value(1))
		must(t, err)
		h.wants(h.roll.Decide(h.ctx, h.head, period, h.b.ID, true, "", 1), "forbidden") // it waits above who answered
		must(t, h.roll.Decide(h.ctx, h.boss, period, h.b.ID, true, "", 1))
		must(t, h.roll.Lock(h.ctx, h.boss, period))
		h.stands(period, h.mid, "2 2 1 0 0 0 0")
	})
}

// closes ends a unit, as an administrator does; its people go elsewhere.
func (h *house) closes(unit, to db.ID) {
	h.Helper()
	u, err := org.GetUnit(h.ctx, h.DB.Read(), unit)
	must(h.TB, err)
	must(h.TB, h.org.EndUnit(h.ctx, access.SystemActor("test"), unit, org.EndUnit{Version: u.Version, Members: "move", MoveTo: to}))
}

// Branches are put under another unit and the one where their returns wait is closed, while they wait: they
// can be corrected, are sent back, handed in and accepted all the same, and nothing is lost sight of.
func TestAReturnWaitsNowhereForEver(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		other := h.unit(h.top, "general_branch", "第二党总支")
		_, period := h.opened(byUnits)
		for _, x := range []struct {
			who  access.Actor
			unit db.ID
		}{{h.secA, h.a.ID}, {h.secB, h.b.ID}} {
			_, err := h.roll.Answer(h.ctx, x.who, period, x.unit, h.value(3))
			must(t, err)
		}
		must(t, h.roll.Decide(h.ctx, h.head, period, h.b.ID, true, "", 1)) // passed on before
		must(t, h.move(h.a.ID, other.ID))
		must(t, h.move(h.b.ID, other.ID))
		h.closes(h.mid.ID, h.a.ID)
		h.secA, h.head, h.boss = h.granted(h.secA), h.granted(h.head), h.granted(h.boss)

		names := func() (out string) {
			t.Helper()
			waiting, err := h.roll.Waiting(h.ctx, h.boss, h.top.ID)
			must(t, err)
			for _, x := range waiting {
				out += x.Name + " "
			}
			return out
		}
		if got := names(); got != "甲支部 乙支部 " {
			t.Errorf("waiting at the top: %s", got)
		}
		_, err := h.roll.Waiting(h.ctx, h.head, h.mid.ID)
		h.wants(err, "not_found")
		h.wants(h.roll.Decide(h.ctx, h.head, period, h.a.ID, true, "", 1), "not_found") // their office has ended
		in := h.value(4)
		in.Version = 1
		_, err = h.roll.Answer(h.ctx, h.secB, period, h.b.ID, in)
		h.wants(err, "rollcall_checked")
		_, err = h.roll.Answer(h.ctx, h.secA, period, h.a.ID, in) // nobody has passed it
		must(t, err)
		view, err := h.roll.View(h.ctx, h.boss, period, h.a.ID)
		must(t, err)
		if strings.Join(view.Abilities, " ") != "accept return" {
			t.Errorf("abilities %v", view.Abilities)
		}
		must(t, h.roll.Decide(h.ctx, h.boss, period, h.a.ID, false, "再核一下", 2))
		in.Version = 2
		_, err = h.roll.Answer(h.ctx, h.secA, period, h.a.ID, in)
		must(t, err)
		must(t, h.roll.Decide(h.ctx, h.boss, period, h.a.ID, true, "", 3))
		must(t, h.roll.Decide(h.ctx, h.boss, period, h.b.ID, true, "", 1))
		if got := names(); got != "" {
			t.Errorf("still waiting: %s", got)
		}
		h.stands(period, h.top, "2 2 2 0 0 0 0")
		h.stands(period, h.mid, "2 2 2 0 0 0 0") // history stays
	})
}

// The unit that asks is closed: what it asked is the next one's above, which locks, exports and makes
// exceptions, and no further period is opened.
func TestTheUnitThatAsksIsClosed(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		other := h.unit(h.top, "general_branch", "第二党总支")
		c := h.question(func(c *rollcall.Composition) { byUnits(c); c.Schedule.Every = rollcall.Day })
		id, err := h.roll.Create(h.ctx, h.head, h.mid.ID, c)
		must(t, err)
		period, err := h.roll.Open(h.ctx, h.head, id, 1)
		must(t, err)
		h.later(time.Second)
		_, err = h.roll.Answer(h.ctx, h.secA, period, h.a.ID, h.value(3))
		must(t, err)
		_, err = h.roll.Get(h.ctx, h.boss, id)
		h.wants(err, "not_found") // it is not theirs while there is the other
		must(t, h.move(h.a.ID, other.ID))
		must(t, h.move(h.b.ID, other.ID))
		h.closes(h.mid.ID, h.a.ID)
		h.head, h.boss = h.granted(h.head), h.granted(h.boss)

		_, err = h.roll.Get(h.ctx, h.head, id)
		h.wants(err, "not_found")
		list, err := h.roll.List(h.ctx, h.boss, h.top.ID, 0, 10)
		must(t, err)
		if len(list) != 1 || list[0].ID != id || list[0].UnitName != "第一党总支" {
			t.Errorf("taken over: %+v", list)
		}
		must(t, h.roll.Decide(h.ctx, h.boss, period, h.a.ID, true, "", 1))
		must(t, h.roll.Excuse(h.ctx, h.boss, period, h.b.ID, "停电"))
		h.stands(period, h.mid, "2 1 1 0 0 1 0")
		must(t, h.roll.Lock(h.ctx, h.boss, period))
		_, err = h.roll.Except(h.ctx, h.boss, period, h.b.ID, "停电", db.Time(h.clock.Load()).Add(time.Hour))
		must(t, err)
		_, err = h.roll.Export(h.ctx, h.boss, period, "csv")
		must(t, err)
		h.later(25 * time.Hour)
		r, err := h.roll.Get(h.ctx, h.boss, id)
		must(t, err)
		if r.State != rollcall.Ended || len(r.Periods) != 2 || r.Periods[0].State != rollcall.Locked {
			t.Errorf("%s, %+v", r.State, r.Periods)
		}
		if n := h.count(`SELECT COUNT(*) FROM rollcall_count WHERE period_id = $1`, r.Periods[0].ID); n != 0 {
			t.Errorf("the next period asked %d units", n)
		}
	})
}

// The server's clock is set back by two hours: what was late stays late, what was on time on time, the
// period stays locked, and versions follow one another all the same.
func TestTheClockIsSetBack(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		_, period := h.opened(nil)
		answer := func(a access.Actor, version int64, n float64) (rollcall.Receipt, error) {
			in := h.value(n)
			in.Version = version
			return h.roll.Answer(h.ctx, a, period, a.PersonID, in)
		}
		back := func() { h.clock.Add(-int64(2 * time.Hour / time.Microsecond)) }
		_, err := answer(h.one, 0, 1)
		must(t, err)
		h.later(90 * time.Minute)
		_, err = answer(h.two, 0, 1) // late
		must(t, err)
		back()
		for _, c := range []struct {
			who    access.Actor
			onTime bool
		}{{h.one, true}, {h.two, false}} {
			got, err := answer(c.who, 1, 2)
			must(t, err)
			if got.Version != 2 || got.OnTime != c.onTime {
				t.Errorf("a correction: %+v", got)
			}
			v, err := h.roll.View(h.ctx, h.boss, period, c.who.PersonID)
			must(t, err)
			if len(v.Versions) != 1 || v.Version != 2 || v.Values["tested"] != 2.0 {
				t.Errorf("%+v", v)
			}
		}
		h.stands(period, h.top, "7 2 1 0 0 0 5")
		h.later(4 * time.Hour)
		_, err = answer(h.three, 0, 1)
		h.wants(err, "rollcall_locked")
		back()
		back()
		_, err = answer(h.three, 0, 1)
		h.wants(err, "rollcall_locked") // it is not opened again
		h.stands(period, h.top, "7 2 1 0 0 0 5")
	})
}

// Whoever is not asked is told nothing of the form, not by what would be wrong either, and not by a node
// that has the period in memory; one who joins is asked from the next period on.
func TestWhoIsNotAskedIsNotToldWhatIsWrong(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		_, period := h.opened(nil)
		bad := h.value(1)
		bad.Values["tested"] = "many"
		late := h.actor("何五", h.a, "member")
		for range 2 { // the second time from memory
			for _, in := range []rollcall.Sending{h.value(1), bad} {
				for _, a := range []access.Actor{h.boss, late} {
					_, err := h.roll.Answer(h.ctx, a, period, a.PersonID, in)
					h.wants(err, "not_found")
				}
			}
			_, err := h.roll.Answer(h.ctx, h.one, period, h.one.PersonID, bad)
			h.wants(err, "invalid")
			_, err = h.roll.Answer(h.ctx, h.one, period, h.one.PersonID, h.value(1))
			must(t, err)
		}
		h.stands(period, h.top, "7 1 1 0 0 0 6")
	})
}
