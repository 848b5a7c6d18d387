package story

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/tidwall/gjson"
)

// The words that a story may use beside testscript's own. Each body below has
// its form above it. The last answer can be searched with `stdout REGEXP`.
var commands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"serve":    serve,
	"shutdown": shutdown,
	"kill9":    kill9,
	"http":     request,
	"await":    await,
	"expect":   expect,
	"save":     save,
	"logs":     logs,
	"glean":    glean,
	"spoil":    spoil,
}

// world is what one story has: a data directory, a server that comes and goes
// on one port, and people with a session each.
type world struct {
	data, url, addr, dsn string
	log                  *os.File
	server               *exec.Cmd
	exited               chan error
	people               map[string]*http.Client
	answer               []byte
}

type worldKey struct{}

func newWorld(dir, dsn string) (*world, error) {
	// The port is chosen here, because a server that comes back must come
	// back where people look for it.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, "server.log"))
	if err != nil {
		return nil, err
	}
	return &world{
		data: filepath.Join(dir, "data"), addr: addr, url: "http://" + addr, dsn: dsn,
		log: log, people: map[string]*http.Client{},
	}, nil
}

func worldOf(ts *testscript.TestScript) *world { return ts.Value(worldKey{}).(*world) }

func (w *world) end() {
	if w.server != nil {
		_ = w.server.Process.Kill()
		<-w.exited
	}
	_ = w.log.Close()
}

// serve [flag…] starts `wozai serve` and waits until it is ready.
// `! serve flag…` wants it to refuse to start.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	w := worldOf(ts)
	if w.server != nil {
		ts.Fatalf("serve: a server is running")
	}
	argv := append([]string{
		"serve", "--addr", w.addr, "--data", w.data, "--media-udp-port", "0", "--media-tcp-port", "0",
	}, args...)
	cmd := exec.Command(bin, argv...)
	cmd.Env = append(os.Environ(), "WOZAI_DB="+w.dsn)
	cmd.Stdout, cmd.Stderr = w.log, w.log
	ts.Check(cmd.Start())
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	w.server, w.exited = cmd, exited

	deadline := time.After(30 * time.Second)
	for {
		select {
		case err := <-exited:
			w.server = nil
			if neg && err != nil {
				return
			}
			ts.Fatalf("serve: ended before it was ready (%v):\n%s", err, w.tail())
		case <-deadline:
			ts.Fatalf("serve: not ready after 30 s:\n%s", w.tail())
		case <-time.After(20 * time.Millisecond):
		}
		if r, err := http.Get(w.url + "/readyz"); err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				break
			}
		}
	}
	if neg {
		ts.Fatalf("serve: started, and should have refused")
	}
}

// shutdown asks the server to stop and wants it to do so, with success, within ten
// seconds.
func shutdown(ts *testscript.TestScript, neg bool, args []string) {
	w := running(ts, neg, args, "shutdown")
	ts.Check(w.server.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-w.exited:
		w.server = nil
		if err != nil {
			ts.Fatalf("shutdown: %v\n%s", err, w.tail())
		}
	case <-time.After(10 * time.Second):
		ts.Fatalf("shutdown: still there after 10 s\n%s", w.tail())
	}
}

// kill9 ends the server as a power cut does.
func kill9(ts *testscript.TestScript, neg bool, args []string) {
	running(ts, neg, args, "kill9").kill(ts)
}

func (w *world) kill(ts *testscript.TestScript) {
	ts.Check(w.server.Process.Kill())
	<-w.exited
	w.server = nil
}

// http [-as PERSON] [-h 'NAME: VALUE']… STATUS METHOD PATH [BODY | @FILE]
// asks the server and wants STATUS. Each person keeps a session (cookies);
// without -as nobody is signed in. A BODY is JSON unless -h says otherwise.
func request(ts *testscript.TestScript, neg bool, args []string) {
	const usage = "usage: http [-as PERSON] [-h 'NAME: VALUE']... STATUS METHOD PATH [BODY | @FILE]"
	if neg {
		ts.Fatalf("http: name the status you want instead of !")
	}
	w, person, headers := worldOf(ts), "", http.Header{}
	for len(args) > 1 && strings.HasPrefix(args[0], "-") {
		switch args[0] {
		case "-as":
			person = args[1]
		case "-h":
			name, value, _ := strings.Cut(args[1], ":")
			headers.Set(name, strings.TrimSpace(value))
		default:
			ts.Fatalf(usage)
		}
		args = args[2:]
	}
	if len(args) < 3 || len(args) > 4 {
		ts.Fatalf(usage)
	}
	want, err := strconv.Atoi(args[0])
	if err != nil {
		ts.Fatalf(usage)
	}
	var body io.Reader
	if len(args) == 4 {
		text := []byte(args[3])
		if file, ok := strings.CutPrefix(args[3], "@"); ok {
			text = []byte(ts.ReadFile(file))
		}
		body = bytes.NewReader(text)
		if headers.Get("Content-Type") == "" {
			headers.Set("Content-Type", "application/json")
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, args[1], w.url+args[2], body)
	ts.Check(err)
	r.Header = headers
	answer, err := w.client(person).Do(r)
	if err != nil {
		ts.Fatalf("http: %v\n%s", err, w.tail())
	}
	defer answer.Body.Close()
	w.answer, err = io.ReadAll(answer.Body)
	ts.Check(err)
	_, err = ts.Stdout().Write(w.answer)
	ts.Check(err)
	if answer.StatusCode != want {
		ts.Fatalf("http: %s %s answered %d, want %d:\n%s", args[1], args[2], answer.StatusCode, want, w.answer)
	}
}

// await PERSON PATH VALUE-PATH VALUE asks as PERSON until the answer is a success in which the gjson
// path has the value: for what the server does by itself soon after a request.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: await PERSON PATH VALUE-PATH VALUE")
	}
	w := running(ts, false, nil, "await")
	for end := time.Now().Add(15 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		answer, err := w.client(args[0]).Get(w.url + args[1])
		ts.Check(err)
		w.answer, err = io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		ts.Check(err)
		if answer.StatusCode/100 == 2 && gjson.GetBytes(w.answer, args[2]).String() == args[3] {
			_, err = ts.Stdout().Write(w.answer)
			ts.Check(err)
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("await: %s is not %s after 15 s, but %d:\n%s", args[2], args[3], answer.StatusCode, w.answer)
		}
	}
}

