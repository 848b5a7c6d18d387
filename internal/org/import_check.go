package org

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/profile"
	"wozai/internal/secret"
)

// checker fills a stage from a file and finds everything that is wrong.
type checker struct {
	s      *Service
	p      *profile.Profile
	st     *stage
	id     db.ID
	words  map[string]map[string]string // kind of word → what people write → key
	counts ImportCounts
}

// wordsFor lets people write keys or words, in either language.
func wordsFor[T any](all []T, key func(T) string, name func(T) profile.Text) map[string]string {
	out := map[string]string{}
	for _, x := range all {
		for _, w := range []string{key(x), name(x).ZH, name(x).EN} {
			if _, had := out[strings.ToLower(w)]; !had {
				out[strings.ToLower(w)] = key(x)
			}
		}
	}
	return out
}

func newChecker(s *Service, st *stage, id db.ID) *checker {
	p := s.profile()
	return &checker{s: s, p: p, st: st, id: id, words: map[string]map[string]string{
		"kind":     wordsFor(p.UnitKinds, func(k profile.UnitKind) string { return k.Key }, func(k profile.UnitKind) profile.Text { return k.Name }),
		"category": wordsFor(p.Categories, func(k profile.Term) string { return k.Key }, func(k profile.Term) profile.Text { return k.Name }),
		"position": wordsFor(p.Positions, func(k profile.Position) string { return k.Key }, func(k profile.Position) profile.Text { return k.Name }),
		"standing": wordsFor(p.Standings, func(k profile.Standing) string { return k.Key }, func(k profile.Standing) profile.Text { return k.Name }),
	}}
}

