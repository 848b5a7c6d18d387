package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"wozai/internal/account"
	"wozai/internal/api"
	"wozai/internal/change"
	"wozai/internal/testkit"
)

// What people and programs send when they mean no good, or mean something else.
var hostile = map[string]string{
	"code": `=cmd|' /C calc'!A0 </script><img src=x onerror=alert(2)> '; DROP TABLE person; -- " {{unit}} ${7*7} %s %n $t(common.ok) ../../../../etc/passwd` +
		" \u202egnp.exe\u202c\ufeff 👩‍👩‍👧‍👦𠀀\U0010ffff",
	"NUL":       "a\x00b",
	"control":   "a\x01\x1b[31m\x7fb\u2028c\r\nSet-Cookie: x=1\r\n\r\nb",
	"not UTF-8": "a\xff\xfe\xc3(",
	"very long": strings.Repeat("长", 100_000),
}

// Every text field of every operation, optional ones too, takes anything: it is refused with a
// word, or kept as text. Nothing breaks, on either engine, and whoever reads it back gets JSON.
func TestHostileTextInEveryField(t *testing.T) {
	for name, dsn := range map[string]string{"sqlite": "", "postgres": testkit.PostgresDSN(t)} {
		t.Run(name, func(t *testing.T) {
			f := newFixtureOn(t, t.TempDir(), dsn)
			ops := f.app.API.Ops()
			fields := 0
			for _, id := range slices.Sorted(maps.Keys(ops)) {
				op := ops[id]
				for _, field := range f.textFields(op) {
					fields++
					ready := false
					var path string
					var body any
					for _, kind := range slices.Sorted(maps.Keys(hostile)) {
						if !ready { // what was done is done: the next one needs a thing of its own
							path, body = accessCases[id].prepare(f)
							ready = true
						}
						sent := put(plainJSON(t, body), field, hostile[kind])
						w := f.send(op.Method, path, sent, f.session[f.caller(id)])
						if w.Code >= 500 {
							t.Errorf("%s: %s in %s: %d %s", id, kind, strings.Join(field, "."), w.Code, w.Body)
						}
						if b := w.Body.Bytes(); len(b) > 0 && strings.Contains(w.Header().Get("Content-Type"), "json") && !json.Valid(b) {
							t.Errorf("%s: %s in %s: the answer is no JSON", id, kind, strings.Join(field, "."))
						}
						ready = w.Code >= 300
					}
				}
			}
			if fields < 40 {
				t.Errorf("only %d fields were found: this test no longer understands the API document", fields)
			}
			var people int64
			f.get(&people, `SELECT COUNT(*) FROM person`)
			if people < 8 {
				t.Errorf("%d people are left", people)
			}
		})
	}
}

// Ids in paths and queries may be anything as well.
func TestNonsenseForIdsIsNotFound(t *testing.T) {
	f := newFixtureOn(t, t.TempDir(), testkit.PostgresDSN(t))
	ops := f.app.API.Ops()
	for _, id := range slices.Sorted(maps.Keys(ops)) {
		op := ops[id]
		if !strings.Contains(op.Path, "{") {
			continue
		}
		_, body := accessCases[id].prepare(f)
		for _, nonsense := range []string{"abc", "-1", "0", "99999999999999999999", "%00", "..%2f..%2fetc", "1%20OR%201=1", "%F0%9F%91%A9"} {
			path := op.Path
			for strings.Contains(path, "{") {
				i := strings.Index(path, "{")
				path = path[:i] + nonsense + path[i+strings.Index(path[i:], "}")+1:]
			}
			if w := f.send(op.Method, path, plainJSON(t, body), f.session[f.caller(id)]); w.Code < 300 || w.Code >= 500 {
				t.Errorf("%s %s: %d %s", op.Method, path, w.Code, w.Body)
			}
		}
	}
}

