package meeting_test

import (
	"testing"

	"wozai/internal/db"
	"wozai/internal/meeting/meetingtest"
	"wozai/internal/testkit"
)

// What a meeting takes of a unit's people: announced and within the time, for those who are due.
func TestWhatMeetingsTakeOfAUnit(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := meetingtest.New(t, s)
		d := h.Draft(h.Tomorrow())
		within := func(from, to db.Time) (n int) {
			t.Helper()
			list, err := h.Meeting.AskedWithin(h.Ctx, h.A.Path, from, to)
			h.OK(err)
			for _, x := range list {
				if x.Meeting != d.ID || x.Unit != h.A.ID || x.By != h.A.Name || x.Kind.ZH == "" || x.Minutes != int64(d.EndsAt.Sub(d.StartsAt).Minutes()) || x.StartsAt != d.StartsAt {
					t.Errorf("%+v", x)
				}
				n += int(x.People)
			}
			return n
		}
		if n := within(0, d.EndsAt); n != 0 {
			t.Errorf("a draft asks %d", n)
		}
		h.OK(h.Meeting.Announce(h.Ctx, h.Secretary, d.ID, d.Version))
		if due := h.Count(`SELECT COUNT(*) FROM participant WHERE meeting_id = $1 AND exempt = ''`, d.ID); within(d.StartsAt, d.EndsAt) != int(due) || due == 0 {
			t.Errorf("%d are asked, and %d due", within(d.StartsAt, d.EndsAt), due)
		}
		if n := within(d.StartsAt+1, d.EndsAt); n != 0 {
			t.Errorf("afterwards it asks %d", n)
		}
		if n := within(0, d.StartsAt); n != 0 {
			t.Errorf("before it asks %d", n)
		}
	})
}
