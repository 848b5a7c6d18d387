package rollcall_test

import (
	"testing"
	"time"

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
		p := s.Period(c.n, berlin)
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
		if p, ok := s.Next(c.after, at(t, berlin, c.now), berlin); ok != (c.want != 0) || p.Number != c.want {
			t.Errorf("after %d at %s: %d (%v), want %d", c.after, c.now, p.Number, ok, c.want)
		}
	}
}
