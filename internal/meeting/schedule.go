package meeting

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/notice"
	"wozai/internal/org"
	"wozai/internal/profile"
)

// Service arranges meetings.
type Service struct {
	DB      *db.DB
	Change  *change.Writer
	Profile func() *profile.Profile
	Lang    func() string         // the installation's, for records
	Zone    func() *time.Location // the installation's, in which months begin
	Posts   notice.Poster         // groups in messengers that hear of what is urgent; nil: none

	plans keptPlans
}

// Arrangement is what an officer sets about a meeting. Times move by Move once it is announced.
type Arrangement struct {
	Kind       string         `json:"kind" doc:"a key of the profile's meeting kinds"`
	HeldAs     string         `json:"held_as,omitempty"`
	Theme      string         `json:"theme"`
	Place      string         `json:"place,omitempty"`
	Note       string         `json:"note,omitempty"`
	StartsAt   db.Time        `json:"starts_at"`
	EndsAt     db.Time        `json:"ends_at"`
	ChairID    db.ID          `json:"chair_id,omitempty" doc:"who leads it; the unit's leader when left out"`
	RecorderID db.ID          `json:"recorder_id,omitempty"`
	DeputyIDs  []db.ID        `json:"deputy_ids,omitempty" maxItems:"5" doc:"who steps in for the host, in their order; of a new meeting the unit's other officers when left out"`
	Lobby      bool           `json:"lobby,omitempty"`
	Stages     []PlannedStage `json:"stages,omitempty" maxItems:"30" doc:"the kind's own when left out"`
	CopyFrom   db.ID          `json:"copy_from,omitempty" doc:"an earlier meeting of the same unit: its stages, host and guests are taken over"`
}

// check validates an arrangement and fills in what follows from the kind.
func (s *Service) check(ctx context.Context, q db.Querier, a *Arrangement, unit org.Unit) (pinned, error) {
	var c fault.Check
	var pin pinned
	var err error
	p := s.Profile()
	if pin.Kind, err = p.MeetingKind(a.Kind); err != nil || !slices.Contains(pin.Kind.HeldBy, unit.Kind) {
		c.Add("kind", "choice")
	} else {
		if a.HeldAs == "" {
			a.HeldAs = heldAs(p, pin.Kind, unit.Kind)
		}
		if pin.Rules, err = p.As(pin.Kind, a.HeldAs); err != nil {
			c.Add("held_as", "choice")
		}
		if len(a.Stages) == 0 {
			for _, st := range pin.Kind.Stages {
				a.Stages = append(a.Stages, PlannedStage{Key: st.Key, Mode: st.Mode, Minutes: st.Minutes, Seconds: st.SpeakSeconds, Microphones: st.Microphones, PassOn: string(st.PassOn)})
			}
		}
	}
	a.Theme = c.Text("theme", a.Theme, 120, true)
	a.Place = c.Text("place", a.Place, 120, false)
	a.Note = c.Text("note", a.Note, 2000, false)
	checkTimes(&c, a.StartsAt, a.EndsAt)
	seen := map[string]bool{}
	for i := range a.Stages {
		st, at := &a.Stages[i], fmt.Sprintf("stages[%d].", i)
		if st.Key == "" {
			st.Key = fmt.Sprintf("own_%d", i+1)
		}
		c.If(utf8.RuneCountInString(st.Key) > maxStageKey, at+"key", "too_long", "limit", maxStageKey)
		c.If(seen[st.Key], at+"key", "duplicate")
		seen[st.Key] = true
		known, ofKind := pin.Kind.Stage(st.Key)
		st.Name = c.Text(at+"name", st.Name, 60, !ofKind)
		st.Hint = c.Text(at+"hint", st.Hint, 200, false)
		if st.Mode == "" {
			st.Mode = known.Mode
		}
		c.If(!slices.Contains([]profile.Mode{profile.Queue, profile.Round, profile.Keynote, profile.Open, profile.EveryoneSpeaks, profile.Vote}, st.Mode), at+"mode", "choice")
		c.If(st.Minutes < 1 || st.Minutes > 600, at+"minutes", "range", "min", 1, "max", 600)
		c.If(st.Seconds < 0 || st.Seconds > 7200, at+"seconds", "range", "min", 0, "max", 7200)
	}
	c.If(len(a.Stages) > 30, "stages", "too_many_here", "limit", 30)
	c.If(len(a.DeputyIDs) > maxDeputies, "deputy_ids", "too_many_here", "limit", maxDeputies)
	if len(a.Stages) > 30 || len(a.DeputyIDs) > maxDeputies {
		return pin, c.Err()
	}
	if err := checkParts(ctx, q, &c, a); err != nil {
		return pin, err
	}
	return pin, c.Err()
}

