// Package change is the only way to write. One closure is one transaction: the rows, who did
// what (audit), what happened (events), what people are told (notices) and what is to be done
// later (jobs) commit together or not at all, and Do returns after they are on the disk.
//
// On SQLite closures of many callers share one commit (a savepoint each); on PostgreSQL each
// is a SERIALIZABLE transaction of its own, run again when the database asks for it, but for those
// that would turn one another away: see Together. So a closure may run twice: it does SQL only (no
// network, no hashing, no nested Do, nothing kept outside but what it sets anew every time), at most
// about 1,000 rows.
package change

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/riverqueue/river"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/fault"
)

// Enqueuer inserts a job inside a transaction; package job implements it.
type Enqueuer interface {
	InsertTx(ctx context.Context, tx *sql.Tx, args river.JobArgs, opts *river.InsertOpts) error
}

// Writer runs closures.
type Writer struct {
	db   *db.DB
	ids  *db.IDs
	jobs Enqueuer
	log  *slog.Logger

	queue   chan *task // SQLite
	turns   turns      // PostgreSQL
	stopped chan struct{}
	stop    sync.Once
	wg      sync.WaitGroup

	committed func()                                              // after a commit that carried events
	notified  []func(ctx context.Context, tx *Tx, id db.ID) error // in the transaction, per notice
	twice     bool
	now       func() db.Time
	index     func(purpose, value string) []byte
}

// Options of a Writer; all but DB and IDs may be left out.
type Options struct {
	DB   *db.DB
	IDs  *db.IDs
	Jobs Enqueuer
	Log  *slog.Logger
	// Committed is called after a commit that carried events, to wake the live streams.
	Committed func()
	// Twice runs every closure twice, the first time in vain: tests find what is kept outside.
	Twice bool
	// Now is the clock; nil: the machine's.
	Now func() db.Time
	// Index is a keyed hash, secret.Box's, by which a request is known again: from a bare one an
	// answer that was given in confidence could be guessed. nil: under a key of this Writer's own, so
	// that no other one knows its requests.
	Index func(purpose, value string) []byte
}

// New makes a Writer; Close ends it.
func New(o Options) *Writer {
	w := &Writer{db: o.DB, ids: o.IDs, jobs: o.Jobs, log: o.Log, committed: o.Committed, twice: o.Twice, now: db.Now,
		index: o.Index, queue: make(chan *task, 1024), stopped: make(chan struct{})}
	w.turns.waiting = map[string][]*task{}
	if o.Now != nil {
		w.now = o.Now
	}
	if w.index == nil {
		key := []byte(rand.Text())
		w.index = func(purpose, value string) []byte {
			h := hmac.New(sha256.New, key)
			h.Write([]byte(purpose + " " + value))
			return h.Sum(nil)
		}
	}
	if w.log == nil {
		w.log = slog.New(slog.DiscardHandler)
	}
	if w.db.Engine == db.SQLite {
		w.wg.Add(1)
		go w.loop()
	}
	return w
}

// OnNotice adds what happens to a notice besides the inbox (an e-mail job), in its transaction.
func (w *Writer) OnNotice(f func(ctx context.Context, tx *Tx, id db.ID) error) {
	w.notified = append(w.notified, f)
}

// OnCommit sets what is called after a commit that carried events.
func (w *Writer) OnCommit(f func()) { w.committed = f }

// Close waits for closures under way; later ones get fault unavailable.
func (w *Writer) Close() {
	w.stop.Do(func() {
		w.turns.mu.Lock()
		defer w.turns.mu.Unlock()
		close(w.stopped)
	})
	w.wg.Wait()
}

// Now is the instant that a change made now would bear.
func (w *Writer) Now() db.Time { return w.now() }

// task is a closure on its way.
type task struct {
	ctx   context.Context
	actor access.Actor
	fn    func(context.Context, *Tx) error
	together
	before map[event]bool // SQLite: see Tx
	later  *later         // PostgreSQL
	shared bool           // see Tx
	told   []event
	wrote  bool
	err    error
	done   chan struct{}
}

type insideKey struct{}

var errNested = errors.New("change: Do inside Do")

