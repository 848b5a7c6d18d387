package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"wozai/internal/access"
	"wozai/internal/api"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/rollcall"
	"wozai/internal/testkit/pgcluster"
)

// PostgreSQL crashes while a branch answers, stays away and comes back: who sends meanwhile is told that
// nothing was kept and that it may be sent again, and whoever sends again under the same key, or the same
// answer, is counted once. What was acknowledged before is there.
func TestTheDatabaseIsGoneForAWhile(t *testing.T) {
	ctx := context.Background()
	cluster, err := pgcluster.Start(ctx)
	if errors.Is(err, pgcluster.ErrMissing) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Stop)
	f := newFixtureOn(t, t.TempDir(), cluster.DSN+"&options=-c%20synchronous_commit%3Don")
	people := []access.Actor{f.actor(recordA)}
	for i := range 40 {
		people = append(people, access.Actor{Kind: access.Person, PersonID: f.addPerson(fmt.Sprint("何", i), f.a, "member")})
	}
	period := f.asked(false)
	path := "/rollcall-periods/" + period.String() + "/answers/" + f.person[memberA].String()
	sending := map[string]any{"kind": "value", "values": map[string]any{"n": 7}, "form_version": 1, "version": 0}
	key := func(method, path, key string, body any) (int, string) {
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(method, api.Prefix+path, bytes.NewReader(text))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", key)
		r.AddCookie(f.session[officerA])
		w := httptest.NewRecorder()
		f.handler.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	_, composition := accessCases["rollcall-create"].prepare(f)
	compose := func() (int, string) {
		return key(http.MethodPost, "/units/"+f.a.ID.String()+"/rollcalls", "one", composition)
	}

	// Half of them are answering when it crashes.
	var (
		acked [41]bool
		storm sync.WaitGroup
		first = make(chan struct{})
		once  sync.Once
	)
	answer := func(i int) error {
		_, err := f.app.Rollcall.Answer(ctx, people[i], period, people[i].PersonID, rollcall.Sending{Kind: rollcall.Value, Values: map[string]any{"n": float64(i)}, FormVersion: 1})
		return err
	}
	for i := range people {
		storm.Go(func() {
			err := answer(i)
			if acked[i] = err == nil; acked[i] {
				once.Do(func() { close(first) })
			} else if !fault.Is(err, fault.KindUnavailable) && !db.IsUnavailable(err) { // the edge makes both a 503
				t.Errorf("%d: %v", i, err)
			}
		})
	}
	<-first
	if err := cluster.Down(ctx); err != nil {
		t.Fatal(err)
	}
	storm.Wait()

	for range 3 {
		if status, code := f.call(http.MethodPost, path, sending, f.session[memberA]); status != http.StatusServiceUnavailable || code != "database_unavailable" {
			t.Errorf("an answer: %d %s", status, code)
		}
		if status, body := compose(); status != http.StatusServiceUnavailable {
			t.Errorf("a composition: %d %s", status, body)
		}
		if status, code := f.call(http.MethodGet, "/rollcall-periods/"+period.String(), nil, f.session[officerA]); status != http.StatusServiceUnavailable {
			t.Errorf("reading: %d %s", status, code)
		}
	}
	if err := cluster.Up(ctx); err != nil {
		t.Fatal(err)
	}

	for range 2 {
		if status, code := f.call(http.MethodPost, path, sending, f.session[memberA]); status != http.StatusOK {
			t.Errorf("sent again: %d %s", status, code)
		}
	}
	_, made := compose()
	if status, again := compose(); status != http.StatusOK || made != again {
		t.Errorf("composed again: %d %s, at first %s", status, again, made)
	}
	for i, p := range people {
		var n int64
		f.get(&n, `SELECT COUNT(*) FROM rollcall_answer WHERE period_id = $1 AND answerer_id = $2`, period, p.PersonID)
		if acked[i] && n == 0 {
			t.Errorf("%d was acknowledged and is gone", i)
		}
		if err := answer(i); err != nil {
			t.Errorf("%d sends again: %v", i, err)
		}
	}
	var rows struct {
		Answers  int64 `db:"answers"`
		Versions int64 `db:"versions"`
		Received int64 `db:"received"`
		Drafts   int64 `db:"drafts"`
	}
	f.get(&rows, `SELECT (SELECT COUNT(*) FROM rollcall_answer WHERE period_id = $1) AS answers, (SELECT COUNT(*) FROM rollcall_answer_version WHERE period_id = $1) AS versions,
		(SELECT CAST(SUM(received) AS BIGINT) FROM rollcall_count WHERE period_id = $1) AS received, (SELECT COUNT(*) FROM rollcall WHERE state = 'draft') AS drafts`, period)
	if rows.Answers != 42 || rows.Versions != 0 || rows.Received != 42 || rows.Drafts != 1 {
		t.Errorf("%+v, want 42 answers of one version, 42 received, one draft", rows)
	}
}
