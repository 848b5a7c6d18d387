package meeting

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/profile"
)

var t0 = time.Date(2020, 2, 14, 9, 0, 0, 0, time.UTC)

// room is a floor under test with a clock; people 1 (chair), 2, 3 … sit at seats 101, 102, 103 …
type room struct {
	t      *testing.T
	f      Floor
	now    time.Time
	events []FloorEvent // of the last command
}

func newRoom(t *testing.T, people int, stages ...FloorStage) *room {
	t.Helper()
	r := &room{t: t, now: t0, f: NewFloor(900, 1, []db.ID{2}, stages, DefaultFloorSettings())}
	for i := 1; i <= people; i++ {
		r.ok(FloorCommand{Kind: CmdJoin, Person: db.ID(i), Seat: db.ID(100 + i), How: ByVideo})
	}
	return r
}

func stage(mode profile.Mode, key string) FloorStage {
	s := FloorStage{Key: key, Mode: mode, Seconds: 180, Warning: 30, Overtime: profile.OvertimePassOn,
		PassOn: profile.PassAuto, Microphones: 1, StatementsCount: true}
	if mode == profile.Open {
		s.Microphones = 3
	}
	return s
}

// try sends a command based on the present version unless it names one.
func (r *room) try(c FloorCommand) error {
	r.t.Helper()
	if c.Version == 0 {
		c.Version = r.f.Version
	}
	before, _ := json.Marshal(r.f)
	f, events, err := Apply(r.f, c, r.now)
	if after, _ := json.Marshal(r.f); string(after) != string(before) {
		r.t.Fatalf("%s altered the state it was given", c.Kind)
	}
	r.f, r.events = f, events
	return err
}

func (r *room) ok(c FloorCommand) {
	r.t.Helper()
	if err := r.try(c); err != nil {
		r.t.Fatalf("%s: %v", c.Kind, err)
	}
}

func (r *room) refused(code string, c FloorCommand) *fault.Fault {
	r.t.Helper()
	err := r.try(c)
	if fault.Code(err) != code {
		r.t.Fatalf("%s: got %v, want %s", c.Kind, err, code)
	}
	f, _ := err.(*fault.Fault)
	return f
}

func (r *room) wait(d time.Duration) { r.now = r.now.Add(d) }

func (r *room) holders(want ...db.ID) {
	r.t.Helper()
	got := []db.ID{}
	for _, t := range r.f.Turns {
		got = append(got, t.Person)
	}
	if want == nil {
		want = []db.ID{}
	}
	if !reflect.DeepEqual(got, want) {
		r.t.Fatalf("the floor is with %v, want %v", got, want)
	}
}

func (r *room) ended(person db.ID, reason string) FloorEvent {
	r.t.Helper()
	for _, e := range r.events {
		if e.Kind == EvTurnEnded && e.Person == person {
			if e.Reason != reason {
				r.t.Fatalf("%d's turn ended %q, want %q", person, e.Reason, reason)
			}
			return e
		}
	}
	r.t.Fatalf("%d's turn did not end: %+v", person, r.events)
	return FloorEvent{}
}

func TestQueue(t *testing.T) {
	r := newRoom(t, 4, stage(profile.Queue, "talk"))
	r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "talk"})
	r.ok(FloorCommand{Kind: CmdRaise, By: 3})
	r.holders(3) // the floor was free
	r.ok(FloorCommand{Kind: CmdRaise, By: 4})
	r.ok(FloorCommand{Kind: CmdRaise, By: 1}) // the chair queues like everyone
	r.ok(FloorCommand{Kind: CmdRaise, By: 2})
	version := r.f.Version
	r.ok(FloorCommand{Kind: CmdRaise, By: 2}) // again: nothing happens
	if r.f.Version != version || len(r.events) != 0 {
		t.Fatal("a raised hand was raised again")
	}
	r.ok(FloorCommand{Kind: CmdWithdraw, By: 4})
	r.wait(90 * time.Second)
	r.ok(FloorCommand{Kind: CmdYield, By: 3})
	if e := r.ended(3, EndYielded); e.SpokenMS != 90_000 {
		t.Fatalf("spoke %d ms, want 90000", e.SpokenMS)
	}
	r.holders(1)
	r.refused(CodeNotYours, FloorCommand{Kind: CmdYield, By: 3, Person: 1})
	r.refused(CodeHoldsNot, FloorCommand{Kind: CmdYield, By: 3})
	r.refused(CodeNotHost, FloorCommand{Kind: CmdGive, By: 3, Person: 3})
	p, _ := r.f.Person(3)
	if p.SpokenMS != 90_000 || p.Turns != 1 {
		t.Fatalf("totals %+v", p)
	}
}

