package meeting

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"wozai/internal/access"
	"wozai/internal/api"
	"wozai/internal/db"
	"wozai/internal/live"
	"wozai/internal/testkit"
)

type whoAsks struct{}

// Authenticate takes the header for a session.
func (whoAsks) Authenticate(r *http.Request) (access.Actor, error) {
	id, ok := db.ParseID(r.Header.Get("X-Test-Who"))
	if !ok {
		return access.Actor{}, nil
	}
	return person(id), nil
}

// edge serves a house as browsers meet it.
func (h *house) edge() *httptest.Server {
	srv := api.New(discard, whoAsks{}, "test")
	h.Register(srv)
	srv.Mux.HandleFunc("GET /live", func(w http.ResponseWriter, r *http.Request) {
		h.Live.ServeHTTP(w, r, func(r *http.Request) access.Actor { a, _ := whoAsks{}.Authenticate(r); return a }, srv.Fail)
	})
	web := httptest.NewServer(srv.Guard(srv.Mux))
	h.t.Cleanup(web.Close)
	return web
}

func (h *house) ask(web *httptest.Server, who db.ID, method, path string, in any, out any) (status int) {
	h.t.Helper()
	var body io.Reader
	kind := "application/json"
	switch v := in.(type) {
	case nil:
	case []byte:
		body, kind = bytes.NewReader(v), "application/octet-stream"
	default:
		body = strings.NewReader(asJSON(h.t, v))
	}
	req, err := http.NewRequestWithContext(h.t.Context(), method, web.URL+api.Prefix+"/meetings/"+theMeeting.String()+"/room"+path, body)
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("X-Test-Who", who.String())
	if in != nil {
		req.Header.Set("Content-Type", kind)
	}
	res, err := web.Client().Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	if res.StatusCode >= 400 {
		h.t.Logf("%s %s: %d %s", method, path, res.StatusCode, b)
	}
	if out != nil {
		if err := json.Unmarshal(b, out); err != nil {
			h.t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, b)
		}
	}
	return res.StatusCode
}

type object map[string]any

