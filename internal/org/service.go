package org

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/office/sheet"
	"wozai/internal/pinyin"
	"wozai/internal/profile"
	"wozai/internal/secret"
)

// Sealer encrypts fields; package secret implements it. aad binds a value to its place.
type Sealer interface {
	Seal(purpose string, aad, plaintext []byte) ([]byte, error)
	Open(purpose string, aad, sealed []byte) ([]byte, error)
	Index(purpose, value string) []byte
}

// Service holds the use cases. The functions that take a *change.Tx are for callers inside a
// change that they have authorised (import, demo, first run); the methods authorise.
type Service struct {
	db      *db.DB
	change  *change.Writer
	seal    Sealer
	profile func() *profile.Profile
	signIns SignIns
	keepers []Keeper
	files   string                // where imports lie
	zone    func() *time.Location // the installation's: which day it is
}

// NewService makes the service; p gives the installation's profile.
func NewService(d *db.DB, w *change.Writer, s Sealer, p func() *profile.Profile) *Service {
	return &Service{db: d, change: w, seal: s, profile: p, zone: func() *time.Location { return time.Local }}
}

// UseZone says in which time zone the organisation lives; the machine's without it.
func (s *Service) UseZone(zone func() *time.Location) { s.zone = zone }

// Profile is the installation's profile.
func (s *Service) Profile() *profile.Profile { return s.profile() }

// EnsureTrees makes the profile's trees; it changes nothing when they are there.
func (s *Service) EnsureTrees(ctx context.Context, tx *change.Tx) error {
	for i, t := range s.profile().Trees {
		var n int64
		if found, err := db.Find(ctx, tx, &n, `SELECT id FROM tree WHERE key = $1`, t.Key); err != nil || found {
			if err != nil {
				return err
			}
			continue
		}
		id := tx.NewID()
		if err := tx.Exec(ctx, `INSERT INTO tree (id, key, sort) VALUES ($1, $2, $3)`, id, t.Key, i); err != nil {
			return err
		}
		if err := tx.Audit(ctx, change.Record{Action: "tree.add", Subject: "tree", SubjectID: id, After: map[string]any{"key": t.Key}}); err != nil {
			return err
		}
	}
	return nil
}

// NewUnit is what AddUnit needs. ParentID 0 puts it at the top of tree Tree.
type NewUnit struct {
	ParentID  db.ID  `json:"parent_id,omitempty"`
	Tree      string `json:"tree,omitempty" doc:"the tree's key, for a unit at the top"`
	Kind      string `json:"kind"`
	Code      string `json:"code,omitempty"`
	Name      string `json:"name"`
	ShortName string `json:"short_name,omitempty"`
	Sort      int64  `json:"sort,omitempty"`
}

// AddUnit creates a unit inside a change. Faults: invalid with every faulty field; not-found for
// an unknown or ended parent.
func (s *Service) AddUnit(ctx context.Context, tx *change.Tx, n NewUnit) (Unit, error) {
	var c fault.Check
	n.Name = c.Text("name", n.Name, 120, true)
	n.ShortName = c.Text("short_name", n.ShortName, 40, false)
	n.Code = c.Text("code", n.Code, 40, false)
	kind, unknown := s.profile().UnitKind(n.Kind)
	c.If(unknown != nil, "kind", "choice")
	var parent Unit
	u := Unit{ID: tx.NewID(), ParentID: n.ParentID, Kind: n.Kind, Code: n.Code, Name: n.Name, ShortName: n.ShortName, Sort: n.Sort, ValidFrom: tx.Now(), Version: 1}
	if n.ParentID == 0 {
		if found, err := db.Find(ctx, tx, &u.TreeID, `SELECT id FROM tree WHERE key = $1`, n.Tree); err != nil {
			return u, err
		} else if !found {
			c.Add("tree", "choice")
		}
		c.If(unknown == nil && !kind.Root, "kind", "kind_not_at_top")
		u.Path = fmt.Sprintf("/%d/", u.ID)
	} else {
		var err error
		if parent, err = GetUnit(ctx, tx, n.ParentID); err != nil {
			return u, err
		}
		if parent.ValidTo != 0 {
			return u, fault.Conflict("unit_ended")
		}
		c.If(unknown == nil && !slices.Contains(kind.Under, parent.Kind), "kind", "kind_not_under", "parent", parent.Name)
		u.TreeID, u.Path = parent.TreeID, fmt.Sprintf("%s%d/", parent.Path, u.ID)
	}
	if err := c.Err(); err != nil {
		return u, err
	}
	full, initials := pinyin.Text(u.Name)
	if err := tx.Exec(ctx, `INSERT INTO unit (id, tree_id, parent_id, path, kind, code, name, short_name, pinyin, initials, sort, valid_from, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)`,
		u.ID, u.TreeID, u.ParentID, u.Path, u.Kind, u.Code, u.Name, u.ShortName, full, initials, u.Sort, u.ValidFrom); err != nil {
		return u, err
	}
	if err := tx.Exec(ctx, `INSERT INTO unit_parentage (unit_id, parent_id, name, valid_from) VALUES ($1, $2, $3, $4)`, u.ID, u.ParentID, u.Name, u.ValidFrom); err != nil {
		return u, err
	}
	if err := putNameParts(ctx, tx, "unit", u.ID, u.Name, false); err != nil {
		return u, err
	}
	if err := touch(ctx, tx, u); err != nil {
		return u, err
	}
	return u, tx.Audit(ctx, change.Record{Action: "unit.add", Subject: "unit", SubjectID: u.ID, UnitID: u.ID, After: u})
}

