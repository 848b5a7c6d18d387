package app

import (
	"context"
	"fmt"
	"maps"
	"time"

	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/meeting"
	"wozai/internal/org"
)

// Who may call the operations of what comes after a meeting of branch A.
func init() {
	type object = map[string]any
	branch := []string{officerA, memberA, recordA}
	writers := []string{officerA, recordA}
	above := []string{officerA, memberA, recordA, overseer}
	draft := func(method func(f *fixture, id db.ID) (string, any)) func(*fixture) (string, any) {
		return func(f *fixture) (string, any) {
			id := f.ended()
			path, body := method(f, id)
			return "/meetings/" + id.String() + path, body
		}
	}
	signed := func(path string, body any) func(*fixture) (string, any) {
		return func(f *fixture) (string, any) { return "/meetings/" + f.signed().String() + path, body }
	}
	plain := func(path string, body any) func(*fixture) (string, any) {
		return draft(func(*fixture, db.ID) (string, any) { return path, body })
	}
	action := func(step string, body any, finished bool) func(*fixture) (string, any) {
		return func(f *fixture) (string, any) {
			id := f.ended()
			ctx := context.Background()
			made, err := f.app.Records.AddAction(ctx, f.actor(recordA), id, meeting.NewAction{Kind: meeting.ActionUnit, Person: f.person[memberA], Text: "每周通一次电话"})
			if err == nil && finished {
				err = f.app.Records.FinishAction(ctx, f.actor(memberA), made, "已经打过")
			}
			if err != nil {
				f.t.Fatal(err)
			}
			return "/actions/" + made.String() + step, body
		}
	}
	submission := func(path string, body any) func(*fixture) (string, any) {
		return func(f *fixture) (string, any) {
			id, err := f.app.Records.Submit(context.Background(), f.actor(officerA), f.announced(), meeting.SubmitPlan, "")
			if err != nil {
				f.t.Fatal(err)
			}
			return "/submissions/" + id.String() + path, body
		}
	}
	unit := func(path string) func(*fixture) (string, any) {
		return func(f *fixture) (string, any) { return "/units/" + f.a.ID.String() + path, nil }
	}
	maps.Copy(accessCases, map[string]accessCase{
		"record-get":      {may: branch, prepare: signed("/record", nil)},
		"record-write":    {may: writers, prepare: plain("/record/texts/record.decisions", object{"text": "同意。", "version": 0})},
		"record-versions": {may: writers, prepare: plain("/record/texts/record.decisions/versions", nil)},
		"record-preview":  {may: writers, prepare: plain("/record/preview/minutes", nil)},
		"record-sign": {may: []string{officerA}, prepare: draft(func(f *fixture, id db.ID) (string, any) {
			return "/record/sign", object{"version": f.recordVersion(id)}
		})},
		"record-correct": {may: writers, prepare: signed("/record/corrections", object{"text": "更正一处。", "reason": "笔误"})},
		"record-file":    {may: branch, prepare: signed("/record/files/minutes", nil)},
		"archive-get":    {may: []string{officerA}, prepare: signed("/archive", nil)},
		"record-remark":  {may: branch, prepare: plain("/record/remarks", object{"kind": "noted"})},
		"record-settle": {may: writers, prepare: draft(func(f *fixture, id db.ID) (string, any) {
			remark, err := f.app.Records.Remark(context.Background(), f.actor(memberA), id, "proposal", "", "少记一句")
			if err != nil {
				f.t.Fatal(err)
			}
			return "/record/remarks/" + remark.String() + "/settle", object{"taken": true}
		})},
		"action-unit": {may: branch, prepare: unit("/actions")},
		"action-list": {may: branch, prepare: plain("/actions", nil)},
		"action-mine": {may: signedIn, prepare: at("/me/actions")},
		"action-add": {may: writers, prepare: draft(func(f *fixture, _ db.ID) (string, any) {
			return "/actions", object{"kind": "unit", "person_id": f.person[memberA].String(), "text": "联系"}
		})},
		"action-change": {may: writers, prepare: action("", object{"text": "每天通一次电话", "version": 1}, false)},
		"action-assign": {may: writers, prepare: func(f *fixture) (string, any) {
			path, _ := action("/assign", nil, false)(f)
			return path, object{"person_id": f.person[recordA].String(), "version": 1}
		}},
		"action-done":    {may: []string{memberA}, prepare: action("/done", object{"evidence": "已经打过"}, false)},
		"action-confirm": {may: []string{officerA}, prepare: action("/confirm", nil, true)},
		"action-return":  {may: []string{officerA}, prepare: action("/return", object{"reason": "请补上"}, true)},
		"action-drop":    {may: writers, prepare: action("/drop", object{"reason": "记错了"}, false)},
		"submission-submit": {may: []string{officerA}, prepare: func(f *fixture) (string, any) {
			return "/meetings/" + f.announced().String() + "/submissions/plan", object{}
		}},
		"submission-list":    {may: above, prepare: plain("/submissions", nil)},
		"submission-arrived": {may: []string{overseer}, prepare: func(f *fixture) (string, any) { return "/units/" + f.top.ID.String() + "/submissions", nil }},
		"submission-get":     {may: above, prepare: submission("", nil)},
		"submission-accept":  {may: []string{overseer}, prepare: submission("/accept", object{"version": 1})},
		"submission-return":  {may: []string{overseer}, prepare: submission("/return", object{"version": 1, "reason": "请补充"})},
		"submission-file": {may: above, prepare: func(f *fixture) (string, any) {
			id, err := f.app.Records.Submit(context.Background(), f.actor(officerA), f.signed(), meeting.SubmitReport, "")
			if err != nil {
				f.t.Fatal(err)
			}
			return "/submissions/" + id.String() + "/versions/1/file", nil
		}},
		"overview-get":  {may: []string{officerA, overseer}, prepare: unit("/overview")},
		"overview-help": {may: []string{officerA, overseer}, prepare: unit("/overview/help")},
		"overview-leaders": {may: []string{officerB}, prepare: func(f *fixture) (string, any) {
			var id db.ID
			f.do(func(ctx context.Context, tx *change.Tx) error {
				u, err := f.app.Org.AddUnit(ctx, tx, org.NewUnit{Tree: "party", Kind: "leading_group", Name: "党组"})
				if id = u.ID; err != nil {
					return err
				}
				_, err = f.app.Org.AddMembership(ctx, tx, org.NewMembership{PersonID: f.person[officerB], UnitID: u.ID, Position: "group_secretary", Standing: "full"})
				return err
			})
			f.app.Account.Forget()
			return fmt.Sprintf("/units/%s/overview/leaders", id), nil
		}},
		"overview-mine": {may: signedIn, prepare: at("/me/attendance")},
	})
}

