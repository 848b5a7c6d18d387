package story

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/tidwall/gjson"
)

func init() { commands["crowd"], commands["storm"], commands["counted"] = crowd, storm, counted }

// said is what a server acknowledged of a storm: by answerer, the number that stood at last, and its version.
type said struct {
	mu      sync.Mutex
	people  []string
	number  map[string]float64
	version map[string]int64
}

var storms sync.Map // *world → *said

func (w *world) send(as, method, path, body string) (status int, answer []byte, err error) {
	r, err := http.NewRequest(method, w.url+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	a, err := w.client(as).Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer a.Body.Close() //nolint:errcheck // read to its end
	answer, err = io.ReadAll(a.Body)
	if err == nil && len(answer) > 0 && !json.Valid(answer) {
		err = io.ErrUnexpectedEOF
	}
	return a.StatusCode, answer, err
}

// crowd COUNT ADMIN OFFICER UNIT HELPER_ID makes people in a unit, whom the helper answers for.
func crowd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 5 {
		ts.Fatalf("usage: crowd COUNT ADMIN OFFICER UNIT HELPER_ID")
	}
	w := running(ts, false, nil, "crowd")
	count, err := strconv.Atoi(args[0])
	ts.Check(err)
	s := &said{number: map[string]float64{}, version: map[string]int64{}}
	for i := range count {
		status, answer, err := w.send(args[1], http.MethodPost, "/api/v1/units/"+args[3]+"/people", fmt.Sprintf(`{"name":"何 %d","category":"retired","position":"member","standing":"full"}`, i))
		ts.Check(err)
		id := gjson.GetBytes(answer, "id").String()
		if status != http.StatusOK {
			ts.Fatalf("crowd: %d %s", status, answer)
		}
		if status, answer, err = w.send(args[2], http.MethodPost, "/api/v1/people/"+id+"/helpers", `{"helper_id":"`+args[4]+`"}`); err != nil || status != http.StatusOK {
			ts.Fatalf("crowd: %d %s %v", status, answer, err)
		}
		s.people = append(s.people, id)
	}
	storms.Store(w, s)
}

// storm AS PERIOD COUNT has AS answer for the crowd, and correct what was answered, many at once, until
// COUNT answers were acknowledged; then the server is killed with -9 in the midst of the next ones.
func storm(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: storm AS PERIOD COUNT")
	}
	w := running(ts, false, nil, "storm")
	count, err := strconv.Atoi(args[2])
	ts.Check(err)
	v, ok := storms.Load(w)
	if !ok {
		ts.Fatalf("storm: there is no crowd")
	}
	s := v.(*said)
	client := w.client(args[0])
	client.Transport = &http.Transport{MaxIdleConnsPerHost: 16}
	var (
		wait   sync.WaitGroup
		acked  int
		failed string
	)
	enough, once := make(chan struct{}), sync.Once{}
	for writer := range 16 {
		wait.Go(func() {
			for i := writer; ; i += 16 { // nobody is answered for by two at once
				id := s.people[i%(len(s.people)/16*16)]
				n := float64(rand.IntN(1000))
				s.mu.Lock()
				version := s.version[id]
				s.mu.Unlock()
				status, answer, err := w.send(args[0], http.MethodPost, "/api/v1/rollcall-periods/"+args[1]+"/answers/"+id, fmt.Sprintf(`{"kind":"value","values":{"n":%v},"form_version":1,"version":%d}`, n, version))
				if err != nil {
					return // killed: nothing was acknowledged
				}
				s.mu.Lock()
				switch status {
				case http.StatusOK:
					s.number[id], s.version[id] = n, gjson.GetBytes(answer, "version").Int()
					acked++
				case http.StatusPreconditionFailed: // it came through before the last kill, unacknowledged
					s.version[id]++
				default:
					failed = fmt.Sprintf("%d %s", status, bytes.TrimSpace(answer))
				}
				done := acked >= count || failed != ""
				s.mu.Unlock()
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
		ts.Fatalf("storm: too few answers in a minute\n%s", w.tail())
	}
	w.kill(ts)
	wait.Wait()
	client.Transport = nil
	if failed != "" {
		ts.Fatalf("storm: an answer was refused: %s", failed)
	}
	ts.Logf("%d answers were acknowledged before the kill", acked)
}

// counted AS PERIOD UNIT wants every answer that was acknowledged to be there, as it was or as a later
// version that came through unacknowledged, and the counts and sums to be what the answers themselves make.
func counted(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: counted AS PERIOD UNIT")
	}
	w := running(ts, false, nil, "counted")
	v, ok := storms.Load(w)
	if !ok || len(v.(*said).number) == 0 {
		ts.Fatalf("counted: nothing was answered before")
	}
	s := v.(*said)
	path := "/api/v1/rollcall-periods/" + args[1]
	get := func(path string) []byte {
		status, answer, err := w.send(args[0], http.MethodGet, path, "")
		ts.Check(err)
		if status != http.StatusOK {
			ts.Fatalf("counted: %s: %d %s", path, status, answer)
		}
		return answer
	}
	var received int64
	var sum float64
	for after := ""; ; {
		page := gjson.GetBytes(get(path+"/units/"+args[2]+"/who?list=received&limit=500&after="+after), "items").Array()
		for _, x := range page {
			after = x.Get("answerer_id").String()
			received++
			a := get(path + "/answers/" + after)
			n, version := gjson.GetBytes(a, "values.n").Float(), gjson.GetBytes(a, "version").Int()
			sum += n
			if acked, ok := s.version[after]; ok && s.number[after] != n && version <= acked {
				ts.Fatalf("counted: %v was acknowledged as version %d, and version %d says %v", s.number[after], acked, version, n)
			}
			s.number[after], s.version[after] = n, version
		}
		if len(page) < 500 {
			break
		}
	}
	for id := range s.number {
		if s.version[id] == 0 {
			ts.Fatalf("counted: the answer of %s was acknowledged and is gone", id)
		}
	}
	if int(received) < len(s.number) {
		ts.Fatalf("counted: %d answers are there, and %d were acknowledged", received, len(s.number))
	}
	rollup := get(path + "/units/" + args[2])
	figures := get(path + "/units/" + args[2] + "/figures")
	if got := gjson.GetBytes(rollup, "total.received").Int(); got != received || gjson.GetBytes(rollup, "total.missing").Int() != gjson.GetBytes(rollup, "total.expected").Int()-received {
		ts.Fatalf("counted: the counter says %d, a recount %d: %s", got, received, rollup)
	}
	if got := gjson.GetBytes(figures, "items.0.sum").Float(); got != sum {
		ts.Fatalf("counted: the sum says %v, a recount %v", got, sum)
	}
	ts.Logf("%d answers, %v together", received, sum)
}
