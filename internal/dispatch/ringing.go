package dispatch

import (
	"context"
	"slices"
	"time"

	"github.com/riverqueue/river"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/job"
	"wozai/internal/org"
)

type (
	// callJob rings whoever is still to be rung: the request that asked does it at once, and this if it
	// did not live to.
	callJob struct {
		Dispatch db.ID `json:"dispatch"`
	}
	// widenJob asks the next ring, unless it has been asked or is not needed.
	widenJob struct {
		Dispatch db.ID `json:"dispatch"`
		Ring     int64 `json:"ring"`
	}
	// lapseJob gives a seat back that was not renewed.
	lapseJob struct {
		Claim db.ID   `json:"claim"`
		Until db.Time `json:"until"`
	}
	// dueJob tells the asker that the time has come.
	dueJob struct {
		Dispatch db.ID `json:"dispatch"`
	}
	// endJob closes what nobody says anything about any more.
	endJob struct {
		Dispatch db.ID   `json:"dispatch"`
		At       db.Time `json:"at"`
	}
)

// Kind implements river.JobArgs.
func (callJob) Kind() string { return "dispatch_call" }

// Kind implements river.JobArgs.
func (widenJob) Kind() string { return "dispatch_widen" }

// Kind implements river.JobArgs.
func (lapseJob) Kind() string { return "dispatch_lapse" }

// Kind implements river.JobArgs.
func (dueJob) Kind() string { return "dispatch_due" }

// Kind implements river.JobArgs.
func (endJob) Kind() string { return "dispatch_end" }

func enqueue(ctx context.Context, tx *change.Tx, args river.JobArgs, at db.Time) error {
	if at == 0 {
		return tx.Enqueue(ctx, args, nil)
	}
	return tx.Enqueue(ctx, args, &river.InsertOpts{ScheduledAt: at.Std()})
}

// Work registers the jobs.
func (s *Service) Work(q *job.Queue) {
	job.Work(q, func(ctx context.Context, j callJob) error { return s.Call(ctx, j.Dispatch) })
	job.Work(q, func(ctx context.Context, j widenJob) error { return s.Widen(ctx, j.Dispatch, j.Ring) })
	job.Work(q, s.lapse)
	job.Work(q, s.due)
	job.Work(q, s.end)
}

var itself = access.SystemActor("job")

// One commit rings so many: about five rows each.
const callBatch = 100

const withoutSeat = `NOT EXISTS (SELECT 1 FROM dispatch_claim c WHERE c.dispatch_id = l.dispatch_id AND c.person_id = l.person_id AND c.state IN ('holding', 'done'))`

// Call rings everybody who is to be rung now and was not in this round. Where nobody could be, the
// next ring is asked at once. It may run at any time and any number of times.
func (s *Service) Call(ctx context.Context, id db.ID) error {
	for {
		more, nobody := false, false
		var ring int64
		if err := s.change(ctx, itself, id, func(ctx context.Context, tx *change.Tx) error {
			more, nobody = false, false
			d, err := getDispatch(ctx, tx, id)
			if err != nil || !d.wants() {
				return err
			}
			ring = d.Ring
			var rows []struct {
				Person db.ID `db:"person_id"`
				Ring   int64 `db:"ring"`
				Availability
			}
			if err := db.Select(ctx, tx, &rows, `SELECT l.person_id, l.ring, `+availabilityColumns+` FROM dispatch_person l LEFT JOIN availability v ON v.person_id = l.person_id
				WHERE l.dispatch_id = $1 AND l.reached_at = 0 AND l.passed_at = 0 AND `+withoutSeat+` ORDER BY l.ring, l.person_id LIMIT $2`, id, callBatch); err != nil {
				return err
			}
			for _, r := range rows {
				reach := r.Reach(s.now(tx.Now()))
				if err := s.call(ctx, tx, &d, r.Person, reach, r.Ring); err != nil {
					return err
				}
			}
			if more = len(rows) == callBatch; more || d.Mode == All {
				return nil
			}
			var n int64
			err = db.Get(ctx, tx, &n, `SELECT COUNT(*) FROM dispatch_person l WHERE l.dispatch_id = $1 AND l.rung_at <> 0 AND l.passed_at = 0 AND `+withoutSeat, id)
			nobody = n == 0
			return err
		}); err != nil {
			return err
		}
		if nobody && ring < RingOfficers {
			return s.Widen(ctx, id, ring)
		}
		if !more {
			return nil
		}
	}
}