// An id that is right in one branch, behind another branch's: what belongs to a meeting, a unit or
// a record is found there alone.
func TestAnotherBranchsIdInEveryRoute(t *testing.T) {
	f := newFixture(t)
	g := f.twin()
	ops := f.app.API.Ops()
	mixed := 0
	for _, id := range slices.Sorted(maps.Keys(ops)) {
		op := ops[id]
		parts := strings.Split(op.Path, "/")
		var ids []int
		for i, p := range parts {
			if strings.HasPrefix(p, "{") && !slices.Contains([]string{"{page}", "{key}", "{kind}", "{document}", "{version}"}, p) {
				ids = append(ids, i)
			}
		}
		if len(ids) < 2 {
			continue
		}
		mixed++
		t.Run(id, func(t *testing.T) {
			ours, body := accessCases[id].prepare(f)
			theirs, _ := accessCases[id].prepare(g)
			a, b := strings.Split(ours, "/"), strings.Split(theirs, "/")
			last := ids[len(ids)-1]
			if a[last] == b[last] {
				t.Fatalf("%s is not an id", parts[last])
			}
			a[last] = b[last]
			path := strings.Join(a, "/")
			who := f.caller(id)
			if w := f.send(op.Method, path, plainJSON(t, body), f.session[who]); w.Code < 400 || w.Code >= 500 || w.Code == http.StatusUnauthorized {
				t.Errorf("%s %s by %s: %d %s", op.Method, path, who, w.Code, w.Body)
			}
			if w := f.send(op.Method, ours, plainJSON(t, body), f.session[who]); w.Code == http.StatusNotFound {
				t.Errorf("%s %s by %s: not found either, so the test tells nothing", op.Method, ours, who)
			}
		})
	}
	if mixed < 8 {
		t.Errorf("only %d operations with two ids: this test no longer understands the paths", mixed)
	}
}

// Half a gigabyte, sent by somebody who may: refused without being taken in, whether the length
// is told or not.
// Nothing is taken in from who is not invited: their recordings would stand in memory, all at once.
func TestARecordingOfAStrangerIsNotReadIn(t *testing.T) {
	f := newFixture(t)
	srv := httptest.NewServer(f.handler)
	t.Cleanup(srv.Close)
	body := &pdf{left: 15 << 20}
	r, err := http.NewRequest(http.MethodPost, srv.URL+api.Prefix+"/meetings/"+f.meeting.String()+"/room/statements/audio", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/octet-stream")
	r.AddCookie(f.session[officerB])
	w, err := http.DefaultClient.Do(r)
	if err == nil { // else it was cut off, which is as good
		defer w.Body.Close() //nolint:errcheck // nothing in it is wanted
		if w.StatusCode != http.StatusNotFound {
			t.Errorf("a stranger's recording: %d", w.StatusCode)
		}
	}
	if body.read > 8<<20 { // what stood in the line's buffers
		t.Errorf("%d MB of it were taken in", body.read>>20)
	}
}

func TestAHugeUploadIsRefusedAndLeavesNothing(t *testing.T) {
	f := newFixture(t)
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	srv := httptest.NewServer(f.handler)
	t.Cleanup(srv.Close)
	const size = 500 << 20
	for name, path := range map[string]string{
		"paper":     "/meetings/" + f.meeting.String() + "/papers?name=huge.pdf",
		"import":    "/org/imports?name=huge.csv",
		"statement": "/meetings/" + f.meeting.String() + "/room/statements/audio",
		"answer":    "/rollcall-periods/" + f.askedWith(attached).String() + f.filled("/answers/{a}/files?field=f&form_version=1&name=huge.pdf"),
		"json":      "/meetings/" + f.meeting.String() + "/tasks",
	} {
		who := map[string]string{"import": admin, "answer": memberA}[name]
		if who == "" {
			who = officerA
		}
		for _, told := range []bool{true, false} {
			body := &pdf{left: size}
			r, err := http.NewRequest(http.MethodPost, srv.URL+api.Prefix+path, body)
			if err != nil {
				t.Fatal(err)
			}
			if told {
				r.ContentLength = size
			}
			r.Header.Set("Content-Type", "application/octet-stream")
			if name == "json" {
				r.Header.Set("Content-Type", "application/json")
			}
			r.AddCookie(f.session[who])
			w, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Errorf("%s, length told %v: %v", name, told, err)
				continue
			}
			answer, _ := io.ReadAll(w.Body)
			w.Body.Close() //nolint:errcheck // read to its end
			if w.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("%s, length told %v: %d %s", name, told, w.StatusCode, answer)
			}
			if body.read > 80<<20 {
				t.Errorf("%s, length told %v: %d MB were taken in", name, told, body.read>>20)
			}
		}
	}
	for _, dir := range []string{tmp, f.app.Config.Data} {
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if info, e := os.Stat(path); e == nil && !info.IsDir() && info.Size() > 20<<20 {
				t.Errorf("%s is left, %d MB", path, info.Size()>>20)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// pdf looks like one and goes on.
type pdf struct{ read, left int64 }

func (p *pdf) Read(b []byte) (int, error) {
	if p.left == 0 {
		return 0, io.EOF
	}
	n := copy(b, bytes.Repeat([]byte(" "), int(min(int64(len(b)), p.left))))
	if p.read == 0 {
		copy(b, "%PDF-1.7\n")
	}
	p.read += int64(n)
	p.left -= int64(n)
	return n, nil
}

// caller is somebody who may call an operation.
func (f *fixture) caller(id string) string {
	may := accessCases[id].may
	for _, who := range []string{officerA, memberA, admin, overseer} {
		if slices.Contains(may, who) {
			return who
		}
	}
	if len(may) > 0 {
		return may[0]
	}
	return officerA
}

func (f *fixture) send(method, path string, body any, session *http.Cookie) *httptest.ResponseRecorder {
	f.t.Helper()
	var in bytes.Buffer
	if body != nil {
		// Not json.Marshal: what is not UTF-8 is to arrive as it is.
		write(&in, body)
	}
	r := httptest.NewRequest(method, api.Prefix+path, &in)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if session != nil {
		r.AddCookie(session)
	}
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	return w
}

func write(w *bytes.Buffer, v any) {
	switch v := v.(type) {
	case map[string]any:
		w.WriteByte('{')
		for i, k := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				w.WriteByte(',')
			}
			fmt.Fprintf(w, "%q:", k)
			write(w, v[k])
		}
		w.WriteByte('}')
	case []any:
		w.WriteByte('[')
		for i, x := range v {
			if i > 0 {
				w.WriteByte(',')
			}
			write(w, x)
		}
		w.WriteByte(']')
	case string:
		w.WriteByte('"')
		for _, b := range []byte(v) {
			switch {
			case b == '"' || b == '\\':
				w.Write([]byte{'\\', b})
			case b < ' ':
				fmt.Fprintf(w, `\u%04x`, b)
			default:
				w.WriteByte(b)
			}
		}
		w.WriteByte('"')
	default:
		b, _ := json.Marshal(v) //nolint:errcheck // numbers, booleans, null
		w.Write(b)
	}
}

