// Package roomtest holds a meeting's room together with the real SFU: what the floor says is what is
// heard. It stands apart from the slice's own tests because it links the media server.
package roomtest

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/livekit/protocol/livekit"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/live"
	"wozai/internal/media"
	"wozai/internal/media/bot"
	"wozai/internal/media/mediatest"
	"wozai/internal/meeting"
	"wozai/internal/profile"
	"wozai/internal/secret"
	"wozai/internal/testkit"
)

func TestMain(m *testing.M) { mediatest.Main(m) }

const (
	chair db.ID = 101 + iota
	ann
	bob
	eve
	theMeeting db.ID = 7001
)

// source knows one meeting as it was arranged.
type source struct {
	plan   meeting.Plan
	mu     sync.Mutex
	struck db.ID // is on the list no longer
}

func (s *source) strike(person db.ID) { s.mu.Lock(); s.struck = person; s.mu.Unlock() }

func (s *source) Plan(_ context.Context, _ db.Querier, id db.ID) (meeting.Plan, error) {
	if id != theMeeting {
		return meeting.Plan{}, fault.NotFound()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	plan := s.plan
	plan.People = slices.DeleteFunc(slices.Clone(plan.People), func(p meeting.Invited) bool { return p.Person == s.struck })
	return plan, nil
}
func (*source) Pages(context.Context, db.Querier, db.ID, db.ID) (int, error) {
	return 0, fault.NotFound()
}
func (*source) Exempt(context.Context, *change.Tx, db.ID, db.ID, string, string) error { return nil }

// server is one wozai process: room, proxy, reconciler, SFU.
type server struct {
	t     *testing.T
	rooms *meeting.Rooms
	media *media.Server
	url   string
	stop  func()
}

type switchboard struct {
	*media.Reconciler
	*media.Proxy
}

const whoHeader = "X-Test-Who"

func authenticate(r *http.Request) (access.Actor, error) {
	id, ok := db.ParseID(r.Header.Get(whoHeader))
	if !ok {
		return access.Actor{}, nil
	}
	return person(id), nil
}

func person(id db.ID) access.Actor {
	return access.Actor{Kind: access.Person, PersonID: id, SessionID: id, Origin: "http"}
}

type house struct {
	t     *testing.T
	store *testkit.Store
	plans *source
	box   *secret.Box
	party *profile.Profile
	seat  map[db.ID]db.ID
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, store: testkit.SQLiteStore(t), seat: map[db.ID]db.ID{}}
	var err error
	if h.party, err = profile.Load("party"); err != nil {
		t.Fatal(err)
	}
	if h.box, err = secret.Open(filepath.Join(t.TempDir(), "key")); err != nil {
		t.Fatal(err)
	}
	kind, err := h.party.MeetingKind("general")
	if err != nil {
		t.Fatal(err)
	}
	now := db.Now()
	plan := meeting.Plan{Meeting: theMeeting, Unit: access.Unit{ID: 20, Path: "/1/20/"}, State: "planned", Kind: kind, Rules: kind, StartsAt: now, EndsAt: now.Add(time.Hour), Chair: chair}
	for _, st := range kind.Stages {
		plan.Stages = append(plan.Stages, meeting.StageFrom(kind, st, nil))
	}
	for id := chair; id <= eve; id++ {
		plan.People = append(plan.People, meeting.Invited{Person: id, Name: id.String(), Belongs: true, Votes: true})
	}
	h.plans = &source{plan: plan}
	return h
}

