package live_test

import (
	"bufio"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/live"
	"wozai/internal/testkit"
)

var system = access.SystemActor("test")

// node is one program on a database: a hub with an HTTP server before it.
type node struct {
	*testkit.Store
	hub   *live.Hub
	url   string
	state atomic.Value // of topic room
	reads atomic.Int64 // how often it was read
	may   atomic.Bool
}

func start(t *testing.T, s *testkit.Store) *node {
	t.Helper()
	n := &node{Store: s, hub: live.New(s.DB, slog.New(slog.DiscardHandler))}
	n.may.Store(true)
	s.Change.OnCommit(n.hub.Wake)
	n.hub.Topic("thing", func(context.Context, access.Actor, db.ID) error {
		if !n.may.Load() {
			return fault.NotFound()
		}
		return nil
	}, nil)
	n.hub.Topic("room", func(context.Context, access.Actor, db.ID) error { return nil },
		func(context.Context, db.ID) (any, error) {
			n.reads.Add(1)
			return n.state.Load(), nil
		})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- n.hub.Run(ctx) }()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.hub.ServeHTTP(w, r, func(*http.Request) access.Actor { return access.Actor{Kind: access.Person, PersonID: 1} },
			func(w http.ResponseWriter, _ *http.Request, err error) {
				http.Error(w, err.Error(), http.StatusNotFound)
			})
	}))
	n.url = srv.URL
	t.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return n
}

type message struct {
	id, event string
	data      struct {
		Topic   string
		Kind    string
		Version int64
		Resumed bool
		State   json.RawMessage
		Delta   json.RawMessage
	}
}

// hear opens a stream and returns its messages; the first is the hello.
func (n *node) hear(t *testing.T, topics, last string) <-chan message {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, n.url+"?topics="+topics, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Last-Event-ID", last)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	out := make(chan message, 1000)
	go func() {
		defer close(out)
		var m message
		for in := bufio.NewScanner(resp.Body); in.Scan(); {
			switch k, v, _ := strings.Cut(in.Text(), ": "); k {
			case "id":
				m.id = v
			case "event":
				m.event = v
			case "data":
				if json.Unmarshal([]byte(v), &m.data) != nil {
					return
				}
			case "":
				out <- m
				m = message{}
			}
		}
	}()
	return out
}

func (n *node) tell(t *testing.T, topic string, version int64) {
	t.Helper()
	if err := n.Change.Do(context.Background(), system, func(ctx context.Context, tx *change.Tx) error {
		return tx.Event(ctx, topic, "changed", 1, version)
	}); err != nil {
		t.Fatal(err)
	}
}

func TestABrowserHearsItsTopicsAndNoOthers(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		n := start(t, s)
		in := n.hear(t, "thing:1", "")
		if m := <-in; m.event != "hello" || m.data.Resumed {
			t.Fatalf("first message %+v", m)
		}
		n.tell(t, "thing:2", 7)
		n.tell(t, "thing:1", 8)
		if m := <-in; m.data.Version != 8 || m.data.Topic != "thing:1" {
			t.Errorf("heard %+v", m)
		}
	})
}

func TestWhoComesBackGetsWhatWasMissed(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		n := start(t, s)
		in := n.hear(t, "thing:1", "")
		<-in
		n.tell(t, "thing:1", 1)
		seen := <-in
		for v := int64(2); v <= 4; v++ {
			n.tell(t, "thing:1", v)
			<-in
		}
		back := n.hear(t, "thing:1", seen.id)
		if m := <-back; !m.data.Resumed {
			t.Fatalf("not resumed: %+v", m)
		}
		for v := int64(2); v <= 4; v++ {
			if m := <-back; m.data.Version != v {
				t.Errorf("missed %d, heard %+v", v, m)
			}
		}
		// So does who comes back before anything has happened: the hello said where the stream stands.
		quiet := <-n.hear(t, "thing:1", "")
		n.tell(t, "thing:1", 5)
		back = n.hear(t, "thing:1", quiet.id)
		if m := <-back; quiet.id == "" || !m.data.Resumed {
			t.Errorf("not resumed from the hello %+v: %+v", quiet, m)
		}
		if m := <-back; m.data.Version != 5 {
			t.Errorf("heard %+v", m)
		}
		// A cursor nobody knows means: read everything anew.
		if m := <-n.hear(t, "thing:1", "1.999999"); m.data.Resumed {
			t.Error("resumed from an unknown place")
		}
	})
}

type thing struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type roomful struct {
	N      int     `json:"n"`
	Things []thing `json:"things"`
}

