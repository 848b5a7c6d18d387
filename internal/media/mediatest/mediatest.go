// Package mediatest runs the real SFU under tests: the test binary starts itself again as the media child. A package that
// uses it needs
//
//	func TestMain(m *testing.M) { mediatest.Main(m) }
package mediatest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"wozai/internal/media"
	"wozai/internal/media/sfu"
)

const (
	childMark = "WOZAI_TEST_MEDIA_CHILD"
	noUnmute  = "no-unmute"
)

// Main runs the tests, or the SFU if this process is the child that one of them started. It does not return.
func Main(m *testing.M) {
	if mark := os.Getenv(childMark); mark != "" {
		in := bufio.NewReader(os.Stdin)
		line, _ := in.ReadBytes('\n')
		if mark == noUnmute {
			line = bytes.Replace(line, []byte("{"), []byte(`{"NoUnmute":true,`), 1)
		}
		if err := sfu.Main(io.MultiReader(bytes.NewReader(line), in)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// ServerConfig starts this test binary as the child, reachable from this machine only.
func ServerConfig() media.ServerConfig {
	return media.ServerConfig{
		Command: []string{os.Args[0]}, Env: []string{childMark + "=1"}, NodeIP: "127.0.0.1",
		Log: slog.New(slog.DiscardHandler),
	}
}

// Start returns a running SFU that ends with the test.
func Start(t testing.TB) *media.Server {
	t.Helper()
	return start(t, ServerConfig())
}

// StartWithoutUnmute is Start for an SFU that opens no tracks for others.
func StartWithoutUnmute(t testing.TB) *media.Server {
	t.Helper()
	config := ServerConfig()
	config.Env = []string{childMark + "=" + noUnmute}
	return start(t, config)
}

func start(t testing.TB, config media.ServerConfig) *media.Server {
	t.Helper()
	server, err := media.Start(t.Context(), config)
	if err != nil {
		t.Fatalf("start the SFU: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := server.Stop(ctx); err != nil {
			t.Errorf("stop the SFU: %v", err)
		}
	})
	return server
}

// World is a room with its whole surroundings: SFU, proxy and reconciler, and a table of permissions in the place of an
// application. A client says who it is with the header of Who.
type World struct {
	Server     *media.Server
	Rooms      *media.Rooms
	Proxy      *media.Proxy
	Reconciler *media.Reconciler
	URL        string // of the proxy, to be given to clients
	Room       string

	mu      sync.Mutex
	want    map[string]media.Permission
	out     map[string]bool // signed out
	version int64
}

const whoHeader = "X-Test-Who"

// New returns a World that ends with the test. Nobody is invited yet.
func New(t testing.TB) *World { return NewWith(t, Start(t)) }

// NewWith builds a World on an SFU that is there already.
func NewWith(t testing.TB, server *media.Server) *World {
	t.Helper()
	w := &World{
		Server: server, Rooms: media.NewRooms(server), Room: "room-" + strings.ReplaceAll(t.Name(), "/", "-"),
		want: map[string]media.Permission{}, out: map[string]bool{},
	}
	ctx, cancel := context.WithCancel(context.Background())
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	w.Reconciler = media.NewReconciler(ctx, media.ReconcilerConfig{Server: server, Desired: w.desired, Log: log})
	w.Proxy = media.NewProxy(media.ProxyConfig{
		Server: server, Gate: media.GateFunc(w.admit), Log: log,
		News: w.Reconciler.Touch,
	})
	mux := http.NewServeMux()
	mux.Handle("/sfu/", w.Proxy)
	web := httptest.NewServer(mux)
	w.URL = web.URL + "/sfu"
	t.Cleanup(func() {
		w.Proxy.DropRoom(w.Room)
		web.Close()
		cancel()
		w.Reconciler.Wait()
	})
	return w
}

// Who is the header that a client named so sends: what a session cookie is to the application.
func Who(name string) http.Header { return http.Header{whoHeader: {name}} }

// Set changes what somebody may do, as the application's truth, and touches the Reconciler. It does not wait.
func (w *World) Set(identity string, permission media.Permission) {
	w.Change(func(want map[string]media.Permission) { want[identity] = permission })
}

// Change edits the table in one step and touches the Reconciler.
func (w *World) Change(edit func(want map[string]media.Permission)) {
	w.mu.Lock()
	edit(w.want)
	w.version++
	w.mu.Unlock()
	w.Reconciler.Touch(w.Room)
}

// SignOut ends somebody's session: the gate knows them no longer, their place in the room is as it was.
func (w *World) SignOut(identity string) {
	w.mu.Lock()
	w.out[identity] = true
	w.mu.Unlock()
	w.Proxy.Recheck(identity)
}

func (w *World) desired(context.Context, string) (map[string]media.Permission, int64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make(map[string]media.Permission, len(w.want))
	for identity, permission := range w.want {
		out[identity] = permission
	}
	return out, w.version, nil
}

func (w *World) admit(_ context.Context, r *http.Request) (media.Admission, error) {
	who := r.Header.Get(whoHeader)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.out[who] {
		return media.Admission{}, &media.Refusal{Status: http.StatusUnauthorized, Code: "sign_in_required"}
	}
	permission, invited := w.want[who]
	if !invited {
		return media.Admission{}, &media.Refusal{Status: http.StatusForbidden, Code: "not_invited"}
	}
	return media.Admission{Room: w.Room, Identity: who, Owner: who, Permission: permission}, nil
}
