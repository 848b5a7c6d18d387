package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"wozai/internal/access"
	"wozai/internal/backup"
	"wozai/internal/blob"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/secret"
	"wozai/internal/testkit"
)

type place struct {
	dsn   string
	store *testkit.Store
	blobs *blob.Store
	key   *secret.Box
	dir   string
}

func eachPlace(t *testing.T, f func(t *testing.T, p *place, fresh func() string)) {
	t.Run("sqlite", func(t *testing.T) {
		n := 0
		fresh := func() string { n++; return filepath.Join(t.TempDir(), fmt.Sprintf("wozai%d.db", n)) }
		f(t, newPlace(t, fresh()), fresh)
	})
	t.Run("postgres", func(t *testing.T) {
		f(t, newPlace(t, testkit.PostgresDSN(t)), func() string { return testkit.Postgres(t) })
	})
}

func newPlace(t *testing.T, dsn string) *place {
	t.Helper()
	dir := t.TempDir()
	key, err := secret.Open(filepath.Join(dir, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	p := &place{dsn: dsn, dir: dir, key: key, store: testkit.OpenStore(t, dsn), blobs: openBlobs(t, dir)}
	return p
}

func openBlobs(t *testing.T, dir string) *blob.Store {
	t.Helper()
	b, err := blob.Open(t.Context(), "", dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func (p *place) source() backup.Source {
	return backup.Source{Database: p.dsn, Blobs: p.blobs.Bucket, Key: p.key, Program: "test"}
}

// tell writes one notice, audit row and event.
func (p *place) tell(ctx context.Context, text string) error {
	return p.store.Change.Do(ctx, access.SystemActor("test"), func(ctx context.Context, tx *change.Tx) error {
		if err := tx.Audit(ctx, change.Record{Action: "test.tell", Subject: "test", SubjectID: 1}); err != nil {
			return err
		}
		return tx.Notify(ctx, change.Notice{PersonID: 7, Kind: "test", Params: map[string]any{"text": text}, Subject: "test", SubjectID: 1})
	})
}

func texts(t *testing.T, d *db.DB) map[string]bool {
	t.Helper()
	var all []string
	if err := db.Select(t.Context(), d.Read(), &all, `SELECT CAST(params AS TEXT) FROM notice`); err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, s := range all {
		out[strings.ReplaceAll(s, " ", "")] = true
	}
	return out
}

const hostile = "我在\\N\t\\.\n'\"\\\\ \x01 end" // what COPY escapes

func TestBackupWhileWritingAndRestore(t *testing.T) {
	eachPlace(t, func(t *testing.T, p *place, fresh func() string) {
		ctx := t.Context()
		if err := p.tell(ctx, hostile); err != nil {
			t.Fatal(err)
		}
		big := bytes.Repeat([]byte("0123456789abcdef"), 1<<17) // 2 MiB
		for key, content := range map[string][]byte{"a/one": []byte("page"), "b/two": big, "empty": nil} {
			if err := p.blobs.Put(ctx, key, "image/webp", bytes.NewReader(content)); err != nil {
				t.Fatal(err)
			}
		}

		// Four people go on writing before, while and after the backup is taken.
		var acknowledged sync.Map
		var count atomic.Int64
		stop, wait := make(chan struct{}), sync.WaitGroup{}
		enough := make(chan struct{})
		for w := range 4 {
			wait.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-stop:
						return
					default:
					}
					text := fmt.Sprintf("%d-%d", w, i)
					if err := p.tell(ctx, text); err != nil {
						t.Error(err)
						return
					}
					acknowledged.Store(text, true)
					if count.Add(1) == 100 {
						close(enough)
					}
				}
			})
		}
		<-enough
		before := map[string]bool{}
		acknowledged.Range(func(k, _ any) bool { before[k.(string)] = true; return true })
		file := filepath.Join(t.TempDir(), "wozai.backup")
		sum, err := backup.Write(ctx, p.source(), file)
		during := count.Load()
		close(stop)
		wait.Wait()
		if err != nil {
			t.Fatal(err)
		}
		if during == int64(len(before)) {
			t.Error("nobody wrote while the backup was taken: the test shows too little")
		}
		if sum.Blobs != 3 {
			t.Errorf("%d files in the backup, want 3", sum.Blobs)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the backup's mode is %v (%v), want 0600", info.Mode(), err)
		}
		if left, _ := filepath.Glob(file + ".*"); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}

		to, dir := fresh(), t.TempDir()
		blobs := openBlobs(t, dir)
		if _, err := backup.Restore(ctx, file, backup.Target{Database: to, Blobs: blobs.Bucket, Key: p.key}); err != nil {
			t.Fatal(err)
		}
		restored := testkit.OpenStore(t, to)
		got := texts(t, restored.DB)
		for text := range before {
			if !got[`{"text":"`+text+`"}`] {
				t.Fatalf("%s was acknowledged before the backup began and is not in it (%d rows there)", text, len(got))
			}
		}
		var had, has []string
		const row = `SELECT CAST(params AS TEXT) FROM notice ORDER BY id LIMIT 1`
		if err := errors.Join(db.Select(ctx, p.store.DB.Read(), &had, row), db.Select(ctx, restored.DB.Read(), &has, row)); err != nil {
			t.Fatal(err)
		}
		if had[0] != has[0] {
			t.Errorf("restored %q, want %q", has[0], had[0])
		}
		var rows struct {
			Notices int64 `db:"notices"`
			Audits  int64 `db:"audits"`
		}
		if err := db.Get(ctx, restored.DB.Read(), &rows, `SELECT (SELECT COUNT(*) FROM notice) AS notices, (SELECT COUNT(*) FROM audit) AS audits`); err != nil {
			t.Fatal(err)
		}
		if rows.Notices != rows.Audits {
			t.Errorf("%d notices and %d audit rows: not one snapshot", rows.Notices, rows.Audits)
		}
		for key, want := range map[string][]byte{"a/one": []byte("page"), "b/two": big, "empty": {}} {
			if b, err := blobs.ReadAll(ctx, key); err != nil || !bytes.Equal(b, want) {
				t.Errorf("file %s: %d bytes (%v), want %d", key, len(b), err, len(want))
			}
		}
		if a, err := blobs.Attributes(ctx, "a/one"); err != nil || a.ContentType != "image/webp" {
			t.Errorf("type of a/one: %+v (%v)", a, err)
		}
		// It is written on, events and all.
		q := &place{store: restored}
		if err := q.tell(ctx, "afterwards"); err != nil {
			t.Errorf("writing to the restored database: %v", err)
		}

		// A second time there is something there already.
		if _, err := backup.Restore(ctx, file, backup.Target{Database: to, Blobs: openBlobs(t, t.TempDir()).Bucket, Key: p.key}); !errors.Is(err, backup.ErrNotEmpty) {
			t.Errorf("restoring over a database: %v", err)
		}
		if _, err := backup.Restore(ctx, file, backup.Target{Database: fresh(), Blobs: blobs.Bucket, Key: p.key}); !errors.Is(err, backup.ErrNotEmpty) {
			t.Errorf("restoring over files: %v", err)
		}
		if _, err := backup.Write(ctx, p.source(), file); err == nil {
			t.Error("a backup was written over another")
		}
	})
}

