package notice_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/job"
	"wozai/internal/notice"
	"wozai/internal/secret"
	"wozai/internal/testkit"
)

// pushService is a push service with one browser behind it: it checks what a real one does (RFC 8030,
// 8292) and reads what the browser would (RFC 8291, 8188).
type pushService struct {
	*httptest.Server
	t      *testing.T
	key    *ecdh.PrivateKey // the browser's
	auth   []byte
	answer chan int         // what to answer, one a request; 201 when empty
	got    chan pushMessage // what arrived and was accepted
	asked  chan string      // every request's path
}

type pushMessage struct {
	text    string
	header  http.Header
	public  string // VAPID
	padded  int
	subject string
}

func newPushService(t *testing.T) *pushService {
	p := &pushService{t: t, auth: make([]byte, 16), answer: make(chan int, 9), got: make(chan pushMessage, 99), asked: make(chan string, 99)}
	rand.Read(p.auth) //nolint:errcheck // never fails
	var err error
	if p.key, err = ecdh.P256().GenerateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	p.Server = httptest.NewTLSServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *pushService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.asked <- r.URL.Path
	code := http.StatusCreated
	select {
	case code = <-p.answer:
	default:
	}
	if code == http.StatusFound {
		w.Header().Set("Location", p.URL+"/elsewhere")
	}
	if code == http.StatusCreated {
		m, err := p.read(r)
		if err != nil {
			p.t.Error(err)
			code = http.StatusBadRequest
		} else {
			p.got <- m
		}
	}
	w.WriteHeader(code)
}

func unbase(s string) []byte {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		panic(fmt.Sprintf("%q: %v", s, err))
	}
	return b
}

