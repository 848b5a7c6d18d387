package org_test

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/org"
	"wozai/internal/testkit"
)

func TestWhereaboutsAreForOnesOwnOfficers(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		note := "湖北省孝感市，预计下旬返回"
		w, err := h.org.SetWhereabouts(h.ctx, h.plain, org.Whereabouts{Place: "elsewhere", Note: note, Until: "2020-02-28"})
		must(t, err)
		if w.Note != note || w.UpdatedAt == 0 {
			t.Errorf("set: %+v", w)
		}
		var sealed []byte
		must(t, db.Get(h.ctx, s.DB.Read(), &sealed, `SELECT sealed FROM whereabouts WHERE person_id = $1`, h.plain.PersonID))
		if bytes.Contains(sealed, []byte("elsewhere")) || bytes.Contains(sealed, []byte("湖北")) {
			t.Error("it lies readable in the database")
		}
		if n := h.count(`SELECT COUNT(*) FROM audit WHERE CAST(after AS TEXT) LIKE '%elsewhere%'`); n != 0 {
			t.Error("the audit says where")
		}
		everywhere := access.Actor{Kind: access.Person, PersonID: h.boss.PersonID, Grants: []access.Grant{{Role: access.Officer, UnitID: h.top.ID, Path: h.top.Path, Subtree: true}}}
		for name, c := range map[string]struct {
			who  access.Actor
			code string
		}{
			"themselves": {h.plain, ""}, "their secretary": {h.secA, ""}, "their group's leader": {h.leader, ""},
			"another branch's secretary": {h.secB, "not_found"}, "the committee's secretary": {h.boss, "not_found"},
			"an officer of the whole committee": {everywhere, "not_found"}, "the administrator": {h.admin, "not_found"},
		} {
			_, err := h.org.PersonWhereabouts(h.ctx, c.who, h.plain.PersonID)
			if h.wants(err, c.code); t.Failed() {
				t.Fatalf("... %s", name)
			}
		}
		// Only in a group: the branch right above it may.
		only := h.person("组里的人")
		h.place(only, h.a1, "member")
		_, err = h.org.PersonWhereabouts(h.ctx, h.secA, only)
		h.wants(err, "")
		list, err := h.org.UnitWhereabouts(h.ctx, h.secA, h.a.ID, "2020-03-01")
		must(t, err)
		if len(list) != 4 || !slices.ContainsFunc(list, func(i org.WhereItem) bool { return i.PersonID == h.plain.PersonID && i.Over && i.Where.Note == note }) {
			t.Errorf("the branch's list: %+v", list)
		}
		_, err = h.org.UnitWhereabouts(h.ctx, everywhere, h.a.ID, "2020-03-01")
		h.wants(err, "forbidden")
		looks, err := h.org.Looks(h.ctx, h.plain, 0, 0)
		must(t, err)
		if len(looks) != 2 || looks[0].What != "whereabouts" { // once each, though the secretary looked twice
			t.Errorf("looks: %+v", looks)
		}
		_, err = h.org.SetWhereabouts(h.ctx, h.plain, org.Whereabouts{})
		must(t, err)
		if n := h.count(`SELECT COUNT(*) FROM whereabouts`); n != 0 {
			t.Error("taken back, and still there")
		}
	})
}

func TestAPersonsPage(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		for name, c := range map[string]struct {
			who     access.Actor
			details bool
		}{"themselves": {h.plain, true}, "secretary": {h.secA, true}, "administrator": {h.admin, true}, "another branch": {h.secB, false}, "leader above": {h.boss, false}} {
			p, err := h.org.PersonPage(h.ctx, c.who, h.plain.PersonID)
			must(t, err)
			if (p.Details != nil) != c.details || len(p.Memberships) != 2 || (p.Memberships[0].Standing != "") != c.details {
				t.Errorf("%s: %+v", name, p)
			}
		}
		looks, err := h.org.Looks(h.ctx, h.plain, 0, 0)
		must(t, err)
		if len(looks) != 2 {
			t.Errorf("looks: %+v", looks)
		}
		held, err := h.org.HeldOn(h.ctx, h.plain)
		must(t, err)
		var direct, other []string
		for _, r := range held.Readers {
			if r.Direct {
				direct = append(direct, r.Name)
			} else {
				other = append(other, r.Name)
			}
		}
		slices.Sort(direct)
		if !slices.Equal(direct, []string{"欧阳兰", "解晓东"}) || len(other) != 0 {
			t.Errorf("readers: %v and %v", direct, other)
		}
	})
}

