package org

import (
	"context"

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
	var out []access.Grant
	if err := db.Select(ctx, q, &out, `SELECT g.role, g.unit_id, u.path, g.subtree FROM access_grant g JOIN unit u ON u.id = g.unit_id
		WHERE g.person_id = $1 AND g.valid_to = 0 AND u.valid_to = 0 ORDER BY g.id`, person); err != nil {
		return nil, err
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

// Memberships reads memberships in the order of the roll.
func Memberships(ctx context.Context, q db.Querier, f MembershipFilter) ([]Membership, error) {
	out := []Membership{}
	if f.At == 0 {
		f.At = db.Now()
	}
	return out, db.Select(ctx, q, &out, `SELECT `+membershipColumns+` FROM membership
		WHERE (unit_id = $1 OR $1 = 0) AND (person_id = $2 OR $2 = 0) AND valid_from <= $3 AND (valid_to = 0 OR valid_to > $3) AND batch_id = 0
		ORDER BY unit_id, sort, id`, f.UnitID, f.PersonID, f.At)
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
