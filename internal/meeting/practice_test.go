package meeting_test

import (
	"context"
	"testing"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/meeting"
	"wozai/internal/meeting/meetingtest"
	"wozai/internal/org"
	"wozai/internal/testkit"
)

func TestThePracticeRoomIsThereForEverybody(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := meetingtest.New(t, s)
		id, err := h.Meeting.Practice(h.Ctx)
		h.OK(err)
		if again, err := h.Meeting.Practice(h.Ctx); err != nil || again != id {
			t.Errorf("another practice room: %v, %v", again, err)
		}
		plan, err := h.Meeting.Plan(h.Ctx, s.DB.Read(), id)
		h.OK(err)
		if !plan.Practice || len(plan.Stages) != 1 || len(plan.People) != 0 {
			t.Errorf("plan %+v", plan)
		}
		d := h.Announced(h.Tomorrow())
		for _, who := range []access.Actor{h.Stranger, h.Secretary, h.Link(h.Members[0], d.ID)} {
			if _, err := h.Meeting.Detail(h.Ctx, who, id); err != nil {
				t.Errorf("%v: %v", who.Kind, err)
			}
		}
		// It is nobody's to change, and no list has it.
		h.Wants(h.Meeting.Cancel(h.Ctx, h.Secretary, id, 1, "x"), "forbidden")
		_, err = h.Meeting.Invite(h.Ctx, h.Secretary, id, org.Selection{})
		h.Wants(err, "forbidden")
		if list, err := h.Meeting.OfUnit(h.Ctx, h.Secretary, h.A.ID, meeting.ListFilter{}); err != nil || len(list) != 1 {
			t.Errorf("a branch's list: %+v, %v", list, err)
		}
	})
}

// A change of the roll reaches the lists by a job that may be asked for more than once.
func TestAChangedRollIsFollowed(t *testing.T) {
	h := meetingtest.New(t, testkit.SQLiteStore(t))
	d := h.Announced(h.Tomorrow())
	newcomer := h.Place("后来人", h.A, "member", "full")
	h.OK(h.Meeting.RollChanged(h.Ctx, h.A.ID))
	h.OK(h.Meeting.RollChanged(h.Ctx, h.A.ID))
	h.OK(h.Meeting.RollChanged(h.Ctx, h.B.ID)) // which has no meeting
	h.Work()
	if p, ok := h.Listed(d.ID, newcomer); !ok || !p.Votes || h.Notices(newcomer, "meeting.invited") != 1 {
		t.Errorf("newcomer %+v, %d notices", p, h.Notices(newcomer, "meeting.invited"))
	}
	// Once it has opened the list stands.
	h.Do(func(ctx context.Context, tx *change.Tx) error {
		tx.AppendOnly()
		return h.Meeting.Opened(ctx, tx, d.ID)
	})
	late := h.Place("再晚来", h.A, "member", "full")
	h.OK(h.Meeting.RollChanged(h.Ctx, h.A.ID))
	h.Work()
	if _, ok := h.Listed(d.ID, late); ok {
		t.Error("the list changed after the opening")
	}
}