func TestTheClockPassesTheFloorOn(t *testing.T) {
	r := newRoom(t, 3, stage(profile.Queue, "talk"))
	r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "talk"})
	r.ok(FloorCommand{Kind: CmdRaise, By: 2})
	r.ok(FloorCommand{Kind: CmdRaise, By: 3})
	turn := r.f.Turns[0]
	if turn.WarnAt != db.At(t0.Add(150*time.Second)) || turn.DueAt != db.At(t0.Add(180*time.Second)) || turn.EndsAt != turn.DueAt {
		t.Fatalf("clock %+v", turn)
	}
	timer := r.f.Timers()[0]
	if timer.At != turn.EndsAt || timer.Command.Turn != turn.ID {
		t.Fatalf("timer %+v", timer)
	}
	r.wait(100 * time.Second)
	r.refused(CodeTooEarly, timer.Command)
	r.refused(CodeServerOnly, FloorCommand{Kind: CmdExpire, By: 3, Turn: turn.ID})
	r.ok(FloorCommand{Kind: CmdExtend, By: 1, Seconds: 60})
	r.wait(80 * time.Second)
	r.refused(CodeStale, timer.Command) // the timer of before the extension
	timer = r.f.Timers()[0]
	r.wait(60 * time.Second)
	r.ok(timer.Command)
	r.ended(2, EndExpired)
	r.holders(3)
	r.refused(CodeStale, timer.Command) // two nodes, one timer
}

func TestOvertime(t *testing.T) {
	for _, c := range []struct {
		overtime profile.Overtime
		end      time.Duration // after the start; 0 never
	}{{profile.OvertimePassOn, 180 * time.Second}, {profile.OvertimeGrace, 200 * time.Second}, {profile.OvertimeRemind, 0}} {
		s := stage(profile.Queue, "talk")
		s.Overtime, s.Grace = c.overtime, 20
		r := newRoom(t, 2, s)
		r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "talk"})
		r.ok(FloorCommand{Kind: CmdRaise, By: 2})
		want := db.Time(0)
		if c.end > 0 {
			want = db.At(t0.Add(c.end))
		}
		if got := r.f.Turns[0]; got.EndsAt != want || got.DueAt != db.At(t0.Add(180*time.Second)) {
			t.Errorf("%s: due %v, ends %v", c.overtime, got.DueAt.Std(), got.EndsAt.Std())
		}
		r.wait(190 * time.Second) // ten seconds over
		r.ok(FloorCommand{Kind: CmdExtend, By: 1, Seconds: 60})
		if got := r.f.Turns[0].DueAt; got != db.At(r.now.Add(60*time.Second)) {
			t.Errorf("%s: extended to %v", c.overtime, got.Std())
		}
	}
}

func TestTwoHostsNeverMakeTwoHolders(t *testing.T) {
	r := newRoom(t, 4, stage(profile.Queue, "talk"))
	r.ok(FloorCommand{Kind: CmdHosts, By: 1, People: []db.ID{2}, Deputies: []db.ID{2}})
	r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "talk"})
	seen := r.f.Version
	r.ok(FloorCommand{Kind: CmdGive, By: 1, Person: 3, Version: seen})
	r.refused(CodeStale, FloorCommand{Kind: CmdGive, By: 2, Person: 4, Version: seen})
	r.holders(3)
	// A hand raised meanwhile makes nobody's tap stale.
	seen = r.f.Version
	r.ok(FloorCommand{Kind: CmdRaise, By: 2})
	r.ok(FloorCommand{Kind: CmdGive, By: 1, Person: 4, Version: seen})
	r.holders(4)
	r.refused(CodeStale, FloorCommand{Kind: CmdGive, By: 1, Person: 3, Version: r.f.Version + 1})
}

