package org

import (
	"context"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
)

// The things that a look is recorded for.
const (
	lookPage        = "page"
	lookWhereabouts = "whereabouts"
	lookAudit       = "audit"
	lookAnswer      = "answer"
)

// sameLook: reading on, or a page that refreshes itself, is one look.
const sameLook = 10 * time.Minute

// looked records that the actor reads what is kept on people; nothing when it is themselves. It
// is written before anything is shown: what could not be recorded is not read.
func (s *Service) looked(ctx context.Context, a access.Actor, what string, people ...db.ID) error {
	var others []db.ID
	for _, p := range people {
		if !a.Is(p) {
			others = append(others, p)
		}
	}
	if len(others) == 0 || a.Kind != access.Person {
		return nil
	}
	return s.change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		tx.AppendOnly()
		for _, p := range others {
			var n int64
			seen, err := db.Find(ctx, tx, &n, `SELECT 1 FROM person_look WHERE person_id = $1 AND by_person_id = $2 AND what = $3 AND at > $4 LIMIT 1`,
				p, a.PersonID, what, tx.Now().Add(-sameLook))
			if err != nil {
				return err
			}
			if seen {
				continue
			}
			if err := tx.Exec(ctx, `INSERT INTO person_look (id, person_id, by_person_id, what, at) VALUES ($1, $2, $3, $4, $5)`,
				tx.NewID(), p, a.PersonID, what, tx.Now()); err != nil {
				return err
			}
		}
		return nil
	})
}

// LookedAtAnswers records that the actor reads what these people answered in confidence, as looked
// does; for the slices that keep answers.
func (s *Service) LookedAtAnswers(ctx context.Context, a access.Actor, people ...db.ID) error {
	return s.looked(ctx, a, lookAnswer, people...)
}

// Look is one reading of a person's data by somebody else.
type Look struct {
	ID       db.ID   `json:"id" db:"id"`
	PersonID db.ID   `json:"person_id" db:"by_person_id" doc:"who looked"`
	Name     string  `json:"name" db:"name"`
	What     string  `json:"what" db:"what" enum:"page,whereabouts,audit,export,answer"`
	At       db.Time `json:"at" db:"at"`
}

const looksSelect = `SELECT l.id, l.by_person_id, COALESCE(p.name, '') AS name, l.what, l.at FROM person_look l
		LEFT JOIN person p ON p.id = l.by_person_id WHERE l.person_id = $1 AND l.id < $2 ORDER BY l.id DESC LIMIT $3`

// Looks lists who looked at the actor's own data, newest first; before pages backwards.
func (s *Service) Looks(ctx context.Context, a access.Actor, before db.ID, n int) ([]Look, error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	out := []Look{}
	return out, db.Select(ctx, s.db.Read(), &out, looksSelect, a.PersonID, before, limit(n))
}
