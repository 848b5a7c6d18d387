package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self'"

func ask(t *testing.T, method, path string, header ...string) *http.Response {
	t.Helper()
	files := fstest.MapFS{
		"index.html":           {Data: []byte(`<meta name="csp-nonce" content="__CSP_NONCE__">`)},
		"room.html":            {Data: []byte(`<p>room</p><meta name="csp-nonce" content="__CSP_NONCE__">`)},
		"mark.svg":             {Data: []byte("<svg/>")},
		"app.webmanifest":      {Data: []byte("{}")},
		".gitkeep":             {},
		"assets/a-1234.js":     {Data: []byte("plain")},
		"assets/a-1234.js.br":  {Data: []byte("brotli")},
		"assets/a-1234.js.gz":  {Data: []byte("gzip")},
		"assets/b-1234.css":    {Data: []byte("b{}")},
		"assets/b-1234.css.gz": {Data: []byte("gz")},
	}
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	w.Header().Set("Content-Security-Policy", policy)
	handler(files, lisbon, noView).ServeHTTP(w, r)
	return w.Result()
}

func lisbon() string { return "Europe/Lisbon" }

func noView(*http.Request, string) []byte { return nil }

func TestTheRoomsPageCarriesItsView(t *testing.T) {
	page := []byte(`<script type="application/json" id="view">__VIEW__</script>`)
	files := fstest.MapFS{"index.html": {Data: page}, "room.html": {Data: page}}
	view := func(_ *http.Request, meeting string) []byte {
		if meeting != "123" {
			return nil
		}
		return []byte(`{"of":"` + meeting + `"}`)
	}
	for path, want := range map[string]string{"/room/123": `>{"of":"123"}<`, "/room/124": "><", "/room/123/x": "><", "/meetings/123": "><", "/": "><"} {
		w := httptest.NewRecorder()
		handler(files, lisbon, view).ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %s", path, w.Body)
		}
	}
}

func TestThePageKnowsTheTimeZone(t *testing.T) {
	for zone, want := range map[string]string{"Europe/Lisbon": `content="Europe/Lisbon"`, `"><script>`: `content="&#34;&gt;&lt;script&gt;"`, "": `content=""`} {
		w := httptest.NewRecorder()
		handler(fstest.MapFS{"index.html": {Data: []byte(`<meta name="timezone" content="__TIMEZONE__">`)}}, func() string { return zone }, noView).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%q: %s", zone, w.Body)
		}
	}
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	var b strings.Builder
	if _, err := io.Copy(&b, r.Body); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFiles(t *testing.T) {
	for _, c := range []struct {
		path, accept    string
		status          int
		body, coding    string
		cache, mimeType string
	}{
		{"/assets/a-1234.js", "gzip, deflate, br", 200, "brotli", "br", "public, max-age=31536000, immutable", "javascript"},
		{"/assets/a-1234.js", "gzip", 200, "gzip", "gzip", "public, max-age=31536000, immutable", "javascript"},
		{"/assets/a-1234.js", "", 200, "plain", "", "public, max-age=31536000, immutable", "javascript"},
		{"/assets/a-1234.js", "br;q=0, gzip", 200, "gzip", "gzip", "public, max-age=31536000, immutable", "javascript"},
		{"/assets/b-1234.css", "br", 200, "b{}", "", "public, max-age=31536000, immutable", "css"},
		{"/mark.svg", "br", 200, "<svg/>", "", "no-cache", "svg"},
		{"/app.webmanifest", "br", 200, "{}", "", "no-cache", "manifest"},
		{"/assets/gone-99.js", "br", 404, "", "", "", ""},
		{"/assets/a-1234.js.br", "br", 404, "", "", "", ""},
		{"/.gitkeep", "", 404, "", "", "", ""},
		{"/../embed.go", "", 404, "", "", "", ""},
	} {
		r := ask(t, "GET", c.path, "Accept-Encoding", c.accept)
		if r.StatusCode != c.status {
			t.Errorf("%s: %d, want %d", c.path, r.StatusCode, c.status)
			continue
		}
		if c.status != 200 {
			continue
		}
		if got := body(t, r); got != c.body || r.Header.Get("Content-Encoding") != c.coding || r.Header.Get("Cache-Control") != c.cache ||
			!strings.Contains(r.Header.Get("Content-Type"), c.mimeType) || r.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s (%s): %q %v", c.path, c.accept, got, r.Header)
		}
	}
}

