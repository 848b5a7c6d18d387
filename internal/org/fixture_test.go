package org_test

import (
	"context"
	"path/filepath"
	"testing"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
	"wozai/internal/profile"
	"wozai/internal/secret"
	"wozai/internal/testkit"
)

var system = access.SystemActor("test")

// house is a small organisation: a committee over branches A and B, A with two groups.
type house struct {
	*testing.T
	*testkit.Store
	ctx        context.Context
	org        *org.Service
	top, a, b  org.Unit
	a1, a2     org.Unit
	admin      access.Actor
	secA, secB access.Actor
	boss       access.Actor // secretary of the committee
	plain      access.Actor // member of A and of its first group
	leader     access.Actor // of A's first group
}

func newHouse(t *testing.T, s *testkit.Store) *house {
	t.Helper()
	box, err := secret.Open(filepath.Join(t.TempDir(), "key"))
	must(t, err)
	p, err := profile.Load("party")
	must(t, err)
	h := &house{T: t, Store: s, ctx: context.Background(), org: org.NewService(s.DB, s.Change, box, func() *profile.Profile { return p })}
	h.org.Work(s.Jobs)
	h.do(func(ctx context.Context, tx *change.Tx) error { return h.org.EnsureTrees(ctx, tx) })
	h.top = h.unit(org.Unit{}, "authority_committee", "机关党委")
	h.a = h.unit(h.top, "branch", "第一检察厅党支部")
	h.b = h.unit(h.top, "branch", "出版社党支部")
	h.a1 = h.unit(h.a, "group", "第一党小组")
	h.a2 = h.unit(h.a, "group", "第二党小组")
	h.admin = access.Actor{Kind: access.Person, PersonID: h.person("管理员"), AccountID: 1, Grants: []access.Grant{{Role: access.Admin, Path: "/", Subtree: true}}}
	h.secA = h.actor("欧阳兰", h.a, "secretary")
	h.secB = h.actor("单立新", h.b, "secretary")
	h.boss = h.actor("曾小平", h.top, "committee_secretary")
	h.plain = h.actor("何志远", h.a, "member")
	h.place(h.plain.PersonID, h.a1, "member")
	h.leader = h.actor("解晓东", h.a1, "group_leader")
	return h
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) do(fn func(ctx context.Context, tx *change.Tx) error) {
	h.Helper()
	must(h.T, h.Change.Do(h.ctx, system, fn))
}

func (h *house) unit(parent org.Unit, kind, name string) (u org.Unit) {
	h.Helper()
	h.do(func(ctx context.Context, tx *change.Tx) (err error) {
		u, err = h.org.AddUnit(ctx, tx, org.NewUnit{ParentID: parent.ID, Tree: "party", Kind: kind, Name: name})
		return err
	})
	return u
}

func (h *house) person(name string) (id db.ID) {
	h.Helper()
	h.do(func(ctx context.Context, tx *change.Tx) error {
		p, err := h.org.AddPerson(ctx, tx, org.NewPerson{Name: name, Category: "serving", Phone: "13800000000"})
		id = p.ID
		return err
	})
	return id
}

func (h *house) place(person db.ID, u org.Unit, position string) (m org.Membership) {
	h.Helper()
	h.do(func(ctx context.Context, tx *change.Tx) (err error) {
		m, err = h.org.AddMembership(ctx, tx, org.NewMembership{PersonID: person, UnitID: u.ID, Position: position, Standing: "full"})
		return err
	})
	return m
}

func (h *house) actor(name string, u org.Unit, position string) access.Actor {
	h.Helper()
	id := h.person(name)
	h.place(id, u, position)
	return h.again(access.Actor{Kind: access.Person, PersonID: id})
}

// again is the actor as a new session would know them.
func (h *house) again(a access.Actor) access.Actor {
	h.Helper()
	grants, err := org.Grants(h.ctx, h.DB.Read(), a.PersonID)
	must(h.T, err)
	a.Grants = grants
	return a
}

func (h *house) read(id db.ID) org.Unit {
	h.Helper()
	u, err := org.GetUnit(h.ctx, h.DB.Read(), id)
	must(h.T, err)
	return u
}

func (h *house) count(query string, args ...any) (n int64) {
	h.Helper()
	must(h.T, db.Get(h.ctx, h.DB.Read(), &n, query, args...))
	return n
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

// field gives the code of a faulty field.
func field(err error, name string) string {
	var f *fault.Fault
	if !asFault(err, &f) {
		return ""
	}
	for _, x := range f.Fields {
		if x.Field == name {
			return x.Code
		}
	}
	return ""
}
