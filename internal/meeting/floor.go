// Package meeting is everything about a meeting: schedule, floor, attendance, quorum, votes,
// record, archive. The rules (floor*.go, quorum.go, vote.go, attendance.go) are pure: time and
// state come in, state and events go out, nothing is read or written.
package meeting

import (
	"wozai/internal/db"
	"wozai/internal/profile"
)

// Floor is the whole state of speaking in one meeting: who is there, who speaks, who waits, which
// stage is on. It is stored and sent to browsers as it is. Apply is the only way to change it.
//
// Times are absolute and in whole milliseconds; durations are in seconds unless named otherwise.
// Lists keep a meaningful order. Names of people are not here: the room joins them by id.
type Floor struct {
	Meeting db.ID `json:"meeting"`
	// Version rises by one with every change. Mark is the version of the last change to who
	// holds the floor, to the stage or to the chair: commands about those must be based on it
	// or later, so that a raised hand elsewhere never makes a host's tap stale.
	Version int64 `json:"version"`
	Mark    int64 `json:"mark"`

	Chair   db.ID   `json:"chair"`   // who leads the meeting now
	Hosts   []db.ID `json:"hosts"`   // others with the host's commands
	Deputy  []db.ID `json:"deputy"`  // who may take over when the chair is gone, in order
	Locked  bool    `json:"locked"`  // nobody new comes in
	Lobby   bool    `json:"lobby"`   // newcomers wait until let in
	Ended   bool    `json:"ended"`   // no floor any more
	Removed []db.ID `json:"removed"` // may not come back

	People []FloorPerson `json:"people"` // in the order they first came
	Stages []FloorStage  `json:"stages"`
	Stage  string        `json:"stage"` // key of the open one, "" between stages

	Turns       []Turn `json:"turns"`       // who holds the floor: at most one, in open discussion up to Microphones
	Interrupted *Turn  `json:"interrupted"` // whom the host took the floor from, to return it to
	Hands       []Hand `json:"hands"`       // who waits, in order
	LastTurn    int64  `json:"last_turn"`   // number of the newest turn

	Settings FloorSettings `json:"settings"`
}

// FloorSettings are the limits of one meeting.
type FloorSettings struct {
	FloorGrace int `json:"floor_grace"` // seconds that a holder who lost the connection keeps the floor
	PlaceGrace int `json:"place_grace"` // seconds that anybody who lost it keeps place and hand, and counts as here
	ChairGrace int `json:"chair_grace"` // seconds after which a deputy may take over from a chair who is gone
	Cameras    int `json:"cameras"`     // places with a camera; where there are more, only speakers, who comes next, chair and hosts; 0: the first two only
}

// DefaultFloorSettings suit a branch.
func DefaultFloorSettings() FloorSettings {
	return FloorSettings{FloorGrace: 20, PlaceGrace: 120, ChairGrace: 30, Cameras: 60}
}

// Standing in the room.
type PersonState string

// The states of a person in the room.
const (
	Waiting PersonState = "waiting" // in the lobby
	Here    PersonState = "here"
	Away    PersonState = "away" // connection lost, within PlaceGrace: keeps place, hand and floor
	Left    PersonState = "left"
)

// How somebody takes part.
type How string

// The ways to take part, from most to least.
const (
	ByVideo   How = "video"
	ByAudio   How = "audio"
	ByShared  How = "shared"  // several people at one screen (分会场)
	ByPhone   How = "phone"   // a telephone call that the host enters; no media here
	ByWriting How = "written" // a statement only: heard, never present
)

// FloorPerson is one person in the room.
type FloorPerson struct {
	ID    db.ID       `json:"id"`
	State PersonState `json:"state"`
	How   How         `json:"how"`
	// Seat is the connection they sit at, 0 for telephone and writing. People at one seat share
	// its microphone and may act for one another: they hold one device.
	Seat     db.ID   `json:"seat"`
	Observer bool    `json:"observer"` // 列席: may be given the floor, is never waited for
	Since    db.Time `json:"since"`    // of State
	// SpokenMS adds up the person's finished turns, in milliseconds; Turns counts them.
	// What a chair says to lead the meeting is not in them.
	SpokenMS int64 `json:"spoken_ms"`
	Turns    int   `json:"turns"`
	Stated   bool  `json:"stated"` // has handed in a statement, in any stage
}

// StageState says whether a stage is yet to come, on, or over.
type StageState string

// The states of a stage.
const (
	StagePending StageState = "pending"
	StageOpen    StageState = "open"
	StageClosed  StageState = "closed"
)

