package notice

import (
	"context"
	"crypto/ecdh"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	webpush "github.com/SherClockHolmes/webpush-go"
	"github.com/riverqueue/river"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/job"
	"wozai/internal/secret"
	"wozai/internal/words"
)

// PushConfig says how urgent notices reach browsers that are closed (web push, RFC 8030, 8291, 8292).
type PushConfig struct {
	Secret   *secret.Box
	Outside  *Outside
	Receiver func(ctx context.Context, person db.ID) (Receiver, error)
	// Rings reports whether a person may be rung at an instant: not busy, not off, no quiet hours.
	Rings   func(ctx context.Context, person db.ID, at time.Time) (bool, error)
	Address func() string // what people type
	Contact string        // an e-mail address for push services, where Address is not https
}

// Pusher keeps who is rung by web push, and rings them. What goes to the push service is encrypted for
// the browser, and says even there only that somebody is looking for its owner.
type Pusher struct {
	PushConfig
	db     *db.DB
	change *change.Writer
	keys   func(ctx context.Context) (vapid, error)
}

type pushJob struct {
	Delivery     db.ID `json:"delivery"`
	Subscription db.ID `json:"subscription"`
}

// Kind implements river.JobArgs.
func (pushJob) Kind() string { return "push" }

const (
	pushTries = 5                // about six minutes: later nobody is helped
	pushKept  = 30 * time.Minute // for a telephone that is off or has no network
)

// Why a ring was not sent, besides those of mails.
const (
	AtPeace = "at_peace" // busy, off, or in quiet hours: the inbox has it
	Settled = "settled"  // somebody else was faster
	Gone    = "gone"     // the browser lets nobody ring any more
)

// NewPusher makes a pusher, which works its jobs on the queue; give its Enqueue to change.Writer.OnNotice.
func NewPusher(c PushConfig, d *db.DB, w *change.Writer, q *job.Queue) *Pusher {
	p := &Pusher{PushConfig: c, db: d, change: w}
	var once sync.Mutex
	var kept vapid
	p.keys = func(ctx context.Context) (vapid, error) {
		once.Lock()
		defer once.Unlock()
		if kept.Public != "" {
			return kept, nil
		}
		k, err := p.readKeys(ctx)
		if err == nil {
			kept = k
		}
		return k, err
	}
	job.Work(q, p.work)
	return p
}

type vapid struct{ Public, private string }

const pushKeyID = 1

// readKeys reads the installation's keys, or makes them.
func (p *Pusher) readKeys(ctx context.Context) (vapid, error) {
	aad := secret.AAD("push_key", "sealed", pushKeyID)
	var row struct {
		Public string `db:"public"`
		Sealed []byte `db:"sealed"`
	}
	find := func() (bool, error) {
		return db.Find(ctx, p.db.Read(), &row, `SELECT public, sealed FROM push_key WHERE id = $1`, pushKeyID)
	}
	found, err := find()
	if err == nil && !found {
		private, public, e := webpush.GenerateVAPIDKeys()
		if e != nil {
			return vapid{}, e
		}
		sealed, e := p.Secret.Seal("push", aad, []byte(private))
		if e != nil {
			return vapid{}, e
		}
		err = p.change.Do(ctx, access.SystemActor("push"), func(ctx context.Context, tx *change.Tx) error {
			if err := tx.Exec(ctx, `INSERT INTO push_key (id, public, sealed, created_at) VALUES ($1, $2, $3, $4)`, pushKeyID, public, sealed, tx.Now()); err != nil {
				return err
			}
			return tx.Audit(ctx, change.Record{Action: "push.key", Subject: "push_key", SubjectID: pushKeyID})
		})
		if db.IsUnique(err) { // another node was first: its keys are the installation's
			err = nil
		}
		if err == nil {
			_, err = find()
		}
	}
	if err != nil {
		return vapid{}, err
	}
	private, err := p.Secret.Open("push", aad, row.Sealed)
	return vapid{row.Public, string(private)}, err
}

// Subscription is a browser that may be rung, as its person sees it.
type Subscription struct {
	ID        db.ID   `json:"id" db:"id"`
	Host      string  `json:"host" db:"host" doc:"whose push service it is"`
	Device    string  `json:"device" db:"device"`
	CreatedAt db.Time `json:"created_at" db:"created_at"`
	Current   bool    `json:"current" db:"-" doc:"of this session"`

	Session db.ID `json:"-" db:"session_id"`
}

// Browser is what a browser gives of its own to be reached by.
type Browser struct {
	Endpoint string `json:"endpoint"`
	P256dh   string `json:"p256dh" doc:"public key, base64url"`
	Auth     string `json:"auth" doc:"shared secret, base64url"`
}

const alive = `JOIN session n ON n.id = s.session_id AND n.ended_at = 0 AND n.expires_at > $1 `

