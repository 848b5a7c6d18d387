package app

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"wozai/internal/access"
	"wozai/internal/account"
	"wozai/internal/api"
	"wozai/internal/change"
	"wozai/internal/config"
	"wozai/internal/db"
	"wozai/internal/org"
)

// The people of the access cases. Branch A is where things happen, branch B is somebody else's.
const (
	nobody   = "nobody"    // not signed in
	admin    = "admin"     // keeps the installation
	officerA = "officer A" // secretary of branch A
	memberA  = "member A"
	recordA  = "recorder A"
	officerB = "officer B" // secretary of branch B
	overseer = "overseer"  // of the committee above both
	stranger = "stranger"  // signed in, belongs to nothing
	linkA    = "link A"    // member A, let into one meeting by a join link
	former   = "former"    // was deputy secretary of branch A, and answered for member A, and is neither any more
)

var everybody = []string{nobody, admin, officerA, memberA, recordA, officerB, overseer, stranger, linkA, former}

// signedIn are those with an account.
var signedIn = []string{admin, officerA, memberA, recordA, officerB, overseer, stranger, former}

// fixture is a small organisation with a session for everybody.
type fixture struct {
	t       *testing.T
	app     *App
	handler http.Handler
	person  map[string]db.ID
	session map[string]*http.Cookie
	top     org.Unit
	a, b    org.Unit
	meeting db.ID // an announced meeting of branch A, that the links lead to
}

// accessCase says how to call an operation and who may. Prepare makes fresh things to call it
// upon, for each caller anew, and gives the path (below the API's prefix) and the body.
type accessCase struct {
	may     []string
	prepare func(f *fixture) (path string, body any)
}

func at(path string, body ...any) func(*fixture) (string, any) {
	return func(*fixture) (string, any) {
		if len(body) > 0 {
			return path, body[0]
		}
		return path, nil
	}
}

// Every operation of the API has a case here or in another file of this package that adds to it.
var accessCases = map[string]accessCase{
	"setup":          {may: everybody, prepare: at("/setup", map[string]string{"organisation": "x", "profile": "party", "lang": "en", "name": "x", "login": "x", "password": "long enough for this"})},
	"session-open":   {may: everybody, prepare: at("/session", map[string]string{"login": "nobody-has-this", "password": "x"})},
	"session-close":  {may: append([]string{linkA}, signedIn...), prepare: func(f *fixture) (string, any) { f.renewSessions(); return "/session", nil }},
	"link-exchange":  {may: everybody, prepare: at("/session/link", map[string]string{"token": "unknown"})},
	"me":             {may: append([]string{linkA}, signedIn...), prepare: at("/me")},
	"me-preferences": {may: signedIn, prepare: at("/me", map[string]string{"lang": "en"})},
	"me-password":    {may: signedIn, prepare: at("/me/password", map[string]string{"old": "wrong password", "new": "another password"})},
	"me-sessions":    {may: signedIn, prepare: at("/me/sessions")},
	"me-session-end": {prepare: func(f *fixture) (string, any) { // somebody else's: nobody may
		var id db.ID
		f.get(&id, `SELECT id FROM session WHERE person_id = $1 AND kind = 'person' AND ended_at = 0 LIMIT 1`, f.person["bystander"])
		return "/me/sessions/" + id.String(), nil
	}},
	"profile":     {may: append([]string{linkA}, signedIn...), prepare: at("/profile")},
	"notice-list": {may: signedIn, prepare: at("/me/notices")},
	"notice-read": {may: signedIn, prepare: at("/me/notices/read", map[string]string{"up_to": "1"})},
	"account-issue": {may: []string{admin, officerA}, prepare: func(f *fixture) (string, any) {
		return "/people/" + f.addPerson("new", f.a, "member").String() + "/account", map[string]string{"login": "login" + rand.Text()}
	}},
}

