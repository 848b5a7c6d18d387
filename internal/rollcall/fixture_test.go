package rollcall_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"wozai/internal/access"
	"wozai/internal/blob"
	"wozai/internal/calendar"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
	"wozai/internal/profile"
	"wozai/internal/rollcall"
	"wozai/internal/secret"
	"wozai/internal/testkit"
)

// house is a committee over a general branch with branches A and B, on a clock that the test moves.
type house struct {
	testing.TB
	*testkit.Store
	ctx             context.Context
	org             *org.Service
	roll            *rollcall.Service
	files           *blob.Store
	blobs           string // where they lie
	clock           *atomic.Int64
	top, mid, a, b  org.Unit
	boss, head      access.Actor // secretaries of the committee and of the general branch
	secA, secB      access.Actor
	one, two, three access.Actor // members of A
	four            access.Actor // member of B
}

func newHouse(t testing.TB, s *testkit.Store) *house {
	t.Helper()
	box, err := secret.Open(filepath.Join(t.TempDir(), "key"))
	must(t, err)
	p, err := profile.Load("party")
	must(t, err)
	h := &house{TB: t, Store: s, ctx: context.Background(), clock: &atomic.Int64{}}
	h.clock.Store(int64(db.Now()))
	h.Change = change.New(change.Options{DB: s.DB, IDs: db.NewIDs(1023), Jobs: s.Jobs, Twice: true, Now: func() db.Time { return db.Time(h.clock.Load()) }})
	t.Cleanup(h.Change.Close)
	h.org = org.NewService(s.DB, h.Change, box, func() *profile.Profile { return p })
	data := t.TempDir()
	h.blobs = filepath.Join(data, "blobs")
	h.files, err = blob.Open(h.ctx, "", data)
	must(t, err)
	t.Cleanup(func() { must(t, h.files.Close()) })
	h.roll = &rollcall.Service{DB: s.DB, Change: h.Change, Secret: box, Files: h.files, Looks: h.org, Zone: func() *time.Location { return time.FixedZone("", 8*3600) }, Workdays: &calendar.Calendar{}}
	h.roll.Work(s.Jobs)
	h.do(func(ctx context.Context, tx *change.Tx) error { return h.org.EnsureTrees(ctx, tx) })
	h.top = h.unit(org.Unit{}, "authority_committee", "机关党委")
	h.mid = h.unit(h.top, "general_branch", "第一党总支")
	h.a = h.unit(h.mid, "branch", "甲支部")
	h.b = h.unit(h.mid, "branch", "乙支部")
	h.boss = h.actor("曾小平", h.top, "committee_secretary")
	h.head = h.actor("谢总", h.mid, "general_secretary")
	h.secA, h.secB = h.actor("欧阳兰", h.a, "secretary"), h.actor("单立新", h.b, "secretary")
	h.one, h.two, h.three = h.actor("何一", h.a, "member"), h.actor("何二", h.a, "member"), h.actor("何三", h.a, "member")
	h.four = h.actor("何四", h.b, "member")
	return h
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) do(fn func(ctx context.Context, tx *change.Tx) error) {
	h.Helper()
	must(h.TB, h.Change.Do(h.ctx, access.SystemActor("test"), fn))
}

func (h *house) unit(parent org.Unit, kind, name string) (u org.Unit) {
	h.Helper()
	h.do(func(ctx context.Context, tx *change.Tx) (err error) {
		u, err = h.org.AddUnit(ctx, tx, org.NewUnit{ParentID: parent.ID, Tree: "party", Kind: kind, Name: name})
		return err
	})
	return u
}

func (h *house) actor(name string, u org.Unit, position string) access.Actor {
	h.Helper()
	var id db.ID
	h.do(func(ctx context.Context, tx *change.Tx) error {
		p, err := h.org.AddPerson(ctx, tx, org.NewPerson{Name: name, Category: "serving"})
		if err != nil {
			return err
		}
		id = p.ID
		_, err = h.org.AddMembership(ctx, tx, org.NewMembership{PersonID: id, UnitID: u.ID, Position: position, Standing: "full"})
		return err
	})
	grants, err := org.Grants(h.ctx, h.DB.Read(), id)
	must(h.TB, err)
	return access.Actor{Kind: access.Person, PersonID: id, Grants: grants}
}

// later moves the clock and works what falls due until then.
func (h *house) later(d time.Duration) {
	h.Helper()
	now := db.Time(h.clock.Load()).Add(d)
	h.clock.Store(int64(now))
	must(h.TB, h.Jobs.Drain(h.ctx, now.Std()))
}

// wants checks a fault's code; "" wants none.
func (h *house) wants(err error, code string) {
	h.Helper()
	switch {
	case code == "" && err != nil:
		h.Errorf("error %v, want none", err)
	case code != "" && fault.Code(err) != code:
		h.Errorf("error %v, want %s", err, code)
	}
}

// question is a roll call of the committee to everybody below the general branch.
func (h *house) question(change func(*rollcall.Composition)) rollcall.Composition {
	c := rollcall.Composition{Title: both("situation"), About: both("about"), Minutes: 3, Form: situation(),
		Audience: org.Selection{UnitIDs: []db.ID{h.mid.ID}, Subtree: true},
		Schedule: rollcall.Schedule{Every: rollcall.Once, DueAfter: 60, CloseAfter: 120}}
	if change != nil {
		change(&c)
	}
	return c
}

// opened composes and opens, and gives the first period.
func (h *house) opened(change func(*rollcall.Composition)) (id, period db.ID) {
	h.Helper()
	id, err := h.roll.Create(h.ctx, h.boss, h.top.ID, h.question(change))
	must(h.TB, err)
	period, err = h.roll.Open(h.ctx, h.boss, id, 1)
	must(h.TB, err)
	h.later(time.Second)
	return id, period
}

func byUnits(c *rollcall.Composition) {
	c.ByUnits, c.Audience.UnitKinds = true, []string{"branch"}
}

func (h *house) value(tested float64) rollcall.Sending {
	return rollcall.Sending{Kind: rollcall.Value, Values: map[string]any{"tested": tested, "where": "汉口"}, FormVersion: 1}
}

// counts are expected, received, on time, nil, not applicable, excused, missing.
func (h *house) counts(c rollcall.Counts) string {
	n := func(p *int64) string {
		if p == nil {
			return "-"
		}
		return fmt.Sprint(*p)
	}
	return fmt.Sprintf("%s %d %d %d %d %s %s", n(c.Expected), c.Received, c.OnTime, c.Nils, c.Inapplicable, n(c.Excused), n(c.Missing))
}

// stands checks the counts of a unit and its subtree.
func (h *house) stands(period db.ID, u org.Unit, want string) rollcall.Rollup {
	h.Helper()
	r, err := h.roll.Rollup(h.ctx, h.boss, period, u.ID)
	must(h.TB, err)
	if got := h.counts(r.Total); got != want {
		h.Errorf("%s: %s, want %s (expected, received, on time, nil, not applicable, excused, missing)", u.Name, got, want)
	}
	return r
}

func (h *house) who(a access.Actor, period db.ID, u org.Unit, list string) (names string, err error) {
	items, err := h.roll.Who(h.ctx, a, period, u.ID, list, 0, 100)
	for _, x := range items {
		names += x.Name + " "
	}
	return names, err
}

func (h *house) count(query string, args ...any) (n int64) {
	h.Helper()
	must(h.TB, db.Get(h.ctx, h.DB.Read(), &n, query, args...))
	return n
}
