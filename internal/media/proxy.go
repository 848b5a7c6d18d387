package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/livekit/protocol/auth"
	"golang.org/x/sync/singleflight"
)

// Admission is the application's answer to "who is this, and what may they do now".
type Admission struct {
	Room       string     // must not be empty
	Identity   string     // must not be empty; a second connection with the same one takes the place of the first
	Name       string     // shown to the others; may be empty
	Metadata   string     // shown to the others; may be empty, at most 512 KiB
	Owner      string     // whom Recheck knows this connection by; told to nobody
	Permission Permission // as of now; the Reconciler corrects what changes while the person is on the way in
}

// Gate decides who comes in. The application implements it from its session, its meeting and its floor.
type Gate interface {
	// Admit looks at r (its cookies, and the query parameters that the page put on the address) and returns who is
	// coming, or a *Refusal. It is asked on every connect and every reconnect. Any other error answers 500.
	Admit(ctx context.Context, r *http.Request) (Admission, error)
}

// GateFunc lets a function be a Gate.
type GateFunc func(ctx context.Context, r *http.Request) (Admission, error)

// Admit calls f.
func (f GateFunc) Admit(ctx context.Context, r *http.Request) (Admission, error) { return f(ctx, r) }

// Refusal keeps somebody out with an HTTP status (401 not signed in, 403 not invited, 404 no such room, 410 over) and a
// short code that the page turns into words.
type Refusal struct {
	Status int
	Code   string
}

func (r *Refusal) Error() string { return fmt.Sprintf("media: refused: %s (%d)", r.Code, r.Status) }

// ProxyConfig wires a Proxy.
type ProxyConfig struct {
	Server *Server
	Gate   Gate
	Relay  *Relay        // nil: none but the SFU's own
	Prefix string        // where it is mounted; "": "/sfu"
	Hold   time.Duration // how long a request waits for a restarting SFU before 503; 0: five seconds
	// Origins lists further origins ("https://host") that may connect, beside the host the request names.
	Origins []string
	// News, if set, is called (in the connection's goroutine; return quickly) when somebody has come in, whose permission
	// may have changed on the way, and when sound was published that may have to be opened. Touch the Reconciler from it.
	News func(room string)
	Log  *slog.Logger // nil: slog.Default
}

// Proxy is an http.Handler for Prefix/. It passes on signalling (websocket) and its check, refuses everything else of
// LiveKit with 404, and never lets a token through in either direction: it takes out what the browser brings, puts in a
// fresh one from the Gate's answer, and takes out those that LiveKit hands to its clients. Media does not pass here.
type Proxy struct {
	ProxyConfig
	rooms    *Rooms
	ensuring singleflight.Group
	upgrader websocket.Upgrader
	drops    atomic.Int64

	mu        sync.Mutex
	sessions  map[seat]map[*session]struct{}
	kinds     map[seat]*trackKinds
	published map[string]bool // see isNew
}

// seat is one participant's place.
type seat struct{ room, identity string }

// NewProxy returns a Proxy ready to be mounted.
func NewProxy(config ProxyConfig) *Proxy {
	if config.Prefix == "" {
		config.Prefix = "/sfu"
	}
	if config.Hold == 0 {
		config.Hold = 5 * time.Second
	}
	if config.Log == nil {
		config.Log = slog.Default()
	}
	p := &Proxy{
		ProxyConfig: config, rooms: NewRooms(config.Server),
		sessions: map[seat]map[*session]struct{}{}, kinds: map[seat]*trackKinds{}, published: map[string]bool{},
	}
	p.upgrader = websocket.Upgrader{EnableCompression: true, CheckOrigin: p.sameOrigin}
	return p
}

// ServeHTTP lets in whom the Gate admits.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, p.Prefix)
	switch {
	case r.Method != http.MethodGet:
		http.NotFound(w, r)
	case path == "/rtc/validate" || path == "/rtc/v1/validate":
		p.validate(w, r, path)
	case (path == "/rtc" || path == "/rtc/v1") && websocket.IsWebSocketUpgrade(r):
		if !p.sameOrigin(r) {
			p.refuse(w, &Refusal{http.StatusForbidden, "foreign_origin"})
			return
		}
		p.connect(w, r, path)
	default:
		http.NotFound(w, r)
	}
}

// Drop closes the connections of a participant to this node. It does not forbid to come back: change what Admit answers
// first, then Drop, and have the Reconciler (or Rooms.Remove) end the media.
func (p *Proxy) Drop(room, identity string) {
	p.dropWhere(func(s seat) bool { return s == seat{room, identity} })
}

// DropRoom closes every connection of a room to this node.
func (p *Proxy) DropRoom(room string) { p.dropWhere(func(s seat) bool { return s.room == room }) }

// Recheck asks the Gate anew about an owner's connections to this node: somebody's session may have ended. Who is no longer
// admitted is cut off, media and all. It returns at once.
func (p *Proxy) Recheck(owner string) {
	p.drops.Add(1)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, open := range p.sessions {
		for session := range open {
			if session.owner == owner {
				go p.recheck(session)
			}
		}
	}
}

func (p *Proxy) recheck(s *session) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.request.Context()), httpTimeout)
	defer cancel()
	again, err := p.Gate.Admit(ctx, s.request)
	var refusal *Refusal
	if err == nil && again.Room == s.seat.room && again.Identity == s.seat.identity || err != nil && !errors.As(err, &refusal) {
		return // still theirs; or it cannot be told, and the next beat will tell
	}
	s.close(websocket.ClosePolicyViolation, "revoked")
	if err := p.rooms.Remove(ctx, s.seat.room, s.seat.identity); err != nil {
		p.Log.Warn("who is signed out may hear the room until the SFU notices", "room", s.seat.room, "error", err)
	}
}

