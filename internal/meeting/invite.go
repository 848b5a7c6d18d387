package meeting

import (
	"context"
	"slices"
	"time"

	"github.com/riverqueue/river"

	"wozai/internal/access"
	"wozai/internal/account"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/notice"
	"wozai/internal/org"
)

// Announce makes a draft known to everybody on its list and sets its reminders.
func (s *Service) Announce(ctx context.Context, actor access.Actor, id db.ID, version int64) error {
	return s.arrange(ctx, actor, id, func(ctx context.Context, tx *change.Tx, m *Meeting, _ org.Unit) error {
		if m.Status == Announced {
			return nil // sent twice
		}
		var c fault.Check
		c.If(m.EndsAt <= tx.Now(), "ends_at", "in_the_past")
		if err := c.Err(); err != nil {
			return err
		}
		pin, err := m.pins()
		if err != nil {
			return err
		}
		if _, err := refreshList(ctx, tx, m, pin, s.Profile()); err != nil {
			return err
		}
		if err := tx.ExecOne(ctx, `UPDATE meeting SET status = 'announced', revision = revision + 1, version = version + 1 WHERE id = $1 AND version = $2`, id, version); err != nil {
			return err
		}
		m.Revision++
		if err := s.tell(ctx, tx, m, tellInvited, ""); err != nil {
			return err
		}
		if err := s.remind(ctx, tx, m, pin); err != nil {
			return err
		}
		return tx.Audit(ctx, change.Record{Action: "meeting.announce", Subject: "meeting", SubjectID: id, UnitID: m.UnitID})
	})
}

// Move puts an announced meeting to another time, with a reason, and tells everybody. It cannot
// be moved once it is open: conflict "meeting_open".
func (s *Service) Move(ctx context.Context, actor access.Actor, id db.ID, version int64, starts, ends db.Time, reason string) error {
	return s.arrange(ctx, actor, id, func(ctx context.Context, tx *change.Tx, m *Meeting, _ org.Unit) error {
		if m.OpenedAt != 0 {
			return fault.Conflict("meeting_open")
		}
		var c fault.Check
		checkTimes(&c, starts, ends)
		c.If(ends != 0 && ends <= tx.Now(), "ends_at", "in_the_past")
		reason := c.Text("reason", reason, 200, m.Status == Announced)
		if err := c.Err(); err != nil {
			return err
		}
		pin, err := m.pins()
		if err != nil {
			return err
		}
		if err := s.noteMove(ctx, tx, m, "moved", starts, reason); err != nil {
			return err
		}
		if err := tx.ExecOne(ctx, `UPDATE meeting SET starts_at = $1, ends_at = $2, revision = revision + 1, version = version + 1 WHERE id = $3 AND version = $4`, starts, ends, id, version); err != nil {
			return err
		}
		shift := starts.Sub(m.StartsAt)
		if err := tx.Exec(ctx, `UPDATE preparation SET due_at = due_at + $1 WHERE meeting_id = $2`, shift.Microseconds(), id); err != nil {
			return err
		}
		// Links that were sent stay good until the new end.
		if err := account.ExtendLinks(ctx, tx, id, ends.Add(linkSlack)); err != nil {
			return err
		}
		m.StartsAt, m.EndsAt, m.Revision = starts, ends, m.Revision+1
		if m.Status == Announced {
			if err := s.tell(ctx, tx, m, tellMoved, reason); err != nil {
				return err
			}
			if err := s.remind(ctx, tx, m, pin); err != nil {
				return err
			}
		}
		return tx.Audit(ctx, change.Record{Action: "meeting.move", Subject: "meeting", SubjectID: id, UnitID: m.UnitID, After: map[string]any{"starts_at": starts, "reason": reason}})
	})
}

