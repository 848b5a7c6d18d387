package media

import (
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"

	"github.com/livekit/protocol/livekit"
	"github.com/pion/logging"
	"github.com/pion/turn/v5"
)

// Relay is a TURN server for networks that let nothing through but HTTPS: a browser sends its media over a TLS connection,
// and the relay hands it on to the SFU on this machine, and to nobody else. Credentials belong to one signalling connection
// and are worth nothing once it has ended.
type Relay struct {
	address string         // host:port told to browsers; "": where they reached the signalling
	peer    netip.AddrPort // the SFU's port for media, as its candidates name it
	sfu     netip.AddrPort // the same port, as this machine reaches it
	server  *turn.Server

	mu    sync.Mutex
	users map[string]*relayUser
}

type relayUser struct {
	password string
	relayed  int // allocations
}

const (
	relayRealm = "wozai"
	// A browser makes an allocation for each of its interfaces and connections, and new ones when it comes back.
	maxAllocations = 24
)

// NewRelay serves TURN on connections from ln, which come after TLS, until ln is closed. address is what browsers are told,
// "host:port", or "" for the one under which they reached the signalling. It returns an error with an external SFU: that
// brings a relay of its own.
func NewRelay(s *Server, ln net.Listener, address string) (*Relay, error) {
	if s.External() {
		return nil, errors.New("media: an existing SFU has a relay of its own")
	}
	ips, err := s.child.config.addresses()
	if err != nil {
		return nil, err
	}
	port := uint16(s.child.config.UDPPort)
	return newRelay(ln, address, netip.AddrPortFrom(ips[0], port), netip.AddrPortFrom(here(ips[0]), port))
}

func newRelay(ln net.Listener, address string, peer, sfu netip.AddrPort) (*Relay, error) {
	r := &Relay{address: address, users: map[string]*relayUser{}, peer: peer, sfu: sfu}
	var err error
	r.server, err = turn.NewServer(turn.ServerConfig{
		Realm: relayRealm, AuthHandler: r.authenticate, QuotaHandler: r.mayAllocate,
		EventHandler: turn.EventHandler{
			OnAllocationCreated: func(_, _ net.Addr, _, user, _ string, _ net.Addr, _ int) { r.count(user, 1) },
			OnAllocationDeleted: func(_, _ net.Addr, _, user, _ string) { r.count(user, -1) },
		},
		ListenerConfigs: []turn.ListenerConfig{{
			Listener: ln, RelayAddressGenerator: (*relaySockets)(r),
			PermissionHandler: func(_ net.Addr, peer net.IP) bool { return peer.Equal(r.peer.Addr().AsSlice()) },
		}},
		LoggerFactory: &logging.DefaultLoggerFactory{Writer: io.Discard}, // it would log addresses
	})
	return r, err
}

// reaches reports whether the relay can be found by who sent r: at the address it was given, or where r came by our own TLS.
func (r *Relay) reaches(req *http.Request) bool {
	return r != nil && (r.address != "" || req.TLS != nil)
}

// issue makes credentials for a browser that reached the signalling at host, and revoke to call when that has ended.
func (r *Relay) issue(host string) (server *livekit.ICEServer, revoke func()) {
	if r.address != "" {
		host = r.address
	}
	if _, _, err := net.SplitHostPort(host); err != nil {
		host = net.JoinHostPort(strings.Trim(host, "[]"), "443")
	}
	name, user := rand.Text(), &relayUser{password: rand.Text()}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.users[name] = user
	return &livekit.ICEServer{Urls: []string{"turns:" + host + "?transport=tcp"}, Username: name, Credential: user.password}, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.users, name)
	}
}

// authenticate knows who is signalling at this moment. Whoever is not cannot prolong what they have either: it ends within
// minutes, long enough for a browser that lost its signalling to come back with new credentials.
func (r *Relay) authenticate(a *turn.RequestAttributes) (string, []byte, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	user := r.users[a.Username]
	if user == nil {
		return "", nil, false
	}
	return a.Username, turn.GenerateAuthKey(a.Username, relayRealm, user.password), true
}

func (r *Relay) mayAllocate(name, _ string, _ net.Addr) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	user := r.users[name]
	return user != nil && user.relayed < maxAllocations
}

func (r *Relay) count(name string, by int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if user := r.users[name]; user != nil {
		user.relayed += by
	}
}

// Relaying is how many connections carry media at present.
func (r *Relay) Relaying() int { return r.server.AllocationCount() }

// relaySockets gives each allocation a socket that speaks with the SFU alone.
type relaySockets Relay

func (r *relaySockets) Validate() error { return nil }

func (r *relaySockets) AllocatePacketConn(turn.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
	socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(r.sfu.Addr(), 0)))
	if err != nil {
		return nil, nil, err
	}
	own := socket.LocalAddr().(*net.UDPAddr)
	return &relaySocket{socket, r.peer, r.sfu}, &net.UDPAddr{IP: r.peer.Addr().AsSlice(), Port: own.Port}, nil
}

var errUDPOnly = errors.New("media: the relay carries UDP only")

func (*relaySockets) AllocateListener(turn.AllocateListenerConfig) (net.Listener, net.Addr, error) {
	return nil, nil, errUDPOnly
}

func (*relaySockets) AllocateConn(turn.AllocateConnConfig) (net.Conn, error) { return nil, errUDPOnly }

// relaySocket translates between the SFU's address as browsers know it and as it is here, and drops everything else.
type relaySocket struct {
	*net.UDPConn
	peer, sfu netip.AddrPort
}

func (s *relaySocket) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := s.ReadFromUDPAddrPort(b)
		if err != nil || netip.AddrPortFrom(from.Addr().Unmap(), from.Port()) == s.sfu {
			return n, net.UDPAddrFromAddrPort(s.peer), err
		}
	}
}

func (s *relaySocket) WriteTo(b []byte, to net.Addr) (int, error) {
	if udp, ok := to.(*net.UDPAddr); !ok || netip.AddrPortFrom(udp.AddrPort().Addr().Unmap(), udp.AddrPort().Port()) != s.peer {
		return len(b), nil
	}
	return s.WriteToUDPAddrPort(b, s.sfu)
}
