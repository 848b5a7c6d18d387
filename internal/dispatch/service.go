package dispatch

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
	"wozai/internal/profile"
)

// Service holds the use cases; each authorises.
type Service struct {
	DB      *db.DB
	Change  *change.Writer
	Profile func() *profile.Profile
	Zone    func() *time.Location // the installation's: quiet hours are said in it

	turns [64]chan struct{} // see turn
}

// NewService makes the service.
func NewService(d *db.DB, w *change.Writer, p func() *profile.Profile, zone func() *time.Location) *Service {
	s := &Service{DB: d, Change: w, Profile: p, Zone: zone}
	for i := range s.turns {
		s.turns[i] = make(chan struct{}, 1)
	}
	return s
}

// turn waits until this node changes nothing else about a dispatch. It keeps nothing right, the
// database does: but of two hundred who change one row at once PostgreSQL turns away all but one,
// again and again.
func (s *Service) turn(ctx context.Context, id db.ID) (over func(), err error) {
	t := s.turns[uint64(id)*0x9e3779b97f4a7c15>>58]
	select {
	case t <- struct{}{}:
		return func() { <-t }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// change changes a dispatch in its turn.
func (s *Service) change(ctx context.Context, a access.Actor, id db.ID, fn func(ctx context.Context, tx *change.Tx) error) error {
	over, err := s.turn(ctx, id)
	if err != nil {
		return err
	}
	defer over()
	return s.Change.Do(ctx, a, fn)
}

// belongs reports that somebody is in a unit.
func belongs(ctx context.Context, q db.Querier, person, unit db.ID) (bool, error) {
	var n int64
	err := db.Get(ctx, q, &n, `SELECT COUNT(*) FROM membership WHERE person_id = $1 AND unit_id = $2 AND valid_to = 0 AND batch_id = 0`, person, unit)
	return n > 0, err
}

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
	if in, err := belongs(ctx, q, a.PersonID, unit); err != nil || in {
		return u, err
	}
	return u, fault.NotFound()
}

// audience finds whom a question may go to. Below a unit asks who looks after it; one person is asked
// by who may ask in a unit of theirs.
func (s *Service) audience(ctx context.Context, q db.Querier, a access.Actor, c *fault.Check, sel org.Selection) ([]db.ID, error) {
	for _, id := range sel.UnitIDs {
		u, err := s.asksIn(ctx, q, a, id)
		if fault.Is(err, fault.KindNotFound) || err == nil && sel.Subtree && !a.Can(access.DispatchAsk, u.Where()) {
			c.Add("audience", "choice")
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
	}
	for _, person := range sel.PersonIDs {
		ms, err := org.Memberships(ctx, q, org.MembershipFilter{PersonID: person})
		if err != nil {
			return nil, err
		}
		may := false
		for _, m := range ms {
			_, err := s.asksIn(ctx, q, a, m.UnitID)
			if err != nil && !fault.Is(err, fault.KindNotFound) {
				return nil, err
			}
			if may = err == nil; may {
				break
			}
		}
		if !may {
			c.Add("audience", "choice")
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
		return d.ID, line(ctx, tx, &d, "asked", 0, n.Text)
	})
	if err != nil {
		return 0, err
	}
	return id, s.Call(ctx, id)
}

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
	over, err := s.turn(ctx, id)
	if err != nil {
		return "", err
	}
	defer over()
	if out, _, err = look(ctx, s.DB.Read(), a, id); err != nil || out != "" {
		return out, err
	}
	err = s.Change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
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

func (s *Service) tellAsker(ctx context.Context, tx *change.Tx, d *Dispatch, kind string, todo bool) error {
	if d.AskedBy == tx.Actor().PersonID {
		return nil
	}
	return tell(ctx, tx, d, d.AskedBy, kind, "dispatch_asked", todo, "")
}

// tell puts a notice about a dispatch into somebody's inbox, under the name of who acts. The asker's
// are a subject of their own: they stay when the question is settled for those asked.
func tell(ctx context.Context, tx *change.Tx, d *Dispatch, person db.ID, kind, subject string, todo bool, reason string) error {
	name := d.AskerName
	if by := tx.Actor().PersonID; by != 0 && by != d.AskedBy {
		p, err := org.GetPerson(ctx, tx, by)
		if err != nil {
			return err
		}
		name = p.Name
	}
	return tx.Notify(ctx, change.Notice{PersonID: person, Kind: "dispatch." + kind, Subject: subject, SubjectID: d.ID, Todo: todo,
		Params: map[string]any{"text": d.Text, "name": name, "unit": d.UnitName, "reason": reason}})
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
	over, err := s.turn(ctx, id)
	if err != nil {
		return err
	}
	defer over()
	_, err = s.Change.Create(ctx, a, func(ctx context.Context, tx *change.Tx) (db.ID, error) {
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

// end takes a seat from its holder and gives it back.
func end(ctx context.Context, tx *change.Tx, d *Dispatch, c Claim, state ClaimState) error {
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

// again asks the people anew for a seat that has come free; but leaves one person in peace.
func (s *Service) again(ctx context.Context, tx *change.Tx, d *Dispatch, but db.ID) error {
	if err := tx.Exec(ctx, `UPDATE dispatch_person SET reached_at = CASE WHEN person_id = $1 THEN reached_at ELSE 0 END, rung_at = 0 WHERE dispatch_id = $2 AND passed_at = 0`, but, d.ID); err != nil {
		return err
	}
	return s.goOn(ctx, tx, d)
}

// goOn sees to it that people are rung, also if this node dies, and that the next ring is asked.
func (s *Service) goOn(ctx context.Context, tx *change.Tx, d *Dispatch) error {
	if err := enqueue(ctx, tx, callJob{d.ID}, 0); err != nil {
		return err
	}
	if d.Mode == All || d.Ring >= RingOfficers {
		return nil
	}
	return enqueue(ctx, tx, widenJob{d.ID, d.Ring}, tx.Now().Add(time.Duration(d.Widen)*time.Minute))
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
		if err := end(ctx, tx, &d, c, Released); err != nil {
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
		if err := end(ctx, tx, &d, c, Handed); err != nil {
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
		return s.tellAsker(ctx, tx, &d, "done", true)
	})
}

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
		if err := end(ctx, tx, &d, c, Returned); err != nil {
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