func TestRestoreWithAnotherKey(t *testing.T) {
	eachPlace(t, func(t *testing.T, p *place, fresh func() string) {
		file := filepath.Join(t.TempDir(), "wozai.backup")
		if _, err := backup.Write(t.Context(), p.source(), file); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if key, _ := os.ReadFile(filepath.Join(p.dir, "master.key")); bytes.Contains(content, bytes.TrimSpace(key)) || len(key) == 0 {
			t.Error("the master key is in the backup")
		}
		other, err := secret.Open(filepath.Join(t.TempDir(), "master.key"))
		if err != nil {
			t.Fatal(err)
		}
		to := fresh()
		blobs := openBlobs(t, t.TempDir()).Bucket
		if _, err := backup.Restore(t.Context(), file, backup.Target{Database: to, Blobs: blobs, Key: other}); !errors.Is(err, backup.ErrWrongKey) {
			t.Errorf("got %v, want the wrong key named", err)
		}
		// Nothing was done, so the right key finds an empty place.
		if _, err := backup.Restore(t.Context(), file, backup.Target{Database: to, Blobs: blobs, Key: p.key}); err != nil {
			t.Error(err)
		}
	})
}

func TestDamagedFilesAreNotRestored(t *testing.T) {
	p := newPlace(t, filepath.Join(t.TempDir(), "wozai.db"))
	for i := range 50 {
		if err := p.tell(t.Context(), fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "wozai.backup")
	if _, err := backup.Write(t.Context(), p.source(), file); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Verify(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	flip := func(i int) []byte { b := bytes.Clone(whole); b[i] ^= 1; return b }
	for name, c := range map[string]struct {
		content []byte
		want    error
	}{
		"cut in half":     {whole[:len(whole)/2], backup.ErrDamaged},
		"end missing":     {whole[:len(whole)-8], backup.ErrDamaged},
		"one bit, middle": {flip(len(whole) / 2), backup.ErrDamaged},
		"one bit, late":   {flip(len(whole) * 9 / 10), backup.ErrDamaged},
		"empty":           {nil, backup.ErrNotOurs},
		"something else":  {[]byte("PK\x03\x04 not a backup"), backup.ErrNotOurs},
		"another tar's":   {append(bytes.Clone(whole), whole...), nil}, // what comes after the end does not count
	} {
		t.Run(name, func(t *testing.T) {
			bad := filepath.Join(t.TempDir(), "bad")
			if err := os.WriteFile(bad, c.content, 0o600); err != nil {
				t.Fatal(err)
			}
			to := filepath.Join(t.TempDir(), "new.db")
			_, err := backup.Restore(t.Context(), bad, backup.Target{Database: to, Blobs: openBlobs(t, t.TempDir()).Bucket, Key: p.key})
			if c.want == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if left, _ := filepath.Glob(to + "*"); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}
