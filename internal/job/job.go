// Package job is the queue for work that happens after a change: River, on both engines, with
// insertion inside the change's transaction. On SQLite it shares the single writer connection.
package job

import (
	"context"
	"database/sql"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"

	"wozai/internal/db"
)

// Queue inserts and works jobs.
type Queue struct {
	db       *db.DB
	log      *slog.Logger
	workers  *river.Workers
	periodic []*river.PeriodicJob
	client   *river.Client[*sql.Tx]
	run      map[string]func(ctx context.Context, args []byte) error
}

// New makes a queue; register workers (Work) and schedules (Every), then Start.
func New(d *db.DB, log *slog.Logger) *Queue {
	return &Queue{db: d, log: log, workers: river.NewWorkers(), run: map[string]func(context.Context, []byte) error{}}
}

// Work registers what does the jobs of one kind. A job runs at least once: f must bear a second run.
func Work[A river.JobArgs](q *Queue, f func(ctx context.Context, args A) error) {
	river.AddWorker(q.workers, river.WorkFunc(func(ctx context.Context, j *river.Job[A]) error { return f(ctx, j.Args) }))
	var none A
	q.run[none.Kind()] = func(ctx context.Context, encoded []byte) error {
		var args A
		if err := json.Unmarshal(encoded, &args); err != nil {
			return err
		}
		return f(ctx, args)
	}
}

// Every runs a job each interval on one of the nodes.
func (q *Queue) Every(interval time.Duration, args func() river.JobArgs) {
	q.periodic = append(q.periodic, river.NewPeriodicJob(river.PeriodicInterval(interval),
		func() (river.JobArgs, *river.InsertOpts) {
			return args(), &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: interval}}
		}, &river.PeriodicJobOpts{RunOnStart: false}))
}

// Start works jobs until Stop.
func (q *Queue) Start(ctx context.Context) error {
	if err := q.open(); err != nil {
		return err
	}
	return q.client.Start(ctx)
}

func (q *Queue) open() error {
	if q.client != nil {
		return nil
	}
	cfg := &river.Config{
		Logger:            slog.New(quiet{q.log.Handler()}),
		Workers:           q.workers,
		PeriodicJobs:      q.periodic,
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 8}},
		FetchCooldown:     100 * time.Millisecond,
		FetchPollInterval: time.Second,
		JobTimeout:        5 * time.Minute,
	}
	var driver riverdriver.Driver[*sql.Tx]
	if q.db.Engine == db.Postgres {
		driver = riverdatabasesql.NewWithPgxListener(q.db.Writer(), q.db.Pool())
	} else {
		driver = riversqlite.New(q.db.Writer())
	}
	c, err := river.NewClient(driver, cfg)
	q.client = c
	return err
}

// Stop waits for running jobs; those not finished in time run again at the next start.
func (q *Queue) Stop(ctx context.Context) error {
	if q.client == nil {
		return nil
	}
	return q.client.Stop(ctx)
}

// InsertTx adds a job inside a transaction (package change calls it).
func (q *Queue) InsertTx(ctx context.Context, tx *sql.Tx, args river.JobArgs, opts *river.InsertOpts) error {
	if err := q.open(); err != nil {
		return err
	}
	_, err := q.client.InsertTx(ctx, tx, args, opts)
	return err
}

// Failed counts the jobs that were given up, for the health page.
func (q *Queue) Failed(ctx context.Context) (int, error) {
	if q.client == nil {
		return 0, nil
	}
	r, err := q.client.JobList(ctx, river.NewJobListParams().States(rivertype.JobStateDiscarded).First(100))
	if err != nil {
		return 0, err
	}
	return len(r.Jobs), nil
}

// quiet passes on River's warnings and errors only.
type quiet struct{ slog.Handler }

func (q quiet) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && q.Handler.Enabled(ctx, l)
}
