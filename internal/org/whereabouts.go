package org

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/secret"
)

// Whereabouts is where a person is, in their own words. Place is a key of the profile's
// whereabouts, "" when nothing is said.
type Whereabouts struct {
	Place     string  `json:"place" doc:"a key of the profile's whereabouts; empty when nothing is said"`
	Note      string  `json:"note" doc:"the person's own words"`
	Until     string  `json:"until" doc:"YYYY-MM-DD or empty"`
	UpdatedAt db.Time `json:"updated_at"`
}

// sealedWhereabouts is what is encrypted.
type sealedWhereabouts struct {
	Place string `json:"place"`
	Note  string `json:"note"`
	Until string `json:"until"`
}

const whereaboutsPurpose = "whereabouts"

// mayReadWhereabouts: those who lead the very unit that a person is in, or the branch right above
// the person's group. A grant inherited from further up never opens it.
func (s *Service) mayReadWhereabouts(a access.Actor, units []Unit) bool {
	for _, g := range a.Scope(access.WhereaboutsRead) {
		if slices.ContainsFunc(units, func(u Unit) bool {
			return g.UnitID != 0 && (g.UnitID == u.ID || g.Subtree && g.UnitID == u.ParentID && s.isGroup(u.Kind))
		}) {
			return true
		}
	}
	return false
}

// HearWhereabouts guards the topic "whereabouts:unit": that somebody of a unit has moved is for
// those alone who may read where they are.
func (s *Service) HearWhereabouts(ctx context.Context, a access.Actor, unit db.ID) error {
	u, err := GetUnit(ctx, s.db.Read(), unit)
	if err == nil && !s.mayReadWhereabouts(a, []Unit{u}) {
		err = fault.NotFound()
	}
	return err
}

// unitsOf reads the units that a person belongs to now.
func unitsOf(ctx context.Context, q db.Querier, person db.ID) ([]Unit, error) {
	var out []Unit
	return out, db.Select(ctx, q, &out, `SELECT `+unitColumns+` FROM unit WHERE id IN
		(SELECT unit_id FROM membership WHERE person_id = $1 AND valid_to = 0 AND batch_id = 0) AND valid_to = 0 ORDER BY path`, person)
}

func (s *Service) openWhereabouts(person db.ID, sealed []byte, at db.Time) (Whereabouts, error) {
	var w sealedWhereabouts
	if len(sealed) == 0 {
		return Whereabouts{}, nil
	}
	b, err := s.seal.Open(whereaboutsPurpose, secret.AAD("whereabouts", "sealed", int64(person)), sealed)
	if err == nil {
		err = json.Unmarshal(b, &w)
	}
	return Whereabouts{w.Place, w.Note, w.Until, at}, err
}

func (s *Service) readWhereabouts(ctx context.Context, person db.ID) (Whereabouts, error) {
	var row struct {
		Sealed    []byte  `db:"sealed"`
		UpdatedAt db.Time `db:"updated_at"`
	}
	if _, err := db.Find(ctx, s.db.Read(), &row, `SELECT sealed, updated_at FROM whereabouts WHERE person_id = $1`, person); err != nil {
		return Whereabouts{}, err
	}
	return s.openWhereabouts(person, row.Sealed, row.UpdatedAt)
}

// PutWhereabouts says where a person is, inside a change by that person or for the demonstration;
// an empty place takes it back. The audit says that it changed, never to what.
func (s *Service) PutWhereabouts(ctx context.Context, tx *change.Tx, person db.ID, w Whereabouts) error {
	var c fault.Check
	w.Note = c.Text("note", w.Note, 200, false)
	if w.Place != "" {
		_, unknown := s.profile().Where(w.Place)
		c.If(unknown != nil, "place", "choice")
	}
	c.If(w.Until != "" && !validDate(w.Until), "until", "date")
	if err := c.Err(); err != nil {
		return err
	}
	if err := tx.Exec(ctx, `DELETE FROM whereabouts WHERE person_id = $1`, person); err != nil {
		return err
	}
	if w.Place != "" {
		plain, err := json.Marshal(sealedWhereabouts{w.Place, w.Note, w.Until})
		if err != nil {
			return err
		}
		sealed, err := s.seal.Seal(whereaboutsPurpose, secret.AAD("whereabouts", "sealed", int64(person)), plain)
		if err != nil {
			return err
		}
		if err := tx.Exec(ctx, `INSERT INTO whereabouts (person_id, sealed, updated_at) VALUES ($1, $2, $3)`, person, sealed, tx.Now()); err != nil {
			return err
		}
	}
	units, err := unitsOf(ctx, tx, person)
	if err != nil {
		return err
	}
	for _, u := range units {
		if err := tx.Event(ctx, "whereabouts:"+u.ID.String(), "whereabouts", u.ID, 0); err != nil {
			return err
		}
	}
	if err := tx.Event(ctx, "person:"+person.String(), "whereabouts", person, 0); err != nil {
		return err
	}
	return tx.Audit(ctx, change.Record{Action: "whereabouts.set", Subject: "person", SubjectID: person, After: map[string]any{"set": w.Place != ""}})
}

