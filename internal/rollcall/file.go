package rollcall

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/riverqueue/river"
	"golang.org/x/sync/errgroup"

	"wozai/internal/access"
	"wozai/internal/api"
	"wozai/internal/blob"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/secret"
)

// MaxFile is how large a file of an answer may be, in bytes.
const MaxFile = 20 << 20

const (
	maxFiles   = 5                  // that a field takes
	filesKept  = 10                 // for each that a field takes: what corrections replaced is kept too
	looseFor   = 7 * 24 * time.Hour // a file that no answer and no draft names
	maxName    = 120                // characters of a file's name
	removeOnce = 100
)

// Codes about files.
const (
	CodeFileType     = "rollcall_file_type"     // wrong_type: neither PDF nor a picture that every browser shows
	CodeFileLarge    = "rollcall_file_large"    // too_large: params limit_mb
	CodeFileEmpty    = "rollcall_file_empty"    // invalid
	CodeFileGone     = "rollcall_file_gone"     // gone: it was taken away since it was first sent under this key
	CodeFileMany     = "rollcall_file_many"     // conflict: params limit
	CodeFileAnswered = "rollcall_file_answered" // conflict: it is kept with the answer that names it
	CodeFileUnknown  = "rollcall_file_unknown"  // of a field: no file that was sent for it
)

// Files keeps what is attached to answers; package blob implements it.
type Files interface {
	// Take takes an upload in; it has no place in the store yet.
	Take(ctx context.Context, body io.Reader, a blob.Accept) (*blob.Taken, error)
	// Open gives a file; not-found when there is none.
	Open(ctx context.Context, key string) (io.ReadSeekCloser, error)
	// Remove deletes a file for good.
	Remove(ctx context.Context, key string) error
}

// AnswerFile is a file that was sent for a field of an answer.
type AnswerFile struct {
	ID        db.ID  `json:"id" db:"id"`
	Field     string `json:"field" db:"field"`
	Name      string `json:"name" db:"name"`
	MediaType string `json:"media_type" db:"media_type"`
	Bytes     int64  `json:"bytes" db:"bytes"`
	Answered  bool   `json:"answered" db:"-" doc:"an answer names it, or one that was replaced did: it is kept with that"`
}

type fileRow struct {
	AnswerFile
	Answerer   db.ID   `db:"answerer_id"`
	Sensitive  bool    `db:"sensitive"`
	Sealed     []byte  `db:"sealed"`
	Form       int64   `db:"form_version"`
	AnsweredAt db.Time `db:"answered_at"`
}

const fileColumns = `f.id, f.field, f.name, f.media_type, f.bytes, f.answerer_id, f.sensitive, f.sealed, f.form_version, f.answered_at`

func (f fileRow) key() string { return "answers/" + f.ID.String() }

// fileAAD binds a file's name or content to whom and what it was sent for.
func fileAAD(part string, period, answerer db.ID, field string) []byte {
	return secret.AAD("rollcall_file/"+period.String()+"/"+field, part, int64(answerer))
}

// named gives a file with its name, for who may read it.
func (s *Service) named(period db.ID, f fileRow) (AnswerFile, error) {
	f.Answered = f.AnsweredAt != 0
	if !f.Sensitive {
		return f.AnswerFile, nil
	}
	name, err := s.Secret.Open(answerPurpose, fileAAD("name", period, f.Answerer, f.Field), f.Sealed)
	f.Name = string(name)
	return f.AnswerFile, err
}

// hasFiles reports that a field takes files.
func (c *Compiled) hasFiles() bool {
	return slices.ContainsFunc(c.Fields, func(f FormField) bool { return f.Kind == Attached })
}

