package org

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/riverqueue/river"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
)

// An import goes: the file is brought and checked row by row into a stage, a database file of
// its own in the data directory; whoever brought it sees every fault; applying writes what is
// new in small changes under a batch number, hidden until the last change shows all of it.
// Units and people are known by their codes, so the same file again changes nothing.

// The states of an import.
const (
	ImportChecking  = "checking"
	ImportChecked   = "checked"
	ImportApplying  = "applying"
	ImportDone      = "done"
	ImportFailed    = "failed"
	ImportDiscarded = "discarded"
)

// Count says what became of the rows of one sort.
type Count struct {
	New       int64 `json:"new"`
	Unchanged int64 `json:"unchanged" doc:"already there, and the same"`
	Faulty    int64 `json:"faulty"`
}

// ImportCounts say what is in a file.
type ImportCounts struct {
	Rows        int64 `json:"rows" doc:"rows below a header, read so far"`
	Units       Count `json:"units"`
	People      Count `json:"people"`
	Memberships Count `json:"memberships"`
	Faults      int64 `json:"faults"`
}

func (c ImportCounts) toWrite() int64 { return c.Units.New + c.People.New + c.Memberships.New }

// Import is one file read in.
type Import struct {
	ID        db.ID        `json:"id" db:"id"`
	PersonID  db.ID        `json:"person_id" db:"person_id"`
	File      string       `json:"file" db:"file"`
	State     string       `json:"state" db:"state" enum:"checking,checked,applying,done,failed,discarded"`
	Partial   bool         `json:"partial" db:"partial"`
	Code      string       `json:"code,omitempty" db:"code" doc:"the fault, when it failed"`
	Params    fault.Params `json:"params,omitempty" db:"-" doc:"of that fault"`
	ParamText string       `json:"-" db:"params"`
	Stage     string       `json:"-" db:"stage"`
	Cursor    int64        `json:"-" db:"cursor"`
	Counts    ImportCounts `json:"counts" db:"-"`
	CountText string       `json:"-" db:"counts"`
	Applied   int64        `json:"applied" db:"applied" doc:"rows written so far, of counts.*.new"`
	CreatedAt db.Time      `json:"created_at" db:"created_at"`
	UpdatedAt db.Time      `json:"updated_at" db:"updated_at"`
	Version   int64        `json:"version" db:"version"`
	Abilities []string     `json:"abilities" db:"-" doc:"import.apply, import.apply_partial, import.discard"`
}

const importColumns = `id, person_id, file, state, partial, code, params, stage, cursor, CAST(counts AS TEXT) AS counts, applied, created_at, updated_at, version`

func getImport(ctx context.Context, q db.Querier, id db.ID) (i Import, err error) {
	if err := db.Get(ctx, q, &i, `SELECT `+importColumns+` FROM import_run WHERE id = $1`, id); err != nil {
		return i, err
	}
	return i, i.finish()
}

func (i *Import) finish() error {
	i.Abilities = []string{}
	if err := errors.Join(json.Unmarshal([]byte(i.CountText), &i.Counts), json.Unmarshal([]byte(i.ParamText), &i.Params)); err != nil {
		return err
	}
	if i.State == ImportChecked {
		if i.Counts.Faults == 0 {
			i.Abilities = append(i.Abilities, "import.apply")
		} else if i.Counts.toWrite() > 0 {
			i.Abilities = append(i.Abilities, "import.apply_partial")
		}
	}
	if i.State == ImportChecked || i.State == ImportFailed {
		i.Abilities = append(i.Abilities, "import.discard")
	}
	return nil
}

// UseFiles says where uploads and stages lie while they are needed.
func (s *Service) UseFiles(dir string) { s.files = filepath.Join(dir, "imports") }

func (s *Service) upload(id db.ID) string { return filepath.Join(s.files, id.String()+".upload") }
func (s *Service) stage(id db.ID) string  { return filepath.Join(s.files, id.String()+".db") }

// mayImport: those who keep the installation.
func mayImport(a access.Actor) error { return a.Allowed(access.OrgManage, access.Unit{Path: "/"}) }

