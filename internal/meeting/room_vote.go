package meeting

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
)

// Withdrawn is the state of a motion that was taken back, or open when the meeting ended.
const MotionWithdrawn MotionState = "withdrawn"

// CodeMotionOpen refuses a second vote while one is open: conflict.
const CodeMotionOpen = "vote_one_at_a_time"

// MotionText is a motion as it is put.
type MotionText struct {
	Title  string `json:"title" maxLength:"200"`
	Text   string `json:"text,omitempty" maxLength:"4000"`
	Ballot string `json:"ballot" doc:"key of one of the meeting kind's ballots"`
	Open   bool   `json:"open,omitempty" doc:"put it to the vote at once"`
}

// MotionView is a motion with its arithmetic. Names with votes are told once it is closed: the vote
// is open, but nobody is to be swayed while it runs.
type MotionView struct {
	ID        db.ID         `json:"id"`
	Stage     string        `json:"stage"`
	Title     string        `json:"title"`
	Text      string        `json:"text"`
	Ballot    string        `json:"ballot"`
	State     MotionState   `json:"state" enum:"draft,open,closed,withdrawn"`
	MovedBy   db.ID         `json:"moved_by"`
	CreatedAt db.Time       `json:"created_at"`
	OpenedAt  db.Time       `json:"opened_at"`
	ClosedAt  db.Time       `json:"closed_at"`
	Voted     int           `json:"voted"`
	Due       int           `json:"due" doc:"had a vote when it was opened"`
	Quorum    *QuorumResult `json:"quorum,omitempty" doc:"when it was opened"`
	Result    *VoteResult   `json:"result,omitempty"`
	Votes     []VoteGiven   `json:"votes,omitempty" doc:"once closed: the vote that counts of each"`
	Mine      Choice        `json:"mine,omitempty"`
	Version   int64         `json:"version"`
}

// VoteGiven is one vote and how it was given.
type VoteGiven struct {
	Person db.ID   `json:"person"`
	Choice Choice  `json:"choice"`
	At     db.Time `json:"at"`
	Given  string  `json:"given" enum:"account,link,shared,phone,helper"`
	By     db.ID   `json:"by,omitzero" doc:"who pressed, when not themselves"`
}

type motionRow struct {
	ID        db.ID       `db:"id"`
	MeetingID db.ID       `db:"meeting_id"`
	Stage     string      `db:"stage"`
	Title     string      `db:"title"`
	Text      string      `db:"text"`
	Ballot    string      `db:"ballot"`
	State     MotionState `db:"state"`
	MovedBy   db.ID       `db:"moved_by"`
	CreatedAt db.Time     `db:"created_at"`
	OpenedAt  db.Time     `db:"opened_at"`
	OpenedBy  db.ID       `db:"opened_by"`
	ClosedAt  db.Time     `db:"closed_at"`
	ClosedBy  db.ID       `db:"closed_by"`
	Rules     *string     `db:"rules"`
	Due       *string     `db:"due"`
	Quorum    *string     `db:"quorum"`
	Result    *string     `db:"result"`
	Version   int64       `db:"version"`
}

type voteRow struct {
	Person db.ID   `db:"person_id"`
	Choice Choice  `db:"choice"`
	At     db.Time `db:"at"`
	Given  string  `db:"given"`
	By     db.ID   `db:"by_id"`
}

const motionColumns = `id, meeting_id, stage, title, text, ballot, state, moved_by, created_at, opened_at, opened_by, closed_at, closed_by, rules, due, quorum, result, version`

// readMotion reads a motion with its votes, as the pure rules know it.
func readMotion(ctx context.Context, q db.Querier, meeting, id db.ID) (row motionRow, m Motion, given []voteRow, err error) {
	if err = db.Get(ctx, q, &row, `SELECT `+motionColumns+` FROM motion WHERE id = $1 AND meeting_id = $2`, id, meeting); err != nil {
		return row, m, nil, err
	}
	if err = db.Select(ctx, q, &given, `SELECT person_id, choice, at, given, by_id FROM vote WHERE motion_id = $1 ORDER BY id`, id); err != nil {
		return row, m, nil, err
	}
	m, err = row.rules(given)
	return row, m, given, err
}

