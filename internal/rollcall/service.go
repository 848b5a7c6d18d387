package rollcall

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
)

// Sealer encrypts fields; package secret implements it.
type Sealer interface {
	Seal(purpose string, aad, plaintext []byte) ([]byte, error)
	Open(purpose string, aad, sealed []byte) ([]byte, error)
	SealTo(w io.Writer, purpose string, aad []byte) (io.WriteCloser, error)
	OpenFrom(r io.Reader, purpose string, aad []byte) (io.Reader, error)
}

// Looks records who reads what somebody said in confidence; package org keeps it.
type Looks interface {
	LookedAtAnswers(ctx context.Context, a access.Actor, people ...db.ID) error
}

// Service holds the use cases.
type Service struct {
	DB       *db.DB
	Change   *change.Writer
	Secret   Sealer
	Files    Files
	Looks    Looks
	Zone     func() *time.Location // the installation's
	Workdays Workdays
	Others   Others // nil: nobody else asks

	forms  sync.Map // formKey → *Compiled; a version never changes
	places sync.Map // db.ID → place; see running
}

type formKey struct {
	rollcall db.ID
	version  int64
}

func isStale(err error) bool { return fault.Is(err, fault.KindStale) }

// form gives a version of a roll call's form, compiled once a node.
func (s *Service) form(ctx context.Context, q db.Querier, rollcall db.ID, version int64) (*Compiled, error) {
	key := formKey{rollcall, version}
	if c, ok := s.forms.Load(key); ok {
		return c.(*Compiled), nil
	}
	var text string
	if err := db.Get(ctx, q, &text, `SELECT form FROM rollcall_form WHERE rollcall_id = $1 AND version = $2`, rollcall, version); err != nil {
		return nil, err
	}
	var f Form
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		return nil, err
	}
	c, err := Compile(f)
	if err == nil {
		s.forms.Store(key, c)
	}
	return c, err
}

// Create keeps a draft. Officers of the unit may; not-found otherwise. Fault invalid names every
// faulty field at once; conflict unit_ended.
func (s *Service) Create(ctx context.Context, a access.Actor, unit db.ID, c Composition) (db.ID, error) {
	u, err := org.GetUnit(ctx, s.DB.Read(), unit)
	if err != nil {
		return 0, err
	}
	if err := a.Require(access.RollcallAsk, u.Where()); err != nil {
		return 0, err
	}
	if u.ValidTo != 0 {
		return 0, fault.Conflict("unit_ended")
	}
	if err := s.checkAll(ctx, &c, u.Path); err != nil {
		return 0, err
	}
	title, about, audience, schedule, form, err := texts(c)
	if err != nil {
		return 0, err
	}
	return s.Change.Create(ctx, a, func(ctx context.Context, tx *change.Tx) (db.ID, error) {
		id := tx.NewID()
		if err := tx.Exec(ctx, `INSERT INTO rollcall (id, unit_id, title, about, by_units, voluntary, anonymous, audience, schedule, minutes, keep_days, state, form_version, created_by, created_at, version)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'draft', 1, $12, $13, 1)`,
			id, unit, title, about, c.ByUnits, c.Voluntary, c.Anonymous, audience, schedule, c.Minutes, c.KeepDays, a.PersonID, tx.Now()); err != nil {
			return 0, err
		}
		if err := putForm(ctx, tx, id, 1, form); err != nil {
			return 0, err
		}
		return id, tx.Audit(ctx, change.Record{Action: "rollcall.create", Subject: "rollcall", SubjectID: id, UnitID: unit, After: map[string]any{"title": c.Title}})
	})
}

func putForm(ctx context.Context, tx *change.Tx, id db.ID, version int64, form string) error {
	return tx.Exec(ctx, `INSERT INTO rollcall_form (rollcall_id, version, form, by_id, at) VALUES ($1, $2, $3, $4, $5)`, id, version, form, tx.Actor().PersonID, tx.Now())
}

