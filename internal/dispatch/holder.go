package dispatch

import (
	"context"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
)

// holding carries out what only somebody with a seat may do.
func (s *Service) holding(ctx context.Context, tx *change.Tx, a access.Actor, id db.ID) (d Dispatch, c Claim, err error) {
	if d, err = s.seen(ctx, tx, a, id); err != nil {
		return d, c, err
	}
	c, found, err := findSeat(ctx, tx, id, a.PersonID)
	switch {
	case err != nil:
	case !found:
		err = fault.Conflict("dispatch_not_held")
	case d.State != Open:
		err = fault.Conflict("dispatch_closed")
	}
	return d, c, err
}

// Progress says how far it is, and keeps the seat for another lease. The same request twice says it
// once. Faults: not-found; invalid; conflict dispatch_not_held, dispatch_closed.
func (s *Service) Progress(ctx context.Context, a access.Actor, id db.ID, text string) error {
	var c fault.Check
	text = c.Text("text", text, 500, true)
	if err := c.Err(); err != nil {
		return err
	}
	_, err := s.Change.Create(inTurn(ctx, a, id), a, func(ctx context.Context, tx *change.Tx) (db.ID, error) {
		d, c, err := s.holding(ctx, tx, a, id)
		if err != nil {
			return 0, err
		}
		if c.State == Holding {
			until := d.until(tx.Now())
			if err := tx.ExecOne(ctx, `UPDATE dispatch_claim SET until_at = $1 WHERE id = $2 AND state = 'holding'`, until, c.ID); err != nil {
				return 0, err
			}
			if err := lease(ctx, tx, c.ID, until); err != nil {
				return 0, err
			}
		}
		return id, line(ctx, tx, &d, "progress", 0, text)
	})
	return err
}

// giveBack takes a seat from its holder and gives it back.
func giveBack(ctx context.Context, tx *change.Tx, d *Dispatch, c Claim, state ClaimState) error {
	if err := tx.ExecOne(ctx, `UPDATE dispatch_claim SET state = $1, ended_at = $2 WHERE id = $3 AND state = $4`, state, tx.Now(), c.ID, c.State); err != nil {
		return err
	}
	if err := tx.ExecOne(ctx, `UPDATE dispatch SET held = held - 1, version = version + 1 WHERE id = $1 AND held > 0`, d.ID); err != nil {
		return err
	}
	d.Held--
	d.Version++
	return nil
}

// Release gives the actor's seat back; others are asked again. Twice is once. Faults: not-found;
// invalid; conflict dispatch_not_held, dispatch_closed.
func (s *Service) Release(ctx context.Context, a access.Actor, id db.ID, reason string) error {
	var c fault.Check
	reason = c.Text("reason", reason, 500, false)
	if err := c.Err(); err != nil {
		return err
	}
	if err := s.change(ctx, a, id, func(ctx context.Context, tx *change.Tx) error {
		d, c, err := s.holding(ctx, tx, a, id)
		if fault.Code(err) == "dispatch_not_held" {
			var last ClaimState
			if _, e := db.Find(ctx, tx, &last, `SELECT state FROM dispatch_claim WHERE dispatch_id = $1 AND person_id = $2 ORDER BY id DESC LIMIT 1`, id, a.PersonID); e != nil || last == Released {
				return e
			}
		}
		if err != nil {
			return err
		}
		if c.State != Holding {
			return fault.Conflict("dispatch_is_done")
		}
		if err := giveBack(ctx, tx, &d, c, Released); err != nil {
			return err
		}
		if err := line(ctx, tx, &d, "released", 0, reason); err != nil {
			return err
		}
		if err := s.again(ctx, tx, &d, a.PersonID); err != nil {
			return err
		}
		return s.tellAsker(ctx, tx, &d, "released", false)
	}); err != nil {
		return err
	}
	return s.Call(ctx, id)
}

// Hand gives the actor's seat to somebody else who was asked and is told; they may give it back.
// Faults: not-found; invalid; conflict dispatch_not_held, dispatch_is_done, dispatch_closed.
func (s *Service) Hand(ctx context.Context, a access.Actor, id, to db.ID) error {
	return s.change(ctx, a, id, func(ctx context.Context, tx *change.Tx) error {
		d, c, err := s.holding(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if c.State != Holding {
			return fault.Conflict("dispatch_is_done")
		}
		_, found, err := findAsked(ctx, tx, id, to)
		if err != nil {
			return err
		}
		_, has, err := findSeat(ctx, tx, id, to)
		if err != nil {
			return err
		}
		var check fault.Check
		check.If(!found || has || to == a.PersonID, "person_id", "choice")
		if err := check.Err(); err != nil {
			return err
		}
		if err := giveBack(ctx, tx, &d, c, Handed); err != nil {
			return err
		}
		if err := take(ctx, tx, &d); err != nil {
			return err
		}
		if err := seat(ctx, tx, Claim{ID: tx.NewID(), Dispatch: id, Person: to, State: Holding, UntilAt: d.until(tx.Now())}); err != nil {
			return err
		}
		if err := line(ctx, tx, &d, "handed", to, ""); err != nil {
			return err
		}
		if err := tx.Event(ctx, "person:"+to.String(), "dispatch", id, 0); err != nil {
			return err
		}
		if err := tell(ctx, tx, &d, to, "handed", "dispatch", true, ""); err != nil {
			return err
		}
		return s.tellAsker(ctx, tx, &d, "handed_on", false)
	})
}

// Finish says what came of it. The same again changes nothing. Faults: not-found; invalid; conflict
// dispatch_not_held, dispatch_is_done, dispatch_closed.
func (s *Service) Finish(ctx context.Context, a access.Actor, id db.ID, result string) error {
	var c fault.Check
	result = c.Text("result", result, 2000, true)
	if err := c.Err(); err != nil {
		return err
	}
	return s.change(ctx, a, id, func(ctx context.Context, tx *change.Tx) error {
		d, c, err := s.holding(ctx, tx, a, id)
		switch {
		case err != nil:
			return err
		case c.State == Done && c.Result == result:
			return nil
		case c.State == Done:
			return fault.Conflict("dispatch_is_done")
		}
		if err := tx.ExecOne(ctx, `UPDATE dispatch_claim SET state = 'done', result = $1, until_at = 0 WHERE id = $2 AND state = 'holding'`, result, c.ID); err != nil {
			return err
		}
		if err := tx.Done(ctx, "dispatch", id, a.PersonID); err != nil {
			return err
		}
		if err := line(ctx, tx, &d, "done", 0, result); err != nil {
			return err
		}
		seats, err := readSeats(ctx, tx, id)
		if err != nil {
			return err
		}
		if d.done(seats) {
			if err := endAfter(ctx, tx, id, tx.Now()); err != nil {
				return err
			}
		}
		return s.tellAsker(ctx, tx, &d, "done", true)
	})
}
