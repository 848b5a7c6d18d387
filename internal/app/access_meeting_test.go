package app

import (
	"context"
	"maps"
	"strings"
	"time"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/meeting"
)

// arrange makes an announced meeting of branch A that starts in ten minutes; officer A leads it.
func (f *fixture) arrange() db.ID {
	f.t.Helper()
	ctx := context.Background()
	chair := access.Actor{Kind: access.Person, PersonID: f.person[officerA], Origin: "test", Lang: "zh-CN", Grants: []access.Grant{{Role: access.Officer, UnitID: f.a.ID, Path: f.a.Path}}}
	now := time.Now()
	id, err := f.app.Meeting.Create(ctx, chair, f.a.ID, meeting.Arrangement{Kind: "general", Theme: "test", StartsAt: db.At(now.Add(10 * time.Minute)), EndsAt: db.At(now.Add(time.Hour))})
	if err == nil {
		err = f.app.Meeting.Announce(ctx, chair, id, 1)
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return id
}

// paper brings a paper for the fixture's meeting; no pages are made of it here.
func (f *fixture) paper() db.ID {
	f.t.Helper()
	id, err := f.app.Papers.Add(context.Background(), access.SystemActor("test"), f.meeting, "a.pdf", strings.NewReader("%PDF-1.7"))
	if err != nil {
		f.t.Fatal(err)
	}
	return id
}

// Who may call the operations of arranging a meeting. The link of the fixture is for f.meeting.
func init() {
	arrangers := []string{officerA}
	unitA := []string{officerA, memberA, recordA}
	inA := append([]string{linkA}, unitA...) // the link's own meeting
	on := func(suffix string, body ...any) func(*fixture) (string, any) {
		return func(f *fixture) (string, any) {
			return at("/meetings/"+f.meeting.String()+suffix, body...)(f)
		}
	}
	fresh := func(suffix string, body any) func(*fixture) (string, any) {
		return func(f *fixture) (string, any) { return "/meetings/" + f.arrange().String() + suffix, body }
	}
	unit := func(suffix string, body ...any) func(*fixture) (string, any) {
		return func(f *fixture) (string, any) { return at("/units/"+f.a.ID.String()+suffix, body...)(f) }
	}
	soon := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }
	plan := map[string]any{"kind": "general", "theme": "t", "starts_at": soon(time.Hour), "ends_at": soon(2 * time.Hour), "version": 2}
	first := maps.Clone(plan)
	delete(first, "version")
	maps.Copy(accessCases, map[string]accessCase{
		"link-look":        {may: everybody, prepare: at("/session/link/look", map[string]string{"token": "unknown"})},
		"meeting-mine":     {may: signedIn, prepare: at("/me/meetings")},
		"meeting-create":   {may: arrangers, prepare: unit("/meetings", first)},
		"meeting-list":     {may: unitA, prepare: unit("/meetings")},
		"meeting-due":      {may: append([]string{overseer}, unitA...), prepare: unit("/meetings/due")},
		"meeting-kinds":    {may: arrangers, prepare: unit("/meetings/kinds")},
		"meeting-get":      {may: inA, prepare: on("")},
		"action-carried":   {may: inA, prepare: on("/carried")},
		"meeting-people":   {may: inA, prepare: on("/people")},
		"meeting-guide":    {may: inA, prepare: on("/guide")},
		"meeting-calendar": {may: inA, prepare: on("/calendar.ics")},
		"meeting-answer":   {may: inA, prepare: on("/answer", map[string]string{"answer": "yes"})},
		"meeting-update":   {may: arrangers, prepare: fresh("", plan)},
		"meeting-announce": {may: arrangers, prepare: fresh("/announce", map[string]int{"version": 2})},
		"meeting-move":     {may: arrangers, prepare: fresh("/move", map[string]any{"version": 2, "starts_at": soon(3 * time.Hour), "ends_at": soon(4 * time.Hour), "reason": "x"})},
		"meeting-cancel":   {may: arrangers, prepare: fresh("/cancel", map[string]any{"version": 2, "reason": "x"})},
		"meeting-invite": {may: arrangers, prepare: func(f *fixture) (string, any) {
			return "/meetings/" + f.arrange().String() + "/people", map[string]any{"person_ids": []db.ID{f.person[stranger]}}
		}},
		"meeting-uninvite": {may: arrangers, prepare: func(f *fixture) (string, any) {
			return "/meetings/" + f.arrange().String() + "/people/" + f.person[memberA].String(), nil // conflict "is_due" for who may
		}},
		"meeting-leave": {may: arrangers, prepare: func(f *fixture) (string, any) {
			return "/meetings/" + f.arrange().String() + "/people/" + f.person[memberA].String() + "/leave", map[string]any{"grant": true, "reason": "illness"}
		}},
		"meeting-links": {may: arrangers, prepare: func(f *fixture) (string, any) {
			return "/meetings/" + f.arrange().String() + "/links", map[string]any{"person_ids": []db.ID{f.person[memberA]}}
		}},
		"meeting-practice":   {may: append([]string{linkA}, signedIn...), prepare: at("/practice")},
		"meeting-paper-list": {may: inA, prepare: on("/papers")},
		"meeting-paper-add": {may: arrangers, prepare: func(f *fixture) (string, any) { // what is sent is no paper: wrong type for who may
			return "/meetings/" + f.meeting.String() + "/papers?name=a.pdf", map[string]string{}
		}},
		"meeting-paper-page": {may: inA, prepare: func(f *fixture) (string, any) {
			return "/meetings/" + f.meeting.String() + "/papers/" + f.paper().String() + "/pages/1", nil
		}},
		"meeting-paper-file": {may: inA, prepare: func(f *fixture) (string, any) {
			return "/meetings/" + f.meeting.String() + "/papers/" + f.paper().String() + "/file", nil
		}},
		"meeting-paper-rename": {may: arrangers, prepare: func(f *fixture) (string, any) {
			return "/meetings/" + f.meeting.String() + "/papers/" + f.paper().String(), map[string]string{"name": "x"}
		}},
		"meeting-paper-restore": {may: arrangers, prepare: func(f *fixture) (string, any) {
			id := f.paper()
			if err := f.app.Papers.Remove(context.Background(), access.SystemActor("test"), f.meeting, id); err != nil {
				f.t.Fatal(err)
			}
			return "/meetings/" + f.meeting.String() + "/papers/" + id.String() + "/restore", nil
		}},
		"meeting-paper-remove": {may: arrangers, prepare: func(f *fixture) (string, any) {
			return "/meetings/" + f.meeting.String() + "/papers/" + f.paper().String(), nil
		}},
		"meeting-task-add": {may: arrangers, prepare: fresh("/tasks", map[string]string{"name": "x"})},
		"meeting-task": {may: arrangers, prepare: func(f *fixture) (string, any) {
			id := f.arrange()
			var task db.ID
			f.get(&task, `SELECT id FROM preparation WHERE meeting_id = $1 ORDER BY sort LIMIT 1`, id)
			return "/meetings/" + id.String() + "/tasks/" + task.String(), map[string]any{"done": true}
		}},
	})
}