func TestEveryOperationLetsInOnlyWhoBelongs(t *testing.T) {
	f := newFixture(t)
	ops := f.app.API.Ops()
	for id := range accessCases {
		if _, ok := ops[id]; !ok {
			t.Errorf("there is a case for %s, but no such operation", id)
		}
	}
	ids := make([]string, 0, len(ops))
	for id := range ops {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		c, ok := accessCases[id]
		if !ok {
			t.Errorf("%s has no access case: say in accessCases who may call it", id)
			continue
		}
		t.Run(id, func(t *testing.T) {
			for _, who := range everybody {
				path, body := c.prepare(f)
				status, code := f.call(ops[id].Method, path, body, f.session[who])
				refused := status == http.StatusUnauthorized && code != "wrong_login" || status == http.StatusForbidden && code != "setup_code" || status == http.StatusNotFound && code != "link_unknown"
				switch {
				case status == http.StatusInternalServerError:
					t.Errorf("%s: internal error", who)
				case slices.Contains(c.may, who) && refused:
					t.Errorf("%s is refused (%d %s) and should not be", who, status, code)
				case !slices.Contains(c.may, who) && !refused:
					t.Errorf("%s is let in (%d %s) and should not be", who, status, code)
				case who == nobody && !slices.Contains(c.may, who) && status != http.StatusUnauthorized:
					t.Errorf("nobody gets %d %s instead of being asked to sign in", status, code)
				}
			}
		})
	}
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	return newFixtureOn(t, t.TempDir(), "")
}