// SetWhereabouts says where the actor is; only they themselves may.
func (s *Service) SetWhereabouts(ctx context.Context, a access.Actor, w Whereabouts) (Whereabouts, error) {
	if err := s.change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error { return s.PutWhereabouts(ctx, tx, a.PersonID, w) }); err != nil {
		return Whereabouts{}, err
	}
	return s.readWhereabouts(ctx, a.PersonID)
}

// PersonWhereabouts reads where a person is: they themselves, or an officer of their own unit,
// whose look is recorded. Not-found for everybody else.
func (s *Service) PersonWhereabouts(ctx context.Context, a access.Actor, person db.ID) (Whereabouts, error) {
	if _, err := GetPerson(ctx, s.db.Read(), person); err != nil {
		return Whereabouts{}, err
	}
	if !a.Is(person) {
		units, err := unitsOf(ctx, s.db.Read(), person)
		if err != nil {
			return Whereabouts{}, err
		}
		if !s.mayReadWhereabouts(a, units) {
			return Whereabouts{}, fault.NotFound()
		}
		if err := s.looked(ctx, a, lookWhereabouts, person); err != nil {
			return Whereabouts{}, err
		}
	}
	return s.readWhereabouts(ctx, person)
}

// WhereItem is a person of a unit and where they are.
type WhereItem struct {
	PersonID db.ID       `json:"person_id"`
	Name     string      `json:"name"`
	Category string      `json:"category"`
	Where    Whereabouts `json:"where"`
	Care     bool        `json:"care" doc:"a place from which people may need help"`
	Over     bool        `json:"over" doc:"until has passed: ask again"`
}

// UnitWhereabouts lists where the people of a unit are, those of its groups too, in the order of
// the roll; at most pageMax. Officers of the unit itself only (forbidden otherwise); each look at
// somebody who has said where they are is recorded.
func (s *Service) UnitWhereabouts(ctx context.Context, a access.Actor, unit db.ID, today string) ([]WhereItem, error) {
	q := s.db.Read()
	u, err := GetUnit(ctx, q, unit)
	if err != nil {
		return nil, err
	}
	if !s.mayReadWhereabouts(a, []Unit{u}) {
		return nil, fault.Forbidden()
	}
	units := []db.ID{u.ID}
	direct := slices.ContainsFunc(a.Scope(access.WhereaboutsRead), func(g access.Grant) bool { return g.UnitID == u.ID && g.Subtree })
	if direct && s.hasGroups(u.Kind) {
		page, err := s.Units(ctx, UnitFilter{Parent: u.ID, Limit: pageMax})
		if err != nil {
			return nil, err
		}
		for _, g := range page.Items {
			if s.isGroup(g.Kind) {
				units = append(units, g.ID)
			}
		}
	}
	var rows []struct {
		PersonID  db.ID   `db:"person_id"`
		Name      string  `db:"name"`
		Category  string  `db:"category"`
		Sealed    []byte  `db:"sealed"`
		UpdatedAt db.Time `db:"updated_at"`
	}
	list, args := db.In(1, units)
	if err := db.Select(ctx, q, &rows, fmt.Sprintf(`SELECT m.person_id, p.name, p.category, w.sealed, COALESCE(w.updated_at, 0) AS updated_at
		FROM membership m JOIN person p ON p.id = m.person_id LEFT JOIN whereabouts w ON w.person_id = m.person_id
		WHERE m.unit_id IN %s AND m.valid_to = 0 AND m.batch_id = 0 AND p.batch_id = 0 ORDER BY CASE WHEN m.unit_id = %d THEN 0 ELSE 1 END, m.sort, m.id LIMIT %d`,
		list, u.ID, 2*pageMax), args...); err != nil {
		return nil, err
	}
	out := []WhereItem{}
	var seen []db.ID
	had := map[db.ID]bool{}
	for _, r := range rows {
		if had[r.PersonID] || len(out) == pageMax {
			continue
		}
		had[r.PersonID] = true
		w, err := s.openWhereabouts(r.PersonID, r.Sealed, r.UpdatedAt)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("whereabouts of %d", r.PersonID), err)
		}
		item := WhereItem{PersonID: r.PersonID, Name: r.Name, Category: r.Category, Where: w, Over: w.Until != "" && w.Until < today}
		if k, err := s.profile().Where(w.Place); err == nil {
			item.Care = k.Care
		}
		if w.Place != "" {
			seen = append(seen, r.PersonID)
		}
		out = append(out, item)
	}
	return out, s.looked(ctx, a, lookWhereabouts, seen...)
}
