package meeting

import (
	"encoding/json"
	"flag"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wozai/internal/db"
	"wozai/internal/profile"
)

// drawCommand makes any command, sensible or not, from anybody: people 1 to 8, 8 on the telephone;
// 6 and 7 share a seat.
func drawCommand(t *rapid.T, f *Floor, kinds []CommandKind) FloorCommand {
	people := []db.ID{1, 2, 3, 4, 5, 6, 7, 8}
	c := FloorCommand{
		Kind:   rapid.SampledFrom(kinds).Draw(t, "kind"),
		By:     rapid.SampledFrom(append([]db.ID{0, 1, 1, 1, 2}, people...)).Draw(t, "by"),
		Person: rapid.SampledFrom(append([]db.ID{0}, people...)).Draw(t, "person"),
		Turn:   f.LastTurn - int64(rapid.IntRange(0, 2).Draw(t, "turn")),
	}
	if r := floorRules[c.Kind]; rapid.IntRange(0, 3).Draw(t, "odd") > 0 { // mostly from somebody who may
		switch {
		case r.host:
			c.By = f.Chair
		case c.Kind == CmdTakeOver:
			c.By = 2
		case c.Kind == CmdRaise || c.Kind == CmdPass || c.Kind == CmdWithdraw:
			c.By, c.Person = rapid.SampledFrom(people).Draw(t, "myself"), 0
		case len(f.Turns) > 0 && c.Kind == CmdYield:
			c.By, c.Person, c.Turn = f.Turns[0].Person, 0, 0
		case len(f.Turns) > 0 && c.Kind == CmdEnd:
			c.Turn = f.Turns[0].ID
		}
	}
	c.Version = f.Version - int64(rapid.SampledFrom([]int{0, 0, 0, 0, 0, 0, 1, 3, -1}).Draw(t, "behind"))
	switch c.Kind {
	case CmdJoin:
		if len(f.Turns) > 0 && rapid.Bool().Draw(t, "holder") {
			c.Person = f.Turns[0].Person
		}
		c.By, c.How, c.Seat = 0, ByVideo, 100+c.Person
		switch {
		case c.Person == 8:
			c.How, c.Seat = ByPhone, 0
		case c.Person == 6 || c.Person == 7:
			c.How, c.Seat = ByShared, 500
		case rapid.IntRange(0, 5).Draw(t, "device") == 0:
			c.Seat += 100
		}
	case CmdLost:
		c.By, c.Seat = 0, rapid.SampledFrom([]db.ID{101, 102, 103, 104, 105, 201, 202, 500}).Draw(t, "seat")
	case CmdOpen, CmdOrder, CmdState:
		c.Stage = rapid.SampledFrom([]string{"queue", "round", "keynote", "open", "all", "vote", "none"}).Draw(t, "stage")
		c.People = rapid.SliceOfNDistinct(rapid.SampledFrom(people), 0, 4, rapid.ID[db.ID]).Draw(t, "order")
	case CmdHosts:
		c.People, c.Deputies = []db.ID{2}, []db.ID{2, 3}
	case CmdSkip:
		c.Person = rapid.SampledFrom([]db.ID{0, 2, 3}).Draw(t, "skipped")
	case CmdExtend, CmdPlay, CmdGive:
		c.Seconds = rapid.SampledFrom([]int{0, 60, 60, -1}).Draw(t, "seconds")
		c.Reader = rapid.SampledFrom([]db.ID{0, 0, 1, 8}).Draw(t, "reader")
		if c.Kind == CmdPlay && c.Reader == 0 {
			c.SoundMS = rapid.SampledFrom([]int64{0, 90_000}).Draw(t, "sound")
		}
	case CmdExpire, CmdGone, CmdOff:
		c.By = 0
	case CmdLobby:
		c.On = rapid.Bool().Draw(t, "on")
	case CmdRemove, CmdReadmit:
		c.Person = 5 // one is enough, the others are needed
	case CmdFinish:
		if rapid.IntRange(0, 30).Draw(t, "finish") > 0 {
			c.Kind = CmdClose
		}
	}
	if rapid.Bool().Draw(t, "reasoned") {
		c.Reason = "时间到"
	}
	return c
}