// call asks one person in the way that suits them. Who is in charge finds it in the inbox in any case.
func (s *Service) call(ctx context.Context, tx *change.Tx, d *Dispatch, person db.ID, reach Reach, ring int64) error {
	tx.AppendOnly() // the row says when
	rung := db.Time(0)
	if reach == Ring {
		rung = tx.Now()
	}
	if err := tx.Exec(ctx, `UPDATE dispatch_person SET reached_at = $1, rung_at = $2 WHERE dispatch_id = $3 AND person_id = $4`, tx.Now(), rung, d.ID, person); err != nil {
		return err
	}
	kind := "asked"
	if ring == RingOfficers {
		kind = "nobody"
	}
	if reach == InPeace && ring != RingOfficers {
		return nil
	}
	if err := tx.Done(ctx, "dispatch", d.ID, person); err != nil { // asked again: the older entry gives way
		return err
	}
	if err := tell(ctx, tx, d, person, kind, "dispatch", true, ""); err != nil {
		return err
	}
	return tx.Event(ctx, "person:"+person.String(), "dispatch", d.ID, 0)
}

// again asks the people anew for a seat that has come free; but leaves one person in peace.
func (s *Service) again(ctx context.Context, tx *change.Tx, d *Dispatch, but db.ID) error {
	if err := tx.Exec(ctx, `UPDATE dispatch_person SET reached_at = CASE WHEN person_id = $1 THEN reached_at ELSE 0 END, rung_at = 0 WHERE dispatch_id = $2 AND passed_at = 0`, but, d.ID); err != nil {
		return err
	}
	return s.goOn(ctx, tx, d)
}

// goOn sees to it that people are rung, also if this node dies, and that the next ring is asked.
func (s *Service) goOn(ctx context.Context, tx *change.Tx, d *Dispatch) error {
	if err := enqueue(ctx, tx, callJob{d.ID}, 0); err != nil {
		return err
	}
	if d.Mode == All || d.Ring >= RingOfficers {
		return nil
	}
	return enqueue(ctx, tx, widenJob{d.ID, d.Ring}, tx.Now().Add(time.Duration(d.Widen)*time.Minute))
}

// Widen asks the ring behind this one, if it is still the outermost and seats are free. A ring in which
// there is nobody new is passed over.
func (s *Service) Widen(ctx context.Context, id db.ID, ring int64) error {
	widened := false
	if err := s.change(ctx, itself, id, func(ctx context.Context, tx *change.Tx) error {
		widened = false
		d, err := getDispatch(ctx, tx, id)
		if err != nil || !d.wants() || d.Ring != ring || d.Mode == All {
			return err
		}
		added := 0
		for added == 0 && d.Ring < RingOfficers {
			d.Ring++
			people, err := s.ringOf(ctx, tx, &d)
			if err != nil {
				return err
			}
			people = slices.DeleteFunc(people, func(p db.ID) bool { return p == d.AskedBy })
			if added, err = addPeople(ctx, tx, id, d.Ring, people); err != nil {
				return err
			}
			if d.Ring == RingOfficers { // who was asked as a colleague is now asked as who is in charge
				for _, p := range people {
					if err := tx.Exec(ctx, `UPDATE dispatch_person SET ring = $1, reached_at = 0 WHERE dispatch_id = $2 AND person_id = $3 AND ring < $4`, RingOfficers, id, p, RingOfficers); err != nil {
						return err
					}
				}
			}
		}
		if err := tx.ExecOne(ctx, `UPDATE dispatch SET ring = $1, version = version + 1 WHERE id = $2 AND ring = $3`, d.Ring, id, ring); err != nil {
			return err
		}
		d.Version++
		widened = true
		if err := line(ctx, tx, &d, "widened", 0, [...]string{"audience", "unit", "duty", "officers"}[d.Ring]); err != nil {
			return err
		}
		if d.Ring == RingUnit {
			if err := s.post(ctx, tx, &d, d.Unit); err != nil {
				return err
			}
		}
		if err := tell(ctx, tx, &d, d.AskedBy, "widened", "dispatch_asked", false, ""); err != nil {
			return err
		}
		return s.goOn(ctx, tx, &d)
	}); err != nil || !widened {
		return err
	}
	return s.Call(ctx, id)
}

