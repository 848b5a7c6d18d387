package rollcall

import "wozai/internal/db"

// AnswerKind says what sort of answer it is. The fourth, missing, is the one that is not there.
type AnswerKind string

// The answers.
const (
	Value         AnswerKind = "value"
	Nil           AnswerKind = "nil" // signed: there is nothing to report
	NotApplicable AnswerKind = "na"  // with a reason
)

// AnswerState is how far an answer is on its way.
type AnswerState string

// The states.
const (
	In       AnswerState = "in"       // handed in; a unit's return waits to be checked
	Returned AnswerState = "returned" // sent back with a reason: not received any more
	Accepted AnswerState = "accepted" // at the top
)

// tally is what is counted in one unit, without those below. Late is received less on time,
// missing expected less received less excused: no figure can exceed the whole.
type tally struct {
	Expected     int64 `db:"expected"`
	Received     int64 `db:"received"`
	OnTime       int64 `db:"on_time"`
	Nils         int64 `db:"nils"`
	Inapplicable int64 `db:"inapplicable"`
	Excused      int64 `db:"excused"`
}

// standing is all that decides how one answerer counts.
type standing struct {
	Kind    AnswerKind  `db:"kind"` // "" without an answer
	State   AnswerState `db:"state"`
	FirstAt db.Time     `db:"first_at"`
	Excused int64       `db:"excused"` // 1: an excuse is there; it counts while no answer does
}

// tally is what one answerer adds to the unit's counts.
func (s standing) tally(due db.Time) (t tally) {
	if s.Kind == "" || s.State == Returned {
		t.Excused = s.Excused
		return t
	}
	t.Received = 1
	if s.FirstAt <= due {
		t.OnTime = 1
	}
	switch s.Kind {
	case Nil:
		t.Nils = 1
	case NotApplicable:
		t.Inapplicable = 1
	}
	return t
}

func (t tally) plus(u tally) tally {
	return tally{t.Expected + u.Expected, t.Received + u.Received, t.OnTime + u.OnTime, t.Nils + u.Nils, t.Inapplicable + u.Inapplicable, t.Excused + u.Excused}
}

func (t tally) minus(u tally) tally {
	return tally{t.Expected - u.Expected, t.Received - u.Received, t.OnTime - u.OnTime, t.Nils - u.Nils, t.Inapplicable - u.Inapplicable, t.Excused - u.Excused}
}

// Counts are the figures of a unit with everything below it. Of a voluntary roll call there are
// no expected, missing or excused: they are null.
type Counts struct {
	Expected     *int64 `json:"expected" doc:"asked when the period was opened"`
	Received     int64  `json:"received" doc:"answers that stand; what was sent back is none until it is handed in again"`
	OnTime       int64  `json:"on_time" doc:"received whose first version came before it was due"`
	Late         int64  `json:"late"`
	Nils         int64  `json:"nils" doc:"received that report nothing"`
	Inapplicable int64  `json:"inapplicable" doc:"received that say it does not apply to them"`
	Excused      *int64 `json:"excused" doc:"excused by their unit and without an answer"`
	Missing      *int64 `json:"missing" doc:"expected, neither received nor excused"`
}

func (t tally) counts(voluntary bool) Counts {
	c := Counts{Received: t.Received, OnTime: t.OnTime, Late: t.Received - t.OnTime, Nils: t.Nils, Inapplicable: t.Inapplicable}
	if !voluntary {
		missing := t.Expected - t.Received - t.Excused
		c.Expected, c.Excused, c.Missing = &t.Expected, &t.Excused, &missing
	}
	return c
}
