package meeting

import (
	"cmp"
	"slices"

	"wozai/internal/db"
)

// Sources is what a seat may send.
type Sources struct {
	Microphone bool `json:"microphone"`
	// Ready lets the microphone be announced ahead of its turn, muted: with the floor it is only opened.
	Ready  bool `json:"ready"`
	Camera bool `json:"camera"`
	Screen bool `json:"screen"`
}

// readyAhead is how many of those who wait get their microphones ready. Each listener has a track
// set up for each of them, once a turn either way; hosts call the third in line now and then, hardly
// ever the fourth, who is heard a moment later.
const readyAhead = 3

// Publishers says who may send what, by seat. Whoever is not in it sends nothing. Microphone and
// screen follow the floor; whoever comes next, or was interrupted, gets the microphone ready; cameras
// stay on as faces, within Settings.Cameras, holders and who comes next first. Where more have a place
// than that, faces are a wall of stills, and nobody would look at the others' cameras.
func (f *Floor) Publishers() map[db.ID]Sources {
	out := map[db.ID]Sources{}
	if f.Ended {
		return out
	}
	ready := f.ready()
	cameras := f.cameras(ready)
	for seat := range cameras {
		out[seat] = Sources{Camera: true}
	}
	for _, seat := range ready {
		s := out[seat]
		s.Ready = true
		out[seat] = s
	}
	for i := range f.Turns {
		t := &f.Turns[i]
		if p, ok := f.voice(t); ok && t.Seat != 0 && t.PausedAt == 0 && p.State == Here {
			out[t.Seat] = Sources{Microphone: true, Screen: true, Camera: cameras[t.Seat]}
		}
	}
	return out
}

// ready lists the seats of the first in line, and of who is to go on after an interruption.
func (f *Floor) ready() (seats []db.ID) {
	here := func(id, seat db.ID) {
		if p, ok := f.Person(id); ok && p.State == Here && p.Seat != 0 && p.Seat == cmp.Or(seat, p.Seat) {
			seats = append(seats, p.Seat)
		}
	}
	if t := f.Interrupted; t != nil && t.Seat != 0 {
		if p, ok := f.voice(t); ok {
			here(p.ID, t.Seat)
		}
	}
	var line []db.ID
	for range readyAhead {
		id, _ := f.next(line...)
		if id == 0 {
			break
		}
		line = append(line, id)
		here(id, 0)
	}
	return seats
}

// cameras picks the seats whose faces are seen. Who comes next is among them however many there
// are, so that the picture is there when it becomes the large one.
func (f *Floor) cameras(ready []db.ID) map[db.ID]bool {
	rank := func(p FloorPerson) int {
		switch {
		case slices.ContainsFunc(f.Turns, func(t Turn) bool { return t.Seat == p.Seat }), contains(ready, p.Seat):
			return 0
		case p.ID == f.Chair:
			return 1
		case f.IsHost(p.ID):
			return 2
		}
		return 3
	}
	var faces []FloorPerson
	for _, p := range f.People {
		if p.State == Here && p.Seat != 0 && (p.How == ByVideo || p.How == ByShared) {
			faces = append(faces, p)
		}
	}
	slices.SortStableFunc(faces, func(a, b FloorPerson) int { return cmp.Compare(rank(a), rank(b)) })
	wall := f.places() > f.Settings.Cameras
	out := map[db.ID]bool{}
	for _, p := range faces {
		if r := rank(p); r == 0 || len(out) < f.Settings.Cameras && (r < 3 || !wall) {
			out[p.Seat] = true
		}
	}
	return out
}

// places counts the places among the faces, as pages do: a seat is one however many sit there, a
// telephone is one, who takes part in writing has none.
func (f *Floor) places() int {
	n, seats := 0, map[db.ID]bool{}
	for i := range f.People {
		p := &f.People[i]
		if p.State != Here && p.State != Away || p.How == ByWriting || seats[p.Seat] {
			continue
		}
		n++
		if p.Seat != 0 {
			seats[p.Seat] = true
		}
	}
	return n
}

// Timer is a command that the server is to send at a moment, unless the state has changed by then.
type Timer struct {
	At      db.Time
	Command FloorCommand
}

// Timers lists what must happen by itself, soonest first. Any node may send them; sent too early,
// twice or to a changed floor they are refused and nothing happens.
func (f *Floor) Timers() []Timer {
	var out []Timer
	if f.Ended {
		return out
	}
	for _, t := range f.Turns {
		if t.EndsAt != 0 && t.PausedAt == 0 {
			out = append(out, Timer{t.EndsAt, FloorCommand{Kind: CmdExpire, Turn: t.ID, Version: f.Version}})
		}
	}
	for i := range f.People {
		p := &f.People[i]
		if p.State != Away {
			continue
		}
		gone := FloorCommand{Kind: CmdGone, Person: p.ID, Version: f.Version}
		if slices.ContainsFunc(f.Turns, func(t Turn) bool { return f.needs(&t, p.ID) }) {
			out = append(out, Timer{p.Since.Add(seconds(f.Settings.FloorGrace)), gone})
		}
		out = append(out, Timer{p.Since.Add(seconds(f.Settings.PlaceGrace)), gone})
	}
	slices.SortStableFunc(out, func(a, b Timer) int { return cmp.Compare(a.At, b.At) })
	return out
}
