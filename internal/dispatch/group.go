package dispatch

import (
	"context"
	"encoding/json"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
)

// Group is whom somebody asks again and again: kept for themselves, looked at anew whenever it is asked.
type Group struct {
	ID       db.ID         `json:"id" db:"id"`
	Name     string        `json:"name" db:"name"`
	Audience org.Selection `json:"audience" db:"-"`
	Units    []Named       `json:"units" db:"-"`
	People   []Named       `json:"people" db:"-" doc:"who have left are left out"`

	Stored string `json:"-" db:"audience"`
}

// Named is a unit or a person with their name.
type Named struct {
	ID   db.ID  `json:"id" db:"id"`
	Name string `json:"name" db:"name"`
}

const maxKept = 20 // groups of one person

// Groups lists the actor's own.
func (s *Service) Groups(ctx context.Context, a access.Actor) ([]Group, error) {
	q := s.DB.Read()
	out := []Group{}
	if err := db.Select(ctx, q, &out, `SELECT id, name, audience FROM ask_group WHERE owner_id = $1 ORDER BY id`, a.PersonID); err != nil {
		return nil, err
	}
	for i := range out {
		g := &out[i]
		if err := json.Unmarshal([]byte(g.Stored), &g.Audience); err != nil {
			return nil, err
		}
		var err error
		if g.Units, err = named(ctx, q, `SELECT id, name FROM unit WHERE valid_to = 0 AND id IN `, g.Audience.UnitIDs); err != nil {
			return nil, err
		}
		if g.People, err = named(ctx, q, `SELECT id, name FROM person WHERE ended_at = 0 AND id IN `, g.Audience.PersonIDs); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func named(ctx context.Context, q db.Querier, query string, ids []db.ID) ([]Named, error) {
	out := []Named{}
	if len(ids) == 0 {
		return out, nil
	}
	list, args := db.In(1, ids)
	return out, db.Select(ctx, q, &out, query+list+` ORDER BY id`, args...)
}

// NewGroup is what KeepGroup needs.
type NewGroup struct {
	Name     string        `json:"name"`
	Audience org.Selection `json:"audience"`
}

// KeepGroup keeps whom the actor may ask under a name; one of the same name gives way. Faults: invalid;
// conflict ask_groups_many.
func (s *Service) KeepGroup(ctx context.Context, a access.Actor, n NewGroup) (db.ID, error) {
	return s.Change.Create(ctx, a, func(ctx context.Context, tx *change.Tx) (db.ID, error) {
		var c fault.Check
		name := c.Text("name", n.Name, 40, true)
		if _, err := s.audience(ctx, tx, a, &c, n.Audience); err != nil {
			return 0, err
		}
		if err := c.Err(); err != nil {
			return 0, err
		}
		if err := tx.Exec(ctx, `DELETE FROM ask_group WHERE owner_id = $1 AND name = $2`, a.PersonID, name); err != nil {
			return 0, err
		}
		var there int64
		if err := db.Get(ctx, tx, &there, `SELECT COUNT(*) FROM ask_group WHERE owner_id = $1`, a.PersonID); err != nil {
			return 0, err
		}
		if there >= maxKept {
			return 0, fault.Conflict("ask_groups_many").With("limit", maxKept)
		}
		text, err := json.Marshal(n.Audience)
		if err != nil {
			return 0, err
		}
		id := tx.NewID()
		if err := tx.Exec(ctx, `INSERT INTO ask_group (id, owner_id, name, audience, created_at) VALUES ($1, $2, $3, $4, $5)`, id, a.PersonID, name, string(text), tx.Now()); err != nil {
			return 0, err
		}
		return id, tx.Audit(ctx, change.Record{Action: "ask_group.keep", Subject: "ask_group", SubjectID: id, After: map[string]any{"name": name}})
	})
}

// DropGroup forgets one of the actor's own. Faults: not-found.
func (s *Service) DropGroup(ctx context.Context, a access.Actor, id db.ID) error {
	return s.Change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		err := tx.ExecOne(ctx, `DELETE FROM ask_group WHERE id = $1 AND owner_id = $2`, id, a.PersonID)
		if fault.Is(err, fault.KindStale) {
			return fault.NotFound()
		}
		if err != nil {
			return err
		}
		return tx.Audit(ctx, change.Record{Action: "ask_group.drop", Subject: "ask_group", SubjectID: id})
	})
}