func TestTakeAndReturn(t *testing.T) {
	r := newRoom(t, 3, stage(profile.Queue, "talk"))
	r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "talk"})
	r.ok(FloorCommand{Kind: CmdRaise, By: 2})
	r.ok(FloorCommand{Kind: CmdRaise, By: 3})
	r.wait(time.Minute)
	r.ok(FloorCommand{Kind: CmdTake, By: 1})
	r.holders(1)
	if len(r.f.Timers()) != 0 {
		t.Fatal("the interrupted speaker's clock runs")
	}
	r.wait(10 * time.Minute)
	r.ok(FloorCommand{Kind: CmdReturn, By: 1})
	r.holders(2)
	if got := r.f.Turns[0].EndsAt; got != db.At(r.now.Add(2*time.Minute)) {
		t.Fatalf("two minutes were left, ends %v at %v", got.Std(), r.now)
	}
	r.wait(30 * time.Second)
	r.ok(FloorCommand{Kind: CmdTake, By: 1})
	r.wait(time.Minute)
	r.ok(FloorCommand{Kind: CmdYield, By: 1}) // the same by simply finishing
	r.holders(2)
	r.ok(FloorCommand{Kind: CmdYield, By: 2})
	if e := r.ended(2, EndYielded); e.SpokenMS != 90_000 {
		t.Fatalf("spoke %d ms, want 90000", e.SpokenMS)
	}
	if chair, _ := r.f.Person(1); chair.SpokenMS != 0 || chair.Turns != 0 {
		t.Fatalf("leading the meeting was counted as speaking: %+v", chair)
	}
	r.holders(3)
}

func TestRoundOnceEach(t *testing.T) {
	r := newRoom(t, 3, stage(profile.Round, "round"))
	r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "round"})
	r.ok(FloorCommand{Kind: CmdRaise, By: 2})
	r.ok(FloorCommand{Kind: CmdYield, By: 2})
	r.ok(FloorCommand{Kind: CmdRaise, By: 2}) // waits: 1 and 3 have not spoken
	r.holders()
	e := r.refused(CodeOnceEach, FloorCommand{Kind: CmdGive, By: 1, Person: 2})
	if e.Params["waiting"] != 2 {
		t.Fatalf("params %v", e.Params)
	}
	r.refused(CodeNobodyWaits, FloorCommand{Kind: CmdGrant, By: 1})
	r.ok(FloorCommand{Kind: CmdPass, By: 3})
	r.ok(FloorCommand{Kind: CmdGive, By: 1, Person: 1})
	r.ok(FloorCommand{Kind: CmdYield, By: 1})
	r.holders(2) // now it is their second time
}

func TestKeynoteOrder(t *testing.T) {
	s := stage(profile.Keynote, "keynote")
	s.Order = []db.ID{3, 5, 2}
	r := newRoom(t, 4, s)
	r.ok(FloorCommand{Kind: CmdTake, By: 1})
	r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "keynote"})
	r.holders(1) // the host introduces
	r.ok(FloorCommand{Kind: CmdRaise, By: 4})
	r.ok(FloorCommand{Kind: CmdYield, By: 1})
	r.holders(3)
	r.ok(FloorCommand{Kind: CmdYield, By: 3})
	r.holders(2) // 5 has not come
	r.ok(FloorCommand{Kind: CmdSkip, By: 1})
	r.holders() // a hand is not a keynote: it waits for the host
	r.ok(FloorCommand{Kind: CmdGrant, By: 1})
	r.holders(2) // passed over, still owed
	r.ok(FloorCommand{Kind: CmdYield, By: 2})
	r.ok(FloorCommand{Kind: CmdGrant, By: 1})
	r.holders(4)
}

