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
	as := func(m member) access.Actor {
		return access.Actor{Kind: access.Person, PersonID: m.ID, Origin: "demo", Lang: "zh-CN"}
	}
	i := slices.IndexFunc(rollcall.Templates(), func(t rollcall.Template) bool { return t.Key == "health" })
	if i < 0 {
		return fmt.Errorf("no template health")
	}
	t := rollcall.Templates()[i]
	secretary := as(a.stage.people[0])
	secretary.Grants = []access.Grant{{Role: access.Officer, UnitID: a.stage.unit.ID, Path: a.stage.unit.Path}}
	id, err := p.Rollcall.Create(ctx, secretary, a.stage.unit.ID, rollcall.Composition{
		Title: t.Title, About: t.About, Minutes: t.Minutes, Form: t.Form, KeepDays: 30,
		Audience: org.Selection{UnitIDs: []db.ID{a.stage.unit.ID}, Subtree: true},
		Schedule: rollcall.Schedule{Every: rollcall.Day, DueAfter: 10 * 60, CloseAfter: 24 * 60},
	})
	if err != nil {
		return err
	}
	period, err := p.Rollcall.Open(ctx, secretary, id, 1)
	if err != nil {
		return err
	}
	if err := p.Rollcall.Freeze(ctx, period); err != nil {
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
		if _, err := p.Rollcall.Answer(ctx, as(m), period, m.ID, rollcall.Sending{Kind: rollcall.Value, Values: values, FormVersion: 1}); err != nil {
			return err
		}
	}
	return nil
}
