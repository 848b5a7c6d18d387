package meeting

import (
	"context"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
)

// Remark is what somebody present says to the draft: that they have taken note, or what is to be
// corrected.
type Remark struct {
	ID        db.ID   `json:"id" db:"id"`
	Person    db.ID   `json:"person" db:"person_id"`
	Name      string  `json:"name" db:"name"`
	Kind      string  `json:"kind" db:"kind" enum:"noted,proposal"`
	Section   string  `json:"section,omitempty" db:"section" doc:"a text's key, or empty"`
	Text      string  `json:"text,omitempty" db:"text"`
	At        db.Time `json:"at" db:"at"`
	Settled   string  `json:"settled,omitempty" db:"settled" enum:"taken,declined" doc:"absent: a proposal still open"`
	Answer    string  `json:"answer,omitempty" db:"answer"`
	SettledAt db.Time `json:"settled_at" db:"settled_at"`
}

func readRemarks(ctx context.Context, q db.Querier, meeting db.ID) ([]Remark, error) {
	out := []Remark{}
	return out, db.Select(ctx, q, &out, `SELECT m.id, m.person_id, p.name, m.kind, m.section, m.text, m.at, m.settled, m.answer, m.settled_at
		FROM record_remark m JOIN person p ON p.id = m.person_id WHERE m.meeting_id = $1 ORDER BY m.id`, meeting)
}

// Remark notes what a member who was present says before the record is signed. "noted" counts
// once a person. Faults: conflict record_signed; forbidden record_only_present; invalid; not-found.
func (s *Records) Remark(ctx context.Context, a access.Actor, meeting db.ID, kind, section, text string) (db.ID, error) {
	var c fault.Check
	c.If(kind != "noted" && kind != "proposal", "kind", "choice")
	text = c.Text("text", text, 2000, kind == "proposal")
	section = c.Text("section", section, 80, false)
	if err := c.Err(); err != nil {
		return 0, err
	}
	r, v, err := s.load(ctx, s.DB.Read(), a, meeting)
	if err != nil {
		return 0, err
	}
	if section != "" {
		if err := s.knownKey(r, section); err != nil {
			return 0, err
		}
	}
	return s.Change.Create(ctx, a, func(ctx context.Context, tx *change.Tx) (db.ID, error) {
		r, err := readRecord(ctx, tx, meeting)
		if err != nil {
			return 0, err
		}
		if r.State == RecordSigned {
			return 0, fault.Conflict("record_signed")
		}
		if !v.comment {
			return 0, fault.New(fault.KindForbidden, "record_only_present")
		}
		var id db.ID
		if kind == "noted" {
			if found, err := db.Find(ctx, tx, &id, `SELECT id FROM record_remark WHERE meeting_id = $1 AND person_id = $2 AND kind = 'noted'`, meeting, a.PersonID); err != nil || found {
				return id, err
			}
		}
		id = tx.NewID()
		if err := tx.Exec(ctx, `INSERT INTO record_remark (id, meeting_id, person_id, kind, section, text, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			id, meeting, a.PersonID, kind, section, text, tx.Now()); err != nil {
			return 0, err
		}
		if kind == "proposal" {
			for _, to := range uniqueIDs(r.Recorder) {
				if err := tx.Notify(ctx, change.Notice{PersonID: to, Kind: "record.proposal", Subject: "record", SubjectID: meeting, Params: map[string]any{}}); err != nil {
					return 0, err
				}
			}
		}
		return id, touchRecord(ctx, tx, r, "record.remark", map[string]any{"remark": id, "kind": kind})
	})
}

// SettleRemark takes up or declines a proposal, with an answer where it is declined. Faults:
// conflict record_signed, record_remark_settled; invalid; forbidden; not-found.
func (s *Records) SettleRemark(ctx context.Context, a access.Actor, meeting, remark db.ID, taken bool, answer string) error {
	var c fault.Check
	answer = c.Text("answer", answer, 2000, !taken)
	if err := c.Err(); err != nil {
		return err
	}
	_, v, err := s.load(ctx, s.DB.Read(), a, meeting)
	if err != nil {
		return err
	}
	if !v.write && !v.sign {
		return fault.Forbidden()
	}
	settled := "declined"
	if taken {
		settled = "taken"
	}
	return s.Change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		r, err := readRecord(ctx, tx, meeting)
		if err != nil {
			return err
		}
		if r.State == RecordSigned {
			return fault.Conflict("record_signed")
		}
		var old Remark
		if err := db.Get(ctx, tx, &old, `SELECT id, person_id, kind, settled FROM record_remark WHERE id = $1 AND meeting_id = $2`, remark, meeting); err != nil {
			return err
		}
		if old.Settled != "" || old.Kind != "proposal" {
			return fault.Conflict("record_remark_settled")
		}
		if err := tx.ExecOne(ctx, `UPDATE record_remark SET settled = $1, answer = $2, settled_by = $3, settled_at = $4 WHERE id = $5 AND settled = ''`, settled, answer, a.PersonID, tx.Now(), remark); err != nil {
			return err
		}
		if err := tx.Notify(ctx, change.Notice{PersonID: old.Person, Kind: "record.proposal_" + settled, Subject: "record", SubjectID: meeting, Params: map[string]any{"answer": answer}}); err != nil {
			return err
		}
		return touchRecord(ctx, tx, r, "record.settle", map[string]any{"remark": remark, "settled": settled})
	})
}
