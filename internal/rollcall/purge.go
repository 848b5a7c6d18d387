package rollcall

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
)

// purgeJob deletes the sensitive values of a period when their days are over.
type purgeJob struct {
	Period db.ID `json:"period"`
}

// Kind implements river.JobArgs.
func (purgeJob) Kind() string { return "rollcall_purge" }

// inFlight is how long an answer that was taken in time may still be on its way to the disk.
const inFlight = time.Minute

// draftDays are those of what was begun in a period whose sensitive values stay.
const draftDays = 90

// purgeAfter has the sensitive values deleted when their days are over, and what may come until some
// later time when that is past; what was begun and not sent goes in any case.
func (p place) purgeAfter(ctx context.Context, tx *change.Tx, last db.Time) error {
	at := max(p.ClosesAt.Add(time.Duration(cmp.Or(p.KeepDays, draftDays))*24*time.Hour), last.Add(inFlight))
	return tx.Enqueue(ctx, purgeJob{p.Period.ID}, &river.InsertOpts{ScheduledAt: at.Std()})
}

// purge leaves answers and counts and takes the sensitive values away, drafts with them. How many
// there were stands in the audit; afterwards none is left to be found. It runs again when an exception
// that let some more in is over.
func (s *Service) purge(ctx context.Context, j purgeJob) error {
	for all := int64(0); ; {
		gone := int64(0)
		if err := s.Change.Do(ctx, access.SystemActor("job"), func(ctx context.Context, tx *change.Tx) error {
			gone = 0
			p, err := readPlace(ctx, tx, j.Period)
			if err != nil {
				return err
			}
			statements := []string{
				`DELETE FROM rollcall_draft WHERE period_id = $1 AND answerer_id IN (SELECT answerer_id FROM rollcall_draft WHERE period_id = $1 LIMIT %d)`,
				`UPDATE rollcall_answer SET sealed = NULL WHERE period_id = $1 AND answerer_id IN (SELECT answerer_id FROM rollcall_answer WHERE period_id = $1 AND sealed IS NOT NULL LIMIT %d)`,
				`UPDATE rollcall_answer_version SET sealed = NULL WHERE period_id = $1 AND answerer_id IN (SELECT answerer_id FROM rollcall_answer_version WHERE period_id = $1 AND sealed IS NOT NULL LIMIT %d)`,
			}
			if p.KeepDays == 0 {
				statements = statements[:1]
			}
			for _, statement := range statements {
				r, err := tx.ExecContext(ctx, fmt.Sprintf(statement, part), j.Period)
				if err != nil {
					return err
				}
				n, err := r.RowsAffected()
				if err != nil {
					return err
				}
				gone += n
			}
			if gone == 0 {
				if all == 0 && (p.PurgedAt != 0 || p.KeepDays == 0) {
					tx.AppendOnly()
					return nil // nothing had come since
				}
				if p.KeepDays > 0 {
					if err := tx.Exec(ctx, `UPDATE rollcall_period SET purged_at = $1 WHERE id = $2`, tx.Now(), j.Period); err != nil {
						return err
					}
				}
			}
			return tx.Audit(ctx, change.Record{Action: "rollcall.purge", Subject: "rollcall", SubjectID: p.Rollcall, UnitID: p.row.Unit, After: map[string]any{"period": j.Period, "deleted": gone, "done": gone == 0}})
		}); err != nil || gone == 0 {
			return err
		}
		all += gone
	}
}
