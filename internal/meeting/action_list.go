package meeting

import (
	"context"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
)

// ActionFilter narrows lists of actions; zero fields do not.
type ActionFilter struct {
	Open   bool // open or waiting to be confirmed
	Before db.ID
	Limit  int // 50 when zero, 200 at most
}

func (f ActionFilter) limit() int {
	if f.Limit <= 0 {
		return 50
	}
	return min(f.Limit, 200)
}

// UnitActions lists what a unit's meetings gave out and what was given to the unit, newest first,
// as far as the actor may know of it. Faults: not-found for a unit whose meetings are not theirs.
func (s *Records) UnitActions(ctx context.Context, a access.Actor, unit db.ID, f ActionFilter) ([]Action, error) {
	var u access.Unit
	if err := db.Get(ctx, s.DB.Read(), &u, `SELECT id, path FROM unit WHERE id = $1 AND batch_id = 0`, unit); err != nil {
		return nil, err
	}
	if err := a.Require(access.MeetingRead, u); err != nil {
		return nil, err
	}
	return s.actions(ctx, a, f, `(a.unit_id = $3 OR a.to_unit_id = $3)`, unit)
}

// MeetingActions lists a meeting's actions. Faults: not-found.
func (s *Records) MeetingActions(ctx context.Context, a access.Actor, meeting db.ID, f ActionFilter) ([]Action, error) {
	m, err := readPlace(ctx, s.DB.Read(), meeting)
	if err != nil {
		return nil, err
	}
	if !a.Can(access.MeetingRead, m.where()) && !(a.Kind == access.Person && (a.Is(m.Chair) || a.Is(m.Recorder))) {
		return nil, fault.NotFound()
	}
	return s.actions(ctx, a, f, `a.meeting_id = $3`, meeting)
}

// MyActions lists what the actor is to do.
func (s *Records) MyActions(ctx context.Context, a access.Actor, f ActionFilter) ([]Action, error) {
	return s.actions(ctx, a, f, `a.person_id = $3`, a.PersonID)
}

func (s *Records) actions(ctx context.Context, a access.Actor, f ActionFilter, where string, id db.ID) ([]Action, error) {
	open := 0
	if f.Open {
		open = 1
	}
	out := []Action{}
	before := f.Before
	for len(out) < f.limit() { // what is not the reader's is left out, so a page may need more rows
		var rows []Action
		if err := db.Select(ctx, s.DB.Read(), &rows, actionSelect+`WHERE (a.id < $1 OR $1 = 0) AND ($2 = 0 OR a.state IN ('open', 'done')) AND `+where+` ORDER BY a.id DESC LIMIT 200`, before, open, id); err != nil {
			return nil, err
		}
		for _, x := range rows {
			before = x.ID
			if len(out) < f.limit() && x.seen(a) {
				x.abilities(a)
				out = append(out, x)
			}
		}
		if len(rows) < 200 {
			break
		}
	}
	return out, nil
}

// OpenAction is an action as it comes back on the next agenda.
type OpenAction struct {
	ID         db.ID       `json:"id" db:"id"`
	Meeting    db.ID       `json:"meeting_id" db:"meeting_id" doc:"that gave it"`
	Text       string      `json:"text" db:"text"`
	PersonName string      `json:"person_name,omitempty" db:"person_name"`
	UnitName   string      `json:"unit_name,omitempty" db:"unit_name"`
	DueOn      string      `json:"due_on,omitempty" db:"due_on"`
	State      ActionState `json:"state" db:"state" enum:"open,done"`
}

