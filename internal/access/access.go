// Package access decides who may do what: pure rules over the grants an actor holds and the
// path of the unit that a thing belongs to. It reads no database and knows no slice.
package access

import (
	"context"
	"slices"
	"strings"

	"wozai/internal/db"
	"wozai/internal/fault"
)

// Role is what a grant lets its holder do at a unit. A profile maps positions to roles.
type Role string

// The roles.
const (
	Admin    Role = "admin"    // keeps the installation: units, people, accounts; sees no contents
	Officer  Role = "officer"  // leads a branch: arranges meetings, looks after its people
	Recorder Role = "recorder" // keeps the record of a branch's meetings
	Overseer Role = "overseer" // the level above: sees planned, held, signed, reported; accepts or sends back
	Member   Role = "member"   // belongs
)

// Grant gives a role at a unit, over everything below it too when Subtree is set.
type Grant struct {
	Role    Role   `json:"role" db:"role"`
	UnitID  db.ID  `json:"unit_id" db:"unit_id"`
	Path    string `json:"path" db:"path"`
	Subtree bool   `json:"subtree" db:"subtree"`
}

// Unit is the place a thing belongs to, as far as rules need to know it.
type Unit struct {
	ID   db.ID  `json:"id" db:"id"`
	Path string `json:"path" db:"path"` // "/1/20/", the unit's own id last
}

// Permission names something that can be allowed at a unit.
type Permission string

// The permissions of the foundation's and the slices' operations, with their rules below.
const (
	OrgManage        Permission = "org.manage"        // add, change, move, end units and memberships
	AccountManage    Permission = "account.manage"    // give people a sign-in
	PersonRead       Permission = "person.read"       // contact data and memberships of a person of the unit
	PersonWrite      Permission = "person.write"      // change them
	WhereaboutsRead  Permission = "whereabouts.read"  // where a person of the unit is: own officers only
	MeetingArrange   Permission = "meeting.arrange"   // create, change, invite, postpone, cancel
	MeetingRead      Permission = "meeting.read"      // the unit's meetings and signed records
	MeetingRecord    Permission = "meeting.record"    // edit the draft record
	MeetingOversee   Permission = "meeting.oversee"   // due, planned, held, signed, reported of the subtree
	SubmissionDecide Permission = "submission.decide" // accept what a unit below submitted, or send it back
	DispatchAsk      Permission = "dispatch.ask"      // ask the people of a unit, and below it, without belonging there
	DispatchLead     Permission = "dispatch.lead"     // see what is asked in the unit's name, and call it off
	RollcallAsk      Permission = "rollcall.ask"      // compose, open, end and lock roll calls of the unit
	RollcallAnswer   Permission = "rollcall.answer"   // answer for the unit, name helpers, excuse its people
	RollcallCount    Permission = "rollcall.count"    // how many of the unit and those below it have answered
	RollcallWho      Permission = "rollcall.who"      // who has, and what they said
	RollcallCheck    Permission = "rollcall.check"    // pass what a unit below returned, accept it, send it back
	GroupManage      Permission = "group.manage"      // which groups in messengers hear of what is urgent in the unit
)

type rule struct {
	roles []Role
}

var rules = map[Permission]rule{
	OrgManage:        {[]Role{Admin, Officer}},
	AccountManage:    {[]Role{Admin, Officer}},
	PersonRead:       {[]Role{Admin, Officer}},
	PersonWrite:      {[]Role{Admin, Officer}},
	WhereaboutsRead:  {[]Role{Officer}},
	MeetingArrange:   {[]Role{Officer}},
	MeetingRead:      {[]Role{Officer, Recorder, Member}},
	MeetingRecord:    {[]Role{Officer, Recorder}},
	MeetingOversee:   {[]Role{Officer, Overseer}},
	SubmissionDecide: {[]Role{Overseer}},
	DispatchAsk:      {[]Role{Officer, Overseer}},
	DispatchLead:     {[]Role{Officer}},
	RollcallAsk:      {[]Role{Officer}},
	RollcallAnswer:   {[]Role{Officer, Recorder}},
	RollcallCount:    {[]Role{Officer, Overseer, Recorder}},
	RollcallWho:      {[]Role{Officer, Recorder}},
	RollcallCheck:    {[]Role{Officer, Overseer}},
	GroupManage:      {[]Role{Admin}},
}

// Kind says on what footing an actor acts.
type Kind string

// The kinds of actor.
const (
	Nobody Kind = ""       // not signed in
	Person Kind = "person" // signed in with an account
	Link   Kind = "link"   // let into one meeting by a join link
	System Kind = "system" // the program itself: jobs, import, command line, demo
)

// Actor is who acts.
type Actor struct {
	Kind      Kind
	PersonID  db.ID
	AccountID db.ID
	SessionID db.ID
	MeetingID db.ID  // Link: the one meeting
	Origin    string // "http", "job", "cli", "demo"
	Lang      string // "zh-CN" or "en"
	Grants    []Grant
	// NewPassword: somebody else knows the password, so it is to be changed before anything else.
	NewPassword bool
}

// SystemActor acts for the program itself; origin says which part.
func SystemActor(origin string) Actor { return Actor{Kind: System, Origin: origin, Lang: "zh-CN"} }

// Can reports whether the actor has the permission at the unit.
func (a Actor) Can(p Permission, u Unit) bool {
	if a.Kind == System {
		return true
	}
	if a.Kind != Person {
		return false
	}
	r, ok := rules[p]
	if !ok {
		return false
	}
	for _, g := range a.Grants {
		if slices.Contains(r.roles, g.Role) && (g.UnitID == u.ID || g.Subtree && strings.HasPrefix(u.Path, g.Path)) {
			return true
		}
	}
	return false
}

// Require is nil when the actor has the permission at the unit, not-found otherwise: what is
// not theirs is not theirs to know of. Where they may see the thing by another right, the
// caller answers fault.Forbidden instead.
func (a Actor) Require(p Permission, u Unit) error {
	if a.Can(p, u) {
		return nil
	}
	return fault.NotFound()
}

// Allowed is Require for somebody who may see the thing anyway: Forbidden instead of NotFound.
func (a Actor) Allowed(p Permission, u Unit) error {
	if a.Can(p, u) {
		return nil
	}
	return fault.Forbidden()
}

// Reaches reports whether the actor's own offices reach as far as a grant: nobody gives away, or
// takes over, more than they have. Belonging is no office, so everybody reaches that.
func (a Actor) Reaches(g Grant) bool {
	if a.Kind == System || g.Role == Member {
		return true
	}
	return slices.ContainsFunc(a.Grants, func(mine Grant) bool {
		if mine.Role != Admin && mine.Role != Officer && mine.Role != g.Role {
			return false
		}
		return mine.Subtree && strings.HasPrefix(g.Path, mine.Path) || !g.Subtree && mine.UnitID == g.UnitID
	})
}

// Scope lists the grants that carry the permission, for queries over many units.
func (a Actor) Scope(p Permission) []Grant {
	if a.Kind != Person {
		return nil
	}
	var out []Grant
	for _, g := range a.Grants {
		if slices.Contains(rules[p].roles, g.Role) {
			out = append(out, g)
		}
	}
	return out
}

// Is reports whether the actor is this person, signed in or by link.
func (a Actor) Is(person db.ID) bool { return person != 0 && a.PersonID == person }

type actorKey struct{}

// With puts the request's actor into a context; only the API edge does that.
func With(ctx context.Context, a Actor) context.Context { return context.WithValue(ctx, actorKey{}, a) }

// From takes the request's actor out; nobody when there is none.
func From(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}
