package rollcall

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/job"
	"wozai/internal/org"
)

// The steps of an opening, in their order. Each is done in parts that remember how far they came:
// a million people are asked without being held in memory, and a restart goes on where it was.
const (
	joining  = "joining"  // who is selected and was not asked before, or stands elsewhere now
	leaving  = "leaving"  // who was asked before and is not selected any more
	counting = "counting" // how many are expected where; the tree is kept with it
	telling  = "telling"  // it is open; everybody is told
)

// part is how many rows a step takes at once.
const part = 400

type openJob struct {
	Period db.ID `json:"period"`
}

// Kind implements river.JobArgs.
func (openJob) Kind() string { return "rollcall_open" }

type closeJob struct {
	Period   db.ID   `json:"period"`
	ClosesAt db.Time `json:"closes_at"` // a job for another time is outdated
}

// Kind implements river.JobArgs.
func (closeJob) Kind() string { return "rollcall_close" }

// Work registers what the queue does.
func (s *Service) Work(q *job.Queue) {
	job.Work(q, func(ctx context.Context, j openJob) error { return s.Freeze(ctx, j.Period) })
	job.Work(q, func(ctx context.Context, j closeJob) error { return s.closing(ctx, j) })
	job.Work(q, s.remind)
	job.Work(q, s.overdue)
	job.Work(q, func(ctx context.Context, j purgeJob) error {
		if err := s.purgeFiles(ctx, j.Period); err != nil {
			return err
		}
		return s.purge(ctx, j)
	})
	job.Work(q, s.mix)
	job.Work(q, s.keep)
	job.Work(q, func(ctx context.Context, _ looseJob) error { return s.RemoveLooseFiles(ctx) })
	q.Every(time.Hour, everyLoose)
}

func addPeriod(ctx context.Context, tx *change.Tx, rollcall db.ID, form int64, t Times) (db.ID, error) {
	id := tx.NewID()
	if err := tx.Exec(ctx, `INSERT INTO rollcall_period (id, rollcall_id, number, name, form_version, state, step, at_path, at_id, opens_at, due_at, closes_at) VALUES ($1, $2, $3, $4, $5, 'opening', 'joining', '', 0, $6, $7, $8)`,
		id, rollcall, t.Number, t.Name, form, t.OpensAt, t.DueAt, t.Closes); err != nil {
		return 0, err
	}
	var later *river.InsertOpts // at once it waits for no scheduler, which a node that has died may still be elected to be
	if t.OpensAt > tx.Now() {
		later = &river.InsertOpts{ScheduledAt: t.OpensAt.Std()}
	}
	return id, tx.Enqueue(ctx, openJob{id}, later)
}

// Freeze goes on with an opening until it is done: the job of a period, or who cannot wait for it.
func (s *Service) Freeze(ctx context.Context, period db.ID) error {
	for {
		if err := ctx.Err(); err != nil {
			return err // the rest of it is done by the next run
		}
		var more bool
		if err := s.Change.Do(ctx, access.SystemActor("job"), func(ctx context.Context, tx *change.Tx) (err error) {
			more, err = s.openPart(ctx, tx, period)
			return err
		}); err != nil || !more {
			return err
		}
	}
}

// over reports that a period is not to be opened any more: its roll call was ended, or the unit that asks
// is closed.
func (p place) over(ctx context.Context, q db.Querier) (bool, error) {
	if p.Period.State != Opening || p.Running == Ended {
		return p.Period.State == Opening, nil
	}
	u, err := org.GetUnit(ctx, q, p.row.Unit)
	return u.ValidTo != 0, err
}

// postponed puts a period off whose day is no working day any more: holidays are announced, and moved, after
// it was set.
func (s *Service) postponed(ctx context.Context, tx *change.Tx, p place) (bool, error) {
	if p.Step != joining || p.AtID != 0 || p.Period.State != Opening {
		return false, nil
	}
	sched, err := p.schedule()
	if err != nil || sched.Every != Workday {
		return false, err
	}
	day := p.OpensAt.Std().In(s.Zone())
	next := s.Workdays.Next(day)
	if next.Equal(day) {
		return false, nil
	}
	t := sched.on(Times{Number: p.Number, Name: next.Format(time.DateOnly)}, next)
	if err := tx.ExecOne(ctx, `UPDATE rollcall_period SET name = $1, opens_at = $2, due_at = $3, closes_at = $4 WHERE id = $5`, t.Name, t.OpensAt, t.DueAt, t.Closes, p.Period.ID); err != nil {
		return false, err
	}
	if err := tx.Enqueue(ctx, openJob{p.Period.ID}, &river.InsertOpts{ScheduledAt: next}); err != nil {
		return false, err
	}
	if err := tx.Event(ctx, p.topic(), "rollcall", p.Rollcall, p.Number); err != nil {
		return false, err
	}
	return true, tx.Audit(ctx, change.Record{Action: "rollcall.period_postponed", Subject: "rollcall", SubjectID: p.Rollcall, UnitID: p.row.Unit,
		Before: map[string]any{"opens_at": p.OpensAt}, After: map[string]any{"period": p.Period.ID, "opens_at": t.OpensAt}})
}

