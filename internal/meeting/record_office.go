package meeting

import (
	"bytes"

	"wozai/internal/office/docx"
	"wozai/internal/office/sheet"
)

// OfficeFiles makes the documents as files: .docx by GB/T 9704, .xlsx.
type OfficeFiles struct{}

// Official implements RecordOffice.
func (OfficeFiles) Official(d Official) ([]byte, error) {
	out := docx.Doc{Lang: d.Lang, Recipient: d.To, Written: d.At}
	if d.Kind == "minutes" {
		out.Masthead = &docx.Masthead{Name: d.Title, Unit: d.From, Date: d.Date}
	} else {
		out.Title, out.Signature = d.Title, &docx.Signature{Unit: d.From, Date: d.At}
	}
	for _, p := range d.Body {
		if p.Heading {
			out.Body = append(out.Body, docx.Heading{Level: 1, Text: p.Text})
		} else {
			out.Body = append(out.Body, docx.Paragraph{Text: p.Text})
		}
	}
	for _, l := range d.Lists {
		out.Attendance = append(out.Attendance, docx.Attendance{Label: l.Label, Names: l.Names})
	}
	var b bytes.Buffer
	err := docx.Write(&b, out)
	return b.Bytes(), err
}

// Sheet implements RecordOffice.
func (OfficeFiles) Sheet(t Sheet) ([]byte, error) {
	book, err := sheet.NewBook()
	if err != nil {
		return nil, err
	}
	defer book.Close() //nolint:errcheck // temporary files
	var columns []sheet.Column
	for i, h := range t.Rows[0] {
		c := sheet.Column{Title: h.(string)}
		if len(t.Rows) > 1 {
			if _, number := t.Rows[1][i].(int); number {
				c.Kind = sheet.Integer
			}
		}
		columns = append(columns, c)
	}
	s, err := book.Sheet(t.Title, columns)
	if err != nil {
		return nil, err
	}
	for _, row := range t.Rows[1:] {
		if err := s.Row(row...); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	_, err = book.WriteTo(&b)
	return b.Bytes(), err
}
