package app

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"wozai/internal/access"
	"wozai/internal/account"
	"wozai/internal/app/demo"
	"wozai/internal/change"
	"wozai/internal/config"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
	"wozai/internal/profile"
)

// eventInstallation tells every node that the first run has chosen.
const eventInstallation = "installation"

var notTheirs = fault.NotFound()

// Installation is what the first run chose: whose it is, which profile, language and time zone.
type Installation struct {
	app   *App
	code  string // lets the first administrator in from another machine
	state atomic.Pointer[installed]
	first sync.Mutex // one first run at a time
}

type installed struct {
	organisation, lang string
	profile            *profile.Profile
	zone               *time.Location // nil: none was chosen
}

// SetupInput is the first run's form.
type SetupInput = account.SetupInput

func openInstallation(ctx context.Context, a *App) (*Installation, error) {
	i := &Installation{app: a, code: rand.Text()[:8]}
	return i, i.load(ctx)
}

func (i *Installation) load(ctx context.Context) error {
	var rows []struct {
		Key   string `db:"key"`
		Value string `db:"value"`
	}
	if err := db.Select(ctx, i.app.DB.Read(), &rows, `SELECT key, value FROM setting`); err != nil {
		return err
	}
	s := &installed{lang: account.Langs[0]}
	name := "party" // until the first run has chosen
	for _, r := range rows {
		switch r.Key {
		case "organisation":
			s.organisation = r.Value
		case "profile":
			name = r.Value
		case "lang":
			s.lang = r.Value
		case "timezone":
			zone, err := config.Zone(r.Value)
			if err != nil {
				return fmt.Errorf("time zone %q: %w", r.Value, err)
			}
			s.zone = zone
		}
	}
	p, err := profile.Load(name)
	if err != nil {
		return err
	}
	s.profile = p
	i.state.Store(s)
	return nil
}

// Profile is the installation's profile.
func (i *Installation) Profile() *profile.Profile { return i.state.Load().profile }

// OrganisationName is whose installation it is; "" before the first run.
func (i *Installation) OrganisationName() string { return i.state.Load().organisation }

// Demo reports whether it is the demonstration's.
func (i *Installation) Demo() bool { return i.OrganisationName() == demo.Organisation }

// Lang is the installation's language.
func (i *Installation) Lang() string { return i.state.Load().lang }

// Zone is the time zone in which the organisation lives: its months begin there, and times of day
// are written in it. The configuration goes before what the first run chose, the machine's is last.
func (i *Installation) Zone() *time.Location {
	if zone, err := config.Zone(i.app.Config.Timezone); err == nil {
		return zone
	}
	if zone := i.state.Load().zone; zone != nil {
		return zone
	}
	return machineZone()
}

// machineZone is the machine's time zone under a name that browsers know.
var machineZone = sync.OnceValue(func() *time.Location {
	name := os.Getenv("TZ")
	if target, err := os.Readlink("/etc/localtime"); name == "" && err == nil {
		_, name, _ = strings.Cut(target, "zoneinfo/")
	}
	if zone, err := config.Zone(name); err == nil {
		return zone
	}
	return time.Local
})

// Code is the set-up code, printed at the start of a first run.
func (i *Installation) Code() string { return i.code }

// Setup makes the installation's settings, trees and first administrator. Faults: conflict
// "already_set_up"; forbidden "setup_code" for a wrong code; invalid with every faulty field.
func (i *Installation) Setup(ctx context.Context, in SetupInput, local bool) error {
	if !local && subtle.ConstantTimeCompare([]byte(in.Code), []byte(i.code)) != 1 {
		return fault.New(fault.KindForbidden, "setup_code")
	}
	return i.setup(ctx, in)
}

func (i *Installation) setup(ctx context.Context, in SetupInput) error {
	i.first.Lock()
	defer i.first.Unlock()
	empty, err := i.app.Account.Empty(ctx)
	if err != nil {
		return err
	}
	if !empty {
		return fault.Conflict("already_set_up")
	}
	var c fault.Check
	in.Organisation = c.Text("organisation", in.Organisation, 80, true)
	in.Name = c.Text("name", in.Name, 60, true)
	p, err := profile.Load(in.Profile)
	c.If(err != nil, "profile", "choice")
	zone, err := config.Zone(in.Timezone)
	c.If(err != nil && in.Timezone != "", "timezone", "choice")
	account.CheckSetup(&c, &in)
	if err := c.Err(); err != nil {
		return err
	}
	hash, err := i.app.Account.HashPassword(ctx, in.Password)
	if err != nil {
		return err
	}
	// The slices' profile is the chosen one from here on; after a failure below it is what the
	// database says.
	i.state.Store(&installed{organisation: in.Organisation, lang: in.Lang, profile: p, zone: zone})
	err = i.app.Change.Do(ctx, access.SystemActor("setup"), func(ctx context.Context, tx *change.Tx) error {
		for k, v := range map[string]string{"organisation": in.Organisation, "profile": in.Profile, "lang": in.Lang, "timezone": in.Timezone} {
			if v == "" {
				continue
			}
			if err := tx.Exec(ctx, `INSERT INTO setting (key, value) VALUES ($1, $2)`, k, v); err != nil {
				if db.IsUnique(err) {
					return fault.Conflict("already_set_up")
				}
				return err
			}
		}
		if err := i.app.Org.EnsureTrees(ctx, tx); err != nil {
			return err
		}
		person, err := i.app.Org.AddPerson(ctx, tx, org.NewPerson{Name: in.Name, Category: p.Categories[0].Key})
		if err != nil {
			return err
		}
		if _, err := account.Add(ctx, tx, account.NewAccount{PersonID: person.ID, Login: in.Login, PasswordHash: hash, Admin: true, Lang: in.Lang}); err != nil {
			return err
		}
		return tx.Event(ctx, eventInstallation, eventInstallation, 0, 0)
	})
	if err != nil {
		return errors.Join(err, i.load(context.WithoutCancel(ctx)))
	}
	return nil
}
