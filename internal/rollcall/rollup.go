package rollcall

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
)

// Rollup is how a period stands in a unit and everything below it, as the tree was at the opening.
type Rollup struct {
	Period
	Title     Text         `json:"title"`
	ByUnits   bool         `json:"by_units"`
	Voluntary bool         `json:"voluntary"`
	Anonymous bool         `json:"anonymous" doc:"what was said is shown once, of the whole, when the period is locked and five at least have answered"`
	Unit      db.ID        `json:"unit_id"`
	Name      string       `json:"name"`
	Total     Counts       `json:"total" doc:"the unit and all below it"`
	Own       Counts       `json:"own" doc:"those who are asked by the unit itself"`
	Units     []RollupUnit `json:"units" doc:"right below, each with all below it"`
	Abilities []string     `json:"abilities" doc:"who, remind, lock, except, export, files"`
}

// RollupUnit is one unit of a roll-up.
type RollupUnit struct {
	Unit  db.ID  `json:"unit_id"`
	Name  string `json:"name"`
	Total Counts `json:"total"`
}

const sums = `CAST(COALESCE(SUM(d.expected), 0) AS BIGINT) AS expected, CAST(COALESCE(SUM(d.received), 0) AS BIGINT) AS received, CAST(COALESCE(SUM(d.on_time), 0) AS BIGINT) AS on_time,
	CAST(COALESCE(SUM(d.nils), 0) AS BIGINT) AS nils, CAST(COALESCE(SUM(d.inapplicable), 0) AS BIGINT) AS inapplicable, CAST(COALESCE(SUM(d.excused), 0) AS BIGINT) AS excused`

// below is the condition that d stands at or below c.
const below = `d.period_id = c.period_id AND d.path >= c.path AND d.path < substr(c.path, 1, length(c.path) - 1) || '0'`

// subtree adds up the counts of a unit and all below it.
func subtree(ctx context.Context, q db.Querier, period, unit db.ID) (t tally, err error) {
	return t, db.Get(ctx, q, &t, `SELECT `+sums+` FROM rollcall_count c JOIN rollcall_count d ON `+below+` WHERE c.period_id = $1 AND c.unit_id = $2`, period, unit)
}

// counter reads a period for somebody who may see the counts of a unit: those who ask see all, others
// their own units with what is below them. Not-found otherwise, and for units outside the period's tree.
func (s *Service) counter(ctx context.Context, a access.Actor, period, unit db.ID, need access.Permission) (place, org.Unit, error) {
	q := s.DB.Read()
	p, err := readPlace(ctx, q, period)
	if err != nil {
		return p, org.Unit{}, err
	}
	u, err := org.GetUnit(ctx, q, unit)
	if err != nil {
		return p, u, err
	}
	may, err := p.asks(ctx, q, a)
	if err == nil && !may {
		may, err = p.can(ctx, q, a, need, u)
	}
	if err == nil && !may {
		err = fault.NotFound()
	}
	if err != nil {
		return p, u, err
	}
	var there int64
	found, err := db.Find(ctx, q, &there, `SELECT 1 FROM rollcall_count WHERE period_id = $1 AND unit_id = $2`, period, unit)
	if err == nil && !found && unit != p.row.Unit { // nobody is asked there or below
		err = fault.NotFound()
	}
	return p, u, err
}

