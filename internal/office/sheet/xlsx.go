package sheet

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
)

// We read .xlsx ourselves, the few parts that matter, because an upload is hostile until it is
// not: nothing is unpacked that is not needed, and nothing beyond what it says it is.

const (
	maxStrings = 64 << 20  // bytes of shared strings kept in memory
	maxSmall   = 8 << 20   // of the workbook, its relations and styles
	maxRatio   = 250       // of unpacked to packed: written tables stay below 100
	ratioFrom  = 16 << 20  // smaller parts may be as repetitive as they like
	maxToken   = 256 << 10 // between two "<"
)

type workbook struct {
	parts    map[string]*zip.File
	limits   Limits
	strings  []string
	isDate   []bool // by style
	date1904 bool
}

func openXLSX(r io.ReaderAt, size int64, limits Limits) (*Table, error) {
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, broken(err, 0)
	}
	w := &workbook{parts: map[string]*zip.File{}, limits: limits}
	for _, f := range z.File {
		w.parts[strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"))] = f
	}
	if w.parts["xl/workbook.xml"] == nil {
		return nil, errNotTable // some other zip, a .docx perhaps
	}
	sheets, err := w.sheets()
	if err != nil {
		return nil, broken(err, 0)
	}
	if err := w.readStrings(); err != nil {
		return nil, broken(err, 0)
	}
	if err := w.readStyles(); err != nil {
		return nil, broken(err, 0)
	}
	for _, s := range sheets {
		if err := w.allowed(s.part, limits.Unpacked); err != nil {
			return nil, err
		}
	}
	return &Table{Format: "xlsx", rows: func(yield func(Row, error) bool) {
		for _, s := range sheets {
			if !w.rows(s, yield) {
				return
			}
		}
	}}, nil
}

// allowed refuses a part that would unpack to too much. The zip reader itself refuses one that
// unpacks to more than it says.
func (w *workbook) allowed(f *zip.File, limit int64) error {
	n := f.UncompressedSize64
	if n > uint64(limit) || n > ratioFrom && n/maxRatio > f.CompressedSize64 {
		return errBomb
	}
	return nil
}

// scan walks the elements of a part; what it calls may stop it with an error (io.EOF: done).
func (w *workbook) scan(f *zip.File, limit int64, each func(xml.Token) error) error {
	if err := w.allowed(f, limit); err != nil {
		return err
	}
	rc, err := f.Open()
	if err != nil {
		return err
	}
	defer rc.Close()
	d := xml.NewDecoder(&tokenGuard{r: rc})
	d.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, errors.New("not UTF-8") }
	for {
		t, err := d.RawToken()
		if err == nil {
			err = each(t)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// tokenGuard ends a stream in which a single text or tag would fill the memory.
type tokenGuard struct {
	r   io.Reader
	run int
}

func (g *tokenGuard) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	for _, b := range p[:n] {
		if b == '<' {
			g.run = 0
		} else if g.run++; g.run > maxToken {
			return 0, errBomb
		}
	}
	return n, err
}

// named is a sheet.
type named struct {
	name, id string
	part     *zip.File
}

// sheets finds those that are not hidden.
func (w *workbook) sheets() (all []named, err error) {
	err = w.scan(w.parts["xl/workbook.xml"], maxSmall, func(t xml.Token) error {
		e, ok := t.(xml.StartElement)
		switch {
		case !ok:
		case e.Name.Local == "workbookPr":
			v := attr(e, "date1904")
			w.date1904 = v == "1" || v == "true"
		case e.Name.Local == "sheet" && (attr(e, "state") == "" || attr(e, "state") == "visible"):
			for _, a := range e.Attr {
				if a.Name.Local == "id" && a.Name.Space != "" {
					all = append(all, named{name: attr(e, "name"), id: a.Value})
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if rels := w.parts["xl/_rels/workbook.xml.rels"]; rels != nil {
		err = w.scan(rels, maxSmall, func(t xml.Token) error {
			e, ok := t.(xml.StartElement)
			if !ok || e.Name.Local != "Relationship" {
				return nil
			}
			target := attr(e, "Target")
			if !strings.HasPrefix(target, "/") {
				target = path.Join("xl", target)
			}
			for i := range all {
				if all[i].id == attr(e, "Id") {
					all[i].part = w.parts[strings.ToLower(strings.TrimPrefix(path.Clean(target), "/"))]
				}
			}
			return nil
		})
	}
	if err == nil && (len(all) == 0 || slices.ContainsFunc(all, func(s named) bool { return s.part == nil })) {
		err = errors.New("no sheet")
	}
	return all, err
}

func (w *workbook) readStrings() error {
	f := w.parts["xl/sharedstrings.xml"]
	if f == nil {
		return nil
	}
	var text textOf
	var item strings.Builder
	total := 0
	return w.scan(f, w.limits.Unpacked, func(t xml.Token) error {
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == "si" {
			item.Reset()
		}
		item.WriteString(text.next(t))
		if e, ok := t.(xml.EndElement); ok && e.Name.Local == "si" {
			if total += item.Len() + 16; total > maxStrings {
				return errTooLarge.With("limit_mb", int64(maxStrings>>20))
			}
			w.strings = append(w.strings, item.String())
		}
		return nil
	})
}

// readStyles notes which cell styles show a date.
func (w *workbook) readStyles() error {
	f := w.parts["xl/styles.xml"]
	if f == nil {
		return nil
	}
	codes := map[string]string{}
	in := false
	return w.scan(f, maxSmall, func(t xml.Token) error {
		switch e := t.(type) {
		case xml.StartElement:
			switch {
			case e.Name.Local == "numFmt":
				codes[attr(e, "numFmtId")] = attr(e, "formatCode")
			case e.Name.Local == "cellXfs":
				in = true
			case e.Name.Local == "xf" && in:
				id := attr(e, "numFmtId")
				code, custom := codes[id]
				n, _ := strconv.Atoi(id)
				w.isDate = append(w.isDate, custom && dateCode(code) || !custom && builtinDate(n))
			}
		case xml.EndElement:
			if e.Name.Local == "cellXfs" {
				in = false
			}
		}
		return nil
	})
}

// builtinDate: the numbers of formats that programs know without being told, the Chinese ones
// (27–36, 50–58) among them.
func builtinDate(n int) bool {
	return n >= 14 && n <= 22 || n >= 27 && n <= 36 || n >= 45 && n <= 47 || n >= 50 && n <= 58
}

// dateCode: a format code shows a date or time when one of its letters stands outside quotes and
// brackets.
func dateCode(code string) bool {
	var quote, bracket bool
	for i := 0; i < len(code); i++ {
		switch c := code[i]; {
		case c == '"':
			quote = !quote
		case quote:
		case c == '[':
			bracket = true
		case c == ']':
			bracket = false
		case bracket:
		case c == '\\', c == '_', c == '*':
			i++
		case strings.IndexByte("yYmMdDhHsS", c) >= 0:
			return true
		}
	}
	return false
}

// textOf follows <t>…</t> outside of <rPh>, which holds a reading aid that people do not mean.
type textOf struct{ in, reading bool }

func (x *textOf) next(t xml.Token) string {
	switch e := t.(type) {
	case xml.StartElement:
		switch e.Name.Local {
		case "t":
			x.in = true
		case "rPh":
			x.reading = true
		}
	case xml.EndElement:
		switch e.Name.Local {
		case "t":
			x.in = false
		case "rPh":
			x.reading = false
		}
	case xml.CharData:
		if x.in && !x.reading {
			return string(e)
		}
	}
	return ""
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}
