package meeting

import (
	"context"
	"slices"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/profile"
)

// Plan is what the room needs to know of a meeting as it was arranged.
type Plan struct {
	Meeting  db.ID
	Unit     access.Unit
	UnitName string
	Theme    string
	State    string // as the meeting's own: planned, called off, over
	Lang     string // of the record

	Kind  profile.MeetingKind // how it runs
	Rules profile.MeetingKind // who is due and what a vote needs; Kind unless it is held as another

	StartsAt, EndsAt db.Time
	Chair            db.ID
	Recorder         db.ID
	Deputies         []db.ID
	Lobby            bool
	// Practice is a room to try one's sound in: anybody may enter at any time, the microphone is
	// had by asking for it, nothing is counted or kept.
	Practice   bool
	Stages     []FloorStage
	StageNames map[string]StageName // of stages that the kind does not name so
	People     []Invited
}

// StageName is a stage in words.
type StageName struct {
	Name profile.Text
	Hint *profile.Text
}

// Invited is one person on the meeting's list.
type Invited struct {
	Person    db.ID
	Name      string
	Belongs   bool   // a member by standing, so due unless exempt
	Votes     bool   // has a vote by standing
	Observer  bool   // 列席
	Exempt    string // reason not to be due
	Excuse    string // reason for leave
	ExcusedBy db.ID  // 0: asked, not granted
}

// Person finds somebody on the list.
func (p *Plan) Person(id db.ID) (Invited, bool) {
	i := slices.IndexFunc(p.People, func(x Invited) bool { return x.Person == id })
	if i < 0 {
		return Invited{}, false
	}
	return p.People[i], true
}

// leads reports whether somebody may be in before the doors open.
func (p *Plan) leads(id db.ID) bool {
	return id != 0 && (id == p.Chair || id == p.Recorder || contains(p.Deputies, id))
}

const planCalledOff = "cancelled"

// Plans reads meetings as they were arranged, and is told how they go.
type Plans interface {
	// Plan reads one; not-found when there is none.
	Plan(ctx context.Context, q db.Querier, meeting db.ID) (Plan, error)
	// Pages counts the pages of one of the meeting's papers; not-found for any other paper.
	Pages(ctx context.Context, q db.Querier, meeting, paper db.ID) (int, error)
	// Exempt writes why a person is not due; reason "" takes it back.
	Exempt(ctx context.Context, tx *change.Tx, meeting, person db.ID, reason, note string) error
}
