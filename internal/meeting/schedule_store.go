package meeting

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/org"
	"wozai/internal/profile"
)

const meetingColumns = `id, unit_id, kind, held_as, profile, profile_version, rules, theme, place, note, starts_at, ends_at, status, chair_id, recorder_id,
	deputies, lobby, lang, practice, revision, opened_at, ended_at, created_by, created_at, version`

func getMeeting(ctx context.Context, q db.Querier, id db.ID) (m Meeting, err error) {
	return m, db.Get(ctx, q, &m, `SELECT `+meetingColumns+` FROM meeting WHERE id = $1`, id)
}

func readStages(ctx context.Context, q db.Querier, meeting db.ID) ([]PlannedStage, error) {
	out := []PlannedStage{}
	if err := db.Select(ctx, q, &out, `SELECT meeting_id, key, sort, name, hint, mode, minutes, seconds, microphones, pass_on, speakers FROM stage
		WHERE meeting_id = $1 ORDER BY sort`, meeting); err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Speakers = []db.ID{}
		if err := json.Unmarshal([]byte(out[i].SpeakerText), &out[i].Speakers); err != nil {
			return nil, err
		}
	}
	return out, nil
}

const participantColumns = `l.meeting_id, l.person_id, p.name, l.unit_id, l.sort, l.belongs, l.votes, l.observer, l.by_hand, l.answer, l.leave_reason, l.leave_note, l.answered_at,
	l.decided_by, l.decided_at, l.exempt, l.exempt_note, l.exempt_by, l.plan_how, l.told_at, l.version`

// readParticipants reads the list in its order: those due first, then who attends without a vote.
func readParticipants(ctx context.Context, q db.Querier, meeting db.ID) ([]Participant, error) {
	out := []Participant{}
	return out, db.Select(ctx, q, &out, `SELECT `+participantColumns+` FROM participant l JOIN person p ON p.id = l.person_id
		WHERE l.meeting_id = $1 ORDER BY l.observer, l.sort, l.person_id`, meeting)
}

// readInvited reads of the list what the room needs, for every command: the other columns cost more
// than half of the time.
func readInvited(ctx context.Context, q db.Querier, meeting db.ID) ([]Participant, error) {
	out := []Participant{}
	return out, db.Select(ctx, q, &out, `SELECT l.person_id, p.name, l.belongs, l.votes, l.observer, l.answer, l.leave_reason, l.decided_by, l.exempt
		FROM participant l JOIN person p ON p.id = l.person_id WHERE l.meeting_id = $1 ORDER BY l.observer, l.sort, l.person_id`, meeting)
}

func getParticipant(ctx context.Context, q db.Querier, meeting, person db.ID) (p Participant, err error) {
	return p, db.Get(ctx, q, &p, `SELECT `+participantColumns+` FROM participant l JOIN person p ON p.id = l.person_id
		WHERE l.meeting_id = $1 AND l.person_id = $2`, meeting, person)
}

func isListed(ctx context.Context, q db.Querier, meeting, person db.ID) (bool, error) {
	var n int64
	return db.Find(ctx, q, &n, `SELECT 1 FROM participant WHERE meeting_id = $1 AND person_id = $2`, meeting, person)
}

func addParticipant(ctx context.Context, tx *change.Tx, meeting db.ID, p Participant) error {
	return tx.Exec(ctx, `INSERT INTO participant (meeting_id, person_id, unit_id, sort, belongs, votes, observer, by_hand, answer, leave_reason, leave_note, exempt, exempt_note, plan_how, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'none', '', '', '', '', '', 1) ON CONFLICT (meeting_id, person_id) DO NOTHING`,
		meeting, p.PersonID, p.UnitID, p.Sort, p.Belongs, p.Votes, p.Observer, p.ByHand)
}

// ensureListed puts somebody with a part in the meeting on its list; 0 is nobody.
func ensureListed(ctx context.Context, tx *change.Tx, meeting, person db.ID) error {
	if person == 0 {
		return nil
	}
	return addParticipant(ctx, tx, meeting, Participant{PersonID: person, Sort: afterAll, Observer: true, ByHand: true})
}

