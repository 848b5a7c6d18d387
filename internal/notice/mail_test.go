package notice_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/notice"
	"wozai/internal/testkit"
)

const theme = "守望相助"

var people = map[db.ID]notice.Receiver{
	1: {Address: "zhenli@office.test", Name: "甄理", Lang: "zh-CN"},
	2: {Address: "ruth@office.test", Name: "Ruth", Lang: "en"},
	3: {Name: "无邮", Lang: "zh-CN"},
	4: {Address: "not an address", Name: "坏址", Lang: "zh-CN"},
}

type office struct {
	*testkit.Store
	t    *testing.T
	smtp *testkit.MailServer
}

var shanghai = time.FixedZone("", 8*3600)

func open(t *testing.T, s *testkit.Store, with func(*notice.MailConfig)) *office {
	t.Helper()
	o := &office{Store: s, t: t, smtp: testkit.SMTP(t)}
	c := notice.MailConfig{
		Server: o.smtp.Addr, From: "wozai@office.test", TLS: "none",
		Receiver: func(_ context.Context, id db.ID) (notice.Receiver, error) {
			r, ok := people[id]
			if !ok {
				return r, errors.New("no such person")
			}
			return r, nil
		},
		Address: func() string { return "https://wozai.test" }, Sender: func() string { return "虚构研究院" }, Zone: func() *time.Location { return shanghai },
	}
	if with != nil {
		with(&c)
	}
	m, err := notice.NewMailer(c, s.DB, s.Change, s.Jobs)
	if err != nil {
		t.Fatal(err)
	}
	s.Change.OnNotice(m.Enqueue)
	working(t, s)
	return o
}

// working works the jobs until the test ends.
func working(t *testing.T, s *testkit.Store) {
	t.Helper()
	if err := s.Jobs.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Jobs.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
}