// FloorStage is one stage with its rules, copied from the meeting's plan, and what happened in it.
type FloorStage struct {
	Key     string       `json:"key"`
	Mode    profile.Mode `json:"mode"`
	Minutes int          `json:"minutes"` // planned

	Seconds         int              `json:"seconds"` // to speak; 0: no limit
	Warning         int              `json:"warning"` // seconds before the end
	Overtime        profile.Overtime `json:"overtime"`
	Grace           int              `json:"grace"` // seconds after the end, with overtime grace
	PassOn          profile.PassOn   `json:"pass_on"`
	Microphones     int              `json:"microphones"` // at once, in mode open
	StatementsCount bool             `json:"statements_count"`
	Order           []db.ID          `json:"order"` // speakers in their order (keynote; a round may have one)

	State    StageState    `json:"state"`
	OpenedAt db.Time       `json:"opened_at"`
	ClosedAt db.Time       `json:"closed_at"`
	Marks    []SpokenMark  `json:"marks"`    // who is done in this stage, how, in order
	Override *OverrideMark `json:"override"` // closed although somebody was not yet heard
}

// SpokenAs is how somebody is done in a stage.
type SpokenAs string

// The ways to be done.
const (
	AsSpoken SpokenAs = "spoken"
	AsStated SpokenAs = "stated" // handed in a written or recorded statement
	AsPassed SpokenAs = "passed" // declined to speak
)

// SpokenMark notes that a person is done in a stage. A person may have several; a turn makes one each.
type SpokenMark struct {
	Person db.ID    `json:"person"`
	As     SpokenAs `json:"as"`
	At     db.Time  `json:"at"`
	By     db.ID    `json:"by"` // who did it, when not themselves; 0 otherwise
	// Statement is what was handed in; 0 unless As is "stated".
	Statement db.ID `json:"statement"`
}

// OverrideMark notes that a host closed a stage although somebody had not been heard.
type OverrideMark struct {
	By      db.ID   `json:"by"`
	Reason  string  `json:"reason"`
	At      db.Time `json:"at"`
	Unheard []db.ID `json:"unheard"`
}

// TurnKind is what a turn is for.
type TurnKind string

// The kinds of turn.
const (
	TurnSpeech    TurnKind = "speech"
	TurnChair     TurnKind = "chair"     // the host leads the meeting; not a contribution
	TurnStatement TurnKind = "statement" // a statement is played or read in its author's turn
)

// Turn is one holding of the floor.
type Turn struct {
	ID     int64    `json:"id"` // number within the meeting, from 1
	Kind   TurnKind `json:"kind"`
	Person db.ID    `json:"person"` // whose turn it is
	// Seat has the microphone: the person's own, or Reader's; 0: none (telephone, playing a file).
	Seat      db.ID  `json:"seat"`
	Reader    db.ID  `json:"reader"`    // reads the statement aloud or relays the telephone; 0: nobody
	Statement db.ID  `json:"statement"` // 0 when it is a speech
	SoundMS   int64  `json:"sound_ms"`  // how long the recording is that is played; 0 when none is
	Stage     string `json:"stage"`
	GivenBy   db.ID  `json:"given_by"` // the host who gave it; 0: in turn

	StartedAt db.Time `json:"started_at"`
	WarnAt    db.Time `json:"warn_at"`   // none without a limit
	DueAt     db.Time `json:"due_at"`    // the countdown reaches zero; none without a limit
	EndsAt    db.Time `json:"ends_at"`   // the floor passes on by itself; none: it never does
	PausedAt  db.Time `json:"paused_at"` // the holder lost the connection, or was interrupted: the clock stands
	PausedMS  int64   `json:"paused_ms"` // finished pauses, in milliseconds
	Extended  int     `json:"extended"`  // seconds added by hosts
}

// Hand is a raised hand.
type Hand struct {
	Person db.ID   `json:"person"`
	At     db.Time `json:"at"`
}

// Person finds a person in the room.
func (f *Floor) Person(id db.ID) (*FloorPerson, bool) {
	for i := range f.People {
		if f.People[i].ID == id {
			return &f.People[i], true
		}
	}
	return nil, false
}

// byPerson is Person for who asks about everybody.
func (f *Floor) byPerson() map[db.ID]*FloorPerson {
	out := make(map[db.ID]*FloorPerson, len(f.People))
	for i := range f.People {
		out[f.People[i].ID] = &f.People[i]
	}
	return out
}

// Current is the open stage, nil between stages.
func (f *Floor) Current() *FloorStage {
	if f.Stage == "" {
		return nil
	}
	return f.stage(f.Stage)
}

func (f *Floor) stage(key string) *FloorStage {
	for i := range f.Stages {
		if f.Stages[i].Key == key {
			return &f.Stages[i]
		}
	}
	return nil
}

// IsHost reports whether a person has the host's commands.
func (f *Floor) IsHost(id db.ID) bool {
	return id != 0 && (id == f.Chair || contains(f.Hosts, id))
}

// Holds reports whether a person holds the floor.
func (f *Floor) Holds(id db.ID) bool { return f.turnOf(id) >= 0 }

func (f *Floor) turnOf(person db.ID) int {
	for i := range f.Turns {
		if f.Turns[i].Person == person {
			return i
		}
	}
	return -1
}
