package rollcall

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
)

// Decision is what a level above said to a unit's return.
type Decision struct {
	Version  int64   `json:"version" db:"version" doc:"of the answer"`
	Decision string  `json:"decision" db:"decision" enum:"passed,returned,accepted"`
	Reason   string  `json:"reason,omitempty" db:"reason"`
	Unit     db.ID   `json:"unit_id" db:"unit_id"`
	UnitName string  `json:"unit_name" db:"unit_name"`
	By       db.ID   `json:"by_id" db:"by_id"`
	ByName   string  `json:"by_name" db:"by_name"`
	At       db.Time `json:"at" db:"at"`
}

// checkers are those who check what is handed on to a unit.
func checkers(ctx context.Context, q db.Querier, unit db.ID) (out []db.ID, err error) {
	for _, role := range []access.Role{access.Officer, access.Overseer} {
		ids, err := org.Holders(ctx, q, unit, role)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	return out, nil
}

// levelAbove is the unit that checks what a unit hands on: the next one up, in the tree of the
// opening, that has somebody to check; at last the one that asked.
func (p place) levelAbove(ctx context.Context, q db.Querier, unit db.ID) (db.ID, error) {
	for unit != p.row.Unit {
		if err := db.Get(ctx, q, &unit, `SELECT parent_id FROM rollcall_count WHERE period_id = $1 AND unit_id = $2`, p.Period.ID, unit); err != nil {
			return 0, err
		}
		if unit == p.row.Unit || unit == 0 {
			break
		}
		if ids, err := checkers(ctx, q, unit); err != nil || len(ids) > 0 {
			return unit, err
		}
	}
	return p.row.Unit, nil
}

// firstLevel is where a unit's return waits at first: above the unit, or above the one that answers for
// it since it was closed.
func (p place) firstLevel(ctx context.Context, q db.Querier, unit db.ID) (db.ID, error) {
	by, err := p.successor(ctx, q, unit)
	if err != nil {
		return 0, err
	}
	if by.ID != unit && strings.HasPrefix(p.Path, by.Path) { // the one that asks, or above it
		return p.row.Unit, nil
	}
	return p.levelAbove(ctx, q, by.ID)
}

// level is a unit at which returns wait to be checked.
type level struct {
	org.Unit
	top bool // accepts what it passes
}

// level says who decides about a return that waits at a unit: those who check there; where nobody does any
// more, those of the next level that has somebody; at the top those who took over from who asked.
func (p place) level(ctx context.Context, q db.Querier, waits db.ID) (l level, err error) {
	if waits != p.row.Unit {
		ids, err := checkers(ctx, q, waits)
		if err == nil && len(ids) == 0 {
			waits, err = p.levelAbove(ctx, q, waits)
		}
		if err != nil {
			return l, err
		}
	}
	l.top = waits == p.row.Unit
	if l.Unit, err = org.GetUnit(ctx, q, waits); err == nil && l.top {
		l.Unit, err = living(ctx, q, l.Unit)
	}
	return l, err
}

// checked reports that a level above has passed a return on, or accepted it: what was sent back, or only
// waits, can be corrected.
func (x answerRow) checked(ctx context.Context, q db.Querier, period db.ID) (bool, error) {
	if x.State != In || x.WaitsAt == 0 {
		return x.State == Accepted, nil
	}
	var n int64
	err := db.Get(ctx, q, &n, `SELECT COUNT(*) FROM rollcall_decision WHERE period_id = $1 AND answerer_id = $2 AND version = $3 AND decision = 'passed'`, period, x.Answerer, x.Version)
	return n > 0, err
}

// handedIn tells the level above, once until it has decided.
func (p place) handedIn(ctx context.Context, tx *change.Tx, now, was answerRow, zone *time.Location) error {
	if was.Version != 0 && was.State == In && was.WaitsAt == now.WaitsAt {
		return nil
	}
	n, err := p.notice("rollcall.arrived", zone)
	if err != nil {
		return err
	}
	if n.Params["unit"], err = p.nameOf(ctx, tx, now.Answerer); err != nil {
		return err
	}
	return p.tellCheckers(ctx, tx, now.WaitsAt, n)
}

func (p place) tellCheckers(ctx context.Context, tx *change.Tx, waits db.ID, n change.Notice) error {
	l, err := p.level(ctx, tx, waits)
	if err != nil {
		return err
	}
	ids, err := checkers(ctx, tx, l.ID)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if tx.Actor().Is(id) {
			continue
		}
		n.PersonID = id
		if err := tx.Notify(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// tellUnit tells the officers of a unit, or of the one that took over from it, but one person.
func (p place) tellUnit(ctx context.Context, tx *change.Tx, unit db.ID, n change.Notice, but db.ID) error {
	u, err := p.successor(ctx, tx, unit)
	if err != nil {
		return err
	}
	return org.Tell(ctx, tx, u.ID, access.Officer, n, but)
}

// checks lists what the actor may decide about a return.
func (p place) checks(ctx context.Context, q db.Querier, a access.Actor, x answerRow) ([]string, error) {
	if !p.ByUnits || x.State != In || a.Is(x.By) {
		return []string{}, nil
	}
	l, err := p.level(ctx, q, x.WaitsAt)
	switch {
	case err != nil || !a.Can(access.RollcallCheck, l.Where()):
		return []string{}, err
	case l.top:
		return []string{"accept", "return"}, nil
	}
	return []string{"pass", "return"}, nil
}

// Decide passes a unit's return on to the next level, accepts it at the top, or sends it back with
// a reason; those who check for the unit that it waits at may (where it has nobody any more, those of
// the next level), but not who handed it in. Version is
// the one that was read. Faults: invalid; stale; forbidden, rollcall_own; conflict
// rollcall_not_waiting, rollcall_locked (nobody could hand it in again: make an exception first);
// not-found.
func (s *Service) Decide(ctx context.Context, a access.Actor, period, answerer db.ID, pass bool, reason string, version int64) error {
	var c fault.Check
	reason = c.Text("reason", reason, 1000, !pass)
	if err := c.Err(); err != nil {
		return err
	}
	p, err := readPlace(ctx, s.DB.Read(), period)
	if err != nil {
		return err
	}
	x, err := readAnswer(ctx, s.DB.Read(), period, answerer)
	if err != nil {
		return err
	}
	if x.Version == 0 || !p.ByUnits {
		return fault.NotFound()
	}
	if err := s.sees(ctx, a, p, x); err != nil {
		return err
	}
	return s.Change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		x, err := readAnswer(ctx, tx, period, answerer)
		switch {
		case err != nil:
			return err
		case x.State != In:
			return fault.Conflict("rollcall_not_waiting")
		}
		w, err := p.level(ctx, tx, x.WaitsAt)
		switch {
		case err != nil:
			return err
		case !a.Can(access.RollcallCheck, w.Where()):
			return fault.Forbidden()
		case a.Is(x.By):
			return fault.New(fault.KindForbidden, "rollcall_own")
		case x.Version != version:
			return fault.Stale()
		}
		decision, state, waits := "accepted", Accepted, db.ID(0)
		n, err := p.notice("rollcall.accepted", s.Zone())
		if err != nil {
			return err
		}
		n.Params["reason"], n.Params["unit"] = reason, w.Name
		tell := func() error { return p.tellUnit(ctx, tx, answerer, n, a.PersonID) }
		switch {
		case !pass:
			if err := p.takes(ctx, tx, x.Unit, tx.Now()); err != nil {
				return err
			}
			decision, state = "returned", Returned
			n.Kind = "rollcall.returned"
		case !w.top:
			decision, state = "passed", In
			if waits, err = p.levelAbove(ctx, tx, w.ID); err != nil {
				return err
			}
			n.Kind = "rollcall.arrived"
			if n.Params["unit"], err = p.nameOf(ctx, tx, answerer); err != nil {
				return err
			}
			tell = func() error { return p.tellCheckers(ctx, tx, waits, n) }
		}
		if err := tx.ExecOne(ctx, `UPDATE rollcall_answer SET state = $1, waits_at = $2 WHERE period_id = $3 AND answerer_id = $4 AND version = $5 AND waits_at = $6`, state, waits, period, answerer, version, x.WaitsAt); err != nil {
			return err
		}
		if err := tx.Exec(ctx, `INSERT INTO rollcall_decision (id, period_id, answerer_id, version, unit_id, decision, reason, by_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			tx.NewID(), period, answerer, version, w.ID, decision, reason, a.PersonID, tx.Now()); err != nil {
			return err
		}
		now := x
		now.State = state
		if err := addCount(ctx, tx, period, x.Unit, now.standing().tally(p.DueAt).minus(x.standing().tally(p.DueAt))); err != nil {
			return err
		}
		if err := touched(ctx, tx, period, x.Period); err != nil {
			return err
		}
		if err := tell(); err != nil {
			return err
		}
		if err := tx.Event(ctx, p.topic(), "answer", x.Unit, version); err != nil {
			return err
		}
		return tx.Audit(ctx, change.Record{Action: "rollcall.decide", Subject: "rollcall", SubjectID: p.Rollcall, UnitID: w.ID, After: map[string]any{"period": period, "answerer": answerer, "decision": decision, "version": version}})
	})
}

// Waiting is a return that waits to be checked.
type Waiting struct {
	Period   db.ID   `json:"period_id" db:"period_id"`
	Answerer db.ID   `json:"answerer_id" db:"answerer_id"`
	Name     string  `json:"name" db:"name"`
	Title    Text    `json:"title" db:"-"`
	At       db.Time `json:"at" db:"at"`
	DueAt    db.Time `json:"due_at" db:"due_at"`
	Version  int64   `json:"version" db:"version"`
	NilRun   int64   `json:"nil_run" db:"-" doc:"nils in a row, this one among them, where that is worth a look; 0: it is not"`

	Kind      AnswerKind `json:"-" db:"kind"`
	TitleText string     `json:"-" db:"title"`
	WaitsAt   db.ID      `json:"-" db:"waits_at"`
}

const waitingSelect = `SELECT x.period_id, x.answerer_id, u.name, r.title, x.at, p.due_at, x.version, x.kind, x.waits_at FROM rollcall_answer x
		JOIN rollcall_period p ON p.id = x.period_id JOIN rollcall r ON r.id = p.rollcall_id JOIN unit u ON u.id = x.answerer_id`

// waitingBelow lists the returns that wait at units where nobody checks any more, and are therefore this
// unit's to decide.
func (s *Service) waitingBelow(ctx context.Context, unit db.ID) (out []Waiting, err error) {
	q := s.DB.Read()
	var rows []Waiting
	if err := db.Select(ctx, q, &rows, waitingSelect+` JOIN rollcall_count c ON c.period_id = x.period_id AND c.unit_id = x.waits_at JOIN rollcall_count t ON t.period_id = x.period_id AND t.unit_id = $1
		WHERE x.waits_at IN (SELECT w.waits_at FROM (SELECT DISTINCT waits_at FROM rollcall_answer WHERE waits_at <> 0) w
			WHERE NOT EXISTS (SELECT 1 FROM access_grant g WHERE g.unit_id = w.waits_at AND g.role IN ('officer', 'overseer') AND g.valid_to = 0 AND g.batch_id = 0))
		AND c.path > t.path AND c.path < substr(t.path, 1, length(t.path) - 1) || '0' ORDER BY x.at, x.answerer_id LIMIT 200`, unit); err != nil {
		return nil, err
	}
	for _, x := range rows {
		p, err := readPlace(ctx, q, x.Period)
		if err != nil {
			return nil, err
		}
		l, err := p.level(ctx, q, x.WaitsAt)
		if err != nil {
			return nil, err
		}
		if l.ID == unit {
			out = append(out, x)
		}
	}
	return out, nil
}

// Waiting lists the returns that wait at a unit, or below it where nobody checks any more, oldest first;
// for those who check there. Faults: not-found.
func (s *Service) Waiting(ctx context.Context, a access.Actor, unit db.ID) ([]Waiting, error) {
	u, err := org.GetUnit(ctx, s.DB.Read(), unit)
	if err != nil {
		return nil, err
	}
	if err := a.Require(access.RollcallCheck, u.Where()); err != nil {
		return nil, err
	}
	out := []Waiting{}
	if err := db.Select(ctx, s.DB.Read(), &out, waitingSelect+`
		WHERE x.waits_at = $1 AND x.waits_at <> 0 ORDER BY x.at, x.answerer_id LIMIT 200`, unit); err != nil {
		return nil, err
	}
	left, err := s.waitingBelow(ctx, unit)
	if err != nil {
		return nil, err
	}
	out = append(out, left...)
	slices.SortFunc(out, func(x, y Waiting) int { return cmp.Or(cmp.Compare(x.At, y.At), cmp.Compare(x.Answerer, y.Answerer)) })
	for i := range out {
		if out[i].Title, err = textOf(out[i].TitleText); err != nil {
			return nil, err
		}
		if out[i].Kind == Nil {
			p, err := readPlace(ctx, s.DB.Read(), out[i].Period)
			if err != nil {
				return nil, err
			}
			if out[i].NilRun, err = p.nils(ctx, s.DB.Read(), out[i].Answerer); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// asker reads a period of a roll call whose unit's officer the actor is; not-found otherwise.
func (s *Service) asker(ctx context.Context, a access.Actor, period db.ID) (place, error) {
	p, err := readPlace(ctx, s.DB.Read(), period)
	if err != nil {
		return p, err
	}
	return p, p.asked(ctx, s.DB.Read(), a)
}

// Lock closes a period before its time. Faults: conflict rollcall_not_open; not-found.
func (s *Service) Lock(ctx context.Context, a access.Actor, period db.ID) error {
	if _, err := s.asker(ctx, a, period); err != nil {
		return err
	}
	return s.Change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		p, err := readPlace(ctx, tx, period)
		if err != nil {
			return err
		}
		if p.Period.State != Open {
			return fault.Conflict("rollcall_not_open")
		}
		return lock(ctx, tx, p)
	})
}

// Except lets one unit answer after the lock, for a reason and until a time; its officers are told.
// Officers of the asking unit may. Of an anonymous one none is made: a single late answer would stand
// apart from the others. Faults: invalid; conflict rollcall_anonymous, rollcall_not_locked; not-found.
func (s *Service) Except(ctx context.Context, a access.Actor, period, unit db.ID, reason string, until db.Time) (db.ID, error) {
	p, err := s.asker(ctx, a, period)
	if err != nil {
		return 0, err
	}
	var there int64
	if err := db.Get(ctx, s.DB.Read(), &there, `SELECT 1 FROM rollcall_count WHERE period_id = $1 AND unit_id = $2`, period, unit); err != nil {
		return 0, err
	}
	var c fault.Check
	reason = c.Text("reason", reason, 500, true)
	now := s.Change.Now()
	c.If(until <= now || until > now.Add(90*24*time.Hour), "until", "date")
	if err := c.Err(); err != nil {
		return 0, err
	}
	if p.Anonymous {
		return 0, fault.Conflict("rollcall_anonymous")
	}
	if p.Period.State != Locked {
		return 0, fault.Conflict("rollcall_not_locked")
	}
	return s.Change.Create(ctx, a, func(ctx context.Context, tx *change.Tx) (db.ID, error) {
		id := tx.NewID()
		if err := tx.Exec(ctx, `INSERT INTO rollcall_exception (id, period_id, unit_id, until_at, reason, by_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`, id, period, unit, until, reason, a.PersonID, tx.Now()); err != nil {
			return 0, err
		}
		n, err := p.notice("rollcall.excepted", s.Zone())
		if err != nil {
			return 0, err
		}
		n.Params["due_on"] = until.Std().In(s.Zone()).Format(time.DateOnly)
		n.Params["reason"] = reason
		if err := p.tellUnit(ctx, tx, unit, n, a.PersonID); err != nil {
			return 0, err
		}
		if err := p.purgeAfter(ctx, tx, until); err != nil {
			return 0, err
		}
		return id, tx.Audit(ctx, change.Record{Action: "rollcall.except", Subject: "rollcall", SubjectID: p.Rollcall, UnitID: unit, After: map[string]any{"period": period, "until": until, "reason": reason}})
	})
}

// Exception lets one unit answer after the lock.
type Exception struct {
	ID       db.ID   `json:"id" db:"id"`
	Unit     db.ID   `json:"unit_id" db:"unit_id"`
	UnitName string  `json:"unit_name" db:"unit_name"`
	Until    db.Time `json:"until" db:"until_at" doc:"over when that is past"`
	Reason   string  `json:"reason" db:"reason"`
	By       db.ID   `json:"by_id" db:"by_id"`
	ByName   string  `json:"by_name" db:"by_name"`
	At       db.Time `json:"at" db:"at"`
}

// Exceptions lists those of a period, newest first, those that are over too; for officers of the
// asking unit. Faults: not-found.
func (s *Service) Exceptions(ctx context.Context, a access.Actor, period db.ID) ([]Exception, error) {
	if _, err := s.asker(ctx, a, period); err != nil {
		return nil, err
	}
	out := []Exception{}
	return out, db.Select(ctx, s.DB.Read(), &out, `SELECT e.id, e.unit_id, c.name AS unit_name, e.until_at, e.reason, e.by_id, p.name AS by_name, e.at FROM rollcall_exception e
		JOIN rollcall_count c ON c.period_id = e.period_id AND c.unit_id = e.unit_id JOIN person p ON p.id = e.by_id WHERE e.period_id = $1 ORDER BY e.id DESC LIMIT 500`, period)
}

// EndException takes one back before its time; what came under it stands. Officers of the asking unit
// may. Faults: conflict rollcall_exception_over; not-found.
func (s *Service) EndException(ctx context.Context, a access.Actor, period, exception db.ID) error {
	p, err := s.asker(ctx, a, period)
	if err != nil {
		return err
	}
	return s.Change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		var e struct {
			Unit  db.ID   `db:"unit_id"`
			Until db.Time `db:"until_at"`
		}
		if err := db.Get(ctx, tx, &e, `SELECT unit_id, until_at FROM rollcall_exception WHERE id = $1 AND period_id = $2`, exception, period); err != nil {
			return err
		}
		if e.Until < tx.Now() {
			return fault.Conflict("rollcall_exception_over")
		}
		if err := tx.Exec(ctx, `UPDATE rollcall_exception SET until_at = $1 WHERE id = $2`, tx.Now()-1, exception); err != nil {
			return err
		}
		if err := p.purgeAfter(ctx, tx, tx.Now()); err != nil {
			return err
		}
		return tx.Audit(ctx, change.Record{Action: "rollcall.except_end", Subject: "rollcall", SubjectID: p.Rollcall, UnitID: e.Unit, Before: map[string]any{"until": e.Until}, After: map[string]any{"period": period, "until": tx.Now()}})
	})
}

// Excuse says that an answerer need not answer, or takes that back (reason ""). Those who answer for
// the answerer's unit may, or for the one that took over from it; of a unit's return those who ask, and
// who took over from the unit. An answer that comes all the same counts.
// Faults: invalid; conflict rollcall_voluntary, rollcall_not_open, rollcall_locked; not-found.
func (s *Service) Excuse(ctx context.Context, a access.Actor, period, answerer db.ID, reason string) error {
	q := s.DB.Read()
	p, err := readPlace(ctx, q, period)
	if err != nil {
		return err
	}
	unit, asked, err := p.askedAt(ctx, q, answerer)
	if err != nil {
		return err
	}
	if !asked {
		return fault.NotFound()
	}
	asks, err := p.asks(ctx, q, a)
	if err != nil {
		return err
	}
	if !asks {
		u, err := p.successor(ctx, q, unit)
		if err != nil {
			return err
		}
		if err := a.Require(access.RollcallAnswer, u.Where()); err != nil {
			return err
		}
		if p.ByUnits && u.ID == unit {
			return fault.Forbidden()
		}
	}
	if p.Voluntary {
		return fault.Conflict("rollcall_voluntary")
	}
	var c fault.Check
	reason = c.Text("reason", reason, 200, false)
	if err := c.Err(); err != nil {
		return err
	}
	return s.Change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		p, err := readPlace(ctx, tx, period)
		if err != nil {
			return err
		}
		if err := p.takes(ctx, tx, unit, tx.Now()); err != nil {
			return err
		}
		was, err := readAnswer(ctx, tx, period, answerer)
		if err != nil {
			return err
		}
		now := was
		now.Excused = 0
		if err := tx.Exec(ctx, `DELETE FROM rollcall_excuse WHERE period_id = $1 AND answerer_id = $2`, period, answerer); err != nil {
			return err
		}
		if reason != "" {
			now.Excused = 1
			if err := tx.Exec(ctx, `INSERT INTO rollcall_excuse (period_id, answerer_id, unit_id, reason, by_id, at) VALUES ($1, $2, $3, $4, $5, $6)`, period, answerer, unit, reason, a.PersonID, tx.Now()); err != nil {
				return err
			}
		}
		if was.Version != 0 {
			unit = was.Unit
		}
		if err := addCount(ctx, tx, period, unit, now.standing().tally(p.DueAt).minus(was.standing().tally(p.DueAt))); err != nil {
			return err
		}
		if err := touched(ctx, tx, period, was.Period); err != nil {
			return err
		}
		if err := tx.Event(ctx, p.topic(), "answer", unit, was.Version); err != nil {
			return err
		}
		subject := "person"
		if p.ByUnits {
			subject = "unit"
		}
		return tx.Audit(ctx, change.Record{Action: "rollcall.excuse", Subject: subject, SubjectID: answerer, UnitID: unit, After: map[string]any{"period": period, "excused": reason != ""}})
	})
}
