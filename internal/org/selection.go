package org

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"wozai/internal/db"
)

// Selection names people by where they belong: units (with everything below them when Subtree is
// set), narrowed to positions and standings when given, and hand-picked persons besides. Meetings
// invite by it, roll calls ask by it.
type Selection struct {
	UnitIDs   []db.ID  `json:"unit_ids,omitempty" maxItems:"200"`
	Subtree   bool     `json:"subtree,omitempty"`
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
		var args []any
		mark := func(v any) string {
			args = append(args, v)
			return fmt.Sprintf("$%d", len(args))
		}
		var where []string
		if s.Subtree {
			for _, id := range s.UnitIDs {
				u, err := GetUnit(ctx, q, id)
				if err != nil {
					return nil, err
				}
				where = append(where, "(u.path >= "+mark(u.Path)+" AND u.path < "+mark(PathEnd(u.Path))+")")
			}
		} else {
			where = append(where, "u.id IN ("+marks(mark, s.UnitIDs)+")")
		}
		query := `SELECT m.person_id, p.name, m.unit_id, m.position, m.standing, m.sort FROM membership m
			JOIN unit u ON u.id = m.unit_id JOIN person p ON p.id = m.person_id
			WHERE (` + strings.Join(where, " OR ") + `) AND m.valid_to = 0 AND m.batch_id = 0 AND u.valid_to = 0 AND p.ended_at = 0`
		if len(s.Positions) > 0 {
			query += " AND m.position IN (" + marks(mark, s.Positions) + ")"
		}
		if len(s.Standings) > 0 {
			query += " AND m.standing IN (" + marks(mark, s.Standings) + ")"
		}
		query += " ORDER BY u.path, m.sort, m.id LIMIT " + mark(limit)
		if err := db.Select(ctx, q, &rows, query, args...); err != nil {
			return nil, err
		}
	}
	if len(s.PersonIDs) > 0 {
		var picked []Selected
		var args []any
		in := marks(func(v any) string {
			args = append(args, v)
			return fmt.Sprintf("$%d", len(args))
		}, s.PersonIDs)
		if err := db.Select(ctx, q, &picked, `SELECT id AS person_id, name, 0 AS unit_id, '' AS position, '' AS standing, 0 AS sort FROM person
			WHERE id IN (`+in+`) AND batch_id = 0 AND ended_at = 0 ORDER BY id`, args...); err != nil {
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

func marks[T any](mark func(any) string, list []T) string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = mark(v)
	}
	return strings.Join(out, ", ")
}
