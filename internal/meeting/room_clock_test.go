package meeting

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
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
	"wozai/internal/testkit"
)

const patience = 20 * time.Second

// await waits until a node's state is as wanted, looking whenever the room tells of a change.
func (h *house) await(r *Rooms, what string, want func(RoomState) bool) RoomState {
	h.t.Helper()
	news := make(chan struct{}, 1)
	h.hears.Store(r, news)
	deadline := time.After(patience)
	for {
		st := h.stateAt(r)
		if want(st) {
			return st
		}
		select {
		case <-news:
		case <-deadline:
			h.t.Fatalf("waited in vain for: %s (%+v)", what, st)
		}
	}
}

func (h *house) listen(hub *live.Hub, r func() *Rooms) {
	hub.OnEvent(func(live.Event) {
		if c, ok := h.hears.Load(r()); ok {
			select {
			case c.(chan struct{}) <- struct{}{}:
			default:
			}
		}
	})
}

// tune changes what is stored of a room, as no command does.
func (h *house) tune(edit func(d *roomDoc)) {
	h.t.Helper()
	if _, err := h.act(h.ctx, access.SystemActor("test"), theMeeting, func(_ context.Context, r *roomTx) error {
		edit(&r.doc)
		r.touch()
		return nil
	}); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) attendance(id db.ID) Attendance {
	h.t.Helper()
	ts, err := h.Transitions(h.ctx, h.store.DB.Read(), theMeeting)
	if err != nil {
		h.t.Fatal(err)
	}
	now := db.Now()
	return Attend(Expected{Person: id, Due: true}, ts, Hours{Start: now.Add(-time.Hour), Now: now})
}

func TestTheFloorPassesOnByItself(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.plans.plan.Stages[2].Seconds, h.plans.plan.Stages[2].Warning, h.plans.plan.Stages[2].Grace = 1, 0, 0
		h.all("discussion")
		h.must(annID, RoomCommand{Kind: CmdRaise})
		h.must(bobID, RoomCommand{Kind: CmdRaise})
		h.await(h.Rooms, "the floor passes on to Bob", func(st RoomState) bool { return len(st.Turns) == 1 && st.Turns[0].Person == bobID })
		if n := h.rows(`SELECT COUNT(*) FROM turn WHERE ended_how = 'expired' AND person_id = $1`, annID); n != 1 {
			t.Errorf("%d expired turns of Ann on record, want 1", n)
		}
	})
}

// The host has gone home without ending it, as everybody has.
func TestAMeetingThatNobodyEndedIsOver(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.all("discussion")
		h.must(annID, RoomCommand{Kind: CmdRaise})
		leave := func(id db.ID) {
			if err := h.Leave(h.ctx, person(id), theMeeting, h.in(h.roster(), id).Seat); err != nil {
				t.Fatal(err)
			}
		}
		sweep := func(after time.Duration, want RoomPhase) {
			t.Helper()
			if err := h.Sweep(h.ctx, theMeeting, db.Now().Add(after)); err != nil {
				t.Fatal(err)
			}
			if got := h.now().Phase; got != want {
				t.Fatalf("%v later: %s, want %s", after, got, want)
			}
		}
		leave(bobID)
		h.must(chairID, RoomCommand{Kind: CmdJoin, Person: bobID, How: ByPhone})
		for id := chairID; id < ending; id++ {
			if id != bobID && id != annID {
				leave(id)
			}
		}
		seat := h.in(h.roster(), annID).Seat
		h.mu.Lock()
		h.beats[theMeeting][seat] = db.Now().Add(24 * time.Hour)
		h.mu.Unlock()
		sweep(3*time.Hour, RoomOpen) // Ann is there
		leave(annID)
		gone := db.Now()
		sweep(emptyFor-time.Minute, RoomOpen)
		sweep(emptyFor+time.Minute, RoomOpen) // a break: the meeting was to go on for an hour
		sweep(2*time.Hour, RoomOver)
		st := h.now()
		if d := gone.Sub(st.EndedAt); d < 0 || d > time.Minute {
			t.Errorf("ended %v before the last went", d)
		}
		ts, err := h.Transitions(h.ctx, h.store.DB.Read(), theMeeting)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []db.ID{annID, bobID} {
			a := Attend(Expected{Person: id, Due: true}, ts, Hours{Start: st.OpenedAt, End: st.EndedAt, Now: st.EndedAt})
			if len(a.Spans) == 0 || a.Spans[len(a.Spans)-1].To != st.EndedAt {
				t.Errorf("%s was there to the end: %+v, ended %v", names[id], a, st.EndedAt)
			}
		}
		if n := h.rows(`SELECT COUNT(*) FROM turn WHERE person_id = $1`, annID); n != 1 {
			t.Errorf("%d turns of Ann on record", n)
		}
		sweep(3*time.Hour, RoomOver)
	})
}

