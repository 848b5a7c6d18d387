package meeting

import (
	"context"
	"slices"

	"wozai/internal/access"
	"wozai/internal/account"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
	"wozai/internal/profile"
)

// MeetingDetail is a meeting as one reader sees it, with what they may do.
type MeetingDetail struct {
	Meeting
	UnitName   string            `json:"unit_name"`
	KindName   profile.Text      `json:"kind_name"`
	ChairName  string            `json:"chair_name"`
	Recorder   string            `json:"recorder_name"`
	DeputyIDs  []db.ID           `json:"deputy_ids"`
	DoorsOpen  db.Time           `json:"doors_open_at" doc:"from when people may go in and wait"`
	Stages     []StageView       `json:"stages"`
	Tasks      []PreparationTask `json:"tasks" doc:"for its arrangers; empty for others"`
	Moves      []Moved           `json:"moves"`
	Counts     ListCounts        `json:"counts"`
	Mine       *Participant      `json:"mine,omitempty" doc:"the reader's own place on the list"`
	VoteRule   profile.Text      `json:"vote_rule" doc:"what a vote needs, in words; empty when the kind has none"`
	SecrecyDoc profile.Text      `json:"secrecy" doc:"read on entry"`
	Abilities  []string          `json:"abilities" doc:"edit, announce, move, cancel, invite, decide_leave, prepare, link, upload, answer, enter, host"`
}

// StageView is a stage with its words.
type StageView struct {
	PlannedStage
	Words profile.Text  `json:"words"`
	Help  *profile.Text `json:"help,omitempty"`
}

// Moved is a change of time, or the end of the plan.
type Moved struct {
	Kind   string  `json:"kind" db:"kind" enum:"moved,cancelled"`
	FromAt db.Time `json:"from_at" db:"from_at"`
	ToAt   db.Time `json:"to_at" db:"to_at"`
	Reason string  `json:"reason" db:"reason"`
	At     db.Time `json:"at" db:"at"`
}

// ListCounts says how a list stands.
type ListCounts struct {
	Due       int `json:"due" doc:"members who are not exempt"`
	Voting    int `json:"voting"`
	Observers int `json:"observers"`
	Yes       int `json:"yes"`
	Asked     int `json:"asked"`
	Excused   int `json:"excused"`
	Exempt    int `json:"exempt"`
	Silent    int `json:"silent" doc:"due and not yet answered"`
}

// Count counts a list.
func Count(list []Participant) (c ListCounts) {
	for _, p := range list {
		switch {
		case p.Observer:
			c.Observers++
			continue
		case p.Exempt != "":
			c.Exempt++
			continue
		}
		c.Due++
		if p.Votes {
			c.Voting++
		}
		switch p.Answer {
		case AnswerYes:
			c.Yes++
		case AnswerAsked:
			c.Asked++
		case AnswerExcused:
			c.Excused++
		default:
			c.Silent++
		}
	}
	return c
}

// Detail reads a meeting for somebody who may know of it.
func (s *Service) Detail(ctx context.Context, actor access.Actor, id db.ID) (d MeetingDetail, err error) {
	q := s.DB.Read()
	m, u, err := s.seen(ctx, q, actor, id)
	if err != nil {
		return d, err
	}
	pin, err := m.pins()
	if err != nil {
		return d, err
	}
	d = MeetingDetail{Meeting: m, UnitName: u.Name, KindName: pin.Kind.Name, DeputyIDs: m.Deputies(), DoorsOpen: m.StartsAt.Add(-doorsOpen),
		SecrecyDoc: pin.Kind.Confidentiality, Tasks: []PreparationTask{}, Moves: []Moved{}, Stages: []StageView{}, Abilities: []string{}}
	if len(pin.Rules.Ballots) > 0 {
		d.VoteRule = pin.Rules.Ballots[0].Quorum.Words
	}
	if d.ChairName, err = personName(ctx, q, m.ChairID); err != nil {
		return d, err
	}
	if d.Recorder, err = personName(ctx, q, m.RecorderID); err != nil {
		return d, err
	}
	stages, err := readStages(ctx, q, id)
	if err != nil {
		return d, err
	}
	for _, st := range stages {
		n := stageName(pin.Kind, st)
		d.Stages = append(d.Stages, StageView{st, n.Name, n.Hint})
	}
	list, err := readParticipants(ctx, q, id)
	if err != nil {
		return d, err
	}
	d.Counts = Count(list)
	if i := slices.IndexFunc(list, func(p Participant) bool { return p.PersonID == actor.PersonID }); i >= 0 {
		d.Mine = &list[i]
	}
	if err := db.Select(ctx, q, &d.Moves, `SELECT kind, from_at, to_at, reason, at FROM meeting_move WHERE meeting_id = $1 ORDER BY id`, id); err != nil {
		return d, err
	}
	arranges := !m.Practice && s.mayArrange(actor, &m, u) == nil
	if arranges {
		if d.Tasks, err = readTasks(ctx, q, id); err != nil {
			return d, err
		}
	}
	d.Abilities = abilities(&m, arranges, d.Mine, actor)
	return d, nil
}

