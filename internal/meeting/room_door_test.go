package meeting

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
	"wozai/internal/change"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/testkit"
)

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

// A device goes out with whoever brought it: its connection must not go on hearing the room because
// somebody else sits at it too. Who is removed beside them goes alone.
func TestWhoIsRemovedTakesTheirDeviceAlong(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	h.enter(chairID)
	seat := h.enter(annID, func(e *Enter) { e.With = []db.ID{bobID, cayID} }).Seat
	h.must(chairID, RoomCommand{Kind: CmdRemove, Person: cayID, Reason: "干扰会议"})
	if r := h.roster(); h.in(r, annID) == nil || h.in(r, bobID) == nil || h.in(r, cayID) != nil {
		t.Fatalf("after one beside her was removed: %+v", r.People)
	}
	h.must(chairID, RoomCommand{Kind: CmdRemove, Person: annID, Reason: "干扰会议"})
	if r := h.roster(); h.in(r, bobID) != nil {
		t.Errorf("Bob sits at a device that is out: %+v", r.People)
	}
	want, _, err := h.Desired(h.ctx, MediaRoom(theMeeting))
	if _, still := want[seat.String()]; err != nil || still {
		t.Errorf("the removed device is wanted at the SFU: %+v %v", want, err)
	}
	h.enter(bobID) // with one of his own
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

// Who leads a meeting without being an officer sees who is excused, not why.
func TestTheReasonForLeaveIsTheOfficers(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.plans.mu.Lock()
		i := slices.IndexFunc(h.plans.plan.People, func(x Invited) bool { return x.Person == annID })
		h.plans.plan.People[i].Excuse, h.plans.plan.People[i].ExcusedBy = "illness", chairID
		h.plans.mu.Unlock()
		h.enter(chairID)
		officer := person(chairID)
		officer.Grants = []access.Grant{{Role: access.Officer, UnitID: theUnit.ID, Path: theUnit.Path}}
		for _, c := range []struct {
			who  access.Actor
			want string
		}{{person(chairID), ""}, {officer, "illness"}} {
			v, err := h.HostView(h.ctx, c.who, theMeeting)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(v.Missing, func(x HostMissing) bool { return x.ID == annID })
			if x := v.Missing[i]; !x.Granted || x.Excuse != c.want {
				t.Errorf("Ann is shown as %+v, want the reason %q", x, c.want)
			}
		}
	})
}

func TestWhoIsTakenOffTheListIsCutOff(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.all("discussion")
		h.must(guestID, RoomCommand{Kind: CmdRaise})
		seat := h.in(h.roster(), guestID).Seat
		h.plans.mu.Lock()
		h.plans.plan.People = slices.DeleteFunc(h.plans.plan.People, func(p Invited) bool { return p.Person == guestID })
		h.plans.mu.Unlock()
		if err := h.store.Change.Do(h.ctx, access.SystemActor("test"), func(ctx context.Context, tx *change.Tx) error {
			tx.AppendOnly()
			return tx.Event(ctx, topic(theMeeting), eventList, theMeeting, 0)
		}); err != nil {
			t.Fatal(err)
		}
		h.await(h.Rooms, "the guest is out", func(st RoomState) bool { return len(st.Turns) == 0 })
		if h.in(h.roster(), guestID) != nil {
			t.Error("the guest is still in the roster")
		}
		want, _, err := h.Desired(h.ctx, MediaRoom(theMeeting))
		if _, there := want[seat.String()]; there || err != nil {
			t.Errorf("the guest may still be connected (%v)", err)
		}
		_, err = h.Beat(h.ctx, person(guestID), theMeeting, Beat{Seat: seat})
		h.refused(err, CodeSeatLost)
		_, err = h.Enter(h.ctx, person(guestID), theMeeting, Enter{How: ByVideo, Device: "device-of-guest"})
		h.refused(err, CodeNotInvited)
		if err := h.mayHear(h.ctx, person(guestID), theMeeting); err == nil {
			t.Error("the guest still hears of the room")
		}
	})
}
