package meeting

import "wozai/internal/db"

// ActionKind says whose an action is.
type ActionKind string

// The kinds of action.
const (
	ActionPersonal ActionKind = "personal" // one's own 整改措施: for the person and the officers alone
	ActionUnit     ActionKind = "unit"     // of the unit, given to a person or a unit: all members see it
)

// RecordAction is an action as the record froze it.
type RecordAction struct {
	ID     db.ID       `json:"id"`
	Kind   ActionKind  `json:"kind" enum:"personal,unit"`
	Text   string      `json:"text,omitempty" doc:"absent where the action is personal and the reader neither its person nor an officer"`
	Person *RecordName `json:"person,omitempty"`
	Unit   *RecordName `json:"unit,omitempty"`
	DueOn  string      `json:"due_on,omitempty" doc:"YYYY-MM-DD"`
}
