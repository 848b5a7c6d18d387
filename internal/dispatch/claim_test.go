package dispatch_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"pgregory.net/rapid"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/dispatch"
	"wozai/internal/fault"
	"wozai/internal/testkit"
)

// attempt is what somebody tried; its outcome is Yours, Taken, "gave" or "had none". Of nobody it is a
// look at who holds a seat.
type attempt struct {
	person  db.ID
	release bool
}

// seats is the whole specification: a set of at most n holders, and who they are at first.
func seats(n int, first []db.ID) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return first },
		Step: func(state, input, output any) (bool, any) {
			held, in := state.([]db.ID), input.(attempt)
			if in.person == 0 {
				return slices.Equal(output.([]db.ID), held), held
			}
			i, has := slices.BinarySearch(held, in.person)
			switch {
			case in.release && has:
				return output == "gave", slices.Delete(slices.Clone(held), i, i+1)
			case in.release:
				return output == "had none", held
			case has:
				return output == string(dispatch.Yours), held
			case len(held) < n:
				return output == string(dispatch.Yours), slices.Insert(slices.Clone(held), i, in.person)
			}
			return output == string(dispatch.Taken), held
		},
		Equal: func(a, b any) bool { return slices.Equal(a.([]db.ID), b.([]db.ID)) },
	}
}

// The specification is tested itself: a history in which two have one seat must not pass.
func TestTheSpecificationRefusesTwoHolders(t *testing.T) {
	op := func(person db.ID, out string, call, ret int64) porcupine.Operation {
		return porcupine.Operation{ClientId: int(person), Input: attempt{person: person}, Output: out, Call: call, Return: ret}
	}
	for _, c := range []struct {
		name string
		out  [2]string
		want bool
	}{{"one", [2]string{"yours", "taken"}, true}, {"the other", [2]string{"taken", "yours"}, true}, {"both", [2]string{"yours", "yours"}, false}, {"none", [2]string{"taken", "taken"}, false}} {
		if got := porcupine.CheckOperations(seats(1, nil), []porcupine.Operation{op(1, c.out[0], 0, 10), op(2, c.out[1], 5, 15)}); got != c.want {
			t.Errorf("%s: linearisable %v", c.name, got)
		}
	}
}

