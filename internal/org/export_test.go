package org

import (
	"context"
	"time"

	"wozai/internal/db"
)

// PlanQueries are the statements behind lists and searches, for a look at their plans.
func PlanQueries() map[string]string {
	out := map[string]string{
		"units":         `SELECT ` + unitColumns + `, ` + unitCounts + unitsWhere + ` ORDER BY sort, id LIMIT $4`,
		"roll":          rollSelect + ` AND m.valid_to = 0` + rollOrder,
		"small: person": membershipRows + `m.valid_to <> 0 ORDER BY m.id LIMIT 200`,
		"looks":         looksSelect,
		"batch":         `UPDATE unit SET batch_id = 0 WHERE batch_id = $1 AND batch_id <> 0`,
		"shift":         rewriteUnits,
	}
	for _, subject := range []string{"unit", "person"} {
		for _, s := range steps(subject, "a-b") {
			out[subject+" "+s.query] = s.query
		}
	}
	return out
}

// ImportOn is what the job does.
func (s *Service) ImportOn(ctx context.Context, id db.ID) error { return s.importOn(ctx, id) }

// ApplyStep is one change of applying, as if the process ended after it.
func (s *Service) ApplyStep(ctx context.Context, id db.ID) (bool, error) {
	return s.applyImport(ctx, id, time.Now().Add(time.Nanosecond))
}