func TestOpenDiscussion(t *testing.T) {
	r := newRoom(t, 5, stage(profile.Open, "talk"))
	r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "talk"})
	for i := 2; i <= 5; i++ {
		r.ok(FloorCommand{Kind: CmdRaise, By: db.ID(i)})
	}
	r.holders(2, 3, 4)
	r.refused(CodeMicrophones, FloorCommand{Kind: CmdGive, By: 1, Person: 5})
	r.ok(FloorCommand{Kind: CmdTake, By: 1}) // the host always gets in
	r.holders(3, 4, 1)
	r.ok(FloorCommand{Kind: CmdYield, By: 3})
	r.holders(4, 1, 2) // back first
}

func TestEveryoneSpeaks(t *testing.T) {
	r := newRoom(t, 4, stage(profile.EveryoneSpeaks, "all"))
	r.ok(FloorCommand{Kind: CmdJoin, Person: 9, Seat: 109, How: ByVideo, Observer: true})
	r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "all"})
	r.ok(FloorCommand{Kind: CmdState, By: 4, Statement: 70})
	r.ok(FloorCommand{Kind: CmdPass, By: 3})
	r.ok(FloorCommand{Kind: CmdRaise, By: 2})
	if got := r.f.NotYetSpoken(); !reflect.DeepEqual(got, []db.ID{1}) {
		t.Fatalf("not yet spoken %v, want 1", got)
	}
	e := r.refused(CodeNotAllHeard, FloorCommand{Kind: CmdClose, By: 1})
	if !reflect.DeepEqual(e.Params["people"], []db.ID{1}) {
		t.Fatalf("waiting for %v", e.Params)
	}
	r.holders(2) // nothing changed by being refused
	r.refused(CodeNotAllHeard, FloorCommand{Kind: CmdFinish, By: 1, Reason: "  "})
	r.ok(FloorCommand{Kind: CmdClose, By: 1, Reason: "会后单独听取"})
	o := r.f.Stages[0].Override
	if o == nil || o.By != 1 || o.Reason != "会后单独听取" || !reflect.DeepEqual(o.Unheard, []db.ID{1}) {
		t.Fatalf("override %+v", o)
	}
}

func TestEveryoneSpeaksClosesByItself(t *testing.T) {
	r := newRoom(t, 2, stage(profile.EveryoneSpeaks, "all"))
	r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "all"})
	r.ok(FloorCommand{Kind: CmdRaise, By: 1})
	r.ok(FloorCommand{Kind: CmdYield, By: 1})
	r.ok(FloorCommand{Kind: CmdRaise, By: 2})
	r.ok(FloorCommand{Kind: CmdClose, By: 1}) // who is speaking has spoken
	if r.f.Stages[0].Override != nil {
		t.Fatal("an override without need")
	}
}

func TestALeaverKeepsPlaceAndFloorForAWhile(t *testing.T) {
	r := newRoom(t, 3, stage(profile.Queue, "talk"))
	r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "talk"})
	r.ok(FloorCommand{Kind: CmdRaise, By: 2})
	r.ok(FloorCommand{Kind: CmdRaise, By: 3})
	r.wait(time.Minute)
	r.ok(FloorCommand{Kind: CmdLost, Seat: 102})
	r.holders(2)
	if r.f.Publishers()[102].Microphone {
		t.Fatal("a seat that is gone has a microphone")
	}
	r.wait(5 * time.Second)
	r.ok(FloorCommand{Kind: CmdJoin, Person: 2, Seat: 202, How: ByAudio}) // back on a phone
	if got := r.f.Publishers()[202]; !got.Microphone || got.Camera {
		t.Fatalf("back with %+v", got)
	}
	if got := r.f.Turns[0].EndsAt; got != db.At(t0.Add(185*time.Second)) {
		t.Fatalf("the clock did not stand: ends %v", got.Std())
	}
	r.ok(FloorCommand{Kind: CmdLost, Seat: 102}) // the old connection is noticed late
	r.holders(2)
	r.ok(FloorCommand{Kind: CmdLost, Seat: 202})
	timers := r.f.Timers()
	r.wait(19 * time.Second)
	r.refused(CodeTooEarly, timers[0].Command)
	r.wait(time.Second)
	r.ok(timers[0].Command)
	r.ended(2, EndLost)
	r.holders(3)
	if r.f.Hands[0].Person != 2 {
		t.Fatal("who lost the floor is not first in line")
	}
	r.wait(time.Minute)
	r.ok(FloorCommand{Kind: CmdJoin, Person: 2, Seat: 302, How: ByVideo})
	r.ok(FloorCommand{Kind: CmdYield, By: 3})
	r.holders(2)
	r.ok(FloorCommand{Kind: CmdLost, Seat: 302})
	r.wait(121 * time.Second)
	r.ok(FloorCommand{Kind: CmdGone, Person: 2})
	if p, _ := r.f.Person(2); p.State != Left {
		t.Fatalf("after two minutes %+v", p)
	}
}

