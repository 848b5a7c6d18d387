package meeting

import (
	"context"
	"encoding/json"
	"time"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/profile"
)

// Record is a meeting's record as its reader may see it.
type Record struct {
	Meeting     db.ID           `json:"meeting"`
	State       RecordState     `json:"state" enum:"draft,signed"`
	Version     int64           `json:"version" doc:"of the whole; send it back when signing"`
	Title       string          `json:"title"`
	Facts       RecordFacts     `json:"facts" doc:"locked"`
	Sections    []RecordSection `json:"sections" doc:"the record (会议记录) by the profile's headings"`
	Minutes     []RecordSection `json:"minutes" doc:"the summary (纪要)"`
	Report      []RecordSection `json:"report" doc:"the report upward (情况报告); empty: none is due"`
	Actions     []RecordAction  `json:"actions"`
	Remarks     []Remark        `json:"remarks"`
	Corrections []Correction    `json:"corrections"`
	Files       []RecordFile    `json:"files"`
	Hash        string          `json:"hash" doc:"SHA-256 of the frozen record, once signed"`
	SignedAt    db.Time         `json:"signed_at"`
	SignedBy    *RecordName     `json:"signed_by,omitempty"`
	Abilities   []string        `json:"abilities" doc:"write, write_report, sign, comment, correct, archive"`
}

// RecordSection is a heading with its locked lines and its prose.
type RecordSection struct {
	Key   string       `json:"key"`
	Name  string       `json:"name"`
	Lines []string     `json:"lines" doc:"generated, locked"`
	Text  RecordText   `json:"text" doc:"the recorder's prose below the lines"`
	Parts []RecordPart `json:"parts" doc:"speeches: a locked line each, with what was said"`
}

// RecordPart is one locked line with prose of its own.
type RecordPart struct {
	Line string     `json:"line"`
	Text RecordText `json:"text"`
}

// RecordText is prose with its version; version 0 is not written yet.
type RecordText struct {
	Key     string      `json:"key" doc:"record.<heading>, minutes.<heading>, report.<heading> or turn.<number>"`
	Text    string      `json:"text"`
	Version int64       `json:"version"`
	By      *RecordName `json:"by,omitempty"`
	At      db.Time     `json:"at"`
}

// RecordFile is a document frozen at signing.
type RecordFile struct {
	Kind      string  `json:"kind" db:"kind" enum:"minutes,attendance,page,report"`
	Name      string  `json:"name" db:"name"`
	MediaType string  `json:"media_type" db:"media_type"`
	Bytes     int64   `json:"bytes" db:"bytes"`
	SHA256    string  `json:"sha256" db:"sha256"`
	At        db.Time `json:"at" db:"at"`
	Blob      string  `json:"-" db:"blob"`
}

type textRow struct {
	Key     string  `db:"key"`
	Text    string  `db:"text"`
	Version int64   `db:"version"`
	By      db.ID   `db:"by_id"`
	Name    string  `db:"name"`
	At      db.Time `db:"at"`
	KeptAt  db.Time `db:"kept_at"`
}

func readTexts(ctx context.Context, q db.Querier, meeting db.ID) (map[string]textRow, error) {
	var rows []textRow
	if err := db.Select(ctx, q, &rows, `SELECT t.key, t.text, t.version, t.by_id, t.at, t.kept_at, p.name FROM record_text t JOIN person p ON p.id = t.by_id WHERE t.meeting_id = $1`, meeting); err != nil {
		return nil, err
	}
	out := map[string]textRow{}
	for _, r := range rows {
		out[r.Key] = r
	}
	return out, nil
}

// composer puts sections together from facts, actions and texts.
type composer struct {
	writer
	rows  map[string]textRow
	facts RecordFacts
}

func newComposer(f RecordFacts, actions []RecordAction, texts map[string]textRow, p *profile.Profile) composer {
	w := writer{f: f, actions: actions, profile: p, zone: time.FixedZone("", f.UTCOffset*60)}
	return composer{writer: w, rows: texts, facts: f}
}

func (c composer) text(key string) RecordText {
	r, ok := c.rows[key]
	if !ok {
		return RecordText{Key: key}
	}
	return RecordText{Key: key, Text: r.Text, Version: r.Version, By: &RecordName{r.By, r.Name}, At: r.At}
}

// sections builds one document: prefix is "record", "minutes" or "report".
func (c composer) sections(prefix string, headings []RecordTerm) []RecordSection {
	out := []RecordSection{}
	c.upward = prefix != "record"
	for _, t := range headings {
		lines, parts := c.section(t.Key)
		s := RecordSection{Key: t.Key, Name: t.Name, Lines: orEmpty(lines), Text: c.text(prefix + "." + t.Key), Parts: []RecordPart{}}
		for _, p := range parts {
			s.Parts = append(s.Parts, RecordPart{p.Line, c.text(p.Key)})
		}
		if t.Key == "signature" {
			s.Lines = []string{c.say("unsigned_line", "word", c.word("host"), "name", c.facts.Chair.Name), c.say("unsigned_line", "word", c.word("recorder"), "name", c.facts.Recorder.Name)}
		}
		out = append(out, s)
	}
	return out
}