// spoil FILE changes one byte in the midst of what a .zip file holds.
func spoil(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: spoil FILE")
	}
	name := ts.MkAbs(args[0])
	text, err := os.ReadFile(name)
	ts.Check(err)
	z, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	ts.Check(err)
	largest := z.File[0]
	for _, f := range z.File {
		if f.CompressedSize64 > largest.CompressedSize64 {
			largest = f
		}
	}
	at, err := largest.DataOffset()
	ts.Check(err)
	text[at+int64(largest.CompressedSize64/2)] ^= 1
	ts.Check(os.WriteFile(name, text, 0o600))
}

// expect PATH VALUE compares a value of the last answer, found by a gjson path
// (errors.0.field, items.#). `! expect PATH` wants it absent.
func expect(ts *testscript.TestScript, neg bool, args []string) {
	w := worldOf(ts)
	switch {
	case neg && len(args) == 1:
		if got := gjson.GetBytes(w.answer, args[0]); got.Exists() {
			ts.Fatalf("expect: %s is %s, and should be absent", args[0], got.Raw)
		}
	case !neg && len(args) == 2:
		got := gjson.GetBytes(w.answer, args[0])
		if !got.Exists() || got.String() != args[1] {
			ts.Fatalf("expect: %s is %s, want %s, in\n%s", args[0], show(got), args[1], w.answer)
		}
	default:
		ts.Fatalf("usage: expect PATH VALUE, or ! expect PATH")
	}
}

// save NAME PATH keeps a value of the last answer as $NAME.
func save(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: save NAME PATH")
	}
	got := gjson.GetBytes(worldOf(ts).answer, args[1])
	if !got.Exists() {
		ts.Fatalf("save: no %s in\n%s", args[1], worldOf(ts).answer)
	}
	ts.Setenv(args[0], got.String())
}

// logs TEXT wants TEXT in what the server wrote; `! logs TEXT` wants it
// nowhere, as for a name or a password.
func logs(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: [!] logs TEXT")
	}
	w := worldOf(ts)
	text, err := os.ReadFile(w.log.Name())
	ts.Check(err)
	if strings.Contains(string(text), args[0]) == neg {
		ts.Fatalf("logs: %q is %s the log:\n%s", args[0], map[bool]string{true: "in", false: "not in"}[neg], w.tail())
	}
}

// glean NAME REGEXP keeps what the first group of REGEXP matches in what the
// server wrote, as $NAME: a code or an address that it prints for its operator.
func glean(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: glean NAME REGEXP")
	}
	w := worldOf(ts)
	pattern, err := regexp.Compile(args[1])
	ts.Check(err)
	found, ok := wrote(pattern, func() string {
		text, err := os.ReadFile(w.log.Name())
		ts.Check(err)
		return string(text)
	})
	if !ok {
		ts.Fatalf("glean: %s with its group is not in the log:\n%s", args[1], w.tail())
	}
	ts.Setenv(args[0], found)
}

// wrote waits until the first group of a pattern is in what a server wrote: it answers before it has
// said everything.
func wrote(pattern *regexp.Regexp, text func() string) (string, bool) {
	for deadline := time.After(10 * time.Second); ; {
		if found := pattern.FindStringSubmatch(text()); len(found) > 1 {
			return found[1], true
		}
		select {
		case <-deadline:
			return "", false
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func running(ts *testscript.TestScript, neg bool, args []string, name string) *world {
	w := worldOf(ts)
	if neg || len(args) > 0 {
		ts.Fatalf("usage: %s", name)
	}
	if w.server == nil {
		ts.Fatalf("%s: no server is running", name)
	}
	return w
}

func (w *world) client(person string) *http.Client {
	c := &http.Client{
		// Where a redirect leads is part of the answer.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if person == "" {
		return c
	}
	if w.people[person] == nil {
		c.Jar, _ = cookiejar.New(nil) // never fails without options
		w.people[person] = c
	}
	return w.people[person]
}

func (w *world) tail() string {
	text, err := os.ReadFile(w.log.Name())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err.Error()
	}
	return string(text[max(0, len(text)-4000):])
}

func show(r gjson.Result) string {
	if !r.Exists() {
		return "absent"
	}
	return fmt.Sprintf("%q", r.String())
}
