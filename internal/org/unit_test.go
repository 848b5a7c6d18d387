package org_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
	"wozai/internal/testkit"
)

func asFault(err error, f **fault.Fault) bool { return errors.As(err, f) }

func TestUnitsAreListedPieceByPiece(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		for i := range 5 {
			h.do(func(ctx context.Context, tx *change.Tx) error {
				_, err := h.org.AddUnit(ctx, tx, org.NewUnit{ParentID: h.top.ID, Kind: "branch", Name: fmt.Sprint("支部", i), Sort: int64(10 - i)})
				return err
			})
		}
		var names []string
		after := ""
		for {
			p, err := h.org.Units(h.ctx, org.UnitFilter{Parent: h.top.ID, After: after, Limit: 3})
			must(t, err)
			for _, u := range p.Items {
				names = append(names, u.Name)
				if u.ID == h.a.ID && (u.Children != 2 || u.Members != 2) {
					t.Errorf("branch A has %d units and %d people under it, want 2 and 2", u.Children, u.Members)
				}
			}
			if after = p.Next; after == "" {
				break
			}
		}
		if want := []string{"第一检察厅党支部", "出版社党支部", "支部4", "支部3", "支部2", "支部1", "支部0"}; !slices.Equal(names, want) {
			t.Errorf("in pieces: %v, want %v", names, want)
		}
		roots, err := h.org.Units(h.ctx, org.UnitFilter{Tree: "party"})
		must(t, err)
		if len(roots.Items) != 1 || roots.Items[0].ID != h.top.ID || roots.Items[0].Children != 7 {
			t.Errorf("top of the tree: %+v", roots.Items)
		}
		_, err = h.org.Units(h.ctx, org.UnitFilter{Tree: "nowhere"})
		h.wants(err, "not_found")
		_, err = h.org.Units(h.ctx, org.UnitFilter{Parent: h.top.ID, After: "x' OR 1"})
		h.wants(err, "invalid")
	})
}

func TestTheUnitsPage(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		p, err := h.org.UnitPage(h.ctx, h.secA, h.a.ID)
		must(t, err)
		if len(p.Ancestors) != 1 || p.Ancestors[0].ID != h.top.ID || len(p.Groups) != 2 || p.Tree != "party" {
			t.Errorf("page: %+v", p)
		}
		if len(p.Officers) != 1 || p.Officers[0].Name != "欧阳兰" || !p.Officers[0].Leads {
			t.Errorf("officers: %+v", p.Officers)
		}
		for ability, want := range map[string]bool{org.AbilityAddUnit: true, org.AbilityChangeUnit: true, org.AbilityMoveUnit: false, org.AbilityEndUnit: false, org.AbilityWhereabouts: true, org.AbilityAddPerson: true} {
			if slices.Contains(p.Abilities, ability) != want {
				t.Errorf("the secretary's ability %s: %v, want %v", ability, !want, want)
			}
		}
		p, err = h.org.UnitPage(h.ctx, h.secB, h.a.ID)
		must(t, err)
		if len(p.Abilities) != 0 {
			t.Errorf("another branch's secretary may %v", p.Abilities)
		}
		_, err = h.org.UnitPage(h.ctx, h.secA, 42)
		h.wants(err, "not_found")
	})
}

func TestANewNameKeepsTheOldOneInHistory(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		name := "第十检察厅党支部"
		u, err := h.org.ChangeUnit(h.ctx, h.secA, h.a.ID, org.UnitUpdate{Version: h.a.Version, Name: &name})
		must(t, err)
		if u.Name != name || u.Version != h.a.Version+1 {
			t.Errorf("after the change: %+v", u)
		}
		_, err = h.org.ChangeUnit(h.ctx, h.secA, h.a.ID, org.UnitUpdate{Version: h.a.Version, Name: &name})
		h.wants(err, "changed_meanwhile")
		past, err := h.org.UnitHistory(h.ctx, h.a.ID)
		must(t, err)
		if len(past) != 2 || past[0].Name != "第一检察厅党支部" || past[0].ValidTo == 0 || past[1].Name != name || past[1].ValidTo != 0 {
			t.Errorf("history: %+v", past)
		}
		for q, want := range map[string]int{"第十检察": 1, "检察厅": 1, "第一检察": 0, "dsjct": 1} {
			hits, err := h.org.Search(h.ctx, q, "unit", 0)
			must(t, err)
			if len(hits.Units) != want {
				t.Errorf("%s finds %d units, want %d", q, len(hits.Units), want)
			}
		}
		empty := ""
		_, err = h.org.ChangeUnit(h.ctx, h.secA, h.a.ID, org.UnitUpdate{Version: u.Version, Name: &empty})
		if field(err, "name") != "required" {
			t.Errorf("an empty name: %v", err)
		}
	})
}

