package rollcall

import (
	"context"
	"encoding/json"

	"github.com/riverqueue/river"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
)

// A locked period hardly changes any more: what it came to is kept, and a trend over many periods reads a
// row of each instead of all their answers. What does change it (an exception's answer, a correction, an
// excuse, something sent back) counts up the period's changes in the same transaction, and what was kept
// before holds no longer.

// counted is what a field adds up to. A field is its key and its kind: an answer is counted by the form
// under which it was given, whatever the key stands for later.
type counted struct {
	Kind FieldKind `json:"kind"`
	Figure
}

// outcome is what a period came to in a unit and below.
type outcome struct {
	Counts  tally     `json:"counts"`
	Figures []counted `json:"figures"`
}

// tell gives the figures of a form's fields, empty ones where nobody filled anything in.
func (k outcome) tell(form *Compiled) []Figure {
	out := []Figure{}
	for _, f := range form.Fields {
		if !f.figured() {
			continue
		}
		figure := Figure{Key: f.Key}
		for _, x := range k.Figures {
			if x.Key == f.Key && x.Kind == f.Kind {
				figure = x.Figure
			}
		}
		out = append(out, figure)
	}
	return out
}

// touched says that a period's answers changed: nothing that was kept of it holds.
func touched(ctx context.Context, tx *change.Tx, period db.ID, state PeriodState) error {
	if state != Locked {
		return nil // nothing is kept yet
	}
	return tx.Exec(ctx, `UPDATE rollcall_period SET changes = changes + 1 WHERE id = $1`, period)
}

// recall finds what is kept of a period; found is false when it has to be added up.
func recall(ctx context.Context, q db.Querier, period, unit db.ID) (k outcome, found bool, err error) {
	var text string
	if found, err = db.Find(ctx, q, &text, `SELECT k.content FROM rollcall_kept k JOIN rollcall_period p ON p.id = k.period_id AND p.changes = k.changes WHERE k.period_id = $1 AND k.unit_id = $2`, period, unit); err != nil || !found {
		return k, false, err
	}
	return k, true, json.Unmarshal([]byte(text), &k)
}

// came says what a period came to in a unit and below, and keeps it once that is settled. With the faults
// of count there are the counts alone.
func (s *Service) came(ctx context.Context, p place, unit db.ID) (k outcome, err error) {
	q := s.DB.Read()
	k, found, err := recall(ctx, q, p.Period.ID, unit)
	if err != nil || found {
		return k, err
	}
	var before struct { // what may be kept is what was there before it was added up
		Changes  int64       `db:"changes"`
		State    PeriodState `db:"state"`
		LockedAt db.Time     `db:"locked_at"`
	}
	if err := db.Get(ctx, q, &before, `SELECT changes, state, locked_at FROM rollcall_period WHERE id = $1`, p.Period.ID); err != nil {
		return k, err
	}
	if k.Counts, err = subtree(ctx, q, p.Period.ID, unit); err != nil {
		return k, err
	}
	if k.Figures, err = s.count(ctx, p, unit); err != nil {
		return k, err
	}
	if before.State != Locked || s.Change.Now() < before.LockedAt.Add(inFlight) {
		return k, nil
	}
	text, err := json.Marshal(k)
	if err != nil {
		return k, err
	}
	// Where it cannot be kept (the disk is full) it is added up again: reading goes on.
	_ = s.Change.Do(ctx, access.SystemActor("job"), func(ctx context.Context, tx *change.Tx) error {
		tx.AppendOnly() // it says nothing that the answers do not
		var now int64
		if err := db.Get(ctx, tx, &now, `SELECT changes FROM rollcall_period WHERE id = $1`, p.Period.ID); err != nil || now != before.Changes {
			return err
		}
		return tx.Exec(ctx, `INSERT INTO rollcall_kept (period_id, unit_id, changes, content) VALUES ($1, $2, $3, $4)
			ON CONFLICT (period_id, unit_id) DO UPDATE SET changes = excluded.changes, content = excluded.content`, p.Period.ID, unit, before.Changes, string(text))
	})
	return k, nil
}

// count adds up the answers of a unit and its subtree, one by one. Faults: conflict rollcall_anonymous (a
// part of an anonymous one), rollcall_unmixed, rollcall_few.
func (s *Service) count(ctx context.Context, p place, unit db.ID) (out []counted, err error) {
	type field struct {
		key  string
		kind FieldKind
	}
	places := map[field]int{}
	add := func(version int64, v Values) error {
		form, err := s.form(ctx, s.DB.Read(), p.Rollcall, version)
		if err != nil {
			return err
		}
		for _, f := range form.Fields {
			if !f.figured() {
				continue
			}
			i, there := places[field{f.Key, f.Kind}]
			if !there {
				i = len(out)
				places[field{f.Key, f.Kind}] = i
				out = append(out, counted{f.Kind, Figure{Key: f.Key}})
			}
			out[i].add(v[f.Key])
		}
		return nil
	}
	if p.Anonymous {
		if unit != p.row.Unit {
			return nil, fault.Conflict("rollcall_anonymous")
		}
		return out, s.eachBallot(ctx, p, func(v Values) error { return add(p.Newest, v) })
	}
	err = s.each(ctx, p, unit, func(x answerRow) error {
		var v Values
		if err := json.Unmarshal([]byte(x.Content), &v); err != nil {
			return err
		}
		return add(x.FormVersion, v)
	})
	return out, err
}

// keepJob keeps what a period came to as a whole, as soon as that is settled.
type keepJob struct {
	Period db.ID `json:"period"`
}

// Kind implements river.JobArgs.
func (keepJob) Kind() string { return "rollcall_keep" }

func keepLater(ctx context.Context, tx *change.Tx, period db.ID) error {
	return tx.Enqueue(ctx, keepJob{period}, &river.InsertOpts{ScheduledAt: tx.Now().Add(inFlight).Std()})
}

func (s *Service) keep(ctx context.Context, j keepJob) error {
	p, err := readPlace(ctx, s.DB.Read(), j.Period)
	if err != nil {
		return err
	}
	if _, err = s.came(ctx, p, p.row.Unit); fault.Is(err, fault.KindConflict) {
		return nil // nothing that may be shown
	}
	return err
}
