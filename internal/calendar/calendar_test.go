package calendar_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wozai/internal/calendar"
)

func date(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

// The days of 2026 as the State Council's General Office announced them on 4 November 2025, and some
// of other years.
func TestChina(t *testing.T) {
	var c calendar.Calendar
	for day, want := range map[string]string{
		"2020-01-23": "work", "2020-01-24": "off 春节", "2020-02-02": "off 春节", "2020-02-03": "work", // made longer by the epidemic
		"2026-01-01": "off 元旦节", "2026-01-03": "off 元旦节", "2026-01-04": "work 元旦节",
		"2026-02-13": "work", "2026-02-14": "work 春节", "2026-02-15": "off 春节", "2026-02-23": "off 春节", "2026-02-24": "work", "2026-02-28": "work 春节",
		"2026-04-06": "off 清明节", "2026-05-05": "off 劳动节", "2026-05-09": "work 劳动节", "2026-06-19": "off 端午节",
		"2026-09-20": "work 国庆节", "2026-09-25": "off 中秋节", "2026-10-07": "off 国庆节", "2026-10-08": "work", "2026-10-10": "work 国庆节",
		"2026-10-17": "off", "2026-11-25": "work",
	} {
		got := map[bool]string{true: "work", false: "off"}[c.Working(date(day))]
		if name := c.Holiday(date(day)); name != "" {
			got += " " + name
		}
		if got != want {
			t.Errorf("%s: %s, want %s", day, got, want)
		}
	}
	if !c.Known(2026) || c.Known(2101) {
		t.Error("which years are known")
	}
	if got := c.Next(date("2026-02-15")).Format(time.DateOnly); got != "2026-02-24" {
		t.Errorf("after the Spring Festival: %s", got)
	}
	if got := c.Next(date("2101-01-01")).Format(time.DateOnly); got != "2101-01-03" {
		t.Errorf("of a year that is not known, weekends are: %s", got)
	}
}

// A day is that of the zone: midnight in Shanghai is the evening before in London.
func TestADayIsThatOfItsZone(t *testing.T) {
	var c calendar.Calendar
	at := time.Date(2026, 2, 23, 16, 30, 0, 0, time.UTC)
	if c.Working(at) || !c.Working(at.In(time.FixedZone("", 8*3600))) {
		t.Error("the zone does not decide")
	}
}

func TestAFileDecidesForItsYears(t *testing.T) {
	path := filepath.Join(t.TempDir(), "days")
	if err := os.WriteFile(path, []byte("\ufeff# of the works\r\n2026-02-13 off 厂 庆\r\n\r\n2026-02-14 work # a Saturday\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := calendar.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]bool{"2026-02-13": false, "2026-02-14": true, "2026-02-15": false, "2026-02-16": true, "2026-05-01": true, "2025-05-01": false} {
		if c.Working(date(day)) != want {
			t.Errorf("%s worked: %v", day, !want)
		}
	}
	if name := c.Holiday(date("2026-02-13")); name != "厂 庆" {
		t.Errorf("the name: %s", name)
	}
	for _, bad := range []string{"2026-02-30 off", "2026-02-13", "2026-02-13 maybe", "2026-02-13 off\n2026-02-13 work"} {
		if _, err := calendar.Read(strings.NewReader(bad)); err == nil || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := calendar.Open(filepath.Join(t.TempDir(), "absent")); err == nil {
		t.Error("a file that is not there was read")
	}
	var all strings.Builder
	for d := date("2030-01-01"); d.Before(date("2032-01-01")); d = d.AddDate(0, 0, 1) {
		all.WriteString(d.Format(time.DateOnly) + " off\n")
	}
	idle, err := calendar.Read(strings.NewReader(all.String()))
	if err != nil || !idle.Next(date("2030-01-01")).Equal(date("2030-01-01")) {
		t.Errorf("a year without a day to work: %v", err)
	}
}
