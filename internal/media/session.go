package media

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/livekit/protocol/livekit"
)

const (
	maxSignal    = 4 << 20          // bytes in one message: an answer for hundreds of tracks is large
	pingEvery    = 10 * time.Second // to the browser
	deadAfter    = 30 * time.Second // without a sign of life from the browser
	writeTimeout = 10 * time.Second
)

// session is one browser's signalling connection and its other half towards the SFU.
type session struct {
	proxy   *Proxy
	seat    seat
	owner   string
	request *http.Request // as it came, for the Gate to look at again
	kinds   *trackKinds
	relay   *livekit.ICEServer // nil for none
	browser *websocket.Conn
	sfu     *websocket.Conn
	once    sync.Once
	gone    chan struct{}
	joining joining
	joined  chan struct{} // closed when LiveKit has said whom it took this for
	came    sync.Once
}

// connect opens the half towards the SFU first, so that a refusal is still an HTTP answer.
func (p *Proxy) connect(w http.ResponseWriter, r *http.Request, path string) {
	drops := p.drops.Load()
	var admission Admission
	var upstream *websocket.Conn
	var kinds *trackKinds
	var coming joining
	err := p.hold(r.Context(), func(ctx context.Context) error {
		var header http.Header
		var err error
		if admission, header, err = p.prepare(ctx, r); err != nil {
			return err
		}
		var known bool
		kinds, known = p.trackKinds(seat{admission.Room, admission.Identity}, func(source Source) bool {
			if !p.Server.unopened.Load() {
				return false
			}
			now, err := p.Gate.Admit(r.Context(), r)
			return err == nil && now.Identity == admission.Identity && now.Permission.Publish.Has(source)
		})
		var query string
		if query, coming, err = p.cleanQuery(r.URL.Query(), kinds); err != nil {
			return err
		}
		if coming.resume && !known && p.Server.External() {
			// Another node knows what this one announced so far; without that memory it begins anew.
			if err := p.rooms.Remove(ctx, admission.Room, admission.Identity); err != nil {
				return err
			}
		}
		address := *p.Server.base
		address.Scheme = map[string]string{"http": "ws", "https": "wss"}[address.Scheme]
		address.Path += path
		address.RawQuery = query
		var response *http.Response
		upstream, response, err = websocket.DefaultDialer.DialContext(ctx, address.String(), header)
		switch {
		case err == nil:
			return nil
		case response == nil, response.StatusCode == http.StatusNotFound, response.StatusCode >= 500:
			return errAgain // the child died just now, or the room ended between making and entering it
		default:
			return &Refusal{response.StatusCode, "sfu_refused"}
		}
	})
	if err != nil {
		p.refuse(w, err)
		return
	}
	browser, err := p.upgrader.Upgrade(w, r, nil) // it answers errors itself
	if err != nil {
		_ = upstream.Close()
		return
	}
	s := &session{
		proxy: p, seat: seat{admission.Room, admission.Identity}, owner: admission.Owner, request: r, kinds: kinds,
		browser: browser, sfu: upstream, gone: make(chan struct{}), joining: coming, joined: make(chan struct{}),
	}
	if p.Relay.reaches(r) {
		var revoke func()
		s.relay, revoke = p.Relay.issue(r.Host)
		defer revoke()
	}
	p.enter(s)
	defer p.leave(s)
	if p.drops.Load() != drops {
		// Somebody was dropped between our question and now; it may have been this one.
		if again, err := p.Gate.Admit(r.Context(), r); err != nil || again.Room != admission.Room || again.Identity != admission.Identity {
			s.close(websocket.ClosePolicyViolation, "revoked")
			return
		}
	}
	go s.down()
	go s.ping()
	s.up()
}

// up carries what the browser says, as far as a browser has business saying it.
func (s *session) up() {
	s.browser.SetReadLimit(maxSignal)
	alive := func() { _ = s.browser.SetReadDeadline(time.Now().Add(deadAfter)) }
	s.browser.SetPongHandler(func(string) error { alive(); return nil })
	for {
		alive()
		kind, payload, err := readMessage(s.browser, maxSignal)
		if err != nil {
			s.close(websocket.CloseGoingAway, "")
			return
		}
		if kind != websocket.BinaryMessage {
			s.close(websocket.CloseUnsupportedData, "protobuf only")
			return
		}
		select {
		case <-s.joined: // until then what is announced cannot be told from what was announced before
		case <-s.gone:
			return
		}
		payload, err = s.kinds.request(payload)
		if err != nil {
			s.proxy.Log.Warn("a client tried what no honest one does and was cut off", "room", s.seat.room, "error", err)
			s.close(websocket.ClosePolicyViolation, "not allowed")
			return
		}
		if payload == nil {
			continue
		}
		if err := write(s.sfu, payload); err != nil {
			s.close(websocket.CloseGoingAway, "")
			return
		}
	}
}

