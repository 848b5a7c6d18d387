// Package org keeps the organisation: units in several trees over the same people, memberships
// with positions, the grants that follow from them, and where people are.
//
// Trees change and history stays: parentage, memberships and grants carry valid_from and
// valid_to. A unit's path ("/1/20/", its own id last) makes a subtree one range scan; other
// tables keep the unit's id alone.
package org

import (
	"strings"

	"wozai/internal/access"
	"wozai/internal/db"
)

// Unit is a body in one of the trees.
type Unit struct {
	ID        db.ID   `json:"id" db:"id"`
	TreeID    db.ID   `json:"tree_id" db:"tree_id"`
	ParentID  db.ID   `json:"parent_id,omitzero" db:"parent_id"`
	Path      string  `json:"path" db:"path"`
	Kind      string  `json:"kind" db:"kind" doc:"a key of the profile's unit kinds"`
	Code      string  `json:"code" db:"code"`
	Name      string  `json:"name" db:"name"`
	ShortName string  `json:"short_name" db:"short_name"`
	Sort      int64   `json:"sort" db:"sort"`
	ValidFrom db.Time `json:"valid_from" db:"valid_from"`
	ValidTo   db.Time `json:"valid_to" db:"valid_to"`
	Version   int64   `json:"version" db:"version"`
}

// Where is the unit as access rules know it.
func (u Unit) Where() access.Unit { return access.Unit{ID: u.ID, Path: u.Path} }

// unitColumns are what Unit reads.
const unitColumns = `id, tree_id, parent_id, path, kind, code, name, short_name, sort, valid_from, valid_to, version`

// Person is somebody of the organisation. Contact data are read apart, by those entitled.
type Person struct {
	ID       db.ID   `json:"id" db:"id"`
	Code     string  `json:"code" db:"code"`
	Name     string  `json:"name" db:"name"`
	Category string  `json:"category" db:"category" doc:"a key of the profile's categories: serving, retired …"`
	JoinedOn string  `json:"joined_on,omitempty" db:"joined_on"`
	EndedAt  db.Time `json:"ended_at" db:"ended_at"`
	Version  int64   `json:"version" db:"version"`
}

const personColumns = `id, code, name, category, joined_on, ended_at, version`

// Contact is how to reach a person; encrypted at rest.
type Contact struct {
	Phone string `json:"phone"`
	Email string `json:"email"`
}

// Membership places a person in a unit.
type Membership struct {
	ID        db.ID   `json:"id" db:"id"`
	PersonID  db.ID   `json:"person_id" db:"person_id"`
	UnitID    db.ID   `json:"unit_id" db:"unit_id"`
	Position  string  `json:"position" db:"position" doc:"a key of the profile's positions"`
	Standing  string  `json:"standing" db:"standing" doc:"a key of the profile's standings; it says who votes"`
	Sort      int64   `json:"sort" db:"sort"`
	ValidFrom db.Time `json:"valid_from" db:"valid_from"`
	ValidTo   db.Time `json:"valid_to" db:"valid_to"`
	Version   int64   `json:"version" db:"version"`
}

const membershipColumns = `id, person_id, unit_id, position, standing, sort, valid_from, valid_to, version`

// PathEnd is the first path behind a subtree: `path >= p AND path < PathEnd(p)` is the subtree.
func PathEnd(path string) string { return strings.TrimSuffix(path, "/") + "0" }
