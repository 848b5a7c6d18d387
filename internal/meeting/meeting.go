// Package meeting is a branch's meeting from the idea to the archive. It has three sides:
//
//   - before (meeting.go, schedule*.go, invite.go, prepare.go, paper.go, due.go, tell.go): what is arranged,
//     who is on the list, what is to be prepared, who has been told;
//   - in it (floor*.go, quorum.go, vote.go, attendance.go are pure rules; room*.go is their shell);
//   - after (record*.go, action.go, submission.go, overview.go, archive.go).
//
// A meeting pins the rules of its kind when it is made: a later profile does not rewrite it.
package meeting

import (
	"encoding/json"
	"fmt"
	"time"

	"wozai/internal/db"
	"wozai/internal/profile"
)

// Status is how far a meeting has come; whether people are in it is the room's to say.
type Status string

// The statuses.
const (
	Draft     Status = "draft"     // seen by who arranges it
	Announced Status = "announced" // seen by everybody on its list
	Cancelled Status = "cancelled"
	Over      Status = "over"
)

// Meeting is a meeting as it is arranged.
type Meeting struct {
	ID         db.ID   `json:"id" db:"id"`
	UnitID     db.ID   `json:"unit_id" db:"unit_id"`
	Kind       string  `json:"kind" db:"kind"`
	HeldAs     string  `json:"held_as,omitempty" db:"held_as" doc:"another kind whose rules on who is due and on votes apply"`
	Profile    string  `json:"-" db:"profile"`
	ProfileVer int     `json:"-" db:"profile_version"`
	RulesText  string  `json:"-" db:"rules"`
	Theme      string  `json:"theme" db:"theme"`
	Place      string  `json:"place" db:"place"`
	Note       string  `json:"note" db:"note" doc:"to those invited"`
	StartsAt   db.Time `json:"starts_at" db:"starts_at"`
	EndsAt     db.Time `json:"ends_at" db:"ends_at"`
	Status     Status  `json:"status" db:"status" enum:"draft,announced,cancelled,over"`
	ChairID    db.ID   `json:"chair_id" db:"chair_id"`
	RecorderID db.ID   `json:"recorder_id,omitzero" db:"recorder_id"`
	DeputyText string  `json:"-" db:"deputies"`
	Lobby      bool    `json:"lobby" db:"lobby"`
	Lang       string  `json:"lang" db:"lang"`
	Practice   bool    `json:"practice" db:"practice"`
	Revision   int64   `json:"-" db:"revision"`
	OpenedAt   db.Time `json:"opened_at" db:"opened_at"`
	EndedAt    db.Time `json:"ended_at" db:"ended_at"`
	CreatedBy  db.ID   `json:"-" db:"created_by"`
	CreatedAt  db.Time `json:"created_at" db:"created_at"`
	Version    int64   `json:"version" db:"version"`
}

// pinned is what a meeting keeps of the profile.
type pinned struct {
	Kind  profile.MeetingKind `json:"kind"`
	Rules profile.MeetingKind `json:"rules"`
}

// pins reads the rules that the meeting was made with.
func (m *Meeting) pins() (p pinned, err error) {
	if err := json.Unmarshal([]byte(m.RulesText), &p); err != nil {
		return p, fmt.Errorf("rules of meeting %d: %w", m.ID, err)
	}
	return p, nil
}

// Deputies are who steps in for the host, in their order.
func (m *Meeting) Deputies() []db.ID {
	var ids []db.ID
	_ = json.Unmarshal([]byte(m.DeputyText), &ids) // written by us alone
	return ids
}

// PlannedStage is one part of the agenda as arranged.
type PlannedStage struct {
	MeetingID   db.ID        `json:"-" db:"meeting_id"`
	Key         string       `json:"key" db:"key"`
	Sort        int64        `json:"-" db:"sort"`
	Name        string       `json:"name" db:"name"`
	Hint        string       `json:"hint,omitempty" db:"hint"`
	Mode        profile.Mode `json:"mode" db:"mode" enum:"queue,round,keynote,open,everyone_speaks,vote"`
	Minutes     int          `json:"minutes" db:"minutes" minimum:"1" maximum:"600"`
	Seconds     int          `json:"seconds" db:"seconds" minimum:"0" maximum:"7200" doc:"to speak; 0: the kind's"`
	Microphones int          `json:"microphones" db:"microphones" minimum:"0" maximum:"20"`
	PassOn      string       `json:"pass_on,omitempty" db:"pass_on" enum:"auto,host"`
	SpeakerText string       `json:"-" db:"speakers"`
	Speakers    []db.ID      `json:"speakers" db:"-" doc:"of a keynote stage, in their order"`
}

// Answer is what somebody said to an invitation.
type Answer string

// The answers.
const (
	AnswerNone    Answer = "none"
	AnswerYes     Answer = "yes"
	AnswerAsked   Answer = "asked"   // asked to be excused
	AnswerExcused Answer = "excused" // and was
	AnswerRefused Answer = "refused" // and was not
)

// Participant is somebody on a meeting's list.
type Participant struct {
	MeetingID   db.ID   `json:"-" db:"meeting_id"`
	PersonID    db.ID   `json:"person_id" db:"person_id"`
	Name        string  `json:"name" db:"name"`
	UnitID      db.ID   `json:"unit_id" db:"unit_id" doc:"through which they are on the list"`
	Sort        int64   `json:"-" db:"sort"`
	Belongs     bool    `json:"belongs" db:"belongs" doc:"a member who is due unless exempt"`
	Votes       bool    `json:"votes" db:"votes"`
	Observer    bool    `json:"observer" db:"observer" doc:"attends without a vote (列席)"`
	ByHand      bool    `json:"by_hand" db:"by_hand"`
	Answer      Answer  `json:"answer" db:"answer" enum:"none,yes,asked,excused,refused"`
	LeaveReason string  `json:"leave_reason,omitempty" db:"leave_reason"`
	LeaveNote   string  `json:"leave_note,omitempty" db:"leave_note"`
	AnsweredAt  db.Time `json:"answered_at" db:"answered_at"`
	DecidedBy   db.ID   `json:"decided_by,omitzero" db:"decided_by"`
	DecidedAt   db.Time `json:"decided_at" db:"decided_at"`
	Exempt      string  `json:"exempt,omitempty" db:"exempt"`
	ExemptNote  string  `json:"exempt_note,omitempty" db:"exempt_note"`
	ExemptBy    db.ID   `json:"-" db:"exempt_by"`
	PlanHow     string  `json:"plan_how,omitempty" db:"plan_how"`
	ToldAt      db.Time `json:"-" db:"told_at"`
	Version     int64   `json:"version" db:"version"`
}

// How long before the planned start the doors are open, and how long a plan may be.
const (
	maxLength   = 12 * time.Hour
	maxInvited  = 2000
	maxSpeakers = 50
	maxDeputies = 5
	maxStageKey = 64 // characters; the room's commands name it
)
