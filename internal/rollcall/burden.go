package rollcall

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/org"
)

// Asking is something that takes the time of a unit's people.
type Asking struct {
	Kind    string  `json:"kind" enum:"rollcall,meeting"`
	ID      db.ID   `json:"id" doc:"of the period, or the meeting"`
	Title   Text    `json:"title" doc:"of a meeting its kind alone"`
	By      string  `json:"by" doc:"the unit that asks"`
	Unit    db.ID   `json:"unit_id" doc:"whose people are asked"`
	At      db.Time `json:"at" doc:"when it is due, or begins; the first time of several"`
	Times   int64   `json:"times" doc:"in this week"`
	Minutes int64   `json:"minutes" doc:"of each, each time"`
	People  int64   `json:"people" doc:"who are asked; 1 where the unit answers for itself"`
}

func (a Asking) together() int64 { return a.Times * a.Minutes * a.People }

// Others says what other slices ask of the people of a subtree within some time.
type Others interface {
	AskedWithin(ctx context.Context, path string, from, to db.Time) ([]Asking, error)
}

// AskedWeek is what is asked of a unit's people from a Monday to the next one.
type AskedWeek struct {
	From    db.Time  `json:"from"`
	To      db.Time  `json:"to" doc:"not in it any more"`
	Items   []Asking `json:"items" doc:"in the order of their times; what is still to open is reckoned from its schedule"`
	Minutes int64    `json:"minutes" doc:"of everybody together"`
}

// weekOf is the week around an instant, in the organisation's zone.
func weekOf(at db.Time, zone *time.Location) (from, to db.Time) {
	t := at.Std().In(zone)
	y, m, d := t.Date()
	d -= (int(t.Weekday()) + 6) % 7
	return db.At(time.Date(y, m, d, 0, 0, 0, 0, zone)), db.At(time.Date(y, m, d+7, 0, 0, 0, 0, zone))
}

// Week lists what is asked of a unit's own people this week, across slices, and by whom; for those who
// may see its counts. What is voluntary asks nobody. Faults: not-found.
func (s *Service) Week(ctx context.Context, a access.Actor, unit db.ID) (out AskedWeek, err error) {
	u, err := org.GetUnit(ctx, s.DB.Read(), unit)
	if err != nil {
		return out, err
	}
	if err := a.Require(access.RollcallCount, u.Where()); err != nil {
		return out, err
	}
	out.From, out.To = weekOf(s.Change.Now(), s.Zone())
	all, err := s.within(ctx, u.Path, out.From, out.To)
	out.Items = []Asking{}
	for _, x := range all {
		if x.Unit == unit {
			out.Items = append(out.Items, x)
			out.Minutes += x.together()
		}
	}
	slices.SortStableFunc(out.Items, func(x, y Asking) int { return cmp.Compare(x.At, y.At) })
	return out, err
}