func (p *Proxy) dropWhere(match func(seat) bool) {
	p.drops.Add(1)
	p.mu.Lock()
	defer p.mu.Unlock()
	for seat, open := range p.sessions {
		if match(seat) {
			for session := range open {
				go session.close(websocket.ClosePolicyViolation, "revoked")
			}
		}
	}
}

// errAgain asks for another attempt within the time a request may be held.
var errAgain = errors.New("media: the SFU went away")

// hold runs attempt until it succeeds, fails for good, or the time is up.
func (p *Proxy) hold(ctx context.Context, attempt func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, p.Hold)
	defer cancel()
	for {
		if err := p.Server.Ready(ctx); err != nil {
			return &Refusal{http.StatusServiceUnavailable, "sfu_unavailable"}
		}
		err := attempt(ctx)
		if !errors.Is(err, errAgain) {
			return err
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return &Refusal{http.StatusServiceUnavailable, "sfu_unavailable"}
		}
	}
}

// prepare asks the Gate, makes sure that the room exists, and only then writes a token.
func (p *Proxy) prepare(ctx context.Context, r *http.Request) (Admission, http.Header, error) {
	admission, err := p.Gate.Admit(ctx, r)
	if err != nil {
		return admission, nil, err
	}
	if admission.Room == "" || admission.Identity == "" {
		return admission, nil, errors.New("media: the gate admitted somebody without a room or an identity")
	}
	// One call serves everybody who comes at the same moment, so it must not end with one of them.
	made := p.ensuring.DoChan(admission.Room, func() (any, error) {
		return nil, p.rooms.Create(context.WithoutCancel(ctx), admission.Room)
	})
	select {
	case result := <-made:
		if result.Err != nil {
			p.Log.Debug("could not make the room", "error", result.Err)
			return admission, nil, errAgain
		}
	case <-ctx.Done():
		return admission, nil, errAgain
	}
	token, err := p.token(admission)
	if err != nil {
		return admission, nil, err
	}
	return admission, http.Header{"Authorization": {"Bearer " + token}, "User-Agent": r.Header["User-Agent"]}, nil
}

// token is good for one connect. LiveKit does not end a session when its token expires.
func (p *Proxy) token(a Admission) (string, error) {
	wire := a.Permission.wire()
	grant := &auth.VideoGrant{RoomJoin: true, Room: a.Room, Hidden: a.Permission.Hidden}
	grant.UpdateFromPermission(wire)
	token, err := auth.NewAccessToken(p.Server.key, p.Server.secret).SetIdentity(a.Identity).SetName(a.Name).
		SetMetadata(a.Metadata).SetVideoGrant(grant).SetValidFor(time.Minute).ToJWT()
	if err != nil {
		return "", fmt.Errorf("media: token: %w", err)
	}
	return token, nil
}

// validate answers the client's question why a connection failed.
func (p *Proxy) validate(w http.ResponseWriter, r *http.Request, path string) {
	var response *http.Response
	err := p.hold(r.Context(), func(ctx context.Context) error {
		_, header, err := p.prepare(ctx, r)
		if err != nil {
			return err
		}
		query, _, err := p.cleanQuery(r.URL.Query(), newTrackKinds())
		if err != nil {
			return err
		}
		upstream, err := http.NewRequestWithContext(r.Context(), http.MethodGet, p.Server.base.String()+path+"?"+query, nil)
		if err != nil {
			return err
		}
		upstream.Header = header
		if response, err = http.DefaultClient.Do(upstream); err != nil {
			return errAgain
		}
		return nil
	})
	if err != nil {
		p.refuse(w, err)
		return
	}
	defer response.Body.Close()
	w.Header().Set("Cache-Control", "no-store")
	if response.StatusCode != http.StatusOK {
		// LiveKit repeats the whole token in some of its answers.
		http.Error(w, http.StatusText(response.StatusCode), response.StatusCode)
		return
	}
	_, _ = io.Copy(w, io.LimitReader(response.Body, 4096))
}

// cleanQuery passes on what describes the client and takes out what speaks about rights or about somebody else.
func (p *Proxy) cleanQuery(query url.Values, kinds *trackKinds) (clean string, about joining, err error) {
	about.resume = query.Get("reconnect") == "1" || query.Get("reconnect") == "true" // as LiveKit reads it
	for _, name := range []string{"access_token", "publish", "attributes", "metadata", "room"} {
		query.Del(name)
	}
	if join := query.Get("join_request"); join != "" {
		if join, about, err = cleanJoinRequest(join, kinds); err != nil {
			p.Log.Warn("a join request was refused", "error", err)
			return "", about, &Refusal{http.StatusBadRequest, "bad_join_request"}
		}
		query.Set("join_request", join)
	}
	return query.Encode(), about, nil
}

// refuse writes err for the client; an unknown one is told to the log only.
func (p *Proxy) refuse(w http.ResponseWriter, err error) {
	var refusal *Refusal
	if !errors.As(err, &refusal) {
		p.Log.Error("admission to a room failed", "error", err)
		refusal = &Refusal{http.StatusInternalServerError, "internal"}
	}
	w.Header().Set("Cache-Control", "no-store")
	if refusal.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	http.Error(w, refusal.Code, refusal.Status)
}

// sameOrigin keeps other sites from using our cookies. Programs send no Origin.
func (p *Proxy) sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	parsed, err := url.Parse(origin)
	if err == nil && strings.EqualFold(parsed.Host, r.Host) {
		return true
	}
	for _, allowed := range p.Origins {
		if strings.EqualFold(strings.TrimSuffix(allowed, "/"), origin) {
			return true
		}
	}
	return false
}
