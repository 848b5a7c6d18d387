package rollcall

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
)

const (
	remindPart   = 200
	remindPace   = time.Second    // between parts: a million reminders are spread over hours
	remindAtMost = 12 * time.Hour // between two rounds of one period
)

// remindJob reminds one part of those who have not answered, and puts the next part behind itself.
type remindJob struct {
	Period   db.ID `json:"period"`
	Unit     db.ID `json:"unit"`
	Answerer db.ID `json:"answerer"`
}

// Kind implements river.JobArgs.
func (remindJob) Kind() string { return "rollcall_remind" }

// Remind reminds everybody who has not answered, and nobody else; officers of the asking unit may.
// Mails wait for the end of quiet hours, as all do. Faults: conflict rollcall_voluntary,
// rollcall_not_open; too_many rollcall_reminded; not-found.
func (s *Service) Remind(ctx context.Context, a access.Actor, period db.ID) error {
	p, err := s.asker(ctx, a, period)
	if err != nil {
		return err
	}
	switch {
	case p.Voluntary:
		return fault.Conflict("rollcall_voluntary")
	case p.Period.State != Open:
		return fault.Conflict("rollcall_not_open")
	}
	return s.Change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		p, err := readPlace(ctx, tx, period)
		if err != nil {
			return err
		}
		if wait := remindAtMost - tx.Now().Sub(p.RemindedAt); p.RemindedAt != 0 && wait > 0 {
			return fault.New(fault.KindTooMany, "rollcall_reminded").With("retry_after", int64(wait/time.Second), "hours", int64(wait/time.Hour)+1)
		}
		if err := tx.Enqueue(ctx, remindJob{Period: period}, nil); err != nil {
			return err
		}
		if err := tx.Exec(ctx, `UPDATE rollcall_period SET reminded_at = $1 WHERE id = $2`, tx.Now(), period); err != nil {
			return err
		}
		return tx.Audit(ctx, change.Record{Action: "rollcall.remind", Subject: "rollcall", SubjectID: p.Rollcall, UnitID: p.row.Unit, After: map[string]any{"period": period}})
	})
}

// unanswered narrows members (a) to those who owe an answer to period $n.
func unanswered(n string) string {
	return ` AND NOT EXISTS (SELECT 1 FROM rollcall_answer x WHERE x.period_id = ` + n + ` AND x.answerer_id = a.answerer_id AND x.state <> 'returned')
		AND NOT EXISTS (SELECT 1 FROM rollcall_excuse e WHERE e.period_id = ` + n + ` AND e.answerer_id = a.answerer_id)`
}

func (s *Service) remind(ctx context.Context, j remindJob) error {
	return s.Change.Do(ctx, access.SystemActor("job"), func(ctx context.Context, tx *change.Tx) error {
		p, err := readPlace(ctx, tx, j.Period)
		if err != nil || p.Period.State != Open || p.Voluntary {
			return err
		}
		rows, err := p.members(ctx, tx, j.Unit, j.Answerer, unanswered(j.Period.String()), remindPart)
		if err != nil {
			return err
		}
		n, err := p.notice("rollcall.reminder", s.Zone())
		if err != nil {
			return err
		}
		tx.AppendOnly()
		for _, x := range rows {
			if err := p.notify(ctx, tx, n, x); err != nil {
				return err
			}
		}
		if len(rows) < remindPart {
			return nil
		}
		last := rows[len(rows)-1]
		return tx.Enqueue(ctx, remindJob{j.Period, last.Unit, last.Answerer}, &river.InsertOpts{ScheduledAt: time.Now().Add(remindPace)})
	})
}

// overdueJob tells the officers of the units, once, where answers are missing when they were due.
type overdueJob struct {
	Period db.ID `json:"period"`
	Unit   db.ID `json:"unit"` // told up to here
}

// Kind implements river.JobArgs.
func (overdueJob) Kind() string { return "rollcall_overdue" }

func (s *Service) overdue(ctx context.Context, j overdueJob) error {
	return s.Change.Do(ctx, access.SystemActor("job"), func(ctx context.Context, tx *change.Tx) error {
		p, err := readPlace(ctx, tx, j.Period)
		if err != nil || p.Period.State != Open || p.Voluntary {
			return err
		}
		var rows []struct {
			Unit db.ID `db:"unit_id"`
			N    int64 `db:"n"`
		}
		if err := db.Select(ctx, tx, &rows, `SELECT unit_id, expected - received - excused AS n FROM rollcall_count WHERE period_id = $1 AND unit_id > $2 AND expected - received - excused > 0
			ORDER BY unit_id LIMIT $3`, j.Period, j.Unit, remindPart); err != nil {
			return err
		}
		tx.AppendOnly()
		for _, x := range rows {
			n, err := p.notice("rollcall.overdue", s.Zone())
			if err != nil {
				return err
			}
			n.Params["count"] = x.N
			if err := p.tellUnit(ctx, tx, x.Unit, n, 0); err != nil {
				return err
			}
		}
		if len(rows) < remindPart {
			return nil
		}
		return tx.Enqueue(ctx, overdueJob{j.Period, rows[len(rows)-1].Unit}, nil)
	})
}