// NewPerson is what AddPerson needs.
type NewPerson struct {
	Code     string `json:"code,omitempty"`
	Name     string `json:"name"`
	Category string `json:"category"`
	JoinedOn string `json:"joined_on,omitempty" doc:"YYYY-MM-DD"`
	Phone    string `json:"phone,omitempty"`
	Email    string `json:"email,omitempty"`
}

var (
	datePattern  = regexp.MustCompile(`^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$`)
	emailPattern = regexp.MustCompile(`^[^@\s<>"]+@[^@\s<>"]+\.[^@\s<>"]+$`)
)

func (s *Service) checkPerson(n *NewPerson) error {
	var c fault.Check
	n.Name = c.Text("name", n.Name, 60, true)
	n.Code = c.Text("code", n.Code, 40, false)
	checkPhone(&c, &n.Phone)
	n.Email = strings.TrimSpace(n.Email)
	_, unknown := s.profile().Category(n.Category)
	c.If(unknown != nil, "category", "choice")
	c.If(n.JoinedOn != "" && !validDate(n.JoinedOn), "joined_on", "date")
	c.If(n.Email != "" && (len(n.Email) > 120 || !emailPattern.MatchString(n.Email)), "email", "email")
	return c.Err()
}

// checkPhone brings a telephone number into the form in which all are kept; "" is none.
func checkPhone(c *fault.Check, phone *string) {
	plain, ok := sheet.ParsePhone(*phone)
	c.If(!ok && plain != "", "phone", "phone")
	*phone = plain
}

// AddPerson creates a person inside a change.
func (s *Service) AddPerson(ctx context.Context, tx *change.Tx, n NewPerson) (Person, error) {
	if err := s.checkPerson(&n); err != nil {
		return Person{}, err
	}
	p := Person{ID: tx.NewID(), Code: n.Code, Name: n.Name, Category: n.Category, JoinedOn: n.JoinedOn, Version: 1}
	full, initials := pinyin.Name(p.Name)
	phone, index, email, err := s.sealContact(p.ID, Contact{n.Phone, n.Email})
	if err != nil {
		return p, err
	}
	if err := tx.Exec(ctx, `INSERT INTO person (id, code, name, pinyin, initials, category, joined_on, phone_sealed, phone_index, email_sealed, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)`,
		p.ID, p.Code, p.Name, full, initials, p.Category, p.JoinedOn, phone, index, email); err != nil {
		return p, err
	}
	if err := putNameParts(ctx, tx, "person", p.ID, p.Name, false); err != nil {
		return p, err
	}
	return p, tx.Audit(ctx, change.Record{Action: "person.add", Subject: "person", SubjectID: p.ID,
		After: map[string]any{"name": p.Name, "code": p.Code, "category": p.Category, "phone": n.Phone != "", "email": n.Email != ""}})
}

// sealContact gives what the person's columns hold; nil for what is empty.
func (s *Service) sealContact(id db.ID, c Contact) (phone, index, email []byte, err error) {
	if c.Phone != "" {
		if phone, err = s.seal.Seal("contact", secret.AAD("person", "phone_sealed", int64(id)), []byte(c.Phone)); err != nil {
			return nil, nil, nil, err
		}
		index = s.seal.Index("phone", c.Phone)
	}
	if c.Email != "" {
		email, err = s.seal.Seal("contact", secret.AAD("person", "email_sealed", int64(id)), []byte(c.Email))
	}
	return phone, index, email, err
}

// ReadContact opens a person's contact data; the caller has authorised it.
func (s *Service) ReadContact(ctx context.Context, q db.Querier, id db.ID) (c Contact, err error) {
	var row struct {
		Phone []byte `db:"phone_sealed"`
		Email []byte `db:"email_sealed"`
	}
	if err := db.Get(ctx, q, &row, `SELECT phone_sealed, email_sealed FROM person WHERE id = $1`, id); err != nil {
		return c, err
	}
	open := func(column string, sealed []byte) (string, error) {
		if len(sealed) == 0 {
			return "", nil
		}
		b, err := s.seal.Open("contact", secret.AAD("person", column, int64(id)), sealed)
		return string(b), err
	}
	if c.Phone, err = open("phone_sealed", row.Phone); err != nil {
		return c, err
	}
	c.Email, err = open("email_sealed", row.Email)
	return c, err
}