// attached reads the value of a field that takes files: their ids, each once.
func (f FormField) attached(v any) (ids []db.ID) {
	list, _ := stringsOf(v)
	for _, s := range list {
		if id, ok := db.ParseID(s); ok && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// fileRef is a file that an answer names.
type fileRef struct {
	field     string
	sensitive bool
	id        db.ID
}

func (c *Compiled) filesIn(v Values) (out []fileRef) {
	for _, f := range c.Fields {
		if f.Kind != Attached {
			continue
		}
		for _, id := range f.attached(v[f.Key]) {
			out = append(out, fileRef{f.Key, f.Sensitive, id})
		}
	}
	return out
}

// keepFiles lets the files that an answer names be kept with it. Each must have been sent for this very
// answerer and field, as sensitive as the field is.
func keepFiles(ctx context.Context, tx *change.Tx, period, answerer db.ID, files []fileRef) error {
	var k fault.Check
	for _, f := range files {
		err := tx.ExecOne(ctx, `UPDATE rollcall_file SET answered_at = CASE WHEN answered_at = 0 THEN $1 ELSE answered_at END
			WHERE id = $2 AND period_id = $3 AND answerer_id = $4 AND field = $5 AND sensitive = $6 AND gone_at = 0`, tx.Now(), f.id, period, answerer, f.field, f.sensitive)
		switch {
		case isStale(err):
			k.Add("values."+f.field, CodeFileUnknown)
		case err != nil:
			return err
		}
	}
	return k.Err()
}

// AddFile takes in a file for a field of an answer that is being given: who may answer may, and while
// it may be given. Nothing is answered by it. The file belongs to this answerer and field alone; what no
// answer and no draft has named after some days is deleted. Of a sensitive field name and content are
// encrypted before they reach the disk. Faults: invalid (name, field, form_version, rollcall_file_empty);
// wrong_type rollcall_file_type; too_large rollcall_file_large; gone rollcall_file_gone; conflict
// rollcall_file_many, rollcall_not_open, rollcall_locked; not-found.
func (s *Service) AddFile(ctx context.Context, a access.Actor, period, answerer db.ID, field string, formVersion int64, name string, body io.Reader) (out AnswerFile, err error) {
	p, unit, err := s.answering(ctx, a, period, answerer)
	if err != nil {
		return out, err
	}
	if formVersion < p.Oldest || formVersion > p.Newest {
		return out, invalid("form_version", "rollcall_form_version")
	}
	form, err := s.form(ctx, s.DB.Read(), p.Rollcall, formVersion)
	if err != nil {
		return out, err
	}
	f, ok := form.Field(field)
	if !ok || f.Kind != Attached {
		return out, invalid("field", "no_such_field")
	}
	// Asked before the file is taken in; asked again in the change.
	if err := p.takes(ctx, s.DB.Read(), unit, s.Change.Now()); err != nil {
		return out, err
	}
	came, err := s.takeFile(ctx, p, answerer, f, body)
	if err != nil {
		return out, err
	}
	defer came.Close() //nolint:errcheck // what has no place by then is of no use
	var c fault.Check
	row := fileRow{AnswerFile: AnswerFile{Field: field, MediaType: came.Type, Bytes: came.Size}, Answerer: answerer, Sensitive: f.Sensitive}
	row.Name = c.Text("name", blob.Named(name, came.Type), maxName, true)
	if err := c.Err(); err != nil {
		return out, err
	}
	stored := row.Name
	if f.Sensitive {
		stored = ""
		if row.Sealed, err = s.Secret.Seal(answerPurpose, fileAAD("name", period, answerer, field), []byte(row.Name)); err != nil {
			return out, err
		}
	}
	row.ID, err = s.Change.Create(change.WithSent(ctx, came.SHA256), a, func(ctx context.Context, tx *change.Tx) (db.ID, error) {
		p, err := readPlace(ctx, tx, period)
		if err != nil {
			return 0, err
		}
		if err := p.takes(ctx, tx, unit, tx.Now()); err != nil {
			return 0, err
		}
		limit := int64(filesKept * f.limit())
		var n int64
		if err := db.Get(ctx, tx, &n, `SELECT COUNT(*) FROM rollcall_file WHERE period_id = $1 AND answerer_id = $2 AND field = $3`, period, answerer, field); err != nil {
			return 0, err
		}
		if n >= limit {
			return 0, fault.Conflict(CodeFileMany).With("limit", limit)
		}
		tx.AppendOnly() // it stands for nothing yet; who and when stand in the row
		id := tx.NewID()
		return id, tx.Exec(ctx, `INSERT INTO rollcall_file (id, period_id, answerer_id, field, form_version, sensitive, name, sealed, media_type, bytes, by_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			id, period, answerer, field, formVersion, f.Sensitive, stored, row.Sealed, row.MediaType, row.Bytes, a.PersonID, tx.Now())
	})
	if err != nil {
		return out, err
	}
	// Sent again after it was lost on the way it is put where it belongs; taken away since, it stays away.
	found, err := readFile(ctx, s.DB.Read(), period, answerer, row.ID)
	if fault.Is(err, fault.KindNotFound) {
		return out, fault.New(fault.KindGone, CodeFileGone)
	}
	if err != nil {
		return out, err
	}
	if err := came.Put(ctx, found.key()); err != nil {
		return out, err
	}
	return s.named(period, found)
}

func (s *Service) takeFile(ctx context.Context, p place, answerer db.ID, f FormField, body io.Reader) (*blob.Taken, error) {
	if body == nil {
		return nil, fault.New(fault.KindInvalid, CodeFileEmpty)
	}
	accept := blob.Accept{Limit: MaxFile, Type: blob.Readable, Refuse: blob.Codes{Type: CodeFileType, Large: CodeFileLarge, Empty: CodeFileEmpty}}
	if f.Sensitive {
		accept.Seal = func(w io.Writer) (io.WriteCloser, error) {
			return s.Secret.SealTo(w, answerPurpose, fileAAD("content", p.Period.ID, answerer, f.Key))
		}
	}
	return s.Files.Take(ctx, body, accept)
}

func readFile(ctx context.Context, q db.Querier, period, answerer, id db.ID) (f fileRow, err error) {
	return f, db.Get(ctx, q, &f, `SELECT `+fileColumns+` FROM rollcall_file f WHERE f.id = $1 AND f.period_id = $2 AND f.answerer_id = $3 AND f.gone_at = 0`, id, period, answerer)
}

// readsFile reports whether the actor, who does not give the answer, may read a sensitive file: by the
// form under which it was sent.
func (s *Service) readsFile(ctx context.Context, a access.Actor, p place, f fileRow, unit db.ID) (bool, error) {
	form, err := s.form(ctx, s.DB.Read(), p.Rollcall, f.Form)
	return err == nil && s.reads(a, p, form, unit), err
}

// filesOf lists the files of an answerer that are open to a reader, in the order they came.
func (s *Service) filesOf(ctx context.Context, form *Compiled, period, answerer db.ID, open func(fileRow) (bool, error)) ([]AnswerFile, error) {
	if !form.hasFiles() {
		return nil, nil
	}
	var rows []fileRow
	if err := db.Select(ctx, s.DB.Read(), &rows, `SELECT `+fileColumns+` FROM rollcall_file f WHERE f.period_id = $1 AND f.answerer_id = $2 AND f.gone_at = 0 ORDER BY f.id`, period, answerer); err != nil {
		return nil, err
	}
	var out []AnswerFile
	for _, r := range rows {
		if may, err := open(r); err != nil {
			return nil, err
		} else if !may {
			continue
		}
		f, err := s.named(period, r)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// File opens a file of an answer. Who may see the answer may, a sensitive one the form's readers and who
// may answer alone; one that no answer names is for who may answer. A look at a sensitive one is recorded
// first. Faults: not-found.
func (s *Service) File(ctx context.Context, a access.Actor, period, answerer, file db.ID) (out api.File, err error) {
	q := s.DB.Read()
	p, err := readPlace(ctx, q, period)
	if err != nil {
		return out, err
	}
	f, err := readFile(ctx, q, period, answerer, file)
	if err != nil {
		return out, err
	}
	x, err := readAnswer(ctx, q, period, answerer)
	if err != nil {
		return out, err
	}
	if s.answers(ctx, q, a, p, answerer) != nil {
		if x.Version == 0 || f.AnsweredAt == 0 {
			return out, fault.NotFound()
		}
		if err := s.sees(ctx, a, p, x); err != nil {
			return out, err
		}
		if may, err := s.readsFile(ctx, a, p, f, x.Unit); err != nil {
			return out, err
		} else if f.Sensitive && !may {
			return out, fault.NotFound()
		}
	}
	if f.Sensitive && !p.ByUnits {
		if err := s.Looks.LookedAtAnswers(ctx, a, answerer); err != nil {
			return out, err
		}
	}
	return s.openFile(ctx, period, f)
}

// openFile gives the content of a file in the clear.
func (s *Service) openFile(ctx context.Context, period db.ID, f fileRow) (out api.File, err error) {
	named, err := s.named(period, f)
	if err != nil {
		return out, err
	}
	stored, err := s.Files.Open(ctx, f.key())
	if err != nil {
		return out, err
	}
	out = api.File{Name: named.Name, MediaType: f.MediaType, Bytes: f.Bytes, Content: stored}
	if f.Sensitive {
		clear, err := s.Secret.OpenFrom(stored, answerPurpose, fileAAD("content", period, f.Answerer, f.Field))
		if err != nil {
			return out, errors.Join(err, stored.Close())
		}
		out.Content = struct {
			io.Reader
			io.Closer
		}{clear, stored}
	}
	return out, nil
}

// RemoveFile deletes a file that no answer has named, for who may answer. Faults: conflict
// rollcall_file_answered; not-found.
func (s *Service) RemoveFile(ctx context.Context, a access.Actor, period, answerer, file db.ID) error {
	p, unit, err := s.answering(ctx, a, period, answerer)
	if err != nil {
		return err
	}
	if _, err := readFile(ctx, s.DB.Read(), period, answerer, file); err != nil {
		return err
	}
	n, err := s.removeFiles(ctx, a, []db.ID{file}, `answered_at = 0`, func(*change.Tx, int) (change.Record, error) {
		return change.Record{Action: "rollcall.file_remove", Subject: "rollcall", SubjectID: p.Rollcall, UnitID: unit, After: map[string]any{"period": period, "file": file}}, nil
	})
	if err == nil && n == 0 {
		err = fault.Conflict(CodeFileAnswered)
	}
	return err
}

// removeFiles deletes those of some files for which a condition holds. First nobody finds them any more,
// then the content goes, then the rows: whatever is cut short is found by its row and finished.
func (s *Service) removeFiles(ctx context.Context, a access.Actor, ids []db.ID, which string, record func(tx *change.Tx, n int) (change.Record, error)) (int, error) {
	var gone []db.ID
	if err := s.Change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		gone = nil
		tx.AppendOnly() // what became of them is recorded when it is done
		for _, id := range ids {
			err := tx.ExecOne(ctx, `UPDATE rollcall_file SET gone_at = $1 WHERE id = $2 AND (gone_at <> 0 OR `+which+`)`, tx.Now(), id)
			if isStale(err) {
				continue
			}
			if err != nil {
				return err
			}
			gone = append(gone, id)
		}
		return nil
	}); err != nil || len(gone) == 0 {
		return 0, err
	}
	contents, each := errgroup.WithContext(ctx)
	contents.SetLimit(8) // a bucket takes its time for each
	for _, id := range gone {
		contents.Go(func() error { return s.Files.Remove(each, fileRow{AnswerFile: AnswerFile{ID: id}}.key()) })
	}
	if err := contents.Wait(); err != nil {
		return 0, err
	}
	return len(gone), s.Change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		for _, id := range gone {
			if err := tx.Exec(ctx, `DELETE FROM rollcall_file WHERE id = $1`, id); err != nil {
				return err
			}
		}
		r, err := record(tx, len(gone))
		if err != nil {
			return err
		}
		return tx.Audit(ctx, r)
	})
}

// purgeFiles deletes the sensitive files of a period, those of replaced answers and of drafts too. The
// record says how many there were and, at last, that none is left.
func (s *Service) purgeFiles(ctx context.Context, period db.ID) error {
	p, err := readPlace(ctx, s.DB.Read(), period)
	if err != nil || p.KeepDays == 0 {
		return err
	}
	for {
		var ids []db.ID
		if err := db.Select(ctx, s.DB.Read(), &ids, `SELECT id FROM rollcall_file WHERE period_id = $1 AND sensitive ORDER BY id LIMIT $2`, period, removeOnce); err != nil || len(ids) == 0 {
			return err
		}
		if _, err := s.removeFiles(ctx, access.SystemActor("job"), ids, `sensitive`, func(tx *change.Tx, n int) (r change.Record, err error) {
			var left int64
			err = db.Get(ctx, tx, &left, `SELECT COUNT(*) FROM rollcall_file WHERE period_id = $1 AND sensitive`, period)
			return change.Record{Action: "rollcall.purge_files", Subject: "rollcall", SubjectID: p.Rollcall, UnitID: p.row.Unit, After: map[string]any{"period": period, "deleted": n, "left": left}}, err
		}); err != nil {
			return err
		}
	}
}

// looseJob deletes files that nothing names.
type looseJob struct{}

// Kind implements river.JobArgs.
func (looseJob) Kind() string { return "rollcall_loose_files" }

func everyLoose() river.JobArgs { return looseJob{} }

// RemoveLooseFiles deletes the files that were sent days ago and that no answer and no draft names, and
// finishes what was cut short.
func (s *Service) RemoveLooseFiles(ctx context.Context) error {
	for after := db.ID(0); ; {
		var rows []struct {
			ID       db.ID   `db:"id"`
			Period   db.ID   `db:"period_id"`
			Answerer db.ID   `db:"answerer_id"`
			GoneAt   db.Time `db:"gone_at"`
		}
		if err := db.Select(ctx, s.DB.Read(), &rows, `SELECT id, period_id, answerer_id, gone_at FROM rollcall_file WHERE answered_at = 0 AND id > $1 AND (at < $2 OR gone_at <> 0) ORDER BY id LIMIT $3`,
			after, s.Change.Now().Add(-looseFor), removeOnce); err != nil || len(rows) == 0 {
			return err
		}
		var ids []db.ID
		for _, r := range rows {
			after = r.ID
			drafted, err := s.drafted(ctx, r.Period, r.Answerer, r.ID)
			if err != nil {
				return err
			}
			if !drafted || r.GoneAt != 0 {
				ids = append(ids, r.ID)
			}
		}
		if _, err := s.removeFiles(ctx, access.SystemActor("job"), ids, `answered_at = 0`, func(_ *change.Tx, n int) (change.Record, error) {
			return change.Record{Action: "rollcall.files_remove", Subject: "rollcall", After: map[string]any{"deleted": n}}, nil
		}); err != nil {
			return err
		}
	}
}

// drafted reports that what somebody has begun names a file.
func (s *Service) drafted(ctx context.Context, period, answerer, file db.ID) (bool, error) {
	d, err := s.draft(ctx, period, answerer)
	if err != nil || d == nil {
		return false, err
	}
	for _, v := range d.Values {
		if slices.Contains(FormField{}.attached(v), file) {
			return true, nil
		}
	}
	return false, nil
}

// draft reads what somebody has begun; nil when nothing.
func (s *Service) draft(ctx context.Context, period, answerer db.ID) (d *Sending, err error) {
	var sealed []byte
	found, err := db.Find(ctx, s.DB.Read(), &sealed, `SELECT sealed FROM rollcall_draft WHERE period_id = $1 AND answerer_id = $2`, period, answerer)
	if err != nil || !found {
		return nil, err
	}
	text, err := s.Secret.Open(answerPurpose, answerAAD("rollcall_draft", period, answerer), sealed)
	if err != nil {
		return nil, err
	}
	return d, json.Unmarshal(text, &d)
}

// filesBetween finds the files that answers of a run of answerers name.
func (s *Service) filesBetween(ctx context.Context, period, first, last db.ID) (map[db.ID]fileRow, error) {
	var rows []fileRow
	if err := db.Select(ctx, s.DB.Read(), &rows, `SELECT `+fileColumns+` FROM rollcall_file f WHERE f.period_id = $1 AND f.answerer_id >= $2 AND f.answerer_id <= $3 AND f.answered_at <> 0 AND f.gone_at = 0`, period, first, last); err != nil {
		return nil, err
	}
	out := map[db.ID]fileRow{}
	for _, r := range rows {
		out[r.ID] = r
	}
	return out, nil
}

// fileNames puts names where an answer has the ids of files, for a reader's cell.
func (s *Service) fileNames(period db.ID, fields []FormField, files map[db.ID]fileRow, v Values) error {
	for _, f := range fields {
		if f.Kind != Attached {
			continue
		}
		var names []any
		for _, id := range f.attached(v[f.Key]) {
			row, ok := files[id]
			if !ok {
				continue
			}
			named, err := s.named(period, row)
			if err != nil {
				return fmt.Errorf("file %s: %w", id, err)
			}
			names = append(names, named.Name)
		}
		v[f.Key] = names
	}
	return nil
}
