package cert

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"encoding/xml"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func authority(t *testing.T) (*Authority, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	a, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return a, dir
}

func trusting(a *Authority) *http.Client {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return &http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       10 * time.Second,
	}
}

func TestAuthorityIsKept(t *testing.T) {
	a, dir := authority(t)
	info, err := os.Stat(filepath.Join(dir, keyName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key: %v, %v, want 0600", info, err)
	}
	b, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if a.Fingerprint() != b.Fingerprint() || len(a.Fingerprint()) != 95 {
		t.Errorf("another authority at the second start: %s, %s", a.Fingerprint(), b.Fingerprint())
	}
	if years := time.Until(a.NotAfter()).Hours() / 24 / 365; years < 9.9 || years > 10.1 {
		t.Errorf("it lives %.1f years, want 10", years)
	}
	other, _ := authority(t)
	if other.Name() == a.Name() {
		t.Errorf("two installations are both called %s", a.Name())
	}
	// A key that belongs to another certificate is found out at the start, not by every browser.
	if err := os.WriteFile(filepath.Join(dir, certName), pemOf(t, other), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "do not belong together") {
		t.Errorf("a foreign certificate: %v", err)
	}
}

func pemOf(t *testing.T, a *Authority) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x")
	if err := write(path, 0o600, blockOf(a)); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOnePortForBoth(t *testing.T) {
	a, _ := authority(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	plain := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "plain "+r.URL.Path) })
	both, _ := Split(ln, Ways{TLS: a.Leaves(func() []string { return LocalNames("wozai.test") }).TLS(), Plain: plain})
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Proto+" secure")
	})}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(both) }()

	// Somebody who connects and says nothing holds nobody up.
	silent, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()

	get := func(url string) (string, error) {
		r, err := trusting(a).Get(url)
		if err != nil {
			return "", err
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		return string(b), err
	}
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	if got, err := get("https://127.0.0.1:" + port + "/"); got != "HTTP/2.0 secure" {
		t.Errorf("https: %q, %v", got, err)
	}
	if got, err := get("https://localhost:" + port + "/"); got != "HTTP/2.0 secure" {
		t.Errorf("https by name: %q, %v", got, err)
	}
	if got, err := get("http://127.0.0.1:" + port + "/trust"); got != "plain /trust" {
		t.Errorf("http: %q, %v", got, err)
	}
	// Who does not trust the authority is told so.
	if _, err := (&http.Client{Timeout: 5 * time.Second}).Get("https://127.0.0.1:" + port + "/"); err == nil || !strings.Contains(err.Error(), "unknown authority") {
		t.Errorf("without trust: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		t.Errorf("serving ended with %v", err)
	}
	if _, err := net.DialTimeout("tcp", ln.Addr().String(), time.Second); err == nil {
		t.Error("the port is still open")
	}
}

func TestLeafIsRenewed(t *testing.T) {
	a, _ := authority(t)
	now, names := time.Now(), []string{"localhost", "192.0.2.1"}
	l := a.Leaves(func() []string { return slices.Clone(names) })
	l.now = func() time.Time { return now }
	current := func() *x509.Certificate {
		t.Helper()
		c, err := l.Current()
		if err != nil {
			t.Fatal(err)
		}
		pool := x509.NewCertPool()
		pool.AddCert(a.cert)
		if _, err := c.Leaf.Verify(x509.VerifyOptions{Roots: pool, CurrentTime: now, DNSName: names[0]}); err != nil {
			t.Errorf("at %s: %v", now, err)
		}
		return c.Leaf
	}
	first := current()
	if life := first.NotAfter.Sub(first.NotBefore); life > 398*24*time.Hour {
		t.Errorf("it lives %s: phones refuse more than 398 days", life)
	}
	now = now.Add(59 * 24 * time.Hour)
	if !current().Equal(first) {
		t.Error("renewed too early")
	}
	now = now.Add(2 * 24 * time.Hour)
	second := current()
	if second.Equal(first) || !second.NotAfter.After(first.NotAfter) {
		t.Error("not renewed thirty days before its end")
	}
	// Another network, another address.
	names = append(names, "198.51.100.7")
	if !current().Equal(second) {
		t.Error("it looks for addresses at every connection")
	}
	now = now.Add(2 * time.Minute)
	if err := current().VerifyHostname("198.51.100.7"); err != nil {
		t.Error(err)
	}
	// In ten years nothing outlives the authority.
	now = a.NotAfter().Add(-time.Hour)
	if c := current(); c.NotAfter.After(a.NotAfter()) {
		t.Error("a certificate outlives its authority")
	}
}

func TestDownloads(t *testing.T) {
	a, _ := authority(t)
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		a.Downloads().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w
	}
	w := get(CertificatePath)
	if c, err := x509.ParseCertificate(w.Body.Bytes()); err != nil || !c.Equal(a.cert) || w.Header().Get("Content-Type") != "application/x-x509-ca-cert" {
		t.Errorf("certificate: %v, %v", w.Header(), err)
	}
	w = get(ProfilePath)
	var plist struct {
		Data string `xml:"dict>array>dict>data"`
	}
	if err := xml.Unmarshal(w.Body.Bytes(), &plist); err != nil {
		t.Fatal(err)
	}
	if der, err := base64.StdEncoding.DecodeString(plist.Data); err != nil || string(der) != string(a.DER()) {
		t.Errorf("the profile holds another certificate (%v)", err)
	}
	if w.Header().Get("Content-Type") != "application/x-apple-aspen-config" {
		t.Errorf("profile: %v", w.Header())
	}
	if w := get("/ca.key"); w.Code != http.StatusNotFound {
		t.Errorf("/ca.key answers %d", w.Code)
	}
}

func blockOf(a *Authority) *pem.Block { return &pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw} }
