package media_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"
	"google.golang.org/protobuf/proto"

	"wozai/internal/media"
	"wozai/internal/media/bot"
	"wozai/internal/media/mediatest"
)

const clientQuery = "/rtc?protocol=16&version=2.15.0&sdk=js&auto_subscribe=0"

// token is what LiveKit itself would hand out, with the floor, good for an hour.
func token(t testing.TB, w *mediatest.World, identity string) string {
	t.Helper()
	server := w.Server.AsExternal()
	grant := &auth.VideoGrant{RoomJoin: true, Room: w.Room}
	out, err := auth.NewAccessToken(server.Key, server.Secret).SetIdentity(identity).SetVideoGrant(grant).SetValidFor(time.Hour).ToJWT()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// dial connects as a browser would, without a media library, and returns the HTTP status if it is refused.
func dial(t testing.TB, address string, header http.Header) (*websocket.Conn, int, error) {
	t.Helper()
	conn, response, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(address, "http"), header)
	if err != nil {
		if response != nil {
			return nil, response.StatusCode, err
		}
		return nil, 0, err
	}
	_ = conn.SetReadDeadline(time.Now().Add(mediatest.Patience))
	t.Cleanup(func() { _ = conn.Close() })
	return conn, response.StatusCode, nil
}

func next(t testing.TB, conn *websocket.Conn) *livekit.SignalResponse {
	t.Helper()
	_, payload, err := conn.ReadMessage()
	if err != nil {
		t.Fatal(err)
	}
	message := &livekit.SignalResponse{}
	if err := proto.Unmarshal(payload, message); err != nil {
		t.Fatal(err)
	}
	return message
}

func TestAStaleTokenDoesNotGetIn(t *testing.T) {
	w := mediatest.New(t)
	w.Set("eve", listener)
	if err := w.Rooms.Create(t.Context(), w.Room); err != nil {
		t.Fatal(err)
	}
	// The token is good: at the SFU itself, which nobody outside can reach, it opens the door.
	stale := token(t, w, "ann")
	if _, status, err := dial(t, w.Server.AsExternal().URL+clientQuery+"&access_token="+stale, nil); err != nil {
		t.Fatalf("the token is not even good at the SFU: %v (%d)", err, status)
	}
	bearer := http.Header{"Authorization": {"Bearer " + stale}}
	for name, try := range map[string]struct {
		query  string
		header http.Header
	}{
		"in the query": {"&access_token=" + stale, nil}, "in the header": {"", bearer}, "in both": {"&access_token=" + stale, bearer},
	} {
		if _, status, err := dial(t, w.URL+clientQuery+try.query, try.header); err == nil || status != http.StatusForbidden {
			t.Errorf("%s: HTTP %d %v, want 403", name, status, err)
		}
	}
	// With a session, it is the session that counts.
	header := mediatest.Who("eve")
	header.Set("Authorization", bearer.Get("Authorization"))
	conn, _, err := dial(t, w.URL+clientQuery+"&publish=x&access_token="+stale, header)
	if err != nil {
		t.Fatal(err)
	}
	me := next(t, conn).GetJoin().GetParticipant()
	if me.GetIdentity() != "eve" || media.PermissionFrom(me.GetPermission()) != listener {
		t.Errorf("came in as %s with %+v, want eve as a listener", me.GetIdentity(), me.GetPermission())
	}
}