// checkParts names whoever is to have a part in the meeting and is nobody of the organisation.
func checkParts(ctx context.Context, q db.Querier, c *fault.Check, a *Arrangement) error {
	wanted := append([]db.ID{a.ChairID, a.RecorderID}, a.DeputyIDs...)
	for i := range a.Stages {
		st := &a.Stages[i]
		if len(st.Speakers) > maxSpeakers { // nor looked up: every other change waits for this one
			c.Add(fmt.Sprintf("stages[%d].speakers", i), "too_many_here", "limit", maxSpeakers)
			st.Speakers = nil
		}
		st.Speakers = unique(st.Speakers)
		wanted = append(wanted, st.Speakers...)
	}
	if wanted = without(unique(wanted), 0); len(wanted) == 0 {
		return nil
	}
	found, err := org.Select(ctx, q, org.Selection{PersonIDs: wanted}, maxInvited)
	if err != nil {
		return err
	}
	missing := func(id db.ID) bool {
		return id != 0 && !slices.ContainsFunc(found, func(x org.Selected) bool { return x.PersonID == id })
	}
	c.If(missing(a.ChairID), "chair_id", "choice")
	c.If(missing(a.RecorderID), "recorder_id", "choice")
	c.If(slices.ContainsFunc(a.DeputyIDs, missing), "deputy_ids", "choice")
	for i, st := range a.Stages {
		c.If(slices.ContainsFunc(st.Speakers, missing), fmt.Sprintf("stages[%d].speakers", i), "choice")
	}
	return nil
}

func checkTimes(c *fault.Check, starts, ends db.Time) {
	c.If(starts == 0, "starts_at", "required")
	c.If(ends == 0, "ends_at", "required")
	if starts != 0 && ends != 0 {
		c.If(ends <= starts, "ends_at", "before_start")
		c.If(ends.Sub(starts) > maxLength, "ends_at", "too_late", "hours", int(maxLength/time.Hour))
	}
}

// heldAs is the form that fits the unit when nobody has chosen one.
func heldAs(p *profile.Profile, k profile.MeetingKind, unitKind string) string {
	for _, as := range k.HeldAs {
		if other, err := p.MeetingKind(as); err == nil && slices.Contains(other.HeldBy, unitKind) {
			return as
		}
	}
	return ""
}