// announced makes a meeting of branch A that is about to begin.
func (f *fixture) announced() db.ID {
	f.t.Helper()
	ctx, now := context.Background(), db.Now()
	id, err := f.app.Meeting.Create(ctx, f.actor(officerA), f.a.ID, meeting.Arrangement{
		Kind: "general", Theme: "题目", StartsAt: now.Add(10 * time.Minute), EndsAt: now.Add(time.Hour), ChairID: f.person[officerA], RecorderID: f.person[recordA]})
	if err == nil {
		err = f.app.Meeting.Announce(ctx, f.actor(officerA), id, 1)
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return id
}

// ended holds a meeting of branch A in its room, to the end, and assembles the record.
func (f *fixture) ended() db.ID {
	f.t.Helper()
	ctx, id := context.Background(), f.announced()
	for _, who := range []string{officerA, memberA, recordA} {
		if _, err := f.app.Rooms.Enter(ctx, f.actor(who), id, meeting.Enter{How: meeting.ByAudio, Device: "device of " + who}); err != nil {
			f.t.Fatal(err)
		}
	}
	if _, err := f.app.Rooms.Open(ctx, f.actor(officerA), id); err != nil {
		f.t.Fatal(err)
	}
	view, err := f.app.Rooms.View(ctx, f.actor(officerA), id)
	if err == nil {
		_, err = f.app.Rooms.Command(ctx, f.actor(officerA), id, meeting.RoomCommand{ID: "end of " + id.String(), Kind: meeting.CmdFinish, Version: view.State.Version})
	}
	if err == nil {
		err = f.app.Records.Assemble(ctx, id)
	}
	if err != nil {
		f.t.Fatal(err)
	}
	f.do(func(ctx context.Context, tx *change.Tx) error { // the whole meeting took less than the second that counts as presence
		tx.AppendOnly()
		return tx.Exec(ctx, `UPDATE record_attendee SET status = 'present' WHERE meeting_id = $1 AND person_id IN ($2, $3, $4)`, id, f.person[officerA], f.person[memberA], f.person[recordA])
	})
	return id
}

func (f *fixture) recordVersion(id db.ID) (version int64) {
	f.t.Helper()
	f.get(&version, `SELECT version FROM record WHERE meeting_id = $1`, id)
	return version
}

// signed is ended with its record signed.
func (f *fixture) signed() db.ID {
	f.t.Helper()
	id := f.ended()
	if err := f.app.Records.Sign(context.Background(), f.actor(officerA), id, f.recordVersion(id), ""); err != nil {
		f.t.Fatal(err)
	}
	return id
}