// Bring takes a file in, at most maxUpload, and has it checked by a job. Only administrators.
// Faults: too_large "import_too_large".
func (s *Service) Bring(ctx context.Context, a access.Actor, name string, from io.Reader) (Import, error) {
	if err := mayImport(a); err != nil {
		return Import{}, err
	}
	id, err := s.bring(ctx, a, name, from, true)
	if err != nil {
		return Import{}, err
	}
	return getImport(ctx, s.db.Read(), id)
}

func (s *Service) bring(ctx context.Context, a access.Actor, name string, from io.Reader, enqueue bool) (db.ID, error) {
	var c fault.Check
	name = c.Text("name", filepath.Base(name), 200, true)
	if err := c.Err(); err != nil {
		return 0, err
	}
	var trees int64
	if err := db.Get(ctx, s.db.Read(), &trees, `SELECT COUNT(*) FROM tree`); err != nil {
		return 0, err
	}
	if trees == 0 {
		return 0, fault.Conflict("import_not_set_up")
	}
	if err := os.MkdirAll(s.files, 0o700); err != nil {
		return 0, err
	}
	tmp, err := os.CreateTemp(s.files, "upload-*") // 0600
	if err != nil {
		return 0, err
	}
	defer os.Remove(tmp.Name()) //nolint:errcheck // renamed away when all went well
	n, err := io.Copy(tmp, io.LimitReader(from, maxUpload+1))
	if err = errors.Join(err, tmp.Close()); err != nil {
		return 0, err
	}
	if n > maxUpload {
		return 0, fault.New(fault.KindTooLarge, "import_too_large").With("limit", maxUpload>>20)
	}
	var id db.ID
	if err := s.change.Do(ctx, a, func(_ context.Context, tx *change.Tx) error { id = tx.NewID(); return nil }); err != nil {
		return 0, err
	}
	if err := os.Rename(tmp.Name(), s.upload(id)); err != nil {
		return 0, err
	}
	return id, s.change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		if err := tx.Exec(ctx, `INSERT INTO import_run (id, person_id, file, state, partial, code, stage, cursor, counts, applied, created_at, updated_at, version)
			VALUES ($1, $2, $3, 'checking', FALSE, '', '', 0, '{}', 0, $4, $5, 1)`, id, a.PersonID, name, tx.Now(), tx.Now()); err != nil {
			return err
		}
		if err := tx.Audit(ctx, change.Record{Action: "import.bring", Subject: "import", SubjectID: id, After: map[string]any{"file": name, "bytes": n}}); err != nil {
			return err
		}
		if !enqueue {
			return nil
		}
		return tx.Enqueue(ctx, importJob{id}, &river.InsertOpts{MaxAttempts: 20})
	})
}

