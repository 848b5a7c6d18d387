package app

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"wozai/internal/api"
)

// What a browser would not send to a roll call is refused with the place that is wrong, and changes
// nothing.
func TestHostileAnswers(t *testing.T) {
	f := newFixture(t)
	period := f.asked(false)
	path := "/rollcall-periods/" + period.String() + "/answers/" + f.person[memberA].String()
	send := func(body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, api.Prefix+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.AddCookie(f.session[memberA])
		w := httptest.NewRecorder()
		f.handler.ServeHTTP(w, r)
		return w
	}
	with := func(values string) string {
		return `{"kind":"value","form_version":1,"version":0,"values":` + values + `}`
	}
	for name, c := range map[string]struct {
		body   string
		status int
		place  string
	}{
		"ten megabytes of text":   {with(`{"n":"` + strings.Repeat("长", 10<<20/3) + `"}`), http.StatusRequestEntityTooLarge, ""},
		"ten megabytes of fields": {with(`{` + strings.Repeat(`"a":1,`, 10<<20/6) + `"n":1}`), http.StatusRequestEntityTooLarge, ""},
		"not a number":            {with(`{"n":NaN}`), http.StatusBadRequest, ""},
		"infinite":                {with(`{"n":1e999}`), http.StatusBadRequest, ""},
		"too large a number":      {with(`{"n":1e300}`), http.StatusUnprocessableEntity, "values.n"},
		"text for a number":       {with(`{"n":"=1+1"}`), http.StatusUnprocessableEntity, "values.n"},
		"a list for a number":     {with(`{"n":[[[[1]]]]}`), http.StatusUnprocessableEntity, "values.n"},
		"a field of no form":      {with(`{"n":1,"salary":5}`), http.StatusUnprocessableEntity, "values.salary"},
		"nothing":                 {with(`{}`), http.StatusUnprocessableEntity, "values"},
		"blank":                   {with(`{"n":null}`), http.StatusUnprocessableEntity, "values"},
		"a part of no message":    {`{"kind":"value","form_version":1,"version":0,"values":{"n":1},"by_id":"7"}`, http.StatusUnprocessableEntity, "by_id"},
		"a kind of its own":       {`{"kind":"given","form_version":1,"version":0,"values":{"n":1}}`, http.StatusUnprocessableEntity, "kind"},
		"a form of tomorrow":      {`{"kind":"value","form_version":2,"version":0,"values":{"n":1}}`, http.StatusUnprocessableEntity, "form_version"},
		"nil that says something": {`{"kind":"nil","form_version":1,"version":0,"values":{"n":1}}`, http.StatusUnprocessableEntity, "values"},
		"no reason":               {`{"kind":"na","form_version":1,"version":0,"reason":" "}`, http.StatusUnprocessableEntity, "reason"},
		"not JSON":                {`<xml/>`, http.StatusBadRequest, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := send(c.body)
			if w.Code != c.status || !strings.Contains(w.Body.String(), `"`+c.place) {
				t.Errorf("%d %.400s, want %d at %q", w.Code, w.Body, c.status, c.place)
			}
			if strings.Contains(w.Body.String(), "长长") || w.Body.Len() > 4096 {
				t.Errorf("the answer says it back: %d bytes", w.Body.Len())
			}
		})
	}
	var n int64
	f.get(&n, `SELECT (SELECT COUNT(*) FROM rollcall_answer) + (SELECT COUNT(*) FROM rollcall_draft) + (SELECT CAST(SUM(received) AS BIGINT) FROM rollcall_count)`)
	if n != 0 {
		t.Errorf("%d rows or counts are there", n)
	}
	if w := send(with(`{"n":1}`)); w.Code != http.StatusOK {
		t.Errorf("a good one: %d %s", w.Code, w.Body)
	}
}
