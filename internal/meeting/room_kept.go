package meeting

import (
	"context"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
)

// A room's row is long: a node keeps it decoded, and asks the database only which write of it is the
// present one. What is kept is shared and never changed; a change works on a clone (see load).

// room gives a meeting's room as it stands at q; not-found before anybody came.
func (s *Rooms) room(ctx context.Context, q db.Querier, meeting db.ID) (*roomDoc, error) {
	s.mu.Lock()
	kept, writing := s.kept[meeting], s.writing[meeting]
	s.mu.Unlock()
	if kept != nil || writing != nil {
		var written db.ID
		if err := db.Get(ctx, q, &written, `SELECT written FROM room WHERE meeting_id = $1`, meeting); err != nil {
			return nil, err
		}
		for _, known := range []*roomDoc{kept, writing} {
			if known != nil && known.written == written && written != 0 {
				return known, nil
			}
		}
	}
	d, err := readRoom(ctx, q, meeting)
	if err != nil {
		return nil, err
	}
	if _, inChange := q.(*change.Tx); !inChange {
		s.keep(&d)
	}
	return &d, nil
}

// present finds the actor at their own seat. Nobody is turned away by what is a moment old: they may
// have come in at another node just now.
func (s *Rooms) present(ctx context.Context, actor access.Actor, meeting, seat db.ID) (*roomDoc, *roomSeat, *FloorPerson, error) {
	doc, err := s.snapshot(ctx, meeting)
	if err != nil {
		return nil, nil, nil, err
	}
	st, p, err := standing(actor, doc, seat)
	if err == nil {
		return doc, st, p, nil
	}
	if doc, err = s.room(ctx, s.DB.Read(), meeting); err != nil {
		return nil, nil, nil, err
	}
	st, p, err = standing(actor, doc, seat)
	return doc, st, p, err
}

// snapshot is the room as this node last saw it, at most a moment old.
func (s *Rooms) snapshot(ctx context.Context, meeting db.ID) (*roomDoc, error) {
	s.mu.Lock()
	kept := s.kept[meeting]
	s.mu.Unlock()
	if kept != nil {
		return kept, nil
	}
	return s.room(ctx, s.DB.Read(), meeting)
}

// keep keeps the newest of what is committed; a room that is over is let go.
func (s *Rooms) keep(d *roomDoc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	meeting := d.Floor.Meeting
	if d.phase() == RoomOver {
		delete(s.kept, meeting)
		delete(s.writing, meeting)
		delete(s.newest, meeting)
		delete(s.beats, meeting)
		return
	}
	if d.Floor.Version >= s.newest[meeting] { // else a read that took its time
		s.kept[meeting], s.newest[meeting] = d, d.Floor.Version
	}
}

// keepWriting holds what a change has written and not committed, for those behind it in the same
// commit. Whether it was committed is told by its number: nobody else's write has it.
func (s *Rooms) keepWriting(d *roomDoc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writing[d.Floor.Meeting] = d
}

// moved notes that a room has got a version, and reports whether that is news here.
func (s *Rooms) moved(meeting db.ID, version int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept[meeting] != nil && s.newest[meeting] >= version {
		return false
	}
	s.newest[meeting] = max(s.newest[meeting], version)
	delete(s.kept, meeting)
	return true
}