// openPart does one part of an opening and says whether more is to be done.
func (s *Service) openPart(ctx context.Context, tx *change.Tx, period db.ID) (more bool, err error) {
	p, err := readPlace(ctx, tx, period)
	if err != nil || p.Step == "" {
		return false, err
	}
	over, err := p.over(ctx, tx)
	if err != nil {
		return false, err
	}
	if over {
		tx.AppendOnly()
		if err := tx.Exec(ctx, `UPDATE rollcall SET state = 'ended', version = version + 1 WHERE id = $1 AND state = 'running'`, p.Rollcall); err != nil {
			return false, err
		}
		return false, tx.Exec(ctx, `UPDATE rollcall_period SET state = 'locked', step = '', locked_at = $1 WHERE id = $2`, tx.Now(), period)
	}
	if later, err := s.postponed(ctx, tx, p); err != nil || later {
		return false, err
	}
	tx.AppendOnly() // the audience is its own record; the opening is written down when it is done
	step, path, id := p.Step, "", db.ID(0)
	switch p.Step {
	case joining:
		if p.Voluntary {
			step = counting
			break
		}
		path, id, more, err = p.join(ctx, tx)
		if !more {
			step = leaving
			if p.Number == 1 {
				step = counting
			}
		}
	case leaving:
		if path, id, more, err = p.leave(ctx, tx); !more {
			step = counting
		}
	case counting:
		if id, more, err = p.count(ctx, tx); !more && err == nil {
			step, err = telling, s.opened(ctx, tx, p)
		}
	case telling:
		if path, id, more, err = p.tell(ctx, tx, s.Zone()); !more {
			step = ""
		}
	}
	if err != nil {
		return false, err
	}
	if !more {
		path, id = "", 0
	}
	return step != "", tx.ExecOne(ctx, `UPDATE rollcall_period SET step = $1, at_path = $2, at_id = $3 WHERE id = $4 AND step = $5 AND at_path = $6 AND at_id = $7`,
		step, path, id, period, p.Step, p.AtPath, p.AtID)
}

// selected reads the next part of who is to be asked; where is by which unit each is.
func (p place) selected(ctx context.Context, q db.Querier, n int) (part []org.Asked, where map[db.ID]db.ID, err error) {
	sel, err := p.selection()
	if err != nil {
		return nil, nil, err
	}
	after := org.Asked{Path: p.AtPath, ID: p.AtID}
	where = map[db.ID]db.ID{}
	if p.ByUnits {
		part, err = sel.Units(ctx, q, p.Path, after, n)
		for _, x := range part {
			where[x.UnitID] = x.UnitID
		}
		return part, where, err
	}
	if part, err = sel.People(ctx, q, p.Path, after, n); err != nil {
		return nil, nil, err
	}
	var people []db.ID
	for _, x := range part {
		people = append(people, x.PersonID)
	}
	where, err = sel.Of(ctx, q, p.Path, people)
	return part, where, err
}

func (p place) answerer(x org.Asked) db.ID {
	if p.ByUnits {
		return x.UnitID
	}
	return x.PersonID
}

func (p place) join(ctx context.Context, tx *change.Tx) (path string, id db.ID, more bool, err error) {
	rows, where, err := p.selected(ctx, tx, part)
	if err != nil {
		return "", 0, false, err
	}
	for _, x := range rows {
		path, id = x.Path, x.ID
		who := p.answerer(x)
		if where[who] != x.UnitID {
			continue // asked by another unit, which came first
		}
		if p.Number > 1 {
			var was db.ID
			found, err := db.Find(ctx, tx, &was, `SELECT unit_id FROM rollcall_audience WHERE answerer_id = $1 AND rollcall_id = $2 AND to_period = 0`, who, p.Rollcall)
			if err != nil {
				return "", 0, false, err
			}
			if found && was == x.UnitID {
				continue
			}
			if found {
				if err := p.end(ctx, tx, who); err != nil {
					return "", 0, false, err
				}
			}
		}
		if err := tx.Later(ctx, `INSERT INTO rollcall_audience (answerer_id, rollcall_id, from_period, unit_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`, who, p.Rollcall, p.Number, x.UnitID); err != nil {
			return "", 0, false, err
		}
	}
	return path, id, len(rows) == part, nil
}

