package meeting

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
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

func (f folder) Open(_ context.Context, key string) (io.ReadCloser, error) {
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

func TestAMeetingFromTheDoorToTheEnd(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.all("discussion")
		st := h.now()
		if st.Phase != RoomOpen || st.Counts.Here != 6 || st.Counts.Observers != 1 || st.Counts.VotersHere != 5 || st.Counts.VotersDue != 5 || !st.Quorum.Met {
			t.Fatalf("state is %+v quorum %+v", st.Counts, st.Quorum)
		}
		h.must(annID, RoomCommand{Kind: CmdRaise})
		h.must(bobID, RoomCommand{Kind: CmdRaise})
		if h.holder() != annID || len(h.now().Hands) != 1 {
			t.Fatalf("holder is %v, hands %v", h.holder(), h.now().Hands)
		}
		h.must(annID, RoomCommand{Kind: CmdYield})
		if h.holder() != bobID {
			t.Fatalf("the floor did not pass on: %v", h.holder())
		}
		h.must(chairID, RoomCommand{Kind: CmdFinish})
		if n := h.rows(`SELECT COUNT(*) FROM turn WHERE meeting_id = $1`, theMeeting); n != 2 {
			t.Errorf("%d turns on record, want 2", n)
		}
		if in, out := h.rows(`SELECT COUNT(*) FROM attendance WHERE kind = 'in'`), h.rows(`SELECT COUNT(*) FROM attendance WHERE kind = 'out'`); in != 7 || out != 7 {
			t.Errorf("%d came and %d went, want 7 and 7", in, out)
		}
		if _, _, err := h.Desired(h.ctx, MediaRoom(theMeeting)); err == nil {
			t.Error("the media room outlives the meeting")
		}
		h.refused(h.command(h.Rooms, annID, RoomCommand{Kind: CmdRaise}), CodeEnded)
		_, err := h.Enter(h.ctx, person(annID), theMeeting, Enter{How: ByVideo, Device: "again-again"})
		h.refused(err, CodeEnded)
		if v, err := h.View(h.ctx, person(annID), theMeeting); err != nil || v.State == nil || v.State.Phase != RoomOver {
			t.Errorf("who was there cannot look back: %+v %v", v.State, err)
		}
	})
}

func TestACommandSentTwiceIsDoneOnce(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.all("discussion")
		h.must(annID, RoomCommand{Kind: CmdRaise})
		c := RoomCommand{ID: "the-same-id", Kind: CmdExtend, Seconds: 60, Version: h.now().Version}
		for range 3 {
			if _, err := h.Command(h.ctx, person(chairID), theMeeting, c); err != nil {
				t.Fatal(err)
			}
		}
		if got := h.now().Turns[0].Extended; got != 60 {
			t.Errorf("extended by %d s, want 60", got)
		}
		for range 2 {
			if _, err := h.Say(h.ctx, person(bobID), theMeeting, "say-it-once", "您好"); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(h.now().Chat.Tail); n != 1 {
			t.Errorf("%d messages, want 1", n)
		}
	})
}

func TestTwoHostsOnOneStateMakeOneHolder(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.all("discussion")
		h.must(chairID, RoomCommand{Kind: CmdHosts, People: []db.ID{deputyID}, Deputies: []db.ID{deputyID}})
		seen := h.now().Version
		first := h.command(h.Rooms, chairID, RoomCommand{Kind: CmdGive, Person: annID, Version: seen})
		second := h.command(h.Rooms, deputyID, RoomCommand{Kind: CmdGive, Person: bobID, Version: seen})
		if first != nil {
			t.Fatal(first)
		}
		h.refused(second, CodeStale)
		if st := h.now(); len(st.Turns) != 1 || st.Turns[0].Person != annID {
			t.Errorf("turns are %+v", st.Turns)
		}
	})
}