// Rollup counts a unit and its subtree, live. Unit 0 is the asking one. A unit that nobody is asked
// in or below is not found. Faults: not-found.
func (s *Service) Rollup(ctx context.Context, a access.Actor, period, unit db.ID) (out Rollup, err error) {
	q := s.DB.Read()
	if unit == 0 {
		p, err := readPlace(ctx, q, period)
		if err != nil {
			return out, err
		}
		unit = p.row.Unit
	}
	p, u, err := s.counter(ctx, a, period, unit, access.RollcallCount)
	if err != nil {
		return out, err
	}
	out = Rollup{Period: p.Period, ByUnits: p.ByUnits, Voluntary: p.Voluntary, Anonymous: p.Anonymous, Unit: unit, Name: u.Name, Units: []RollupUnit{}, Abilities: []string{}}
	if out.Title, err = p.title(); err != nil {
		return out, err
	}
	type sum struct {
		Unit db.ID  `db:"unit_id"`
		Name string `db:"name"`
		tally
	}
	var own sum
	found, err := db.Find(ctx, q, &own, `SELECT d.unit_id, d.name, d.expected, d.received, d.on_time, d.nils, d.inapplicable, d.excused FROM rollcall_count d WHERE d.period_id = $1 AND d.unit_id = $2`, period, unit)
	if err != nil {
		return out, err
	}
	if found {
		out.Name = own.Name
	}
	var rows []sum
	if err := db.Select(ctx, q, &rows, `SELECT c.unit_id, c.name, `+sums+` FROM rollcall_count c JOIN rollcall_count d ON `+below+`
		WHERE c.period_id = $1 AND c.parent_id = $2 GROUP BY c.unit_id, c.name, c.path ORDER BY c.path`, period, unit); err != nil {
		return out, err
	}
	total := own.tally
	for _, r := range rows {
		out.Units = append(out.Units, RollupUnit{r.Unit, r.Name, r.counts(p.Voluntary)})
		total = total.plus(r.tally)
	}
	out.Total, out.Own = total.counts(p.Voluntary), own.counts(p.Voluntary)
	add := func(yes bool, what ...string) {
		if yes {
			out.Abilities = append(out.Abilities, what...)
		}
	}
	asks, err := p.asks(ctx, q, a)
	if err != nil {
		return out, err
	}
	who, err := p.can(ctx, q, a, access.RollcallWho, u)
	if err != nil {
		return out, err
	}
	add(asks || !p.Voluntary && who, "who")
	add(asks && !p.Voluntary && p.Period.State == Open, "remind")
	add(asks && p.Period.State == Open, "lock")
	add(asks && !p.Anonymous && p.Period.State == Locked, "except")
	add(asks, "export")
	if asks {
		form, err := s.form(ctx, q, p.Rollcall, p.Newest)
		if err != nil {
			return out, err
		}
		add(form.hasFiles(), "files")
	}
	return out, nil
}

// The lists that Who gives.
const (
	WhoMissing  = "missing"
	WhoReceived = "received"
	WhoOnTime   = "on_time"
	WhoLate     = "late"
	WhoNil      = "nil"
	WhoNA       = "na"
	WhoExcused  = "excused"
	WhoReturned = "returned"
	WhoNilRun   = "nil_run" // nils in a row that are worth a look
	WhoJoined   = "joined"  // came since the opening: not counted, and not asked
	WhoLeft     = "left"    // went since: still counted
)

// WhoItem is somebody, or a unit, on one of the lists.
type WhoItem struct {
	Answerer db.ID   `json:"answerer_id" db:"answerer_id"`
	Name     string  `json:"name" db:"name"`
	Unit     db.ID   `json:"unit_id" db:"unit_id"`
	UnitName string  `json:"unit_name" db:"unit_name"`
	At       db.Time `json:"at" db:"at" doc:"of the answer"`
	By       db.ID   `json:"by_id,omitzero" db:"by_id" doc:"who sent the answer, or excused"`
	ByName   string  `json:"by_name,omitempty" db:"by_name"`
	Reason   string  `json:"reason,omitempty" db:"reason" doc:"why excused"`
}