// Mine lists the actor's browsers that may be rung.
func (p *Pusher) Mine(ctx context.Context, a access.Actor) ([]Subscription, error) {
	out := []Subscription{}
	err := db.Select(ctx, p.db.Read(), &out, `SELECT s.id, s.host, n.device, s.created_at, s.session_id FROM push_subscription s `+alive+`WHERE s.person_id = $2 ORDER BY s.id`, p.change.Now(), a.PersonID)
	for i := range out {
		out[i].Current = out[i].Session == a.SessionID
	}
	return out, err
}

// Public is the key by which browsers let this installation ring and no other.
func (p *Pusher) Public(ctx context.Context) (string, error) {
	k, err := p.keys(ctx)
	return k.Public, err
}

func (b *Browser) check(c *fault.Check, out *Outside) (host string) {
	host = out.Check(c, "endpoint", b.Endpoint)
	b.P256dh, b.Auth = strings.TrimRight(b.P256dh, "="), strings.TrimRight(b.Auth, "=")
	point, err := base64.RawURLEncoding.DecodeString(b.P256dh)
	if err == nil {
		_, err = ecdh.P256().NewPublicKey(point)
	}
	c.If(err != nil, "p256dh", "format")
	auth, err := base64.RawURLEncoding.DecodeString(b.Auth)
	c.If(err != nil || len(auth) != 16, "auth", "format")
	return host
}

