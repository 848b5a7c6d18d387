package org

import (
	"context"
	"database/sql"
	"encoding/json"
	"net/url"
	"os"

	"wozai/internal/db"
	"wozai/internal/fault"
)

// stage is a database file of its own that holds one import while it is checked and applied.
// Contact data lie in it encrypted, as in the main database.
type stage struct {
	db *sql.DB
	tx *sql.Tx
	n  int
}

// The states of a staged row.
const (
	rowNew       = 0
	rowUnchanged = 1 // in the organisation already, and the same
	rowFaulty    = 2
)

const stageSchema = `
CREATE TABLE unit (n INTEGER PRIMARY KEY, sheet TEXT, line INTEGER, code TEXT, name TEXT, short_name TEXT, kind TEXT, parent TEXT, sort INTEGER,
	state INTEGER NOT NULL DEFAULT 0, level INTEGER NOT NULL DEFAULT -1, id INTEGER NOT NULL DEFAULT 0);
CREATE INDEX unit_code ON unit (code);
CREATE INDEX unit_parent ON unit (parent);
CREATE INDEX unit_level ON unit (level, n);
CREATE TABLE person (n INTEGER PRIMARY KEY, sheet TEXT, line INTEGER, code TEXT, name TEXT, category TEXT, joined_on TEXT,
	phone BLOB, phone_index BLOB, email BLOB, email_index BLOB, state INTEGER NOT NULL DEFAULT 0, id INTEGER NOT NULL DEFAULT 0);
CREATE INDEX person_code ON person (code);
CREATE TABLE membership (n INTEGER PRIMARY KEY, sheet TEXT, line INTEGER, person TEXT, unit TEXT, position TEXT, standing TEXT, sort INTEGER,
	state INTEGER NOT NULL DEFAULT 0, id INTEGER NOT NULL DEFAULT 0);
CREATE INDEX membership_person ON membership (person, unit, position);
CREATE INDEX membership_unit ON membership (unit, position);
-- What the organisation has already of the codes in the file.
CREATE TABLE known_unit (code TEXT PRIMARY KEY, id INTEGER, kind TEXT);
CREATE TABLE known_person (code TEXT PRIMARY KEY, id INTEGER);
CREATE TABLE fault (n INTEGER PRIMARY KEY, sheet TEXT, line INTEGER, col TEXT, code TEXT, params TEXT);
CREATE INDEX fault_place ON fault (sheet, line);
`

func newStage(path string) (*stage, error) {
	_ = os.Remove(path)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	st, err := openStage(path)
	if err != nil {
		return nil, err
	}
	if _, err := st.db.Exec(stageSchema); err != nil {
		st.Close()
		return nil, err
	}
	return st, nil
}

// openStage opens one that is there; os.ErrNotExist otherwise.
func openStage(path string) (*stage, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	q := url.Values{"_pragma": {"journal_mode(TRUNCATE)", "synchronous(NORMAL)", "cache_size(-16384)", "temp_store(FILE)", "busy_timeout(10000)"}}
	d, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, err
	}
	d.SetMaxOpenConns(1)
	return &stage{db: d}, nil
}

// Close drops what was not committed.
func (st *stage) Close() {
	if st.tx != nil {
		_ = st.tx.Rollback()
		st.tx = nil
	}
	_ = st.db.Close() // read from now on, or thrown away
}

// exec writes inside a transaction that is committed now and then.
func (st *stage) exec(ctx context.Context, query string, args ...any) error {
	if st.tx == nil {
		tx, err := st.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		st.tx = tx
	}
	if _, err := st.tx.ExecContext(ctx, query, args...); err != nil {
		return err
	}
	if st.n++; st.n%20_000 == 0 {
		return st.commit()
	}
	return nil
}

func (st *stage) commit() error {
	if st.tx == nil {
		return nil
	}
	err := st.tx.Commit()
	st.tx = nil
	return err
}

// q reads what has been written so far.
func (st *stage) q() db.Querier {
	if st.tx != nil {
		return st.tx
	}
	return st.db
}

func (st *stage) fault(ctx context.Context, sheet string, line int64, col, code string, params fault.Params) error {
	var text any
	if len(params) > 0 {
		b, err := json.Marshal(params)
		if err != nil {
			return err
		}
		text = string(b)
	}
	return st.exec(ctx, `INSERT INTO fault (sheet, line, col, code, params) VALUES (?, ?, ?, ?, ?)`, sheet, line, col, code, text)
}

func (st *stage) faults(ctx context.Context, after int64, n int) ([]RowFault, error) {
	var rows []struct {
		N      int64   `db:"n"`
		Sheet  string  `db:"sheet"`
		Line   int64   `db:"line"`
		Column string  `db:"col"`
		Code   string  `db:"code"`
		Params *string `db:"params"`
	}
	if err := db.Select(ctx, st.q(), &rows, `SELECT n, sheet, line, col, code, params FROM fault WHERE n > ? ORDER BY n LIMIT ?`, after, n); err != nil {
		return nil, err
	}
	out := make([]RowFault, len(rows))
	for i, r := range rows {
		out[i] = RowFault{N: r.N, Sheet: r.Sheet, Line: r.Line, Column: r.Column, Code: r.Code}
		if r.Params != nil {
			if err := json.Unmarshal([]byte(*r.Params), &out[i].Params); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// arrange numbers the faults in the order of the file.
func (st *stage) arrange(ctx context.Context) error {
	for _, q := range []string{
		`CREATE TABLE arranged (n INTEGER PRIMARY KEY, sheet TEXT, line INTEGER, col TEXT, code TEXT, params TEXT)`,
		`INSERT INTO arranged (sheet, line, col, code, params) SELECT sheet, line, col, code, params FROM fault ORDER BY sheet, line, n`,
		`DROP TABLE fault`,
		`ALTER TABLE arranged RENAME TO fault`,
	} {
		if err := st.exec(ctx, q); err != nil {
			return err
		}
	}
	return st.commit()
}