// Create makes a draft with the unit's own people on its list. Officers of the unit may; the same
// request twice makes one meeting. Faults: not-found for somebody else's unit, invalid.
func (s *Service) Create(ctx context.Context, actor access.Actor, unit db.ID, a Arrangement) (db.ID, error) {
	u, err := org.GetUnit(ctx, s.DB.Read(), unit)
	if err != nil {
		return 0, err
	}
	if err := actor.Require(access.MeetingArrange, u.Where()); err != nil {
		return 0, err
	}
	if u.ValidTo != 0 {
		return 0, fault.Conflict("unit_ended")
	}
	return s.Change.Create(ctx, actor, func(ctx context.Context, tx *change.Tx) (db.ID, error) {
		a := a // the closure may run twice
		if a.CopyFrom != 0 {
			if err := copyFrom(ctx, tx, &a, unit); err != nil {
				return 0, err
			}
		}
		pin, err := s.check(ctx, tx, &a, u)
		if err != nil {
			return 0, err
		}
		if a.ChairID == 0 {
			if a.ChairID, err = leader(ctx, tx, s.Profile(), unit); err != nil {
				return 0, err
			}
			if a.ChairID == 0 {
				a.ChairID = actor.PersonID
			}
		}
		if len(a.DeputyIDs) == 0 {
			if a.DeputyIDs, err = standIns(ctx, tx, s.Profile(), unit, &a); err != nil {
				return 0, err
			}
		}
		rules, err := json.Marshal(pin)
		if err != nil {
			return 0, err
		}
		m := Meeting{ID: tx.NewID(), UnitID: unit, Kind: a.Kind, HeldAs: a.HeldAs, Status: Draft, Lang: s.Lang(), Version: 1}
		p := s.Profile()
		if err := tx.Exec(ctx, `INSERT INTO meeting (id, unit_id, kind, held_as, profile, profile_version, rules, theme, place, note, starts_at, ends_at, status,
			chair_id, recorder_id, deputies, lobby, lang, practice, revision, created_by, created_at, version)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'draft', $13, $14, $15, $16, $17, FALSE, 0, $18, $19, 1)`,
			m.ID, unit, a.Kind, a.HeldAs, p.ID, p.Version, string(rules), a.Theme, a.Place, a.Note, a.StartsAt, a.EndsAt,
			a.ChairID, a.RecorderID, idList(a.DeputyIDs), a.Lobby, m.Lang, actor.PersonID, tx.Now()); err != nil {
			return 0, err
		}
		if err := putStages(ctx, tx, m.ID, a.Stages); err != nil {
			return 0, err
		}
		for i, t := range pin.Kind.Prepare {
			if err := tx.Exec(ctx, `INSERT INTO preparation (id, meeting_id, key, name, sort, required, due_at, note) VALUES ($1, $2, $3, $4, $5, $6, $7, '')`,
				tx.NewID(), m.ID, t.Key, t.Name.In(m.Lang), i, t.Required, a.StartsAt.Add(-time.Duration(t.DaysBefore)*24*time.Hour)); err != nil {
				return 0, err
			}
		}
		m.ChairID, m.RecorderID, m.DeputyText = a.ChairID, a.RecorderID, idList(a.DeputyIDs)
		if _, err := refreshList(ctx, tx, &m, pin, p); err != nil {
			return 0, err
		}
		if err := ensureParts(ctx, tx, &m); err != nil {
			return 0, err
		}
		if a.CopyFrom != 0 {
			if err := copyGuests(ctx, tx, a.CopyFrom, m.ID); err != nil {
				return 0, err
			}
		}
		return m.ID, tx.Audit(ctx, change.Record{Action: "meeting.create", Subject: "meeting", SubjectID: m.ID, UnitID: unit, After: a})
	})
}

func idList(ids []db.ID) string {
	if len(ids) == 0 {
		return "[]"
	}
	b, _ := json.Marshal(ids) // ids always marshal
	return string(b)
}

