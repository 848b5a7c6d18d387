package meeting

import (
	"context"
	"time"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/profile"
)

// The record (会议记录) has two layers. Facts are worked out from what happened and cannot be
// edited away; prose is what the recorder adds. Signing freezes both as one JSON document with a
// hash, in the meeting's language; from then on only corrections are appended.

// Held is a meeting as it was arranged and as it went: all that a record is made of, by ids.
type Held struct {
	Meeting      db.ID
	Unit         access.Unit
	UnitName     string
	Organisation string
	Lang         string
	Kind         profile.MeetingKind
	Rules        profile.MeetingKind // who is due and what a vote needs; Kind unless held as another
	ProfileID    string
	ProfileVer   int
	Theme, Place string

	StartsAt, EndsAt  db.Time // planned
	OpenedAt, EndedAt db.Time // 0: not yet
	Chair, Recorder   db.ID

	People      []HeldPerson // the meeting's list, in its order
	Stages      []HeldStage
	Preparation []RecordTask
	Papers      []RecordPaper
	Turns       []HeldTurn
	Statements  []HeldStatement
	Motions     []HeldMotion
	Carried     []OpenAction // what earlier meetings had left to do at its end
	Seen        []Transition
	Names       map[db.ID]string // everybody that the rest names
}

// HeldPerson is somebody on the meeting's list.
type HeldPerson struct {
	Person   db.ID
	Belongs  bool   // by standing and by the kind's rule a member who is due
	Votes    bool   // by standing
	Observer bool   // 列席
	Exempt   string // reason not to be due
	Excuse   string // reason for leave
	ExcuseBy db.ID  // who granted it; 0: asked only
	Helper   string // who held the device, "name, relation"
}

// HeldStage is a stage as it went.
type HeldStage struct {
	Key, Name          string
	OpenedAt, ClosedAt db.Time
	Passed             []db.ID
	OverrideBy         db.ID
	OverrideReason     string
	Unheard            []db.ID
}

// HeldTurn is one holding of the floor.
type HeldTurn struct {
	Number    int64
	Kind      TurnKind
	Person    db.ID
	Reader    db.ID
	Statement db.ID
	Stage     string
	StartedAt db.Time
	SpokenMS  int64
}

// HeldStatement is what somebody handed in.
type HeldStatement struct {
	ID, Person, By db.ID
	Stage, Text    string
	Audio          bool
	At             db.Time
}

// HeldMotion is a motion with its outcome and the votes that count.
type HeldMotion struct {
	Motion
	Title, Text string
	BallotName  string
	Withdrawn   bool
}

// Books reads meetings for their record. It is read-only and authorises nothing.
type Books interface {
	// Held reads one meeting whole; not-found when there is none.
	Held(ctx context.Context, q db.Querier, meeting db.ID) (Held, error)
}

// RecordFormat names the shape of the frozen document.
const RecordFormat = "wozai-record/1"

// RecordFacts are the structured facts of a record. Names are spelled out: a frozen record does
// not follow later changes.
type RecordFacts struct {
	Meeting        db.ID        `json:"meeting"`
	Lang           string       `json:"lang" enum:"zh-CN,en"`
	Organisation   string       `json:"organisation"`
	Profile        string       `json:"profile"`
	ProfileVersion int          `json:"profile_version"`
	Unit           RecordName   `json:"unit"`
	Kind           RecordTerm   `json:"kind"`
	HeldAs         *RecordTerm  `json:"held_as,omitempty" doc:"the kind whose rules about who is due and votes applied"`
	Theme          string       `json:"theme"`
	Place          string       `json:"place"`
	StartsAt       db.Time      `json:"starts_at" doc:"planned"`
	EndsAt         db.Time      `json:"ends_at" doc:"planned"`
	OpenedAt       db.Time      `json:"opened_at"`
	EndedAt        db.Time      `json:"ended_at"`
	Minutes        int          `json:"minutes" doc:"length, rounded up"`
	UTCOffset      int          `json:"utc_offset" doc:"minutes east of UTC: in which times of day are written"`
	Chair          RecordName   `json:"chair"`
	Recorder       RecordName   `json:"recorder"`
	Attendance     RecordCounts `json:"attendance"`
	Headings       struct {
		Record  []RecordTerm `json:"record"`
		Minutes []RecordTerm `json:"minutes"`
		Report  []RecordTerm `json:"report"`
	} `json:"headings" doc:"of the documents, by the rules that the meeting was made with"`

	Preparation []RecordTask      `json:"preparation"`
	Stages      []RecordStage     `json:"stages"`
	Speeches    []RecordSpeech    `json:"speeches"`
	Statements  []RecordStatement `json:"statements"`
	Motions     []RecordMotion    `json:"motions"`
	Papers      []RecordPaper     `json:"papers"`
	Carried     []OpenAction      `json:"carried,omitempty" doc:"what earlier meetings had left to do at its end"`
}

// RecordName names a person or a unit.
type RecordName struct {
	ID   db.ID  `json:"id"`
	Name string `json:"name"`
}

// RecordTerm is a word of the profile in the record's language.
type RecordTerm struct {
	Key  string `json:"key"`
	Name string `json:"name"`
}