func TestAStateComesWholeAtFirstAndThenByWhatDiffers(t *testing.T) {
	s := testkit.SQLiteStore(t)
	n := start(t, s)
	now := roomful{N: 1, Things: []thing{{"1", "a name that takes room"}, {"2", "another name"}, {"3", "and one more"}}}
	n.state.Store(now)
	in := n.hear(t, "room:5", "")
	<-in
	first := <-in
	if text, _ := json.Marshal(now); string(first.data.State) != string(text) || first.data.Kind != "state" {
		t.Fatalf("at first %+v", first)
	}
	now.N, now.Things = 2, []thing{now.Things[0], {"3", "renamed"}, {"4", "new"}}
	n.state.Store(now)
	n.tell(t, "room:5", 2)
	second := <-in
	if second.data.State != nil || second.data.Version != first.data.Version+1 {
		t.Fatalf("after the change %+v", second)
	}
	got, err := live.Patch(first.data.State, second.data.Delta)
	if text, _ := json.Marshal(now); err != nil || string(got) != string(text) {
		t.Errorf("patched %s, %v", got, err)
	}
	// Who comes later begins with the same state, which is not read again for them.
	reads := n.reads.Load()
	late := n.hear(t, "room:5", "")
	<-late
	if m := <-late; m.data.Version != second.data.Version || string(m.data.State) != string(got) {
		t.Errorf("who came later got %+v", m)
	}
	if n.reads.Load() != reads {
		t.Error("the state was read once more for who came later")
	}
	// An event that changes nothing of it is told to nobody.
	n.tell(t, "room:5", 3)
	now.N = 3
	n.state.Store(now)
	n.tell(t, "room:5", 4)
	for _, c := range []<-chan message{in, late} {
		if m := <-c; m.data.Version != second.data.Version+1 {
			t.Errorf("heard %+v", m)
		}
	}
}

func TestWhatIsNotTheirsIsRefused(t *testing.T) {
	n := start(t, testkit.SQLiteStore(t))
	n.may.Store(false)
	for _, topic := range []string{"thing:1", "nonsense:1", "thing", "thing:-4", ""} {
		resp, err := http.Get(n.url + "?topics=" + topic)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusNotFound {
			t.Errorf("%q: %d", topic, resp.StatusCode)
		}
	}
}

// Nobody holds more streams than their browsers can need.
func TestAPersonHasOnlySoManyStreams(t *testing.T) {
	n := start(t, testkit.SQLiteStore(t))
	var open []*http.Response
	for range 31 {
		resp, err := http.Get(n.url + "?topics=thing:1")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close() //nolint:errcheck // it was only read
		open = append(open, resp)
	}
	for i, resp := range open {
		if (resp.StatusCode == http.StatusOK) != (i < 30) {
			t.Errorf("stream %d: %d", i+1, resp.StatusCode)
		}
	}
}

// Two nodes on one PostgreSQL: a browser at either hears every change, each once, in order.
func TestNodesHearOneAnother(t *testing.T) {
	dsn := testkit.PostgresDSN(t)
	a, b := start(t, testkit.OpenStore(t, dsn)), start(t, testkit.OpenStore(t, dsn))
	atA, atB := a.hear(t, "thing:1", ""), b.hear(t, "thing:1", "")
	<-atA
	<-atB
	const each = 50
	done := make(chan struct{})
	go func() {
		defer close(done)
		for v := range int64(each) {
			b.tell(t, "thing:1", 1000+v)
		}
	}()
	for v := range int64(each) {
		a.tell(t, "thing:1", v)
	}
	<-done
	for name, in := range map[string]<-chan message{"a": atA, "b": atB} {
		next := map[bool]int64{false: 0, true: 1000}
		for range 2 * each {
			m := <-in
			from := m.data.Version >= 1000
			if m.data.Version != next[from] {
				t.Fatalf("node %s: heard %d, want %d", name, m.data.Version, next[from])
			}
			next[from]++
		}
	}
}

// Somebody's long work in another database of the cluster holds nothing up here.
func TestAnotherDatabasesWorkHoldsNothingUp(t *testing.T) {
	n := start(t, testkit.OpenStore(t, testkit.PostgresDSN(t)))
	in := n.hear(t, "thing:1", "")
	<-in
	other := testkit.OpenStore(t, testkit.PostgresDSN(t))
	work, err := other.DB.Writer().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer work.Rollback() //nolint:errcheck // it was begun to be in the way
	if _, err := work.ExecContext(t.Context(), `SELECT pg_current_xact_id()`); err != nil {
		t.Fatal(err)
	}
	n.tell(t, "thing:1", 7)
	select {
	case m := <-in:
		if m.data.Version != 7 {
			t.Errorf("heard %+v", m.data)
		}
	case <-time.After(20 * time.Second):
		t.Error("nothing is heard while another database works")
	}
}

// What began earlier and commits later is told, and in its place.
func TestAnEarlierTransactionIsNotPassedOver(t *testing.T) {
	n := start(t, testkit.OpenStore(t, testkit.PostgresDSN(t)))
	in := n.hear(t, "thing:1", "")
	<-in
	for round := range int64(5) {
		early, err := n.DB.Writer().BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := early.ExecContext(t.Context(), `INSERT INTO event (at, topic, kind, subject_id, version) VALUES (1, 'thing:1', 'thing', 1, $1)`, 10*round); err != nil {
			t.Fatal(err)
		}
		n.tell(t, "thing:1", 10*round+1)
		select {
		case m := <-in:
			t.Fatalf("heard %d while an earlier one is under way", m.data.Version)
		case <-time.After(100 * time.Millisecond):
		}
		if err := early.Commit(); err != nil {
			t.Fatal(err)
		}
		n.hub.Wake()
		for want := range int64(2) {
			if m := <-in; m.data.Version != 10*round+want {
				t.Fatalf("heard %d, want %d", m.data.Version, 10*round+want)
			}
		}
	}
}
