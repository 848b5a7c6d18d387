package meeting

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/riverqueue/river"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/job"
	"wozai/internal/profile"
)

// RecordsConfig wires Records.
type RecordsConfig struct {
	DB      *db.DB
	Change  *change.Writer
	Books   Books
	Files   Files // frozen documents and papers, by keys that carry their hash
	Office  RecordOffice
	Profile func() *profile.Profile
	Zone    func() *time.Location // the installation's, in which months begin and times of day are written
}

// Records is what comes after a meeting: the record, its documents, actions, what is submitted
// upward, the overview, the archive.
type Records struct{ RecordsConfig }

// NewRecords makes the service.
func NewRecords(c RecordsConfig) *Records { return &Records{c} }

// assembleRecord makes the draft record of a meeting that has ended.
type assembleRecord struct {
	Meeting db.ID `json:"meeting"`
}

// Kind implements river.JobArgs.
func (assembleRecord) Kind() string { return "record_assemble" }

// Work registers the jobs.
func (s *Records) Work(q *job.Queue) {
	job.Work(q, func(ctx context.Context, a assembleRecord) error { return s.Assemble(ctx, a.Meeting) })
	job.Work(q, func(ctx context.Context, _ remindActions) error { return s.Remind(ctx, db.Now()) })
	q.Every(time.Hour, func() river.JobArgs { return remindActions{} })
}

// Finished asks for the record inside the change that ends a meeting.
func (s *Records) Finished(ctx context.Context, tx *change.Tx, meeting db.ID) error {
	return tx.Enqueue(ctx, assembleRecord{meeting}, nil)
}

// RecordState is how far a record is.
type RecordState string

// The states of a record.
const (
	RecordDraft  RecordState = "draft"
	RecordSigned RecordState = "signed"
)

// recordRow is the row of a record.
type recordRow struct {
	Meeting  db.ID       `db:"meeting_id"`
	Unit     db.ID       `db:"unit_id"`
	Kind     string      `db:"kind"`
	Chair    db.ID       `db:"chair_id"`
	Recorder db.ID       `db:"recorder_id"`
	HeldAt   db.Time     `db:"held_at"`
	State    RecordState `db:"state"`
	Facts    string      `db:"facts"`
	Version  int64       `db:"version"`
	Frozen   string      `db:"frozen"`
	Annex    string      `db:"annex"`
	Hash     string      `db:"hash"`
	SignedAt db.Time     `db:"signed_at"`
	SignedBy db.ID       `db:"signed_by"`
	Path     string      `db:"path"`
}

func (r recordRow) where() access.Unit { return access.Unit{ID: r.Unit, Path: r.Path} }

func readRecord(ctx context.Context, q db.Querier, meeting db.ID) (r recordRow, err error) {
	return r, db.Get(ctx, q, &r, `SELECT r.meeting_id, r.unit_id, r.kind, r.chair_id, r.recorder_id, r.held_at, r.state, r.facts, r.version, r.frozen, r.annex, r.hash, r.signed_at, r.signed_by, u.path
		FROM record r JOIN unit u ON u.id = r.unit_id WHERE r.meeting_id = $1`, meeting)
}

// Assemble makes the draft record of a meeting, or brings a draft's facts up to date; a signed
// record stays as it is. It may run any number of times.
func (s *Records) Assemble(ctx context.Context, meeting db.ID) error {
	h, err := s.Books.Held(ctx, s.DB.Read(), meeting)
	if err != nil {
		return err
	}
	if h.EndedAt == 0 {
		return fault.Conflict("record_not_ready")
	}
	facts := Assemble(h, s.Profile())
	_, offset := h.EndedAt.Std().In(s.Zone()).Zone()
	facts.UTCOffset = offset / 60
	text, err := json.Marshal(facts)
	if err != nil {
		return err
	}
	held := h.OpenedAt
	if held == 0 {
		held = h.StartsAt
	}
	return s.Change.Do(ctx, access.SystemActor("record"), func(ctx context.Context, tx *change.Tx) error {
		old, err := readRecord(ctx, tx, meeting)
		switch {
		case fault.Is(err, fault.KindNotFound):
			if err := tx.Exec(ctx, `INSERT INTO record (meeting_id, unit_id, kind, chair_id, recorder_id, held_at, state, facts, assembled_at, version)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)`, meeting, h.Unit.ID, h.Kind.Key, h.Chair, h.Recorder, held, RecordDraft, string(text), tx.Now()); err != nil {
				return err
			}
			for _, to := range uniqueIDs(h.Recorder, h.Chair) {
				if err := tx.Notify(ctx, change.Notice{PersonID: to, Kind: "record.draft", Subject: "record", SubjectID: meeting, Todo: true, Params: map[string]any{"theme": h.Theme, "unit": h.UnitName}}); err != nil {
					return err
				}
			}
		case err != nil:
			return err
		case old.State == RecordSigned || sameJSON(old.Facts, string(text)):
			return nil
		default:
			if err := tx.ExecOne(ctx, `UPDATE record SET facts = $1, chair_id = $2, recorder_id = $3, held_at = $4, assembled_at = $5, version = version + 1 WHERE meeting_id = $6 AND state = 'draft'`,
				string(text), h.Chair, h.Recorder, held, tx.Now(), meeting); err != nil {
				return err
			}
		}
		if err := putAttendees(ctx, tx, facts, held); err != nil {
			return err
		}
		if err := tx.Event(ctx, topic(meeting), "record", meeting, old.Version+1); err != nil {
			return err
		}
		return tx.Audit(ctx, change.Record{Action: "record.assemble", Subject: "record", SubjectID: meeting, UnitID: h.Unit.ID,
			After: map[string]any{"due": facts.Attendance.Due, "present": facts.Attendance.Present, "speeches": len(facts.Speeches), "motions": len(facts.Motions)}})
	})
}

