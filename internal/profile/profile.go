// Package profile holds the words and rules of one kind of organisation as data: what its
// units, positions and meetings are called, how often it meets, who counts, what carries.
//
// A profile is a folder: profile.yaml and one file a meeting kind under meetings/. The built-in
// ones are "party" and "association". Rules are named kinds with parameters (a fraction, its
// base, how strict), never an expression language. A meeting pins the version it was made with.
package profile

import "wozai/internal/access"

// Profile is one organisation's words and rules. It is read-only once parsed.
type Profile struct {
	ID      string `yaml:"id" json:"id"`
	Version int    `yaml:"version" json:"version"` // rises with every change that a kept record could notice
	Name    Text   `yaml:"name" json:"name"`
	About   Text   `yaml:"about" json:"about"`

	// Words are the terms that pages use and that differ from one kind of organisation to
	// another; RequiredWords lists the keys that every profile has.
	Words map[string]Text `yaml:"words" json:"words"`

	Trees         []Tree        `yaml:"trees" json:"trees"`
	UnitKinds     []UnitKind    `yaml:"unit_kinds" json:"unit_kinds"`
	Positions     []Position    `yaml:"positions" json:"positions"`
	Standings     []Standing    `yaml:"standings" json:"standings"`
	Categories    []Term        `yaml:"categories" json:"categories"`
	Whereabouts   []Whereabouts `yaml:"whereabouts" json:"whereabouts"`
	LeaveReasons  []Reason      `yaml:"leave_reasons" json:"leave_reasons"`
	ExemptReasons []Reason      `yaml:"exempt_reasons" json:"exempt_reasons"` // reasons not to be due at all

	// Columns are names that lists from elsewhere give to what an import reads, by its key.
	Columns map[string][]string `yaml:"columns" json:"-"`

	MeetingKinds []MeetingKind `yaml:"-" json:"meeting_kinds"` // meetings/*.yaml, by Order
}

// RequiredWords are the terms that pages rely on.
var RequiredWords = []string{
	"organisation", // the whole: 机关, association
	"branch",       // the unit that meets: 党支部, section
	"group",        // its fixed small groups: 党小组, team
	"level_above",  // whom it reports to: 上级党组织, the federation
	"member",       // who belongs: 党员, member
	"voter",        // who counts for a quorum: 有表决权的党员, voting member
	"observer",     // invited without a vote: 列席人员, guest
	"due",          // those due to attend: 应到会, entitled
	"secretary",    // who leads the branch: 书记, chair
	"recorder",     // who keeps the record: 记录员
	"host",         // who leads the meeting: 主持人
	"deputy",       // who steps in for the host: 副主持人
	"record",       // 会议记录
	"minutes",      // 会议纪要
	"report",       // the report to the level above: 情况报告
	"statement",    // 书面发言
	"action",       // 整改措施, action item
	"plan",         // what is submitted before: 会议方案
}

// Term is a key with its words.
type Term struct {
	Key  string `yaml:"key" json:"key"`
	Name Text   `yaml:"name" json:"name"`
}

// Tree is one order of the same people: administrative, party, members.
type Tree struct {
	Key  string `yaml:"key" json:"key"`
	Name Text   `yaml:"name" json:"name"`
	// Meets marks the tree whose units hold the profile's meetings and report upward.
	Meets bool `yaml:"meets" json:"meets"`
}

// UnitKind is a kind of unit and where it may stand.
type UnitKind struct {
	Key   string   `yaml:"key" json:"key"`
	Name  Text     `yaml:"name" json:"name"`
	Tree  string   `yaml:"tree" json:"tree"`
	Root  bool     `yaml:"root" json:"root"`   // may stand at the top of its tree
	Under []string `yaml:"under" json:"under"` // kinds of the same tree it may stand under
}

// Grant is a role at the position's unit, over everything below it too when Subtree is set.
type Grant struct {
	Role    access.Role `yaml:"role" json:"role"`
	Subtree bool        `yaml:"subtree" json:"subtree"`
}

// Position is an office or plain membership in a unit.
type Position struct {
	Key    string   `yaml:"key" json:"key"`
	Name   Text     `yaml:"name" json:"name"`
	In     []string `yaml:"in" json:"in"`         // unit kinds that have it
	Grants []Grant  `yaml:"grants" json:"grants"` // what it lets its holder do
	// Leads marks who chairs the unit's meetings by default; Committee who sits on its committee.
	Leads     bool `yaml:"leads" json:"leads"`
	Committee bool `yaml:"committee" json:"committee"`
	Single    bool `yaml:"single" json:"single"` // one holder at a time
}

// Standing is how somebody belongs and whether they vote.
type Standing struct {
	Key   string `yaml:"key" json:"key"`
	Name  Text   `yaml:"name" json:"name"`
	Votes bool   `yaml:"votes" json:"votes"`
	// Belongs is false for guests and staff who are no members: they are never due.
	Belongs bool `yaml:"belongs" json:"belongs"`
}

// Whereabouts is an answer to "where are you".
type Whereabouts struct {
	Key  string `yaml:"key" json:"key"`
	Name Text   `yaml:"name" json:"name"`
	// Detail asks for more in the person's own words ("哪个城市"); nil asks nothing.
	Detail *Text `yaml:"detail" json:"detail,omitempty"`
	// Care marks places from which people may need help, for their own officers' list.
	Care bool `yaml:"care" json:"care"`
}

// Reason is why somebody is excused from a meeting, or not due at it.
type Reason struct {
	Key  string `yaml:"key" json:"key"`
	Name Text   `yaml:"name" json:"name"`
	Note bool   `yaml:"note" json:"note"` // wants a sentence besides
}
