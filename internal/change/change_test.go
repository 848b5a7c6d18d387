package change_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/testkit"
	"wozai/internal/testkit/powercut"
)

var system = access.SystemActor("test")

func put(ctx context.Context, tx *change.Tx, key, value string) error {
	if err := tx.Exec(ctx, `INSERT INTO setting (key, value) VALUES ($1, $2)`, key, value); err != nil {
		return err
	}
	return tx.Audit(ctx, change.Record{Action: "setting.put", Subject: "setting"})
}

func count(t *testing.T, d *db.DB, query string, args ...any) (n int64) {
	t.Helper()
	if err := db.Get(context.Background(), d.Read(), &n, query, args...); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRowsRecordsAndEventsCommitTogetherOrNotAtAll(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		ctx := context.Background()
		boom := errors.New("boom")
		for i, want := range []error{nil, boom} {
			err := s.Change.Do(ctx, system, func(ctx context.Context, tx *change.Tx) error {
				if err := put(ctx, tx, fmt.Sprint("k", i), "v"); err != nil {
					return err
				}
				if err := tx.Notify(ctx, change.Notice{PersonID: 7, Kind: "test"}); err != nil {
					return err
				}
				return want
			})
			if !errors.Is(err, want) {
				t.Fatalf("Do: %v, want %v", err, want)
			}
		}
		for _, table := range []string{"setting", "audit", "event", "notice"} {
			if n := count(t, s.DB, "SELECT COUNT(*) FROM "+table); n != 1 {
				t.Errorf("%s has %d rows, want 1: the failed change left something, or the kept one lost something", table, n)
			}
		}
	})
}

func TestAMutationWithoutARecordIsRefused(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		err := s.Change.Do(context.Background(), system, func(ctx context.Context, tx *change.Tx) error {
			return tx.Exec(ctx, `INSERT INTO setting (key, value) VALUES ('a', 'b')`)
		})
		if err == nil || count(t, s.DB, `SELECT COUNT(*) FROM setting`) != 0 {
			t.Fatalf("err %v: an unrecorded row was kept", err)
		}
	})
}

func TestDoInsideDoIsRefused(t *testing.T) {
	s := testkit.SQLiteStore(t)
	err := s.Change.Do(context.Background(), system, func(ctx context.Context, _ *change.Tx) error {
		return s.Change.Do(ctx, system, func(context.Context, *change.Tx) error { return nil })
	})
	if err == nil {
		t.Fatal("a nested Do would wait for itself for ever")
	}
}

func TestAPanicLosesOnlyItsOwnChange(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		ctx := context.Background()
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				err := s.Change.Do(ctx, system, func(ctx context.Context, tx *change.Tx) error {
					if err := put(ctx, tx, fmt.Sprint(i), ""); err != nil {
						return err
					}
					if i%4 == 0 {
						panic("bad closure")
					}
					return nil
				})
				if (err != nil) != (i%4 == 0) {
					t.Errorf("change %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		if n := count(t, s.DB, `SELECT COUNT(*) FROM setting`); n != 30 {
			t.Errorf("%d rows, want 30", n)
		}
	})
}

func TestWhatIsTheSameInOneCommitIsToldOnce(t *testing.T) {
	ctx := context.Background()
	told := func(s *testkit.Store, all int, fails func(i int) bool) {
		var wg sync.WaitGroup
		for i := range all {
			wg.Go(func() {
				_ = s.Change.Do(ctx, system, func(ctx context.Context, tx *change.Tx) error {
					if err := tx.Event(ctx, "unit:1", "unit", 1, 0); err != nil || fails(i) {
						return errors.Join(err, errors.New("fails"))
					}
					return tx.Event(ctx, "unit:1", "unit", 2, int64(i))
				})
			})
		}
		wg.Wait()
	}
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		for round := int64(1); round <= 20; round++ { // what only one of them keeps is told, whoever came before it
			told(s, 8, func(i int) bool { return i != 5 })
			if n := count(t, s.DB, `SELECT COUNT(*) FROM event WHERE subject_id = 1`); n != round {
				t.Fatalf("told %d times after %d changes that were kept", n, round)
			}
		}
		told(s, 200, func(int) bool { return false })
		same, own := count(t, s.DB, `SELECT COUNT(*) FROM event WHERE subject_id = 1`)-20, count(t, s.DB, `SELECT COUNT(*) FROM event WHERE subject_id = 2`)-20
		if own != 200 || same < 1 {
			t.Errorf("200 changes told what was each one's own %d times, and what was the same %d times", own, same)
		}
		if shares := s.DB.Engine == db.SQLite; shares != (same < 200) {
			t.Errorf("what was the same was told %d times, in commits that are shared: %v", same, shares)
		}
	})
}