// end says that an answerer was asked for the last time in the period before this one.
func (p place) end(ctx context.Context, tx *change.Tx, who db.ID) error {
	return tx.Exec(ctx, `UPDATE rollcall_audience SET to_period = $1 WHERE answerer_id = $2 AND rollcall_id = $3 AND to_period = 0`, p.Number-1, who, p.Rollcall)
}

// member is a row of the audience.
type member struct {
	Answerer db.ID `db:"answerer_id"`
	Unit     db.ID `db:"unit_id"`
}

// members reads the next part of a period's audience, behind a unit and an answerer in it.
func (p place) members(ctx context.Context, q db.Querier, unit, who db.ID, more string, n int) (out []member, err error) {
	return out, db.Select(ctx, q, &out, `SELECT a.answerer_id, a.unit_id FROM rollcall_audience a WHERE a.rollcall_id = $1 AND `+asks("$2")+`
		AND (a.unit_id, a.answerer_id) > ($3, $4)`+more+` ORDER BY a.unit_id, a.answerer_id LIMIT $5`, p.Rollcall, p.Number, unit, who, n)
}

func (p place) leave(ctx context.Context, tx *change.Tx) (path string, id db.ID, more bool, err error) {
	unit, _ := db.ParseID(p.AtPath)
	rows, err := p.members(ctx, tx, unit, p.AtID, " AND a.to_period = 0", part)
	if err != nil {
		return "", 0, false, err
	}
	sel, err := p.selection()
	if err != nil {
		return "", 0, false, err
	}
	var ids []db.ID
	for _, x := range rows {
		ids = append(ids, x.Answerer)
	}
	still := map[db.ID]bool{}
	if p.ByUnits {
		still, err = sel.UnitsOf(ctx, tx, p.Path, ids)
	} else {
		var of map[db.ID]db.ID
		of, err = sel.Of(ctx, tx, p.Path, ids)
		for who := range of {
			still[who] = true
		}
	}
	if err != nil {
		return "", 0, false, err
	}
	for _, x := range rows {
		path, id = x.Unit.String(), x.Answerer
		if !still[x.Answerer] {
			if err := p.end(ctx, tx, x.Answerer); err != nil {
				return "", 0, false, err
			}
		}
	}
	return path, id, len(rows) == part, nil
}

func (p place) count(ctx context.Context, tx *change.Tx) (id db.ID, more bool, err error) {
	const units = part / 8 // each with the units above it
	var rows []struct {
		Unit db.ID `db:"unit_id"`
		N    int64 `db:"n"`
	}
	if err := db.Select(ctx, tx, &rows, `SELECT a.unit_id, COUNT(*) AS n FROM rollcall_audience a WHERE a.rollcall_id = $1 AND `+asks("$2")+` AND a.unit_id > $3
		GROUP BY a.unit_id ORDER BY a.unit_id LIMIT $4`, p.Rollcall, p.Number, p.AtID, units); err != nil {
		return 0, false, err
	}
	for _, x := range rows {
		id = x.Unit
		if _, err := putCount(ctx, tx, p.Period.ID, x.Unit, x.N); err != nil {
			return 0, false, err
		}
	}
	return id, len(rows) == units, nil
}

