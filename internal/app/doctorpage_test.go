package app

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// The checks between browser and server are for who keeps the installation; they say what the
// page takes them to say.
func TestDoctorPage(t *testing.T) {
	f := newFixture(t)
	srv := httptest.NewServer(f.handler)
	t.Cleanup(srv.Close)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	get := func(who, path string) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), "GET", srv.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if c := f.session[who]; c != nil {
			r.AddCookie(c)
		}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = answer.Body.Close() })
		return answer
	}
	for _, path := range []string{"/doctor", "/doctor/clock", "/doctor/stream", "/doctor/socket"} {
		for _, who := range []string{memberA, officerA, linkA, stranger} {
			if got := get(who, path).StatusCode; got != http.StatusNotFound && got != http.StatusForbidden {
				t.Errorf("%s gets %d from %s", who, got, path)
			}
		}
	}
	if r := get(nobody, "/doctor"); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/signin?next=/doctor" {
		t.Errorf("nobody gets %d to %s", r.StatusCode, r.Header.Get("Location"))
	}
	if r := get(admin, "/doctor"); r.StatusCode != http.StatusOK {
		t.Errorf("the administrator gets %d", r.StatusCode)
	}

	// Events come one by one, through all that wraps a request.
	lines, first, n := bufio.NewScanner(get(admin, "/doctor/stream").Body), time.Time{}, 0
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "data:") {
			if n++; n == 1 {
				first = time.Now()
			}
			if n == 5 && time.Since(first) < 400*time.Millisecond {
				t.Errorf("five events within %s: they were kept back", time.Since(first))
			}
		}
	}
	if n != 5 {
		t.Errorf("%d events, want 5", n)
	}

	head := http.Header{"Cookie": {f.session[admin].String()}}
	c, _, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(srv.URL, "http")+"/doctor/socket", head)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.WriteMessage(websocket.TextMessage, []byte("ping")); err != nil {
		t.Fatal(err)
	}
	if _, got, err := c.ReadMessage(); err != nil || string(got) != "ping" {
		t.Errorf("echo: %q, %v", got, err)
	}
	// Another site's page is refused.
	head.Set("Origin", "https://elsewhere.test")
	if _, _, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(srv.URL, "http")+"/doctor/socket", head); err == nil {
		t.Error("another site's page may open the socket")
	}
}
