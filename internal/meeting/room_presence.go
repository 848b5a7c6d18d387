package meeting

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"wozai/internal/access"
	"wozai/internal/api"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
)

// Beat is a browser's sign of life.
type Beat struct {
	Seat db.ID  `json:"seat"`
	Rung string `json:"rung,omitempty" enum:"no_faces,papers,audio,statement" doc:"the step down the ladder it is on; absent: none"`
}

// BeatAnswer tells a browser where it stands.
type BeatAnswer struct {
	State   PersonState `json:"state" enum:"here,waiting"`
	Version int64       `json:"version" doc:"of the room; a browser that knows an older one missed something"`
	Now     db.Time     `json:"now" doc:"the server's clock"`
}

// Beat notes that a seat is still there, to be called every five seconds. Nothing is written but
// what changes: somebody who was away is back, another rung of the ladder. Faults: gone
// room_seat_elsewhere when a newer device of the same person took over, room_seat_lost when it was
// away too long (enter again), meeting_ended; forbidden meeting_removed.
func (s *Rooms) Beat(ctx context.Context, actor access.Actor, meeting db.ID, in Beat) (BeatAnswer, error) {
	arrived := db.At(api.Arrived(ctx))
	doc, seat, p, err := s.present(ctx, actor, meeting, in.Seat)
	if err != nil {
		return BeatAnswer{}, err
	}
	s.beat(meeting, in.Seat)
	defer func() { now := db.Now(); s.pace.note(now.Sub(arrived), now) }()
	if p.State == Away || seat.Rung != in.Rung {
		if _, err := s.act(ctx, actor, meeting, func(_ context.Context, r *roomTx) error { return r.back(in) }); err != nil {
			return BeatAnswer{}, err
		}
		if doc, err = s.snapshot(ctx, meeting); err != nil {
			return BeatAnswer{}, err
		}
		if p, _ = doc.Floor.Person(actor.PersonID); p == nil {
			return BeatAnswer{}, fault.New(fault.KindGone, CodeSeatLost)
		}
	}
	return BeatAnswer{State: p.State, Version: doc.Floor.Version, Now: db.Now()}, nil
}

// standing finds the actor's own seat, or says why it is theirs no longer.
func standing(a access.Actor, d *roomDoc, seat db.ID) (*roomSeat, *FloorPerson, error) {
	if a.Kind == access.Link && a.MeetingID != d.Floor.Meeting && !d.Practice {
		return nil, nil, fault.NotFound()
	}
	p, ok := d.Floor.Person(a.PersonID)
	switch {
	case !ok && !contains(d.Floor.Removed, a.PersonID):
		return nil, nil, fault.NotFound()
	case d.phase() == RoomOver:
		return nil, nil, fault.New(fault.KindGone, CodeEnded).With("ended_at", d.EndedAt)
	case contains(d.Floor.Removed, a.PersonID):
		return nil, nil, forbidden(CodeRemoved)
	case p.State == Left || p.Seat == 0:
		return nil, nil, fault.New(fault.KindGone, CodeSeatLost)
	}
	st := d.seat(seat)
	if st == nil || p.Seat != seat || st.Person != a.PersonID {
		return nil, nil, fault.New(fault.KindGone, CodeSeatElsewhere)
	}
	return st, p, nil
}

// back seats everybody of a connection that is there again.
func (r *roomTx) back(in Beat) error {
	st, _, err := standing(r.Actor(), &r.doc, in.Seat)
	if err != nil {
		return err
	}
	if st.Rung != in.Rung || st.Seen != 0 {
		st.Rung, st.Seen = in.Rung, 0
		r.touch()
		r.roster = true
	}
	for _, p := range r.doc.at(in.Seat) {
		if p.State != Away {
			continue
		}
		r.given[p.ID] = sat{given: "back"}
		if err := r.apply(FloorCommand{Kind: CmdJoin, Person: p.ID, Seat: p.Seat, How: p.How, Observer: p.Observer}); err != nil {
			return err
		}
	}
	return nil
}

// beat notes a sign of life in memory. One from a seat that this node had not heard of is written
// down soon, so that the node which heard it before does not take it for lost.
func (s *Rooms) beat(meeting, seat db.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.beats[meeting] == nil {
		s.beats[meeting] = map[db.ID]db.Time{}
	}
	if _, known := s.beats[meeting][seat]; !known {
		s.wake[meeting] = struct{}{}
	}
	s.beats[meeting][seat] = db.Now()
}

