package media

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// ServerConfig says which SFU to use. Either URL, Key and Secret name one that exists already, or (URL empty) the child is
// run and every other field has a default.
type ServerConfig struct {
	URL    string // http(s) or ws(s) address of an existing LiveKit; "" runs the child
	Key    string // API key; made up for the child if empty
	Secret string // API secret, at least 32 characters; made up for the child if empty

	Command []string // how to start the child; nil: this very binary with the argument "media"
	Env     []string // added to the child's environment
	NodeIP  string   // address that browsers send media to, "v4", "v6" or "v4,v6"; "": [LocalIP]
	UDPPort int      // 0: any free port
	TCPPort int      // 0: any free port

	Log *slog.Logger // nil: slog.Default
}

// Server is the SFU as the rest of the program sees it: an address, a key, and whether it is there. With a child it also
// is the supervisor. Safe for use by many goroutines.
type Server struct {
	base   *url.URL
	key    string
	secret string
	log    *slog.Logger
	child  *child // nil with an external server

	// unopened is set once an external server has refused to open sound (room.enable_remote_unmute is off there). Sound
	// is then announced open by who has the floor at that moment, and nobody gets ready.
	unopened atomic.Bool

	mu       sync.Mutex
	up       chan struct{} // closed while the SFU is there
	restarts int
	onUp     []func()
}

// Start returns once the SFU answers. With a child it keeps one running, under the same key, secret and ports, until Stop:
// a child that dies is replaced at once (a child that keeps dying, after pauses that grow to two seconds). If it does not
// come up in five attempts, or before ctx ends, nothing is left running and the error says why. An external server is
// asked once and an error returned if it does not answer or refuses the key.
func Start(ctx context.Context, config ServerConfig) (*Server, error) {
	s := &Server{key: config.Key, secret: config.Secret, log: config.Log, up: make(chan struct{})}
	if s.log == nil {
		s.log = slog.Default()
	}
	if config.URL != "" {
		if err := s.connect(ctx, config.URL); err != nil {
			return nil, err
		}
		return s, nil
	}
	if s.key == "" {
		s.key = "wozai"
	}
	if s.secret == "" {
		s.secret = randomHex(32)
	}
	child, err := newChild(s, config)
	if err != nil {
		return nil, err
	}
	s.child = child
	up := s.up // the first one, whatever happens to the child afterwards
	go child.supervise()
	select {
	case <-up:
		return s, nil
	case <-child.done:
		return nil, fmt.Errorf("media: the media process does not start: %w", child.lastError())
	case <-ctx.Done():
		child.stop()
		<-child.done
		return nil, errors.Join(fmt.Errorf("media: the media process did not answer in time: %w", ctx.Err()), child.lastError())
	}
}

// connect prepares the use of an external server.
func (s *Server) connect(ctx context.Context, address string) error {
	base, err := url.Parse(strings.TrimSuffix(address, "/"))
	if err != nil || base.Host == "" {
		return fmt.Errorf("media: %q is not an address like https://livekit.example.org", address)
	}
	switch base.Scheme {
	case "ws":
		base.Scheme = "http"
	case "wss":
		base.Scheme = "https"
	case "http", "https":
	default:
		return fmt.Errorf("media: %q: use http, https, ws or wss", address)
	}
	if s.key == "" || s.secret == "" {
		return errors.New("media: an existing server needs its API key and secret")
	}
	s.base = base
	close(s.up)
	if _, err := NewRooms(s).exists(ctx, "-"); err != nil {
		return fmt.Errorf("media: the server at %s cannot be used: %w", base.Host, err)
	}
	return nil
}

// External reports whether the SFU is somebody else's process.
func (s *Server) External() bool { return s.child == nil }

