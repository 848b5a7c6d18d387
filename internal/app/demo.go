package app

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/riverqueue/river"

	"wozai/internal/app/demo"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/live"
)

// LoadDemo sets an empty installation up as the invented authority and returns the ways in.
func (a *App) LoadDemo(ctx context.Context) (demo.Demo, error) {
	empty, err := a.Account.Empty(ctx)
	if err != nil {
		return demo.Demo{}, err
	}
	if empty {
		if err := a.Install.setup(ctx, SetupInput{
			Organisation: demo.Organisation, Profile: "party", Lang: "zh-CN", Timezone: "Asia/Shanghai",
			Name: "管理员", Login: "admin", Password: rand.Text(), // Load gives it another
		}); err != nil {
			return demo.Demo{}, err
		}
	}
	return demo.Load(ctx, demo.Parts{DB: a.DB, Change: a.Change, Account: a.Account, Org: a.Org, Meeting: a.Meeting, Papers: a.Papers, Dispatch: a.Dispatch, Rollcall: a.Rollcall, Past: a.past})
}

// past makes the meetings' and the roll calls' side anew, on a clock that the caller moves. Nobody is told of what
// happened then, and nothing is put off: jobs are left out.
func (a *App) past(clock *db.Time) (past demo.Past, done func()) {
	w := change.New(change.Options{DB: a.DB, IDs: a.ids, Jobs: noJobs{}, Log: a.Log, Index: a.Secret.Index, Now: func() db.Time { return *clock }})
	past.Meeting, past.Rooms, past.Records = a.meetings(w, live.New(a.DB, a.Log))
	past.Rollcall = a.rollcalls(w)
	return past, w.Close
}

// noJobs lets jobs go.
type noJobs struct{}

func (noJobs) InsertTx(context.Context, *sql.Tx, river.JobArgs, *river.InsertOpts) error { return nil }

// FillDemo brings simulated members into a meeting until ctx ends. They come to a listener of
// their own on the loopback: they would not trust a certificate that was made here.
func (a *App) FillDemo(ctx context.Context, show demo.Show) error {
	if len(show.Members) == 0 {
		return nil
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("simulated members: %w", err)
	}
	srv := &http.Server{Handler: a.sfu, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = srv.Serve(ln) }() // ends with Close
	context.AfterFunc(ctx, func() { _ = srv.Close() })
	demo.Stage{Change: a.Change, Account: a.Account, Rooms: a.Rooms, Dispatch: a.Dispatch, Log: a.Log, URL: "http://" + ln.Addr().String()}.Fill(ctx, show)
	return nil
}
