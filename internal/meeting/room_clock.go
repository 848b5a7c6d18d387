package meeting

import (
	"context"
	"strings"
	"time"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/live"
)

// after tells this node's clocks and media of a change at once; the others hear of it by its event.
func (s *Rooms) after(meeting db.ID, r *roomTx) {
	s.keep(r.wrote)
	if s.media != nil {
		room := MediaRoom(meeting)
		if r.before == nil || !sameFor(r.before.permissions(), r.wrote.permissions()) {
			s.media.Touch(room)
		}
		for _, seat := range r.drop {
			s.media.Drop(room, seat.String())
		}
	}
	s.armFrom(meeting, &r.doc.Floor)
}

// heard is called for every event of every node; it must not block.
func (s *Rooms) heard(e live.Event) {
	if e.Topic == topic(e.ID) { // what was arranged is a part of what is shown
		s.Live.Refresh(roomTopic(e.ID))
		s.Live.Refresh(rosterTopic(e.ID))
	}
	if e.Kind == eventList {
		go s.followList(e.ID)
	}
	if !strings.HasPrefix(e.Topic, "room:") {
		return
	}
	if e.Kind == eventRemoved {
		s.Live.Recheck(e.Topic)
		s.Live.Recheck(rosterTopic(e.ID))
	}
	if !s.moved(e.ID, e.Version) {
		return // this node did it itself
	}
	if s.media != nil {
		s.media.Touch(MediaRoom(e.ID))
	}
	go s.arm(e.ID)
}

// followList takes out of the room who is on the meeting's list no longer. Every node does, and the
// one that comes first wins.
func (s *Rooms) followList(meeting db.ID) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	off := func(p Plan, f *Floor) (out []db.ID) {
		for i := range f.People {
			id := f.People[i].ID
			if _, on := p.Person(id); !on && !p.leads(id) && f.People[i].State != Left && !p.Practice {
				out = append(out, id)
			}
		}
		return out
	}
	plan, doc, err := s.read(ctx, meeting)
	if err == nil && doc.version != 0 && len(off(plan, &doc.Floor)) > 0 {
		_, err = s.act(ctx, access.SystemActor("room"), meeting, func(_ context.Context, r *roomTx) error {
			for _, id := range off(r.plan, &r.doc.Floor) {
				if err := r.apply(FloorCommand{Kind: CmdOff, Person: id}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err != nil && !fault.Is(err, fault.KindNotFound) {
		s.Log.Warn("a room does not follow its meeting's list; trying again", "meeting", meeting, "error", err)
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.stopped {
			time.AfterFunc(time.Second, func() { s.followList(meeting) })
		}
	}
}

// arm sets the next timer of a room from its state.
func (s *Rooms) arm(meeting db.ID) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	doc, err := s.snapshot(ctx, meeting)
	if err != nil {
		if !fault.Is(err, fault.KindNotFound) {
			s.Log.Warn("a room's clock could not be read; trying again", "meeting", meeting, "error", err)
			s.set(meeting, time.Second, func() { s.arm(meeting) })
		}
		return
	}
	s.armFrom(meeting, &doc.Floor)
}

func (s *Rooms) armFrom(meeting db.ID, f *Floor) {
	timers := f.Timers()
	if len(timers) == 0 {
		s.mu.Lock()
		defer s.mu.Unlock()
		if t := s.timers[meeting]; t != nil {
			t.Stop()
			delete(s.timers, meeting)
		}
		return
	}
	next := timers[0]
	s.set(meeting, next.At.Sub(s.Change.Now())+time.Millisecond, func() { s.fire(meeting) })
}

func (s *Rooms) set(meeting db.ID, d time.Duration, f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return
	}
	if t := s.timers[meeting]; t != nil {
		t.Stop()
	}
	s.timers[meeting] = time.AfterFunc(max(0, d), f)
}

func (s *Rooms) stopTimers() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	for _, t := range s.timers {
		t.Stop()
	}
}

// fire submits what is due. Every node does; the one that comes first wins and the others find
// nothing left to do.
func (s *Rooms) fire(meeting db.ID) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	fired := 0
	_, err := s.act(ctx, access.SystemActor("room"), meeting, func(_ context.Context, r *roomTx) error {
		fired = 0
		for range len(r.doc.Floor.People) + 8 { // each step may make another due
			timers := r.doc.Floor.Timers()
			if len(timers) == 0 || timers[0].At > r.Now() {
				break
			}
			before := r.doc.Floor.Version
			if err := r.apply(timers[0].Command); err != nil && fault.Code(err) != CodeTooEarly {
				return err
			}
			if r.doc.Floor.Version == before {
				break
			}
			fired++
		}
		return nil
	})
	if err != nil {
		s.Log.Warn("a room's timer failed; trying again", "meeting", meeting, "error", err)
		s.set(meeting, time.Second, func() { s.fire(meeting) })
		return
	}
	if fired == 0 {
		s.arm(meeting)
	}
}