func TestEntering(t *testing.T) {
	s := testkit.SQLiteStore(t)
	try := func(h *house, a access.Actor, in Enter) error {
		_, err := h.Enter(h.ctx, a, theMeeting, in)
		return err
	}
	video := Enter{How: ByVideo, Device: "some-device"}
	h := newHouse(t, s)

	h.plans.plan.StartsAt = db.Now().Add(2 * time.Hour)
	err := try(h, person(annID), video)
	h.refused(err, CodeRoomEarly)
	var f *fault.Fault
	if errors.As(err, &f); f.Params["host"] != names[chairID] || f.Params["opens_at"] == nil {
		t.Errorf("the refusal does not say when and whom to call: %v", f.Params)
	}
	h.enter(chairID) // may prepare
	h.plans.plan.StartsAt = db.Now().Add(20 * time.Minute)
	h.enter(annID)

	h.refused(try(h, person(999), video), CodeNotInvited)
	foreign := access.Actor{Kind: access.Person, PersonID: 998, Grants: []access.Grant{{Role: access.Officer, UnitID: 99, Path: "/1/99/", Subtree: true}}}
	h.refused(try(h, foreign, video), "not_found")
	h.refused(try(h, byLink(bobID, 4242), video), "not_found")
	h.refused(try(h, access.Actor{}, video), "not_found")
	if err := try(h, byLink(bobID, theMeeting), video); err != nil {
		t.Errorf("by link: %v", err)
	}

	err = try(h, person(cayID), Enter{How: ByPhone, Device: "x", Place: "moon", With: []db.ID{bobID, 999}, Helper: &Helper{}})
	if errors.As(err, &f); len(f.Fields) < 5 {
		t.Errorf("not all faults are told at once: %v", err)
	}

	h.must(chairID, RoomCommand{Kind: CmdLock})
	h.refused(try(h, person(cayID), video), CodeLocked)
	h.enter(annID, func(e *Enter) { e.Device = "another-device" }) // who is in may change device
	h.must(chairID, RoomCommand{Kind: CmdUnlock})

	h.must(chairID, RoomCommand{Kind: CmdRemove, Person: bobID, Reason: "干扰会议"})
	h.refused(try(h, person(bobID), video), CodeRemoved)
	h.must(chairID, RoomCommand{Kind: CmdReadmit, Person: bobID})
	if err := try(h, person(bobID), video); err != nil {
		t.Errorf("let back in: %v", err)
	}
	err = h.command(h.Rooms, chairID, RoomCommand{Kind: CmdRemove, Person: bobID})
	if !fault.Is(err, fault.KindInvalid) {
		t.Errorf("removed without a reason: %v", err)
	}
	h.plans.plan.State = planCalledOff
	h.refused(try(h, person(danID), video), CodeCalledOff)
}

func TestTheNewerDeviceTakesOverAndTheOlderIsTold(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.all("discussion")
		h.must(annID, RoomCommand{Kind: CmdRaise})
		old := h.in(h.roster(), annID).Seat
		again := h.enter(annID)
		if again.Seat != old {
			t.Fatalf("the same device got another seat")
		}
		newer := h.enter(annID, func(e *Enter) { e.Device = "a-newer-telephone" })
		if newer.Seat == old {
			t.Fatal("two devices at one seat")
		}
		_, err := h.Beat(h.ctx, person(annID), theMeeting, Beat{Seat: old})
		h.refused(err, CodeSeatElsewhere)
		if st := h.now(); st.Turns[0].Person != annID || st.Turns[0].Seat != newer.Seat {
			t.Errorf("the floor stayed behind: %+v", st.Turns[0])
		}
		want, _, err := h.Desired(h.ctx, MediaRoom(theMeeting))
		if _, there := want[old.String()]; there || err != nil {
			t.Errorf("the older device may still be connected (%v)", err)
		}
	})
}

