package rollcall

import (
	"context"
	"slices"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
)

// Units are closed while something is asked of them, or while they ask. What was theirs to do is then
// for the nearest living unit above: nothing that was frozen waits for somebody who is no more.

// living is a unit, or the nearest living one above it where it is closed; where all above are closed
// too, the unit itself.
func living(ctx context.Context, q db.Querier, u org.Unit) (org.Unit, error) {
	if u.ValidTo == 0 {
		return u, nil
	}
	above, err := org.Ancestors(ctx, q, u)
	if err != nil {
		return u, err
	}
	for _, x := range slices.Backward(above) {
		if x.ValidTo == 0 {
			return x, nil
		}
	}
	return u, nil
}

// successor is a unit, or where it is closed the nearest living one above it in the period's tree, as far
// as the unit that asks and then in today's.
func (p place) successor(ctx context.Context, q db.Querier, unit db.ID) (u org.Unit, err error) {
	for {
		if u, err = org.GetUnit(ctx, q, unit); err != nil || u.ValidTo == 0 || unit == p.row.Unit {
			break
		}
		found, err := db.Find(ctx, q, &unit, `SELECT parent_id FROM rollcall_count WHERE period_id = $1 AND unit_id = $2`, p.Period.ID, unit)
		if err != nil {
			return u, err
		}
		if !found || unit == 0 {
			break
		}
	}
	if err != nil {
		return u, err
	}
	return living(ctx, q, u)
}

// can reports that the actor has a permission at a unit of the period, or at its successor.
func (p place) can(ctx context.Context, q db.Querier, a access.Actor, need access.Permission, u org.Unit) (bool, error) {
	if a.Can(need, u.Where()) || u.ValidTo == 0 {
		return a.Can(need, u.Where()), nil
	}
	next, err := p.successor(ctx, q, u.ID)
	return a.Can(need, next.Where()), err
}

// asks reports that the actor is an officer of the unit that asks, or of the one that took over from it.
func (r row) asks(ctx context.Context, q db.Querier, a access.Actor) (bool, error) {
	if a.Can(access.RollcallAsk, r.where()) {
		return true, nil
	}
	if len(a.Scope(access.RollcallAsk)) == 0 {
		return false, nil
	}
	u, err := org.GetUnit(ctx, q, r.Unit)
	if err != nil || u.ValidTo == 0 {
		return false, err
	}
	u, err = living(ctx, q, u)
	return a.Can(access.RollcallAsk, u.Where()), err
}

// asked is nil for whom asks reports; not-found otherwise.
func (r row) asked(ctx context.Context, q db.Querier, a access.Actor) error {
	asks, err := r.asks(ctx, q, a)
	if err == nil && !asks {
		err = fault.NotFound()
	}
	return err
}

// takenOver lists the units whose roll calls are a unit's now: itself, and the closed ones below it that
// have no living one between.
func takenOver(ctx context.Context, q db.Querier, u org.Unit) ([]db.ID, error) {
	out := []db.ID{u.ID}
	var closed []db.ID
	if err := db.Select(ctx, q, &closed, `SELECT c.id FROM unit c WHERE c.valid_to <> 0 AND c.path > $1 AND c.path < $2 AND EXISTS (SELECT 1 FROM rollcall r WHERE r.unit_id = c.id) ORDER BY c.id`, u.Path, org.PathEnd(u.Path)); err != nil {
		return nil, err
	}
	for _, id := range closed {
		c, err := org.GetUnit(ctx, q, id)
		if err != nil {
			return nil, err
		}
		if c, err = living(ctx, q, c); err != nil {
			return nil, err
		}
		if c.ID == u.ID {
			out = append(out, id)
		}
	}
	return out, nil
}

// owed is what an answerer is asked.
type owed struct {
	Period   db.ID `db:"period_id"` // 0: in any period
	Answerer db.ID `db:"answerer_id"`
}

// inherited lists the open returns of closed units whose successors are among some units.
func (s *Service) inherited(ctx context.Context, units []db.ID) (out []owed, err error) {
	q := s.DB.Read()
	var rows []owed
	if err := db.Select(ctx, q, &rows, `SELECT p.id AS period_id, a.answerer_id FROM unit n JOIN rollcall_audience a ON a.answerer_id = n.id JOIN rollcall r ON r.id = a.rollcall_id AND r.by_units
		JOIN rollcall_period p ON p.rollcall_id = a.rollcall_id AND p.state = 'open' AND `+asks("p.number")+` WHERE n.valid_to <> 0 ORDER BY p.id, a.answerer_id LIMIT 1000`); err != nil {
		return nil, err
	}
	for _, x := range rows {
		p, err := readPlace(ctx, q, x.Period)
		if err != nil {
			return nil, err
		}
		u, err := p.successor(ctx, q, x.Answerer)
		if err != nil {
			return nil, err
		}
		if slices.Contains(units, u.ID) {
			out = append(out, x)
		}
	}
	return out, nil
}
