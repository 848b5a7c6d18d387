package app

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"testing"

	"wozai/internal/access"
	"wozai/internal/account"
	"wozai/internal/api"
)

// Whoever issued a password knows it: until it is changed it opens nothing but its change.
func TestAnIssuedPasswordOpensNothingButItsChange(t *testing.T) {
	f := newFixture(t)
	ctx := context.Background()
	officer := f.actor(officerA)
	_, issued, err := f.app.Account.Issue(ctx, officer, f.person["bystander"], "")
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := f.app.Account.SignIn(ctx, "bystander", issued, "192.0.2.1", "test")
	if err != nil {
		t.Fatal(err)
	}
	session := account.Cookie(token, false, 0)

	open := []string{"me", "me-password", "session-close"}
	ops := f.app.API.Ops()
	for _, id := range slices.Sorted(maps.Keys(ops)) {
		op := ops[id]
		if op.Access == api.Anyone || slices.Contains(open, id) {
			continue
		}
		t.Run(id, func(t *testing.T) {
			path, body := accessCases[id].prepare(f)
			if status, code := f.call(op.Method, path, body, session); status != http.StatusForbidden || code != "password_first" {
				t.Errorf("%d %s", status, code)
			}
		})
	}
	for _, path := range []string{"/live?topics=person:me", "/meetings/" + f.meeting.String() + "/room/statements/1/audio"} {
		if status, code := f.call(http.MethodGet, path, nil, session); status != http.StatusForbidden || code != "password_first" {
			t.Errorf("%s: %d %s", path, status, code)
		}
	}
	if who, err := f.app.who(get("/sfu/", session)); err != nil || who.Kind != access.Nobody {
		t.Errorf("the media know them as %q, %v", who.Kind, err)
	}

	// Coming by a link is no way round: the person keeps the session that they have.
	if status, _ := f.call(http.MethodGet, "/me", nil, session); status != http.StatusOK {
		t.Errorf("one's own session: %d", status)
	}
	if status, code := f.call(http.MethodGet, "/me/notices", nil, f.session[linkA]); status != http.StatusForbidden || code != "sign_in_for_this" {
		t.Errorf("who came by a link is asked for a password: %d %s", status, code)
	}
	if status, _ := f.call(http.MethodGet, "/meetings/"+f.meeting.String()+"/room", nil, f.session[linkA]); status != http.StatusOK {
		t.Errorf("by the link into the meeting: %d", status)
	}
	if status, code := f.call(http.MethodPut, "/me/password", map[string]string{"old": issued, "new": "a password of my own"}, session); status != http.StatusNoContent {
		t.Fatalf("changing it: %d %s", status, code)
	}
	if status, code := f.call(http.MethodGet, "/me/notices", nil, session); status != http.StatusOK {
		t.Errorf("after the change: %d %s", status, code)
	}
	if status, _ := f.call(http.MethodDelete, "/session", nil, session); status != http.StatusNoContent {
		t.Errorf("signing out: %d", status)
	}
}

func get(path string, session *http.Cookie) *http.Request {
	r, _ := http.NewRequest(http.MethodGet, path, nil) //nolint:errcheck // a constant path
	r.AddCookie(session)
	return r
}
