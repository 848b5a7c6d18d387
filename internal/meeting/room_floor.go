package meeting

import (
	"context"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
)

// RoomCommand is what somebody in the room asks of the floor. The kinds and their fields are those of
// FloorCommand; who sends it is known from the session.
type RoomCommand struct {
	ID      string      `json:"id" minLength:"8" maxLength:"64" doc:"made by the browser; the same one twice is done once"`
	Kind    CommandKind `json:"kind" enum:"raise,withdraw,yield,pass,grant,give,take,return,skip,end,extend,play,open,close,order,chair,hosts,lock,unlock,lobby,admit,remove,readmit,finish,take_over,join,leave"`
	Version int64       `json:"version,omitempty" doc:"of the room state it is based on; needed by the host's commands about holders, stages and the chair"`

	Person    db.ID   `json:"person,omitempty" doc:"whom it is about; left out in a person's own command"`
	People    []db.ID `json:"people,omitempty" maxItems:"1000"`
	Deputies  []db.ID `json:"deputies,omitempty" maxItems:"50"`
	Turn      int64   `json:"turn,omitempty"`
	Stage     string  `json:"stage,omitempty" maxLength:"64"`
	Statement db.ID   `json:"statement,omitempty"`
	Reader    db.ID   `json:"reader,omitempty"`
	Seconds   int     `json:"seconds,omitempty"`
	How       How     `json:"how,omitempty" enum:"phone,written" doc:"join: a host enters somebody who takes part by telephone or in writing"`
	Reason    string  `json:"reason,omitempty" maxLength:"500"`
	On        bool    `json:"on,omitempty"`
}

// Commands that a browser never sends: the server's own, and those with an operation of their own.
func fromBrowser(k CommandKind) bool {
	switch k {
	case CmdLost, CmdExpire, CmdGone, CmdOff, CmdEmpty, CmdState:
		return false
	}
	_, ok := floorRules[k]
	return ok
}

// Command carries out a command on any node and returns the room's version. Sent again under the
// same id it is not done again. Who may what is the floor's rule; besides, the sender has to be
// inside or lead the meeting. Faults: those of the floor, conflict room_not_open for stages before
// the host has opened the meeting, not-found for strangers.
func (s *Rooms) Command(ctx context.Context, actor access.Actor, meeting db.ID, in RoomCommand) (int64, error) {
	what := in
	what.Version = 0 // the same wish, whatever it was based on
	version, _, err := s.once(ctx, actor, meeting, in.ID, what, func(ctx context.Context, r *roomTx) (db.ID, error) {
		if !r.doc.Floor.IsHost(actor.PersonID) {
			if err := r.requireInside(); err != nil {
				return 0, err
			}
		}
		c, err := r.check(ctx, in)
		if err != nil {
			return 0, err
		}
		return 0, r.carry(ctx, c)
	})
	return version, err
}

// check makes a floor command of what was sent and refuses what the floor cannot know.
func (r *roomTx) check(ctx context.Context, in RoomCommand) (FloorCommand, error) {
	c := FloorCommand{Kind: in.Kind, By: r.Actor().PersonID, Version: in.Version, Person: in.Person, Turn: in.Turn, Stage: in.Stage,
		Statement: in.Statement, Reader: in.Reader, Seconds: in.Seconds, People: in.People, Deputies: in.Deputies, On: in.On, How: in.How}
	var ch fault.Check
	c.Reason = ch.Text("reason", in.Reason, 500, in.Kind == CmdRemove)
	ch.If(!fromBrowser(in.Kind), "kind", "choice")
	switch in.Kind {
	case CmdJoin:
		who, ok := r.plan.Person(in.Person)
		ch.If(!ok, "person", CodeNotOnList)
		ch.If(in.How != ByPhone && in.How != ByWriting, "how", CodePhoneOnly)
		c.Observer = who.Observer
		if p, here := r.doc.Floor.Person(in.Person); here && p.State == Here && p.Seat != 0 {
			ch.Add("person", CodeElsewhere, "name", who.Name)
		}
	case CmdHosts, CmdOrder:
		for _, id := range append(list(in.People), in.Deputies...) {
			if _, ok := r.plan.Person(id); !ok {
				ch.Add("people", CodeNotOnList, "id", id)
			}
		}
	case CmdPlay:
		ch.If(in.Statement == 0, "statement", "required")
	}
	if err := ch.Err(); err != nil {
		return c, err
	}
	if in.Kind == CmdPlay {
		var st Statement
		if err := db.Get(ctx, r, &st, `SELECT `+statementColumns+` FROM statement WHERE id = $1 AND meeting_id = $2`, in.Statement, r.plan.Meeting); err != nil {
			return c, err
		}
		c.Person = st.Person
		if in.Reader == 0 {
			c.SoundMS = st.MS
		}
	}
	if in.Kind == CmdOpen && r.doc.phase() == RoomEarly {
		return c, refuse(CodeRoomNotOpen)
	}
	return c, nil
}

// carry applies a command with what belongs to it beside the floor.
func (r *roomTx) carry(ctx context.Context, c FloorCommand) error {
	switch c.Kind {
	case CmdFinish:
		return r.finish(ctx, c, r.Now())
	case CmdAdmit:
		// People at one screen come in together.
		if st := r.doc.seatOf(c.Person); st != nil {
			for _, p := range r.doc.at(st.ID) {
				each := c
				each.Person = p.ID
				if err := r.apply(each); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return r.apply(c)
}

// finish ends the meeting, as of a moment: turns and presence close, votes that are open are
// withdrawn, links die.
func (r *roomTx) finish(ctx context.Context, c FloorCommand, ended db.Time) error {
	if err := r.apply(c); err != nil {
		return err
	}
	for i := range r.doc.Floor.People {
		p := &r.doc.Floor.People[i]
		if p.State != Here && p.State != Away {
			continue
		}
		at := ended
		if seen := r.seen[p.ID]; p.State == Away && seen != 0 {
			at = seen
		}
		if err := r.attend(ctx, FloorEvent{Person: p.ID, Seat: p.Seat, How: p.How, By: p.ID}, WentOut, at); err != nil {
			return err
		}
	}
	r.doc.EndedAt, r.doc.Paper, r.doc.Screen = ended, nil, nil
	if r.doc.OpenedAt == 0 {
		r.doc.OpenedAt = ended
	}
	if err := r.Exec(ctx, `UPDATE motion SET state = 'withdrawn', closed_at = $1, closed_by = $2, version = version + 1 WHERE meeting_id = $3 AND state = 'open'`,
		r.Now(), c.By, r.plan.Meeting); err != nil {
		return err
	}
	for _, q := range []string{`DELETE FROM room_command WHERE meeting_id = $1`, `DELETE FROM room_checkpoint WHERE meeting_id = $1`} {
		if err := r.Exec(ctx, q, r.plan.Meeting); err != nil {
			return err
		}
	}
	if r.s.Finished != nil {
		if err := r.s.Finished(ctx, r.Tx, r.plan.Meeting, ended); err != nil {
			return err
		}
	}
	return r.Audit(ctx, change.Record{Action: "meeting.finish", Subject: "meeting", SubjectID: r.plan.Meeting, UnitID: r.plan.Unit.ID,
		After: map[string]any{"reason": c.Reason != "", "nobody_there": c.Kind == CmdEmpty}})
}