// drawKinds picks the few kinds of command that one run is made of: runs that try a little of
// everything never get deep into anything.
func drawKinds(t *rapid.T) []CommandKind {
	all := []CommandKind{}
	for k := range floorRules {
		all = append(all, k)
	}
	sortKinds(all) // a map has no order; a draw needs one to be shrunk and repeated
	some := rapid.SliceOfNDistinct(rapid.SampledFrom(all), 2, 9, rapid.ID[CommandKind]).Draw(t, "kinds")
	for kind, other := range map[CommandKind]CommandKind{CmdTake: CmdReturn, CmdLobby: CmdAdmit, CmdRemove: CmdReadmit} {
		if slices.Contains(some, other) {
			some = append(some, kind)
		}
	}
	sortKinds(some)
	return append(some, CmdRaise, CmdRaise, CmdYield, CmdYield, CmdJoin)
}

func sortKinds(k []CommandKind) {
	for i := range k {
		for j := i; j > 0 && k[j] < k[j-1]; j-- {
			k[j], k[j-1] = k[j-1], k[j]
		}
	}
}

func TestFloorProperties(t *testing.T) {
	reached := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		f := NewFloor(900, 1, []db.ID{2}, []FloorStage{stage(profile.Queue, "queue"), stage(profile.Round, "round"), stage(profile.Keynote, "keynote"),
			stage(profile.Open, "open"), stage(profile.EveryoneSpeaks, "all"), stage(profile.Vote, "vote")}, DefaultFloorSettings())
		if rapid.Bool().Draw(t, "host calls") {
			for i := range f.Stages {
				f.Stages[i].PassOn = profile.PassHost
			}
		}
		now, kinds := t0, drawKinds(t)
		people := db.ID(rapid.IntRange(2, 8).Draw(t, "people"))
		for id := db.ID(1); id <= people; id++ {
			c := FloorCommand{Kind: CmdJoin, Person: id, Seat: 100 + id, How: ByVideo}
			if id == 6 || id == 7 {
				c.Seat, c.How = 500, ByShared
			}
			if id == 8 {
				c.Seat, c.How = 0, ByPhone
			}
			f, _, _ = Apply(f, c, now)
		}
		f, _, _ = Apply(f, FloorCommand{Kind: CmdOpen, By: 1, Version: f.Version,
			Stage: rapid.SampledFrom([]string{"queue", "round", "keynote", "open", "all"}).Draw(t, "first")}, now)
		for range rapid.IntRange(20, 120).Draw(t, "length") {
			now = now.Add(time.Duration(rapid.IntRange(0, 40_000).Draw(t, "ms")) * time.Millisecond)
			// What must happen by itself does happen, as the server's timers see to it.
			for _, timer := range f.Timers() {
				if timer.At > db.At(now) {
					break
				}
				next, _, err := Apply(f, timer.Command, now)
				if err == nil {
					reached[string(timer.Command.Kind)]++
					check(t, &f, &next, timer.Command)
					f = next
				}
			}
			c := drawCommand(t, &f, kinds)
			before, _ := json.Marshal(f)
			next, events, err := Apply(f, c, now)
			if after, _ := json.Marshal(f); string(after) != string(before) {
				t.Fatalf("%+v altered the state it was given", c)
			}
			if err != nil && (next.Version != f.Version || len(events) > 0) {
				t.Fatalf("%+v was refused (%v) and changed something", c, err)
			}
			if err == nil && len(events) > 0 {
				reached[string(c.Kind)]++
			}
			check(t, &f, &next, c)
			f = next
		}
	})
	// A hundred runs do not reach every command every time; a thousand do (-rapid.checks=1000).
	checks := flag.Lookup("rapid.checks")
	if n, err := strconv.Atoi(checks.Value.String()); err != nil || n < 1000 {
		return
	}
	for k := range floorRules {
		if reached[string(k)] == 0 {
			t.Errorf("%s never did anything: the properties say nothing about it", k)
		}
	}
}