// NewMembership is what AddMembership needs.
type NewMembership struct {
	PersonID db.ID  `json:"person_id"`
	UnitID   db.ID  `json:"unit_id"`
	Position string `json:"position"`
	Standing string `json:"standing"`
	Sort     int64  `json:"sort,omitempty"`
}

// AddMembership places a person in a unit inside a change, with the grants of the position.
// Faults: invalid; conflict "position_taken" for a position with one holder; conflict
// "already_member" for the same position twice.
func (s *Service) AddMembership(ctx context.Context, tx *change.Tx, n NewMembership) (Membership, error) {
	m := Membership{ID: tx.NewID(), PersonID: n.PersonID, UnitID: n.UnitID, Position: n.Position, Standing: n.Standing, Sort: n.Sort, ValidFrom: tx.Now(), Version: 1}
	u, err := GetUnit(ctx, tx, n.UnitID)
	if err != nil {
		return m, err
	}
	if u.ValidTo != 0 {
		return m, fault.Conflict("unit_ended")
	}
	if _, err := GetPerson(ctx, tx, n.PersonID); err != nil {
		return m, err
	}
	var c fault.Check
	pos, unknown := s.profile().Position(n.Position)
	c.If(unknown != nil || !slices.Contains(pos.In, u.Kind), "position", "choice")
	c.If(!s.standingFits(n.Standing, u.Kind), "standing", "choice")
	if err := c.Err(); err != nil {
		return m, err
	}
	now, err := Memberships(ctx, tx, MembershipFilter{UnitID: n.UnitID, At: tx.Now()})
	if err != nil {
		return m, err
	}
	for _, other := range now {
		if other.PersonID == n.PersonID && other.Position == n.Position {
			return m, fault.Conflict("already_member")
		}
		if pos.Single && other.Position == n.Position {
			return m, fault.Conflict("position_taken")
		}
	}
	if err := tx.Exec(ctx, `INSERT INTO membership (id, person_id, unit_id, position, standing, sort, valid_from, version) VALUES ($1, $2, $3, $4, $5, $6, $7, 1)`,
		m.ID, m.PersonID, m.UnitID, m.Position, m.Standing, m.Sort, m.ValidFrom); err != nil {
		return m, err
	}
	if err := tx.Event(ctx, "unit:"+m.UnitID.String(), "people", m.UnitID, 0); err != nil {
		return m, err
	}
	for _, g := range pos.Grants {
		if err := addGrant(ctx, tx, m.PersonID, m.UnitID, access.Role(g.Role), g.Subtree, m.ID); err != nil {
			return m, err
		}
	}
	return m, tx.Audit(ctx, change.Record{Action: "membership.add", Subject: "person", SubjectID: m.PersonID, UnitID: m.UnitID, After: m})
}

// standingFits: in a tree that meets it says who votes; elsewhere it may be left out.
func (s *Service) standingFits(standing, kind string) bool {
	if standing != "" {
		_, unknown := s.profile().Standing(standing)
		return unknown == nil
	}
	k, err := s.profile().UnitKind(kind)
	if err != nil {
		return false
	}
	t, err := s.profile().Tree(k.Tree)
	return err == nil && !t.Meets
}

func addGrant(ctx context.Context, tx *change.Tx, person, unit db.ID, role access.Role, subtree bool, membership db.ID) error {
	if err := tx.Exec(ctx, `INSERT INTO access_grant (id, person_id, unit_id, role, subtree, membership_id, valid_from) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		tx.NewID(), person, unit, string(role), subtree, membership, tx.Now()); err != nil {
		return err
	}
	return tx.Event(ctx, "person:"+person.String(), "grants", person, 0)
}

// RequirePerson is nil when the actor has the permission at one of the units the person belongs
// to; not-found otherwise. Somebody in no unit is kept by administrators alone.
func (s *Service) RequirePerson(ctx context.Context, a access.Actor, p access.Permission, person db.ID) error {
	if _, err := GetPerson(ctx, s.db.Read(), person); err != nil {
		return err
	}
	units, err := unitsOf(ctx, s.db.Read(), person)
	if err != nil {
		return err
	}
	if !canAtAny(a, p, units) {
		return fault.NotFound()
	}
	return nil
}

// canAtAny: at one of the units, or everywhere.
func canAtAny(a access.Actor, p access.Permission, units []Unit) bool {
	return a.Can(p, access.Unit{Path: "/"}) || slices.ContainsFunc(units, func(u Unit) bool { return a.Can(p, u.Where()) })
}
