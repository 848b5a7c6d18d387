package meeting

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
)

// SubmissionKind says what is handed in.
type SubmissionKind string

// What is handed in to the level above.
const (
	SubmitPlan   SubmissionKind = "plan"   // before the meeting
	SubmitReport SubmissionKind = "report" // after it, once the record is signed
)

// SubmissionState is how far it is.
type SubmissionState string

// The states of a submission.
const (
	Submitted SubmissionState = "submitted" // waits for the level above
	Accepted  SubmissionState = "accepted"
	Returned  SubmissionState = "returned" // with a reason; may be handed in again
)

// Submission is a plan or report on its way up.
type Submission struct {
	ID         db.ID           `json:"id" db:"id"`
	Meeting    db.ID           `json:"meeting_id" db:"meeting_id"`
	Kind       SubmissionKind  `json:"kind" db:"kind" enum:"plan,report"`
	Unit       db.ID           `json:"unit_id" db:"unit_id"`
	UnitName   string          `json:"unit_name" db:"unit_name"`
	ToUnit     db.ID           `json:"to_unit_id" db:"to_unit_id"`
	ToUnitName string          `json:"to_unit_name" db:"to_unit_name"`
	State      SubmissionState `json:"state" db:"state" enum:"submitted,accepted,returned"`
	Version    int64           `json:"version" db:"version" doc:"of the newest, from 1"`
	At         db.Time         `json:"at" db:"at" doc:"of the last step"`
	Theme      string          `json:"theme" db:"theme"`
	StartsAt   db.Time         `json:"starts_at" db:"starts_at"`
	MeetKind   string          `json:"meeting_kind" db:"meeting_kind"`
	Reason     string          `json:"reason,omitempty" db:"reason" doc:"why it was sent back, or what was said when accepting"`
	By         db.ID           `json:"by" db:"by_id"`
	Abilities  []string        `json:"abilities" db:"-" doc:"submit, accept, return"`

	Path   string `json:"-" db:"path"`
	ToPath string `json:"-" db:"to_path"`
}

// open is nil when it may be handed in, or its text changed.
func (x Submission) open() error {
	switch x.State {
	case Submitted:
		return fault.Conflict("submission_waiting")
	case Accepted:
		return fault.Conflict("submission_accepted")
	}
	return nil
}

// SubmissionContent is what was handed in, as it was then.
type SubmissionContent struct {
	Title    string          `json:"title"`
	To       string          `json:"to"`
	Facts    *RecordFacts    `json:"facts,omitempty" doc:"of a plan: as arranged then"`
	Sections []RecordSection `json:"sections"`
	Hash     string          `json:"record_hash,omitempty" doc:"of the signed record, for a report"`
}

// SubmissionVersion is one handing in with its answer.
type SubmissionVersion struct {
	Version   int64             `json:"version" db:"version"`
	Content   SubmissionContent `json:"content" db:"-"`
	Text      string            `json:"-" db:"content"`
	Note      string            `json:"note,omitempty" db:"note"`
	FileName  string            `json:"file_name,omitempty" db:"name"`
	Bytes     int64             `json:"bytes,omitempty" db:"bytes"`
	SHA256    string            `json:"sha256,omitempty" db:"sha256"`
	Blob      string            `json:"-" db:"blob"`
	By        db.ID             `json:"by" db:"by_id"`
	ByName    string            `json:"by_name" db:"by_name"`
	At        db.Time           `json:"at" db:"at"`
	Decision  string            `json:"decision,omitempty" db:"decision" enum:"accepted,returned"`
	Reason    string            `json:"reason,omitempty" db:"reason"`
	DecidedBy string            `json:"decided_by,omitempty" db:"decided_name"`
	DecidedAt db.Time           `json:"decided_at" db:"decided_at"`
}