func (row *motionRow) rules(given []voteRow) (Motion, error) {
	m := Motion{ID: row.ID, State: row.State, OpenedAt: row.OpenedAt, OpenedBy: row.OpenedBy, ClosedAt: row.ClosedAt, ClosedBy: row.ClosedBy, Due: []db.ID{}, Votes: []CastVote{}}
	for _, f := range []struct {
		text *string
		into any
	}{{row.Rules, &m.Ballot}, {row.Due, &m.Due}, {row.Quorum, &m.Quorum}, {row.Result, &m.Result}} {
		if f.text == nil {
			continue
		}
		if err := json.Unmarshal([]byte(*f.text), f.into); err != nil {
			return m, fmt.Errorf("motion %d: %w", row.ID, err)
		}
	}
	for _, v := range given {
		m.Votes = append(m.Votes, CastVote{Person: v.Person, Choice: v.Choice, At: v.At, By: v.By, Link: v.Given == "link"})
	}
	return m, nil
}

// Move puts a motion on the table, and to the vote at once where asked. A host's. Faults: as
// OpenVote's.
func (s *Rooms) Move(ctx context.Context, actor access.Actor, meeting db.ID, command string, in MotionText) (id db.ID, err error) {
	_, id, err = s.once(ctx, actor, meeting, command, in, func(ctx context.Context, r *roomTx) (db.ID, error) {
		if err := r.requireHost(); err != nil {
			return 0, err
		}
		var c fault.Check
		title, text := c.Text("title", in.Title, 200, true), c.Text("text", in.Text, 4000, false)
		_, known := r.plan.Rules.Ballot(in.Ballot)
		c.If(!known, "ballot", "choice")
		if err := c.Err(); err != nil {
			return 0, err
		}
		id := r.NewID()
		r.touch()
		if err := r.Exec(ctx, `INSERT INTO motion (id, meeting_id, stage, title, text, ballot, state, moved_by, created_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)`,
			id, meeting, r.doc.Floor.Stage, title, text, in.Ballot, MotionDraft, actor.PersonID, r.Now()); err != nil {
			return 0, err
		}
		if in.Open {
			return id, r.openVote(ctx, id)
		}
		return id, nil
	})
	return id, err
}

// OpenVote puts a motion to the vote. A host's, once the meeting is open. Faults: conflict
// vote_no_quorum with the arithmetic, vote_wrong_state, vote_secret, vote_one_at_a_time,
// room_not_open.
func (s *Rooms) OpenVote(ctx context.Context, actor access.Actor, meeting, motion db.ID) (int64, error) {
	return s.act(ctx, actor, meeting, func(ctx context.Context, r *roomTx) error {
		if err := r.requireHost(); err != nil {
			return err
		}
		return r.openVote(ctx, motion)
	})
}

func (r *roomTx) openVote(ctx context.Context, motion db.ID) error {
	if err := r.requireGoing(); err != nil {
		return err
	}
	if r.doc.phase() != RoomOpen {
		return refuse(CodeRoomNotOpen)
	}
	row, m, _, err := readMotion(ctx, r, r.plan.Meeting, motion)
	if err != nil {
		return err
	}
	var open int64
	if err := db.Get(ctx, r, &open, `SELECT COUNT(*) FROM motion WHERE meeting_id = $1 AND state = 'open'`, r.plan.Meeting); err != nil {
		return err
	}
	if open > 0 && row.State == MotionDraft {
		return refuse(CodeMotionOpen)
	}
	ballot, ok := r.plan.Rules.Ballot(row.Ballot)
	if !ok {
		return fault.NotFound()
	}
	m, err = OpenMotion(m, ballot, attendees(r.plan, &r.doc), r.Actor().PersonID, r.Now().Std())
	if err != nil {
		return err
	}
	rules, err := json.Marshal(m.Ballot)
	if err != nil {
		return err
	}
	due, err := json.Marshal(m.Due)
	if err != nil {
		return err
	}
	quorum, err := json.Marshal(m.Quorum)
	if err != nil {
		return err
	}
	r.doc.Motion = motion
	r.touch()
	return r.ExecOne(ctx, `UPDATE motion SET state = $1, opened_at = $2, opened_by = $3, rules = $4, due = $5, quorum = $6, stage = $7, version = version + 1 WHERE id = $8 AND version = $9`,
		m.State, m.OpenedAt, m.OpenedBy, string(rules), string(due), string(quorum), r.doc.Floor.Stage, motion, row.Version)
}

