package dispatch

import (
	"context"
	"slices"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/fault"
)

// Part is what the reader has to do with a dispatch.
type Part struct {
	Asker   bool       `json:"asker"`
	Asked   bool       `json:"asked"`
	Ringing bool       `json:"ringing" doc:"seats are free, and the reader is free to be rung at this moment"`
	Passed  bool       `json:"passed" doc:"said that they cannot now"`
	Claim   ClaimState `json:"claim,omitempty" enum:"holding,done"`
	UntilAt db.Time    `json:"until_at" doc:"of the reader's own seat"`
}

// View is a dispatch as somebody may see it.
type View struct {
	Dispatch
	Asked     int64    `json:"asked" doc:"how many were asked so far"`
	Seats     []Claim  `json:"seats" doc:"in the order of names"`
	Mine      Part     `json:"mine"`
	Abilities []string `json:"abilities" doc:"claim, pass, progress, release, hand, done, confirm, again, cancel"`
}

// Detail is all of it.
type Detail struct {
	View
	Lines  []Line      `json:"lines" doc:"for who has a part in it: the asker, who holds a seat, who is in charge"`
	People []Colleague `json:"people" doc:"who were asked, with the status beside the name; for the same"`
}

// standing is how somebody stands to a dispatch.
type standing struct {
	Dispatch db.ID   `db:"dispatch_id"`
	Asked    bool    `db:"asked"`
	PassedAt db.Time `db:"passed_at"`
	People   int64   `db:"people"` // asked so far
}

// views shows dispatches to somebody, with as many questions to the database for a hundred as for one;
// inside says of each that they have more to do with it than being asked. Not-found when there is one
// that they have nothing to do with.
func (s *Service) views(ctx context.Context, q db.Querier, a access.Actor, list ...Dispatch) (out []View, inside []bool, err error) {
	if a.Kind != access.Person {
		return nil, nil, fault.NotFound()
	}
	if len(list) == 0 {
		return []View{}, nil, nil
	}
	ids := make([]db.ID, len(list))
	for i, d := range list {
		ids[i] = d.ID
	}
	seats, err := readSeats(ctx, q, ids...)
	if err != nil {
		return nil, nil, err
	}
	in, args := db.In(2, ids)
	var rows []standing
	if err := db.Select(ctx, q, &rows, `SELECT d.id AS dispatch_id, l.person_id IS NOT NULL AS asked, COALESCE(l.passed_at, 0) AS passed_at, (SELECT COUNT(*) FROM dispatch_person n WHERE n.dispatch_id = d.id) AS people
		FROM dispatch d LEFT JOIN dispatch_person l ON l.dispatch_id = d.id AND l.person_id = $1 WHERE d.id IN `+in, append([]any{a.PersonID}, args...)...); err != nil {
		return nil, nil, err
	}
	own, err := readAvailability(ctx, q, a.PersonID)
	if err != nil {
		return nil, nil, err
	}
	rings := own.Reach(s.now(s.Change.Now())) == Ring
	for _, d := range list {
		taken := slices.DeleteFunc(slices.Clone(seats), func(c Claim) bool { return c.Dispatch != d.ID })
		x := rows[slices.IndexFunc(rows, func(x standing) bool { return x.Dispatch == d.ID })]
		p := part(a, &d, x, taken, rings)
		within := p.Asker || p.Claim != "" || a.Can(access.DispatchLead, d.where())
		if !within && !p.Asked {
			return nil, nil, fault.NotFound()
		}
		v := View{Dispatch: d, Asked: x.People, Mine: p, Seats: []Claim{}, Abilities: abilities(a, &d, p, taken)}
		for _, c := range taken {
			if !p.Asker && !a.Is(c.Person) && !a.Can(access.DispatchLead, d.where()) {
				c.Result, c.UntilAt = "", 0
			}
			v.Seats = append(v.Seats, c)
		}
		out, inside = append(out, v), append(inside, within)
	}
	return out, inside, nil
}