func TestTheSameRequestTwiceIsDoneOnce(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		ctx := change.WithKey(context.Background(), "op abc", 0)
		actor := access.Actor{Kind: access.Person, AccountID: 5, PersonID: 6}
		var wg sync.WaitGroup
		ids := make([]db.ID, 16)
		for i := range ids {
			wg.Go(func() {
				id, err := s.Change.Create(ctx, actor, func(ctx context.Context, tx *change.Tx) (db.ID, error) {
					id := tx.NewID()
					return id, put(ctx, tx, id.String(), "")
				})
				if err != nil {
					t.Errorf("create: %v", err)
				}
				ids[i] = id
			})
		}
		wg.Wait()
		for _, id := range ids {
			if id == 0 || id != ids[0] {
				t.Fatalf("ids differ: %v", ids)
			}
		}
		if n := count(t, s.DB, `SELECT COUNT(*) FROM setting`); n != 1 {
			t.Errorf("%d rows, want 1", n)
		}
	})
}

// A key that comes with something else is no repetition: neither is it done again nor is its
// sender told that it was.
func TestAKeyIsGoodForOneRequest(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		actor := access.Actor{Kind: access.Person, AccountID: 5, PersonID: 6}
		create := func(key string, sent any) (db.ID, error) {
			ctx := change.WithKey(context.Background(), key, sent)
			return s.Change.Create(ctx, actor, func(ctx context.Context, tx *change.Tx) (db.ID, error) {
				id := tx.NewID()
				return id, put(ctx, tx, id.String(), "")
			})
		}
		first, err := create("op abc", map[string]string{"name": "甲"})
		if err != nil {
			t.Fatal(err)
		}
		if again, err := create("op abc", map[string]string{"name": "甲"}); err != nil || again != first {
			t.Errorf("the same again: %v, %v", again, err)
		}
		if _, err := create("op abc", map[string]string{"name": "乙"}); fault.Code(err) != "key_reused" {
			t.Errorf("something else under it: %v", err)
		}
		if other, err := create("op def", map[string]string{"name": "乙"}); err != nil || other == first {
			t.Errorf("under a key of its own: %v, %v", other, err)
		}
		ctx := change.WithKey(context.Background(), "op abc", map[string]string{"name": "甲"})
		if id, found, err := s.Change.Made(ctx, actor); err != nil || !found || id != first {
			t.Errorf("made: %v, %v, %v", id, found, err)
		}
		if n := count(t, s.DB, `SELECT COUNT(*) FROM setting`); n != 2 {
			t.Errorf("%d rows, want 2", n)
		}
	})
}

