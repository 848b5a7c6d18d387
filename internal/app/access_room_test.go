package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/meeting"
)

// Who may call the operations of the room of a meeting of branch A. What hosts alone may do, and
// what others of the meeting are told instead, the slice's own tests go through one by one.
func init() {
	listed := []string{officerA, memberA, recordA, linkA}
	hosts := []string{officerA}
	room := func(method func(f *fixture) (string, any)) func(*fixture) (string, any) {
		return func(f *fixture) (string, any) {
			f.inRoom()
			path, body := method(f)
			return "/meetings/" + f.meeting.String() + "/room" + path, body
		}
	}
	motion := func(suffix string, body any) func(*fixture) (string, any) {
		return room(func(f *fixture) (string, any) {
			id, err := f.app.Rooms.Move(context.Background(), f.actor(officerA), f.meeting, "", meeting.MotionText{Title: "议题", Ballot: "motion"})
			if err != nil {
				f.t.Fatal(err)
			}
			return "/motions/" + id.String() + suffix, body
		})
	}
	type object = map[string]any
	maps.Copy(accessCases, map[string]accessCase{
		"room-view":  {may: listed, prepare: room(at(""))},
		"room-host":  {may: hosts, prepare: room(at("/host"))},
		"room-enter": {may: listed, prepare: room(at("/enter", object{"how": "video", "device": "some-device"}))},
		"room-leave": {may: listed, prepare: room(at("/leave", object{"seat": "1"}))},
		"room-beat":  {may: listed, prepare: room(at("/beat", object{"seat": "1"}))},
		"room-command": {may: listed, prepare: room(func(*fixture) (string, any) {
			return "/commands", object{"id": rand.Text(), "kind": "raise"}
		})},
		"room-open":        {may: hosts, prepare: room(at("/open"))},
		"room-link-reopen": {may: hosts, prepare: room(func(f *fixture) (string, any) { return "/links/" + f.person[memberA].String() + "/reopen", nil })},
		"room-exempt": {may: hosts, prepare: room(func(f *fixture) (string, any) {
			return "/people/" + f.person[memberA].String() + "/exemption", object{"reason": ""}
		})},
		"room-chat-list": {may: listed, prepare: room(at("/chat"))},
		"room-chat-say": {may: listed, prepare: room(func(*fixture) (string, any) {
			return "/chat", object{"id": rand.Text(), "text": "收到"}
		})},
		"room-chat-hide": {may: hosts, prepare: room(func(f *fixture) (string, any) {
			if _, err := f.app.Rooms.Say(context.Background(), f.actor(officerA), f.meeting, "", "x"); err != nil {
				f.t.Fatal(err)
			}
			var id db.ID
			f.get(&id, `SELECT MAX(id) FROM chat_message WHERE meeting_id = $1`, f.meeting)
			return "/chat/" + id.String() + "/hide", object{"reason": "重复"}
		})},
		"room-chat-switch":     {may: hosts, prepare: room(at("/chat", object{"on": true}))},
		"room-show":            {may: hosts, prepare: room(at("/paper", object{"paper": ""}))},
		"room-screen":          {may: listed, prepare: room(at("/screen", object{"on": false}))},
		"room-motion-list":     {may: listed, prepare: room(at("/motions"))},
		"room-motion-create":   {may: hosts, prepare: room(at("/motions", object{"title": "议题", "ballot": "motion"}))},
		"room-motion-open":     {may: hosts, prepare: motion("/open", nil)},
		"room-motion-close":    {may: hosts, prepare: motion("/close", nil)},
		"room-motion-withdraw": {may: hosts, prepare: motion("/withdraw", nil)},
		"room-vote":            {may: listed, prepare: motion("/vote", object{"choice": "for"})},
		"room-statement-list":  {may: listed, prepare: room(at("/statements"))},
		"room-statement-write": {may: listed, prepare: room(at("/statements", object{"text": "书面发言"}))},
		"room-statement-word": {may: []string{officerA, memberA, linkA}, prepare: room(func(f *fixture) (string, any) {
			sound, err := os.ReadFile("../sound/testdata/beeps.webm")
			if err != nil {
				f.t.Fatal(err)
			}
			id, err := f.app.Rooms.StateAudio(context.Background(), f.actor(memberA), f.meeting, "", meeting.HandIn{}, bytes.NewReader(sound))
			if err != nil {
				f.t.Fatal(err)
			}
			return "/statements/" + id.String() + "/words", object{"text": "录音里说的话"}
		})},
		"room-face-show":        {may: listed, prepare: room(at("/face?seat=1", object{"no": "picture"}))},
		"room-face-hide":        {may: listed, prepare: room(at("/face?seat=1"))},
		"room-faces":            {may: listed, prepare: room(at("/faces?seat=1"))},
		"room-statement-record": {may: listed, prepare: room(at("/statements/audio", object{"no": "sound"}))},
	})
}

