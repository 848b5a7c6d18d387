package meeting

import (
	"context"
	"time"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/org"
	"wozai/internal/profile"
)

// What the rules demand of a unit and how it stands. Pure but for reading the dates.

// DueState says how a demand stands.
type DueState string

// The states.
const (
	DueFree    DueState = "free"    // held as needed: nothing falls due by itself
	DueDone    DueState = "done"    // held as often as this period asks
	DuePlanned DueState = "planned" // what is missing is planned within the period
	DueOpen    DueState = "open"    // something is missing and nothing is planned yet
	DueLate    DueState = "late"    // the last whole period fell short and this one has nothing yet
)

// DueLine is one kind of meeting that a unit's kind holds.
type DueLine struct {
	Kind    string       `json:"kind"`
	Name    profile.Text `json:"name"`
	About   profile.Text `json:"about"`
	Rule    profile.Text `json:"rule" doc:"the demand in words"`
	Source  profile.Text `json:"source"`
	Per     string       `json:"per,omitempty" enum:"month,quarter,year"`
	Need    int          `json:"need"`
	Held    int          `json:"held" doc:"in the present period"`
	Planned int          `json:"planned" doc:"in the present period"`
	DueBy   db.Time      `json:"due_by" doc:"end of the period for what is missing; null when nothing is"`
	NextBy  db.Time      `json:"next_by" doc:"by when the next one is to be held: due_by, or the end of the next period when this one has all it asks; null when nothing falls due by itself"`
	State   DueState     `json:"state" enum:"free,done,planned,open,late"`
}

// Occasion is a meeting as the rules look at it.
type Occasion struct {
	At   time.Time
	Held bool // over; planned otherwise
}

// WorkOutDue says how one kind stands at an instant. loc is the organisation's time zone: periods
// are those of its calendar. A unit is late only for periods that it was there for whole, since.
func WorkOutDue(k profile.MeetingKind, list []Occasion, since, now time.Time, loc *time.Location) DueLine {
	d := DueLine{Kind: k.Key, Name: k.Name, About: k.About, Rule: k.Frequency.Words, Source: k.Frequency.Source, Per: string(k.Frequency.Per), Need: k.Frequency.AtLeast, State: DueFree}
	if k.Frequency.AtLeast == 0 {
		return d
	}
	start, end := period(k.Frequency.Per, now.In(loc))
	before, _ := period(k.Frequency.Per, start.Add(-time.Hour))
	last := 0
	for _, o := range list {
		at := o.At.In(loc)
		switch {
		case !at.Before(start) && at.Before(end) && o.Held:
			d.Held++
		case !at.Before(start) && at.Before(end):
			d.Planned++
		case !at.Before(before) && at.Before(start) && o.Held:
			last++
		}
	}
	d.NextBy = db.At(end)
	switch {
	case d.Held >= d.Need:
		_, next := period(k.Frequency.Per, end)
		d.State, d.NextBy = DueDone, db.At(next)
	case d.Held+d.Planned >= d.Need:
		d.State, d.DueBy = DuePlanned, db.At(end)
	case last < d.Need && d.Held+d.Planned == 0 && !since.After(before):
		d.State, d.DueBy = DueLate, db.At(end)
	default:
		d.State, d.DueBy = DueOpen, db.At(end)
	}
	return d
}

// period is the month, quarter or year around t.
func period(p profile.Period, t time.Time) (start, end time.Time) {
	y, m, _ := t.Date()
	switch p {
	case profile.Year:
		start = time.Date(y, 1, 1, 0, 0, 0, 0, t.Location())
		return start, start.AddDate(1, 0, 0)
	case profile.Quarter:
		start = time.Date(y, (m-1)/3*3+1, 1, 0, 0, 0, 0, t.Location())
		return start, start.AddDate(0, 3, 0)
	default:
		start = time.Date(y, m, 1, 0, 0, 0, 0, t.Location())
		return start, start.AddDate(0, 1, 0)
	}
}

// Due says what the rules demand of a unit: its members and those who arrange there may know.
func (s *Service) Due(ctx context.Context, actor access.Actor, unit db.ID) ([]DueLine, error) {
	u, err := org.GetUnit(ctx, s.DB.Read(), unit)
	if err != nil {
		return nil, err
	}
	if !actor.Can(access.MeetingOversee, u.Where()) {
		if err := actor.Require(access.MeetingRead, u.Where()); err != nil {
			return nil, err
		}
	}
	now := time.Now()
	var rows []struct {
		Kind     string  `db:"kind"`
		StartsAt db.Time `db:"starts_at"`
		Status   Status  `db:"status"`
	}
	if err := db.Select(ctx, s.DB.Read(), &rows, `SELECT kind, starts_at, status FROM meeting WHERE unit_id = $1 AND starts_at > $2 AND status IN ('announced', 'over') AND NOT practice`,
		unit, db.At(now.AddDate(-2, 0, 0))); err != nil {
		return nil, err
	}
	by := map[string][]Occasion{}
	for _, r := range rows {
		by[r.Kind] = append(by[r.Kind], Occasion{r.StartsAt.Std(), r.Status == Over})
	}
	out := []DueLine{}
	for _, k := range s.Profile().HeldBy(u.Kind) {
		out = append(out, WorkOutDue(k, by[k.Key], u.ValidFrom.Std(), now, s.Zone()))
	}
	return out, nil
}
