package rollcall

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"wozai/internal/access"
	"wozai/internal/blob"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
)

// FileSum is how much is attached to the answers of a unit and below it.
type FileSum struct {
	Files int64 `json:"files"`
	Bytes int64 `json:"bytes" doc:"in them, together"`
}

// FilesBelow adds up the files that the answers of a unit and its subtree name, as FilesZip gives them.
// Faults: not-found.
func (s *Service) FilesBelow(ctx context.Context, a access.Actor, period, unit db.ID) (out FileSum, err error) {
	p, form, err := s.filing(ctx, a, period, unit)
	if err != nil {
		return out, err
	}
	return out, s.eachFile(ctx, a, p, unit, form, false, func(f filed) error {
		out.Files++
		out.Bytes += f.Bytes
		return nil
	})
}

// FilesZip gives the files that the answers of a unit and its subtree name as one .zip, a folder a unit,
// in it one a person and one a question; for those who ask. Sensitive ones are in it for the form's
// readers at the asking unit alone, each for those of the form under which it was sent, and each look is
// recorded before it is written. A file whose content
// is not there is named in a list. Faults: not-found.
func (s *Service) FilesZip(ctx context.Context, a access.Actor, period, unit db.ID) (File, error) {
	p, form, err := s.filing(ctx, a, period, unit)
	if err != nil {
		return File{}, err
	}
	title, err := p.title()
	if err != nil {
		return File{}, err
	}
	u, err := org.GetUnit(ctx, s.DB.Read(), unit)
	if err != nil {
		return File{}, err
	}
	name := blob.Safe(strings.Join(strings.Fields(title.In(a.Lang)+" "+p.Period.Name+" "+u.Name), " "), 120)
	return File{name + ".zip", "application/zip", func(w io.Writer) error { return s.writeFiles(ctx, w, a, p, unit, form) }}, nil
}

// filing reads a period for those who ask, and one of its units. Not-found for others.
func (s *Service) filing(ctx context.Context, a access.Actor, period, unit db.ID) (place, *Compiled, error) {
	p, err := s.asker(ctx, a, period)
	if err != nil {
		return p, nil, err
	}
	if _, _, err := s.counter(ctx, a, period, unit, access.RollcallAsk); err != nil {
		return p, nil, err
	}
	form, err := s.form(ctx, s.DB.Read(), p.Rollcall, p.Newest)
	return p, form, err
}

// filed is a file with where it belongs.
type filed struct {
	fileRow
	Label string // of its field
	Unit  db.ID
	First bool // of its answerer
}

// eachFile goes through the files that the answers which stand name, unit by unit as each does.
func (s *Service) eachFile(ctx context.Context, a access.Actor, p place, unit db.ID, form *Compiled, looks bool, do func(filed) error) error {
	if !form.hasFiles() {
		return nil
	}
	flush := func(rows []answerRow) error {
		if len(rows) == 0 {
			return nil
		}
		files, err := s.filesBetween(ctx, p.Period.ID, rows[0].Answerer, rows[len(rows)-1].Answerer)
		if err != nil || len(files) == 0 {
			return err
		}
		for _, x := range rows {
			given, err := s.form(ctx, s.DB.Read(), p.Rollcall, x.FormVersion)
			if err != nil {
				return err
			}
			v, open := Values{}, s.reads(a, p, given, p.row.Unit)
			if err := json.Unmarshal([]byte(x.Content), &v); err != nil {
				return err
			}
			if open {
				if text, err := s.sensitive(p.Period.ID, x); err != nil {
					return err
				} else if text != nil {
					if err := json.Unmarshal(text, &v); err != nil {
						return err
					}
				}
			}
			first, looked := true, false
			for _, ref := range form.filesIn(v) {
				row, ok := files[ref.id]
				if !ok || row.Answerer != x.Answerer {
					continue
				}
				if may, err := s.readsFile(ctx, a, p, row, p.row.Unit); err != nil {
					return err
				} else if row.Sensitive && !may {
					continue
				}
				if row.Sensitive && looks && !looked && !p.ByUnits {
					if err := s.Looks.LookedAtAnswers(ctx, a, x.Answerer); err != nil {
						return err
					}
					looked = true
				}
				f, _ := form.Field(ref.field)
				if err := do(filed{row, f.Label.In(a.Lang), x.Unit, first}); err != nil {
					return err
				}
				first = false
			}
		}
		return nil
	}
	var rows []answerRow
	if err := s.each(ctx, p, unit, func(x answerRow) error {
		if rows = append(rows, x); len(rows) < part {
			return nil
		}
		err := flush(rows)
		rows = rows[:0]
		return err
	}); err != nil {
		return err
	}
	return flush(rows)
}

func (s *Service) writeFiles(ctx context.Context, w io.Writer, a access.Actor, p place, unit db.ID, form *Compiled) error {
	z := zip.NewWriter(w)
	taken, units := names{}, map[db.ID]string{}
	person := ""
	var lost []string
	add := func(name string, r io.Reader) error {
		to, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: s.Change.Now().Std().In(s.Zone())}) // pictures and PDFs do not get smaller
		if err != nil {
			return err
		}
		_, err = io.Copy(to, r)
		return err
	}
	if err := s.eachFile(ctx, a, p, unit, form, true, func(f filed) error {
		if _, known := units[f.Unit]; !known {
			var name string // as it was at the opening
			if err := db.Get(ctx, s.DB.Read(), &name, `SELECT name FROM rollcall_count WHERE period_id = $1 AND unit_id = $2`, p.Period.ID, f.Unit); err != nil {
				return err
			}
			units[f.Unit] = taken.free("", name, "")
		}
		if f.First {
			person = units[f.Unit]
			if !p.ByUnits {
				name, err := p.nameOf(ctx, s.DB.Read(), f.Answerer)
				if err != nil {
					return err
				}
				person = taken.free(person, name, "")
			}
		}
		file, err := s.openFile(ctx, p.Period.ID, f.fileRow)
		named := file.Name
		if fault.Is(err, fault.KindNotFound) {
			named = f.Name
		} else if err != nil {
			return err
		}
		folder := person + "/" + fieldFolder(f.Label, f.Field)
		ext := path.Ext(named)
		name := taken.free(folder, strings.TrimSuffix(named, ext), ext)
		if err != nil {
			lost = append(lost, name)
			return nil
		}
		return errors.Join(add(name, file.Content), file.Content.Close())
	}); err != nil {
		return err
	}
	if len(lost) > 0 {
		if err := add(taken.free("", word(a.Lang, "lost_files"), ".txt"), strings.NewReader(strings.Join(lost, "\r\n")+"\r\n")); err != nil {
			return err
		}
	}
	return z.Close()
}

// fieldFolder is a field's folder: its label, as far as a file system takes it.
func fieldFolder(label, key string) string {
	if label = blob.Safe(label, 60); label == "" {
		return key
	}
	return label
}

// names gives each path of an archive once, on systems too that do not tell capitals apart.
type names map[string]bool

func (n names) free(folder, name, ext string) string {
	if name = blob.Safe(name, 100); name == "" {
		name = "_"
	}
	if folder != "" {
		name = folder + "/" + name
	}
	for i := 1; ; i++ {
		try := name + ext
		if i > 1 {
			try = fmt.Sprintf("%s (%d)%s", name, i, ext)
		}
		if key := strings.ToLower(try); !n[key] {
			n[key] = true
			return try
		}
	}
}
