package db

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"wozai/migrations"
)

// Migrate brings the schema up to date: ours, then the job queue's, under one lock.
func (d *DB) Migrate(ctx context.Context) error {
	if d.Engine == Postgres {
		unlock, err := lockPostgres(ctx, d.pool)
		if err != nil {
			return err
		}
		defer unlock()
	}
	dialect := goose.DialectSQLite3
	if d.Engine == Postgres {
		dialect = goose.DialectPostgres
	}
	p, err := goose.NewProvider(dialect, d.write, dialectFS{migrations.FS, d.Engine},
		goose.WithDisableGlobalRegistry(true), goose.WithAllowOutofOrder(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return d.migrateJobs(ctx)
}

func (d *DB) migrateJobs(ctx context.Context) error {
	cfg := &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)}
	var err error
	if d.Engine == Postgres {
		m, e := rivermigrate.New(riverdatabasesql.New(d.write), cfg)
		if e != nil {
			return e
		}
		_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	} else {
		m, e := rivermigrate.New(riversqlite.New(d.write), cfg)
		if e != nil {
			return e
		}
		_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	}
	if err != nil {
		return fmt.Errorf("migrate job queue: %w", err)
	}
	return nil
}

// Several nodes may start at once on one PostgreSQL; the first migrates.
func lockPostgres(ctx context.Context, pool *pgxpool.Pool) (func(), error) {
	const key = 0x776f7a6169 // "wozai"
	c, err := pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := c.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(key)); err != nil {
		c.Release()
		return nil, err
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_, _ = c.Exec(ctx, "SELECT pg_advisory_unlock($1)", int64(key)) // closing the session releases it too
		c.Release()
	}, nil
}

// Migrations are written in PostgreSQL's words; these are the ones SQLite says differently.
var sqliteWords = strings.NewReplacer(
	"BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "INTEGER PRIMARY KEY AUTOINCREMENT",
	"BIGINT PRIMARY KEY", "INTEGER PRIMARY KEY",
	"XID8 NOT NULL DEFAULT pg_current_xact_id()", "BIGINT NOT NULL DEFAULT 0",
	"JSONB", "TEXT",
	"BYTEA", "BLOB",
	` COLLATE "C"`, "",
	" text_pattern_ops", "",
)

// dialectFS serves the migrations in the words of one engine.
type dialectFS struct {
	fs.FS
	engine Engine
}

func (f dialectFS) Open(name string) (fs.File, error) {
	file, err := f.FS.Open(name)
	if err != nil || f.engine == Postgres || !strings.HasSuffix(name, ".sql") {
		return file, err
	}
	defer file.Close()
	b, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	return &textFile{bytes.NewReader([]byte(sqliteWords.Replace(string(b)))), info}, nil
}

func (f dialectFS) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(f.FS, name) }

type textFile struct {
	*bytes.Reader
	info fs.FileInfo
}

func (t *textFile) Stat() (fs.FileInfo, error) { return t.info, nil }
func (t *textFile) Close() error               { return nil }
