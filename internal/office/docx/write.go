package docx

import (
	"archive/zip"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Write writes the document as .docx. The same document gives the same bytes.
func Write(w io.Writer, d Doc) error {
	x := &writer{english: d.Lang == "en"}
	x.document(d)
	z := zip.NewWriter(w)
	for _, part := range []struct{ name, text string }{
		{"[Content_Types].xml", contentTypes},
		{"_rels/.rels", packageRels},
		{"docProps/core.xml", coreProperties(d)},
		{"word/document.xml", documentHead + x.b.String() + section + documentTail},
		{"word/_rels/document.xml.rels", documentRels},
		{"word/styles.xml", styles},
		{"word/settings.xml", settings},
		{"word/fontTable.xml", fontTable},
		{"word/footer1.xml", footer("right")},
		{"word/footer2.xml", footer("left")},
	} {
		f, err := z.CreateHeader(&zip.FileHeader{Name: part.name, Method: zip.Deflate})
		if err != nil {
			return err
		}
		if _, err := io.WriteString(f, part.text); err != nil {
			return err
		}
	}
	return z.Close()
}

type writer struct {
	b       strings.Builder
	english bool
	counts  [4]int // of headings, by level
}

// char is the advance of one character of the body in twentieths of a point: 16 pt, set 5
// closer, so that 28 of them fill 156 mm.
const char = 320 - 5

func (x *writer) document(d Doc) {
	if m := d.Masthead; m != nil {
		x.masthead(*m)
	}
	if d.Title != "" {
		for line := range strings.SplitSeq(d.Title, "\n") {
			x.para("Title", "", run{text: line})
		}
	}
	if d.Subtitle != "" {
		x.para("Subtitle", "", run{text: d.Subtitle})
	}
	if d.Title != "" || d.Subtitle != "" {
		x.blank(1)
	}
	if d.Recipient != "" {
		x.para("Flush", "", run{text: d.Recipient + x.colon()})
	}
	for _, b := range d.Body {
		b.write(x)
	}
	x.attachments(d.Attachments)
	if d.Signature != nil {
		x.signature(*d.Signature)
	}
	if len(d.Attendance) > 0 {
		x.blank(1)
		for _, a := range d.Attendance {
			x.attendance(a)
		}
	}
}

func (x *writer) masthead(m Masthead) {
	// As large as one line allows, at most 36 pt.
	size := min(72, int(442*2/max(1, chars(m.Name))))
	x.para("Masthead", "", run{text: m.Name, props: fmt.Sprintf(`<w:sz w:val="%d"/><w:szCs w:val="%[1]d"/>`, size)})
	if m.Issue != "" {
		x.para("Centred", "", run{text: m.Issue})
	}
	props := `<w:pBdr><w:bottom w:val="single" w:sz="12" w:space="4" w:color="FF0000"/></w:pBdr><w:tabs><w:tab w:val="right" w:pos="8844"/></w:tabs>`
	x.para("Flush", props, run{text: m.Unit}, run{tab: true}, run{text: m.Date})
	x.blank(2)
}

func (h Heading) write(x *writer) {
	level := min(max(h.Level, 1), 4)
	x.counts[level-1]++
	for i := level; i < len(x.counts); i++ {
		x.counts[i] = 0
	}
	x.para(fmt.Sprintf("Heading%d", level), "", run{text: x.number(level) + h.Text})
}

func (x *writer) number(level int) string {
	n := x.counts[level-1]
	if x.english {
		parts := make([]string, level)
		for i := range parts {
			parts[i] = fmt.Sprint(max(x.counts[i], 1))
		}
		if level == 1 {
			return parts[0] + ". "
		}
		return strings.Join(parts, ".") + " "
	}
	switch level {
	case 1:
		return numeral(n) + "、"
	case 2:
		return "（" + numeral(n) + "）"
	case 3:
		return fmt.Sprintf("%d.", n)
	}
	return fmt.Sprintf("（%d）", n)
}

// numeral writes 1 to 99 in Chinese.
func numeral(n int) string {
	digit := []string{"", "一", "二", "三", "四", "五", "六", "七", "八", "九"}
	switch {
	case n < 10:
		return digit[n]
	case n < 20:
		return "十" + digit[n-10]
	case n < 100:
		return digit[n/10] + "十" + digit[n%10]
	}
	return fmt.Sprint(n)
}

func (p Paragraph) write(x *writer) {
	lead := p.Lead
	for line := range strings.SplitSeq(p.Text, "\n") {
		if line = strings.TrimSpace(line); line == "" && lead == "" {
			continue
		}
		x.para("Body", "", run{text: lead, props: "<w:b/>"}, run{text: line})
		lead = ""
	}
}

// attachments: a line below the text, two characters in; further lines begin below the first name.
func (x *writer) attachments(names []string) {
	if len(names) == 0 {
		return
	}
	x.blank(1)
	label := "附件" + x.colon()
	if x.english {
		label = "Attachments: "
	}
	for i, name := range names {
		before := chars(label)
		if i > 0 {
			label = ""
		}
		number := ""
		if len(names) > 1 {
			number = fmt.Sprintf("%d.", i+1)
		}
		hang := chars(number)
		if i == 0 {
			hang += before
		}
		left := 2 + chars("附件：") + chars(number)
		if x.english {
			left = 2 + chars("Attachments: ") + chars(number)
		}
		x.para("Flush", hanging(left, hang), run{text: label + number + name})
	}
}

// signature: two characters from the right, the date below beginning two characters further
// right; where the date is the longer of them, it is the one that keeps two characters.
func (x *writer) signature(s Signature) {
	date := fmt.Sprintf("%d年%d月%d日", s.Date.Year(), int(s.Date.Month()), s.Date.Day())
	if x.english {
		date = s.Date.Format("2 January 2006")
	}
	n, m := chars(s.Unit), chars(date)
	unitRight, dateRight := 2.0, n-m
	if m > n {
		unitRight, dateRight = m+4-n, 2
	}
	if n > 24 { // fills the line: nothing to shift against
		unitRight, dateRight = 0, 2
	}
	x.blank(1)
	x.para("Flush", keep+fromRight(unitRight), run{text: s.Unit})
	x.para("Flush", fromRight(dateRight), run{text: date})
}

func (x *writer) attendance(a Attendance) {
	label := a.Label + x.colon()
	between := "、"
	if x.english {
		between = ", "
	}
	x.para("Flush", hanging(2+chars(label), chars(label)), run{text: label, props: fonts("黑体")}, run{text: strings.Join(a.Names, between)})
}

func (x *writer) colon() string {
	if x.english {
		return ": "
	}
	return "："
}

type run struct {
	text  string
	props string // of the run, as XML
	tab   bool
}

// para writes a paragraph in a style, with further properties as XML.
func (x *writer) para(style, props string, runs ...run) {
	fmt.Fprintf(&x.b, `<w:p><w:pPr><w:pStyle w:val="%s"/>%s</w:pPr>`, style, props)
	for _, r := range runs {
		switch {
		case r.tab:
			x.b.WriteString(`<w:r><w:tab/></w:r>`)
		case r.text != "":
			x.b.WriteString(`<w:r>`)
			if !x.english && !strings.Contains(r.props, "<w:rFonts") && strings.ContainsAny(r.text, "“”‘’…—·") {
				// Signs that both scripts have are Chinese here, as wide as a character.
				r.props = `<w:rFonts w:hint="eastAsia"/>` + r.props
			}
			if r.props != "" {
				x.b.WriteString(`<w:rPr>` + r.props + `</w:rPr>`)
			}
			x.b.WriteString(`<w:t xml:space="preserve">` + escape(r.text) + `</w:t></w:r>`)
		}
	}
	x.b.WriteString(`</w:p>`)
}

func (x *writer) blank(lines int) {
	for range lines {
		x.para("Flush", "")
	}
}

const keep = `<w:keepNext/>`

// hanging indents: the whole by left characters, the first line back by hang of them.
func hanging(left, hang float64) string {
	return fmt.Sprintf(`<w:ind w:left="%d" w:hanging="%d"/>`, int(left*char), int(hang*char))
}

func fromRight(n float64) string {
	return fmt.Sprintf(`<w:ind w:right="%d"/><w:jc w:val="right"/>`, int(max(n, 0)*char))
}

func fonts(eastAsia string) string {
	return fmt.Sprintf(`<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="%s" w:cs="Times New Roman"/>`, eastAsia)
}

// chars is how many characters wide a text stands; letters and digits take half of one.
func chars(s string) float64 {
	n := 0.0
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth, width.EastAsianAmbiguous:
			n++
		default:
			n += 0.5
		}
	}
	return n
}

// escape leaves out what XML cannot hold; a line break becomes a blank.
func escape(s string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "") {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '\n' || r == '\t':
			b.WriteByte(' ')
		case r < ' ' || r == 0xfffe || r == 0xffff || r == utf8.RuneError:
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func coreProperties(d Doc) string {
	title := strings.ReplaceAll(d.Title, "\n", "")
	if title == "" && d.Masthead != nil {
		title = d.Masthead.Name
	}
	created := ""
	if !d.Written.IsZero() {
		created = `<dcterms:created xsi:type="dcterms:W3CDTF">` + d.Written.UTC().Format(time.RFC3339) + `</dcterms:created>`
	}
	return xmlHead + `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>` +
		escape(title) + `</dc:title>` + created + `</cp:coreProperties>`
}