func TestSeveralPeopleAtOneScreenAreEachCountedAndHeard(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.enter(chairID)
		hall := h.enter(annID, func(e *Enter) { e.With = []db.ID{bobID, cayID} })
		if _, err := h.Open(h.ctx, person(chairID), theMeeting); err != nil {
			t.Fatal(err)
		}
		h.must(chairID, RoomCommand{Kind: CmdOpen, Stage: "discussion"})
		if c := h.now().Counts; c.Here != 4 || c.VotersHere != 4 {
			t.Fatalf("counts are %+v, want four", c)
		}
		h.must(annID, RoomCommand{Kind: CmdRaise, Person: bobID})
		if st := h.now(); st.Turns[0].Person != bobID || st.Turns[0].Seat != hall.Seat {
			t.Errorf("the turn is %+v", st.Turns[0])
		}
		// Somebody who sits elsewhere is not taken along.
		_, err := h.Enter(h.ctx, person(annID), theMeeting, Enter{How: ByShared, Device: "device-of-" + annID.String(), With: []db.ID{chairID}})
		if !fault.Is(err, fault.KindInvalid) {
			t.Errorf("the chair was taken off their own device: %v", err)
		}
		// Bob leaves the hall for his own telephone, Cay gets up.
		h.enter(bobID)
		h.enter(annID, func(e *Enter) { e.How = ByVideo })
		if c := h.now().Counts; c.Here != 3 {
			t.Errorf("%d here, want three: chair, Ann, Bob", c.Here)
		}
		if n := h.rows(`SELECT COUNT(*) FROM attendance WHERE given = 'shared' AND by_id = $1`, annID); n != 2 {
			t.Errorf("%d people on record as seated by Ann, want 2", n)
		}
	})
}

func TestARelativeHelpsWithConsent(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	in := Enter{How: ByAudio, Device: "daughters-phone", Place: "hospital", Helper: &Helper{Name: "小安", Relation: "女儿"}}
	if _, err := h.Enter(h.ctx, person(annID), theMeeting, in); !fault.Is(err, fault.KindInvalid) {
		t.Fatalf("without consent: %v", err)
	}
	in.Helper.Consent = true
	if _, err := h.Enter(h.ctx, person(annID), theMeeting, in); err != nil {
		t.Fatal(err)
	}
	if p := h.in(h.roster(), annID); !p.Helper || p.Place != "" {
		t.Errorf("roster shows %+v: helped, and no place that is not shown", p)
	}
	if n := h.rows(`SELECT COUNT(*) FROM attendance WHERE given = 'helper' AND helper = '小安, 女儿'`); n != 1 {
		t.Error("the helper is not on record")
	}
	ts, err := h.Transitions(h.ctx, h.store.DB.Read(), theMeeting)
	if err != nil || len(ts) != 1 || ts[0].Where != "hospital" {
		t.Errorf("transitions %+v %v", ts, err)
	}
	if n := h.rows(`SELECT COUNT(*) FROM attendance WHERE place_sealed = $1`, []byte("hospital")); n != 0 {
		t.Error("the place is stored in the clear")
	}
}

func TestTheLobby(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.enter(chairID)
		h.must(chairID, RoomCommand{Kind: CmdLobby, On: true})
		if e := h.enter(annID, func(e *Enter) { e.With = []db.ID{bobID} }); e.State != Waiting {
			t.Fatalf("Ann is %s", e.State)
		}
		h.refused(h.mayHear(h.ctx, person(annID), theMeeting), CodeInLobby)
		h.refused(h.command(h.Rooms, annID, RoomCommand{Kind: CmdRaise}), CodeInLobby)
		v, err := h.HostView(h.ctx, person(chairID), theMeeting)
		if err != nil || len(v.Lobby) != 2 || v.Lobby[0].Name != names[annID] {
			t.Fatalf("lobby is %+v %v", v.Lobby, err)
		}
		if want, _, _ := h.Desired(h.ctx, MediaRoom(theMeeting)); len(want) != 1 {
			t.Errorf("%d seats have media, want the chair's alone", len(want))
		}
		h.must(chairID, RoomCommand{Kind: CmdAdmit, Person: annID})
		if c := h.now().Counts; c.Here != 3 {
			t.Errorf("%d here, want three: people at one screen come in together", c.Here)
		}
		if err := h.mayHear(h.ctx, person(bobID), theMeeting); err != nil {
			t.Errorf("let in and not told: %v", err)
		}
	})
}

