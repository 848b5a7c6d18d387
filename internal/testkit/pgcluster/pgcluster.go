// Package pgcluster runs a real, throw-away PostgreSQL server for tests.
//
// It stands apart from testkit so that the test runner can start one server
// for all packages without being a test itself.
package pgcluster

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the "pgx" driver of database/sql
)

// MinVersion is the oldest PostgreSQL major version that Wozai supports.
const MinVersion = 15

// Env names a running server by the URL of a database on it, as a user who may
// create databases. The test runner sets it, so that all packages share one
// server; without it each test process starts its own.
const Env = "WOZAI_TEST_POSTGRES"

// ErrMissing says that no PostgreSQL server of MinVersion or newer is
// installed; its text names what to install.
var ErrMissing = fmt.Errorf("no PostgreSQL %d+ server binaries (initdb, postgres) in /usr/lib/postgresql/*/bin or PATH: "+
	"run `make setup`, or install the Debian package postgresql-%d", MinVersion, MinVersion)

// Cluster is a running server that nobody else knows of. It listens on a unix
// socket in a private directory and forgets everything when it stops.
type Cluster struct {
	// DSN is the URL of the maintenance database, as the superuser.
	DSN string

	lifeline io.WriteCloser // the server lives as long as this pipe is open
	done     <-chan error
}

// The server must not outlive whoever started it, even one that panics, runs
// into a timeout or is killed with -9, so nobody can be relied upon to call
// Stop. A pipe can: the kernel closes it, `read` fails, the shell cleans up. A line lets the server
// crash ("down"), or come back ("up").
const watchdog = `
bin=$1 dir=$2
up() { "$bin/postgres" -D "$dir/data" -k "$dir" >>"$dir/log" 2>&1 </dev/null & server=$!; }
down() { kill -QUIT "$server" 2>/dev/null; wait "$server"; }
up
while read -r word; do
	down
	[ "$word" = up ] && up
done
down
rm -rf "$dir"
`

// Durability is worth nothing here: a test database dies with its test.
// max_connections is high because all packages share one server.
const settings = `
listen_addresses = ''
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 4GB
shared_buffers = 128MB
max_connections = 300
autovacuum_naptime = 1h
timezone = 'UTC'
jit = off
`

// Start initialises a server and waits until it answers (about two seconds).
// Errors: ErrMissing, or what initdb or the server said.
func Start(ctx context.Context) (*Cluster, error) {
	bin, err := find()
	if err != nil {
		return nil, err
	}
	cred, err := credential()
	if err != nil {
		return nil, err
	}
	// Not $TMPDIR: a socket's path may have 107 bytes, and an unprivileged
	// server may be unable to enter root's own directory.
	dir, err := os.MkdirTemp("/tmp", "wozai-pg-")
	if err != nil {
		return nil, fmt.Errorf("pgcluster: %w", err)
	}
	if cred != nil {
		if err := os.Chown(dir, int(cred.Uid), int(cred.Gid)); err != nil {
			return nil, errors.Join(err, os.RemoveAll(dir))
		}
	}
	if err := initialise(ctx, bin, dir, cred); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}

	cmd := exec.Command("/bin/sh", "-c", watchdog, "wozai-pg", bin, dir) // no ctx: it outlives the start
	cmd.Dir, cmd.SysProcAttr = dir, attributes(cred)
	lifeline, err := cmd.StdinPipe()
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()

	c := &Cluster{
		DSN:      "postgres://postgres@/postgres?" + url.Values{"host": {dir}, "sslmode": {"disable"}}.Encode(),
		lifeline: lifeline,
		done:     done,
	}
	if err := c.ready(ctx); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		c.Stop()
		return nil, fmt.Errorf("pgcluster: server did not come up: %w\n%s", err, bytes.TrimSpace(log))
	}
	return c, nil
}