// within gathers what is asked of a subtree's people, unit by unit.
func (s *Service) within(ctx context.Context, path string, from, to db.Time) ([]Asking, error) {
	q := s.DB.Read()
	var rows []struct {
		Period    db.ID   `db:"period_id"`
		Unit      db.ID   `db:"unit_id"`
		TitleText string  `db:"title"`
		Minutes   int64   `db:"minutes"`
		People    int64   `db:"expected"`
		By        string  `db:"by_name"`
		Due       db.Time `db:"due_at"`
	}
	const joined = ` FROM rollcall_period p JOIN rollcall r ON r.id = p.rollcall_id JOIN unit u ON u.id = r.unit_id JOIN rollcall_count d ON d.period_id = p.id`
	if err := db.Select(ctx, q, &rows, `SELECT p.id AS period_id, d.unit_id, r.title, r.minutes, d.expected, u.name AS by_name, p.due_at`+joined+`
		WHERE p.state <> 'opening' AND p.due_at >= $1 AND p.due_at < $2 AND d.expected > 0 AND d.path >= $3 AND d.path < $4 ORDER BY p.due_at, p.id, d.unit_id`, from, to, path, org.PathEnd(path)); err != nil {
		return nil, err
	}
	out := []Asking{}
	put := func(period, unit db.ID, title, by string, due db.Time, times, minutes, people int64) error {
		t, err := textOf(title)
		out = append(out, Asking{Kind: "rollcall", ID: period, Title: t, By: by, Unit: unit, At: due, Times: times, Minutes: minutes, People: people})
		return err
	}
	for _, r := range rows {
		if err := put(r.Period, r.Unit, r.TitleText, r.By, r.Due, 1, r.Minutes, r.People); err != nil {
			return nil, err
		}
	}
	// What opens later this week is asked of whom the newest period asked; what opens for the first time, of
	// whom it would ask now.
	var coming []place
	if err := db.Select(ctx, q, &coming, placeSelect+`WHERE p.state = 'opening' AND r.state = 'running' AND NOT r.voluntary AND p.opens_at < $1 ORDER BY p.id`, to); err != nil {
		return nil, err
	}
	for _, p := range coming {
		due, times, err := p.comes(from, to, s.Zone(), s.Workdays)
		if err != nil {
			return nil, err
		}
		if times == 0 {
			continue
		}
		asked, err := p.toBeAsked(ctx, q, path)
		if err != nil {
			return nil, err
		}
		for _, x := range asked {
			if err := put(p.Period.ID, x.UnitID, p.row.Title, p.UnitName, due, times, p.Minutes, x.N); err != nil {
				return nil, err
			}
		}
	}
	if s.Others == nil {
		return out, nil
	}
	more, err := s.Others.AskedWithin(ctx, path, from, to)
	return append(out, more...), err
}

// toBeAsked counts, by unit, whom a period that is to open asks below a path.
func (p place) toBeAsked(ctx context.Context, q db.Querier, path string) (out []org.UnitCount, err error) {
	if p.Number > 1 {
		return out, db.Select(ctx, q, &out, `SELECT d.unit_id, d.name, d.expected AS n FROM rollcall_count d WHERE d.period_id = (SELECT id FROM rollcall_period WHERE rollcall_id = $1 AND state <> 'opening' ORDER BY number DESC LIMIT 1)
			AND d.expected > 0 AND d.path >= $2 AND d.path < $3 ORDER BY d.unit_id`, p.Rollcall, path, org.PathEnd(path))
	}
	switch {
	case strings.HasPrefix(p.Path, path):
		path = p.Path // it asks nobody outside
	case !strings.HasPrefix(path, p.Path):
		return nil, nil
	case p.ByUnits: // a unit is found below the one above it; its neighbours with it
		path = path[:strings.LastIndexByte(path[:len(path)-1], '/')+1]
	}
	sel, err := p.selection()
	if err != nil {
		return nil, err
	}
	return sel.ByUnit(ctx, q, path, p.ByUnits)
}

// comes reckons how often a period that is to open, and those after it, fall due within some time.
func (p place) comes(from, to db.Time, zone *time.Location, days Workdays) (first db.Time, times int64, err error) {
	sched, err := p.schedule()
	if err != nil {
		return 0, 0, err
	}
	n, opens, due := p.Number, p.OpensAt, p.DueAt
	for due < to {
		if due >= from {
			if times++; times == 1 {
				first = due
			}
		}
		next, ok := sched.Next(n, opens, 0, zone, days)
		if !ok {
			break
		}
		n, opens, due = next.Number, next.OpensAt, next.DueAt
	}
	return first, times, nil
}

// Load is what a roll call would add to what is asked in the week of its first answers.
type Load struct {
	From     db.Time      `json:"from"`
	To       db.Time      `json:"to" doc:"not in it any more"`
	Times    int64        `json:"times" doc:"it would ask in that week"`
	Branches []BranchLoad `json:"branches" doc:"those asked, the most burdened first, at most 100"`
	More     bool         `json:"more" doc:"there are more of them"`
}

// BranchLoad is how many minutes of its people together are asked of a unit.
type BranchLoad struct {
	Unit    db.ID  `json:"unit_id"`
	Name    string `json:"name"`
	People  int64  `json:"people" doc:"whom this would ask there; 1 where the unit answers for itself"`
	Already int64  `json:"already" doc:"minutes of them together that are asked without it: roll calls and meetings"`
	Adds    int64  `json:"adds" doc:"minutes of them together that this adds"`
}