// actor is somebody as the API finds them.
func (f *fixture) actor(who string) access.Actor {
	f.t.Helper()
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(f.session[who])
	a, err := f.app.Account.Authenticate(r)
	if err != nil {
		f.t.Fatal(err)
	}
	return a
}

// inRoom makes a meeting of branch A, a few minutes before its start, with its people inside.
func (f *fixture) inRoom() {
	f.t.Helper()
	ctx := context.Background()
	var kind string
	f.get(&kind, `SELECT kind FROM meeting WHERE id = $1`, f.meeting)
	if kind != "general" { // one that votes
		now := db.Now()
		id, err := f.app.Meeting.Create(ctx, f.actor(officerA), f.a.ID, meeting.Arrangement{
			Kind: "general", Theme: "题目", StartsAt: now.Add(10 * time.Minute), EndsAt: now.Add(time.Hour), ChairID: f.person[officerA], RecorderID: f.person[recordA]})
		if err != nil {
			f.t.Fatal(err)
		}
		if err := f.app.Meeting.Announce(ctx, f.actor(officerA), id, 1); err != nil {
			f.t.Fatal(err)
		}
		f.meeting = id
		f.renewSessions()
	}
	for _, who := range []string{officerA, memberA, recordA} {
		if _, err := f.app.Rooms.Enter(ctx, f.actor(who), f.meeting, meeting.Enter{How: meeting.ByAudio, Device: "device of " + who}); err != nil {
			f.t.Fatal(err)
		}
	}
	if _, err := f.app.Rooms.Open(ctx, f.actor(officerA), f.meeting); err != nil {
		f.t.Fatal(err)
	}
}

// The room's page carries to whom it may concern what the API would answer, and to nobody else.
func TestTheRoomsPageSaysWhatTheAPISays(t *testing.T) {
	f := newFixture(t)
	f.inRoom()
	for _, who := range everybody {
		for _, id := range []string{f.meeting.String(), "1", "x"} {
			r := httptest.NewRequest(http.MethodGet, "/room/"+id, nil)
			session := f.session[who]
			if session != nil {
				r.AddCookie(session)
			}
			page := f.app.roomView(r, id)
			answer := f.send(http.MethodGet, "/meetings/"+id+"/room", nil, session)
			var said, told any
			if answer.Code == http.StatusOK {
				_ = json.Unmarshal(answer.Body.Bytes(), &said)
			}
			_ = json.Unmarshal(page, &told)
			if !reflect.DeepEqual(said, told) || bytes.ContainsAny(page, "<>&") {
				t.Errorf("%s, %s: the API answers %d %s, the page carries %s", who, id, answer.Code, answer.Body, page)
			}
			if may := id == f.meeting.String() && slices.Contains([]string{officerA, memberA, recordA, linkA}, who); may != (page != nil) {
				t.Errorf("%s, %s: the page carries %s", who, id, page)
			}
		}
	}
}
