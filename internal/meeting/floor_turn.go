package meeting

import (
	"time"

	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/profile"
)

const maxSeconds = 2 * 60 * 60 // the longest time that one command may give

// soundLead is between the beginning of a turn in which a recording is played and its first sound:
// time for every browser to have that.
const soundLead = 2 * time.Second

// room is how many more may hold the floor now.
func (m *move) room() int {
	n := 1
	if s := m.f.Current(); s != nil && s.Mode == profile.Open {
		n = max(1, s.Microphones)
	}
	return n - len(m.f.Turns)
}

// begin gives a person the floor. The caller has made room and asked the stage's rules.
func (m *move) begin(t Turn, p *FloorPerson, seconds int) {
	m.f.LastTurn++
	t.ID, t.Person, t.Stage, t.StartedAt = m.f.LastTurn, p.ID, m.f.Stage, m.now
	if t.Kind != TurnStatement {
		t.Seat = p.Seat
	}
	if r, ok := m.f.Person(t.Reader); ok {
		t.Seat = r.Seat
	}
	warning, overtime, grace := 0, profile.OvertimePassOn, 0
	if s := m.f.Current(); s != nil {
		warning, overtime, grace = s.Warning, s.Overtime, s.Grace
		if seconds == 0 && t.Kind == TurnSpeech {
			seconds = s.Seconds
		}
	}
	if seconds > 0 {
		t.DueAt = m.now.Add(time.Duration(seconds) * time.Second)
		t.WarnAt = t.DueAt.Add(-time.Duration(min(warning, seconds/2)) * time.Second)
		switch overtime {
		case profile.OvertimePassOn:
			t.EndsAt = t.DueAt
		case profile.OvertimeGrace:
			t.EndsAt = t.DueAt.Add(time.Duration(grace) * time.Second)
		case profile.OvertimeRemind: // the host decides
		}
	}
	if t.SoundMS > 0 { // takes as long as it takes, whatever the stage gives a speaker
		t.DueAt = m.now.Add(soundLead + time.Duration(t.SoundMS)*time.Millisecond)
		t.WarnAt, t.EndsAt = t.DueAt, t.DueAt
	}
	m.dropHand(p.ID)
	m.f.Turns = append(m.f.Turns, t)
	m.marked = true
	m.tell(FloorEvent{Kind: EvTurnStarted, Person: p.ID, Seat: t.Seat, Turn: &t})
}

// counts says whether a turn that ended so has been a contribution.
func counts(reason string) bool { return reason != EndSkipped && reason != EndLost }

// stop ends the i-th turn: time is added up and the stage marked.
func (m *move) stop(i int, reason string) {
	t := m.f.Turns[i]
	m.f.Turns = append(m.f.Turns[:i:i], m.f.Turns[i+1:]...)
	m.settle(t, reason)
}

// settle writes a turn that is over into the totals.
func (m *move) settle(t Turn, reason string) {
	until := m.now
	if t.PausedAt != 0 {
		until = t.PausedAt
	}
	spoken := max(0, until.Sub(t.StartedAt).Milliseconds()-t.PausedMS)
	if t.SoundMS > 0 {
		spoken = min(max(0, spoken-soundLead.Milliseconds()), t.SoundMS)
	}
	if p, ok := m.f.Person(t.Person); ok && t.Kind != TurnChair {
		p.SpokenMS += spoken
		if counts(reason) {
			p.Turns++
		}
	}
	if s := m.f.stage(t.Stage); s != nil && counts(reason) {
		switch t.Kind {
		case TurnSpeech:
			s.Marks = append(s.Marks, SpokenMark{Person: t.Person, As: AsSpoken, At: m.now})
		case TurnStatement:
			if s.StatementsCount && !s.done(t.Person, AsStated) {
				s.Marks = append(s.Marks, SpokenMark{Person: t.Person, As: AsStated, At: m.now, Statement: t.Statement})
			}
		case TurnChair: // leads, does not contribute
		}
	}
	m.marked = true
	m.tell(FloorEvent{Kind: EvTurnEnded, Person: t.Person, Seat: t.Seat, Stage: t.Stage, Reason: reason, Turn: &t, SpokenMS: spoken})
}

// pause stops a turn's clock.
func (m *move) pause(t *Turn) {
	if t.PausedAt != 0 {
		return
	}
	t.PausedAt = m.now
	m.marked = true
	m.tell(FloorEvent{Kind: EvTurnPaused, Person: t.Person, Seat: t.Seat, Turn: t})
}

