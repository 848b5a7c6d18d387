package org

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/profile"
)

// The abilities that answers carry: what the asker may do to the thing.
const (
	AbilityAddUnit     = "unit.add"         // a unit below this one
	AbilityChangeUnit  = "unit.change"      // its names, code, place in the order
	AbilityMoveUnit    = "unit.move"        // to another parent
	AbilityEndUnit     = "unit.end"         //
	AbilityPeople      = "people.read"      // the list of its people
	AbilityDetails     = "person.read"      // contact data, category, past memberships
	AbilityAddPerson   = "person.add"       // somebody new, into this unit
	AbilityPerson      = "person.change"    // the person's data
	AbilityContact     = "person.contact"   // their own telephone number and e-mail address
	AbilityEndPerson   = "person.end"       // they have left the organisation
	AbilityMember      = "membership.write" // place people in the unit, move them, end it
	AbilityWhereabouts = "whereabouts.read"
	AbilitySignIns     = "account.issue"
	AbilityImport      = "import"
)

// UnitItem is a unit in a list, with how many units and people stand directly under it.
type UnitItem struct {
	Unit
	Children int64 `json:"children" db:"children"`
	Members  int64 `json:"members" db:"members" doc:"people directly in it"`
}

// TreeItem is one of the trees over the same people.
type TreeItem struct {
	ID    db.ID  `json:"id" db:"id"`
	Key   string `json:"key" db:"key"`
	Name  string `json:"name" db:"-"`
	Meets bool   `json:"meets" db:"-" doc:"its units hold the profile's meetings"`
}

// Trees lists the trees in the profile's order, worded for lang.
func (s *Service) Trees(ctx context.Context, lang string) ([]TreeItem, error) {
	out := []TreeItem{}
	if err := db.Select(ctx, s.db.Read(), &out, `SELECT id, key FROM tree ORDER BY sort, id`); err != nil {
		return nil, err
	}
	for i := range out {
		if t, err := s.profile().Tree(out[i].Key); err == nil {
			out[i].Name, out[i].Meets = t.Name.In(lang), t.Meets
		}
	}
	return out, nil
}

// UnitFilter narrows Units: the children of Parent, or the units at the top of Tree.
type UnitFilter struct {
	Tree   string
	Parent db.ID
	After  string // a Page's Next
	Limit  int    // 100 when zero, 500 at most
}

// Page is a piece of a list; Next asks for the piece behind it, "" at the end.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next" doc:"pass as after for the next piece; empty at the end"`
}

const (
	pageDefault = 100
	pageMax     = 500
)

func limit(n int) int {
	if n <= 0 {
		return pageDefault
	}
	return min(n, pageMax)
}

// A cursor is where a list in the order (sort, id) goes on.
func parseCursor(s string) (sort, id int64, err error) {
	if s == "" {
		return -1 << 63, 0, nil
	}
	a, b, ok := strings.Cut(s, ".")
	sort, err1 := strconv.ParseInt(a, 10, 64)
	id, err2 := strconv.ParseInt(b, 10, 64)
	if !ok || err1 != nil || err2 != nil {
		return 0, 0, &fault.Fault{Kind: fault.KindInvalid, Code: "invalid", Fields: []fault.Field{{Field: "after", Code: "cursor"}}}
	}
	return sort, id, nil
}

func cursor(sort int64, id db.ID) string { return fmt.Sprintf("%d.%d", sort, id) }

// unitCounts are the two counts of a list row, each from an index alone.
const unitCounts = `(SELECT COUNT(*) FROM unit c WHERE c.parent_id = unit.id AND c.valid_to = 0 AND c.batch_id = 0) AS children,
	(SELECT COUNT(DISTINCT m.person_id) FROM membership m WHERE m.unit_id = unit.id AND m.valid_to = 0 AND m.batch_id = 0) AS members`

const unitsWhere = ` FROM unit WHERE parent_id = $1 AND valid_to = 0 AND batch_id = 0 AND (sort, id) > ($2, $3)`

// Units lists the children of a unit or the tops of a tree in their order. Everybody signed in
// may: the shape of the organisation is no secret inside it. Not-found for an unknown parent or tree.
func (s *Service) Units(ctx context.Context, f UnitFilter) (Page[UnitItem], error) {
	out := Page[UnitItem]{Items: []UnitItem{}}
	sort, id, err := parseCursor(f.After)
	if err != nil {
		return out, err
	}
	n := limit(f.Limit)
	query := `SELECT ` + unitColumns + `, ` + unitCounts + unitsWhere
	args := []any{f.Parent, sort, id, n + 1}
	if f.Parent == 0 {
		var tree db.ID
		if err := db.Get(ctx, s.db.Read(), &tree, `SELECT id FROM tree WHERE key = $1`, f.Tree); err != nil {
			return out, err
		}
		query += ` AND tree_id = $5`
		args = append(args, tree)
	} else if _, err := GetUnit(ctx, s.db.Read(), f.Parent); err != nil {
		return out, err
	}
	if err := db.Select(ctx, s.db.Read(), &out.Items, query+` ORDER BY sort, id LIMIT $4`, args...); err != nil {
		return out, err
	}
	if len(out.Items) > n {
		out.Items = out.Items[:n]
		last := out.Items[n-1]
		out.Next = cursor(last.Sort, last.ID)
	}
	return out, nil
}

