package meeting

import (
	"slices"

	"wozai/internal/db"
	"wozai/internal/profile"
)

// done reports whether a person is done in the stage, in any of the given ways or, without any, at all.
func (s *FloorStage) done(person db.ID, as ...SpokenAs) bool {
	return slices.ContainsFunc(s.Marks, func(k SpokenMark) bool {
		return k.Person == person && (len(as) == 0 || slices.Contains(as, k.As))
	})
}

func (s *FloorStage) times(person db.ID) int {
	n := 0
	for _, k := range s.Marks {
		if k.Person == person {
			n++
		}
	}
	return n
}

// awaited reports whether the meeting waits for a person to be heard: present, and no observer.
func (p *FloorPerson) awaited() bool {
	return (p.State == Here || p.State == Away) && !p.Observer && p.How != ByWriting
}

// Unheard lists who is present and not yet done in a stage, in the order they came.
func (f *Floor) Unheard(stage string) []db.ID {
	out := []db.ID{}
	s := f.stage(stage)
	if s == nil {
		return out
	}
	for i := range f.People {
		if p := &f.People[i]; p.awaited() && !s.done(p.ID) {
			out = append(out, p.ID)
		}
	}
	return out
}

// NotYetSpoken lists who is present and has not been heard: in this stage where everybody is to
// speak, otherwise in the meeting. Who is speaking now is not in it.
func (f *Floor) NotYetSpoken() []db.ID {
	s := f.Current()
	if s != nil && (s.Mode == profile.Round || s.Mode == profile.EveryoneSpeaks) {
		return slices.DeleteFunc(f.Unheard(s.Key), f.speaks)
	}
	out := []db.ID{}
	for i := range f.People {
		if p := &f.People[i]; p.awaited() && p.Turns == 0 && !p.Stated && !f.speaks(p.ID) {
			out = append(out, p.ID)
		}
	}
	return out
}

// speaks reports that somebody is contributing now; leading the meeting is not it.
func (f *Floor) speaks(id db.ID) bool {
	i := f.turnOf(id)
	return i >= 0 && f.Turns[i].Kind != TurnChair
}

// owedBefore lists who must be heard before a person may speak again in a round; empty when the
// person has not yet spoken in it.
func (f *Floor) owedBefore(s *FloorStage, person db.ID) []db.ID {
	if !s.done(person) {
		return nil
	}
	return f.Unheard(s.Key)
}

// Next is who would be called next, 0 for nobody.
func (f *Floor) Next() db.ID {
	id, _ := f.next()
	return id
}

// next finds the next in line, but for some, and whether the stage's order named them.
func (f *Floor) next(except ...db.ID) (id db.ID, fromOrder bool) {
	s := f.Current()
	if s != nil && s.Mode == profile.Vote {
		return 0, false
	}
	can := func(id db.ID) bool {
		p, ok := f.Person(id)
		return ok && !contains(except, id) && p.State == Here && p.How != ByWriting && !f.Holds(id) &&
			(f.Interrupted == nil || f.Interrupted.Person != id)
	}
	if s != nil && s.Mode != profile.Queue && s.Mode != profile.Open {
		for _, id := range s.Order {
			if can(id) && !s.done(id) {
				return id, true
			}
		}
	}
	best, least := db.ID(0), 0
	for _, h := range f.Hands {
		if !can(h.Person) {
			continue
		}
		if s == nil || s.Mode != profile.Round {
			return h.Person, false
		}
		n := s.times(h.Person)
		if n > 0 && len(f.owedBefore(s, h.Person)) > 0 {
			continue
		}
		if best == 0 || n < least {
			best, least = h.Person, n
		}
	}
	return best, false
}

func (m *move) dropHand(person db.ID) bool {
	n := len(m.f.Hands)
	m.f.Hands = slices.DeleteFunc(m.f.Hands, func(h Hand) bool { return h.Person == person })
	return len(m.f.Hands) < n
}

func (m *move) hasHand(person db.ID) bool {
	return slices.ContainsFunc(m.f.Hands, func(h Hand) bool { return h.Person == person })
}

