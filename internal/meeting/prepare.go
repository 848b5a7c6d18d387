package meeting

import (
	"context"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
)

// PreparationTask is something to prepare before the meeting (study, talks, opinions …).
type PreparationTask struct {
	ID        db.ID   `json:"id" db:"id"`
	MeetingID db.ID   `json:"-" db:"meeting_id"`
	Key       string  `json:"key,omitempty" db:"key"`
	Name      string  `json:"name" db:"name"`
	Sort      int64   `json:"-" db:"sort"`
	Required  bool    `json:"required" db:"required"`
	DueAt     db.Time `json:"due_at" db:"due_at"`
	DoneAt    db.Time `json:"done_at" db:"done_at"`
	DoneBy    db.ID   `json:"done_by,omitzero" db:"done_by"`
	Note      string  `json:"note,omitempty" db:"note"`
}

func readTasks(ctx context.Context, q db.Querier, meeting db.ID) ([]PreparationTask, error) {
	out := []PreparationTask{}
	return out, db.Select(ctx, q, &out, `SELECT id, meeting_id, key, name, sort, required, due_at, done_at, done_by, note FROM preparation WHERE meeting_id = $1 ORDER BY sort, id`, meeting)
}

// AddTask adds a task of the branch's own; the same request twice adds one.
func (s *Service) AddTask(ctx context.Context, actor access.Actor, id db.ID, name string, due db.Time) (db.ID, error) {
	return s.Change.Create(ctx, actor, func(ctx context.Context, tx *change.Tx) (db.ID, error) {
		m, _, err := s.arranged(ctx, tx, actor, id)
		if err != nil {
			return 0, err
		}
		var c fault.Check
		name := c.Text("name", name, 80, true)
		if err := c.Err(); err != nil {
			return 0, err
		}
		at := due
		if at == 0 {
			at = m.StartsAt
		}
		task := tx.NewID()
		if err := tx.Exec(ctx, `INSERT INTO preparation (id, meeting_id, key, name, sort, required, due_at, note) VALUES ($1, $2, '', $3, 1000, FALSE, $4, '')`, task, id, name, at); err != nil {
			return 0, err
		}
		if err := tx.Event(ctx, topic(id), "meeting", id, m.Version); err != nil {
			return 0, err
		}
		return task, tx.Audit(ctx, change.Record{Action: "meeting.task_add", Subject: "meeting", SubjectID: id, UnitID: m.UnitID, After: map[string]any{"name": name}})
	})
}

// TickTask notes that a task is done (or not, after all), with a note on how.
func (s *Service) TickTask(ctx context.Context, actor access.Actor, id, task db.ID, done bool, note string) error {
	return s.arrange(ctx, actor, id, func(ctx context.Context, tx *change.Tx, m *Meeting, _ org.Unit) error {
		var c fault.Check
		note := c.Text("note", note, 500, false)
		if err := c.Err(); err != nil {
			return err
		}
		at, by := db.Time(0), db.ID(0)
		if done {
			at, by = tx.Now(), actor.PersonID
		}
		err := tx.ExecOne(ctx, `UPDATE preparation SET done_at = $1, done_by = $2, note = $3 WHERE id = $4 AND meeting_id = $5`, at, by, note, task, id)
		if fault.Is(err, fault.KindStale) {
			return fault.NotFound()
		}
		if err != nil {
			return err
		}
		return tx.Audit(ctx, change.Record{Action: "meeting.task", Subject: "meeting", SubjectID: id, UnitID: m.UnitID, After: map[string]any{"task": task, "done": done}})
	})
}
