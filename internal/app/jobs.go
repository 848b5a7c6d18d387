package app

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"wozai/internal/db"
	"wozai/internal/job"
	"wozai/internal/live"
)

// prune removes what is only of passing use.
type prune struct{}

// Kind implements river.JobArgs.
func (prune) Kind() string { return "prune" }

const (
	eventsKept      = 7 * 24 * time.Hour
	requestKeysKept = 7 * 24 * time.Hour
)

func (a *App) housekeeping() {
	job.Work(a.Jobs, func(ctx context.Context, _ prune) error {
		now := db.Now()
		if err := live.Prune(ctx, a.DB, now.Add(-eventsKept)); err != nil {
			return err
		}
		_, err := a.DB.Writer().ExecContext(ctx, `DELETE FROM request_key WHERE at < $1`, now.Add(-requestKeysKept))
		return err
	})
	a.Jobs.Every(time.Hour, func() river.JobArgs { return prune{} })
}
