package notice_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"io"
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
	"wozai/internal/notice"
	"wozai/internal/secret"
	"wozai/internal/testkit"
)

// messenger is a server that takes messages of bots as WeCom, DingTalk and Feishu describe them.
type messenger struct {
	*httptest.Server
	answer chan string // what to say, one a request; each kind's "well" when empty
	got    chan heard
}

type heard struct {
	kind, text, sign, at string
}

func (m *messenger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct {
		MsgType  string                   `json:"msgtype"`
		Text     struct{ Content string } `json:"text"`
		MsgType2 string                   `json:"msg_type"`
		Content  struct{ Text string }    `json:"content"`
		At       string                   `json:"timestamp"`
		Sign     string                   `json:"sign"`
	}
	b, _ := io.ReadAll(r.Body)
	h := heard{}
	well := `{"errcode":0,"errmsg":"ok"}`
	switch err := json.Unmarshal(b, &body); {
	case err != nil || r.Method != http.MethodPost || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
		well = `{"errcode":40058}`
	case r.URL.Path == "/cgi-bin/webhook/send" && r.URL.Query().Get("key") == "k1" && body.MsgType == "text":
		h = heard{kind: "wecom", text: body.Text.Content}
	case r.URL.Path == "/robot/send" && r.URL.Query().Get("access_token") == "t1" && body.MsgType == "text":
		h = heard{"dingtalk", body.Text.Content, r.URL.Query().Get("sign"), r.URL.Query().Get("timestamp")}
	case r.URL.Path == "/open-apis/bot/v2/hook/h1" && body.MsgType2 == "text":
		h = heard{"feishu", body.Content.Text, body.Sign, body.At}
		well = `{"code":0,"msg":"success"}`
	default:
		well = `{"errcode":93000}`
	}
	select {
	case well = <-m.answer:
	default:
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, well)
	m.got <- h
}

func signed(key, text string) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

type hall struct {
	*testkit.Store
	t      *testing.T
	m      *messenger
	groups *notice.Groups
}

var keeper = access.Actor{Kind: access.Person, PersonID: 9, AccountID: 9, Grants: []access.Grant{{Role: access.Admin, UnitID: 1, Path: "/", Subtree: true}}, Origin: "test"}

func openGroups(t *testing.T, s *testkit.Store, quiet notice.Quiet) *hall {
	t.Helper()
	h := &hall{Store: s, t: t, m: &messenger{answer: make(chan string, 9), got: make(chan heard, 99)}}
	h.m.Server = httptest.NewTLSServer(h.m)
	t.Cleanup(h.m.Close)
	box, err := secret.Open(filepath.Join(t.TempDir(), "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	h.groups = notice.NewGroups(notice.GroupsConfig{
		Secret: box, Outside: notice.NewOutside([]string{h.m.Listener.Addr().String()}, &tls.Config{RootCAs: h.m.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}),
		Quiet: quiet, Address: func() string { return "https://wozai.test" }, Lang: func() string { return "zh-CN" }, Zone: func() *time.Location { return shanghai },
		Where: func(_ context.Context, _ db.Querier, unit db.ID) (access.Unit, string, error) {
			if unit != 5 {
				return access.Unit{}, "", fault.NotFound()
			}
			return access.Unit{ID: 5, Path: "/5/"}, "第一支部", nil
		},
	}, s.DB, s.Change, s.Jobs)
	working(t, s)
	return h
}

func (h *hall) add(kind, path, key string) db.ID {
	h.t.Helper()
	id, err := h.groups.Add(context.Background(), keeper, 5, notice.NewGroup{Kind: kind, Name: "大家的群", URL: h.m.URL + path, Secret: key})
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

func (h *hall) post() {
	h.t.Helper()
	if err := h.Change.Do(context.Background(), access.SystemActor("test"), func(ctx context.Context, tx *change.Tx) error {
		tx.AppendOnly()
		return h.groups.Post(ctx, tx, 5, notice.GroupAsked, "/dispatches/88")
	}); err != nil {
		h.t.Fatal(err)
	}
}

func (h *hall) next() heard {
	h.t.Helper()
	select {
	case m := <-h.m.got:
		return m
	case <-time.After(20 * time.Second):
		h.t.Fatal("no message came")
		panic("unreachable")
	}
}

// standsAs waits until the unit's only group stands so.
func (h *hall) standsAs(status, reason string) {
	h.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		list, err := h.groups.List(context.Background(), keeper, 5)
		if err != nil || len(list) != 1 {
			h.t.Fatal(err, len(list))
		}
		if list[0].LastStatus == status && list[0].LastReason == reason {
			return
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("%+v, want %s %s", list[0], status, reason)
		}
		<-time.After(20 * time.Millisecond)
	}
}