func putAttendees(ctx context.Context, tx *change.Tx, f RecordFacts, held db.Time) error {
	if err := tx.Exec(ctx, `DELETE FROM record_attendee WHERE meeting_id = $1`, f.Meeting); err != nil {
		return err
	}
	for _, a := range f.Attendance.People {
		if err := tx.Exec(ctx, `INSERT INTO record_attendee (meeting_id, person_id, unit_id, status, due, observer, held_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			f.Meeting, a.ID, f.Unit.ID, a.Status, a.Due, a.Observer, held); err != nil {
			return err
		}
	}
	return nil
}

// sameJSON compares documents whatever the database did to their spacing and order of members.
func sameJSON(a, b string) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	ja, _ := json.Marshal(x)
	jb, _ := json.Marshal(y)
	return string(ja) == string(jb)
}

func uniqueIDs(ids ...db.ID) (out []db.ID) {
	for _, id := range ids {
		if id != 0 && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// recordSight is what an actor may do with a record.
type recordSight struct {
	write, sign, comment, officer bool
}

// see authorises reading. A draft is for who writes it, who signs it and the members who were
// present; a signed record for the unit's members, and for overseers once the report is submitted.
// Observers and guests learn nothing of it here.
func (s *Records) see(ctx context.Context, q db.Querier, a access.Actor, r recordRow) (v recordSight, err error) {
	u := r.where()
	v.officer = a.Can(access.MeetingArrange, u)
	mine := a.Kind == access.Person && a.PersonID != 0
	v.write = a.Can(access.MeetingRecord, u) || mine && a.Is(r.Recorder)
	v.sign = mine && a.Is(r.Chair) || v.officer
	if r.State == RecordSigned {
		v.comment = false
		if v.write || v.sign || a.Can(access.MeetingRead, u) {
			return v, nil
		}
		var reported int64
		if err := db.Get(ctx, q, &reported, `SELECT COUNT(*) FROM submission WHERE meeting_id = $1 AND kind = 'report'`, r.Meeting); err != nil {
			return v, err
		}
		if reported > 0 && a.Can(access.SubmissionDecide, u) {
			return v, nil
		}
		return v, fault.NotFound()
	}
	if mine {
		var present int64
		if err := db.Get(ctx, q, &present, `SELECT COUNT(*) FROM record_attendee WHERE meeting_id = $1 AND person_id = $2 AND status = 'present' AND due`, r.Meeting, a.PersonID); err != nil {
			return v, err
		}
		v.comment = present > 0
	}
	switch {
	case v.write || v.sign || v.comment:
		return v, nil
	case a.Can(access.MeetingRead, u):
		return v, fault.Conflict("record_not_signed")
	}
	return v, fault.NotFound()
}

// load reads a record that the actor may see.
func (s *Records) load(ctx context.Context, q db.Querier, a access.Actor, meeting db.ID) (recordRow, recordSight, error) {
	r, err := readRecord(ctx, q, meeting)
	if fault.Is(err, fault.KindNotFound) {
		return r, recordSight{}, s.notYet(ctx, q, a, meeting)
	}
	if err != nil {
		return r, recordSight{}, err
	}
	v, err := s.see(ctx, q, a, r)
	return r, v, err
}

// notYet tells the unit's members that a record comes after the meeting, and others nothing.
func (s *Records) notYet(ctx context.Context, q db.Querier, a access.Actor, meeting db.ID) error {
	h, err := s.Books.Held(ctx, q, meeting)
	if err != nil {
		return err
	}
	if err := a.Require(access.MeetingRead, h.Unit); err != nil {
		return err
	}
	return fault.Conflict("record_not_ready")
}
