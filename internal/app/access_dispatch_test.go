package app

import (
	"context"
	"maps"
	"time"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/dispatch"
	"wozai/internal/org"
)

func (f *fixture) as(who string) access.Actor {
	return access.Actor{Kind: access.Person, PersonID: f.person[who], AccountID: f.person[who], Origin: "test", Lang: "zh-CN"}
}

// dispatched asks member A, as recorder A in A's name. It is free again when the next is asked: a
// person may have only so many open.
func (f *fixture) dispatched(mode dispatch.Mode, steps ...func(id db.ID) error) string {
	f.t.Helper()
	ctx := context.Background()
	open, err := f.app.Dispatch.List(ctx, f.as(recordA), dispatch.Filter{})
	if err == nil {
		for _, d := range open {
			if !d.Mine.Asker {
				continue
			}
			if err = f.app.Dispatch.Cancel(ctx, f.as(recordA), d.ID, ""); err != nil {
				break
			}
		}
	}
	if err == nil { // rung at any hour, so that nobody else is asked instead
		err = f.app.Dispatch.SetMine(ctx, f.as(memberA), dispatch.Availability{State: dispatch.Free})
	}
	var id db.ID
	if err == nil {
		id, err = f.app.Dispatch.Ask(ctx, f.as(recordA), f.a.ID, dispatch.Question{Text: "谁在？", Mode: mode, Wanted: 1, DueAt: db.Now().Add(time.Hour), Audience: org.Selection{PersonIDs: []db.ID{f.person[memberA]}}})
	}
	for _, s := range steps {
		if err == nil {
			err = s(id)
		}
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return id.String()
}

// Who may call the operations of dispatch. Recorder A has asked member A; officer A is in charge.
func init() {
	part := []string{officerA, memberA, recordA}
	askers := append([]string{overseer}, part...)
	claimed := func(f *fixture) func(db.ID) error {
		return func(id db.ID) error {
			_, err := f.app.Dispatch.Claim(context.Background(), f.as(memberA), id, "")
			return err
		}
	}
	done := func(f *fixture) func(db.ID) error {
		return func(id db.ID) error { return f.app.Dispatch.Finish(context.Background(), f.as(memberA), id, "x") }
	}
	on := func(suffix string, body any, steps ...func(*fixture) func(db.ID) error) func(*fixture) (string, any) {
		return func(f *fixture) (string, any) {
			var do []func(db.ID) error
			for _, s := range steps {
				do = append(do, s(f))
			}
			return "/dispatches/" + f.dispatched(dispatch.First, do...) + suffix, body
		}
	}
	text := map[string]string{"text": "x"}
	question := map[string]any{"text": "x", "mode": "first", "due_at": time.Now().Add(time.Hour).UTC().Format(time.RFC3339)}
	maps.Copy(accessCases, map[string]accessCase{
		"dispatch-ask": {may: askers, prepare: func(f *fixture) (string, any) {
			q := maps.Clone(question)
			q["audience"] = map[string]any{"person_ids": []db.ID{f.person["bystander"]}}
			return "/units/" + f.a.ID.String() + "/dispatches", q
		}},
		"dispatch-list":     {may: signedIn, prepare: at("/me/dispatches")},
		"dispatch-get":      {may: part, prepare: on("", nil)},
		"dispatch-claim":    {may: []string{memberA}, prepare: on("/claim", text)},
		"dispatch-pass":     {may: []string{memberA}, prepare: on("/pass", nil)},
		"dispatch-progress": {may: part, prepare: on("/progress", text, claimed)}, // conflict for who holds no seat
		"dispatch-release":  {may: part, prepare: on("/release", text, claimed)},
		"dispatch-done":     {may: part, prepare: on("/done", text, claimed)},
		"dispatch-hand": {may: part, prepare: func(f *fixture) (string, any) {
			return "/dispatches/" + f.dispatched(dispatch.First, claimed(f)) + "/hand", map[string]any{"person_id": f.person[officerA]}
		}},
		"dispatch-confirm": {may: []string{recordA}, prepare: on("/confirm", nil, claimed, done)},
		"dispatch-again": {may: []string{recordA}, prepare: func(f *fixture) (string, any) {
			return "/dispatches/" + f.dispatched(dispatch.First, claimed(f), done(f)) + "/again", map[string]any{"person_id": f.person[memberA], "reason": "x"}
		}},
		"dispatch-cancel":   {may: []string{officerA, recordA}, prepare: on("/cancel", text)},
		"availability-mine": {may: signedIn, prepare: at("/me/availability")},
		"availability-set":  {may: signedIn, prepare: at("/me/availability", map[string]any{"state": "busy", "until_at": nil, "quiet": ""})},
		"availability-unit": {may: askers, prepare: func(f *fixture) (string, any) {
			return "/units/" + f.a.ID.String() + "/availability", nil
		}},
	})
}
