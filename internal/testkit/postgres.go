package testkit

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"wozai/internal/testkit/pgcluster"
)

// Postgres returns the URL of a fresh, empty database of this test's own. It
// is dropped when the test ends.
//
// Without server binaries the test is skipped, naming what to install; with
// CI=true it fails instead.
func Postgres(t testing.TB) (dsn string) {
	t.Helper()
	return create(t, server(t), "template0")
}

// Template prepares a database once, so that each test starts from a copy.
type Template struct {
	// Key must change whenever Prepare would make something else, for
	// instance a digest of all migrations.
	Key string
	// Prepare fills an empty database. It must close its connections: a
	// database in use cannot be copied.
	Prepare func(ctx context.Context, dsn string) error
}

// PostgresFrom is Postgres with a copy of what tpl prepared. All processes
// that share one server share the template too.
func PostgresFrom(t testing.TB, tpl Template) (dsn string) {
	t.Helper()
	base := server(t)
	if err := prepare(context.Background(), base, tpl); err != nil {
		t.Fatalf("testkit: prepare a PostgreSQL template: %v", err)
	}
	return create(t, base, tpl.name())
}

func (tpl Template) name() string {
	digest := sha256.Sum256([]byte(tpl.Key))
	return "tpl_" + hex.EncodeToString(digest[:8])
}

// shared holds on to the cluster, and so to its lifeline, until the process ends.
var shared = sync.OnceValues(func() (*pgcluster.Cluster, error) {
	if dsn := os.Getenv(pgcluster.Env); dsn != "" {
		return &pgcluster.Cluster{DSN: dsn}, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return pgcluster.Start(ctx)
})

func server(t testing.TB) string {
	t.Helper()
	cluster, err := shared()
	switch {
	case errors.Is(err, pgcluster.ErrMissing) && os.Getenv("CI") != "true":
		t.Skipf("testkit: %v", err)
	case err != nil:
		t.Fatalf("testkit: %v", err)
	}
	return cluster.DSN
}

func create(t testing.TB, base, template string) string {
	t.Helper()
	name := "t_" + strings.ToLower(rand.Text())
	ctx := context.Background()
	if err := execute(ctx, base, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatalf("testkit: create a database: %v", err)
	}
	t.Cleanup(func() {
		// FORCE: a test that is torn down may still hold a connection.
		if err := execute(ctx, base, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("testkit: drop the test's database: %v", err)
		}
	})
	return within(base, name)
}

// prepare makes the template unless it is there. The advisory lock is held on
// the one connection that also looks, so of many processes one prepares.
func prepare(ctx context.Context, base string, tpl Template) (err error) {
	name := tpl.name()
	db, err := sql.Open("pgx", base)
	if err != nil {
		return err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err = conn.ExecContext(ctx, "SELECT pg_advisory_lock(hashtext($1))", name); err != nil {
		return err
	}
	var ready bool
	err = conn.QueryRowContext(ctx, "SELECT datistemplate FROM pg_database WHERE datname = $1", name).Scan(&ready)
	switch {
	case ready:
		return nil
	case err == nil: // an earlier attempt failed half-way
		if _, err = conn.ExecContext(ctx, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			return err
		}
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
	if _, err = conn.ExecContext(ctx, "CREATE DATABASE "+name+" TEMPLATE template0"); err != nil {
		return err
	}
	if err = tpl.Prepare(ctx, within(base, name)); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "ALTER DATABASE "+name+" WITH IS_TEMPLATE true ALLOW_CONNECTIONS false")
	return err
}

func execute(ctx context.Context, dsn, statement string) error {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, statement)
	return errors.Join(err, db.Close())
}

// within returns base with another database's name.
func within(base, name string) string {
	u, err := url.Parse(base)
	if err != nil {
		panic(fmt.Sprintf("testkit: %s must be a postgres:// URL: %v", pgcluster.Env, err))
	}
	u.Path = "/" + name
	return u.String()
}
