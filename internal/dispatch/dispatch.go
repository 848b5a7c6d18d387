// Package dispatch asks 谁在? and counts on 我在: a sentence to some people, a number of seats, and
// whoever taps first has one. Exactly as many hold it as are wanted; everybody else is told at once
// and kindly.
//
// A seat is a lease: a word of progress renews it, silence gives it back to the pool. Where nobody
// is free, the next ring is asked, and at last the officer in charge. Who is off, or has quiet
// hours, is not rung. When somebody answered is kept in the course of things and counted nowhere.
package dispatch

import (
	"slices"
	"time"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/org"
)

// Mode says how many are to take it on.
type Mode string

// The modes.
const (
	First Mode = "first" // one is enough
	Some  Mode = "some"  // as many as are wanted
	All   Mode = "all"   // everybody asked answers: a count, not a race
)

// State is whether a dispatch is still open.
type State string

// The states. Whether it rings follows from the seats.
const (
	Open      State = "open"
	Confirmed State = "confirmed" // the asker has what was needed
	Cancelled State = "cancelled"
	Ended     State = "ended" // nobody said anything more: it closed by itself
)

// Rings, from the nearest outwards.
const (
	RingAudience = 0 // whom the asker named
	RingUnit     = 1 // everybody of the unit
	RingDuty     = 2 // whoever is on duty in it, below and above
	RingOfficers = 3 // who is in charge of it, or the nearest above
)

// Whom to leave of an audience.
const (
	OnlyFree = "free"
	OnlyDuty = "duty"
)

// Bounds of what may be asked.
const (
	maxAsked  = 300 // people in one dispatch: a commit holds them all
	maxOpen   = 10  // dispatches that one person may have open: ringing others is dear
	maxSeats  = 50
	maxAhead  = 30 * 24 * time.Hour
	leaseUsed = 30 // minutes, when the asker says nothing
	widenUsed = 3
	endsAfter = 24 * time.Hour // without a word, once its time has come or everything was said to be done
)

// Dispatch is what was asked.
type Dispatch struct {
	ID        db.ID   `json:"id" db:"id"`
	Unit      db.ID   `json:"unit_id" db:"unit_id" doc:"in whose name it is asked"`
	UnitName  string  `json:"unit_name" db:"unit_name"`
	AskedBy   db.ID   `json:"asked_by" db:"asked_by"`
	AskerName string  `json:"asker_name" db:"asker_name"`
	Text      string  `json:"text" db:"text"`
	Need      string  `json:"need" db:"need" doc:"what is needed, in more words"`
	Mode      Mode    `json:"mode" db:"mode" enum:"first,some,all"`
	Wanted    int64   `json:"wanted" db:"wanted" doc:"how many are to take it on"`
	Held      int64   `json:"held" db:"held" doc:"how many have; never more than wanted"`
	Ring      int64   `json:"ring" db:"ring" doc:"how far it was asked: 0 whom the asker named, 1 the unit, 2 who is on duty there, below and above, 3 who is in charge"`
	Widen     int64   `json:"widen_minutes" db:"widen"`
	Lease     int64   `json:"lease_minutes" db:"lease" doc:"how long a seat is kept without a word"`
	State     State   `json:"state" db:"state" enum:"open,confirmed,cancelled,ended"`
	AskedAt   db.Time `json:"asked_at" db:"asked_at"`
	DueAt     db.Time `json:"due_at" db:"due_at"`
	ClosedAt  db.Time `json:"closed_at" db:"closed_at"`
	Version   int64   `json:"version" db:"version"`

	Path string `json:"-" db:"path"`
}

func (d *Dispatch) where() access.Unit { return access.Unit{ID: d.Unit, Path: d.Path} }

// wants reports that there are seats to be taken.
func (d *Dispatch) wants() bool { return d.State == Open && d.Held < d.Wanted }

// done reports that every seat is taken and its work said to be done.
func (d *Dispatch) done(seats []Claim) bool {
	return d.Held == d.Wanted && !slices.ContainsFunc(seats, func(c Claim) bool { return c.State != Done })
}

// until is when a lease that is renewed at an instant ends.
func (d *Dispatch) until(now db.Time) db.Time {
	if d.Mode == All {
		return 0 // an answer is not a job
	}
	return now.Add(time.Duration(d.Lease) * time.Minute)
}

// ClaimState is how a seat stands.
type ClaimState string

// The states of a claim. The first two hold a seat.
const (
	Holding  ClaimState = "holding"
	Done     ClaimState = "done"
	Released ClaimState = "released" // given back
	Handed   ClaimState = "handed"   // to somebody else
	Lapsed   ClaimState = "lapsed"   // nothing was heard
	Returned ClaimState = "returned" // the asker asks again
	Closed   ClaimState = "closed"   // the dispatch ended first
)

// Claim is a seat taken by somebody.
type Claim struct {
	ID        db.ID      `json:"-" db:"id"`
	Dispatch  db.ID      `json:"-" db:"dispatch_id"`
	Person    db.ID      `json:"person_id" db:"person_id"`
	Name      string     `json:"name" db:"name"`
	State     ClaimState `json:"state" db:"state" enum:"holding,done"`
	Result    string     `json:"result,omitempty" db:"result" doc:"for the asker, who is in charge and the holder"`
	UntilAt   db.Time    `json:"until_at" db:"until_at" doc:"without a word until then it goes back; null: no lease"`
	ClaimedAt db.Time    `json:"-" db:"claimed_at"`
}

// Line is one thing that happened, for those who have a part in it.
type Line struct {
	ID        db.ID   `json:"id" db:"id"`
	Person    db.ID   `json:"person_id,omitzero" db:"person_id"`
	Name      string  `json:"name" db:"name" doc:"empty: the program itself"`
	Kind      string  `json:"kind" db:"kind" enum:"asked,widened,claimed,progress,released,handed,lapsed,done,again,confirmed,cancelled,ended"`
	OtherName string  `json:"other_name" db:"other_name"`
	Text      string  `json:"text" db:"text"`
	At        db.Time `json:"at" db:"at"`
}

// Question is what Ask needs.
type Question struct {
	Text     string        `json:"text" doc:"one sentence"`
	Need     string        `json:"need,omitempty" doc:"what is needed, in more words"`
	Audience org.Selection `json:"audience"`
	Only     string        `json:"only,omitempty" enum:"free,duty" doc:"of the audience those who are free to be rung, or on duty in the units, at this moment; others only in later rings"`
	Mode     Mode          `json:"mode" enum:"first,some,all"`
	Wanted   int64         `json:"wanted,omitempty" doc:"for some"`
	DueAt    db.Time       `json:"due_at"`
	Lease    int64         `json:"lease_minutes,omitempty" doc:"30 when left out"`
	Widen    int64         `json:"widen_minutes,omitempty" doc:"3 when left out"`
}

func topic(id db.ID) string { return "dispatch:" + id.String() }