func TestNewerDeviceTakesOver(t *testing.T) {
	r := newRoom(t, 2, stage(profile.Queue, "talk"))
	r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "talk"})
	r.ok(FloorCommand{Kind: CmdRaise, By: 2})
	mark := r.f.Mark
	r.ok(FloorCommand{Kind: CmdJoin, Person: 2, Seat: 202, How: ByVideo})
	if r.events[0].Kind != EvSeatTaken || r.events[0].Seat != 102 {
		t.Fatalf("events %+v", r.events)
	}
	pub := r.f.Publishers()
	if _, old := pub[102]; old || !pub[202].Microphone || r.f.Mark == mark {
		t.Fatalf("publishers %+v", pub)
	}
}

func TestSharedVenue(t *testing.T) {
	r := newRoom(t, 2, stage(profile.EveryoneSpeaks, "all"))
	for _, id := range []db.ID{11, 12, 13} {
		r.ok(FloorCommand{Kind: CmdJoin, Person: id, Seat: 500, How: ByShared})
	}
	r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "all"})
	r.ok(FloorCommand{Kind: CmdRaise, By: 11, Person: 12}) // one device, three people
	r.refused(CodeNotYours, FloorCommand{Kind: CmdRaise, By: 2, Person: 13})
	r.holders(12)
	if !r.f.Publishers()[500].Microphone {
		t.Fatal("the microphone does not follow the holder's seat")
	}
	r.ok(FloorCommand{Kind: CmdYield, By: 13, Person: 12})
	if got := r.f.NotYetSpoken(); !reflect.DeepEqual(got, []db.ID{1, 2, 11, 13}) {
		t.Fatalf("not yet spoken %v", got)
	}
	r.ok(FloorCommand{Kind: CmdLost, Seat: 500})
	away := 0
	for _, p := range r.f.People {
		if p.State == Away {
			away++
		}
	}
	if away != 3 {
		t.Fatalf("%d away, want 3", away)
	}
}

func TestTelephoneAndStatements(t *testing.T) {
	r := newRoom(t, 3, stage(profile.EveryoneSpeaks, "all"))
	r.refused(CodeServerOnly, FloorCommand{Kind: CmdJoin, By: 2, Person: 20, How: ByPhone})
	r.ok(FloorCommand{Kind: CmdJoin, By: 1, Person: 20, How: ByPhone})
	r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "all"})
	r.ok(FloorCommand{Kind: CmdState, By: 1, Person: 30, Statement: 71}) // who could not come writes
	if got := r.f.NotYetSpoken(); !reflect.DeepEqual(got, []db.ID{1, 2, 3, 20}) {
		t.Fatalf("not yet spoken %v: writing is not presence, the telephone is", got)
	}
	r.ok(FloorCommand{Kind: CmdRaise, By: 1, Person: 20})
	r.refused(CodeNotYours, FloorCommand{Kind: CmdYield, By: 3, Person: 20})
	for _, s := range r.f.Publishers() {
		if s.Microphone {
			t.Fatal("a telephone has no microphone here")
		}
	}
	r.ok(FloorCommand{Kind: CmdYield, By: 1, Person: 20})
	r.ok(FloorCommand{Kind: CmdGive, By: 1, Person: 20, Reader: 1}) // held to the host's microphone
	if !r.f.Publishers()[101].Microphone {
		t.Fatal("the relay has no microphone")
	}
	r.ok(FloorCommand{Kind: CmdPlay, By: 1, Person: 30, Statement: 71, Reader: 2, Seconds: 240})
	r.holders(30)
	if pub := r.f.Publishers(); !pub[102].Microphone || pub[101].Microphone {
		t.Fatalf("publishers %+v", pub)
	}
	r.ok(FloorCommand{Kind: CmdPlay, By: 1, Person: 2, Statement: 72, Seconds: 60}) // a recording: no seat
	r.holders(2)
	for _, s := range r.f.Publishers() {
		if s.Microphone {
			t.Fatal("a recording needs no microphone")
		}
	}
	if len(r.f.Timers()) != 1 {
		t.Fatal("a recording ends by itself")
	}
}

