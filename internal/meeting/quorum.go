package meeting

import (
	"cmp"
	"slices"

	"wozai/internal/db"
	"wozai/internal/profile"
)

// Attendee is one person of the meeting's list, as far as counting needs to know.
type Attendee struct {
	Person   db.ID  `json:"person"`
	Belongs  bool   `json:"belongs"`  // by standing a member, so due unless exempt
	Votes    bool   `json:"votes"`    // by standing has a vote (预备党员 do not)
	Observer bool   `json:"observer"` // 列席: never counted
	Exempt   string `json:"exempt"`   // key of the reason not to be due; "" is due
	Present  bool   `json:"present"`  // is there now
	How      How    `json:"how"`      // in writing is not there
}

// here reports presence that counts: by video, audio, telephone or at a shared screen.
func (a Attendee) here() bool { return a.Present && a.How != ByWriting && !a.Observer }

// due reports whether the person is due; who is exempt and comes all the same is due again.
func (a Attendee) due(base profile.Base) bool {
	if a.Observer || !a.Belongs || base == profile.EligibleVoting && !a.Votes {
		return false
	}
	return a.Exempt == "" || a.here()
}

// Message is a sentence for a page: key and parameters, worded in the reader's language. The
// parameter "who" is the key of a word of the profile.
type Message struct {
	Key    string         `json:"key"`
	Params map[string]any `json:"params"`
}

// ReasonCount is how many are not due for a reason.
type ReasonCount struct {
	Reason string `json:"reason"`
	Count  int    `json:"count"`
}

// QuorumResult is the arithmetic of a quorum, so that the page can spell it out.
type QuorumResult struct {
	Met     bool           `json:"met"`
	Due     int            `json:"due"`     // 应到, after exemptions
	Present int            `json:"present"` // of those due
	Needed  int            `json:"needed"`
	Short   int            `json:"short"`  // how many are missing, 0 when met
	Exempt  []ReasonCount  `json:"exempt"` // taken off, by reason
	Rule    profile.Quorum `json:"rule"`
	Message Message        `json:"message"`
}

// Messages about quorum and votes.
const (
	MsgQuorumMet   = "quorum.met"   // needed, due, present, who
	MsgQuorumShort = "quorum.short" // short, needed, due, present, who
	MsgQuorumEmpty = "quorum.empty" // who: nobody is due
	MsgCarried     = "vote.carried" // votes_for, needed, base, of
	MsgNotCarried  = "vote.lost"    // votes_for, needed, base, of, short
)

// CountQuorum applies a rule to the meeting's list. Nobody due is never a quorum.
func CountQuorum(rule profile.Quorum, people []Attendee) QuorumResult {
	r := QuorumResult{Rule: rule, Exempt: []ReasonCount{}}
	exempt := map[string]int{}
	for _, a := range people {
		switch {
		case a.due(rule.Base):
			r.Due++
			if a.here() {
				r.Present++
			}
		case a.Exempt != "" && a.Belongs && !a.Observer && (a.Votes || rule.Base != profile.EligibleVoting):
			exempt[a.Exempt]++
		}
	}
	for reason, n := range exempt {
		r.Exempt = append(r.Exempt, ReasonCount{reason, n})
	}
	slices.SortFunc(r.Exempt, func(a, b ReasonCount) int { return cmp.Compare(a.Reason, b.Reason) })
	r.Needed = Needed(rule.Num, rule.Den, r.Due, rule.Strictness)
	r.Short = max(0, r.Needed-r.Present)
	r.Met = r.Short == 0
	who := "voter"
	if rule.Base != profile.EligibleVoting {
		who = "member"
	}
	r.Message = Message{MsgQuorumMet, map[string]any{"needed": r.Needed, "due": r.Due, "present": r.Present, "who": who}}
	switch {
	case r.Due == 0:
		r.Message = Message{MsgQuorumEmpty, map[string]any{"who": who}}
	case !r.Met:
		r.Message.Key = MsgQuorumShort
		r.Message.Params["short"] = r.Short
	}
	return r
}

// Needed is the smallest whole number that is at least, or more than, num/den of a number; never
// less than one.
func Needed(num, den, of int, s profile.Strictness) int {
	n, rest := of*num/den, of*num%den
	if s == profile.MoreThan || rest > 0 {
		n++
	}
	return max(1, n)
}
