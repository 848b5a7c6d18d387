package pages

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"wozai/internal/words"
)

var all = map[string]any{
	"signin": SignIn{Organisation: "青澜河流域生态署", Next: "/me"},
	"setup":  Setup{NeedCode: true, AskZone: true, Profiles: []Profile{{ID: "party", Name: "党组织"}, {ID: "association", Name: "协会", About: "<b>"}}},
	"join":   Join{Organisation: "青澜河流域生态署"},
	"doctor": Doctor{Organisation: "青澜河流域生态署"},
	"trust": Trust{Organisation: "青澜河流域生态署", Name: "Wozai ABCDEF", Fingerprint: "0A FF", Device: "ios",
		Secure: "https://wozai.test:8080", Here: "http://wozai.test:8080/trust"}.WithQR(),
}

func get(t *testing.T, h func(http.ResponseWriter, *http.Request), path string, header ...string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h(w, r)
	res := w.Result()
	var body io.Reader = res.Body
	if res.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(body)
		if err != nil {
			t.Fatal(err)
		}
		body = z
	}
	b, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(b)
}

func render(t *testing.T, name string, header ...string) (*http.Response, string) {
	t.Helper()
	return get(t, func(w http.ResponseWriter, r *http.Request) {
		if err := Render(w, r, name, all[name]); err != nil {
			t.Fatal(err)
		}
	}, "/"+name, header...)
}

var (
	asset = regexp.MustCompile(`(?:href|src)="(/p/[^"]+)"`)
	data  = regexp.MustCompile(`(?s)<script type="application/json" id="script">(.*?)</script>`)
	han   = regexp.MustCompile(`\p{Han}+`)
)

func TestPages(t *testing.T) {
	for name := range all {
		for _, lang := range words.Languages {
			res, body := render(t, name, "Cookie", "wozai_lang="+lang+"; wozai_size=largest")
			if !strings.Contains(body, `<html lang="`+lang+`" data-size="largest">`) {
				t.Errorf("%s: wrong language or size: %s", name, body[:80])
			}
			if policy := res.Header.Get("Content-Security-Policy"); strings.Contains(policy, "unsafe") || !strings.Contains(policy, "default-src 'none'") {
				t.Errorf("%s: policy %q", name, policy)
			}
			// What the policy would block, and keys without words.
			for _, wrong := range []string{" style=", "<style", " onclick=", "<no value>", "ZgotmplZ", "pages.", "{{"} {
				if strings.Contains(data.ReplaceAllString(body, ""), wrong) {
					t.Errorf("%s in %s contains %q", name, lang, wrong)
				}
			}
			var script struct {
				Page, Lang string
				Fault, Say map[string]string
			}
			if m := data.FindStringSubmatch(body); m == nil || json.Unmarshal([]byte(m[1]), &script) != nil || script.Lang != lang || script.Fault["wrong_login"] == "" || script.Say["early"] == "" {
				t.Errorf("%s: data for the script: %v", name, m)
			}
			if lang == words.English {
				text := data.ReplaceAllString(body, "")
				for _, w := range han.FindAllString(text, -1) {
					if !strings.Contains("青澜河流域生态署党组织协会中文", w) {
						t.Errorf("%s in English says %q", name, w)
					}
				}
			}
		}
	}
}

func TestHostileText(t *testing.T) {
	all["hostile"] = SignIn{Organisation: `</script><script>alert(1)</script>`, Next: `/"></script><script>alert(2)</script>`}
	defer delete(all, "hostile")
	_, body := get(t, func(w http.ResponseWriter, r *http.Request) {
		if err := Render(w, r, "signin", all["hostile"]); err != nil {
			t.Fatal(err)
		}
	}, "/signin")
	if strings.Contains(body, "<script>alert") {
		t.Error("markup came through")
	}
}

func TestNextStaysHere(t *testing.T) {
	for next, want := range map[string]string{
		"/meetings/7?x=1": "/meetings/7?x=1", "": "/", "https://example.org": "/", "//example.org": "/", `/\example.org`: "/", "javascript:alert(1)": "/", "/\t/example.org": "/",
	} {
		if got := local(next); got != want {
			t.Errorf("local(%q) = %q, want %q", next, got, want)
		}
	}
}

// The whole page with all it loads: at most 60 KB on the wire.
func TestWeight(t *testing.T) {
	for name := range all {
		total := 0
		r := httptest.NewRequest("GET", "/"+name, nil)
		r.Header.Set("Accept-Encoding", "gzip")
		w := httptest.NewRecorder()
		if err := Render(w, r, name, all[name]); err != nil {
			t.Fatal(err)
		}
		total += w.Body.Len()
		_, body := render(t, name)
		found := asset.FindAllStringSubmatch(body, -1)
		if len(found) < 3 {
			t.Fatalf("%s loads %v", name, found)
		}
		seen := map[string]bool{}
		for _, m := range found {
			if seen[m[1]] {
				continue
			}
			seen[m[1]] = true
			r := httptest.NewRequest("GET", m[1], nil)
			r.Header.Set("Accept-Encoding", "gzip")
			w := httptest.NewRecorder()
			Assets().ServeHTTP(w, r)
			if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" {
				t.Errorf("%s: %d %v", m[1], w.Code, w.Header())
			}
			total += w.Body.Len()
		}
		t.Logf("%s: %d bytes", name, total)
		if total > 60_000 {
			t.Errorf("%s weighs %d bytes", name, total)
		}
	}
}

func TestAssetsOnlyServeAssets(t *testing.T) {
	for _, path := range []string{"/p/", "/p/x", "/p/x/", "/p/x/nothing.js", "/p/x/../templates/signin.tmpl"} {
		if res, _ := get(t, Assets().ServeHTTP, path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	if res, _ := get(t, Assets().ServeHTTP, "/p/older/page.css"); res.StatusCode != http.StatusOK {
		t.Errorf("an older page's style sheet: %d", res.StatusCode)
	}
}
