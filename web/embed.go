// Package web serves the built pages. They are made by `npm run build`; a fresh clone has none,
// and then a plain page says how to make them.
package web

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"
)

//go:embed all:dist
var dist embed.FS

// Handler serves the pages: files under /assets/, which carry a hash in their names, to be kept
// for ever; the few others by their ETag; below /room/ the meeting room's room.html; and for every
// other address index.html, in which the browser finds the right page. Mount it below everything
// more special ("/").
//
// It puts a nonce into these two and their content policy, in place of the policy's style-src:
// only the program's own <style> elements count. It also writes there in which time zone the
// organisation lives, whose name zone gives ("" leaves times to the reader's own), and into the room's
// page what view gives: what the API would answer the asker about that meeting's room, as JSON that is safe in
// HTML, or nothing. It is a round trip less until the door is there.
func Handler(zone func() string, view func(r *http.Request, meeting string) []byte) http.Handler {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // dist is part of the program
	}
	return handler(sub, zone, view)
}

// Built reports whether there are pages in this program.
func Built() bool {
	_, err := fs.Stat(dist, "dist/index.html")
	return err == nil
}

var (
	asset    = regexp.MustCompile(`"(/assets/[^"]+)"`)
	imported = regexp.MustCompile(`(?:from|import)\s*"\./([^"]+)"`)
)

// File is an address and how many bytes it holds, unpacked.
type File struct {
	Address string `json:"address"`
	Size    int    `json:"size"`
}

// RoomFiles lists what a browser will need to enter a meeting's room and be heard, in the order of need: a page that leads
// there may have it fetched ahead. Of the words those of one language; of the media library the smallest parts first, for
// what is under way when the page is left comes again.
func RoomFiles(language string) (out []File) {
	add := func(address string) (text []byte) {
		text, err := fs.ReadFile(dist, "dist"+address)
		if err != nil || slices.ContainsFunc(out, func(f File) bool { return f.Address == address }) {
			return nil
		}
		out = append(out, File{address, len(text)})
		return text
	}
	named := func(pattern string) (addresses []string) {
		found, _ := fs.Glob(dist, "dist/assets/"+pattern)
		for _, f := range found {
			addresses = append(addresses, strings.TrimPrefix(f, "dist"))
		}
		return addresses
	}
	page, err := fs.ReadFile(dist, "dist/room.html")
	if err != nil {
		return nil
	}
	for _, m := range asset.FindAllSubmatch(page, -1) {
		add(string(m[1]))
	}
	for _, words := range named("room." + language + "-*.js") {
		add(words)
	}
	first := len(out)
	for next := named("link-*.js"); len(next) > 0; next = next[1:] {
		for _, m := range imported.FindAllSubmatch(add(next[0]), -1) {
			next = append(next, "/assets/"+string(m[1]))
		}
	}
	slices.SortStableFunc(out[first:], func(a, b File) int { return a.Size - b.Size })
	return out
}

const unbuilt = `<!doctype html><meta charset="utf-8"><title>Wozai</title><p>这个程序里没有网页，请运行 make build。
<p>This program was built without its pages. Run <code>make build</code>.`

func handler(files fs.FS, zone func() string, view func(r *http.Request, meeting string) []byte) http.Handler {
	html := func(name string) []byte {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return []byte(unbuilt)
		}
		return text
	}
	index, room := html("index.html"), html("room.html")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
			return
		}
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		if info, err := fs.Stat(files, name); err == nil && info.Mode().IsRegular() && served(name) {
			file(w, r, files, name)
			return
		}
		// What looks like a file is one that is gone, not a page.
		if path.Ext(name) != "" {
			http.NotFound(w, r)
			return
		}
		if meeting, ok := strings.CutPrefix(name, "room/"); ok {
			page(w, r, room, zone(), view(r, meeting))
		} else {
			page(w, r, index, zone(), nil)
		}
	})
}

func served(name string) bool {
	return name != "index.html" && name != "room.html" && !strings.HasPrefix(path.Base(name), ".") &&
		!strings.HasSuffix(name, ".br") && !strings.HasSuffix(name, ".gz")
}

// page never lets itself be stored: a stored page with a new policy would have the wrong nonce.
// It is a kilobyte, and the room's view.
func page(w http.ResponseWriter, r *http.Request, text []byte, zone string, view []byte) {
	nonce := rand.Text()
	h := w.Header()
	if policy := h.Get("Content-Security-Policy"); policy != "" {
		h.Set("Content-Security-Policy", withNonce(policy, nonce))
	}
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "text/html; charset=utf-8")
	if r.Method == http.MethodHead {
		return
	}
	gzhttp.GzipHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = strings.NewReplacer("__CSP_NONCE__", nonce, "__TIMEZONE__", html.EscapeString(zone), "__VIEW__", string(view)).WriteString(w, string(text))
	})).ServeHTTP(w, r)
}

// withNonce replaces style-src. Attributes are left free: measuring a text area needs one, and
// an attribute reaches no further than its element.
func withNonce(policy, nonce string) string {
	var out []string
	for part := range strings.SplitSeq(policy, ";") {
		part = strings.TrimSpace(part)
		if part != "" && !strings.HasPrefix(part, "style-src") {
			out = append(out, part)
		}
	}
	return strings.Join(append(out, "style-src 'self' 'nonce-"+nonce+"'", "style-src-attr 'unsafe-inline'"), "; ")
}

func file(w http.ResponseWriter, r *http.Request, files fs.FS, name string) {
	h := w.Header()
	h.Add("Vary", "Accept-Encoding")
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		h.Set("Content-Type", t)
	} else if path.Ext(name) == ".webmanifest" { // no machine's list has it
		h.Set("Content-Type", "application/manifest+json")
	}
	stored := name
	for _, e := range []struct{ coding, ext string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if accepts(r, e.coding) {
			if _, err := fs.Stat(files, name+e.ext); err == nil {
				stored = name + e.ext
				h.Set("Content-Encoding", e.coding)
				break
			}
		}
	}
	b, err := fs.ReadFile(files, stored)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	// With tag and length a browser whose transfer was cut off goes on where that ended.
	sum := sha256.Sum256(b)
	h.Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
	if strings.HasPrefix(name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	if stored != name && r.Header.Get("Range") == "" {
		h.Set("Content-Length", strconv.Itoa(len(b))) // ServeContent leaves it out where there is a coding
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(b))
}

// accepts reads Accept-Encoding as far as browsers write it.
func accepts(r *http.Request, coding string) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		c, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(c) == coding {
			q = strings.ReplaceAll(q, " ", "")
			return q != "q=0" && q != "q=0.0"
		}
	}
	return false
}