func TestTheBrowserIsHandedNoTokenAndNoStrangers(t *testing.T) {
	w := mediatest.New(t)
	w.Set("bob", listener)
	w.Set("direct", listener)
	through, _, err := dial(t, w.URL+clientQuery, mediatest.Who("bob"))
	if err != nil {
		t.Fatal(err)
	}
	direct, _, err := dial(t, w.Server.AsExternal().URL+clientQuery+"&access_token="+token(t, w, "direct"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if servers := next(t, direct).GetJoin().GetIceServers(); len(servers) == 0 {
		t.Error("LiveKit names no STUN server: this test can find nothing")
	}
	if servers := next(t, through).GetJoin().GetIceServers(); len(servers) != 0 {
		t.Errorf("the browser is sent to %v", servers)
	}
	// Two changes each: whatever the first one brings has arrived before the second.
	w.Change(func(want map[string]media.Permission) { want["bob"], want["direct"] = speaker, speaker })
	counts := map[string]int{}
	watch := func(name string, conn *websocket.Conn, until media.Permission) {
		for {
			message := next(t, conn)
			if _, ok := message.Message.(*livekit.SignalResponse_RefreshToken); ok {
				counts[name]++
			}
			for _, participant := range message.GetUpdate().GetParticipants() {
				if participant.Identity == name && media.PermissionFrom(participant.Permission) == until {
					return
				}
			}
		}
	}
	watch("bob", through, speaker)
	watch("direct", direct, speaker)
	w.Change(func(want map[string]media.Permission) { want["bob"], want["direct"] = listener, listener })
	watch("bob", through, listener)
	watch("direct", direct, listener)
	if counts["direct"] == 0 {
		t.Error("LiveKit hands out no token: this test can find nothing")
	}
	if counts["bob"] != 0 {
		t.Errorf("%d tokens came through the proxy", counts["bob"])
	}
}

func TestOnlySignallingPasses(t *testing.T) {
	w := mediatest.New(t)
	w.Set("bob", listener)
	for _, try := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/rtc/validate?protocol=16", http.StatusOK},
		{"GET", "/rtc", http.StatusNotFound}, // not a websocket
		{"GET", "/", http.StatusNotFound},
		{"GET", "", http.StatusNotFound},
		{"POST", "/twirp/livekit.RoomService/ListRooms", http.StatusNotFound},
		{"GET", "/twirp/livekit.RoomService/ListRooms", http.StatusNotFound},
		{"POST", "/rtc/validate", http.StatusNotFound},
		{"GET", "/agent", http.StatusNotFound},
		{"GET", "/whip/v1", http.StatusNotFound},
		{"GET", "/rtc/../twirp/livekit.RoomService/ListRooms", http.StatusNotFound},
		{"GET", "/rtc/v1/validate?join_request=AAAA", http.StatusBadRequest},
	} {
		request, err := http.NewRequestWithContext(t.Context(), try.method, w.URL+try.path, strings.NewReader(""))
		if err != nil {
			t.Fatal(err)
		}
		request.Header = mediatest.Who("bob")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if response.StatusCode != try.status {
			t.Errorf("%s %s: %s %q, want %d", try.method, try.path, response.Status, body, try.status)
		}
	}
	header := mediatest.Who("bob")
	header.Set("Origin", "https://elsewhere.example.org")
	if _, status, err := dial(t, w.URL+clientQuery, header); err == nil || status != http.StatusForbidden {
		t.Errorf("a page of another site: HTTP %d %v, want 403", status, err)
	}
}

func TestWhoIsDroppedIsOutAtOnce(t *testing.T) {
	w := mediatest.New(t)
	w.Set("ann", speaker)
	w.Set("bob", listener)
	ann, bob := w.Enter(t, "ann"), w.Enter(t, "bob")
	mark := bob.Mark()
	if err := ann.Publish(media.Microphone, voice(t, 0)); err != nil {
		t.Fatal(err)
	}
	bob.Hears(mark, "ann")
	annMark := ann.Mark()
	w.Change(func(want map[string]media.Permission) { delete(want, "ann") })
	w.Proxy.Drop(w.Room, "ann")
	bob.Await(mark, "ann falls silent", func(e bot.Event) bool { return e.Kind == bot.Silent && e.Identity == "ann" })
	ann.Await(annMark, "ann is out", func(e bot.Event) bool { return e.Kind == bot.Left || e.Kind == bot.Reconnecting })
	var refused *bot.RefusedError
	if _, err := w.TryEnter(t, "ann", nil, false); !errors.As(err, &refused) || refused.Status != http.StatusForbidden {
		t.Errorf("ann comes back: %v, want HTTP 403", err)
	}
}

// Whoever is signed out, on a telephone that was lost for instance, hears nothing more of the room
// although their place in it is kept.
func TestWhoIsSignedOutHearsNoMore(t *testing.T) {
	w := mediatest.New(t)
	w.Set("ann", speaker)
	w.Set("bob", listener)
	w.Set("cay", listener)
	ann, bob, cay := w.Enter(t, "ann"), w.Enter(t, "bob"), w.Enter(t, "cay")
	mark, cayMark := bob.Mark(), cay.Mark()
	if err := ann.Publish(media.Microphone, voice(t, 0)); err != nil {
		t.Fatal(err)
	}
	bob.Hears(mark, "ann")
	cay.Hears(cayMark, "ann")
	mark = bob.Mark()
	w.SignOut("bob")
	w.Proxy.Recheck("cay") // who is still signed in stays
	bob.Await(mark, "bob is out", func(e bot.Event) bool { return e.Kind == bot.Left || e.Kind == bot.Reconnecting })
	there := func(who string) bool {
		people, err := w.Rooms.List(t.Context(), w.Room)
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(people, func(p media.Participant) bool { return p.Identity == who })
	}
	for end := time.Now().Add(5 * time.Second); there("bob"); {
		if time.Now().After(end) {
			t.Fatal("the SFU still sends him sound")
		}
		<-time.After(20 * time.Millisecond)
	}
	if !there("cay") {
		t.Error("who is signed in was put out as well")
	}
	var refused *bot.RefusedError
	if _, err := w.TryEnter(t, "bob", nil, false); !errors.As(err, &refused) || refused.Status != http.StatusUnauthorized {
		t.Errorf("bob comes back: %v, want HTTP 401", err)
	}
}

// A child that hangs is not the same as one that died: the port is open and nobody answers.
func TestARequestIsHeldOnlySoLong(t *testing.T) {
	server := mediatest.Start(t)
	proxy := media.NewProxy(media.ProxyConfig{
		Server: server, Hold: 200 * time.Millisecond,
		Gate: media.GateFunc(func(context.Context, *http.Request) (media.Admission, error) {
			return media.Admission{Room: "r", Identity: "bob", Permission: listener}, nil
		}),
	})
	web := httptest.NewServer(proxy)
	defer web.Close()
	if err := syscall.Kill(server.Pid(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Kill(server.Pid(), syscall.SIGCONT) }()
	if _, status, err := dial(t, web.URL+"/sfu"+clientQuery, nil); err == nil || status != http.StatusServiceUnavailable {
		t.Errorf("HTTP %d %v, want 503", status, err)
	}
}
