package meeting

import (
	"context"
	"slices"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/fault"
)

// Enter is how somebody comes in.
type Enter struct {
	How    How    `json:"how" enum:"video,audio,shared" doc:"telephone and writing are entered by the host"`
	Device string `json:"device" minLength:"8" maxLength:"64" doc:"random, kept by the browser: the same one comes back to the same seat"`
	Place  string `json:"place,omitempty" doc:"a key of the profile's whereabouts"`
	// ShowPlace lets everybody in the room see it; otherwise the record alone keeps it, encrypted.
	ShowPlace bool    `json:"show_place,omitempty"`
	With      []db.ID `json:"with,omitempty" maxItems:"29" doc:"who else sits at this screen; how is shared then"`
	Helper    *Helper `json:"helper,omitempty" doc:"a relative who operates the device for the person"`
	Rung      string  `json:"rung,omitempty" enum:"no_faces,papers,audio,statement"`
}

// Helper is somebody who holds the device for a person, with that person's consent.
type Helper struct {
	Name     string `json:"name"`
	Relation string `json:"relation"`
	Consent  bool   `json:"consent" doc:"the person has agreed; required"`
}

// Entered is the seat somebody got.
type Entered struct {
	Seat    db.ID       `json:"seat" doc:"also the identity of their media"`
	State   PersonState `json:"state" enum:"here,waiting" doc:"waiting: in the lobby"`
	Version int64       `json:"version"`
}

// Enter seats the actor, and who sits with them at one screen. Whoever is invited may enter, from
// half an hour before the start; who leads the meeting may at any time. A second device of the
// same person takes over from the first. Faults: conflict room_too_early, meeting_locked; gone
// meeting_ended, meeting_called_off; forbidden meeting_removed, room_not_invited; not-found.
func (s *Rooms) Enter(ctx context.Context, actor access.Actor, meeting db.ID, in Enter) (out Entered, err error) {
	version, err := s.act(ctx, actor, meeting, func(ctx context.Context, r *roomTx) error {
		out = Entered{}
		if err := r.requireInvited(); err != nil {
			return err
		}
		if err := r.door(); err != nil {
			return err
		}
		in, err := r.checkEnter(in)
		if err != nil {
			return err
		}
		out.Seat = r.sit(in)
		people := append([]db.ID{actor.PersonID}, in.With...)
		for _, p := range r.doc.at(out.Seat) { // who sat here before and has got up
			if !contains(people, p.ID) {
				if err := r.apply(FloorCommand{Kind: CmdLeave, Person: p.ID}); err != nil {
					return err
				}
			}
		}
		for i, id := range people {
			who, _ := r.plan.Person(id)
			r.given[id] = r.enters(in, i > 0)
			c := FloorCommand{Kind: CmdJoin, Person: id, Seat: out.Seat, How: in.How, Observer: who.Observer}
			if err := r.apply(c); err != nil {
				return r.askHost(err)
			}
		}
		p, _ := r.doc.Floor.Person(actor.PersonID)
		out.State = p.State
		return nil
	})
	if err != nil {
		return Entered{}, err
	}
	out.Version = version
	s.beat(meeting, out.Seat)
	return out, nil
}

// door refuses before and after.
func (r *roomTx) door() error {
	p := r.plan
	if err := r.requireGoing(); err != nil {
		return err
	}
	if p.Practice {
		return nil
	}
	if p.State == planCalledOff {
		return fault.New(fault.KindGone, CodeCalledOff)
	}
	if opens := p.StartsAt.Add(-doorsOpen); r.doc.phase() == RoomEarly && r.Now() < opens && !p.leads(r.Actor().PersonID) {
		return r.askHost(refuse(CodeRoomEarly).With("opens_at", opens, "starts_at", p.StartsAt))
	}
	return nil
}

// askHost adds whom to call to a refusal.
func (r *roomTx) askHost(err error) error {
	f, ok := err.(*fault.Fault)
	if !ok {
		return err
	}
	chair, _ := r.plan.Person(r.doc.Floor.Chair)
	return f.With("host_id", r.doc.Floor.Chair, "host", chair.Name)
}

