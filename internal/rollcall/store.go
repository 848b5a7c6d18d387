package rollcall

import (
	"context"
	"encoding/json"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/org"
)

// row is a roll call as it is stored.
type row struct {
	ID          db.ID   `db:"id"`
	Unit        db.ID   `db:"unit_id"`
	UnitName    string  `db:"unit_name"`
	Path        string  `db:"path"`
	Title       string  `db:"title"`
	About       string  `db:"about"`
	ByUnits     bool    `db:"by_units"`
	Voluntary   bool    `db:"voluntary"`
	Anonymous   bool    `db:"anonymous"`
	Audience    string  `db:"audience"`
	Schedule    string  `db:"schedule"`
	Minutes     int64   `db:"minutes"`
	KeepDays    int64   `db:"keep_days"`
	State       State   `db:"state"`
	FormVersion int64   `db:"form_version"`
	CreatedAt   db.Time `db:"created_at"`
	Version     int64   `db:"version"`
}

const rowColumns = `r.unit_id, u.name AS unit_name, u.path, r.title, r.about, r.by_units, r.voluntary, r.anonymous, r.audience, r.schedule, r.minutes, r.keep_days`

func (r row) where() access.Unit { return access.Unit{ID: r.Unit, Path: r.Path} }

func (r row) selection() (s org.Selection, err error) {
	return s, json.Unmarshal([]byte(r.Audience), &s)
}

func (r row) schedule() (s Schedule, err error) { return s, json.Unmarshal([]byte(r.Schedule), &s) }

func (r row) title() (Text, error) { return textOf(r.Title) }

// composition reads back what was composed, but for the form.
func (r row) composition() (c Composition, err error) {
	c = Composition{ByUnits: r.ByUnits, Voluntary: r.Voluntary, Anonymous: r.Anonymous, Minutes: r.Minutes, KeepDays: r.KeepDays}
	for _, x := range []struct {
		text string
		into any
	}{{r.Title, &c.Title}, {r.About, &c.About}, {r.Audience, &c.Audience}, {r.Schedule, &c.Schedule}} {
		if err := json.Unmarshal([]byte(x.text), x.into); err != nil {
			return c, err
		}
	}
	return c, nil
}

func readRow(ctx context.Context, q db.Querier, id db.ID) (r row, err error) {
	return r, db.Get(ctx, q, &r, `SELECT r.id, r.state, r.form_version, r.created_at, r.version, `+rowColumns+` FROM rollcall r JOIN unit u ON u.id = r.unit_id WHERE r.id = $1`, id)
}

// place is a period with the roll call that it belongs to.
type place struct {
	Period
	row
	Oldest     int64   `db:"oldest_form"`
	Step       string  `db:"step"`
	AtPath     string  `db:"at_path"`
	AtID       db.ID   `db:"at_id"`
	RemindedAt db.Time `db:"reminded_at"`
	PurgedAt   db.Time `db:"purged_at"`
	Running    State   `db:"rollcall_state"`
	Newest     int64   `db:"newest_form"`
}

const placeSelect = `SELECT p.id, p.rollcall_id, p.number, p.name, p.form_version AS oldest_form, p.state, p.step, p.at_path, p.at_id, p.opens_at, p.due_at, p.closes_at,
	p.reminded_at, p.purged_at, r.state AS rollcall_state, r.form_version AS newest_form, ` + rowColumns + `
	FROM rollcall_period p JOIN rollcall r ON r.id = p.rollcall_id JOIN unit u ON u.id = r.unit_id `

func readPlace(ctx context.Context, q db.Querier, id db.ID) (p place, err error) {
	return p, db.Get(ctx, q, &p, placeSelect+`WHERE p.id = $1`, id)
}

// running is readPlace for the many who answer the same period within minutes. Nothing that decides about the answer
// of somebody who is asked by name changes while a period runs, but for its state, which readAnswer reads, and the
// newest form: where that moves, or units do the answering, it is read anew.
func (s *Service) running(ctx context.Context, id db.ID, form int64) (place, error) {
	if x, ok := s.places.Load(id); ok && form <= x.(place).Newest {
		return x.(place), nil
	}
	p, err := readPlace(ctx, s.DB.Read(), id)
	if err == nil && !p.ByUnits && !p.Voluntary {
		now := s.Change.Now()
		s.places.Range(func(id, x any) bool { // few are open at a time
			if x.(place).ClosesAt < now {
				s.places.Delete(id)
			}
			return true
		})
		s.places.Store(id, p)
	}
	return p, err
}

func (p place) topic() string { return "rollcall:" + p.Period.ID.String() }

// asks is the condition under which an audience row (a) belongs to period number n.
func asks(n string) string {
	return "a.from_period <= " + n + " AND (a.to_period = 0 OR a.to_period >= " + n + ")"
}

// askedAt says by which unit an answerer is asked; found is false when they are not.
func (p place) askedAt(ctx context.Context, q db.Querier, answerer db.ID) (unit db.ID, found bool, err error) {
	if p.Voluntary {
		sel, err := p.selection()
		if err != nil {
			return 0, false, err
		}
		of, err := sel.Of(ctx, q, p.Path, []db.ID{answerer})
		return of[answerer], of[answerer] != 0, err
	}
	found, err = db.Find(ctx, q, &unit, `SELECT a.unit_id FROM rollcall_audience a WHERE a.answerer_id = $1 AND a.rollcall_id = $2 AND `+asks("$3"), answerer, p.Rollcall, p.Number)
	return unit, found, err
}

