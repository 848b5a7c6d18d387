package rollcall_test

import (
	"testing"
	"time"

	"wozai/internal/calendar"
	"wozai/internal/db"
	"wozai/internal/rollcall"
)

func at(t *testing.T, zone *time.Location, s string) db.Time {
	t.Helper()
	v, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
	if err != nil {
		t.Fatal(err)
	}
	return db.At(v)
}

func TestPeriods(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		every       rollcall.Every
		first       string
		n           int64
		name, opens string
	}{
		{rollcall.Once, "2020-02-14 09:00", 1, "", "2020-02-14 09:00"},
		{rollcall.Day, "2020-02-28 09:00", 3, "2020-03-01", "2020-03-01 09:00"},
		{rollcall.Day, "2020-03-28 09:00", 2, "2020-03-29", "2020-03-29 09:00"}, // a day of 23 hours
		{rollcall.Week, "2020-12-28 09:00", 2, "2021-W01", "2021-01-04 09:00"},
		{rollcall.Month, "2020-01-31 09:00", 2, "2020-02", "2020-02-29 09:00"},
		{rollcall.Month, "2020-01-31 09:00", 3, "2020-03", "2020-03-31 09:00"},
	} {
		s := rollcall.Schedule{Every: c.every, OpensAt: at(t, berlin, c.first), DueAfter: 60, CloseAfter: 90}
		p := s.Period(c.n, 0, berlin, nil)
		if want := at(t, berlin, c.opens); p.Name != c.name || p.OpensAt != want || p.DueAt != want.Add(time.Hour) || p.Closes != want.Add(90*time.Minute) {
			t.Errorf("%s %d from %s: %s at %s", c.every, c.n, c.first, p.Name, p.OpensAt.Std().In(berlin))
		}
	}
	s := rollcall.Schedule{Every: rollcall.Day, OpensAt: at(t, berlin, "2020-02-01 09:00"), DueAfter: 60, CloseAfter: 120, Until: at(t, berlin, "2020-02-05 10:00")}
	for _, c := range []struct {
		after int64
		now   string
		want  int64
	}{{0, "2020-02-01 08:00", 1}, {1, "2020-02-01 12:00", 2}, {1, "2020-02-04 10:59", 4}, {1, "2020-02-04 11:00", 5}, {5, "2020-02-05 09:00", 0}} {
		if p, ok := s.Next(c.after, 0, at(t, berlin, c.now), berlin, nil); ok != (c.want != 0) || p.Number != c.want {
			t.Errorf("after %d at %s: %d (%v), want %d", c.after, c.now, p.Number, ok, c.want)
		}
	}
}

// Working days follow the calendar, and keep to the time on the clock when it is late by some.
func TestPeriodsOfWorkingDays(t *testing.T) {
	china := time.FixedZone("", 8*3600)
	s := rollcall.Schedule{Every: rollcall.Workday, OpensAt: at(t, china, "2026-02-13 00:30"), DueAfter: 60, CloseAfter: 120}
	days := &calendar.Calendar{}
	p := s.Period(1, 0, china, days)
	for n, want := range []string{"2026-02-13", "2026-02-14", "2026-02-24"} { // a Saturday is worked, then it is Spring Festival
		if p.Name != want || p.Number != int64(n+1) || p.OpensAt != at(t, china, want+" 00:30") {
			t.Errorf("period %d: %s at %s, want %s", p.Number, p.Name, p.OpensAt.Std().In(china), want)
		}
		var ok bool
		if p, ok = s.Next(p.Number, p.OpensAt, p.OpensAt, china, days); !ok {
			t.Fatal("no next one")
		}
	}
	if p, _ := s.Next(3, at(t, china, "2026-02-24 00:30"), at(t, china, "2026-03-02 03:00"), china, days); p.Name != "2026-03-03" || p.Number != 9 {
		t.Errorf("after a week without the server: %d, %s", p.Number, p.Name)
	}
	s.OpensAt = at(t, china, "2026-05-01 09:00")
	if p := s.Period(1, 0, china, days); p.Name != "2026-05-06" {
		t.Errorf("begun on a holiday: %s", p.Name)
	}
}