// The people of a unit that ends become plain members elsewhere, never officers of it.
func TestPeopleWhoMoveWithTheirUnitGetNoOffice(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	group := h.unit(h.top, "leading_group", "党组")
	h.wants(h.org.EndUnit(h.ctx, h.admin, h.a1.ID, org.EndUnit{Version: 1, Members: "move", MoveTo: group.ID}), "no_plain_position")
	h.wants(h.org.EndUnit(h.ctx, h.admin, h.a1.ID, org.EndUnit{Version: 1, Members: "move", MoveTo: h.top.ID}), "")
	for _, g := range h.again(h.leader).Grants {
		if g.Role != access.Member {
			t.Errorf("who led the group now has %+v", g)
		}
	}
}

func TestEndingAUnit(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		h.wants(h.org.EndUnit(h.ctx, h.secA, h.a.ID, org.EndUnit{Version: 1}), "forbidden") // not one's own branch
		h.wants(h.org.EndUnit(h.ctx, h.admin, h.a.ID, org.EndUnit{Version: 1}), "unit_has_children")
		h.wants(h.org.EndUnit(h.ctx, h.secA, h.a2.ID, org.EndUnit{Version: 9}), "changed_meanwhile")
		h.wants(h.org.EndUnit(h.ctx, h.secA, h.a2.ID, org.EndUnit{Version: 1}), "")
		h.wants(h.org.EndUnit(h.ctx, h.secA, h.a2.ID, org.EndUnit{Version: 2}), "unit_ended")
		h.wants(h.org.EndUnit(h.ctx, h.secA, h.a1.ID, org.EndUnit{Version: 1}), "unit_has_members")
		h.wants(h.org.EndUnit(h.ctx, h.admin, h.a.ID, org.EndUnit{Version: 1, Children: "end", Members: "move", MoveTo: h.b.ID}), "")
		if n := h.count(`SELECT COUNT(*) FROM membership WHERE unit_id = $1 AND valid_to = 0`, h.b.ID); n != 4 {
			t.Errorf("B has %d people, want its own and the three of A", n)
		}
		if n := h.count(`SELECT COUNT(*) FROM membership m JOIN unit u ON u.id = m.unit_id WHERE m.valid_to = 0 AND u.valid_to <> 0`); n != 0 {
			t.Errorf("%d memberships go on in units that have ended", n)
		}
		if g := h.again(h.secA).Grants; slices.ContainsFunc(g, func(g access.Grant) bool { return g.Role == access.Officer }) {
			t.Errorf("the secretary of an ended branch still has %+v", g)
		}
		if n := h.count(`SELECT COUNT(*) FROM event WHERE topic = $1 AND kind = 'grants'`, "person:"+h.secA.PersonID.String()); n == 0 {
			t.Error("no event lets the secretary's sessions forget")
		}
	})
}

func TestMovingRefusesWhatCannotBe(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		other := h.unit(h.top, "general_branch", "服务中心党总支")
		under := h.unit(other, "branch", "支部")
		move := func(a access.Actor, id, to db.ID) error {
			_, err := h.org.MoveUnit(h.ctx, a, id, to, h.read(id).Version)
			return err
		}
		for name, c := range map[string]struct {
			err   error
			field string
			code  string
		}{
			"under itself":          {move(h.admin, other.ID, other.ID), "cycle", ""},
			"under its own child":   {move(h.admin, other.ID, under.ID), "cycle", ""},
			"a group under a group": {move(h.admin, h.a1.ID, h.a2.ID), "kind_not_under", ""},
			"a branch at the top":   {move(h.admin, h.a.ID, 0), "kind_not_at_top", ""},
			"somebody else's":       {move(h.secB, h.a1.ID, h.b.ID), "", "forbidden"},
			"out of one's own":      {move(h.secA, h.a1.ID, h.b.ID), "", "forbidden"},
			"nowhere":               {move(h.admin, h.a.ID, 42), "", "not_found"},
		} {
			if c.field != "" && field(c.err, "parent_id") != c.field || c.code != "" && fault.Code(c.err) != c.code {
				t.Errorf("%s: %v", name, c.err)
			}
		}
		h.wants(move(h.admin, h.a.ID, other.ID), "")
		if u := h.read(h.a1.ID); u.Path != fmt.Sprintf("%s%d/%d/", other.Path, h.a.ID, h.a1.ID) {
			t.Errorf("the group's path did not follow: %s", u.Path)
		}
		if !h.again(h.secA).Can(access.OrgManage, h.read(h.a1.ID).Where()) {
			t.Error("the secretary lost the group on the way")
		}
		past, err := h.org.UnitHistory(h.ctx, h.a.ID)
		must(t, err)
		if len(past) != 2 || past[0].ParentID != h.top.ID || past[1].ParentID != other.ID {
			t.Errorf("history: %+v", past)
		}
	})
}