func TestChangingAPerson(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		phone, bad, retired, secret := "139-1234 5678", "12", "retired", "13912345678"
		id := h.plain.PersonID
		h.wants(h.org.ChangePerson(h.ctx, h.plain, id, org.PersonUpdate{Version: 1, Phone: &phone}), "")
		h.wants(h.org.ChangePerson(h.ctx, h.plain, id, org.PersonUpdate{Version: 1, Phone: &phone}), "changed_meanwhile")
		h.wants(h.org.ChangePerson(h.ctx, h.plain, id, org.PersonUpdate{Version: 2, Category: &retired}), "forbidden")
		h.wants(h.org.ChangePerson(h.ctx, h.secB, id, org.PersonUpdate{Version: 2, Category: &retired}), "not_found")
		h.wants(h.org.ChangePerson(h.ctx, h.secA, id, org.PersonUpdate{Version: 2, Category: &retired}), "")
		err := h.org.ChangePerson(h.ctx, h.secA, id, org.PersonUpdate{Version: 3, Phone: &bad, Email: &bad, Category: &bad})
		if field(err, "phone") != "phone" || field(err, "email") != "email" || field(err, "category") != "choice" {
			t.Errorf("three faults: %v", err)
		}
		c, err := h.org.ReadContact(h.ctx, s.DB.Read(), id)
		must(t, err)
		if c.Phone != secret {
			t.Errorf("telephone number %q", c.Phone)
		}
		if n := h.count(`SELECT COUNT(*) FROM audit WHERE CAST(after AS TEXT) LIKE $1`, "%"+secret+"%"); n != 0 {
			t.Error("the audit holds the telephone number")
		}
		lines, err := h.org.PersonAudit(h.ctx, h.secA, id, 0, 0)
		must(t, err)
		if len(lines) < 3 || lines[0].Action != "person.change" || lines[0].ByName != "欧阳兰" {
			t.Errorf("audit: %+v", lines)
		}
	})
}