// Ready waits until the SFU is there or ctx ends. An external server always counts as there.
func (s *Server) Ready(ctx context.Context) error {
	s.mu.Lock()
	up := s.up
	s.mu.Unlock()
	select {
	case <-up:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Health answers a readiness check: nil, or why sound cannot work at the moment. It asks the SFU, within ctx.
func (s *Server) Health(ctx context.Context) error {
	s.mu.Lock()
	up := s.up
	s.mu.Unlock()
	select {
	case <-up:
	default:
		return errors.New("media: the SFU is being restarted")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base.String()+"/", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("media: the SFU does not answer: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("media: the SFU says %s", response.Status)
	}
	return nil
}

// OnUp calls f, in a goroutine of its own, each time a child has come back after its death; rooms and their permissions
// are gone then and have to be made anew. It is never called for an external server. Call before traffic begins.
func (s *Server) OnUp(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onUp = append(s.onUp, f)
}

// Restarts counts how often the child has come back.
func (s *Server) Restarts() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.restarts
}

// Pid is the child's process id, 0 while there is none.
func (s *Server) Pid() int {
	if s.child == nil {
		return 0
	}
	return s.child.pid()
}

// Ports are the UDP and TCP ports for media, to be told to a firewall; zero with an external server.
func (s *Server) Ports() (udp, tcp int) {
	if s.child == nil {
		return 0, 0
	}
	return s.child.config.UDPPort, s.child.config.TCPPort
}

// Stop ends the child and waits for its end; it kills it when ctx ends first. An external server is left alone.
func (s *Server) Stop(ctx context.Context) error {
	if s.child == nil {
		return nil
	}
	s.child.stop()
	select {
	case <-s.child.done:
		return nil
	case <-ctx.Done():
		s.child.kill()
		<-s.child.done
		return ctx.Err()
	}
}

// setUp opens the gate; again says that it is not the first time.
func (s *Server) setUp(again bool) {
	s.mu.Lock()
	close(s.up)
	var calls []func()
	if again {
		s.restarts++
		calls = append(calls, s.onUp...)
	}
	s.mu.Unlock()
	for _, call := range calls {
		go call()
	}
}

// setDown closes the gate.
func (s *Server) setDown() {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.up:
		s.up = make(chan struct{})
	default:
	}
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

// childConfig fills in what the operator left open.
func (s *Server) childConfig(config ServerConfig) (ChildConfig, error) {
	out := ChildConfig{
		Key: s.key, Secret: s.secret, NodeIP: config.NodeIP, UDPPort: config.UDPPort, TCPPort: config.TCPPort,
	}
	if out.NodeIP == "" {
		out.NodeIP = LocalIP()
	}
	for _, port := range []*int{&out.HTTPPort, &out.TCPPort} {
		if *port == 0 {
			listener, err := net.Listen("tcp", ":0")
			if err != nil {
				return out, fmt.Errorf("media: no free TCP port: %w", err)
			}
			defer listener.Close()
			*port = listener.Addr().(*net.TCPAddr).Port
		}
	}
	if out.UDPPort == 0 {
		packets, err := net.ListenPacket("udp", ":0")
		if err != nil {
			return out, fmt.Errorf("media: no free UDP port: %w", err)
		}
		defer packets.Close()
		out.UDPPort = packets.LocalAddr().(*net.UDPAddr).Port
	}
	return out, out.validate()
}

// line is the child's standard input up to its end.
func (c ChildConfig) line() []byte {
	text, _ := json.Marshal(c) // only strings and numbers
	return append(text, '\n')
}

// command is what starts the child.
func (config ServerConfig) command() ([]string, error) {
	if len(config.Command) > 0 {
		return config.Command, nil
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("media: find our own binary: %w", err)
	}
	return []string{self, "media"}, nil
}

// httpTimeout bounds every API call to the SFU.
const httpTimeout = 5 * time.Second

// AsExternal is the configuration with which another process on this machine can use the SFU that this one runs. It
// contains the secret.
func (s *Server) AsExternal() ServerConfig {
	return ServerConfig{URL: s.base.String(), Key: s.key, Secret: s.secret, Log: s.log}
}
