package rollcall

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/office/sheet"
	"wozai/internal/words"
)

// File is an export, ready to be written.
type File struct {
	Name, MediaType string
	Write           func(io.Writer) error
}

// table is what an export holds: the same for both formats.
type table struct {
	name    string
	columns []sheet.Column
	rows    func(put func(...any) error) error
}

// Export gives the answers of a period and the counts of all its units, with what each column means;
// for those who ask. Format is xlsx or csv. Sensitive columns are in it for the form's readers at the
// asking unit alone, each value for the readers of the form under which it was given, and each look is
// recorded before it is written. Fields that the newest form does not have any more are left out. Faults: invalid; conflict rollcall_unmixed, rollcall_few,
// rollcall_too_many_rows (for .xlsx); not-found.
func (s *Service) Export(ctx context.Context, a access.Actor, period db.ID, format string) (File, error) {
	p, err := s.asker(ctx, a, period)
	if err != nil {
		return File{}, err
	}
	title, err := p.title()
	if err != nil {
		return File{}, err
	}
	form, err := s.form(ctx, s.DB.Read(), p.Rollcall, p.Newest)
	if err != nil {
		return File{}, err
	}
	name := strings.TrimSpace(title.In(a.Lang) + " " + p.Period.Name)
	answers := s.answersTable
	if p.Anonymous {
		if err := p.mixed(ctx, s.DB.Read()); err != nil {
			return File{}, err
		}
		answers = s.ballotsTable
	}
	tables := []table{answers(ctx, a, p, form), s.countsTable(ctx, a, p)}
	switch format {
	case "xlsx":
		received := int64(0)
		if err := db.Get(ctx, s.DB.Read(), &received, `SELECT CAST(COALESCE(SUM(received), 0) AS BIGINT) FROM rollcall_count WHERE period_id = $1`, period); err != nil {
			return File{}, err
		}
		if received >= sheet.MaxRows { // a line of titles is above them
			return File{}, fault.Conflict("rollcall_too_many_rows")
		}
		return File{name + ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", func(w io.Writer) error { return writeBook(w, a.Lang, tables) }}, nil
	case "csv":
		return File{name + ".csv", "text/csv; charset=utf-8", func(w io.Writer) error { return writeCSV(w, a.Lang, tables) }}, nil
	}
	return File{}, invalid("format", "choice")
}

func word(lang, key string) string { return words.T(lang, "rollcall.export."+key, nil) }

func (s *Service) answersTable(ctx context.Context, a access.Actor, p place, form *Compiled) table {
	column := func(key string, kind sheet.Kind) sheet.Column {
		return sheet.Column{Title: word(a.Lang, key), Kind: kind, Note: word(a.Lang, key+"_note")}
	}
	t := table{name: word(a.Lang, "answers"), columns: []sheet.Column{column("answerer", sheet.Text), column("unit", sheet.Text), column("kind", sheet.Text),
		column("at", sheet.DateTime), column("on_time", sheet.Text), column("by", sheet.Text), column("reason", sheet.Text)}}
	open := s.reads(a, p, form, p.row.Unit)
	var fields []FormField
	for _, f := range form.Fields {
		if f.Sensitive && !open {
			continue
		}
		fields = append(fields, f)
		t.columns = append(t.columns, f.column(a.Lang))
	}
	yes := map[bool]string{true: word(a.Lang, "yes"), false: word(a.Lang, "no")}
	t.rows = func(put func(...any) error) error {
		return s.all(ctx, p, func(rows []exportRow) error {
			var people []db.ID
			read := make([]bool, len(rows))
			for i, x := range rows {
				if len(x.Sealed) == 0 {
					continue
				}
				given, err := s.form(ctx, s.DB.Read(), p.Rollcall, x.FormVersion)
				if err != nil {
					return err
				}
				if read[i] = s.reads(a, p, given, p.row.Unit); read[i] && !p.ByUnits {
					people = append(people, x.Answerer)
				}
			}
			if err := s.Looks.LookedAtAnswers(ctx, a, people...); err != nil {
				return err
			}
			var files map[db.ID]fileRow
			if len(rows) > 0 && form.hasFiles() {
				var err error
				if files, err = s.filesBetween(ctx, p.Period.ID, rows[0].Answerer, rows[len(rows)-1].Answerer); err != nil {
					return err
				}
			}
			for i, x := range rows {
				cells := []any{x.Name, x.UnitName, word(a.Lang, "kind_"+string(x.Kind)), x.At.Std().In(s.Zone()), yes[x.FirstAt <= p.DueAt], x.ByName, ""}
				v := Values{}
				switch x.Kind {
				case NotApplicable:
					cells[6] = x.Content
				case Value:
					if err := json.Unmarshal([]byte(x.Content), &v); err != nil {
						return err
					}
					if read[i] {
						text, err := s.sensitive(p.Period.ID, x.answerRow)
						if err != nil {
							return err
						}
						if err := json.Unmarshal(text, &v); err != nil {
							return err
						}
					}
				}
				if err := s.fileNames(p.Period.ID, fields, files, v); err != nil {
					return err
				}
				for _, f := range fields {
					cells = append(cells, f.cell(a.Lang, v[f.Key]))
				}
				if err := put(cells...); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return t
}

// ballotsTable holds what was said without a name, and nothing beside it.
func (s *Service) ballotsTable(ctx context.Context, a access.Actor, p place, form *Compiled) table {
	t := table{name: word(a.Lang, "answers")}
	for _, f := range form.Fields {
		t.columns = append(t.columns, f.column(a.Lang))
	}
	t.rows = func(put func(...any) error) error {
		return s.eachBallot(ctx, p, func(v Values) error {
			var cells []any
			for _, f := range form.Fields {
				cells = append(cells, f.cell(a.Lang, v[f.Key]))
			}
			return put(cells...)
		})
	}
	return t
}

func (f FormField) column(lang string) sheet.Column {
	kind := sheet.Text
	if f.Kind == Number || f.Kind == Total {
		kind = sheet.Decimal
	}
	return sheet.Column{Title: f.Label.In(lang), Kind: kind, Note: f.meaning(lang)}
}

// meaning says what a column holds, in one line.
func (f FormField) meaning(lang string) string {
	parts := []string{word(lang, "is_"+string(f.Kind))}
	if !f.Hint.Empty() {
		parts = append(parts, f.Hint.In(lang))
	}
	if !f.Measure.Empty() {
		parts = append(parts, f.Measure.In(lang))
	}
	if f.Kind == Total {
		parts = append(parts, strings.Join(f.Of, " + "))
	}
	return strings.Join(parts, "; ")
}

// cell is a value as its column stores it: float64, string, or nil when it was left blank.
func (f FormField) cell(lang string, v any) any {
	label := func(v any) string {
		key := fmt.Sprint(v)
		for _, o := range f.Options {
			if o.Key == key {
				return o.Label.In(lang)
			}
		}
		return key // of an older form
	}
	number := f.Kind == Number || f.Kind == Total
	switch x := v.(type) {
	case float64:
		if number {
			return x
		}
		return strconv.FormatFloat(x, 'f', -1, 64)
	case string:
		switch {
		case number:
			return nil // an older form had something else here
		case f.Kind == Choice:
			return label(x)
		}
		return x
	case []any:
		var parts []string
		for _, y := range x {
			row, ok := y.(map[string]any)
			if !ok {
				parts = append(parts, label(y))
				continue
			}
			var cells []string
			for _, c := range f.Columns {
				if v := c.cell(lang, row[c.Key]); v != nil {
					cells = append(cells, c.Label.In(lang)+" "+fmt.Sprint(v))
				}
			}
			parts = append(parts, strings.Join(cells, ", "))
		}
		if !number {
			return strings.Join(parts, "; ")
		}
	}
	return nil
}

type exportRow struct {
	answerRow
	Name     string `db:"name"`
	UnitName string `db:"unit_name"`
	ByName   string `db:"by_name"`
}

// all reads the answers that stand, in parts.
func (s *Service) all(ctx context.Context, p place, do func([]exportRow) error) error {
	names := "person"
	if p.ByUnits {
		names = "unit"
	}
	for after := db.ID(0); ; {
		var rows []exportRow
		if err := db.Select(ctx, s.DB.Read(), &rows, `SELECT `+answerColumns+`, n.name, c.name AS unit_name, b.name AS by_name FROM rollcall_answer x
			JOIN rollcall_count c ON c.period_id = x.period_id AND c.unit_id = x.unit_id JOIN `+names+` n ON n.id = x.answerer_id JOIN person b ON b.id = x.by_id
			WHERE x.period_id = $1 AND x.answerer_id > $2 AND x.state <> 'returned' ORDER BY x.answerer_id LIMIT 500`, p.Period.ID, after); err != nil {
			return err
		}
		if err := do(rows); err != nil {
			return err
		}
		if len(rows) < 500 {
			return nil
		}
		after = rows[len(rows)-1].Answerer
	}
}

func (s *Service) countsTable(ctx context.Context, a access.Actor, p place) table {
	keys := []string{"expected", "received", "on_time_count", "late", "nils", "inapplicable", "excused", "missing"}
	if p.Voluntary {
		keys = []string{"received", "on_time_count", "late", "nils", "inapplicable"}
	}
	t := table{name: word(a.Lang, "counts"), columns: []sheet.Column{{Title: word(a.Lang, "unit"), Note: word(a.Lang, "counts_unit_note")}}}
	for _, k := range keys {
		t.columns = append(t.columns, sheet.Column{Title: word(a.Lang, k), Kind: sheet.Integer, Note: word(a.Lang, k+"_note")})
	}
	t.rows = func(put func(...any) error) error {
		for path := ""; ; {
			var rows []struct {
				Path string `db:"path"`
				Name string `db:"name"`
				tally
			}
			if err := db.Select(ctx, s.DB.Read(), &rows, `SELECT d.path, d.name, d.expected, d.received, d.on_time, d.nils, d.inapplicable, d.excused FROM rollcall_count d
				WHERE d.period_id = $1 AND d.path > $2 ORDER BY d.path LIMIT 500`, p.Period.ID, path); err != nil {
				return err
			}
			for _, r := range rows {
				path = r.Path
				c := r.counts(p.Voluntary)
				cells := []any{r.Name}
				if !p.Voluntary {
					cells = append(cells, *c.Expected)
				}
				cells = append(cells, c.Received, c.OnTime, c.Late, c.Nils, c.Inapplicable)
				if !p.Voluntary {
					cells = append(cells, *c.Excused, *c.Missing)
				}
				if err := put(cells...); err != nil {
					return err
				}
			}
			if len(rows) < 500 {
				return nil
			}
		}
	}
	return t
}

func writeBook(w io.Writer, lang string, tables []table) (err error) {
	b, err := sheet.NewBook()
	if err != nil {
		return err
	}
	defer func() {
		if e := b.Close(); err == nil {
			err = e
		}
	}()
	for _, t := range tables {
		sh, err := b.Sheet(t.name, t.columns)
		if err != nil {
			return err
		}
		if err := t.rows(sh.Row); err != nil {
			return err
		}
	}
	if err := b.Definitions(word(lang, "definitions"), [3]string{word(lang, "sheet"), word(lang, "column"), word(lang, "meaning")}); err != nil {
		return err
	}
	_, err = b.WriteTo(w)
	return err
}

// writeCSV writes the tables one below the other, an empty line between them, the meanings last. It
// begins with a byte order mark: spreadsheets take it for something else without.
func writeCSV(w io.Writer, lang string, tables []table) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	put := func(values ...any) error {
		line := make([]string, len(values))
		for i, v := range values {
			line[i] = csvCell(v)
		}
		return c.Write(line)
	}
	var meanings [][2]string
	for _, t := range tables {
		var titles []any
		for _, x := range t.columns {
			titles = append(titles, x.Title)
			meanings = append(meanings, [2]string{x.Title, x.Note})
		}
		if err := put(titles...); err != nil {
			return err
		}
		if err := t.rows(put); err != nil {
			return err
		}
		if err := c.Write([]string{""}); err != nil {
			return err
		}
	}
	if err := put(word(lang, "column"), word(lang, "meaning")); err != nil {
		return err
	}
	for _, m := range meanings {
		if err := put(m[0], m[1]); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// csvCell words a value. What a spreadsheet would take for a formula gets an apostrophe in front;
// numbers stay numbers.
func csvCell(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case int64:
		return strconv.FormatInt(x, 10)
	case time.Time:
		return x.Format("2006-01-02 15:04")
	case string:
		if x != "" && strings.ContainsAny(x[:1], "=+-@\t\r\n") || strings.HasPrefix(x, "＝") || strings.HasPrefix(x, "＋") || strings.HasPrefix(x, "－") || strings.HasPrefix(x, "＠") {
			return "'" + x
		}
		return x
	}
	return fmt.Sprint(v)
}
