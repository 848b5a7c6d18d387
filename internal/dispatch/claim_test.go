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

// The things that may be tried.
const (
	tries   = "claim"
	gives   = "release"
	hands   = "hand"
	says    = "progress"
	lapses  = "lapse" // the lease of who holds a seat ends
	looksAt = "look"  // at who holds a seat; what is held is its output
)

// attempt is what somebody tried. Its output is Yours, Taken, "did", "had none", or "not to them".
type attempt struct {
	kind       string
	person, to db.ID
}

// table is who has a seat, and who gave theirs back last of all (said again, that is no error).
type table struct{ held, gave []db.ID }

func with(list []db.ID, p db.ID) []db.ID {
	i, has := slices.BinarySearch(list, p)
	if has {
		return list
	}
	return slices.Insert(slices.Clone(list), i, p)
}

func without(list []db.ID, p db.ID) []db.ID {
	return slices.DeleteFunc(slices.Clone(list), func(x db.ID) bool { return x == p })
}

// seats is the whole specification: a set of at most n holders, and who they are at first.
func seats(n int, first table) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return first },
		Step: func(state, input, output any) (bool, any) {
			t, in := state.(table), input.(attempt)
			_, has := slices.BinarySearch(t.held, in.person)
			_, gave := slices.BinarySearch(t.gave, in.person)
			_, toHas := slices.BinarySearch(t.held, in.to)
			switch {
			case in.kind == looksAt:
				return slices.Equal(output.([]db.ID), t.held), t
			case in.kind == tries && has:
				return output == string(dispatch.Yours), t
			case in.kind == tries && len(t.held) < n:
				return output == string(dispatch.Yours), table{with(t.held, in.person), without(t.gave, in.person)}
			case in.kind == tries:
				return output == string(dispatch.Taken), t
			case in.kind == gives && !has && gave:
				return output == "did", t
			case !has:
				return output == "had none", t
			case in.kind == hands && toHas:
				return output == "not to them", t
			case in.kind == hands:
				return output == "did", table{with(without(t.held, in.person), in.to), without(t.gave, in.to)}
			case in.kind == gives:
				return output == "did", table{without(t.held, in.person), with(t.gave, in.person)}
			case in.kind == lapses:
				return output == "did", table{without(t.held, in.person), t.gave}
			}
			return output == "did", t // a word of progress
		},
		Equal: func(a, b any) bool {
			return slices.Equal(a.(table).held, b.(table).held) && slices.Equal(a.(table).gave, b.(table).gave)
		},
	}
}

// The specification is tested itself: a history in which two have one seat must not pass.
func TestTheSpecificationRefusesTwoHolders(t *testing.T) {
	op := func(person db.ID, out string, call, ret int64) porcupine.Operation {
		return porcupine.Operation{ClientId: int(person), Input: attempt{kind: tries, person: person}, Output: out, Call: call, Return: ret}
	}
	for _, c := range []struct {
		name string
		out  [2]string
		want bool
	}{{"one", [2]string{"yours", "taken"}, true}, {"the other", [2]string{"taken", "yours"}, true}, {"both", [2]string{"yours", "yours"}, false}, {"none", [2]string{"taken", "taken"}, false}} {
		if got := porcupine.CheckOperations(seats(1, table{}), []porcupine.Operation{op(1, c.out[0], 0, 10), op(2, c.out[1], 5, 15)}); got != c.want {
			t.Errorf("%s: linearisable %v", c.name, got)
		}
	}
	// Nor one that is taken before it came free, handed on while it lapsed, or kept by who handed it on.
	then := func(in attempt, out string, call int64) porcupine.Operation {
		return porcupine.Operation{ClientId: int(in.person), Input: in, Output: out, Call: call, Return: call + 5}
	}
	for name, c := range map[string]struct {
		ops  []porcupine.Operation
		want bool
	}{
		"after it lapsed":       {[]porcupine.Operation{then(attempt{lapses, 1, 0}, "did", 0), then(attempt{tries, 2, 0}, "yours", 10)}, true},
		"before it lapsed":      {[]porcupine.Operation{then(attempt{tries, 2, 0}, "yours", 0), then(attempt{lapses, 1, 0}, "did", 10)}, false},
		"given back and taken":  {[]porcupine.Operation{then(attempt{gives, 1, 0}, "did", 0), then(attempt{tries, 2, 0}, "taken", 10)}, false},
		"handed on":             {[]porcupine.Operation{then(attempt{hands, 1, 2}, "did", 0), then(attempt{tries, 3, 0}, "taken", 10), then(attempt{gives, 2, 0}, "did", 20)}, true},
		"handed on and kept":    {[]porcupine.Operation{then(attempt{hands, 1, 2}, "did", 0), then(attempt{says, 1, 0}, "did", 10)}, false},
		"lapsed and handed on":  {[]porcupine.Operation{then(attempt{lapses, 1, 0}, "did", 0), then(attempt{hands, 1, 2}, "did", 10)}, false},
		"given back once again": {[]porcupine.Operation{then(attempt{gives, 1, 0}, "did", 0), then(attempt{gives, 1, 0}, "did", 10)}, true},
	} {
		if got := porcupine.CheckOperations(seats(1, table{held: []db.ID{1}}), c.ops); got != c.want {
			t.Errorf("%s: linearisable %v", name, got)
		}
	}
}

