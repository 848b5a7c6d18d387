package org

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/pinyin"
	"wozai/internal/profile"
)

// touch tells the browsers that look at a unit, or at the list it stands in.
func touch(ctx context.Context, tx *change.Tx, u Unit) error {
	if err := tx.Event(ctx, "unit:"+u.ID.String(), "unit", u.ID, u.Version); err != nil || u.ParentID == 0 {
		return err
	}
	return tx.Event(ctx, "unit:"+u.ParentID.String(), "children", u.ID, u.Version)
}

// CreateUnit adds a unit under a parent (org.manage there) or at the top (the whole
// installation). Faults: as AddUnit.
func (s *Service) CreateUnit(ctx context.Context, a access.Actor, n NewUnit) (Unit, error) {
	id, err := s.change.Create(ctx, a, func(ctx context.Context, tx *change.Tx) (db.ID, error) {
		place := access.Unit{Path: "/"}
		if n.ParentID != 0 {
			parent, err := GetUnit(ctx, tx, n.ParentID)
			if err != nil {
				return 0, err
			}
			place = parent.Where()
		}
		if err := a.Allowed(access.OrgManage, place); err != nil {
			return 0, err
		}
		if err := freeCode(ctx, tx, "unit", n.Code, 0); err != nil {
			return 0, err
		}
		u, err := s.AddUnit(ctx, tx, n)
		return u.ID, err
	})
	if err != nil {
		return Unit{}, err
	}
	return GetUnit(ctx, s.db.Read(), id)
}

// freeCode refuses a code that another living unit or person has; files refer to them by it.
func freeCode(ctx context.Context, tx *change.Tx, table, code string, self db.ID) error {
	if code == "" {
		return nil
	}
	live := map[string]string{"unit": "valid_to = 0", "person": "ended_at = 0"}[table]
	var other db.ID
	found, err := db.Find(ctx, tx, &other, `SELECT id FROM `+table+` WHERE code = $1 AND `+live+` AND id <> $2`, code, self)
	if err == nil && found {
		return &fault.Fault{Kind: fault.KindInvalid, Code: "invalid", Fields: []fault.Field{{Field: "code", Code: "code_taken"}}}
	}
	return err
}

// UnitUpdate changes what is not nil. Version is the one that was read.
type UnitUpdate struct {
	Version   int64   `json:"version"`
	Name      *string `json:"name,omitempty"`
	ShortName *string `json:"short_name,omitempty"`
	Code      *string `json:"code,omitempty"`
	Sort      *int64  `json:"sort,omitempty"`
}

// ChangeUnit changes a unit's names, code and order; the old name stays in its history.
// Needs org.manage at the unit. Faults: invalid, stale, conflict "unit_ended".
func (s *Service) ChangeUnit(ctx context.Context, a access.Actor, id db.ID, up UnitUpdate) (Unit, error) {
	err := s.change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		old, err := s.livingUnit(ctx, tx, a, id, up.Version)
		if err != nil {
			return err
		}
		u := old
		var c fault.Check
		set(&u.Name, up.Name)
		set(&u.ShortName, up.ShortName)
		set(&u.Code, up.Code)
		set(&u.Sort, up.Sort)
		u.Name = c.Text("name", u.Name, 120, true)
		u.ShortName = c.Text("short_name", u.ShortName, 40, false)
		u.Code = c.Text("code", u.Code, 40, false)
		if err := errors.Join(c.Err(), freeCode(ctx, tx, "unit", u.Code, id)); err != nil {
			return err
		}
		full, initials := pinyin.Text(u.Name)
		u.Version++
		if err := tx.ExecOne(ctx, `UPDATE unit SET name = $1, short_name = $2, code = $3, sort = $4, pinyin = $5, initials = $6, version = $7
			WHERE id = $8 AND version = $9`, u.Name, u.ShortName, u.Code, u.Sort, full, initials, u.Version, id, up.Version); err != nil {
			return err
		}
		if u.Name != old.Name {
			if err := putNameParts(ctx, tx, "unit", id, u.Name, true); err != nil {
				return err
			}
			if err := newPlace(ctx, tx, u); err != nil {
				return err
			}
		}
		if err := touch(ctx, tx, u); err != nil {
			return err
		}
		return tx.Audit(ctx, change.Record{Action: "unit.change", Subject: "unit", SubjectID: id, UnitID: id, Before: old, After: u})
	})
	if err != nil {
		return Unit{}, err
	}
	return GetUnit(ctx, s.db.Read(), id)
}

