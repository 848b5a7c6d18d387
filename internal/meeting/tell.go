package meeting

import (
	"context"
	"fmt"
	"strings"
	"time"

	"wozai/internal/access"
	"wozai/internal/account"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/notice"
	"wozai/internal/org"
	"wozai/internal/words"
)

// PersonLink is one person's way into the meeting: the token goes behind "/j#" of the address.
type PersonLink struct {
	PersonID db.ID  `json:"person_id"`
	Name     string `json:"name"`
	Token    string `json:"token" doc:"shown once; a new one replaces it"`
	URL      string `json:"url" doc:"what the person opens, for a QR code"`
	Text     string `json:"text" doc:"ready to be pasted into a chat with the person"`
}

// A link is good from its making until this long after the planned end, or the real one.
const linkSlack = 6 * time.Hour

// Links makes join links for people on the list, to be pasted into a chat or printed. Who had one
// gets another, and the old one ends. At most 500 at once. join is the address that a token stands
// behind; the texts are in the actor's language.
func (s *Service) Links(ctx context.Context, actor access.Actor, id db.ID, people []db.ID, join string) (out []PersonLink, err error) {
	if len(people) > 500 {
		return nil, fault.New(fault.KindInvalid, "too_many_people").With("limit", 500)
	}
	err = s.arrange(ctx, actor, id, func(ctx context.Context, tx *change.Tx, m *Meeting, u org.Unit) error {
		out = nil
		if m.Status != Announced {
			return fault.Conflict("not_announced")
		}
		for _, person := range people {
			p, err := getParticipant(ctx, tx, id, person)
			if err != nil {
				return err
			}
			token, err := account.IssueLink(ctx, tx, id, person, m.EndsAt.Add(linkSlack))
			if err != nil {
				return err
			}
			key := "schedule.text.invite"
			if p.Observer {
				key = "schedule.text.observe"
			}
			url := join + "#" + token
			out = append(out, PersonLink{PersonID: person, Name: p.Name, Token: token, URL: url, Text: words.T(actor.Lang, key, map[string]any{
				"name": p.Name, "unit": u.Name, "theme": m.Theme, "url": url, "when": notice.When(actor.Lang, m.StartsAt.Std().In(s.Zone()))})})
		}
		return nil
	})
	return out, err
}

// LinkState is what an arranger sees of the links that were given out.
type LinkState struct {
	PersonID  db.ID   `json:"person_id" db:"person_id"`
	CreatedAt db.Time `json:"created_at" db:"created_at"`
	BoundAt   db.Time `json:"bound_at" db:"bound_at" doc:"used; null while not"`
}

func readLinks(ctx context.Context, q db.Querier, meeting db.ID) ([]LinkState, error) {
	out := []LinkState{}
	return out, db.Select(ctx, q, &out, `SELECT person_id, created_at, bound_at FROM join_link WHERE meeting_id = $1 AND revoked_at = 0 ORDER BY person_id`, meeting)
}

// Calendar is the meeting as an iCalendar file (RFC 5545) for somebody who may see it; a later
// revision replaces an earlier one in the reader's calendar. address is the meeting's page.
func (s *Service) Calendar(ctx context.Context, actor access.Actor, id db.ID, address string) (string, error) {
	m, u, err := s.seen(ctx, s.DB.Read(), actor, id)
	if err != nil {
		return "", err
	}
	if m.Practice {
		return "", fault.NotFound()
	}
	return calendarFile(m, u.Name, address, db.Now()), nil
}

func calendarFile(m Meeting, unit, address string, now db.Time) string {
	var b strings.Builder
	line := func(name, value string) { foldLine(&b, name+":"+value) }
	at := func(t db.Time) string { return t.Std().Format("20060102T150405Z") }
	method, status := "PUBLISH", "CONFIRMED"
	if m.Status == Cancelled {
		method, status = "CANCEL", "CANCELLED"
	}
	line("BEGIN", "VCALENDAR")
	line("VERSION", "2.0")
	line("PRODID", "-//Wozai//Meetings//ZH")
	line("METHOD", method)
	line("BEGIN", "VEVENT")
	line("UID", fmt.Sprintf("meeting-%d@wozai", m.ID))
	line("SEQUENCE", fmt.Sprint(m.Revision))
	line("DTSTAMP", at(now))
	line("DTSTART", at(m.StartsAt))
	line("DTEND", at(m.EndsAt))
	line("SUMMARY", icsText(m.Theme))
	line("LOCATION", icsText(strings.TrimSpace(m.Place+" "+address)))
	line("DESCRIPTION", icsText(strings.TrimSpace(unit+"\n"+m.Note+"\n"+address)))
	line("URL", address)
	line("STATUS", status)
	if m.Status != Cancelled {
		line("BEGIN", "VALARM")
		line("ACTION", "DISPLAY")
		line("DESCRIPTION", icsText(m.Theme))
		line("TRIGGER", "-PT15M")
		line("END", "VALARM")
	}
	line("END", "VEVENT")
	line("END", "VCALENDAR")
	return b.String()
}

func icsText(s string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`).Replace(s)
}

// foldLine writes a content line in pieces of at most 75 octets that do not split a character.
func foldLine(b *strings.Builder, s string) {
	n := 0
	for _, r := range s {
		size := len(string(r))
		if n+size > 75 {
			b.WriteString("\r\n ")
			n = 1
		}
		b.WriteRune(r)
		n += size
	}
	b.WriteString("\r\n")
}