// resume lets the clock run on, with the time that was left.
func (m *move) resume(t *Turn) {
	if t.PausedAt == 0 {
		return
	}
	stood := m.now.Sub(t.PausedAt)
	t.PausedAt = 0
	t.PausedMS += stood.Milliseconds()
	t.shift(stood)
	m.marked = true
	m.tell(FloorEvent{Kind: EvTurnResumed, Person: t.Person, Seat: t.Seat, Turn: t})
}

func (t *Turn) shift(d time.Duration) {
	for _, at := range []*db.Time{&t.WarnAt, &t.DueAt, &t.EndsAt} {
		if *at != 0 {
			*at = at.Add(d)
		}
	}
}

// clear makes room for one turn that a host gives: in single-microphone modes whoever speaks is
// done, and so is whoever was interrupted; in open discussion a microphone must be free.
func (m *move) clear() error {
	if s := m.f.Current(); s != nil && s.Mode == profile.Open {
		if m.room() < 1 {
			return refuse(CodeMicrophones).With("microphones", max(1, s.Microphones))
		}
		return nil
	}
	for len(m.f.Turns) > 0 {
		m.stop(0, EndByHost)
	}
	m.forgetInterrupted(EndByHost)
	return nil
}

func (m *move) forgetInterrupted(reason string) {
	if t := m.f.Interrupted; t != nil {
		m.f.Interrupted = nil
		m.settle(*t, reason)
	}
}

// advance lets the floor pass on: back to whom the host interrupted, else to the next in line
// where the stage passes on by itself. except is passed over this once; 0 is nobody.
func (m *move) advance(except db.ID) {
	if m.f.Ended {
		return
	}
	if t := m.f.Interrupted; t != nil && m.room() > 0 && t.Person != except {
		if m.f.heard(t) {
			m.f.Interrupted = nil
			m.f.Turns = append(m.f.Turns, *t)
			m.resume(&m.f.Turns[len(m.f.Turns)-1])
		}
	}
	s := m.f.Current()
	if s == nil || s.PassOn != profile.PassAuto {
		return
	}
	for m.room() > 0 {
		id, fromOrder := m.f.next(except)
		if id == 0 || s.Mode == profile.Keynote && !fromOrder {
			return
		}
		p, _ := m.f.Person(id)
		m.begin(Turn{Kind: TurnSpeech}, p, 0)
	}
}

func (m *move) grant() error {
	s := m.f.Current()
	if s != nil && s.Mode == profile.Vote {
		return refuse(CodeVoteStage)
	}
	if err := m.clear(); err != nil {
		return err
	}
	id, _ := m.f.next(0)
	if id == 0 {
		return refuse(CodeNobodyWaits)
	}
	p, _ := m.f.Person(id)
	m.begin(Turn{Kind: TurnSpeech, GivenBy: m.c.By}, p, m.c.Seconds)
	return nil
}

func (m *move) give() error {
	p, err := m.here(m.c.Person)
	if err != nil {
		return err
	}
	if err := m.mayStart(p); err != nil {
		return err
	}
	if p.How == ByWriting {
		return refuse(CodeNotHere) // a statement is played, not given the floor
	}
	if err := m.clear(); err != nil {
		return err
	}
	if s := m.f.Current(); s != nil && s.Mode == profile.Round {
		if waiting := m.f.owedBefore(s, p.ID); len(waiting) > 0 {
			return refuse(CodeOnceEach).With("waiting", len(waiting), "people", waiting)
		}
	}
	m.begin(Turn{Kind: TurnSpeech, GivenBy: m.c.By, Reader: m.c.Reader}, p, m.c.Seconds)
	return nil
}

// mayStart asks what every turn given by a host asks, whoever it goes to.
func (m *move) mayStart(p *FloorPerson) error {
	if m.c.Seconds < 0 || m.c.Seconds > maxSeconds {
		return refuse(CodeSeconds).With("max", maxSeconds)
	}
	if m.f.Holds(p.ID) {
		return refuse(CodeAlreadyHolds)
	}
	if s := m.f.Current(); s != nil && s.Mode == profile.Vote && !m.f.IsHost(p.ID) {
		return refuse(CodeVoteStage)
	}
	if m.c.Reader != 0 {
		r, ok := m.f.Person(m.c.Reader)
		if !ok || r.State != Here || r.Seat == 0 {
			return refuse(CodeReaderNotHere)
		}
	}
	return nil
}