func (p *pushService) read(r *http.Request) (m pushMessage, err error) {
	defer func() {
		if x := recover(); x != nil {
			err = fmt.Errorf("not a message: %v", x)
		}
	}()
	m.header = r.Header
	if r.Method != http.MethodPost || r.Header.Get("Content-Encoding") != "aes128gcm" || r.Header.Get("TTL") == "" {
		return m, fmt.Errorf("%s %v", r.Method, r.Header)
	}
	if m.public, m.subject, err = p.signed(r.Header.Get("Authorization")); err != nil {
		return m, err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || len(body) > 4096 {
		return m, fmt.Errorf("%d bytes, %v", len(body), err)
	}
	salt, size, id := body[:16], binary.BigEndian.Uint32(body[16:20]), body[21:21+int(body[20])]
	record := body[21+len(id):]
	if len(record) > int(size) || size < 18 {
		return m, fmt.Errorf("a record of %d bytes, announced %d", len(record), size)
	}
	sender, err := ecdh.P256().NewPublicKey(id)
	if err != nil {
		return m, err
	}
	shared, err := p.key.ECDH(sender)
	if err != nil {
		return m, err
	}
	key := must(hkdf.Key(sha256.New, shared, p.auth, "WebPush: info\x00"+string(p.key.PublicKey().Bytes())+string(id), 32))
	block := must(aes.NewCipher(must(hkdf.Key(sha256.New, key, salt, "Content-Encoding: aes128gcm\x00", 16))))
	plain, err := must(cipher.NewGCM(block)).Open(nil, must(hkdf.Key(sha256.New, key, salt, "Content-Encoding: nonce\x00", 12)), record, nil)
	if err != nil {
		return m, err
	}
	text := bytes.TrimRight(plain, "\x00")
	if len(text) == 0 || text[len(text)-1] != 2 { // the last record
		return m, fmt.Errorf("no delimiter")
	}
	m.text, m.padded = string(text[:len(text)-1]), len(plain)
	return m, nil
}

// signed checks who sends (RFC 8292): a JWT for this very service, not for ever, by the key beside it.
func (p *pushService) signed(authorization string) (public, subject string, err error) {
	rest, ok := strings.CutPrefix(authorization, "vapid ")
	if !ok {
		return "", "", fmt.Errorf("authorization %q", authorization)
	}
	var token string
	for part := range strings.SplitSeq(rest, ",") {
		switch name, value, _ := strings.Cut(strings.TrimSpace(part), "="); name {
		case "t":
			token = value
		case "k":
			public = value
		}
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", "", fmt.Errorf("token %q", token)
	}
	var head struct{ Alg, Typ string }
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	if err := json.Unmarshal(unbase(parts[0]), &head); err != nil || head.Alg != "ES256" {
		return "", "", fmt.Errorf("%+v %v", head, err)
	}
	if err := json.Unmarshal(unbase(parts[1]), &claims); err != nil {
		return "", "", err
	}
	if left := time.Until(time.Unix(claims.Exp, 0)); claims.Aud != p.URL || left <= 0 || left > 24*time.Hour || !strings.HasPrefix(claims.Sub, "mailto:") && !strings.HasPrefix(claims.Sub, "https:") {
		return "", "", fmt.Errorf("claims %+v", claims)
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), unbase(public))
	if err != nil {
		return "", "", err
	}
	hash, signature := sha256.Sum256([]byte(parts[0]+"."+parts[1])), unbase(parts[2])
	if len(signature) != 64 || !ecdsa.Verify(key, hash[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return "", "", fmt.Errorf("not signed by the key beside it")
	}
	return public, claims.Sub, nil
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// rung is an office that rings.
type rung struct {
	*office
	push    *pushService
	pusher  *notice.Pusher
	box     *secret.Box
	outside *notice.Outside
	rings   bool
}

func openPush(t *testing.T, s *testkit.Store, hosts ...string) *rung {
	t.Helper()
	o := &rung{office: &office{Store: s, t: t}, push: newPushService(t), rings: true}
	var err error
	if o.box, err = secret.Open(filepath.Join(t.TempDir(), "master.key")); err != nil {
		t.Fatal(err)
	}
	trust := &tls.Config{RootCAs: o.push.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	o.outside = notice.NewOutside(hosts, trust)
	o.pusher = notice.NewPusher(o.config(), s.DB, s.Change, s.Jobs)
	s.Change.OnNotice(o.pusher.Enqueue)
	working(t, s)
	return o
}

func (o *rung) config() notice.PushConfig {
	return notice.PushConfig{Secret: o.box, Outside: o.outside, Address: func() string { return "http://localhost:8080" }, Contact: "wozai@office.test",
		Receiver: func(_ context.Context, id db.ID) (notice.Receiver, error) { return people[id], nil },
		Rings:    func(context.Context, db.ID, time.Time) (bool, error) { return o.rings, nil }}
}

// signedIn opens a session; sessions bear the numbers of their people, times ten.
func (o *rung) signedIn(person, session db.ID) access.Actor {
	o.t.Helper()
	_, err := o.DB.Writer().ExecContext(context.Background(), `INSERT INTO session (id, token_hash, kind, account_id, person_id, meeting_id, link_id, device, created_at, seen_at, expires_at)
		VALUES ($1, $2, 'person', $3, $3, 0, 0, 'Chrome, Android', $4, $4, $5)`, session, []byte(session.String()), person, db.Now(), db.Now().Add(time.Hour))
	if err != nil {
		o.t.Fatal(err)
	}
	return access.Actor{Kind: access.Person, PersonID: person, AccountID: person, SessionID: session, Origin: "test"}
}

func (o *rung) browser(path string) notice.Browser {
	return notice.Browser{Endpoint: o.push.URL + path, P256dh: base64.URLEncoding.EncodeToString(o.push.key.PublicKey().Bytes()), Auth: base64.RawURLEncoding.EncodeToString(o.push.auth)}
}

func (o *rung) subscribe(a access.Actor, path string) db.ID {
	o.t.Helper()
	id, err := o.pusher.Subscribe(context.Background(), a, o.browser(path))
	if err != nil {
		o.t.Fatal(err)
	}
	return id
}

func question(person db.ID) change.Notice {
	return change.Notice{PersonID: person, Kind: "dispatch.asked", Subject: "dispatch", SubjectID: 88, Todo: true, Urgent: true,
		Params: map[string]any{"text": "谁能送药到三号楼？", "name": "甄理", "unit": "第一支部"}}
}

func (o *rung) next() pushMessage {
	o.t.Helper()
	select {
	case m := <-o.push.got:
		return m
	case <-time.After(20 * time.Second):
		o.t.Fatal("nobody rang")
		panic("unreachable")
	}
}

type fate struct {
	Status string `db:"status"`
	Reason string `db:"reason"`
}

// settledAs waits until the last ring is settled.
func (o *rung) settledAs(want fate) {
	o.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		var last fate
		if _, err := db.Find(context.Background(), o.DB.Read(), &last, `SELECT status, reason FROM delivery WHERE channel = 'push' ORDER BY id DESC LIMIT 1`); err != nil {
			o.t.Fatal(err)
		}
		if last == want {
			return
		}
		if time.Now().After(deadline) {
			o.t.Fatalf("it ended as %+v, want %+v", last, want)
		}
		<-time.After(20 * time.Millisecond)
	}
}

func (o *rung) browsers(a access.Actor) int {
	o.t.Helper()
	list, err := o.pusher.Mine(context.Background(), a)
	if err != nil {
		o.t.Fatal(err)
	}
	return len(list)
}

func TestABrowserIsRung(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		o := openPush(t, s, "127.0.0.1")
		zhenli, ruth := o.signedIn(1, 10), o.signedIn(2, 20)
		o.subscribe(zhenli, "/a")
		o.subscribe(zhenli, "/a") // twice is once
		o.tell(question(1))
		m := o.next()
		key, err := o.pusher.Public(context.Background())
		if err != nil || m.public != key || m.subject != "mailto:wozai@office.test" {
			t.Errorf("%v: rung by %q for %q, browsers know %q", err, m.public, m.subject, key)
		}
		if want := `{"title":"有人在找您","body":"点开看看。","lang":"zh-CN","path":"/dispatches/88","tag":"dispatch-88"}`; m.text != want {
			t.Errorf("%s\nwant %s", m.text, want)
		}
		if m.header.Get("Urgency") != "high" || m.header.Get("Topic") != "88" || m.header.Get("TTL") != "1800" {
			t.Errorf("header %v", m.header)
		}
		o.settledAs(fate{notice.Sent, ""})

		o.subscribe(ruth, "/b")
		o.tell(change.Notice{PersonID: 2, Kind: "meeting.moved", Subject: "meeting", SubjectID: 77, Urgent: true, Params: map[string]any{"theme": theme, "unit": "x", "starts_at": db.Now()}})
		other := o.next()
		if !strings.Contains(other.text, `"title":"Something urgent"`) || !strings.Contains(other.text, `"/meetings/77"`) || strings.Contains(other.text, theme) {
			t.Error(other.text)
		}
		if other.padded != m.padded {
			t.Errorf("%d and %d bytes: the length tells messages apart", other.padded, m.padded)
		}
		if n := len(o.push.asked); n != 2 {
			t.Errorf("asked %d times", n)
		}
		// What can wait does, and what nobody may hear of is not readable at rest.
		o.tell(invitation(1))
		var rows []struct {
			Sealed []byte `db:"sealed"`
		}
		if err := db.Select(context.Background(), s.DB.Read(), &rows, `SELECT sealed FROM push_subscription UNION ALL SELECT sealed FROM push_key`); err != nil || len(rows) != 3 {
			t.Fatal(err, len(rows))
		}
		for _, r := range rows {
			if bytes.Contains(r.Sealed, []byte("127.0.0.1")) || bytes.Contains(r.Sealed, []byte("auth")) {
				t.Errorf("%q", r.Sealed)
			}
		}
		// Another node rings by the same key.
		node := notice.NewPusher(o.config(), s.DB, s.Change, newQueue(s))
		if again, err := node.Public(context.Background()); err != nil || again != key {
			t.Errorf("%q, %v", again, err)
		}
	})
}

