package testkit

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/miekg/dns"
)

// Authority is a certificate authority that is asked by ACME.
type Authority struct {
	Directory string         // where it is asked
	RootsFile string         // what that address is trusted by (PEM)
	Roots     *x509.CertPool // what its certificates are trusted by
}

// ACME starts a certificate authority for the length of the test. It looks names up in a DNS where every name is
// 127.0.0.1, and calls on port there to see whether they are the asker's.
func ACME(t testing.TB, port int) *Authority {
	t.Helper()
	own := NewCertificate(t, "127.0.0.1")
	addr, management := freeAddr(t), freeAddr(t)
	file := filepath.Join(t.TempDir(), "authority.json")
	config, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": addr, "managementListenAddress": management, "certificate": own.CertFile, "privateKey": own.KeyFile,
		"tlsPort": port, "httpPort": port, "retryAfter": map[string]int{"authz": 1, "order": 1},
		"profiles": map[string]any{"default": map[string]any{"description": "for a day", "validityPeriod": 86400}},
	}})
	if err == nil {
		err = os.WriteFile(file, config, 0o600)
	}
	if err != nil {
		t.Fatalf("testkit: %v", err)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: own.Roots}}}
	a := &Authority{Directory: "https://" + addr + "/dir", RootsFile: own.RootsFile, Roots: x509.NewCertPool()}
	serve(t, a.Directory, client, []string{"PEBBLE_VA_NOSLEEP=1"}, "pebble", "-config", file, "-dnsserver", names(t))
	r, err := client.Get("https://" + management + "/roots/0")
	if err != nil {
		t.Fatalf("testkit: %v", err)
	}
	defer r.Body.Close() //nolint:errcheck // read
	if pem, err := io.ReadAll(r.Body); err != nil || !a.Roots.AppendCertsFromPEM(pem) {
		t.Fatalf("testkit: the authority's root: %v", err)
	}
	return a
}

// names serves a DNS as ACME says.
func names(t testing.TB) string {
	t.Helper()
	socket, err := net.Listen("tcp", "127.0.0.1:0") // how the authority asks
	if err != nil {
		t.Fatalf("testkit: %v", err)
	}
	server := &dns.Server{Listener: socket, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, question *dns.Msg) {
		answer := new(dns.Msg).SetReply(question)
		if q := question.Question[0]; q.Qtype == dns.TypeA {
			answer.Answer = append(answer.Answer, &dns.A{
				Hdr: dns.RR_Header{Name: q.Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 1}, A: net.IPv4(127, 0, 0, 1),
			})
		}
		_ = w.WriteMsg(answer) // who asked asks again
	})}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		_ = server.ActivateAndServe()
	}()
	t.Cleanup(func() {
		_ = socket.Close()
		<-stopped
	})
	return socket.Addr().String()
}
