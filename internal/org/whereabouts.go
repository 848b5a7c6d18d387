package org

import (
	"context"
	"encoding/json"

	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
)

// Whereabouts is where a person is, in their own words; encrypted at rest.
type Whereabouts struct {
	Place     string  `json:"place" doc:"a key of the profile's whereabouts"`
	Note      string  `json:"note,omitempty"`
	Until     string  `json:"until,omitempty" doc:"YYYY-MM-DD"`
	UpdatedAt db.Time `json:"updated_at"`
}

// PutWhereabouts sets where a person is, inside a change by that person or for the demonstration.
// The audit says that it changed, never to what.
func (s *Service) PutWhereabouts(ctx context.Context, tx *change.Tx, person db.ID, w Whereabouts) error {
	var c fault.Check
	_, unknown := s.profile().Where(w.Place)
	c.If(unknown != nil, "place", "choice")
	w.Note = c.Text("note", w.Note, 200, false)
	c.If(w.Until != "" && !datePattern.MatchString(w.Until), "until", "date")
	if err := c.Err(); err != nil {
		return err
	}
	w.UpdatedAt = tx.Now()
	plain, err := json.Marshal(w)
	if err != nil {
		return err
	}
	sealed, err := s.seal.Seal("whereabouts", aad("whereabouts", "sealed", person), plain)
	if err != nil {
		return err
	}
	if err := tx.Exec(ctx, `INSERT INTO whereabouts (person_id, sealed, updated_at) VALUES ($1, $2, $3)
		ON CONFLICT (person_id) DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at`, person, sealed, tx.Now()); err != nil {
		return err
	}
	return tx.Audit(ctx, change.Record{Action: "whereabouts.set", Subject: "person", SubjectID: person, After: []string{"whereabouts"}})
}
