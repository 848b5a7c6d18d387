package profile

import (
	"fmt"
	"slices"
)

func (c *checker) meeting(k *MeetingKind) {
	p := c.p
	where := "meetings." + k.Key
	c.text(where+".name", k.Name)
	c.text(where+".about", k.About)
	c.when(len(k.HeldBy) == 0, where+".held_by", "names no unit kind")
	c.refs(where+".held_by", k.HeldBy, pluck(p.UnitKinds, func(u UnitKind) string { return u.Key }))
	c.refs(where+".held_as", k.HeldAs, pluck(p.MeetingKinds, func(m MeetingKind) string { return m.Key }))
	c.when(slices.Contains(k.HeldAs, k.Key), where+".held_as", "names itself")
	c.when(k.Due != DueMembers && k.Due != DueCommittee, where+".due", "%q is neither members nor committee", k.Due)
	c.text(where+".confidentiality", k.Confidentiality)
	c.frequency(where+".frequency", k.Frequency)
	c.stages(where+".stages", k.Stages)
	c.speaking(where+".speaking", k.Speaking)

	c.keys(where+".prepare", pluck(k.Prepare, func(t Task) string { return t.Key }))
	for _, t := range k.Prepare {
		c.text(where+".prepare."+t.Key, t.Name)
		c.when(t.DaysBefore < 0, where+".prepare."+t.Key, "days_before is negative")
		if t.Hint != nil {
			c.text(where+".prepare."+t.Key+".hint", *t.Hint)
		}
	}
	if k.Opening != nil {
		c.quorum(where+".opening", *k.Opening)
	}
	c.keys(where+".ballots", pluck(k.Ballots, func(b Ballot) string { return b.Key }))
	for _, b := range k.Ballots {
		at := where + ".ballots." + b.Key
		c.text(at, b.Name)
		c.quorum(at+".quorum", b.Quorum)
		c.majority(at+".majority", b.Majority)
	}
	c.when(len(k.Ballots) == 0 && len(k.HeldAs) == 0 && slices.ContainsFunc(k.Stages, func(s Stage) bool { return s.Mode == Vote }),
		where+".stages", "there is a vote stage but no ballot to hold in it")
	for i, r := range k.Reminders {
		at := fmt.Sprintf("%s.reminders[%d]", where, i)
		c.text(at, r.Words)
		c.when(r.HoursBefore < 0, at, "hours_before is negative")
		c.when(!slices.Contains([]string{"all", "unanswered", "hosts"}, r.To), at, "to %q is not all, unanswered or hosts", r.To)
	}
	c.terms(where+".record", k.Record, true)
	c.terms(where+".minutes", k.Minutes, true)
	c.terms(where+".report", k.Report, false)
	c.when(len(k.Guide) == 0, where+".guide", "is empty")
	for i, s := range k.Guide {
		at := fmt.Sprintf("%s.guide[%d]", where, i)
		c.text(at, s.Title)
		c.when(len(s.Points) == 0, at, "has no points")
		for _, t := range s.Points {
			c.text(at, t)
		}
	}
}

func (c *checker) frequency(where string, f Frequency) {
	c.text(where+".words", f.Words)
	c.text(where+".source", f.Source)
	c.when(f.AtLeast < 0, where, "at_least is negative")
	known := f.Per == Month || f.Per == Quarter || f.Per == Year
	c.when(f.AtLeast > 0 && !known, where+".per", "%q is not month, quarter or year", f.Per)
	c.when(f.AtLeast == 0 && f.Per != "", where+".per", "a period without at_least")
}

func (c *checker) stages(where string, stages []Stage) {
	c.when(len(stages) == 0, where, "is empty")
	c.keys(where, pluck(stages, func(s Stage) string { return s.Key }))
	for _, s := range stages {
		at := where + "." + s.Key
		c.text(at, s.Name)
		c.when(s.Minutes < 1, at, "minutes must be 1 or more, is %d", s.Minutes)
		c.when(!slices.Contains([]Mode{Queue, Round, Keynote, Open, EveryoneSpeaks, Vote}, s.Mode), at, "mode %q is not known", s.Mode)
		c.when(s.Microphones < 0 || s.Microphones > 16, at, "microphones must be 0 to 16, is %d", s.Microphones)
		c.when(s.Microphones > 0 && s.Mode != Open, at, "several microphones only in mode open")
		c.when(s.SpeakSeconds < 0, at, "speak_seconds is negative")
		c.when(s.PassOn != "" && s.PassOn != PassAuto && s.PassOn != PassHost, at, "pass_on %q is not known", s.PassOn)
		if s.Hint != nil {
			c.text(at+".hint", *s.Hint)
		}
	}
}

func (c *checker) speaking(where string, s Speaking) {
	c.when(s.Seconds < 0, where, "seconds is negative")
	c.when(s.Warning < 0 || s.Warning > 0 && s.Warning >= s.Seconds, where, "warning must be less than seconds")
	c.when(!slices.Contains([]Overtime{OvertimePassOn, OvertimeGrace, OvertimeRemind}, s.Overtime), where+".overtime", "%q is not known", s.Overtime)
	c.when((s.Overtime == OvertimeGrace) != (s.GraceSeconds > 0), where, "grace_seconds goes with overtime: grace")
	c.when(s.PassOn != PassAuto && s.PassOn != PassHost, where+".pass_on", "%q is not known", s.PassOn)
}

func (c *checker) quorum(where string, q Quorum) {
	c.fraction(where, q.Num, q.Den, q.Strictness)
	c.when(q.Base != EligibleVoting && q.Base != Eligible, where+".base", "%q is neither eligible_voting nor eligible", q.Base)
	c.text(where+".words", q.Words)
	c.text(where+".source", q.Source)
}

func (c *checker) majority(where string, m Majority) {
	c.fraction(where, m.Num, m.Den, m.Strictness)
	c.when(m.Base != EligibleVoting && m.Base != Present && m.Base != Cast, where+".base", "%q is not eligible_voting, present or cast", m.Base)
	c.text(where+".words", m.Words)
	c.text(where+".source", m.Source)
}

func (c *checker) fraction(where string, num, den int, s Strictness) {
	c.when(den < 1 || den > 1000 || num < 1 || num > den, where, "%d/%d is not a fraction above 0 and up to 1", num, den)
	c.when(s != AtLeast && s != MoreThan, where+".strictness", "%q is neither at_least nor more_than", s)
	c.when(num == den && s == MoreThan, where, "more than all is impossible")
}
