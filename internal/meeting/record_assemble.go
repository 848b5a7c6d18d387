package meeting

import (
	"slices"
	"time"

	"wozai/internal/db"
	"wozai/internal/profile"
)

// Assemble works out a record's facts. It is pure: the same meeting gives the same facts.
func Assemble(h Held, p *profile.Profile) RecordFacts {
	f := RecordFacts{
		Meeting: h.Meeting, Lang: h.Lang, Organisation: h.Organisation, Profile: h.ProfileID, ProfileVersion: h.ProfileVer,
		Unit: RecordName{h.Unit.ID, h.UnitName}, Kind: RecordTerm{h.Kind.Key, h.Kind.Name.In(h.Lang)},
		Theme: h.Theme, Place: h.Place, StartsAt: h.StartsAt, EndsAt: h.EndsAt, OpenedAt: h.OpenedAt, EndedAt: h.EndedAt,
		Chair: h.name(h.Chair), Recorder: h.name(h.Recorder),
		Preparation: orEmpty(h.Preparation), Papers: orEmpty(h.Papers), Carried: h.Carried,
		Stages: []RecordStage{}, Speeches: []RecordSpeech{}, Statements: []RecordStatement{}, Motions: []RecordMotion{},
	}
	if h.Rules.Key != h.Kind.Key {
		f.HeldAs = &RecordTerm{h.Rules.Key, h.Rules.Name.In(h.Lang)}
	}
	if h.OpenedAt != 0 && h.EndedAt > h.OpenedAt {
		f.Minutes = int((h.EndedAt.Sub(h.OpenedAt) + time.Minute - 1) / time.Minute)
	}
	f.Attendance = h.attendance(p)
	f.Headings.Record, f.Headings.Minutes, f.Headings.Report = terms(h.Kind.Record, h.Lang), terms(h.Kind.Minutes, h.Lang), terms(h.Kind.Report, h.Lang)
	for _, s := range h.Stages {
		out := RecordStage{Key: s.Key, Name: s.Name, OpenedAt: s.OpenedAt, ClosedAt: s.ClosedAt, Passed: h.names(s.Passed)}
		if s.OverrideBy != 0 {
			out.Override = &RecordOverride{By: h.name(s.OverrideBy), Reason: s.OverrideReason, Unheard: h.names(s.Unheard)}
		}
		f.Stages = append(f.Stages, out)
	}
	for _, t := range h.Turns {
		f.Speeches = append(f.Speeches, RecordSpeech{Number: t.Number, Kind: t.Kind, Person: h.name(t.Person), Reader: h.other(t.Reader, t.Person),
			Statement: t.Statement, Played: h.played(t), Stage: t.Stage, StartedAt: t.StartedAt, Seconds: int((t.SpokenMS + 500) / 1000)})
	}
	for _, s := range h.Statements {
		f.Statements = append(f.Statements, RecordStatement{ID: s.ID, Person: h.name(s.Person), By: h.other(s.By, s.Person), Stage: s.Stage, Text: s.Text, Audio: s.Audio, At: s.At})
	}
	for _, m := range h.Motions {
		f.Motions = append(f.Motions, h.motion(m))
	}
	return f
}

// played reports whether a turn was a recording that everybody heard.
func (h *Held) played(t HeldTurn) bool {
	return t.Statement != 0 && t.Reader == 0 && slices.ContainsFunc(h.Statements, func(s HeldStatement) bool { return s.ID == t.Statement && s.Audio })
}

func (h *Held) name(id db.ID) RecordName { return RecordName{id, h.Names[id]} }

// other names a person unless there is none or it is the one already named.
func (h *Held) other(id, but db.ID) *RecordName {
	if id == 0 || id == but {
		return nil
	}
	n := h.name(id)
	return &n
}

func (h *Held) names(ids []db.ID) []RecordName {
	out := make([]RecordName, 0, len(ids))
	for _, id := range ids {
		out = append(out, h.name(id))
	}
	return out
}

