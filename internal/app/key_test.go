package app

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"wozai/internal/api"
)

// A request sent again under its key is done once; another one under it is told so, whichever
// meeting it is about, and a key that would not be kept is not accepted.
func TestAnIdempotencyKeyIsGoodForOneRequest(t *testing.T) {
	f := newFixture(t)
	path := "/meetings/" + f.meeting.String() + "/tasks"
	post := func(key, body string) (status int, id, code string) {
		r := httptest.NewRequest(http.MethodPost, api.Prefix+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", key)
		r.AddCookie(f.session[officerA])
		w := httptest.NewRecorder()
		f.app.API.Mux.ServeHTTP(w, r)
		var out struct{ ID, Code string }
		_ = json.Unmarshal(w.Body.Bytes(), &out) // checked by what is in it
		return w.Code, out.ID, out.Code
	}
	_, first, _ := post("k1", `{"name":"学习文件"}`)
	if first == "" {
		t.Fatal("no task was made")
	}
	if status, id, code := post("k1", `{"name":"学习文件"}`); id != first {
		t.Errorf("the same again: %d %q %s", status, id, code)
	}
	if status, _, code := post("k1", `{"name":"征求意见"}`); status != http.StatusUnprocessableEntity || code != "key_reused" {
		t.Errorf("something else: %d %s", status, code)
	}
	if status, id, code := post(strings.Repeat("k", 129), `{"name":"征求意见"}`); status != http.StatusUnprocessableEntity || id != "" {
		t.Errorf("a key without end: %d %q %s", status, id, code)
	}
}