func TestChairAndDeputy(t *testing.T) {
	r := newRoom(t, 3, stage(profile.Queue, "talk"))
	r.refused(CodeChairHere, FloorCommand{Kind: CmdTakeOver, By: 2})
	r.refused(CodeNotDeputy, FloorCommand{Kind: CmdTakeOver, By: 3})
	r.ok(FloorCommand{Kind: CmdLost, Seat: 101})
	r.wait(29 * time.Second)
	r.refused(CodeChairHere, FloorCommand{Kind: CmdTakeOver, By: 2})
	r.wait(time.Second)
	r.ok(FloorCommand{Kind: CmdTakeOver, By: 2})
	if r.f.Chair != 2 || r.f.IsHost(1) {
		t.Fatalf("chair %d", r.f.Chair)
	}
	r.ok(FloorCommand{Kind: CmdJoin, Person: 1, Seat: 101, How: ByVideo})
	r.refused(CodeNotHost, FloorCommand{Kind: CmdOpen, By: 1, Stage: "talk"})
	r.ok(FloorCommand{Kind: CmdChair, By: 2, Person: 1})
	if r.f.Chair != 1 || r.f.Deputy[0] != 2 {
		t.Fatalf("chair %d, deputies %v", r.f.Chair, r.f.Deputy)
	}
}

func TestLockLobbyRemove(t *testing.T) {
	r := newRoom(t, 3, stage(profile.Queue, "talk"))
	r.ok(FloorCommand{Kind: CmdLobby, By: 1, On: true})
	r.ok(FloorCommand{Kind: CmdJoin, Person: 7, Seat: 107, How: ByVideo})
	if _, in := r.f.Publishers()[107]; in {
		t.Fatal("the lobby is seen")
	}
	r.refused(CodeNotHere, FloorCommand{Kind: CmdRaise, By: 7})
	r.ok(FloorCommand{Kind: CmdAdmit, By: 1, Person: 7})
	r.ok(FloorCommand{Kind: CmdRaise, By: 7})
	r.ok(FloorCommand{Kind: CmdLock, By: 1})
	r.refused(CodeLocked, FloorCommand{Kind: CmdJoin, Person: 8, Seat: 108, How: ByVideo})
	r.ok(FloorCommand{Kind: CmdLost, Seat: 107})
	r.ok(FloorCommand{Kind: CmdJoin, Person: 7, Seat: 117, How: ByVideo}) // was in before
	r.refused(CodeChairStays, FloorCommand{Kind: CmdRemove, By: 1, Person: 1})
	r.ok(FloorCommand{Kind: CmdRemove, By: 1, Person: 7, Reason: "误入会议"})
	r.refused(CodeRemoved, FloorCommand{Kind: CmdJoin, Person: 7, Seat: 118, How: ByVideo})
	if len(r.f.Hands) != 0 {
		t.Fatal("a removed person's hand is up")
	}
	r.ok(FloorCommand{Kind: CmdReadmit, By: 1, Person: 7})
	r.ok(FloorCommand{Kind: CmdJoin, Person: 7, Seat: 118, How: ByVideo})
}

