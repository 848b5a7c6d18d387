package app

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"wozai/internal/change"
	"wozai/internal/config"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/meeting"
	_ "wozai/internal/testkit" // the tests' machine stands in New York
)

// The organisation's month is neither the machine's nor Greenwich's: half an hour before its end
// and half an hour after its beginning belong to it, wherever the server runs.
func TestAMonthIsTheOrganisations(t *testing.T) {
	f := newFixture(t)
	ctx := context.Background()
	shanghai := f.app.Install.Zone()
	if shanghai.String() != "Asia/Shanghai" || time.Local.String() != "America/New_York" {
		t.Fatalf("installation in %s, machine in %s: the test tells nothing", shanghai, time.Local)
	}
	officer := f.actor(officerA)
	y, m, _ := time.Now().In(shanghai).Date()
	first := time.Date(y, m, 1, 0, 0, 0, 0, shanghai)
	for _, at := range []time.Time{first.Add(30 * time.Minute), first.AddDate(0, 1, 0).Add(-30 * time.Minute)} {
		id, err := f.app.Meeting.Create(ctx, officer, f.a.ID, meeting.Arrangement{Kind: "committee", Theme: "月末月初", StartsAt: db.At(time.Now().Add(time.Hour)), EndsAt: db.At(time.Now().Add(2 * time.Hour))})
		if err == nil {
			err = f.app.Meeting.Announce(ctx, officer, id, 1)
		}
		if err != nil {
			t.Fatal(err)
		}
		f.do(func(ctx context.Context, tx *change.Tx) error { // also into the past, where nobody can announce
			if err := tx.ExecOne(ctx, `UPDATE meeting SET starts_at = $1, ends_at = $2 WHERE id = $3`, db.At(at), db.At(at.Add(10*time.Minute)), id); err != nil {
				return err
			}
			return tx.Audit(ctx, change.Record{Action: "test", Subject: "meeting", SubjectID: id})
		})
	}

	due, err := f.app.Meeting.Due(ctx, officer, f.a.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range due {
		if d.Kind == "committee" && (d.Planned != 2 || !d.NextBy.Std().Equal(first.AddDate(0, 1, 0))) {
			t.Errorf("due: %d planned in the month, next by %s", d.Planned, d.NextBy.Std().In(shanghai))
		}
	}
	planned := func(day time.Time) int {
		o, err := f.app.Records.Overview(ctx, officer, f.a.ID, meeting.OverviewFilter{Day: day, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, own := range o.Own {
			if own.Theme == "月末月初" {
				n++
			}
		}
		if k := o.Kinds; len(k) == 0 {
			t.Fatal("nothing falls due")
		}
		return n
	}
	if n := planned(first.AddDate(0, 0, 14)); n != 2 {
		t.Errorf("overview: %d of 2 in their month", n)
	}

	links, err := f.app.Meeting.Links(ctx, officer, f.meeting, []db.ID{f.person[memberA]}, "https://wozai.test/j")
	if err != nil {
		t.Fatal(err)
	}
	var starts db.Time
	f.get(&starts, `SELECT starts_at FROM meeting WHERE id = $1`, f.meeting)
	if want := starts.Std().In(shanghai).Format("15:04"); !strings.Contains(links[0].Text, want) {
		t.Errorf("the invitation says %q, not %s", links[0].Text, want)
	}
}

func TestTheFirstRunChoosesTheTimeZone(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	open := func(zone string) *App {
		t.Helper()
		a, err := New(ctx, config.Server{Addr: "localhost:0", Data: dir, Timezone: zone}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := open("")
	in := SetupInput{Organisation: "Test", Profile: "association", Lang: "en", Name: "x", Login: "keeper", Password: "correct horse battery"}
	for _, bad := range []string{"Mars/Olympus", "Local", "../../etc/passwd"} {
		in.Timezone = bad
		var fa *fault.Fault
		if err := a.Install.setup(ctx, in); !errors.As(err, &fa) || len(fa.Fields) != 1 || fa.Fields[0].Field != "timezone" {
			t.Errorf("%q is taken for a time zone: %v", bad, err)
		}
	}
	in.Timezone = "Europe/Lisbon"
	if err := a.Install.setup(ctx, in); err != nil {
		t.Fatal(err)
	}
	zone := a.Install.Zone().String()
	a.Close()
	if zone != "Europe/Lisbon" {
		t.Errorf("right after the first run: %s", zone)
	}

	a = open("")
	zone = a.Install.Zone().String()
	a.Close()
	if zone != "Europe/Lisbon" {
		t.Errorf("after a restart: %s", zone)
	}
	a = open("Asia/Urumqi") // the operator says otherwise
	zone = a.Install.Zone().String()
	a.Close()
	if zone != "Asia/Urumqi" {
		t.Errorf("with --timezone: %s", zone)
	}
	if _, err := New(ctx, config.Server{Addr: "localhost:0", Data: dir, Timezone: "Mars/Olympus"}, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "--timezone") {
		t.Errorf("a zone that does not exist: %v", err)
	}
}
