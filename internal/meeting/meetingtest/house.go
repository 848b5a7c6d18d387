// Package meetingtest is a small organisation that meets, for tests of whatever stands on
// meetings: a committee over the branches A and B, their officers and members, and meetings in
// any state.
package meetingtest

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"testing"
	"time"

	"wozai/internal/access"
	"wozai/internal/blob"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/meeting"
	"wozai/internal/org"
	"wozai/internal/profile"
	"wozai/internal/secret"
	"wozai/internal/testkit"
)

// System acts for the program.
var System = access.SystemActor("test")

// House is the organisation. Branch A has a secretary, two more on its committee, a recorder,
// three members, one on probation and an applicant: seven with a vote, eight due.
type House struct {
	testing.TB
	*testkit.Store
	Ctx     context.Context
	Org     *org.Service
	Meeting *meeting.Service
	Papers  *meeting.Papers
	Files   *blob.Store

	Top, A, B, Bureau org.Unit // Bureau: a department of the administrative tree

	Admin     access.Actor
	Boss      access.Actor // secretary of the committee above both branches
	Secretary access.Actor // of A
	Deputy    access.Actor // deputy secretary of A
	Youth     access.Actor // on A's committee, without an officer's rights
	Recorder  access.Actor // of A, a full member
	Members   [3]access.Actor
	Probation access.Actor // due, without a vote
	Applicant access.Actor // in A's list, not due
	SecretB   access.Actor // secretary of B
	MemberB   access.Actor
	Stranger  access.Actor // in a department only
}

// New builds the house in a fresh store with the party profile.
func New(t testing.TB, s *testkit.Store) *House { return With(t, s, "party") }

// With builds it with another built-in profile; units and positions are those of "party", so a
// profile that has them not fails.
func With(t testing.TB, s *testkit.Store, name string) *House {
	t.Helper()
	h := &House{TB: t, Store: s, Ctx: context.Background()}
	box, err := secret.Open(filepath.Join(t.TempDir(), "key"))
	h.OK(err)
	h.Files, err = blob.Open(h.Ctx, "", t.TempDir())
	h.OK(err)
	t.Cleanup(func() { h.OK(h.Files.Close()) })
	p, err := profile.Load(name)
	h.OK(err)
	prof := func() *profile.Profile { return p }
	h.Org = org.NewService(s.DB, s.Change, box, prof)
	h.Meeting = &meeting.Service{DB: s.DB, Change: s.Change, Profile: prof, Lang: func() string { return "zh-CN" }, Zone: func() *time.Location { return time.UTC }}
	h.Papers = &meeting.Papers{Meetings: h.Meeting, Files: h.Files, Maker: Maker{}}
	h.Papers.Work(s.Jobs)
	h.Meeting.Work(s.Jobs)
	h.Org.Work(s.Jobs)
	h.Do(h.Org.EnsureTrees)
	h.Top = h.Unit(org.NewUnit{Tree: "party", Kind: "authority_committee", Name: "机关党委"})
	h.A = h.Unit(org.NewUnit{ParentID: h.Top.ID, Kind: "branch", Name: "第一检察厅党支部"})
	h.B = h.Unit(org.NewUnit{ParentID: h.Top.ID, Kind: "branch", Name: "出版社党支部"})
	authority := h.Unit(org.NewUnit{Tree: "administrative", Kind: "authority", Name: "总署"})
	h.Bureau = h.Unit(org.NewUnit{ParentID: authority.ID, Kind: "department", Name: "第一厅"})
	h.Admin = access.Actor{Kind: access.Person, PersonID: h.Person("管理员"), AccountID: 1, Lang: "zh-CN", Grants: []access.Grant{{Role: access.Admin, Path: "/", Subtree: true}}}
	h.Boss = h.Place("曾小平", h.Top, "committee_secretary", "full")
	h.Secretary = h.Place("欧阳兰", h.A, "secretary", "full")
	h.Deputy = h.Place("仇志高", h.A, "deputy_secretary", "full")
	h.Youth = h.Place("宁一", h.A, "youth_member", "full")
	h.Recorder = h.Place("任笔勤", h.A, "recorder", "full")
	for i, n := range []string{"何志远", "盖春生", "区小满"} {
		h.Members[i] = h.Place(n, h.A, "member", "full")
	}
	h.Probation = h.Place("邓新来", h.A, "member", "probationary")
	h.Applicant = h.Place("申求进", h.A, "member", "activist")
	h.SecretB = h.Place("单立新", h.B, "secretary", "full")
	h.MemberB = h.Place("解晓东", h.B, "member", "full")
	h.Stranger = h.Place("甄路人", h.Bureau, "staff", "")
	return h
}