// Who lists a unit and those below it, in the order of ids, behind after; at most limit. Those who may
// see who has answered there may, and those who ask. Of a voluntary roll call there is no list of
// who did not, and only those who ask learn who did. Faults: invalid; conflict rollcall_voluntary;
// not-found.
func (s *Service) Who(ctx context.Context, a access.Actor, period, unit db.ID, list string, after db.ID, limit int) ([]WhoItem, error) {
	p, u, err := s.counter(ctx, a, period, unit, access.RollcallWho)
	if err != nil {
		return nil, err
	}
	if p.Voluntary {
		if err := p.row.asked(ctx, s.DB.Read(), a); err != nil {
			return nil, err
		}
	}
	if p.Voluntary && !slices.Contains([]string{WhoReceived, WhoOnTime, WhoLate, WhoNil, WhoNA}, list) {
		return nil, fault.Conflict("rollcall_voluntary")
	}
	var path string
	found, err := db.Find(ctx, s.DB.Read(), &path, `SELECT path FROM rollcall_count WHERE period_id = $1 AND unit_id = $2`, period, unit)
	if err != nil || !found {
		return []WhoItem{}, err
	}
	scattered, err := p.scattered(ctx, s.DB.Read(), path, list, limit)
	if err != nil {
		return nil, err
	}
	answered := func(more string) string {
		from := `rollcall_count c CROSS JOIN rollcall_answer x` // SQLite takes them in this order
		if scattered {
			from = `rollcall_answer x JOIN rollcall_count c ON TRUE`
		}
		return `SELECT x.answerer_id, x.unit_id, c.name AS unit_name, CASE WHEN x.kind = 'given' THEN 0 ELSE x.at END AS at, x.by_id, '' AS reason FROM ` + from + `
			WHERE x.period_id = $1 AND c.period_id = $1 AND c.unit_id = x.unit_id AND c.path >= $2 AND c.path < $3 AND x.answerer_id > $4 AND ` + more
	}
	args := []any{period, path, org.PathEnd(path), after, limit}
	asked := func(more string) string {
		args = append(args, p.Rollcall, p.Number)
		return `SELECT a.answerer_id, a.unit_id, c.name AS unit_name, 0 AS at, 0 AS by_id, '' AS reason FROM rollcall_audience a JOIN rollcall_count c ON c.period_id = $1 AND c.unit_id = a.unit_id
			WHERE c.path >= $2 AND c.path < $3 AND a.answerer_id > $4 AND a.rollcall_id = $6 AND ` + asks("$7") + more
	}
	var query string
	switch list {
	case WhoMissing:
		query = asked(unanswered("$1") + " AND c.expected > c.received + c.excused") // units where nobody is are not looked through
		if scattered {
			query = strings.Replace(query, "a.rollcall_id", "+a.rollcall_id", 1) // not by its index: in the order of answerers
		}
	case WhoReceived:
		query = answered(`x.state <> 'returned'`)
	case WhoOnTime:
		args = append(args, p.DueAt)
		query = answered(`x.state <> 'returned' AND x.first_at <= $6`)
	case WhoLate:
		args = append(args, p.DueAt)
		query = answered(`x.state <> 'returned' AND x.first_at > $6`)
	case WhoNil, WhoNA:
		args = append(args, list)
		query = answered(`x.state <> 'returned' AND x.kind = $6`)
	case WhoNilRun:
		cond, err := p.inNilRun(ctx, s.DB.Read(), func(v any) string {
			args = append(args, v)
			return fmt.Sprintf("$%d", len(args))
		})
		if err != nil {
			return nil, err
		}
		query = answered(cond)
	case WhoReturned:
		query = answered(`x.state = 'returned'`)
	case WhoExcused:
		query = `SELECT e.answerer_id, e.unit_id, c.name AS unit_name, e.at, e.by_id, e.reason FROM rollcall_excuse e JOIN rollcall_count c ON c.period_id = e.period_id AND c.unit_id = e.unit_id
			WHERE e.period_id = $1 AND c.path >= $2 AND c.path < $3 AND e.answerer_id > $4
			AND NOT EXISTS (SELECT 1 FROM rollcall_answer x WHERE x.period_id = e.period_id AND x.answerer_id = e.answerer_id AND x.state <> 'returned')`
	case WhoJoined, WhoLeft:
		return s.moved(ctx, p, u, list, after, limit)
	default:
		return nil, invalid("list", "choice")
	}
	names := `COALESCE(n.name, '') AS name`
	table := "person"
	if p.ByUnits {
		table = "unit"
	}
	out := []WhoItem{}
	return out, db.Select(ctx, s.DB.Read(), &out, `SELECT w.answerer_id, `+names+`, w.unit_id, w.unit_name, w.at, w.by_id, COALESCE(b.name, '') AS by_name, w.reason FROM (`+query+`) w LEFT JOIN `+table+` n ON n.id = w.answerer_id
		LEFT JOIN person b ON b.id = w.by_id ORDER BY w.answerer_id LIMIT $5`, args...)
}

