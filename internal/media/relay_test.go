package media

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/pion/turn/v5"

	"wozai/internal/cert"
)

// relayWorld is a relay behind TLS, and a socket in the place of the SFU's port for media. Browsers know the SFU by an
// address that is not this machine's, as a cloud's is.
func relayWorld(t *testing.T) (*Relay, *net.UDPConn, string) {
	t.Helper()
	sfu, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sfu.Close() })
	authority, err := cert.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	web, relayed := cert.Split(ln, cert.Ways{TLS: authority.Leaves(func() []string { return []string{"127.0.0.1"} }).TLS(), Relay: true, Plain: http.NotFoundHandler()})
	port := sfu.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	r, err := newRelay(relayed, "", netip.AddrPortFrom(netip.MustParseAddr("203.0.113.7"), port), netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = web.Close() })
	return r, sfu, ln.Addr().String()
}

func relayClient(t *testing.T, address string, server *livekit.ICEServer) *turn.Client {
	t.Helper()
	conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	c, err := turn.NewClient(&turn.ClientConfig{
		TURNServerAddr: address, Conn: turn.NewSTUNConn(conn), Username: server.Username, Password: server.Credential,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Listen(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); _ = conn.Close() })
	return c
}

func TestTheRelayLeadsToTheSFUAlone(t *testing.T) {
	r, sfu, address := relayWorld(t)
	credentials, revoke := r.issue(address)
	defer revoke()
	if want := "turns:" + address + "?transport=tcp"; credentials.Urls[0] != want {
		t.Errorf("told %v, want %s", credentials.Urls, want)
	}
	relayed, err := relayClient(t, address, credentials).Allocate()
	if err != nil {
		t.Fatal(err)
	}
	defer relayed.Close()
	_ = relayed.SetDeadline(time.Now().Add(10 * time.Second))
	_ = sfu.SetDeadline(time.Now().Add(10 * time.Second))

	if _, err := relayed.WriteTo([]byte("to the SFU"), net.UDPAddrFromAddrPort(r.peer)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 99)
	n, from, err := sfu.ReadFrom(b)
	if err != nil || string(b[:n]) != "to the SFU" {
		t.Fatalf("the SFU got %q, %v", b[:n], err)
	}
	// A stranger who guesses the relay's port is not let through; the SFU's answer is what comes next.
	stranger, err := net.Dial("udp", from.String())
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	if _, err := stranger.Write([]byte("from a stranger")); err != nil {
		t.Fatal(err)
	}
	if _, err := sfu.WriteTo([]byte("from the SFU"), from); err != nil {
		t.Fatal(err)
	}
	n, peer, err := relayed.ReadFrom(b)
	if err != nil || string(b[:n]) != "from the SFU" || peer.String() != r.peer.String() {
		t.Errorf("came back: %q from %v, %v", b[:n], peer, err)
	}
	// The relay leads nowhere else: neither to another machine nor to another port of this one.
	for _, elsewhere := range []string{"127.0.0.1:" + strings.Split(sfu.LocalAddr().String(), ":")[1], "192.0.2.1:53"} {
		if _, err := relayed.WriteTo([]byte("x"), net.UDPAddrFromAddrPort(netip.MustParseAddrPort(elsewhere))); err == nil {
			t.Errorf("the relay leads to %s", elsewhere)
		}
	}
}

func TestTheRelayServesWhoeverIsSignalling(t *testing.T) {
	r, _, address := relayWorld(t)
	credentials, revoke := r.issue(address)
	wrong := &livekit.ICEServer{Username: credentials.Username, Credential: "guessed"}
	if _, err := relayClient(t, address, wrong).Allocate(); err == nil {
		t.Error("with a wrong password")
	}
	for range maxAllocations {
		if _, err := relayClient(t, address, credentials).Allocate(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := relayClient(t, address, credentials).Allocate(); err == nil {
		t.Error("more allocations than one person needs")
	}
	other, revokeOther := r.issue("wozai.test")
	defer revokeOther()
	if other.Urls[0] != "turns:wozai.test:443?transport=tcp" {
		t.Errorf("without a port: %v", other.Urls)
	}
	revoke()
	if _, err := relayClient(t, address, credentials).Allocate(); err == nil {
		t.Error("after the signalling has ended")
	}
	if _, err := relayClient(t, address, other).Allocate(); err != nil {
		t.Errorf("another person meanwhile: %v", err)
	}
}
