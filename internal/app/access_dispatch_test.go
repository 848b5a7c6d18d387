package app

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"maps"
	"net/http"
	"testing"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/dispatch"
	"wozai/internal/fault"
	"wozai/internal/notice"
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

// browser is what a browser gives to be rung by; another one each time.
func (f *fixture) browser() notice.Browser {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		f.t.Fatal(err)
	}
	return notice.Browser{Endpoint: "https://push.test/" + rand.Text(), P256dh: base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes()), Auth: base64.RawURLEncoding.EncodeToString(make([]byte, 16))}
}

// duty is an hour on duty, after all those before: nobody is on duty twice at once.
func (f *fixture) duty(who string) dispatch.NewDuty {
	f.t.Helper()
	var last db.Time
	f.get(&last, `SELECT COALESCE(MAX(until_at), 0) FROM duty`)
	from := max(last, db.Now())
	return dispatch.NewDuty{Person: f.person[who], FromAt: from, UntilAt: from.Add(time.Hour)}
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
	group := notice.NewGroup{Kind: notice.WeCom, Name: "甲支部", URL: "https://messenger.test/cgi-bin/webhook/send?key=x"}
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
		"dispatch-cancel": {may: []string{officerA, recordA}, prepare: on("/cancel", text)},
		"push-state":      {may: signedIn, prepare: at("/me/push")},
		"ask-group-list":  {may: signedIn, prepare: at("/me/ask-groups")},
		"ask-group-keep": {may: signedIn, prepare: func(f *fixture) (string, any) {
			return "/me/ask-groups", map[string]any{"name": "x", "audience": map[string]any{"unit_ids": []db.ID{f.a.ID}}}
		}},
		"ask-group-drop": {may: []string{memberA}, prepare: func(f *fixture) (string, any) {
			id, err := f.app.Dispatch.KeepGroup(context.Background(), f.as(memberA), dispatch.NewGroup{Name: "x", Audience: org.Selection{UnitIDs: []db.ID{f.a.ID}}})
			if err != nil {
				f.t.Fatal(err)
			}
			return "/me/ask-groups/" + id.String(), nil
		}},
		"availability-person": {may: askers, prepare: func(f *fixture) (string, any) {
			return "/people/" + f.person["bystander"].String() + "/availability", nil
		}},
		"duty-list": {may: askers, prepare: func(f *fixture) (string, any) { return "/units/" + f.a.ID.String() + "/duty", nil }},
		"duty-set": {may: []string{officerA}, prepare: func(f *fixture) (string, any) {
			return "/units/" + f.a.ID.String() + "/duty", f.duty("bystander")
		}},
		"duty-end": {may: []string{officerA}, prepare: func(f *fixture) (string, any) {
			id, err := f.app.Dispatch.SetDuty(context.Background(), access.SystemActor("test"), f.a.ID, f.duty(memberA))
			if err != nil {
				f.t.Fatal(err)
			}
			return "/units/" + f.a.ID.String() + "/duty/" + id.String(), nil
		}},
		"message-group-list": {may: []string{admin}, prepare: func(f *fixture) (string, any) { return "/units/" + f.a.ID.String() + "/message-groups", nil }},
		"message-group-add": {may: []string{admin}, prepare: func(f *fixture) (string, any) {
			return "/units/" + f.a.ID.String() + "/message-groups", group
		}},
		"message-group-remove": {may: []string{admin}, prepare: func(f *fixture) (string, any) {
			ctx := context.Background()
			f.do(func(ctx context.Context, tx *change.Tx) error { // a unit has only so many
				tx.AppendOnly()
				return tx.Exec(ctx, `DELETE FROM message_group WHERE id NOT IN (SELECT id FROM message_group ORDER BY id DESC LIMIT 2)`)
			})
			id, err := f.app.Groups.Add(ctx, access.SystemActor("test"), f.b.ID, group)
			if err != nil {
				f.t.Fatal(err)
			}
			if err := f.app.Groups.Remove(ctx, access.SystemActor("test"), f.a.ID, id); !fault.Is(err, fault.KindNotFound) {
				f.t.Errorf("another unit's group: %v", err)
			}
			return "/units/" + f.b.ID.String() + "/message-groups/" + id.String(), nil
		}},
		"push-on": {may: signedIn, prepare: func(f *fixture) (string, any) { return "/me/push", f.browser() }},
		"push-off": {may: []string{memberA}, prepare: func(f *fixture) (string, any) {
			a := f.as(memberA)
			f.get(&a.SessionID, `SELECT id FROM session WHERE person_id = $1 AND kind = 'person' AND ended_at = 0 LIMIT 1`, a.PersonID)
			id, err := f.app.Pusher.Subscribe(context.Background(), a, f.browser())
			if err != nil {
				f.t.Fatal(err)
			}
			return "/me/push/" + id.String(), nil
		}},
		"availability-mine": {may: signedIn, prepare: at("/me/availability")},
		"availability-set":  {may: signedIn, prepare: at("/me/availability", map[string]any{"state": "busy", "until_at": nil, "quiet": ""})},
		"availability-unit": {may: askers, prepare: func(f *fixture) (string, any) {
			return "/units/" + f.a.ID.String() + "/availability", nil
		}},
	})
}

// Who signs out is rung no more, on that device alone.
func TestSigningOutEndsWebPush(t *testing.T) {
	f := newFixture(t)
	count := func() (n int64) { f.get(&n, `SELECT COUNT(*) FROM push_subscription`); return n }
	for _, who := range []string{memberA, recordA} {
		if status, code := f.call(http.MethodPost, "/me/push", f.browser(), f.session[who]); status != http.StatusOK {
			t.Fatal(who, status, code)
		}
	}
	if n := count(); n != 2 {
		t.Fatalf("%d browsers", n)
	}
	if status, code := f.call(http.MethodDelete, "/session", nil, f.session[memberA]); status != http.StatusNoContent {
		t.Fatal(status, code)
	}
	if n := count(); n != 1 {
		t.Errorf("%d browsers after one signed out", n)
	}
}
