package story

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/tidwall/gjson"
)

func init() { commands["crash"], commands["intact"] = crash, intact }

// written is what a server acknowledged before it was killed.
type written struct{ ids []string }

var crashes sync.Map // *world → written

// crash PERSON COUNT PATH BODY has eight writers post BODY ({{n}} counts up) until COUNT writes
// were acknowledged, and then kills the server with -9 in the midst of the next ones. The ids
// that were acknowledged are remembered for intact.
func crash(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: crash PERSON COUNT PATH BODY")
	}
	w := running(ts, false, nil, "crash")
	count, err := strconv.Atoi(args[1])
	ts.Check(err)
	client := w.client(args[0])
	client.Transport = &http.Transport{MaxIdleConnsPerHost: 16}
	var (
		mu     sync.Mutex
		ids    []string
		failed string
		wait   sync.WaitGroup
	)
	enough, once := make(chan struct{}), sync.Once{}
	for writer := range 8 {
		wait.Go(func() {
			for i := 0; ; i++ {
				body := strings.ReplaceAll(args[3], "{{n}}", fmt.Sprintf("%d-%d", writer, i))
				r, err := client.Post(w.url+args[2], "application/json", strings.NewReader(body))
				if err != nil {
					return // the server has been killed: nothing was acknowledged
				}
				answer, err := io.ReadAll(r.Body)
				_ = r.Body.Close()
				if err != nil || !json.Valid(answer) {
					return // killed while it answered
				}
				mu.Lock()
				if r.StatusCode/100 == 2 {
					ids = append(ids, gjson.GetBytes(answer, "id").String())
				} else {
					failed = fmt.Sprintf("%d %s", r.StatusCode, bytes.TrimSpace(answer))
				}
				done := len(ids) >= count || failed != ""
				mu.Unlock()
				if done {
					once.Do(func() { close(enough) })
				}
				if failed != "" {
					return
				}
			}
		})
	}
	select {
	case <-enough:
	case <-time.After(time.Minute):
		ts.Fatalf("crash: only %d writes in a minute\n%s", len(ids), w.tail())
	}
	w.kill(ts)
	wait.Wait()
	client.Transport = nil
	if failed != "" {
		ts.Fatalf("crash: a write was refused: %s", failed)
	}
	ts.Logf("%d writes were acknowledged before the kill", len(ids))
	crashes.Store(w, written{ids})
}

// intact PERSON PATH wants PATH/ID to answer 200 for every id that crash remembered.
func intact(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: intact PERSON PATH")
	}
	w := running(ts, false, nil, "intact")
	v, ok := crashes.Load(w)
	if !ok || len(v.(written).ids) == 0 {
		ts.Fatalf("intact: nothing was written before")
	}
	for _, id := range v.(written).ids {
		r, err := w.client(args[0]).Get(w.url + args[1] + "/" + id)
		ts.Check(err)
		_, _ = io.Copy(io.Discard, r.Body) // the status is what counts
		_ = r.Body.Close()
		if r.StatusCode != http.StatusOK {
			ts.Fatalf("intact: %s was acknowledged and answers %d now", id, r.StatusCode)
		}
	}
}