func (m *move) play() error {
	p, ok := m.f.Person(m.c.Person)
	if !ok || p.State == Waiting {
		return refuse(CodeNotHere)
	}
	if err := m.mayStart(p); err != nil {
		return err
	}
	if err := m.clear(); err != nil {
		return err
	}
	m.begin(Turn{Kind: TurnStatement, GivenBy: m.c.By, Reader: m.c.Reader, Statement: m.c.Statement, SoundMS: m.c.SoundMS}, p, m.c.Seconds)
	return nil
}

func (m *move) take() error {
	p, err := m.here(m.c.By)
	if err != nil {
		return err
	}
	if m.f.Holds(p.ID) {
		return refuse(CodeAlreadyHolds)
	}
	if m.room() < 1 {
		t := m.f.Turns[0]
		if t.Kind == TurnChair { // one host takes over from another; whom they interrupted stays so
			m.stop(0, EndByHost)
		} else {
			m.forgetInterrupted(EndByHost)
			m.pause(&t)
			m.f.Turns = append(m.f.Turns[:0:0], m.f.Turns[1:]...)
			m.f.Interrupted = &t
		}
	}
	m.begin(Turn{Kind: TurnChair}, p, 0)
	return nil
}

// giveBack carries out CmdReturn.
func (m *move) giveBack() error {
	if m.f.Interrupted == nil {
		return refuse(CodeNoInterrupted)
	}
	if !m.f.heard(m.f.Interrupted) {
		return refuse(CodeNotHere)
	}
	if i := m.f.turnOf(m.c.By); i >= 0 && m.f.Turns[i].Kind == TurnChair {
		m.stop(i, EndYielded)
	}
	if s := m.f.Current(); s == nil || s.Mode != profile.Open {
		for len(m.f.Turns) > 0 {
			m.stop(0, EndByHost)
		}
	}
	if m.room() < 1 {
		return refuse(CodeMicrophones)
	}
	m.advance(0)
	return nil
}

func (m *move) yield() error {
	p, err := m.owner()
	if err != nil {
		return err
	}
	i := m.f.turnOf(p.ID)
	if i < 0 {
		return refuse(CodeHoldsNot)
	}
	if m.c.Turn != 0 && m.f.Turns[i].ID != m.c.Turn {
		return fault.New(fault.KindStale, CodeStale)
	}
	m.stop(i, EndYielded)
	m.advance(0)
	return nil
}

// turn finds the turn that a host's command names; 0 is the only one there is.
func (m *move) turn() (int, error) {
	if m.c.Turn == 0 && len(m.f.Turns) == 1 {
		return 0, nil
	}
	for i := range m.f.Turns {
		if m.f.Turns[i].ID == m.c.Turn {
			return i, nil
		}
	}
	return 0, refuse(CodeHoldsNot)
}

func (m *move) end() error {
	i, err := m.turn()
	if err != nil {
		return err
	}
	m.stop(i, EndByHost)
	m.advance(0)
	return nil
}

func (m *move) extend() error {
	i, err := m.turn()
	if err != nil {
		return err
	}
	t := &m.f.Turns[i]
	if t.SoundMS > 0 {
		return refuse(CodeRecording)
	}
	if t.DueAt == 0 || m.c.Seconds < 1 || m.c.Seconds > maxSeconds {
		return refuse(CodeSeconds).With("max", maxSeconds)
	}
	by := time.Duration(m.c.Seconds) * time.Second
	clock := m.now
	if t.PausedAt != 0 {
		clock = t.PausedAt
	}
	if late := clock.Sub(t.DueAt); late > 0 {
		by += late // after the end, an extension counts from now
	}
	t.shift(by)
	t.Extended += m.c.Seconds
	m.marked = true
	m.tell(FloorEvent{Kind: EvTurnExtended, Person: t.Person, Turn: t})
	return nil
}

func (m *move) expire() error {
	for i := range m.f.Turns {
		t := m.f.Turns[i]
		if t.ID != m.c.Turn {
			continue
		}
		if t.EndsAt == 0 || t.PausedAt != 0 || m.now < t.EndsAt {
			return refuse(CodeTooEarly)
		}
		m.stop(i, EndExpired)
		m.advance(0)
		return nil
	}
	return fault.New(fault.KindStale, CodeStale)
}
