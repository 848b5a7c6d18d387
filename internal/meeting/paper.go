package meeting

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"

	"wozai/internal/access"
	"wozai/internal/api"
	"wozai/internal/blob"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/job"
	"wozai/internal/org"
)

// MaxPaper is how large a paper may be, in bytes.
const MaxPaper = 50 << 20

const (
	maxPapers = 50
)

// Codes about papers.
const (
	CodePaperType    = "paper_wrong_type" // wrong_type: neither PDF nor a picture we show
	CodePaperLarge   = "paper_file_large" // too_large: params limit_mb
	CodePaperEmpty   = "paper_empty"      // invalid
	CodePaperBroken  = "paper_broken"     // a paper's own fault: no pages could be made of it
	CodePaperMany    = "paper_too_many"   // conflict: params limit
	CodePaperWaiting = "paper_not_ready"  // conflict: its pages are being made
)

// PaperStatus is how far the pages of a paper are.
type PaperStatus string

// The statuses.
const (
	PaperWaiting PaperStatus = "waiting" // its pages are being made
	PaperReady   PaperStatus = "ready"
	PaperFailed  PaperStatus = "failed" // Fault says why; the file itself is kept
)

// Paper is a file to be read before the meeting or shown in it. People see its pages as images.
type Paper struct {
	ID        db.ID       `json:"id" db:"id"`
	MeetingID db.ID       `json:"-" db:"meeting_id"`
	Name      string      `json:"name" db:"name"`
	MediaType string      `json:"media_type" db:"media_type"`
	Blob      string      `json:"-" db:"blob"`
	Bytes     int64       `json:"bytes" db:"bytes"`
	Status    PaperStatus `json:"status" db:"status" enum:"waiting,ready,failed"`
	FaultText string      `json:"-" db:"fault"`
	Fault     *PaperFault `json:"fault,omitempty" db:"-" doc:"why no pages could be made"`
	Pages     int         `json:"pages" db:"pages"`
	ByID      db.ID       `json:"by_id" db:"by_id"`
	At        db.Time     `json:"at" db:"at"`
}

// PaperFault says why no pages could be made of a paper.
type PaperFault struct {
	Code   string       `json:"code"`
	Params fault.Params `json:"params,omitempty"`
}

// PageImage is one page in one width, in pixels.
type PageImage struct {
	Page          int // from 1
	Width, Height int
	MediaType     string
	Content       []byte
}

// PageMaker makes images of the pages of a PDF or picture, from the first to the last, each in one
// or more widths. A file that cannot be shown is a fault, whose code people get to see; each
// stops it by an error. Package office implements it.
type PageMaker interface {
	Pages(ctx context.Context, mediaType string, file []byte, each func(PageImage) error) error
}

// PaperFiles also takes uploads in; package blob implements it.
type PaperFiles interface {
	Files
	Keep(ctx context.Context, body io.Reader, a blob.Accept) (blob.Ref, error)
}

// Papers keeps the papers of meetings. Whoever may see a meeting may see its papers; those who
// arrange it bring and remove them.
type Papers struct {
	Meetings *Service
	Files    PaperFiles
	Maker    PageMaker    // nil: papers wait for a version that has one
	Log      *slog.Logger // nil: silent
}

// Work registers the job that makes the pages.
func (s *Papers) Work(q *job.Queue) {
	job.Work(q, func(ctx context.Context, a makePages) error { return s.MakePages(ctx, a.Paper) })
}

var errNoMaker = errors.New("meeting: nothing makes pages of papers")

// makePages makes a paper's pages.
type makePages struct {
	Paper db.ID `json:"paper"`
}

// Kind implements river.JobArgs.
func (makePages) Kind() string { return "paper_pages" }

const paperColumns = `id, meeting_id, name, media_type, blob, bytes, status, fault, pages, by_id, at`