func (r *roomTx) checkEnter(in Enter) (Enter, error) {
	var c fault.Check
	in.Device = c.Text("device", in.Device, 64, true)
	if len(in.With) > 0 {
		in.How = ByShared
	}
	c.If(!slices.Contains([]How{ByVideo, ByAudio, ByShared}, in.How), "how", "choice")
	c.If(len(in.With) >= maxAtSeat, "with", "too_many_here", "limit", maxAtSeat-1)
	c.If(!slices.Contains([]string{RungFull, RungNoFaces, RungPapers, RungAudio, RungStatement}, in.Rung), "rung", "choice")
	in.With = without(unique(in.With), r.Actor().PersonID)
	mine := r.doc.seatOf(r.Actor().PersonID)
	for _, id := range in.With {
		who, ok := r.plan.Person(id)
		if !ok {
			c.Add("with", CodeNotOnList, "id", id)
			continue
		}
		// Nobody is taken off their own device by somebody who names them.
		if p, ok := r.doc.Floor.Person(id); ok && (p.State == Here || p.State == Waiting) && p.Seat != 0 && (mine == nil || p.Seat != mine.ID) {
			c.Add("with", CodeElsewhere, "id", id, "name", who.Name)
		}
	}
	if in.Place != "" {
		if _, err := r.s.Profile().Where(in.Place); err != nil {
			c.Add("place", "choice")
		}
	}
	if h := in.Helper; h != nil {
		clean := Helper{Name: c.Text("helper.name", h.Name, 40, true), Relation: c.Text("helper.relation", h.Relation, 40, true), Consent: h.Consent}
		c.If(!h.Consent, "helper.consent", CodeConsent)
		in.Helper = &clean
	}
	return in, c.Err()
}

// sit finds the device's seat or makes one. The same device of the same person comes back to where
// it was, with place in line and floor.
func (r *roomTx) sit(in Enter) db.ID {
	a := r.Actor()
	seat := r.doc.seatOf(a.PersonID)
	if seat == nil || seat.Person != a.PersonID || seat.Device != in.Device {
		r.doc.Seats = append(r.doc.Seats, roomSeat{ID: r.NewID(), Person: a.PersonID, Device: in.Device})
		seat = &r.doc.Seats[len(r.doc.Seats)-1]
	}
	before := *seat
	seat.Link, seat.Rung, seat.Place, seat.Helper = a.Kind == access.Link, in.Rung, "", ""
	if in.ShowPlace {
		seat.Place = in.Place
	}
	if in.Helper != nil {
		seat.Helper = in.Helper.Name + ", " + in.Helper.Relation
	}
	if *seat != before {
		r.touch()
		r.roster = true
	}
	return seat.ID
}

// enters says how somebody came in, for the record.
func (r *roomTx) enters(in Enter, besides bool) sat {
	out := sat{given: "account", place: in.Place}
	if r.Actor().Kind == access.Link {
		out.given = "link"
	}
	switch {
	case besides:
		out.given, out.by = "shared", r.Actor().PersonID
	case in.Helper != nil:
		out.given, out.helper = "helper", in.Helper.Name+", "+in.Helper.Relation
	}
	return out
}

// Leave takes the actor, and who sits with them, out of the room. Leaving twice is no error.
func (s *Rooms) Leave(ctx context.Context, actor access.Actor, meeting, seat db.ID) error {
	_, err := s.act(ctx, actor, meeting, func(_ context.Context, r *roomTx) error {
		if err := r.requireInvited(); err != nil {
			return err
		}
		st := r.doc.seat(seat)
		if st == nil || st.Person != actor.PersonID {
			return nil // a newer device has taken over, or gone already
		}
		for _, p := range r.doc.at(seat) {
			if err := r.apply(FloorCommand{Kind: CmdLeave, Person: p.ID}); err != nil {
				return err
			}
		}
		return nil
	})
	s.forgetBeat(meeting, seat)
	return err
}