// ringOf finds who is in a dispatch's present ring.
func (s *Service) ringOf(ctx context.Context, tx *change.Tx, d *Dispatch) ([]db.ID, error) {
	switch d.Ring {
	case RingOfficers:
		return s.inCharge(ctx, tx, d.Unit)
	case RingDuty:
		return s.dutyRing(ctx, tx, d.Unit)
	}
	people, err := org.Select(ctx, tx, org.Selection{UnitIDs: []db.ID{d.Unit}}, maxAsked)
	if err != nil {
		return nil, err
	}
	out := make([]db.ID, len(people))
	for i, p := range people {
		out[i] = p.PersonID
	}
	return out, nil
}

// lapse gives a seat back whose holder has said nothing since; they are told kindly.
func (s *Service) lapse(ctx context.Context, j lapseJob) error {
	var d Dispatch
	lapsed := false
	if err := s.Change.Do(ctx, itself, func(ctx context.Context, tx *change.Tx) error {
		lapsed = false
		var c Claim
		found, err := db.Find(ctx, tx, &c, claimSelect+`WHERE c.id = $1`, j.Claim)
		if err != nil || !found || c.State != Holding || c.UntilAt != j.Until {
			return err // renewed, or ended
		}
		if d, err = getDispatch(ctx, tx, c.Dispatch); err != nil {
			return err
		}
		lapsed = true
		if err := giveBack(ctx, tx, &d, c, Lapsed); err != nil {
			return err
		}
		if err := line(ctx, tx, &d, "lapsed", c.Person, ""); err != nil {
			return err
		}
		if err := tell(ctx, tx, &d, c.Person, "lapsed", "dispatch", false, ""); err != nil {
			return err
		}
		if err := tell(ctx, tx, &d, d.AskedBy, "back", "dispatch_asked", false, ""); err != nil {
			return err
		}
		return s.again(ctx, tx, &d, c.Person)
	}); err != nil || !lapsed {
		return err
	}
	return s.Call(ctx, d.ID)
}

// due tells the asker once that the time has come and it is still open.
func (s *Service) due(ctx context.Context, j dueJob) error {
	return s.Change.Do(ctx, itself, func(ctx context.Context, tx *change.Tx) error {
		d, err := getDispatch(ctx, tx, j.Dispatch)
		if err != nil || d.State != Open {
			return err
		}
		var told int64
		if err := db.Get(ctx, tx, &told, `SELECT COUNT(*) FROM notice WHERE subject = 'dispatch_asked' AND subject_id = $1 AND kind = 'dispatch.due'`, d.ID); err != nil || told > 0 {
			return err
		}
		tx.AppendOnly() // the notice is its own record
		if err := endAfter(ctx, tx, d.ID, max(tx.Now(), d.DueAt)); err != nil {
			return err
		}
		return tell(ctx, tx, &d, d.AskedBy, "due", "dispatch_asked", true, "")
	})
}

// endAfter has a dispatch looked at a day after the last word.
func endAfter(ctx context.Context, tx *change.Tx, id db.ID, last db.Time) error {
	at := last.Add(endsAfter)
	return enqueue(ctx, tx, endJob{id, at}, at)
}

// end closes a dispatch a day after the last word, if its time has come or everything was said to be
// done; its asker and who has a seat are told.
func (s *Service) end(ctx context.Context, j endJob) error {
	return s.change(ctx, itself, j.Dispatch, func(ctx context.Context, tx *change.Tx) error {
		d, err := getDispatch(ctx, tx, j.Dispatch)
		if err != nil || d.State != Open {
			return err
		}
		var last db.Time
		if err := db.Get(ctx, tx, &last, `SELECT MAX(at) FROM dispatch_line WHERE dispatch_id = $1 AND person_id <> 0`, d.ID); err != nil {
			return err
		}
		seats, err := readSeats(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		now := max(tx.Now(), j.At)
		if !d.done(seats) {
			if now < d.DueAt {
				return nil // asked again meanwhile: when its time has come this is looked at once more
			}
			last = max(last, d.DueAt)
		}
		if now < last.Add(endsAfter) {
			tx.AppendOnly()
			return endAfter(ctx, tx, d.ID, last)
		}
		if err := s.close(ctx, tx, &d, seats, Ended, ""); err != nil {
			return err
		}
		return tell(ctx, tx, &d, d.AskedBy, string(Ended), "dispatch_asked", false, "")
	})
}
