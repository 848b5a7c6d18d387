package org_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/job"
	"wozai/internal/org"
	"wozai/internal/profile"
	"wozai/internal/testkit"
)

// Whatever is added, moved and ended, in whatever order: paths say what parentage says.
func TestPathsAlwaysAgreeWithParentage(t *testing.T) {
	s := testkit.SQLiteStore(t)
	h := newHouse(t, s)
	p, err := profile.Load("party")
	must(t, err)
	var kinds []string
	for _, k := range p.UnitKinds {
		if k.Tree == "party" {
			kinds = append(kinds, k.Key)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		var all []org.Unit
		must(t, db.Select(h.ctx, s.DB.Read(), &all, `SELECT id, parent_id, kind, path, version, valid_to FROM unit ORDER BY id`))
		pick := func(name string) org.Unit { return all[rapid.IntRange(0, len(all)-1).Draw(r, name)] }
		for range rapid.IntRange(1, 6).Draw(r, "steps") {
			u, to := pick("unit"), pick("to")
			var err error
			switch rapid.SampledFrom([]string{"add", "add", "move", "move", "top", "end"}).Draw(r, "what") {
			case "add":
				kind := rapid.SampledFrom(kinds).Draw(r, "kind")
				_, err = h.org.CreateUnit(h.ctx, h.admin, org.NewUnit{ParentID: to.ID, Kind: kind, Name: "单位"})
			case "move":
				_, err = h.org.MoveUnit(h.ctx, h.admin, u.ID, to.ID, h.read(u.ID).Version)
			case "top":
				_, err = h.org.MoveUnit(h.ctx, h.admin, u.ID, 0, h.read(u.ID).Version)
			case "end":
				err = h.org.EndUnit(h.ctx, h.admin, u.ID, org.EndUnit{Version: h.read(u.ID).Version, Members: "end"})
			}
			if err != nil && fault.Code(err) == "" {
				r.Fatalf("not a fault: %v", err)
			}
		}
		h.agree()
		if t.Failed() {
			r.FailNow()
		}
	})
}

// A branch of the tree with more than one change can take goes by a job, and meanwhile everybody
// finds their way.
func TestAMoveOfManyGoesOnByItself(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		from := h.unit(h.top, "general_branch", "大总支")
		to := h.unit(h.top, "unit_committee", "基层党委")
		boss := h.actor("卢平", from, "general_secretary")
		const many = 2300
		for i := 0; i < many; i += 100 {
			h.do(func(ctx context.Context, tx *change.Tx) error {
				for k := range 100 {
					if _, err := h.org.AddUnit(ctx, tx, org.NewUnit{ParentID: from.ID, Kind: "branch", Name: fmt.Sprint("支部", i+k)}); err != nil {
						return err
					}
				}
				return nil
			})
		}
		done, err := h.org.MoveUnit(h.ctx, h.admin, from.ID, to.ID, from.Version)
		must(t, err)
		if done {
			t.Fatal("2,300 units were moved in one change")
		}
		// Not begun yet: the old tree is whole, and nothing else in it can be moved.
		page, err := h.org.UnitPage(h.ctx, h.admin, from.ID)
		must(t, err)
		if !page.Moving || page.Unit.ParentID != h.top.ID || page.Unit.Children != many {
			t.Errorf("before the job: %+v", page)
		}
		_, err = h.org.MoveUnit(h.ctx, h.admin, h.a.ID, from.ID, h.a.Version)
		h.wants(err, "move_under_way")

		// One added while it moves comes along.
		late := h.unit(from, "branch", "后来的支部")
		ctx, cancel := context.WithTimeout(h.ctx, time.Minute)
		defer cancel()
		q := job.New(s.DB, slog.New(slog.DiscardHandler))
		h.org.Work(q)
		must(t, q.Start(ctx))
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			u := h.read(from.ID)
			officer := h.again(boss)
			for _, id := range []db.ID{from.ID, late.ID} {
				if !officer.Can(access.MeetingOversee, h.read(id).Where()) && !h.again(boss).Can(access.MeetingOversee, h.read(id).Where()) {
					t.Fatalf("in the middle of it the secretary has lost unit %d", id)
				}
			}
			if u.ParentID == to.ID {
				break
			}
			select {
			case <-ctx.Done():
				t.Fatal("the move was not done within a minute")
			case <-tick.C:
			}
		}
		must(t, q.Stop(context.WithoutCancel(ctx)))
		h.agree()
		if n := h.count(`SELECT COUNT(*) FROM unit WHERE path > $1 AND path < $2`, h.read(from.ID).Path, org.PathEnd(h.read(from.ID).Path)); n != many+1 {
			t.Errorf("%d units under the moved one, want %d", n, many+1)
		}
		past, err := h.org.UnitHistory(h.ctx, from.ID)
		must(t, err)
		if !slices.ContainsFunc(past, func(p org.PastPlace) bool { return p.ParentID == to.ID && p.ValidTo == 0 }) {
			t.Errorf("history: %+v", past)
		}
	})
}
