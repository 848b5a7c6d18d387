package meeting

import (
	"context"
	"errors"
	"testing"

	"wozai/internal/access"
	"wozai/internal/testkit"
)

// What a node keeps of a room is never taken for what another has written since, nor for what its own
// change wrote and did not commit.
func TestWhatIsKeptOfARoomIsTheRoom(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.all("discussion")
		other := h.node(h.store, "two")
		same := func(when string) {
			t.Helper()
			stored, err := readRoom(h.ctx, h.store.DB.Read(), theMeeting)
			if err != nil {
				t.Fatal(err)
			}
			for name, node := range map[string]*Rooms{"one": h.Rooms, "two": other} {
				kept, err := node.room(h.ctx, h.store.DB.Read(), theMeeting)
				if err != nil {
					t.Fatal(err)
				}
				if a, b := asJSON(t, stored), asJSON(t, *kept); a != b {
					t.Errorf("%s: node %s has\n%s, stored is\n%s", when, name, b, a)
				}
			}
		}
		same("at first")
		h.must(annID, RoomCommand{Kind: CmdRaise})
		same("after a change here")
		if _, err := other.Command(h.ctx, person(bobID), theMeeting, RoomCommand{ID: "from-node-two", Kind: CmdRaise}); err != nil {
			t.Fatal(err)
		}
		same("after a change there")

		fails := errors.New("the disk is full")
		_, err := h.act(h.ctx, access.SystemActor("test"), theMeeting, func(ctx context.Context, r *roomTx) error {
			r.doc.ChatOff = true
			r.touch()
			if err := r.save(ctx); err != nil {
				return err
			}
			if mine, err := r.s.room(ctx, r.Tx, theMeeting); err != nil || !mine.ChatOff {
				t.Errorf("the change does not see what it wrote: %+v %v", mine, err)
			}
			return fails
		})
		if !errors.Is(err, fails) {
			t.Fatal(err)
		}
		same("after a change that failed")
		h.must(annID, RoomCommand{Kind: CmdWithdraw})
		same("after another with the same version")
	})
}

// A read that was under way when another node's change was heard of does not put the room back to what
// it was: in a quiet room nothing would correct it.
func TestALateReadIsNotKept(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	h.all("discussion")
	other := h.node(h.store, "two")
	late, err := readRoom(h.ctx, h.store.DB.Read(), theMeeting)
	if err != nil {
		t.Fatal(err)
	}
	h.must(annID, RoomCommand{Kind: CmdRaise})
	now := h.now().Version
	other.moved(theMeeting, now)
	other.keep(&late)
	if doc, err := other.snapshot(h.ctx, theMeeting); err != nil || doc.Floor.Version != now {
		t.Errorf("kept is version %d (%v), the room is at %d", doc.Floor.Version, err, now)
	}
}

// Whoever has just come in at one node is not turned away by another that has not heard of it yet.
func TestWhoHasJustComeInIsKnownEverywhere(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	h.enter(chairID)
	other := h.node(h.store, "two")
	if _, err := other.snapshot(h.ctx, theMeeting); err != nil { // from before
		t.Fatal(err)
	}
	in := h.enter(annID)
	if _, err := other.Beat(h.ctx, person(annID), theMeeting, Beat{Seat: in.Seat}); err != nil {
		t.Errorf("the first beat, at another node: %v", err)
	}
	if err := other.HideFace(h.ctx, person(annID), theMeeting, in.Seat); err != nil {
		t.Errorf("a face, at another node: %v", err)
	}
}
