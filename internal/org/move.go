package org

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/riverqueue/river"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/job"
)

// moveStep is how many rows one change rewrites; a unit with more below it is moved by a job.
const moveStep = 1000

// Move is a move of a unit with many below it, under way.
//
// What is below the unit is rewritten in steps, and the unit itself with its parentage in the
// last one. Until then lists by parent show the old tree, whole; a path leads through the old
// place or through the new one, and grants hold at both (see Grants). A range scan over paths
// sees what is already at its place.
type Move struct {
	UnitID    db.ID   `db:"unit_id"`
	TreeID    db.ID   `db:"tree_id"`
	ParentID  db.ID   `db:"parent_id"`
	FromPath  string  `db:"from_path"`
	ToPath    string  `db:"to_path"`
	PersonID  db.ID   `db:"person_id"`
	Done      int64   `db:"done"`
	StartedAt db.Time `db:"started_at"`
}

// Moves reads the moves under way: none, nearly always.
func Moves(ctx context.Context, q db.Querier) ([]Move, error) {
	var out []Move
	return out, db.Select(ctx, q, &out, `SELECT unit_id, tree_id, parent_id, from_path, to_path, person_id, done, started_at FROM unit_move ORDER BY unit_id`)
}

func noMove(ctx context.Context, q db.Querier, tree db.ID) error {
	moves, err := Moves(ctx, q)
	if err == nil && slices.ContainsFunc(moves, func(m Move) bool { return m.TreeID == tree }) {
		return fault.Conflict("move_under_way")
	}
	return err
}

type moveJob struct {
	UnitID db.ID `json:"unit_id"`
}

// Kind implements river.JobArgs.
func (moveJob) Kind() string { return "org.move" }

// Work registers the slice's jobs.
func (s *Service) Work(q *job.Queue) {
	job.Work(q, func(ctx context.Context, j moveJob) error { return s.moveOn(ctx, j.UnitID) })
	job.Work(q, func(ctx context.Context, j importJob) error { return s.importOn(ctx, j.ImportID) })
}

// MoveUnit puts a unit under another parent of its tree. Needs org.manage above it at both
// places. With at most moveStep units below it is done when MoveUnit returns; otherwise a job
// goes on with it, and done is false. Faults: invalid parent_id "cycle", "kind_not_under" or
// "other_tree"; conflict "unit_ended", "move_under_way"; stale; not-found.
func (s *Service) MoveUnit(ctx context.Context, a access.Actor, id, parent db.ID, version int64) (done bool, err error) {
	err = s.change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		done = false
		u, err := GetUnit(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := a.Allowed(access.OrgManage, u.above()); err != nil {
			return err
		}
		if err := errors.Join(current(u, version), noMove(ctx, tx, u.TreeID)); err != nil {
			return err
		}
		path, err := s.checkMove(ctx, tx, a, u, parent)
		if err != nil {
			return err
		}
		if parent == u.ParentID {
			done = true
			return nil
		}
		var below int64
		if err := db.Get(ctx, tx, &below, `SELECT COUNT(*) FROM (SELECT 1 FROM unit WHERE path > $1 AND path < $2 LIMIT $3) AS x`, u.Path, PathEnd(u.Path), moveStep+1); err != nil {
			return err
		}
		m := Move{UnitID: id, TreeID: u.TreeID, ParentID: parent, FromPath: u.Path, ToPath: path, PersonID: a.PersonID}
		if below <= moveStep {
			if _, err := rewrite(ctx, tx, m); err != nil {
				return err
			}
			done = true
			return finishMove(ctx, tx, u, m)
		}
		if err := tx.Exec(ctx, `INSERT INTO unit_move (unit_id, tree_id, parent_id, from_path, to_path, person_id, done, started_at) VALUES ($1, $2, $3, $4, $5, $6, 0, $7)`,
			m.UnitID, m.TreeID, m.ParentID, m.FromPath, m.ToPath, m.PersonID, tx.Now()); err != nil {
			return err
		}
		if err := tx.Audit(ctx, change.Record{Action: "unit.move_begin", Subject: "unit", SubjectID: id, UnitID: id, After: map[string]any{"parent_id": parent}}); err != nil {
			return err
		}
		if err := errors.Join(touch(ctx, tx, u), pathsChanged(ctx, tx, u)); err != nil {
			return err
		}
		return tx.Enqueue(ctx, moveJob{id}, &river.InsertOpts{MaxAttempts: 100})
	})
	return done, err
}

