package meeting

import (
	"fmt"
	"strings"
	"time"

	"wozai/internal/blob"
	"wozai/internal/db"
	"wozai/internal/words"
)

// RecordOffice makes files of documents; package office implements it. The same document gives the
// same bytes.
type RecordOffice interface {
	// Official is a .docx in the form of an official document (GB/T 9704).
	Official(d Official) ([]byte, error)
	// Sheet is an .xlsx of one table.
	Sheet(t Sheet) ([]byte, error)
}

// Official is the text of an official document.
type Official struct {
	Kind  string // "minutes", "report"
	Lang  string
	Title string
	To    string // whom it addresses; "" nobody
	Body  []Paragraph
	Lists []NameList // who was present, after everything else
	From  string     // who signs it
	Date  string
	At    time.Time // the day of the signature, and for the file's properties

	numerals []string
}

// NameList is a line of names: "出席", and who.
type NameList struct {
	Label string
	Names []string
}

// Paragraph is a heading or a paragraph.
type Paragraph struct {
	Heading bool
	Text    string
}

// Sheet is a table; the first row is the head.
type Sheet struct {
	Title string
	Lang  string
	Rows  [][]any // string or int
	At    time.Time
}

// Text is the document as plain text, for previews and for reading it aloud.
func (d Official) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", d.Title)
	if d.To != "" {
		fmt.Fprintf(&b, "%s\n", words.T(d.Lang, "record.salutation", map[string]any{"unit": d.To}))
	}
	n := 0
	for _, p := range d.Body {
		if p.Heading {
			numeral := ""
			if n < len(d.numerals) {
				numeral = d.numerals[n]
			}
			n++
			fmt.Fprintf(&b, "\n%s%s\n", numeral, p.Text)
			continue
		}
		fmt.Fprintf(&b, "  %s\n", p.Text)
	}
	fmt.Fprintf(&b, "\n%s\n%s\n", d.From, d.Date)
	for _, l := range d.Lists {
		fmt.Fprintf(&b, "%s %s\n", l.Label, strings.Join(l.Names, " "))
	}
	return b.String()
}

// body sets the sections' headings with their lines and prose below them. A section with nothing in
// it is left out.
func (c composer) body(sections []RecordSection) (out []Paragraph) {
	for _, s := range sections {
		var paragraphs []Paragraph
		add := func(text string) {
			for _, line := range strings.Split(text, "\n") {
				if line = strings.TrimSpace(line); line != "" {
					paragraphs = append(paragraphs, Paragraph{Text: line})
				}
			}
		}
		for _, l := range s.Lines {
			add(l)
		}
		for _, p := range s.Parts {
			add(p.Line)
			add(p.Text.Text)
		}
		add(s.Text.Text)
		if len(paragraphs) == 0 {
			continue
		}
		out = append(out, Paragraph{Heading: true, Text: s.Name})
		out = append(out, paragraphs...)
	}
	return out
}

// numerals are how headings are numbered in plain text.
func (c composer) numerals() []string {
	out := strings.Fields(c.say("numeral"))
	for i := range out {
		out[i] += c.gap()
	}
	return out
}

// minutes is the 纪要. Who was present stands at its end, as the standard has it.
func (c composer) minutes(sections []RecordSection, at db.Time) Official {
	d := Official{Kind: "minutes", Lang: c.facts.Lang, Title: c.title("minutes"), From: c.facts.Unit.Name, Date: c.date(at), At: at.Std().In(c.zone), numerals: c.numerals()}
	var body []RecordSection
	for _, s := range sections {
		if s.Key != "attendance" {
			body = append(body, s)
			continue
		}
		d.Lists = c.nameLists()
		if s.Text.Text != "" {
			s.Lines = nil
			body = append(body, s)
		}
	}
	d.Body = c.body(body)
	return d
}

// nameLists are those present, excused, absent and attending without a vote.
func (c composer) nameLists() (out []NameList) {
	by := map[string][]string{}
	for _, a := range c.facts.Attendance.People {
		key := ""
		switch {
		case a.Status == AttPresent && a.Observer:
			key = "observer"
		case a.Status == AttPresent:
			key = "present"
		case a.Due && a.Status == AttExcused:
			key = "excused"
		case a.Due:
			key = "absent"
		}
		if key != "" {
			by[key] = append(by[key], a.Name)
		}
	}
	for _, key := range []string{"present", "excused", "absent", "observer"} {
		if len(by[key]) > 0 {
			out = append(out, NameList{c.say("list_of." + key), by[key]})
		}
	}
	return out
}

// report is the 情况报告 to the level above.
func (c composer) report(sections []RecordSection, to string, at db.Time) Official {
	d := Official{Kind: "report", Lang: c.facts.Lang, Title: c.title("report"), To: to, Body: c.body(sections), From: c.facts.Unit.Name, Date: c.date(at), At: at.Std().In(c.zone), numerals: c.numerals()}
	d.Body = append(d.Body, Paragraph{Text: c.say("closing")})
	return d
}

// sheet is the attendance, a row a person of the list; like the lines it does not say why somebody was excused.
func (c composer) sheet(at db.Time) Sheet {
	say := func(key string) string { return c.say("sheet." + key) }
	yes := func(b bool) string {
		if b {
			return say("yes")
		}
		return ""
	}
	t := Sheet{Title: c.title("attendance"), Lang: c.facts.Lang, At: at.Std()}
	head := []any{}
	for _, k := range []string{"name", "status", "votes", "hows", "first", "last", "minutes", "late", "left_early", "granted", "stated"} {
		head = append(head, say(k))
	}
	t.Rows = append(t.Rows, head)
	for _, a := range c.facts.Attendance.People {
		status := string(a.Status)
		if a.Status == AttPresent && !a.Due {
			status = "guest"
			if a.Observer {
				status = "observer"
			}
		}
		hows := []string{}
		for _, h := range a.Hows {
			hows = append(hows, c.say("how_word."+string(h)))
		}
		first, last, granted := "", "", ""
		if n := len(a.Spans); n > 0 {
			first, last = c.clock(a.Spans[0].From), c.clock(a.Spans[n-1].To)
		}
		if a.GrantedBy != nil {
			granted = a.GrantedBy.Name
		}
		t.Rows = append(t.Rows, []any{a.Name, say(status), yes(a.Votes), strings.Join(hows, c.say("list.names")), first, last, (a.Seconds + 59) / 60,
			yes(a.Late), yes(a.LeftEarly), granted, yes(a.Stated)})
	}
	return t
}

// fileName is safe in every file system and says what it is.
func fileName(title, extension string) string {
	name := blob.Safe(title, 80)
	if name == "" {
		name = words.T(words.Chinese, "record.corrections", nil)
	}
	return name + extension
}