func TestALostConnectionKeepsPlaceAndFloorAndComesBack(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.all("discussion")
		h.must(annID, RoomCommand{Kind: CmdRaise})
		seat := h.in(h.roster(), annID).Seat
		for id := chairID; id < ending; id++ { // all but Ann are heard again later
			if s := h.in(h.roster(), id).Seat; s != seat {
				h.mu.Lock()
				h.beats[theMeeting][s] = db.Now().Add(time.Minute)
				h.mu.Unlock()
			}
		}
		if err := h.Sweep(h.ctx, theMeeting, db.Now().Add(lostAfter/2)); err != nil {
			t.Fatal(err)
		}
		if h.in(h.roster(), annID).Away {
			t.Fatal("given up too early")
		}
		if err := h.Sweep(h.ctx, theMeeting, db.Now().Add(lostAfter)); err != nil {
			t.Fatal(err)
		}
		st := h.now()
		if !h.in(h.roster(), annID).Away || st.Counts.Away != 1 || st.Counts.Here != 6 || st.Turns[0].PausedAt == 0 {
			t.Fatalf("Ann is away with the floor kept: %+v %+v", st.Counts, st.Turns)
		}
		if b, err := h.Beat(h.ctx, person(annID), theMeeting, Beat{Seat: seat}); err != nil || b.State != Here {
			t.Fatalf("back: %+v %v", b, err)
		}
		if st := h.now(); st.Turns[0].Person != annID || st.Turns[0].PausedAt != 0 || st.Counts.Away != 0 {
			t.Errorf("back: %+v", st.Turns)
		}
		if a := h.attendance(annID); len(a.Spans) != 1 || !a.HereNow {
			t.Errorf("a short absence broke the presence: %+v", a.Spans)
		}
	})
}

// A node that answers late does not take those who wait for its answer for lost.
func TestANodeThatIsBehindIsPatient(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	h.all("")
	away := func(after time.Duration) int {
		t.Helper()
		if err := h.Sweep(h.ctx, theMeeting, db.Now().Add(after)); err != nil {
			t.Fatal(err)
		}
		return h.now().Counts.Away
	}
	h.pace.note(12*time.Second, db.Now())
	if n := away(lostAfter + time.Second); n != 0 {
		t.Errorf("%d were given up while the node was twelve seconds behind", n)
	}
	if n := away(lostAfter + 4*catchUp); n != 7 {
		t.Errorf("%d of 7 are away long after it has caught up", n)
	}
}

func TestPatience(t *testing.T) {
	at := db.Now()
	for _, c := range []struct {
		late, after, want time.Duration
	}{
		{0, 0, 0},
		{900 * time.Millisecond, 0, 0}, // every node is a little late
		{4 * time.Second, 0, 8 * time.Second},
		{4 * time.Second, catchUp, 4 * time.Second},
		{4 * time.Second, 2 * catchUp, 2 * time.Second},
		{4 * time.Second, time.Hour, 0},
		{time.Hour, 0, mostPatience},
	} {
		var p pace
		p.note(c.late, at)
		p.note(c.late/2, at.Add(time.Millisecond)) // less does not take it back
		if got := p.patience(at.Add(c.after)); got != c.want {
			t.Errorf("%v late, %v later: %v, want %v", c.late, c.after, got, c.want)
		}
	}
}