// Subscribe lets the browser of the actor's session be rung until it is told otherwise or the session
// ends. Twice is once. Faults: invalid.
func (p *Pusher) Subscribe(ctx context.Context, a access.Actor, b Browser) (id db.ID, err error) {
	var c fault.Check
	host := b.check(&c, p.Outside)
	if err := c.Err(); err != nil {
		return 0, err
	}
	text, err := json.Marshal(b)
	if err != nil {
		return 0, err
	}
	hash := p.Secret.Index("push", b.Endpoint)
	return p.change.Create(ctx, a, func(ctx context.Context, tx *change.Tx) (db.ID, error) {
		id := tx.NewID()
		sealed, err := p.Secret.Seal("push", secret.AAD("push_subscription", "sealed", int64(id)), text)
		if err != nil {
			return 0, err
		}
		if err := tx.Exec(ctx, `DELETE FROM push_subscription WHERE session_id = $1 OR endpoint_hash = $2`, a.SessionID, hash); err != nil {
			return 0, err
		}
		if err := tx.Exec(ctx, `INSERT INTO push_subscription (id, person_id, session_id, endpoint_hash, host, sealed, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			id, a.PersonID, a.SessionID, hash, host, sealed, tx.Now()); err != nil {
			return 0, err
		}
		return id, p.changed(ctx, tx, a.PersonID, id, "push.on")
	})
}

func (p *Pusher) changed(ctx context.Context, tx *change.Tx, person, id db.ID, action string) error {
	if err := tx.Event(ctx, "person:"+person.String(), "push", id, 0); err != nil {
		return err
	}
	return tx.Audit(ctx, change.Record{Action: action, Subject: "push_subscription", SubjectID: id})
}

// Unsubscribe ends it for one of the actor's browsers. Twice is once. Faults: not-found.
func (p *Pusher) Unsubscribe(ctx context.Context, a access.Actor, id db.ID) error {
	return p.change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		err := tx.ExecOne(ctx, `DELETE FROM push_subscription WHERE id = $1 AND person_id = $2`, id, a.PersonID)
		if fault.Is(err, fault.KindStale) {
			return fault.NotFound()
		}
		if err != nil {
			return err
		}
		return p.changed(ctx, tx, a.PersonID, id, "push.off")
	})
}

// ForgetBrowsers ends what hangs on a person's sessions that have ended; account calls it in the change
// that ends them.
func ForgetBrowsers(ctx context.Context, tx *change.Tx, person db.ID) error {
	return tx.Exec(ctx, `DELETE FROM push_subscription WHERE person_id = $1 AND session_id IN (SELECT id FROM session WHERE person_id = $1 AND ended_at <> 0)`, person)
}

// Enqueue adds the rings of an urgent notice to the change that makes it.
func (p *Pusher) Enqueue(ctx context.Context, tx *change.Tx, notice db.ID) error {
	var ids []db.ID
	if err := db.Select(ctx, tx, &ids, `SELECT s.id FROM notice o JOIN push_subscription s ON s.person_id = o.person_id WHERE o.id = $1 AND o.urgent ORDER BY s.id`, notice); err != nil {
		return err
	}
	for _, id := range ids {
		delivery := tx.NewID()
		if err := tx.Exec(ctx, `INSERT INTO delivery (id, notice_id, channel, status, tries, reason, at) VALUES ($1, $2, 'push', 'waiting', 0, '', $3)`, delivery, notice, tx.Now()); err != nil {
			return err
		}
		if err := tx.Enqueue(ctx, pushJob{delivery, id}, &river.InsertOpts{MaxAttempts: pushTries + 2}); err != nil {
			return err
		}
	}
	return nil
}

// ring is what the service worker reads (web/src/worker).
type ring struct {
	Title string `json:"title"`
	Body  string `json:"body"`
	Lang  string `json:"lang"`
	Path  string `json:"path"`
	Tag   string `json:"tag"` // of several about one thing the device shows the last
}

func (p *Pusher) work(ctx context.Context, j pushJob) error {
	var d struct {
		Notice
		PersonID db.ID   `db:"person_id"`
		Status   string  `db:"status"`
		Tries    int64   `db:"tries"`
		Session  db.ID   `db:"session_id"`
		Sealed   []byte  `db:"sealed"`
		Ended    db.Time `db:"ended_at"`
		Expires  db.Time `db:"expires_at"`
	}
	found, err := db.Find(ctx, p.db.Read(), &d, `SELECT o.kind, o.subject, o.subject_id, o.person_id, o.done_at, o.todo, d.status, d.tries, s.session_id, s.sealed, n.ended_at, n.expires_at
		FROM delivery d JOIN notice o ON o.id = d.notice_id JOIN push_subscription s ON s.id = $1 AND s.person_id = o.person_id JOIN session n ON n.id = s.session_id WHERE d.id = $2`, j.Subscription, j.Delivery)
	if err != nil {
		return err
	}
	now := p.change.Now()
	if !found || d.Ended != 0 || d.Expires <= now {
		return settle(ctx, p.change, j.Delivery, Failed, Gone, d.Tries)
	}
	if d.Status != Waiting {
		return nil // by an earlier run that did not live to say so
	}
	if d.DoneAt != 0 {
		return settle(ctx, p.change, j.Delivery, Failed, Settled, d.Tries)
	}
	if rings, err := p.Rings(ctx, d.PersonID, now.Std()); err != nil || !rings {
		if err != nil {
			return err
		}
		return settle(ctx, p.change, j.Delivery, Failed, AtPeace, d.Tries)
	}
	tries := d.Tries + 1
	reason, final, err := p.send(ctx, j.Subscription, d.Sealed, d.Notice, d.PersonID)
	switch {
	case err != nil:
		return err
	case reason == "":
		return settle(ctx, p.change, j.Delivery, Sent, "", tries)
	case reason == Gone:
		if err := p.forget(ctx, d.PersonID, j.Subscription); err != nil {
			return err
		}
	}
	if final || tries >= pushTries {
		return settle(ctx, p.change, j.Delivery, Failed, reason, tries)
	}
	if err := settle(ctx, p.change, j.Delivery, Waiting, reason, tries); err != nil {
		return err
	}
	return errors.New("push: " + reason) // never the address: who has it can ring
}

// forget drops a browser that its push service no longer knows.
func (p *Pusher) forget(ctx context.Context, person, id db.ID) error {
	return p.change.Do(ctx, access.SystemActor("job"), func(ctx context.Context, tx *change.Tx) error {
		if err := tx.Exec(ctx, `DELETE FROM push_subscription WHERE id = $1`, id); err != nil {
			return err
		}
		return p.changed(ctx, tx, person, id, "push.gone")
	})
}

// send rings one browser. It tells why not, and whether trying again is of no use.
func (p *Pusher) send(ctx context.Context, id db.ID, sealed []byte, n Notice, person db.ID) (reason string, final bool, err error) {
	text, err := p.Secret.Open("push", secret.AAD("push_subscription", "sealed", int64(id)), sealed)
	if err != nil {
		return "", false, err
	}
	var b Browser
	if err := json.Unmarshal(text, &b); err != nil {
		return "", false, err
	}
	to, err := p.Receiver(ctx, person)
	if err != nil {
		return "", false, err
	}
	keys, err := p.keys(ctx)
	if err != nil {
		return "", false, err
	}
	kind := "urgent"
	if n.Subject == "dispatch" {
		kind = "ring"
	}
	body, err := json.Marshal(ring{Title: words.T(to.Lang, "notice.push."+kind, nil), Body: words.T(to.Lang, "notice.push.open", nil), Lang: to.Lang,
		Path: PathOf(n.Subject, n.SubjectID), Tag: n.Subject + "-" + n.SubjectID.String()})
	if err != nil {
		return "", false, err
	}
	contact := p.Contact
	if a := p.Address(); strings.HasPrefix(a, "https:") {
		contact = a
	}
	answer, err := webpush.SendNotificationWithContext(ctx, body, &webpush.Subscription{Endpoint: b.Endpoint, Keys: webpush.Keys{P256dh: b.P256dh, Auth: b.Auth}}, &webpush.Options{
		HTTPClient: p.Outside, Subscriber: contact, TTL: int(pushKept / time.Second), Urgency: webpush.UrgencyHigh,
		Topic: n.SubjectID.String(), RecordSize: 1024, VAPIDPublicKey: keys.Public, VAPIDPrivateKey: keys.private,
	})
	if err != nil {
		return judgeOutside(err), false, nil
	}
	defer answer.Body.Close()                                      //nolint:errcheck // it was read
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 4<<10)) // so that the connection can serve again
	switch code := answer.StatusCode; {
	case code >= 200 && code < 300:
		return "", false, nil
	case code == http.StatusNotFound || code == http.StatusGone:
		return Gone, true, nil
	case code == http.StatusTooManyRequests || code >= 500:
		return Later, false, nil
	}
	return Refused, true, nil
}