// Two hundred people tap in the same second, on two nodes where there are two, some of them twice; then
// seats are given back, handed on and kept by a word while others try and leases end under them. Whatever
// was answered must be explained by one order of single steps on a set of n seats.
func TestClaimsAreLinearisable(t *testing.T) {
	const people = 200
	run := func(t *testing.T, h *house, nodes []*dispatch.Service, n int) {
		crowd := h.crowd(h.Bureau, people)
		q := dispatch.Question{Text: "谁在？", Mode: dispatch.Some, Wanted: int64(n), DueAt: db.Now().Add(time.Hour)}
		q.Audience.UnitIDs = []db.ID{h.Bureau.ID}
		id, err := h.s.Ask(h.Ctx, h.Stranger, h.Bureau.ID, q)
		h.OK(err)

		start := time.Now()
		since := func() int64 { return time.Since(start).Nanoseconds() }
		var mu sync.Mutex
		var history []porcupine.Operation
		try := func(client int, a access.Actor, s *dispatch.Service, in attempt) {
			in.person = a.PersonID
			call := since()
			out, err := "did", error(nil)
			switch in.kind {
			case tries:
				var o dispatch.Outcome
				o, err = s.Claim(h.Ctx, a, id, "")
				out = string(o)
			case gives:
				err = s.Release(h.Ctx, a, id, "")
			case hands:
				err = s.Hand(h.Ctx, a, id, in.to)
			case says:
				err = s.Progress(h.Ctx, a, id, "马上")
			}
			ret := since()
			switch fault.Code(err) {
			case "dispatch_not_held":
				out, err = "had none", nil
			case "invalid":
				out, err = "not to them", nil
			}
			if err != nil {
				t.Errorf("client %d, %s: %v", client, in.kind, err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			history = append(history, porcupine.Operation{ClientId: client, Input: in, Call: call, Output: out, Return: ret})
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
		// lapse lets leases end, of those who take a seat meanwhile too. One works them one after the other, so
		// each is over when the next begins.
		lapsed := map[db.ID]bool{}
		lapse := func() {
			if err := h.Jobs.Drain(h.Ctx, time.Now().Add(31*time.Minute)); err != nil {
				t.Error(err)
			}
			end := since()
			var rows []struct {
				ID     db.ID   `db:"id"`
				Person db.ID   `db:"person_id"`
				At     db.Time `db:"ended_at"`
			}
			if err := db.Select(h.Ctx, h.DB.Read(), &rows, `SELECT id, person_id, ended_at FROM dispatch_claim WHERE dispatch_id = $1 AND state = 'lapsed' ORDER BY ended_at DESC`, id); err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, r := range rows {
				if lapsed[r.ID] {
					continue
				}
				lapsed[r.ID] = true
				at := r.At.Std().Sub(start).Nanoseconds()
				history = append(history, porcupine.Operation{ClientId: people + 1, Input: attempt{kind: lapses, person: r.Person}, Call: at, Output: "did", Return: max(end, at)})
				end = at + int64(time.Microsecond)
			}
		}
		// Nobody is under way between the rounds, so each is explained from how it was before to how it is after
		// it: the search stays small.
		done, before := map[string]int{}, table{}
		explain := func() {
			d := h.get(h.Stranger, id)
			var after table
			for _, c := range d.Seats {
				after.held = with(after.held, c.Person)
			}
			h.OK(db.Select(h.Ctx, h.DB.Read(), &after.gave, `SELECT c.person_id FROM dispatch_claim c WHERE c.dispatch_id = $1 AND c.state = 'released'
				AND NOT EXISTS (SELECT 1 FROM dispatch_claim x WHERE x.dispatch_id = c.dispatch_id AND x.person_id = c.person_id AND x.id > c.id) ORDER BY c.person_id`, id))
			for _, o := range history {
				done[o.Input.(attempt).kind+" "+o.Output.(string)]++
			}
			now := since()
			history = append(history, porcupine.Operation{ClientId: people, Input: attempt{kind: looksAt}, Call: now, Output: after.held, Return: now + 1})
			if result, _ := porcupine.CheckOperationsVerbose(seats(n, before), history, time.Minute); result != porcupine.Ok {
				t.Errorf("%d operations: %s", len(history), result)
			}
			if d.Held != int64(len(d.Seats)) || d.Held > int64(n) {
				t.Errorf("held %d, seats %d of %d", d.Held, len(d.Seats), n)
			}
			history, before = nil, after
		}
		together(people, func(i int) {
			try(i, crowd[i], node(i), attempt{kind: tries})
			if i%3 == 0 { // tapped twice
				try(i, crowd[i], node(i+1), attempt{kind: tries})
			}
		})
		explain()
		for round := range 6 {
			holders := before.held
			together(17, func(i int) {
				switch {
				case i == 16:
					if round%2 == 1 {
						lapse()
					}
				case i%2 == 0 && i/2 < len(holders):
					at := slices.IndexFunc(crowd, func(a access.Actor) bool { return a.PersonID == holders[i/2] })
					try(at, crowd[at], node(i), attempt{kind: [...]string{gives, hands, says, hands}[(i/2+round)%4], to: crowd[(at+7*i+round)%people].PersonID})
					try(at, crowd[at], node(i+1), attempt{kind: gives})
				default:
					at := people - 1 - i - 16*round
					try(at, crowd[at], node(i), attempt{kind: tries})
					try(at, crowd[at], node(i), attempt{kind: tries})
				}
			})
			explain()
		}
		for _, want := range []string{"claim yours", "claim taken", "release did", "hand did", "lapse did"} {
			if done[want] == 0 && n > 1 { // of one seat it may always be the lease that ends first
				t.Errorf("there was no %q in all of it: %v", want, done)
			}
		}
		t.Logf("%d people on %d nodes, %d seats in %v: %v", people, len(nodes), n, time.Since(start).Round(time.Millisecond), done)
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
