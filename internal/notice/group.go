package notice

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/riverqueue/river"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/job"
	"wozai/internal/secret"
	"wozai/internal/words"
)

// GroupsConfig says how groups in messengers hear of what is urgent.
type GroupsConfig struct {
	Secret  *secret.Box
	Outside *Outside
	Quiet   Quiet // hours in which groups are left in peace
	// Where finds a unit, for rules, and its name.
	Where   func(ctx context.Context, q db.Querier, unit db.ID) (access.Unit, string, error)
	Address func() string
	Lang    func() string
	Zone    func() *time.Location
}

// Groups writes into groups of WeCom, DingTalk and Feishu by the bots in them. A message names the unit
// and a page behind the sign-in, and neither people nor what it is about.
type Groups struct {
	GroupsConfig
	db     *db.DB
	change *change.Writer
}

// The kinds of group.
const (
	WeCom    = "wecom"
	DingTalk = "dingtalk"
	Feishu   = "feishu"
)

// What groups are told of.
const (
	GroupAsked  = "asked"  // 谁在?
	GroupUrgent = "urgent" // something else that cannot wait
)

const (
	groupEvery = 4 * time.Second  // between two messages: all three take 20 a minute at the least
	groupAhead = 10 * time.Minute // what would come later than this is not sent
	groupTries = 5
	maxGroups  = 5 // a unit
)

// Throttled says that there was more to tell than a group takes.
const Throttled = "throttled"

// Group is a group as who keeps the installation sees it: never its address.
type Group struct {
	ID         db.ID   `json:"id" db:"id"`
	Kind       string  `json:"kind" db:"kind" enum:"wecom,dingtalk,feishu"`
	Name       string  `json:"name" db:"name"`
	Host       string  `json:"host" db:"host"`
	LastAt     db.Time `json:"last_at" db:"last_at" doc:"of the last message"`
	LastStatus string  `json:"last_status" db:"last_status" enum:",sent,failed"`
	LastReason string  `json:"last_reason" db:"last_reason" doc:"unreachable, untrusted, refused, later, throttled"`
}

// NewGroup is what Add needs.
type NewGroup struct {
	Kind   string `json:"kind" enum:"wecom,dingtalk,feishu"`
	Name   string `json:"name"`
	URL    string `json:"url" doc:"as the messenger shows it when the bot is added"`
	Secret string `json:"secret,omitempty" doc:"for signing, where the bot asks for it (DingTalk, Feishu)"`
}

type bot struct {
	URL    string `json:"url"`
	Secret string `json:"secret,omitempty"`
}

type groupJob struct {
	Group db.ID   `json:"group"`
	What  string  `json:"what"`
	Path  string  `json:"path"`
	At    db.Time `json:"at"`
}

// Kind implements river.JobArgs.
func (groupJob) Kind() string { return "message_group" }

// NewGroups makes the service, which works its jobs on the queue.
func NewGroups(c GroupsConfig, d *db.DB, w *change.Writer, q *job.Queue) *Groups {
	g := &Groups{c, d, w}
	job.Work(q, g.work)
	return g
}

func (g *Groups) kept(ctx context.Context, q db.Querier, a access.Actor, unit db.ID) error {
	where, _, err := g.Where(ctx, q, unit)
	if err != nil {
		return err
	}
	return a.Require(access.GroupManage, where)
}

// List reads the groups of a unit, for who keeps the installation. Faults: not-found.
func (g *Groups) List(ctx context.Context, a access.Actor, unit db.ID) ([]Group, error) {
	if err := g.kept(ctx, g.db.Read(), a, unit); err != nil {
		return nil, err
	}
	out := []Group{}
	return out, db.Select(ctx, g.db.Read(), &out, `SELECT id, kind, name, host, last_at, last_status, last_reason FROM message_group WHERE unit_id = $1 ORDER BY id`, unit)
}