// UnitRef names a unit.
type UnitRef struct {
	ID        db.ID  `json:"id" db:"id"`
	Name      string `json:"name" db:"name"`
	ShortName string `json:"short_name" db:"short_name"`
	Kind      string `json:"kind" db:"kind"`
}

func (u Unit) ref() UnitRef { return UnitRef{u.ID, u.Name, u.ShortName, u.Kind} }

// Officer is somebody who leads a unit or keeps its records.
type Officer struct {
	PersonID db.ID  `json:"person_id" db:"person_id"`
	Name     string `json:"name" db:"name"`
	Position string `json:"position" db:"position"`
	Leads    bool   `json:"leads" db:"-"`
}

// UnitPage is one unit with what stands round it.
type UnitPage struct {
	Unit      UnitItem   `json:"unit"`
	Tree      string     `json:"tree"`
	Ancestors []UnitRef  `json:"ancestors" doc:"from the top down, without the unit itself"`
	Officers  []Officer  `json:"officers"`
	Groups    []UnitItem `json:"groups" doc:"its fixed small groups"`
	Moving    bool       `json:"moving" doc:"a unit above it, or it, is being moved; in a moment it is done"`
	Abilities []string   `json:"abilities"`
}

// UnitPage reads a unit that exists or existed. Everybody signed in may; not-found otherwise.
func (s *Service) UnitPage(ctx context.Context, a access.Actor, id db.ID) (p UnitPage, err error) {
	q := s.db.Read()
	p = UnitPage{Ancestors: []UnitRef{}, Officers: []Officer{}, Groups: []UnitItem{}}
	if err := db.Get(ctx, q, &p.Unit, `SELECT `+unitColumns+`, `+unitCounts+` FROM unit WHERE id = $1 AND batch_id = 0`, id); err != nil {
		return p, err
	}
	u := p.Unit.Unit
	if err := db.Get(ctx, q, &p.Tree, `SELECT key FROM tree WHERE id = $1`, u.TreeID); err != nil {
		return p, err
	}
	above, err := Ancestors(ctx, q, u)
	if err != nil {
		return p, err
	}
	for _, x := range above[:len(above)-1] {
		p.Ancestors = append(p.Ancestors, x.ref())
	}
	if p.Officers, err = s.officers(ctx, u); err != nil {
		return p, err
	}
	if s.hasGroups(u.Kind) {
		groups, err := s.Units(ctx, UnitFilter{Parent: u.ID, Limit: pageMax})
		if err != nil {
			return p, err
		}
		for _, g := range groups.Items {
			if s.isGroup(g.Kind) {
				p.Groups = append(p.Groups, g)
			}
		}
	}
	moves, err := Moves(ctx, q)
	if err != nil {
		return p, err
	}
	p.Moving = slices.ContainsFunc(moves, func(m Move) bool {
		return strings.HasPrefix(u.Path, m.FromPath) || strings.HasPrefix(u.Path, m.ToPath)
	})
	p.Abilities = s.unitAbilities(a, u)
	return p, nil
}

// officers are the holders of positions that lead, sit on the committee or carry a role beyond
// belonging, in the profile's order.
func (s *Service) officers(ctx context.Context, u Unit) ([]Officer, error) {
	out := []Officer{}
	positions := s.profile().PositionsIn(u.Kind)
	var keys []string
	for _, pos := range positions {
		if pos.Leads || pos.Committee || pos.Single || slices.ContainsFunc(pos.Grants, func(g profile.Grant) bool { return g.Role != access.Member }) {
			keys = append(keys, pos.Key)
		}
	}
	if len(keys) == 0 {
		return out, nil
	}
	list, args := db.In(2, keys)
	if err := db.Select(ctx, s.db.Read(), &out, `SELECT m.person_id, p.name, m.position FROM membership m JOIN person p ON p.id = m.person_id
		WHERE m.unit_id = $1 AND m.valid_to = 0 AND m.batch_id = 0 AND p.batch_id = 0 AND m.position IN `+list+` ORDER BY m.sort, m.id LIMIT 100`,
		append([]any{u.ID}, args...)...); err != nil {
		return nil, err
	}
	order := map[string]int{}
	for i, pos := range positions {
		order[pos.Key] = i
	}
	slices.SortStableFunc(out, func(a, b Officer) int { return order[a.Position] - order[b.Position] })
	for i := range out {
		if pos, err := s.profile().Position(out[i].Position); err == nil {
			out[i].Leads = pos.Leads
		}
	}
	return out, nil
}

