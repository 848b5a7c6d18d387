package rollcall

import (
	"context"
	"slices"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
)

// AskedItem is a question that somebody may answer now.
type AskedItem struct {
	Period    db.ID       `json:"period_id" db:"period_id"`
	Name      string      `json:"name" db:"period_name" doc:"of the period"`
	Title     Text        `json:"title" db:"-"`
	By        string      `json:"by" db:"by_name" doc:"the unit that asks"`
	ByUnits   bool        `json:"by_units" db:"by_units"`
	Voluntary bool        `json:"voluntary" db:"voluntary"`
	Anonymous bool        `json:"anonymous" db:"anonymous" doc:"what is said is not kept with who said it"`
	Minutes   int64       `json:"minutes" db:"minutes" doc:"that an answer takes"`
	DueAt     db.Time     `json:"due_at" db:"due_at"`
	ClosesAt  db.Time     `json:"closes_at" db:"closes_at"`
	Answerer  db.ID       `json:"answerer_id" db:"answerer_id" doc:"oneself, somebody one helps, or a unit one answers for"`
	For       string      `json:"for" db:"answerer_name"`
	Version   int64       `json:"version" db:"version" doc:"of the answer; 0: none yet"`
	State     AnswerState `json:"state" db:"state" enum:"in,returned,accepted," doc:"empty without an answer"`
	TitleText string      `json:"-" db:"title"`
}

const askedSelect = `SELECT p.id AS period_id, p.name AS period_name, r.title, u.name AS by_name, r.by_units, r.voluntary, r.anonymous, r.minutes, p.due_at, p.closes_at, COALESCE(x.version, 0) AS version, COALESCE(x.state, '') AS state`

