package dispatch

import (
	"context"
	"strings"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
)

// Duty is that somebody is on duty in a unit for a while.
type Duty struct {
	ID       db.ID   `json:"id" db:"id"`
	Person   db.ID   `json:"person_id" db:"person_id"`
	Name     string  `json:"name" db:"name"`
	FromAt   db.Time `json:"from_at" db:"from_at"`
	UntilAt  db.Time `json:"until_at" db:"until_at"`
	Now      bool    `json:"now" db:"-" doc:"at this moment"`
	Unit     db.ID   `json:"-" db:"unit_id"`
	UnitPath string  `json:"-" db:"path"`
}

// Roster is who is on duty in a unit, now and later.
type Roster struct {
	Items     []Duty   `json:"items" doc:"what is not over, by its beginning"`
	Abilities []string `json:"abilities" doc:"set"`
}

const (
	longestDuty = 31 * 24 * time.Hour
	maxDuties   = 200 // of a unit, that are not over
)

const dutySelect = `SELECT y.id, y.unit_id, u.path, y.person_id, p.name, y.from_at, y.until_at FROM duty y JOIN unit u ON u.id = y.unit_id JOIN person p ON p.id = y.person_id AND p.ended_at = 0 `

// Roster reads it for who may ask in the unit. Faults: not-found.
func (s *Service) Roster(ctx context.Context, a access.Actor, unit db.ID) (out Roster, err error) {
	q := s.DB.Read()
	u, err := s.asksIn(ctx, q, a, unit)
	if err != nil {
		return out, err
	}
	now := s.Change.Now()
	out = Roster{Items: []Duty{}, Abilities: []string{}}
	if err := db.Select(ctx, q, &out.Items, dutySelect+`WHERE y.unit_id = $1 AND y.until_at > $2 ORDER BY y.from_at, y.id LIMIT $3`, unit, now, maxDuties); err != nil {
		return out, err
	}
	for i := range out.Items {
		out.Items[i].Now = out.Items[i].FromAt <= now
	}
	if a.Can(access.DispatchLead, u.Where()) {
		out.Abilities = append(out.Abilities, "set")
	}
	return out, nil
}

// NewDuty is what SetDuty needs.
type NewDuty struct {
	Person  db.ID   `json:"person_id"`
	FromAt  db.Time `json:"from_at"`
	UntilAt db.Time `json:"until_at"`
}

