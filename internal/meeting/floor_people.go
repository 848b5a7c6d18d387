package meeting

import (
	"slices"
	"time"

	"wozai/internal/db"
	"wozai/internal/fault"
)

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

func (m *move) join() error {
	id, how, seat := m.c.Person, m.c.How, m.c.Seat
	seatless := how == ByPhone || how == ByWriting
	switch {
	case m.c.By != 0 && !(seatless && m.f.IsHost(m.c.By)):
		return forbidden(CodeServerOnly)
	case id == 0, !slices.Contains([]How{ByVideo, ByAudio, ByShared, ByPhone, ByWriting}, how):
		return fault.New(fault.KindInvalid, CodeUnknownCommand)
	case seatless:
		seat = 0
	case seat == 0:
		return fault.New(fault.KindInvalid, CodeSeatMissing)
	}
	if contains(m.f.Removed, id) {
		return forbidden(CodeRemoved)
	}
	p, known := m.f.Person(id)
	leads := m.f.IsHost(id) || contains(m.f.Deputy, id)
	// Whoever takes part in writing has not been let in yet.
	inside := known && p.State != Waiting && p.How != ByWriting
	if !inside && !leads && m.c.By == 0 && how != ByWriting {
		if m.f.Locked {
			return refuse(CodeLocked)
		}
		if m.f.Lobby {
			m.wait(id, seat, how)
			return nil
		}
	}
	m.seatPerson(id, seat, how, m.c.Observer)
	m.advance(0)
	return nil
}

// wait puts somebody into the lobby.
func (m *move) wait(id, seat db.ID, how How) {
	p, known := m.f.Person(id)
	if known && p.State == Waiting && p.Seat == seat && p.How == how {
		return
	}
	if !known {
		m.f.People = append(m.f.People, FloorPerson{ID: id})
		p = &m.f.People[len(m.f.People)-1]
	}
	p.State, p.Seat, p.How, p.Since, p.Observer = Waiting, seat, how, m.now, m.c.Observer
	m.tell(FloorEvent{Kind: EvWaiting, Person: id, Seat: seat, How: how})
}

// seatPerson brings somebody in, or back, or to a newer device.
func (m *move) seatPerson(id, seat db.ID, how How, observer bool) *FloorPerson {
	p, known := m.f.Person(id)
	if !known {
		m.f.People = append(m.f.People, FloorPerson{ID: id, State: Here, How: how, Seat: seat, Observer: observer, Since: m.now})
		m.tell(FloorEvent{Kind: EvJoined, Person: id, Seat: seat, How: how})
		return &m.f.People[len(m.f.People)-1]
	}
	was := *p
	p.State, p.How, p.Seat, p.Observer = Here, how, seat, observer
	if was.State != Here {
		p.Since = m.now
	}
	switch was.State {
	case Left, Waiting:
		m.tell(FloorEvent{Kind: EvJoined, Person: id, Seat: seat, How: how})
	case Away:
		m.tell(FloorEvent{Kind: EvBack, Person: id, Seat: seat, How: how})
	case Here:
		if was.How != how || was.Observer != observer {
			m.tell(FloorEvent{Kind: EvHow, Person: id, Seat: seat, How: how})
		}
	}
	if was.Seat != seat && was.State == Here && was.Seat != 0 {
		m.tell(FloorEvent{Kind: EvSeatTaken, Person: id, Seat: was.Seat})
	}
	if how == ByWriting { // out of the room, but for the statement
		m.dropHand(id)
		m.endTurnsOf(id, EndLeft)
		if t := m.f.Interrupted; t != nil && m.f.needs(t, id) {
			m.forgetInterrupted(EndLeft)
		}
	}
	m.follow(p)
	return p
}

// follow moves the microphones of a person's turns to where they sit now, and lets clocks run on
// that stood because they were away.
func (m *move) follow(p *FloorPerson) {
	for i := range m.f.Turns {
		t := &m.f.Turns[i]
		voice := t.Reader == p.ID || t.Reader == 0 && t.Person == p.ID && t.Kind != TurnStatement
		if voice && t.Seat != p.Seat {
			t.Seat = p.Seat
			m.marked = true
		}
		if t.Reader == p.ID || t.Person == p.ID {
			if q, ok := m.f.voice(t); !ok || q.State == Here {
				m.resume(t)
			}
		}
	}
	if t := m.f.Interrupted; t != nil && t.Person == p.ID && t.Reader == 0 && t.Kind != TurnStatement {
		t.Seat = p.Seat
	}
}

// voice is who is heard in a turn: the reader, else the person; none when a file is played.
func (f *Floor) voice(t *Turn) (*FloorPerson, bool) {
	if t.Reader != 0 {
		return f.Person(t.Reader)
	}
	if t.Kind == TurnStatement {
		return nil, false
	}
	return f.Person(t.Person)
}

// heard reports whether a turn could go on now: a recording needs nobody, everything else a voice
// that is here.
func (f *Floor) heard(t *Turn) bool {
	if t.Kind == TurnStatement && t.Reader == 0 {
		return true
	}
	p, ok := f.voice(t)
	return ok && p.State == Here
}

// needs reports whether a turn ends when somebody is no longer there.
func (f *Floor) needs(t *Turn, person db.ID) bool {
	p, ok := f.voice(t)
	return ok && p.ID == person || t.Person == person && t.Kind != TurnStatement
}

