package profile

// MeetingKind is one kind of meeting: how often, how it runs, what its votes need, what its
// record looks like.
type MeetingKind struct {
	Key   string `yaml:"key" json:"key"`
	Order int    `yaml:"order" json:"order"` // place in lists
	Name  Text   `yaml:"name" json:"name"`
	About Text   `yaml:"about" json:"about"`

	HeldBy []string `yaml:"held_by" json:"held_by"` // unit kinds that hold it
	// HeldAs lists the kinds of meeting it may be held as (an 组织生活会 as a 党员大会 …):
	// then that kind says who is due and what a vote needs. Empty: it is a meeting of its own.
	HeldAs []string `yaml:"held_as" json:"held_as"`

	Due       Due       `yaml:"due" json:"due"`
	Frequency Frequency `yaml:"frequency" json:"frequency"`
	Stages    []Stage   `yaml:"stages" json:"stages"`
	Prepare   []Task    `yaml:"prepare" json:"prepare"`

	// Opening must hold before the meeting is opened; nil asks for no quorum.
	Opening *Quorum `yaml:"opening" json:"opening,omitempty"`
	// Ballots are the kinds of vote it may hold; empty: it decides nothing by vote.
	Ballots []Ballot `yaml:"ballots" json:"ballots"`

	Speaking  Speaking   `yaml:"speaking" json:"speaking"`
	Reminders []Reminder `yaml:"reminders" json:"reminders"`
	// Confidentiality is read to everybody on entry.
	Confidentiality Text `yaml:"confidentiality" json:"confidentiality"`

	Record  []Term `yaml:"record" json:"record"`   // headings of the 会议记录
	Minutes []Term `yaml:"minutes" json:"minutes"` // headings of the 纪要
	Report  []Term `yaml:"report" json:"report"`   // headings of the 情况报告; empty: none is due

	Guide []Section `yaml:"guide" json:"guide"` // how to run this meeting, for the host
}

// Due says who is due at a meeting.
type Due string

// Who is due.
const (
	DueMembers   Due = "members"   // everybody of the unit whose standing belongs
	DueCommittee Due = "committee" // the holders of positions marked committee
)

// Period is a span of the calendar.
type Period string

// The periods.
const (
	Month   Period = "month"
	Quarter Period = "quarter"
	Year    Period = "year"
)

// Frequency is how often the meeting is to be held: AtLeast times in every Per. With AtLeast 0
// nothing falls due by itself. Words is the rule as people say it.
type Frequency struct {
	AtLeast int    `yaml:"at_least" json:"at_least"`
	Per     Period `yaml:"per" json:"per,omitempty"`
	Words   Text   `yaml:"words" json:"words"`
	Source  Text   `yaml:"source" json:"source"`
}

// Mode is how the floor goes round in a stage.
type Mode string

// The modes.
const (
	Queue          Mode = "queue"           // hands, in the order they were raised
	Round          Mode = "round"           // everybody once before anybody twice
	Keynote        Mode = "keynote"         // named speakers in their order
	Open           Mode = "open"            // several microphones at once
	EveryoneSpeaks Mode = "everyone_speaks" // closes when everyone has spoken, handed in or passed
	Vote           Mode = "vote"            // the host speaks, everybody votes
)

// Stage is one part of the agenda.
type Stage struct {
	Key     string `yaml:"key" json:"key"`
	Name    Text   `yaml:"name" json:"name"`
	Minutes int    `yaml:"minutes" json:"minutes"`
	Mode    Mode   `yaml:"mode" json:"mode"`
	Hint    *Text  `yaml:"hint" json:"hint,omitempty"` // one line for the host
	// Microphones at once, for mode open; 0 means the default of DefaultMicrophones.
	Microphones int `yaml:"microphones" json:"microphones,omitempty"`
	// SpeakSeconds overrides the kind's speaking time; 0 keeps it.
	SpeakSeconds int `yaml:"speak_seconds" json:"speak_seconds,omitempty"`
	// PassOn overrides the kind's; "" keeps it.
	PassOn PassOn `yaml:"pass_on" json:"pass_on,omitempty"`
}