func TestMembershipsMoveAndEndWithTheirGrants(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		var m org.Membership
		must(t, db.Get(h.ctx, s.DB.Read(), &m, `SELECT id, person_id, unit_id, position, standing, sort, valid_from, valid_to, version FROM membership WHERE person_id = $1 AND unit_id = $2`, h.plain.PersonID, h.a.ID))
		deputy, taken := "deputy_secretary", "secretary"
		_, err := h.org.ChangeMembership(h.ctx, h.secA, m.ID, org.MembershipUpdate{Version: 1, Position: &taken})
		h.wants(err, "position_taken")
		_, err = h.org.ChangeMembership(h.ctx, h.secB, m.ID, org.MembershipUpdate{Version: 1, Position: &deputy})
		h.wants(err, "not_found")
		now, err := h.org.ChangeMembership(h.ctx, h.secA, m.ID, org.MembershipUpdate{Version: 1, Position: &deputy})
		must(t, err)
		if !h.again(h.plain).Can(access.MeetingArrange, h.read(h.a1.ID).Where()) {
			t.Error("the new deputy secretary may not arrange for the groups")
		}
		_, err = h.org.ChangeMembership(h.ctx, h.secA, now.ID, org.MembershipUpdate{Version: now.Version, UnitID: &h.b.ID})
		h.wants(err, "forbidden")
		plain := "member"
		moved, err := h.org.ChangeMembership(h.ctx, h.admin, now.ID, org.MembershipUpdate{Version: now.Version, UnitID: &h.b.ID, Position: &plain})
		must(t, err)
		if g := h.again(h.plain); g.Can(access.MeetingArrange, h.read(h.a.ID).Where()) || !g.Can(access.MeetingRead, h.read(h.b.ID).Where()) {
			t.Errorf("grants did not follow: %+v", g.Grants)
		}
		h.wants(h.org.EndMembership(h.ctx, h.secB, moved.ID, moved.Version), "")
		h.wants(h.org.EndMembership(h.ctx, h.secB, moved.ID, moved.Version+1), "membership_ended")
		page, err := h.org.PersonPage(h.ctx, h.admin, h.plain.PersonID)
		must(t, err)
		if len(page.Details.Past) != 3 {
			t.Errorf("past: %+v", page.Details.Past)
		}
		// Nobody comes to know a stranger by adding them.
		_, err = h.org.Place(h.ctx, h.secB, org.NewMembership{PersonID: h.secA.PersonID, UnitID: h.b.ID, Position: "member", Standing: "full"})
		h.wants(err, "not_found")
		// But a slip can be undone, while it is one, by those whose unit it was.
		back := org.NewMembership{PersonID: h.plain.PersonID, UnitID: h.b.ID, Position: "member", Standing: "full"}
		h.do(func(ctx context.Context, tx *change.Tx) error {
			tx.AppendOnly() // no record of it: the test moves time
			return tx.Exec(ctx, `UPDATE membership SET valid_to = 1 WHERE person_id = $1 AND unit_id <> $2 AND valid_to = 0`, h.plain.PersonID, h.b.ID)
		})
		_, err = h.org.Place(h.ctx, h.secA, org.NewMembership{PersonID: h.plain.PersonID, UnitID: h.a1.ID, Position: "member", Standing: "full"})
		h.wants(err, "not_found") // long ago
		_, err = h.org.Place(h.ctx, h.secB, back)
		must(t, err)
	})
}

func TestSomebodyLeaves(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		h.wants(h.org.EndPerson(h.ctx, h.plain, h.plain.PersonID, 1), "forbidden")
		h.wants(h.org.EndPerson(h.ctx, h.secB, h.plain.PersonID, 1), "not_found")
		h.wants(h.org.EndPerson(h.ctx, h.secA, h.plain.PersonID, 1), "")
		if g := h.again(h.plain).Grants; len(g) != 0 {
			t.Errorf("grants: %+v", g)
		}
		hits, err := h.org.Search(h.ctx, "何志远", "person", 0)
		must(t, err)
		if len(hits.People) != 0 {
			t.Error("still found")
		}
		_, err = h.org.PersonPage(h.ctx, h.secB, h.plain.PersonID)
		h.wants(err, "not_found")
		h.wants(h.org.EndPerson(h.ctx, h.admin, h.plain.PersonID, 2), "person_ended")
	})
}

func TestTheSameRequestAddsAPersonOnce(t *testing.T) {
	s := testkit.SQLiteStore(t)
	h := newHouse(t, s)
	ctx := change.WithKey(context.Background(), "person-add k1", 0)
	n := org.NewMember{NewPerson: org.NewPerson{Name: "新人", Category: "serving", Code: "N1"}, Position: "member", Standing: "full"}
	first, err := h.org.CreatePerson(ctx, h.secA, h.a.ID, n)
	must(t, err)
	again, err := h.org.CreatePerson(ctx, h.secA, h.a.ID, n)
	must(t, err)
	if first != again || h.count(`SELECT COUNT(*) FROM person WHERE code = 'N1'`) != 1 {
		t.Error("added twice")
	}
	_, err = h.org.CreatePerson(context.Background(), h.secA, h.a.ID, n)
	if field(err, "code") != "code_taken" {
		t.Errorf("the same number for somebody else: %v", err)
	}
}
