package dispatch_test

import (
	"context"
	"testing"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/dispatch"
	"wozai/internal/meeting/meetingtest"
	"wozai/internal/org"
	"wozai/internal/profile"
	"wozai/internal/testkit"
)

// house is the small organisation with a dispatch service. It is noon there, whenever the test runs.
type house struct {
	*meetingtest.House
	s     *dispatch.Service
	grown []access.Actor
}

func noon() *time.Location {
	now := time.Now().UTC()
	return time.FixedZone("noon", 12*3600-now.Hour()*3600-now.Minute()*60)
}

func newNode(t testing.TB, s *testkit.Store) *dispatch.Service {
	p, err := profile.Load("party")
	if err != nil {
		t.Fatal(err)
	}
	zone := noon()
	service := dispatch.NewService(s.DB, s.Change, func() *profile.Profile { return p }, func() *time.Location { return zone })
	service.Work(s.Jobs)
	return service
}

func newHouse(t testing.TB, s *testkit.Store) *house {
	return &house{House: meetingtest.New(t, s), s: newNode(t, s)}
}

func each(t *testing.T, f func(t *testing.T, h *house)) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) { f(t, newHouse(t, s)) })
}

// question is 谁在? to the three members of A.
func (h *house) question() dispatch.Question {
	q := dispatch.Question{Text: "谁在？有个数据需要核准。", Mode: dispatch.First, DueAt: db.Now().Add(2 * time.Hour)}
	for _, m := range h.Members {
		q.Audience.PersonIDs = append(q.Audience.PersonIDs, m.PersonID)
	}
	return q
}

// ask asks it in A's name, as the recorder: an ordinary member.
func (h *house) ask(q dispatch.Question) db.ID {
	h.Helper()
	id, err := h.s.Ask(h.Ctx, h.Recorder, h.A.ID, q)
	h.OK(err)
	return id
}

func (h *house) get(a access.Actor, id db.ID) dispatch.Detail {
	h.Helper()
	d, err := h.s.Get(h.Ctx, a, id)
	h.OK(err)
	return d
}

func (h *house) claim(a access.Actor, id db.ID, want dispatch.Outcome) {
	h.Helper()
	got, err := h.s.Claim(h.Ctx, a, id, "")
	if err != nil || got != want {
		h.Fatalf("claim: %q %v, want %q", got, err, want)
	}
}

func (h *house) set(a access.Actor, state string) {
	h.Helper()
	v := dispatch.Availability{State: state}
	if state == dispatch.Off {
		v.UntilAt = db.Now().Add(time.Hour)
	}
	h.OK(h.s.SetMine(h.Ctx, a, v))
}

// sound checks what must hold after everything: as many seats as are counted, never too many.
func (h *house) sound(id db.ID) {
	h.Helper()
	d := h.get(h.Recorder, id)
	if d.Held != int64(len(d.Seats)) || d.Held > d.Wanted {
		h.Errorf("held %d of %d, seats %d", d.Held, d.Wanted, len(d.Seats))
	}
}

func (h *house) crowd(u org.Unit, n int) (out []access.Actor) {
	h.Helper()
	for range (n + 49) / 50 {
		h.Do(func(ctx context.Context, tx *change.Tx) error {
			made := out[:len(out):len(out)]
			for range min(50, n-len(out)) {
				p, err := h.Org.AddPerson(ctx, tx, org.NewPerson{Name: "众人", Category: "serving"})
				if err != nil {
					return err
				}
				if _, err := h.Org.AddMembership(ctx, tx, org.NewMembership{PersonID: p.ID, UnitID: u.ID, Position: "staff"}); err != nil {
					return err
				}
				made = append(made, access.Actor{Kind: access.Person, PersonID: p.ID, AccountID: p.ID, Origin: "test", Lang: "zh-CN"})
			}
			h.grown = made
			return nil
		})
		out = h.grown
	}
	return out
}