// refreshList brings the unit's own people on the list up to date: who has joined is added, who
// has left is taken off, standing is read anew. Answers, exemptions, guests and who has a part in
// the meeting stay. It reports whether anything changed; then the room hears of it.
func refreshList(ctx context.Context, tx *change.Tx, m *Meeting, pin pinned, p *profile.Profile) (changed bool, err error) {
	sel := org.Selection{UnitIDs: []db.ID{m.UnitID}, Standings: []string{}}
	for _, st := range p.Standings {
		if st.Belongs {
			sel.Standings = append(sel.Standings, st.Key)
		}
	}
	if pin.Rules.Due == profile.DueCommittee {
		for _, pos := range p.Positions {
			if pos.Committee {
				sel.Positions = append(sel.Positions, pos.Key)
			}
		}
	}
	members, err := org.Select(ctx, tx, sel, maxInvited)
	if err != nil {
		return false, err
	}
	listed, err := readParticipants(ctx, tx, m.ID)
	if err != nil {
		return false, err
	}
	now := map[db.ID]Participant{}
	for _, x := range listed {
		now[x.PersonID] = x
	}
	for i, x := range members {
		standing, err := p.Standing(x.Standing)
		if err != nil {
			return changed, err
		}
		want := Participant{PersonID: x.PersonID, UnitID: m.UnitID, Sort: int64(i), Belongs: true, Votes: standing.Votes}
		have, on := now[x.PersonID]
		delete(now, x.PersonID)
		switch {
		case !on:
			changed = true
			err = addParticipant(ctx, tx, m.ID, want)
		case have.Belongs != want.Belongs || have.Votes != want.Votes || have.Sort != want.Sort || have.Observer != want.Observer || have.UnitID != want.UnitID:
			changed = true
			err = tx.Exec(ctx, `UPDATE participant SET unit_id = $1, sort = $2, belongs = $3, votes = $4, observer = $5, version = version + 1 WHERE meeting_id = $6 AND person_id = $7`,
				want.UnitID, want.Sort, want.Belongs, want.Votes, want.Observer, m.ID, x.PersonID)
		}
		if err != nil {
			return changed, err
		}
	}
	parts, err := partsIn(ctx, tx, m)
	if err != nil {
		return changed, err
	}
	for id, x := range now {
		switch {
		case !x.ByHand && slices.Contains(parts, id): // has left the unit and still leads, keeps the record or speaks
			err = tx.Exec(ctx, `UPDATE participant SET belongs = FALSE, votes = FALSE, observer = TRUE, by_hand = TRUE, sort = $1, version = version + 1 WHERE meeting_id = $2 AND person_id = $3`, afterAll, m.ID, id)
		case x.ByHand && !x.Belongs:
			continue
		case x.ByHand: // was a guest before they belonged
			err = tx.Exec(ctx, `UPDATE participant SET belongs = FALSE, votes = FALSE, observer = TRUE, sort = $1, version = version + 1 WHERE meeting_id = $2 AND person_id = $3`, afterAll, m.ID, id)
		default:
			err = tx.Exec(ctx, `DELETE FROM participant WHERE meeting_id = $1 AND person_id = $2`, m.ID, id)
		}
		if err != nil {
			return changed, err
		}
		changed = true
	}
	if !changed {
		return false, nil
	}
	return true, errors.Join(listChanged(ctx, tx, m.ID), tx.Event(ctx, topic(m.ID), eventList, m.ID, 0))
}

// afterAll puts guests behind the unit's own people.
const afterAll = 1 << 30

// partsIn lists who has a part in a meeting, as it stands: host, recorder, deputies, named speakers.
func partsIn(ctx context.Context, q db.Querier, m *Meeting) ([]db.ID, error) {
	out := append([]db.ID{m.ChairID, m.RecorderID}, m.Deputies()...)
	stages, err := readStages(ctx, q, m.ID)
	for _, st := range stages {
		out = append(out, st.Speakers...)
	}
	return out, err
}

// ensureParts puts everybody with a part in the meeting on its list.
func ensureParts(ctx context.Context, tx *change.Tx, m *Meeting) error {
	parts, err := partsIn(ctx, tx, m)
	if err != nil {
		return err
	}
	for _, id := range parts {
		if err := ensureListed(ctx, tx, m.ID, id); err != nil {
			return err
		}
	}
	return nil
}