// down carries what the SFU says, without tokens and without foreign servers.
func (s *session) down() {
	s.sfu.SetReadLimit(4 * maxSignal)
	for {
		kind, payload, err := s.sfu.ReadMessage()
		if err != nil {
			code := websocket.CloseGoingAway
			var closed *websocket.CloseError
			if errors.As(err, &closed) && closed.Code == websocket.CloseNormalClosure {
				code = websocket.CloseNormalClosure
			}
			s.close(code, "")
			return
		}
		if kind != websocket.BinaryMessage {
			continue // LiveKit answers in JSON only to those who speak it
		}
		payload, said, err := cleanResponse(payload, s.relay)
		if err != nil {
			s.proxy.Log.Error("the SFU said something that we do not understand", "error", err)
			s.close(websocket.CloseInternalServerErr, "")
			return
		}
		news := s.learn(said)
		if payload != nil {
			if err := write(s.browser, payload); err != nil {
				s.close(websocket.CloseGoingAway, "")
				return
			}
		}
		if news && s.proxy.News != nil {
			s.proxy.News(s.seat.room)
		}
	}
}

// learn takes from LiveKit's words what the gate needs to know, and reports whether the Reconciler should look: somebody
// has come in, or shut sound has been published by somebody whose turn it may be.
func (s *session) learn(said *livekit.SignalResponse) (news bool) {
	switch m := said.Message.(type) {
	case *livekit.SignalResponse_Join:
		s.came.Do(func() {
			s.kinds.begin(s.joining.announced)
			close(s.joined)
		})
		return true
	case *livekit.SignalResponse_Reconnect:
		s.came.Do(func() { close(s.joined) })
		return true
	case *livekit.SignalResponse_TrackPublished:
		s.kinds.isPicture(m.TrackPublished.GetTrack())
	case *livekit.SignalResponse_Update:
		for _, participant := range m.Update.Participants {
			if participant.Identity == s.seat.identity {
				s.kinds.isPicture(participant.Tracks...)
				continue
			}
			for _, track := range participant.Tracks {
				news = track.Muted && track.Type == livekit.TrackType_AUDIO && s.proxy.isNew(track.Sid) || news
			}
		}
	}
	return news
}

func (s *session) ping() {
	ticker := time.NewTicker(pingEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if s.browser.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeTimeout)) != nil {
				s.close(websocket.CloseGoingAway, "")
				return
			}
		case <-s.gone:
			return
		}
	}
}

var errLongMessage = errors.New("media: a message longer than any honest one")

// readMessage reads one message of at most limit bytes. The connection's own limit counts the bytes on the line, and packed
// ones say a thousand times as much.
func readMessage(from *websocket.Conn, limit int64) (kind int, payload []byte, err error) {
	kind, r, err := from.NextReader()
	if err != nil {
		return 0, nil, err
	}
	payload, err = io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(payload)) > limit {
		err = errLongMessage
	}
	return kind, payload, err
}

func write(to *websocket.Conn, payload []byte) error {
	_ = to.SetWriteDeadline(time.Now().Add(writeTimeout))
	return to.WriteMessage(websocket.BinaryMessage, payload)
}

// close ends both halves; the first reason given is the one told.
func (s *session) close(code int, reason string) {
	s.once.Do(func() {
		close(s.gone)
		message := websocket.FormatCloseMessage(code, reason)
		_ = s.browser.WriteControl(websocket.CloseMessage, message, time.Now().Add(time.Second))
		_ = s.browser.Close()
		_ = s.sfu.Close()
	})
}

// enter and leave keep the list that Drop works on.
func (p *Proxy) enter(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sessions[s.seat] == nil {
		p.sessions[s.seat] = map[*session]struct{}{}
	}
	p.sessions[s.seat][s] = struct{}{}
}

func (p *Proxy) leave(s *session) {
	s.close(websocket.CloseGoingAway, "")
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.sessions[s.seat], s)
	if len(p.sessions[s.seat]) == 0 {
		delete(p.sessions, s.seat)
	}
	s.kinds.lastUse(time.Now())
}

// trackKinds returns what is remembered of a seat, also from before a reconnect, and whether anything was; it forgets seats
// long empty.
func (p *Proxy) trackKinds(at seat, mayOpen func(Source) bool) (kinds *trackKinds, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for other, kinds := range p.kinds {
		if len(p.sessions[other]) == 0 && other != at && kinds.idleFor(time.Now()) > 5*time.Minute {
			delete(p.kinds, other)
		}
	}
	kinds, known = p.kinds[at]
	if !known {
		kinds = newTrackKinds()
		p.kinds[at] = kinds
	}
	kinds.mu.Lock()
	kinds.used, kinds.mayOpen = time.Now(), mayOpen
	kinds.mu.Unlock()
	return kinds, known
}

const maxNews = 4096 // published sounds remembered; forgetting them costs a look each

// isNew reports whether a track is heard of here for the first time: everybody in a room is told of it.
func (p *Proxy) isNew(track string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.published[track] {
		return false
	}
	if len(p.published) >= maxNews {
		clear(p.published)
	}
	p.published[track] = true
	return true
}