// What was sent is remembered by a hash under the installation's key: every node knows it again, and
// nobody guesses it who reads the database alone.
func TestWhatWasSentIsNotGuessed(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		actor := access.Actor{Kind: access.Person, AccountID: 5, PersonID: 6}
		ctx := change.WithKey(context.Background(), "op abc", "unwell")
		writer := func(key string, node int) *change.Writer {
			w := change.New(change.Options{DB: s.DB, IDs: db.NewIDs(node), Index: func(purpose, value string) []byte {
				h := sha256.Sum256([]byte(key + purpose + value))
				return h[:]
			}})
			t.Cleanup(w.Close)
			return w
		}
		create := func(w *change.Writer) (db.ID, error) {
			return w.Create(ctx, actor, func(ctx context.Context, tx *change.Tx) (db.ID, error) {
				return 7, put(ctx, tx, "sent", "")
			})
		}
		one, other, foreign := writer("ours", 1020), writer("ours", 1021), writer("theirs", 1022)
		if _, err := create(one); err != nil {
			t.Fatal(err)
		}
		if id, err := create(other); err != nil || id != 7 {
			t.Errorf("another node: %v, %v", id, err)
		}
		if _, err := create(foreign); fault.Code(err) != "key_reused" {
			t.Errorf("with another key it is something else: %v", err)
		}
		if one.Sent("unwell") != other.Sent("unwell") || one.Sent("unwell") == foreign.Sent("unwell") || one.Sent("unwell") == one.Sent("well") {
			t.Error("the key does not decide")
		}
	})
}

// Many writers add to one row: nobody's addition is lost, on either engine.
func TestConcurrentChangesAreSerial(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		ctx := context.Background()
		if err := s.Change.Do(ctx, system, func(ctx context.Context, tx *change.Tx) error { return put(ctx, tx, "sum", "0") }); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 10 {
					for {
						err := s.Change.Do(ctx, system, func(ctx context.Context, tx *change.Tx) error {
							var v string
							if err := db.Get(ctx, tx, &v, `SELECT value FROM setting WHERE key = 'sum'`); err != nil {
								return err
							}
							n, _ := strconv.Atoi(v)
							if err := tx.ExecOne(ctx, `UPDATE setting SET value = $1 WHERE key = 'sum'`, strconv.Itoa(n+1)); err != nil {
								return err
							}
							return tx.Audit(ctx, change.Record{Action: "add", Subject: "setting"})
						})
						if err == nil {
							break
						}
						if !db.IsRetryable(err) {
							t.Errorf("add: %v", err)
							return
						}
					}
				}
			})
		}
		wg.Wait()
		var v string
		if err := db.Get(ctx, s.DB.Read(), &v, `SELECT value FROM setting WHERE key = 'sum'`); err != nil || v != "80" {
			t.Errorf("sum %s (%v), want 80", v, err)
		}
	})
}

// Many change one sum by adding to it, on two nodes where the engine has them: all of it arrives, nobody is turned
// away, who fails or refuses leaves the others alone, and who comes twice meets what they did before.
func TestTogether(t *testing.T) {
	run := func(t *testing.T, nodes ...*testkit.Store) {
		ctx := context.Background()
		if err := nodes[0].Change.Do(ctx, system, func(ctx context.Context, tx *change.Tx) error { return put(ctx, tx, "sum", "0") }); err != nil {
			t.Fatal(err)
		}
		const people = 60
		var wg sync.WaitGroup
		var mu sync.Mutex
		came := map[string]int{}
		for i := range people * 3 {
			wg.Go(func() {
				who := i % people
				err := nodes[i%len(nodes)].Change.Do(change.Together(ctx, "sum", who), system, func(ctx context.Context, tx *change.Tx) error {
					var there int64
					if err := db.Get(ctx, tx, &there, `SELECT COUNT(*) FROM setting WHERE key = $1`, strconv.Itoa(who)); err != nil {
						return err
					}
					switch {
					case there > 0:
						return fault.Conflict("again")
					case who%10 == 7:
						return fault.NotFound()
					}
					if err := tx.LaterOne(ctx, `INSERT INTO setting (key, value) VALUES ($1, '')`, strconv.Itoa(who)); err != nil {
						return err
					}
					if err := tx.LaterOne(ctx, `UPDATE setting SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT) WHERE key = 'sum'`); err != nil {
						return err
					}
					if who%10 == 8 {
						return fault.Stale() // after it has written
					}
					if who%10 == 9 {
						return tx.LaterOne(ctx, `UPDATE setting SET value = '' WHERE key = 'nobody'`)
					}
					tx.AppendOnly()
					return tx.Event(ctx, "sum", "sum", 1, 0)
				})
				mu.Lock()
				defer mu.Unlock()
				came[fault.Code(err)]++
			})
		}
		wg.Wait()
		const good = people * 7 / 10
		if want := map[string]int{"": good, "again": 2 * good, "not_found": people * 3 / 10, "changed_meanwhile": people * 6 / 10}; !maps.Equal(came, want) {
			t.Errorf("came %v, want %v", came, want)
		}
		var sum string
		if err := db.Get(ctx, nodes[0].DB.Read(), &sum, `SELECT value FROM setting WHERE key = 'sum'`); err != nil || sum != strconv.Itoa(good) {
			t.Errorf("sum %s (%v), want %d", sum, err, good)
		}
		if n := count(t, nodes[0].DB, `SELECT COUNT(*) FROM setting`); n != good+1 {
			t.Errorf("%d rows, want %d", n, good+1)
		}
		if n := count(t, nodes[0].DB, `SELECT COUNT(*) FROM event`); n == 0 {
			t.Error("nothing was told")
		}
	}
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) { run(t, s) })
	t.Run("two nodes", func(t *testing.T) {
		dsn := testkit.PostgresDSN(t)
		run(t, testkit.OpenStore(t, dsn), testkit.OpenStore(t, dsn))
	})
}

