package cert

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	helloWithin = 10 * time.Second // the first byte must come, and a handshake be over
	tlsRecord   = 0x16             // the first byte of every TLS connection; no HTTP method begins with it
	stunBelow   = 2                // the first byte of every STUN request, with which TURN begins, is 0 or 1
	stunTURN    = "stun.turn"      // what a TURN client may ask for by ALPN (RFC 7443)
)

// Ways are what one port leads to.
type Ways struct {
	TLS   *tls.Config  // nil: TLS ends somewhere before us
	Plain http.Handler // answers plain HTTP where there is TLS
	Relay bool         // let TURN through
}

// Split serves a site, a TURN relay and, in plain HTTP, how to come to HTTPS, on one port: what a network lets through at
// all is this port, and a phone that does not trust the authority yet must be able to read how. The site's connections come
// out of web, TURN's out of relay, both after TLS (nil unless asked for); plain ones are answered by w.Plain. Closing web
// ends all three.
func Split(ln net.Listener, w Ways) (web, relay net.Listener) {
	s := &split{Listener: ln, ways: w, end: make(chan struct{})}
	s.web, s.plain, s.relay = s.funnel(), s.funnel(), s.funnel()
	if w.Relay {
		relay = s.relay
	}
	if w.TLS != nil {
		if w.Relay {
			s.ways.TLS = w.TLS.Clone()
			s.ways.TLS.NextProtos = append(slices.Clone(w.TLS.NextProtos), stunTURN)
		}
		s.redirect = &http.Server{Handler: w.Plain, ReadHeaderTimeout: helloWithin, ReadTimeout: 30 * time.Second,
			WriteTimeout: 30 * time.Second, IdleTimeout: 30 * time.Second, MaxHeaderBytes: 16 << 10}
		go s.redirect.Serve(s.plain) //nolint:errcheck // ends when the funnel does
	}
	go s.accept()
	return s, relay
}

type split struct {
	net.Listener
	ways              Ways
	web, plain, relay *funnel
	end               chan struct{}
	once              sync.Once
	redirect          *http.Server

	mu  sync.Mutex
	err error
}

func (s *split) funnel() *funnel {
	return &funnel{conns: make(chan net.Conn), end: s.end, addr: s.Addr()}
}

func (s *split) accept() {
	for {
		c, err := s.Listener.Accept()
		if err != nil {
			var again interface{ Temporary() bool }
			if errors.As(err, &again) && again.Temporary() { // out of file descriptors, for a moment
				time.Sleep(50 * time.Millisecond)
				continue
			}
			s.mu.Lock()
			s.err = err
			s.mu.Unlock()
			_ = s.Close()
			return
		}
		go s.sort(c)
	}
}

func (s *split) sort(c net.Conn) {
	_ = c.SetDeadline(time.Now().Add(helloWithin))
	to, out, err := s.look(c)
	if err != nil || to == s.relay && !s.ways.Relay {
		_ = c.Close() // nobody there, a port scan, or somebody who does not trust us
		return
	}
	_ = c.SetDeadline(time.Time{})
	select {
	case to.conns <- out:
	case <-s.end:
		_ = c.Close()
	}
}

// look finds out what a connection is for.
func (s *split) look(c net.Conn) (*funnel, net.Conn, error) {
	raw := &peeked{Conn: c}
	if err := raw.peek(); err != nil {
		return nil, nil, err
	}
	switch {
	case s.ways.TLS == nil && raw.first[0] < stunBelow:
		return s.relay, raw, nil
	case s.ways.TLS == nil:
		return s.web, raw, nil
	case raw.first[0] != tlsRecord:
		return s.plain, raw, nil
	}
	secure := tls.Server(raw, s.ways.TLS)
	if err := secure.Handshake(); err != nil { //nolint:noctx // it has a deadline
		return nil, nil, err
	}
	switch secure.ConnectionState().NegotiatedProtocol {
	case "":
		// A browser names a protocol for the site and none for a relay; a plainer client of the site names none either.
		inner := &peekedTLS{peeked{Conn: secure}, secure}
		if err := inner.peek(); err != nil {
			return nil, nil, err
		}
		if inner.first[0] < stunBelow {
			return s.relay, inner, nil
		}
		return s.web, inner, nil
	case stunTURN:
		return s.relay, secure, nil
	}
	return s.web, secure, nil // as it is: HTTP/2 needs the *tls.Conn
}

func (s *split) Accept() (net.Conn, error) {
	c, err := s.web.Accept()
	if err == nil {
		return c, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	return nil, err
}

func (s *split) Close() error {
	err := net.ErrClosed
	s.once.Do(func() {
		err = s.Listener.Close()
		close(s.end)
		if s.redirect != nil {
			_ = s.redirect.Close()
		}
	})
	return err
}

// peeked gives its first byte back.
type peeked struct {
	net.Conn
	first [1]byte
	given bool
}

func (p *peeked) peek() error {
	_, err := p.Conn.Read(p.first[:])
	return err
}

// peekedTLS is peeked by whom net/http asks for the state of TLS.
type peekedTLS struct {
	peeked
	secure *tls.Conn
}

func (p *peekedTLS) ConnectionState() tls.ConnectionState { return p.secure.ConnectionState() }

func (p *peeked) Read(b []byte) (int, error) {
	if p.given || len(b) == 0 {
		return p.Conn.Read(b)
	}
	p.given = true
	b[0] = p.first[0]
	return 1, nil
}

// funnel is a listener fed by sort.
type funnel struct {
	conns chan net.Conn
	end   chan struct{}
	addr  net.Addr
}

func (f *funnel) Accept() (net.Conn, error) {
	select {
	case c := <-f.conns:
		return c, nil
	case <-f.end:
		return nil, net.ErrClosed
	}
}
func (f *funnel) Close() error   { return nil }
func (f *funnel) Addr() net.Addr { return f.addr }
