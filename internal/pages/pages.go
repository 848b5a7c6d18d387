// Package pages makes the few pages that must open on the weakest phone: sign-in, the first
// run, and the join link. They are html/template with one style sheet and one script, all
// together well below 60 KB on the wire; everything else is React.
package pages

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"

	"wozai/internal/words"
)

//go:embed templates/*.tmpl assets
var files embed.FS

// Where the assets live; the hash makes them cacheable for ever.
const assetsAt = "/p/"

// The pages. Data is what each shows beside words.
type (
	// SignIn is "signin".
	SignIn struct {
		Organisation string
		Next         string // where to go afterwards; only a path of this site counts
	}
	// Setup is "setup", the first run.
	Setup struct {
		Profiles []Profile
		NeedCode bool // asked from a browser on another machine
		AskZone  bool // in which time zone the organisation lives: nobody has said
	}
	// Profile is a choice of the first run.
	Profile struct{ ID, Name, About string }
	// Doctor is "doctor", which looks over what lies between this browser and the server.
	Doctor struct{ Organisation string }
	// Join is "join"; which meeting it is only the browser knows, the token stands behind the #.
	Join struct {
		Organisation string
		Zone         string // the organisation's time zone; "" leaves times to the reader's own
		// Ahead lists the files that the room will need, [{address, size}], by language; they are fetched while people read.
		Ahead func(language string) any
	}
)

// Cookies in which browser and server remember the choice of language and type size.
const (
	langCookie = "wozai_lang"
	sizeCookie = "wozai_size"
)

var sizes = []string{"standard", "large", "largest"}

// Lang is the language a request wants: chosen here before, else as the browser says.
func Lang(r *http.Request) string {
	chosen := ""
	if c, err := r.Cookie(langCookie); err == nil {
		chosen = c.Value
	}
	return words.Pick(chosen, r.Header.Get("Accept-Language"))
}

// Organisation has no name before the first run.
func (Setup) Organisation() string { return "" }

type view struct {
	Lang, Other string
	Size, Next  string // type size, and the one after it
	Assets      string
	Script      map[string]any // what the script needs to know
	Data        any
}

// Render writes page name ("signin", "setup", "join") with its data in the reader's language
// and type size. It sets a content policy of its own, stricter than that of the app.
func Render(w http.ResponseWriter, r *http.Request, name string, data any) error {
	t := parsed.Lookup(name + ".tmpl")
	if t == nil {
		return fmt.Errorf("pages: no page %q", name)
	}
	lang := Lang(r)
	v := view{Lang: lang, Other: words.English, Size: sizes[0], Assets: assetsAt + hash + "/", Data: data}
	if lang == words.English {
		v.Other = words.Chinese
	}
	c, err := r.Cookie(sizeCookie)
	for i, s := range sizes {
		if err == nil && c.Value == s {
			v.Size = s
		}
		if v.Size == s {
			v.Next = sizes[(i+1)%len(sizes)]
		}
	}
	v.Script = map[string]any{"page": name, "lang": lang, "other": v.Other, "nextSize": v.Next,
		"fault": words.Under(lang, "fault"), "say": words.Under(lang, "pages.say")}
	if name == "doctor" {
		v.Script["checks"] = words.Under(lang, "checks.say")
	}
	switch d := data.(type) {
	case SignIn:
		v.Script["next"] = local(d.Next)
	case Join:
		v.Script["zone"] = d.Zone
		if d.Ahead != nil {
			v.Script["ahead"] = d.Ahead(lang)
		}
	}
	var b bytes.Buffer
	page, err := t.Clone()
	if err != nil {
		return err
	}
	page.Funcs(template.FuncMap{"T": func(key string) string { return words.T(lang, key, nil) }})
	if err := page.Execute(&b, v); err != nil {
		return fmt.Errorf("pages: %s: %w", name, err)
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", lang)
	gzhttp.GzipHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(b.Bytes()) // the reader has gone when this fails
	})).ServeHTTP(w, r)
	return nil
}

// local makes sure that a sign-in leads nowhere but into this site.
func local(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return next
}

// Assets serves the style sheet and the script; mount it at "GET /p/".
func Assets() http.Handler {
	sub, err := fs.Sub(files, "assets")
	if err != nil {
		panic(err) // the files are part of the program
	}
	plain := http.FileServerFS(sub)
	return gzhttp.GzipHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// An older hash is served with what there is now: a page that is open goes on.
		_, name, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, assetsAt), "/")
		if _, err := fs.Stat(sub, name); !ok || err != nil || name == "" || name == "." {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		r2 := r.Clone(r.Context())
		r2.URL.Path = "/" + name
		plain.ServeHTTP(w, r2)
	}))
}

// hash names the present assets.
var hash = func() string {
	sum := sha256.New()
	err := fs.WalkDir(files, "assets", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := files.ReadFile(path)
		sum.Write(b)
		return err
	})
	if err != nil {
		panic(err) // the files are part of the program
	}
	return hex.EncodeToString(sum.Sum(nil)[:6])
}()

var parsed = template.Must(template.New("").
	Funcs(template.FuncMap{"T": func(string) string { return "" }}).
	ParseFS(files, "templates/*.tmpl"))