func TestTelephoneWritingAndRecordedStatements(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.all("discussion")
		h.must(cayID, RoomCommand{Kind: CmdLeave})
		h.must(chairID, RoomCommand{Kind: CmdJoin, Person: cayID, How: ByPhone})
		h.refused(h.command(h.Rooms, annID, RoomCommand{Kind: CmdJoin, Person: cayID, How: ByPhone}), CodeServerOnly)
		if p := h.in(h.roster(), cayID); p == nil || p.How != "phone" || p.Seat != 0 {
			t.Fatalf("on the telephone: %+v", p)
		}
		id, err := h.State(h.ctx, person(bobID), theMeeting, "statement-1", HandIn{Text: "我同意。"})
		if err != nil {
			t.Fatal(err)
		}
		again, err := h.State(h.ctx, person(bobID), theMeeting, "statement-1", HandIn{Text: "我同意。"})
		if err != nil || again != id {
			t.Errorf("handed in twice: %v %v, want %v", again, err, id)
		}
		if all, err := h.Statements(h.ctx, person(annID), theMeeting); err != nil || len(all) != 0 {
			t.Errorf("Ann reads Bob's statement before it is read out: %+v %v", all, err)
		}
		h.must(chairID, RoomCommand{Kind: CmdPlay, Statement: id, Reader: annID})
		if tn := h.now().Turns[0]; tn.Person != bobID || tn.Reader != annID || tn.Statement != id {
			t.Errorf("the turn is %+v", tn)
		}
		if all, _ := h.Statements(h.ctx, person(annID), theMeeting); len(all) != 1 {
			t.Error("a statement being read is not shown")
		}
		_, err = h.StateAudio(h.ctx, person(annID), theMeeting, "", HandIn{}, []byte("<html>not a sound at all</html>"))
		h.refused(err, CodeNotAudio)
		_, err = h.StateAudio(h.ctx, person(annID), theMeeting, "", HandIn{}, make([]byte, MaxAudio+1))
		h.refused(err, CodeAudioSize)
		sound := append([]byte("OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), []byte("OpusHead and more")...)
		rec, err := h.StateAudio(h.ctx, person(annID), theMeeting, "", HandIn{}, sound)
		if err != nil {
			t.Fatal(err)
		}
		_, b, err := h.Audio(h.ctx, person(chairID), theMeeting, rec)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b, sound) {
			t.Error("the recording came back changed")
		}
		_, _, err = h.Audio(h.ctx, person(danID), theMeeting, rec)
		h.refused(err, "not_found")
	})
}

func TestAVote(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		vote := func(by db.ID, m db.ID, in CastBallot) error {
			_, err := h.Vote(h.ctx, person(by), theMeeting, m, in)
			return err
		}
		h.enter(chairID)
		h.enter(annID)
		if _, err := h.Open(h.ctx, person(chairID), theMeeting); err != nil {
			t.Fatal(err)
		}
		m, err := h.Move(h.ctx, person(chairID), theMeeting, "motion-1", MotionText{Title: "通过计划", Ballot: "motion"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.OpenVote(h.ctx, person(chairID), theMeeting, m)
		h.refused(err, CodeNoQuorum) // 2 of 5
		h.enter(bobID, func(e *Enter) { e.With = []db.ID{cayID} })
		h.enter(danID)
		_, err = h.OpenVote(h.ctx, person(annID), theMeeting, m)
		h.refused(err, CodeNotHost)
		if _, err := h.OpenVote(h.ctx, person(chairID), theMeeting, m); err != nil {
			t.Fatal(err)
		}
		h.refused(vote(danID, m, CastBallot{Choice: For}), CodeNoVote)
		h.refused(vote(annID, m, CastBallot{Person: bobID, Choice: For}), CodeNotYours)
		h.refused(vote(chairID, m, CastBallot{Person: deputyID, Choice: For}), CodeVoterAbsent)
		h.must(chairID, RoomCommand{Kind: CmdJoin, Person: deputyID, How: ByPhone})
		for _, v := range []struct {
			by db.ID
			CastBallot
		}{{annID, CastBallot{Choice: Against}}, {annID, CastBallot{Choice: For}}, {bobID, CastBallot{Choice: For}}, {bobID, CastBallot{Person: cayID, Choice: Abstain}}, {chairID, CastBallot{Person: deputyID, Choice: For}}} {
			if err := vote(v.by, m, v.CastBallot); err != nil {
				t.Fatal(err)
			}
		}
		st := h.now()
		if st.Motion == nil || st.Motion.Voted != 4 || st.Motion.For != 0 || st.Motion.Eligible != 5 {
			t.Errorf("while open: %+v", st.Motion)
		}
		if all, _ := h.Motions(h.ctx, person(danID), theMeeting); all[0].Votes != nil {
			t.Error("votes are told while the vote is on")
		}
		for range 2 {
			if _, err := h.CloseVote(h.ctx, person(chairID), theMeeting, m); err != nil {
				t.Fatal(err)
			}
		}
		if got := h.now().Motion; got.For != 3 || got.Against != 0 || got.Abstained != 1 || got.Need != 3 || !got.Carried {
			t.Errorf("result is %+v, want 3 of 5 carried", got)
		}
		h.refused(vote(annID, m, CastBallot{Choice: Against}), CodeMotionState)
		all, err := h.Motions(h.ctx, person(annID), theMeeting)
		if err != nil || len(all) != 1 || len(all[0].Votes) != 4 || all[0].Mine != For {
			t.Fatalf("%+v %v", all, err)
		}
		given := map[db.ID]string{}
		for _, v := range all[0].Votes {
			given[v.Person] = v.Given
		}
		if given[annID] != "account" || given[cayID] != "shared" || given[deputyID] != "phone" {
			t.Errorf("given: %v", given)
		}
	})
}

