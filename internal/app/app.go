// Package app is the only place that constructs and wires: it opens what the configuration
// names, hands services to slices, and starts and stops everything in order.
package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"wozai/internal/access"
	"wozai/internal/account"
	"wozai/internal/api"
	"wozai/internal/blob"
	"wozai/internal/calendar"
	"wozai/internal/cert"
	"wozai/internal/change"
	"wozai/internal/config"
	"wozai/internal/db"
	"wozai/internal/dispatch"
	"wozai/internal/job"
	"wozai/internal/live"
	"wozai/internal/media"
	"wozai/internal/meeting"
	"wozai/internal/notice"
	"wozai/internal/office/paper"
	"wozai/internal/org"
	"wozai/internal/rollcall"
	"wozai/internal/secret"
)

// Version is set by the build.
var Version = "dev"

// App is everything, wired. New opens, Run serves, Close closes.
type App struct {
	Config config.Server
	Log    *slog.Logger

	DB       *db.DB
	Change   *change.Writer
	Jobs     *job.Queue
	Live     *live.Hub
	Secret   *secret.Box
	Account  *account.Service
	Org      *org.Service
	Notice   *notice.Service
	Mailer   *notice.Mailer // nil when no mail server is configured
	Pusher   *notice.Pusher // nil when web push is not turned on
	Groups   *notice.Groups // nil when message groups are not turned on
	Outside  *notice.Outside
	Meeting  *meeting.Service
	Papers   *meeting.Papers
	Rooms    *meeting.Rooms
	Records  *meeting.Records
	Dispatch *dispatch.Service
	Rollcall *rollcall.Service
	Install  *Installation
	API      *api.Server
	Blob     *blob.Store
	Media    *media.Server // nil until Run

	ctx    context.Context
	cancel context.CancelCauseFunc
	ids    *db.IDs
	lock   *os.File
	node   string                 // tells this process from others on the same database
	url    atomic.Pointer[string] // what people type, once it is known
	sfu    *media.Proxy           // nil until Run
	once   sync.Once

	authority *cert.Authority // with --tls-self
	paper     *paper.Renderer
	days      *calendar.Calendar
}

var errNodeLost = errors.New("the database gave this node's number to another; stopping")

