package meeting

import (
	"fmt"
	"strings"
	"time"

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
	From  string // who signs it
	Date  string
	At    time.Time // for the file's properties
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
		fmt.Fprintf(&b, "%s\n", d.To)
	}
	for _, p := range d.Body {
		if p.Heading {
			fmt.Fprintf(&b, "\n%s\n", p.Text)
			continue
		}
		fmt.Fprintf(&b, "  %s\n", p.Text)
	}
	fmt.Fprintf(&b, "\n%s\n%s\n", d.From, d.Date)
	return b.String()
}

// body numbers the sections' headings and sets their lines and prose below them. A section with
// nothing in it is left out.
func (c composer) body(sections []RecordSection) (out []Paragraph) {
	numerals := strings.Fields(c.say("numeral"))
	n := 0
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
		numeral := ""
		if n < len(numerals) {
			numeral = numerals[n]
		}
		n++
		out = append(out, Paragraph{Heading: true, Text: numeral + c.gap() + s.Name})
		out = append(out, paragraphs...)
	}
	return out
}

// minutes is the 纪要.
func (c composer) minutes(sections []RecordSection, at db.Time) Official {
	return Official{Kind: "minutes", Lang: c.facts.Lang, Title: c.title("minutes"), Body: c.body(sections), From: c.facts.Unit.Name, Date: c.date(at), At: at.Std()}
}

// report is the 情况报告 to the level above.
func (c composer) report(sections []RecordSection, to string, at db.Time) Official {
	d := Official{Kind: "report", Lang: c.facts.Lang, Title: c.title("report"), Body: c.body(sections), From: c.facts.Unit.Name, Date: c.date(at), At: at.Std()}
	if to != "" {
		d.To = c.say("salutation", "unit", to)
	}
	d.Body = append(d.Body, Paragraph{Text: c.say("closing")})
	return d
}

// sheet is the attendance, a row a person of the list.
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
	for _, k := range []string{"name", "status", "votes", "hows", "first", "last", "minutes", "late", "left_early", "reason", "granted", "stated"} {
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
		first, last, reason, granted := "", "", "", ""
		if n := len(a.Spans); n > 0 {
			first, last = c.clock(a.Spans[0].From), c.clock(a.Spans[n-1].To)
		}
		if a.Reason != nil {
			reason = a.Reason.Name
		}
		if a.GrantedBy != nil {
			granted = a.GrantedBy.Name
		}
		t.Rows = append(t.Rows, []any{a.Name, say(status), yes(a.Votes), strings.Join(hows, c.say("list.names")), first, last, (a.Seconds + 59) / 60,
			yes(a.Late), yes(a.LeftEarly), reason, granted, yes(a.Stated)})
	}
	return t
}

// fileName is safe in every file system and says what it is.
func fileName(title, extension string) string {
	clean := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return '_'
		}
		return r
	}, title)
	runes := []rune(strings.Trim(clean, " ._"))
	if len(runes) > 80 {
		runes = runes[:80]
	}
	if len(runes) == 0 {
		runes = []rune(words.T(words.Chinese, "record.corrections", nil))
	}
	return string(runes) + extension
}