func TestVoteStage(t *testing.T) {
	r := newRoom(t, 3, stage(profile.Vote, "vote"))
	r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "vote"})
	r.ok(FloorCommand{Kind: CmdRaise, By: 2})
	r.holders()
	r.refused(CodeVoteStage, FloorCommand{Kind: CmdGive, By: 1, Person: 2})
	r.refused(CodeVoteStage, FloorCommand{Kind: CmdGrant, By: 1})
	r.ok(FloorCommand{Kind: CmdTake, By: 1})
}

func TestFinish(t *testing.T) {
	r := newRoom(t, 2, stage(profile.Queue, "talk"))
	r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "talk"})
	r.ok(FloorCommand{Kind: CmdRaise, By: 2})
	timer := r.f.Timers()[0].Command
	r.ok(FloorCommand{Kind: CmdFinish, By: 1})
	r.ended(2, EndStageClosed)
	r.refused(CodeEnded, FloorCommand{Kind: CmdRaise, By: 2})
	r.ok(timer) // late: nothing to do, no error
	r.ok(FloorCommand{Kind: CmdLost, Seat: 102})
	if len(r.f.Publishers()) != 0 || len(r.f.Timers()) != 0 {
		t.Fatal("something goes on after the end")
	}
}

func TestRestart(t *testing.T) {
	r := newRoom(t, 3, stage(profile.Queue, "talk"))
	r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "talk"})
	r.ok(FloorCommand{Kind: CmdRaise, By: 2})
	for seat := db.ID(101); seat <= 103; seat++ { // nobody is heard until they say that they are there
		r.ok(FloorCommand{Kind: CmdLost, Seat: seat})
	}
	r.wait(3 * time.Second)
	r.ok(FloorCommand{Kind: CmdJoin, Person: 2, Seat: 102, How: ByVideo})
	r.holders(2)
	if !r.f.Publishers()[102].Microphone {
		t.Fatal("the floor was not kept over a restart")
	}
}

func TestTheStateIsWholeInJSON(t *testing.T) {
	r := newRoom(t, 3, stage(profile.Queue, "talk"))
	r.now = r.now.Add(123456789) // not a whole millisecond
	r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "talk"})
	r.ok(FloorCommand{Kind: CmdRaise, By: 2})
	r.ok(FloorCommand{Kind: CmdTake, By: 1})
	b, err := json.Marshal(r.f)
	if err != nil {
		t.Fatal(err)
	}
	var back Floor
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back, r.f) {
		t.Fatalf("not the same after a round trip:\n%+v\n%+v", back, r.f)
	}
	if strings.Contains(string(b), "null") && strings.Contains(string(b), `"people":null`) {
		t.Fatal("a list is null")
	}
}

func TestCamerasAreLimited(t *testing.T) {
	r := newRoom(t, 6, stage(profile.Queue, "talk"))
	r.f.Settings.Cameras = 2
	r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "talk"})
	r.ok(FloorCommand{Kind: CmdRaise, By: 6})
	pub := r.f.Publishers()
	if len(pub) != 2 || !pub[106].Camera || !pub[101].Camera {
		t.Fatalf("publishers %+v: want the speaker and the chair", pub)
	}
	r.f.Settings.Cameras = 0
	if pub := r.f.Publishers(); len(pub) != 1 || !pub[106].Camera {
		t.Fatalf("publishers %+v: want the speaker alone", pub)
	}
}

func TestAWallNeedsFewCameras(t *testing.T) {
	r := newRoom(t, 6, stage(profile.Queue, "talk"))
	r.f.Settings.Cameras = 7
	r.ok(FloorCommand{Kind: CmdHosts, By: 1, People: []db.ID{2}})
	r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "talk"})
	r.ok(FloorCommand{Kind: CmdRaise, By: 6})
	r.ok(FloorCommand{Kind: CmdRaise, By: 5})
	r.ok(FloorCommand{Kind: CmdJoin, Person: 11, Seat: 500, How: ByShared})
	r.ok(FloorCommand{Kind: CmdJoin, Person: 12, Seat: 500, How: ByShared}) // one place for both
	r.ok(FloorCommand{Kind: CmdJoin, By: 1, Person: 30, How: ByWriting})    // and none
	check := func(what string, want ...db.ID) {
		t.Helper()
		var got []db.ID
		for seat, s := range r.f.Publishers() {
			if s.Camera {
				got = append(got, seat)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: cameras of %v, want %v", what, got, want)
		}
	}
	check("as many places as cameras", 101, 102, 103, 104, 105, 106, 500)
	r.ok(FloorCommand{Kind: CmdJoin, By: 1, Person: 20, How: ByPhone})
	check("one more, by telephone", 101, 102, 105, 106)
	r.ok(FloorCommand{Kind: CmdLost, Seat: 103})
	check("who is away keeps the place", 101, 102, 105, 106)
	r.ok(FloorCommand{Kind: CmdLeave, By: 1, Person: 20})
	check("the telephone is hung up", 101, 102, 104, 105, 106, 500)
}

