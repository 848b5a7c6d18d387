package org

import (
	"context"
	"slices"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/profile"
)

// RollItem is a line of a unit's roll.
type RollItem struct {
	Membership
	Name     string `json:"name" db:"name"`
	Category string `json:"category,omitempty" db:"category" doc:"only for those who may read the person"`
	SignIn   bool   `json:"sign_in" db:"sign_in" doc:"has a sign-in; only for those who may issue one"`
}

// RollFilter narrows Roll.
type RollFilter struct {
	UnitID db.ID
	After  string
	Limit  int
	At     db.Time // who was there then; now when zero
}

const (
	rollSelect = `SELECT m.id, m.person_id, m.unit_id, m.position, m.standing, m.sort, m.valid_from, m.valid_to, m.version,
		p.name, p.category, CASE WHEN a.id IS NULL THEN FALSE ELSE TRUE END AS sign_in
		FROM membership m JOIN person p ON p.id = m.person_id LEFT JOIN account a ON a.person_id = m.person_id AND a.disabled_at = 0
		WHERE m.unit_id = $1 AND m.batch_id = 0 AND (m.sort, m.id) > ($2, $3)`
	rollOrder = ` ORDER BY m.sort, m.id LIMIT $4`
)

// Roll lists the people of a unit with their positions, in the order of the roll. Those who
// belong to the unit and those who look after it may; forbidden otherwise.
func (s *Service) Roll(ctx context.Context, a access.Actor, f RollFilter) (Page[RollItem], error) {
	out := Page[RollItem]{Items: []RollItem{}}
	u, err := GetUnit(ctx, s.db.Read(), f.UnitID)
	if err != nil {
		return out, err
	}
	if !mayReadRoll(a, u.Where()) {
		return out, fault.Forbidden()
	}
	sort, id, err := parseCursor(f.After)
	if err != nil {
		return out, err
	}
	n := limit(f.Limit)
	when, args := `m.valid_to = 0`, []any{u.ID, sort, id, n + 1}
	if f.At != 0 {
		when, args = `m.valid_from <= $5 AND (m.valid_to = 0 OR m.valid_to > $5)`, append(args, f.At)
	}
	if err := db.Select(ctx, s.db.Read(), &out.Items, rollSelect+` AND `+when+rollOrder, args...); err != nil {
		return out, err
	}
	if len(out.Items) > n {
		out.Items = out.Items[:n]
		out.Next = cursor(out.Items[n-1].Sort, out.Items[n-1].ID)
	}
	details, issues := a.Can(access.PersonRead, u.Where()), a.Can(access.AccountManage, u.Where())
	for i := range out.Items {
		if !details {
			out.Items[i].Category = ""
		}
		out.Items[i].SignIn = out.Items[i].SignIn && issues
	}
	return out, nil
}

// Place puts somebody who is already in the organisation into a unit. Needs person.write at the
// unit and for the person, or that the person was taken out of it a moment ago: nobody
// comes to know a stranger by adding them. Faults: as
// AddMembership; forbidden for a position that reaches further than the actor's own.
func (s *Service) Place(ctx context.Context, a access.Actor, n NewMembership) (Membership, error) {
	id, err := s.change.Create(ctx, a, func(ctx context.Context, tx *change.Tx) (db.ID, error) {
		if err := s.mayPlace(ctx, tx, a, n); err != nil {
			return 0, err
		}
		units, err := unitsOf(ctx, tx, n.PersonID)
		if err != nil {
			return 0, err
		}
		if !canAtAny(a, access.PersonWrite, units) {
			just, err := justLeft(ctx, tx, n.PersonID, n.UnitID)
			if err != nil {
				return 0, err
			}
			if !just {
				return 0, fault.NotFound()
			}
		}
		m, err := s.AddMembership(ctx, tx, n)
		return m.ID, err
	})
	if err != nil {
		return Membership{}, err
	}
	return getMembership(ctx, s.db.Read(), id)
}

// takeBack is how long the end of a membership can be undone by whoever could end it.
const takeBack = time.Hour

// justLeft reports whether somebody who is still in the organisation was taken out of the unit a
// moment ago: they are no stranger to it, and a slip can be undone.
func justLeft(ctx context.Context, tx *change.Tx, person, unit db.ID) (bool, error) {
	var n int64
	return db.Find(ctx, tx, &n, `SELECT 1 FROM membership m JOIN person p ON p.id = m.person_id
		WHERE m.person_id = $1 AND m.unit_id = $2 AND m.valid_to > $3 AND m.batch_id = 0 AND p.ended_at = 0 LIMIT 1`, person, unit, tx.Now().Add(-takeBack))
}