func texts(c Composition) (title, about, audience, schedule, form string, err error) {
	var out [5]string
	for i, v := range []any{c.Title, c.About, c.Audience, c.Schedule, c.Form} {
		b, err := json.Marshal(v)
		if err != nil {
			return "", "", "", "", "", err
		}
		out[i] = string(b)
	}
	return out[0], out[1], out[2], out[3], out[4], nil
}

// checkAll checks what is composed; only the asking unit and what is below it can be asked.
func (s *Service) checkAll(ctx context.Context, c *Composition, path string) error {
	if _, err := c.check(); err != nil {
		return err
	}
	var k fault.Check
	q := s.DB.Read()
	for _, id := range c.Audience.UnitIDs {
		u, err := org.GetUnit(ctx, q, id)
		if err != nil && !fault.Is(err, fault.KindNotFound) {
			return err
		}
		if err != nil || !strings.HasPrefix(u.Path, path) {
			k.Add("audience.unit_ids", "rollcall_outside")
			break
		}
	}
	picked, err := org.Selection{PersonIDs: c.Audience.PersonIDs}.Of(ctx, q, path, c.Audience.PersonIDs)
	if err != nil {
		return err
	}
	for _, id := range c.Audience.PersonIDs {
		if picked[id] == 0 {
			k.Add("audience.person_ids", "rollcall_outside")
			break
		}
	}
	return k.Err()
}

// Update changes a draft wholly. Once it runs only words, minutes and the form change, the form as a
// new version: what was answered keeps its own. The form of an anonymous one stays: by which of two
// forms was filled in it would show who answered before the change. Faults: invalid; stale; conflict
// rollcall_ended, rollcall_running (something else was changed), rollcall_anonymous_form; not-found.
func (s *Service) Update(ctx context.Context, a access.Actor, id db.ID, version int64, c Composition) error {
	r, err := s.mine(ctx, s.DB.Read(), a, id)
	if err != nil {
		return err
	}
	if err := s.checkAll(ctx, &c, r.Path); err != nil {
		return err
	}
	title, about, audience, schedule, form, err := texts(c)
	if err != nil {
		return err
	}
	return s.Change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		r, err := readRow(ctx, tx, id)
		if err != nil {
			return err
		}
		switch {
		case r.Version != version:
			return fault.Stale()
		case r.State == Ended:
			return fault.Conflict("rollcall_ended")
		}
		newest := r.FormVersion
		if r.State == Running {
			was, err := r.composition()
			if err != nil {
				return err
			}
			_, _, audienceWas, scheduleWas, _, err := texts(was)
			if err != nil {
				return err
			}
			c.Schedule.OpensAt = was.Schedule.OpensAt // it was set at the opening
			_, _, _, schedule, _, err = texts(c)
			if err != nil {
				return err
			}
			if audience != audienceWas || schedule != scheduleWas || c.ByUnits != r.ByUnits || c.Voluntary != r.Voluntary || c.Anonymous != r.Anonymous || c.KeepDays != r.KeepDays {
				return fault.Conflict("rollcall_running")
			}
			var formWas string
			if err := db.Get(ctx, tx, &formWas, `SELECT form FROM rollcall_form WHERE rollcall_id = $1 AND version = $2`, id, r.FormVersion); err != nil {
				return err
			}
			if form != formWas {
				if r.Anonymous {
					return fault.Conflict("rollcall_anonymous_form")
				}
				newest++
				if err := putForm(ctx, tx, id, newest, form); err != nil {
					return err
				}
			}
		} else if err := tx.Exec(ctx, `UPDATE rollcall_form SET form = $1, by_id = $2, at = $3 WHERE rollcall_id = $4 AND version = 1`, form, a.PersonID, tx.Now(), id); err != nil {
			return err
		}
		if err := tx.ExecOne(ctx, `UPDATE rollcall SET title = $1, about = $2, by_units = $3, voluntary = $4, anonymous = $5, audience = $6, schedule = $7, minutes = $8, keep_days = $9, form_version = $10, version = version + 1
			WHERE id = $11 AND version = $12`, title, about, c.ByUnits, c.Voluntary, c.Anonymous, audience, schedule, c.Minutes, c.KeepDays, newest, id, version); err != nil {
			return err
		}
		return tx.Audit(ctx, change.Record{Action: "rollcall.change", Subject: "rollcall", SubjectID: id, UnitID: r.Unit, Before: map[string]any{"form_version": r.FormVersion}, After: map[string]any{"form_version": newest, "title": c.Title}})
	})
}