// Carried lists what earlier meetings of the unit left to do, for the agenda and the room of a
// meeting. The unit's members may read it, by a link too; for others on the list it is empty. Faults:
// not-found.
func (s *Records) Carried(ctx context.Context, a access.Actor, meeting db.ID) ([]OpenAction, error) {
	q := s.DB.Read()
	m, err := readPlace(ctx, q, meeting)
	if err != nil {
		return nil, err
	}
	if !a.Can(access.MeetingRead, m.where()) && !(a.Kind == access.Person && (a.Is(m.Chair) || a.Is(m.Recorder))) {
		if a.Kind == access.Link && a.MeetingID != meeting {
			return nil, fault.NotFound()
		}
		var belongs bool
		found, err := db.Find(ctx, q, &belongs, `SELECT belongs FROM participant WHERE meeting_id = $1 AND person_id = $2`, meeting, a.PersonID)
		switch {
		case err != nil:
			return nil, err
		case !found:
			return nil, fault.NotFound()
		case !belongs:
			return []OpenAction{}, nil
		}
	}
	return openActions(ctx, q, m.Unit, meeting, s.Change.Now())
}

// openActions lists what a unit's other meetings had left to do at an instant: the earliest date first,
// at most 100. Personal actions are not among them.
func openActions(ctx context.Context, q db.Querier, unit, butMeeting db.ID, at db.Time) ([]OpenAction, error) {
	out := []OpenAction{}
	return out, db.Select(ctx, q, &out, `SELECT a.id, a.meeting_id, a.text, COALESCE(p.name, '') AS person_name, COALESCE(t.name, '') AS unit_name, a.due_on,
			CASE WHEN a.done_at <> 0 AND a.done_at <= $1 THEN 'done' ELSE 'open' END AS state
		FROM action a LEFT JOIN person p ON p.id = a.person_id LEFT JOIN unit t ON t.id = a.to_unit_id
		WHERE a.unit_id = $2 AND a.kind = 'unit' AND a.meeting_id <> $3 AND a.created_at <= $1 AND (a.closed_at = 0 OR a.closed_at > $1)
		ORDER BY CASE WHEN a.due_on = '' THEN 1 ELSE 0 END, a.due_on, a.id LIMIT 100`, at, unit, butMeeting)
}

// remindActions reminds of what is due.
type remindActions struct{}

// Kind implements river.JobArgs.
func (remindActions) Kind() string { return "action_remind" }

const remindDays = 3 // before the date

// Remind tells who is to do it, once when the date is near and once when it has passed. It may run
// at any time and any number of times.
func (s *Records) Remind(ctx context.Context, now db.Time) error {
	today := now.Std().In(s.Zone())
	soon, day := today.AddDate(0, 0, remindDays).Format(time.DateOnly), today.Format(time.DateOnly)
	for {
		n := 0
		err := s.Change.Do(ctx, access.SystemActor("job"), func(ctx context.Context, tx *change.Tx) error {
			n = 0
			var rows []Action
			if err := db.Select(ctx, tx, &rows, actionSelect+`WHERE a.state = 'open' AND a.due_on <> '' AND a.due_on <= $1 AND r.state = 'signed'
				AND (a.reminded_on = '' OR (a.due_on < $2 AND a.reminded_on <= a.due_on)) ORDER BY a.id LIMIT 200`, soon, day); err != nil {
				return err
			}
			for _, x := range rows {
				kind := "action.soon"
				if x.DueOn < day {
					kind = "action.overdue"
				}
				if err := tx.Done(ctx, "action", x.ID, 0); err != nil { // the older to-do gives way
					return err
				}
				if err := x.tellDoer(ctx, tx, change.Notice{Kind: kind, Todo: true, Params: map[string]any{"theme": x.Theme, "due_on": x.DueOn}}); err != nil {
					return err
				}
				if err := tx.ExecOne(ctx, `UPDATE action SET reminded_on = $1 WHERE id = $2`, day, x.ID); err != nil {
					return err
				}
				if err := tx.Audit(ctx, change.Record{Action: "action.remind", Subject: "action", SubjectID: x.ID, UnitID: x.Unit}); err != nil {
					return err
				}
				n++
			}
			return nil
		})
		if err != nil || n < 200 {
			return err
		}
	}
}