// check holds a step against everything that must always be true.
func check(t *rapid.T, before, after *Floor, c FloorCommand) {
	if after.Version < before.Version || after.Version > before.Version+1 || after.Mark > after.Version || after.Mark < before.Mark {
		t.Fatalf("%+v: version %d to %d, mark %d to %d", c, before.Version, after.Version, before.Mark, after.Mark)
	}
	if after.Version == before.Version && !reflect.DeepEqual(before, after) {
		t.Fatalf("%+v changed the state without a version", c)
	}
	if !reflect.DeepEqual(before.Turns, after.Turns) && after.Mark != after.Version {
		t.Fatalf("%+v changed who holds the floor without a mark", c)
	}
	limit := 1
	if s := after.Current(); s != nil && s.Mode == profile.Open {
		limit = s.Microphones
	}
	if len(after.Turns) > limit {
		t.Fatalf("%+v: %d holders where %d may be: %+v", c, len(after.Turns), limit, after.Turns)
	}
	mayHold := map[db.ID]bool{}
	for _, turn := range after.Turns {
		mayHold[turn.Seat] = true
		p, ok := after.Person(turn.Person)
		if !ok || turn.Kind != TurnStatement && (p.State == Left || p.State == Waiting) {
			t.Fatalf("%+v: the floor is with somebody who is not here: %+v", c, turn)
		}
		if turn.Kind == TurnSpeech && turn.Reader == 0 && turn.Seat != p.Seat {
			t.Fatalf("%+v: the microphone is at %d, the holder at %d", c, turn.Seat, p.Seat)
		}
	}
	ready := 0
	for seat, s := range after.Publishers() {
		if seat == 0 || (s.Microphone || s.Screen) && !mayHold[seat] {
			t.Fatalf("%+v: seat %d may send %+v without the floor", c, seat, s)
		}
		if s.Ready {
			ready++
		}
		waits := slices.ContainsFunc(after.People, func(p FloorPerson) bool {
			named := after.Current() != nil && contains(after.Current().Order, p.ID)
			raised := slices.ContainsFunc(after.Hands, func(h Hand) bool { return h.Person == p.ID })
			return p.Seat == seat && p.State == Here && (named || raised || after.Interrupted != nil && after.Interrupted.Seat == seat)
		})
		if s.Ready && (s.Microphone || !waits) {
			t.Fatalf("%+v: seat %d gets ready: %+v", c, seat, s)
		}
	}
	if ready > readyAhead+1 {
		t.Fatalf("%+v: %d seats get ready", c, ready)
	}
	seen := map[db.ID]bool{}
	for _, h := range after.Hands {
		if p, ok := after.Person(h.Person); !ok || seen[h.Person] || after.Holds(h.Person) || p.State == Left || p.State == Waiting {
			t.Fatalf("%+v: hands %+v", c, after.Hands)
		}
		seen[h.Person] = true
	}
	// A round: nobody begins a second time while somebody present has not been heard.
	if s := after.Current(); s != nil && s.Mode == profile.Round && before.Stage == after.Stage {
		for _, turn := range after.Turns {
			if turn.ID > before.LastTurn && turn.Kind == TurnSpeech && s.done(turn.Person) && len(after.Unheard(s.Key)) > 0 {
				t.Fatalf("%+v: %d speaks again before %v", c, turn.Person, after.Unheard(s.Key))
			}
		}
	}
	// Everyone speaks: it is closed by hearing everybody or with a reason on record.
	if s := before.Current(); s != nil && s.Mode == profile.EveryoneSpeaks && after.Stage != before.Stage {
		closed := after.stage(s.Key)
		if len(after.Unheard(s.Key)) > 0 && (closed.Override == nil || closed.Override.Reason == "") {
			t.Fatalf("%+v: closed over %v", c, after.Unheard(s.Key))
		}
	}
	// Nobody but a host ends what another seat holds.
	by, known := before.Person(c.By)
	if c.By != 0 && !before.IsHost(c.By) && known && c.Kind != CmdTakeOver {
		for _, turn := range before.Turns {
			owner, _ := before.Person(turn.Person)
			if turn.Person == c.By || owner.Seat == by.Seat && by.Seat != 0 || turn.Reader == c.By {
				continue
			}
			i := after.turnOf(turn.Person)
			if i < 0 || !reflect.DeepEqual(after.Turns[i], turn) {
				t.Fatalf("%+v by somebody who is no host changed %+v", c, turn)
			}
		}
	}
	b, err := json.Marshal(after)
	if err != nil {
		t.Fatal(err)
	}
	var back Floor
	if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(back, *after) {
		t.Fatalf("%+v: not the same after JSON (%v)", c, err)
	}
}
