package dispatch

import (
	"context"
	"slices"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/notice"
	"wozai/internal/org"
)

// The states that people set for themselves.
const (
	Free = "free"
	Busy = "busy" // is told, and not rung
	Off  = "off"  // is left in peace until a time
)

// usualQuiet holds for who has chosen nothing.
const usualQuiet = "22:00-07:00"

const longestOff = 366 * 24 * time.Hour

// Availability is the small status beside a name.
type Availability struct {
	State   string  `json:"state" db:"state" enum:"free,busy,off"`
	UntilAt db.Time `json:"until_at" db:"until_at" doc:"then free again; null: no end"`
	Quiet   string  `json:"quiet" db:"quiet" doc:"hours without a ring, like 22:00-07:00; empty for none"`
}

// Reach is how somebody is asked.
type Reach int

// The ways, from the loudest.
const (
	Ring    Reach = iota // the telephone rings
	Tell                 // an entry in the inbox
	InPeace              // it stands in the list when they look
)

// at is the state at an instant: what had an end and passed it is over.
func (a Availability) at(now time.Time) Availability {
	if a.UntilAt != 0 && !now.Before(a.UntilAt.Std()) {
		a.State, a.UntilAt = Free, 0
	}
	return a
}

// Reach says how to ask somebody at an instant, by the organisation's clock.
func (a Availability) Reach(now time.Time) Reach {
	q, err := notice.ParseQuiet(a.Quiet)
	switch state := a.at(now).State; {
	case state == Off, err == nil && !q.Until(now).IsZero():
		return InPeace
	case state == Busy:
		return Tell
	}
	return Ring
}

const availabilityColumns = `COALESCE(v.state, 'free') AS state, COALESCE(v.until_at, 0) AS until_at, COALESCE(v.quiet, '` + usualQuiet + `') AS quiet`

func readAvailability(ctx context.Context, q db.Querier, person db.ID) (v Availability, err error) {
	return v, db.Get(ctx, q, &v, `SELECT `+availabilityColumns+` FROM person p LEFT JOIN availability v ON v.person_id = p.id WHERE p.id = $1`, person)
}

// Rings reports whether somebody may be rung at an instant.
func (s *Service) Rings(ctx context.Context, person db.ID, at time.Time) (bool, error) {
	v, err := readAvailability(ctx, s.DB.Read(), person)
	return v.Reach(at.In(s.Zone())) == Ring, err
}

// now is the present by the organisation's clock.
func (s *Service) now(at db.Time) time.Time { return at.Std().In(s.Zone()) }

// Mine is the actor's own status, as it is at this moment.
func (s *Service) Mine(ctx context.Context, a access.Actor) (Availability, error) {
	v, err := readAvailability(ctx, s.DB.Read(), a.PersonID)
	return v.at(s.Change.Now().Std()), err
}

// SetMine sets the actor's own status; nobody sets another's. Faults: invalid.
func (s *Service) SetMine(ctx context.Context, a access.Actor, v Availability) error {
	now := s.Change.Now()
	var c fault.Check
	c.If(v.State != Free && v.State != Busy && v.State != Off, "state", "choice")
	c.If(v.State == Off && v.UntilAt == 0, "until_at", "required")
	c.If(v.UntilAt != 0 && (v.UntilAt <= now || v.UntilAt > now.Add(longestOff)), "until_at", "dispatch_until")
	_, err := notice.ParseQuiet(v.Quiet)
	c.If(err != nil, "quiet", "dispatch_quiet")
	if err := c.Err(); err != nil {
		return err
	}
	if v.State == Free {
		v.UntilAt = 0
	}
	return s.Change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		if err := tx.Exec(ctx, `DELETE FROM availability WHERE person_id = $1`, a.PersonID); err != nil {
			return err
		}
		if err := tx.Exec(ctx, `INSERT INTO availability (person_id, state, until_at, quiet, updated_at) VALUES ($1, $2, $3, $4, $5)`,
			a.PersonID, v.State, v.UntilAt, v.Quiet, tx.Now()); err != nil {
			return err
		}
		if err := tx.Event(ctx, "person:"+a.PersonID.String(), "dispatch", a.PersonID, 0); err != nil {
			return err
		}
		mine, err := org.Memberships(ctx, tx, org.MembershipFilter{PersonID: a.PersonID})
		if err != nil {
			return err
		}
		for _, m := range mine { // it stands beside the name on open pages
			if err := tx.Event(ctx, "unit:"+m.UnitID.String(), "availability", a.PersonID, 0); err != nil {
				return err
			}
		}
		return tx.Audit(ctx, change.Record{Action: "availability.set", Subject: "person", SubjectID: a.PersonID, After: map[string]any{"state": v.State, "until_at": v.UntilAt}})
	})
}

