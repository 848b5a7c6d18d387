package meeting

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"wozai/internal/db"
	"wozai/internal/fault"
)

// MediaRoom is the name of a meeting's room at the SFU.
func MediaRoom(meeting db.ID) string { return "meeting-" + meeting.String() }

func roomTopic(meeting db.ID) string   { return fmt.Sprintf("room:%d", meeting) }
func rosterTopic(meeting db.ID) string { return fmt.Sprintf("roster:%d", meeting) }

// readRoom reads a room's state; not-found before anybody came.
func readRoom(ctx context.Context, q db.Querier, meeting db.ID) (roomDoc, error) {
	var row struct {
		State   string `db:"state"`
		Version int64  `db:"version"`
		Written db.ID  `db:"written"`
	}
	var d roomDoc
	if err := db.Get(ctx, q, &row, `SELECT state, version, written FROM room WHERE meeting_id = $1`, meeting); err != nil {
		return d, err
	}
	if err := json.Unmarshal([]byte(row.State), &d); err != nil {
		return d, fmt.Errorf("room %d cannot be read: %w", meeting, err)
	}
	d.version, d.written = row.Version, row.Written
	return d, nil
}

// liveRooms lists the meetings whose rooms may have people in them.
func liveRooms(ctx context.Context, q db.Querier) (ids []db.ID, err error) {
	return ids, db.Select(ctx, q, &ids, `SELECT meeting_id FROM room WHERE live ORDER BY meeting_id`)
}

// save writes the room, what happened in it, and the events that tell of it.
func (r *roomTx) save(ctx context.Context) error {
	if len(r.events) == 0 && !r.other {
		return nil // nothing to tell
	}
	if err := r.vacate(); err != nil {
		return err
	}
	r.tidy()
	if r.other {
		r.doc.Floor.Version++ // one number for the whole room
	}
	meeting := r.plan.Meeting
	state, err := json.Marshal(r.doc)
	if err != nil {
		return err
	}
	live := r.doc.phase() != RoomOver
	written := r.NewID()
	if r.doc.version == 0 {
		err = r.Exec(ctx, `INSERT INTO room (meeting_id, state, version, live, written) VALUES ($1, $2, $3, $4, $5)`,
			meeting, string(state), r.doc.Floor.Version, live, written)
		if db.IsUnique(err) {
			return errRoomMoved
		}
	} else {
		err = r.ExecOne(ctx, `UPDATE room SET state = $1, version = $2, live = $3, written = $4 WHERE meeting_id = $5 AND version = $6`,
			string(state), r.doc.Floor.Version, live, written, meeting, r.doc.version)
		if fault.Is(err, fault.KindStale) {
			return errRoomMoved
		}
	}
	if err != nil {
		return err
	}
	wrote := r.doc
	wrote.version, wrote.written = wrote.Floor.Version, written
	r.wrote = &wrote
	r.s.keepWriting(r.wrote)
	r.AppendOnly() // the rows below say who did what
	for _, e := range r.events {
		if r.plan.Practice {
			break // nothing is kept
		}
		if err := r.record(ctx, e); err != nil {
			return err
		}
	}
	for _, topic := range r.told {
		if err := r.Event(ctx, topic, "room", meeting, r.doc.Floor.Version); err != nil {
			return err
		}
	}
	if r.roster {
		if err := r.Event(ctx, rosterTopic(meeting), "roster", meeting, r.doc.Floor.Version); err != nil {
			return err
		}
	}
	kind := "room"
	if slices.ContainsFunc(r.events, func(e FloorEvent) bool { return e.Kind == EvRemoved }) {
		kind = eventRemoved
	}
	return r.Event(ctx, roomTopic(meeting), kind, meeting, r.doc.Floor.Version)
}

// eventRemoved is the kind of a room's event that takes somebody's right to hear of it.
const eventRemoved = "room_removed"

// vacate gets up whoever sits at a device that somebody else brought who was removed: it goes out
// with them, and its connection is not to hear the room for those beside.
func (r *roomTx) vacate() error {
	for _, e := range r.events {
		st := r.doc.seat(e.Seat)
		if e.Kind != EvRemoved || st == nil || st.Person != e.Person {
			continue
		}
		for _, p := range r.doc.at(st.ID) {
			if err := r.apply(FloorCommand{Kind: CmdLeave, Person: p.ID}); err != nil {
				return err
			}
		}
	}
	return nil
}

// tidy lets go of seats nobody sits at and of what was shown by those who may no longer.
func (r *roomTx) tidy() {
	kept := r.doc.Seats[:0:0]
	sitting := r.doc.sitting()
	for _, st := range r.doc.Seats {
		if len(sitting[st.ID]) > 0 && r.doc.phase() != RoomOver {
			kept = append(kept, st)
			continue
		}
		r.drop = append(r.drop, st.ID)
	}
	r.doc.Seats = slices.Clip(kept)
	if r.plan.Practice {
		f := &r.doc.Floor
		f.People = slices.DeleteFunc(f.People, func(p FloorPerson) bool { return p.State == Left })
		for i := range f.Stages {
			f.Stages[i].Marks = []SpokenMark{}
		}
	}
	if r.doc.Seats == nil {
		r.doc.Seats = []roomSeat{}
	}
	if sc := r.doc.Screen; sc != nil && !r.doc.Floor.Publishers()[sc.Seat].Screen {
		r.doc.Screen = nil
	}
	for _, e := range r.events {
		switch e.Kind {
		case EvJoined, EvWaiting, EvAdmitted, EvAway, EvBack, EvLeft, EvRemoved, EvHow, EvSeatTaken, EvFinished:
			r.roster = true
		}
		switch e.Kind {
		case EvAdmitted, EvRemoved, EvReadmitted, EvSeatTaken:
			r.told = append(r.told, fmt.Sprintf("person:%d", e.Person))
		}
	}
}

