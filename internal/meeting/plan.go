package meeting

import (
	"context"

	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
	"wozai/internal/profile"
)

func readPlan(ctx context.Context, q db.Querier, meeting db.ID) (Plan, error) {
	m, err := getMeeting(ctx, q, meeting)
	if err != nil {
		return Plan{}, err
	}
	if m.Status == Draft {
		return Plan{}, fault.NotFound() // nobody has been told of it
	}
	var u org.Unit
	if !m.Practice { // which belongs to nobody
		if u, err = org.GetUnit(ctx, q, m.UnitID); err != nil {
			return Plan{}, err
		}
	}
	pin, err := m.pins()
	if err != nil {
		return Plan{}, err
	}
	p := Plan{
		Meeting: m.ID, Unit: u.Where(), UnitName: u.Name, Theme: m.Theme, State: string(m.Status), Lang: m.Lang,
		Kind: pin.Kind, Rules: pin.Rules, StartsAt: m.StartsAt, EndsAt: m.EndsAt, Chair: m.ChairID, Recorder: m.RecorderID,
		Deputies: m.Deputies(), Lobby: m.Lobby, Practice: m.Practice, StageNames: map[string]StageName{},
	}
	stages, err := readStages(ctx, q, meeting)
	if err != nil {
		return Plan{}, err
	}
	for _, st := range stages {
		if st.Name != "" || st.Hint != "" {
			p.StageNames[st.Key] = stageName(pin.Kind, st)
		}
		p.Stages = append(p.Stages, StageFrom(pin.Kind, profile.Stage{Key: st.Key, Mode: st.Mode, Minutes: st.Minutes,
			SpeakSeconds: st.Seconds, Microphones: st.Microphones, PassOn: profile.PassOn(st.PassOn)}, st.Speakers))
	}
	list, err := readInvited(ctx, q, meeting)
	if err != nil {
		return Plan{}, err
	}
	for _, x := range list {
		in := Invited{Person: x.PersonID, Name: x.Name, Belongs: x.Belongs, Votes: x.Votes, Observer: x.Observer, Exempt: x.Exempt}
		if x.Answer == AnswerExcused || x.Answer == AnswerAsked {
			in.Excuse = x.LeaveReason
		}
		if x.Answer == AnswerExcused {
			in.ExcusedBy = x.DecidedBy
		}
		p.People = append(p.People, in)
	}
	return p, nil
}

// stageName is a stage in words where they are not the kind's own.
func stageName(k profile.MeetingKind, st PlannedStage) StageName {
	out := StageName{Name: profile.Text{ZH: st.Name, EN: st.Name}}
	known, ok := k.Stage(st.Key)
	if ok {
		out.Hint = known.Hint
		if st.Name == "" {
			out.Name = known.Name
		}
	}
	if st.Hint != "" {
		out.Hint = &profile.Text{ZH: st.Hint, EN: st.Hint}
	}
	return out
}

// Pages counts the pages of one of the meeting's papers.
func (s *Service) Pages(ctx context.Context, q db.Querier, meeting, paper db.ID) (int, error) {
	var n int
	return n, db.Get(ctx, q, &n, `SELECT pages FROM paper WHERE id = $1 AND meeting_id = $2 AND status = 'ready' AND removed_at = 0`, paper, meeting)
}

// Exempt writes why a person is not due; reason "" takes it back. The caller has authorised it.
func (s *Service) Exempt(ctx context.Context, tx *change.Tx, meeting, person db.ID, reason, note string) error {
	if err := listChanged(ctx, tx, meeting); err != nil {
		return err
	}
	return tx.ExecOne(ctx, `UPDATE participant SET exempt = $1, exempt_note = $2, exempt_by = $3, version = version + 1 WHERE meeting_id = $4 AND person_id = $5`,
		reason, note, tx.Actor().PersonID, meeting, person)
}

// Opened notes that the room has opened; who is due stands from now on.
func (s *Service) Opened(ctx context.Context, tx *change.Tx, meeting db.ID) error {
	m, err := getMeeting(ctx, tx, meeting)
	if err != nil {
		return err
	}
	if m.OpenedAt == 0 && !m.Practice {
		pin, err := m.pins()
		if err != nil {
			return err
		}
		if _, err := refreshList(ctx, tx, &m, pin, s.Profile()); err != nil {
			return err
		}
	}
	if err := tx.Exec(ctx, `UPDATE meeting SET opened_at = $1, version = version + 1 WHERE id = $2 AND opened_at = 0`, tx.Now(), meeting); err != nil {
		return err
	}
	return tx.Event(ctx, topic(meeting), "meeting", meeting, 0)
}

// Finished notes that the meeting is over, and since when; its to-dos are settled.
func (s *Service) Finished(ctx context.Context, tx *change.Tx, meeting db.ID, at db.Time) error {
	if err := tx.Exec(ctx, `UPDATE meeting SET status = 'over', ended_at = $1, opened_at = CASE WHEN opened_at = 0 THEN $1 ELSE opened_at END, version = version + 1 WHERE id = $2`,
		at, meeting); err != nil {
		return err
	}
	for _, subject := range []string{"meeting", leaveSubject} {
		if err := tx.Done(ctx, subject, meeting, 0); err != nil {
			return err
		}
	}
	return tx.Event(ctx, topic(meeting), "meeting", meeting, 0)
}
