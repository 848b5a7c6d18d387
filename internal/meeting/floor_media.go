package meeting

import (
	"cmp"
	"slices"

	"wozai/internal/db"
)

// Sources is what a seat may send.
type Sources struct {
	Microphone bool `json:"microphone"`
	Camera     bool `json:"camera"`
	Screen     bool `json:"screen"`
}

// Publishers says who may send what, by seat. Whoever is not in it sends nothing. Microphone and
// screen follow the floor; cameras stay on as faces, within Settings.Cameras, holders first.
func (f *Floor) Publishers() map[db.ID]Sources {
	out := map[db.ID]Sources{}
	if f.Ended {
		return out
	}
	cameras := f.cameras()
	for seat := range cameras {
		out[seat] = Sources{Camera: true}
	}
	for i := range f.Turns {
		t := &f.Turns[i]
		if p, ok := f.voice(t); ok && t.Seat != 0 && t.PausedAt == 0 && p.State == Here {
			out[t.Seat] = Sources{Microphone: true, Screen: true, Camera: cameras[t.Seat]}
		}
	}
	return out
}

// cameras picks the seats whose faces are seen.
func (f *Floor) cameras() map[db.ID]bool {
	rank := func(p FloorPerson) int {
		switch {
		case slices.ContainsFunc(f.Turns, func(t Turn) bool { return t.Seat == p.Seat }):
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
	out := map[db.ID]bool{}
	for _, p := range faces {
		if len(out) < f.Settings.Cameras || rank(p) == 0 {
			out[p.Seat] = true
		}
	}
	return out
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
