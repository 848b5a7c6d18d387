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
	Once  Every = "once"
	Day   Every = "day"
	Week  Every = "week"
	Month Every = "month"
)

// Schedule is when the periods of a roll call open and close.
type Schedule struct {
	Every        Every   `json:"every" enum:"once,day,week,month"`
	OpensAt      db.Time `json:"opens_at" doc:"the first opening; null: at once"`
	DueAfter     int64   `json:"due_after" minimum:"1" doc:"minutes after opening until when an answer is on time"`
	CloseAfter   int64   `json:"close_after" minimum:"1" doc:"minutes after opening when it is locked; late until then"`
	Until        db.Time `json:"until" doc:"no period opens after that; null: until it is ended"`
	RemindBefore int64   `json:"remind_before,omitempty" minimum:"0" doc:"minutes before it is due; 0: nobody is reminded by itself"`
}

const maxMinutes = 366 * 24 * 60

func (s Schedule) check(c *fault.Check) {
	switch s.Every {
	case Once, Day, Week, Month:
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
// clock, however long it lasts, and a month that has no 31st opens on its last day.
func (s Schedule) Period(n int64, zone *time.Location) Times {
	first := s.OpensAt.Std().In(zone)
	at, steps := first, int(n-1)
	t := Times{Number: n}
	switch s.Every {
	case Day:
		at = first.AddDate(0, 0, steps)
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
	t.OpensAt = db.At(at)
	t.DueAt = t.OpensAt.Add(time.Duration(s.DueAfter) * time.Minute)
	t.Closes = t.OpensAt.Add(time.Duration(s.CloseAfter) * time.Minute)
	return t
}

// Next is the period to open after number n, leaving out those that are over by now; ok is false
// when there is none.
func (s Schedule) Next(n int64, now db.Time, zone *time.Location) (Times, bool) {
	if s.Every == Once && n > 0 {
		return Times{}, false
	}
	for {
		n++
		t := s.Period(n, zone)
		if s.Until != 0 && t.OpensAt > s.Until {
			return Times{}, false
		}
		if s.Every == Once || t.Closes > now {
			return t, true
		}
	}
}
