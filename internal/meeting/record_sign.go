package meeting

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
)

// FrozenRecord is what signing freezes, as JSON, byte for byte. Its SHA-256 is the record's hash.
type FrozenRecord struct {
	Format      string          `json:"format"`
	Title       string          `json:"title"`
	Facts       RecordFacts     `json:"facts"`
	Sections    []RecordSection `json:"sections"`
	Minutes     []RecordSection `json:"minutes"`
	Actions     []RecordAction  `json:"actions" doc:"personal ones without their text"`
	Annex       string          `json:"annex" doc:"SHA-256 of the annex with the personal actions"`
	Remarks     []Remark        `json:"remarks"`
	SignedAt    db.Time         `json:"signed_at"`
	SignedBy    RecordName      `json:"signed_by"`
	InsteadOf   *RecordName     `json:"instead_of,omitempty" doc:"the host, when an officer signed for them"`
	InsteadWhy  string          `json:"instead_why,omitempty"`
	TextVersion int64           `json:"record_version"`
}

// Correction is a line added to a signed record.
type Correction struct {
	Number  int64      `json:"number"`
	Section string     `json:"section" doc:"a text's key, or empty for the whole"`
	Text    string     `json:"text"`
	Reason  string     `json:"reason"`
	By      RecordName `json:"by"`
	At      db.Time    `json:"at"`

	Body string `json:"-"`
	Hash string `json:"-"`
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// chain is the hash of a correction that follows prev.
func chain(prev string, body []byte) string { return sum(fmt.Appendf(nil, "%s\n%s", prev, body)) }

// frozenFile is a document about to be stored.
type frozenFile struct {
	RecordFile
	bytes []byte
}

func newFrozenFile(kind, name, mediaType string, b []byte, at db.Time) frozenFile {
	h := sum(b)
	return frozenFile{RecordFile{Kind: kind, Name: name, MediaType: mediaType, Bytes: int64(len(b)), SHA256: h, At: at, Blob: "record/" + h}, b}
}

// Media types of the documents.
const (
	typeDocx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	typeXlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	typeHTML = "text/html; charset=utf-8"
)

// Sign freezes the record. The host of the meeting signs; an officer of the unit may in their
// place, with a reason that stands in the record. Version is the record's as the signer read it.
// Faults: conflict record_signed, record_remarks_open; forbidden record_only_host; stale when the
// record has changed since; invalid; not-found.
func (s *Records) Sign(ctx context.Context, a access.Actor, meeting db.ID, version int64, reason string) error {
	q := s.DB.Read()
	r, v, err := s.load(ctx, q, a, meeting)
	if err != nil {
		return err
	}
	var c fault.Check
	host := a.Is(r.Chair)
	reason = c.Text("reason", reason, 400, v.sign && !host)
	if host {
		reason = ""
	}
	switch {
	case !v.sign:
		return fault.New(fault.KindForbidden, "record_only_host")
	case r.State == RecordSigned:
		return fault.Conflict("record_signed")
	case r.Version != version:
		return fault.Stale()
	}
	if err := c.Err(); err != nil {
		return err
	}
	frozen, files, text, annex, err := s.freeze(ctx, q, a, r, reason)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := s.Files.Put(ctx, f.Blob, f.MediaType, bytes.NewReader(f.bytes)); err != nil {
			return err
		}
	}
	hash := sum(text)
	return s.Change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		now, err := readRecord(ctx, tx, meeting)
		if err != nil {
			return err
		}
		if now.State == RecordSigned {
			return fault.Conflict("record_signed")
		}
		if err := tx.ExecOne(ctx, `UPDATE record SET state = 'signed', frozen = $1, annex = $2, hash = $3, signed_at = $4, signed_by = $5, version = version + 1 WHERE meeting_id = $6 AND version = $7 AND state = 'draft'`,
			string(text), string(annex), hash, frozen.SignedAt, a.PersonID, meeting, version); err != nil {
			return err
		}
		for _, f := range files {
			if err := tx.Exec(ctx, `INSERT INTO record_file (meeting_id, kind, name, media_type, blob, bytes, sha256, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
				meeting, f.Kind, f.Name, f.MediaType, f.Blob, f.Bytes, f.SHA256, f.At); err != nil {
				return err
			}
		}
		if err := tx.Done(ctx, "record", meeting, 0); err != nil {
			return err
		}
		for _, to := range uniqueIDs(append(people(frozen.Actions), r.Recorder, r.Chair)...) {
			if err := tx.Notify(ctx, change.Notice{PersonID: to, Kind: "record.signed", Subject: "record", SubjectID: meeting, Params: map[string]any{"theme": frozen.Facts.Theme, "unit": frozen.Facts.Unit.Name}}); err != nil {
				return err
			}
		}
		if err := tx.Event(ctx, topic(meeting), "record", meeting, version+1); err != nil {
			return err
		}
		return tx.Audit(ctx, change.Record{Action: "record.sign", Subject: "record", SubjectID: meeting, UnitID: r.Unit, After: map[string]any{"hash": hash, "instead_of_host": !host}})
	})
}

func people(actions []RecordAction) (out []db.ID) {
	for _, a := range actions {
		if a.Person != nil {
			out = append(out, a.Person.ID)
		}
	}
	return out
}

// freeze makes everything that signing keeps.
func (s *Records) freeze(ctx context.Context, q db.Querier, a access.Actor, r recordRow, reason string) (f FrozenRecord, files []frozenFile, text, annex []byte, err error) {
	texts, err := readTexts(ctx, q, r.Meeting)
	if err != nil {
		return f, nil, nil, nil, err
	}
	actions, err := recordActions(ctx, q, r.Meeting)
	if err != nil {
		return f, nil, nil, nil, err
	}
	f = FrozenRecord{Format: RecordFormat, SignedAt: db.At(s.Change.Now().Std().Truncate(1e6)), TextVersion: r.Version, Actions: []RecordAction{}}
	if err := json.Unmarshal([]byte(r.Facts), &f.Facts); err != nil {
		return f, nil, nil, nil, err
	}
	if f.Remarks, err = readRemarks(ctx, q, r.Meeting); err != nil {
		return f, nil, nil, nil, err
	}
	open := 0
	for _, m := range f.Remarks {
		if m.Kind == "proposal" && m.Settled == "" {
			open++
		}
	}
	if open > 0 {
		return f, nil, nil, nil, fault.Conflict("record_remarks_open").With("n", open)
	}
	name, err := nameOf(ctx, q, a.PersonID)
	if err != nil {
		return f, nil, nil, nil, err
	}
	f.SignedBy = RecordName{a.PersonID, name}
	if !a.Is(r.Chair) {
		f.InsteadOf, f.InsteadWhy = &f.Facts.Chair, reason
	}
	apart := []RecordAction{}
	for _, x := range actions {
		if x.Kind == ActionPersonal {
			apart = append(apart, x)
			x.Text = ""
		}
		f.Actions = append(f.Actions, x)
	}
	if annex, err = json.MarshalIndent(apart, "", "  "); err != nil {
		return f, nil, nil, nil, err
	}
	f.Annex = sum(annex)
	c := newComposer(f.Facts, actions, texts, s.Profile())
	f.Title, f.Sections, f.Minutes = c.title("record"), c.sections("record", c.facts.Headings.Record), c.sections("minutes", c.facts.Headings.Minutes)
	for i := range f.Sections {
		if f.Sections[i].Key == "signature" {
			f.Sections[i].Lines = c.signatures(f)
		}
	}
	if text, err = json.MarshalIndent(f, "", "  "); err != nil {
		return f, nil, nil, nil, err
	}
	files, err = s.documents(ctx, q, c, f, sum(text), r)
	return f, files, text, annex, err
}

func (c composer) signatures(f FrozenRecord) []string {
	return []string{
		c.say("signed_line", "word", c.word("host"), "name", c.noted(f.SignedBy.Name, f.InsteadWhy), "date", c.date(f.SignedAt)),
		c.say("unsigned_line", "word", c.word("recorder"), "name", c.facts.Recorder.Name),
	}
}

// documents makes the files of a frozen record: summary, attendance, printable page, and the
// report as far as it is written.
func (s *Records) documents(ctx context.Context, q db.Querier, c composer, f FrozenRecord, hash string, r recordRow) ([]frozenFile, error) {
	var out []frozenFile
	minutes, err := s.Office.Official(c.minutes(f.Minutes, f.SignedAt))
	if err != nil {
		return nil, err
	}
	out = append(out, newFrozenFile("minutes", fileName(c.title("minutes"), ".docx"), typeDocx, minutes, f.SignedAt))
	sheet, err := s.Office.Sheet(c.sheet(f.SignedAt))
	if err != nil {
		return nil, err
	}
	out = append(out, newFrozenFile("attendance", fileName(c.title("attendance"), ".xlsx"), typeXlsx, sheet, f.SignedAt))
	page, err := c.page(f, nil, hash)
	if err != nil {
		return nil, err
	}
	out = append(out, newFrozenFile("page", fileName(f.Title, ".html"), typeHTML, page, f.SignedAt))
	if len(c.facts.Headings.Report) > 0 {
		to := ""
		if above, found, err := levelAbove(ctx, q, r.where()); err != nil {
			return nil, err
		} else if found {
			to = above.Name
		}
		report, err := s.Office.Official(c.report(c.sections("report", c.facts.Headings.Report), to, f.SignedAt))
		if err != nil {
			return nil, err
		}
		out = append(out, newFrozenFile("report", fileName(c.title("report"), ".docx"), typeDocx, report, f.SignedAt))
	}
	return out, nil
}

// Correct adds a correction to a signed record: who, when, why, what. Nothing in the record itself
// changes. Faults: conflict record_not_signed, record_no_section; invalid; forbidden; not-found.
func (s *Records) Correct(ctx context.Context, a access.Actor, meeting db.ID, section, text, reason string) (db.ID, error) {
	var c fault.Check
	text = c.Text("text", text, 4000, true)
	reason = c.Text("reason", reason, 1000, true)
	section = c.Text("section", section, 80, false)
	if err := c.Err(); err != nil {
		return 0, err
	}
	r, v, err := s.load(ctx, s.DB.Read(), a, meeting)
	if err != nil {
		return 0, err
	}
	if !v.write && !v.sign {
		return 0, fault.Forbidden()
	}
	if section != "" {
		if err := s.knownKey(r, section); err != nil {
			return 0, err
		}
	}
	name, err := nameOf(ctx, s.DB.Read(), a.PersonID)
	if err != nil {
		return 0, err
	}
	return s.Change.Create(ctx, a, func(ctx context.Context, tx *change.Tx) (db.ID, error) {
		r, err := readRecord(ctx, tx, meeting)
		if err != nil {
			return 0, err
		}
		if r.State != RecordSigned {
			return 0, fault.Conflict("record_not_signed")
		}
		before, err := readCorrections(ctx, tx, meeting)
		if err != nil {
			return 0, err
		}
		prev := r.Hash
		if n := len(before); n > 0 {
			prev = before[n-1].Hash
		}
		x := Correction{Number: int64(len(before)) + 1, Section: section, Text: text, Reason: reason, By: RecordName{a.PersonID, name}, At: db.At(tx.Now().Std().Truncate(1e6))}
		body, err := json.Marshal(x)
		if err != nil {
			return 0, err
		}
		if err := tx.Exec(ctx, `INSERT INTO record_correction (meeting_id, number, body, hash, by_id, at) VALUES ($1, $2, $3, $4, $5, $6)`,
			meeting, x.Number, string(body), chain(prev, body), a.PersonID, x.At); err != nil {
			return 0, err
		}
		return db.ID(x.Number), touchRecord(ctx, tx, r, "record.correct", map[string]any{"number": strconv.FormatInt(x.Number, 10), "section": section})
	})
}

func readCorrections(ctx context.Context, q db.Querier, meeting db.ID) ([]Correction, error) {
	var rows []struct {
		Body string `db:"body"`
		Hash string `db:"hash"`
	}
	if err := db.Select(ctx, q, &rows, `SELECT body, hash FROM record_correction WHERE meeting_id = $1 ORDER BY number`, meeting); err != nil {
		return nil, err
	}
	out := []Correction{}
	for _, r := range rows {
		x := Correction{Body: r.Body, Hash: r.Hash}
		if err := json.Unmarshal([]byte(r.Body), &x); err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// File gives a document frozen at signing; its bytes are read from the returned stream. Faults: not-found.
func (s *Records) File(ctx context.Context, a access.Actor, meeting db.ID, kind string) (f RecordFile, err error) {
	r, v, err := s.load(ctx, s.DB.Read(), a, meeting)
	if err != nil {
		return f, err
	}
	if kind == "report" && !v.write && !v.sign && !a.Can(access.SubmissionDecide, r.where()) {
		return f, fault.NotFound()
	}
	return f, db.Get(ctx, s.DB.Read(), &f, `SELECT kind, name, media_type, bytes, sha256, at, blob FROM record_file WHERE meeting_id = $1 AND kind = $2`, meeting, kind)
}
