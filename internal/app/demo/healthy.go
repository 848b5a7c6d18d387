package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/org"
	"wozai/internal/rollcall"
)

// earlier is for how many days before today the daily roll calls have been asked.
const earlier = 4

// askHealth has the secretary ask the branch every day how it is; today half of it has answered, and
// whoever looks round as a member has not.
func askHealth(ctx context.Context, p Parts, a *authority) error {
	secretary := officer(a.stage.people[0].ID, a.stage.unit)
	return askDaily(ctx, p, secretary, a.stage.unit, "health", 30, org.Selection{UnitIDs: []db.ID{a.stage.unit.ID}, Subtree: true}, func(s *rollcall.Service, period db.ID, ago int) error {
		for n, m := range a.stage.people {
			if ago == 0 && (n%2 == 1 || n == 0) || (n+ago)%9 == 8 {
				continue
			}
			values := map[string]any{"well": "well", "temperature": 36 + float64((n+ago)%8)/10, "where": "家中"}
			if n == 10 && ago < 2 || n == 4 && ago > 2 {
				values = map[string]any{"well": "unwell", "temperature": 37.6, "what": "有点咳嗽，想请社区医生看一看。", "where": "家中"}
			}
			if _, err := s.Answer(ctx, access.Actor{Kind: access.Person, PersonID: m.ID, Origin: "demo", Lang: "zh-CN"}, period, m.ID, rollcall.Sending{Kind: rollcall.Value, Values: values, FormVersion: 1}); err != nil {
				return err
			}
		}
		return nil
	})
}

// askSituation has the committee ask its branches every day how they stand; most have answered, some
// with a nil, and the branch of the walk has not. More are at the office from day to day.
func askSituation(ctx context.Context, p Parts, a *authority) error {
	sel := org.Selection{}
	for _, b := range a.branches {
		sel.UnitIDs = append(sel.UnitIDs, b.unit.ID)
	}
	return askDaily(ctx, p, officer(a.overseer.ID, a.committee), a.committee, "situation", 0, sel, func(s *rollcall.Service, period db.ID, ago int) error {
		for n, b := range a.branches {
			if ago == 0 && b.unit.ID == a.stage.unit.ID || ago == 0 && n%5 == 4 || (n*7+ago)%31 < 2*ago {
				continue
			}
			on := float64(len(b.people))
			office := min(float64(2+n%4+2*(earlier-ago)), on-1)
			isolated := min(float64((n+ago)%(4-min(ago, 2))), on-office)
			said := rollcall.Sending{Kind: rollcall.Value, FormVersion: 1, Values: map[string]any{"members": on, "on_site": office, "at_home": on - office - isolated, "isolated": isolated}}
			switch {
			case n%7 == 3:
				said = rollcall.Sending{Kind: rollcall.Nil, FormVersion: 1}
			case n%6 == 1:
				said.Values["supplies"] = []any{map[string]any{"what": "口罩", "amount": float64(50 * (1 + n%3))}}
			}
			if _, err := s.Answer(ctx, officer(b.people[0].ID, b.unit), period, b.unit.ID, said); err != nil {
				return err
			}
		}
		return nil
	})
}

func officer(person db.ID, unit org.Unit) access.Actor {
	return access.Actor{Kind: access.Person, PersonID: person, Origin: "demo", Lang: "zh-CN", Grants: []access.Grant{{Role: access.Officer, UnitID: unit.ID, Path: unit.Path}}}
}

// askDaily asks every day what a template asks: since some days, on a clock that is set back, and today.
// answer gives the answers of a period that opened so many days ago.
func askDaily(ctx context.Context, p Parts, asker access.Actor, unit org.Unit, template string, keep int64, sel org.Selection, answer func(s *rollcall.Service, period db.ID, ago int) error) error {
	i := slices.IndexFunc(rollcall.Templates(), func(t rollcall.Template) bool { return t.Key == template })
	if i < 0 {
		return fmt.Errorf("no template %s", template)
	}
	t := rollcall.Templates()[i]
	const day = 24 * time.Hour
	now := db.Now()
	clock := now.Add(-earlier * day)
	past, done := p.Past(&clock)
	defer done()
	s := past.Rollcall
	id, err := s.Create(ctx, asker, unit.ID, rollcall.Composition{
		Title: t.Title, About: t.About, ByUnits: t.ByUnits, Minutes: t.Minutes, Form: t.Form, KeepDays: keep, Audience: sel,
		Schedule: rollcall.Schedule{Every: rollcall.Day, DueAfter: 10 * 60, CloseAfter: 24 * 60},
	})
	if err != nil {
		return err
	}
	period, err := s.Open(ctx, asker, id, 1)
	if err != nil {
		return err
	}
	for ago := earlier; ago >= 0; ago-- {
		if ago == 0 {
			s = p.Rollcall // from here on with what follows by itself: its closing, the next one
		}
		if err := s.Freeze(ctx, period); err != nil {
			return err
		}
		clock = clock.Add(2 * time.Hour)
		if err := answer(s, period, ago); err != nil {
			return err
		}
		if ago == 0 {
			return nil
		}
		if err := settle(ctx, p, s, asker, unit.ID, period); err != nil {
			return err
		}
		clock = now.Add(-time.Duration(ago-1) * day)
		if err := s.Lock(ctx, asker, period); err != nil {
			return err
		}
		if err := db.Get(ctx, p.DB.Read(), &period, `SELECT id FROM rollcall_period WHERE rollcall_id = $1 ORDER BY number DESC LIMIT 1`, id); err != nil {
			return err
		}
	}
	return nil
}

// settle accepts what was handed in for a period of the past; what was told of it has been read.
func settle(ctx context.Context, p Parts, s *rollcall.Service, asker access.Actor, unit, period db.ID) error {
	waiting, err := s.Waiting(ctx, asker, unit)
	if err != nil {
		return err
	}
	for _, w := range waiting {
		if err := s.Decide(ctx, asker, w.Period, w.Answerer, true, "", w.Version); err != nil {
			return err
		}
	}
	return p.Change.Do(ctx, actor, func(ctx context.Context, tx *change.Tx) error {
		tx.AppendOnly()
		return tx.Exec(ctx, `UPDATE notice SET read_at = created_at WHERE subject = 'rollcall' AND subject_id = $1`, period)
	})
}
