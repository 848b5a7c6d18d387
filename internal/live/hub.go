// Package live tells open browsers what changed: one Server-Sent-Events stream per browser
// carries {topic, kind, id, version}, and the browser reads anew through the API. Topics that
// have a state (the meeting room) send it: whole to who begins to listen, afterwards what differs
// (see Delta). It is read, compared and encoded once per node and change, for all who listen.
//
// Every node reads all committed events by its own cursor; a wake-up after a commit is a hint,
// polling is the guarantee.
package live

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"wozai/internal/access"
	"wozai/internal/db"
)

const (
	pollEvery  = time.Second
	coalesce   = 50 * time.Millisecond // states of one topic are sent at most this often
	keepEvents = 8192                  // for browsers that come back with a Last-Event-ID
	bufferSize = 256                   // per browser; one that lags further is told to read anew
	channel    = "wozai_event"
)

// Event is what a browser is told.
type Event struct {
	Cursor  string `json:"-"`
	Topic   string `json:"topic"`
	Kind    string `json:"kind"`
	ID      db.ID  `json:"id"`
	Version int64  `json:"version"`
	// Topics with a provider carry one of these with kind "state". Version counts their states on
	// this stream: a delta is good for who has the one before.
	State json.RawMessage `json:"state,omitempty"`
	Delta json.RawMessage `json:"delta,omitempty"`
}

// frame is e as it goes over the line, encoded once for everybody.
func (e Event) frame() ([]byte, error) {
	data, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	var b []byte
	if e.Cursor != "" {
		b = fmt.Appendf(b, "id: %s\n", e.Cursor)
	}
	return fmt.Appendf(b, "event: change\ndata: %s\n\n", data), nil
}

// Guard decides whether an actor may hear a topic; id is what follows the colon.
type Guard func(ctx context.Context, a access.Actor, id db.ID) error

// Provider computes the whole state of a topic, the same for everybody who hears it.
type Provider func(ctx context.Context, id db.ID) (any, error)

// Hub reads events and hands them to the streams of this node.
type Hub struct {
	db  *db.DB
	log *slog.Logger

	wake     chan struct{}
	notify   chan struct{}
	started  chan struct{}
	guards   map[string]Guard
	provider map[string]Provider
	onEvent  []func(Event)

	mu     sync.Mutex
	subs   map[string]map[*stream]bool // topic → streams; false: has not got its state yet
	open   map[db.ID]int               // person → streams
	recent []Event
	shown  map[string]*shown // of the topics in subs those with a state

	seq     int64
	xidText string
}

// New makes a hub. Register guards and providers, then Run.
func New(d *db.DB, log *slog.Logger) *Hub {
	return &Hub{db: d, log: log, wake: make(chan struct{}, 1), notify: make(chan struct{}, 1), started: make(chan struct{}),
		guards: map[string]Guard{}, provider: map[string]Provider{}, subs: map[string]map[*stream]bool{}, open: map[db.ID]int{}, shown: map[string]*shown{}}
}

// Topic registers who may hear topics "prefix:id", and, where provide is not nil, their state.
func (h *Hub) Topic(prefix string, guard Guard, provide Provider) {
	h.guards[prefix] = guard
	if provide != nil {
		h.provider[prefix] = provide
	}
}

// Topics lists the prefixes that were registered.
func (h *Hub) Topics() []string { return slices.Sorted(maps.Keys(h.guards)) }

// OnEvent calls f on this node for every event of any node, in order; f must not block.
func (h *Hub) OnEvent(f func(Event)) { h.onEvent = append(h.onEvent, f) }

// Wake says that this node has committed events.
func (h *Hub) Wake() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
	select {
	case h.notify <- struct{}{}:
	default:
	}
}

// Started is closed when the cursor is placed: every event committed from then on is heard.
func (h *Hub) Started() <-chan struct{} { return h.started }

// Refresh reads a topic's state anew on this node without an event of that topic, when something
// else that it is made of has changed.
func (h *Hub) Refresh(topic string) { h.changed(Event{Topic: topic}) }