// isGroup reports a kind for the fixed small groups inside the units that meet: in a tree that
// meets, never at the top, and with no kind under it.
func (s *Service) isGroup(kind string) bool {
	p := s.profile()
	k, err := p.UnitKind(kind)
	if err != nil || k.Root || len(k.Under) == 0 {
		return false
	}
	t, err := p.Tree(k.Tree)
	return err == nil && t.Meets && !slices.ContainsFunc(p.UnitKinds, func(o profile.UnitKind) bool { return slices.Contains(o.Under, kind) })
}

func (s *Service) hasGroups(kind string) bool {
	return slices.ContainsFunc(s.profile().UnitKinds, func(k profile.UnitKind) bool { return slices.Contains(k.Under, kind) && s.isGroup(k.Key) })
}

// above is the place a unit stands in: its parent, or the whole installation for one at the top.
// Taking a unit out of it, or away, is decided there.
func (u Unit) above() access.Unit {
	return access.Unit{ID: u.ParentID, Path: strings.TrimSuffix(u.Path, u.ID.String()+"/")}
}

func (s *Service) unitAbilities(a access.Actor, u Unit) []string {
	out := []string{}
	add := func(ok bool, ability ...string) {
		if ok {
			out = append(out, ability...)
		}
	}
	live, here := u.ValidTo == 0, u.Where()
	manage := live && a.Can(access.OrgManage, here)
	bears := slices.ContainsFunc(s.profile().UnitKinds, func(k profile.UnitKind) bool { return slices.Contains(k.Under, u.Kind) })
	add(manage && bears, AbilityAddUnit)
	add(manage, AbilityChangeUnit)
	add(live && a.Can(access.OrgManage, u.above()), AbilityMoveUnit, AbilityEndUnit)
	add(mayReadRoll(a, here), AbilityPeople)
	add(a.Can(access.PersonRead, here), AbilityDetails)
	add(live && a.Can(access.PersonWrite, here), AbilityAddPerson, AbilityMember)
	add(live && s.mayReadWhereabouts(a, []Unit{u}), AbilityWhereabouts)
	add(live && a.Can(access.AccountManage, here), AbilitySignIns)
	// What other slices show on a unit's page asks by the permission's own name.
	for _, p := range []access.Permission{access.MeetingRead, access.MeetingArrange, access.MeetingOversee, access.RollcallAsk, access.RollcallAnswer, access.RollcallCount, access.RollcallCheck, access.DispatchAsk, access.GroupManage} {
		add(live && a.Can(p, here), string(p))
	}
	return out
}

// mayReadRoll: those who belong see who belongs with them.
func mayReadRoll(a access.Actor, u access.Unit) bool {
	return a.Can(access.MeetingRead, u) || a.Can(access.PersonRead, u)
}

// Hear guards the topic "unit:id": what happens in a unit is for those who may read its roll.
func (s *Service) Hear(ctx context.Context, a access.Actor, unit db.ID) error {
	u, err := GetUnit(ctx, s.db.Read(), unit)
	if err == nil && !mayReadRoll(a, u.Where()) {
		err = fault.NotFound()
	}
	return err
}

// PastPlace is where a unit stood and what it was called, for a time.
type PastPlace struct {
	ParentID   db.ID   `json:"parent_id" db:"parent_id"`
	ParentName string  `json:"parent_name" db:"parent_name"`
	Name       string  `json:"name" db:"name"`
	ValidFrom  db.Time `json:"valid_from" db:"valid_from"`
	ValidTo    db.Time `json:"valid_to" db:"valid_to"`
}

// UnitHistory lists where a unit stood and what it was called, oldest first.
func (s *Service) UnitHistory(ctx context.Context, id db.ID) ([]PastPlace, error) {
	if _, err := GetUnit(ctx, s.db.Read(), id); err != nil {
		return nil, err
	}
	out := []PastPlace{}
	return out, db.Select(ctx, s.db.Read(), &out, `SELECT h.parent_id, COALESCE(p.name, '') AS parent_name, h.name, h.valid_from, h.valid_to
		FROM unit_parentage h LEFT JOIN unit p ON p.id = h.parent_id WHERE h.unit_id = $1 ORDER BY h.valid_from`, id)
}
