package api

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"wozai/internal/fault"
)

var requests = promauto.NewHistogramVec(prometheus.HistogramOpts{
	Name: "wozai_http_request_seconds", Help: "Time to answer, by route and status class.",
	Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
}, []string{"route", "class"})

// CSP of every answer: nothing inline, nothing from elsewhere. Package web puts a nonce for the
// app's own <style> elements into its page.
const csp = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
	"media-src 'self' blob:; connect-src 'self' ws: wss:; font-src 'self'; object-src 'none'; base-uri 'none'; " +
	"form-action 'self'; frame-ancestors 'none'; worker-src 'self' blob:"

// Guard wraps everything that is served: request id, log line without personal data, metrics,
// security headers, cross-site requests refused, panics turned into a plain answer.
func (s *Server) Guard(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.Fail(w, r, fault.New(fault.KindForbidden, "cross_site"))
	}))
	inner := cross.Handler(next)
	light := lighter(inner)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		id := rand.Text()[:12]
		r = r.WithContext(context.WithValue(r.Context(), arrived{}, start))
		h := w.Header()
		h.Set("X-Request-Id", id)
		h.Set("Content-Security-Policy", csp)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), geolocation=()")
		if r.TLS != nil && !s.PlainToo {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if strings.HasPrefix(r.URL.Path, Prefix) {
			h.Set("Cache-Control", "no-store")
		}
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler {
				s.log.ErrorContext(r.Context(), "panic", "value", fmt.Sprint(p), "stack", string(debug.Stack()))
				if !rec.wrote {
					s.Fail(rec, r, fmt.Errorf("panic"))
				}
			}
			route := r.Pattern // the pattern, never the path: ids and names stay out
			if route == "" {
				route = "other"
			}
			took := time.Since(start)
			requests.WithLabelValues(route, fmt.Sprintf("%dxx", rec.status/100)).Observe(took.Seconds())
			level := slog.LevelDebug
			if rec.status >= 500 {
				level = slog.LevelError
			}
			s.log.Log(r.Context(), level, "request", "request_id", id, "route", route, "status", rec.status, "ms", took.Milliseconds())
		}()
		if strings.HasPrefix(r.URL.Path, Prefix) && r.URL.Path != Prefix+"/live" {
			light.ServeHTTP(rec, r)
		} else {
			inner.ServeHTTP(rec, r)
		}
	})
}

// lighter compresses answers that are longer than a packet: people on weak lines wait for every one of them. The stream of
// events never waits until one is full.
func lighter(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(1400), gzhttp.ContentTypes([]string{"application/json", "application/problem+json"}), gzhttp.EnableZstd(false))
	if err != nil {
		panic(err) // the options are constants
	}
	return wrap(next)
}

type arrived struct{}

// Arrived is when a request reached the server: what is asked of its sender's punctuality counts from
// then and not from when there was time to answer. Now, outside of a request.
func Arrived(ctx context.Context) time.Time {
	if at, ok := ctx.Value(arrived{}).(time.Time); ok {
		return at
	}
	return time.Now()
}

// recorder remembers the status.
type recorder struct {
	http.ResponseWriter
	status int
	wrote  bool
}

func (r *recorder) WriteHeader(code int) {
	if !r.wrote {
		r.status = code
		r.begin()
	}
	r.ResponseWriter.WriteHeader(code)
}

func (r *recorder) Write(b []byte) (int, error) {
	r.begin()
	return r.ResponseWriter.Write(b)
}

// begin is before the header goes. Data is no page: half a kilobyte of what a page may do stays away from it, which a weak
// line carries a dozen times until somebody is heard.
func (r *recorder) begin() {
	if r.wrote {
		return
	}
	r.wrote = true
	h := r.Header()
	switch kind, _, _ := strings.Cut(h.Get("Content-Type"), ";"); kind {
	case "application/json", "application/problem+json", "text/event-stream":
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Del("Permissions-Policy")
		h.Del("Cross-Origin-Opener-Policy")
	}
}

// Unwrap lets http.ResponseController reach flushing, deadlines and hijacking.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// Hijack hands the connection over (websockets through the media proxy).
func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(r.ResponseWriter).Hijack()
}

// Flush sends what there is.
func (r *recorder) Flush() { r.begin(); _ = http.NewResponseController(r.ResponseWriter).Flush() }
