package db

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/rivermigrate"

	"wozai/migrations"
)

// Schema says how far a database has been migrated: our migrations that were applied, and the
// job queue's version.
type Schema struct {
	Migrations []int64 `json:"migrations"`
	Jobs       int     `json:"jobs"`
}

// Schema reads how far the database has been migrated; nothing at all in an empty one is an error.
func (d *DB) Schema(ctx context.Context) (Schema, error) { return ReadSchema(ctx, d.read) }

// ReadSchema is Schema over any connection, a snapshot's for instance.
func ReadSchema(ctx context.Context, q Querier) (s Schema, err error) {
	if err := Select(ctx, q, &s.Migrations, `SELECT version_id FROM goose_db_version WHERE is_applied AND version_id > 0 ORDER BY version_id`); err != nil {
		return s, err
	}
	return s, Get(ctx, q, &s.Jobs, `SELECT COALESCE(MAX(version), 0) FROM river_migration WHERE line = 'main'`)
}

// Newest is the schema that this program brings a database to.
func Newest() (s Schema, err error) {
	sources, err := goose.NewProvider(goose.DialectSQLite3, &sql.DB{}, dialectFS{migrations.FS, SQLite},
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return s, err
	}
	for _, m := range sources.ListSources() {
		s.Migrations = append(s.Migrations, m.Version)
	}
	jobs, err := rivermigrate.New(riverdatabasesql.New(nil), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return s, err
	}
	for _, m := range jobs.AllVersions() {
		s.Jobs = max(s.Jobs, m.Version)
	}
	return s, nil
}

// MigrateTo brings an empty PostgreSQL database to exactly the schema that another one had.
func (d *DB) MigrateTo(ctx context.Context, to Schema) error {
	p, err := goose.NewProvider(goose.DialectPostgres, d.write, dialectFS{migrations.FS, d.Engine},
		goose.WithDisableGlobalRegistry(true), goose.WithAllowOutofOrder(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	for _, v := range to.Migrations {
		if _, err := p.ApplyVersion(ctx, v, true); err != nil {
			return fmt.Errorf("migrate to %d: %w", v, err)
		}
	}
	m, err := rivermigrate.New(riverdatabasesql.New(d.write), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, &rivermigrate.MigrateOpts{TargetVersion: to.Jobs}); err != nil {
		return fmt.Errorf("migrate job queue: %w", err)
	}
	return nil
}

// CopySQLite writes a consistent copy of a SQLite database to a new file while others write to
// the database; they are not held up. (SQLite's own backup by steps starts over at every write.)
func CopySQLite(ctx context.Context, from, to string) error {
	d, err := sql.Open("sqlite", "file:"+(&url.URL{Path: from}).EscapedPath()+"?mode=rw&_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // nothing was written through it
	_, err = d.ExecContext(ctx, `VACUUM INTO $1`, to)
	return err
}

// CheckSQLite opens a SQLite file without changing it, asks it whether it is whole, and reads
// its schema.
func CheckSQLite(ctx context.Context, path string) (Schema, error) {
	d, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=ro&immutable=1")
	if err != nil {
		return Schema{}, err
	}
	defer d.Close() //nolint:errcheck // nothing was written through it
	var verdict string
	if err := d.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&verdict); err != nil {
		return Schema{}, err
	}
	if verdict != "ok" {
		return Schema{}, fmt.Errorf("the database is damaged: %s", verdict)
	}
	return ReadSchema(ctx, d)
}

// Conn opens one PostgreSQL connection of its own, beside any pool.
func Conn(ctx context.Context, dsn string) (*pgx.Conn, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("the database address cannot be read") // the error would repeat the password
	}
	c, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("reach database: %w", err)
	}
	return c, nil
}

// Look reads a database's schema without changing or creating anything, and the database's own
// clock where it has one (PostgreSQL).
func Look(ctx context.Context, dsn string) (s Schema, clock Time, err error) {
	if !isPostgres(dsn) {
		d, err := sql.Open("sqlite", "file:"+(&url.URL{Path: dsn}).EscapedPath()+"?mode=ro&_pragma=busy_timeout(2000)")
		if err != nil {
			return s, 0, err
		}
		defer d.Close() //nolint:errcheck // nothing was written through it
		s, err = ReadSchema(ctx, d)
		return s, 0, err
	}
	c, err := Conn(ctx, dsn)
	if err != nil {
		return s, 0, err
	}
	defer c.Close(context.WithoutCancel(ctx)) //nolint:errcheck // nothing was written through it
	if err := c.QueryRow(ctx, `SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)`).Scan(&clock); err != nil {
		return s, 0, err
	}
	rows, err := c.Query(ctx, `SELECT version_id FROM goose_db_version WHERE is_applied AND version_id > 0 ORDER BY version_id`)
	if err != nil {
		return s, clock, err
	}
	if s.Migrations, err = pgx.CollectRows(rows, pgx.RowTo[int64]); err != nil {
		return s, clock, err
	}
	return s, clock, c.QueryRow(ctx, `SELECT COALESCE(MAX(version), 0) FROM river_migration WHERE line = 'main'`).Scan(&s.Jobs)
}

func isPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}