func TestAfterCloseNothingIsAccepted(t *testing.T) {
	s := testkit.SQLiteStore(t)
	s.Change.Close()
	err := s.Change.Do(context.Background(), system, func(context.Context, *change.Tx) error { return nil })
	if !fault.Is(err, fault.KindUnavailable) {
		t.Fatalf("got %v", err)
	}
}

// What was acknowledged is there after kill -9: a child prints each key after its commit and is
// killed in the middle; every printed key must be in the file.
func TestAcknowledgedMeansDurableUnderKill(t *testing.T) {
	if dsn := os.Getenv("WOZAI_TEST_WRITER"); dsn != "" {
		writeForever(dsn)
	}
	path := filepath.Join(t.TempDir(), "wozai.db")
	for round := range 3 {
		cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), "WOZAI_TEST_WRITER="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var acked []string
		for in := bufio.NewScanner(out); in.Scan(); {
			if k, ok := strings.CutPrefix(in.Text(), "acked "); ok {
				acked = append(acked, k)
			}
			if len(acked) == 500 {
				if err := cmd.Process.Kill(); err != nil { // SIGKILL
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait() // killed
		d, err := db.Open(context.Background(), path)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range acked {
			if count(t, d, `SELECT COUNT(*) FROM setting WHERE key = $1`, k) != 1 {
				t.Errorf("round %d: %s was acknowledged and is lost", round, k)
			}
		}
		if len(acked) < 500 {
			t.Errorf("round %d: only %d acknowledged", round, len(acked))
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// What was acknowledged is there when the power fails, whatever of the rest has reached the disk: a child writes to a disk
// that knows what was synchronised, and its power is cut again and again.
func TestAcknowledgedMeansDurableInAPowerCut(t *testing.T) {
	if dsn := os.Getenv("WOZAI_TEST_WRITER"); dsn != "" {
		writeForever(dsn)
	}
	type cut struct {
		dir   string
		acked int
	}
	write := func(t *testing.T, cuts int, prepare func(*powercut.Disk)) (acked []string, made []cut) {
		mount := t.TempDir()
		disk, err := powercut.Mount(mount)
		if err != nil {
			t.Skipf("this machine cannot mount a file system of one's own: %v", err)
		}
		defer func() {
			if err := disk.Close(); err != nil {
				t.Error(err)
			}
		}()
		cmd := exec.Command(os.Args[0], "-test.run=^TestAcknowledgedMeansDurableInAPowerCut$")
		cmd.Env = append(os.Environ(), "WOZAI_TEST_WRITER="+filepath.Join(mount, "data", "wozai.db"))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		chance := rand.New(rand.NewPCG(1, 2))
		for in := bufio.NewScanner(out); in.Scan() && len(made) < cuts; {
			k, ok := strings.CutPrefix(in.Text(), "acked ")
			if !ok {
				continue
			}
			if acked = append(acked, k); len(acked) == 1 {
				prepare(disk)
			}
			if len(acked)%300 == 0 {
				dir := t.TempDir()
				if _, err := disk.Cut(dir, []float64{0, 0.5, 0.9, 1}[len(made)%4], chance); err != nil {
					t.Fatal(err)
				}
				made = append(made, cut{filepath.Join(dir, "data", "wozai.db"), len(acked)})
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // killed
		if len(made) < cuts {
			t.Fatalf("%d cuts of %d: the child stopped after %d", len(made), cuts, len(acked))
		}
		return acked, made
	}
	lost := func(t *testing.T, acked []string, c cut) (n int) {
		d, err := db.Open(context.Background(), c.dir)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close() //nolint:errcheck // it was read
		var kept []string
		if err := db.Select(context.Background(), d.Read(), &kept, `SELECT key FROM setting`); err != nil {
			t.Fatal(err)
		}
		var sound string
		if err := db.Get(context.Background(), d.Read(), &sound, `PRAGMA integrity_check`); err != nil || sound != "ok" {
			t.Errorf("after %d: %s (%v)", c.acked, sound, err)
		}
		there := map[string]bool{}
		for _, k := range kept {
			there[k] = true
		}
		for _, k := range acked[:c.acked] {
			if !there[k] {
				n++
			}
		}
		return n
	}
	t.Run("an honest disk", func(t *testing.T) {
		acked, cuts := write(t, 20, func(*powercut.Disk) {})
		for _, c := range cuts {
			if n := lost(t, acked, c); n > 0 {
				t.Errorf("%d of %d acknowledged are lost", n, c.acked)
			}
		}
	})
	t.Run("one that lies", func(t *testing.T) { // else the test would find nothing
		acked, cuts := write(t, 1, (*powercut.Disk).Lie)
		if n := lost(t, acked, cuts[0]); n == 0 {
			t.Errorf("a disk that synchronises nothing has lost nothing of %d", cuts[0].acked)
		}
	})
}

func writeForever(path string) {
	ctx := context.Background()
	d, err := db.Open(ctx, path)
	if err != nil {
		panic(err)
	}
	if err := d.Migrate(ctx); err != nil {
		panic(err)
	}
	w := change.New(change.Options{DB: d, IDs: db.NewIDs(os.Getpid())})
	var wg sync.WaitGroup
	var out sync.Mutex
	for g := range 16 {
		wg.Go(func() {
			for i := 0; ; i++ {
				key := fmt.Sprintf("%d-%d-%d", os.Getpid(), g, i)
				if err := w.Do(ctx, system, func(ctx context.Context, tx *change.Tx) error { return put(ctx, tx, key, "") }); err != nil {
					panic(err)
				}
				out.Lock()
				fmt.Println("acked", key)
				out.Unlock()
			}
		})
	}
	wg.Wait()
}

func BenchmarkDoSQLite(b *testing.B) {
	s := testkit.SQLiteStore(b)
	b.SetParallelism(64)
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if err := s.Change.Do(context.Background(), system, func(ctx context.Context, tx *change.Tx) error {
				return put(ctx, tx, tx.NewID().String(), "")
			}); err != nil {
				b.Error(err)
			}
		}
	})
}

// What loses against others every time has changed nothing and may be sent again: no inner fault.
func TestAChangeThatKeepsLosingMayBeSentAgain(t *testing.T) {
	s := testkit.OpenStore(t, testkit.PostgresDSN(t))
	tries := 0
	err := s.Change.Do(context.Background(), system, func(context.Context, *change.Tx) error {
		tries++
		return &pgconn.PgError{Code: "40001"}
	})
	if !fault.Is(err, fault.KindUnavailable) || tries < 10 {
		t.Errorf("%v after %d tries", err, tries)
	}
}
