package meeting

import (
	"cmp"
	"context"
	"slices"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
)

// Open opens the meeting: from now on stages run and time counts. A host's. Where the kind asks for
// a quorum before it, that must be there. Opening twice is no error. Faults: forbidden
// floor_not_host; conflict vote_no_quorum.
func (s *Rooms) Open(ctx context.Context, actor access.Actor, meeting db.ID) (int64, error) {
	return s.act(ctx, actor, meeting, func(ctx context.Context, r *roomTx) error {
		if err := r.requireHost(); err != nil {
			return err
		}
		if err := r.door(); err != nil {
			return err
		}
		if r.doc.phase() == RoomOpen {
			return nil
		}
		if rule := r.plan.Rules.Opening; rule != nil {
			if q := CountQuorum(*rule, attendees(r.plan, &r.doc)); !q.Met {
				return refuse(CodeNoQuorum).With("short", q.Short, "needed", q.Needed, "due", q.Due, "present", q.Present)
			}
		}
		r.doc.OpenedAt = r.Now()
		r.touch()
		if r.s.Opened != nil {
			if err := r.s.Opened(ctx, r.Tx, meeting); err != nil {
				return err
			}
		}
		return r.Audit(ctx, change.Record{Action: "meeting.open", Subject: "meeting", SubjectID: meeting, UnitID: r.plan.Unit.ID})
	})
}

// HostView is what hosts see besides.
type HostView struct {
	Version  int64          `json:"version"`
	Lobby    []HostKnocking `json:"lobby" doc:"who waits to be let in, in order"`
	Speaking []HostSpeaking `json:"speaking" doc:"in the order people came, never ranked"`
	Removed  []RoomInvited  `json:"removed"`
	Missing  []HostMissing  `json:"missing" doc:"invited and not in the room"`
}

// HostKnocking is somebody in the lobby.
type HostKnocking struct {
	ID    db.ID   `json:"id"`
	Name  string  `json:"name"`
	Since db.Time `json:"since"`
	Seat  db.ID   `json:"seat"`
	Link  bool    `json:"link" doc:"by join link"`
}

// HostSpeaking is how long somebody has spoken.
type HostSpeaking struct {
	ID       db.ID `json:"id"`
	Turns    int   `json:"turns"`
	SpokenMS int64 `json:"spoken_ms" doc:"finished turns; one that runs is in state.turns"`
	Stated   bool  `json:"stated" doc:"has handed in a statement"`
}

// HostMissing is somebody who is not there.
type HostMissing struct {
	ID       db.ID  `json:"id"`
	Name     string `json:"name"`
	Excuse   string `json:"excuse,omitempty" doc:"key of the reason for leave; for the unit's officers, who grant it"`
	Granted  bool   `json:"granted,omitempty"`
	Exempt   string `json:"exempt,omitempty" doc:"key of the reason not to be due"`
	Observer bool   `json:"observer,omitempty"`
	Left     bool   `json:"left,omitempty" doc:"was in and went"`
}

// HostView reads what is the hosts' alone: lobby, speaking times, who is missing. Forbidden for
// others of the meeting, not-found for strangers.
func (s *Rooms) HostView(ctx context.Context, actor access.Actor, meeting db.ID) (HostView, error) {
	plan, doc, err := s.read(ctx, meeting)
	if err != nil {
		return HostView{}, err
	}
	if err := requireInvited(actor, plan); err != nil {
		return HostView{}, err
	}
	if !doc.Floor.IsHost(actor.PersonID) {
		return HostView{}, forbidden(CodeNotHost)
	}
	out := HostView{Version: doc.Floor.Version, Lobby: []HostKnocking{}, Speaking: []HostSpeaking{}, Removed: []RoomInvited{}, Missing: []HostMissing{}}
	for i := range doc.Floor.People {
		p := &doc.Floor.People[i]
		who, _ := plan.Person(p.ID)
		if p.State == Waiting {
			st := doc.seat(p.Seat)
			out.Lobby = append(out.Lobby, HostKnocking{ID: p.ID, Name: who.Name, Since: p.Since, Seat: p.Seat, Link: st != nil && st.Link && st.Person == p.ID})
			continue
		}
		out.Speaking = append(out.Speaking, HostSpeaking{ID: p.ID, Turns: p.Turns, SpokenMS: p.SpokenMS, Stated: p.Stated})
	}
	slices.SortStableFunc(out.Lobby, func(a, b HostKnocking) int { return cmp.Compare(a.Since, b.Since) })
	for _, id := range doc.Floor.Removed {
		who, _ := plan.Person(id)
		out.Removed = append(out.Removed, RoomInvited{ID: id, Name: who.Name})
	}
	for _, x := range plan.People {
		p, known := doc.Floor.Person(x.Person)
		if known && p.State != Left {
			continue
		}
		if !actor.Can(access.MeetingArrange, plan.Unit) {
			x.Excuse = "" // illness is nobody else's
		}
		out.Missing = append(out.Missing, HostMissing{ID: x.Person, Name: x.Name, Excuse: x.Excuse, Granted: x.ExcusedBy != 0, Exempt: x.Exempt, Observer: x.Observer, Left: known})
	}
	return out, nil
}

// ReopenLink lets one more device in by a person's join link, after the host has been asked. A
// host's.
func (s *Rooms) ReopenLink(ctx context.Context, actor access.Actor, meeting, person db.ID) error {
	_, err := s.act(ctx, actor, meeting, func(ctx context.Context, r *roomTx) error {
		if err := r.requireHost(); err != nil {
			return err
		}
		if err := r.requireGoing(); err != nil {
			return err
		}
		return r.s.Reopen(ctx, r.Tx, meeting, person)
	})
	return err
}
