// Package calendar says which days are worked: Monday to Friday, but for public holidays and with the
// days that are worked in exchange. It knows China's as the State Council announces them, a year at a
// time; an operator's file says otherwise, or what was announced since.
package calendar

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/6tail/lunar-go/HolidayUtil"
)

// Calendar answers for days. The zero Calendar knows China's holidays. It is never changed.
type Calendar struct {
	days  map[string]day // of the file, by date
	years map[int]bool   // that the file speaks of: it alone decides there
}

type day struct {
	working bool
	name    string
}

// Open reads an operator's file, see Read; without a path it is China's calendar.
func Open(path string) (*Calendar, error) {
	if path == "" {
		return &Calendar{}, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	defer f.Close()
	c, err := Read(f)
	if err != nil {
		return nil, fmt.Errorf("calendar: %s: %w", path, err)
	}
	return c, nil
}

// Read reads one day a line, "2026-02-15 off 春节" or "2026-02-14 work", # before a remark. Of the years
// it names a day in it alone decides, so that a correction needs no trace of what is wrong here.
func Read(r io.Reader) (*Calendar, error) {
	c := &Calendar{days: map[string]day{}, years: map[int]bool{}}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line, _, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "\ufeff"), "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		at, err := time.Parse(time.DateOnly, words[0])
		if err != nil || len(words) < 2 || words[1] != "off" && words[1] != "work" {
			return nil, fmt.Errorf("line %d: want a day and whether it is worked, as in 2026-02-15 off 春节 or 2026-02-14 work", n)
		}
		if _, twice := c.days[words[0]]; twice {
			return nil, fmt.Errorf("line %d: %s stands there already", n, words[0])
		}
		c.days[words[0]] = day{words[1] == "work", strings.Join(words[2:], " ")}
		c.years[at.Year()] = true
	}
	return c, lines.Err()
}

// Known reports whether the holidays of a year are known. Of another year only weekends are.
func (c *Calendar) Known(year int) bool {
	return c.years[year] || HolidayUtil.GetHolidaysByYear(year).Len() > 0
}

// Holiday names the holiday that a day belongs to, or is worked in exchange for; "" for other days.
func (c *Calendar) Holiday(at time.Time) string {
	d, _ := c.day(at)
	return d.name
}

// Working reports whether a day is worked, in the zone that the time is in.
func (c *Calendar) Working(at time.Time) bool {
	if d, found := c.day(at); found {
		return d.working
	}
	return at.Weekday() != time.Saturday && at.Weekday() != time.Sunday
}

func (c *Calendar) day(at time.Time) (day, bool) {
	if c.years[at.Year()] {
		d, found := c.days[at.Format(time.DateOnly)]
		return d, found
	}
	if h := HolidayUtil.GetHolidayByYmd(at.Year(), int(at.Month()), at.Day()); h != nil {
		return day{h.IsWork(), h.GetName()}, true
	}
	return day{}, false
}

// Next is the first worked day from a day on, at the same time on the clock.
func (c *Calendar) Next(at time.Time) time.Time {
	for n := range 366 {
		if next := at.AddDate(0, 0, n); c.Working(next) {
			return next
		}
	}
	return at // a file that lets a whole year off: nobody waits for ever
}
