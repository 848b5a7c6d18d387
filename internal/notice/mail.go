package notice

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/riverqueue/river"
	"github.com/wneessen/go-mail"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/job"
)

// MailConfig says how notices go out by e-mail.
type MailConfig struct {
	Server   string // host:port
	User     string // "" sends without signing in
	Password string
	From     string
	TLS      string // "starttls" (required), "tls" or "none"

	// Quiet hours in which only what cannot wait is sent; the zero value has none.
	Quiet Quiet
	// Sensitive kinds may carry a link that lets in whoever has it (parameter "link"). It goes
	// into the mail of that person alone; any other kind's is left out.
	Sensitive []string

	Receiver   func(ctx context.Context, person db.ID) (Receiver, error)
	Attachment func(ctx context.Context, kind string, subject db.ID) (*Attachment, error) // nil: never any
	Address    func() string                                                              // what people type, without a slash at the end
	Sender     func() string                                                              // the organisation's name
	Zone       func() *time.Location                                                      // the installation's: times and quiet hours are said in it

	TLSConfig *tls.Config // nil: the system's authorities
	Now       func() time.Time
}

// Receiver is who gets a mail. An empty address is no error: that person has none.
type Receiver struct {
	Address, Name, Lang string
}

// Attachment is a small file that goes with a mail.
type Attachment struct {
	Name, Type string
	Content    []byte
}

// What became of a copy, in delivery.status.
const (
	Waiting = "waiting"
	Sent    = "sent"
	Failed  = "failed"
)

// Why a copy was not sent (yet), in delivery.reason.
const (
	NoAddress   = "no_address"  // the person has no e-mail address
	BadAddress  = "bad_address" // the address cannot be one, or the server will not have it
	Unreachable = "unreachable" // the mail server does not answer
	Untrusted   = "untrusted"   // the mail server's certificate is not good, so it was told nothing
	Refused     = "refused"     // the mail server refuses us: sign-in, sender, contents
	Later       = "later"       // the mail server asks to come back
)

// About half a day of trying again, at growing intervals.
const maxTries = 12

// Mailer sends copies of notices by e-mail.
type Mailer struct {
	MailConfig
	db     *db.DB
	change *change.Writer
	host   string
	port   int
}

type mailJob struct {
	Delivery db.ID `json:"delivery"`
}

// Kind implements river.JobArgs.
func (mailJob) Kind() string { return "mail" }

// NewMailer makes a mailer, which works its jobs on the queue; give its Enqueue to change.Writer.OnNotice.
func NewMailer(c MailConfig, d *db.DB, w *change.Writer, q *job.Queue) (*Mailer, error) {
	m, err := newMailer(c)
	if err != nil {
		return nil, err
	}
	m.db, m.change = d, w
	job.Work(q, m.work)
	return m, nil
}

// newMailer checks what can be checked without asking anybody.
func newMailer(c MailConfig) (*Mailer, error) {
	m := &Mailer{MailConfig: c}
	host, port, err := net.SplitHostPort(c.Server)
	if err == nil {
		m.port, err = strconv.Atoi(port)
	}
	if err != nil || host == "" {
		return nil, fmt.Errorf("--smtp must look like mail.example.org:587")
	}
	m.host = host
	if m.Now == nil {
		m.Now = time.Now
	}
	if _, err := m.client(); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	if err := mail.NewMsg().From(c.From); err != nil {
		return nil, fmt.Errorf("--smtp-from must be an e-mail address")
	}
	return m, nil
}

// Enqueue adds the e-mail of a notice to the change that makes the notice.
func (m *Mailer) Enqueue(ctx context.Context, tx *change.Tx, notice db.ID) error {
	var n Notice
	if err := db.Get(ctx, tx, &n, `SELECT kind, params FROM notice WHERE id = $1`, notice); err != nil {
		return err
	}
	opts := &river.InsertOpts{MaxAttempts: maxTries + 3} // the last word is ours: see fail
	if until := m.Quiet.Until(m.Now().In(m.Zone())); !until.IsZero() && !beginsBefore(n.ParamText, until) {
		opts.ScheduledAt = until
	}
	id := tx.NewID()
	if err := tx.Exec(ctx, `INSERT INTO delivery (id, notice_id, channel, status, tries, reason, at) VALUES ($1, $2, 'email', 'waiting', 0, '', $3)`,
		id, notice, tx.Now()); err != nil {
		return err
	}
	return tx.Enqueue(ctx, mailJob{Delivery: id}, opts)
}

