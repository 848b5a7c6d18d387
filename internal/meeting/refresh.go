package meeting

import (
	"context"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/job"
	"wozai/internal/org"
)

// refreshUnit brings the lists of a unit's coming meetings up to date.
type refreshUnit struct {
	Unit db.ID `json:"unit"`
}

// Kind implements river.JobArgs.
func (refreshUnit) Kind() string { return "meeting_refresh" }

// Work registers the jobs of the schedule.
func (s *Service) Work(q *job.Queue) {
	job.Work(q, s.Tell)
	job.Work(q, func(ctx context.Context, a refreshUnit) error { return s.Refresh(ctx, a.Unit) })
}

// RollChanged asks, after a change of a unit's roll, for the lists of its coming meetings to
// follow. It may be asked by every node for the same change.
func (s *Service) RollChanged(ctx context.Context, unit db.ID) error {
	ids, err := s.coming(ctx, unit)
	if err != nil || len(ids) == 0 {
		return err
	}
	return s.Change.Do(ctx, access.SystemActor("job"), func(ctx context.Context, tx *change.Tx) error {
		return tx.Enqueue(ctx, refreshUnit{unit}, nil)
	})
}

// coming lists a unit's meetings whose lists still follow its roll.
func (s *Service) coming(ctx context.Context, unit db.ID) (ids []db.ID, err error) {
	return ids, db.Select(ctx, s.DB.Read(), &ids, `SELECT id FROM meeting WHERE unit_id = $1 AND status IN ('draft', 'announced') AND opened_at = 0 AND NOT practice`, unit)
}

// Refresh brings the lists of a unit's coming meetings up to date and tells whoever is new on
// them. It may run any number of times.
func (s *Service) Refresh(ctx context.Context, unit db.ID) error {
	ids, err := s.coming(ctx, unit)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := s.Change.Do(ctx, access.SystemActor("job"), func(ctx context.Context, tx *change.Tx) error { return s.refreshOne(ctx, tx, id) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) refreshOne(ctx context.Context, tx *change.Tx, id db.ID) error {
	m, err := getMeeting(ctx, tx, id)
	if err != nil || m.OpenedAt != 0 || m.Status != Draft && m.Status != Announced {
		return err
	}
	u, err := org.GetUnit(ctx, tx, m.UnitID)
	if err != nil || u.ValidTo != 0 {
		return err // a unit that has ended: its last meeting keeps its list
	}
	pin, err := m.pins()
	if err != nil {
		return err
	}
	changed, err := refreshList(ctx, tx, &m, pin, s.Profile())
	if err != nil || !changed {
		return err
	}
	if m.Status == Announced {
		if err := s.tell(ctx, tx, &m, tellInvited, ""); err != nil {
			return err
		}
	}
	return tx.Audit(ctx, change.Record{Action: "meeting.refresh", Subject: "meeting", SubjectID: id, UnitID: m.UnitID})
}