// RecordCounts is the attendance. Due = Present + Excused + Absent, always.
type RecordCounts struct {
	Due           int              `json:"due" doc:"应到: members who are not exempt, and who was exempt and came"`
	Present       int              `json:"present" doc:"实到, of those due"`
	Excused       int              `json:"excused"`
	Absent        int              `json:"absent"`
	Exempt        int              `json:"exempt" doc:"not due, with a reason"`
	Observers     int              `json:"observers" doc:"列席, who came"`
	Guests        int              `json:"guests" doc:"on the list without being due or observers, who came"`
	Late          int              `json:"late"`
	LeftEarly     int              `json:"left_early"`
	Written       int              `json:"written" doc:"not present, but handed in a statement"`
	VotersDue     int              `json:"voters_due"`
	VotersPresent int              `json:"voters_present"`
	Quorum        *RecordQuorum    `json:"quorum,omitempty"`
	People        []RecordAttendee `json:"people"`
}

// RecordQuorum is the arithmetic of the quorum over the meeting.
type RecordQuorum struct {
	Due     int    `json:"due"`
	Present int    `json:"present"`
	Needed  int    `json:"needed"`
	Met     bool   `json:"met"`
	Rule    string `json:"rule" doc:"the rule in words"`
}

// RecordAttendee is one person's line.
type RecordAttendee struct {
	RecordName
	Status    AttendanceStatus `json:"status" enum:"present,excused,exempt,absent,not_due"`
	Due       bool             `json:"due"`
	Votes     bool             `json:"votes,omitempty"`
	Observer  bool             `json:"observer,omitempty"`
	Hows      []How            `json:"hows,omitempty" doc:"ways in which they took part, first used first"`
	Spans     []Span           `json:"spans,omitempty"`
	Seconds   int              `json:"seconds,omitempty" doc:"present within the meeting"`
	Late      bool             `json:"late,omitempty"`
	LeftEarly bool             `json:"left_early,omitempty"`
	Reason    *RecordTerm      `json:"reason,omitempty" doc:"of leave or exemption; for who grants it and the person"`
	GrantedBy *RecordName      `json:"granted_by,omitempty"`
	Stated    bool             `json:"stated,omitempty"`
	Helper    string           `json:"helper,omitempty" doc:"who held the device, with the person's consent"`
}

// RecordTask is a preparation task.
type RecordTask struct {
	Key      string  `json:"key"`
	Name     string  `json:"name"`
	Required bool    `json:"required,omitempty"`
	DoneAt   db.Time `json:"done_at"`
	Note     string  `json:"note,omitempty"`
}

// RecordPaper is a paper of the meeting; File and SHA256 find it in the archive.
type RecordPaper struct {
	ID        db.ID  `json:"id"`
	Title     string `json:"title"`
	FileName  string `json:"file_name,omitempty"`
	MediaType string `json:"media_type,omitempty"`
	Bytes     int64  `json:"bytes,omitempty"`
	SHA256    string `json:"sha256,omitempty"`

	Blob string `json:"-"` // where the bytes are
}

// RecordStage is a stage as it went.
type RecordStage struct {
	Key      string          `json:"key"`
	Name     string          `json:"name"`
	OpenedAt db.Time         `json:"opened_at"`
	ClosedAt db.Time         `json:"closed_at"`
	Passed   []RecordName    `json:"passed,omitempty" doc:"declined to speak"`
	Override *RecordOverride `json:"override,omitempty" doc:"closed although somebody had not been heard"`
}

// RecordOverride says who closed a stage although somebody had not been heard, and why.
type RecordOverride struct {
	By      RecordName   `json:"by"`
	Reason  string       `json:"reason"`
	Unheard []RecordName `json:"unheard"`
}

// RecordSpeech is one turn. What was said is the text "turn.<number>".
type RecordSpeech struct {
	Number    int64       `json:"number"`
	Kind      TurnKind    `json:"kind" enum:"speech,chair,statement"`
	Person    RecordName  `json:"person"`
	Reader    *RecordName `json:"reader,omitempty"`
	Statement db.ID       `json:"statement,omitzero"`
	Played    bool        `json:"played,omitempty" doc:"a recording of it was played"`
	Stage     string      `json:"stage"`
	StartedAt db.Time     `json:"started_at"`
	Seconds   int         `json:"seconds"`
}

// RecordStatement is a statement handed in.
type RecordStatement struct {
	ID     db.ID       `json:"id"`
	Person RecordName  `json:"person"`
	By     *RecordName `json:"by,omitempty" doc:"who handed it in for them"`
	Stage  string      `json:"stage,omitempty"`
	Text   string      `json:"text"`
	Audio  bool        `json:"audio,omitempty"`
	At     db.Time     `json:"at"`
}

// RecordMotion is a motion with its arithmetic.
type RecordMotion struct {
	ID       db.ID         `json:"id"`
	Title    string        `json:"title"`
	Text     string        `json:"text,omitempty"`
	Ballot   string        `json:"ballot"`
	State    string        `json:"state" enum:"closed,withdrawn,not_voted"`
	OpenedAt db.Time       `json:"opened_at"`
	ClosedAt db.Time       `json:"closed_at"`
	Quorum   *RecordQuorum `json:"quorum,omitempty" doc:"when it was opened"`
	For      int           `json:"for"`
	Against  int           `json:"against"`
	Abstain  int           `json:"abstain"`
	NotVoted int           `json:"not_voted"`
	Base     int           `json:"base" doc:"what the fraction is taken of"`
	Needed   int           `json:"needed"`
	Carried  bool          `json:"carried"`
	Rule     string        `json:"rule" doc:"the majority in words"`
	Votes    []RecordVote  `json:"votes"`
}

// RecordVote is how somebody voted.
type RecordVote struct {
	Person RecordName `json:"person"`
	Choice Choice     `json:"choice" enum:"for,against,abstain"`
}

// recordLeeway is how much later than the beginning, or earlier than the end, is neither late nor early.
const recordLeeway = 5 * time.Minute
