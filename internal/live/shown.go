package live

import (
	"context"
	"encoding/json"
	"sync"
	"time"
)

// shown is a topic's state as those who listen on this node have it. Its lock is taken before the hub's.
type shown struct {
	mu     sync.Mutex
	state  json.RawMessage // nil: not read yet
	number int64           // how many states there were
	whole  []byte          // the frame for who begins to listen

	// Under the hub's lock:
	pending bool // is about to be read and sent
	sent    time.Time
}

// changed has a topic's state read and sent: at once, or, when one has just been sent, after a moment
// for the rest of the burst.
func (h *Hub) changed(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.shown[e.Topic]
	if t == nil || t.pending {
		return
	}
	t.pending = true
	time.AfterFunc(time.Until(t.sent.Add(coalesce)), func() { h.publish(t, e) })
}

// publish reads a state and sends what differs from the one before.
func (h *Hub) publish(t *shown, e Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	h.mu.Lock()
	t.pending, t.sent = false, time.Now() // before reading: what changes from here on is sent again
	h.mu.Unlock()
	if t.state == nil {
		return // who is about to listen reads it
	}
	after, err := h.state(context.Background(), e.Topic)
	if err != nil {
		h.log.Warn("live: state cannot be read; trying again", "topic", e.Topic, "error", err)
		time.AfterFunc(time.Second, func() { h.changed(e) })
		return
	}
	d, smaller, err := Delta(t.state, after)
	if err != nil {
		h.log.Error("live: states cannot be compared", "topic", e.Topic, "error", err)
		return
	}
	if smaller && d == nil {
		return
	}
	t.state, t.whole = after, nil
	t.number++
	e.Kind, e.Version = "state", t.number
	if smaller {
		e.Delta = d
	} else {
		e.State = after
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.shown[e.Topic] == t { // else all have gone, and who came since has begun anew
		h.send(e)
	}
}

// begin gives s, which has subscribed to a topic with a state, the present one as a frame and has it
// hear what follows.
func (h *Hub) begin(s *stream, topic string) ([]byte, error) {
	h.mu.Lock()
	t := h.shown[topic]
	h.mu.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state == nil {
		state, err := h.state(context.Background(), topic) // for all who come at this moment
		if err != nil {
			return nil, err
		}
		t.state = state
	}
	if t.whole == nil {
		var err error
		if t.whole, err = (Event{Topic: topic, Kind: "state", Version: t.number, State: t.state}).frame(); err != nil {
			return nil, err
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.subs[topic][s] = true
	return t.whole, nil
}

func (h *Hub) state(ctx context.Context, topic string) (json.RawMessage, error) {
	prefix, id, err := parseTopic(topic)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	v, err := h.provider[prefix](ctx, id)
	if err != nil {
		return nil, err
	}
	return json.Marshal(v)
}
