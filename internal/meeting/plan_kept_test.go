package meeting_test

import (
	"context"
	"testing"

	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/meeting"
	"wozai/internal/meeting/meetingtest"
	"wozai/internal/org"
	"wozai/internal/testkit"
)

// Who may come in, and as what, is known on every node with the commit, however it was changed.
func TestAKeptPlanIsNeverOlderThanTheList(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := meetingtest.New(t, s)
		id := h.Announced(h.Tomorrow()).ID
		other := &meeting.Service{DB: s.DB, Change: s.Change, Profile: h.Meeting.Profile, Lang: h.Meeting.Lang}
		on := func(who db.ID) (meeting.Invited, bool) {
			t.Helper()
			p, err := other.Plan(h.Ctx, s.DB.Read(), id)
			h.OK(err)
			return p.Person(who)
		}
		guest, member := h.MemberB.PersonID, h.Members[0].PersonID
		if _, listed := on(guest); listed {
			t.Fatal("is on the list already")
		}
		_, err := h.Meeting.Invite(h.Ctx, h.Secretary, id, org.Selection{PersonIDs: []db.ID{guest}})
		h.OK(err)
		if p, listed := on(guest); !listed || !p.Observer {
			t.Errorf("invited: %+v", p)
		}
		h.OK(h.Meeting.Uninvite(h.Ctx, h.Secretary, id, guest))
		if _, listed := on(guest); listed {
			t.Error("is still let in after having been taken off the list")
		}
		h.OK(h.Meeting.DecideLeave(h.Ctx, h.Secretary, id, member, true, "duty", ""))
		if p, _ := on(member); p.ExcusedBy == 0 {
			t.Error("is not excused")
		}
		h.OK(h.Meeting.Answer(h.Ctx, h.Members[0], id, meeting.Reply{Answer: meeting.AnswerYes}))
		if p, _ := on(member); p.ExcusedBy != 0 || p.Excuse != "" {
			t.Errorf("comes after all: %+v", p)
		}
		newcomer := h.Place("后来人", h.A, "member", "full").PersonID
		h.OK(h.Meeting.Refresh(h.Ctx, h.A.ID))
		if p, listed := on(newcomer); !listed || !p.Votes {
			t.Errorf("newcomer: %+v", p)
		}
		d := h.Detail(id)
		h.OK(h.Meeting.Cancel(h.Ctx, h.Secretary, id, d.Version, "停电"))
		if p, err := other.Plan(h.Ctx, s.DB.Read(), id); err != nil || p.State != "cancelled" {
			t.Errorf("called off: %s %v", p.State, err)
		}
	})
}

// The room hears of whoever is taken off the list, also when that is noticed only as the meeting opens:
// they may be seated already.
func TestTheRoomHearsWhoIsTakenOffAtTheOpening(t *testing.T) {
	h := meetingtest.New(t, testkit.SQLiteStore(t))
	id := h.Announced(h.Tomorrow()).ID
	var left org.Membership
	h.OK(db.Get(h.Ctx, h.DB.Read(), &left.ID, `SELECT id FROM membership WHERE person_id = $1`, h.Members[2].PersonID))
	h.OK(h.Org.EndMembership(h.Ctx, h.Secretary, left.ID, 1))
	told := func() int64 {
		return h.Count(`SELECT COUNT(*) FROM event WHERE topic = $1 AND kind = 'list'`, "meeting:"+id.String())
	}
	before := told()
	h.Do(func(ctx context.Context, tx *change.Tx) error {
		tx.AppendOnly()
		return h.Meeting.Opened(ctx, tx, id)
	})
	if _, listed := h.Listed(id, h.Members[2]); listed {
		t.Fatal("who has left is still due")
	}
	if n := told() - before; n != 1 {
		t.Errorf("%d events tell the room of it", n)
	}
}
