package org

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
)

// PersonPage is what is shown of a person: to everybody the name and where they belong; to
// themselves and to those who look after them, everything.
type PersonPage struct {
	ID          db.ID           `json:"id"`
	Name        string          `json:"name"`
	Memberships []MembershipRow `json:"memberships" doc:"present ones"`
	Details     *PersonDetails  `json:"details,omitempty" doc:"for themselves and those entitled"`
	Abilities   []string        `json:"abilities"`
	Version     int64           `json:"version"`
}

// PersonDetails are what only some may read.
type PersonDetails struct {
	Code     string          `json:"code"`
	Category string          `json:"category"`
	JoinedOn string          `json:"joined_on"`
	EndedAt  db.Time         `json:"ended_at"`
	Contact  Contact         `json:"contact"`
	Login    string          `json:"login" doc:"of their sign-in; empty when they have none"`
	Past     []MembershipRow `json:"past" doc:"former memberships, newest first"`
}

// MembershipRow is a membership with the unit's name.
type MembershipRow struct {
	Membership
	UnitName string `json:"unit_name" db:"unit_name"`
	UnitKind string `json:"unit_kind" db:"unit_kind"`
	Tree     string `json:"tree" db:"tree"`
}

const membershipRows = `SELECT m.id, m.person_id, m.unit_id, m.position, m.standing, m.sort, m.valid_from, m.valid_to, m.version,
	u.name AS unit_name, u.kind AS unit_kind, t.key AS tree
	FROM membership m JOIN unit u ON u.id = m.unit_id JOIN tree t ON t.id = u.tree_id WHERE m.person_id = $1 AND m.batch_id = 0 AND `

// entitled: the person, or somebody who may read them at one of their units.
func entitled(a access.Actor, person db.ID, units []Unit) bool {
	return a.Is(person) || canAtAny(a, access.PersonRead, units)
}

// PersonPage reads a person. Everybody signed in may; what they get depends on who they are.
// Reading another's details is recorded, and that person sees it.
func (s *Service) PersonPage(ctx context.Context, a access.Actor, id db.ID) (out PersonPage, err error) {
	q := s.db.Read()
	p, err := GetPerson(ctx, q, id)
	if err != nil {
		return out, err
	}
	units, err := unitsOf(ctx, q, id)
	if err != nil {
		return out, err
	}
	full := entitled(a, id, units)
	if p.EndedAt != 0 && !full {
		return out, fault.NotFound()
	}
	out = PersonPage{ID: p.ID, Name: p.Name, Memberships: []MembershipRow{}, Abilities: s.personAbilities(a, p, units), Version: p.Version}
	if err := db.Select(ctx, q, &out.Memberships, membershipRows+`m.valid_to = 0 ORDER BY t.sort, u.path, m.sort, m.id`, id); err != nil {
		return out, err
	}
	if !full {
		for i := range out.Memberships {
			out.Memberships[i].Standing = ""
		}
		return out, nil
	}
	if err := s.looked(ctx, a, lookPage, id); err != nil {
		return PersonPage{}, err
	}
	d := &PersonDetails{Code: p.Code, Category: p.Category, JoinedOn: p.JoinedOn, EndedAt: p.EndedAt, Past: []MembershipRow{}}
	if d.Contact, err = s.ReadContact(ctx, q, id); err != nil {
		return PersonPage{}, err
	}
	if _, err := db.Find(ctx, q, &d.Login, `SELECT login FROM account WHERE person_id = $1 AND disabled_at = 0`, id); err != nil {
		return PersonPage{}, err
	}
	if err := db.Select(ctx, q, &d.Past, membershipRows+`m.valid_to <> 0 ORDER BY m.valid_to DESC, m.id DESC LIMIT 200`, id); err != nil {
		return PersonPage{}, err
	}
	out.Details = d
	return out, nil
}

func (s *Service) personAbilities(a access.Actor, p Person, units []Unit) []string {
	out := []string{}
	add := func(ok bool, ability string) {
		if ok && p.EndedAt == 0 {
			out = append(out, ability)
		}
	}
	write := canAtAny(a, access.PersonWrite, units)
	add(entitled(a, p.ID, units), AbilityDetails)
	add(write, AbilityPerson)
	add(write || a.Is(p.ID), AbilityContact)
	add(mayEnd(a, p.ID, units), AbilityEndPerson)
	add(write, AbilityMember)
	add(a.Is(p.ID) || s.mayReadWhereabouts(a, units), AbilityWhereabouts)
	add(canAtAny(a, access.AccountManage, units), AbilitySignIns)
	add(canAtAny(a, access.DispatchAsk, units), string(access.DispatchAsk))
	return out
}

