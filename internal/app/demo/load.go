package demo

import (
	"context"
	"fmt"
	"math/rand/v2"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/org"
)

// actor loads the demonstration.
var actor = access.SystemActor("demo")

// branch is a branch of the invented Party organisation with its people, first the secretary.
type branch struct {
	unit   org.Unit
	groups []org.Unit
	people []member
}

type member struct {
	org.Person
	position string
}

// authority is what was loaded, as far as later steps need it.
type authority struct {
	committee org.Unit
	overseer  member // secretary of the authority's Party committee
	leader    member // secretary of the leading group, an ordinary member of the stage's branch
	branches  []branch
	stage     *branch // where the walk takes place
	retired   *branch
}

// loader makes people and units by chance that is the same every time.
type loader struct {
	org    *org.Service
	change *change.Writer
	rand   *rand.Rand
	used   map[string]bool
	number int
}

func (l *loader) name() string {
	for {
		n := string(families[l.rand.IntN(len(families))]) + givens[l.rand.IntN(len(givens))]
		if !l.used[n] {
			l.used[n] = true
			return n
		}
	}
}

// do is a change; the closures below are kept under a thousand rows.
func (l *loader) do(ctx context.Context, fn func(ctx context.Context, tx *change.Tx) error) error {
	return l.change.Do(ctx, actor, fn)
}

func (l *loader) units(ctx context.Context, list ...org.NewUnit) ([]org.Unit, error) {
	var out []org.Unit
	err := l.do(ctx, func(ctx context.Context, tx *change.Tx) error {
		out = nil
		for _, n := range list {
			u, err := l.org.AddUnit(ctx, tx, n)
			if err != nil {
				return fmt.Errorf("unit %s: %w", n.Name, err)
			}
			out = append(out, u)
		}
		return nil
	})
	return out, err
}

// place is a membership to be.
type place struct {
	unit               db.ID
	position, standing string
}

// person is somebody to be, with where they are and where they belong.
type person struct {
	name, category, where, note string
	places                      []place
}

// people writes persons with their memberships and whereabouts.
func (l *loader) people(ctx context.Context, list []person) ([]org.Person, error) {
	first := l.number
	var out []org.Person
	err := l.do(ctx, func(ctx context.Context, tx *change.Tx) error {
		out, l.number = nil, first
		for _, n := range list {
			l.number++
			p, err := l.org.AddPerson(ctx, tx, org.NewPerson{
				Code: fmt.Sprintf("JH%04d", l.number), Name: n.name, Category: n.category,
				// 1910000xxxx is no number that is given out.
				Phone: fmt.Sprintf("1910000%04d", l.number), Email: fmt.Sprintf("jh%04d@wozai.example", l.number),
			})
			if err != nil {
				return fmt.Errorf("person %s: %w", n.name, err)
			}
			for i, m := range n.places {
				if _, err := l.org.AddMembership(ctx, tx, org.NewMembership{PersonID: p.ID, UnitID: m.unit, Position: m.position, Standing: m.standing, Sort: int64(len(out)*10 + i)}); err != nil {
					return fmt.Errorf("membership of %s: %w", n.name, err)
				}
			}
			if err := l.org.PutWhereabouts(ctx, tx, p.ID, org.Whereabouts{Place: n.where, Note: n.note}); err != nil {
				return fmt.Errorf("whereabouts of %s: %w", n.name, err)
			}
			out = append(out, p)
		}
		return nil
	})
	return out, err
}

// Where people of a branch are in that February: mostly at home, a few at the office, some stuck.
func (l *loader) where(retired bool) (place, note string) {
	switch n := l.rand.IntN(100); {
	case retired && n < 70:
		return "home", ""
	case retired && n < 85:
		return "elsewhere", "随子女住，在外省"
	case retired:
		return "hospital", "住院复查"
	case n < 22:
		return "office", ""
	case n < 66:
		return "home", ""
	case n < 78:
		return "home_quarantine", "刚从外省返回，到本月底"
	case n < 84:
		return "central_quarantine", "外省某市，到下周三"
	case n < 96:
		return "elsewhere", "春节回乡，等待返程"
	default:
		return "hospital", "陪护家人"
	}
}

// load makes the whole authority: two trees over the same people.
func (l *loader) load(ctx context.Context) (*authority, error) {
	top, err := l.units(ctx, org.NewUnit{Tree: "administrative", Kind: "authority", Name: Organisation, Code: "JH"},
		org.NewUnit{Tree: "party", Kind: "leading_group", Name: Organisation + "党组", Code: "JH-DZ"})
	if err != nil {
		return nil, err
	}
	admin, group := top[0], top[1]
	committees, err := l.units(ctx, org.NewUnit{ParentID: group.ID, Kind: "authority_committee", Name: "机关党委", Code: "JH-DW"})
	if err != nil {
		return nil, err
	}
	a := &authority{committee: committees[0]}
	for i, d := range departments {
		if err := l.department(ctx, a, admin, d, i); err != nil {
			return nil, err
		}
	}
	return a, l.leaders(ctx, a, admin, group)
}

