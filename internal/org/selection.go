package org

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"wozai/internal/db"
)

// Selection names people by where they belong: units (with everything below them when Subtree is
// set), narrowed to kinds of unit, positions and standings when given, and hand-picked persons besides. Meetings
// invite by it, roll calls ask by it.
type Selection struct {
	UnitIDs   []db.ID  `json:"unit_ids,omitempty" maxItems:"200"`
	Subtree   bool     `json:"subtree,omitempty"`
	UnitKinds []string `json:"unit_kinds,omitempty" maxItems:"50"`
	Positions []string `json:"positions,omitempty" maxItems:"50"`
	Standings []string `json:"standings,omitempty" maxItems:"50"`
	PersonIDs []db.ID  `json:"person_ids,omitempty" maxItems:"2000"`
}

// Selected is a person with the membership that selected them; the hand-picked have none (UnitID 0).
type Selected struct {
	PersonID db.ID  `db:"person_id"`
	Name     string `db:"name"`
	UnitID   db.ID  `db:"unit_id"`
	Position string `db:"position"`
	Standing string `db:"standing"`
	Sort     int64  `db:"sort"`
}

// Select reads the present people of a selection, each once, in the order of the units and their
// rolls, the hand-picked last; at most limit.
func Select(ctx context.Context, q db.Querier, s Selection, limit int) ([]Selected, error) {
	var rows []Selected
	if len(s.UnitIDs) > 0 {
		var m marker
		cond, err := s.where(ctx, q, &m)
		if err != nil {
			return nil, err
		}
		if err := db.Select(ctx, q, &rows, `SELECT m.person_id, p.name, m.unit_id, m.position, m.standing, m.sort `+selected+cond+
			" ORDER BY u.path, m.sort, m.id LIMIT "+m.mark(limit), m.args...); err != nil {
			return nil, err
		}
	}
	if len(s.PersonIDs) > 0 {
		var picked []Selected
		var m marker
		in := marks(&m, s.PersonIDs)
		if err := db.Select(ctx, q, &picked, `SELECT id AS person_id, name, 0 AS unit_id, '' AS position, '' AS standing, 0 AS sort FROM person
			WHERE id IN (`+in+`) AND batch_id = 0 AND ended_at = 0 ORDER BY id`, m.args...); err != nil {
			return nil, err
		}
		rows = append(rows, picked...)
	}
	out := rows[:0]
	seen := map[db.ID]bool{}
	for _, r := range rows {
		if !seen[r.PersonID] && len(out) < limit {
			seen[r.PersonID] = true
			out = append(out, r)
		}
	}
	return slices.Clip(out), nil
}

// selected joins what a selection reads: the present memberships with their units and people.
const selected = `FROM membership m JOIN unit u ON u.id = m.unit_id JOIN person p ON p.id = m.person_id
	WHERE m.valid_to = 0 AND m.batch_id = 0 AND u.valid_to = 0 AND p.ended_at = 0 AND `

// units is the condition that picks units (as u); false when none are named.
func (s Selection) units(ctx context.Context, q db.Querier, m *marker) (string, error) {
	if len(s.UnitIDs) == 0 {
		return "(1 = 0)", nil
	}
	var where []string
	if s.Subtree {
		for _, id := range s.UnitIDs {
			u, err := GetUnit(ctx, q, id)
			if err != nil {
				return "", err
			}
			where = append(where, "(u.path >= "+m.mark(u.Path)+" AND u.path < "+m.mark(PathEnd(u.Path))+")")
		}
	} else {
		where = append(where, "u.id IN ("+marks(m, s.UnitIDs)+")")
	}
	cond := "(" + strings.Join(where, " OR ") + ")"
	if len(s.UnitKinds) > 0 {
		cond += " AND u.kind IN (" + marks(m, s.UnitKinds) + ")"
	}
	return cond, nil
}

// where is the condition that picks memberships (as m, in u) by unit.
func (s Selection) where(ctx context.Context, q db.Querier, m *marker) (string, error) {
	cond, err := s.units(ctx, q, m)
	if len(s.Positions) > 0 {
		cond += " AND m.position IN (" + marks(m, s.Positions) + ")"
	}
	if len(s.Standings) > 0 {
		cond += " AND m.standing IN (" + marks(m, s.Standings) + ")"
	}
	return cond, err
}

