package meeting

import (
	"os"
	"testing"

	"wozai/internal/profile"
)

// The same code under other rules does other things.
func TestRulesComeFromTheProfile(t *testing.T) {
	odd, err := profile.Parse(os.DirFS("../profile/testdata/odd"))
	if err != nil {
		t.Fatal(err)
	}
	moot, err := odd.MeetingKind("moot")
	if err != nil {
		t.Fatal(err)
	}
	party, err := profile.Load("party")
	if err != nil {
		t.Fatal(err)
	}
	general, err := party.MeetingKind("general")
	if err != nil {
		t.Fatal(err)
	}
	people := branch(22, 8)
	motion, _ := general.Ballot("motion")
	if q := CountQuorum(motion.Quorum, people); q.Met || q.Needed != 11 || q.Short != 3 {
		t.Errorf("party: %+v", q)
	}
	lot, _ := moot.Ballot("motion")
	if q := CountQuorum(lot.Quorum, people); !q.Met || q.Needed != 7 {
		t.Errorf("odd: %+v", q)
	}
	m, err := OpenMotion(Motion{State: MotionDraft}, lot, people, 1, t0)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range people[:4] { // 3/7 of 8 is 3.43: four
		if m, err = Cast(m, a, CastVote{Choice: For}, t0); err != nil {
			t.Fatal(err)
		}
	}
	if m, _ = CloseMotion(m, people, 1, t0); !m.Result.Carried || m.Result.Needed != 4 || m.Result.Base != 8 {
		t.Errorf("odd majority: %+v", m.Result)
	}

	s := StageFrom(moot, moot.Stages[0], nil)
	if s.Seconds != 77 || s.PassOn != profile.PassHost || s.StatementsCount {
		t.Errorf("odd stage %+v", s)
	}
	r := newRoom(t, 2, s)
	r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "all"})
	r.ok(FloorCommand{Kind: CmdRaise, By: 2})
	r.holders() // the host calls
	r.ok(FloorCommand{Kind: CmdState, By: 2, Statement: 70})
	if len(r.f.Unheard("all")) != 2 {
		t.Error("a statement counts although the profile says it does not")
	}
	life, _ := party.MeetingKind("organisation_life")
	everyone, _ := life.Stage("everyone")
	r = newRoom(t, 2, StageFrom(life, everyone, nil))
	r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "everyone"})
	r.ok(FloorCommand{Kind: CmdRaise, By: 2})
	r.holders(2) // the floor passes on by itself
}

func TestWhoSwitchesToWritingGivesUpTheFloor(t *testing.T) {
	r := newRoom(t, 2, stage(profile.Queue, "talk"))
	r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "talk"})
	r.ok(FloorCommand{Kind: CmdRaise, By: 2})
	r.ok(FloorCommand{Kind: CmdJoin, Person: 2, How: ByWriting})
	r.ended(2, EndLeft)
	r.holders()
}