func (o *office) tell(n change.Notice) {
	o.t.Helper()
	err := o.Change.Do(context.Background(), access.SystemActor("test"), func(ctx context.Context, tx *change.Tx) error {
		if err := tx.Audit(ctx, change.Record{Action: "test", Subject: "test"}); err != nil {
			return err
		}
		return tx.Notify(ctx, n)
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

func invitation(person db.ID) change.Notice {
	return change.Notice{PersonID: person, Kind: "meeting.invited", Subject: "meeting", SubjectID: 77,
		Params: map[string]any{"unit": "第一支部", "theme": theme, "starts_at": db.At(time.Date(2020, 2, 14, 7, 0, 0, 0, time.UTC)), "reason": "",
			"link": "https://wozai.test/join#secret"}}
}

// delivery is what became of an e-mail.
type delivery struct {
	PersonID db.ID  `db:"person_id"`
	Status   string `db:"status"`
	Reason   string `db:"reason"`
	Tries    int64  `db:"tries"`
}

// until waits for what the database says of the only mail about meeting 77.
func (o *office) until(want func(delivery) bool) delivery {
	o.t.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for {
		var all []delivery
		if err := db.Select(context.Background(), o.DB.Read(), &all, `SELECT n.person_id, d.status, d.reason, d.tries FROM delivery d JOIN notice n ON n.id = d.notice_id
			WHERE n.subject = 'meeting' AND n.subject_id = 77 AND d.channel = 'email' ORDER BY d.id`); err != nil {
			o.t.Fatal(err)
		}
		if len(all) > 0 && want(all[len(all)-1]) {
			return all[len(all)-1]
		}
		if time.Now().After(deadline) {
			o.t.Fatalf("deliveries are %+v", all)
		}
		<-time.After(20 * time.Millisecond)
	}
}

func settled(d delivery) bool { return d.Status != notice.Waiting }

func TestMailIsWordedForItsReader(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		o := open(t, s, func(c *notice.MailConfig) {
			c.Attachment = func(_ context.Context, kind string, subject db.ID) (*notice.Attachment, error) {
				if kind != "meeting.invited" || subject != 77 {
					return nil, fmt.Errorf("asked for %s %d", kind, subject)
				}
				return &notice.Attachment{Name: "meeting.ics", Type: "text/calendar", Content: []byte("BEGIN:VCALENDAR")}, nil
			}
		})
		o.tell(invitation(1))
		m := o.smtp.Next(t)
		if len(m.To) != 1 || m.To[0] != "zhenli@office.test" || m.From != "wozai@office.test" {
			t.Errorf("from %s to %v", m.From, m.To)
		}
		when := time.Date(2020, 2, 14, 7, 0, 0, 0, time.UTC).In(shanghai)
		for _, part := range []string{"text/plain", "text/html"} {
			for _, want := range []string{"甄理：您好", "第一支部", theme, fmt.Sprintf("2020年2月%d日", when.Day()), when.Format("15:04"), "https://wozai.test/meetings/77", "虚构研究院"} {
				if !strings.Contains(m.Part(part), want) {
					t.Errorf("%s lacks %q:\n%s", part, want, m.Part(part))
				}
			}
		}
		if !strings.Contains(m.Header("Subject"), theme) || m.Header("Auto-Submitted") == "" {
			t.Errorf("header: %s", m.Raw)
		}
		if m.Part("text/calendar") != "BEGIN:VCALENDAR" {
			t.Errorf("calendar: %q", m.Part("text/calendar"))
		}
		// A link that lets in whoever has it needs a kind that is marked for it.
		if strings.Contains(string(m.Raw)+m.Part("text/plain")+m.Part("text/html"), "secret") {
			t.Error("the link went out with a kind that is not sensitive")
		}
		if d := o.until(settled); d.Status != notice.Sent || d.Tries != 1 || d.PersonID != 1 {
			t.Errorf("delivery %+v", d)
		}
		o.tell(invitation(2))
		if m := o.smtp.Next(t); !strings.Contains(m.Part("text/plain"), "Dear Ruth") || !strings.Contains(m.Header("Subject"), "invited") {
			t.Errorf("English: %s\n%s", m.Header("Subject"), m.Part("text/plain"))
		}
	})
}

func TestSensitiveLinkGoesToItsOwner(t *testing.T) {
	o := open(t, testkit.SQLiteStore(t), func(c *notice.MailConfig) { c.Sensitive = []string{"meeting.invited"} })
	n := invitation(1)
	n.Params["theme"] = `<script>alert(1)</script>`
	o.tell(n)
	m := o.smtp.Next(t)
	if !strings.Contains(m.Part("text/plain"), "https://wozai.test/join#secret") || !strings.Contains(m.Part("text/plain"), "不要转发") {
		t.Errorf("no link: %s", m.Part("text/plain"))
	}
	if strings.Contains(m.Part("text/html"), "<script>") {
		t.Errorf("markup came through: %s", m.Part("text/html"))
	}
}

func TestRefusedMailIsTriedAgain(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		o := open(t, s, nil)
		o.smtp.Refuse(450, "come back later, zhenli")
		o.tell(invitation(1))
		d := o.until(func(d delivery) bool { return d.Tries > 0 })
		if d.Status != notice.Waiting || d.Reason != notice.Later {
			t.Errorf("after a 450: %+v", d)
		}
		o.smtp.Refuse(0, "")
		first := o.smtp.Next(t)
		if d := o.until(settled); d.Status != notice.Sent || d.Tries < 2 || d.Reason != "" {
			t.Errorf("after all: %+v", d)
		}
		if id := first.Header("Message-ID"); !strings.Contains(id, ".wozai@office.test") {
			t.Errorf("message id %q", id)
		}
	})
}

func TestMailThatCannotArriveIsGivenUp(t *testing.T) {
	for name, c := range map[string]struct {
		person db.ID
		code   int
		reason string
	}{
		"no address":        {3, 0, notice.NoAddress},
		"no e-mail address": {4, 0, notice.BadAddress},
		"unknown there":     {1, 550, notice.BadAddress},
	} {
		t.Run(name, func(t *testing.T) {
			o := open(t, testkit.SQLiteStore(t), nil)
			if c.code != 0 {
				o.smtp.Refuse(c.code, "no such user")
			}
			o.tell(invitation(c.person))
			if d := o.until(settled); d.Status != notice.Failed || d.Reason != c.reason {
				t.Errorf("delivery %+v, want failed for %s", d, c.reason)
			}
			if n := o.smtp.Waiting(); n != 0 {
				t.Errorf("%d mails were sent", n)
			}
		})
	}
}