func (s *Service) noteMove(ctx context.Context, tx *change.Tx, m *Meeting, kind string, to db.Time, reason string) error {
	return tx.Exec(ctx, `INSERT INTO meeting_move (id, meeting_id, kind, from_at, to_at, reason, by_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		tx.NewID(), m.ID, kind, m.StartsAt, to, reason, tx.Actor().PersonID, tx.Now())
}

// Cancel calls a meeting off, with a reason, and tells everybody who had been told of it. Its
// links end.
func (s *Service) Cancel(ctx context.Context, actor access.Actor, id db.ID, version int64, reason string) error {
	return s.arrange(ctx, actor, id, func(ctx context.Context, tx *change.Tx, m *Meeting, _ org.Unit) error {
		if m.OpenedAt != 0 {
			return fault.Conflict("meeting_open")
		}
		var c fault.Check
		reason := c.Text("reason", reason, 200, m.Status == Announced)
		if err := c.Err(); err != nil {
			return err
		}
		if err := s.noteMove(ctx, tx, m, "cancelled", 0, reason); err != nil {
			return err
		}
		if err := tx.ExecOne(ctx, `UPDATE meeting SET status = 'cancelled', revision = revision + 1, version = version + 1 WHERE id = $1 AND version = $2`, id, version); err != nil {
			return err
		}
		m.Revision++
		if err := tx.Done(ctx, "meeting", id, 0); err != nil {
			return err
		}
		if err := tx.Done(ctx, leaveSubject, id, 0); err != nil {
			return err
		}
		if m.Status == Announced {
			if err := s.tell(ctx, tx, m, tellCancelled, reason); err != nil {
				return err
			}
		}
		if err := account.ExpireLinks(ctx, tx, id, tx.Now()); err != nil {
			return err
		}
		return tx.Audit(ctx, change.Record{Action: "meeting.cancel", Subject: "meeting", SubjectID: id, UnitID: m.UnitID, After: map[string]any{"reason": reason}})
	})
}

// Invite puts people on the list beside the unit's own: as observers (列席) without a vote.
// It returns how many were new; who is new to an announced meeting is told.
func (s *Service) Invite(ctx context.Context, actor access.Actor, id db.ID, sel org.Selection) (added int, err error) {
	err = s.arrange(ctx, actor, id, func(ctx context.Context, tx *change.Tx, m *Meeting, _ org.Unit) error {
		added = 0
		people, err := org.Select(ctx, tx, sel, maxInvited+1)
		if err != nil {
			return err
		}
		listed, err := readParticipants(ctx, tx, id)
		if err != nil {
			return err
		}
		if len(listed)+len(people) > maxInvited {
			return fault.New(fault.KindInvalid, "too_many_people").With("limit", maxInvited)
		}
		on := map[db.ID]bool{}
		for _, x := range listed {
			on[x.PersonID] = true
		}
		for i, x := range people {
			if on[x.PersonID] {
				continue
			}
			if err := addParticipant(ctx, tx, id, Participant{PersonID: x.PersonID, UnitID: x.UnitID, Sort: int64(1<<20 + i), Observer: true, ByHand: true}); err != nil {
				return err
			}
			added++
		}
		if added == 0 {
			return nil
		}
		if err := listChanged(ctx, tx, id); err != nil {
			return err
		}
		if m.Status == Announced {
			if err := s.tell(ctx, tx, m, tellInvited, ""); err != nil {
				return err
			}
		}
		return tx.Audit(ctx, change.Record{Action: "meeting.invite", Subject: "meeting", SubjectID: id, UnitID: m.UnitID, After: sel})
	})
	return added, err
}

// Uninvite takes somebody off the list who was put on it by hand. The unit's own people and
// who has a part in the meeting stay: conflict "is_due".
func (s *Service) Uninvite(ctx context.Context, actor access.Actor, id, person db.ID) error {
	return s.arrange(ctx, actor, id, func(ctx context.Context, tx *change.Tx, m *Meeting, _ org.Unit) error {
		p, err := getParticipant(ctx, tx, id, person)
		if err != nil {
			return err
		}
		parts, err := partsIn(ctx, tx, m)
		if err != nil {
			return err
		}
		if p.Belongs || slices.Contains(parts, person) {
			return fault.Conflict("is_due")
		}
		if err := tx.Exec(ctx, `DELETE FROM participant WHERE meeting_id = $1 AND person_id = $2`, id, person); err != nil {
			return err
		}
		if err := listChanged(ctx, tx, id); err != nil {
			return err
		}
		if err := tx.Done(ctx, "meeting", id, person); err != nil {
			return err
		}
		if err := tx.Event(ctx, topic(id), eventList, id, 0); err != nil {
			return err
		}
		if p.ToldAt != 0 {
			if err := tx.Notify(ctx, change.Notice{PersonID: person, Kind: "meeting.uninvited", Subject: "meeting", SubjectID: id, Params: map[string]any{"theme": m.Theme, "starts_at": m.StartsAt}}); err != nil {
				return err
			}
		}
		return tx.Audit(ctx, change.Record{Action: "meeting.uninvite", Subject: "meeting", SubjectID: id, UnitID: m.UnitID, After: map[string]any{"person_id": person}})
	})
}

// Reply is an invited person's answer.
type Reply struct {
	Answer  Answer `json:"answer" enum:"yes,asked" doc:"yes, or asked to be excused"`
	Reason  string `json:"reason,omitempty" doc:"a key of the profile's reasons for leave"`
	Note    string `json:"note,omitempty"`
	PlanHow string `json:"plan_how,omitempty" enum:"video,audio,shared,phone,written" doc:"how they mean to come"`
}

// Answer notes what the actor says to an invitation; asking to be excused goes to the officers.
// It may be changed until the meeting is open.
func (s *Service) Answer(ctx context.Context, actor access.Actor, id db.ID, r Reply) error {
	return s.Change.Do(ctx, actor, func(ctx context.Context, tx *change.Tx) error {
		m, _, err := s.seen(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		p, err := getParticipant(ctx, tx, id, actor.PersonID)
		if err != nil {
			return err
		}
		if m.Status != Announced || m.OpenedAt != 0 {
			return fault.Conflict("too_late_to_answer")
		}
		var c fault.Check
		c.If(r.Answer != AnswerYes && r.Answer != AnswerAsked, "answer", "choice")
		c.If(!slices.Contains([]string{"", "video", "audio", "shared", "phone", "written"}, r.PlanHow), "plan_how", "choice")
		note := c.Text("note", r.Note, 200, false)
		reason := ""
		if r.Answer == AnswerAsked {
			why, unknown := s.Profile().LeaveReason(r.Reason)
			c.If(unknown != nil, "reason", "choice")
			c.If(unknown == nil && why.Note && note == "", "note", "required")
			reason = r.Reason
		}
		if err := c.Err(); err != nil {
			return err
		}
		if err := tx.Exec(ctx, `UPDATE participant SET answer = $1, leave_reason = $2, leave_note = $3, plan_how = $4, answered_at = $5, decided_by = 0, decided_at = 0, version = version + 1
			WHERE meeting_id = $6 AND person_id = $7`, string(r.Answer), reason, note, r.PlanHow, tx.Now(), id, actor.PersonID); err != nil {
			return err
		}
		if err := listChanged(ctx, tx, id); err != nil {
			return err
		}
		if err := tx.Done(ctx, "meeting", id, actor.PersonID); err != nil {
			return err
		}
		if r.Answer == AnswerAsked && p.Answer != AnswerAsked && p.Belongs { // told once, however often it is sent
			if err := tx.Notify(ctx, change.Notice{PersonID: m.ChairID, Kind: "meeting.leave_asked", Subject: leaveSubject, SubjectID: id, Todo: true,
				Params: map[string]any{"name": p.Name, "theme": m.Theme}}); err != nil {
				return err
			}
		}
		if err := settleLeave(ctx, tx, id); err != nil {
			return err
		}
		if err := tx.Event(ctx, topic(id), "participants", id, 0); err != nil {
			return err
		}
		// What is said about why stays out of the audit: illness is nobody else's.
		return tx.Audit(ctx, change.Record{Action: "meeting.answer", Subject: "meeting", SubjectID: id, UnitID: m.UnitID, After: map[string]any{"answer": r.Answer}})
	})
}

// DecideLeave grants or refuses somebody's leave; the decision may be taken back by deciding
// again. Leave nobody asked for may be granted too, with a reason (they called).
func (s *Service) DecideLeave(ctx context.Context, actor access.Actor, id, person db.ID, grant bool, reason, note string) error {
	return s.arrange(ctx, actor, id, func(ctx context.Context, tx *change.Tx, m *Meeting, _ org.Unit) error {
		p, err := getParticipant(ctx, tx, id, person)
		if err != nil {
			return err
		}
		if p.Answer == AnswerNone || p.Answer == AnswerYes {
			var c fault.Check
			_, unknown := s.Profile().LeaveReason(reason)
			c.If(unknown != nil, "reason", "choice")
			note = c.Text("note", note, 200, false)
			if err := c.Err(); err != nil {
				return err
			}
			p.LeaveReason, p.LeaveNote = reason, note
		}
		was := p.Answer
		p.Answer = AnswerRefused
		if grant {
			p.Answer = AnswerExcused
		}
		if err := tx.Exec(ctx, `UPDATE participant SET answer = $1, leave_reason = $2, leave_note = $3, decided_by = $4, decided_at = $5, version = version + 1
			WHERE meeting_id = $6 AND person_id = $7`, string(p.Answer), p.LeaveReason, p.LeaveNote, actor.PersonID, tx.Now(), id, person); err != nil {
			return err
		}
		if err := listChanged(ctx, tx, id); err != nil {
			return err
		}
		if err := settleLeave(ctx, tx, id); err != nil {
			return err
		}
		if p.Answer != was { // told once, however often it is sent
			if err := tx.Done(ctx, "meeting", id, person); err != nil {
				return err
			}
			if err := tx.Notify(ctx, change.Notice{PersonID: person, Kind: "meeting.leave_" + string(p.Answer), Subject: "meeting", SubjectID: id, Todo: !grant,
				Params: map[string]any{"theme": m.Theme}}); err != nil {
				return err
			}
		}
		return tx.Audit(ctx, change.Record{Action: "meeting.leave", Subject: "meeting", SubjectID: id, UnitID: m.UnitID, After: map[string]any{"person_id": person, "granted": grant}})
	})
}

// leaveSubject is what a request for leave is about, so that it is settled apart from the host's
// own invitation.
const leaveSubject = "meeting_leave"

// settleLeave takes the requests off the host's list once none is open.
func settleLeave(ctx context.Context, tx *change.Tx, id db.ID) error {
	var n int
	if err := db.Get(ctx, tx, &n, `SELECT COUNT(*) FROM participant WHERE meeting_id = $1 AND belongs AND answer = 'asked'`, id); err != nil || n > 0 {
		return err
	}
	return tx.Done(ctx, leaveSubject, id, 0)
}

// What people are told of, each a kind of notice "meeting.<kind>".
const (
	tellInvited   = "invited"
	tellMoved     = "moved"
	tellCancelled = "cancelled"
	tellReminder  = "reminder"
)

const (
	tellBatch = 200
	tellNow   = 2 * time.Hour // what begins sooner cannot wait until the inbox is looked at
)

// tellJob tells everybody on a meeting's list, in batches; who has been told since the change that
// it is about is not told again.
type tellJob struct {
	Meeting  db.ID   `json:"meeting"`
	What     string  `json:"what"`
	Since    db.Time `json:"since"`
	Revision int64   `json:"revision"` // a reminder is only good for the time it was made for
	Reason   string  `json:"reason,omitempty"`
	To       string  `json:"to,omitempty"` // of a reminder: "all", "unanswered", "hosts"
	ZH       string  `json:"zh,omitempty"`
	EN       string  `json:"en,omitempty"`
}

// Kind implements river.JobArgs.
func (tellJob) Kind() string { return "meeting_tell" }

func (s *Service) tell(ctx context.Context, tx *change.Tx, m *Meeting, what, reason string) error {
	return tx.Enqueue(ctx, tellJob{Meeting: m.ID, What: what, Since: tx.Now(), Revision: m.Revision, Reason: reason}, nil)
}

// remind enqueues the kind's reminders for the meeting's present time. Those of an earlier time
// find another revision when they come due, and do nothing.
func (s *Service) remind(ctx context.Context, tx *change.Tx, m *Meeting, pin pinned) error {
	for _, r := range pin.Kind.Reminders {
		at := m.StartsAt.Add(-time.Duration(r.HoursBefore) * time.Hour)
		if at <= tx.Now() {
			continue
		}
		if err := tx.Enqueue(ctx, tellJob{Meeting: m.ID, What: tellReminder, Since: at, Revision: m.Revision, To: r.To, ZH: r.Words.ZH, EN: r.Words.EN},
			&river.InsertOpts{ScheduledAt: at.Std()}); err != nil {
			return err
		}
	}
	return nil
}

// Tell works a tellJob.
func (s *Service) Tell(ctx context.Context, j tellJob) error {
	for first := true; ; first = false {
		done := true
		err := s.Change.Do(ctx, access.SystemActor("job"), func(ctx context.Context, tx *change.Tx) error {
			done = true
			m, err := getMeeting(ctx, tx, j.Meeting)
			if err != nil {
				return err
			}
			switch {
			case j.What == tellInvited: // with the time as it is now, however often it was moved since
				if m.Status != Announced {
					return nil
				}
			case m.Revision != j.Revision || j.What == tellReminder && m.Status != Announced:
				return nil
			}
			u, err := org.GetUnit(ctx, tx, m.UnitID)
			if err != nil {
				return err
			}
			list, err := readParticipants(ctx, tx, m.ID)
			if err != nil {
				return err
			}
			n := 0
			for _, p := range list {
				if j.What != tellInvited && p.ToldAt >= j.Since || !concerned(j, m, p) {
					continue
				}
				if n++; n > tellBatch {
					done = false
					break
				}
				if err := tx.Notify(ctx, change.Notice{PersonID: p.PersonID, Kind: "meeting." + j.What, Subject: "meeting", SubjectID: m.ID,
					Todo:   j.What == tellInvited && p.Belongs && p.Answer == AnswerNone,
					Urgent: m.StartsAt.Sub(tx.Now()) < tellNow,
					Params: map[string]any{"theme": m.Theme, "unit": u.Name, "starts_at": m.StartsAt, "reason": j.Reason, "zh": j.ZH, "en": j.EN}}); err != nil {
					return err
				}
				if err := tx.Exec(ctx, `UPDATE participant SET told_at = $1 WHERE meeting_id = $2 AND person_id = $3`, tx.Now(), m.ID, p.PersonID); err != nil {
					return err
				}
			}
			if n == 0 {
				return nil
			}
			if first && s.Posts != nil && j.What != tellInvited && m.StartsAt.Sub(tx.Now()) < tellNow {
				if err := s.Posts.Post(ctx, tx, m.UnitID, notice.GroupUrgent, notice.PathOf("meeting", m.ID)); err != nil {
					return err
				}
			}
			return tx.Audit(ctx, change.Record{Action: "meeting.tell", Subject: "meeting", SubjectID: m.ID, UnitID: m.UnitID, After: map[string]any{"what": j.What, "people": min(n, tellBatch)}})
		})
		if err != nil || done {
			return err
		}
	}
}

// concerned says whether a message is for somebody: an invitation for who has not had one, a
// reminder for those it names, anything else for all who do not stay away anyway.
func concerned(j tellJob, m Meeting, p Participant) bool {
	switch {
	case j.What == tellInvited:
		return p.ToldAt == 0
	case j.What != tellReminder:
		return p.ToldAt != 0 // who has never heard of the meeting need not hear that it is off
	case p.Answer == AnswerExcused || p.Exempt != "":
		return false
	case j.To == "unanswered":
		return p.Answer == AnswerNone && p.Belongs
	case j.To == "hosts":
		return p.PersonID == m.ChairID || p.PersonID == m.RecorderID
	}
	return true
}
