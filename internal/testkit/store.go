package testkit

import (
	"context"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/job"
	"wozai/migrations"

	"log/slog"
)

// Store is a fresh, migrated database with a writer that runs every closure twice (the first
// time in vain), so that a closure which keeps something outside is found out.
type Store struct {
	DB     *db.DB
	Change *change.Writer
	Jobs   *job.Queue
}

// EachEngine runs f on a fresh SQLite and on a fresh PostgreSQL database.
func EachEngine(t *testing.T, f func(t *testing.T, s *Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, SQLiteStore(t)) })
	t.Run("postgres", func(t *testing.T) { f(t, OpenStore(t, PostgresDSN(t))) })
}

// SQLiteStore is a Store in a file of the test's own.
func SQLiteStore(t testing.TB) *Store {
	t.Helper()
	return OpenStore(t, filepath.Join(t.TempDir(), "wozai.db"))
}

// PostgresDSN is the address of a fresh, migrated PostgreSQL database; several Stores (nodes)
// may open it.
func PostgresDSN(t testing.TB) string {
	t.Helper()
	var key strings.Builder
	names, err := fs.Glob(migrations.FS, "*.sql")
	must(t, err)
	for _, n := range names {
		b, err := migrations.FS.ReadFile(n)
		must(t, err)
		key.Write(b)
	}
	return PostgresFrom(t, Template{Key: key.String(), Prepare: func(ctx context.Context, dsn string) error {
		d, err := db.Open(ctx, dsn)
		if err != nil {
			return err
		}
		defer d.Close() //nolint:errcheck // the migration's error counts
		return d.Migrate(ctx)
	}})
}

var nodes = make(chan int, 1024)

func init() {
	for i := range cap(nodes) {
		nodes <- i
	}
}

// OpenStore opens a Store on an address, as one more node.
func OpenStore(t testing.TB, dsn string) *Store {
	t.Helper()
	ctx := context.Background()
	d, err := db.Open(ctx, dsn)
	must(t, err)
	must(t, d.Migrate(ctx))
	node := <-nodes
	q := job.New(d, slog.New(slog.DiscardHandler))
	w := change.New(change.Options{DB: d, IDs: db.NewIDs(node), Jobs: q, Twice: true})
	t.Cleanup(func() {
		w.Close()
		if err := d.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		nodes <- node
	})
	return &Store{DB: d, Change: w, Jobs: q}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