func TestABrowserThatIsRungNoMore(t *testing.T) {
	o := openPush(t, testkit.SQLiteStore(t), "127.0.0.1")
	a := o.signedIn(1, 10)
	ctx := context.Background()

	o.subscribe(a, "/gone")
	o.push.answer <- http.StatusGone
	o.tell(question(1))
	o.settledAs(fate{notice.Failed, notice.Gone})
	if o.browsers(a) != 0 {
		t.Error("is kept although its push service knows it no more")
	}

	id := o.subscribe(a, "/off")
	if err := o.pusher.Unsubscribe(ctx, o.signedIn(2, 20), id); !fault.Is(err, fault.KindNotFound) {
		t.Errorf("somebody else's: %v", err)
	}
	if err := o.pusher.Unsubscribe(ctx, a, id); err != nil {
		t.Error(err)
	}
	o.tell(question(1))

	o.subscribe(a, "/signed-out") // and a session that runs out is as good as ended
	if _, err := o.DB.Writer().ExecContext(ctx, `UPDATE session SET expires_at = $1 WHERE id = 10`, db.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	if o.browsers(a) != 0 {
		t.Error("a session that has run out is shown")
	}
	o.tell(question(1))
	o.settledAs(fate{notice.Failed, notice.Gone})
	if err := o.Change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		tx.AppendOnly()
		if err := tx.Exec(ctx, `UPDATE session SET ended_at = $1 WHERE id = 10`, tx.Now()); err != nil {
			return err
		}
		return notice.ForgetBrowsers(ctx, tx, 1)
	}); err != nil {
		t.Fatal(err)
	}
	var left int64
	if err := db.Get(ctx, o.DB.Read(), &left, `SELECT COUNT(*) FROM push_subscription`); err != nil || left != 0 {
		t.Errorf("%d left, %v", left, err)
	}
	if n := len(o.push.asked); n != 1 {
		t.Errorf("rang %d times, want only the first", n)
	}
}