func TestTheDeputyTakesOverWhenTheChairIsGone(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.all("discussion")
		h.refused(h.command(h.Rooms, deputyID, RoomCommand{Kind: CmdTakeOver}), CodeChairHere)
		h.refused(h.command(h.Rooms, annID, RoomCommand{Kind: CmdTakeOver}), CodeNotDeputy)
		if err := h.Leave(h.ctx, person(chairID), theMeeting, h.in(h.roster(), chairID).Seat); err != nil {
			t.Fatal(err)
		}
		if h.now().TakeOver == 0 {
			t.Error("nobody is told that the deputy may take over")
		}
		h.must(deputyID, RoomCommand{Kind: CmdTakeOver})
		if h.now().Chair != deputyID {
			t.Error("the deputy does not lead")
		}
		h.must(deputyID, RoomCommand{Kind: CmdClose})
	})
}

func TestChatPaperAndScreen(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.all("discussion")
		say := func(by db.ID, text string) error {
			_, err := h.Say(h.ctx, person(by), theMeeting, rand.Text(), text)
			return err
		}
		if err := say(annID, strings.Repeat("长", 1000)); err != nil {
			t.Fatal(err)
		}
		if err := say(annID, strings.Repeat("长", 1001)); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("1001 characters: %v", err)
		}
		id := h.now().Chat.Tail[0].ID
		_, err := h.HideChat(h.ctx, person(bobID), theMeeting, id, "x")
		h.refused(err, CodeNotHost)
		if _, err := h.HideChat(h.ctx, person(chairID), theMeeting, id, "与会议无关"); err != nil {
			t.Fatal(err)
		}
		if m := h.now().Chat.Tail[0]; !m.Hidden || m.Text != "" || m.Reason != "与会议无关" {
			t.Errorf("hidden: %+v", m)
		}
		if _, err := h.SwitchChat(h.ctx, person(chairID), theMeeting, false); err != nil {
			t.Fatal(err)
		}
		h.refused(say(annID, "在吗"), CodeChatOff)
		if err := say(chairID, "请稍等"); err != nil {
			t.Errorf("the host is silenced: %v", err)
		}

		_, err = h.Show(h.ctx, person(annID), theMeeting, thePaper, 1)
		h.refused(err, CodeNoScreen)
		_, err = h.ShareScreen(h.ctx, person(annID), theMeeting, true)
		h.refused(err, CodeNoScreen)
		h.must(annID, RoomCommand{Kind: CmdRaise})
		if _, err = h.Show(h.ctx, person(annID), theMeeting, thePaper, 2); err != nil {
			t.Fatal(err)
		}
		_, err = h.Show(h.ctx, person(annID), theMeeting, 4711, 1)
		h.refused(err, "not_found")
		if _, err = h.Show(h.ctx, person(annID), theMeeting, thePaper, 4); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("page 4 of 3: %v", err)
		}
		if _, err = h.ShareScreen(h.ctx, person(annID), theMeeting, true); err != nil {
			t.Fatal(err)
		}
		if st := h.now(); st.Paper == nil || st.Paper.Page != 2 || st.Screen == nil || st.Screen.Person != annID {
			t.Errorf("paper %+v screen %+v", st.Paper, st.Screen)
		}
		h.must(annID, RoomCommand{Kind: CmdYield})
		if st := h.now(); st.Screen != nil {
			t.Error("the screen stays when the floor has gone")
		}
	})
}

