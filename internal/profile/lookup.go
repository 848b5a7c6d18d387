package profile

import (
	"fmt"
	"slices"
	"strings"
)

// UnknownError says that a profile has no such thing, and what it has.
type UnknownError struct {
	Profile, What, Key string
	Known              []string
}

// Error implements error.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("profile %s has no %s %q; it has: %s", e.Profile, e.What, e.Key, strings.Join(e.Known, ", "))
}

func find[T any](p *Profile, what, key string, in []T, keyOf func(T) string) (T, error) {
	if i := slices.IndexFunc(in, func(x T) bool { return keyOf(x) == key }); i >= 0 {
		return in[i], nil
	}
	var none T
	return none, &UnknownError{Profile: p.ID, What: what, Key: key, Known: pluck(in, keyOf)}
}

// MeetingKind finds a kind of meeting; the error is an *UnknownError.
func (p *Profile) MeetingKind(key string) (MeetingKind, error) {
	return find(p, "meeting kind", key, p.MeetingKinds, func(k MeetingKind) string { return k.Key })
}

// UnitKind finds a kind of unit; the error is an *UnknownError.
func (p *Profile) UnitKind(key string) (UnitKind, error) {
	return find(p, "unit kind", key, p.UnitKinds, func(k UnitKind) string { return k.Key })
}

// Tree finds a tree; the error is an *UnknownError.
func (p *Profile) Tree(key string) (Tree, error) {
	return find(p, "tree", key, p.Trees, func(k Tree) string { return k.Key })
}

// Position finds a position; the error is an *UnknownError.
func (p *Profile) Position(key string) (Position, error) {
	return find(p, "position", key, p.Positions, func(k Position) string { return k.Key })
}

// Standing finds a standing; the error is an *UnknownError.
func (p *Profile) Standing(key string) (Standing, error) {
	return find(p, "standing", key, p.Standings, func(k Standing) string { return k.Key })
}

// Category finds a category of persons; the error is an *UnknownError.
func (p *Profile) Category(key string) (Term, error) {
	return find(p, "category", key, p.Categories, func(k Term) string { return k.Key })
}

// Where finds an answer to "where are you"; the error is an *UnknownError.
func (p *Profile) Where(key string) (Whereabouts, error) {
	return find(p, "whereabouts", key, p.Whereabouts, func(k Whereabouts) string { return k.Key })
}

// LeaveReason finds a reason to be excused; the error is an *UnknownError.
func (p *Profile) LeaveReason(key string) (Reason, error) {
	return find(p, "reason for leave", key, p.LeaveReasons, func(k Reason) string { return k.Key })
}

// ExemptReason finds a reason not to be due; the error is an *UnknownError.
func (p *Profile) ExemptReason(key string) (Reason, error) {
	return find(p, "reason for exemption", key, p.ExemptReasons, func(k Reason) string { return k.Key })
}

// Word is a term of the profile in a language; key is one of RequiredWords.
func (p *Profile) Word(key, lang string) string { return p.Words[key].In(lang) }

// MayStand reports whether a unit of kind may stand under one of kind parent; parent "" asks
// whether it may stand at the top. The error is an *UnknownError for kinds that do not exist.
func (p *Profile) MayStand(kind, parent string) (bool, error) {
	k, err := p.UnitKind(kind)
	if err != nil {
		return false, err
	}
	if parent == "" {
		return k.Root, nil
	}
	if _, err := p.UnitKind(parent); err != nil {
		return false, err
	}
	return slices.Contains(k.Under, parent), nil
}

// PositionsIn lists the positions that a kind of unit has, in the profile's order.
func (p *Profile) PositionsIn(unitKind string) []Position {
	var out []Position
	for _, x := range p.Positions {
		if slices.Contains(x.In, unitKind) {
			out = append(out, x)
		}
	}
	return out
}

// HeldBy lists the meetings that a kind of unit holds, in the profile's order.
func (p *Profile) HeldBy(unitKind string) []MeetingKind {
	var out []MeetingKind
	for _, k := range p.MeetingKinds {
		if slices.Contains(k.HeldBy, unitKind) {
			out = append(out, k)
		}
	}
	return out
}

// As gives the kind whose rules for who is due and for votes apply when k is held as another
// kind: as must be one of k.HeldAs, or "" for a kind that is held as itself.
func (p *Profile) As(k MeetingKind, as string) (MeetingKind, error) {
	if as == "" && len(k.HeldAs) == 0 {
		return k, nil
	}
	if !slices.Contains(k.HeldAs, as) {
		return MeetingKind{}, &UnknownError{Profile: p.ID, What: "form of " + k.Key, Key: as, Known: k.HeldAs}
	}
	return p.MeetingKind(as)
}

// Stage finds a stage of the kind.
func (k MeetingKind) Stage(key string) (Stage, bool) {
	if i := slices.IndexFunc(k.Stages, func(s Stage) bool { return s.Key == key }); i >= 0 {
		return k.Stages[i], true
	}
	return Stage{}, false
}

// Ballot finds a kind of vote.
func (k MeetingKind) Ballot(key string) (Ballot, bool) {
	if i := slices.IndexFunc(k.Ballots, func(b Ballot) bool { return b.Key == key }); i >= 0 {
		return k.Ballots[i], true
	}
	return Ballot{}, false
}
