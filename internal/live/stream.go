package live

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/fault"
)

const (
	heartbeat = 15 * time.Second
	recheck   = 30 * time.Second // rights may have changed
	maxTopics = 32
	// One browser needs one; a person has a few of them, and each holds memory and is looked after.
	maxStreams = 30
)

// stream is one browser.
type stream struct {
	events chan []byte   // frames
	lagged chan struct{} // closed once when the buffer ran over
	check  chan struct{} // rights are to be looked at again now
	over   bool
}

// send never blocks; the hub's lock is held.
func (s *stream) send(frame []byte) {
	if s.over {
		return
	}
	select {
	case s.events <- frame:
	default:
		s.over = true
		close(s.lagged)
	}
}

func parseTopic(t string) (prefix string, id db.ID, err error) {
	prefix, rest, ok := strings.Cut(t, ":")
	if id, good := db.ParseID(rest); ok && good {
		return prefix, id, nil
	}
	return "", 0, fault.NotFound()
}

func (h *Hub) allowed(r *http.Request, a access.Actor, topic string) error {
	prefix, id, err := parseTopic(topic)
	if err != nil {
		return err
	}
	g := h.guards[prefix]
	if g == nil {
		return fault.NotFound()
	}
	return g(r.Context(), a, id)
}

// ServeHTTP streams the topics named in ?topics=a:1,b:2 ("person:me" is the asker). actor gives
// who asks; refused writes the answer when they may not.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request, actor func(*http.Request) access.Actor, refused func(http.ResponseWriter, *http.Request, error)) {
	a := actor(r)
	topics := strings.Split(r.URL.Query().Get("topics"), ",")
	if len(topics) > maxTopics {
		refused(w, r, fault.New(fault.KindInvalid, "too_many_topics").With("limit", maxTopics))
		return
	}
	for i, t := range topics {
		if t == "person:me" {
			topics[i] = fmt.Sprintf("person:%d", a.PersonID)
		}
		if err := h.allowed(r, a, topics[i]); err != nil {
			var f *fault.Fault
			if errors.As(err, &f) {
				err = f.With("topic", t) // the browser goes on with the others
			}
			refused(w, r, err)
			return
		}
	}
	if !h.join(a.PersonID) {
		refused(w, r, fault.New(fault.KindTooMany, "too_many_topics").With("retry_after", int(heartbeat.Seconds())))
		return
	}
	defer h.part(a.PersonID)
	select {
	case <-h.started:
	case <-r.Context().Done():
		return
	}
	out := http.NewResponseController(w)
	if err := out.SetWriteDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		refused(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)

	s := &stream{events: make(chan []byte, bufferSize), lagged: make(chan struct{}), check: make(chan struct{}, 1)}
	missed, known, at := h.subscribe(s, topics, r.Header.Get("Last-Event-ID"))
	defer h.unsubscribe(s, topics)

	send := func(frame []byte) bool {
		_, err := w.Write(frame)
		return err == nil && out.Flush() == nil
	}
	say := func(name string, v any) bool {
		b, err := json.Marshal(v)
		return err == nil && send(fmt.Appendf(nil, "event: %s\ndata: %s\n\n", name, b))
	}
	// "hello" says whether what was missed follows (true) or everything is to be read anew, and where the stream stands: who
	// comes back before anything has happened has missed nothing.
	if at != "" && !send([]byte("id: "+at+"\n")) || !say("hello", map[string]any{"resumed": known}) {
		return
	}
	for _, e := range missed {
		if frame, err := e.frame(); err != nil || !send(frame) {
			return
		}
	}
	for _, t := range topics {
		if !h.hasState(t) {
			continue
		}
		frame, err := h.begin(s, t)
		if err != nil {
			h.log.Warn("live: state cannot be read", "topic", t, "error", err)
			return // the browser comes back
		}
		if !send(frame) {
			return
		}
	}
	still := func() bool {
		a := actor(r)
		for _, t := range topics {
			if err := h.allowed(r, a, t); err != nil {
				say("ended", map[string]string{"topic": t})
				return false
			}
		}
		return true
	}
	beat, check := time.NewTicker(heartbeat), time.NewTicker(recheck)
	defer beat.Stop()
	defer check.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case frame := <-s.events:
			if !send(frame) {
				return
			}
		case <-s.lagged:
			say("resync", struct{}{})
			return
		case <-beat.C:
			if !send([]byte(": still here\n\n")) {
				return
			}
		case <-s.check:
			if !still() {
				return
			}
		case <-check.C:
			if !still() {
				return
			}
		}
	}
}

// join counts a person's streams on this node; false when they have enough.
func (h *Hub) join(person db.ID) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open[person] >= maxStreams {
		return false
	}
	h.open[person]++
	return true
}

func (h *Hub) part(person db.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open[person]--; h.open[person] == 0 {
		delete(h.open, person)
	}
}

// subscribe also says after which event the stream begins, "" where none has been.
func (h *Hub) subscribe(s *stream, topics []string, last string) (missed []Event, known bool, at string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range topics {
		if h.subs[t] == nil {
			h.subs[t] = map[*stream]bool{}
			if h.hasState(t) {
				h.shown[t] = &shown{}
			}
		}
		h.subs[t][s] = !h.hasState(t)
	}
	if n := len(h.recent); n > 0 {
		at = h.recent[n-1].Cursor
	}
	i := slices.IndexFunc(h.recent, func(e Event) bool { return e.Cursor == last && last != "" })
	if i < 0 {
		return nil, false, at
	}
	for _, e := range h.recent[i+1:] {
		if slices.Contains(topics, e.Topic) && !h.hasState(e.Topic) { // whose states come whole
			missed = append(missed, e)
		}
	}
	return missed, true, at
}

func (h *Hub) hasState(topic string) bool {
	prefix, _, _ := strings.Cut(topic, ":")
	return h.provider[prefix] != nil
}

func (h *Hub) unsubscribe(s *stream, topics []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range topics {
		delete(h.subs[t], s)
		if len(h.subs[t]) == 0 {
			delete(h.subs, t)
			delete(h.shown, t)
		}
	}
}

// Recheck has the rights of everybody who hears a topic on this node looked at now, and not only at
// the next of the regular looks: somebody has just lost theirs.
func (h *Hub) Recheck(topic string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.subs[topic] {
		select {
		case s.check <- struct{}{}:
		default:
		}
	}
}

// Listeners counts the streams of a topic on this node.
func (h *Hub) Listeners(topic string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.subs[topic])
}