// record writes one thing that happened, where the record of the meeting will look for it.
func (r *roomTx) record(ctx context.Context, e FloorEvent) error {
	switch e.Kind {
	case EvTurnEnded:
		t := e.Turn
		return r.Exec(ctx, `INSERT INTO turn (id, meeting_id, number, kind, person_id, reader_id, statement_id, given_by, stage, started_at, ended_at, spoken_ms, ended_how)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
			r.NewID(), r.plan.Meeting, t.ID, t.Kind, t.Person, t.Reader, t.Statement, t.GivenBy, t.Stage, t.StartedAt, e.At, e.SpokenMS, e.Reason)
	case EvJoined, EvAdmitted, EvBack, EvHow:
		return r.attend(ctx, e, CameIn, e.At)
	case EvSeatTaken:
		return r.attend(ctx, e, WentOut, e.At)
	case EvLeft, EvRemoved:
		at := e.At
		if seen := r.seen[e.Person]; seen != 0 {
			at = seen
		}
		return r.attend(ctx, e, WentOut, at)
	case EvWaiting, EvAway, EvHandRaised, EvHandDown, EvTurnStarted, EvTurnPaused, EvTurnResumed:
		return nil // of the moment only
	}
	people, err := json.Marshal(list(e.People))
	if err != nil {
		return err
	}
	return r.Exec(ctx, `INSERT INTO room_log (id, meeting_id, at, kind, by_id, person_id, stage, reason, people) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		r.NewID(), r.plan.Meeting, e.At, e.Kind, e.By, e.Person, e.Stage, e.Reason, string(people))
}

// attend writes one observation of somebody's coming or going.
func (r *roomTx) attend(ctx context.Context, e FloorEvent, kind TransitionKind, at db.Time) error {
	in := r.given[e.Person]
	switch e.How {
	case ByPhone:
		in = sat{given: "host", by: e.By}
	case ByWriting:
		in = sat{given: "statement", by: e.By}
	case ByVideo, ByAudio, ByShared:
	}
	if in.by == e.Person {
		in.by = 0
	}
	if kind == WentOut && e.By != e.Person {
		in.by = e.By
	}
	if e.Kind == EvAdmitted {
		in.by = e.By
	}
	id := r.NewID()
	var sealed []byte
	if in.place != "" && kind == CameIn {
		var err error
		if sealed, err = r.s.Secret.Seal("attendance", placeAAD(id), []byte(in.place)); err != nil {
			return err
		}
	}
	return r.Exec(ctx, `INSERT INTO attendance (id, meeting_id, person_id, seat_id, kind, at, how, place_sealed, given, by_id, helper, reason)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		id, r.plan.Meeting, e.Person, e.Seat, kind, at, e.How, sealed, in.given, in.by, in.helper, e.Reason)
}

func placeAAD(row db.ID) []byte { return fmt.Appendf(nil, "attendance/place_sealed/%d", row) }

// Transitions reads the coming and going of a meeting for Attend, the last signs of life included.
func (s *Rooms) Transitions(ctx context.Context, q db.Querier, meeting db.ID) ([]Transition, error) {
	var rows []struct {
		ID     db.ID          `db:"id"`
		Person db.ID          `db:"person_id"`
		Seat   db.ID          `db:"seat_id"`
		Kind   TransitionKind `db:"kind"`
		At     db.Time        `db:"at"`
		How    How            `db:"how"`
		Place  []byte         `db:"place_sealed"`
	}
	if err := db.Select(ctx, q, &rows, `SELECT id, person_id, seat_id, kind, at, how, place_sealed FROM attendance WHERE meeting_id = $1 ORDER BY at, id`, meeting); err != nil {
		return nil, err
	}
	out := make([]Transition, 0, len(rows))
	sitting := map[db.ID][]Transition{} // seat → who came in and has not gone
	for _, x := range rows {
		t := Transition{Person: x.Person, Seat: x.Seat, Kind: x.Kind, At: x.At, How: x.How}
		if x.Place != nil {
			place, err := s.Secret.Open("attendance", placeAAD(x.ID), x.Place)
			if err != nil {
				return nil, err
			}
			t.Where = string(place)
		}
		out = append(out, t)
		if t.Seat != 0 {
			sitting[t.Seat] = slices.DeleteFunc(sitting[t.Seat], func(y Transition) bool { return y.Person == t.Person })
			if t.Kind == CameIn {
				sitting[t.Seat] = append(sitting[t.Seat], t)
			}
		}
	}
	seen, err := readCheckpoints(ctx, q, meeting)
	if err != nil {
		return nil, err
	}
	for seat, at := range seen {
		for _, t := range sitting[seat] {
			if at > t.At {
				out = append(out, Transition{Person: t.Person, Seat: seat, Kind: StillIn, At: at, How: t.How})
			}
		}
	}
	return out, nil
}

// readCheckpoints reads when each seat was last heard, by any node.
func readCheckpoints(ctx context.Context, q db.Querier, meeting db.ID) (map[db.ID]db.Time, error) {
	var rows []string
	if err := db.Select(ctx, q, &rows, `SELECT seats FROM room_checkpoint WHERE meeting_id = $1`, meeting); err != nil {
		return nil, err
	}
	out := map[db.ID]db.Time{}
	for _, text := range rows {
		var m map[db.ID]int64
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			return nil, err
		}
		for seat, at := range m {
			out[seat] = max(out[seat], db.Time(at))
		}
	}
	return out, nil
}