func TestNobodyIsMailedForWhatWasRolledBack(t *testing.T) {
	o := open(t, testkit.SQLiteStore(t), nil)
	sentinel := errors.New("no")
	err := o.Change.Do(t.Context(), access.SystemActor("test"), func(ctx context.Context, tx *change.Tx) error {
		if err := tx.Notify(ctx, invitation(1)); err != nil {
			return err
		}
		return sentinel
	})
	if !errors.Is(err, sentinel) {
		t.Fatal(err)
	}
	// The next mail that is committed is the only one.
	o.tell(invitation(2))
	if m := o.smtp.Next(t); m.To[0] != "ruth@office.test" || o.smtp.Waiting() != 0 {
		t.Errorf("mail to %v, %d more", m.To, o.smtp.Waiting())
	}
}

func TestQuietHours(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", s, shanghai)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct{ quiet, now, until string }{
		{"", "2020-02-14 23:00", ""},
		{"22:00-07:00", "2020-02-14 21:59", ""},
		{"22:00-07:00", "2020-02-14 22:00", "2020-02-15 07:00"},
		{"22:00-07:00", "2020-02-15 06:59", "2020-02-15 07:00"},
		{"22:00-07:00", "2020-02-15 07:00", ""},
		{"12:00-14:30", "2020-02-14 13:00", "2020-02-14 14:30"},
		{"12:00-14:30", "2020-02-14 14:30", ""},
		{"12:00-14:30", "2020-02-14 03:00", ""},
		{"22:00-07:00", "2020-02-29 23:00", "2020-03-01 07:00"},
	} {
		q, err := notice.ParseQuiet(c.quiet)
		if err != nil {
			t.Fatal(err)
		}
		var want time.Time
		if c.until != "" {
			want = at(c.until)
		}
		if got := q.Until(at(c.now)); !got.Equal(want) {
			t.Errorf("%s at %s: until %s, want %s", c.quiet, c.now, got, c.until)
		}
	}
	for _, bad := range []string{"22:00", "22-7", "25:00-07:00", "22:00-22:00"} {
		if _, err := notice.ParseQuiet(bad); err == nil {
			t.Errorf("%q is taken for quiet hours", bad)
		}
	}
}

func TestMailWaitsForTheMorning(t *testing.T) {
	night := time.Now().In(shanghai)
	q := notice.Quiet{From: 22 * time.Hour, To: 7 * time.Hour}
	at := time.Date(night.Year(), night.Month(), night.Day(), 23, 0, 0, 0, shanghai)
	o := open(t, testkit.SQLiteStore(t), func(c *notice.MailConfig) { c.Quiet, c.Now = q, func() time.Time { return at } })
	later := invitation(1)
	later.Params["starts_at"] = db.At(at.Add(48 * time.Hour))
	o.tell(later)
	soon := invitation(2)
	soon.Params["starts_at"] = db.At(at.Add(time.Hour))
	o.tell(soon)
	if m := o.smtp.Next(t); m.To[0] != "ruth@office.test" {
		t.Errorf("the mail that can wait went to %v", m.To)
	}
	var n int
	var due time.Time
	if err := o.DB.Read().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM river_job WHERE kind = 'mail' AND state = 'scheduled'`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	if err := o.DB.Read().QueryRowContext(t.Context(), `SELECT scheduled_at FROM river_job WHERE kind = 'mail' AND state = 'scheduled'`).Scan(&due); err != nil {
		t.Fatal(err)
	}
	if n != 1 || !due.Equal(at.Add(8*time.Hour)) {
		t.Errorf("%d wait until %s, want one until %s", n, due, at.Add(8*time.Hour))
	}
}