// mine reads a roll call of a unit whose officer the actor is; not-found otherwise.
func (s *Service) mine(ctx context.Context, q db.Querier, a access.Actor, id db.ID) (row, error) {
	r, err := readRow(ctx, q, id)
	if err != nil {
		return r, err
	}
	return r, r.asked(ctx, q, a)
}

// Get reads a roll call whole, for its composers. Faults: not-found.
func (s *Service) Get(ctx context.Context, a access.Actor, id db.ID) (out Rollcall, err error) {
	q := s.DB.Read()
	r, err := s.mine(ctx, q, a, id)
	if err != nil {
		return out, err
	}
	if out, err = r.rollcall(); err != nil {
		return out, err
	}
	var form string
	if err := db.Get(ctx, q, &form, `SELECT form FROM rollcall_form WHERE rollcall_id = $1 AND version = $2`, id, r.FormVersion); err != nil {
		return out, err
	}
	if err := json.Unmarshal([]byte(form), &out.Form); err != nil {
		return out, err
	}
	return out, db.Select(ctx, q, &out.Periods, `SELECT id, rollcall_id, number, name, state, opens_at, due_at, closes_at FROM rollcall_period WHERE rollcall_id = $1 ORDER BY number DESC LIMIT 100`, id)
}

func (r row) rollcall() (Rollcall, error) {
	c, err := r.composition()
	out := Rollcall{ID: r.ID, Unit: r.Unit, UnitName: r.UnitName, State: r.State, FormVersion: r.FormVersion, CreatedAt: r.CreatedAt, Version: r.Version, Composition: c, Periods: []Period{}, Abilities: []string{}}
	switch r.State {
	case Draft:
		out.Abilities = append(out.Abilities, "change", "open")
	case Running:
		out.Abilities = append(out.Abilities, "change", "end")
	}
	return out, err
}