// within is where, or hand-picked, in one subtree.
func (s Selection) within(ctx context.Context, q db.Querier, m *marker, path string) (string, error) {
	cond, err := s.where(ctx, q, m)
	if len(s.PersonIDs) > 0 {
		cond = "(" + cond + " OR m.person_id IN (" + marks(m, s.PersonIDs) + "))"
	}
	return cond + " AND u.path >= " + m.mark(path) + " AND u.path < " + m.mark(PathEnd(path)), err
}

// Asked is somebody of a selection at the membership by which they are asked; of a unit that is
// asked as such, PersonID and ID are 0.
type Asked struct {
	ID       db.ID  `db:"id"`
	PersonID db.ID  `db:"person_id"`
	UnitID   db.ID  `db:"unit_id"`
	Path     string `db:"path"`
}

// People reads a part of the selected people below a path: at most n memberships behind after, in
// the order of paths. It is for audiences that no memory holds. Who has several memberships comes
// several times: the first counts.
func (s Selection) People(ctx context.Context, q db.Querier, path string, after Asked, n int) (out []Asked, err error) {
	const atOnce = 64
	for {
		units, err := s.unitsFrom(ctx, q, path, after.Path, atOnce)
		if err != nil {
			return nil, err
		}
		// A unit at a time: PostgreSQL, which plans what comes often without its parameters, would read everybody who is
		// still to come and put them in order for the sake of the first few.
		for _, u := range units {
			if u.Path != after.Path {
				after = Asked{Path: u.Path}
			}
			var m marker
			cond, err := s.within(ctx, q, &m, path)
			if err != nil {
				return nil, err
			}
			var rows []Asked
			if err := db.Select(ctx, q, &rows, `SELECT m.id, m.person_id, m.unit_id, u.path `+selected+cond+" AND m.unit_id = "+m.mark(u.ID)+" AND m.id > "+m.mark(after.ID)+
				` ORDER BY m.id LIMIT `+m.mark(n-len(out)), m.args...); err != nil {
				return nil, err
			}
			if out = append(out, rows...); len(out) == n {
				return out, nil
			}
			after.ID = math.MaxInt64
		}
		if len(units) < atOnce {
			return out, nil
		}
	}
}

// unitsFrom reads the next few units in which selected people may be, from one path on in the order of paths.
func (s Selection) unitsFrom(ctx context.Context, q db.Querier, path, from string, n int) (out []Asked, err error) {
	var m marker
	cond, err := s.units(ctx, q, &m)
	if err != nil {
		return nil, err
	}
	if len(s.PersonIDs) > 0 {
		cond = "(" + cond + " OR u.id IN (SELECT unit_id FROM membership WHERE valid_to = 0 AND person_id IN (" + marks(&m, s.PersonIDs) + ")))"
	}
	return out, db.Select(ctx, q, &out, `SELECT u.id, u.path FROM unit u WHERE u.valid_to = 0 AND `+cond+" AND u.path >= "+m.mark(max(path, from))+" AND u.path < "+m.mark(PathEnd(path))+
		" ORDER BY u.path LIMIT "+m.mark(n), m.args...)
}

// Units reads a part of the selected units below a path, that one itself left out.
func (s Selection) Units(ctx context.Context, q db.Querier, path string, after Asked, n int) (out []Asked, err error) {
	var m marker
	cond, err := s.units(ctx, q, &m)
	if err != nil {
		return nil, err
	}
	if after.Path == "" {
		after.Path = path
	}
	return out, db.Select(ctx, q, &out, `SELECT 0 AS id, 0 AS person_id, u.id AS unit_id, u.path FROM unit u WHERE u.valid_to = 0 AND u.batch_id = 0 AND `+cond+
		" AND u.path > "+m.mark(after.Path)+" AND u.path < "+m.mark(PathEnd(path))+" ORDER BY u.path LIMIT "+m.mark(n), m.args...)
}