// checkMove gives the path the unit would have under parent.
func (s *Service) checkMove(ctx context.Context, tx *change.Tx, a access.Actor, u Unit, parent db.ID) (string, error) {
	wrong := func(code string, kv ...any) error {
		var c fault.Check
		c.Add("parent_id", code, kv...)
		return c.Err()
	}
	if parent == 0 {
		if err := a.Allowed(access.OrgManage, access.Unit{Path: "/"}); err != nil {
			return "", err
		}
		if ok, err := s.profile().MayStand(u.Kind, ""); err != nil || !ok {
			return "", wrong("kind_not_at_top")
		}
		return fmt.Sprintf("/%d/", u.ID), nil
	}
	p, err := GetUnit(ctx, tx, parent)
	if err != nil {
		return "", err
	}
	if err := a.Allowed(access.OrgManage, p.Where()); err != nil {
		return "", err
	}
	ok, err := s.profile().MayStand(u.Kind, p.Kind)
	switch {
	case p.ValidTo != 0:
		return "", fault.Conflict("unit_ended")
	case p.TreeID != u.TreeID:
		return "", wrong("other_tree")
	case strings.HasPrefix(p.Path, u.Path):
		return "", wrong("cycle")
	case err != nil || !ok:
		return "", wrong("kind_not_under", "parent", p.Name)
	}
	return fmt.Sprintf("%s%d/", p.Path, u.ID), nil
}

const rewriteUnits = `UPDATE unit SET path = $1 || SUBSTR(path, $2) WHERE id IN
		(SELECT id FROM unit WHERE path > $3 AND path < $4 ORDER BY path LIMIT $5)`

// rewrite gives up to moveStep descendants their new paths and says how many.
func rewrite(ctx context.Context, tx *change.Tx, m Move) (int64, error) {
	r, err := tx.ExecContext(ctx, rewriteUnits,
		m.ToPath, len(m.FromPath)+1, m.FromPath, PathEnd(m.FromPath), moveStep)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func finishMove(ctx context.Context, tx *change.Tx, u Unit, m Move) error {
	before := u.ParentID
	u.ParentID, u.Path = m.ParentID, m.ToPath
	u.Version++
	if err := tx.ExecOne(ctx, `UPDATE unit SET parent_id = $1, path = $2, version = $3 WHERE id = $4`, u.ParentID, u.Path, u.Version, u.ID); err != nil {
		return err
	}
	if err := newPlace(ctx, tx, u); err != nil {
		return err
	}
	if before != 0 {
		if err := tx.Event(ctx, "unit:"+before.String(), "children", u.ID, u.Version); err != nil {
			return err
		}
	}
	if err := errors.Join(touch(ctx, tx, u), pathsChanged(ctx, tx, u)); err != nil {
		return err
	}
	return tx.Audit(ctx, change.Record{Action: "unit.move", Subject: "unit", SubjectID: u.ID, UnitID: u.ID,
		Before: map[string]any{"parent_id": before}, After: map[string]any{"parent_id": u.ParentID, "by": m.PersonID}})
}

// pathsChanged lets every session forget the paths that it remembers with its grants.
func pathsChanged(ctx context.Context, tx *change.Tx, u Unit) error {
	return tx.Event(ctx, "unit:"+u.ID.String(), "grants", u.ID, u.Version)
}

// moveOn goes on with a move under way until it is done; it bears being run again at any point.
func (s *Service) moveOn(ctx context.Context, unit db.ID) error {
	actor := access.SystemActor("job")
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		over := false
		err := s.change.Do(ctx, actor, func(ctx context.Context, tx *change.Tx) error {
			over = false
			var m Move
			found, err := db.Find(ctx, tx, &m, `SELECT unit_id, tree_id, parent_id, from_path, to_path, person_id, done, started_at FROM unit_move WHERE unit_id = $1`, unit)
			if err != nil || !found {
				over = true
				return err
			}
			n, err := rewrite(ctx, tx, m)
			if err != nil {
				return err
			}
			// The paths of a step say nothing that the move's own record does not.
			tx.AppendOnly()
			if n > 0 {
				return tx.Exec(ctx, `UPDATE unit_move SET done = done + $1 WHERE unit_id = $2`, n, unit)
			}
			over = true
			u, err := GetUnit(ctx, tx, unit)
			if err != nil {
				return err
			}
			if err := tx.Exec(ctx, `DELETE FROM unit_move WHERE unit_id = $1`, unit); err != nil {
				return err
			}
			return finishMove(ctx, tx, u, m)
		})
		if err != nil || over {
			return err
		}
	}
}