func TestExemptionsMoveTheQuorum(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	h.enter(chairID)
	h.enter(annID)
	if q := h.now().Quorum; q.Met || q.Short != 1 || q.Of != 5 {
		t.Fatalf("quorum is %+v, want one short of 3 of 5", q)
	}
	if _, err := h.Exempt(h.ctx, person(annID), theMeeting, cayID, "abroad", ""); fault.Code(err) != CodeNotHost {
		t.Errorf("a member exempts: %v", err)
	}
	if _, err := h.Exempt(h.ctx, person(chairID), theMeeting, cayID, "no such reason", ""); !fault.Is(err, fault.KindInvalid) {
		t.Errorf("unknown reason: %v", err)
	}
	if _, err := h.Exempt(h.ctx, person(chairID), theMeeting, cayID, "abroad", ""); err != nil {
		t.Fatal(err)
	}
	if q := h.now().Quorum; !q.Met || q.Of != 4 {
		t.Errorf("quorum is %+v, want 2 of 4", q)
	}
}

var discard = slog.New(slog.DiscardHandler)

func TestThePracticeRoomIsForAnybodyAndKeepsNothing(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.plans.plan.Practice, h.plans.plan.Chair, h.plans.plan.Deputies, h.plans.plan.People = true, 0, nil, nil
		h.plans.plan.StartsAt = db.Now().Add(24 * time.Hour)
		h.plans.plan.Stages = h.plans.plan.Stages[:1]
		err := h.store.Change.Do(h.ctx, access.SystemActor("test"), func(ctx context.Context, tx *change.Tx) error {
			tx.AppendOnly()
			return tx.Exec(ctx, `INSERT INTO person (id, code, name, pinyin, initials, category, joined_on, version) VALUES ($1, '', $2, '', '', 'serving', '', 1)`, bobID, names[bobID])
		})
		if err != nil {
			t.Fatal(err)
		}
		h.enter(annID)
		in, err := h.Enter(h.ctx, byLink(bobID, 4242), theMeeting, Enter{How: ByVideo, Device: "bobs-device"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Enter(h.ctx, access.Actor{}, theMeeting, Enter{How: ByVideo, Device: "nobodys-device"}); err == nil {
			t.Error("nobody came in")
		}
		h.must(annID, RoomCommand{Kind: CmdRaise})
		if _, err := h.Command(h.ctx, byLink(bobID, 4242), theMeeting, RoomCommand{ID: rand.Text(), Kind: CmdRaise}); err != nil {
			t.Fatal(err)
		}
		if st := h.now(); len(st.Turns) != 2 {
			t.Errorf("turns are %+v, want two microphones on", st.Turns)
		}
		if p := h.in(h.roster(), bobID); p == nil || p.Name != names[bobID] {
			t.Errorf("roster shows %+v", p)
		}
		if _, err := h.Beat(h.ctx, byLink(bobID, 4242), theMeeting, Beat{Seat: in.Seat}); err != nil {
			t.Error(err)
		}
		if err := h.Leave(h.ctx, byLink(bobID, 4242), theMeeting, in.Seat); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"turn", "attendance", "room_log"} {
			if n := h.rows(`SELECT COUNT(*) FROM ` + table); n != 0 {
				t.Errorf("%d rows kept in %s", n, table)
			}
		}
	})
}