func (m *move) leave() error {
	p, ok := m.f.Person(m.c.Person)
	if !ok && m.c.Person == 0 {
		p, ok = m.f.Person(m.c.By)
	}
	if m.c.By != 0 && (!ok || !m.speaksFor(p)) {
		return forbidden(CodeNotYours)
	}
	if !ok || p.State == Left {
		return nil
	}
	m.out(p.ID, EndLeft, EvLeft)
	m.advance(0)
	return nil
}

// out takes somebody out of the room.
func (m *move) out(id db.ID, reason string, kind FloorEventKind) {
	p, ok := m.f.Person(id)
	if !ok {
		return
	}
	if p.State == Waiting { // was never in
		m.f.People = slices.DeleteFunc(m.f.People, func(x FloorPerson) bool { return x.ID == id })
		m.tell(FloorEvent{Kind: kind, Person: id, Reason: reason})
		return
	}
	m.endTurnsOf(id, reason)
	if t := m.f.Interrupted; t != nil && m.f.needs(t, id) {
		m.forgetInterrupted(EndLeft)
	}
	m.dropHand(id)
	seat := p.Seat
	p.State, p.Since, p.Seat = Left, m.now, 0
	m.tell(FloorEvent{Kind: kind, Person: id, Seat: seat, Reason: m.reason()})
}

// endTurnsOf ends what a person holds, or reads for somebody else.
func (m *move) endTurnsOf(id db.ID, reason string) bool {
	ended := false
	for i := len(m.f.Turns) - 1; i >= 0; i-- {
		t := m.f.Turns[i]
		if m.f.needs(&t, id) {
			m.stop(i, reason)
			ended = true
		}
	}
	return ended
}

// lost notes that a connection is gone; its people keep place, hand and floor for a while.
func (m *move) lost() error {
	if m.c.Seat != 0 {
		m.lose(func(p *FloorPerson) bool { return p.Seat == m.c.Seat })
	}
	return nil
}

func (m *move) lose(which func(*FloorPerson) bool) {
	var strangers []db.ID
	for i := range m.f.People {
		p := &m.f.People[i]
		if !which(p) {
			continue
		}
		switch p.State {
		case Waiting:
			strangers = append(strangers, p.ID)
		case Here:
			p.State, p.Since = Away, m.now
			m.tell(FloorEvent{Kind: EvAway, Person: p.ID, Seat: p.Seat})
			for j := range m.f.Turns {
				if q, ok := m.f.voice(&m.f.Turns[j]); ok && q.ID == p.ID {
					m.pause(&m.f.Turns[j])
				}
			}
		case Away, Left:
		}
	}
	for _, id := range strangers {
		m.out(id, EndLeft, EvLeft)
	}
}

// gone carries out the end of a grace period: first the floor passes on, later the place is free.
func (m *move) gone() error {
	p, ok := m.f.Person(m.c.Person)
	if !ok || p.State != Away {
		return nil
	}
	away := m.now.Sub(p.Since)
	if away >= seconds(m.f.Settings.PlaceGrace) {
		m.out(p.ID, EndLost, EvLeft)
		m.advance(0)
		return nil
	}
	if away < seconds(m.f.Settings.FloorGrace) {
		return refuse(CodeTooEarly)
	}
	spoke := m.f.speaks(p.ID)
	if m.endTurnsOf(p.ID, EndLost) {
		if spoke && !m.hasHand(p.ID) { // first in line when they are back in time
			m.f.Hands = slices.Insert(m.f.Hands, 0, Hand{Person: p.ID, At: m.now})
		}
		m.advance(p.ID)
	}
	return nil
}

func (m *move) admit() error {
	for i := range m.f.People {
		p := &m.f.People[i]
		if p.State == Waiting && (m.c.Person == 0 || m.c.Person == p.ID) {
			p.State, p.Since = Here, m.now
			m.tell(FloorEvent{Kind: EvAdmitted, Person: p.ID, Seat: p.Seat, How: p.How})
		}
	}
	m.advance(0)
	return nil
}

func (m *move) remove() error {
	id := m.c.Person
	if id == m.f.Chair {
		return refuse(CodeChairStays)
	}
	if id == 0 || contains(m.f.Removed, id) {
		return nil
	}
	m.f.Removed = append(m.f.Removed, id)
	m.f.Hosts, m.f.Deputy = without(m.f.Hosts, id), without(m.f.Deputy, id)
	if _, ok := m.f.Person(id); ok {
		m.out(id, EndRemoved, EvRemoved)
	} else {
		m.tell(FloorEvent{Kind: EvRemoved, Person: id, Reason: m.reason()})
	}
	m.marked = true
	m.advance(0)
	return nil
}

// off takes somebody out who was taken off the list. Put on it again, they may come back.
func (m *move) off() error {
	p, ok := m.f.Person(m.c.Person)
	if !ok || p.State == Left {
		return nil
	}
	m.f.Hosts, m.f.Deputy = without(m.f.Hosts, p.ID), without(m.f.Deputy, p.ID)
	m.out(p.ID, EndRemoved, EvRemoved)
	m.marked = true
	m.advance(0)
	return nil
}

func (m *move) readmit() error {
	if !contains(m.f.Removed, m.c.Person) {
		return nil
	}
	m.f.Removed = without(m.f.Removed, m.c.Person)
	m.tell(FloorEvent{Kind: EvReadmitted, Person: m.c.Person})
	return nil
}
