package org

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
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
// the installation has role admin everywhere.
func Grants(ctx context.Context, q db.Querier, person db.ID) ([]access.Grant, error) {
	var rows []GrantRow
	if err := db.Select(ctx, q, &rows, `SELECT `+GrantColumns+` FROM (SELECT CAST($1 AS BIGINT) AS id) p LEFT JOIN account a ON a.person_id = p.id `+GrantJoin("p.id")+``, person); err != nil {
		return nil, err
	}
	return Granted(ctx, q, rows)
}

// GrantRow is a row of what a person holds, read along with something else: one for each grant, and one alone where there is
// none. Granted makes grants of them.
type GrantRow struct {
	access.Grant
	GrantID db.ID `db:"grant_id"`
	Admin   bool  `db:"admin"`
}

// GrantColumns are those of GrantRow, beside an account (a) and what GrantJoin has joined.
const GrantColumns = `COALESCE(g.role, '') AS role, COALESCE(u.id, 0) AS unit_id, COALESCE(u.path, '') AS path, COALESCE(g.subtree, FALSE) AS subtree, COALESCE(g.id, 0) AS grant_id, COALESCE(a.admin, FALSE) AS admin`

// GrantJoin joins what a person holds; column says who.
func GrantJoin(column string) string {
	return `LEFT JOIN access_grant g ON g.person_id = ` + column + ` AND g.valid_to = 0 AND g.batch_id = 0 LEFT JOIN unit u ON u.id = g.unit_id AND u.valid_to = 0`
}

// Granted makes grants of what one person holds. While a unit is being moved they hold at the old place and at the new
// one, since what is below it stands partly here and partly there.
func Granted(ctx context.Context, q db.Querier, rows []GrantRow) (out []access.Grant, err error) {
	var moves []Move
	if slices.ContainsFunc(rows, func(h GrantRow) bool { return h.Subtree }) { // which few have
		if moves, err = Moves(ctx, q); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(rows, func(x, y GrantRow) int { return cmp.Compare(x.GrantID, y.GrantID) })
	for _, h := range rows {
		if h.UnitID == 0 { // no grant, or of a unit that has ended
			continue
		}
		out = append(out, h.Grant)
		for _, m := range moves {
			for _, x := range [2][2]string{{m.FromPath, m.ToPath}, {m.ToPath, m.FromPath}} {
				if below, ok := strings.CutPrefix(h.Path, x[0]); ok && h.Subtree {
					there := h.Grant
					there.Path = x[1] + below
					out = append(out, there)
					break
				}
			}
		}
	}
	if len(rows) > 0 && rows[0].Admin {
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