// Do runs fn as one change by actor. A nil result means that everything in it is durable; any
// error means that nothing of it is there. Cancelling ctx counts only before fn starts.
func (w *Writer) Do(ctx context.Context, actor access.Actor, fn func(ctx context.Context, tx *Tx) error) error {
	if ctx.Value(insideKey{}) != nil {
		return errNested
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	// An interrupted statement would roll back everybody in the batch.
	t := &task{ctx: context.WithValue(context.WithoutCancel(ctx), insideKey{}, true), actor: actor, fn: fn, done: make(chan struct{})}
	var err error
	if w.db.Engine == db.SQLite {
		err = w.doSQLite(ctx, t)
	} else {
		err = db.Broken(w.doPostgres(ctx, t))
	}
	if err != nil && (db.IsUnavailable(err) || db.IsRetryable(err)) { // the latter: it lost against others every time
		return fault.New(fault.KindUnavailable, "database_unavailable").Because(err)
	}
	return err
}

// Create is Do for something that a request may send twice: under the request's key (see
// WithKey) fn runs once, and later calls return the first one's id without running it. Fault
// invalid "key_reused" when something else came under the same key.
func (w *Writer) Create(ctx context.Context, actor access.Actor, fn func(ctx context.Context, tx *Tx) (db.ID, error)) (db.ID, error) {
	r, keyed := ctx.Value(requestKey{}).(request)
	sent := w.sent(r)
	var id db.ID
	err := w.Do(ctx, actor, func(ctx context.Context, tx *Tx) error {
		var err error
		var found bool
		if id, found, err = made(ctx, tx, actor, r.key, sent); err != nil || found {
			return err
		}
		if id, err = fn(ctx, tx); err != nil || !keyed {
			return err
		}
		return tx.exec(ctx, `INSERT INTO request_key (owner_id, key, sent, result_id, at) VALUES ($1, $2, $3, $4, $5)`, owner(actor), r.key, sent, id, tx.now)
	})
	return id, err
}

// Made tells what Create has made of this very request before: for who has to ask, or to prepare,
// what a second time would be refused.
func (w *Writer) Made(ctx context.Context, actor access.Actor) (id db.ID, found bool, err error) {
	r, _ := ctx.Value(requestKey{}).(request)
	return made(ctx, w.db.Read(), actor, r.key, w.sent(r))
}

func made(ctx context.Context, q db.Querier, actor access.Actor, key string, sent int64) (db.ID, bool, error) {
	if key == "" {
		return 0, false, nil
	}
	var row struct {
		ID   db.ID `db:"result_id"`
		Sent int64 `db:"sent"`
	}
	found, err := db.Find(ctx, q, &row, `SELECT result_id, sent FROM request_key WHERE owner_id = $1 AND key = $2`, owner(actor), key)
	if err == nil && found {
		err = SameSent(row.Sent, sent)
	}
	return row.ID, found, err
}

func owner(a access.Actor) db.ID { return cmp.Or(a.AccountID, a.PersonID) }

type requestKey struct{}

type request struct {
	key  string
	what string // JSON; empty: not to be told apart
}

// WithKey carries a request's Idempotency-Key and what was sent under it; the API edge calls it.
func WithKey(ctx context.Context, key string, what any) context.Context {
	return context.WithValue(ctx, requestKey{}, request{key, text(what)})
}

// WithSent adds to what was sent under the request's key what the edge did not read: a file.
func WithSent(ctx context.Context, more string) context.Context {
	if r, ok := ctx.Value(requestKey{}).(request); ok {
		return context.WithValue(ctx, requestKey{}, request{r.key, r.what + " " + more})
	}
	return ctx
}

// Sent is a keyed hash of what was sent, by which the same request is known again.
func (w *Writer) Sent(what any) int64 { return w.sent(request{what: text(what)}) }

func (w *Writer) sent(r request) int64 {
	if r.what == "" {
		return 0
	}
	return int64(binary.BigEndian.Uint64(w.index("request", r.what)))
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "" // what cannot be told apart is not
	}
	return string(b)
}

// SameSent refuses a key that came before with something else.
func SameSent(before, now int64) error {
	if before != now && before != 0 && now != 0 {
		return fault.New(fault.KindInvalid, "key_reused")
	}
	return nil
}

// Tx is a change in the making. It reads (db.Querier) and writes.
type Tx struct {
	*sql.Tx
	w        *Writer
	actor    access.Actor
	now      db.Time
	mutated  bool
	recorded bool
	wrote    bool           // anything at all, records among it
	before   map[event]bool // told by closures that share this commit; nil where none does
	told     []event        // by this one
	later    *later         // nil: nothing is put off
	shared   bool           // with companions, see Together
}