// List lists the roll calls that a unit composed, or has taken over from closed ones below it, newest
// first, without forms; for its officers.
func (s *Service) List(ctx context.Context, a access.Actor, unit, before db.ID, limit int) ([]Rollcall, error) {
	u, err := org.GetUnit(ctx, s.DB.Read(), unit)
	if err != nil {
		return nil, err
	}
	if err := a.Require(access.RollcallAsk, u.Where()); err != nil {
		return nil, err
	}
	if before == 0 {
		before = 1<<63 - 1
	}
	units, err := takenOver(ctx, s.DB.Read(), u)
	if err != nil {
		return nil, err
	}
	in, args := db.In(1, units)
	n := len(args)
	var rows []row
	if err := db.Select(ctx, s.DB.Read(), &rows, `SELECT r.id, r.state, r.form_version, r.created_at, r.version, `+rowColumns+` FROM rollcall r JOIN unit u ON u.id = r.unit_id
		WHERE r.unit_id IN `+in+fmt.Sprintf(` AND r.id < $%d ORDER BY r.id DESC LIMIT $%d`, n+1, n+2), append(args, before, limit)...); err != nil {
		return nil, err
	}
	out := []Rollcall{}
	for _, r := range rows {
		x, err := r.rollcall()
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// Preview is what opening would ask, before anything is sent.
type Preview struct {
	People  int64 `json:"people" doc:"who would be asked now; of a roll call answered by units 0"`
	Units   int64 `json:"units" doc:"units that would be asked; of a roll call answered by people 0"`
	Minutes int64 `json:"minutes" doc:"of everybody together, each time"`
	Form    Form  `json:"form"`

	Load Load   `json:"load" doc:"what it adds to what is asked of each branch that week"`
	Same []Same `json:"same" doc:"open roll calls that ask the same people much of the same already"`
}

// Preview counts who would be asked. Of a voluntary one that runs that would be a whole from which
// others are missing. Faults: conflict rollcall_voluntary; not-found.
func (s *Service) Preview(ctx context.Context, a access.Actor, id db.ID) (out Preview, err error) {
	r, err := s.Get(ctx, a, id)
	if err != nil {
		return out, err
	}
	if r.Voluntary && r.State != Draft {
		return out, fault.Conflict("rollcall_voluntary")
	}
	u, err := org.GetUnit(ctx, s.DB.Read(), r.Unit)
	if err != nil {
		return out, err
	}
	out.Form = r.Form
	if out.People, out.Units, err = s.asked(ctx, r.Composition, u.Path); err != nil {
		return out, err
	}
	out.Minutes = (out.People + out.Units) * r.Minutes
	if out.Load, err = s.load(ctx, r.Composition, u.Path); err != nil {
		return out, err
	}
	out.Same, err = s.same(ctx, id, r.Composition, u.Path)
	return out, err
}

// asked counts who would be asked now: people, or units.
func (s *Service) asked(ctx context.Context, c Composition, path string) (people, units int64, err error) {
	if c.ByUnits {
		units, err = c.Audience.CountUnits(ctx, s.DB.Read(), path)
	} else {
		people, err = c.Audience.CountPeople(ctx, s.DB.Read(), path)
	}
	return people, units, err
}

// Open starts a draft: its first period opens at the schedule's time, or at once. Faults: stale;
// conflict rollcall_not_draft, rollcall_nobody; not-found.
func (s *Service) Open(ctx context.Context, a access.Actor, id db.ID, version int64) (period db.ID, err error) {
	r, err := s.mine(ctx, s.DB.Read(), a, id)
	if err != nil {
		return 0, err
	}
	if r.State == Draft { // otherwise it was sent before, or is refused below
		c, err := r.composition()
		if err != nil {
			return 0, err
		}
		people, units, err := s.asked(ctx, c, r.Path)
		if err != nil {
			return 0, err
		}
		if people+units == 0 {
			return 0, fault.Conflict("rollcall_nobody")
		}
	}
	return s.Change.Create(ctx, a, func(ctx context.Context, tx *change.Tx) (db.ID, error) {
		r, err := readRow(ctx, tx, id)
		switch {
		case err != nil:
			return 0, err
		case r.State != Draft:
			return 0, fault.Conflict("rollcall_not_draft")
		case r.Version != version:
			return 0, fault.Stale()
		}
		sched, err := r.schedule()
		if err != nil {
			return 0, err
		}
		sched.OpensAt = max(sched.OpensAt, tx.Now())
		text, err := json.Marshal(sched)
		if err != nil {
			return 0, err
		}
		if err := tx.ExecOne(ctx, `UPDATE rollcall SET state = 'running', schedule = $1, version = version + 1 WHERE id = $2 AND version = $3`, string(text), id, version); err != nil {
			return 0, err
		}
		period, err := addPeriod(ctx, tx, id, r.FormVersion, sched.Period(1, 0, s.Zone(), s.Workdays))
		if err != nil {
			return 0, err
		}
		return period, tx.Audit(ctx, change.Record{Action: "rollcall.open", Subject: "rollcall", SubjectID: id, UnitID: r.Unit, After: map[string]any{"period": period}})
	})
}

// End lets no further period open; the one that is open runs on. Faults: conflict
// rollcall_not_running; not-found.
func (s *Service) End(ctx context.Context, a access.Actor, id db.ID) error {
	if _, err := s.mine(ctx, s.DB.Read(), a, id); err != nil {
		return err
	}
	return s.Change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		r, err := readRow(ctx, tx, id)
		if err != nil {
			return err
		}
		if r.State != Running {
			return fault.Conflict("rollcall_not_running")
		}
		if err := tx.Exec(ctx, `UPDATE rollcall SET state = 'ended', version = version + 1 WHERE id = $1`, id); err != nil {
			return err
		}
		return tx.Audit(ctx, change.Record{Action: "rollcall.end", Subject: "rollcall", SubjectID: id, UnitID: r.Unit})
	})
}