// start runs a process on the house's database.
func (h *house) start(name string) *server {
	h.t.Helper()
	log := slog.New(slog.NewTextHandler(h.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	ctx, cancel := context.WithCancel(context.Background())
	hub := live.New(h.store.DB, log)
	s := &server{t: h.t}
	s.rooms = meeting.NewRooms(meeting.RoomsConfig{DB: h.store.DB, Change: h.store.Change, Live: hub, Plans: h.plans, Secret: h.box, Node: name, Log: log,
		Profile: func() *profile.Profile { return h.party }})
	var err error
	if s.media, err = media.Start(ctx, mediatest.ServerConfig()); err != nil {
		h.t.Fatal(err)
	}
	reconciler := media.NewReconciler(ctx, media.ReconcilerConfig{Server: s.media, Desired: s.rooms.Desired, Leases: s.rooms, Log: log})
	proxy := media.NewProxy(media.ProxyConfig{Server: s.media, Gate: s.rooms.Gate(authenticate), Log: log, News: reconciler.Touch})
	s.rooms.Attach(switchboard{reconciler, proxy})
	h.store.Change.OnCommit(hub.Wake)
	done := make(chan struct{}, 2)
	go func() { _ = hub.Run(ctx); done <- struct{}{} }()
	go func() { _ = s.rooms.Run(ctx); done <- struct{}{} }()
	mux := http.NewServeMux()
	mux.Handle("/sfu/", proxy)
	web := httptest.NewServer(mux)
	s.url = web.URL + "/sfu"
	stopped := false
	s.stop = func() {
		if stopped {
			return
		}
		stopped = true
		proxy.DropRoom(meeting.MediaRoom(theMeeting))
		web.Close()
		cancel()
		<-done
		<-done
		reconciler.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.media.Stop(ctx); err != nil {
			h.t.Errorf("stop the SFU: %v", err)
		}
	}
	h.t.Cleanup(s.stop)
	return s
}

// enter seats somebody and connects their browser's media.
func (h *house) enter(s *server, id db.ID, tamper func(*livekit.SignalRequest) bool) *mediatest.Member {
	h.t.Helper()
	return h.enterAs(s, id, bot.Options{Tamper: tamper})
}

// enterAs is enter for a client with options of its own.
func (h *house) enterAs(s *server, id db.ID, options bot.Options) *mediatest.Member {
	h.t.Helper()
	in, err := s.rooms.Enter(h.t.Context(), person(id), theMeeting, meeting.Enter{How: meeting.ByVideo, Device: "device-of-" + id.String()})
	if err != nil {
		h.t.Fatal(err)
	}
	h.seat[id] = in.Seat
	m, err := h.connect(s, id, in.Seat, options)
	if err != nil {
		h.t.Fatalf("%v connects: %v", id, err)
	}
	return m
}

func (h *house) connect(s *server, id, seat db.ID, options bot.Options) (*mediatest.Member, error) {
	options.URL = s.url + "?meeting=" + theMeeting.String() + "&seat=" + seat.String()
	options.Header = http.Header{whoHeader: {id.String()}}
	return mediatest.Join(h.t, options)
}

func (h *house) must(s *server, by db.ID, c meeting.RoomCommand) {
	h.t.Helper()
	c.ID = rand.Text()
	v, err := s.rooms.View(h.t.Context(), person(by), theMeeting)
	if err != nil {
		h.t.Fatal(err)
	}
	if v.State != nil {
		c.Version = v.State.Version
	}
	if _, err := s.rooms.Command(h.t.Context(), person(by), theMeeting, c); err != nil {
		h.t.Fatalf("%s: %v", c.Kind, err)
	}
}

func (h *house) open(s *server) {
	h.t.Helper()
	if _, err := s.rooms.Open(h.t.Context(), person(chair), theMeeting); err != nil {
		h.t.Fatal(err)
	}
	h.must(s, chair, meeting.RoomCommand{Kind: meeting.CmdOpen, Stage: "discussion"})
}

func mayPublish(source media.Source, yes bool) func(bot.Event) bool {
	return func(e bot.Event) bool { return e.Kind == bot.Permitted && e.Permission.Publish.Has(source) == yes }
}

func voice(t *testing.T, n int) bot.Clip {
	t.Helper()
	c, err := bot.Voice(n)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// speak waits until a member has the floor and lets them speak.
func speak(t *testing.T, m *mediatest.Member, n int) {
	t.Helper()
	if !m.Permission().Publish.Has(media.Microphone) {
		m.Await(0, "the microphone", mayPublish(media.Microphone, true))
	}
	if err := m.Publish(media.Microphone, voice(t, n)); err != nil {
		t.Fatal(err)
	}
}

func TestWhoHasTheFloorIsHeardAndNobodyElse(t *testing.T) {
	h := newHouse(t)
	s := h.start("one")
	h.enter(s, chair, nil)
	a, b := h.enter(s, ann, nil), h.enter(s, bob, nil)
	// Eve's client is modified: it says that its sound is a picture.
	e := h.enter(s, eve, func(m *livekit.SignalRequest) bool {
		add := m.GetAddTrack()
		if add != nil {
			add.Type, add.Source = livekit.TrackType_VIDEO, livekit.TrackSource_CAMERA
		}
		return add != nil
	})
	h.open(s)
	go func() { _ = e.PublishAs(media.Camera, voice(t, 2)) }() // never succeeds
	e.Await(0, "being cut off", func(ev bot.Event) bool { return ev.Kind == bot.Reconnecting || ev.Kind == bot.Left })

	h.must(s, ann, meeting.RoomCommand{Kind: meeting.CmdRaise})
	h.must(s, bob, meeting.RoomCommand{Kind: meeting.CmdRaise})
	mark := b.Mark()
	speak(t, a, 0)
	b.Hears(mark, h.seat[ann].String())

	// Bob is next: his microphone is ready, and shut. Nothing of him is heard before Ann is done.
	if !b.Permission().Publish.Has(media.Microphone) {
		b.Await(0, "the microphone may be got ready", mayPublish(media.Microphone, true))
	}
	annMark := a.Mark()
	if err := b.Publish(media.Microphone, voice(t, 1)); err != nil {
		t.Fatal(err)
	}
	a.Await(0, "Bob's microphone is ready", func(ev bot.Event) bool {
		return ev.Kind == bot.Announced && ev.Identity == h.seat[bob].String() && ev.Source == media.Microphone
	})
	if packets, _ := a.Received(h.seat[bob].String(), media.Microphone); packets != 0 {
		t.Errorf("%d packets of Bob arrived before his turn", packets)
	}

	// Ann is done: the floor passes on to Bob, and Ann is silent whatever her client does.
	began := time.Now()
	h.must(s, ann, meeting.RoomCommand{Kind: meeting.CmdYield})
	heard := a.Hears(annMark, h.seat[bob].String())
	t.Logf("hand-over to first sound: %v", heard.At.Sub(began))
	b.Await(mark, "Ann falls silent", func(ev bot.Event) bool {
		return ev.Kind == bot.Silent && ev.Identity == h.seat[ann].String() && ev.Source == media.Microphone
	})
	go func() { _ = a.Publish(media.Microphone, voice(t, 0)) }()
	a.Await(annMark, "being refused", func(ev bot.Event) bool { return ev.Kind == bot.Refused && ev.Source == media.Microphone })
	for _, source := range []media.Source{0, media.Microphone, media.Camera, media.Screen, media.ScreenAudio} {
		if packets, _ := b.Received(h.seat[eve].String(), source); packets != 0 {
			t.Errorf("%d packets of Eve arrived as %s", packets, source)
		}
	}
}

// A browser need not wait for its seat to connect: it names its device, and is let in once that is seated. Nobody else is.
func TestABrowserConnectsWhileItEnters(t *testing.T) {
	h := newHouse(t)
	s := h.start("one")
	h.enter(s, chair, nil)
	by := func(id db.ID, device string) bot.Options {
		return bot.Options{URL: s.url + "?meeting=" + theMeeting.String() + "&device=" + device, Header: http.Header{whoHeader: {id.String()}}}
	}
	asked := func(o bot.Options) (status int) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, strings.Replace(o.URL, "/sfu?", "/sfu/rtc/validate?", 1), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = o.Header
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		return answer.StatusCode
	}
	if status := asked(by(ann, "phone-of-ann")); status != http.StatusGone {
		t.Errorf("Ann is connected without entering: %d", status)
	}
	came := make(chan error, 1)
	go func() {
		_, err := mediatest.Join(t, by(ann, "phone-of-ann"))
		came <- err
	}()
	in, err := s.rooms.Enter(t.Context(), person(ann), theMeeting, meeting.Enter{How: meeting.ByVideo, Device: "phone-of-ann"})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-came; err != nil {
		t.Fatal(err)
	}
	there, err := media.NewRooms(s.media).List(t.Context(), meeting.MediaRoom(theMeeting))
	if err != nil || !slices.ContainsFunc(there, func(p media.Participant) bool { return p.Identity == in.Seat.String() }) {
		t.Errorf("Ann, at %v, is not among %v: %v", in.Seat, there, err)
	}
	for _, c := range []struct {
		who    db.ID
		device string
		want   int
		says   string
	}{
		{ann, "phone-of-ann", http.StatusOK, "the seat is there"},
		{ann, "computer-of-ann", http.StatusGone, "another device of the same person"},
		{bob, "phone-of-ann", http.StatusGone, "another person with the same device"},
		{eve + 1, "phone-of-ann", http.StatusNotFound, "a stranger"},
	} {
		if status := asked(by(c.who, c.device)); status != c.want {
			t.Errorf("%s: %d, want %d", c.says, status, c.want)
		}
	}
}

// Eve waits for her turn with a modified client that sends all the time and says that it may. She is heard in her turn,
// and in nobody else's.
func TestWhoWaitsIsNotHeardWhateverTheirClientDoes(t *testing.T) {
	h := newHouse(t)
	s := h.start("one")
	h.enter(s, chair, nil)
	a, b := h.enter(s, ann, nil), h.enter(s, bob, nil)
	e := h.enterAs(s, eve, bot.Options{Unruly: true})
	h.open(s)
	for _, id := range []db.ID{ann, eve} {
		h.must(s, id, meeting.RoomCommand{Kind: meeting.CmdRaise})
	}
	e.Await(0, "the microphone may be got ready", mayPublish(media.Microphone, true))
	if err := e.Publish(media.Microphone, voice(t, 2)); err != nil {
		t.Fatal(err)
	}
	b.Await(0, "Eve's microphone is there", func(ev bot.Event) bool {
		return ev.Kind == bot.Announced && ev.Identity == h.seat[eve].String()
	})
	e.Unmute(media.Microphone)
	mark := b.Mark()
	speak(t, a, 0)
	b.Hears(mark, h.seat[ann].String())
	if packets, _ := b.Received(h.seat[eve].String(), media.Microphone); packets != 0 {
		t.Errorf("%d packets of Eve arrived before her turn", packets)
	}
	h.must(s, ann, meeting.RoomCommand{Kind: meeting.CmdYield})
	b.Hears(mark, h.seat[eve].String())
	h.must(s, chair, meeting.RoomCommand{Kind: meeting.CmdTake}) // she was interrupted, and is to go on afterwards
	b.Await(mark, "Eve falls silent", func(ev bot.Event) bool {
		return ev.Kind == bot.Silent && ev.Identity == h.seat[eve].String() && ev.Source == media.Microphone
	})
	e.Unmute(media.Microphone)
	mark = b.Mark()
	h.must(s, chair, meeting.RoomCommand{Kind: meeting.CmdReturn})
	e.Await(0, "the microphone again", mayPublish(media.Microphone, true))
	if err := e.Publish(media.Microphone, voice(t, 2)); err != nil {
		t.Fatal(err)
	}
	b.Hears(mark, h.seat[eve].String())
}

// annSpeaks opens a meeting in which Ann has the floor and Bob hears her.
func annSpeaks(h *house) (s *server, a, b *mediatest.Member) {
	h.t.Helper()
	s = h.start("one")
	h.enter(s, chair, nil)
	a, b = h.enter(s, ann, nil), h.enter(s, bob, nil)
	h.open(s)
	h.must(s, ann, meeting.RoomCommand{Kind: meeting.CmdRaise})
	mark := b.Mark()
	speak(h.t, a, 0)
	b.Hears(mark, h.seat[ann].String())
	return s, a, b
}

func TestWhoIsTakenOffTheListIsCutOff(t *testing.T) {
	h := newHouse(t)
	s, a, b := annSpeaks(h)
	mark, annMark := b.Mark(), a.Mark()
	h.plans.strike(ann)
	if err := h.store.Change.Do(t.Context(), access.SystemActor("test"), func(ctx context.Context, tx *change.Tx) error {
		tx.AppendOnly()
		return tx.Event(ctx, "meeting:"+theMeeting.String(), "list", theMeeting, 0)
	}); err != nil {
		t.Fatal(err)
	}
	b.Await(mark, "Ann falls silent", func(ev bot.Event) bool { return ev.Kind == bot.Silent && ev.Identity == h.seat[ann].String() })
	a.Await(annMark, "Ann is out", func(ev bot.Event) bool { return ev.Kind == bot.Left || ev.Kind == bot.Reconnecting })
	var refused *bot.RefusedError
	if _, err := h.connect(s, ann, h.seat[ann], bot.Options{}); !errors.As(err, &refused) || refused.Status != http.StatusGone {
		t.Errorf("Ann comes back: %v, want HTTP 410", err)
	}
}

func TestWhoLosesTheirSeatIsDisconnected(t *testing.T) {
	h := newHouse(t)
	s := h.start("one")
	h.enter(s, chair, nil)
	a, b := h.enter(s, ann, nil), h.enter(s, bob, nil)
	refused := func(what string, id, seat db.ID, status int) {
		t.Helper()
		var r *bot.RefusedError
		if _, err := h.connect(s, id, seat, bot.Options{}); !errors.As(err, &r) || r.Status != status {
			t.Errorf("%s: %v, want HTTP %d", what, err, status)
		}
	}
	refused("a stranger", 999, h.seat[ann], http.StatusNotFound)
	refused("nobody", 0, h.seat[ann], http.StatusUnauthorized)
	refused("somebody else's seat", bob, h.seat[ann], http.StatusGone)

	// A newer device: the older one is cut off and cannot come back.
	in, err := s.rooms.Enter(t.Context(), person(ann), theMeeting, meeting.Enter{How: meeting.ByVideo, Device: "a-newer-device"})
	if err != nil {
		t.Fatal(err)
	}
	a.Await(0, "the older device is let go", func(e bot.Event) bool { return e.Kind == bot.Left || e.Kind == bot.Reconnecting })
	refused("the older device", ann, h.seat[ann], http.StatusGone)
	if _, err := h.connect(s, ann, in.Seat, bot.Options{}); err != nil {
		t.Errorf("the newer device: %v", err)
	}
	h.must(s, chair, meeting.RoomCommand{Kind: meeting.CmdRemove, Person: bob, Reason: "干扰会议"})
	b.Await(0, "Bob is out", func(e bot.Event) bool { return e.Kind == bot.Left || e.Kind == bot.Reconnecting })
	refused("who was removed", bob, h.seat[bob], http.StatusForbidden)
	h.open(s)
	h.must(s, chair, meeting.RoomCommand{Kind: meeting.CmdFinish})
	refused("after the end", chair, h.seat[chair], http.StatusGone)
}

func TestTheMediaChildIsKilledAndTheFloorStays(t *testing.T) {
	h := newHouse(t)
	s, a, b := annSpeaks(h)
	before, err := s.rooms.View(t.Context(), person(bob), theMeeting)
	if err != nil {
		t.Fatal(err)
	}
	mark, annMark := b.Mark(), a.Mark()
	if err := syscall.Kill(s.media.Pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	again := func(e bot.Event) bool { return e.Kind == bot.Reconnected }
	a.Await(annMark, "Ann is back", again)
	b.Await(mark, "Bob is back", again)
	b.Hears(mark, h.seat[ann].String())
	after, err := s.rooms.View(t.Context(), person(bob), theMeeting)
	if err != nil {
		t.Fatal(err)
	}
	if before.State.Version != after.State.Version || len(after.State.Turns) != 1 || after.State.Turns[0].Person != ann {
		t.Errorf("the room moved: %+v, then %+v", before.State, after.State)
	}
}

func TestTheServerIsStartedAgainAndTheMeetingGoesOn(t *testing.T) {
	h := newHouse(t)
	s := h.start("one")
	h.enter(s, chair, nil)
	a := h.enter(s, ann, nil)
	h.enter(s, bob, nil)
	h.open(s)
	h.must(s, ann, meeting.RoomCommand{Kind: meeting.CmdRaise})
	h.must(s, bob, meeting.RoomCommand{Kind: meeting.CmdRaise})
	speak(t, a, 0)
	before, err := s.rooms.View(t.Context(), person(ann), theMeeting)
	if err != nil {
		t.Fatal(err)
	}
	s.stop()

	s = h.start("two")
	after, err := s.rooms.View(t.Context(), person(ann), theMeeting)
	if err != nil {
		t.Fatal(err)
	}
	if after.State.Version != before.State.Version || after.State.Counts != before.State.Counts || after.State.Turns[0] != before.State.Turns[0] {
		t.Errorf("the room changed: %+v, then %+v", before.State, after.State)
	}
	// The browsers go on with the seats they had: the same token-free address.
	b, err := h.connect(s, bob, h.seat[bob], bot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.rooms.Beat(t.Context(), person(bob), theMeeting, meeting.Beat{Seat: h.seat[bob]}); err != nil {
		t.Errorf("Bob's browser says that it is there: %v", err)
	}
	a, err = h.connect(s, ann, h.seat[ann], bot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	mark := b.Mark()
	speak(t, a, 0)
	b.Hears(mark, h.seat[ann].String())
}