func abilities(m *Meeting, arranges bool, mine *Participant, actor access.Actor) []string {
	out := []string{}
	add := func(may bool, names ...string) {
		if may {
			out = append(out, names...)
		}
	}
	going := m.Status == Draft || m.Status == Announced
	add(arranges && going, "invite", "decide_leave", "prepare", "upload")
	add(arranges && going && m.OpenedAt == 0, "edit", "move", "cancel")
	add(arranges && m.Status == Draft, "announce")
	add(arranges && m.Status == Announced, "link")
	add(mine != nil && m.Status == Announced && m.OpenedAt == 0, "answer")
	add((mine != nil || m.Practice) && m.Status == Announced, "enter")
	add(m.Status == Announced && (actor.Is(m.ChairID) || slices.Contains(m.Deputies(), actor.PersonID)), "host")
	return out
}

func personName(ctx context.Context, q db.Querier, id db.ID) (string, error) {
	if id == 0 {
		return "", nil
	}
	p, err := org.GetPerson(ctx, q, id)
	return p.Name, err
}

// Participants reads the list. Why somebody asked for leave is for the arrangers and themselves;
// links are for the arrangers.
func (s *Service) Participants(ctx context.Context, actor access.Actor, id db.ID) ([]Participant, []LinkState, error) {
	q := s.DB.Read()
	m, u, err := s.seen(ctx, q, actor, id)
	if err != nil {
		return nil, nil, err
	}
	list, err := readParticipants(ctx, q, id)
	if err != nil {
		return nil, nil, err
	}
	if s.mayArrange(actor, &m, u) == nil {
		links, err := readLinks(ctx, q, id)
		return list, links, err
	}
	for i := range list {
		if p := &list[i]; !actor.Is(p.PersonID) {
			p.LeaveReason, p.LeaveNote, p.DecidedBy, p.Exempt, p.ExemptNote = "", "", 0, exemptShown(p.Exempt), ""
		}
	}
	return list, []LinkState{}, nil
}

// exemptShown tells others that somebody is exempt, not why.
func exemptShown(reason string) string {
	if reason == "" {
		return ""
	}
	return "exempt"
}

// MeetingItem is a line of a list of meetings.
type MeetingItem struct {
	ID       db.ID        `json:"id" db:"id"`
	UnitID   db.ID        `json:"unit_id" db:"unit_id"`
	UnitName string       `json:"unit_name" db:"unit_name"`
	Kind     string       `json:"kind" db:"kind"`
	KindName profile.Text `json:"kind_name" db:"-"`
	Theme    string       `json:"theme" db:"theme"`
	StartsAt db.Time      `json:"starts_at" db:"starts_at"`
	EndsAt   db.Time      `json:"ends_at" db:"ends_at"`
	Status   Status       `json:"status" db:"status" enum:"draft,announced,cancelled,over"`
	OpenedAt db.Time      `json:"opened_at" db:"opened_at"`
	Answer   Answer       `json:"answer,omitempty" db:"answer" enum:"none,yes,asked,excused,refused"`
	Host     bool         `json:"host" db:"host" doc:"the reader leads it"`
}

const itemColumns = `m.id, m.unit_id, u.name AS unit_name, m.kind, m.theme, m.starts_at, m.ends_at, m.status, m.opened_at`

func (s *Service) named(list []MeetingItem) []MeetingItem {
	for i := range list {
		if k, err := s.Profile().MeetingKind(list[i].Kind); err == nil {
			list[i].KindName = k.Name
		}
	}
	return list
}

// ListFilter pages through a unit's meetings: those that start before Before, newest first.
type ListFilter struct {
	Before db.Time
	Limit  int
}