func (m *move) raise() error {
	p, err := m.owner()
	if err != nil {
		return err
	}
	if p.How == ByWriting {
		return refuse(CodeNotHere)
	}
	if m.f.Holds(p.ID) || m.f.Interrupted != nil && m.f.Interrupted.Person == p.ID {
		return refuse(CodeAlreadyHolds)
	}
	if m.hasHand(p.ID) {
		return nil
	}
	m.f.Hands = append(m.f.Hands, Hand{Person: p.ID, At: m.now})
	m.tell(FloorEvent{Kind: EvHandRaised, Person: p.ID})
	m.advance(0)
	return nil
}

func (m *move) withdraw() error {
	id := m.c.Person
	if id == 0 {
		id = m.c.By
	}
	if !m.f.IsHost(m.c.By) {
		p, err := m.owner()
		if err != nil {
			return err
		}
		id = p.ID
	}
	if m.dropHand(id) {
		m.tell(FloorEvent{Kind: EvHandDown, Person: id})
	}
	return nil
}

func (m *move) pass() error {
	p, err := m.owner()
	if err != nil {
		return err
	}
	s := m.f.Current()
	switch {
	case s == nil:
		return refuse(CodeNoStage)
	case m.f.Holds(p.ID), m.f.Interrupted != nil && m.f.Interrupted.Person == p.ID:
		return refuse(CodeStillSpeaking)
	case s.done(p.ID):
		return nil
	}
	m.dropHand(p.ID)
	s.Marks = append(s.Marks, SpokenMark{Person: p.ID, As: AsPassed, At: m.now, By: m.onBehalf(p.ID)})
	m.tell(FloorEvent{Kind: EvPassed, Person: p.ID})
	m.advance(0)
	return nil
}

func (m *move) onBehalf(person db.ID) db.ID {
	if m.c.By == person {
		return 0
	}
	return m.c.By
}

// state notes a statement. Somebody who is not in the room takes part in writing by it.
func (m *move) state() error {
	id := m.c.Person
	if id == 0 {
		id = m.c.By
	}
	if id == 0 {
		return refuse(CodeNotHere)
	}
	key := m.c.Stage
	if key == "" {
		key = m.f.Stage
	}
	s := m.f.stage(key)
	if key != "" && s == nil {
		return refuse(CodeStageUnknown)
	}
	if s != nil && s.State == StageClosed {
		return refuse(CodeStageOver)
	}
	p, known := m.f.Person(id)
	if m.c.By != 0 && m.c.By != id && !m.f.IsHost(m.c.By) && (!known || !m.speaksFor(p)) {
		return forbidden(CodeNotYours)
	}
	if contains(m.f.Removed, id) {
		return forbidden(CodeRemoved)
	}
	if !known || p.State == Left {
		p = m.seatPerson(id, 0, ByWriting, m.c.Observer)
	}
	if s != nil && s.StatementsCount {
		if slices.ContainsFunc(s.Marks, func(k SpokenMark) bool { return k.Person == id && k.As == AsStated && k.Statement == m.c.Statement }) {
			return nil
		}
		s.Marks = append(s.Marks, SpokenMark{Person: id, As: AsStated, At: m.now, By: m.onBehalf(id), Statement: m.c.Statement})
		p.Stated = true
	}
	m.tell(FloorEvent{Kind: EvStated, Person: id, Stage: key})
	m.advance(0)
	return nil
}

func (m *move) skip() error {
	id := m.c.Person
	if id == 0 && len(m.f.Turns) == 1 {
		id = m.f.Turns[0].Person
	}
	if id == 0 {
		id = m.f.Next()
	}
	if id == 0 {
		return refuse(CodeNobodyWaits)
	}
	s := m.f.Current()
	moved := false
	if s != nil && contains(s.Order, id) && !s.done(id) {
		s.Order = append(without(s.Order, id), id)
		moved = true
	}
	if i := slices.IndexFunc(m.f.Hands, func(h Hand) bool { return h.Person == id }); i >= 0 {
		h := m.f.Hands[i]
		m.f.Hands = append(slices.Delete(m.f.Hands, i, i+1), h)
		moved = true
	}
	i := m.f.turnOf(id)
	if i < 0 && !moved {
		return refuse(CodeHoldsNot)
	}
	m.tell(FloorEvent{Kind: EvSkipped, Person: id, Reason: m.c.Reason})
	if i >= 0 {
		m.stop(i, EndSkipped)
	}
	m.advance(id)
	return nil
}
