package dispatch

import (
	"context"
	"slices"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
)

// asker reads a dispatch for who asked it; forbidden to others who may see it.
func (s *Service) asker(ctx context.Context, tx *change.Tx, a access.Actor, id db.ID) (Dispatch, error) {
	d, err := s.seen(ctx, tx, a, id)
	if err == nil && !a.Is(d.AskedBy) {
		err = fault.Forbidden()
	}
	return d, err
}

// Confirm says that the asker has what was needed: it is over, and who did it is thanked. Twice is
// once. Faults: not-found; forbidden; conflict dispatch_nothing_done, dispatch_closed.
func (s *Service) Confirm(ctx context.Context, a access.Actor, id db.ID) error {
	return s.change(ctx, a, id, func(ctx context.Context, tx *change.Tx) error {
		d, err := s.asker(ctx, tx, a, id)
		if err != nil || d.State == Confirmed {
			return err
		}
		seats, err := readSeats(ctx, tx, id)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(seats, func(c Claim) bool { return c.State == Done }) && d.State == Open {
			return fault.Conflict("dispatch_nothing_done")
		}
		return s.close(ctx, tx, &d, seats, Confirmed, "")
	})
}

// Cancel calls it off; the asker, or who is in charge of the unit. Twice is once. Faults: not-found;
// forbidden; invalid; conflict dispatch_closed.
func (s *Service) Cancel(ctx context.Context, a access.Actor, id db.ID, reason string) error {
	var c fault.Check
	reason = c.Text("reason", reason, 500, false)
	if err := c.Err(); err != nil {
		return err
	}
	return s.change(ctx, a, id, func(ctx context.Context, tx *change.Tx) error {
		d, err := s.seen(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if !a.Is(d.AskedBy) {
			if err := a.Allowed(access.DispatchLead, d.where()); err != nil {
				return err
			}
		}
		if d.State == Cancelled {
			return nil
		}
		seats, err := readSeats(ctx, tx, id)
		if err != nil {
			return err
		}
		return s.close(ctx, tx, &d, seats, Cancelled, reason)
	})
}

// close ends a dispatch and tells those who have a seat.
func (s *Service) close(ctx context.Context, tx *change.Tx, d *Dispatch, seats []Claim, state State, reason string) error {
	if d.State != Open {
		return fault.Conflict("dispatch_closed")
	}
	if err := tx.ExecOne(ctx, `UPDATE dispatch SET state = $1, closed_at = $2, version = version + 1 WHERE id = $3 AND state = 'open'`, state, tx.Now(), d.ID); err != nil {
		return err
	}
	d.Version++
	if err := tx.Exec(ctx, `UPDATE dispatch_claim SET state = 'closed', ended_at = $1 WHERE dispatch_id = $2 AND state = 'holding'`, tx.Now(), d.ID); err != nil {
		return err
	}
	for _, subject := range []string{"dispatch", "dispatch_asked"} {
		if err := tx.Done(ctx, subject, d.ID, 0); err != nil {
			return err
		}
	}
	for _, c := range seats {
		if err := tell(ctx, tx, d, c.Person, string(state), "dispatch", false, reason); err != nil {
			return err
		}
	}
	return line(ctx, tx, d, string(state), 0, reason)
}

// Again asks once more: what somebody did is not yet what was needed. Their seat is free again, also
// for themselves. Faults: not-found; forbidden; invalid; conflict dispatch_closed.
func (s *Service) Again(ctx context.Context, a access.Actor, id, person db.ID, reason string) error {
	if err := s.change(ctx, a, id, func(ctx context.Context, tx *change.Tx) error {
		var check fault.Check
		reason := check.Text("reason", reason, 500, true)
		d, err := s.asker(ctx, tx, a, id)
		if err != nil {
			return err
		}
		c, found, err := findSeat(ctx, tx, id, person)
		if err != nil {
			return err
		}
		check.If(!found || c.State != Done, "person_id", "choice")
		if err := check.Err(); err != nil {
			return err
		}
		if d.State != Open {
			return fault.Conflict("dispatch_closed")
		}
		if err := giveBack(ctx, tx, &d, c, Returned); err != nil {
			return err
		}
		if err := tx.Done(ctx, "dispatch_asked", id, a.PersonID); err != nil {
			return err
		}
		if err := line(ctx, tx, &d, "again", person, reason); err != nil {
			return err
		}
		if err := tell(ctx, tx, &d, person, "again", "dispatch", true, reason); err != nil {
			return err
		}
		return s.again(ctx, tx, &d, 0)
	}); err != nil {
		return err
	}
	return s.Call(ctx, id)
}
