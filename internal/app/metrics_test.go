package app

import (
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"wozai/internal/config"
)

func TestWhoMayReadMetrics(t *testing.T) {
	a, err := New(t.Context(), config.Server{Addr: "localhost:0", Data: t.TempDir()}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	for name, c := range map[string]struct {
		remote string
		header []string
		config config.Server
		want   int
	}{
		"this machine":          {"127.0.0.1:5", nil, config.Server{}, 200},
		"this machine by IPv6":  {"[::1]:5", nil, config.Server{}, 200},
		"through a proxy on it": {"127.0.0.1:5", []string{"X-Forwarded-For", "203.0.113.5"}, config.Server{}, 404},
		"by another's name":     {"127.0.0.1:5", []string{"Host", "rebound.example:8080"}, config.Server{}, 404},
		"through a quiet proxy": {"127.0.0.1:5", []string{"X-Real-IP", "203.0.113.5"}, config.Server{}, 404},
		"another machine":       {"203.0.113.5:5", nil, config.Server{}, 404},
		"with the token":        {"203.0.113.5:5", []string{"Authorization", "Bearer right"}, config.Server{MetricsToken: "right"}, 200},
		"with a wrong token":    {"203.0.113.5:5", []string{"Authorization", "Bearer wrong"}, config.Server{MetricsToken: "right"}, 404},
		"with an empty token":   {"203.0.113.5:5", []string{"Authorization", "Bearer "}, config.Server{}, 404},
		"public":                {"203.0.113.5:5", nil, config.Server{MetricsPublic: true}, 200},
	} {
		t.Run(name, func(t *testing.T) {
			a.Config = c.config
			r := httptest.NewRequest("GET", "/metrics", nil)
			r.RemoteAddr, r.Host = c.remote, "localhost:8080"
			for i := 0; i+1 < len(c.header); i += 2 {
				if c.header[i] == "Host" {
					r.Host = c.header[i+1]
				}
				r.Header.Set(c.header[i], c.header[i+1])
			}
			w := httptest.NewRecorder()
			a.metrics().ServeHTTP(w, r)
			if w.Code != c.want || c.want == 200 && !strings.Contains(w.Body.String(), "go_goroutines") {
				t.Errorf("%d, want %d", w.Code, c.want)
			}
		})
	}
}