func set[T any](dst *T, v *T) {
	if v != nil {
		*dst = *v
	}
}

// livingUnit reads a unit for a change at it: allowed there, not ended, still as the asker saw it.
func (s *Service) livingUnit(ctx context.Context, tx *change.Tx, a access.Actor, id db.ID, version int64) (Unit, error) {
	u, err := GetUnit(ctx, tx, id)
	if err != nil {
		return u, err
	}
	if err := a.Allowed(access.OrgManage, u.Where()); err != nil {
		return u, err
	}
	return u, current(u, version)
}

func current(u Unit, version int64) error {
	switch {
	case u.ValidTo != 0:
		return fault.Conflict("unit_ended")
	case u.Version != version:
		return fault.Stale()
	}
	return nil
}

// newPlace closes the present line of a unit's history and opens the next.
func newPlace(ctx context.Context, tx *change.Tx, u Unit) error {
	if err := tx.Exec(ctx, `UPDATE unit_parentage SET valid_to = $1 WHERE unit_id = $2 AND valid_to = 0`, tx.Now(), u.ID); err != nil {
		return err
	}
	// Two changes within one microsecond are one line.
	if err := tx.Exec(ctx, `DELETE FROM unit_parentage WHERE unit_id = $1 AND valid_from = $2`, u.ID, tx.Now()); err != nil {
		return err
	}
	return tx.Exec(ctx, `INSERT INTO unit_parentage (unit_id, parent_id, name, valid_from) VALUES ($1, $2, $3, $4)`, u.ID, u.ParentID, u.Name, tx.Now())
}

// EndUnit is what ending a unit takes with it. Without a word about them, units and people under
// it keep it from ending.
type EndUnit struct {
	Version  int64  `json:"version"`
	Children string `json:"children,omitempty" enum:"keep,end" doc:"keep (refuse while there are any) or end"`
	Members  string `json:"members,omitempty" enum:"keep,end,move" doc:"keep (refuse while there are any), end or move"`
	MoveTo   db.ID  `json:"move_to,omitempty" doc:"the unit the people go to, as plain members; the positions end"`
}

const endAtOnce = 400 // units and memberships: several rows each, one change

