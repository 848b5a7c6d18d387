package app

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/dispatch"
	"wozai/internal/org"
	"wozai/internal/rollcall"
	"wozai/migrations"
)

// heldAs says under which heading of "what is held on me" each table is found that names a person. A table that
// is added has to be put here, and shown there.
var heldAs = map[string]string{
	"account": "sign_in", "session": "sign_in", "join_link": "meetings",
	"person_look": "looks", "audit": "audit", "import_run": "audit", "unit_move": "audit",
	"membership": "memberships", "access_grant": "memberships", "whereabouts": "whereabouts",
	"notice": "notices", "push_subscription": "push", "availability": "status", "duty": "duty", "ask_group": "ask_groups",
	"dispatch": "dispatches", "dispatch_person": "dispatches", "dispatch_claim": "dispatches", "dispatch_line": "dispatches",
	"rollcall_audience": "asked", "rollcall_answer": "answers", "rollcall_answer_version": "answers", "rollcall_decision": "answers", "rollcall_file": "answers",
	"rollcall_draft": "drafts", "rollcall_excuse": "excuses", "rollcall_helper": "helpers",
	"participant": "meetings", "preparation": "meetings", "room_command": "meetings", "turn": "meetings", "attendance": "meetings", "room_log": "meetings", "chat_message": "meetings",
	"statement": "meetings", "vote": "meetings", "record_remark": "meetings", "record_attendee": "meetings", "action": "meetings",
	"request_key": "", // for a day, so that a request sent twice is done once
}

var createTable = regexp.MustCompile(`(?s)CREATE TABLE (\w+) \((.*?)\n\);`)

// read gets an answer as somebody.
func (f *fixture) read(path, who string, into any) {
	f.t.Helper()
	w := f.send(http.MethodGet, path, nil, f.session[who])
	if w.Code != http.StatusOK {
		f.t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		f.t.Fatal(err)
	}
}

func TestEveryTableWithAPersonIsShownToThem(t *testing.T) {
	files, err := migrations.FS.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t)
	var page struct{ Held []org.Held }
	f.read("/me/held", memberA, &page)
	for _, file := range files {
		text, err := migrations.FS.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range createTable.FindAllStringSubmatch(string(text), -1) {
			if !regexp.MustCompile(`(?m)^\s*(person_id|answerer_id|owner_id|helper_id|asked_by)\s`).MatchString(table[2]) {
				continue
			}
			field, ok := heldAs[table[1]]
			if !ok {
				t.Errorf("%s: what it holds on a person is shown nowhere: say in heldAs under what", table[1])
			} else if field != "" && !slices.ContainsFunc(page.Held, func(h org.Held) bool { return h.Field == field }) {
				t.Errorf("%s: there is no %s on the page", table[1], field)
			}
		}
	}
}

// Everything that somebody left behind in roll calls and dispatches is told to them; when they leave, what was
// for themselves alone goes.
func TestWhatIsHeldAndWhatGoesWithSomebody(t *testing.T) {
	f := newFixture(t)
	ctx := context.Background()
	held := func() map[string]bool {
		t.Helper()
		var page struct{ Held []org.Held }
		f.read("/me/held", memberA, &page)
		out := map[string]bool{}
		for _, h := range page.Held {
			out[h.Field] = h.Present
		}
		return out
	}
	fields := []string{"asked", "answers", "answers_secret", "drafts", "excuses", "helpers", "status", "duty", "ask_groups", "dispatches", "push"}
	for _, field := range fields {
		if field != "helpers" && held()[field] { // there was one
			t.Errorf("%s at first", field)
		}
	}
	a := f.actor(memberA)
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	words := rollcall.Text{ZH: "在哪里", EN: "Where"}
	compose := func() db.ID {
		id, err := f.app.Rollcall.Create(ctx, f.actor(officerA), f.a.ID, rollcall.Composition{Title: words, Minutes: 1, Audience: org.Selection{UnitIDs: []db.ID{f.a.ID}},
			Schedule: rollcall.Schedule{Every: rollcall.Once, DueAfter: 60, CloseAfter: 60},
			Form:     rollcall.Form{Readers: []access.Role{access.Officer}, Fields: []rollcall.FormField{{Key: "n", Kind: rollcall.Place, Label: words, Sensitive: true}}}})
		ok(err)
		period, err := f.app.Rollcall.Open(ctx, f.actor(officerA), id, 1)
		ok(err)
		ok(f.app.Jobs.Drain(ctx, time.Now()))
		return period
	}
	sending := rollcall.Sending{Kind: rollcall.Value, FormVersion: 1, Values: map[string]any{"n": "汉口"}}
	first, second, third := compose(), compose(), compose()
	_, err := f.app.Rollcall.Answer(ctx, a, first, a.PersonID, sending)
	ok(err)
	ok(f.app.Rollcall.SaveDraft(ctx, a, second, a.PersonID, sending))
	_, err = f.app.Rollcall.AddFile(ctx, a, f.askedWith(attached), a.PersonID, "f", 1, "a.png", strings.NewReader("\x89PNG\r\n\x1a\n"))
	ok(err)
	ok(f.app.Rollcall.Excuse(ctx, f.actor(officerA), third, a.PersonID, "住院"))
	_, err = f.app.Rollcall.AddHelper(ctx, a, a.PersonID, f.person["bystander"])
	ok(err)
	f.dispatched(dispatch.First)
	_, err = f.app.Dispatch.KeepGroup(ctx, a, dispatch.NewGroup{Name: "x", Audience: org.Selection{UnitIDs: []db.ID{f.a.ID}}})
	ok(err)
	_, err = f.app.Dispatch.SetDuty(ctx, f.actor(officerA), f.a.ID, f.duty(memberA))
	ok(err)
	if status, code := f.call(http.MethodPost, "/me/push", f.browser(), f.session[memberA]); status != http.StatusOK {
		t.Fatal(status, code)
	}
	for _, field := range fields {
		if !held()[field] {
			t.Errorf("%s is held and not told", field)
		}
	}

	var version int64
	f.get(&version, `SELECT version FROM person WHERE id = $1`, a.PersonID)
	ok(f.app.Org.EndPerson(ctx, access.SystemActor("test"), a.PersonID, version))
	for _, query := range []string{
		`SELECT COUNT(*) FROM rollcall_draft WHERE answerer_id = $1`, `SELECT COUNT(*) FROM rollcall_file WHERE answerer_id = $1 AND gone_at = 0`, `SELECT COUNT(*) FROM rollcall_helper WHERE person_id = $1 AND ended_at = 0`,
		`SELECT COUNT(*) FROM availability WHERE person_id = $1`, `SELECT COUNT(*) FROM ask_group WHERE owner_id = $1`, `SELECT COUNT(*) FROM push_subscription WHERE person_id = $1`,
	} {
		var n int64
		if f.get(&n, query, a.PersonID); n != 0 {
			t.Errorf("%d are left: %s", n, query)
		}
	}
	var duty, answers int64
	f.get(&duty, `SELECT COUNT(*) FROM duty WHERE person_id = $1 AND until_at > $2`, a.PersonID, db.Now())
	f.get(&answers, `SELECT COUNT(*) FROM rollcall_answer WHERE answerer_id = $1`, a.PersonID)
	if duty != 0 || answers != 1 {
		t.Errorf("%d turns of duty to come, %d answers where they were counted", duty, answers)
	}
}
