package change

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"wozai/internal/db"
	"wozai/internal/fault"
)

// A closure that keeps losing against others gives up after this many runs.
const maxTries = 12

type togetherKey struct{}

type together struct {
	name string
	part any // of the name; nil outside
}

// Together says that what Do is given with this context changes the same rows as all else of that name.
// Of many such closures at once PostgreSQL would turn away all but one, again and again. So they take
// turns, over all nodes, and those of one node that wait share a transaction, each of another part: they
// read nothing that belongs to another part of the name and is written there. One that refuses before it
// has written leaves its companions alone; when anything else fails, each is done by itself. On SQLite
// this says nothing: there all changes are together.
func Together(ctx context.Context, name string, part any) context.Context {
	return context.WithValue(ctx, togetherKey{}, together{name, part})
}

// turns holds who waits for their turn, by name; a name is there while somebody works on it.
type turns struct {
	mu      sync.Mutex
	waiting map[string][]*task
}

func (w *Writer) doPostgres(ctx context.Context, t *task) error {
	t.together, _ = ctx.Value(togetherKey{}).(together)
	busy, ok := w.enter(t)
	if !ok {
		return sql.ErrConnDone
	}
	defer w.wg.Done()
	switch {
	case t.part == nil:
		w.commit(ctx, []*task{t})
		return t.err
	case !busy:
		go w.takeTurns(t.name)
	}
	<-t.done
	return t.err
}

// enter has Close wait for a task, and puts it among those of its name; busy: somebody works on those.
// Not ok: it is closed already.
func (w *Writer) enter(t *task) (busy, ok bool) {
	w.turns.mu.Lock()
	defer w.turns.mu.Unlock()
	select {
	case <-w.stopped:
		return false, false
	default:
	}
	w.wg.Add(1)
	if t.part == nil {
		return false, true
	}
	waiting, busy := w.turns.waiting[t.name]
	w.turns.waiting[t.name] = append(waiting, t)
	return busy, true
}

// takeTurns does what waits under a name until nothing does.
func (w *Writer) takeTurns(name string) {
	for {
		w.turns.mu.Lock()
		waiting := w.turns.waiting[name]
		if len(waiting) == 0 {
			delete(w.turns.waiting, name)
			w.turns.mu.Unlock()
			return
		}
		now := companions(waiting)
		w.turns.waiting[name] = waiting[len(now):]
		w.turns.mu.Unlock()
		w.commit(context.Background(), now)
		for _, t := range now {
			close(t.done)
		}
	}
}

// companions are the first ones that may share a transaction.
func companions(waiting []*task) []*task {
	parts := map[any]bool{}
	for i, t := range waiting {
		if i == batchMax || parts[t.part] {
			return waiting[:i]
		}
		parts[t.part] = true
	}
	return waiting
}

// commit does tasks in one transaction, again while it loses against others, and leaves in each what
// came of it. What cannot be done together is done one by one.
func (w *Writer) commit(ctx context.Context, tasks []*task) {
	var err error
	for try := range maxTries {
		if try > 0 {
			// Exponential with jitter: 2 ms, 4 ms … at most 128 ms.
			d := time.Millisecond << min(try, 7)
			select {
			case <-time.After(d/2 + rand.N(d)):
			case <-ctx.Done(): // of a single one
				tasks[0].err = ctx.Err()
				return
			}
		}
		var events int
		if events, err = w.once(tasks, w.twice && try == 0); err == nil {
			if events > 0 && w.committed != nil {
				w.committed()
			}
			return
		}
		if !db.IsRetryable(err) {
			break
		}
	}
	if len(tasks) == 1 {
		tasks[0].err = err
		return
	}
	for i := range tasks {
		w.commit(ctx, tasks[i:i+1])
	}
}

