package rollcall

import (
	"fmt"
	"time"

	"wozai/internal/db"
	"wozai/internal/fault"
)

// Every says how often a roll call is repeated.
type Every string

// How often.
const (
	Once    Every = "once"
	Day     Every = "day"
	Workday Every = "workday" // by the calendar of holidays
	Week    Every = "week"
	Month   Every = "month"
)

// Workdays knows the days that are worked; package calendar does.
type Workdays interface {
	// Next is the first worked day from a day on, at the same time on the clock.
	Next(day time.Time) time.Time
}

// Schedule is when the periods of a roll call open and close.
type Schedule struct {
	Every        Every   `json:"every" enum:"once,day,workday,week,month"`
	OpensAt      db.Time `json:"opens_at" doc:"the first opening; null: at once; of working days on the first one from then on"`
	DueAfter     int64   `json:"due_after" minimum:"1" doc:"minutes after opening until when an answer is on time"`
	CloseAfter   int64   `json:"close_after" minimum:"1" doc:"minutes after opening when it is locked; late until then"`
	Until        db.Time `json:"until" doc:"no period opens after that; null: until it is ended"`
	RemindBefore int64   `json:"remind_before,omitempty" minimum:"0" doc:"minutes before it is due; 0: nobody is reminded by itself"`
}

const maxMinutes = 366 * 24 * 60

func (s Schedule) check(c *fault.Check) {
	switch s.Every {
	case Once, Day, Workday, Week, Month:
	default:
		c.Add("schedule.every", "choice")
	}
	c.If(s.DueAfter < 1 || s.DueAfter > maxMinutes, "schedule.due_after", "range", "min", 1, "max", maxMinutes)
	c.If(s.CloseAfter < s.DueAfter || s.CloseAfter > maxMinutes, "schedule.close_after", "range", "min", s.DueAfter, "max", maxMinutes)
	c.If(s.RemindBefore < 0 || s.RemindBefore > 0 && s.RemindBefore >= s.DueAfter, "schedule.remind_before", "range", "min", 0, "max", s.DueAfter-1)
	c.If(s.Until != 0 && s.Until < s.OpensAt, "schedule.until", "date")
}

// Times are those of one period.
type Times struct {
	Number  int64
	Name    string
	OpensAt db.Time
	DueAt   db.Time
	Closes  db.Time
}

// Period works out a period, from 1. zone is the organisation's: a day has the same time on the
// clock, however long it lasts, and a month that has no 31st opens on its last day. A working day
// follows last, when the period before opened: what is announced of holidays meanwhile counts no day
// twice and passes none over.
func (s Schedule) Period(n int64, last db.Time, zone *time.Location, days Workdays) Times {
	first := s.OpensAt.Std().In(zone)
	at, steps := first, int(n-1)
	t := Times{Number: n}
	switch s.Every {
	case Day:
		at = first.AddDate(0, 0, steps)
		t.Name = at.Format(time.DateOnly)
	case Workday:
		if at = days.Next(first); n > 1 {
			y, m, d := last.Std().In(zone).Date()
			at = days.Next(time.Date(y, m, d+1, first.Hour(), first.Minute(), first.Second(), first.Nanosecond(), zone))
		}
		t.Name = at.Format(time.DateOnly)
	case Week:
		at = first.AddDate(0, 0, 7*steps)
		y, w := at.ISOWeek()
		t.Name = fmt.Sprintf("%d-W%02d", y, w)
	case Month:
		at = first.AddDate(0, steps, 0)
		if at.Day() != first.Day() { // it ran over into the next month
			at = at.AddDate(0, 0, -at.Day())
		}
		t.Name = at.Format("2006-01")
	}
	return s.on(t, at)
}

// on sets the times of a period that opens at an instant.
func (s Schedule) on(t Times, at time.Time) Times {
	t.OpensAt = db.At(at)
	t.DueAt = t.OpensAt.Add(time.Duration(s.DueAfter) * time.Minute)
	t.Closes = t.OpensAt.Add(time.Duration(s.CloseAfter) * time.Minute)
	return t
}

// Next is the period to open after number n, which opened at last, leaving out those that are over by
// now; ok is false when there is none.
func (s Schedule) Next(n int64, last, now db.Time, zone *time.Location, days Workdays) (Times, bool) {
	if s.Every == Once && n > 0 {
		return Times{}, false
	}
	for {
		n++
		t := s.Period(n, last, zone, days)
		if s.Until != 0 && t.OpensAt > s.Until {
			return Times{}, false
		}
		if s.Every == Once || t.Closes > now {
			return t, true
		}
		last = t.OpensAt
	}
}