func TestGroupsHearOfWhatIsUrgent(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := openGroups(t, s, notice.Quiet{})
		h.add(notice.WeCom, "/cgi-bin/webhook/send?key=k1", "")
		h.add(notice.DingTalk, "/robot/send?access_token=t1", "SECding")
		h.add(notice.Feishu, "/open-apis/bot/v2/hook/h1", "fei")
		h.post()
		for range 3 {
			m := h.next()
			if want := "【我在】第一支部有人在问“谁在？”，能办的请打开说一声“我在”：\nhttps://wozai.test/dispatches/88"; m.text != want {
				t.Errorf("%s hears %q", m.kind, m.text)
			}
			want := map[string]string{"wecom": "", "dingtalk": signed("SECding", m.at+"\nSECding"), "feishu": signed(m.at+"\nfei", "")}[m.kind]
			if m.sign != want {
				t.Errorf("%s signed %q, want %q", m.kind, m.sign, want)
			}
		}
		var sealed [][]byte
		if err := db.Select(context.Background(), s.DB.Read(), &sealed, `SELECT sealed FROM message_group`); err != nil {
			t.Fatal(err)
		}
		for _, b := range sealed {
			if strings.Contains(string(b), "127.0.0.1") || strings.Contains(string(b), "SEC") {
				t.Errorf("readable at rest: %q", b)
			}
		}
		list, err := h.groups.List(context.Background(), keeper, 5)
		b, _ := json.Marshal(list)
		if err != nil || len(list) != 3 || strings.Contains(string(b), "k1") || strings.Contains(string(b), "SEC") {
			t.Errorf("%s %v", b, err)
		}
	})
}

func TestAGroupThatTakesNoMore(t *testing.T) {
	h := openGroups(t, testkit.SQLiteStore(t), notice.Quiet{})
	id := h.add(notice.WeCom, "/cgi-bin/webhook/send?key=k1", "")
	h.m.answer <- `{"errcode":45009,"errmsg":"api freq out of limit"}`
	h.post()
	h.next()
	h.next() // it came back later
	h.standsAs(notice.Sent, "")
	h.m.answer <- `{"errcode":93000,"errmsg":"invalid webhook url"}`
	h.post()
	h.next()
	h.standsAs(notice.Failed, notice.Refused)
	for range 200 { // however much there is to tell, only so much waits
		h.post()
	}
	h.standsAs(notice.Failed, notice.Throttled)
	var waiting int64
	if err := db.Get(context.Background(), h.DB.Read(), &waiting, `SELECT COUNT(*) FROM river_job WHERE kind = 'message_group' AND state = 'scheduled'`); err != nil || waiting > 151 || waiting < 100 {
		t.Errorf("%d wait, %v", waiting, err)
	}
	if err := h.groups.Remove(context.Background(), keeper, 5, id); err != nil {
		t.Error(err)
	}
}

func TestGroupsAreLeftInPeaceAtNight(t *testing.T) {
	now := time.Now().In(shanghai)
	clock := time.Duration(now.Hour())*time.Hour + time.Duration(now.Minute())*time.Minute
	day := 24 * time.Hour
	h := openGroups(t, testkit.SQLiteStore(t), notice.Quiet{From: (clock + day - time.Hour) % day, To: (clock + time.Hour) % day})
	h.add(notice.WeCom, "/cgi-bin/webhook/send?key=k1", "")
	h.post()
	var waiting int64
	if err := db.Get(context.Background(), h.DB.Read(), &waiting, `SELECT COUNT(*) FROM river_job`); err != nil || waiting != 0 {
		t.Errorf("%d wait, %v", waiting, err)
	}
}

func TestWhoMayNameGroupsAndWhich(t *testing.T) {
	h := openGroups(t, testkit.SQLiteStore(t), notice.Quiet{})
	good := notice.NewGroup{Kind: notice.WeCom, Name: "群", URL: h.m.URL + "/x"}
	officer := access.Actor{Kind: access.Person, PersonID: 3, Grants: []access.Grant{{Role: access.Officer, UnitID: 5, Path: "/5/"}}}
	if _, err := h.groups.Add(context.Background(), officer, 5, good); !fault.Is(err, fault.KindNotFound) {
		t.Errorf("an officer: %v", err)
	}
	if _, err := h.groups.Add(context.Background(), keeper, 6, good); !fault.Is(err, fault.KindNotFound) {
		t.Errorf("a unit that is not there: %v", err)
	}
	for name, spoil := range map[string]func(*notice.NewGroup){
		"kind": func(n *notice.NewGroup) { n.Kind = "telegram" }, "name": func(n *notice.NewGroup) { n.Name = " " },
		"url": func(n *notice.NewGroup) { n.URL = "https://192.168.1.1/x" }, "scheme": func(n *notice.NewGroup) { n.URL = strings.Replace(n.URL, "https", "http", 1) },
	} {
		n := good
		spoil(&n)
		if _, err := h.groups.Add(context.Background(), keeper, 5, n); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
