package meeting

import (
	"strings"
	"unicode/utf8"

	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/profile"
)

func forbidden(code string) *fault.Fault { return fault.New(fault.KindForbidden, code) }

const maxReason = 500 // characters of a reason

func (m *move) reason() string {
	r := strings.TrimSpace(m.c.Reason)
	if utf8.RuneCountInString(r) > maxReason {
		r = string([]rune(r)[:maxReason])
	}
	return r
}

func (m *move) open() error {
	s := m.f.stage(m.c.Stage)
	if s == nil {
		return refuse(CodeStageUnknown)
	}
	if m.f.Stage == s.Key {
		return nil
	}
	if m.f.Stage != "" {
		if err := m.close(); err != nil {
			return err
		}
	}
	m.f.Stage = s.Key
	s.State, s.ClosedAt = StageOpen, 0
	if s.OpenedAt == 0 {
		s.OpenedAt = m.now
	}
	m.marked = true
	m.tell(FloorEvent{Kind: EvStageOpened, Stage: s.Key})
	m.advance(0)
	return nil
}

// close ends the stage that is on. What the chair is saying goes on: it is how one stage leads to
// the next.
func (m *move) close() error {
	s := m.f.Current()
	if s == nil {
		return refuse(CodeNoStage)
	}
	for i := len(m.f.Turns) - 1; i >= 0; i-- {
		if m.f.Turns[i].Kind != TurnChair {
			m.stop(i, EndStageClosed)
		}
	}
	for len(m.f.Turns) > 1 { // several hosts at several microphones: the chair's, or the first, stays
		i := len(m.f.Turns) - 1
		if m.f.Turns[i].Person == m.f.Chair {
			i = 0
		}
		m.stop(i, EndStageClosed)
	}
	m.forgetInterrupted(EndStageClosed)
	if s.Mode == profile.EveryoneSpeaks {
		if unheard := m.f.Unheard(s.Key); len(unheard) > 0 {
			if m.reason() == "" {
				return refuse(CodeNotAllHeard).With("waiting", len(unheard), "people", unheard)
			}
			s.Override = &OverrideMark{By: m.c.By, Reason: m.reason(), At: m.now, Unheard: unheard}
			m.tell(FloorEvent{Kind: EvOverridden, Reason: m.reason(), People: unheard})
		}
	}
	lowered := make([]db.ID, 0, len(m.f.Hands))
	for _, h := range m.f.Hands {
		lowered = append(lowered, h.Person)
	}
	m.f.Hands = []Hand{}
	s.State, s.ClosedAt = StageClosed, m.now
	m.marked = true
	m.tell(FloorEvent{Kind: EvStageClosed, Stage: s.Key, People: lowered})
	m.f.Stage = ""
	return nil
}

func (m *move) finish() error {
	if m.f.Stage != "" {
		if err := m.close(); err != nil {
			return err
		}
	}
	for len(m.f.Turns) > 0 {
		m.stop(0, EndStageClosed)
	}
	m.forgetInterrupted(EndStageClosed)
	m.f.Hands = []Hand{}
	m.f.Ended = true
	m.marked = true
	m.tell(FloorEvent{Kind: EvFinished, Reason: m.reason()})
	return nil
}

func (m *move) order() error {
	key := m.c.Stage
	if key == "" {
		key = m.f.Stage
	}
	s := m.f.stage(key)
	if s == nil {
		return refuse(CodeStageUnknown)
	}
	if s.State == StageClosed {
		return refuse(CodeStageOver)
	}
	s.Order = unique(m.c.People)
	m.tell(FloorEvent{Kind: EvOrdered, Stage: key, People: s.Order})
	return nil
}

func (m *move) chair() error {
	if m.c.By != m.f.Chair {
		return forbidden(CodeNotHost)
	}
	p, err := m.here(m.c.Person)
	if err != nil {
		return err
	}
	if p.Seat == 0 {
		return refuse(CodeNotHere) // nobody leads a meeting without a screen
	}
	if p.ID != m.f.Chair {
		m.enthrone(p.ID)
	}
	return nil
}

// enthrone makes somebody chair; the one before is the first deputy, so that they can come back.
func (m *move) enthrone(id db.ID) {
	before := m.f.Chair
	m.f.Chair = id
	m.f.Hosts = without(m.f.Hosts, id)
	m.f.Deputy = unique(append([]db.ID{before}, without(m.f.Deputy, id)...))
	m.marked = true
	m.tell(FloorEvent{Kind: EvChair, Person: id, People: []db.ID{before}})
	// A turn for leading the meeting ends with the right to lead it.
	if i := m.f.turnOf(before); i >= 0 && m.f.Turns[i].Kind == TurnChair && !m.f.IsHost(before) {
		m.stop(i, EndByHost)
		m.advance(0)
	}
}

func (m *move) takeOver() error {
	if !contains(m.f.Deputy, m.c.By) && !contains(m.f.Hosts, m.c.By) {
		return forbidden(CodeNotDeputy)
	}
	p, err := m.here(m.c.By)
	if err != nil {
		return err
	}
	if c, ok := m.f.Person(m.f.Chair); ok {
		left := c.Since.Add(seconds(m.f.Settings.ChairGrace)).Sub(m.now)
		if c.State == Here || c.State == Waiting || c.State == Away && left > 0 {
			return refuse(CodeChairHere).With("seconds", int(max(0, left).Seconds()))
		}
	}
	m.enthrone(p.ID)
	return nil
}

func (m *move) hosts() error {
	if m.c.By != m.f.Chair {
		return forbidden(CodeNotHost)
	}
	m.f.Hosts = without(unique(m.c.People), m.f.Chair)
	m.f.Deputy = without(unique(m.c.Deputies), m.f.Chair)
	m.marked = true
	m.tell(FloorEvent{Kind: EvHosts, People: m.f.Hosts})
	for i := len(m.f.Turns) - 1; i >= 0; i-- {
		if t := m.f.Turns[i]; t.Kind == TurnChair && !m.f.IsHost(t.Person) {
			m.stop(i, EndByHost)
		}
	}
	m.advance(0)
	return nil
}

func (m *move) lock() error {
	on := m.c.Kind == CmdLock
	if m.f.Locked == on {
		return nil
	}
	m.f.Locked = on
	kind := EvUnlocked
	if on {
		kind = EvLocked
	}
	m.tell(FloorEvent{Kind: kind})
	return nil
}

func (m *move) lobby() error {
	if m.f.Lobby == m.c.On {
		return nil
	}
	m.f.Lobby = m.c.On
	m.tell(FloorEvent{Kind: EvLobby})
	return nil
}

func unique(ids []db.ID) []db.ID {
	out := []db.ID{}
	for _, id := range ids {
		if id != 0 && !contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}