// putCount makes the row of a unit in the period's tree, and those of the units above it, and says where it
// is. It is below its parent's row, wherever a unit that is being moved stands meanwhile: so what is below adds up.
func putCount(ctx context.Context, tx *change.Tx, period, unit db.ID, expected int64) (path string, err error) {
	u, err := org.GetUnit(ctx, tx, unit)
	if err != nil {
		return "", err
	}
	path = "/"
	if u.ParentID != 0 {
		found, err := db.Find(ctx, tx, &path, `SELECT path FROM rollcall_count WHERE period_id = $1 AND unit_id = $2`, period, u.ParentID)
		if err == nil && !found {
			path, err = putCount(ctx, tx, period, u.ParentID, 0)
		}
		if err != nil {
			return "", err
		}
	}
	path += u.ID.String() + "/"
	return path, tx.Exec(ctx, `INSERT INTO rollcall_count (period_id, unit_id, parent_id, path, name, expected) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (period_id, unit_id) DO UPDATE SET expected = excluded.expected`, period, u.ID, u.ParentID, path, u.Name, expected)
}

// addCount changes what is counted in a unit. The row is made when nobody was expected there.
func addCount(ctx context.Context, tx *change.Tx, period, unit db.ID, d tally) error {
	if d == (tally{}) {
		return nil
	}
	add := func() error {
		return tx.LaterSum(ctx, `UPDATE rollcall_count SET received = received + $1, on_time = on_time + $2, nils = nils + $3, inapplicable = inapplicable + $4, excused = excused + $5
			WHERE period_id = $6 AND unit_id = $7`, []int64{d.Received, d.OnTime, d.Nils, d.Inapplicable, d.Excused}, period, unit)
	}
	err := add()
	if !isStale(err) {
		return err
	}
	if _, err := putCount(ctx, tx, period, unit, 0); err != nil {
		return err
	}
	return add()
}

// answerRow is an answer as it is stored.
type answerRow struct {
	Answerer    db.ID       `db:"answerer_id"`
	Unit        db.ID       `db:"unit_id"`
	Version     int64       `db:"version"`
	FormVersion int64       `db:"form_version"`
	Kind        AnswerKind  `db:"kind"`
	Content     string      `db:"content"`
	Sealed      []byte      `db:"sealed"`
	By          db.ID       `db:"by_id"`
	At          db.Time     `db:"at"`
	FirstAt     db.Time     `db:"first_at"`
	DeviceAt    db.Time     `db:"device_at"`
	State       AnswerState `db:"state"`
	WaitsAt     db.ID       `db:"waits_at"`
	Excused     int64       `db:"excused"` // 1: an excuse is there
	Drafts      int64       `db:"drafts"`  // 1: something was begun
	Period      PeriodState `db:"period_state"`
	Asked       db.ID       `db:"asked_unit_id"` // the unit by which they are asked by name; 0: they are not
}

const answerColumns = `x.answerer_id, x.unit_id, x.version, x.form_version, x.kind, x.content, x.sealed, x.by_id, x.at, x.first_at, x.device_at, x.state, x.waits_at`

func (x answerRow) standing() standing { return standing{x.Kind, x.State, x.FirstAt, x.Excused} }

// readAnswer reads the answer that stands, an empty one when there is none, with what else decides about
// it. It is the one look that the hot path takes inside the change.
func readAnswer(ctx context.Context, q db.Querier, period, answerer db.ID) (x answerRow, err error) {
	return x, db.Get(ctx, q, &x, `SELECT CAST($1 AS BIGINT) AS answerer_id, COALESCE(x.unit_id, 0) AS unit_id, COALESCE(x.version, 0) AS version, COALESCE(x.form_version, 0) AS form_version, COALESCE(x.kind, '') AS kind,
			COALESCE(x.content, '') AS content, x.sealed, COALESCE(x.by_id, 0) AS by_id, COALESCE(x.at, 0) AS at, COALESCE(x.first_at, 0) AS first_at, COALESCE(x.device_at, 0) AS device_at,
			COALESCE(x.state, '') AS state, COALESCE(x.waits_at, 0) AS waits_at, CASE WHEN e.answerer_id IS NULL THEN 0 ELSE 1 END AS excused, CASE WHEN d.answerer_id IS NULL THEN 0 ELSE 1 END AS drafts, p.state AS period_state, COALESCE(a.unit_id, 0) AS asked_unit_id
		FROM rollcall_period p LEFT JOIN rollcall_answer x ON x.period_id = p.id AND x.answerer_id = $1
		LEFT JOIN rollcall_excuse e ON e.period_id = p.id AND e.answerer_id = $1 LEFT JOIN rollcall_draft d ON d.period_id = p.id AND d.answerer_id = $1
		LEFT JOIN rollcall_audience a ON a.answerer_id = $1 AND a.rollcall_id = p.rollcall_id AND `+asks("p.number")+`
		WHERE p.id = $2`, answerer, period)
}
