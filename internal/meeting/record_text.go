package meeting

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
)

const (
	maxRecordText = 20000
	// Autosaves of one person within this time replace one another without being kept.
	keepTextEvery = 10 * time.Minute
)

// WriteText saves prose where version is still the one that was read (0: none yet). When somebody
// was quicker the fault is stale "record_text_changed", whose params carry both texts: "yours",
// and "text", "version", "by", "at" of the saved one; yours is kept among the versions too.
// Other faults: conflict record_signed (a report may be written until it is accepted),
// record_no_section; invalid; forbidden for readers who do not write; not-found.
func (s *Records) WriteText(ctx context.Context, a access.Actor, meeting db.ID, key, text string, version int64) (RecordText, error) {
	var c fault.Check
	text = c.Text("text", text, maxRecordText, false)
	if err := c.Err(); err != nil {
		return RecordText{}, err
	}
	r, v, err := s.load(ctx, s.DB.Read(), a, meeting)
	if err != nil {
		return RecordText{}, err
	}
	if !v.write {
		return RecordText{}, fault.Forbidden()
	}
	if err := s.knownKey(r, key); err != nil {
		return RecordText{}, err
	}
	var out textRow
	err = s.Change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		out = textRow{}
		r, err := readRecord(ctx, tx, meeting)
		if err != nil {
			return err
		}
		if err := s.writable(ctx, tx, r, key); err != nil {
			return err
		}
		texts, err := readTexts(ctx, tx, meeting)
		if err != nil {
			return err
		}
		old, there := texts[key]
		if old.Version == version+1 && old.Text == text && old.By == a.PersonID {
			out = old // the same request again
			return nil
		}
		if old.Version != version {
			return stale(old, text)
		}
		out = textRow{Key: key, Text: text, Version: version + 1, By: a.PersonID, At: tx.Now(), KeptAt: old.KeptAt}
		switch {
		case !there:
			out.KeptAt = tx.Now()
			err = tx.Exec(ctx, `INSERT INTO record_text (meeting_id, key, text, version, by_id, at, kept_at) VALUES ($1, $2, $3, 1, $4, $5, $6)`, meeting, key, text, a.PersonID, tx.Now(), tx.Now())
		case old.Text == text:
			out = old
			return nil
		default:
			if old.By != a.PersonID || tx.Now().Sub(old.KeptAt) > keepTextEvery {
				if err := keepText(ctx, tx, meeting, key, old.Version, old.Text, "replaced", old.By, old.At); err != nil {
					return err
				}
				out.KeptAt = tx.Now()
			}
			err = tx.ExecOne(ctx, `UPDATE record_text SET text = $1, version = $2, by_id = $3, at = $4, kept_at = $5 WHERE meeting_id = $6 AND key = $7 AND version = $8`,
				text, out.Version, a.PersonID, tx.Now(), out.KeptAt, meeting, key, version)
		}
		if err != nil {
			return err
		}
		return touchRecord(ctx, tx, r, "record.write", map[string]any{"key": key, "version": out.Version, "length": len([]rune(text))})
	})
	if db.IsUnique(err) { // two first versions at once
		texts, rerr := readTexts(ctx, s.DB.Read(), meeting)
		if rerr != nil {
			return RecordText{}, rerr
		}
		err = stale(texts[key], text)
	}
	if fault.Is(err, fault.KindStale) && text != "" {
		kerr := s.Change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
			tx.AppendOnly()
			return keepText(ctx, tx, meeting, key, version, text, "conflict", a.PersonID, tx.Now())
		})
		if kerr != nil {
			return RecordText{}, kerr
		}
	}
	if err != nil {
		return RecordText{}, err
	}
	name, err := nameOf(ctx, s.DB.Read(), out.By)
	return RecordText{Key: key, Text: out.Text, Version: out.Version, By: &RecordName{out.By, name}, At: out.At}, err
}

func stale(saved textRow, yours string) error {
	return fault.New(fault.KindStale, "record_text_changed").With("text", saved.Text, "version", saved.Version, "by", saved.Name, "at", saved.At, "yours", yours)
}

func keepText(ctx context.Context, tx *change.Tx, meeting db.ID, key string, version int64, text, fate string, by db.ID, at db.Time) error {
	return tx.Exec(ctx, `INSERT INTO record_text_version (id, meeting_id, key, version, text, fate, by_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		tx.NewID(), meeting, key, version, text, fate, by, at)
}

// knownKey is nil for texts that this record has.
func (s *Records) knownKey(r recordRow, key string) error {
	var f RecordFacts
	if err := json.Unmarshal([]byte(r.Facts), &f); err != nil {
		return err
	}
	if !newComposer(f, nil, nil, s.Profile()).known()[key] {
		return fault.Conflict("record_no_section")
	}
	return nil
}

// writable refuses what is signed; a report stays open until it waits above or is accepted.
func (s *Records) writable(ctx context.Context, q db.Querier, r recordRow, key string) error {
	if r.State == RecordDraft {
		return nil
	}
	if !strings.HasPrefix(key, "report.") {
		return fault.Conflict("record_signed")
	}
	sub, found, err := findSubmission(ctx, q, r.Meeting, SubmitReport)
	if err != nil || !found {
		return err
	}
	return sub.open()
}

// touchRecord raises the record's version with what changed in it.
func touchRecord(ctx context.Context, tx *change.Tx, r recordRow, action string, after map[string]any) error {
	if err := tx.ExecOne(ctx, `UPDATE record SET version = version + 1 WHERE meeting_id = $1`, r.Meeting); err != nil {
		return err
	}
	if err := tx.Event(ctx, topic(r.Meeting), "record", r.Meeting, r.Version+1); err != nil {
		return err
	}
	return tx.Audit(ctx, change.Record{Action: action, Subject: "record", SubjectID: r.Meeting, UnitID: r.Unit, After: after})
}

// TextVersion is a text that was replaced, or that came too late to be saved.
type TextVersion struct {
	ID      db.ID   `json:"id" db:"id"`
	Key     string  `json:"key" db:"key"`
	Version int64   `json:"version" db:"version" doc:"it had, or was based on"`
	Text    string  `json:"text" db:"text"`
	Fate    string  `json:"fate" db:"fate" enum:"replaced,conflict"`
	By      db.ID   `json:"by" db:"by_id"`
	ByName  string  `json:"by_name" db:"name"`
	At      db.Time `json:"at" db:"at"`
}

// Versions lists what a text was before, newest first, at most 200; for who writes the record.
func (s *Records) Versions(ctx context.Context, a access.Actor, meeting db.ID, key string) ([]TextVersion, error) {
	_, v, err := s.load(ctx, s.DB.Read(), a, meeting)
	if err != nil {
		return nil, err
	}
	if !v.write {
		return nil, fault.Forbidden()
	}
	out := []TextVersion{}
	return out, db.Select(ctx, s.DB.Read(), &out, `SELECT v.id, v.key, v.version, v.text, v.fate, v.by_id, v.at, p.name FROM record_text_version v JOIN person p ON p.id = v.by_id
		WHERE v.meeting_id = $1 AND v.key = $2 ORDER BY v.id DESC LIMIT 200`, meeting, key)
}

func nameOf(ctx context.Context, q db.Querier, id db.ID) (name string, err error) {
	_, err = db.Find(ctx, q, &name, `SELECT name FROM person WHERE id = $1`, id)
	return name, err
}
