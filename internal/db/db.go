// Package db opens the database, migrates it and reads from it. SQLite (the default, a file
// in the data directory) and PostgreSQL run the same SQL text: $1… in order of first
// appearance, no dialect words in the slices. Writing goes through package change alone.
package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/georgysavva/scany/v2/dbscan"
	"github.com/georgysavva/scany/v2/sqlscan"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"wozai/internal/fault"
)

// Engine is which database is underneath.
type Engine string

// The two engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// DB is an open database.
type DB struct {
	Engine Engine
	read   *Reader
	write  *sql.DB       // SQLite: one connection, shared with the job queue
	kept   *Prepared     // by the writer; SQLite only
	pool   *pgxpool.Pool // PostgreSQL only
	path   string        // SQLite only
}

// Open opens url: "postgres://…", or a file name for SQLite, which is created when absent.
func Open(ctx context.Context, dsn string) (*DB, error) {
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		return openPostgres(ctx, dsn)
	}
	return openSQLite(ctx, dsn)
}

func openSQLite(ctx context.Context, path string) (*DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	dsn := func(extra ...string) string {
		q := url.Values{"_pragma": append([]string{"busy_timeout(10000)", "foreign_keys(1)", "cache_size(-32768)"}, extra...)}
		return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
	}
	// FULL: a commit is on the disk before it is acknowledged. What is deleted is overwritten where that needs no
	// further page: it is not to be read in the file.
	w, err := sql.Open("sqlite", dsn("journal_mode(WAL)", "synchronous(FULL)", "wal_autocheckpoint(2000)", "secure_delete(fast)")+"&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	w.SetMaxOpenConns(1)
	w.SetConnMaxIdleTime(0)
	if err := w.PingContext(ctx); err != nil {
		return nil, fmt.Errorf("open %s: %w", filepath.Base(path), err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, err
	}
	r, err := sql.Open("sqlite", dsn("query_only(1)"))
	if err != nil {
		return nil, err
	}
	r.SetMaxOpenConns(8)
	r.SetMaxIdleConns(8)
	return &DB{Engine: SQLite, read: &Reader{r, newPrepared(r)}, write: w, kept: newPrepared(w), path: path}, nil
}

func openPostgres(ctx context.Context, dsn string) (*DB, error) {
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("the database address cannot be read") // the error would repeat the password
	}
	if cfg.MaxConns < 16 {
		cfg.MaxConns = 16
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("reach database: %w", err)
	}
	s := stdlib.OpenDBFromPool(pool)
	return &DB{Engine: Postgres, read: &Reader{DB: s}, write: s, pool: pool}, nil
}

// Read is the pool for queries; on SQLite it cannot write.
func (d *DB) Read() *Reader { return d.read }

// Writer is the pool for package change and the job queue, nobody else.
func (d *DB) Writer() *sql.DB { return d.write }

// Kept is what the writer keeps prepared, nil on PostgreSQL; for package change.
func (d *DB) Kept() *Prepared { return d.kept }

// Pool is the PostgreSQL pool, nil on SQLite; for LISTEN.
func (d *DB) Pool() *pgxpool.Pool { return d.pool }

// Path is the SQLite file, "" on PostgreSQL.
func (d *DB) Path() string { return d.path }

// Close closes everything.
func (d *DB) Close() error {
	err := d.read.Close()
	if d.write != d.read.DB {
		err = errors.Join(err, d.write.Close())
	}
	if d.pool != nil {
		d.pool.Close()
	}
	return err
}

// Querier reads: the read pool or an open transaction.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// A query may select fewer columns than the struct has fields; more is an error.
var scanAPI = func() *sqlscan.API {
	a, err := sqlscan.NewAPI(must(sqlscan.NewDBScanAPI(dbscan.WithScannableTypes((*sql.Scanner)(nil)))))
	if err != nil {
		panic(err)
	}
	return a
}()

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Get reads exactly one row into dst (a struct with `db` tags, or a scalar);
// no row is fault.NotFound.
func Get(ctx context.Context, q Querier, dst any, query string, args ...any) error {
	err := scanAPI.Get(ctx, q, dst, query, args...)
	if sqlscan.NotFound(err) {
		return fault.NotFound()
	}
	return Broken(err)
}

// Find reads the first row, reporting whether there was one.
func Find(ctx context.Context, q Querier, dst any, query string, args ...any) (bool, error) {
	err := scanAPI.Get(ctx, q, dst, query, args...)
	if sqlscan.NotFound(err) {
		return false, nil
	}
	return err == nil, Broken(err)
}

// Select reads all rows into dst, a pointer to a slice.
func Select(ctx context.Context, q Querier, dst any, query string, args ...any) error {
	return Broken(scanAPI.Select(ctx, q, dst, query, args...))
}

// In writes "($n, $n+1, …)" for values from parameter first on, and their arguments; for lists of bounded
// length.
func In[T any](first int, values []T) (list string, args []any) {
	marks := make([]string, len(values))
	args = make([]any, len(values))
	for i, v := range values {
		marks[i] = fmt.Sprintf("$%d", first+i)
		args[i] = v
	}
	return "(" + strings.Join(marks, ", ") + ")", args
}

// IsUnique reports whether err is a broken unique constraint.
func IsUnique(err error) bool {
	var p *pgconn.PgError
	if errors.As(err, &p) {
		return p.Code == "23505"
	}
	var s *sqlite.Error
	return errors.As(err, &s) && (s.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || s.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// IsRetryable reports whether PostgreSQL asks for the transaction to be run again.
func IsRetryable(err error) bool {
	var p *pgconn.PgError
	return errors.As(err, &p) && (p.Code == "40001" || p.Code == "40P01")
}

var errBroken = errors.New("the connection to the database broke")

// Broken marks an error of a statement that got no answer because the connection broke: PostgreSQL
// crashed, or the network did. Nobody can know whether a commit under way came through: what may be
// sent again under the same key (see change.Writer.Create), or is the same a second time, is safe.
func Broken(err error) error {
	var broken net.Error
	if err == nil || errors.Is(err, errBroken) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.As(err, &broken) || errors.Is(err, net.ErrClosed) || errors.Is(err, driver.ErrBadConn) || pgconn.SafeToRetry(err) {
		return fmt.Errorf("%w: %w", errBroken, err)
	}
	return err
}

// IsUnavailable reports that the database is full, gone or read-only: the same request may be sent again.
// Nothing was changed, but for what Broken says.
func IsUnavailable(err error) bool {
	if errors.Is(err, errBroken) {
		return true
	}
	var s *sqlite.Error
	if errors.As(err, &s) {
		switch s.Code() & 0xff {
		case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY:
			return true
		}
		return false
	}
	var p *pgconn.PgError
	if errors.As(err, &p) {
		switch {
		case strings.HasPrefix(p.Code, "08"), strings.HasPrefix(p.Code, "53"), strings.HasPrefix(p.Code, "57P"), p.Code == "25006":
			return true
		}
		return false
	}
	var c *pgconn.ConnectError
	return errors.As(err, &c) || errors.Is(err, sql.ErrConnDone)
}

// IsUnreadable reports that PostgreSQL cannot keep a text at all: it has a NUL in it or is not
// UTF-8. SQLite takes anything.
func IsUnreadable(err error) bool {
	var p *pgconn.PgError
	return errors.As(err, &p) && (p.Code == "22021" || p.Code == "22P05")
}

// Now is the present to the microsecond. Slices take it from change.Tx.Now, so that all rows of
// one change agree.
func Now() Time { return At(time.Now()) }
