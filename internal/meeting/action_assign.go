package meeting

import (
	"context"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
)

// Assignee is who is to do an action: one person or one unit.
type Assignee struct {
	Person db.ID `json:"person_id,omitempty"`
	Unit   db.ID `json:"unit_id,omitempty"`
}

// assignable reports whether it can be given to somebody else at all: a personal measure is one's own.
func (x *Action) assignable() bool { return x.State == ActionOpen && x.Kind == ActionUnit }

// AssignAction gives an open action of the unit to somebody else: its officers, and who writes the
// record while it is a draft. A signed record keeps whom the meeting named; who had it and who has
// it now are told. Given to who has it already, nothing changes. Faults: conflict action_closed,
// action_personal_stays; stale; invalid (action_one_assignee, action_not_in_unit); forbidden; not-found.
func (s *Records) AssignAction(ctx context.Context, a access.Actor, id db.ID, to Assignee, version int64) error {
	return s.Change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		x, err := readAction(ctx, tx, a, id)
		if err != nil {
			return err
		}
		switch {
		case !x.officer(a) && !(x.Signed == 0 && x.writtenBy(a)):
			return fault.Forbidden()
		case x.Kind == ActionPersonal:
			return fault.Conflict("action_personal_stays")
		case x.State != ActionOpen:
			return fault.Conflict("action_closed")
		}
		var c fault.Check
		c.If((to.Person == 0) == (to.Unit == 0), "person_id", "action_one_assignee")
		if err := s.belongs(ctx, tx, &c, meetingPlace{ID: x.Meeting, Unit: x.Unit, Path: x.Path}, to); err != nil {
			return err
		}
		if err := c.Err(); err != nil {
			return err
		}
		was := Assignee{x.Person, x.ToUnit}
		if to == was {
			return nil
		}
		if err := tx.ExecOne(ctx, `UPDATE action SET person_id = $1, to_unit_id = $2, was_person_id = $3, was_unit_id = $4, assigned_at = $5, reminded_on = '', version = version + 1
			WHERE id = $6 AND version = $7 AND state = 'open'`, to.Person, to.Unit, was.Person, was.Unit, tx.Now(), id, version); err != nil {
			return err
		}
		if x.Signed != 0 { // before that nobody has been told of it
			now, err := readAction(ctx, tx, a, id)
			if err != nil {
				return err
			}
			if err := tx.Done(ctx, "action", id, 0); err != nil {
				return err
			}
			if err := x.tellDoer(ctx, tx, change.Notice{Kind: "action.unassigned", Params: map[string]any{"theme": x.Theme, "name": now.PersonName + now.ToUnitName}}); err != nil {
				return err
			}
			if err := now.tellDoer(ctx, tx, change.Notice{Kind: "action.assigned", Todo: true, Params: map[string]any{"theme": x.Theme, "name": x.PersonName + x.ToUnitName}}); err != nil {
				return err
			}
		}
		return s.actionChanged(ctx, tx, x.Meeting, id, x.Unit, "action.assign", map[string]any{"person": to.Person, "unit": to.Unit, "from_person": was.Person, "from_unit": was.Unit})
	})
}