// event is what tx.Event tells.
type event struct {
	topic, kind string
	id          db.ID
	version     int64
}

// Now is the instant of this change.
func (tx *Tx) Now() db.Time { return tx.now }

// Actor is who changes.
func (tx *Tx) Actor() access.Actor { return tx.actor }

// NewID gives an id for a new row.
func (tx *Tx) NewID() db.ID { return tx.w.ids.New() }

// QueryContext reads within the change. The rows are read to the end before the same is asked again.
func (tx *Tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s := tx.w.db.Kept().Stmt(query); s != nil {
		return tx.StmtContext(ctx, s).QueryContext(ctx, args...)
	}
	return tx.Tx.QueryContext(ctx, query, args...)
}

func (tx *Tx) run(ctx context.Context, query string, args ...any) (sql.Result, error) {
	tx.wrote = true
	if s := tx.w.db.Kept().Stmt(query); s != nil {
		return tx.StmtContext(ctx, s).ExecContext(ctx, args...)
	}
	return tx.Tx.ExecContext(ctx, query, args...)
}

func (tx *Tx) exec(ctx context.Context, query string, args ...any) error {
	_, err := tx.run(ctx, query, args...)
	return err
}

// ExecContext runs a statement and counts as a mutation.
func (tx *Tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	tx.mutated = true
	return tx.run(ctx, query, args...)
}

// Exec runs a statement.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) error {
	_, err := tx.ExecContext(ctx, query, args...)
	return err
}

// ExecOne runs an UPDATE or DELETE that must hit exactly one row; fault stale when it hit none,
// as happens when its version condition no longer holds.
func (tx *Tx) ExecOne(ctx context.Context, query string, args ...any) error {
	r, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return err
	}
	n, err := r.RowsAffected()
	if err != nil {
		return err
	}
	switch n {
	case 1:
		return nil
	case 0:
		return fault.Stale()
	}
	return fmt.Errorf("change: %d rows instead of one", n)
}

// Later is Exec for what nothing in this change reads again: on PostgreSQL it is run at the end, with all
// others at once.
func (tx *Tx) Later(ctx context.Context, query string, args ...any) error {
	tx.mutated = true
	return tx.record(ctx, query, args...)
}

// record is Later for what is no mutation.
func (tx *Tx) record(ctx context.Context, query string, args ...any) error {
	if tx.later == nil {
		return tx.exec(ctx, query, args...)
	}
	tx.wrote = true
	tx.later.put(query, false, args)
	return nil
}

// LaterOne is ExecOne for what nothing in this change reads again, nor any other part of what it is
// together with (see Together): it may be run at the end, with all others at once. When it fails then,
// the change is made once more, alone.
func (tx *Tx) LaterOne(ctx context.Context, query string, args ...any) error {
	if !tx.shared {
		return tx.ExecOne(ctx, query, args...)
	}
	tx.mutated, tx.wrote = true, true
	tx.later.put(query, true, args)
	return nil
}

// LaterSum is LaterOne for an UPDATE that adds its first parameters to columns of the row that the others
// name: what many add to one row is added up before.
func (tx *Tx) LaterSum(ctx context.Context, query string, add []int64, key ...any) error {
	if !tx.shared {
		return tx.LaterOne(ctx, query, append(values(add), key...)...)
	}
	tx.mutated, tx.wrote = true, true
	tx.later.add(query, add, key)
	return nil
}

// Record says who did what to which thing. Before and After are small JSON-able values with
// what changed; sensitive fields stand in them by name, never by value.
type Record struct {
	Action    string // "meeting.create"
	Subject   string // "meeting"
	SubjectID db.ID
	UnitID    db.ID // whose it is; 0 when nobody's
	Before    any
	After     any
}