// Same is an open roll call that asks much of the same.
type Same struct {
	Period db.ID   `json:"period_id"`
	Title  Text    `json:"title"`
	By     string  `json:"by" doc:"the unit that asks"`
	DueAt  db.Time `json:"due_at"`
	Shared []Text  `json:"shared" doc:"the fields that both ask for"`
}

const branchesShown = 100

// load reckons a draft's burden on those it would ask.
func (s *Service) load(ctx context.Context, c Composition, path string) (out Load, err error) {
	q := s.DB.Read()
	now := s.Change.Now()
	c.Schedule.OpensAt = max(c.Schedule.OpensAt, now)
	first := c.Schedule.Period(1, 0, s.Zone(), s.Workdays)
	out.From, out.To = weekOf(first.DueAt, s.Zone())
	for t, ok := first, true; ok && t.DueAt < out.To; t, ok = c.Schedule.Next(t.Number, t.OpensAt, 0, s.Zone(), s.Workdays) {
		out.Times++
	}
	asked, err := c.Audience.ByUnit(ctx, q, path, c.ByUnits)
	if err != nil {
		return out, err
	}
	all, err := s.within(ctx, path, out.From, out.To)
	if err != nil {
		return out, err
	}
	already := map[db.ID]int64{}
	for _, x := range all {
		already[x.Unit] += x.together()
	}
	out.Branches = []BranchLoad{}
	for _, x := range asked {
		b := BranchLoad{Unit: x.UnitID, Name: x.Name, People: x.N, Already: already[x.UnitID]}
		if !c.Voluntary {
			b.Adds = out.Times * c.Minutes * x.N
		}
		out.Branches = append(out.Branches, b)
	}
	slices.SortStableFunc(out.Branches, func(x, y BranchLoad) int {
		return cmp.Compare((y.Already+y.Adds)*x.People, (x.Already+x.Adds)*y.People) // of each, not of the largest branch
	})
	if out.More = len(out.Branches) > branchesShown; out.More {
		out.Branches = out.Branches[:branchesShown]
	}
	return out, nil
}

// same finds open roll calls to people below a path whose form shares at least half of the smaller
// one's fields, or whose title is the same.
func (s *Service) same(ctx context.Context, id db.ID, c Composition, path string) ([]Same, error) {
	q := s.DB.Read()
	var open []place
	if err := db.Select(ctx, q, &open, placeSelect+`WHERE p.state = 'open' AND r.id <> $1 AND EXISTS (SELECT 1 FROM rollcall_count d WHERE d.period_id = p.id AND d.path >= $2 AND d.path < $3 AND d.expected > 0)
		ORDER BY p.due_at, p.id LIMIT 500`, id, path, org.PathEnd(path)); err != nil {
		return nil, err
	}
	own := map[string]bool{}
	for _, f := range c.Form.Fields {
		own[plain(f.Label.ZH)], own[plain(f.Label.EN)] = true, true
	}
	delete(own, "")
	out := []Same{}
	for _, p := range open {
		form, err := s.form(ctx, q, p.Rollcall, p.Newest)
		if err != nil {
			return nil, err
		}
		x := Same{Period: p.Period.ID, By: p.UnitName, DueAt: p.DueAt, Shared: []Text{}}
		if x.Title, err = p.title(); err != nil {
			return nil, err
		}
		for _, f := range form.Fields {
			if own[plain(f.Label.ZH)] || own[plain(f.Label.EN)] {
				x.Shared = append(x.Shared, f.Label)
			}
		}
		if 2*len(x.Shared) >= min(len(form.Fields), len(c.Form.Fields)) || plain(x.Title.ZH) == plain(c.Title.ZH) && x.Title.ZH != "" {
			out = append(out, x)
		}
	}
	return out, nil
}

// plain is a label without what two people write differently.
func plain(s string) string {
	return strings.ToLower(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t，。、：；？！,.:;?!()（）", r) }), ""))
}
