package story

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"wozai/internal/live"
	"wozai/internal/media"
	"wozai/internal/testkit"
)

// Two servers on one PostgreSQL, one key and one media server hold one meeting together: whoever
// is at either sees the same floor, two hosts at two of them never make two holders, and when one
// dies the meeting goes on at the other.
func TestTwoNodesHoldOneMeeting(t *testing.T) {
	testkit.DependsOnTree(t)
	dsn, dir := testkit.Postgres(t), t.TempDir()
	sfu := startMedia(t)
	key := filepath.Join(dir, "shared.key")
	one := startNode(t, dsn, filepath.Join(dir, "one"), key, sfu)

	admin := newGuest(t, "admin", one)
	code, ok := wrote(regexp.MustCompile(`setup#([A-Z0-9]+)`), one.output.String)
	if !ok {
		t.Fatalf("no set-up code in\n%s", one.output)
	}
	admin.must("POST", "/setup", object{"organisation": "虚构研究院", "profile": "party", "lang": "zh-CN", "name": "甄理", "login": "admin", "password": "correct horse battery", "code": code})
	two := startNode(t, dsn, filepath.Join(dir, "two"), key, sfu)
	admin.must("POST", "/session", object{"login": "admin", "password": "correct horse battery"})
	top := admin.must("POST", "/units", object{"tree": "party", "kind": "authority_committee", "name": "机关党委"}).Get("id").String()
	branch := admin.at(two).must("POST", "/units", object{"parent_id": top, "kind": "branch", "name": "第一党支部"}).Get("id").String()
	add := func(name, position string) string {
		return admin.must("POST", "/units/"+branch+"/people", object{"name": name, "category": "serving", "position": position, "standing": "full"}).Get("id").String()
	}
	people := []string{add("石书记", "secretary"), add("安一宁", "member"), add("林在家", "member"), add("吴记录", "publicity_member")}
	guests := map[string]*guest{}
	// A password given out at one node opens a session at the other, which both know. Changed at the
	// one, it lets in at the other at once.
	for i, slip := range admin.must("POST", "/units/"+branch+"/sign-ins", object{"people": people}).Get("items").Array() {
		g := newGuest(t, slip.Get("name").String(), []*node{one, two}[i%2])
		g.must("POST", "/session", object{"login": slip.Get("login").String(), "password": slip.Get("password").String()})
		g.must("PUT", "/me/password", object{"old": slip.Get("password").String(), "new": "one of my own, " + slip.Get("name").String()})
		g.at([]*node{two, one}[i%2]).must("GET", "/me/notices", nil)
		guests[slip.Get("person_id").String()] = g
	}
	shi, an, lin, wu := guests[people[0]], guests[people[1]], guests[people[2]], guests[people[3]]

	meeting := shi.at(one).must("POST", "/units/"+branch+"/meetings", object{
		"kind": "general", "theme": "两处开一个会", "starts_at": time.Now().Add(10 * time.Minute).UTC().Format(time.RFC3339), "ends_at": time.Now().Add(time.Hour).UTC().Format(time.RFC3339),
		"deputy_ids": []string{people[3]},
	}).Get("id").String()
	shi.at(two).must("POST", "/meetings/"+meeting+"/announce", object{"version": 1})
	room := "/meetings/" + meeting + "/room"
	seats := map[string]string{}
	for i, id := range people {
		seats[id] = guests[id].at([]*node{two, one}[i%2]).must("POST", room+"/enter", object{"how": "video", "device": "device-of-" + id}).Get("seat").String()
	}
	shi.at(one).must("POST", room+"/open", nil)
	command := func(g *guest, at *node, kind string, more object) (int, gjson.Result) {
		return g.at(at).ask("POST", room+"/commands", merged(object{"id": fmt.Sprintf("%s-%d", kind, time.Now().UnixNano()), "kind": kind}, more))
	}
	done := func(g *guest, at *node, kind string, more object) int64 {
		t.Helper()
		status, answer := command(g, at, kind, more)
		if status != http.StatusOK {
			t.Fatalf("%s by %s at %s: %d %s", kind, g.name, at.name, status, answer.Raw)
		}
		return answer.Get("version").Int()
	}
	hearOne, hearTwo := an.at(one).hear("room:"+meeting), lin.at(two).hear("room:"+meeting)
	both := func(want string, is func(state gjson.Result) bool) {
		t.Helper()
		hearOne.until(t, want, is)
		hearTwo.until(t, want, is)
	}
	holds := func(id string) func(gjson.Result) bool {
		return func(s gjson.Result) bool {
			return s.Get("turns.#").Int() == 1 && s.Get("turns.0.person").String() == id
		}
	}

	// A face put up at one is seen at the other.
	if status, _ := an.at(one).put(room+"/face?seat="+seats[people[1]], "image/jpeg", portrait(t)); status != http.StatusNoContent {
		t.Fatalf("a face put up: %d", status)
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if status, _ := lin.at(two).ask("GET", room+"/faces?seat="+seats[people[2]], nil); status == http.StatusOK {
			break
		}
		if time.Now().After(end) {
			t.Fatal("a face put up at one node is not seen at the other")
		}
	}

	version := shi.at(two).must("GET", room, nil).Get("state.version").Int()
	done(shi, two, "open", object{"stage": "discussion", "version": version})
	both("the discussion is on", func(s gjson.Result) bool { return s.Get("stage").String() == "discussion" })
	done(an, two, "raise", nil)
	both("安一宁 has the floor", holds(people[1]))
	done(lin, one, "raise", nil)
	both("林在家 waits", func(s gjson.Result) bool { return s.Get("hands.0").String() == people[2] })
	done(an, one, "yield", nil)
	both("林在家 has the floor", holds(people[2]))

	// Two who lead give the floor to two people at the same moment, each at another node.
	done(shi, one, "hosts", object{"people": []string{people[3]}})
	version = done(lin, two, "yield", nil)
	both("nobody has the floor", func(s gjson.Result) bool { return s.Get("turns.#").Int() == 0 && s.Get("version").Int() >= version })
	var wait sync.WaitGroup
	var status [2]int
	wait.Go(func() { status[0], _ = command(shi, one, "give", object{"person": people[1], "version": version}) })
	wait.Go(func() { status[1], _ = command(wu, two, "give", object{"person": people[3], "version": version}) })
	wait.Wait()
	winner := ""
	switch status {
	case [2]int{http.StatusOK, http.StatusPreconditionFailed}:
		winner = people[1]
	case [2]int{http.StatusPreconditionFailed, http.StatusOK}:
		winner = people[3]
	default:
		t.Fatalf("two hosts at once are answered %v, want one 200 and one 412", status)
	}
	both("one of them has the floor", holds(winner))

	// A vote: opened at one, given at both, counted once.
	motion := shi.at(one).must("POST", room+"/motions", object{"title": "设立代购服务队", "ballot": "motion", "open": true}).Get("id").String()
	for i, id := range people {
		guests[id].at([]*node{one, two}[i%2]).must("PUT", room+"/motions/"+motion+"/vote", object{"choice": "for"})
	}
	both("four have voted", func(s gjson.Result) bool { return s.Get("motion.voted").Int() == 4 })

	// One node dies; the other carries on with everything that was.
	one.kill()
	shi.at(two).must("POST", room+"/motions/"+motion+"/close", nil)
	hearTwo.until(t, "it is carried", func(s gjson.Result) bool { return s.Get("motion.carried").Bool() && s.Get("motion.for").Int() == 4 })
	version = shi.at(two).must("GET", room, nil).Get("state.version").Int()
	done(shi, two, "finish", object{"version": version})
	hearTwo.until(t, "the meeting is over", func(s gjson.Result) bool { return s.Get("phase").String() == "over" })
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		status, record := shi.at(two).ask("GET", "/meetings/"+meeting+"/record", nil)
		if status == http.StatusOK && record.Get("facts.motions.0.for").Int() == 4 && record.Get("facts.speeches.0.person.id").String() == people[1] {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the record after the death of a node: %d %s", status, record.Raw)
		}
	}
}

