package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"wozai/internal/config"
)

// A phone that does not trust the installation yet learns how by plain HTTP on the same port;
// with what it downloads there, HTTPS works.
func TestTrustOnOnePort(t *testing.T) {
	ctx := t.Context()
	a, err := New(ctx, config.Server{Addr: "127.0.0.1:0", Data: t.TempDir(), TLSSelf: true}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	ln, _, err := a.listen(ctx)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: a.Handler(nil)}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	t.Cleanup(func() {
		end, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := srv.Shutdown(end); err != nil {
			t.Error(err)
		}
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})

	plain := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	address := ln.Addr().String()
	get := func(c *http.Client, url string) (*http.Response, string) {
		t.Helper()
		r, err := c.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r, string(b)
	}
	if r, _ := get(plain, "http://"+address+"/api/v1/me?x=1"); r.StatusCode != http.StatusTemporaryRedirect || r.Header.Get("Location") != "https://"+address+"/api/v1/me?x=1" {
		t.Errorf("plain: %d to %s", r.StatusCode, r.Header.Get("Location"))
	}
	r, body := get(plain, "http://"+address+"/trust")
	if r.StatusCode != 200 || !strings.Contains(body, a.authority.Fingerprint()) || !strings.Contains(body, "https://"+address+"/") {
		t.Errorf("/trust: %d %s", r.StatusCode, body)
	}
	if r, _ := get(plain, "http://"+address+"/ca.key"); r.StatusCode != http.StatusTemporaryRedirect {
		t.Errorf("/ca.key: %d", r.StatusCode)
	}
	_, der := get(plain, "http://"+address+"/ca.crt")
	ca, err := x509.ParseCertificate([]byte(der))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	secure := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	r, _ = get(secure, "https://"+address+"/healthz")
	if r.StatusCode != 200 {
		t.Errorf("https: %d", r.StatusCode)
	}
	// Else the page above would be out of reach for a browser that has been here.
	if r.Header.Get("Strict-Transport-Security") != "" {
		t.Error("the browser is told never to come by plain HTTP")
	}
	if r, _ := get(secure, "https://"+address+"/trust"); r.StatusCode != 200 {
		t.Errorf("/trust by https: %d", r.StatusCode)
	}
}
