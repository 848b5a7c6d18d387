package rollcall_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
	"wozai/internal/rollcall"
	"wozai/internal/testkit"
)

// recount is what the counters must say, from the rows alone.
func (h *house) recount(t interface{ Fatal(...any) }, period db.ID) map[db.ID]string {
	var rows []struct {
		Unit     db.ID  `db:"unit_id"`
		Expected int64  `db:"expected"`
		Kind     string `db:"kind"`
		State    string `db:"state"`
		OnTime   int64  `db:"on_time"`
		Excused  int64  `db:"excused"`
	}
	if err := db.Select(h.ctx, h.DB.Read(), &rows, `SELECT a.unit_id, 1 AS expected, COALESCE(x.kind, '') AS kind, COALESCE(x.state, '') AS state,
			CASE WHEN x.first_at <= p.due_at THEN 1 ELSE 0 END AS on_time, CASE WHEN e.answerer_id IS NULL THEN 0 ELSE 1 END AS excused
		FROM rollcall_period p JOIN rollcall_audience a ON a.rollcall_id = p.rollcall_id AND a.from_period <= p.number AND (a.to_period = 0 OR a.to_period >= p.number)
		LEFT JOIN rollcall_answer x ON x.period_id = p.id AND x.answerer_id = a.answerer_id LEFT JOIN rollcall_excuse e ON e.period_id = p.id AND e.answerer_id = a.answerer_id
		WHERE p.id = $1`, period); err != nil {
		t.Fatal(err)
	}
	sums := map[db.ID][7]int64{}
	for _, r := range rows {
		c := sums[r.Unit]
		c[0]++
		switch {
		case r.Kind != "" && r.State != "returned":
			c[1]++
			c[2] += r.OnTime
			if r.Kind == "nil" {
				c[3]++
			}
			if r.Kind == "na" {
				c[4]++
			}
		case r.Excused == 1:
			c[5]++
		default:
			c[6]++
		}
		sums[r.Unit] = c
	}
	out := map[db.ID]string{}
	for unit, c := range sums {
		out[unit] = fmt.Sprintf("%d %d %d %d %d %d %d", c[0], c[1], c[2], c[3], c[4], c[5], c[6])
	}
	return out
}