// Down lets the server crash and waits until it is gone; what it holds is kept. It has answered nobody
// whose change it will have lost only with synchronous_commit on, which a connection asks for itself.
func (c *Cluster) Down(ctx context.Context) error {
	if _, err := io.WriteString(c.lifeline, "down\n"); err != nil {
		return fmt.Errorf("pgcluster: %w", err)
	}
	return c.until(ctx, func(err error) bool { return err != nil })
}

// Up brings a server that is down back and waits until it answers.
func (c *Cluster) Up(ctx context.Context) error {
	if _, err := io.WriteString(c.lifeline, "up\n"); err != nil {
		return fmt.Errorf("pgcluster: %w", err)
	}
	return c.ready(ctx)
}

// Stop ends the server at once and removes its files. It may be called twice.
func (c *Cluster) Stop() {
	_ = c.lifeline.Close()
	<-c.done
	c.done = closed
}

var closed = func() <-chan error { ch := make(chan error); close(ch); return ch }()

func (c *Cluster) ready(ctx context.Context) error {
	return c.until(ctx, func(err error) bool { return err == nil })
}

// until pings until the outcome is as wanted.
func (c *Cluster) until(ctx context.Context, wanted func(error) bool) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	db, err := sql.Open("pgx", c.DSN)
	if err != nil {
		return err
	}
	defer db.Close()
	for {
		err := db.PingContext(ctx)
		if ctx.Err() == nil && wanted(err) {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func initialise(ctx context.Context, bin, dir string, cred *syscall.Credential) error {
	data := filepath.Join(dir, "data")
	base := []string{
		"--pgdata", data, "--username", "postgres", "--auth", "trust",
		"--encoding", "UTF8", "--no-sync", "--no-instructions", "--locale", "C",
	}
	run := func(args ...string) ([]byte, error) {
		cmd := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), append(slices.Clone(base), args...)...)
		cmd.Dir, cmd.SysProcAttr = dir, attributes(cred)
		return cmd.CombinedOutput()
	}
	// A linguistic order, as a Chinese installation has: with C everywhere a
	// column that forgot its COLLATE "C" would pass every test.
	out, err := run("--locale-provider", "icu", "--icu-locale", "zh-CN")
	if err != nil && bytes.Contains(out, []byte("ICU is not supported")) {
		out, err = run()
	}
	if err != nil {
		return fmt.Errorf("pgcluster: initdb: %w\n%s", err, bytes.TrimSpace(out))
	}
	f, err := os.OpenFile(filepath.Join(data, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("pgcluster: %w", err)
	}
	_, err = f.WriteString(settings)
	return errors.Join(err, f.Close())
}

// find returns the directory of the newest server binaries.
func find() (string, error) {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	major := func(dir string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
		return n
	}
	dirs = slices.DeleteFunc(dirs, func(dir string) bool { return major(dir) < MinVersion || !complete(dir) })
	if len(dirs) > 0 {
		return slices.MaxFunc(dirs, func(a, b string) int { return major(a) - major(b) }), nil
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil && complete(filepath.Dir(path)) && versionOf(path) >= MinVersion {
			return filepath.Dir(path), nil
		}
	}
	return "", ErrMissing
}

func complete(dir string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode()&0o111 == 0 {
			return false
		}
	}
	return true
}

// versionOf reads the major version from "initdb (PostgreSQL) 15.14 (…)", 0 if it cannot.
func versionOf(initdb string) int {
	out, _ := exec.Command(initdb, "--version").Output()
	_, rest, _ := strings.Cut(string(out), ") ")
	digits := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
	n, _ := strconv.Atoi(digits)
	return n
}

// credential names the user to run the server as, nil for the present one:
// PostgreSQL refuses to run as root.
func credential() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("pgcluster: user %s: %w", name, err)
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("pgcluster: PostgreSQL refuses to run as root, and there is no user postgres or nobody on this " + runtime.GOOS)
}

// attributes puts the server into a process group of its own, so that Ctrl-C
// in a terminal reaches the tests first and the server when they are done.
func attributes(cred *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Credential: cred}
}
