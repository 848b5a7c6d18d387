package org

import (
	"context"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
)

// Tell notifies everybody with a role at exactly this unit, but one.
func Tell(ctx context.Context, tx *change.Tx, unit db.ID, role access.Role, n change.Notice, but db.ID) error {
	ids, err := Holders(ctx, tx, unit, role)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if id == but {
			continue
		}
		n.PersonID = id
		if err := tx.Notify(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// Holders lists who has a role at exactly this unit; what an import has not finished does not count.
func Holders(ctx context.Context, q db.Querier, unit db.ID, role access.Role) (ids []db.ID, err error) {
	return ids, db.Select(ctx, q, &ids, `SELECT DISTINCT person_id FROM access_grant WHERE unit_id = $1 AND role = $2 AND valid_to = 0 AND batch_id = 0 ORDER BY person_id`, unit, string(role))
}

// Belongs reports that somebody is in exactly this unit; what an import has not finished does not count.
func Belongs(ctx context.Context, q db.Querier, person, unit db.ID) (bool, error) {
	var n int64
	err := db.Get(ctx, q, &n, `SELECT COUNT(*) FROM membership WHERE person_id = $1 AND unit_id = $2 AND valid_to = 0 AND batch_id = 0`, person, unit)
	return n > 0, err
}