func (s *Rooms) forgetBeat(meeting, seat db.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.beats[meeting], seat)
}

func (s *Rooms) heardHere(meeting db.ID) map[db.ID]db.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.beats[meeting])
}

// Checkpoint writes down when each seat of the meetings named was last heard here: one row a room.
func (s *Rooms) Checkpoint(ctx context.Context, meetings ...db.ID) error {
	for _, m := range meetings {
		seats := s.heardHere(m)
		if len(seats) == 0 {
			continue
		}
		text, err := json.Marshal(seats2micro(seats))
		if err != nil {
			return err
		}
		err = s.Change.Do(ctx, access.SystemActor("room"), func(ctx context.Context, tx *change.Tx) error {
			tx.AppendOnly() // a sign of life is no act of anybody
			return tx.Exec(ctx, `INSERT INTO room_checkpoint (meeting_id, node, at, seats) VALUES ($1, $2, $3, $4)
				ON CONFLICT (meeting_id, node) DO UPDATE SET at = excluded.at, seats = excluded.seats`, m, s.Node, tx.Now(), string(text))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func seats2micro(in map[db.ID]db.Time) map[db.ID]int64 {
	out := make(map[db.ID]int64, len(in))
	for k, v := range in {
		out[k] = int64(v)
	}
	return out
}

// Sweep notes whose connection is gone: no node has heard the seat for a while. After a start every
// seat has that while to be heard again. It may run on all nodes at once.
func (s *Rooms) Sweep(ctx context.Context, meeting db.ID, now db.Time) error {
	doc, err := s.snapshot(ctx, meeting)
	if err != nil {
		return err
	}
	if since := doc.emptySince(); since != 0 && now.Sub(since) >= emptyFor {
		return s.endEmpty(ctx, meeting, now)
	}
	here := s.heardHere(meeting)
	var others map[db.ID]db.Time
	sitting, patience := doc.sitting(), s.pace.patience(now)
	silent := func() (out []db.ID) {
		for _, st := range doc.Seats {
			at, limit := here[st.ID], lostAfter+patience
			if others[st.ID] > at { // a checkpoint may be one interval old while its seat is well
				at, limit = others[st.ID], lostAfter+checkEvery+patience
			}
			if now.Sub(max(at, s.started)) >= limit && slices.ContainsFunc(sitting[st.ID], (*FloorPerson).connected) {
				out = append(out, st.ID)
			}
		}
		return out
	}
	if len(silent()) == 0 {
		return nil
	}
	// Before anybody is given up, what other nodes heard is read.
	if others, err = readCheckpoints(ctx, s.DB.Read(), meeting); err != nil {
		return err
	}
	lost := silent()
	if len(lost) == 0 {
		return nil
	}
	_, err = s.act(ctx, access.SystemActor("room"), meeting, func(_ context.Context, r *roomTx) error {
		for _, seat := range lost {
			if st := r.doc.seat(seat); st != nil && st.Seen == 0 {
				st.Seen = max(here[seat], others[seat])
			}
			if err := r.apply(FloorCommand{Kind: CmdLost, Seat: seat}); err != nil {
				return err
			}
		}
		return nil
	})
	for _, seat := range lost {
		s.forgetBeat(meeting, seat)
	}
	return err
}

// emptySince is since when nobody has been at a screen of a meeting that is open; 0 while somebody is.
func (d *roomDoc) emptySince() db.Time {
	if d.phase() != RoomOpen || d.Practice {
		return 0
	}
	since := d.OpenedAt
	for i := range d.Floor.People {
		p := &d.Floor.People[i]
		if p.Seat != 0 && p.State != Left {
			return 0
		}
		since = max(since, p.Since)
	}
	return since
}

// endEmpty ends a meeting that everybody has left and nobody ended, once its time is over: else there
// would never be a record of it. It ended when the last of them went; whoever the host had put down
// as on the telephone was there until then.
func (s *Rooms) endEmpty(ctx context.Context, meeting db.ID, now db.Time) error {
	plan, err := s.Plans.Plan(ctx, s.DB.Read(), meeting)
	if err != nil || now < plan.EndsAt {
		return err
	}
	_, err = s.act(ctx, access.SystemActor("room"), meeting, func(ctx context.Context, r *roomTx) error {
		if since := r.doc.emptySince(); since == 0 || now.Sub(since) < emptyFor {
			return nil // another node was quicker, or somebody came back
		}
		var last db.Time
		if err := db.Get(ctx, r, &last, `SELECT COALESCE(MAX(at), 0) FROM attendance WHERE meeting_id = $1`, meeting); err != nil {
			return err
		}
		return r.finish(ctx, FloorCommand{Kind: CmdEmpty}, max(last, r.doc.OpenedAt))
	})
	return err
}

// connected reports whether somebody's connection is believed to stand.
func (p *FloorPerson) connected() bool { return p.State == Here || p.State == Waiting }

// Recover takes the time in which no server ran off the clocks of who has the floor: it was nobody's
// speaking time. A node that runs writes a checkpoint every ten seconds, so an absence shorter than
// that is not told from a node that is well, and the clocks run on.
func (s *Rooms) Recover(ctx context.Context, meeting db.ID) error {
	var last db.Time
	if err := db.Get(ctx, s.DB.Read(), &last, `SELECT COALESCE(MAX(at), 0) FROM room_checkpoint WHERE meeting_id = $1`, meeting); err != nil {
		return err
	}
	if last == 0 || s.started.Sub(last) < checkEvery+sweepEvery {
		return nil
	}
	_, err := s.act(ctx, access.SystemActor("room"), meeting, func(_ context.Context, r *roomTx) error {
		from := max(last, r.doc.Bridged) // another node may have been quicker
		gone := s.started.Sub(from)
		for i := range r.doc.Floor.Turns {
			if t := &r.doc.Floor.Turns[i]; gone > 0 && t.PausedAt == 0 && t.StartedAt < from {
				t.shift(gone)
				t.PausedMS += gone.Milliseconds()
				r.doc.Bridged = s.started
				r.touch()
			}
		}
		return nil
	})
	return err
}

// Run keeps the clocks of this node's rooms until ctx ends: beats are written down, connections
// that are gone are noted, timers run.
func (s *Rooms) Run(ctx context.Context) error {
	// What happens after the rooms were read is heard.
	select {
	case <-s.Live.Started():
	case <-ctx.Done():
		return nil
	}
	ids, err := liveRooms(ctx, s.DB.Read())
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := s.Recover(ctx, id); err != nil { // one room that cannot be read closes no other
			s.Log.Error("a room could not be brought back", "meeting", id, "error", err)
		}
		s.arm(id)
		s.followList(id)
		if s.media != nil {
			s.media.Touch(MediaRoom(id))
		}
	}
	if s.DB.Pool() != nil {
		go s.shareFaces(ctx, func() {})
	}
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	defer s.stopTimers()
	written := db.Now()
	for {
		select {
		case <-ctx.Done():
			// A stop is no absence: what was heard last is written down.
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
			defer cancel()
			return s.Checkpoint(ctx, s.roomsHere(false)...)
		case due := <-sweep.C:
			now := db.Now()
			s.pace.note(now.Sub(db.At(due)), now)
		}
		now := db.Now()
		all := now.Sub(written) >= checkEvery
		if all {
			written = now
		}
		if err := s.Checkpoint(ctx, s.roomsHere(!all)...); err != nil && ctx.Err() == nil {
			s.Log.Warn("presence could not be written down; trying again", "error", err)
		}
		ids, err := liveRooms(ctx, s.DB.Read())
		if err != nil {
			if ctx.Err() == nil {
				s.Log.Warn("rooms cannot be read; trying again", "error", err)
			}
			continue
		}
		read := db.Now() // the database is what beats wait for
		s.pace.note(read.Sub(now), read)
		for _, id := range ids {
			if err := s.Sweep(ctx, id, now); err != nil && ctx.Err() == nil {
				s.Log.Warn("presence could not be checked; trying again", "meeting", id, "error", err)
			}
		}
	}
}

// roomsHere lists the meetings that this node has heard from; only those with news, or all.
func (s *Rooms) roomsHere(news bool) []db.ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []db.ID
	for m := range s.beats {
		if _, new := s.wake[m]; new || !news {
			out = append(out, m)
		}
	}
	clear(s.wake)
	return out
}
