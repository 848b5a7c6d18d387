package meeting

import (
	"testing"
	"time"

	"wozai/internal/profile"
)

func TestWhatTheRulesDemand(t *testing.T) {
	loc := time.FixedZone("CST", 8*3600)
	day := func(s string) time.Time {
		d, err := time.ParseInLocation("2006-01-02 15:04", s, loc)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	held, planned := func(s string) Occasion { return Occasion{day(s), true} }, func(s string) Occasion { return Occasion{day(s), false} }
	kind := func(n int, per profile.Period) profile.MeetingKind {
		return profile.MeetingKind{Frequency: profile.Frequency{AtLeast: n, Per: per}}
	}
	now := day("2020-02-20 09:00")
	for name, c := range map[string]struct {
		kind  profile.MeetingKind
		list  []Occasion
		state DueState
		due   string
		next  string // where it is not the same
	}{
		"nothing is demanded":                   {kind(0, ""), nil, DueFree, "", ""},
		"held this month":                       {kind(1, profile.Month), []Occasion{held("2020-02-03 14:00")}, DueDone, "", "2020-04-01 00:00"},
		"planned this month":                    {kind(1, profile.Month), []Occasion{planned("2020-02-27 14:00")}, DuePlanned, "2020-03-01 00:00", ""},
		"held last month, nothing yet":          {kind(1, profile.Month), []Occasion{held("2020-01-31 23:30")}, DueOpen, "2020-03-01 00:00", ""},
		"nothing last month either":             {kind(1, profile.Month), nil, DueLate, "2020-03-01 00:00", ""},
		"the quarter counts January":            {kind(1, profile.Quarter), []Occasion{held("2020-01-02 08:00")}, DueDone, "", "2020-07-01 00:00"},
		"half an hour into the month, not last": {kind(1, profile.Month), []Occasion{held("2020-02-01 00:30")}, DueDone, "", "2020-04-01 00:00"},
		"two in the year, one held":             {kind(2, profile.Year), []Occasion{held("2020-01-15 08:00"), held("2019-12-31 23:59")}, DueOpen, "2021-01-01 00:00", ""},
		"late but one is planned":               {kind(1, profile.Month), []Occasion{planned("2020-02-28 08:00")}, DuePlanned, "2020-03-01 00:00", ""},
	} {
		got := WorkOutDue(c.kind, c.list, day("2019-01-01 00:00"), now.UTC(), loc)
		if got.State != c.state {
			t.Errorf("%s: %s, want %s", name, got.State, c.state)
		}
		if c.due == "" && got.DueBy != 0 || c.due != "" && !got.DueBy.Std().Equal(day(c.due)) {
			t.Errorf("%s: due by %v, want %q", name, got.DueBy.Std(), c.due)
		}
		if c.next == "" {
			c.next = c.due
		}
		if c.next == "" && got.NextBy != 0 || c.next != "" && !got.NextBy.Std().Equal(day(c.next)) {
			t.Errorf("%s: next by %v, want %q", name, got.NextBy.Std(), c.next)
		}
	}
	// A branch founded in mid-January did not miss January.
	if got := WorkOutDue(kind(1, profile.Month), nil, day("2020-01-15 00:00"), now, loc); got.State != DueOpen {
		t.Errorf("founded last month: %s", got.State)
	}
}