func TestTheRoomOverHTTP(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	web := h.edge()
	ok := func(who db.ID, method, path string, in, out any) {
		t.Helper()
		if status := h.ask(web, who, method, path, in, out); status >= 300 {
			t.Fatalf("%s %s by %s: %d", method, path, names[who], status)
		}
	}
	var view RoomView
	ok(annID, "GET", "", nil, &view)
	if view.Me.Where != "outside" || view.State != nil || len(view.Plan.Stages) != 5 || view.Plan.Quorum == nil || view.Plan.Confidentiality.Empty() {
		t.Errorf("before entering: %+v", view)
	}
	var in Entered
	for id := chairID; id <= bobID; id++ {
		ok(id, "POST", "/enter", object{"how": "video", "device": "device-of-" + id.String(), "place": "home", "show_place": true}, &in)
	}
	ok(bobID, "POST", "/beat", object{"seat": in.Seat, "rung": "audio"}, nil)
	ok(chairID, "POST", "/open", nil, nil)
	ok(chairID, "POST", "/commands", object{"id": "command-1", "kind": "open", "stage": "discussion", "version": h.now().Version}, nil)

	// The live stream carries the state, whole and then by its differences.
	req, _ := http.NewRequestWithContext(t.Context(), "GET", web.URL+"/live?topics=room:7001,roster:7001", nil)
	req.Header.Set("X-Test-Who", annID.String())
	stream, err := web.Client().Do(req)
	if err != nil || stream.StatusCode != http.StatusOK {
		t.Fatalf("live: %v %v", err, stream)
	}
	defer stream.Body.Close()
	states := make(chan RoomState, 64)
	go func() {
		defer close(states)
		lines := bufio.NewScanner(stream.Body)
		lines.Buffer(nil, 1<<20)
		var follow live.Follower
		for lines.Scan() {
			var e live.Event
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && json.Unmarshal([]byte(data), &e) == nil && e.Topic == "room:7001" {
				text, err := follow.Hear(e)
				if err == nil && text == nil {
					continue // that it has ended
				}
				var st RoomState
				if err != nil || json.Unmarshal(text, &st) != nil {
					t.Errorf("%s: %v", data, err)
					return
				}
				states <- st
			}
		}
	}()
	ok(annID, "POST", "/commands", object{"id": "command-2", "kind": "raise"}, nil)
	for st := range states { // ends with the test's context when it never comes
		if len(st.Turns) == 1 && st.Turns[0].Person == annID {
			break
		}
	}

	ok(bobID, "POST", "/chat", object{"id": "message-1", "text": "收到"}, nil)
	var chat struct{ Items []ChatMessage }
	ok(annID, "GET", "/chat?limit=10", nil, &chat)
	if len(chat.Items) != 1 || chat.Items[0].Text != "收到" {
		t.Errorf("chat: %+v", chat)
	}
	ok(chairID, "POST", "/chat/"+chat.Items[0].ID.String()+"/hide", object{"reason": "重复"}, nil)
	ok(chairID, "PUT", "/chat", object{"on": false}, nil)
	ok(annID, "PUT", "/paper", object{"paper": thePaper, "page": 2}, nil)
	ok(annID, "PUT", "/screen", object{"on": true}, nil)
	ok(chairID, "PUT", "/people/"+cayID.String()+"/exemption", object{"reason": "abroad"}, nil)
	var host HostView
	ok(chairID, "GET", "/host", nil, &host)
	if len(host.Missing) != 3 || len(host.Speaking) != 4 {
		t.Errorf("host sees %+v", host)
	}
	var made struct{ ID db.ID }
	ok(chairID, "POST", "/motions", object{"title": "通过", "ballot": "motion", "open": true}, &made)
	ok(annID, "PUT", "/motions/"+made.ID.String()+"/vote", object{"choice": "for"}, nil)
	ok(annID, "GET", "", nil, &view)
	if view.Me.Choice != "for" || view.State.Motion.Voted != 1 || view.State.Screen == nil || view.State.Paper.Page != 2 {
		t.Errorf("Ann sees %+v", view.State)
	}
	if p := h.in(view.Roster, bobID); p.Rung != "audio" || p.Place != "home" {
		t.Errorf("roster shows %+v", p)
	}
	ok(chairID, "POST", "/motions/"+made.ID.String()+"/close", nil, nil)
	var motions struct{ Items []MotionView }
	ok(bobID, "GET", "/motions", nil, &motions)
	if len(motions.Items) != 1 || motions.Items[0].Result == nil || len(motions.Items[0].Votes) != 1 {
		t.Errorf("motions: %+v", motions)
	}
	ok(bobID, "POST", "/statements", object{"text": "书面意见"}, &made)
	ok(bobID, "POST", "/statements/audio?stage=closing", recording(t), &made)
	ok(bobID, "GET", "/statements/"+made.ID.String()+"/audio", nil, nil)
	if st := h.ask(web, annID, "GET", "/statements/"+made.ID.String()+"/audio", nil, nil); st != http.StatusNotFound {
		t.Errorf("Ann listens to Bob's recording before its turn: %d", st)
	}
	if st := h.ask(web, bobID, "POST", "/statements/audio", []byte("no sound"), nil); st != http.StatusUnsupportedMediaType {
		t.Errorf("not a sound: %d", st)
	}
	if st := h.ask(web, bobID, "POST", "/statements/audio", make([]byte, MaxAudio+10), nil); st != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d", st)
	}
	if st := h.ask(web, annID, "POST", "/commands", object{"id": "command-3", "kind": "finish", "version": h.now().Version}, nil); st != http.StatusForbidden {
		t.Errorf("a member ends the meeting: %d", st)
	}
	if st := h.ask(web, annID, "POST", "/commands", object{"id": "command-4", "kind": "lost", "seat": "1"}, nil); st != http.StatusUnprocessableEntity {
		t.Errorf("the server's own command: %d", st)
	}
	// Who is removed hears no more, at once.
	ok(chairID, "POST", "/commands", object{"id": "command-6", "kind": "remove", "person": annID, "reason": "干扰会议", "version": h.now().Version}, nil)
	for range states { // until the stream ends; with the test's context when it never does
	}
	if t.Context().Err() != nil {
		t.Error("the live stream of somebody removed goes on")
	}
	ok(bobID, "POST", "/leave", object{"seat": in.Seat}, nil)
	ok(chairID, "POST", "/commands", object{"id": "command-5", "kind": "finish", "version": h.now().Version}, nil)
	if st := h.ask(web, bobID, "POST", "/beat", object{"seat": in.Seat}, nil); st != http.StatusGone {
		t.Errorf("a beat after the end: %d", st)
	}
}
