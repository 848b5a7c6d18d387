package meeting

import (
	"context"

	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/org"
)

// HeldOn implements org.Keeper: a person's part in meetings, and what records say of it.
func (s *Service) HeldOn(ctx context.Context, person db.ID) ([]org.Held, error) {
	var there bool
	err := db.Get(ctx, s.DB.Read(), &there, `SELECT EXISTS (SELECT 1 FROM participant WHERE person_id = $1 UNION ALL SELECT 1 FROM record_attendee WHERE person_id = $1 UNION ALL SELECT 1 FROM action WHERE person_id = $1)`, person)
	return []org.Held{{Field: "meetings", Present: there, Readers: []string{"self", "present", "officers"}}}, err
}

// Left implements org.Keeper: nothing of a meeting was for them alone.
func (s *Service) Left(context.Context, *change.Tx, db.ID) error { return nil }
