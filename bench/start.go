package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
	_ "modernc.org/sqlite"
)

const gigabyte = 1 << 30

// start: a demonstration's database is grown to a gigabyte with what grows in years of use (what was done by whom, who was
// in which meeting, events of a week), the server is ended, and then started over and over: with the file in memory, and
// after the system was asked to forget it.
func start(ctx context.Context, b *bench) (figures, error) {
	if err := b.grown(ctx, "start"); err != nil {
		return nil, err
	}
	file := filepath.Join(b.dir, "start", "wozai.db")
	defer os.RemoveAll(filepath.Join(b.dir, "start")) //nolint:errcheck // a temporary directory
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	f := figures{"database_MB": round(float64(info.Size())/1e6, 0)}
	bare := &times{} // the program loaded and ended again, for comparison: what the machine takes for itself
	for range 5 {
		began := time.Now()
		if err := exec.CommandContext(ctx, b.binary, "version").Run(); err != nil {
			return nil, err
		}
		bare.add(time.Since(began))
	}
	f["version_command_median_ms"] = bare.at(0.5)
	rounds := 9
	if b.quick {
		rounds = 2
	}
	for _, cold := range []bool{false, true} {
		name := map[bool]string{false: "warm", true: "cold"}[cold]
		healthy, ready := &times{}, &times{}
		for i := range rounds {
			if cold {
				if err := forget(file, b.binary); err != nil {
					return nil, err
				}
			}
			p, err := b.launch("serve", "start")
			if err != nil {
				return nil, err
			}
			at, err := p.answers(ctx, "/healthz")
			if err == nil {
				healthy.add(at)
				at, err = p.answers(ctx, "/readyz")
			}
			if err != nil {
				p.stop()
				return nil, err
			}
			ready.add(at)
			if !cold && i == rounds-1 {
				err = idle(ctx, b, p, f)
			}
			p.stop()
			if err != nil {
				return nil, err
			}
		}
		f[name+"_healthy_median_ms"], f[name+"_healthy_worst_ms"] = healthy.at(0.5), healthy.at(1)
		f[name+"_ready_median_ms"], f[name+"_ready_worst_ms"] = ready.at(0.5), ready.at(1)
		f[name+"_starts"] = float64(rounds)
	}
	return f, nil
}

// idle waits and reads what server and media child hold when nobody is there.
func idle(ctx context.Context, b *bench, p *program, f figures) error {
	wait := 20 * time.Second
	if b.quick {
		wait = 6 * time.Second
	}
	used := p.usage()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(wait):
	}
	server, media, _ := used.since(p.usage())
	rs, fs := memory(p.cmd.Process.Pid)
	rm, fm := memory(p.mediaPID())
	f["idle_server_resident_MB"], f["idle_media_resident_MB"], f["idle_both_resident_MB"] = rs, rm, round(rs+rm, 1)
	f["idle_both_shared_pages_once_MB"] = round(fs+fm, 1)
	f["idle_cores"] = round(server+media, 4)
	return nil
}

// forget asks the system to drop the files' pages from its memory, so that they are read from the disk again. A program
// that runs elsewhere keeps its own pages.
func forget(files ...string) error {
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		err = file.Sync()
		if err == nil {
			err = unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED)
		}
		_ = file.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// grown makes a data directory whose database has at least a gigabyte.
func (b *bench) grown(ctx context.Context, data string) error {
	p, err := b.launch("demo", data, "--bots", "0", "--print-json")
	if err != nil {
		return err
	}
	p.stop()
	path := filepath.Join(b.dir, data, "wozai.db")
	d, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?_pragma=synchronous(0)&_pragma=journal_mode(wal)&_pragma=cache_size(-262144)")
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // after the checkpoint
	d.SetMaxOpenConns(1)
	now := time.Now().UnixMicro()
	const rows = 100_000
	for n := 0; ; n += rows {
		numbers := fmt.Sprintf(`WITH RECURSIVE k(i) AS (SELECT %d UNION ALL SELECT i + 1 FROM k WHERE i < %d)`, n+1, n+rows)
		for _, insert := range []string{
			`INSERT INTO audit (id, at, person_id, by_link, origin, action, subject, subject_id, unit_id, before, after)
				SELECT i, $1 - i * 1000000, 1 + i % 60000, i % 3 = 0, 'http', 'meeting.answer', 'meeting', 1 + i / 40, 1 + i % 400, NULL,
				'{"answer":"yes","plan_how":"video","note":"' || hex(randomblob(60)) || '"}' FROM k`,
			`INSERT INTO attendance (id, meeting_id, person_id, seat_id, kind, at, how, place_sealed, given, by_id, helper, reason)
				SELECT i, 1 + i / 80, 1 + i % 60000, i, 'in', $1 - i * 1000000, 'video', randomblob(90), 'self', 0, '', '' FROM k`,
			`INSERT INTO event (at, topic, kind, subject_id, version) SELECT $1 - i * 1000, 'meeting:' || (1 + i / 40), 'participants', 1 + i / 40, i FROM k`,
		} {
			if _, err := d.ExecContext(ctx, numbers+insert, now); err != nil {
				return err
			}
		}
		if info, err := os.Stat(path); err != nil || info.Size() >= gigabyte {
			if err != nil {
				return err
			}
			break
		}
	}
	_, err = d.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`)
	return err
}
