package notice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"wozai/internal/db"
	"wozai/internal/words"
)

var errAddress = errors.New("mail: not an address")

// letter is what a mail says, before it is text or HTML.
type letter struct {
	Lang     string
	Greeting string
	Lines    []string
	Button   string
	Link     string
	Footer   string
}

var page = template.Must(template.New("").Parse(`<!doctype html><html lang="{{.Lang}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head>
<body style="margin:0;padding:24px;background:#f8f5ef;color:#22252b;font:16px/1.6 -apple-system,'Segoe UI','PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif">
<div style="max-width:34rem;margin:0 auto;padding:24px;background:#fffdf9;border:1px solid #e6dfd2;border-radius:12px">
<p>{{.Greeting}}</p>
{{range .Lines}}<p>{{.}}</p>
{{end}}{{if .Link}}<p><a href="{{.Link}}" style="display:inline-block;padding:12px 24px;border-radius:8px;background:#23456f;color:#fff;text-decoration:none;font-weight:600">{{.Button}}</a></p>
<p style="color:#63666d;font-size:14px;word-break:break-all">{{.Link}}</p>{{end}}
</div>
<p style="max-width:34rem;margin:16px auto;color:#63666d;font-size:14px">{{.Footer}}</p>
</body></html>
`))

func (l letter) text() string {
	var b strings.Builder
	b.WriteString(l.Greeting + "\n\n")
	for _, line := range l.Lines {
		b.WriteString(line + "\n\n")
	}
	if l.Link != "" {
		b.WriteString(l.Button + "\n" + l.Link + "\n\n")
	}
	b.WriteString("-- \n" + l.Footer + "\n")
	return b.String()
}

// write words a notice in the receiver's language.
func (m *Mailer) write(n Notice, to Receiver) (subject string, l letter) {
	params := map[string]any{}
	for k, v := range n.Params {
		params[k] = v
	}
	if s, ok := params["starts_at"].(string); ok {
		params["starts_at"] = at(to.Lang, s, m.Zone())
	}
	if s, ok := params["due_on"].(string); ok {
		params["due_on"] = day(to.Lang, s)
	}
	say := func(key string) string { return words.T(to.Lang, "notice.mail."+key, params) }
	line := Text(to.Lang, n.Kind, params)
	l = letter{Lang: to.Lang, Greeting: words.T(to.Lang, "notice.mail.greeting", map[string]any{"name": to.Name}), Lines: []string{line},
		Footer: words.T(to.Lang, "notice.mail.footer", map[string]any{"sender": m.Sender()})}
	if reason, _ := params["reason"].(string); reason != "" {
		l.Lines = append(l.Lines, say("reason"))
	}
	if link, _ := params["link"].(string); link != "" {
		l.Link, l.Button = link, say("join")
		l.Lines = append(l.Lines, say("own"))
	} else if path := PathOf(n.Subject, n.SubjectID); path != "" {
		l.Link, l.Button = m.Address()+path, say("open")
	}
	return line, l
}

// Text is a notice in one sentence; a reminder brings its own words along (parameters "zh", "en").
func Text(lang, kind string, params map[string]any) string {
	own, _ := params["zh"].(string)
	if lang == words.English {
		own, _ = params["en"].(string)
	}
	if own != "" {
		params["words"] = own
	}
	if !words.Has("notice." + kind) {
		kind = "other"
	}
	return words.T(lang, "notice."+kind, params)
}

// PathOf is the page that shows a notice's subject; "" opens nothing.
func PathOf(subject string, id db.ID) string {
	switch subject {
	case "meeting", "meeting_leave":
		return "/meetings/" + id.String()
	case "record":
		return "/meetings/" + id.String() + "/record"
	case "dispatch", "dispatch_asked":
		return "/dispatches/" + id.String()
	case "rollcall":
		return "/rollcalls/periods/" + id.String() + "/for-me"
	case "duty":
		return "/units/" + id.String()
	case "action", "submission":
		return "/" // the home page asks for it
	}
	return ""
}

func at(lang, rfc3339 string, zone *time.Location) string {
	t, err := time.Parse(time.RFC3339, rfc3339)
	if err != nil {
		return rfc3339
	}
	return When(lang, t.In(zone))
}

func day(lang, date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	if lang == words.English {
		return t.Format("2 January 2006")
	}
	return fmt.Sprintf("%d年%d月%d日", t.Year(), t.Month(), t.Day())
}

// When words an instant in its own time zone, with its day of the week.
func When(lang string, t time.Time) string {
	if lang == words.English {
		return t.Format("Monday 2 January 2006, 15:04")
	}
	return fmt.Sprintf("%d年%d月%d日（星期%s）%s", t.Year(), t.Month(), t.Day(), []string{"日", "一", "二", "三", "四", "五", "六"}[t.Weekday()], t.Format("15:04"))
}

// subjectRunes keeps a long theme from filling the list of mails; the whole is in the text.
const subjectRunes = 70

func (m *Mailer) compose(ctx context.Context, n Notice, delivery db.ID, to Receiver) (*mail.Msg, error) {
	msg := mail.NewMsg()
	if err := msg.To(to.Address); err != nil {
		return nil, errAddress
	}
	if err := msg.FromFormat(m.Sender(), m.From); err != nil {
		return nil, err
	}
	subject, l := m.write(n, to)
	if r := []rune(subject); len(r) > subjectRunes {
		subject = string(r[:subjectRunes-1]) + "…"
	}
	msg.Subject(strings.Join(strings.Fields(subject), " "))
	_, domain, _ := strings.Cut(m.From, "@")
	// The same for every try, so that a receiver can tell a second copy.
	msg.SetMessageIDWithValue(fmt.Sprintf("%s.wozai@%s", delivery, domain))
	msg.SetDateWithValue(n.CreatedAt.Std())
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // no answers from holiday notes
	msg.SetBodyString(mail.TypeTextPlain, l.text())
	var html bytes.Buffer
	if err := page.Execute(&html, l); err != nil {
		return nil, err
	}
	msg.AddAlternativeString(mail.TypeTextHTML, html.String())
	if m.Attachment != nil {
		a, err := m.Attachment(ctx, n.Kind, n.SubjectID)
		if err != nil {
			return nil, err
		}
		if a != nil {
			if err := msg.AttachReader(a.Name, bytes.NewReader(a.Content), mail.WithFileContentType(mail.ContentType(a.Type))); err != nil {
				return nil, err
			}
		}
	}
	return msg, nil
}