// New opens the data directory and the database, brings the schema up to date and wires the
// slices. Nothing listens and no child runs yet. Close it also after an error of Run.
func New(ctx context.Context, cfg config.Server, log *slog.Logger) (*App, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	a := &App{Config: cfg, Log: log}
	a.ctx, a.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	if err := a.open(ctx); err != nil {
		a.Close()
		return nil, err
	}
	a.wire()
	if err := errors.Join(a.wireMail(), a.wireGroups()); err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

func (a *App) open(ctx context.Context) error {
	if err := a.openData(ctx); err != nil {
		return err
	}
	a.node = rand.Text()
	node, err := a.DB.LeaseNode(a.ctx, a.node, func() { a.cancel(errNodeLost) })
	if err != nil {
		return err
	}
	a.Jobs = job.New(a.DB, a.Log)
	a.Live = live.New(a.DB, a.Log)
	a.ids = db.NewIDs(node)
	a.Change = change.New(change.Options{DB: a.DB, IDs: a.ids, Jobs: a.Jobs, Log: a.Log, Committed: a.Live.Wake, Index: a.Secret.Index})
	if a.Blob, err = blob.Open(ctx, a.Config.Blob, a.Config.Data); err != nil {
		return err
	}
	a.Install, err = openInstallation(ctx, a)
	return err
}

func (a *App) openData(ctx context.Context) (err error) {
	if err := os.MkdirAll(a.Config.Data, 0o700); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	if a.lock, err = lockData(a.Config.Data); err != nil {
		return err
	}
	if a.Secret, err = secret.Open(keyFile(a.Config)); err != nil {
		return err
	}
	if a.Config.TLSSelf {
		if a.authority, err = cert.Open(a.Config.Data); err != nil {
			return err
		}
	}
	if a.days, err = calendar.Open(a.Config.Calendar); err != nil {
		return err
	}
	if a.DB, err = db.Open(ctx, a.Config.Database()); err != nil {
		return err
	}
	return a.DB.Migrate(ctx)
}

// wire makes the services and registers their operations, topics and jobs.
func (a *App) wire() {
	a.Org = org.NewService(a.DB, a.Change, a.Secret, a.Install.Profile)
	a.Org.UseZone(a.Install.Zone)
	a.Account = account.NewService(a.DB, a.Change)
	a.Notice = notice.NewService(a.DB, a.Change)

	a.API = api.New(a.Log, a.Account, Version)
	a.wireMeetings()
	a.wireDispatch()
	(&account.Handlers{Service: a.Account, Org: a.Org, Install: a.Install, Meeting: a.Meeting, Secure: a.Config.Secure()}).Register(a.API)
	a.registerProfile()
	a.Notice.Register(a.API)
	a.Outside = notice.NewOutside(a.outsideHosts(), nil)
	a.wirePush()
	a.Org.UseSignIns(a.Account)
	a.Org.UseFiles(a.Config.Data)
	a.Org.Register(a.API)
	a.Org.Work(a.Jobs)

	a.Rollcall = a.rollcalls(a.Change)
	a.Rollcall.Register(a.API)
	a.Rollcall.Work(a.Jobs)
	a.Live.Topic("rollcall", a.Rollcall.Hear, nil)
	a.Org.UseKeepers(a.Meeting, a.Rollcall, a.Dispatch, inbox{a.Notice})

	a.Live.Topic("person", func(_ context.Context, who access.Actor, id db.ID) error {
		if !who.Is(id) {
			return notTheirs
		}
		return nil
	}, nil)
	a.Live.Topic("unit", a.Org.Hear, nil)
	a.Live.Topic("whereabouts", a.Org.HearWhereabouts, nil)
	a.Live.OnEvent(func(e live.Event) {
		if e.Kind == "grants" || e.Kind == "session" {
			a.Account.Forget()
		}
		if e.Kind == "session" {
			a.Live.Recheck(e.Topic)
			if person, ok := strings.CutPrefix(e.Topic, "person:"); ok && a.sfu != nil {
				a.sfu.Recheck(person)
			}
		}
		if e.Kind == eventInstallation {
			go func() {
				if err := a.Install.load(a.ctx); err != nil && a.ctx.Err() == nil {
					a.Log.Error("what the first run chose cannot be read; a restart will", "error", err)
				}
			}()
		}
	})
	a.housekeeping()
}

// Close ends everything in the reverse order of New.
func (a *App) Close() {
	a.once.Do(func() {
		a.cancel(nil)
		if a.Change != nil {
			a.Change.Close()
		}
		if a.paper != nil {
			_ = a.paper.Close() // nothing of it lasts
		}
		if a.Blob != nil {
			_ = a.Blob.Close() // every file was closed when it was acknowledged
		}
		if a.DB != nil {
			if err := a.DB.Close(); err != nil {
				a.Log.Warn("closing the database", "error", err)
			}
		}
		if a.lock != nil {
			_ = a.lock.Close() // lets go of the lock
		}
	})
}

// inbox tells people what their inbox and browsers hold on them.
type inbox struct{ *notice.Service }

// HeldOn implements org.Keeper.
func (i inbox) HeldOn(ctx context.Context, person db.ID) ([]org.Held, error) {
	notices, browsers, err := i.Kept(ctx, person)
	self := []string{"self"}
	return []org.Held{{Field: "notices", Present: notices, Readers: self}, {Field: "push", Present: browsers, Encrypted: true, Readers: self}}, err
}

// Left implements org.Keeper: their sign-in is taken away, and browsers are rung no longer than that.
func (i inbox) Left(context.Context, *change.Tx, db.ID) error { return nil }

// askingMeetings tells roll calls how much time meetings take.
type askingMeetings struct{ *meeting.Service }

func (m askingMeetings) AskedWithin(ctx context.Context, path string, from, to db.Time) (out []rollcall.Asking, err error) {
	list, err := m.Service.AskedWithin(ctx, path, from, to)
	for _, x := range list {
		out = append(out, rollcall.Asking{Kind: "meeting", ID: x.Meeting, Title: x.Kind, By: x.By, Unit: x.Unit, At: x.StartsAt, Times: 1, Minutes: x.Minutes, People: x.People})
	}
	return out, err
}

// rollcalls makes the roll calls' side on a writer.
func (a *App) rollcalls(w *change.Writer) *rollcall.Service {
	return &rollcall.Service{DB: a.DB, Change: w, Secret: a.Secret, Files: a.Blob, Looks: a.Org, Zone: a.Install.Zone, Workdays: a.days, Others: askingMeetings{a.Meeting}}
}
