package demo

import (
	"context"
	"fmt"
	"slices"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/org"
	"wozai/internal/rollcall"
)

// askHealth has the secretary ask the branch every day how it is; today half of it has answered, and
// whoever looks round as a member has not.
func askHealth(ctx context.Context, p Parts, a *authority) error {
	secretary := officer(a.stage.people[0].ID, a.stage.unit)
	period, err := openFrom(ctx, p, secretary, a.stage.unit, "health", 30, org.Selection{UnitIDs: []db.ID{a.stage.unit.ID}, Subtree: true})
	if err != nil {
		return err
	}
	for n, m := range a.stage.people {
		if n%2 == 1 || n == 0 {
			continue
		}
		values := map[string]any{"well": "well", "temperature": 36 + float64(n%8)/10, "where": "家中"}
		if n == 10 {
			values = map[string]any{"well": "unwell", "temperature": 37.6, "what": "有点咳嗽，想请社区医生看一看。", "where": "家中"}
		}
		if _, err := p.Rollcall.Answer(ctx, access.Actor{Kind: access.Person, PersonID: m.ID, Origin: "demo", Lang: "zh-CN"}, period, m.ID, rollcall.Sending{Kind: rollcall.Value, Values: values, FormVersion: 1}); err != nil {
			return err
		}
	}
	return nil
}

// askSituation has the committee ask its branches every day how they stand; most have answered, some
// with a nil, and the branch of the walk has not.
func askSituation(ctx context.Context, p Parts, a *authority) error {
	sel := org.Selection{}
	for _, b := range a.branches {
		sel.UnitIDs = append(sel.UnitIDs, b.unit.ID)
	}
	period, err := openFrom(ctx, p, officer(a.overseer.ID, a.committee), a.committee, "situation", 0, sel)
	if err != nil {
		return err
	}
	for n, b := range a.branches {
		if b.unit.ID == a.stage.unit.ID || n%5 == 4 {
			continue
		}
		on := float64(len(b.people))
		said := rollcall.Sending{Kind: rollcall.Value, FormVersion: 1, Values: map[string]any{"members": on, "on_site": float64(2 + n%4), "at_home": on - float64(3+n%4), "isolated": float64(n % 2)}}
		switch {
		case n%7 == 3:
			said = rollcall.Sending{Kind: rollcall.Nil, FormVersion: 1}
		case n%6 == 1:
			said.Values["supplies"] = []any{map[string]any{"what": "口罩", "amount": float64(50 * (1 + n%3))}}
		}
		if _, err := p.Rollcall.Answer(ctx, officer(b.people[0].ID, b.unit), period, b.unit.ID, said); err != nil {
			return err
		}
	}
	return nil
}

func officer(person db.ID, unit org.Unit) access.Actor {
	return access.Actor{Kind: access.Person, PersonID: person, Origin: "demo", Lang: "zh-CN", Grants: []access.Grant{{Role: access.Officer, UnitID: unit.ID, Path: unit.Path}}}
}

// openFrom opens a daily roll call as a template has it; the answer is its first period.
func openFrom(ctx context.Context, p Parts, asker access.Actor, unit org.Unit, template string, keep int64, sel org.Selection) (db.ID, error) {
	i := slices.IndexFunc(rollcall.Templates(), func(t rollcall.Template) bool { return t.Key == template })
	if i < 0 {
		return 0, fmt.Errorf("no template %s", template)
	}
	t := rollcall.Templates()[i]
	id, err := p.Rollcall.Create(ctx, asker, unit.ID, rollcall.Composition{
		Title: t.Title, About: t.About, ByUnits: t.ByUnits, Minutes: t.Minutes, Form: t.Form, KeepDays: keep, Audience: sel,
		Schedule: rollcall.Schedule{Every: rollcall.Day, DueAfter: 10 * 60, CloseAfter: 24 * 60},
	})
	if err != nil {
		return 0, err
	}
	period, err := p.Rollcall.Open(ctx, asker, id, 1)
	if err != nil {
		return 0, err
	}
	return period, p.Rollcall.Freeze(ctx, period)
}