// Add lets a group hear of what is urgent in a unit. Faults: not-found; invalid; conflict groups_many.
func (g *Groups) Add(ctx context.Context, a access.Actor, unit db.ID, n NewGroup) (db.ID, error) {
	return g.change.Create(ctx, a, func(ctx context.Context, tx *change.Tx) (db.ID, error) {
		if err := g.kept(ctx, tx, a, unit); err != nil {
			return 0, err
		}
		var c fault.Check
		name := c.Text("name", n.Name, 60, true)
		c.If(n.Kind != WeCom && n.Kind != DingTalk && n.Kind != Feishu, "kind", "choice")
		host := g.Outside.Check(&c, "url", n.URL)
		key := c.Text("secret", n.Secret, 200, false)
		if err := c.Err(); err != nil {
			return 0, err
		}
		var there int64
		if err := db.Get(ctx, tx, &there, `SELECT COUNT(*) FROM message_group WHERE unit_id = $1`, unit); err != nil {
			return 0, err
		}
		if there >= maxGroups {
			return 0, fault.Conflict("groups_many").With("limit", maxGroups)
		}
		text, err := json.Marshal(bot{n.URL, key})
		if err != nil {
			return 0, err
		}
		id := tx.NewID()
		sealed, err := g.Secret.Seal("message_group", secret.AAD("message_group", "sealed", int64(id)), text)
		if err != nil {
			return 0, err
		}
		if err := tx.Exec(ctx, `INSERT INTO message_group (id, unit_id, kind, name, host, sealed, next_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, 0, $7)`,
			id, unit, n.Kind, name, host, sealed, tx.Now()); err != nil {
			return 0, err
		}
		return id, tx.Audit(ctx, change.Record{Action: "message_group.add", Subject: "message_group", SubjectID: id, UnitID: unit, After: map[string]any{"kind": n.Kind, "name": name, "host": host}})
	})
}

// Remove tells a group nothing any more. Faults: not-found.
func (g *Groups) Remove(ctx context.Context, a access.Actor, unit, id db.ID) error {
	return g.change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		if err := g.kept(ctx, tx, a, unit); err != nil {
			return err
		}
		err := tx.ExecOne(ctx, `DELETE FROM message_group WHERE id = $1 AND unit_id = $2`, id, unit)
		if fault.Is(err, fault.KindStale) {
			return fault.NotFound()
		}
		if err != nil {
			return err
		}
		return tx.Audit(ctx, change.Record{Action: "message_group.remove", Subject: "message_group", SubjectID: id, UnitID: unit})
	})
}

// Poster is what slices ask to tell groups; they have none where the operator does not let it.
type Poster interface {
	Post(ctx context.Context, tx *change.Tx, unit db.ID, what, path string) error
}

// Post tells the groups of a unit, within a change, that something urgent stands at a page. Not in quiet
// hours; and no more than a group takes.
func (g *Groups) Post(ctx context.Context, tx *change.Tx, unit db.ID, what, path string) error {
	if !g.Quiet.Until(tx.Now().Std().In(g.Zone())).IsZero() {
		return nil
	}
	var groups []struct {
		ID   db.ID   `db:"id"`
		Next db.Time `db:"next_at"`
	}
	if err := db.Select(ctx, tx, &groups, `SELECT id, next_at FROM message_group WHERE unit_id = $1 ORDER BY id`, unit); err != nil {
		return err
	}
	for _, x := range groups {
		tx.AppendOnly() // what became of it stands in the row
		at := max(x.Next, tx.Now())
		if at.Sub(tx.Now()) > groupAhead {
			if err := tx.Exec(ctx, `UPDATE message_group SET last_at = $1, last_status = 'failed', last_reason = $2 WHERE id = $3`, tx.Now(), Throttled, x.ID); err != nil {
				return err
			}
			continue
		}
		if err := tx.Exec(ctx, `UPDATE message_group SET next_at = $1 WHERE id = $2`, at.Add(groupEvery), x.ID); err != nil {
			return err
		}
		opts := &river.InsertOpts{MaxAttempts: groupTries}
		if at > tx.Now() {
			opts.ScheduledAt = at.Std()
		}
		if err := tx.Enqueue(ctx, groupJob{Group: x.ID, What: what, Path: path, At: tx.Now()}, opts); err != nil {
			return err
		}
	}
	return nil
}