// SetDuty puts somebody of the unit on duty, and tells them; for who is in charge of it. The same request
// twice is once. Faults: not-found; forbidden; invalid; conflict duty_many.
func (s *Service) SetDuty(ctx context.Context, a access.Actor, unit db.ID, n NewDuty) (db.ID, error) {
	return s.Change.Create(ctx, a, func(ctx context.Context, tx *change.Tx) (db.ID, error) {
		u, err := s.leads(ctx, tx, a, unit)
		if err != nil {
			return 0, err
		}
		now := tx.Now()
		var c fault.Check
		c.If(n.FromAt == 0, "from_at", "required")
		c.If(n.UntilAt == 0, "until_at", "required")
		c.If(n.FromAt != 0 && n.FromAt > now.Add(longestOff), "from_at", "dispatch_until")
		c.If(n.UntilAt != 0 && (n.UntilAt <= now || n.UntilAt <= n.FromAt || n.UntilAt.Sub(n.FromAt) > longestDuty), "until_at", "duty_until")
		in, err := org.Belongs(ctx, tx, n.Person, unit)
		if err != nil {
			return 0, err
		}
		c.If(!in, "person_id", "choice")
		var there, twice int64
		if err := db.Get(ctx, tx, &there, `SELECT COUNT(*) FROM duty WHERE unit_id = $1 AND until_at > $2`, unit, now); err != nil {
			return 0, err
		}
		if err := db.Get(ctx, tx, &twice, `SELECT COUNT(*) FROM duty WHERE unit_id = $1 AND person_id = $2 AND from_at < $3 AND until_at > $4`, unit, n.Person, n.UntilAt, n.FromAt); err != nil {
			return 0, err
		}
		c.If(twice > 0, "person_id", "duty_twice")
		if err := c.Err(); err != nil {
			return 0, err
		}
		if there >= maxDuties {
			return 0, fault.Conflict("duty_many").With("limit", maxDuties)
		}
		id := tx.NewID()
		if err := tx.Exec(ctx, `INSERT INTO duty (id, unit_id, person_id, from_at, until_at, set_by, set_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			id, unit, n.Person, n.FromAt, n.UntilAt, a.PersonID, now); err != nil {
			return 0, err
		}
		return id, s.dutyChanged(ctx, tx, u, n.Person, id, "set", n.FromAt)
	})
}

// EndDuty takes somebody off the roster, and tells them; for who is in charge. Faults: not-found; forbidden.
func (s *Service) EndDuty(ctx context.Context, a access.Actor, unit, id db.ID) error {
	return s.Change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		u, err := s.leads(ctx, tx, a, unit)
		if err != nil {
			return err
		}
		var y Duty
		found, err := db.Find(ctx, tx, &y, dutySelect+`WHERE y.id = $1 AND y.unit_id = $2`, id, unit)
		if err != nil || !found {
			return orNotFound(err)
		}
		if err := tx.ExecOne(ctx, `DELETE FROM duty WHERE id = $1`, id); err != nil {
			return err
		}
		return s.dutyChanged(ctx, tx, u, y.Person, id, "end", y.FromAt)
	})
}

func orNotFound(err error) error {
	if err == nil {
		err = fault.NotFound()
	}
	return err
}

// leads finds a unit that the actor is in charge of: forbidden to who may only ask there.
func (s *Service) leads(ctx context.Context, q db.Querier, a access.Actor, unit db.ID) (org.Unit, error) {
	u, err := s.asksIn(ctx, q, a, unit)
	if err == nil {
		err = a.Allowed(access.DispatchLead, u.Where())
	}
	return u, err
}

func (s *Service) dutyChanged(ctx context.Context, tx *change.Tx, u org.Unit, person, id db.ID, what string, from db.Time) error {
	if person != tx.Actor().PersonID {
		if err := tx.Notify(ctx, change.Notice{PersonID: person, Kind: "dispatch.duty_" + what, Subject: "duty", SubjectID: u.ID, Params: map[string]any{"unit": u.Name, "starts_at": from}}); err != nil {
			return err
		}
	}
	if err := tx.Event(ctx, "unit:"+u.ID.String(), "duty", id, 0); err != nil {
		return err
	}
	return tx.Audit(ctx, change.Record{Action: "duty." + what, Subject: "duty", SubjectID: id, UnitID: u.ID, After: map[string]any{"person_id": person, "from_at": from}})
}

// onDuty finds who is on duty at this moment in some units.
func onDuty(ctx context.Context, tx *change.Tx, units []db.ID) (out []db.ID, err error) {
	if len(units) == 0 {
		return nil, nil
	}
	list, args := db.In(2, units)
	return out, db.Select(ctx, tx, &out, `SELECT DISTINCT y.person_id FROM duty y JOIN person p ON p.id = y.person_id AND p.ended_at = 0
		WHERE y.from_at <= $1 AND y.until_at > $1 AND y.unit_id IN `+list+` ORDER BY y.person_id`, append([]any{tx.Now()}, args...)...)
}

// dutyRing is who is on duty in a unit, below it, and in those above it.
func (s *Service) dutyRing(ctx context.Context, tx *change.Tx, unit db.ID) (out []db.ID, err error) {
	u, err := org.GetUnit(ctx, tx, unit)
	if err != nil {
		return nil, err
	}
	var near []Duty
	if err := db.Select(ctx, tx, &near, dutySelect+`WHERE y.from_at <= $1 AND y.until_at > $1 AND u.valid_to = 0 ORDER BY y.person_id`, tx.Now()); err != nil {
		return nil, err
	}
	for _, y := range near {
		if strings.HasPrefix(y.UnitPath, u.Path) || strings.HasPrefix(u.Path, y.UnitPath) {
			out = append(out, y.Person)
		}
	}
	return out, nil
}