// mayPlace: at the unit, in a position that gives no more than the actor may give.
func (s *Service) mayPlace(ctx context.Context, q db.Querier, a access.Actor, n NewMembership) error {
	u, err := GetUnit(ctx, q, n.UnitID)
	if err != nil {
		return err
	}
	if err := a.Allowed(access.PersonWrite, u.Where()); err != nil {
		return err
	}
	pos, err := s.profile().Position(n.Position)
	if err != nil {
		return nil // AddMembership says so, with the other faulty fields
	}
	if slices.ContainsFunc(pos.Grants, func(g profile.Grant) bool {
		return !a.Reaches(access.Grant{Role: g.Role, UnitID: u.ID, Path: u.Path, Subtree: g.Subtree})
	}) {
		return fault.Forbidden()
	}
	return nil
}

func getMembership(ctx context.Context, q db.Querier, id db.ID) (m Membership, err error) {
	return m, db.Get(ctx, q, &m, `SELECT `+membershipColumns+` FROM membership WHERE id = $1 AND batch_id = 0`, id)
}

// MembershipUpdate changes what is not nil. With UnitID the person moves to that unit.
type MembershipUpdate struct {
	Version  int64   `json:"version"`
	UnitID   *db.ID  `json:"unit_id,omitempty" doc:"moves the person there"`
	Position *string `json:"position,omitempty"`
	Standing *string `json:"standing,omitempty"`
	Sort     *int64  `json:"sort,omitempty"`
}

// ChangeMembership changes how somebody belongs, or where. Everything but the order ends the
// membership and begins another, so that it stays known who held what when; the result is the
// one that holds now. Needs person.write at the unit, and at the new one.
func (s *Service) ChangeMembership(ctx context.Context, a access.Actor, id db.ID, up MembershipUpdate) (Membership, error) {
	var now Membership
	err := s.change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		m, err := s.livingMembership(ctx, tx, a, id, up.Version)
		if err != nil {
			return err
		}
		n := NewMembership{PersonID: m.PersonID, UnitID: m.UnitID, Position: m.Position, Standing: m.Standing, Sort: m.Sort}
		set(&n.UnitID, up.UnitID)
		set(&n.Position, up.Position)
		set(&n.Standing, up.Standing)
		set(&n.Sort, up.Sort)
		if n.UnitID == m.UnitID && n.Position == m.Position && n.Standing == m.Standing {
			now = m
			now.Sort, now.Version = n.Sort, m.Version+1
			if err := tx.ExecOne(ctx, `UPDATE membership SET sort = $1, version = $2 WHERE id = $3 AND version = $4`, now.Sort, now.Version, id, m.Version); err != nil {
				return err
			}
			if err := tx.Event(ctx, "unit:"+m.UnitID.String(), "people", m.UnitID, 0); err != nil {
				return err
			}
			return tx.Audit(ctx, change.Record{Action: "membership.order", Subject: "person", SubjectID: m.PersonID, UnitID: m.UnitID, Before: m.Sort, After: n.Sort})
		}
		if err := s.mayPlace(ctx, tx, a, n); err != nil {
			return err
		}
		if err := closeMembership(ctx, tx, m); err != nil {
			return err
		}
		now, err = s.AddMembership(ctx, tx, n)
		return err
	})
	return now, err
}

// EndMembership takes somebody out of a unit; what they were there stays known. Needs
// person.write at the unit.
func (s *Service) EndMembership(ctx context.Context, a access.Actor, id db.ID, version int64) error {
	return s.change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		m, err := s.livingMembership(ctx, tx, a, id, version)
		if err != nil {
			return err
		}
		return closeMembership(ctx, tx, m)
	})
}

func (s *Service) livingMembership(ctx context.Context, tx *change.Tx, a access.Actor, id db.ID, version int64) (Membership, error) {
	m, err := getMembership(ctx, tx, id)
	if err != nil {
		return m, err
	}
	u, err := GetUnit(ctx, tx, m.UnitID)
	if err != nil {
		return m, err
	}
	if err := a.Require(access.PersonWrite, u.Where()); err != nil {
		return m, err
	}
	switch {
	case m.ValidTo != 0:
		return m, fault.Conflict("membership_ended")
	case m.Version != version:
		return m, fault.Stale()
	}
	return m, nil
}

// closeMembership ends a membership with the grants that followed from it.
func closeMembership(ctx context.Context, tx *change.Tx, m Membership) error {
	if err := tx.ExecOne(ctx, `UPDATE membership SET valid_to = $1, version = version + 1 WHERE id = $2 AND version = $3`, tx.Now(), m.ID, m.Version); err != nil {
		return err
	}
	if err := tx.Exec(ctx, `UPDATE access_grant SET valid_to = $1 WHERE membership_id = $2 AND valid_to = 0`, tx.Now(), m.ID); err != nil {
		return err
	}
	if err := tx.Event(ctx, "unit:"+m.UnitID.String(), "people", m.UnitID, 0); err != nil {
		return err
	}
	if err := grantsChanged(ctx, tx, m.PersonID); err != nil {
		return err
	}
	return tx.Audit(ctx, change.Record{Action: "membership.end", Subject: "person", SubjectID: m.PersonID, UnitID: m.UnitID, Before: m})
}