// Imports lists the imports, newest first; at most 100.
func (s *Service) Imports(ctx context.Context, a access.Actor) ([]Import, error) {
	if err := mayImport(a); err != nil {
		return nil, err
	}
	out := []Import{}
	if err := db.Select(ctx, s.db.Read(), &out, `SELECT `+importColumns+` FROM import_run ORDER BY id DESC LIMIT 100`); err != nil {
		return nil, err
	}
	for i := range out {
		if err := out[i].finish(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Import reads one; not-found for everybody but administrators.
func (s *Service) Import(ctx context.Context, a access.Actor, id db.ID) (Import, error) {
	if mayImport(a) != nil {
		return Import{}, fault.NotFound()
	}
	return getImport(ctx, s.db.Read(), id)
}

// RowFault is what is wrong with one row of a file.
type RowFault struct {
	N      int64        `json:"n" doc:"pass the last one as after"`
	Sheet  string       `json:"sheet" doc:"empty for a .csv"`
	Line   int64        `json:"line" doc:"as the spreadsheet counts, from 1"`
	Column string       `json:"column" doc:"a key: code, name, kind, parent, phone …; empty for the whole row"`
	Code   string       `json:"code" doc:"a code worded by import.row.<code>"`
	Params fault.Params `json:"params,omitempty"`
}

// ImportFaults lists what is wrong, in the order of the file, after row n; at most 500.
func (s *Service) ImportFaults(ctx context.Context, a access.Actor, id db.ID, after int64, n int) ([]RowFault, error) {
	i, err := s.Import(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if i.State == ImportChecking || i.Counts.Faults == 0 {
		return []RowFault{}, nil
	}
	st, err := openStage(s.stage(id))
	if errors.Is(err, os.ErrNotExist) {
		return []RowFault{}, nil // applied or thrown away since, or at another node
	}
	if err != nil {
		return nil, err
	}
	defer st.Close()
	return st.faults(ctx, after, limit(n))
}

// ApplyImport writes what a checked file brings, by a job. With partial the faulty rows are left
// out; without it any fault is a conflict "import_has_faults" and nothing is written. Other
// faults: conflict "import_wrong_state"; stale.
func (s *Service) ApplyImport(ctx context.Context, a access.Actor, id db.ID, partial bool, version int64) (Import, error) {
	if mayImport(a) != nil {
		return Import{}, fault.NotFound()
	}
	if err := s.beginApply(ctx, a, id, partial, version, true); err != nil {
		return Import{}, err
	}
	return getImport(ctx, s.db.Read(), id)
}

func (s *Service) beginApply(ctx context.Context, a access.Actor, id db.ID, partial bool, version int64, enqueue bool) error {
	return s.change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		i, err := getImport(ctx, tx, id)
		if err != nil {
			return err
		}
		switch {
		case i.State != ImportChecked:
			return fault.Conflict("import_wrong_state")
		case i.Version != version:
			return fault.Stale()
		case i.Counts.Faults > 0 && !partial:
			return fault.Conflict("import_has_faults").With("count", i.Counts.Faults)
		}
		if err := tx.ExecOne(ctx, `UPDATE import_run SET state = 'applying', partial = $1, stage = $2, cursor = 0, updated_at = $3, version = version + 1 WHERE id = $4 AND version = $5`,
			partial, applyOrder[0], tx.Now(), id, version); err != nil {
			return err
		}
		if err := tx.Audit(ctx, change.Record{Action: "import.apply", Subject: "import", SubjectID: id, After: map[string]any{"partial": partial, "counts": i.Counts}}); err != nil {
			return err
		}
		if err := s.importChanged(ctx, tx, i); err != nil || !enqueue {
			return err
		}
		return tx.Enqueue(ctx, importJob{id}, &river.InsertOpts{MaxAttempts: 100})
	})
}

// DiscardImport throws a checked or failed import away; conflict "import_wrong_state" otherwise.
func (s *Service) DiscardImport(ctx context.Context, a access.Actor, id db.ID) error {
	if mayImport(a) != nil {
		return fault.NotFound()
	}
	err := s.change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		i, err := getImport(ctx, tx, id)
		if err != nil {
			return err
		}
		if i.State != ImportChecked && i.State != ImportFailed {
			return fault.Conflict("import_wrong_state")
		}
		if err := tx.Exec(ctx, `UPDATE import_run SET state = 'discarded', updated_at = $1, version = version + 1 WHERE id = $2`, tx.Now(), id); err != nil {
			return err
		}
		if err := s.importChanged(ctx, tx, i); err != nil {
			return err
		}
		return tx.Audit(ctx, change.Record{Action: "import.discard", Subject: "import", SubjectID: id})
	})
	if err == nil {
		s.cleanFiles(id)
	}
	return err
}

// cleanFiles removes what lies on the disk for an import: it holds people's data.
func (s *Service) cleanFiles(id db.ID) {
	_ = os.Remove(s.upload(id))
	_ = os.Remove(s.stage(id))
	_ = os.Remove(s.stage(id) + "-journal")
}

func (s *Service) importChanged(ctx context.Context, tx *change.Tx, i Import) error {
	return tx.Event(ctx, "person:"+i.PersonID.String(), "import", i.ID, i.Version)
}

type importJob struct {
	ImportID db.ID `json:"import_id"`
}

// Kind implements river.JobArgs.
func (importJob) Kind() string { return "org.import" }

// workFor bounds one run of the job, well under the queue's limit; the next run goes on.
const workFor = 2 * time.Minute