func putStages(ctx context.Context, tx *change.Tx, meeting db.ID, stages []PlannedStage) error {
	if err := tx.Exec(ctx, `DELETE FROM stage WHERE meeting_id = $1`, meeting); err != nil {
		return err
	}
	for i, st := range stages {
		if err := tx.Exec(ctx, `INSERT INTO stage (meeting_id, key, sort, name, hint, mode, minutes, seconds, microphones, pass_on, speakers)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			meeting, st.Key, i, st.Name, st.Hint, string(st.Mode), st.Minutes, st.Seconds, st.Microphones, st.PassOn, idList(st.Speakers)); err != nil {
			return err
		}
	}
	return nil
}

// copyFrom takes over what an earlier meeting of the unit had and the request leaves out, but for
// people who are no longer of the organisation.
func copyFrom(ctx context.Context, q db.Querier, a *Arrangement, unit db.ID) error {
	m, err := getMeeting(ctx, q, a.CopyFrom)
	if err != nil {
		return err
	}
	if m.UnitID != unit || m.Practice {
		return fault.NotFound()
	}
	if a.Kind == "" {
		a.Kind, a.HeldAs = m.Kind, m.HeldAs
	}
	if len(a.Stages) == 0 && a.Kind == m.Kind {
		if a.Stages, err = readStages(ctx, q, m.ID); err != nil {
			return err
		}
	}
	parts, err := partsIn(ctx, q, &m)
	if err != nil {
		return err
	}
	there, err := stillHere(ctx, q, parts)
	if err != nil {
		return err
	}
	gone := func(id db.ID) bool { return !there[id] }
	if a.ChairID == 0 && there[m.ChairID] {
		a.ChairID = m.ChairID
	}
	if a.RecorderID == 0 && there[m.RecorderID] {
		a.RecorderID = m.RecorderID
	}
	if len(a.DeputyIDs) == 0 {
		a.DeputyIDs = slices.DeleteFunc(m.Deputies(), gone)
	}
	for i := range a.Stages {
		a.Stages[i].Speakers = slices.DeleteFunc(a.Stages[i].Speakers, gone)
	}
	if a.Place == "" {
		a.Place = m.Place
	}
	return nil
}

func copyGuests(ctx context.Context, tx *change.Tx, from, to db.ID) error {
	list, err := readParticipants(ctx, tx, from)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(p Participant) bool { return !p.ByHand })
	ids := make([]db.ID, len(list))
	for i := range list {
		ids[i] = list[i].PersonID
	}
	there, err := stillHere(ctx, tx, ids)
	if err != nil {
		return err
	}
	for _, p := range list {
		if there[p.PersonID] {
			if err := addParticipant(ctx, tx, to, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// stillHere tells of some people who is of the organisation now.
func stillHere(ctx context.Context, q db.Querier, people []db.ID) (map[db.ID]bool, error) {
	found, err := org.Select(ctx, q, org.Selection{PersonIDs: people}, maxInvited)
	out := map[db.ID]bool{}
	for _, x := range found {
		out[x.PersonID] = true
	}
	return out, err
}

// leader is who leads the unit by position; 0 when the place is empty.
func leader(ctx context.Context, q db.Querier, p *profile.Profile, unit db.ID) (db.ID, error) {
	list, err := org.Memberships(ctx, q, org.MembershipFilter{UnitID: unit})
	if err != nil {
		return 0, err
	}
	for _, m := range list {
		if pos, err := p.Position(m.Position); err == nil && pos.Leads {
			return m.PersonID, nil
		}
	}
	return 0, nil
}

// standIns are who steps in for the chair when nobody was named: who else holds an office of the
// unit, then who else sits on its committee, in the order of the roll; last who keeps the record.
func standIns(ctx context.Context, q db.Querier, p *profile.Profile, unit db.ID, a *Arrangement) ([]db.ID, error) {
	list, err := org.Memberships(ctx, q, org.MembershipFilter{UnitID: unit})
	if err != nil {
		return nil, err
	}
	var officers, committee []db.ID
	for _, m := range list {
		pos, err := p.Position(m.Position)
		switch {
		case err != nil:
		case slices.ContainsFunc(pos.Grants, func(g profile.Grant) bool { return g.Role == access.Officer }):
			officers = append(officers, m.PersonID)
		case pos.Committee:
			committee = append(committee, m.PersonID)
		}
	}
	out := without(unique(slices.Concat(officers, committee, []db.ID{a.RecorderID})), a.ChairID)
	return out[:min(len(out), maxDeputies)], nil
}

// Update changes an arrangement that is not over, based on version. Times of an announced meeting
// are moved by Move, so that everybody is told. Faults: stale, conflict "meeting_over".
func (s *Service) Update(ctx context.Context, actor access.Actor, id db.ID, version int64, a Arrangement) error {
	return s.arrange(ctx, actor, id, func(ctx context.Context, tx *change.Tx, m *Meeting, u org.Unit) error {
		if m.OpenedAt != 0 {
			return fault.Conflict("meeting_open")
		}
		a := a
		a.Kind = m.Kind
		if a.HeldAs == "" {
			a.HeldAs = m.HeldAs
		}
		if m.Status != Draft {
			a.StartsAt, a.EndsAt = m.StartsAt, m.EndsAt
		}
		pin, err := s.check(ctx, tx, &a, u)
		if err != nil {
			return err
		}
		if a.ChairID == 0 {
			a.ChairID = m.ChairID
		}
		if a.HeldAs == m.HeldAs { // keep the rules it was made with
			if pin, err = m.pins(); err != nil {
				return err
			}
		}
		rules, err := json.Marshal(pin)
		if err != nil {
			return err
		}
		if err := tx.ExecOne(ctx, `UPDATE meeting SET held_as = $1, rules = $2, theme = $3, place = $4, note = $5, starts_at = $6, ends_at = $7, chair_id = $8, recorder_id = $9,
			deputies = $10, lobby = $11, version = version + 1 WHERE id = $12 AND version = $13`,
			a.HeldAs, string(rules), a.Theme, a.Place, a.Note, a.StartsAt, a.EndsAt, a.ChairID, a.RecorderID, idList(a.DeputyIDs), a.Lobby, id, version); err != nil {
			return err
		}
		if err := putStages(ctx, tx, id, a.Stages); err != nil {
			return err
		}
		m.ChairID, m.RecorderID, m.DeputyText = a.ChairID, a.RecorderID, idList(a.DeputyIDs)
		if _, err := refreshList(ctx, tx, m, pin, s.Profile()); err != nil {
			return err
		}
		if err := ensureParts(ctx, tx, m); err != nil {
			return err
		}
		if m.Status == Announced { // whoever is new on the list
			if err := s.tell(ctx, tx, m, tellInvited, ""); err != nil {
				return err
			}
		}
		return tx.Audit(ctx, change.Record{Action: "meeting.change", Subject: "meeting", SubjectID: id, UnitID: m.UnitID, After: a})
	})
}

// arrange loads a meeting for an officer of its unit (or its chair), runs fn, and tells the open pages.
func (s *Service) arrange(ctx context.Context, actor access.Actor, id db.ID, fn func(ctx context.Context, tx *change.Tx, m *Meeting, u org.Unit) error) error {
	return s.Change.Do(ctx, actor, func(ctx context.Context, tx *change.Tx) error {
		m, u, err := s.arranged(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		if err := fn(ctx, tx, &m, u); err != nil {
			return err
		}
		return tx.Event(ctx, topic(id), "meeting", id, m.Version+1)
	})
}

// arranged loads a meeting that may still be changed, for somebody who may change it.
func (s *Service) arranged(ctx context.Context, q db.Querier, actor access.Actor, id db.ID) (Meeting, org.Unit, error) {
	m, u, err := s.seen(ctx, q, actor, id)
	if err != nil {
		return m, u, err
	}
	if err := s.mayArrange(actor, &m, u); err != nil {
		return m, u, err
	}
	if m.Practice {
		return m, u, fault.Forbidden()
	}
	if m.Status == Over || m.Status == Cancelled {
		return m, u, fault.Conflict("meeting_" + string(m.Status))
	}
	return m, u, nil
}

// eventList is the kind of a meeting's event that somebody was put on its list, or taken off.
const eventList = "list"

func topic(meeting db.ID) string { return "meeting:" + meeting.String() }

// mayArrange: officers of the unit, and whoever was made host.
func (s *Service) mayArrange(actor access.Actor, m *Meeting, u org.Unit) error {
	if actor.Kind == access.Person && actor.Is(m.ChairID) {
		return nil
	}
	return actor.Allowed(access.MeetingArrange, u.Where())
}

// seen loads a meeting that the actor may know of: its arrangers; those on its list and the
// unit's members once it is announced; a link's holder for the link's own meeting; everybody for
// a practice room. Not-found otherwise.
func (s *Service) seen(ctx context.Context, q db.Querier, actor access.Actor, id db.ID) (Meeting, org.Unit, error) {
	m, err := getMeeting(ctx, q, id)
	if err != nil {
		return m, org.Unit{}, err
	}
	if m.Practice {
		return m, org.Unit{}, nil
	}
	u, err := org.GetUnit(ctx, q, m.UnitID)
	if err != nil {
		return m, u, err
	}
	if actor.Kind == access.System || actor.Can(access.MeetingArrange, u.Where()) || actor.Kind == access.Person && actor.Is(m.ChairID) {
		return m, u, nil
	}
	if m.Status == Draft || actor.Kind == access.Link && actor.MeetingID != id {
		return m, u, fault.NotFound()
	}
	if actor.Can(access.MeetingRead, u.Where()) {
		return m, u, nil
	}
	if listed, err := isListed(ctx, q, id, actor.PersonID); err != nil || listed {
		return m, u, err
	}
	return m, u, fault.NotFound()
}