// opened opens the period and sets what follows: reminders, its closing, the next period.
func (s *Service) opened(ctx context.Context, tx *change.Tx, p place) error {
	if err := tx.ExecOne(ctx, `UPDATE rollcall_period SET state = 'open' WHERE id = $1 AND state = 'opening'`, p.Period.ID); err != nil {
		return err
	}
	sched, err := p.schedule()
	if err != nil {
		return err
	}
	at := func(t db.Time) *river.InsertOpts { return &river.InsertOpts{ScheduledAt: t.Std()} }
	if err := tx.Enqueue(ctx, closeJob{p.Period.ID, p.ClosesAt}, at(p.ClosesAt)); err != nil {
		return err
	}
	if !p.Voluntary {
		if before := time.Duration(sched.RemindBefore) * time.Minute; before > 0 {
			if err := tx.Enqueue(ctx, remindJob{Period: p.Period.ID}, at(p.DueAt.Add(-before))); err != nil {
				return err
			}
		}
		if err := tx.Enqueue(ctx, overdueJob{Period: p.Period.ID}, at(p.DueAt)); err != nil {
			return err
		}
	}
	if next, ok := sched.Next(p.Number, p.OpensAt, tx.Now(), s.Zone(), s.Workdays); ok && p.Running == Running {
		if _, err := addPeriod(ctx, tx, p.Rollcall, p.Newest, next); err != nil {
			return err
		}
	}
	if err := tx.Event(ctx, p.topic(), "rollcall", p.Rollcall, p.Number); err != nil {
		return err
	}
	return tx.Audit(ctx, change.Record{Action: "rollcall.period_open", Subject: "rollcall", SubjectID: p.Rollcall, UnitID: p.row.Unit, After: map[string]any{"period": p.Period.ID, "number": p.Number}})
}

// notice is what is told about a period.
func (p place) notice(kind string, zone *time.Location) (change.Notice, error) {
	title, err := p.title()
	return change.Notice{Kind: kind, Subject: "rollcall", SubjectID: p.Period.ID, Params: map[string]any{
		"zh": title.ZH, "en": title.EN, "unit": p.UnitName, "due_on": p.DueAt.Std().In(zone).Format(time.DateOnly)}}, err
}

// tell tells everybody who is asked, or who may answer. What they still owe is worked out anew
// whenever they look (see Mine), so nothing has to be ticked off when they answer.
func (p place) tell(ctx context.Context, tx *change.Tx, zone *time.Location) (path string, id db.ID, more bool, err error) {
	const notices = part / 2
	n, err := p.notice("rollcall.opened", zone)
	if err != nil {
		return "", 0, false, err
	}
	if p.Voluntary {
		n.Kind = "rollcall.invited"
		rows, where, err := p.selected(ctx, tx, notices)
		for _, x := range rows {
			path, id = x.Path, x.ID
			if where[x.PersonID] == x.UnitID {
				if err := p.notify(ctx, tx, n, member{x.PersonID, x.UnitID}); err != nil {
					return "", 0, false, err
				}
			}
		}
		return path, id, len(rows) == notices, err
	}
	unit, _ := db.ParseID(p.AtPath)
	rows, err := p.members(ctx, tx, unit, p.AtID, "", notices)
	for _, x := range rows {
		path, id = x.Unit.String(), x.Answerer
		if err := p.notify(ctx, tx, n, x); err != nil {
			return "", 0, false, err
		}
	}
	return path, id, len(rows) == notices, err
}

func (p place) notify(ctx context.Context, tx *change.Tx, n change.Notice, to member) error {
	if p.ByUnits {
		return p.tellUnit(ctx, tx, to.Unit, n, 0)
	}
	n.PersonID = to.Answerer
	return tx.Notify(ctx, n)
}

func (s *Service) closing(ctx context.Context, j closeJob) error {
	return s.Change.Do(ctx, access.SystemActor("job"), func(ctx context.Context, tx *change.Tx) error {
		p, err := readPlace(ctx, tx, j.Period)
		if err != nil || p.Period.State != Open || p.ClosesAt != j.ClosesAt {
			return err
		}
		return lock(ctx, tx, p)
	})
}

func lock(ctx context.Context, tx *change.Tx, p place) error {
	if err := tx.ExecOne(ctx, `UPDATE rollcall_period SET state = 'locked', locked_at = $1 WHERE id = $2 AND state = 'open'`, tx.Now(), p.Period.ID); err != nil {
		return err
	}
	if p.Anonymous {
		for _, later := range []*river.InsertOpts{nil, {ScheduledAt: tx.Now().Add(inFlight).Std()}} {
			if err := tx.Enqueue(ctx, mixJob{p.Period.ID}, later); err != nil {
				return err
			}
		}
	}
	if err := p.purgeAfter(ctx, tx, p.ClosesAt); err != nil {
		return err
	}
	if err := keepLater(ctx, tx, p.Period.ID); err != nil {
		return err
	}
	if err := tx.Event(ctx, p.topic(), "rollcall", p.Rollcall, p.Number); err != nil {
		return err
	}
	return tx.Audit(ctx, change.Record{Action: "rollcall.lock", Subject: "rollcall", SubjectID: p.Rollcall, UnitID: p.row.Unit, After: map[string]any{"period": p.Period.ID}})
}