// Of says by which unit some people are asked; who is not selected is not in it.
func (s Selection) Of(ctx context.Context, q db.Querier, path string, people []db.ID) (map[db.ID]db.ID, error) {
	out := map[db.ID]db.ID{}
	if len(people) == 0 {
		return out, nil
	}
	var m marker
	cond, err := s.within(ctx, q, &m, path)
	if err != nil {
		return nil, err
	}
	var rows []Asked
	// Their memberships first: PostgreSQL, which plans what comes often without its parameters, would look for them among
	// everybody below the path.
	if err := db.Select(ctx, q, &rows, `WITH m AS MATERIALIZED (SELECT id, person_id, unit_id, position, standing, valid_to, batch_id FROM membership WHERE valid_to = 0 AND person_id IN (`+marks(&m, people)+`))
		SELECT m.id, m.person_id, m.unit_id, u.path `+strings.Replace(selected, "membership m", "m", 1)+cond+` ORDER BY u.path, m.id`, m.args...); err != nil {
		return nil, err
	}
	for _, r := range rows {
		if out[r.PersonID] == 0 {
			out[r.PersonID] = r.UnitID
		}
	}
	return out, nil
}

// UnitsOf says which of some units are selected as such below a path.
func (s Selection) UnitsOf(ctx context.Context, q db.Querier, path string, units []db.ID) (map[db.ID]bool, error) {
	out := map[db.ID]bool{}
	if len(units) == 0 {
		return out, nil
	}
	var m marker
	cond, err := s.units(ctx, q, &m)
	if err != nil {
		return nil, err
	}
	var found []db.ID
	err = db.Select(ctx, q, &found, `SELECT u.id FROM unit u WHERE u.valid_to = 0 AND u.batch_id = 0 AND `+cond+
		" AND u.path > "+m.mark(path)+" AND u.path < "+m.mark(PathEnd(path))+" AND u.id IN ("+marks(&m, units)+")", m.args...)
	for _, id := range found {
		out[id] = true
	}
	return out, err
}

// UnitCount is how many of a selection are in a unit.
type UnitCount struct {
	UnitID db.ID  `db:"unit_id"`
	Name   string `db:"name"`
	N      int64  `db:"n"`
}

// ByUnit counts the selected people of each unit below a path, in the order of paths; byUnits: the
// selected units, each once. Who is in several is counted in each.
func (s Selection) ByUnit(ctx context.Context, q db.Querier, path string, byUnits bool) (out []UnitCount, err error) {
	var m marker
	if byUnits {
		cond, err := s.units(ctx, q, &m)
		if err != nil {
			return nil, err
		}
		return out, db.Select(ctx, q, &out, `SELECT u.id AS unit_id, u.name, 1 AS n FROM unit u WHERE u.valid_to = 0 AND u.batch_id = 0 AND `+cond+
			" AND u.path > "+m.mark(path)+" AND u.path < "+m.mark(PathEnd(path))+" ORDER BY u.path", m.args...)
	}
	cond, err := s.within(ctx, q, &m, path)
	if err != nil {
		return nil, err
	}
	return out, db.Select(ctx, q, &out, `SELECT m.unit_id, u.name, COUNT(DISTINCT m.person_id) AS n `+selected+cond+` GROUP BY m.unit_id, u.name, u.path ORDER BY u.path`, m.args...)
}

// CountUnits counts the units that are selected as such below a path.
func (s Selection) CountUnits(ctx context.Context, q db.Querier, path string) (n int64, err error) {
	var m marker
	cond, err := s.units(ctx, q, &m)
	if err != nil {
		return 0, err
	}
	return n, db.Get(ctx, q, &n, `SELECT COUNT(*) FROM unit u WHERE u.valid_to = 0 AND u.batch_id = 0 AND `+cond+
		" AND u.path > "+m.mark(path)+" AND u.path < "+m.mark(PathEnd(path)), m.args...)
}

// CountPeople counts the selected people below a path.
func (s Selection) CountPeople(ctx context.Context, q db.Querier, path string) (n int64, err error) {
	var m marker
	cond, err := s.within(ctx, q, &m, path)
	if err != nil {
		return 0, err
	}
	return n, db.Get(ctx, q, &n, `SELECT COUNT(DISTINCT m.person_id) `+selected+cond, m.args...)
}

// marker numbers the arguments of a statement that is put together.
type marker struct{ args []any }

func (m *marker) mark(v any) string {
	m.args = append(m.args, v)
	return fmt.Sprintf("$%d", len(m.args))
}

func marks[T any](m *marker, list []T) string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = m.mark(v)
	}
	return strings.Join(out, ", ")
}