// newFixtureOn says where the data are, and the PostgreSQL address; "" is a file among them.
func newFixtureOn(t *testing.T, data, dsn string) *fixture {
	t.Helper()
	ctx := context.Background()
	a, err := New(ctx, config.Server{Addr: "localhost:0", Data: data, DB: dsn, WebPush: true, Groups: true}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	f := &fixture{t: t, app: a, handler: a.Handler(nil), person: map[string]db.ID{}, session: map[string]*http.Cookie{}}
	if err := a.Install.setup(ctx, SetupInput{Organisation: "Test", Profile: "party", Lang: "zh-CN", Name: "管理员", Login: "admin", Password: "correct horse battery", Timezone: "Asia/Shanghai"}); err != nil {
		t.Fatal(err)
	}
	var first db.ID
	f.get(&first, `SELECT person_id FROM account WHERE login = 'admin'`)
	f.person[admin] = first
	f.do(func(ctx context.Context, tx *change.Tx) error {
		if f.top, err = a.Org.AddUnit(ctx, tx, org.NewUnit{Tree: "party", Kind: "authority_committee", Name: "机关党委"}); err != nil {
			return err
		}
		if f.a, err = a.Org.AddUnit(ctx, tx, org.NewUnit{ParentID: f.top.ID, Kind: "branch", Name: "甲支部"}); err != nil {
			return err
		}
		f.b, err = a.Org.AddUnit(ctx, tx, org.NewUnit{ParentID: f.top.ID, Kind: "branch", Name: "乙支部"})
		return err
	})
	for who, p := range map[string]struct {
		unit     org.Unit
		position string
	}{officerA: {f.a, "secretary"}, memberA: {f.a, "member"}, recordA: {f.a, "recorder"}, officerB: {f.b, "secretary"}, overseer: {f.top, "committee_member"}, stranger: {}, former: {f.a, "deputy_secretary"}, "bystander": {f.a, "member"}} {
		f.person[who] = f.addPerson(who, p.unit, p.position)
		f.do(func(ctx context.Context, tx *change.Tx) error {
			_, err := account.Add(ctx, tx, account.NewAccount{PersonID: f.person[who], Login: strings.ReplaceAll(who, " ", "-")})
			return err
		})
	}
	f.retire()
	f.meeting = f.arrange()
	f.renewSessions()
	return f
}

// retire ends what the former deputy was: helper of member A, and deputy.
func (f *fixture) retire() {
	f.t.Helper()
	ctx := context.Background()
	_, err := f.app.Rollcall.AddHelper(ctx, f.as(memberA), f.person[memberA], f.person[former])
	if err == nil {
		err = f.app.Rollcall.EndHelper(ctx, f.as(memberA), f.person[memberA], f.person[former])
	}
	var m org.Membership
	if err == nil {
		f.get(&m, `SELECT id, version FROM membership WHERE person_id = $1`, f.person[former])
		err = f.app.Org.EndMembership(ctx, access.SystemActor("test"), m.ID, m.Version)
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

// renewSessions signs everybody in afresh.
func (f *fixture) renewSessions() {
	f.t.Helper()
	ctx := context.Background()
	for _, who := range append([]string{"bystander"}, signedIn...) {
		token, err := f.app.Account.OpenFor(ctx, f.person[who])
		if err != nil {
			f.t.Fatal(err)
		}
		f.session[who] = account.Cookie(token, false, 0)
	}
	var token string
	f.do(func(ctx context.Context, tx *change.Tx) (err error) {
		token, err = account.IssueLink(ctx, tx, f.meeting, f.person[memberA], tx.Now().Add(1e9*3600))
		return err
	})
	session, _, err := f.app.Account.Exchange(ctx, access.Actor{}, token, "test")
	if err != nil {
		f.t.Fatal(err)
	}
	f.session[linkA] = account.Cookie(session, false, 0)
}

func (f *fixture) do(fn func(ctx context.Context, tx *change.Tx) error) {
	f.t.Helper()
	if err := f.app.Change.Do(context.Background(), access.SystemActor("test"), fn); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) get(dst any, query string, args ...any) {
	f.t.Helper()
	if err := db.Get(context.Background(), f.app.DB.Read(), dst, query, args...); err != nil {
		f.t.Fatal(err)
	}
}

// addPerson makes somebody, in a unit when it is given.
func (f *fixture) addPerson(name string, u org.Unit, position string) (id db.ID) {
	f.t.Helper()
	f.do(func(ctx context.Context, tx *change.Tx) error {
		p, err := f.app.Org.AddPerson(ctx, tx, org.NewPerson{Name: name, Category: "serving"})
		id = p.ID
		if err != nil || u.ID == 0 {
			return err
		}
		_, err = f.app.Org.AddMembership(ctx, tx, org.NewMembership{PersonID: p.ID, UnitID: u.ID, Position: position, Standing: "full"})
		return err
	})
	return id
}

// call sends a request and gives the status and the problem's code.
func (f *fixture) call(method, path string, body any, session *http.Cookie) (int, string) {
	f.t.Helper()
	if body != nil {
		body = plainJSON(f.t, body)
	}
	w := f.send(method, path, body, session)
	var p struct{ Code string }
	_ = json.Unmarshal(w.Body.Bytes(), &p) // not every answer is a problem
	return w.Code, p.Code
}

// The whole way that a browser goes: sign in, be known by the cookie, sign out.
func TestTheCookieOfASignInIsTheSession(t *testing.T) {
	f := newFixture(t)
	in := strings.NewReader(`{"login":"admin","password":"correct horse battery"}`)
	r := httptest.NewRequest(http.MethodPost, api.Prefix+"/session", in)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Mozilla/5.0 (iPhone) Safari/605")
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	cookies := w.Result().Cookies()
	if w.Code != http.StatusOK || len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteLaxMode {
		t.Fatalf("status %d, cookies %v", w.Code, cookies)
	}
	if status, _ := f.call(http.MethodGet, "/me", nil, cookies[0]); status != http.StatusOK {
		t.Errorf("the cookie is not known: %d", status)
	}
	var device string
	f.get(&device, `SELECT device FROM session WHERE device <> '' ORDER BY id DESC LIMIT 1`)
	if device != "Safari, iPhone" {
		t.Errorf("device %q", device)
	}
	out := f.send(http.MethodDelete, "/session", nil, cookies[0])
	if out.Code != http.StatusNoContent || out.Header().Get("Clear-Site-Data") != `"cache"` {
		t.Errorf("sign-out: %d %v", out.Code, out.Header())
	}
	if status, _ := f.call(http.MethodGet, "/me", nil, cookies[0]); status != http.StatusUnauthorized {
		t.Errorf("still known after signing out: %d", status)
	}
}
