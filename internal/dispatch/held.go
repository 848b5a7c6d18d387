package dispatch

import (
	"context"

	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/org"
)

// HeldOn implements org.Keeper.
func (s *Service) HeldOn(ctx context.Context, person db.ID) ([]org.Held, error) {
	var n struct {
		Status     bool `db:"status"`
		Duty       bool `db:"duty"`
		Groups     bool `db:"ask_groups"`
		Dispatches bool `db:"dispatches"`
	}
	if err := db.Get(ctx, s.DB.Read(), &n, `SELECT EXISTS (SELECT 1 FROM availability WHERE person_id = $1) AS status, EXISTS (SELECT 1 FROM duty WHERE person_id = $1) AS duty,
		EXISTS (SELECT 1 FROM ask_group WHERE owner_id = $1) AS ask_groups,
		EXISTS (SELECT 1 FROM dispatch WHERE asked_by = $1 UNION ALL SELECT 1 FROM dispatch_person WHERE person_id = $1) AS dispatches`, person); err != nil {
		return nil, err
	}
	return []org.Held{
		{Field: "status", Present: n.Status, Readers: []string{"self", "colleagues"}},
		{Field: "duty", Present: n.Duty, Readers: []string{"self", "colleagues"}},
		{Field: "ask_groups", Present: n.Groups, Readers: []string{"self"}},
		{Field: "dispatches", Present: n.Dispatches, Readers: []string{"self", "asking", "direct_officers"}},
	}, nil
}

// Left implements org.Keeper: status, groups and what is still to come of duty go. What they took on and
// said stays in the story; a seat that they hold comes free when its lease ends.
func (s *Service) Left(ctx context.Context, tx *change.Tx, person db.ID) error {
	for _, statement := range []string{
		`DELETE FROM availability WHERE person_id = $1`,
		`DELETE FROM ask_group WHERE owner_id = $1`,
	} {
		if err := tx.Exec(ctx, statement, person); err != nil {
			return err
		}
	}
	if err := tx.Exec(ctx, `DELETE FROM duty WHERE person_id = $1 AND from_at > $2`, person, tx.Now()); err != nil {
		return err
	}
	return tx.Exec(ctx, `UPDATE duty SET until_at = $1 WHERE person_id = $2 AND until_at > $1`, tx.Now(), person)
}