// CastBallot is one vote sent by a browser.
type CastBallot struct {
	Person db.ID  `json:"person,omitempty" doc:"who votes, when somebody else presses: at the same screen, or a host for the telephone"`
	Choice Choice `json:"choice" enum:"for,against,abstain"`
}

// Vote gives or changes a vote while the vote is open. For who is present and has one; at a shared
// screen each for the others; a host for who is on the telephone. It is recorded how it was given.
// Faults: forbidden vote_not_entitled, floor_not_yours; conflict vote_wrong_state,
// vote_only_present.
func (s *Rooms) Vote(ctx context.Context, actor access.Actor, meeting, motion db.ID, in CastBallot) (int64, error) {
	return s.act(ctx, actor, meeting, func(ctx context.Context, r *roomTx) error {
		if err := r.requireInvited(); err != nil {
			return err
		}
		if err := r.requireGoing(); err != nil {
			return err
		}
		if !r.doc.Floor.IsHost(actor.PersonID) {
			if err := r.requireInside(); err != nil {
				return err
			}
		}
		voter := in.Person
		if voter == 0 {
			voter = actor.PersonID
		}
		given, err := r.votesFor(voter)
		if err != nil {
			return err
		}
		row, m, _, err := readMotion(ctx, r, meeting, motion)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(r.plan.People, func(x Invited) bool { return x.Person == voter })
		if i < 0 {
			return forbidden(CodeNoVote)
		}
		cast := CastVote{Choice: in.Choice, Link: given == "link"}
		if voter != actor.PersonID {
			cast.By = actor.PersonID
		}
		after, err := Cast(m, attendees(r.plan, &r.doc)[i], cast, r.Now().Std())
		if err != nil || len(after.Votes) == len(m.Votes) {
			return err
		}
		if len(after.Due) != len(m.Due) {
			due, err := json.Marshal(after.Due)
			if err != nil {
				return err
			}
			if err := r.ExecOne(ctx, `UPDATE motion SET due = $1, version = version + 1 WHERE id = $2 AND version = $3`, string(due), motion, row.Version); err != nil {
				return err
			}
		}
		r.touch()
		return r.Exec(ctx, `INSERT INTO vote (id, motion_id, person_id, choice, at, given, by_id) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			r.NewID(), motion, voter, in.Choice, r.Now(), given, cast.By)
	})
}

// votesFor says how the actor may give somebody's vote.
func (r *roomTx) votesFor(voter db.ID) (given string, err error) {
	a := r.Actor()
	p, err := r.person(voter)
	if err != nil {
		return "", refuse(CodeVoterAbsent)
	}
	if voter != a.PersonID {
		if p.Seat == 0 && r.doc.Floor.IsHost(a.PersonID) {
			return "phone", nil
		}
		mine := r.doc.seatOf(a.PersonID)
		if mine == nil || mine.ID != p.Seat {
			return "", forbidden(CodeNotYours)
		}
		return "shared", nil
	}
	if st := r.doc.seatOf(voter); st != nil && st.Helper != "" && st.Person == voter {
		return "helper", nil
	}
	if a.Kind == access.Link {
		return "link", nil
	}
	return "account", nil
}

// CloseVote ends a vote and counts. A host's. Closing twice is no error.
func (s *Rooms) CloseVote(ctx context.Context, actor access.Actor, meeting, motion db.ID) (int64, error) {
	return s.act(ctx, actor, meeting, func(ctx context.Context, r *roomTx) error {
		if err := r.requireHost(); err != nil {
			return err
		}
		row, m, _, err := readMotion(ctx, r, meeting, motion)
		if err != nil || row.State == MotionClosed {
			return err
		}
		if m, err = CloseMotion(m, attendees(r.plan, &r.doc), actor.PersonID, r.Now().Std()); err != nil {
			return err
		}
		result, err := json.Marshal(m.Result)
		if err != nil {
			return err
		}
		r.touch()
		return r.ExecOne(ctx, `UPDATE motion SET state = $1, closed_at = $2, closed_by = $3, result = $4, version = version + 1 WHERE id = $5 AND version = $6`,
			m.State, m.ClosedAt, m.ClosedBy, string(result), motion, row.Version)
	})
}

// WithdrawMotion takes back a motion that is not decided yet; votes given stay on record and count
// for nothing. A host's.
func (s *Rooms) WithdrawMotion(ctx context.Context, actor access.Actor, meeting, motion db.ID) (int64, error) {
	return s.act(ctx, actor, meeting, func(ctx context.Context, r *roomTx) error {
		if err := r.requireHost(); err != nil {
			return err
		}
		row, _, _, err := readMotion(ctx, r, meeting, motion)
		if err != nil || row.State == MotionWithdrawn {
			return err
		}
		if row.State == MotionClosed {
			return refuse(CodeMotionState).With("state", string(row.State))
		}
		if r.doc.Motion == motion {
			r.doc.Motion = 0
		}
		r.touch()
		if err := r.ExecOne(ctx, `UPDATE motion SET state = 'withdrawn', closed_at = $1, closed_by = $2, version = version + 1 WHERE id = $3 AND version = $4`, r.Now(), actor.PersonID, motion, row.Version); err != nil {
			return err
		}
		return r.Audit(ctx, change.Record{Action: "motion.withdraw", Subject: "motion", SubjectID: motion, UnitID: r.plan.Unit.ID})
	})
}

// Motions lists a meeting's motions for people inside and, afterwards, whoever was.
func (s *Rooms) Motions(ctx context.Context, actor access.Actor, meeting db.ID) ([]MotionView, error) {
	if err := s.mayHear(ctx, actor, meeting); err != nil {
		return nil, err
	}
	var ids []db.ID
	if err := db.Select(ctx, s.DB.Read(), &ids, `SELECT id FROM motion WHERE meeting_id = $1 ORDER BY id`, meeting); err != nil {
		return nil, err
	}
	out := make([]MotionView, 0, len(ids))
	for _, id := range ids {
		row, m, given, err := readMotion(ctx, s.DB.Read(), meeting, id)
		if err != nil {
			return nil, err
		}
		out = append(out, viewMotion(row, m, given, actor.PersonID))
	}
	return out, nil
}

func viewMotion(row motionRow, m Motion, given []voteRow, reader db.ID) MotionView {
	v := MotionView{ID: row.ID, Stage: row.Stage, Title: row.Title, Text: row.Text, Ballot: row.Ballot, State: row.State, MovedBy: row.MovedBy,
		CreatedAt: row.CreatedAt, OpenedAt: row.OpenedAt, ClosedAt: row.ClosedAt, Due: len(m.Due), Quorum: m.Quorum, Result: m.Result, Version: row.Version}
	last := map[db.ID]int{}
	for i, g := range given {
		last[g.Person] = i
	}
	v.Voted = len(last)
	for i, g := range given {
		if last[g.Person] != i {
			continue
		}
		if g.Person == reader {
			v.Mine = g.Choice
		}
		if row.State == MotionClosed {
			v.Votes = append(v.Votes, VoteGiven(g))
		}
	}
	return v
}

func choiceOf(ctx context.Context, q db.Querier, motion, person db.ID) (choice string, err error) {
	_, err = db.Find(ctx, q, &choice, `SELECT choice FROM vote WHERE motion_id = $1 AND person_id = $2 ORDER BY id DESC LIMIT 1`, motion, person)
	return choice, err
}

// publicMotion is the vote as the room's state shows it; nil when there is none.
func (s *Rooms) publicMotion(ctx context.Context, p Plan, d *roomDoc, people []Attendee) (*RoomMotion, error) {
	if d.Motion == 0 {
		return nil, nil
	}
	row, m, given, err := readMotion(ctx, s.DB.Read(), p.Meeting, d.Motion)
	if err != nil {
		return nil, err
	}
	if row.State == MotionWithdrawn || row.State == MotionDraft {
		return nil, nil
	}
	v := viewMotion(row, m, given, 0)
	out := &RoomMotion{ID: row.ID, Title: row.Title, Ballot: row.Ballot, State: string(row.State), OpenedAt: row.OpenedAt, ClosedAt: row.ClosedAt, Voted: v.Voted}
	for _, a := range people {
		if a.here() && a.due(m.Ballot.Quorum.Base) && a.Votes {
			out.Eligible++
		}
	}
	if r := m.Result; r != nil {
		out.For, out.Against, out.Abstained, out.Need, out.Carried = r.For, r.Against, r.Abstain, r.Needed, r.Carried
	}
	return out, nil
}
