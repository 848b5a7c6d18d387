package meeting

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/live"
	"wozai/internal/profile"
	"wozai/internal/secret"
	"wozai/internal/testkit"
)

// The people of the room's tests; ids are theirs alone.
const (
	chairID    db.ID = 101 + iota
	deputyID         // may take over
	annID            // full members
	bobID            //
	cayID            //
	danID            // probationary: no vote
	guestID          // 列席
	ending           // how many ids are taken
	theMeeting db.ID = 7001
	thePaper   db.ID = 8001
)

var names = map[db.ID]string{chairID: "周主持", deputyID: "吴副手", annID: "安同志", bobID: "鲍同志", cayID: "蔡同志", danID: "丁预备", guestID: "客列席"}

var theUnit = access.Unit{ID: 20, Path: "/1/20/"}

// arranged stands for the meeting as it was arranged.
type arranged struct {
	mu   sync.Mutex
	plan Plan
}

func (a *arranged) Plan(_ context.Context, _ db.Querier, meeting db.ID) (Plan, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if meeting != a.plan.Meeting {
		return Plan{}, fault.NotFound()
	}
	p := a.plan
	p.People = append([]Invited(nil), a.plan.People...)
	return p, nil
}

func (a *arranged) Pages(_ context.Context, _ db.Querier, _, paper db.ID) (int, error) {
	if paper != thePaper {
		return 0, fault.NotFound()
	}
	return 3, nil
}

func (a *arranged) Exempt(_ context.Context, _ *change.Tx, _, person db.ID, reason, _ string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range a.plan.People {
		if a.plan.People[i].Person == person {
			a.plan.People[i].Exempt = reason
		}
	}
	return nil
}

// folder keeps files on disk.
type folder string

func (f folder) Put(_ context.Context, key, _ string, body io.Reader) error {
	b, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(string(f), strings.ReplaceAll(key, "/", "_")), b, 0o600)
}

func (f folder) Open(_ context.Context, key string) (io.ReadSeekCloser, error) {
	return os.Open(filepath.Join(string(f), strings.ReplaceAll(key, "/", "_")))
}

// house is one meeting with everything under it, on one or more nodes.
type house struct {
	t     *testing.T
	ctx   context.Context
	plans *arranged
	box   *secret.Box
	files folder
	party *profile.Profile
	store *testkit.Store
	hears sync.Map // *Rooms → chan struct{}
	*Rooms
}

func newHouse(t *testing.T, s *testkit.Store) *house {
	t.Helper()
	party, err := profile.Load("party")
	if err != nil {
		t.Fatal(err)
	}
	kind, err := party.MeetingKind("general")
	if err != nil {
		t.Fatal(err)
	}
	box, err := secret.Open(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	now := db.Now()
	plan := Plan{Meeting: theMeeting, Unit: theUnit, UnitName: "第一支部", Theme: "题目", State: "planned", Lang: "zh-CN", Kind: kind, Rules: kind,
		StartsAt: now.Add(5 * time.Minute), EndsAt: now.Add(time.Hour), Chair: chairID, Deputies: []db.ID{deputyID}}
	for _, st := range kind.Stages {
		plan.Stages = append(plan.Stages, StageFrom(kind, st, nil))
	}
	for id := chairID; id < ending; id++ {
		plan.People = append(plan.People, Invited{Person: id, Name: names[id], Belongs: id != guestID, Votes: id != danID && id != guestID, Observer: id == guestID})
	}
	h := &house{t: t, ctx: context.Background(), plans: &arranged{plan: plan}, box: box, files: folder(t.TempDir()), party: party, store: s}
	h.Rooms = h.node(s, "one")
	return h
}

// node starts the live side on a store, as one process does.
func (h *house) node(s *testkit.Store, name string) *Rooms {
	hub := live.New(s.DB, discard)
	r := NewRooms(RoomsConfig{DB: s.DB, Change: s.Change, Live: hub, Plans: h.plans, Secret: h.box, Files: h.files, Node: name,
		Profile: func() *profile.Profile { return h.party }, Log: discard})
	h.listen(hub, func() *Rooms { return r })
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = hub.Run(ctx) }()
	h.t.Cleanup(func() { cancel(); <-done; r.stopTimers() })
	s.Change.OnCommit(hub.Wake)
	select {
	case <-hub.Started():
	case <-done:
		h.t.Fatal("the events cannot be read")
	}
	return r
}