// readySeats lists who may have the microphone ready.
func (r *room) readySeats() (out []db.ID) {
	for seat, s := range r.f.Publishers() {
		if s.Ready {
			out = append(out, seat)
		}
	}
	slices.Sort(out)
	return out
}

func TestTheNextInLineGetTheirMicrophonesReady(t *testing.T) {
	check := func(r *room, what string, want ...db.ID) {
		t.Helper()
		if got := r.readySeats(); !slices.Equal(got, want) {
			t.Errorf("%s: ready are %v, want %v", what, got, want)
		}
	}
	r := newRoom(t, 9, stage(profile.Queue, "q"), stage(profile.Round, "r"))
	check(r, "nobody waits")
	r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "q"})
	for p := db.ID(2); p <= 7; p++ {
		r.ok(FloorCommand{Kind: CmdRaise, By: p})
	}
	r.holders(2)
	check(r, "five wait", 103, 104, 105)
	r.f.Settings.Cameras = 1
	if pub := r.f.Publishers(); !pub[102].Camera || !pub[105].Camera || pub[106].Camera || pub[101].Camera {
		t.Errorf("cameras beyond the limit are those of who speaks and who comes next, not %+v", pub)
	}
	r.ok(FloorCommand{Kind: CmdLost, Seat: 103})
	check(r, "the first is away", 104, 105, 106)
	r.ok(FloorCommand{Kind: CmdTake, By: 1})
	check(r, "2 was interrupted", 102, 104, 105, 106)
	r.ok(FloorCommand{Kind: CmdReturn, By: 1})
	check(r, "2 goes on", 104, 105, 106)
	for p := db.ID(3); p <= 7; p++ {
		r.ok(FloorCommand{Kind: CmdWithdraw, By: 1, Person: p})
	}
	check(r, "all hands are down")
	r.ok(FloorCommand{Kind: CmdOrder, By: 1, Stage: "r", People: []db.ID{8, 9}})
	r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "r"})
	if !r.f.Publishers()[108].Microphone {
		t.Fatal("the first of the order has no microphone")
	}
	check(r, "the next of the order", 109)
	r.ok(FloorCommand{Kind: CmdFinish, By: 1})
	check(r, "after the end")
}

func TestWhoIsOffTheListIsOut(t *testing.T) {
	r := newRoom(t, 4, stage(profile.Queue, "q"))
	r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "q"})
	r.ok(FloorCommand{Kind: CmdHosts, By: 1, People: []db.ID{3}, Deputies: []db.ID{2}})
	r.ok(FloorCommand{Kind: CmdRaise, By: 3})
	r.ok(FloorCommand{Kind: CmdRaise, By: 4})
	r.holders(3)
	r.refused(CodeServerOnly, FloorCommand{Kind: CmdOff, By: 1, Person: 3})
	for range 2 {
		r.ok(FloorCommand{Kind: CmdOff, Person: 3})
	}
	r.holders(4)
	if p, _ := r.f.Person(3); p.State != Left || p.Seat != 0 || r.f.IsHost(3) || contains(r.f.Removed, 3) {
		t.Errorf("who is off the list: %+v, host %v, removed %v", p, r.f.IsHost(3), r.f.Removed)
	}
	r.ok(FloorCommand{Kind: CmdJoin, Person: 3, Seat: 203, How: ByVideo}) // on the list again
}