func (g *Groups) work(ctx context.Context, j groupJob) error {
	var row struct {
		Unit   db.ID  `db:"unit_id"`
		Kind   string `db:"kind"`
		Sealed []byte `db:"sealed"`
	}
	found, err := db.Find(ctx, g.db.Read(), &row, `SELECT unit_id, kind, sealed FROM message_group WHERE id = $1`, j.Group)
	now := g.change.Now()
	if err != nil || !found || now.Sub(j.At) > 3*groupAhead {
		return err // removed meanwhile, or nobody is helped any more
	}
	text, err := g.Secret.Open("message_group", secret.AAD("message_group", "sealed", int64(j.Group)), row.Sealed)
	if err != nil {
		return err
	}
	var b bot
	if err := json.Unmarshal(text, &b); err != nil {
		return err
	}
	_, name, err := g.Where(ctx, g.db.Read(), row.Unit)
	if err != nil {
		return err
	}
	message := words.T(g.Lang(), "notice.group."+j.What, map[string]any{"unit": name}) + "\n" + g.Address() + j.Path
	reason, final := g.send(ctx, row.Kind, b, message, now.Std())
	status := Sent
	if reason != "" {
		status = Failed
	}
	if err := g.change.Do(ctx, access.SystemActor("job"), func(ctx context.Context, tx *change.Tx) error {
		tx.AppendOnly()
		return tx.Exec(ctx, `UPDATE message_group SET last_at = $1, last_status = $2, last_reason = $3 WHERE id = $4`, tx.Now(), status, reason, j.Group)
	}); err != nil {
		return err
	}
	if reason == "" || final {
		return nil
	}
	return errors.New("message group: " + reason) // never the address: who has it can write in the group
}

// send writes a message as the messenger's own description of its bots has it.
func (g *Groups) send(ctx context.Context, kind string, b bot, message string, now time.Time) (reason string, final bool) {
	address, body := b.URL, map[string]any{"msgtype": "text", "text": map[string]string{"content": message}}
	switch {
	case kind == DingTalk && b.Secret != "":
		u, err := url.Parse(address)
		if err != nil {
			return Refused, true
		}
		at := strconv.FormatInt(now.UnixMilli(), 10)
		q := u.Query()
		q.Set("timestamp", at)
		q.Set("sign", signature(b.Secret, at+"\n"+b.Secret))
		u.RawQuery = q.Encode()
		address = u.String()
	case kind == Feishu:
		body = map[string]any{"msg_type": "text", "content": map[string]string{"text": message}}
		if b.Secret != "" {
			at := strconv.FormatInt(now.Unix(), 10)
			body["timestamp"], body["sign"] = at, signature(at+"\n"+b.Secret, "")
		}
	}
	text, err := json.Marshal(body)
	if err != nil {
		return Refused, true
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(text))
	if err != nil {
		return Refused, true
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	answer, err := g.Outside.Do(r)
	if err != nil {
		return judgeOutside(err), false
	}
	defer answer.Body.Close() //nolint:errcheck // it was read
	var said struct {
		ErrCode *int64 `json:"errcode"` // WeCom, DingTalk
		Code    *int64 `json:"code"`    // Feishu
	}
	err = json.NewDecoder(io.LimitReader(answer.Body, 64<<10)).Decode(&said)
	switch code := answer.StatusCode; {
	case code == http.StatusTooManyRequests || code >= 500:
		return Later, false
	case code != http.StatusOK || err != nil || said.ErrCode == nil && said.Code == nil:
		return Refused, true
	}
	for _, p := range []*int64{said.ErrCode, said.Code} {
		if p != nil && *p != 0 {
			return tooFast(*p)
		}
	}
	return "", false
}

// tooFast tells "come back later" from every other refusal: WeCom, DingTalk, Feishu.
func tooFast(code int64) (reason string, final bool) {
	switch code {
	case 45009, 130101, 410100, 11232:
		return Later, false
	}
	return Refused, true
}

func signature(key, text string) string {
	h := hmac.New(sha256.New, []byte(key))
	_, _ = fmt.Fprint(h, text) // a hash never fails
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}
