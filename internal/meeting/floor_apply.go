package meeting

import (
	"slices"
	"time"

	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/profile"
)

// Apply carries out a command at a moment: the state after it, what happened, or a *fault.Fault and
// the state as it was. A command that changes nothing (joining twice, raising a raised hand) is no
// error: same version, no events. The given state is never altered.
func Apply(f Floor, c FloorCommand, now time.Time) (Floor, []FloorEvent, error) {
	m := move{f: f.clone(), c: c, now: db.At(now.Truncate(time.Millisecond))}
	if err := m.run(); err != nil {
		return f, nil, err
	}
	if len(m.events) == 0 {
		return f, nil, nil
	}
	m.f.Version++
	if m.marked {
		m.f.Mark = m.f.Version
	}
	return m.f, m.events, nil
}

// move is one command being carried out.
type move struct {
	f      Floor
	c      FloorCommand
	now    db.Time
	events []FloorEvent
	marked bool // holders, stage or chair changed
}

// floorRule says who may send a command and whether it must be based on the present state.
type floorRule struct {
	do      func(*move) error
	host    bool // needs IsHost
	server  bool // By is 0
	version bool // refused when the floor, stage or chair changed since
}

var floorRules map[CommandKind]floorRule

func init() { // here, as the functions lead back to the table
	floorRules = map[CommandKind]floorRule{
		CmdRaise:    {do: (*move).raise},
		CmdWithdraw: {do: (*move).withdraw},
		CmdYield:    {do: (*move).yield},
		CmdPass:     {do: (*move).pass},
		CmdState:    {do: (*move).state},
		CmdGrant:    {do: (*move).grant, host: true, version: true},
		CmdGive:     {do: (*move).give, host: true, version: true},
		CmdTake:     {do: (*move).take, host: true, version: true},
		CmdReturn:   {do: (*move).giveBack, host: true, version: true},
		CmdSkip:     {do: (*move).skip, host: true, version: true},
		CmdEnd:      {do: (*move).end, host: true, version: true},
		CmdExtend:   {do: (*move).extend, host: true, version: true},
		CmdPlay:     {do: (*move).play, host: true, version: true},
		CmdOpen:     {do: (*move).open, host: true, version: true},
		CmdClose:    {do: (*move).close, host: true, version: true},
		CmdOrder:    {do: (*move).order, host: true},
		CmdChair:    {do: (*move).chair, host: true, version: true},
		CmdHosts:    {do: (*move).hosts, host: true},
		CmdLock:     {do: (*move).lock, host: true},
		CmdUnlock:   {do: (*move).lock, host: true},
		CmdLobby:    {do: (*move).lobby, host: true},
		CmdAdmit:    {do: (*move).admit, host: true},
		CmdRemove:   {do: (*move).remove, host: true, version: true},
		CmdReadmit:  {do: (*move).readmit, host: true},
		CmdFinish:   {do: (*move).finish, host: true, version: true},
		CmdTakeOver: {do: (*move).takeOver, version: true},
		CmdJoin:     {do: (*move).join},
		CmdLeave:    {do: (*move).leave},
		CmdLost:     {do: (*move).lost, server: true},
		CmdExpire:   {do: (*move).expire, server: true, version: true},
		CmdGone:     {do: (*move).gone, server: true},
		CmdOff:      {do: (*move).off, server: true},
		CmdEmpty:    {do: (*move).finish, server: true},
	}
}

func (m *move) run() error {
	r, ok := floorRules[m.c.Kind]
	if !ok {
		return fault.New(fault.KindInvalid, CodeUnknownCommand)
	}
	switch {
	case r.server && m.c.By != 0, !r.server && m.c.By == 0 && m.c.Kind != CmdJoin && m.c.Kind != CmdLeave && m.c.Kind != CmdState:
		return fault.New(fault.KindForbidden, CodeServerOnly)
	case r.host && !m.f.IsHost(m.c.By):
		return fault.New(fault.KindForbidden, CodeNotHost)
	case m.f.Ended && (r.server || m.c.Kind == CmdLeave):
		return nil // timers and connections end by themselves after the meeting
	case m.f.Ended:
		return fault.New(fault.KindGone, CodeEnded)
	case r.version && (m.c.Version < m.f.Mark || m.c.Version > m.f.Version):
		return fault.New(fault.KindStale, CodeStale)
	}
	return r.do(m)
}