func TestWhoIsAtPeaceIsNotRung(t *testing.T) {
	o := openPush(t, testkit.SQLiteStore(t), "127.0.0.1")
	o.subscribe(o.signedIn(1, 10), "/a")
	o.rings = false
	o.tell(question(1))
	o.settledAs(fate{notice.Failed, notice.AtPeace})
	if n := len(o.push.asked); n != 0 {
		t.Errorf("rang %d times", n)
	}
}

func TestAPushServiceThatIsBusyIsAskedAgain(t *testing.T) {
	o := openPush(t, testkit.SQLiteStore(t), "127.0.0.1")
	o.subscribe(o.signedIn(1, 10), "/a")
	o.push.answer <- http.StatusServiceUnavailable
	o.tell(question(1))
	o.settledAs(fate{notice.Waiting, notice.Later})
	o.next()
	o.settledAs(fate{notice.Sent, ""})
}

func TestARedirectLeadsNowhere(t *testing.T) {
	o := openPush(t, testkit.SQLiteStore(t), "127.0.0.1")
	o.subscribe(o.signedIn(1, 10), "/a")
	o.push.answer <- http.StatusFound
	o.tell(question(1))
	o.settledAs(fate{notice.Failed, notice.Refused})
	if n := len(o.push.asked); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestAddressesThatAreNotOutside(t *testing.T) {
	o := openPush(t, testkit.SQLiteStore(t))
	a := o.signedIn(1, 10)
	good := o.browser("/a")
	for _, endpoint := range []string{"", good.Endpoint, "http://push.example.org/a", "https://localhost/a", "https://10.1.2.3/a", "https://[::1]/a", "https://[fd00::1]/a", "https://169.254.169.254/a", "https://[::ffff:127.0.0.1]/a",
		"https://100.64.1.1/", "https://u:p@push.example.org/a", "https://push.example.org:22/a", "https://intranet/a", "https://0/", "file:///etc/passwd", "https://[64:ff9b::7f00:1]/"} {
		b := good
		b.Endpoint = endpoint
		if _, err := o.pusher.Subscribe(context.Background(), a, b); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("%q: %v", endpoint, err)
		}
	}
	for _, spoil := range []func(*notice.Browser){
		func(b *notice.Browser) { b.P256dh = "AAAA" },
		func(b *notice.Browser) {
			b.P256dh = base64.RawURLEncoding.EncodeToString(append([]byte{4}, make([]byte, 64)...))
		}, // not on the curve
		func(b *notice.Browser) { b.Auth = "AAAA" },
	} {
		b := good
		b.Endpoint = "https://push.example.org/a"
		spoil(&b)
		if _, err := o.pusher.Subscribe(context.Background(), a, b); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("%+v: %v", b, err)
		}
	}
	// A name is looked at again when it is connected to: localhost is any name that leads inside.
	if _, err := o.outside.Do(must(http.NewRequest("POST", strings.Replace(o.push.URL, "127.0.0.1", "localhost", 1), nil))); err == nil || !strings.Contains(err.Error(), "not a public address") {
		t.Errorf("a name that leads inside: %v", err)
	}
	if n := len(o.push.asked); n != 0 {
		t.Errorf("it was reached %d times", n)
	}
}

func newQueue(s *testkit.Store) *job.Queue { return job.New(s.DB, slog.New(slog.DiscardHandler)) }