// Mine lists what the actor may answer now, the most urgent first: for themselves, for those they
// help, and for the units they answer for, with what closed ones still owe.
func (s *Service) Mine(ctx context.Context, a access.Actor) ([]AskedItem, error) {
	q := s.DB.Read()
	people := []db.ID{a.PersonID}
	var helped []db.ID
	if err := db.Select(ctx, q, &helped, `SELECT person_id FROM rollcall_helper WHERE helper_id = $1 AND ended_at = 0 ORDER BY person_id`, a.PersonID); err != nil {
		return nil, err
	}
	people = append(people, helped...)
	var units []db.ID
	for _, g := range a.Scope(access.RollcallAnswer) {
		if g.UnitID != 0 && !slices.Contains(units, g.UnitID) {
			units = append(units, g.UnitID)
		}
	}
	var asked []owed // of anything that is open, or of one period
	for _, id := range slices.Concat(people, units) {
		asked = append(asked, owed{Answerer: id})
	}
	if len(units) > 0 {
		more, err := s.inherited(ctx, units)
		if err != nil {
			return nil, err
		}
		asked = append(asked, more...)
	}
	out := []AskedItem{}
	for _, x := range asked {
		var rows []AskedItem
		if err := db.Select(ctx, q, &rows, askedSelect+`, a.answerer_id, CASE WHEN r.by_units THEN COALESCE(n.name, '') ELSE COALESCE(h.name, '') END AS answerer_name
			FROM rollcall_audience a JOIN rollcall r ON r.id = a.rollcall_id JOIN rollcall_period p ON p.rollcall_id = a.rollcall_id AND p.state = 'open' AND `+asks("p.number")+`
			JOIN unit u ON u.id = r.unit_id LEFT JOIN rollcall_answer x ON x.period_id = p.id AND x.answerer_id = a.answerer_id
			LEFT JOIN unit n ON n.id = a.answerer_id LEFT JOIN person h ON h.id = a.answerer_id WHERE a.answerer_id = $1 AND (p.id = $2 OR $2 = 0) ORDER BY p.due_at LIMIT 100`, x.Answerer, x.Period); err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	var open []place
	if err := db.Select(ctx, q, &open, placeSelect+`WHERE p.state = 'open' AND r.voluntary ORDER BY p.due_at LIMIT 200`); err != nil {
		return nil, err
	}
	for _, p := range open {
		sel, err := p.selection()
		if err != nil {
			return nil, err
		}
		of, err := sel.Of(ctx, q, p.Path, people)
		if err != nil {
			return nil, err
		}
		for _, id := range people {
			if of[id] == 0 {
				continue
			}
			var x AskedItem
			if err := db.Get(ctx, q, &x, askedSelect+`, h.id AS answerer_id, h.name AS answerer_name FROM rollcall_period p JOIN rollcall r ON r.id = p.rollcall_id JOIN unit u ON u.id = r.unit_id
				JOIN person h ON h.id = $1 LEFT JOIN rollcall_answer x ON x.period_id = p.id AND x.answerer_id = h.id WHERE p.id = $2`, id, p.Period.ID); err != nil {
				return nil, err
			}
			out = append(out, x)
		}
	}
	for i := range out {
		var err error
		if out[i].Title, err = textOf(out[i].TitleText); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(out, func(x, y AskedItem) int {
		if (x.Version == 0) != (y.Version == 0) {
			if x.Version == 0 {
				return -1
			}
			return 1
		}
		return int(min(1, max(-1, int64(x.DueAt-y.DueAt))))
	})
	return out, nil
}

// AskedOf is what one open roll call asks of a unit.
type AskedOf struct {
	Period    db.ID   `json:"period_id" db:"period_id"`
	Name      string  `json:"name" db:"period_name"`
	Title     Text    `json:"title" db:"-"`
	By        string  `json:"by" db:"by_name" doc:"the unit that asks"`
	ByUnits   bool    `json:"by_units" db:"by_units"`
	Minutes   int64   `json:"minutes" db:"minutes" doc:"that an answer takes"`
	DueAt     db.Time `json:"due_at" db:"due_at"`
	Counts    Counts  `json:"counts" db:"-" doc:"of the unit itself"`
	TitleText string  `json:"-" db:"title"`
	tally
}

// AskedOf lists what is asked of a unit and its people now, by whom and how long it takes; for those
// who may see its counts. Faults: not-found.
func (s *Service) AskedOf(ctx context.Context, a access.Actor, unit db.ID) ([]AskedOf, error) {
	u, err := org.GetUnit(ctx, s.DB.Read(), unit)
	if err != nil {
		return nil, err
	}
	if err := a.Require(access.RollcallCount, u.Where()); err != nil {
		return nil, err
	}
	out := []AskedOf{}
	if err := db.Select(ctx, s.DB.Read(), &out, `SELECT p.id AS period_id, p.name AS period_name, r.title, u.name AS by_name, r.by_units, r.minutes, p.due_at, d.expected, d.received, d.on_time, d.nils, d.inapplicable, d.excused
		FROM rollcall_period p JOIN rollcall r ON r.id = p.rollcall_id JOIN unit u ON u.id = r.unit_id JOIN rollcall_count d ON d.period_id = p.id AND d.unit_id = $1
		WHERE p.state = 'open' AND d.expected > 0 ORDER BY p.due_at LIMIT 200`, unit); err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Counts = out[i].counts(false)
		if out[i].Title, err = textOf(out[i].TitleText); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Helper is somebody who answers for another.
type Helper struct {
	ID     db.ID   `json:"id" db:"id"`
	Helper db.ID   `json:"helper_id" db:"helper_id"`
	Name   string  `json:"name" db:"name"`
	At     db.Time `json:"at" db:"at"`
}

// person is nil for who may name helpers for somebody: themselves, and those who answer for one of
// their units. Not-found otherwise.
func (s *Service) person(ctx context.Context, q db.Querier, a access.Actor, person db.ID) error {
	if _, err := org.GetPerson(ctx, q, person); err != nil || a.Is(person) && a.Kind == access.Person {
		return err
	}
	list, err := org.Memberships(ctx, q, org.MembershipFilter{PersonID: person})
	if err != nil {
		return err
	}
	for _, m := range list {
		u, err := org.GetUnit(ctx, q, m.UnitID)
		if err != nil {
			return err
		}
		if a.Can(access.RollcallAnswer, u.Where()) {
			return nil
		}
	}
	return fault.NotFound()
}

// Helpers lists who answers for somebody. Faults: not-found.
func (s *Service) Helpers(ctx context.Context, a access.Actor, person db.ID) ([]Helper, error) {
	if err := s.person(ctx, s.DB.Read(), a, person); err != nil {
		return nil, err
	}
	out := []Helper{}
	return out, db.Select(ctx, s.DB.Read(), &out, `SELECT h.id, h.helper_id, p.name, h.at FROM rollcall_helper h JOIN person p ON p.id = h.helper_id WHERE h.person_id = $1 AND h.ended_at = 0 ORDER BY h.id`, person)
}

// AddHelper names somebody of one of their units who answers for a person; they themselves may, and
// those who answer for their unit. The helper is told, and each answer says who sent it. Faults:
// invalid; not-found.
func (s *Service) AddHelper(ctx context.Context, a access.Actor, person, helper db.ID) (db.ID, error) {
	q := s.DB.Read()
	if err := s.person(ctx, q, a, person); err != nil {
		return 0, err
	}
	helped, err := org.GetPerson(ctx, q, person)
	if err != nil {
		return 0, err
	}
	var near int64
	if err := db.Get(ctx, q, &near, `SELECT COUNT(*) FROM membership m JOIN membership n ON n.unit_id = m.unit_id JOIN person h ON h.id = n.person_id
		WHERE m.person_id = $1 AND n.person_id = $2 AND m.valid_to = 0 AND n.valid_to = 0 AND m.batch_id = 0 AND n.batch_id = 0 AND h.ended_at = 0`, person, helper); err != nil {
		return 0, err
	}
	if near == 0 || helper == person {
		return 0, invalid("helper_id", "choice")
	}
	return s.Change.Create(ctx, a, func(ctx context.Context, tx *change.Tx) (db.ID, error) {
		var id db.ID
		found, err := db.Find(ctx, tx, &id, `SELECT id FROM rollcall_helper WHERE person_id = $1 AND helper_id = $2 AND ended_at = 0`, person, helper)
		if err != nil || found {
			return id, err
		}
		id = tx.NewID()
		if err := tx.Exec(ctx, `INSERT INTO rollcall_helper (id, person_id, helper_id, named_by, at) VALUES ($1, $2, $3, $4, $5)`, id, person, helper, a.PersonID, tx.Now()); err != nil {
			return 0, err
		}
		if !a.Is(helper) {
			if err := tx.Notify(ctx, change.Notice{Kind: "rollcall.helping", PersonID: helper, Subject: "rollcall_helper", SubjectID: id, Params: map[string]any{"name": helped.Name}}); err != nil {
				return 0, err
			}
		}
		return id, tx.Audit(ctx, change.Record{Action: "rollcall.helper_add", Subject: "person", SubjectID: person, After: map[string]any{"helper": helper}})
	})
}

// Helped is somebody whom the actor answers for.
type Helped struct {
	Person db.ID   `json:"person_id" db:"person_id"`
	Name   string  `json:"name" db:"name"`
	At     db.Time `json:"at" db:"at"`
}

// Helped lists whom the actor answers for.
func (s *Service) Helped(ctx context.Context, a access.Actor) ([]Helped, error) {
	out := []Helped{}
	return out, db.Select(ctx, s.DB.Read(), &out, `SELECT h.person_id, p.name, h.at FROM rollcall_helper h JOIN person p ON p.id = h.person_id WHERE h.helper_id = $1 AND h.ended_at = 0 ORDER BY h.id`, a.PersonID)
}

// EndHelper lets somebody answer for a person no more; who may name helpers may, and the helper. Faults:
// not-found.
func (s *Service) EndHelper(ctx context.Context, a access.Actor, person, helper db.ID) error {
	if a.Kind != access.Person || !a.Is(helper) {
		if err := s.person(ctx, s.DB.Read(), a, person); err != nil {
			return err
		}
	}
	return s.Change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		err := tx.ExecOne(ctx, `UPDATE rollcall_helper SET ended_at = $1 WHERE person_id = $2 AND helper_id = $3 AND ended_at = 0`, tx.Now(), person, helper)
		if isStale(err) {
			return fault.NotFound()
		}
		if err != nil {
			return err
		}
		return tx.Audit(ctx, change.Record{Action: "rollcall.helper_end", Subject: "person", SubjectID: person, Before: map[string]any{"helper": helper}})
	})
}