// DefaultMicrophones is how many speak at once in an open discussion unless a stage says more.
const DefaultMicrophones = 4

// Task is something to prepare before the meeting.
type Task struct {
	Key        string `yaml:"key" json:"key"`
	Name       Text   `yaml:"name" json:"name"`
	Hint       *Text  `yaml:"hint" json:"hint,omitempty"`
	DaysBefore int    `yaml:"days_before" json:"days_before"` // suggested
	Required   bool   `yaml:"required" json:"required"`       // the page asks about it before the meeting opens
}

// Base is what a fraction is taken of.
type Base string

// The bases.
const (
	EligibleVoting Base = "eligible_voting" // those with a vote who are due
	Eligible       Base = "eligible"        // all who are due, with a vote or without; for a quorum
	Present        Base = "present"         // those with a vote who are present; for a majority
	Cast           Base = "cast"            // votes for and against, no abstentions; for a majority
)

// Strictness is how a fraction is to be reached.
type Strictness string

// The two ways.
const (
	AtLeast  Strictness = "at_least"  // 半数以上: half is enough
	MoreThan Strictness = "more_than" // 超过半数: half is not
)

// Quorum is the share of Base that must be present.
type Quorum struct {
	Num        int        `yaml:"num" json:"num"`
	Den        int        `yaml:"den" json:"den"`
	Base       Base       `yaml:"base" json:"base"`
	Strictness Strictness `yaml:"strictness" json:"strictness"`
	Words      Text       `yaml:"words" json:"words"`   // the rule spelled out
	Source     Text       `yaml:"source" json:"source"` // where it is written
}

// Majority is the share of Base that must vote for it.
type Majority struct {
	Num        int        `yaml:"num" json:"num"`
	Den        int        `yaml:"den" json:"den"`
	Base       Base       `yaml:"base" json:"base"`
	Strictness Strictness `yaml:"strictness" json:"strictness"`
	Words      Text       `yaml:"words" json:"words"`
	Source     Text       `yaml:"source" json:"source"`
}

// Ballot is one kind of vote: what must be there to open it, what carries it.
type Ballot struct {
	Key      string   `yaml:"key" json:"key"`
	Name     Text     `yaml:"name" json:"name"`
	Quorum   Quorum   `yaml:"quorum" json:"quorum"`
	Majority Majority `yaml:"majority" json:"majority"`
	// Secret ballots cannot be held openly on line; the page says so and offers none.
	Secret bool `yaml:"secret" json:"secret"`
}

// Overtime is what happens when the time to speak is over.
type Overtime string

// The ways.
const (
	OvertimePassOn Overtime = "pass_on" // the floor passes on at once
	OvertimeGrace  Overtime = "grace"   // GraceSeconds more, then it passes on
	OvertimeRemind Overtime = "remind"  // the clock shows it; the host decides
)

// PassOn says who calls the next speaker when the floor falls free.
type PassOn string

// The ways.
const (
	PassAuto PassOn = "auto" // the next in line has it at once
	PassHost PassOn = "host" // it waits for the host
)

// Speaking is how long one may speak and how the floor passes on.
type Speaking struct {
	Seconds      int      `yaml:"seconds" json:"seconds"` // 0: no limit
	Warning      int      `yaml:"warning" json:"warning"` // seconds before the end
	Overtime     Overtime `yaml:"overtime" json:"overtime"`
	GraceSeconds int      `yaml:"grace_seconds" json:"grace_seconds,omitempty"`
	PassOn       PassOn   `yaml:"pass_on" json:"pass_on"`
	// StatementsCount: a written statement counts as spoken. It never counts as present.
	StatementsCount bool `yaml:"statements_count" json:"statements_count"`
}

// Reminder is sent before the meeting. To is "all", "unanswered" or "hosts".
type Reminder struct {
	HoursBefore int    `yaml:"hours_before" json:"hours_before"`
	To          string `yaml:"to" json:"to"`
	Words       Text   `yaml:"words" json:"words"`
}

// Section is a heading with its points.
type Section struct {
	Title  Text   `yaml:"title" json:"title"`
	Points []Text `yaml:"points" json:"points"`
}
