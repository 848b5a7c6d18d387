// Package rollcall asks a frozen audience a typed question by a deadline and counts every answer:
// people or units answer, answers roll up the tree.
//
// A roll call has a form with versions, an audience by org.Selection and a schedule. Each period
// freezes who is asked and the tree they stand in; later changes of the organisation show and are
// never counted silently. There are four answers: a value, a signed nil, not applicable with a
// reason, and missing. Voluntary roll calls have no audience to be missing from.
package rollcall

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
	"wozai/internal/profile"
)

// isDate accepts days that exist, written YYYY-MM-DD.
func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil && len(s) == len(time.DateOnly)
}

// State is how far a roll call is.
type State string

// The states of a roll call.
const (
	Draft   State = "draft"   // for its composers alone
	Running State = "running" // its periods open and close
	Ended   State = "ended"   // no further period opens
)

// PeriodState is how far a period is.
type PeriodState string

// The states of a period.
const (
	Opening PeriodState = "opening" // its audience is being frozen, in parts
	Open    PeriodState = "open"
	Locked  PeriodState = "locked" // answers are taken from units with an exception alone
)

// Composition is what an officer says of a roll call.
type Composition struct {
	Title     profile.Text  `json:"title"`
	About     profile.Text  `json:"about"`
	ByUnits   bool          `json:"by_units,omitempty" doc:"units answer for themselves and are checked level by level; otherwise people answer"`
	Voluntary bool          `json:"voluntary,omitempty" doc:"no audience is kept: nobody is expected, missing or reminded"`
	Anonymous bool          `json:"anonymous,omitempty" doc:"what is said is not kept with who said it, only that somebody answered and whether on time; it cannot be corrected or taken back, is shown to nobody until the period is locked and mixed, and only from five answers on. What the words say may still give somebody away."`
	Audience  org.Selection `json:"audience" doc:"within the asking unit and what is below it"`
	Schedule  Schedule      `json:"schedule"`
	Minutes   int64         `json:"minutes" minimum:"1" maximum:"600" doc:"that an answer takes, as the composer reckons"`
	KeepDays  int64         `json:"keep_days,omitempty" minimum:"0" maximum:"3650" doc:"days after closing when sensitive values are deleted; 0: never by itself"`
	Form      Form          `json:"form"`
}

// Rollcall is a roll call as its composers see it.
type Rollcall struct {
	ID          db.ID    `json:"id"`
	Unit        db.ID    `json:"unit_id" doc:"who asks"`
	UnitName    string   `json:"unit_name"`
	State       State    `json:"state" enum:"draft,running,ended"`
	FormVersion int64    `json:"form_version"`
	CreatedAt   db.Time  `json:"created_at"`
	Version     int64    `json:"version"`
	Periods     []Period `json:"periods" doc:"newest first, at most 100"`
	Abilities   []string `json:"abilities" doc:"change, open, end"`
	Composition
}

// Period is one asking.
type Period struct {
	ID       db.ID       `json:"id" db:"id"`
	Rollcall db.ID       `json:"rollcall_id" db:"rollcall_id"`
	Number   int64       `json:"number" db:"number"`
	Name     string      `json:"name" db:"name" doc:"a day or working day 2020-02-14, 2020-W07, 2020-02, or empty for the only one"`
	State    PeriodState `json:"state" db:"state" enum:"opening,open,locked"`
	OpensAt  db.Time     `json:"opens_at" db:"opens_at"`
	DueAt    db.Time     `json:"due_at" db:"due_at"`
	ClosesAt db.Time     `json:"closes_at" db:"closes_at"`
}

// Template is a composition to begin from.
type Template struct {
	Key       string       `json:"key"`
	Title     profile.Text `json:"title"`
	About     profile.Text `json:"about"`
	ByUnits   bool         `json:"by_units,omitempty"`
	Voluntary bool         `json:"voluntary,omitempty"`
	Every     Every        `json:"every" enum:"once,day,workday,week,month"`
	Minutes   int64        `json:"minutes"`
	Form      Form         `json:"form"`
}

//go:embed templates.json
var templatesJSON []byte

// Templates lists what an officer may begin from.
var Templates = sync.OnceValue(func() []Template {
	var out []Template
	if err := json.Unmarshal(templatesJSON, &out); err != nil {
		panic(err) // it is part of the program; a test reads it
	}
	return out
})

func (c *Composition) check() (*Compiled, error) {
	var k fault.Check
	phrase(&k, "title", c.Title, 120, true)
	phrase(&k, "about", c.About, 2000, false)
	c.Schedule.check(&k)
	k.If(c.Minutes < 1 || c.Minutes > 600, "minutes", "range", "min", 1, "max", 600)
	k.If(c.KeepDays < 0 || c.KeepDays > 3650, "keep_days", "range", "min", 0, "max", 3650)
	k.If(c.ByUnits && c.Voluntary, "voluntary", "not_of_kind")
	k.If(c.Voluntary && c.Schedule.RemindBefore > 0, "schedule.remind_before", "not_of_kind")
	k.If(len(c.Audience.UnitIDs)+len(c.Audience.PersonIDs) == 0, "audience", "required")
	k.If(c.ByUnits && len(c.Audience.PersonIDs)+len(c.Audience.Positions)+len(c.Audience.Standings) > 0, "audience", "not_of_kind")
	k.If(c.Anonymous && c.ByUnits, "anonymous", "not_of_kind")
	k.If(c.Anonymous && c.KeepDays > 0, "keep_days", "not_of_kind")
	for i, f := range c.Form.Fields {
		k.If(c.Anonymous && f.Sensitive, fmt.Sprintf("form.fields[%d].sensitive", i), "not_of_kind")      // all of it is sealed
		k.If(c.Anonymous && f.Kind == Attached, fmt.Sprintf("form.fields[%d].kind", i), "file_anonymous") // its content and what it is called would tell who it was
		k.If(c.Anonymous && f.Prefill, fmt.Sprintf("form.fields[%d].prefill", i), "not_of_kind")
	}
	form, err := Compile(c.Form)
	var bad *fault.Fault
	if errors.As(err, &bad) {
		for _, f := range bad.Fields {
			k.Put(fault.Field{Field: "form." + f.Field, Code: f.Code, Params: f.Params})
		}
	} else if err != nil {
		return nil, err
	}
	return form, k.Err()
}

// Text is a phrase in both languages.
type Text = profile.Text

func textOf(stored string) (t Text, err error) { return t, json.Unmarshal([]byte(stored), &t) }