// OfUnit lists a unit's meetings for its members and arrangers; drafts for the arrangers alone.
func (s *Service) OfUnit(ctx context.Context, actor access.Actor, unit db.ID, f ListFilter) ([]MeetingItem, error) {
	u, err := org.GetUnit(ctx, s.DB.Read(), unit)
	if err != nil {
		return nil, err
	}
	arranges := actor.Can(access.MeetingArrange, u.Where())
	if !arranges {
		if err := actor.Require(access.MeetingRead, u.Where()); err != nil {
			return nil, err
		}
	}
	if f.Before == 0 {
		f.Before = 1<<63 - 1
	}
	if f.Limit <= 0 {
		f.Limit = 30
	}
	out := []MeetingItem{}
	err = db.Select(ctx, s.DB.Read(), &out, `SELECT `+itemColumns+`, '' AS answer, (m.chair_id = $1) AS host FROM meeting m JOIN unit u ON u.id = m.unit_id
		WHERE m.unit_id = $2 AND m.starts_at < $3 AND NOT m.practice AND (m.status <> 'draft' OR $4) ORDER BY m.starts_at DESC, m.id DESC LIMIT $5`,
		actor.PersonID, unit, f.Before, arranges, min(f.Limit, 100))
	return s.named(out), err
}

// Mine lists the meetings on whose list the actor is, in all their bodies: those to come in their
// order (with what is open now), or those gone by, newest first.
func (s *Service) Mine(ctx context.Context, actor access.Actor, past bool, f ListFilter) ([]MeetingItem, error) {
	if f.Limit <= 0 {
		f.Limit = 30
	}
	now := db.Now()
	query := `SELECT ` + itemColumns + `, l.answer, (m.chair_id = $1) AS host FROM participant l JOIN meeting m ON m.id = l.meeting_id JOIN unit u ON u.id = m.unit_id
		WHERE l.person_id = $1 AND NOT m.practice AND `
	if past {
		if f.Before == 0 {
			f.Before = now
		}
		query += `m.status = 'over' AND m.starts_at < $2 ORDER BY m.starts_at DESC LIMIT $3`
	} else {
		// A meeting that nobody ended is still shown for a day.
		f.Before = now.Add(-maxLength * 2)
		query += `m.status = 'announced' AND m.ends_at > $2 ORDER BY m.starts_at LIMIT $3`
	}
	out := []MeetingItem{}
	err := db.Select(ctx, s.DB.Read(), &out, query, actor.PersonID, f.Before, min(f.Limit, 100))
	return s.named(out), err
}

// Guide is how to run this meeting: for everybody who may know of it.
func (s *Service) Guide(ctx context.Context, actor access.Actor, id db.ID) ([]profile.Section, error) {
	m, _, err := s.seen(ctx, s.DB.Read(), actor, id)
	if err != nil {
		return nil, err
	}
	pin, err := m.pins()
	return pin.Kind.Guide, err
}

// KindsOf lists what a unit may hold, for its arrangers to choose from.
func (s *Service) KindsOf(ctx context.Context, actor access.Actor, unit db.ID) ([]profile.MeetingKind, error) {
	u, err := org.GetUnit(ctx, s.DB.Read(), unit)
	if err != nil {
		return nil, err
	}
	if err := actor.Require(access.MeetingArrange, u.Where()); err != nil {
		return nil, err
	}
	if u.ValidTo != 0 {
		return nil, fault.Conflict("unit_ended")
	}
	return s.Profile().HeldBy(u.Kind), nil
}

// Invitation is what a join link leads to. It implements account.Meetings.
func (s *Service) Invitation(ctx context.Context, meeting, person db.ID, lang string) (account.Invitation, error) {
	q := s.DB.Read()
	m, err := getMeeting(ctx, q, meeting)
	if err != nil {
		return account.Invitation{}, err
	}
	u, err := org.GetUnit(ctx, q, m.UnitID)
	if err != nil {
		return account.Invitation{}, err
	}
	pin, err := m.pins()
	if err != nil {
		return account.Invitation{}, err
	}
	out := account.Invitation{Title: m.Theme, Kind: pin.Kind.Name.In(lang), Unit: u.Name, StartsAt: m.StartsAt, EndsAt: m.EndsAt, OpensAt: m.StartsAt.Add(-doorsOpen), State: "open"}
	if out.Inviter, err = personName(ctx, q, m.ChairID); err != nil {
		return out, err
	}
	if out.Person, err = personName(ctx, q, person); err != nil {
		return out, err
	}
	switch {
	case m.Status == Cancelled:
		out.State = "cancelled"
	case m.Status == Over:
		out.State = "ended"
	case m.OpenedAt == 0 && db.Now() < out.OpensAt:
		out.State = "early"
	}
	return out, nil
}
