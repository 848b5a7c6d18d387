package meeting

import (
	"slices"
	"time"

	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/profile"
)

// Choice is a vote.
type Choice string

// The choices.
const (
	For     Choice = "for"
	Against Choice = "against"
	Abstain Choice = "abstain"
)

// MotionState says how far a motion has come.
type MotionState string

// The states of a motion.
const (
	MotionDraft  MotionState = "draft"
	MotionOpen   MotionState = "open"
	MotionClosed MotionState = "closed"
)

// CastVote is one vote as it was given. A later one of the same person replaces it; both are kept.
type CastVote struct {
	Person db.ID   `json:"person"`
	Choice Choice  `json:"choice"`
	At     db.Time `json:"at"`
	By     db.ID   `json:"by"`   // a host who took it over the telephone; 0: themselves
	Link   bool    `json:"link"` // by join link
}

// Motion is a question put to an open vote. Everybody sees who voted how.
type Motion struct {
	ID       db.ID          `json:"id"`
	State    MotionState    `json:"state"`
	Ballot   profile.Ballot `json:"ballot"` // the rules it was opened under
	OpenedAt db.Time        `json:"opened_at"`
	OpenedBy db.ID          `json:"opened_by"`
	ClosedAt db.Time        `json:"closed_at"`
	ClosedBy db.ID          `json:"closed_by"`
	Due      []db.ID        `json:"due"`    // who has a vote and was due when it was opened
	Quorum   *QuorumResult  `json:"quorum"` // when it was opened
	Votes    []CastVote     `json:"votes"`  // all, in the order given
	Result   *VoteResult    `json:"result"` // once closed
}

// VoteResult is the outcome with its arithmetic.
type VoteResult struct {
	For      int              `json:"for"`
	Against  int              `json:"against"`
	Abstain  int              `json:"abstain"`
	NotVoted int              `json:"not_voted"` // were due and gave no vote
	Base     int              `json:"base"`      // what the fraction is taken of
	Needed   int              `json:"needed"`
	Carried  bool             `json:"carried"`
	Rule     profile.Majority `json:"rule"`
	Message  Message          `json:"message"`
}

// Codes of refusals about votes.
const (
	CodeNoQuorum     = "vote_no_quorum"      // conflict; params of the quorum's message
	CodeMotionState  = "vote_wrong_state"    // conflict: opened twice, closed, not open
	CodeSecretBallot = "vote_secret"         // conflict: secret ballots are not held here
	CodeNoVote       = "vote_not_entitled"   // forbidden
	CodeVoterAbsent  = "vote_only_present"   // conflict
	CodeChoice       = "vote_choice_unknown" // invalid
)

// OpenMotion puts a motion to the vote. It needs the ballot's quorum.
func OpenMotion(m Motion, ballot profile.Ballot, people []Attendee, by db.ID, now time.Time) (Motion, error) {
	if m.State != MotionDraft {
		return m, refuse(CodeMotionState).With("state", string(m.State))
	}
	if ballot.Secret {
		return m, refuse(CodeSecretBallot)
	}
	q := CountQuorum(ballot.Quorum, people)
	if !q.Met {
		return m, refuse(CodeNoQuorum).With("short", q.Short, "needed", q.Needed, "due", q.Due, "present", q.Present)
	}
	m.State, m.Ballot, m.Quorum, m.OpenedAt, m.OpenedBy = MotionOpen, ballot, &q, db.At(now), by
	m.Due, m.Votes = []db.ID{}, []CastVote{}
	for _, a := range people {
		if a.due(profile.EligibleVoting) {
			m.Due = append(m.Due, a.Person)
		}
	}
	return m, nil
}

// Cast gives or changes a vote until the motion is closed. The voter must be due and present; who
// comes in while the vote is on may vote. The same choice again changes nothing.
func Cast(m Motion, voter Attendee, v CastVote, now time.Time) (Motion, error) {
	v.Person, v.At = voter.Person, db.At(now)
	switch {
	case m.State != MotionOpen:
		return m, refuse(CodeMotionState).With("state", string(m.State))
	case v.Choice != For && v.Choice != Against && v.Choice != Abstain:
		return m, fault.New(fault.KindInvalid, CodeChoice)
	case !voter.due(profile.EligibleVoting):
		return m, forbidden(CodeNoVote)
	case !voter.here():
		return m, refuse(CodeVoterAbsent)
	}
	if old, ok := m.VoteOf(voter.Person); ok && old.Choice == v.Choice {
		return m, nil
	}
	if !contains(m.Due, voter.Person) { // was exempt and came all the same
		m.Due = append(slices.Clone(m.Due), voter.Person)
	}
	m.Votes = append(slices.Clone(m.Votes), v)
	return m, nil
}

// VoteOf is the vote that counts for a person.
func (m Motion) VoteOf(person db.ID) (CastVote, bool) {
	for i := len(m.Votes) - 1; i >= 0; i-- {
		if m.Votes[i].Person == person {
			return m.Votes[i], true
		}
	}
	return CastVote{}, false
}

// CloseMotion ends the vote and counts. For a majority of those present, present is who is there
// now or has voted.
func CloseMotion(m Motion, people []Attendee, by db.ID, now time.Time) (Motion, error) {
	if m.State != MotionOpen {
		return m, refuse(CodeMotionState).With("state", string(m.State))
	}
	r := m.count(people)
	m.State, m.Result, m.ClosedAt, m.ClosedBy = MotionClosed, &r, db.At(now), by
	return m, nil
}

func (m Motion) count(people []Attendee) VoteResult {
	rule := m.Ballot.Majority
	r := VoteResult{Rule: rule}
	present := map[db.ID]bool{}
	for _, a := range people {
		if a.here() && contains(m.Due, a.Person) {
			present[a.Person] = true
		}
	}
	for _, id := range m.Due {
		v, voted := m.VoteOf(id)
		if !voted {
			r.NotVoted++
			continue
		}
		present[id] = true
		switch v.Choice {
		case For:
			r.For++
		case Against:
			r.Against++
		case Abstain:
			r.Abstain++
		}
	}
	switch rule.Base {
	case profile.Present:
		r.Base = len(present)
	case profile.Cast:
		r.Base = r.For + r.Against
	default: // of those due, whether they came or not
		r.Base = len(m.Due)
	}
	r.Needed = Needed(rule.Num, rule.Den, r.Base, rule.Strictness)
	r.Carried = r.For >= r.Needed
	r.Message = Message{MsgCarried, map[string]any{"votes_for": r.For, "needed": r.Needed, "base": r.Base, "of": string(rule.Base)}}
	if !r.Carried {
		r.Message.Key = MsgNotCarried
		r.Message.Params["short"] = r.Needed - r.For
	}
	return r
}
