package org

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"wozai/internal/access"
	"wozai/internal/db"
)

// GetUnit reads a unit that exists (an ended one too); not-found otherwise.
func GetUnit(ctx context.Context, q db.Querier, id db.ID) (u Unit, err error) {
	return u, db.Get(ctx, q, &u, `SELECT `+unitColumns+` FROM unit WHERE id = $1 AND batch_id = 0`, id)
}

// GetPerson reads a person; not-found otherwise.
func GetPerson(ctx context.Context, q db.Querier, id db.ID) (p Person, err error) {
	return p, db.Get(ctx, q, &p, `SELECT `+personColumns+` FROM person WHERE id = $1 AND batch_id = 0`, id)
}

// Grants reads what a person may do now, with the units' present paths; an account that keeps
// the installation has role admin everywhere. While a unit is being moved its grants hold at the
// old place and at the new one, since what is below it stands partly here and partly there.
func Grants(ctx context.Context, q db.Querier, person db.ID) ([]access.Grant, error) {
	var out []access.Grant
	if err := db.Select(ctx, q, &out, `SELECT g.role, g.unit_id, u.path, g.subtree FROM access_grant g JOIN unit u ON u.id = g.unit_id
		WHERE g.person_id = $1 AND g.valid_to = 0 AND g.batch_id = 0 AND u.valid_to = 0 ORDER BY g.id`, person); err != nil {
		return nil, err
	}
	if len(out) > 0 {
		moves, err := Moves(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, m := range moves {
			for _, g := range out {
				if g.Subtree && strings.HasPrefix(g.Path, m.FromPath) {
					g.Path = m.ToPath + strings.TrimPrefix(g.Path, m.FromPath)
					out = append(out, g)
				} else if g.Subtree && strings.HasPrefix(g.Path, m.ToPath) {
					g.Path = m.FromPath + strings.TrimPrefix(g.Path, m.ToPath)
					out = append(out, g)
				}
			}
		}
	}
	var admin int64
	if err := db.Get(ctx, q, &admin, `SELECT COUNT(*) FROM account WHERE person_id = $1 AND admin`, person); err != nil {
		return nil, err
	}
	if admin > 0 {
		out = append(out, access.Grant{Role: access.Admin, Path: "/", Subtree: true})
	}
	return out, nil
}

// MembershipFilter narrows Memberships; zero fields do not.
type MembershipFilter struct {
	UnitID   db.ID
	PersonID db.ID
	At       db.Time // who was there then; now when zero
}

// Memberships reads memberships in the order of the roll. A filter by neither unit nor person is
// an error: it would read everybody.
func Memberships(ctx context.Context, q db.Querier, f MembershipFilter) ([]Membership, error) {
	var c clauses
	if f.UnitID != 0 {
		c.add("unit_id = ", f.UnitID)
	}
	if f.PersonID != 0 {
		c.add("person_id = ", f.PersonID)
	}
	if len(c.args) == 0 {
		return nil, errors.New("org: memberships of nobody and nowhere asked for")
	}
	if f.At == 0 {
		c.text = append(c.text, "valid_to = 0")
	} else {
		c.add("valid_from <= ", f.At)
		c.text = append(c.text, fmt.Sprintf("(valid_to = 0 OR valid_to > $%d)", len(c.args)))
	}
	out := []Membership{}
	return out, db.Select(ctx, q, &out, `SELECT `+membershipColumns+` FROM membership
		WHERE `+strings.Join(c.text, " AND ")+` AND batch_id = 0 ORDER BY unit_id, sort, id`, c.args...)
}

// clauses collects conditions with their arguments; conditions that are not asked for must not
// stand in the statement, or no index serves it.
type clauses struct {
	text []string
	args []any
}

func (c *clauses) add(condition string, arg any) {
	c.args = append(c.args, arg)
	c.text = append(c.text, fmt.Sprintf("%s$%d", condition, len(c.args)))
}

// Ancestors reads the units above u, from the top down, u itself last.
func Ancestors(ctx context.Context, q db.Querier, u Unit) ([]Unit, error) {
	out := []Unit{}
	for _, id := range pathIDs(u.Path) {
		a, err := GetUnit(ctx, q, id)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

func pathIDs(path string) []db.ID {
	var out []db.ID
	var n db.ID
	for _, c := range path[1:] {
		if c == '/' {
			out = append(out, n)
			n = 0
			continue
		}
		n = n*10 + db.ID(c-'0')
	}
	return out
}