// OK stops the test at an error.
func (h *House) OK(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// Wants checks an error's code; "" wants none.
func (h *House) Wants(err error, code string) {
	h.Helper()
	switch {
	case code == "" && err != nil:
		h.Errorf("error %v, want none", err)
	case code != "" && fault.Code(err) != code:
		h.Errorf("error %v, want %s", err, code)
	}
}

// Do changes something as the program.
func (h *House) Do(fn func(ctx context.Context, tx *change.Tx) error) {
	h.Helper()
	h.OK(h.Change.Do(h.Ctx, System, fn))
}

// Unit adds a unit.
func (h *House) Unit(n org.NewUnit) (u org.Unit) {
	h.Helper()
	h.Do(func(ctx context.Context, tx *change.Tx) (err error) {
		u, err = h.Org.AddUnit(ctx, tx, n)
		return err
	})
	return u
}

// Person adds somebody who belongs nowhere yet.
func (h *House) Person(name string) (id db.ID) {
	h.Helper()
	h.Do(func(ctx context.Context, tx *change.Tx) error {
		p, err := h.Org.AddPerson(ctx, tx, org.NewPerson{Name: name, Category: "serving"})
		id = p.ID
		return err
	})
	return id
}

// Place adds somebody to a unit and gives them as a signed-in actor.
func (h *House) Place(name string, u org.Unit, position, standing string) access.Actor {
	h.Helper()
	id := h.Person(name)
	h.Join(id, u, position, standing)
	return h.Actor(id)
}

// Join makes somebody a member of a unit.
func (h *House) Join(person db.ID, u org.Unit, position, standing string) (m org.Membership) {
	h.Helper()
	h.Do(func(ctx context.Context, tx *change.Tx) (err error) {
		m, err = h.Org.AddMembership(ctx, tx, org.NewMembership{PersonID: person, UnitID: u.ID, Position: position, Standing: standing})
		return err
	})
	return m
}

// Actor is somebody as a new session would know them.
func (h *House) Actor(person db.ID) access.Actor {
	h.Helper()
	grants, err := org.Grants(h.Ctx, h.DB.Read(), person)
	h.OK(err)
	return access.Actor{Kind: access.Person, PersonID: person, AccountID: person, Origin: "test", Lang: "zh-CN", Grants: grants}
}

// Link is somebody let into one meeting by a join link.
func (h *House) Link(a access.Actor, id db.ID) access.Actor {
	return access.Actor{Kind: access.Link, PersonID: a.PersonID, MeetingID: id, Origin: "test", Lang: "zh-CN"}
}

// Tomorrow is a plan for a 组织生活会 of an hour and a half, held as the branch's general meeting.
func (h *House) Tomorrow() meeting.Arrangement {
	at := db.Now().Add(24 * time.Hour)
	return meeting.Arrangement{Kind: "organisation_life", HeldAs: "general", Theme: "战疫情、守初心", StartsAt: at, EndsAt: at.Add(90 * time.Minute), RecorderID: h.Recorder.PersonID}
}

// Draft arranges a meeting of A.
func (h *House) Draft(a meeting.Arrangement) meeting.MeetingDetail {
	h.Helper()
	id, err := h.Meeting.Create(h.Ctx, h.Secretary, h.A.ID, a)
	h.OK(err)
	return h.Detail(id)
}

// Announced arranges a meeting of A and makes it known; the notices are written.
func (h *House) Announced(a meeting.Arrangement) meeting.MeetingDetail {
	h.Helper()
	d := h.Draft(a)
	h.OK(h.Meeting.Announce(h.Ctx, h.Secretary, d.ID, d.Version))
	h.Work()
	return h.Detail(d.ID)
}

// Detail reads a meeting as A's secretary.
func (h *House) Detail(id db.ID) meeting.MeetingDetail {
	h.Helper()
	d, err := h.Meeting.Detail(h.Ctx, h.Secretary, id)
	h.OK(err)
	return d
}

// Listed finds somebody on a meeting's list, as A's secretary sees it.
func (h *House) Listed(id db.ID, who access.Actor) (p meeting.Participant, ok bool) {
	h.Helper()
	list, _, err := h.Meeting.Participants(h.Ctx, h.Secretary, id)
	h.OK(err)
	for _, p := range list {
		if p.PersonID == who.PersonID {
			return p, true
		}
	}
	return p, false
}

// Notices counts the notices of a kind that somebody has.
func (h *House) Notices(who access.Actor, kind string) int {
	h.Helper()
	return int(h.Count(`SELECT COUNT(*) FROM notice WHERE person_id = $1 AND kind = $2`, who.PersonID, kind))
}

// Todos counts what somebody is asked to do.
func (h *House) Todos(who access.Actor) int {
	h.Helper()
	return int(h.Count(`SELECT COUNT(*) FROM notice WHERE person_id = $1 AND todo AND done_at = 0`, who.PersonID))
}

// Count reads a number.
func (h *House) Count(query string, args ...any) (n int64) {
	h.Helper()
	h.OK(db.Get(h.Ctx, h.DB.Read(), &n, query, args...))
	return n
}

// Kept counts the files in the store.
func (h *House) Kept() (n int) {
	h.Helper()
	for all := h.Files.List(nil); ; n++ {
		if _, err := all.Next(h.Ctx); err != nil {
			if !errors.Is(err, io.EOF) {
				h.Fatal(err)
			}
			return n
		}
	}
}

// Work does the jobs that are due now.
func (h *House) Work() { h.Helper(); h.WorkUntil(time.Now()) }

// WorkUntil does the jobs that are due until an instant, as if it had come.
func (h *House) WorkUntil(t time.Time) {
	h.Helper()
	h.OK(h.Jobs.Drain(h.Ctx, t))
}

// End lets a meeting have been held: opened and over, without a room.
func (h *House) End(id db.ID) {
	h.Helper()
	h.Do(func(ctx context.Context, tx *change.Tx) error {
		tx.AppendOnly()
		if err := h.Meeting.Opened(ctx, tx, id); err != nil {
			return err
		}
		return h.Meeting.Finished(ctx, tx, id, tx.Now())
	})
}