const submissionSelect = `SELECT s.id, s.meeting_id, s.kind, s.unit_id, u.name AS unit_name, u.path, s.to_unit_id, t.name AS to_unit_name, t.path AS to_path, s.state, s.version, s.at,
	m.theme, m.starts_at, m.kind AS meeting_kind, v.reason, v.by_id
	FROM submission s JOIN unit u ON u.id = s.unit_id JOIN unit t ON t.id = s.to_unit_id JOIN meeting m ON m.id = s.meeting_id
	JOIN submission_version v ON v.submission_id = s.id AND v.version = s.version `

func findSubmission(ctx context.Context, q db.Querier, meeting db.ID, kind SubmissionKind) (x Submission, found bool, err error) {
	found, err = db.Find(ctx, q, &x, submissionSelect+`WHERE s.meeting_id = $1 AND s.kind = $2`, meeting, kind)
	return x, found, err
}

// levelAbove is the nearest unit above that has overseers.
func levelAbove(ctx context.Context, q db.Querier, u access.Unit) (above org.Unit, found bool, err error) {
	unit, err := org.GetUnit(ctx, q, u.ID)
	if err != nil {
		return above, false, err
	}
	chain, err := org.Ancestors(ctx, q, unit)
	if err != nil {
		return above, false, err
	}
	for i := len(chain) - 2; i >= 0; i-- {
		ids, err := org.Holders(ctx, q, chain[i].ID, access.Overseer)
		if err != nil {
			return above, false, err
		}
		if len(ids) > 0 {
			return chain[i], true, nil
		}
	}
	return above, false, nil
}

