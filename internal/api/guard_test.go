package api

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"wozai/internal/access"
)

type nobody struct{}

func (nobody) Authenticate(*http.Request) (access.Actor, error) {
	return access.Actor{}, errors.New("nobody is known")
}

func TestLongAnswersAreCompressedAndStreamsFlow(t *testing.T) {
	long, s := strings.Repeat("0123456789", 1000), New(slog.New(slog.DiscardHandler), nobody{}, "test")
	next, again := context.WithCancel(t.Context())
	web := httptest.NewServer(s.Guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case Prefix + "/long":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, long)
		case Prefix + "/short":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, "{}")
		case "/page":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(w, "<p>")
		case Prefix + "/broken":
			panic("on purpose")
		case Prefix + "/live":
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, "event: hello\n\n")
			_ = http.NewResponseController(w).Flush()
			<-next.Done() // the first event has to be there before this ends
		}
	})))
	defer web.Close()
	defer again()
	get := func(path string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), "GET", web.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", "gzip")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = res.Body.Close() })
		return res
	}
	if res := get(Prefix + "/broken"); res.StatusCode != http.StatusInternalServerError || res.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("what breaks answers %s, %q", res.Status, res.Header.Get("Content-Type"))
	}
	if h := get("/page").Header; h.Get("Content-Security-Policy") != csp || h.Get("Permissions-Policy") == "" || h.Get("Cross-Origin-Opener-Policy") == "" {
		t.Errorf("a page: %v", h)
	}
	for path, want := range map[string]string{"/long": "gzip", "/short": "", "/live": ""} {
		res := get(Prefix + path)
		// What a page may do is not said of what is none.
		if h := res.Header; h.Get("Content-Security-Policy") != "default-src 'none'; frame-ancestors 'none'" || h.Get("Permissions-Policy") != "" || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, h)
		}
		if got := res.Header.Get("Content-Encoding"); got != want {
			t.Errorf("%s: compressed by %q, want %q", path, got, want)
		}
		if path == "/live" {
			hello := make([]byte, len("event: hello"))
			if _, err := io.ReadFull(res.Body, hello); err != nil || string(hello) != "event: hello" {
				t.Errorf("the stream begins with %q: %v", hello, err)
			}
		}
	}
}