// listed says what is added up of who is on a list, and among whom they are.
var listed = map[string]struct{ sought, among string }{
	WhoMissing: {"expected - received - excused", "expected"}, WhoReceived: {"received", "received"}, WhoOnTime: {"on_time", "received"},
	WhoLate: {"received - on_time", "received"}, WhoNil: {"nils", "received"}, WhoNA: {"inapplicable", "received"}, WhoNilRun: {"nils", "received"},
}

// scattered reports that the next few of a list come soon when all of the period are gone through, one after the other: then those of the
// subtree need not all be found and put in order. At a million members that is a second against milliseconds, and the other way
// round where the subtree is small.
func (p place) scattered(ctx context.Context, q db.Querier, path, list string, n int) (bool, error) {
	of, ok := listed[list]
	if !ok {
		return false, nil
	}
	var sum struct {
		Sought int64 `db:"sought"`
		Among  int64 `db:"among"`
	}
	if err := db.Get(ctx, q, &sum, `SELECT CAST(COALESCE(SUM(`+of.sought+`), 0) AS BIGINT) AS sought, CAST(COALESCE(SUM(`+of.among+`), 0) AS BIGINT) AS among
		FROM rollcall_count WHERE period_id = $1 AND path >= $2 AND path < $3`, p.Period.ID, path, org.PathEnd(path)); err != nil || sum.Among < 2000 {
		return false, err
	}
	var all int64
	if err := db.Get(ctx, q, &all, `SELECT CAST(SUM(`+of.among+`) AS BIGINT) FROM rollcall_count WHERE period_id = $1`, p.Period.ID); err != nil {
		return false, err
	}
	return int64(n)*all/max(sum.Sought, 1) < sum.Among, nil
}

// moved lists who has come to a unit itself since the opening, or has gone from it.
func (s *Service) moved(ctx context.Context, p place, u org.Unit, list string, after db.ID, limit int) ([]WhoItem, error) {
	out := []WhoItem{}
	if p.ByUnits {
		return out, nil
	}
	sel, err := p.selection()
	if err != nil {
		return nil, err
	}
	asked := `SELECT a.answerer_id FROM rollcall_audience a WHERE a.rollcall_id = $1 AND a.unit_id = $2 AND ` + asks("$3")
	here := `SELECT m.person_id FROM membership m JOIN person p ON p.id = m.person_id WHERE m.unit_id = $2 AND m.valid_to = 0 AND m.batch_id = 0 AND p.ended_at = 0`
	query := here + ` AND m.person_id NOT IN (` + asked + `)`
	if list == WhoLeft {
		query = asked + ` AND a.answerer_id NOT IN (` + here + `)`
	}
	if err := db.Select(ctx, s.DB.Read(), &out, `SELECT p.id AS answerer_id, p.name, CAST($2 AS BIGINT) AS unit_id, '' AS unit_name, 0 AS at, 0 AS by_id, '' AS by_name, '' AS reason FROM person p WHERE p.id > $4 AND p.id IN (`+query+`) ORDER BY p.id LIMIT $5`,
		p.Rollcall, u.ID, p.Number, after, limit); err != nil || list == WhoLeft {
		return out, err
	}
	var ids []db.ID
	for _, x := range out {
		ids = append(ids, x.Answerer)
	}
	of, err := sel.Of(ctx, s.DB.Read(), p.Path, ids)
	return slices.DeleteFunc(out, func(x WhoItem) bool { return of[x.Answerer] != u.ID }), err
}

