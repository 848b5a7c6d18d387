package meeting

import (
	"context"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/fault"
)

// Show turns everybody's paper to a page; paper 0 shows none. For hosts and who holds the floor.
// Papers is asked whether the meeting has it. Faults: forbidden screen_not_yours; not-found for a
// paper of another meeting.
func (s *Rooms) Show(ctx context.Context, actor access.Actor, meeting, paper db.ID, page int) (int64, error) {
	return s.act(ctx, actor, meeting, func(ctx context.Context, r *roomTx) error {
		if err := r.requirePresenter(); err != nil {
			return err
		}
		if paper == 0 {
			if r.doc.Paper != nil {
				r.doc.Paper = nil
				r.touch()
			}
			return nil
		}
		pages, err := r.s.Plans.Pages(ctx, r, meeting, paper)
		if err != nil {
			return err
		}
		var c fault.Check
		c.If(page < 1 || page > max(1, pages), "page", "range", "min", 1, "max", max(1, pages))
		if err := c.Err(); err != nil {
			return err
		}
		now := RoomPaper{ID: paper, Page: page, By: actor.PersonID}
		if r.doc.Paper == nil || *r.doc.Paper != now {
			r.doc.Paper = &now
			r.touch()
		}
		return nil
	})
}

// requirePresenter lets hosts and holders of the floor through.
func (r *roomTx) requirePresenter() error {
	if err := r.requireInvited(); err != nil {
		return err
	}
	if err := r.requireGoing(); err != nil {
		return err
	}
	me := r.Actor().PersonID
	if r.doc.Floor.IsHost(me) {
		return nil
	}
	if err := r.requireInside(); err != nil {
		return err
	}
	if r.doc.Floor.Holds(me) {
		return nil
	}
	if st := r.doc.seatOf(me); st != nil && r.doc.Floor.Publishers()[st.ID].Microphone {
		return nil // reads for somebody, or sits beside who speaks
	}
	return forbidden(CodeNoScreen)
}

// ShareScreen says that the actor's screen is being shared, or no longer. Only a seat with the
// floor may share one; it ends with the floor. Fault forbidden screen_not_yours.
func (s *Rooms) ShareScreen(ctx context.Context, actor access.Actor, meeting db.ID, on bool) (int64, error) {
	return s.act(ctx, actor, meeting, func(_ context.Context, r *roomTx) error {
		if err := r.requireInside(); err != nil {
			return err
		}
		if err := r.requireGoing(); err != nil {
			return err
		}
		st := r.doc.seatOf(actor.PersonID)
		mine := st != nil && r.doc.Screen != nil && r.doc.Screen.Seat == st.ID
		switch {
		case !on && mine:
			r.doc.Screen = nil
		case !on || mine:
			return nil
		case st == nil || !r.doc.Floor.Publishers()[st.ID].Screen:
			return forbidden(CodeNoScreen)
		default:
			r.doc.Screen = &RoomScreen{Seat: st.ID, Person: actor.PersonID}
		}
		r.touch()
		return nil
	})
}