// checkImport reads the upload into a fresh stage, checks it and removes the upload.
func (s *Service) checkImport(ctx context.Context, i Import) error {
	st, err := newStage(s.stage(i.ID))
	if err != nil {
		return err
	}
	defer st.Close()
	c := newChecker(s, st, i.ID)
	told := int64(0)
	err = readFile(s.upload(i.ID), s.profile().Columns, func(r fileRow) error {
		c.counts.Rows++
		if c.counts.Rows-told >= 20_000 {
			told = c.counts.Rows
			if err := s.tellImport(ctx, i.ID, ImportChecking, c.counts); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		return c.take(ctx, r)
	})
	if err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{c.knowUnits, c.checkUnits, c.knowPeople, c.checkPeople, c.checkMemberships, st.arrange, c.count} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	state := ImportChecked
	if c.counts.Faults == 0 && c.counts.toWrite() == 0 {
		state = ImportDone // all of it is there already
	}
	if err := s.tellImport(ctx, i.ID, state, c.counts); err != nil {
		return err
	}
	return os.Remove(s.upload(i.ID))
}

func (s *Service) tellImport(ctx context.Context, id db.ID, state string, counts ImportCounts) error {
	text, err := json.Marshal(counts)
	if err != nil {
		return err
	}
	return s.change.Do(ctx, access.SystemActor("job"), func(ctx context.Context, tx *change.Tx) error {
		i, err := getImport(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := tx.ExecOne(ctx, `UPDATE import_run SET state = $1, counts = $2, updated_at = $3, version = version + 1 WHERE id = $4 AND state = 'checking'`,
			state, string(text), tx.Now(), id); err != nil {
			return err
		}
		i.Version++
		if err := s.importChanged(ctx, tx, i); err != nil {
			return err
		}
		if state == ImportChecking {
			tx.AppendOnly() // a count that rises is no change of anything
			return nil
		}
		return tx.Audit(ctx, change.Record{Action: "import.checked", Subject: "import", SubjectID: id, After: counts})
	})
}

// row checks the values of one row and collects its faults.
type row struct {
	fileRow
	check fault.Check
}

func (r *row) text(key string, most int, required bool) string {
	return r.check.Text(key, strings.ReplaceAll(r.value[key], "\n", " "), most, required)
}

func (r *row) word(key string, known map[string]string, required bool) string {
	v := r.text(key, 60, required)
	if v == "" {
		return ""
	}
	k, ok := known[strings.ToLower(v)]
	r.check.If(!ok, key, "choice", "value", v)
	return k
}

func (r *row) order() int64 {
	v := plainNumber(r.value["sort"])
	if v == "" {
		return int64(r.line)
	}
	n, err := strconv.ParseInt(v, 10, 32)
	r.check.If(err != nil, "sort", "number", "value", shorten(v))
	return n
}

func shorten(s string) string {
	r := []rune(s)
	return string(r[:min(len(r), 40)])
}

// done writes the row's faults into the stage and says whether it has none.
func (r *row) done(ctx context.Context, st *stage) (bool, error) {
	err := r.check.Err()
	var f *fault.Fault
	if !errors.As(err, &f) {
		return true, err
	}
	for _, x := range f.Fields {
		if x.Code == "required" {
			x.Code = "missing"
		}
		if err := st.fault(ctx, r.sheet, int64(r.line), x.Field, x.Code, x.Params); err != nil {
			return false, err
		}
	}
	return false, nil
}

func state(ok bool) int {
	if ok {
		return rowNew
	}
	return rowFaulty
}

func (c *checker) take(ctx context.Context, f fileRow) error {
	r := &row{fileRow: f}
	if r.table == tableUnits {
		return c.takeUnit(ctx, r)
	}
	return c.takePerson(ctx, r)
}

func (c *checker) takeUnit(ctx context.Context, r *row) error {
	code, name, short := plainNumber(r.text("code", 40, true)), r.text("name", 120, true), r.text("short_name", 40, false)
	kind, parent, sort := r.word("kind", c.words["kind"], true), plainNumber(r.text("parent", 40, false)), r.order()
	ok, err := r.done(ctx, c.st)
	if err != nil {
		return err
	}
	return c.st.exec(ctx, `INSERT INTO unit (sheet, line, code, name, short_name, kind, parent, sort, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.sheet, r.line, code, name, short, kind, parent, sort, state(ok))
}

// takePerson: a row is a person and perhaps a membership; the same code again is one more
// membership of the same person.
func (c *checker) takePerson(ctx context.Context, r *row) error {
	code := plainNumber(r.text("code", 40, true))
	var first struct {
		Line int64  `db:"line"`
		Name string `db:"name"`
	}
	again := false
	if code != "" {
		var err error
		if again, err = db.Find(ctx, c.st.q(), &first, `SELECT line, name FROM person WHERE code = ? ORDER BY n LIMIT 1`, code); err != nil {
			return err
		}
	}
	name := r.text("name", 60, !again)
	category := r.word("category", c.words["category"], !again)
	n := NewPerson{Phone: plainNumber(r.text("phone", 40, false)), Email: r.text("email", 120, false)}
	var dated bool
	n.JoinedOn, dated = plainDay(r.text("joined_on", 40, false))
	r.check.If(!dated, "joined_on", "date", "value", shorten(n.JoinedOn))
	checkPhone(&r.check, &n.Phone)
	r.check.If(n.Email != "" && !emailPattern.MatchString(n.Email), "email", "email")
	r.check.If(again && name != "" && name != first.Name, "code", "duplicate", "line", first.Line)

	unit := plainNumber(r.text("unit", 40, false))
	position, standing, sort := r.word("position", c.words["position"], unit != ""), r.word("standing", c.words["standing"], false), r.order()
	r.check.If(unit == "" && position != "", "unit", "required")
	r.check.If(again && unit == "", "code", "duplicate", "line", first.Line)
	ok, err := r.done(ctx, c.st)
	if err != nil {
		return err
	}
	if !again {
		if err := c.putPerson(ctx, r, code, name, category, n, ok); err != nil {
			return err
		}
	}
	if unit == "" {
		return nil
	}
	return c.st.exec(ctx, `INSERT INTO membership (sheet, line, person, unit, position, standing, sort, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		r.sheet, r.line, code, unit, position, standing, sort, state(ok))
}

func (c *checker) putPerson(ctx context.Context, r *row, code, name, category string, n NewPerson, ok bool) error {
	seal := func(column, value string) ([]byte, []byte, error) {
		if value == "" || !ok {
			return nil, nil, nil
		}
		b, err := c.s.seal.Seal("contact", stageAAD(c.id, column, code), []byte(value))
		return b, c.s.seal.Index(column, value), err
	}
	phone, phoneIndex, err := seal("phone", n.Phone)
	if err != nil {
		return err
	}
	email, emailIndex, err := seal("email", n.Email)
	if err != nil {
		return err
	}
	return c.st.exec(ctx, `INSERT INTO person (sheet, line, code, name, category, joined_on, phone, phone_index, email, email_index, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.sheet, r.line, code, name, category, n.JoinedOn, phone, phoneIndex, email, emailIndex, state(ok))
}

func stageAAD(id db.ID, column, code string) []byte {
	return secret.AAD("import/"+column+"/"+code, "", int64(id))
}

// mark gives rows a state and tells why; query selects n, sheet, line and, as p1 and p2, parameters.
func (c *checker) mark(ctx context.Context, table, col, code string, names [2]string, query string, args ...any) (int, error) {
	var rows []struct {
		N     int64  `db:"n"`
		Sheet string `db:"sheet"`
		Line  int64  `db:"line"`
		P1    string `db:"p1"`
		P2    string `db:"p2"`
	}
	marked := 0
	for {
		// A marked row no longer answers the query, so the next piece begins where this one ended.
		rows = rows[:0]
		if err := db.Select(ctx, c.st.q(), &rows, query+` LIMIT 1000`, args...); err != nil {
			return marked, err
		}
		for _, r := range rows {
			params := fault.Params{}
			for i, name := range names {
				if name != "" {
					params[name] = [2]string{r.P1, r.P2}[i]
				}
			}
			if err := c.st.exec(ctx, `UPDATE `+table+` SET state = 2 WHERE n = ?`, r.N); err != nil {
				return marked, err
			}
			if err := c.st.fault(ctx, r.Sheet, r.Line, col, code, params); err != nil {
				return marked, err
			}
		}
		marked += len(rows)
		if len(rows) < 1000 {
			return marked, nil
		}
	}
}

func (c *checker) count(ctx context.Context) error {
	for table, into := range map[string]*Count{"unit": &c.counts.Units, "person": &c.counts.People, "membership": &c.counts.Memberships} {
		for st, n := range map[int]*int64{rowNew: &into.New, rowUnchanged: &into.Unchanged, rowFaulty: &into.Faulty} {
			if err := db.Get(ctx, c.st.q(), n, `SELECT COUNT(*) FROM `+table+` WHERE state = ?`, st); err != nil {
				return err
			}
		}
	}
	return db.Get(ctx, c.st.q(), &c.counts.Faults, `SELECT COUNT(*) FROM fault`)
}

// each calls f for pieces of at most 400 rows of the stage, by n; columns must begin with n.
func eachPiece[T any](ctx context.Context, st *stage, query string, nOf func(T) int64, f func([]T) error) error {
	for after := int64(0); ; {
		var rows []T
		if err := db.Select(ctx, st.q(), &rows, query+` ORDER BY n LIMIT 400`, after); err != nil {
			return err
		}
		if len(rows) == 0 {
			return nil
		}
		if err := f(rows); err != nil {
			return err
		}
		after = nOf(rows[len(rows)-1])
	}
}

func equalOrUnsaid(file, here string) bool { return file == "" || file == here }

func equalIndex(file, here []byte) bool { return len(file) == 0 || bytes.Equal(file, here) }

func holds(p profile.Position, kind string) bool { return slices.Contains(p.In, kind) }