// once runs tasks in one transaction. An error means that nothing of any is there.
func (w *Writer) once(tasks []*task, rehearse bool) (events int, err error) {
	ctx := context.Background() // an interrupted statement would lose the connection
	c, err := w.db.Writer().Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer c.Close() //nolint:errcheck // it goes back to the pool
	if t := tasks[0]; t.part != nil {
		// Before the transaction: one that began while it waited would see what was there before its turn.
		if _, err := c.ExecContext(ctx, `SELECT pg_advisory_lock(hashtextextended($1, 0))`, t.name); err != nil {
			return 0, err
		}
		defer func() {
			if _, err := c.ExecContext(ctx, `SELECT pg_advisory_unlock(hashtextextended($1, 0))`, t.name); err != nil {
				_ = c.Raw(func(any) error { return driver.ErrBadConn }) // with the connection goes the lock
			}
		}()
	}
	stx, err := c.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		return 0, err
	}
	defer stx.Rollback() //nolint:errcheck // after Commit it has nothing to do
	last := later{seen: map[event]bool{}, sums: map[string]*sum{}}
	for _, t := range tasks {
		t.later, t.shared = &last, len(tasks) > 1
		if rehearse {
			if err := w.rehearse(ctx, stx, t); err != nil {
				return 0, err
			}
		}
		if t.err = w.run(t.ctx, stx, t); t.err == nil {
			last.tell(t.told)
		} else if t.wrote || len(tasks) == 1 || ofDatabase(t.err) {
			return 0, t.err
		}
	}
	if err := last.write(ctx, c, w.now()); err != nil {
		return 0, err
	}
	return len(last.told), stx.Commit()
}

// rehearse runs a task in vain.
func (w *Writer) rehearse(ctx context.Context, stx *sql.Tx, t *task) error {
	if _, err := stx.ExecContext(ctx, "SAVEPOINT rehearsal"); err != nil {
		return err
	}
	later, shared := t.later, t.shared
	t.later, t.shared = nil, false
	err := w.run(t.ctx, stx, t)
	if t.later, t.shared = later, shared; err != nil && (t.wrote || ofDatabase(err)) {
		return err
	}
	_, err = stx.ExecContext(ctx, "ROLLBACK TO rehearsal")
	return err
}

// ofDatabase reports that a statement failed, and with it the transaction.
func ofDatabase(err error) bool {
	var p *pgconn.PgError
	return errors.As(err, &p) || db.IsUnavailable(db.Broken(err))
}

// later is what a transaction writes at its end, all at once: its events, and what its closures have put
// off.
type later struct {
	told    []event
	seen    map[event]bool
	queries []*pgx.QueuedQuery
	one     []bool          // that hits exactly one row
	sums    map[string]*sum // by row
}

func (l *later) put(query string, one bool, args []any) {
	l.queries, l.one = append(l.queries, &pgx.QueuedQuery{SQL: query, Arguments: args}), append(l.one, one)
}

type sum struct {
	query string
	add   []int64
	key   []any
}

func (l *later) add(query string, add []int64, key []any) {
	row := fmt.Sprint(query, key)
	there := l.sums[row]
	if there == nil {
		l.sums[row] = &sum{query, slices.Clone(add), key}
		return
	}
	for i, n := range add {
		there.add[i] += n
	}
}

func values(of []int64) []any {
	out := make([]any, len(of))
	for i, n := range of {
		out[i] = n
	}
	return out
}

func (l *later) tell(told []event) {
	for _, e := range told {
		if !l.seen[e] {
			l.seen[e] = true
			l.told = append(l.told, e)
		}
	}
}

func (l *later) write(ctx context.Context, c *sql.Conn, now db.Time) error {
	for _, row := range slices.Sorted(maps.Keys(l.sums)) {
		x := l.sums[row]
		l.put(x.query, true, append(values(x.add), x.key...))
	}
	if len(l.told)+len(l.queries) == 0 {
		return nil
	}
	b := &pgx.Batch{QueuedQueries: l.queries}
	if len(l.told) > 0 {
		var topics, kinds []string
		var ids, versions []int64
		for _, e := range l.told {
			topics, kinds, ids, versions = append(topics, e.topic), append(kinds, e.kind), append(ids, int64(e.id)), append(versions, e.version)
		}
		b.Queue(`INSERT INTO event (at, topic, kind, subject_id, version)
			SELECT CAST($1 AS BIGINT), e.* FROM unnest(CAST($2 AS TEXT[]), CAST($3 AS TEXT[]), CAST($4 AS BIGINT[]), CAST($5 AS BIGINT[])) e`, int64(now), topics, kinds, ids, versions)
	}
	return c.Raw(func(conn any) (err error) {
		r := conn.(*stdlib.Conn).Conn().SendBatch(ctx, b)
		defer func() { err = errors.Join(err, r.Close()) }()
		for _, one := range l.one {
			switch tag, err := r.Exec(); {
			case err != nil:
				return err
			case one && tag.RowsAffected() != 1:
				return fault.Stale()
			}
		}
		return nil
	})
}
