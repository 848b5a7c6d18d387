package media_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path"
	"slices"
	"sync"
	"testing"

	"wozai/internal/media"
	"wozai/internal/media/bot"
	"wozai/internal/media/mediatest"
)

// counted puts a counter of API calls before an SFU.
func counted(t testing.TB, real *media.Server) (*media.Server, func() []string) {
	t.Helper()
	target, err := url.Parse(real.AsExternal().URL)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var calls []string
	forward := httputil.NewSingleHostReverseProxy(target)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			mu.Lock()
			calls = append(calls, path.Base(r.URL.Path))
			mu.Unlock()
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	config := real.AsExternal()
	config.URL = web.URL
	server, err := media.Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	return server, func() []string {
		mu.Lock()
		defer mu.Unlock()
		out := calls
		calls = nil
		return out
	}
}

// quiet waits until the World's own Reconciler has nothing left to do for its members.
func quiet(t testing.TB, w *mediatest.World) {
	t.Helper()
	if _, err := w.Reconciler.Settle(t.Context(), w.Room); err != nil {
		t.Fatal(err)
	}
}

func TestWhenNothingDiffersNothingIsWritten(t *testing.T) {
	real := mediatest.Start(t)
	w := mediatest.NewWith(t, real)
	w.Set("ann", speaker)
	w.Set("bob", listener)
	w.Enter(t, "ann")
	w.Enter(t, "bob")
	quiet(t, w)
	watched, calls := counted(t, real)
	calls()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reconciler := media.NewReconciler(ctx, media.ReconcilerConfig{
		Server: watched, Desired: func(context.Context, string) (map[string]media.Permission, int64, error) {
			return map[string]media.Permission{"ann": speaker, "bob": listener}, 1, nil
		},
	})
	people, err := reconciler.Settle(t.Context(), w.Room)
	if err != nil || people != 2 {
		t.Fatalf("%d people, %v", people, err)
	}
	if got := calls(); !slices.Equal(got, []string{"ListRooms", "ListParticipants"}) {
		t.Errorf("calls were %v", got)
	}
}

// The floor moves on while it is being handed over: the last word counts, and no two hold it on the way.
func TestAFloorThatMovesMeanwhileIsFollowed(t *testing.T) {
	real := mediatest.Start(t)
	w := mediatest.NewWith(t, real)
	for _, name := range []string{"ann", "bob", "cho"} {
		w.Set(name, listener)
	}
	w.Set("ann", speaker)
	ann, bob, cho := w.Enter(t, "ann"), w.Enter(t, "bob"), w.Enter(t, "cho")
	quiet(t, w)

	var asked int64
	reconciler := media.NewReconciler(t.Context(), media.ReconcilerConfig{
		Server: real, Desired: func(context.Context, string) (map[string]media.Permission, int64, error) {
			asked++
			want := map[string]media.Permission{"ann": listener, "bob": listener, "cho": listener}
			if asked == 1 {
				want["bob"] = speaker
				return want, 1, nil
			}
			want["cho"] = speaker
			// The World looks every two seconds too; it shall want the same.
			w.Change(func(table map[string]media.Permission) {
				table["ann"], table["bob"], table["cho"] = listener, listener, speaker
			})
			return want, 2, nil
		},
	})
	bobMark := bob.Mark()
	if _, err := reconciler.Settle(t.Context(), w.Room); err != nil {
		t.Fatal(err)
	}
	cho.Await(0, "cho has the microphone", permitted(speaker))
	bob.Await(bobMark, "bob has it no more", permitted(listener))
	people, err := w.Rooms.List(t.Context(), w.Room)
	if err != nil {
		t.Fatal(err)
	}
	for _, person := range people {
		if want := person.Identity == cho.Identity(); person.Permission.Publish.Has(media.Microphone) != want {
			t.Errorf("%s may speak: %v", person.Identity, !want)
		}
	}
	_ = ann
}

// Somebody comes in while the wish is being read, which does not know of them yet.
func TestWhoComesInMeanwhileStays(t *testing.T) {
	real := mediatest.Start(t)
	w := mediatest.NewWith(t, real)
	w.Set("ann", listener)
	w.Enter(t, "ann")
	var bob *mediatest.Member
	reconciler := media.NewReconciler(t.Context(), media.ReconcilerConfig{
		Server: real, Desired: func(context.Context, string) (map[string]media.Permission, int64, error) {
			want := map[string]media.Permission{"ann": listener}
			if bob != nil {
				want["bob"] = listener
				return want, 2, nil
			}
			w.Set("bob", listener)
			bob = w.Enter(t, "bob")
			return want, 1, nil
		},
	})
	if _, err := reconciler.Settle(t.Context(), w.Room); err != nil {
		t.Fatal(err)
	}
	people, err := w.Rooms.List(t.Context(), w.Room)
	if err != nil || len(people) != 2 {
		t.Errorf("%d people are there (%v), want both", len(people), err)
	}
}

// Sound in disguise that did not come by our proxy (an SFU that others can reach) is found in the list and ends there.
func TestACheatBehindTheProxyIsRemoved(t *testing.T) {
	w := mediatest.New(t)
	w.Set("bob", listener)
	w.Set("eve", listener)
	bob := w.Enter(t, "bob")
	behind := &mediatest.World{URL: w.Server.AsExternal().URL}
	eve, err := bot.Join(t.Context(), bot.Options{
		URL: behind.URL, Header: http.Header{"Authorization": {"Bearer " + token(t, w, "eve")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer eve.Leave()
	quiet(t, w) // takes the token's rights to what eve may have
	mark := bob.Mark()
	go func() { _ = eve.PublishAs(media.Camera, voice(t, 3)) }()
	bob.Await(mark, "eve gets through at first", func(e bot.Event) bool { return e.Kind == bot.Heard && e.Identity == "eve" })
	w.Reconciler.Touch(w.Room)
	bob.Await(mark, "eve is silenced", func(e bot.Event) bool { return e.Kind == bot.Silent && e.Identity == "eve" })
}

func TestARoomThatIsOverIsClosed(t *testing.T) {
	w := mediatest.New(t)
	w.Set("ann", speaker)
	ann := w.Enter(t, "ann")
	reconciler := media.NewReconciler(t.Context(), media.ReconcilerConfig{
		Server: w.Server, Desired: func(context.Context, string) (map[string]media.Permission, int64, error) {
			return nil, 2, media.ErrRoomOver
		},
	})
	w.Change(func(want map[string]media.Permission) { delete(want, "ann") })
	for range 2 { // the second time there is nothing left to close
		if _, err := reconciler.Settle(t.Context(), w.Room); !errors.Is(err, media.ErrRoomOver) {
			t.Errorf("%v, want ErrRoomOver", err)
		}
	}
	ann.Await(0, "ann is out", func(e bot.Event) bool { return e.Kind == bot.Left })
}

type leases func() (bool, error)

func (l leases) Hold(context.Context, string) (bool, error) { return l() }

func TestOnlyTheHolderOfTheLeaseWorks(t *testing.T) {
	ours := false
	asked := 0
	reconciler := media.NewReconciler(t.Context(), media.ReconcilerConfig{
		Server: mediatest.Start(t), Leases: leases(func() (bool, error) { return ours, nil }),
		Desired: func(context.Context, string) (map[string]media.Permission, int64, error) { asked++; return nil, 1, nil },
	})
	for _, ours = range []bool{false, true} {
		if _, err := reconciler.Settle(t.Context(), "r"); err != nil {
			t.Fatal(err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times, want once", asked)
	}
}