func (m *move) tell(e FloorEvent) {
	e.At = m.now
	if e.By == 0 {
		e.By = m.c.By
	}
	if e.Turn != nil {
		t := *e.Turn
		e.Turn = &t
	}
	if e.Stage == "" {
		e.Stage = m.f.Stage
	}
	m.events = append(m.events, e)
}

// owner finds whom a person's own command is about and whether the sender may speak for them:
// themselves, somebody at the same seat, a host for whoever has no seat.
func (m *move) owner() (*FloorPerson, error) {
	id := m.c.Person
	if id == 0 {
		id = m.c.By
	}
	p, ok := m.f.Person(id)
	if !ok || p.State == Left || p.State == Waiting {
		if id != m.c.By && !m.f.IsHost(m.c.By) {
			return nil, fault.New(fault.KindForbidden, CodeNotYours)
		}
		return nil, refuse(CodeNotHere)
	}
	if !m.speaksFor(p) {
		return nil, fault.New(fault.KindForbidden, CodeNotYours)
	}
	return p, nil
}

func (m *move) speaksFor(p *FloorPerson) bool {
	if p.ID == m.c.By {
		return true
	}
	if p.Seat == 0 {
		return m.f.IsHost(m.c.By)
	}
	by, ok := m.f.Person(m.c.By)
	return ok && by.State == Here && by.Seat == p.Seat
}

// here finds somebody who can be given the floor.
func (m *move) here(id db.ID) (*FloorPerson, error) {
	p, ok := m.f.Person(id)
	if !ok || p.State != Here {
		return nil, refuse(CodeNotHere)
	}
	return p, nil
}

func refuse(code string) *fault.Fault { return fault.Conflict(code) }

func contains(ids []db.ID, id db.ID) bool { return slices.Contains(ids, id) }

func without(ids []db.ID, id db.ID) []db.ID {
	return slices.DeleteFunc(slices.Clone(ids), func(x db.ID) bool { return x == id })
}

// clone copies deeply; lists are never nil, so that browsers always see lists.
func (f *Floor) clone() Floor {
	g := *f
	g.Hosts, g.Deputy, g.Removed = list(f.Hosts), list(f.Deputy), list(f.Removed)
	g.People, g.Turns, g.Hands, g.Stages = list(f.People), list(f.Turns), list(f.Hands), list(f.Stages)
	for i := range g.Stages {
		s := &g.Stages[i]
		s.Order, s.Marks = list(s.Order), list(s.Marks)
		if s.Override != nil {
			o := *s.Override
			o.Unheard = list(o.Unheard)
			s.Override = &o
		}
	}
	if f.Interrupted != nil {
		t := *f.Interrupted
		g.Interrupted = &t
	}
	return g
}

func list[T any](in []T) []T { return append(make([]T, 0, len(in)), in...) }

// NewFloor is the floor of a meeting that nobody has entered yet, at version 1. Stages come in
// their order; see StageFrom.
func NewFloor(meeting, chair db.ID, deputies []db.ID, stages []FloorStage, s FloorSettings) Floor {
	f := Floor{Meeting: meeting, Version: 1, Mark: 1, Chair: chair, Deputy: without(deputies, chair), Stages: stages, Settings: s}
	f = f.clone()
	for i := range f.Stages {
		f.Stages[i].State = StagePending
	}
	return f
}

// StageFrom makes a stage of the floor from the rules of its kind of meeting; order may be nil.
func StageFrom(k profile.MeetingKind, s profile.Stage, order []db.ID) FloorStage {
	out := FloorStage{
		Key: s.Key, Mode: s.Mode, Minutes: s.Minutes,
		Seconds: k.Speaking.Seconds, Warning: k.Speaking.Warning, Overtime: k.Speaking.Overtime,
		Grace: k.Speaking.GraceSeconds, PassOn: k.Speaking.PassOn, Microphones: 1,
		StatementsCount: k.Speaking.StatementsCount, Order: list(order), Marks: []SpokenMark{}, State: StagePending,
	}
	if s.SpeakSeconds > 0 {
		out.Seconds = s.SpeakSeconds
		out.Warning = min(out.Warning, s.SpeakSeconds/2)
	}
	if s.PassOn != "" {
		out.PassOn = s.PassOn
	}
	if s.Mode == profile.Open {
		out.Microphones = profile.DefaultMicrophones
		if s.Microphones > 0 {
			out.Microphones = s.Microphones
		}
	}
	return out
}