// What was cut off is gone on with: browsers want to know of which file, and how long it is.
func TestAPartOfAFile(t *testing.T) {
	whole := ask(t, "GET", "/assets/a-1234.js", "Accept-Encoding", "br")
	if whole.ContentLength != 6 || whole.Header.Get("ETag") == "" {
		t.Fatalf("%d bytes, %v", whole.ContentLength, whole.Header)
	}
	rest := ask(t, "GET", "/assets/a-1234.js", "Accept-Encoding", "br", "Range", "bytes=2-", "If-Range", whole.Header.Get("ETag"))
	if got := body(t, rest); rest.StatusCode != http.StatusPartialContent || got != "otli" || rest.Header.Get("Content-Range") != "bytes 2-5/6" || rest.Header.Get("Content-Length") != "4" {
		t.Errorf("%d %q %v", rest.StatusCode, got, rest.Header)
	}
}

func TestETag(t *testing.T) {
	tag := ask(t, "GET", "/mark.svg").Header.Get("ETag")
	if tag == "" {
		t.Fatal("no ETag")
	}
	if r := ask(t, "GET", "/mark.svg", "If-None-Match", tag); r.StatusCode != http.StatusNotModified {
		t.Errorf("got %d", r.StatusCode)
	}
}

func TestPages(t *testing.T) {
	nonce := regexp.MustCompile(`content="([A-Z2-7]{26})"`)
	seen := map[string]bool{}
	for _, path := range []string{"/", "/index.html/..", "/meetings/123", "/me", "/room", "/room/123"} {
		r := ask(t, "GET", path)
		m := nonce.FindStringSubmatch(body(t, r))
		if r.StatusCode != 200 || m == nil || r.Header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%s: %d %v", path, r.StatusCode, r.Header)
		}
		if seen[m[1]] {
			t.Errorf("%s: a nonce was used twice", path)
		}
		seen[m[1]] = true
		if isRoom := strings.Contains(body(t, ask(t, "GET", path)), "<p>room</p>"); isRoom != strings.HasPrefix(path, "/room/") {
			t.Errorf("%s: is the room: %v", path, isRoom)
		}
		csp := r.Header.Get("Content-Security-Policy")
		if want := "default-src 'self'; script-src 'self'; style-src 'self' 'nonce-" + m[1] + "'; style-src-attr 'unsafe-inline'"; csp != want {
			t.Errorf("%s: policy %q, want %q", path, csp, want)
		}
	}
	if r := ask(t, "POST", "/"); r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", r.StatusCode)
	}
	if r := ask(t, "HEAD", "/"); r.StatusCode != 200 || body(t, r) != "" {
		t.Errorf("HEAD: %d", r.StatusCode)
	}
}

// The order of what is fetched ahead, in a program that has its pages.
func TestRoomFiles(t *testing.T) {
	if !Built() {
		t.Skip("make ui builds the pages")
	}
	for _, language := range []string{"zh-CN", "en"} {
		files := RoomFiles(language)
		seen, words := map[string]bool{}, 0
		for i, f := range files {
			r := httptest.NewRecorder()
			Handler(lisbon, noView).ServeHTTP(r, httptest.NewRequest("GET", f.Address, nil))
			if r.Code != http.StatusOK || r.Body.Len() != f.Size || seen[f.Address] || i == 0 && !strings.Contains(f.Address, "/room-") {
				t.Errorf("%v in %v: %d, %d bytes", f, files, r.Code, r.Body.Len())
			}
			seen[f.Address] = true
			if strings.Contains(f.Address, "/room."+language) {
				words = i
			}
		}
		// The media library in its parts comes after all else.
		if words == 0 || len(files) < words+4 || !slices.ContainsFunc(files[words:], func(f File) bool { return strings.Contains(f.Address, "/link-") }) {
			t.Errorf("%s: %v", language, files)
		}
	}
}

func TestUnbuilt(t *testing.T) {
	w := httptest.NewRecorder()
	handler(fstest.MapFS{}, lisbon, noView).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if !strings.Contains(w.Body.String(), "make build") {
		t.Errorf("got %q", w.Body)
	}
}