// mayEnd: whoever may change them in every unit they belong to, for it ends all of it; nobody
// ends themselves.
func mayEnd(a access.Actor, person db.ID, units []Unit) bool {
	if a.Is(person) {
		return false
	}
	if a.Can(access.PersonWrite, access.Unit{Path: "/"}) {
		return true
	}
	return len(units) > 0 && !slices.ContainsFunc(units, func(u Unit) bool { return !a.Can(access.PersonWrite, u.Where()) })
}

// Held is one thing that is kept on a person, and who may read it.
type Held struct {
	Field     string   `json:"field" enum:"name,memberships,code,category,joined_on,past,phone,email,whereabouts,sign_in,looks,audit,meetings,asked,answers,answers_secret,drafts,excuses,helpers,status,duty,ask_groups,dispatches,notices,push"`
	Present   bool     `json:"present"`
	Encrypted bool     `json:"encrypted" doc:"at rest, under a key that is not in the database"`
	Readers   []string `json:"readers" enum:"everyone,self,officers,direct_officers,admins,colleagues,asking,named,present,helpers" doc:"by group; the people of officers and admins are listed beside"`
}

// Reader is somebody who may read a person's details now.
type Reader struct {
	PersonID db.ID   `json:"person_id"`
	Name     string  `json:"name"`
	Admin    bool    `json:"admin"`
	Unit     UnitRef `json:"unit" doc:"where their right comes from; empty for an administrator"`
	Direct   bool    `json:"direct" doc:"also reads where the person is"`
}

// HeldPage is what is held on a person, and by whom it can be read.
type HeldPage struct {
	Held    []Held   `json:"held"`
	Readers []Reader `json:"readers"`
}

// Keeper is a slice that keeps something on people, too.
type Keeper interface {
	// HeldOn says what it keeps on a person, whether there is anything of it now, and who may read it.
	HeldOn(ctx context.Context, person db.ID) ([]Held, error)
	// Left deletes what was for a person alone, inside the change with which they leave the organisation.
	Left(ctx context.Context, tx *change.Tx, person db.ID) error
}

// UseKeepers wires in the slices that keep something on people.
func (s *Service) UseKeepers(k ...Keeper) { s.keepers = k }

// HeldOn tells the actor everything that is held on them here, and by name who may read it.
func (s *Service) HeldOn(ctx context.Context, a access.Actor) (HeldPage, error) {
	out := HeldPage{Readers: []Reader{}}
	id, q := a.PersonID, s.db.Read()
	p, err := GetPerson(ctx, q, id)
	if err != nil {
		return out, err
	}
	c, err := s.ReadContact(ctx, q, id)
	if err != nil {
		return out, err
	}
	w, err := s.readWhereabouts(ctx, id)
	if err != nil {
		return out, err
	}
	var n struct {
		Now   int64 `db:"now"`
		Past  int64 `db:"past"`
		Looks int64 `db:"looks"`
	}
	if err := db.Get(ctx, q, &n, `SELECT (SELECT COUNT(*) FROM membership WHERE person_id = $1 AND valid_to = 0 AND batch_id = 0) AS now,
		(SELECT COUNT(*) FROM membership WHERE person_id = $1 AND valid_to <> 0) AS past,
		(SELECT COUNT(*) FROM (SELECT 1 FROM person_look WHERE person_id = $1 LIMIT 1) AS l) AS looks`, id); err != nil {
		return out, err
	}
	everyone, keepers := []string{"everyone"}, []string{"self", "officers", "admins"}
	out.Held = []Held{
		{"name", true, false, everyone},
		{"memberships", n.Now > 0, false, everyone},
		{"code", p.Code != "", false, keepers},
		{"category", true, false, keepers},
		{"joined_on", p.JoinedOn != "", false, keepers},
		{"past", n.Past > 0, false, keepers},
		{"phone", c.Phone != "", true, keepers},
		{"email", c.Email != "", true, keepers},
		{"whereabouts", w.Place != "", true, []string{"self", "direct_officers"}},
		{"sign_in", a.AccountID != 0, false, keepers},
		{"looks", n.Looks > 0, false, []string{"self"}},
		{"audit", true, false, keepers},
	}
	for _, k := range s.keepers {
		more, err := k.HeldOn(ctx, id)
		if err != nil {
			return out, err
		}
		out.Held = append(out.Held, more...)
	}
	out.Readers, err = s.readers(ctx, id)
	return out, err
}