// EndUnit ends a unit, today. Needs org.manage above it, and at the unit that takes the people.
// Faults: conflict "unit_has_children" and "unit_has_members" (with count), "too_many_at_once"
// (with limit), "move_under_way"; stale.
func (s *Service) EndUnit(ctx context.Context, a access.Actor, id db.ID, e EndUnit) error {
	return s.change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		u, err := GetUnit(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := a.Allowed(access.OrgManage, u.above()); err != nil {
			return err
		}
		if err := errors.Join(current(u, e.Version), noMove(ctx, tx, u.TreeID)); err != nil {
			return err
		}
		var units []Unit // u first, then whatever is under it
		if err := db.Select(ctx, tx, &units, `SELECT `+unitColumns+` FROM unit WHERE path >= $1 AND path < $2 AND valid_to = 0 ORDER BY path LIMIT $3`,
			u.Path, PathEnd(u.Path), endAtOnce+1); err != nil {
			return err
		}
		if n := len(units) - 1; n > 0 && e.Children != "end" {
			return fault.Conflict("unit_has_children").With("count", n)
		}
		var members []Membership
		for _, x := range units {
			ms, err := Memberships(ctx, tx, MembershipFilter{UnitID: x.ID})
			if err != nil {
				return err
			}
			members = append(members, ms...)
			if len(units)+len(members) > endAtOnce {
				return fault.Conflict("too_many_at_once").With("limit", endAtOnce)
			}
		}
		if len(members) > 0 {
			if err := s.takeAlong(ctx, tx, a, members, e); err != nil {
				return err
			}
		}
		for i := len(units) - 1; i >= 0; i-- {
			if err := s.closeUnit(ctx, tx, units[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// takeAlong ends or moves the memberships of a unit that ends.
func (s *Service) takeAlong(ctx context.Context, tx *change.Tx, a access.Actor, members []Membership, e EndUnit) error {
	switch e.Members {
	case "end":
	case "move":
		to, err := GetUnit(ctx, tx, e.MoveTo)
		if err != nil {
			return err
		}
		if err := a.Allowed(access.OrgManage, to.Where()); err != nil {
			return err
		}
		plain, ok := s.plainPosition(to.Kind)
		if !ok {
			return fault.Conflict("no_plain_position").With("unit", to.Name)
		}
		there := map[db.ID]bool{}
		present, err := Memberships(ctx, tx, MembershipFilter{UnitID: to.ID})
		if err != nil {
			return err
		}
		for _, m := range present {
			there[m.PersonID] = true
		}
		for _, m := range members {
			if there[m.PersonID] {
				continue
			}
			there[m.PersonID] = true
			if _, err := s.AddMembership(ctx, tx, NewMembership{PersonID: m.PersonID, UnitID: to.ID, Position: plain, Standing: m.Standing, Sort: m.Sort}); err != nil {
				return err
			}
		}
	default:
		return fault.Conflict("unit_has_members").With("count", len(members))
	}
	for _, m := range members {
		if err := closeMembership(ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
}

// plainPosition is how one simply belongs to a kind of unit: the last of its positions that leads
// nothing and opens nothing.
func (s *Service) plainPosition(kind string) (string, bool) {
	all := s.profile().PositionsIn(kind)
	for i := len(all) - 1; i >= 0; i-- {
		p := all[i]
		office := slices.ContainsFunc(p.Grants, func(g profile.Grant) bool { return g.Role != access.Member })
		if !p.Leads && !p.Committee && !p.Single && !office {
			return p.Key, true
		}
	}
	return "", false
}

func (s *Service) closeUnit(ctx context.Context, tx *change.Tx, u Unit) error {
	if err := tx.ExecOne(ctx, `UPDATE unit SET valid_to = $1, version = version + 1 WHERE id = $2 AND version = $3`, tx.Now(), u.ID, u.Version); err != nil {
		return err
	}
	if err := tx.Exec(ctx, `UPDATE unit_parentage SET valid_to = $1 WHERE unit_id = $2 AND valid_to = 0`, tx.Now(), u.ID); err != nil {
		return err
	}
	var holders []db.ID
	if err := db.Select(ctx, tx, &holders, `SELECT DISTINCT person_id FROM access_grant WHERE unit_id = $1 AND valid_to = 0`, u.ID); err != nil {
		return err
	}
	if err := tx.Exec(ctx, `UPDATE access_grant SET valid_to = $1 WHERE unit_id = $2 AND valid_to = 0`, tx.Now(), u.ID); err != nil {
		return err
	}
	for _, p := range holders {
		if err := grantsChanged(ctx, tx, p); err != nil {
			return err
		}
	}
	u.Version++
	if err := touch(ctx, tx, u); err != nil {
		return err
	}
	return tx.Audit(ctx, change.Record{Action: "unit.end", Subject: "unit", SubjectID: u.ID, UnitID: u.ID, Before: map[string]any{"name": u.Name, "parent_id": u.ParentID}})
}

// grantsChanged lets the sessions of a person forget what they remember.
func grantsChanged(ctx context.Context, tx *change.Tx, person db.ID) error {
	return tx.Event(ctx, fmt.Sprintf("person:%d", person), "grants", person, 0)
}