func readPapers(ctx context.Context, q db.Querier, meeting db.ID) ([]Paper, error) {
	out := []Paper{}
	if err := db.Select(ctx, q, &out, `SELECT `+paperColumns+` FROM paper WHERE meeting_id = $1 AND removed_at = 0 ORDER BY id`, meeting); err != nil {
		return nil, err
	}
	for i := range out {
		if out[i].FaultText == "" {
			continue
		}
		if err := json.Unmarshal([]byte(out[i].FaultText), &out[i].Fault); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// List reads a meeting's papers in the order they were brought.
func (s *Papers) List(ctx context.Context, actor access.Actor, meeting db.ID) ([]Paper, error) {
	if _, _, err := s.Meetings.seen(ctx, s.Meetings.DB.Read(), actor, meeting); err != nil {
		return nil, err
	}
	return readPapers(ctx, s.Meetings.DB.Read(), meeting)
}

// Add keeps a file as a paper of a meeting and lets its pages be made. What it is, is read from
// the file itself, not from its name. Arrangers may. Faults: wrong_type paper_wrong_type;
// too_large paper_too_large; invalid for a name or an empty file; conflict paper_too_many, and
// what refuses other changes of the meeting.
func (s *Papers) Add(ctx context.Context, actor access.Actor, meeting db.ID, name string, body io.Reader) (db.ID, error) {
	// Asked before the file is taken in; asked again in the change.
	if _, _, err := s.Meetings.arranged(ctx, s.Meetings.DB.Read(), actor, meeting); err != nil {
		return 0, err
	}
	var c fault.Check
	name = c.Text("name", blob.Base(name), 120, true)
	if err := c.Err(); err != nil {
		return 0, err
	}
	f, err := s.Files.Keep(ctx, body, blob.Accept{Limit: MaxPaper, Type: blob.Readable, Refuse: blob.Codes{Type: CodePaperType, Large: CodePaperLarge, Empty: CodePaperEmpty}})
	if err != nil {
		return 0, err
	}
	return s.Meetings.Change.Create(change.WithSent(ctx, f.SHA256), actor, func(ctx context.Context, tx *change.Tx) (db.ID, error) {
		m, _, err := s.Meetings.arranged(ctx, tx, actor, meeting)
		if err != nil {
			return 0, err
		}
		if err := roomForPaper(ctx, tx, meeting); err != nil {
			return 0, err
		}
		id := tx.NewID()
		if err := tx.Exec(ctx, `INSERT INTO paper (id, meeting_id, name, media_type, blob, bytes, status, fault, pages, by_id, at) VALUES ($1, $2, $3, $4, $5, $6, 'waiting', '', 0, $7, $8)`,
			id, meeting, name, f.Type, f.SHA256, f.Size, actor.PersonID, tx.Now()); err != nil {
			return 0, err
		}
		if err := tx.Enqueue(ctx, makePages{id}, nil); err != nil {
			return 0, err
		}
		if err := tx.Event(ctx, topic(meeting), "papers", meeting, 0); err != nil {
			return 0, err
		}
		return id, tx.Audit(ctx, change.Record{Action: "paper.add", Subject: "meeting", SubjectID: meeting, UnitID: m.UnitID, After: map[string]any{"paper": id, "name": name, "bytes": f.Size}})
	})
}

// Rename gives a paper another name. Arrangers may. Faults: invalid; not-found for one that is not
// on the list; what refuses other changes of the meeting.
func (s *Papers) Rename(ctx context.Context, actor access.Actor, meeting, paper db.ID, name string) error {
	var c fault.Check
	name = c.Text("name", name, 120, true)
	return s.alter(ctx, actor, meeting, func(ctx context.Context, tx *change.Tx, r *change.Record) error {
		if err := c.Err(); err != nil {
			return err
		}
		p, err := getPaper(ctx, tx, paper)
		if err != nil {
			return err
		}
		r.Action, r.Before, r.After = "paper.rename", map[string]any{"paper": paper, "name": p.Name}, map[string]any{"paper": paper, "name": name}
		return tx.ExecOne(ctx, `UPDATE paper SET name = $1 WHERE id = $2 AND meeting_id = $3 AND removed_at = 0`, name, paper, meeting)
	})
}

// Remove takes a paper off the list; Restore brings it back. What was signed with it stays
// readable in the record.
func (s *Papers) Remove(ctx context.Context, actor access.Actor, meeting, paper db.ID) error {
	return s.alter(ctx, actor, meeting, func(ctx context.Context, tx *change.Tx, r *change.Record) error {
		r.Action, r.After = "paper.remove", map[string]any{"paper": paper}
		return tx.ExecOne(ctx, `UPDATE paper SET removed_at = $1 WHERE id = $2 AND meeting_id = $3 AND removed_at = 0`, tx.Now(), paper, meeting)
	})
}

// Restore puts a removed paper back where it was. Faults: not-found; conflict paper_too_many when
// others have taken its place.
func (s *Papers) Restore(ctx context.Context, actor access.Actor, meeting, paper db.ID) error {
	return s.alter(ctx, actor, meeting, func(ctx context.Context, tx *change.Tx, r *change.Record) error {
		if err := roomForPaper(ctx, tx, meeting); err != nil {
			return err
		}
		r.Action, r.After = "paper.restore", map[string]any{"paper": paper}
		return tx.ExecOne(ctx, `UPDATE paper SET removed_at = 0 WHERE id = $1 AND meeting_id = $2 AND removed_at <> 0`, paper, meeting)
	})
}

// alter changes the list of a meeting's papers for somebody who arranges it; a paper that is not
// where the change expects it is not found.
func (s *Papers) alter(ctx context.Context, actor access.Actor, meeting db.ID, fn func(ctx context.Context, tx *change.Tx, r *change.Record) error) error {
	return s.Meetings.arrange(ctx, actor, meeting, func(ctx context.Context, tx *change.Tx, m *Meeting, _ org.Unit) error {
		r := change.Record{Subject: "meeting", SubjectID: meeting, UnitID: m.UnitID}
		err := fn(ctx, tx, &r)
		if fault.Is(err, fault.KindStale) {
			return fault.NotFound()
		}
		if err != nil {
			return err
		}
		return tx.Audit(ctx, r)
	})
}

func roomForPaper(ctx context.Context, q db.Querier, meeting db.ID) error {
	var n int
	if err := db.Get(ctx, q, &n, `SELECT COUNT(*) FROM paper WHERE meeting_id = $1 AND removed_at = 0`, meeting); err != nil {
		return err
	}
	if n >= maxPapers {
		return fault.Conflict(CodePaperMany).With("limit", maxPapers)
	}
	return nil
}

// MakePages works the job: images of every page, then the paper is ready; or failed, with the
// code of why. It may run any number of times.
func (s *Papers) MakePages(ctx context.Context, paper db.ID) error {
	var p Paper // also one that was removed meanwhile: it may be put back
	found, err := db.Find(ctx, s.Meetings.DB.Read(), &p, `SELECT `+paperColumns+` FROM paper WHERE id = $1`, paper)
	if err != nil || !found || p.Status != PaperWaiting {
		return err
	}
	if s.Maker == nil {
		return errNoMaker // the queue tries again
	}
	content, err := s.content(ctx, p.Blob)
	if err != nil {
		return err
	}
	type made struct {
		PageImage
		blob  string
		bytes int
	}
	var pages []made
	last := 0
	err = s.Maker.Pages(ctx, p.MediaType, content, func(img PageImage) error {
		sum := sha256.Sum256(img.Content)
		hash := hex.EncodeToString(sum[:])
		if err := s.Files.Put(ctx, blob.Key(hash), img.MediaType, bytes.NewReader(img.Content)); err != nil {
			return fault.New(fault.KindUnavailable, "database_unavailable").Because(err)
		}
		size := len(img.Content)
		img.Content = nil
		pages = append(pages, made{img, hash, size})
		last = max(last, img.Page)
		return nil
	})
	var why *fault.Fault
	switch {
	case err == nil && last == 0:
		why = fault.New(fault.KindInvalid, CodePaperBroken)
	case err == nil:
	case ctx.Err() != nil, fault.Is(err, fault.KindUnavailable):
		return err // the queue tries again
	default:
		if !errors.As(err, &why) {
			why = fault.New(fault.KindInvalid, CodePaperBroken)
		}
		if s.Log != nil {
			s.Log.Warn("no pages of a paper", "paper", paper, "error", err)
		}
		pages, last = nil, 0
	}
	return s.Meetings.Change.Do(ctx, access.SystemActor("job"), func(ctx context.Context, tx *change.Tx) error {
		status, text := PaperReady, ""
		if why != nil {
			b, err := json.Marshal(PaperFault{why.Code, why.Params})
			if err != nil {
				return err
			}
			status, text = PaperFailed, string(b)
		}
		tx.AppendOnly() // the paper's row says what became of it
		err := tx.ExecOne(ctx, `UPDATE paper SET status = $1, fault = $2, pages = $3 WHERE id = $4 AND status = 'waiting'`, string(status), text, last, paper)
		if fault.Is(err, fault.KindStale) {
			return nil // another node was quicker
		}
		if err != nil {
			return err
		}
		for _, x := range pages {
			if err := tx.Exec(ctx, `INSERT INTO paper_page (paper_id, page, width, height, media_type, blob, bytes) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
				paper, x.Page, x.Width, x.Height, x.MediaType, x.blob, x.bytes); err != nil {
				return err
			}
		}
		return tx.Event(ctx, topic(p.MeetingID), "papers", p.MeetingID, 0)
	})
}

func getPaper(ctx context.Context, q db.Querier, id db.ID) (p Paper, err error) {
	return p, db.Get(ctx, q, &p, `SELECT `+paperColumns+` FROM paper WHERE id = $1 AND removed_at = 0`, id)
}

func (s *Papers) content(ctx context.Context, hash string) ([]byte, error) {
	r, err := s.Files.Open(ctx, blob.Key(hash))
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(r)
	return b, errors.Join(err, r.Close())
}

// Page opens one page of a paper: the narrowest image at least as wide as asked, else the widest.
// Faults: not-found; conflict paper_not_ready.
func (s *Papers) Page(ctx context.Context, actor access.Actor, meeting, paper db.ID, page, width int) (f api.File, err error) {
	p, err := s.seenPaper(ctx, actor, meeting, paper)
	if err != nil {
		return f, err
	}
	if p.Status == PaperWaiting {
		return f, fault.Conflict(CodePaperWaiting)
	}
	var row struct {
		MediaType string `db:"media_type"`
		Blob      string `db:"blob"`
		Bytes     int64  `db:"bytes"`
	}
	if err := db.Get(ctx, s.Meetings.DB.Read(), &row, `SELECT media_type, blob, bytes FROM paper_page WHERE paper_id = $1 AND page = $2
		ORDER BY CASE WHEN width >= $3 THEN 0 ELSE 1 END, CASE WHEN width >= $3 THEN width ELSE -width END LIMIT 1`, paper, page, width); err != nil {
		return f, err
	}
	content, err := s.Files.Open(ctx, blob.Key(row.Blob))
	return api.File{MediaType: row.MediaType, Bytes: row.Bytes, Content: content}, err
}

// File opens a paper as it was brought.
func (s *Papers) File(ctx context.Context, actor access.Actor, meeting, paper db.ID) (f api.File, err error) {
	p, err := s.seenPaper(ctx, actor, meeting, paper)
	if err != nil {
		return f, err
	}
	content, err := s.Files.Open(ctx, blob.Key(p.Blob))
	return api.File{Name: p.Name, MediaType: p.MediaType, Bytes: p.Bytes, Content: content}, err
}

func (s *Papers) seenPaper(ctx context.Context, actor access.Actor, meeting, paper db.ID) (p Paper, err error) {
	if _, _, err := s.Meetings.seen(ctx, s.Meetings.DB.Read(), actor, meeting); err != nil {
		return p, err
	}
	if p, err = getPaper(ctx, s.Meetings.DB.Read(), paper); err == nil && p.MeetingID != meeting {
		err = fault.NotFound()
	}
	return p, err
}