type object map[string]any

func merged(a, b object) object {
	for k, v := range b {
		a[k] = v
	}
	return a
}

// startMedia runs the media server by itself, as an organisation runs its LiveKit.
func startMedia(t *testing.T) media.ChildConfig {
	t.Helper()
	config := media.ChildConfig{Key: "story", Secret: strings.Repeat("not a real secret ", 3), NodeIP: "127.0.0.1", HTTPPort: freePort(t), UDPPort: freePort(t), TCPPort: freePort(t)}
	line, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, "media")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err == nil {
		_, err = in.Write(append(line, '\n'))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	awaitURL(t, fmt.Sprintf("http://127.0.0.1:%d/", config.HTTPPort), "the media server")
	return config
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // nobody has connected
	return l.Addr().(*net.TCPAddr).Port
}

func awaitURL(t *testing.T, url, what string) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if r, err := http.Get(url); err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(end) {
			t.Fatalf("%s is not ready after 30 s", what)
		}
	}
}

// node is one `wozai serve` of several.
type node struct {
	name, url string
	cmd       *exec.Cmd
	output    *output
	once      sync.Once
}

// output is what a process writes, read while it runs.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func startNode(t *testing.T, dsn, data, key string, sfu media.ChildConfig) *node {
	t.Helper()
	addr := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	n := &node{name: filepath.Base(data), url: "http://" + addr, output: &output{}}
	n.cmd = exec.Command(bin, "serve", "--addr", addr, "--data", data, "--key-file", key,
		"--blob", "file://"+filepath.Join(filepath.Dir(key), "blob")+"?create_dir=true&metadata=skip",
		"--media-url", fmt.Sprintf("ws://127.0.0.1:%d", sfu.HTTPPort))
	n.cmd.Env = append(os.Environ(), "WOZAI_DB="+dsn, "WOZAI_MEDIA_KEY="+sfu.Key, "WOZAI_MEDIA_SECRET="+sfu.Secret)
	n.cmd.Stdout, n.cmd.Stderr = n.output, n.output
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		n.kill()
		if t.Failed() {
			t.Logf("node %s wrote:\n%s", n.name, n.output)
		}
	})
	awaitURL(t, n.url+"/readyz", "node "+n.name)
	return n
}