// plainJSON gives a body as JSON knows it.
func plainJSON(t *testing.T, body any) (v any) {
	t.Helper()
	b, err := json.Marshal(body)
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// put gives a copy of an object with one field of it, deep inside, set.
func put(v any, field []string, text string) any {
	if len(field) == 0 {
		return text
	}
	if field[0] == "[]" {
		return []any{put(nil, field[1:], text)}
	}
	old, _ := v.(map[string]any)
	out := maps.Clone(old)
	if out == nil {
		out = map[string]any{}
	}
	out[field[0]] = put(out[field[0]], field[1:], text)
	return out
}

// textFields lists the fields of an operation's body that take text, with the way to them.
func (f *fixture) textFields(op api.Op) (out [][]string) {
	doc := f.app.API.API.OpenAPI()
	item := doc.Paths[op.Path]
	var o *huma.Operation
	switch op.Method {
	case http.MethodPost:
		o = item.Post
	case http.MethodPut:
		o = item.Put
	case http.MethodPatch:
		o = item.Patch
	}
	if o == nil || o.RequestBody == nil || o.RequestBody.Content["application/json"] == nil {
		return nil
	}
	var walk func(s *huma.Schema, way []string)
	walk = func(s *huma.Schema, way []string) {
		if s.Ref != "" {
			s = doc.Components.Schemas.SchemaFromRef(s.Ref)
		}
		switch {
		case len(way) > 4:
		case s.Type == "string" && len(s.Enum) == 0:
			out = append(out, slices.Clone(way))
		case s.Type == "array" && s.Items != nil:
			walk(s.Items, append(way, "[]"))
		default:
			for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
				walk(s.Properties[name], append(slices.Clone(way), name))
			}
		}
	}
	walk(o.RequestBody.Content["application/json"].Schema, nil)
	return out
}

// twin is the same fixture seen from branch B.
func (f *fixture) twin() *fixture {
	f.t.Helper()
	g := *f
	g.a, g.b = f.b, f.a
	g.person, g.session = maps.Clone(f.person), map[string]*http.Cookie{}
	g.person[officerA], g.person[officerB] = f.person[officerB], f.person[officerA]
	for who, p := range map[string]string{memberA: "member", recordA: "recorder", "bystander": "member"} {
		g.person[who] = f.addPerson(who+" of B", g.a, p)
		f.do(func(ctx context.Context, tx *change.Tx) error {
			_, err := account.Add(ctx, tx, account.NewAccount{PersonID: g.person[who], Login: strings.ReplaceAll(who, " ", "-") + "-b"})
			return err
		})
	}
	g.meeting = g.arrange()
	g.renewSessions()
	return &g
}
