package mediatest

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/livekit/protocol/livekit"

	"wozai/internal/media/bot"
)

// Patience is how long a test waits for something that has to happen.
const Patience = 20 * time.Second

// Member is a bot whose events a test can wait for.
type Member struct {
	*bot.Bot
	t testing.TB

	mu     sync.Mutex
	events []bot.Event
	news   chan struct{}
}

// Enter lets a member in by the World's proxy; it leaves with the test.
func (w *World) Enter(t testing.TB, name string) *Member {
	t.Helper()
	return w.EnterWith(t, name, nil, false)
}

// EnterWith is Enter for a client that changes its own messages, or uses the newer signalling path.
func (w *World) EnterWith(t testing.TB, name string, tamper func(*livekit.SignalRequest) bool, single bool) *Member {
	t.Helper()
	member, err := w.TryEnter(t, name, tamper, single)
	if err != nil {
		t.Fatalf("%s enters: %v", name, err)
	}
	return member
}

// TryEnter is EnterWith for somebody who may be refused.
func (w *World) TryEnter(t testing.TB, name string, tamper func(*livekit.SignalRequest) bool, single bool) (*Member, error) {
	t.Helper()
	return Join(t, bot.Options{URL: w.URL, Header: Who(name), Tamper: tamper, SinglePeer: single})
}

// EnterAs lets in a client with options of its own; where it goes and as whom is filled in.
func (w *World) EnterAs(t testing.TB, name string, options bot.Options) *Member {
	t.Helper()
	if options.URL == "" {
		options.URL = w.URL
	}
	if options.Header == nil {
		options.Header = http.Header{}
	}
	for key, values := range Who(name) {
		options.Header[key] = values
	}
	member, err := Join(t, options)
	if err != nil {
		t.Fatalf("%s enters: %v", name, err)
	}
	return member
}

// Join lets a member in by any proxy; it leaves with the test.
func Join(t testing.TB, options bot.Options) (*Member, error) {
	m := &Member{t: t, news: make(chan struct{})}
	options.Event = m.note
	entered, err := bot.Join(t.Context(), options)
	if err != nil {
		return nil, err
	}
	m.Bot = entered
	t.Cleanup(entered.Leave)
	return m, nil
}

func (m *Member) note(event bot.Event) {
	m.mu.Lock()
	m.events = append(m.events, event)
	close(m.news)
	m.news = make(chan struct{})
	m.mu.Unlock()
}

// Mark is a position in the member's events.
func (m *Member) Mark() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.events)
}

// Await waits for an event after mark that matches, and fails the test if none comes.
func (m *Member) Await(mark int, what string, match func(bot.Event) bool) bot.Event {
	m.t.Helper()
	deadline := time.After(Patience)
	for {
		m.mu.Lock()
		for _, event := range m.events[mark:] {
			if match(event) {
				m.mu.Unlock()
				return event
			}
		}
		seen, news := len(m.events), m.news
		m.mu.Unlock()
		select {
		case <-news:
		case <-deadline:
			m.t.Fatalf("waited in vain for: %s (%d events: %+v)", what, seen, m.Events(mark))
		}
	}
}

// Events are those after mark.
func (m *Member) Events(mark int) []bot.Event {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]bot.Event(nil), m.events[mark:]...)
}

// Hears waits until sound from identity arrives on a track that is new since mark.
func (m *Member) Hears(mark int, identity string) bot.Event {
	m.t.Helper()
	return m.Await(mark, "sound from "+identity, func(e bot.Event) bool { return e.Kind == bot.Heard && e.Identity == identity })
}
