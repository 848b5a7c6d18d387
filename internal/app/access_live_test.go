package app

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"wozai/internal/api"
	"wozai/internal/db"
	"wozai/internal/dispatch"
)

// Who hears what. Every topic has a case here; who is not named is told that there is none.
var topicCases = map[string]struct {
	may  []string
	what func(f *fixture) db.ID
}{
	"person":      {[]string{memberA, linkA}, func(f *fixture) db.ID { return f.person[memberA] }},
	"unit":        {[]string{admin, officerA, memberA, recordA}, func(f *fixture) db.ID { return f.a.ID }},
	"whereabouts": {[]string{officerA}, func(f *fixture) db.ID { return f.a.ID }},
	"meeting":     {[]string{officerA, memberA, recordA, linkA}, func(f *fixture) db.ID { return f.meeting }},
	"room":        {[]string{officerA, memberA, recordA, linkA}, func(f *fixture) db.ID { f.inRoom(); return f.meeting }},
	"dispatch": {[]string{officerA, memberA, recordA}, func(f *fixture) db.ID {
		id, _ := db.ParseID(f.dispatched(dispatch.First))
		return id
	}},
	"roster": {[]string{officerA, memberA, recordA, linkA}, func(f *fixture) db.ID { f.inRoom(); return f.meeting }},
}

func TestATopicIsHeardOnlyByWhoBelongs(t *testing.T) {
	f := newFixture(t)
	ctx, stop := context.WithCancel(context.Background())
	ran := make(chan error)
	go func() { ran <- f.app.Live.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ran; err != nil {
			t.Error(err)
		}
	})
	srv := httptest.NewServer(f.handler)
	t.Cleanup(srv.Close)

	listen := func(topic string, session *http.Cookie) (status int, code string) {
		ctx, hangUp := context.WithCancel(ctx)
		defer hangUp()
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+api.Prefix+"/live?topics="+topic, nil)
		if err != nil {
			t.Fatal(err)
		}
		if session != nil {
			r.AddCookie(session)
		}
		w, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Body.Close() //nolint:errcheck // read to no end
		var p struct{ Code string }
		if w.StatusCode != http.StatusOK {
			_ = json.NewDecoder(w.Body).Decode(&p) // then the code is missed
		}
		return w.StatusCode, p.Code
	}

	topics := f.app.Live.Topics()
	for topic := range topicCases {
		if !slices.Contains(topics, topic) {
			t.Errorf("there is a case for %s, but no such topic", topic)
		}
	}
	for _, topic := range topics {
		c, ok := topicCases[topic]
		if !ok {
			t.Errorf("%s has no case: say in topicCases who may hear it", topic)
			continue
		}
		t.Run(topic, func(t *testing.T) {
			id := c.what(f).String()
			for _, who := range everybody {
				status, code := listen(topic+":"+id, f.session[who])
				may := slices.Contains(c.may, who)
				switch {
				case may && status != http.StatusOK:
					t.Errorf("%s does not hear it: %d %s", who, status, code)
				case !may && who == nobody && status != http.StatusUnauthorized:
					t.Errorf("nobody gets %d %s instead of being asked to sign in", status, code)
				case !may && who != nobody && status != http.StatusNotFound && status != http.StatusForbidden:
					t.Errorf("%s hears it (%d %s) and should not", who, status, code)
				}
			}
			// What is not there is like what is not theirs.
			if status, _ := listen(topic+":999", f.session[officerB]); status != http.StatusNotFound {
				t.Errorf("a topic of nothing: %d", status)
			}
		})
	}
	if status, _ := listen("nonsense:1", f.session[admin]); status != http.StatusNotFound {
		t.Errorf("an unknown topic: %d", status)
	}
}