// known lists every key that may be written.
func (c composer) known() map[string]bool {
	out := map[string]bool{}
	for prefix, terms := range map[string][]RecordTerm{"record": c.facts.Headings.Record, "minutes": c.facts.Headings.Minutes, "report": c.facts.Headings.Report} {
		for _, t := range terms {
			out[prefix+"."+t.Key] = true
		}
	}
	for _, s := range c.facts.Speeches {
		out[turnKey(s.Number)] = true
	}
	return out
}

func (c composer) title(which string) string {
	return c.say("title."+which, "unit", c.facts.Unit.Name, "kind", c.facts.Kind.Name, "record", c.word("record"), "minutes", c.word("minutes"))
}

// Read gives the record as the actor may see it. Faults: not-found for what is not theirs;
// conflict record_not_ready before the end of the meeting, record_not_signed for members of the
// unit who were not present while it is a draft.
func (s *Records) Read(ctx context.Context, a access.Actor, meeting db.ID) (Record, error) {
	q := s.DB.Read()
	r, v, err := s.load(ctx, q, a, meeting)
	if err != nil {
		return Record{}, err
	}
	return s.view(ctx, q, a, r, v)
}

func (s *Records) view(ctx context.Context, q db.Querier, a access.Actor, r recordRow, v recordSight) (out Record, err error) {
	out = Record{Meeting: r.Meeting, State: r.State, Version: r.Version, Hash: r.Hash, SignedAt: r.SignedAt, Actions: []RecordAction{}, Remarks: []Remark{}, Corrections: []Correction{}, Files: []RecordFile{}, Abilities: []string{}}
	texts, err := readTexts(ctx, q, r.Meeting)
	if err != nil {
		return out, err
	}
	var actions []RecordAction
	if r.State == RecordSigned {
		var f FrozenRecord
		if err := json.Unmarshal([]byte(r.Frozen), &f); err != nil {
			return out, err
		}
		out.Title, out.Facts, out.Sections, out.Minutes, out.SignedBy, actions = f.Title, f.Facts, f.Sections, f.Minutes, &f.SignedBy, f.Actions
		out.Remarks = f.Remarks
		var apart []RecordAction
		if err := json.Unmarshal([]byte(r.Annex), &apart); err != nil {
			return out, err
		}
		for _, x := range apart { // each gets the text that is theirs to see below
			for i := range actions {
				if actions[i].ID == x.ID {
					actions[i].Text = x.Text
				}
			}
		}
	} else {
		if err := json.Unmarshal([]byte(r.Facts), &out.Facts); err != nil {
			return out, err
		}
		if actions, err = recordActions(ctx, q, r.Meeting); err != nil {
			return out, err
		}
		if out.Remarks, err = readRemarks(ctx, q, r.Meeting); err != nil {
			return out, err
		}
	}
	c := newComposer(out.Facts, actions, texts, s.Profile())
	if r.State == RecordDraft {
		out.Title, out.Sections, out.Minutes = c.title("record"), c.sections("record", c.facts.Headings.Record), c.sections("minutes", c.facts.Headings.Minutes)
	}
	out.Report = c.sections("report", c.facts.Headings.Report)
	if !v.write && !v.sign && r.State == RecordSigned && !a.Can(access.SubmissionDecide, r.where()) {
		out.Report = []RecordSection{} // who only reads the record reads no draft of a report
	}
	out.Actions = visibleActions(actions, a, v, r)
	if !v.sign {
		hideReasons(out.Facts.Attendance.People, a)
	}
	if out.Corrections, err = readCorrections(ctx, q, r.Meeting); err != nil {
		return out, err
	}
	if err := db.Select(ctx, q, &out.Files, `SELECT kind, name, media_type, bytes, sha256, at, blob FROM record_file WHERE meeting_id = $1 ORDER BY kind`, r.Meeting); err != nil {
		return out, err
	}
	out.Abilities = v.abilities(r.State)
	return out, nil
}

func (v recordSight) abilities(state RecordState) []string {
	out := []string{}
	add := func(yes bool, name string) {
		if yes {
			out = append(out, name)
		}
	}
	draft := state == RecordDraft
	add(v.write && draft, "write")
	add(v.write, "write_report")
	add(v.sign && draft, "sign")
	add(v.comment && draft, "comment")
	add((v.write || v.sign) && !draft, "correct")
	add(v.officer && !draft, "archive")
	return out
}

// hideReasons leaves why somebody was excused or exempt to who grants it, host and officers, and to
// the person; others learn that it was granted, and by whom.
func hideReasons(people []RecordAttendee, a access.Actor) {
	for i := range people {
		if !a.Is(people[i].ID) {
			people[i].Reason = nil
		}
	}
}

// visibleActions takes the text off personal actions that are not the reader's to see.
func visibleActions(in []RecordAction, a access.Actor, v recordSight, r recordRow) []RecordAction {
	out := []RecordAction{}
	for _, x := range in {
		if x.Kind == ActionPersonal && !v.officer && !(x.Person != nil && a.Is(x.Person.ID)) && !(r.State == RecordDraft && a.Is(x.by)) {
			x.Text = ""
		}
		out = append(out, x)
	}
	return out
}