// Two hundred people tap in the same second, on two nodes where there are two, some of them twice; then
// seats are given back while others try. Whatever was answered must be explained by one order of
// single steps on a set of n seats.
func TestClaimsAreLinearisable(t *testing.T) {
	const people = 200
	run := func(t *testing.T, h *house, nodes []*dispatch.Service, n int) {
		crowd := h.crowd(h.Bureau, people)
		q := dispatch.Question{Text: "谁在？", Mode: dispatch.Some, Wanted: int64(n), DueAt: db.Now().Add(time.Hour)}
		q.Audience.UnitIDs = []db.ID{h.Bureau.ID}
		id, err := h.s.Ask(h.Ctx, h.Stranger, h.Bureau.ID, q)
		h.OK(err)

		start := time.Now()
		var mu sync.Mutex
		var history []porcupine.Operation
		try := func(client int, a access.Actor, s *dispatch.Service, release bool) string {
			call := time.Since(start).Nanoseconds()
			var out string
			var err error
			if release {
				if err = s.Release(h.Ctx, a, id, ""); err == nil {
					out = "gave"
				} else if fault.Code(err) == "dispatch_not_held" {
					out, err = "had none", nil
				}
			} else {
				var o dispatch.Outcome
				o, err = s.Claim(h.Ctx, a, id, "")
				out = string(o)
			}
			ret := time.Since(start).Nanoseconds()
			if err != nil {
				t.Errorf("client %d: %v", client, err)
				return ""
			}
			mu.Lock()
			defer mu.Unlock()
			history = append(history, porcupine.Operation{ClientId: client, Input: attempt{a.PersonID, release}, Call: call, Output: out, Return: ret})
			return out
		}
		together := func(n int, f func(i int)) {
			var all sync.WaitGroup
			ready := make(chan struct{})
			for i := range n {
				all.Go(func() { <-ready; f(i) })
			}
			close(ready)
			all.Wait()
		}
		node := func(i int) *dispatch.Service { return nodes[i%len(nodes)] }
		// Nobody is under way between the rounds, so each is explained from who held a seat before it to who
		// does after it: the search stays small.
		operations, won, before := 0, 0, []db.ID(nil)
		explain := func() {
			d := h.get(h.Stranger, id)
			after := make([]db.ID, len(d.Seats))
			for i, c := range d.Seats {
				after[i] = c.Person
			}
			slices.Sort(after)
			for _, o := range history {
				if o.Output == string(dispatch.Yours) {
					won++
				}
			}
			operations += len(history)
			now := time.Since(start).Nanoseconds()
			history = append(history, porcupine.Operation{ClientId: people, Input: attempt{}, Call: now, Output: after, Return: now + 1})
			if result, _ := porcupine.CheckOperationsVerbose(seats(n, before), history, time.Minute); result != porcupine.Ok {
				t.Errorf("%d operations: %s", len(history), result)
			}
			history, before = nil, after
		}
		together(people, func(i int) {
			try(i, crowd[i], node(i), false)
			if i%3 == 0 { // tapped twice
				try(i, crowd[i], node(i+1), false)
			}
		})
		explain()
		for range 4 { // who holds gives it back, while others try
			d := h.get(h.Stranger, id)
			together(16, func(i int) {
				if i%4 == 0 && i/4 < len(d.Seats) {
					at := slices.IndexFunc(crowd, func(a access.Actor) bool { return a.PersonID == d.Seats[i/4].Person })
					try(at, crowd[at], node(i), true)
				} else {
					try(people-1-i, crowd[people-1-i], node(i), false)
				}
			})
			explain()
		}
		d := h.get(h.Stranger, id)
		if d.Held != int64(len(d.Seats)) || d.Held > int64(n) || won < n {
			t.Errorf("held %d, seats %d of %d, won %d", d.Held, len(d.Seats), n, won)
		}
		t.Logf("%d people on %d nodes, %d seats: %d operations in %v, %d won", people, len(nodes), n, operations, time.Since(start).Round(time.Millisecond), won)
	}
	for _, n := range []int{1, 7} {
		t.Run("sqlite", func(t *testing.T) {
			h := newHouse(t, testkit.SQLiteStore(t))
			run(t, h, []*dispatch.Service{h.s}, n)
		})
		t.Run("postgres", func(t *testing.T) {
			dsn := testkit.PostgresDSN(t)
			h := newHouse(t, testkit.OpenStore(t, dsn))
			run(t, h, []*dispatch.Service{h.s, newNode(t, testkit.OpenStore(t, dsn))}, n)
		})
	}
}

// Whatever people do in whatever order: as many seats as are counted, never more than are wanted, and
// nobody twice.
func TestSeatsAgreeWithTheCountAfterAnything(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	who := append([]access.Actor{h.Youth}, h.Members[:]...)
	rapid.Check(t, func(t *rapid.T) {
		q := h.question()
		q.Audience.PersonIDs = append(q.Audience.PersonIDs, h.Youth.PersonID)
		q.Mode = rapid.SampledFrom([]dispatch.Mode{dispatch.First, dispatch.Some, dispatch.All}).Draw(t, "mode")
		q.Wanted = int64(rapid.IntRange(1, 4).Draw(t, "wanted"))
		id := h.ask(q)
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			a := rapid.SampledFrom(who).Draw(t, "who")
			b := rapid.SampledFrom(who).Draw(t, "other")
			var err error
			switch rapid.SampledFrom([]string{"claim", "claim", "pass", "progress", "release", "hand", "finish", "again", "lapse"}).Draw(t, "what") {
			case "claim":
				_, err = h.s.Claim(h.Ctx, a, id, "")
			case "pass":
				err = h.s.Pass(h.Ctx, a, id)
			case "progress":
				err = h.s.Progress(h.Ctx, a, id, "x")
			case "release":
				err = h.s.Release(h.Ctx, a, id, "")
			case "hand":
				err = h.s.Hand(h.Ctx, a, id, b.PersonID)
			case "finish":
				err = h.s.Finish(h.Ctx, a, id, "x")
			case "again":
				err = h.s.Again(h.Ctx, h.Recorder, id, a.PersonID, "x")
			case "lapse":
				err = h.Jobs.Drain(h.Ctx, time.Now().Add(40*time.Minute))
			}
			if err != nil && fault.Code(err) == "" {
				t.Fatal(err)
			}
			d := h.get(h.Recorder, id)
			if d.Held != int64(len(d.Seats)) || d.Held > d.Wanted || d.Held < 0 {
				t.Fatalf("held %d of %d, seats %d", d.Held, d.Wanted, len(d.Seats))
			}
		}
		h.OK(h.s.Cancel(h.Ctx, h.Recorder, id, ""))
	})
}