// Whatever order answers, corrections, excuses, sends-back, exceptions, moves of people and units, changes of
// the form, clocks set back and restarts come in, the counters are a recount, and no figure exceeds the
// whole.
func TestCountersAreARecount(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		secretary := map[db.ID]access.Actor{h.a.ID: h.secA, h.b.ID: h.secB}
		people := []access.Actor{h.one, h.two, h.three, h.four, h.secA, h.secB}
		checkers := []access.Actor{h.head, h.boss}
		other := h.unit(h.top, "general_branch", "第二党总支")
		rapid.Check(t, func(rt *rapid.T) {
			anonymous := rapid.IntRange(0, 3).Draw(rt, "anonymous") == 0
			units := !anonymous && rapid.Bool().Draw(rt, "units")
			id, err := h.roll.Create(h.ctx, h.boss, h.top.ID, h.question(func(c *rollcall.Composition) {
				c.Audience = org.Selection{UnitIDs: []db.ID{h.a.ID, h.b.ID}}
				c.ByUnits, c.Anonymous = units, anonymous
				if anonymous {
					c.Form = rollcall.Form{Fields: c.Form.Fields[:1]}
				}
			}))
			must(t, err)
			period, err := h.roll.Open(h.ctx, h.boss, id, 1)
			must(t, err)
			h.later(time.Second)
			who := func() (a access.Actor, answerer, unit db.ID) {
				if units {
					unit := rapid.SampledFrom([]db.ID{h.a.ID, h.b.ID}).Draw(rt, "unit")
					return secretary[unit], unit, unit
				}
				a = rapid.SampledFrom(people).Draw(rt, "person")
				return a, a.PersonID, 0
			}
			// version is what the actor saw, or an outdated one: then nothing must change.
			version := func(answerer db.ID) (v int64) {
				_, err := db.Find(h.ctx, s.DB.Read(), &v, `SELECT version FROM rollcall_answer WHERE period_id = $1 AND answerer_id = $2`, period, answerer)
				must(t, err)
				return v - int64(rapid.IntRange(0, 9).Draw(rt, "behind")/9)
			}
			expected := func(err error) {
				if err != nil && fault.Code(err) == "" {
					rt.Fatal(err)
				}
			}
			forms := int64(1)
			for range rapid.IntRange(1, 12).Draw(rt, "steps") {
				switch rapid.IntRange(0, 10).Draw(rt, "step") {
				case 0, 1, 2:
					a, answerer, _ := who()
					in := rollcall.Sending{Kind: rapid.SampledFrom([]rollcall.AnswerKind{rollcall.Value, rollcall.Nil, rollcall.NotApplicable}).Draw(rt, "kind"), FormVersion: rapid.Int64Range(1, forms).Draw(rt, "form"), Version: version(answerer)}
					switch in.Kind {
					case rollcall.Value:
						in.Values = map[string]any{"tested": float64(rapid.IntRange(0, 3).Draw(rt, "tested"))}
					case rollcall.NotApplicable:
						in.Reason = "不适用"
					}
					_, err := h.roll.Answer(h.ctx, a, period, answerer, in)
					expected(err)
				case 3:
					_, answerer, _ := who()
					expected(h.roll.Excuse(h.ctx, h.boss, period, answerer, rapid.SampledFrom([]string{"", "住院"}).Draw(rt, "reason")))
				case 4:
					_, answerer, _ := who()
					by := rapid.SampledFrom(checkers).Draw(rt, "checker")
					expected(h.roll.Decide(h.ctx, by, period, answerer, rapid.Bool().Draw(rt, "pass"), "再看看", version(answerer)))
				case 5:
					h.later(time.Duration(rapid.IntRange(-30, 70).Draw(rt, "minutes")) * time.Minute)
				case 6: // another process: nothing kept in memory
					h.roll = &rollcall.Service{DB: h.roll.DB, Change: h.roll.Change, Secret: h.roll.Secret, Looks: h.roll.Looks, Zone: h.roll.Zone, Workdays: h.roll.Workdays}
				case 7:
					unit := rapid.SampledFrom([]db.ID{h.a.ID, h.b.ID}).Draw(rt, "moved")
					expected(h.move(unit, rapid.SampledFrom([]db.ID{h.mid.ID, other.ID}).Draw(rt, "to")))
					for unit, a := range secretary {
						secretary[unit] = h.granted(a)
					}
				case 8: // somebody goes to the other branch, or back
					p := rapid.SampledFrom(people[:4]).Draw(rt, "goes")
					expected(h.goes(p, rapid.SampledFrom([]db.ID{h.a.ID, h.b.ID}).Draw(rt, "branch")))
				case 9:
					unit := rapid.SampledFrom([]db.ID{h.a.ID, h.b.ID}).Draw(rt, "excepted")
					_, err := h.roll.Except(h.ctx, h.boss, period, unit, "停电", db.Time(h.clock.Load()).Add(time.Hour))
					expected(err)
				case 10:
					r, err := h.roll.Get(h.ctx, h.boss, id)
					must(t, err)
					r.Composition.Form.Fields[0].Label.EN += "."
					err = h.roll.Update(h.ctx, h.boss, id, r.Version, r.Composition)
					if expected(err); err == nil {
						forms++
					}
				}
			}
			for unit, want := range h.recount(rt, period) {
				r, err := h.roll.Rollup(h.ctx, h.boss, period, unit)
				must(t, err)
				if got := h.counts(r.Own); got != want {
					rt.Fatalf("counters %s, recount %s", got, want)
				}
			}
			if anonymous {
				given, said := h.count(`SELECT COUNT(*) FROM rollcall_answer WHERE period_id = $1`, period), h.count(`SELECT COUNT(*) FROM rollcall_ballot WHERE period_id = $1`, period)
				if given != said {
					rt.Fatalf("%d answered, and %d things were said", given, said)
				}
			}
			top, err := h.roll.Rollup(h.ctx, h.boss, period, h.top.ID)
			must(t, err)
			c := top.Total
			if *c.Missing < 0 || c.Received > *c.Expected || c.OnTime > c.Received || c.Nils+c.Inapplicable > c.Received || *c.Expected != c.Received+*c.Excused+*c.Missing {
				rt.Fatalf("impossible: %s", h.counts(c))
			}
		})
	})
}

// goes puts somebody into another branch.
func (h *house) goes(a access.Actor, unit db.ID) error {
	list, err := org.Memberships(h.ctx, h.DB.Read(), org.MembershipFilter{PersonID: a.PersonID})
	if err != nil {
		return err
	}
	for _, m := range list { // none, when the clock was set back to when they belonged here: they wait until it has gone on
		if m.UnitID == unit {
			return nil
		}
		if err := h.org.EndMembership(h.ctx, access.SystemActor("test"), m.ID, m.Version); err != nil {
			return err
		}
	}
	return h.Change.Do(h.ctx, access.SystemActor("test"), func(ctx context.Context, tx *change.Tx) error {
		_, err := h.org.AddMembership(ctx, tx, org.NewMembership{PersonID: a.PersonID, UnitID: unit, Position: "member", Standing: "full"})
		return err
	})
}

// Everybody of one branch answers in the same second: all are counted on one row.
func TestManyAnswerAtOnce(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		people := []access.Actor{}
		for i := range 40 {
			people = append(people, h.actor(fmt.Sprint("何", i), h.b, "member"))
		}
		_, period := h.opened(func(c *rollcall.Composition) { c.Audience = org.Selection{UnitIDs: []db.ID{h.b.ID}} })
		var wg sync.WaitGroup
		for _, a := range people {
			wg.Go(func() {
				if _, err := h.roll.Answer(h.ctx, a, period, a.PersonID, h.value(1)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		h.stands(period, h.b, "42 40 40 0 0 0 2")
	})
}
