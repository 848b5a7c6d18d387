package dispatch

import (
	"context"
	"encoding/json"
	"slices"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
)

// asksIn reads a unit in which the actor may ask: one they belong to, in any tree, or that they look
// after. Not-found otherwise.
func (s *Service) asksIn(ctx context.Context, q db.Querier, a access.Actor, unit db.ID) (u org.Unit, err error) {
	if u, err = org.GetUnit(ctx, q, unit); err != nil {
		return u, err
	}
	if u.ValidTo != 0 || a.Kind == access.Nobody || a.Kind == access.Link {
		return u, fault.NotFound()
	}
	if a.Can(access.DispatchAsk, u.Where()) {
		return u, nil
	}
	if in, err := org.Belongs(ctx, q, a.PersonID, unit); err != nil || in {
		return u, err
	}
	return u, fault.NotFound()
}

// asksPerson reports that the actor may ask in a unit of somebody's.
func (s *Service) asksPerson(ctx context.Context, q db.Querier, a access.Actor, person db.ID) (bool, error) {
	ms, err := org.Memberships(ctx, q, org.MembershipFilter{PersonID: person})
	if err != nil {
		return false, err
	}
	for _, m := range ms {
		_, err := s.asksIn(ctx, q, a, m.UnitID)
		if err == nil || !fault.Is(err, fault.KindNotFound) {
			return err == nil, err
		}
	}
	return false, nil
}

