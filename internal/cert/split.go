package cert

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	helloWithin = 10 * time.Second // the first byte must come
	tlsRecord   = 0x16             // the first byte of every TLS connection; no HTTP method begins with it
)

// Split listens for HTTPS and plain HTTP on one port: a phone that does not trust the authority
// yet must be able to read how. TLS connections come out of Accept; plain ones are answered by
// plain. Close ends both.
func Split(ln net.Listener, config *tls.Config, plain http.Handler) net.Listener {
	s := &split{Listener: ln, secure: make(chan net.Conn), end: make(chan struct{})}
	rest := &funnel{conns: make(chan net.Conn), end: s.end, addr: ln.Addr()}
	s.plain = &http.Server{Handler: plain, ReadHeaderTimeout: helloWithin, ReadTimeout: 30 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: 30 * time.Second, MaxHeaderBytes: 16 << 10}
	go s.plain.Serve(rest) //nolint:errcheck // ends when the funnel does
	go s.accept(config, rest)
	return s
}

type split struct {
	net.Listener
	secure chan net.Conn
	end    chan struct{}
	once   sync.Once
	plain  *http.Server

	mu  sync.Mutex
	err error
}

func (s *split) accept(config *tls.Config, rest *funnel) {
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
		go s.sort(c, config, rest)
	}
}

func (s *split) sort(c net.Conn, config *tls.Config, rest *funnel) {
	p := &peeked{Conn: c}
	_ = c.SetReadDeadline(time.Now().Add(helloWithin))
	if _, err := c.Read(p.first[:]); err != nil {
		_ = c.Close() // nobody there, or a port scan
		return
	}
	_ = c.SetReadDeadline(time.Time{})
	to, out := rest.conns, net.Conn(p)
	if p.first[0] == tlsRecord {
		to, out = s.secure, tls.Server(p, config)
	}
	select {
	case to <- out:
	case <-s.end:
		_ = c.Close()
	}
}

func (s *split) Accept() (net.Conn, error) {
	select {
	case c := <-s.secure:
		return c, nil
	case <-s.end:
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.err != nil {
			return nil, s.err
		}
		return nil, net.ErrClosed
	}
}

func (s *split) Close() error {
	err := net.ErrClosed
	s.once.Do(func() {
		err = s.Listener.Close()
		close(s.end)
		_ = s.plain.Close()
	})
	return err
}

// peeked gives its first byte back.
type peeked struct {
	net.Conn
	first [1]byte
	given bool
}

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