// Run reads events until ctx ends.
func (h *Hub) Run(ctx context.Context) error {
	if err := h.start(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("live: %w", err)
	}
	close(h.started)
	if pool := h.db.Pool(); pool != nil {
		go h.listen(ctx, pool)
		go h.notifier(ctx)
	}
	t := time.NewTicker(pollEvery)
	defer t.Stop()
	for {
		for {
			n, err := h.read(ctx)
			if err != nil && ctx.Err() == nil {
				h.log.Warn("live: events cannot be read", "error", err)
			}
			if n < 1000 {
				break
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-h.wake:
		case <-t.C:
		}
	}
}

// start places the cursor at the present end.
func (h *Hub) start(ctx context.Context) error {
	if h.db.Engine == db.Postgres {
		var err error
		h.xidText, err = settled(ctx, h.db.Read())
		return err
	}
	return db.Get(ctx, h.db.Read(), &h.seq, `SELECT COALESCE(MAX(seq), 0) FROM event`)
}

type row struct {
	Seq       int64  `db:"seq"`
	XID       string `db:"xid_text"`
	Topic     string `db:"topic"`
	Kind      string `db:"kind"`
	SubjectID db.ID  `db:"subject_id"`
	Version   int64  `db:"version"`
}

func (h *Hub) read(ctx context.Context) (int, error) {
	var rows []row
	var err error
	if h.db.Engine == db.Postgres {
		var below string
		if below, err = settled(ctx, h.db.Read()); err != nil {
			return 0, err
		}
		err = db.Select(ctx, h.db.Read(), &rows, `SELECT seq, CAST(xid AS TEXT) AS xid_text, topic, kind, subject_id, version FROM event
			WHERE (xid, seq) > (CAST(CAST($1 AS TEXT) AS XID8), CAST($2 AS BIGINT)) AND xid < CAST(CAST($3 AS TEXT) AS XID8)
			ORDER BY event.xid, event.seq LIMIT 1000`, h.xidText, h.seq, below)
	} else {
		err = db.Select(ctx, h.db.Read(), &rows, `SELECT seq, '0' AS xid_text, topic, kind, subject_id, version FROM event
			WHERE seq > $1 ORDER BY seq LIMIT 1000`, h.seq)
	}
	if err != nil {
		return 0, err
	}
	for _, r := range latest(rows) {
		h.xidText, h.seq = r.XID, r.Seq
		h.dispatch(Event{Cursor: r.XID + "." + fmt.Sprint(r.Seq), Topic: r.Topic, Kind: r.Kind, ID: r.SubjectID, Version: r.Version})
	}
	return len(rows), nil
}

// latest leaves out what comes again in the same words: of a thousand answers to one question whoever watches is told
// once that there are some, after the last one.
func latest(rows []row) []row {
	type words struct {
		topic, kind string
		id          db.ID
		version     int64
	}
	last := make(map[words]int, len(rows))
	for i, r := range rows {
		last[words{r.Topic, r.Kind, r.SubjectID, r.Version}] = i
	}
	var out []row
	for i, r := range rows {
		if last[words{r.Topic, r.Kind, r.SubjectID, r.Version}] == i {
			out = append(out, r)
		}
	}
	return out
}

func (h *Hub) dispatch(e Event) {
	for _, f := range h.onEvent {
		f(e)
	}
	h.mu.Lock()
	h.recent = append(h.recent, e)
	if len(h.recent) > keepEvents {
		h.recent = append([]Event(nil), h.recent[keepEvents/2:]...)
	}
	withState := h.hasState(e.Topic)
	if !withState && len(h.subs[e.Topic]) > 0 {
		h.send(e)
	}
	h.mu.Unlock()
	if withState {
		h.changed(e)
	}
}

// send hands an event to everybody who hears its topic; the hub's lock is held.
func (h *Hub) send(e Event) {
	frame, err := e.frame()
	if err != nil {
		h.log.Error("live: an event cannot be written", "topic", e.Topic, "error", err)
		return
	}
	for s, ready := range h.subs[e.Topic] {
		if ready {
			s.send(frame)
		}
	}
}

// listen turns NOTIFY of other nodes into wake-ups.
func (h *Hub) listen(ctx context.Context, pool *pgxpool.Pool) {
	for ctx.Err() == nil {
		err := func() error {
			c, err := pool.Acquire(ctx)
			if err != nil {
				return err
			}
			defer c.Release()
			if _, err := c.Exec(ctx, "LISTEN "+channel); err != nil {
				return err
			}
			for {
				if _, err := c.Conn().WaitForNotification(ctx); err != nil {
					return err
				}
				select {
				case h.wake <- struct{}{}:
				default:
				}
			}
		}()
		if err != nil && ctx.Err() == nil {
			h.log.Warn("live: lost the hints of other nodes; polling goes on", "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}
}

// notifier sends at most one NOTIFY in 10 ms: it takes a lock that all of PostgreSQL shares.
func (h *Hub) notifier(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.notify:
		}
		if _, err := h.db.Writer().ExecContext(ctx, "SELECT pg_notify($1, '')", channel); err != nil && ctx.Err() == nil {
			h.log.Warn("live: other nodes could not be hinted", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Prune deletes events older than a week; the caller gives the instant.
func Prune(ctx context.Context, d *db.DB, before db.Time) error {
	_, err := d.Writer().ExecContext(ctx, `DELETE FROM event WHERE at < $1`, before)
	return err
}