// readers finds by name who may read a person's details.
func (s *Service) readers(ctx context.Context, person db.ID) ([]Reader, error) {
	q := s.db.Read()
	units, err := unitsOf(ctx, q, person)
	if err != nil {
		return nil, err
	}
	var places []db.ID // the units and all above them
	for _, u := range units {
		for _, id := range pathIDs(u.Path) {
			if !slices.Contains(places, id) {
				places = append(places, id)
			}
		}
	}
	out := []Reader{}
	if len(places) > 0 {
		var rows []struct {
			PersonID db.ID  `db:"person_id"`
			Name     string `db:"name"`
			Role     string `db:"role"`
			Subtree  bool   `db:"subtree"`
			UnitRef
			Path string `db:"path"`
		}
		list, args := db.In(1, places)
		if err := db.Select(ctx, q, &rows, `SELECT g.person_id, p.name AS name, g.role, g.subtree, u.id, u.short_name, u.kind, u.path
			FROM access_grant g JOIN unit u ON u.id = g.unit_id JOIN person p ON p.id = g.person_id
			WHERE g.unit_id IN `+list+` AND g.valid_to = 0 AND g.batch_id = 0 AND g.role IN ('admin', 'officer') ORDER BY u.path, g.id LIMIT 500`, args...); err != nil {
			return nil, err
		}
		for _, r := range rows {
			g := access.Grant{Role: access.Role(r.Role), UnitID: r.ID, Path: r.Path, Subtree: r.Subtree}
			holder := access.Actor{Kind: access.Person, PersonID: r.PersonID, Grants: []access.Grant{g}}
			if r.PersonID == person || !canAtAny(holder, access.PersonRead, units) {
				continue
			}
			u, err := GetUnit(ctx, q, r.ID)
			if err != nil {
				return nil, err
			}
			out = append(out, Reader{PersonID: r.PersonID, Name: r.Name, Unit: u.ref(), Direct: s.mayReadWhereabouts(holder, units)})
		}
	}
	var admins []struct {
		ID   db.ID  `db:"id"`
		Name string `db:"name"`
	}
	if err := db.Select(ctx, q, &admins, `SELECT p.id, p.name FROM account a JOIN person p ON p.id = a.person_id WHERE a.admin AND a.disabled_at = 0 AND p.id <> $1 ORDER BY p.id LIMIT 50`, person); err != nil {
		return nil, err
	}
	for _, x := range admins {
		out = append(out, Reader{PersonID: x.ID, Name: x.Name, Admin: true})
	}
	return slices.CompactFunc(out, func(a, b Reader) bool {
		return a.PersonID == b.PersonID && a.Unit.ID == b.Unit.ID && a.Direct == b.Direct
	}), nil
}

// AuditLine is a change of a person's or unit's data.
type AuditLine struct {
	ID     db.ID           `json:"id" db:"id"`
	At     db.Time         `json:"at" db:"at"`
	By     db.ID           `json:"by" db:"person_id" doc:"empty: the program itself"`
	ByName string          `json:"by_name" db:"by_name"`
	Origin string          `json:"origin" db:"origin"`
	Action string          `json:"action" db:"action"`
	Before json.RawMessage `json:"before,omitempty" db:"-"`
	After  json.RawMessage `json:"after,omitempty" db:"-"`

	BeforeText *string `json:"-" db:"before"`
	AfterText  *string `json:"-" db:"after"`
}

func (s *Service) audit(ctx context.Context, subject string, id, before db.ID, n int) ([]AuditLine, error) {
	out := []AuditLine{}
	if err := db.Select(ctx, s.db.Read(), &out, `SELECT x.id, x.at, x.person_id, COALESCE(p.name, '') AS by_name, x.origin, x.action, CAST(x.before AS TEXT) AS before, CAST(x.after AS TEXT) AS after
		FROM audit x LEFT JOIN person p ON p.id = x.person_id WHERE x.subject = $1 AND x.subject_id = $2 AND x.id < $3 ORDER BY x.id DESC LIMIT $4`,
		subject, id, cmp.Or(before, 1<<63-1), limit(n)); err != nil {
		return nil, err
	}
	for i := range out {
		if t := out[i].BeforeText; t != nil {
			out[i].Before = json.RawMessage(*t)
		}
		if t := out[i].AfterText; t != nil {
			out[i].After = json.RawMessage(*t)
		}
	}
	return out, nil
}

// PersonAudit lists the changes of a person's data, newest first: for themselves and those
// entitled, whose look is recorded; not-found otherwise.
func (s *Service) PersonAudit(ctx context.Context, a access.Actor, id, before db.ID, n int) ([]AuditLine, error) {
	if _, err := GetPerson(ctx, s.db.Read(), id); err != nil {
		return nil, err
	}
	units, err := unitsOf(ctx, s.db.Read(), id)
	if err != nil {
		return nil, err
	}
	if !entitled(a, id, units) {
		return nil, fault.NotFound()
	}
	if err := s.looked(ctx, a, lookAudit, id); err != nil {
		return nil, err
	}
	return s.audit(ctx, "person", id, before, n)
}

// UnitAudit lists the changes of a unit, newest first, for those who manage it; forbidden otherwise.
func (s *Service) UnitAudit(ctx context.Context, a access.Actor, id, before db.ID, n int) ([]AuditLine, error) {
	u, err := GetUnit(ctx, s.db.Read(), id)
	if err != nil {
		return nil, err
	}
	if err := a.Allowed(access.OrgManage, u.Where()); err != nil {
		return nil, err
	}
	return s.audit(ctx, "unit", id, before, n)
}