// part is what somebody has to do with a dispatch; rings says that they may be rung at this moment.
func part(a access.Actor, d *Dispatch, x standing, seats []Claim, rings bool) Part {
	p := Part{Asker: a.Is(d.AskedBy), Asked: x.Asked, Passed: x.PassedAt != 0}
	if i := slices.IndexFunc(seats, func(c Claim) bool { return a.Is(c.Person) }); i >= 0 {
		p.Claim, p.UntilAt = seats[i].State, seats[i].UntilAt
	}
	p.Ringing = p.Asked && p.Claim == "" && !p.Passed && d.wants() && rings
	return p
}

// seen reads a dispatch that the actor may know of.
func (s *Service) seen(ctx context.Context, q db.Querier, a access.Actor, id db.ID) (Dispatch, error) {
	d, err := getDispatch(ctx, q, id)
	if err == nil {
		_, _, err = s.views(ctx, q, a, d)
	}
	return d, err
}

// Hear guards the topic "dispatch:id".
func (s *Service) Hear(ctx context.Context, a access.Actor, id db.ID) error {
	_, err := s.seen(ctx, s.DB.Read(), a, id)
	return err
}

func abilities(a access.Actor, d *Dispatch, p Part, seats []Claim) []string {
	out := []string{}
	add := func(yes bool, name string) {
		if yes && d.State == Open {
			out = append(out, name)
		}
	}
	done := slices.ContainsFunc(seats, func(c Claim) bool { return c.State == Done })
	add(p.Asked && p.Claim == "" && d.wants(), "claim")
	add(p.Asked && p.Claim == "" && d.wants() && !p.Passed, "pass")
	add(p.Claim == Holding, "progress")
	add(p.Claim == Holding, "release")
	add(p.Claim == Holding, "hand")
	add(p.Claim == Holding, "done")
	add(p.Asker && done, "confirm")
	add(p.Asker && done, "again")
	add(p.Asker || a.Can(access.DispatchLead, d.where()), "cancel")
	return out
}

// Get reads a dispatch as the actor may see it. Faults: not-found.
func (s *Service) Get(ctx context.Context, a access.Actor, id db.ID) (out Detail, err error) {
	q := s.DB.Read()
	d, err := getDispatch(ctx, q, id)
	if err != nil {
		return out, err
	}
	list, inside, err := s.views(ctx, q, a, d)
	if err != nil {
		return out, err
	}
	v := list[0]
	out = Detail{View: v, Lines: []Line{}, People: []Colleague{}}
	if !inside[0] {
		return out, nil
	}
	if out.Lines, err = readLines(ctx, q, id); err != nil {
		return out, err
	}
	if !v.Mine.Asker && !a.Can(access.DispatchLead, d.where()) {
		for i := range out.Lines { // what others reported is for who asked
			if l := &out.Lines[i]; l.Kind == "done" && !a.Is(l.Person) {
				l.Text = ""
			}
		}
	}
	if err := db.Select(ctx, q, &out.People, `SELECT l.person_id, p.name, `+availabilityColumns+` FROM dispatch_person l JOIN person p ON p.id = l.person_id
		LEFT JOIN availability v ON v.person_id = l.person_id WHERE l.dispatch_id = $1 ORDER BY l.ring, p.pinyin, l.person_id`, id); err != nil {
		return out, err
	}
	out.People = s.shown(out.People)
	return out, nil
}

// Filter narrows List.
type Filter struct {
	Closed bool
	Before db.ID
	Limit  int // 30 when zero, 100 at most
}

// List reads what the actor asked, was asked or holds, newest first.
func (s *Service) List(ctx context.Context, a access.Actor, f Filter) ([]View, error) {
	q := s.DB.Read()
	if a.Kind != access.Person {
		return []View{}, nil
	}
	if f.Before == 0 {
		f.Before = 1<<63 - 1
	}
	if f.Limit <= 0 {
		f.Limit = 30
	}
	state := `d.state = 'open'`
	if f.Closed {
		state = `d.state <> 'open'`
	}
	var rows []Dispatch
	if err := db.Select(ctx, q, &rows, dispatchSelect+`WHERE d.id IN (SELECT id FROM dispatch WHERE asked_by = $1 UNION SELECT dispatch_id FROM dispatch_person WHERE person_id = $1)
		AND d.id < $2 AND `+state+` ORDER BY d.id DESC LIMIT $3`, a.PersonID, f.Before, min(f.Limit, 100)); err != nil {
		return nil, err
	}
	out, _, err := s.views(ctx, q, a, rows...)
	return out, err
}