func TestWhoStaysAwayLeftWhenLastHeard(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.all("")
		h.tune(func(d *roomDoc) { d.Floor.Settings.PlaceGrace, d.Floor.Settings.FloorGrace = 1, 1 })
		seat := h.in(h.roster(), annID).Seat
		last := h.heardHere(theMeeting)[seat]
		h.mu.Lock()
		for s := range h.beats[theMeeting] {
			if s != seat {
				h.beats[theMeeting][s] = db.Now().Add(time.Minute)
			}
		}
		h.mu.Unlock()
		if err := h.Sweep(h.ctx, theMeeting, db.Now().Add(lostAfter)); err != nil {
			t.Fatal(err)
		}
		h.await(h.Rooms, "Ann's place is free", func(st RoomState) bool { return st.Counts.Here == 5 && st.Counts.Away == 0 })
		a := h.attendance(annID)
		if len(a.Spans) != 1 || a.HereNow || a.Spans[0].To.Sub(last).Abs() > time.Millisecond {
			t.Errorf("presence %+v, want it to end when last heard: %v", a.Spans, last)
		}
		_, err := h.Beat(h.ctx, person(annID), theMeeting, Beat{Seat: seat})
		h.refused(err, CodeSeatLost)
		h.enter(annID)
	})
}

func TestTheServerComesBackToTheSameMeeting(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.all("discussion")
		h.must(annID, RoomCommand{Kind: CmdRaise})
		h.must(bobID, RoomCommand{Kind: CmdRaise})
		if err := h.Checkpoint(h.ctx, theMeeting); err != nil {
			t.Fatal(err)
		}
		before, seats := h.now(), h.roster()
		h.stopTimers() // the process is gone: nothing of it is in memory

		again := h.node(h.store, "two")
		if err := again.Recover(h.ctx, theMeeting); err != nil {
			t.Fatal(err)
		}
		if err := again.Sweep(h.ctx, theMeeting, db.Now()); err != nil {
			t.Fatal(err)
		}
		after := h.stateAt(again)
		if a, b := asJSON(t, before), asJSON(t, after); a != b {
			t.Errorf("the room changed over a restart:\n%s\n%s", a, b)
		}
		if _, err := again.Beat(h.ctx, person(annID), theMeeting, Beat{Seat: h.in(seats, annID).Seat}); err != nil {
			t.Errorf("Ann's browser goes on: %v", err)
		}
		if e := h.enterAt(again, bobID); e.Seat != h.in(seats, bobID).Seat {
			t.Error("Bob's browser does not come back to its seat")
		}
		// Who does not come back is away once they had the time to.
		again.mu.Lock()
		for s := range again.beats[theMeeting] {
			again.beats[theMeeting][s] = db.Now().Add(time.Minute)
		}
		again.mu.Unlock()
		if err := again.Sweep(h.ctx, theMeeting, again.started.Add(lostAfter+checkEvery)); err != nil {
			t.Fatal(err)
		}
		if c := h.stateAt(again).Counts; c.Away != 5 || c.Here != 6 {
			t.Errorf("counts %+v, want five away, all but the observer still counted", c)
		}
	})
}

func TestNobodySpeaksWhileNoServerRuns(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.all("discussion")
		h.must(annID, RoomCommand{Kind: CmdRaise})
		h.stopTimers()
		// The turn began six minutes ago and the server went a minute later: four were left.
		now := db.Now()
		h.tune(func(d *roomDoc) {
			tn := &d.Floor.Turns[0]
			tn.StartedAt = now.Add(-6 * time.Minute)
			tn.DueAt, tn.WarnAt, tn.EndsAt = now.Add(-time.Minute), now.Add(-90*time.Second), now.Add(-30*time.Second)
		})
		err := h.store.Change.Do(h.ctx, access.SystemActor("test"), func(ctx context.Context, tx *change.Tx) error {
			tx.AppendOnly()
			return tx.Exec(ctx, `INSERT INTO room_checkpoint (meeting_id, node, at, seats) VALUES ($1, 'one', $2, '{}')`, theMeeting, now.Add(-5*time.Minute))
		})
		if err != nil {
			t.Fatal(err)
		}
		again := h.node(h.store, "two")
		third := h.node(h.store, "three")
		for _, r := range []*Rooms{again, third} { // both at once, as after a power cut
			if err := r.Recover(h.ctx, theMeeting); err != nil {
				t.Fatal(err)
			}
		}
		tn := h.stateAt(again).Turns[0]
		if left := tn.DueAt.Sub(again.started); left < 4*time.Minute-5*time.Second || left > 4*time.Minute+5*time.Second {
			t.Errorf("%v left to speak, want four minutes", left)
		}
	})
}