// importOn checks or applies an import, wherever it stands; it bears being run again at any point.
func (s *Service) importOn(ctx context.Context, id db.ID) error {
	i, err := getImport(ctx, s.db.Read(), id)
	if fault.Is(err, fault.KindNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if i.State != ImportChecking && i.State != ImportApplying {
		return nil
	}
	need := s.upload(id)
	if i.State == ImportApplying {
		need = s.stage(id)
	}
	if _, err := os.Stat(need); errors.Is(err, os.ErrNotExist) {
		if db.Now().Sub(i.UpdatedAt) > time.Hour {
			return s.failImport(ctx, id, fault.New(fault.KindGone, "import_file_gone"))
		}
		return river.JobSnooze(time.Second) // it lies at another node, which will get the job in turn
	}
	if i.State == ImportChecking {
		err = s.checkImport(ctx, i)
	} else {
		done := false
		done, err = s.applyImport(ctx, id, time.Now().Add(workFor))
		if err == nil && !done {
			return river.JobSnooze(0)
		}
	}
	var f *fault.Fault
	if errors.As(err, &f) && f.Kind != fault.KindUnavailable && f.Kind != fault.KindStale {
		return s.failImport(ctx, id, f)
	}
	return err
}

// failImport takes back what was written and says why.
func (s *Service) failImport(ctx context.Context, id db.ID, why *fault.Fault) error {
	if err := s.undo(ctx, id); err != nil {
		return err
	}
	s.cleanFiles(id)
	return s.change.Do(ctx, access.SystemActor("job"), func(ctx context.Context, tx *change.Tx) error {
		i, err := getImport(ctx, tx, id)
		if err != nil {
			return err
		}
		params, err := json.Marshal(why.Params)
		if err != nil {
			return err
		}
		if err := tx.Exec(ctx, `UPDATE import_run SET state = 'failed', code = $1, params = $2, updated_at = $3, version = version + 1 WHERE id = $4`, why.Code, string(params), tx.Now(), id); err != nil {
			return err
		}
		i.Version++
		if err := s.importChanged(ctx, tx, i); err != nil {
			return err
		}
		return tx.Audit(ctx, change.Record{Action: "import.fail", Subject: "import", SubjectID: id, After: map[string]any{"code": why.Code}})
	})
}

// ImportHere checks a file and, when apply is set, writes it, without the queue: for the command
// line, whose caller keeps the installation. progress is called now and then. The result is the
// import as it stands in the end; its faults are given to fault, in the order of the file.
func (s *Service) ImportHere(ctx context.Context, name string, from io.Reader, apply, partial bool, progress func(Import), eachFault func(RowFault)) (Import, error) {
	a := access.SystemActor("cli")
	id, err := s.bring(ctx, a, name, from, false)
	if err != nil {
		return Import{}, err
	}
	again := func() (Import, error) { return getImport(ctx, s.db.Read(), id) }
	defer s.cleanFiles(id)
	i, err := again()
	if err != nil {
		return i, err
	}
	if err := s.checkImport(ctx, i); err != nil {
		var f *fault.Fault
		if errors.As(err, &f) {
			return i, errors.Join(f, s.failImport(ctx, id, f))
		}
		return i, err
	}
	if i, err = again(); err != nil {
		return i, err
	}
	st, err := openStage(s.stage(id))
	if err != nil {
		return i, err
	}
	for after := int64(0); ; {
		fs, err := st.faults(ctx, after, pageMax)
		if err != nil || len(fs) == 0 {
			st.Close()
			if err != nil {
				return i, err
			}
			break
		}
		for _, f := range fs {
			eachFault(f)
			after = f.N
		}
	}
	if !apply || i.State == ImportDone {
		if i.State == ImportChecked {
			err = s.DiscardImport(ctx, a, id)
		}
		return i, err
	}
	if err := s.beginApply(ctx, a, id, partial, i.Version, false); err != nil {
		return i, errors.Join(err, s.DiscardImport(ctx, a, id))
	}
	for {
		done, err := s.applyImport(ctx, id, time.Now().Add(time.Second))
		if err != nil {
			var f *fault.Fault
			if errors.As(err, &f) {
				err = errors.Join(f, s.failImport(ctx, id, f))
			}
			return i, err
		}
		if i, err = again(); err != nil {
			return i, fmt.Errorf("import: %w", err)
		}
		progress(i)
		if done {
			return i, nil
		}
	}
}