func person(id db.ID) access.Actor {
	return access.Actor{Kind: access.Person, PersonID: id, AccountID: id, SessionID: id, Origin: "http", Grants: []access.Grant{{Role: access.Member, UnitID: theUnit.ID, Path: theUnit.Path}}}
}

func byLink(id, meeting db.ID) access.Actor {
	return access.Actor{Kind: access.Link, PersonID: id, SessionID: id, MeetingID: meeting, Origin: "http"}
}

func (h *house) enter(id db.ID, edit ...func(*Enter)) Entered {
	h.t.Helper()
	return h.enterAt(h.Rooms, id, edit...)
}

func (h *house) enterAt(r *Rooms, id db.ID, edit ...func(*Enter)) Entered {
	h.t.Helper()
	in := Enter{How: ByVideo, Device: "device-of-" + id.String()}
	for _, e := range edit {
		e(&in)
	}
	out, err := r.Enter(h.ctx, person(id), theMeeting, in)
	if err != nil {
		h.t.Fatalf("%s enters: %v", names[id], err)
	}
	return out
}

// all seats everybody, opens the meeting and the stage.
func (h *house) all(stage string) {
	h.t.Helper()
	for id := chairID; id < ending; id++ {
		h.enter(id)
	}
	if _, err := h.Open(h.ctx, person(chairID), theMeeting); err != nil {
		h.t.Fatal(err)
	}
	if stage != "" {
		h.must(chairID, RoomCommand{Kind: CmdOpen, Stage: stage})
	}
}

// command sends a command based on what the sender sees.
func (h *house) command(r *Rooms, by db.ID, c RoomCommand) error {
	h.t.Helper()
	if c.ID == "" {
		c.ID = rand.Text()
	}
	if c.Version == 0 {
		c.Version = h.stateAt(r).Version
	}
	_, err := r.Command(h.ctx, person(by), theMeeting, c)
	return err
}

func (h *house) must(by db.ID, c RoomCommand) {
	h.t.Helper()
	if err := h.command(h.Rooms, by, c); err != nil {
		h.t.Fatalf("%s by %s: %v", c.Kind, names[by], err)
	}
}

func (h *house) refused(err error, code string) {
	h.t.Helper()
	if fault.Code(err) != code {
		h.t.Fatalf("got %v, want fault %s", err, code)
	}
}

func (h *house) stateAt(r *Rooms) RoomState {
	h.t.Helper()
	st, err := r.publicState(h.ctx, theMeeting)
	if err != nil {
		h.t.Fatal(err)
	}
	return st
}

func (h *house) now() RoomState { h.t.Helper(); return h.stateAt(h.Rooms) }

func (h *house) holder() db.ID {
	h.t.Helper()
	if turns := h.now().Turns; len(turns) > 0 {
		return turns[0].Person
	}
	return 0
}

func (h *house) rows(query string, args ...any) (n int64) {
	h.t.Helper()
	if err := db.Get(h.ctx, h.store.DB.Read(), &n, query, args...); err != nil {
		h.t.Fatal(err)
	}
	return n
}

func (h *house) in(r *Roster, id db.ID) *RoomPerson {
	for i := range r.People {
		if r.People[i].ID == id {
			return &r.People[i]
		}
	}
	return nil
}

func (h *house) roster() *Roster {
	h.t.Helper()
	r, err := h.publicRoster(h.ctx, theMeeting)
	if err != nil {
		h.t.Fatal(err)
	}
	return &r
}

func eachHouse(t *testing.T, f func(t *testing.T, h *house)) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) { f(t, newHouse(t, s)) })
}

var discard = slog.New(slog.DiscardHandler)

// One person fills neither the disk nor everybody's room.
func TestStatementsHaveAnEnd(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	for range maxStatements {
		if _, err := h.State(h.ctx, person(annID), theMeeting, "", HandIn{Text: "书面意见"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.State(h.ctx, person(annID), theMeeting, "", HandIn{Text: "又一份"}); fault.Code(err) != CodeEnough {
		t.Errorf("one more: %v", err)
	}
	if _, err := h.State(h.ctx, person(bobID), theMeeting, "", HandIn{Text: "书面意见"}); err != nil {
		t.Errorf("somebody else's: %v", err)
	}
}