func TestTwoNodesHoldOneMeetingTogether(t *testing.T) {
	dsn := testkit.PostgresDSN(t)
	h := newHouse(t, testkit.OpenStore(t, dsn))
	other := h.node(testkit.OpenStore(t, dsn), "other")
	nodes := []*Rooms{h.Rooms, other}

	// Everybody comes in at once, by either node.
	each := func(do func(i int, id db.ID) error) {
		t.Helper()
		var wg sync.WaitGroup
		for i := range int(ending - chairID) {
			wg.Go(func() {
				if err := do(i, chairID+db.ID(i)); err != nil {
					t.Errorf("%s: %v", names[chairID+db.ID(i)], err)
				}
			})
		}
		wg.Wait()
	}
	each(func(i int, id db.ID) error {
		_, err := nodes[i%2].Enter(h.ctx, person(id), theMeeting, Enter{How: ByVideo, Device: fmt.Sprint("device-of-", id)})
		return err
	})
	if _, err := other.Open(h.ctx, person(chairID), theMeeting); err != nil {
		t.Fatal(err)
	}
	if err := h.command(other, chairID, RoomCommand{Kind: CmdOpen, Stage: "discussion"}); err != nil {
		t.Fatal(err)
	}
	each(func(i int, id db.ID) error {
		_, err := nodes[(i+1)%2].Command(h.ctx, person(id), theMeeting, RoomCommand{ID: rand.Text(), Kind: CmdRaise})
		return err
	})
	a, b := h.stateAt(h.Rooms), h.stateAt(other)
	if len(a.Turns) != 1 || len(a.Hands) != 6 || a.Version != b.Version || a.Counts.Here != 6 {
		t.Fatalf("seven hands at once: turns %v hands %v, versions %d and %d", a.Turns, a.Hands, a.Version, b.Version)
	}
	// Both nodes give the floor on the same state: one of them does.
	errs := make([]error, 2)
	var wg sync.WaitGroup
	for i, n := range nodes {
		wg.Go(func() {
			_, errs[i] = n.Command(h.ctx, person(chairID), theMeeting, RoomCommand{ID: rand.Text(), Kind: CmdGive, Person: []db.ID{bobID, danID}[i], Version: a.Version})
		})
	}
	wg.Wait()
	if (errs[0] == nil) == (errs[1] == nil) || len(h.now().Turns) != 1 {
		t.Fatalf("two hosts on two nodes: %v, turns %+v", errs, h.now().Turns)
	}
	// A node that heard a seat before does not give it up when it goes on at the other.
	seat := h.in(h.roster(), annID).Seat
	each(func(_ int, id db.ID) error {
		_, err := other.Beat(h.ctx, person(id), theMeeting, Beat{Seat: h.in(h.roster(), id).Seat})
		return err
	})
	if err := other.Checkpoint(h.ctx, other.roomsHere(true)...); err != nil {
		t.Fatal(err)
	}
	h.mu.Lock()
	for s := range h.beats[theMeeting] {
		h.beats[theMeeting][s] = db.Now().Add(-lostAfter)
	}
	h.started = h.started.Add(-time.Hour)
	h.mu.Unlock()
	if err := h.Sweep(h.ctx, theMeeting, db.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if h.in(h.roster(), annID).Away {
		t.Errorf("seat %v was given up although another node hears it", seat)
	}
	// What one node does the other's browsers hear.
	if err := h.command(other, chairID, RoomCommand{Kind: CmdEnd}); err != nil {
		t.Fatal(err)
	}
	h.await(h.Rooms, "the other node's change", func(st RoomState) bool { return st.Version == h.stateAt(other).Version })
}

func TestTheStateIsSmall(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	var doc roomDoc
	h.plans.plan.People = nil
	doc.Floor = NewFloor(theMeeting, chairID, nil, h.plans.plan.Stages, DefaultFloorSettings())
	const n = 500
	ids := db.NewIDs(7)
	for i := range n {
		id, seat := ids.New(), ids.New()
		h.plans.plan.People = append(h.plans.plan.People, Invited{Person: id, Name: "欧阳同志", Belongs: true, Votes: true})
		doc.Floor.People = append(doc.Floor.People, FloorPerson{ID: id, State: Here, How: ByVideo, Seat: seat})
		doc.Seats = append(doc.Seats, roomSeat{ID: seat, Person: id})
		if i < 20 {
			doc.Floor.Hands = append(doc.Floor.Hands, Hand{Person: id})
		}
	}
	doc.Floor.Stage = "discussion"
	plan := h.plans.plan
	per := len(asJSON(t, roster(plan, &doc))) / n
	if per > 105 {
		t.Errorf("%d bytes a person in the roster, want about 100", per)
	}
	st, err := h.state(h.ctx, plan, &doc)
	if err != nil {
		t.Fatal(err)
	}
	size := len(asJSON(t, st))
	t.Logf("%d bytes a person in the roster, %d bytes of state", per, size)
	if size > 4096 {
		t.Errorf("%d bytes to tell that a hand went up among %d people, want at most 4096", size, n)
	}
}

func TestStrangersLearnNothing(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	h.all("discussion")
	m, err := h.Move(h.ctx, person(chairID), theMeeting, "", MotionText{Title: "x", Ballot: "motion", Open: true})
	if err != nil {
		t.Fatal(err)
	}
	strangers := map[string]access.Actor{
		"nobody":                  {},
		"officer of another unit": {Kind: access.Person, PersonID: 900, Grants: []access.Grant{{Role: access.Officer, UnitID: 30, Path: "/1/30/", Subtree: true}}},
		"link of another meeting": byLink(annID, 4242),
		"no membership":           {Kind: access.Person, PersonID: 901},
	}
	seat := h.in(h.roster(), annID).Seat
	for who, a := range strangers {
		for what, err := range map[string]error{
			"view":       second(h.View(h.ctx, a, theMeeting)),
			"host":       second(h.HostView(h.ctx, a, theMeeting)),
			"enter":      second(h.Enter(h.ctx, a, theMeeting, Enter{How: ByVideo, Device: "12345678"})),
			"leave":      h.Leave(h.ctx, a, theMeeting, seat),
			"beat":       second(h.Beat(h.ctx, a, theMeeting, Beat{Seat: seat})),
			"command":    second(h.Command(h.ctx, a, theMeeting, RoomCommand{ID: rand.Text(), Kind: CmdRaise})),
			"finish":     second(h.Command(h.ctx, a, theMeeting, RoomCommand{ID: rand.Text(), Kind: CmdFinish})),
			"open":       second(h.Open(h.ctx, a, theMeeting)),
			"reopen":     h.ReopenLink(h.ctx, a, theMeeting, annID),
			"exempt":     second(h.Exempt(h.ctx, a, theMeeting, annID, "abroad", "")),
			"chat":       second(h.Chat(h.ctx, a, theMeeting, 0, 5)),
			"say":        second(h.Say(h.ctx, a, theMeeting, "", "x")),
			"hide":       second(h.HideChat(h.ctx, a, theMeeting, 1, "x")),
			"switch":     second(h.SwitchChat(h.ctx, a, theMeeting, false)),
			"show":       second(h.Show(h.ctx, a, theMeeting, thePaper, 1)),
			"screen":     second(h.ShareScreen(h.ctx, a, theMeeting, true)),
			"motions":    second(h.Motions(h.ctx, a, theMeeting)),
			"move":       second(h.Move(h.ctx, a, theMeeting, "", MotionText{Title: "x", Ballot: "motion"})),
			"vote":       second(h.Vote(h.ctx, a, theMeeting, m, CastBallot{Choice: For})),
			"close vote": second(h.CloseVote(h.ctx, a, theMeeting, m)),
			"withdraw":   second(h.WithdrawMotion(h.ctx, a, theMeeting, m)),
			"statements": second(h.Statements(h.ctx, a, theMeeting)),
			"state":      second(h.State(h.ctx, a, theMeeting, "", HandIn{Text: "x"})),
			"audio":      second(h.StateAudio(h.ctx, a, theMeeting, "", HandIn{}, strings.NewReader("OggS"))),
			"topic":      h.mayHear(h.ctx, a, theMeeting),
		} {
			if !fault.Is(err, fault.KindNotFound) {
				t.Errorf("%s, %s: %v, want not found", who, what, err)
			}
		}
	}
	before := h.now().Version
	for _, id := range []db.ID{annID, guestID} { // of the meeting, and no host
		a := person(id)
		for what, err := range map[string]error{
			"host":     second(h.HostView(h.ctx, a, theMeeting)),
			"finish":   second(h.Command(h.ctx, a, theMeeting, RoomCommand{ID: rand.Text(), Kind: CmdFinish})),
			"open":     second(h.Open(h.ctx, a, theMeeting)),
			"reopen":   h.ReopenLink(h.ctx, a, theMeeting, annID),
			"exempt":   second(h.Exempt(h.ctx, a, theMeeting, annID, "abroad", "")),
			"switch":   second(h.SwitchChat(h.ctx, a, theMeeting, false)),
			"move":     second(h.Move(h.ctx, a, theMeeting, "", MotionText{Title: "x", Ballot: "motion"})),
			"withdraw": second(h.WithdrawMotion(h.ctx, a, theMeeting, m)),
			"for them": second(h.State(h.ctx, a, theMeeting, "", HandIn{Person: bobID, Text: "x"})),
		} {
			if !fault.Is(err, fault.KindForbidden) {
				t.Errorf("%s, %s: %v, want forbidden", names[id], what, err)
			}
		}
	}
	if after := h.now().Version; after != before {
		t.Errorf("the room moved from %d to %d", before, after)
	}
}

func second[T any](_ T, err error) error { return err }

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A crowd raises its hands at the same moment, half of it on either node.
func TestAStormOfHands(t *testing.T) {
	dsn := testkit.PostgresDSN(t)
	h := newHouse(t, testkit.OpenStore(t, dsn))
	nodes := []*Rooms{h.Rooms, h.node(testkit.OpenStore(t, dsn), "other")}
	const crowd = 60
	first := db.ID(1000)
	for i := range crowd {
		h.plans.plan.People = append(h.plans.plan.People, Invited{Person: first + db.ID(i), Name: "群众", Belongs: true, Votes: true})
	}
	at := func(i int) *Rooms { return nodes[i%2] }
	everybody := func(what string, do func(i int, id db.ID) error) {
		t.Helper()
		began := time.Now()
		var wg sync.WaitGroup
		for i := range crowd {
			wg.Go(func() {
				if err := do(i, first+db.ID(i)); err != nil {
					t.Errorf("%s: %v", what, err)
				}
			})
		}
		wg.Wait()
		t.Logf("%s: %v", what, time.Since(began).Round(time.Millisecond))
	}
	h.enter(chairID)
	everybody("sixty come in", func(i int, id db.ID) error {
		_, err := at(i).Enter(h.ctx, person(id), theMeeting, Enter{How: ByAudio, Device: fmt.Sprint("device-of-", id)})
		return err
	})
	if _, err := h.Open(h.ctx, person(chairID), theMeeting); err != nil {
		t.Fatal(err)
	}
	h.must(chairID, RoomCommand{Kind: CmdOpen, Stage: "discussion"})
	everybody("sixty hands", func(i int, id db.ID) error {
		_, err := at(i+1).Command(h.ctx, person(id), theMeeting, RoomCommand{ID: "hand-" + id.String(), Kind: CmdRaise})
		return err
	})
	if st := h.now(); len(st.Turns) != 1 || len(st.Hands) != crowd-1 || st.Counts.Here != crowd+1 {
		t.Errorf("%d turns, %d hands, %d here", len(st.Turns), len(st.Hands), st.Counts.Here)
	}
}

func TestEverybodySpeaksOrTheHostSaysWhyNot(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.plans.plan.Stages[2].Mode = profile.EveryoneSpeaks
		h.all("discussion")
		for _, id := range []db.ID{chairID, deputyID, annID} {
			h.must(id, RoomCommand{Kind: CmdRaise})
			h.must(id, RoomCommand{Kind: CmdYield})
		}
		h.must(bobID, RoomCommand{Kind: CmdPass})
		if _, err := h.State(h.ctx, person(cayID), theMeeting, "", HandIn{Text: "书面发言"}); err != nil {
			t.Fatal(err)
		}
		err := h.command(h.Rooms, chairID, RoomCommand{Kind: CmdClose})
		h.refused(err, CodeNotAllHeard)
		if u := h.now().Unheard; u.Count != 1 || u.People[0] != danID {
			t.Errorf("not yet heard: %+v, want Dan", u)
		}
		h.must(chairID, RoomCommand{Kind: CmdClose, Reason: "信号不好，会后补谈"})
		if n := h.rows(`SELECT COUNT(*) FROM room_log WHERE kind = 'overridden' AND reason = '信号不好，会后补谈'`); n != 1 {
			t.Error("the reason is not on record")
		}
	})
}