// audience finds whom a question may go to. Below a unit asks who looks after it; one person is asked
// by who may ask in a unit of theirs; anything else, dispatch_not_yours, is not told from what does not exist.
func (s *Service) audience(ctx context.Context, q db.Querier, a access.Actor, c *fault.Check, sel org.Selection) ([]db.ID, error) {
	for _, id := range sel.UnitIDs {
		u, err := s.asksIn(ctx, q, a, id)
		if fault.Is(err, fault.KindNotFound) || err == nil && sel.Subtree && !a.Can(access.DispatchAsk, u.Where()) {
			c.Add("audience", "dispatch_not_yours")
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
	}
	for _, person := range sel.PersonIDs {
		may, err := s.asksPerson(ctx, q, a, person)
		if err != nil {
			return nil, err
		}
		if !may {
			c.Add("audience", "dispatch_not_yours")
			return nil, nil
		}
	}
	people, err := org.Select(ctx, q, sel, maxAsked+2)
	if err != nil {
		return nil, err
	}
	out := []db.ID{}
	for _, p := range people {
		if p.PersonID != a.PersonID {
			out = append(out, p.PersonID)
		}
	}
	c.If(len(out) == 0, "audience", "dispatch_nobody")
	c.If(len(out) > maxAsked, "audience", "too_many_here", "limit", maxAsked)
	return out, nil
}

// only leaves of people those who are free to be rung, or on duty, where that was asked for.
func (s *Service) only(ctx context.Context, tx *change.Tx, c *fault.Check, n Question, people []db.ID) ([]db.ID, error) {
	keep := func(db.ID) (bool, error) { return true, nil }
	switch n.Only {
	case OnlyFree:
		keep = func(p db.ID) (bool, error) {
			v, err := readAvailability(ctx, tx, p)
			return v.Reach(s.now(tx.Now())) == Ring, err
		}
	case OnlyDuty:
		on, err := onDuty(ctx, tx, n.Audience.UnitIDs)
		if err != nil {
			return nil, err
		}
		keep = func(p db.ID) (bool, error) { return slices.Contains(on, p), nil }
	}
	out := people[:0]
	for _, p := range people {
		yes, err := keep(p)
		if err != nil {
			return nil, err
		}
		if yes {
			out = append(out, p)
		}
	}
	c.If(len(out) == 0, "audience", "dispatch_none_"+n.Only)
	return out, nil
}

// check validates a question and fills in what was left out.
func (n *Question) check(c *fault.Check, now db.Time) {
	n.Text = c.Text("text", n.Text, 120, true)
	n.Need = c.Text("need", n.Need, 1000, false)
	switch n.Mode {
	case First:
		n.Wanted = 1
	case Some:
		c.If(n.Wanted < 1 || n.Wanted > maxSeats, "wanted", "range", "min", 1, "max", maxSeats)
	case All:
		n.Wanted = 0
	default:
		c.Add("mode", "choice")
	}
	c.If(n.Only != "" && n.Only != OnlyFree && n.Only != OnlyDuty, "only", "choice")
	c.If(n.DueAt == 0, "due_at", "required")
	c.If(n.DueAt != 0 && (n.DueAt <= now || n.DueAt > now.Add(maxAhead)), "due_at", "dispatch_due")
	if n.Lease == 0 {
		n.Lease = leaseUsed
	}
	if n.Widen == 0 {
		n.Widen = widenUsed
	}
	c.If(n.Lease < 5 || n.Lease > 24*60, "lease_minutes", "range", "min", 5, "max", 24*60)
	c.If(n.Widen < 1 || n.Widen > 24*60, "widen_minutes", "range", "min", 1, "max", 24*60)
}

// Ask asks in the name of a unit, and rings. The same request twice asks once. Faults: not-found for a
// unit where the actor may not ask; invalid; conflict dispatch_many_open.
func (s *Service) Ask(ctx context.Context, a access.Actor, unit db.ID, n Question) (db.ID, error) {
	id, err := s.Change.Create(ctx, a, func(ctx context.Context, tx *change.Tx) (db.ID, error) {
		u, err := s.asksIn(ctx, tx, a, unit)
		if err != nil {
			return 0, err
		}
		n := n
		var c fault.Check
		n.check(&c, tx.Now())
		people, err := s.audience(ctx, tx, a, &c, n.Audience)
		if err == nil && c.Err() == nil {
			people, err = s.only(ctx, tx, &c, n, people)
		}
		if err != nil {
			return 0, err
		}
		if err := c.Err(); err != nil {
			return 0, err
		}
		var open int64
		if err := db.Get(ctx, tx, &open, `SELECT COUNT(*) FROM dispatch WHERE asked_by = $1 AND state = 'open'`, a.PersonID); err != nil {
			return 0, err
		}
		if open >= maxOpen {
			return 0, fault.Conflict("dispatch_many_open").With("limit", maxOpen)
		}
		if n.Mode == All {
			n.Wanted = int64(len(people))
		}
		selection, err := json.Marshal(n.Audience)
		if err != nil {
			return 0, err
		}
		d := Dispatch{ID: tx.NewID(), Unit: u.ID, Mode: n.Mode, Widen: n.Widen, Version: 1}
		if err := tx.Exec(ctx, `INSERT INTO dispatch (id, unit_id, asked_by, text, need, mode, wanted, held, audience, ring, widen, lease, state, asked_at, due_at, version)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, 0, $9, $10, 'open', $11, $12, 1)`,
			d.ID, u.ID, a.PersonID, n.Text, n.Need, n.Mode, n.Wanted, string(selection), n.Widen, n.Lease, tx.Now(), n.DueAt); err != nil {
			return 0, err
		}
		if _, err := addPeople(ctx, tx, d.ID, RingAudience, people); err != nil {
			return 0, err
		}
		if err := enqueue(ctx, tx, dueJob{d.ID}, n.DueAt); err != nil {
			return 0, err
		}
		if err := s.goOn(ctx, tx, &d); err != nil {
			return 0, err
		}
		if err := s.post(ctx, tx, &d, n.Audience.UnitIDs...); err != nil {
			return 0, err
		}
		return d.ID, line(ctx, tx, &d, "asked", 0, n.Text)
	})
	if err != nil {
		return 0, err
	}
	return id, s.Call(ctx, id)
}