// Figure is what a field adds up to.
type Figure struct {
	Key     string           `json:"key"`
	Filled  int64            `json:"filled" doc:"answers that fill it in: blank is never zero"`
	Sum     float64          `json:"sum" doc:"of a number or total"`
	Min     float64          `json:"min"`
	Max     float64          `json:"max"`
	Choices map[string]int64 `json:"choices,omitempty" doc:"of a choice, by option"`
}

// Figures adds up the answers of a unit and its subtree, field by field; sensitive fields are left
// out. While the period is open it reads the answers one by one. Those who may see the counts may. Of
// an anonymous period there are only those of the whole, when it is locked. Faults: conflict
// rollcall_anonymous (a part of it), rollcall_unmixed, rollcall_few; not-found.
func (s *Service) Figures(ctx context.Context, a access.Actor, period, unit db.ID) ([]Figure, error) {
	p, _, err := s.counter(ctx, a, period, unit, access.RollcallCount)
	if err != nil {
		return nil, err
	}
	form, err := s.form(ctx, s.DB.Read(), p.Rollcall, p.Newest)
	if err != nil {
		return nil, err
	}
	k, err := s.came(ctx, p, unit)
	if err != nil {
		return nil, err
	}
	return k.tell(form), nil
}

// figured reports whether a field's answers are added up or counted for those who see counts.
func (f FormField) figured() bool {
	return !f.Sensitive && (f.Kind == Number || f.Kind == Total || f.Kind == Choice)
}

func (f *Figure) add(v any) {
	choose := func(key string) {
		if f.Choices == nil {
			f.Choices = map[string]int64{}
		}
		f.Choices[key]++
	}
	switch x := v.(type) {
	case float64:
		if f.Filled == 0 || x < f.Min {
			f.Min = x
		}
		if f.Filled == 0 || x > f.Max {
			f.Max = x
		}
		f.Sum = roundTo(f.Sum+x, 4)
	case string:
		choose(x)
	case []any:
		for _, y := range x {
			if key, ok := y.(string); ok {
				choose(key)
			}
		}
	default:
		return
	}
	f.Filled++
}

// each reads the values that stand in a unit's subtree, in parts.
func (s *Service) each(ctx context.Context, p place, unit db.ID, do func(answerRow) error) error {
	var path string
	found, err := db.Find(ctx, s.DB.Read(), &path, `SELECT path FROM rollcall_count WHERE period_id = $1 AND unit_id = $2`, p.Period.ID, unit)
	if err != nil || !found {
		return err
	}
	after := db.ID(0)
	for {
		var rows []answerRow
		if err := db.Select(ctx, s.DB.Read(), &rows, `SELECT `+answerColumns+` FROM rollcall_answer x JOIN rollcall_count c ON c.period_id = x.period_id AND c.unit_id = x.unit_id
			WHERE x.period_id = $1 AND x.answerer_id > $2 AND c.path >= $3 AND c.path < $4 AND x.state <> 'returned' ORDER BY x.answerer_id LIMIT 1000`, p.Period.ID, after, path, org.PathEnd(path)); err != nil {
			return err
		}
		for _, x := range rows {
			after = x.Answerer
			if x.Kind != Value {
				continue
			}
			if err := do(x); err != nil {
				return err
			}
		}
		if len(rows) < 1000 {
			return nil
		}
	}
}

// Hear guards the topic "rollcall:period": that answers come in is for those who count them.
func (s *Service) Hear(ctx context.Context, a access.Actor, period db.ID) error {
	p, err := readPlace(ctx, s.DB.Read(), period)
	if err != nil {
		return err
	}
	if asks, err := p.asks(ctx, s.DB.Read(), a); err != nil || asks {
		return err
	}
	var units []access.Unit
	for _, g := range a.Scope(access.RollcallCount) {
		units = append(units, access.Unit{ID: g.UnitID, Path: g.Path})
	}
	for _, u := range units {
		var n int64
		found, err := db.Find(ctx, s.DB.Read(), &n, `SELECT 1 FROM rollcall_count WHERE period_id = $1 AND unit_id = $2`, period, u.ID)
		if err != nil || found {
			return err
		}
	}
	return fault.NotFound()
}
