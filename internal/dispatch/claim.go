package dispatch

import (
	"context"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
)

// Outcome is what came of 我在.
type Outcome string

// The outcomes; being later than others is no fault.
const (
	Yours Outcome = "yours" // the actor holds a seat
	Taken Outcome = "taken" // enough others do
)

// look answers a claim from what is there; "" when there is a seat to be had. It is one statement: seats
// and holders read one after the other may agree with no moment there was.
func look(ctx context.Context, q db.Querier, a access.Actor, id db.ID) (Outcome, Dispatch, error) {
	var x struct {
		Dispatch
		Asked int64 `db:"is_asked"`
		Seats int64 `db:"has_seat"`
	}
	err := db.Get(ctx, q, &x, `SELECT (SELECT COUNT(*) FROM dispatch_person l WHERE l.dispatch_id = d.id AND l.person_id = $1) AS is_asked,
		(SELECT COUNT(*) FROM dispatch_claim c WHERE c.dispatch_id = d.id AND c.person_id = $1 AND c.state IN ('holding', 'done')) AS has_seat, `+dispatchColumns+`WHERE d.id = $2`, a.PersonID, id)
	switch {
	case err != nil:
		return "", x.Dispatch, err
	case x.Asked == 0:
		return "", x.Dispatch, fault.NotFound()
	case x.Seats > 0:
		return Yours, x.Dispatch, nil
	case x.State != Open:
		return "", x.Dispatch, fault.Conflict("dispatch_closed")
	case !x.wants():
		return Taken, x.Dispatch, nil
	}
	return "", x.Dispatch, nil
}

// Claim is 我在: the actor takes a seat if there is one, exactly once however often it is sent. Who
// is asked may; where all are to answer, words are their answer. Faults: not-found; invalid;
// conflict dispatch_closed.
func (s *Service) Claim(ctx context.Context, a access.Actor, id db.ID, words string) (out Outcome, err error) {
	var c fault.Check
	words = c.Text("words", words, 2000, false)
	if err := c.Err(); err != nil {
		return "", err
	}
	if out, _, err = look(ctx, s.DB.Read(), a, id); err != nil || out != "" {
		return out, err
	}
	err = s.change(ctx, a, id, func(ctx context.Context, tx *change.Tx) error {
		var d Dispatch
		var err error
		if out, d, err = look(ctx, tx, a, id); err != nil || out != "" {
			return err
		}
		out = Yours
		if err := take(ctx, tx, &d); err != nil {
			return err
		}
		c := Claim{ID: tx.NewID(), Dispatch: id, Person: a.PersonID, State: Holding, UntilAt: d.until(tx.Now())}
		if d.Mode == All {
			c.State, c.Result = Done, words
		}
		if err := seat(ctx, tx, c); err != nil {
			return err
		}
		if err := line(ctx, tx, &d, "claimed", 0, words); err != nil {
			return err
		}
		if err := settle(ctx, tx, &d, a.PersonID); err != nil {
			return err
		}
		if err := tx.Event(ctx, "person:"+a.PersonID.String(), "dispatch", id, 0); err != nil { // their other windows
			return err
		}
		if d.Mode != All {
			return s.tellAsker(ctx, tx, &d, "claimed", false)
		}
		if d.Held == d.Wanted {
			if err := endAfter(ctx, tx, id, tx.Now()); err != nil {
				return err
			}
			return s.tellAsker(ctx, tx, &d, "answered", true)
		}
		return nil
	})
	return out, err
}

// take is the compare-and-set that everything rests on.
func take(ctx context.Context, tx *change.Tx, d *Dispatch) error {
	if err := tx.ExecOne(ctx, `UPDATE dispatch SET held = held + 1, version = version + 1 WHERE id = $1 AND state = 'open' AND held < wanted`, d.ID); err != nil {
		return err
	}
	d.Held++
	d.Version++
	return nil
}

func seat(ctx context.Context, tx *change.Tx, c Claim) error {
	if err := tx.Exec(ctx, `INSERT INTO dispatch_claim (id, dispatch_id, person_id, state, result, until_at, claimed_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		c.ID, c.Dispatch, c.Person, c.State, c.Result, c.UntilAt, tx.Now()); err != nil {
		return err
	}
	return lease(ctx, tx, c.ID, c.UntilAt)
}

func lease(ctx context.Context, tx *change.Tx, claim db.ID, until db.Time) error {
	if until == 0 {
		return nil
	}
	return enqueue(ctx, tx, lapseJob{claim, until}, until)
}

// settle takes the question off the lists of who need not answer it any more: who has a seat, and
// everybody once all seats are taken. The telephones that ring are still at once.
func settle(ctx context.Context, tx *change.Tx, d *Dispatch, person db.ID) error {
	if d.Held >= d.Wanted && d.Mode != All {
		person = 0
	}
	return tx.Done(ctx, "dispatch", d.ID, person)
}

// Pass says that the actor cannot now: their telephone is still, and nobody is told. Where nobody is
// left to be rung the next ring is asked. Faults: not-found; conflict dispatch_closed.
func (s *Service) Pass(ctx context.Context, a access.Actor, id db.ID) error {
	if err := s.change(ctx, a, id, func(ctx context.Context, tx *change.Tx) error {
		d, err := getDispatch(ctx, tx, id)
		if err != nil {
			return err
		}
		x, found, err := findAsked(ctx, tx, id, a.PersonID)
		switch {
		case err != nil:
			return err
		case !found:
			return fault.NotFound()
		case d.State != Open:
			return fault.Conflict("dispatch_closed")
		case x.PassedAt != 0:
			return nil
		}
		tx.AppendOnly() // passed_at is its own record
		if err := tx.Exec(ctx, `UPDATE dispatch_person SET passed_at = $1 WHERE dispatch_id = $2 AND person_id = $3`, tx.Now(), id, a.PersonID); err != nil {
			return err
		}
		if err := tx.Done(ctx, "dispatch", id, a.PersonID); err != nil {
			return err
		}
		return tx.Event(ctx, "person:"+a.PersonID.String(), "dispatch", id, 0)
	}); err != nil {
		return err
	}
	return s.Call(ctx, id)
}