// attendance counts the list once. Who is exempt and came is due again.
func (h *Held) attendance(p *profile.Profile) RecordCounts {
	c := RecordCounts{People: []RecordAttendee{}}
	start := h.OpenedAt
	if start == 0 {
		start = h.StartsAt
	}
	hours := Hours{Start: start, End: h.EndedAt, Now: h.EndedAt, Announced: Span{h.StartsAt, h.EndsAt}, Leeway: recordLeeway}
	stated := map[db.ID]bool{}
	for _, s := range h.Statements {
		stated[s.Person] = true
	}
	var attendees []Attendee
	seen := map[db.ID][]Transition{}
	for _, t := range h.Seen {
		seen[t.Person] = append(seen[t.Person], t)
	}
	for _, x := range h.People {
		expected := Expected{Person: x.Person, Due: x.Belongs && !x.Observer, Exempt: x.Exempt, Stated: stated[x.Person]}
		if x.ExcuseBy != 0 {
			expected.Excuse, expected.Excuser = x.Excuse, x.ExcuseBy
		}
		a := Attend(expected, seen[x.Person], hours)
		present := a.Status == AttPresent
		line := RecordAttendee{RecordName: h.name(x.Person), Status: a.Status, Votes: x.Votes, Observer: x.Observer, Stated: a.Stated,
			Due: expected.Due && (x.Exempt == "" || present), Helper: x.Helper}
		if present {
			line.Hows, line.Spans, line.Seconds, line.Late, line.LeftEarly = a.Hows, a.Spans, a.Seconds, a.Late, a.LeftEarly
		}
		// Exempt and excused are said of those who would have been due; a guest who stays away is no absence.
		if !expected.Due && !present {
			line.Status = AttNotDue
		}
		switch line.Status {
		case AttExcused:
			line.Reason, line.GrantedBy = leaveTerm(p, x.Excuse, h.Lang), h.other(x.ExcuseBy, 0)
		case AttExempt:
			line.Reason = exemptTerm(p, x.Exempt, h.Lang)
		}
		c.add(line)
		c.People = append(c.People, line)
		attendees = append(attendees, Attendee{Person: x.Person, Belongs: x.Belongs, Votes: x.Votes, Observer: x.Observer, Exempt: x.Exempt, Present: present, How: ByVideo})
	}
	if q, ok := quorumRule(h.Rules); ok {
		r := CountQuorum(q, attendees)
		c.Quorum = recordQuorum(r, h.Lang)
	}
	return c
}

func (c *RecordCounts) add(a RecordAttendee) {
	present := a.Status == AttPresent
	switch {
	case a.Due && present:
		c.Present++
	case a.Due && a.Status == AttExcused:
		c.Excused++
	case a.Due:
		c.Absent++
	case present && a.Observer:
		c.Observers++
	case present:
		c.Guests++
	case a.Status == AttExempt:
		c.Exempt++
	}
	if a.Due {
		c.Due++
		if a.Votes {
			c.VotersDue++
			if present {
				c.VotersPresent++
			}
		}
	}
	if a.Due && a.Late {
		c.Late++
	}
	if a.Due && a.LeftEarly {
		c.LeftEarly++
	}
	if a.Stated && !present {
		c.Written++
	}
}

// quorumRule is the rule whose arithmetic stands in the record: of the opening, else of the first ballot.
func quorumRule(k profile.MeetingKind) (profile.Quorum, bool) {
	if k.Opening != nil {
		return *k.Opening, true
	}
	for _, b := range k.Ballots {
		if !b.Secret {
			return b.Quorum, true
		}
	}
	return profile.Quorum{}, false
}

func recordQuorum(r QuorumResult, lang string) *RecordQuorum {
	return &RecordQuorum{Due: r.Due, Present: r.Present, Needed: r.Needed, Met: r.Met, Rule: r.Rule.Words.In(lang)}
}

func (h *Held) motion(m HeldMotion) RecordMotion {
	out := RecordMotion{ID: m.ID, Title: m.Title, Text: m.Text, Ballot: m.BallotName, State: "not_voted", OpenedAt: m.OpenedAt, ClosedAt: m.ClosedAt, Votes: []RecordVote{}}
	if m.Quorum != nil {
		out.Quorum = recordQuorum(*m.Quorum, h.Lang)
	}
	if m.Withdrawn {
		out.State = "withdrawn"
	}
	if r := m.Result; m.State == MotionClosed && r != nil {
		out.State = "closed"
		out.For, out.Against, out.Abstain, out.NotVoted = r.For, r.Against, r.Abstain, r.NotVoted
		out.Base, out.Needed, out.Carried, out.Rule = r.Base, r.Needed, r.Carried, r.Rule.Words.In(h.Lang)
		for _, id := range m.Due {
			if v, ok := m.VoteOf(id); ok {
				out.Votes = append(out.Votes, RecordVote{h.name(id), v.Choice})
			}
		}
	}
	return out
}

func leaveTerm(p *profile.Profile, key, lang string) *RecordTerm {
	if r, err := p.LeaveReason(key); err == nil {
		return &RecordTerm{key, r.Name.In(lang)}
	}
	return &RecordTerm{key, key}
}

func exemptTerm(p *profile.Profile, key, lang string) *RecordTerm {
	if r, err := p.ExemptReason(key); err == nil {
		return &RecordTerm{key, r.Name.In(lang)}
	}
	return &RecordTerm{key, key}
}

func terms(in []profile.Term, lang string) []RecordTerm {
	out := []RecordTerm{}
	for _, t := range in {
		out = append(out, RecordTerm{t.Key, t.Name.In(lang)})
	}
	return out
}

func orEmpty[T any](in []T) []T {
	if in == nil {
		return []T{}
	}
	return in
}
