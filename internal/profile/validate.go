package profile

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"wozai/internal/access"
)

// checker collects what is wrong; it never stops at the first fault.
type checker struct {
	p      *Profile
	faults []string
}

func (c *checker) add(where, format string, args ...any) {
	c.faults = append(c.faults, where+": "+fmt.Sprintf(format, args...))
}

func (c *checker) when(bad bool, where, format string, args ...any) {
	if bad {
		c.add(where, format, args...)
	}
}

func (c *checker) text(where string, t Text) {
	c.when(strings.TrimSpace(t.ZH) == "", where, "no words in zh")
	c.when(strings.TrimSpace(t.EN) == "", where, "no words in en")
}

var keyPattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// keys checks a list of keys: well-formed and without repetition.
func (c *checker) keys(where string, keys []string) {
	seen := map[string]bool{}
	for _, k := range keys {
		c.when(!keyPattern.MatchString(k), where, "key %q is not lower-case letters, digits and _", k)
		c.when(seen[k], where, "key %q stands twice", k)
		seen[k] = true
	}
}

// refs checks that every key is one of known.
func (c *checker) refs(where string, keys, known []string) {
	for _, k := range keys {
		c.when(!slices.Contains(known, k), where, "%q is not defined", k)
	}
}

func (c *checker) terms(where string, terms []Term, required bool) {
	c.when(required && len(terms) == 0, where, "is empty")
	c.keys(where, pluck(terms, func(t Term) string { return t.Key }))
	for _, t := range terms {
		c.text(where+"."+t.Key, t.Name)
	}
}

func (c *checker) profile() {
	p := c.p
	c.when(!keyPattern.MatchString(p.ID), "id", "%q is not a key", p.ID)
	c.when(p.Version < 1, "version", "must be 1 or more, is %d", p.Version)
	c.text("name", p.Name)
	c.text("about", p.About)
	for _, w := range RequiredWords {
		if _, ok := p.Words[w]; !ok {
			c.add("words", "%q is missing", w)
		}
	}
	for k, t := range p.Words {
		c.when(!slices.Contains(RequiredWords, k), "words", "%q is used nowhere", k)
		c.text("words."+k, t)
	}
	c.trees()
	c.positions()
	c.people()
	c.when(len(p.MeetingKinds) == 0, "meetings", "there is none")
	c.keys("meetings", pluck(p.MeetingKinds, func(k MeetingKind) string { return k.Key }))
	for i := range p.MeetingKinds {
		c.meeting(&p.MeetingKinds[i])
	}
}

func (c *checker) trees() {
	p := c.p
	trees := pluck(p.Trees, func(t Tree) string { return t.Key })
	c.when(len(p.Trees) == 0, "trees", "is empty")
	c.keys("trees", trees)
	meets := 0
	for _, t := range p.Trees {
		c.text("trees."+t.Key, t.Name)
		if t.Meets {
			meets++
		}
		roots := 0
		for _, u := range p.UnitKinds {
			if u.Tree == t.Key && u.Root {
				roots++
			}
		}
		c.when(roots == 0, "trees."+t.Key, "no unit kind may stand at its top")
	}
	c.when(meets != 1, "trees", "exactly one holds the meetings (meets: true), %d do", meets)

	kinds := pluck(p.UnitKinds, func(u UnitKind) string { return u.Key })
	c.keys("unit_kinds", kinds)
	treeOf := map[string]string{}
	for _, u := range p.UnitKinds {
		treeOf[u.Key] = u.Tree
	}
	for _, u := range p.UnitKinds {
		where := "unit_kinds." + u.Key
		c.text(where, u.Name)
		c.refs(where+".tree", []string{u.Tree}, trees)
		c.refs(where+".under", u.Under, kinds)
		c.when(!u.Root && len(u.Under) == 0, where, "may stand nowhere: neither root nor under")
		for _, o := range u.Under {
			c.when(treeOf[o] != "" && treeOf[o] != u.Tree, where+".under", "%q is of another tree", o)
		}
	}
}

var roles = []access.Role{access.Officer, access.Recorder, access.Overseer, access.Member}

func (c *checker) positions() {
	p := c.p
	kinds := pluck(p.UnitKinds, func(u UnitKind) string { return u.Key })
	c.when(len(p.Positions) == 0, "positions", "is empty")
	c.keys("positions", pluck(p.Positions, func(x Position) string { return x.Key }))
	for _, x := range p.Positions {
		where := "positions." + x.Key
		c.text(where, x.Name)
		c.when(len(x.In) == 0, where+".in", "names no unit kind")
		c.refs(where+".in", x.In, kinds)
		for _, g := range x.Grants {
			c.when(!slices.Contains(roles, g.Role), where+".grants", "role %q is not one that a position carries", g.Role)
		}
	}
	// A kind of unit that meets needs somebody to lead it and somebody to belong to it.
	for _, k := range p.MeetingKinds {
		for _, u := range k.HeldBy {
			leads := slices.ContainsFunc(p.Positions, func(x Position) bool { return x.Leads && slices.Contains(x.In, u) })
			c.when(!leads, "unit_kinds."+u, "holds %s but no position leads it", k.Key)
		}
	}
}

func (c *checker) people() {
	p := c.p
	c.when(!slices.ContainsFunc(p.Standings, func(s Standing) bool { return s.Votes }), "standings", "none has a vote")
	c.keys("standings", pluck(p.Standings, func(s Standing) string { return s.Key }))
	for _, s := range p.Standings {
		c.text("standings."+s.Key, s.Name)
		c.when(s.Votes && !s.Belongs, "standings."+s.Key, "votes without belonging")
	}
	c.terms("categories", p.Categories, true)
	c.when(len(p.Whereabouts) == 0, "whereabouts", "is empty")
	c.keys("whereabouts", pluck(p.Whereabouts, func(w Whereabouts) string { return w.Key }))
	for _, w := range p.Whereabouts {
		c.text("whereabouts."+w.Key, w.Name)
		if w.Detail != nil {
			c.text("whereabouts."+w.Key+".detail", *w.Detail)
		}
	}
	c.reasons("leave_reasons", p.LeaveReasons)
	c.reasons("exempt_reasons", p.ExemptReasons)
}

func (c *checker) reasons(where string, rs []Reason) {
	c.when(len(rs) == 0, where, "is empty")
	c.keys(where, pluck(rs, func(r Reason) string { return r.Key }))
	for _, r := range rs {
		c.text(where+"."+r.Key, r.Name)
	}
}

func pluck[T any](in []T, key func(T) string) []string {
	out := make([]string, len(in))
	for i, x := range in {
		out[i] = key(x)
	}
	return out
}