func (l *loader) department(ctx context.Context, a *authority, admin org.Unit, d department, order int) error {
	code := fmt.Sprintf("JH-%02d", order+1)
	made, err := l.units(ctx, org.NewUnit{ParentID: admin.ID, Kind: d.kind, Name: d.name, ShortName: d.short, Code: code, Sort: int64(order)})
	if err != nil {
		return err
	}
	office := made[0]
	above := a.committee
	if len(d.branches) > 1 {
		kind, word := "general_branch", "党总支"
		if d.kind == "press" {
			kind, word = "unit_committee", "党委"
		}
		made, err := l.units(ctx, org.NewUnit{ParentID: above.ID, Kind: kind, Name: d.name + word, Code: code + "-Z", Sort: int64(order)})
		if err != nil {
			return err
		}
		above = made[0]
	}
	for i, name := range d.branches {
		if name == "" {
			name = "党支部"
		}
		b, err := l.branch(ctx, d, office, above, org.NewUnit{ParentID: above.ID, Kind: "branch", Name: d.name + name, Code: fmt.Sprintf("%s-%d", code, i+1), Sort: int64(order*10 + i)}, i)
		if err != nil {
			return err
		}
		a.branches = append(a.branches, b)
		switch {
		case d.name == stageDepartment:
			a.stage = &a.branches[len(a.branches)-1]
		case d.retired && i == 1:
			a.retired = &a.branches[len(a.branches)-1]
		}
	}
	return nil
}

func (l *loader) branch(ctx context.Context, d department, office, above org.Unit, n org.NewUnit, i int) (branch, error) {
	made, err := l.units(ctx, n)
	if err != nil {
		return branch{}, err
	}
	b := branch{unit: made[0]}
	b.groups, err = l.units(ctx, org.NewUnit{ParentID: b.unit.ID, Kind: "group", Name: "第一党小组", Code: n.Code + "-1", Sort: 1},
		org.NewUnit{ParentID: b.unit.ID, Kind: "group", Name: "第二党小组", Code: n.Code + "-2", Sort: 2})
	if err != nil {
		return b, err
	}
	retired := d.retired && i > 0
	positions := []string{"secretary", "deputy_secretary", "organisation_member", "publicity_member", "discipline_member"}
	jobs := []string{"director", "deputy_director", "division_head"}
	var list []person
	for k := range d.people {
		p := person{name: l.name(), category: "serving"}
		p.where, p.note = l.where(retired)
		if retired {
			p.category = "retired"
			if k%7 == 6 {
				p.category = "veteran"
			}
		}
		pos, standing := "member", "full"
		if k < len(positions) {
			pos = positions[k]
		}
		if !retired && k == d.people-1 {
			standing = "probationary"
		}
		p.places = append(p.places, place{b.unit.ID, pos, standing})
		inGroup := "member"
		if k == 3 || k == 4 { // the committee's youngest lead the groups
			inGroup = "group_leader"
		}
		p.places = append(p.places, place{b.groups[k%2].ID, inGroup, standing})
		job := "staff"
		if i == 0 && k < 2 {
			job = jobs[k]
		}
		p.places = append(p.places, place{office.ID, job, "other"})
		if i == 0 && k == 0 && above.Kind != "authority_committee" {
			lead := "general_secretary"
			if above.Kind == "unit_committee" {
				lead = "committee_secretary"
			}
			p.places = append(p.places, place{above.ID, lead, standing})
		}
		list = append(list, p)
	}
	people, err := l.people(ctx, list)
	for k, p := range people {
		b.people = append(b.people, member{p, list[k].places[0].position})
	}
	return b, err
}

// leaders are ordinary members of a branch each, and sit in the leading group as well.
func (l *loader) leaders(ctx context.Context, a *authority, admin, group org.Unit) error {
	var list []person
	for k := range 7 {
		b := a.branches[(k*3+4)%len(a.branches)]
		p := person{name: l.name(), category: "serving", where: "office"}
		top, lead := "group_member", "deputy_chief"
		if k == 0 {
			top, lead = "group_secretary", "chief"
			b = *a.stage
		}
		p.places = []place{{b.unit.ID, "member", "full"}, {b.groups[0].ID, "member", "full"}, {group.ID, top, "full"}, {admin.ID, lead, "other"}}
		if k == 1 {
			p.places = append(p.places, place{a.committee.ID, "committee_secretary", "full"})
		}
		list = append(list, p)
	}
	people, err := l.people(ctx, list)
	if err != nil {
		return err
	}
	a.stage.people = append(a.stage.people, member{people[0], "member"})
	a.leader, a.overseer = member{people[0], "group_secretary"}, member{people[1], "committee_secretary"}
	return nil
}