// beginsBefore reports that a notice is about something that begins before the night is over.
func beginsBefore(params string, until time.Time) bool {
	var p struct {
		StartsAt db.Time `json:"starts_at"`
	}
	return json.Unmarshal([]byte(params), &p) == nil && p.StartsAt != 0 && p.StartsAt.Std().Before(until.Add(time.Hour))
}

func (m *Mailer) work(ctx context.Context, j mailJob) error {
	var d struct {
		Notice
		PersonID db.ID  `db:"person_id"`
		Status   string `db:"status"`
		Tries    int64  `db:"tries"`
	}
	found, err := db.Find(ctx, m.db.Read(), &d, `SELECT n.id, n.kind, n.params, n.subject, n.subject_id, n.person_id, n.created_at, d.status, d.tries
		FROM delivery d JOIN notice n ON n.id = d.notice_id WHERE d.id = $1`, j.Delivery)
	if err != nil || !found || d.Status != Waiting {
		return err // sent or given up by an earlier run that did not live to say so
	}
	to, err := m.Receiver(ctx, d.PersonID)
	if err != nil {
		return err
	}
	if to.Address == "" {
		return m.settle(ctx, j.Delivery, Failed, NoAddress, d.Tries)
	}
	if err := json.Unmarshal([]byte(d.ParamText), &d.Params); err != nil {
		return err
	}
	if !slices.Contains(m.Sensitive, d.Kind) {
		delete(d.Params, "link")
	}
	msg, err := m.compose(ctx, d.Notice, j.Delivery, to)
	if errors.Is(err, errAddress) {
		return m.settle(ctx, j.Delivery, Failed, BadAddress, d.Tries)
	}
	if err != nil {
		return err
	}
	c, err := m.client()
	if err != nil {
		return err
	}
	tries := d.Tries + 1
	if err := c.DialAndSendWithContext(ctx, msg); err != nil {
		reason, final := judge(err)
		if final || tries >= maxTries {
			return m.settle(ctx, j.Delivery, Failed, reason, tries)
		}
		if err := m.settle(ctx, j.Delivery, Waiting, reason, tries); err != nil {
			return err
		}
		return errors.New("mail: " + reason) // the server's own words may name the receiver
	}
	// The mail is out. If saying so fails, it goes out again under the same Message-ID.
	return m.settle(ctx, j.Delivery, Sent, "", tries)
}

// judge tells what is the matter, and whether trying again is of no use.
func judge(err error) (reason string, final bool) {
	var untrusted *tls.CertificateVerificationError
	if errors.As(err, &untrusted) {
		return Untrusted, false
	}
	var s *mail.SendError
	if !errors.As(err, &s) {
		return Unreachable, false
	}
	code := s.ErrorCode()
	switch {
	case code >= 400 && code < 500:
		return Later, false
	case s.Reason == mail.ErrSMTPRcptTo && code >= 500:
		return BadAddress, true
	case code >= 500:
		return Refused, true
	}
	return Unreachable, false
}

func (m *Mailer) settle(ctx context.Context, id db.ID, status, reason string, tries int64) error {
	return settle(ctx, m.change, id, status, reason, tries)
}

func settle(ctx context.Context, w *change.Writer, id db.ID, status, reason string, tries int64) error {
	return w.Do(ctx, access.SystemActor("job"), func(ctx context.Context, tx *change.Tx) error {
		tx.AppendOnly() // the row is the record of what became of the copy
		return tx.Exec(ctx, `UPDATE delivery SET status = $1, reason = $2, tries = $3, at = $4 WHERE id = $5`, status, reason, tries, tx.Now(), id)
	})
}

func (m *Mailer) client() (*mail.Client, error) {
	opts := []mail.Option{mail.WithPort(m.port), mail.WithTimeout(30 * time.Second)}
	switch m.TLS {
	case "tls":
		opts = append(opts, mail.WithSSL())
	case "none":
		opts = append(opts, mail.WithTLSPolicy(mail.NoTLS))
	default:
		opts = append(opts, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if m.User != "" {
		opts = append(opts, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(m.User), mail.WithPassword(m.Password))
	}
	if m.TLSConfig != nil {
		t := m.TLSConfig.Clone()
		if t.ServerName == "" {
			t.ServerName = m.host
		}
		opts = append(opts, mail.WithTLSConfig(t))
	}
	return mail.NewClient(m.host, opts...)
}

// CheckServer signs in to the mail server and sends nothing; for `wozai doctor`. It returns a
// *tls.CertificateVerificationError for a certificate that is not good.
func CheckServer(ctx context.Context, c MailConfig) error {
	m, err := newMailer(c)
	if err != nil {
		return err
	}
	client, err := m.client()
	if err != nil {
		return err
	}
	if err := client.DialWithContext(ctx); err != nil {
		return err
	}
	return client.Close()
}