func (n *node) kill() {
	n.once.Do(func() { _ = n.cmd.Process.Kill(); _ = n.cmd.Wait() })
}

// guest is a person with a browser, at one node or the other: the cookie is good at both.
type guest struct {
	t      *testing.T
	name   string
	client *http.Client
	node   *node
}

func newGuest(t *testing.T, name string, at *node) *guest {
	jar, _ := cookiejar.New(nil) // never fails without options
	return &guest{t, name, &http.Client{Jar: jar, Timeout: 30 * time.Second}, at}
}

func (g *guest) at(n *node) *guest { return &guest{g.t, g.name, g.client, n} }

func (g *guest) ask(method, path string, body any) (int, gjson.Result) {
	if body == nil {
		return g.send(method, path, "", nil)
	}
	text, _ := json.Marshal(body) // maps of strings and numbers
	return g.send(method, path, "application/json", text)
}

// put sends what is not JSON.
func (g *guest) put(path, mediaType string, body []byte) (int, gjson.Result) {
	return g.send("PUT", path, mediaType, body)
}

func (g *guest) send(method, path, mediaType string, body []byte) (int, gjson.Result) {
	r, err := http.NewRequestWithContext(g.t.Context(), method, g.node.url+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		g.t.Error(err)
		return 0, gjson.Result{}
	}
	if mediaType != "" {
		r.Header.Set("Content-Type", mediaType)
	}
	res, err := g.client.Do(r)
	if err != nil {
		g.t.Error(err)
		return 0, gjson.Result{}
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		g.t.Error(err)
	}
	return res.StatusCode, gjson.ParseBytes(text)
}

func (g *guest) must(method, path string, body any) gjson.Result {
	g.t.Helper()
	status, answer := g.ask(method, path, body)
	if status/100 != 2 {
		g.t.Fatalf("%s %s by %s at %s: %d %s", method, path, g.name, g.node.name, status, answer.Raw)
	}
	return answer
}

// portrait is a picture as browsers send it to the wall of faces.
func portrait(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewYCbCr(image.Rect(0, 0, 160, 120), image.YCbCrSubsampleRatio420), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// stream is what a browser hears of one topic.
type stream struct {
	name   string
	states chan gjson.Result
}

func (g *guest) hear(topic string) *stream {
	g.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	g.t.Cleanup(stop)
	r, err := http.NewRequestWithContext(ctx, "GET", g.node.url+"/api/v1/live?topics="+topic, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	res, err := (&http.Client{Jar: g.client.Jar}).Do(r)
	if err != nil || res.StatusCode != http.StatusOK {
		g.t.Fatalf("live at %s: %v %v", g.node.name, err, res)
	}
	s := &stream{g.node.name, make(chan gjson.Result, 1000)}
	go func() {
		defer res.Body.Close()
		defer close(s.states)
		lines := bufio.NewScanner(res.Body)
		lines.Buffer(nil, 1<<20)
		var follow live.Follower
		for lines.Scan() {
			var e live.Event
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && json.Unmarshal([]byte(data), &e) == nil && e.Topic == topic {
				if state, err := follow.Hear(e); err == nil && state != nil {
					s.states <- gjson.ParseBytes(state)
				}
			}
		}
	}()
	return s
}

// until reads on until a state is as wanted.
func (s *stream) until(t *testing.T, want string, is func(gjson.Result) bool) {
	t.Helper()
	last := "nothing"
	for timeout := time.After(10 * time.Second); ; {
		select {
		case state, ok := <-s.states:
			if !ok {
				t.Fatalf("%s: the stream of node %s has ended; last %s", want, s.name, last)
			}
			if is(state) {
				return
			}
			last = state.Raw
		case <-timeout:
			t.Fatalf("%s: node %s does not say so; last %s", want, s.name, last)
		}
	}
}
