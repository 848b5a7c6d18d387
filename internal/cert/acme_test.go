package cert

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"wozai/internal/testkit"
)

// site is a server at a name, with a certificate from an authority.
type site struct {
	ACME
	addr string
	log  *records
}

// open serves until the test or ctx ends.
func (s *site) open(t *testing.T, ctx context.Context, ln net.Listener) {
	t.Helper()
	config, err := s.Manage(ctx)
	if err != nil {
		t.Fatal(err)
	}
	web, _ := Split(ln, Ways{TLS: config, Plain: http.NotFoundHandler(), Relay: true})
	srv := &http.Server{Handler: http.NotFoundHandler()}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		if err := srv.Serve(web); !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serving ended with %v", err)
		}
	}()
	t.Cleanup(func() {
		_ = srv.Close()
		<-stopped
	})
}

func newSite(t *testing.T, domain string) (*site, *testkit.Authority, net.Listener) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := ln.Addr().(*net.TCPAddr).Port
	a := testkit.ACME(t, port)
	log := &records{came: make(chan struct{}, 100)}
	return &site{
		ACME: ACME{Domain: domain, Directory: a.Directory, Roots: a.RootsFile, Dir: t.TempDir(), Port: port, Log: slog.New(log)},
		addr: ln.Addr().String(), log: log,
	}, a, ln
}

func (s *site) handshake(a *testkit.Authority) (*tls.ConnectionState, error) {
	c, err := tls.Dial("tcp", s.addr, &tls.Config{ServerName: s.Domain, RootCAs: a.Roots, MinVersion: tls.VersionTLS12})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	state := c.ConnectionState()
	return &state, nil
}

func TestACertificateIsGotByACME(t *testing.T) {
	s, a, ln := newSite(t, "wozai.branch.test")
	ctx, stop := context.WithCancel(t.Context())
	s.open(t, ctx, ln)
	s.log.until(t, "the certificate is in use")
	state, err := s.handshake(a)
	if err != nil {
		t.Fatal(err)
	}
	got := state.PeerCertificates[0]
	if kept := Kept(s.Dir, s.Domain); kept == nil || !kept.Equal(got) {
		t.Errorf("kept: %v", kept)
	}
	stop()

	// After a restart it is the same one: authorities do not like to be asked often.
	again, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr, s.Port = again.Addr().String(), again.Addr().(*net.TCPAddr).Port
	s.open(t, t.Context(), again)
	if state, err = s.handshake(a); err != nil || !state.PeerCertificates[0].Equal(got) {
		t.Errorf("after a restart: %v", err)
	}
}

func TestWhyThereIsNoCertificateIsSaid(t *testing.T) {
	s, _, ln := newSite(t, "wozai.elsewhere.test")
	s.Port++ // port 443 of the name leads to somebody else
	go func() { _ = http.Serve(ln, http.NotFoundHandler()) }()
	t.Cleanup(func() { _ = ln.Close() })
	if _, err := s.Manage(t.Context()); err != nil {
		t.Fatal(err)
	}
	if line := s.log.until(t, "there is no certificate yet"); !strings.Contains(line, "port 443") {
		t.Errorf("a name that leads elsewhere: %s", line)
	}
	s, _, ln = newSite(t, "wozai.branch.test")
	s.Roots = "" // what the system trusts
	s.open(t, t.Context(), ln)
	if line := s.log.until(t, "there is no certificate yet"); !strings.Contains(line, "not trusted") {
		t.Errorf("an authority that is not trusted: %s", line)
	}
}

// records are a log that can be waited for.
type records struct {
	mu    sync.Mutex
	lines []string
	came  chan struct{}
}

func (*records) Enabled(context.Context, slog.Level) bool { return true }
func (r *records) WithAttrs([]slog.Attr) slog.Handler     { return r }
func (r *records) WithGroup(string) slog.Handler          { return r }

func (r *records) Handle(_ context.Context, record slog.Record) error {
	line := record.Message
	record.Attrs(func(a slog.Attr) bool { line += " " + a.String(); return true })
	r.mu.Lock()
	r.lines = append(r.lines, line)
	r.mu.Unlock()
	r.came <- struct{}{}
	return nil
}

func (r *records) until(t *testing.T, begins string) string {
	t.Helper()
	for timeout := time.After(time.Minute); ; {
		r.mu.Lock()
		for _, line := range r.lines {
			if strings.HasPrefix(line, begins) {
				r.mu.Unlock()
				return line
			}
		}
		r.mu.Unlock()
		select {
		case <-r.came:
		case <-timeout:
			t.Fatalf("not said: %q; but %q", begins, r.lines)
		}
	}
}