// Audit writes a record.
func (tx *Tx) Audit(ctx context.Context, r Record) error {
	tx.recorded = true
	before, err := jsonText(r.Before)
	if err != nil {
		return err
	}
	after, err := jsonText(r.After)
	if err != nil {
		return err
	}
	return tx.record(ctx, `INSERT INTO audit (id, at, person_id, by_link, origin, action, subject, subject_id, unit_id, before, after)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		tx.NewID(), tx.now, tx.actor.PersonID, tx.actor.Kind == access.Link, tx.actor.Origin,
		r.Action, r.Subject, r.SubjectID, r.UnitID, before, after)
}

// AppendOnly says that the rows written are their own record (turns, votes, attendance
// transitions): who and when stand in them and they are never changed.
func (tx *Tx) AppendOnly() { tx.recorded = true }

// Event tells the open browsers and the other nodes that a thing changed. Topic is who may hear
// of it ("person:12", "meeting:34"); there is nothing personal in an event. What is the same in one
// commit is told once: whoever hears it reads what all have written.
func (tx *Tx) Event(ctx context.Context, topic, kind string, id db.ID, version int64) error {
	e := event{topic, kind, id, version}
	if tx.before[e] {
		return nil
	}
	tx.wrote = true
	tx.told = append(tx.told, e)
	if tx.w.db.Engine == db.Postgres {
		return nil // written at the end, with all others
	}
	return tx.exec(ctx, `INSERT INTO event (at, topic, kind, subject_id, version) VALUES ($1, $2, $3, $4, $5)`,
		tx.now, topic, kind, id, version)
}

// Notice is a message to one person: a kind ("meeting.invited", worded by locales/*/notice.json)
// and its parameters, about a subject that the inbox links to.
type Notice struct {
	PersonID  db.ID
	Kind      string
	Params    map[string]any
	Subject   string
	SubjectID db.ID
	Todo      bool // asks for something to be done
	Urgent    bool // cannot wait: rings where the person lets it
}

// Notify puts a notice into somebody's inbox (and, where configured, further: see OnNotice).
func (tx *Tx) Notify(ctx context.Context, n Notice) error {
	params, err := json.Marshal(n.Params)
	if err != nil {
		return err
	}
	id := tx.NewID()
	if err := tx.exec(ctx, `INSERT INTO notice (id, person_id, kind, params, subject, subject_id, todo, urgent, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		id, n.PersonID, n.Kind, string(params), n.Subject, n.SubjectID, n.Todo, n.Urgent, tx.now); err != nil {
		return err
	}
	for _, f := range tx.w.notified {
		if err := f(ctx, tx, id); err != nil {
			return err
		}
	}
	return tx.Event(ctx, fmt.Sprintf("person:%d", n.PersonID), "notice", id, 0)
}

// Done marks the to-dos about a subject as done, for one person or (0) for everybody.
func (tx *Tx) Done(ctx context.Context, subject string, id, person db.ID) error {
	var asked []db.ID
	if err := db.Select(ctx, tx, &asked, `SELECT DISTINCT person_id FROM notice WHERE subject = $1 AND subject_id = $2 AND todo AND done_at = 0
		AND (person_id = $3 OR $3 = 0)`, subject, id, person); err != nil {
		return err
	}
	for _, p := range asked { // it leaves the pages that they have open
		if err := tx.Event(ctx, fmt.Sprintf("person:%d", p), "notice", id, 0); err != nil {
			return err
		}
	}
	return tx.exec(ctx, `UPDATE notice SET done_at = $1 WHERE subject = $2 AND subject_id = $3 AND done_at = 0
		AND (person_id = $4 OR $4 = 0)`, tx.now, subject, id, person)
}

// Enqueue adds a job that runs after the commit, at least once.
func (tx *Tx) Enqueue(ctx context.Context, args river.JobArgs, opts *river.InsertOpts) error {
	if tx.w.jobs == nil {
		return errors.New("change: no job queue")
	}
	tx.wrote = true
	return tx.w.jobs.InsertTx(ctx, tx.Tx, args, opts)
}

func jsonText(v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	b, err := json.Marshal(v)
	return string(b), err
}

// run executes one closure inside an open transaction.
func (w *Writer) run(ctx context.Context, stx *sql.Tx, t *task) (err error) {
	tx := &Tx{Tx: stx, w: w, actor: t.actor, now: w.now(), before: t.before, later: t.later, shared: t.shared}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("change: closure panicked: %v", r)
		}
		t.told, t.wrote = tx.told, tx.wrote
	}()
	if err := t.fn(ctx, tx); err != nil {
		return err
	}
	if tx.mutated && !tx.recorded {
		return errors.New("change: a mutation without a record")
	}
	return nil
}