// Colleague is somebody who may be asked, with the status beside their name.
type Colleague struct {
	PersonID db.ID  `json:"person_id" db:"person_id"`
	Name     string `json:"name" db:"name"`
	Availability
	OnDuty bool `json:"on_duty" db:"-" doc:"at this moment, in the unit; of a person: in any"`
}

// Colleagues lists the people of a unit with their status, in the order of the roll, for who may ask
// there. Faults: not-found.
func (s *Service) Colleagues(ctx context.Context, a access.Actor, unit db.ID) ([]Colleague, error) {
	q := s.DB.Read()
	if _, err := s.asksIn(ctx, q, a, unit); err != nil {
		return nil, err
	}
	out := []Colleague{}
	if err := db.Select(ctx, q, &out, `SELECT m.person_id, p.name, `+availabilityColumns+` FROM membership m JOIN person p ON p.id = m.person_id
		LEFT JOIN availability v ON v.person_id = p.id
		WHERE m.unit_id = $1 AND m.valid_to = 0 AND m.batch_id = 0 AND p.ended_at = 0 ORDER BY m.sort, m.id LIMIT $2`, unit, maxAsked); err != nil {
		return nil, err
	}
	out = s.shown(out)
	return out, s.markDuty(ctx, q, out, `y.unit_id = $1`, unit)
}

// Colleague is one person with their status, for who may ask them. Faults: not-found.
func (s *Service) Colleague(ctx context.Context, a access.Actor, person db.ID) (c Colleague, err error) {
	q := s.DB.Read()
	may, err := s.asksPerson(ctx, q, a, person)
	if err != nil || !may {
		return c, orNotFound(err)
	}
	if err := db.Get(ctx, q, &c, `SELECT p.id AS person_id, p.name, `+availabilityColumns+` FROM person p LEFT JOIN availability v ON v.person_id = p.id WHERE p.id = $1 AND p.ended_at = 0`, person); err != nil {
		return c, err
	}
	list := s.shown([]Colleague{c})
	return list[0], s.markDuty(ctx, q, list, `y.person_id = $1`, person)
}

// markDuty says of people whether they are on duty at this moment.
func (s *Service) markDuty(ctx context.Context, q db.Querier, list []Colleague, where string, id db.ID) error {
	var on []db.ID
	if err := db.Select(ctx, q, &on, `SELECT DISTINCT y.person_id FROM duty y WHERE `+where+` AND y.from_at <= $2 AND y.until_at > $2`, id, s.Change.Now()); err != nil {
		return err
	}
	for i := range list {
		list[i].OnDuty = slices.Contains(on, list[i].PersonID)
	}
	return nil
}

// shown leaves of a status what others may see: each person once, without their hours.
func (s *Service) shown(list []Colleague) []Colleague {
	now := s.Change.Now().Std()
	seen := map[db.ID]bool{}
	out := list[:0]
	for _, x := range list {
		if seen[x.PersonID] {
			continue
		}
		seen[x.PersonID] = true
		x.Availability = x.at(now)
		x.Quiet = ""
		out = append(out, x)
	}
	return out
}