// Submit hands a plan or report to the level above; officers of the unit may. After it was sent
// back it may be handed in again, and all versions stay. Faults: conflict submission_no_parent,
// submission_waiting, submission_accepted, submission_held, submission_no_report,
// record_not_signed; invalid; forbidden; not-found.
func (s *Records) Submit(ctx context.Context, a access.Actor, meeting db.ID, kind SubmissionKind, note string) (db.ID, error) {
	q := s.DB.Read()
	m, err := readPlace(ctx, q, meeting)
	if err != nil {
		return 0, err
	}
	if !a.Can(access.MeetingArrange, m.where()) {
		if err := a.Require(access.MeetingRead, m.where()); err != nil {
			return 0, err
		}
		return 0, fault.Forbidden()
	}
	var c fault.Check
	note = c.Text("note", note, 1000, false)
	c.If(kind != SubmitPlan && kind != SubmitReport, "kind", "choice")
	if err := c.Err(); err != nil {
		return 0, err
	}
	if id, made, err := s.Change.Made(ctx, a); err != nil || made {
		return id, err // sent twice: it waits above already
	}
	above, found, err := levelAbove(ctx, q, m.where())
	if err != nil {
		return 0, err
	}
	if !found {
		return 0, fault.Conflict("submission_no_parent")
	}
	old, there, err := findSubmission(ctx, q, meeting, kind)
	if err != nil {
		return 0, err
	}
	if there {
		if err := old.open(); err != nil {
			return 0, err
		}
	}
	var content SubmissionContent
	var file frozenFile
	if kind == SubmitPlan {
		content, err = s.planContent(ctx, q, m, above.Name)
	} else {
		content, file, err = s.reportContent(ctx, q, meeting, above.Name)
	}
	if err != nil {
		return 0, err
	}
	text, err := json.Marshal(content)
	if err != nil {
		return 0, err
	}
	if file.Blob != "" {
		if err := s.Files.Put(ctx, file.Blob, file.MediaType, bytes.NewReader(file.bytes)); err != nil {
			return 0, err
		}
	}
	return s.Change.Create(ctx, a, func(ctx context.Context, tx *change.Tx) (db.ID, error) {
		x, there, err := findSubmission(ctx, tx, meeting, kind)
		if err != nil {
			return 0, err
		}
		if there {
			if err := x.open(); err != nil {
				return 0, err
			}
			if err := tx.ExecOne(ctx, `UPDATE submission SET state = 'submitted', to_unit_id = $1, version = version + 1, at = $2 WHERE id = $3 AND version = $4`, above.ID, tx.Now(), x.ID, x.Version); err != nil {
				return 0, err
			}
		} else {
			x = Submission{ID: tx.NewID()}
			if err := tx.Exec(ctx, `INSERT INTO submission (id, meeting_id, kind, unit_id, to_unit_id, state, version, at) VALUES ($1, $2, $3, $4, $5, 'submitted', 1, $6)`,
				x.ID, meeting, kind, m.Unit, above.ID, tx.Now()); err != nil {
				return 0, err
			}
		}
		if err := tx.Exec(ctx, `INSERT INTO submission_version (submission_id, version, content, note, blob, name, bytes, sha256, by_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			x.ID, x.Version+1, string(text), note, file.Blob, file.Name, file.Bytes, file.SHA256, a.PersonID, tx.Now()); err != nil {
			return 0, err
		}
		if err := tx.Done(ctx, "submission", x.ID, 0); err != nil {
			return 0, err
		}
		if err := org.Tell(ctx, tx, above.ID, access.Overseer, change.Notice{Kind: "submission.arrived_" + string(kind), Subject: "submission", SubjectID: x.ID, Todo: true, Params: map[string]any{"unit": m.UnitName, "theme": m.Theme}}, a.PersonID); err != nil {
			return 0, err
		}
		if err := tx.Event(ctx, topic(meeting), "submission", x.ID, x.Version+1); err != nil {
			return 0, err
		}
		return x.ID, tx.Audit(ctx, change.Record{Action: "submission.submit", Subject: "submission", SubjectID: x.ID, UnitID: m.Unit, After: map[string]any{"kind": kind, "version": x.Version + 1, "to": above.ID}})
	})
}

// planContent is the meeting as arranged now.
func (s *Records) planContent(ctx context.Context, q db.Querier, m meetingPlace, to string) (out SubmissionContent, err error) {
	if m.OpenedAt != 0 || m.Status == Over || m.Status == Cancelled {
		return out, fault.Conflict("submission_held")
	}
	h, err := s.Books.Held(ctx, q, m.ID)
	if err != nil {
		return out, err
	}
	f := Assemble(h, s.Profile())
	_, offset := h.StartsAt.Std().In(s.Zone()).Zone()
	f.UTCOffset, f.Minutes = offset/60, int(h.EndsAt.Sub(h.StartsAt)/time.Minute)
	people := f.Attendance.People
	f.Attendance.People = []RecordAttendee{} // nobody has come yet; why somebody is excused stays in the unit
	c := newComposer(f, nil, nil, s.Profile())
	return SubmissionContent{Title: c.say("title.record", "unit", f.Unit.Name, "kind", f.Kind.Name, "record", c.word("plan")), To: to, Facts: &f, Sections: c.plan(people)}, nil
}

// plan says what is arranged: what about, when, who, what is on the agenda, what is prepared.
func (c composer) plan(people []RecordAttendee) []RecordSection {
	var due, observers, agenda []string
	for _, p := range people {
		switch {
		case p.Due:
			due = append(due, p.Name)
		case p.Observer:
			observers = append(observers, p.Name)
		}
	}
	list := []string{c.say("plan.due", "n", len(due), "list", c.list(due))}
	if len(observers) > 0 {
		list = append(list, c.say("plan.observers", "list", c.list(observers)))
	}
	for i, s := range c.facts.Stages {
		agenda = append(agenda, c.say("plan.stage", "n", i+1, "stage", s.Name))
	}
	leads, _ := c.section("host_recorder")
	out := []RecordSection{}
	for _, x := range []struct {
		key   string
		lines []string
	}{{"theme", []string{c.facts.Theme}}, {"time", append(c.timePlace(), leads...)}, {"people", list}, {"agenda", agenda}, {"preparation", c.preparation()}} {
		if len(x.lines) > 0 {
			out = append(out, RecordSection{Key: x.key, Name: c.say("plan.heading." + x.key), Lines: x.lines, Parts: []RecordPart{}})
		}
	}
	return out
}

// reportContent is the report as it is written now, about the signed record, with its document.
func (s *Records) reportContent(ctx context.Context, q db.Querier, meeting db.ID, to string) (out SubmissionContent, file frozenFile, err error) {
	r, err := readRecord(ctx, q, meeting)
	if fault.Is(err, fault.KindNotFound) || err == nil && r.State != RecordSigned {
		return out, file, fault.Conflict("record_not_signed")
	}
	if err != nil {
		return out, file, err
	}
	var f FrozenRecord
	if err := json.Unmarshal([]byte(r.Frozen), &f); err != nil {
		return out, file, err
	}
	if len(f.Facts.Headings.Report) == 0 {
		return out, file, fault.Conflict("submission_no_report")
	}
	texts, err := readTexts(ctx, q, meeting)
	if err != nil {
		return out, file, err
	}
	c := newComposer(f.Facts, f.Actions, texts, s.Profile())
	out = SubmissionContent{Title: c.title("report"), To: to, Sections: c.sections("report", f.Facts.Headings.Report), Hash: r.Hash}
	at := db.At(db.Now().Std().Truncate(1e9))
	b, err := s.Office.Official(c.report(out.Sections, to, at))
	if err != nil {
		return out, file, err
	}
	return out, newFrozenFile("report", fileName(out.Title, ".docx"), typeDocx, b, at), nil
}

// sees is nil for the unit's members and for who decides above.
func (x Submission) sees(a access.Actor) error {
	if a.Can(access.MeetingRead, access.Unit{ID: x.Unit, Path: x.Path}) || x.decides(a) {
		return nil
	}
	return fault.NotFound()
}

// decides reports who may decide: overseers of the unit it was handed to.
func (x Submission) decides(a access.Actor) bool {
	return a.Can(access.SubmissionDecide, access.Unit{ID: x.ToUnit, Path: x.ToPath})
}

func (x *Submission) abilities(a access.Actor) {
	x.Abilities = []string{}
	if x.State == Returned && a.Can(access.MeetingArrange, access.Unit{ID: x.Unit, Path: x.Path}) {
		x.Abilities = append(x.Abilities, "submit")
	}
	if x.State == Submitted && x.decides(a) && !a.Is(x.By) {
		x.Abilities = append(x.Abilities, "accept", "return")
	}
}

// Decide accepts what was handed in, or sends it back with a reason. Version is the one that was
// read. Faults: conflict submission_decided; forbidden submission_own; stale; invalid; not-found.
func (s *Records) Decide(ctx context.Context, a access.Actor, id db.ID, accept bool, reason string, version int64) error {
	var c fault.Check
	reason = c.Text("reason", reason, 2000, !accept)
	if err := c.Err(); err != nil {
		return err
	}
	state := Returned
	if accept {
		state = Accepted
	}
	return s.Change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		var x Submission
		if err := db.Get(ctx, tx, &x, submissionSelect+`WHERE s.id = $1`, id); err != nil {
			return err
		}
		if err := x.sees(a); err != nil {
			return err
		}
		switch {
		case !x.decides(a):
			return fault.Forbidden()
		case x.State != Submitted:
			return fault.Conflict("submission_decided")
		case a.Is(x.By):
			return fault.New(fault.KindForbidden, "submission_own")
		case x.Version != version:
			return fault.Stale()
		}
		if err := tx.ExecOne(ctx, `UPDATE submission SET state = $1, at = $2 WHERE id = $3 AND state = 'submitted' AND version = $4`, state, tx.Now(), id, version); err != nil {
			return err
		}
		if err := tx.ExecOne(ctx, `UPDATE submission_version SET decision = $1, reason = $2, decided_by = $3, decided_at = $4 WHERE submission_id = $5 AND version = $6`, state, reason, a.PersonID, tx.Now(), id, version); err != nil {
			return err
		}
		if err := tx.Done(ctx, "submission", id, 0); err != nil {
			return err
		}
		if err := org.Tell(ctx, tx, x.Unit, access.Officer, change.Notice{Kind: "submission." + string(state) + "_" + string(x.Kind), Subject: "submission", SubjectID: id, Todo: !accept, Params: map[string]any{"theme": x.Theme, "unit": x.ToUnitName, "reason": reason}}, a.PersonID); err != nil {
			return err
		}
		if err := tx.Event(ctx, topic(x.Meeting), "submission", id, version); err != nil {
			return err
		}
		return tx.Audit(ctx, change.Record{Action: "submission.decide", Subject: "submission", SubjectID: id, UnitID: x.ToUnit, Before: map[string]any{"state": x.State}, After: map[string]any{"state": state, "version": version}})
	})
}

// Submission reads one with all its versions. Faults: not-found.
func (s *Records) Submission(ctx context.Context, a access.Actor, id db.ID) (x Submission, versions []SubmissionVersion, err error) {
	if err := db.Get(ctx, s.DB.Read(), &x, submissionSelect+`WHERE s.id = $1`, id); err != nil {
		return x, nil, err
	}
	if err := x.sees(a); err != nil {
		return x, nil, err
	}
	x.abilities(a)
	versions = []SubmissionVersion{}
	if err := db.Select(ctx, s.DB.Read(), &versions, `SELECT v.version, v.content, v.note, v.name, v.bytes, v.sha256, v.blob, v.by_id, p.name AS by_name, v.at, v.decision, v.reason, COALESCE(d.name, '') AS decided_name, v.decided_at
		FROM submission_version v JOIN person p ON p.id = v.by_id LEFT JOIN person d ON d.id = v.decided_by WHERE v.submission_id = $1 ORDER BY v.version DESC`, id); err != nil {
		return x, nil, err
	}
	for i := range versions {
		if err := json.Unmarshal([]byte(versions[i].Text), &versions[i].Content); err != nil {
			return x, nil, err
		}
	}
	return x, versions, nil
}

// SubmissionFile finds the document of one version of a report. Faults: not-found.
func (s *Records) SubmissionFile(ctx context.Context, a access.Actor, id db.ID, version int64) (RecordFile, error) {
	_, versions, err := s.Submission(ctx, a, id)
	if err != nil {
		return RecordFile{}, err
	}
	for _, v := range versions {
		if v.Version == version && v.Blob != "" {
			return RecordFile{Kind: "report", Name: v.FileName, MediaType: typeDocx, Bytes: v.Bytes, SHA256: v.SHA256, At: v.At, Blob: v.Blob}, nil
		}
	}
	return RecordFile{}, fault.NotFound()
}

// MeetingSubmissions lists what was handed in about a meeting. Faults: not-found.
func (s *Records) MeetingSubmissions(ctx context.Context, a access.Actor, meeting db.ID) ([]Submission, error) {
	m, err := readPlace(ctx, s.DB.Read(), meeting)
	if err != nil {
		return nil, err
	}
	if !a.Can(access.MeetingRead, m.where()) && !a.Can(access.SubmissionDecide, m.where()) {
		return nil, fault.NotFound()
	}
	out := []Submission{}
	if err := db.Select(ctx, s.DB.Read(), &out, submissionSelect+`WHERE s.meeting_id = $1 ORDER BY s.kind`, meeting); err != nil {
		return nil, err
	}
	for i := range out {
		out[i].abilities(a)
	}
	return out, nil
}

// Arrived lists what was handed in to a unit, the latest step first; for its overseers. State ""
// lists all. Faults: not-found.
func (s *Records) Arrived(ctx context.Context, a access.Actor, unit db.ID, state string, before db.Time, limit int) ([]Submission, error) {
	var u access.Unit
	if err := db.Get(ctx, s.DB.Read(), &u, `SELECT id, path FROM unit WHERE id = $1 AND batch_id = 0`, unit); err != nil {
		return nil, err
	}
	if err := a.Require(access.SubmissionDecide, u); err != nil {
		return nil, err
	}
	out := []Submission{}
	if err := db.Select(ctx, s.DB.Read(), &out, submissionSelect+`WHERE s.to_unit_id = $1 AND (s.state = $2 OR $2 = '') AND (s.at < $3 OR $3 = 0) ORDER BY s.at DESC, s.id DESC LIMIT $4`, unit, state, before, limit); err != nil {
		return nil, err
	}
	for i := range out {
		out[i].abilities(a)
	}
	return out, nil
}
