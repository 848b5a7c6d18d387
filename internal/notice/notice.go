// Package notice is the inbox: what a person is told, what they are asked to do, and what became
// of the copies that went out by e-mail. Notices are written inside changes (change.Tx.Notify).
package notice

import (
	"context"
	"encoding/json"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
)

// Notice is an inbox entry: a message key (notice.<kind>) and parameters, worded by the reader.
type Notice struct {
	ID        db.ID          `json:"id" db:"id"`
	Kind      string         `json:"kind" db:"kind"`
	Params    map[string]any `json:"params" db:"-"`
	ParamText string         `json:"-" db:"params"`
	Subject   string         `json:"subject" db:"subject"`
	SubjectID db.ID          `json:"subject_id" db:"subject_id"`
	Todo      bool           `json:"todo" db:"todo"`
	CreatedAt db.Time        `json:"created_at" db:"created_at"`
	ReadAt    db.Time        `json:"read_at" db:"read_at"`
	DoneAt    db.Time        `json:"done_at" db:"done_at"`
}

// Service reads and ticks off the actor's own inbox.
type Service struct {
	db     *db.DB
	change *change.Writer
}

// NewService makes the service.
func NewService(d *db.DB, w *change.Writer) *Service { return &Service{d, w} }

// Filter narrows List. Before pages backwards from an id.
type Filter struct {
	Todo   bool
	Before db.ID
	Limit  int
}

// List reads the actor's own notices, newest first, at most Limit (50 when zero, 200 at most).
func (s *Service) List(ctx context.Context, actor access.Actor, f Filter) ([]Notice, error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	if f.Before == 0 {
		f.Before = 1<<63 - 1
	}
	out := []Notice{}
	q := `SELECT id, kind, params, subject, subject_id, todo, created_at, read_at, done_at FROM notice WHERE person_id = $1 AND id < $2`
	if f.Todo {
		q += ` AND todo AND done_at = 0`
	}
	if err := db.Select(ctx, s.db.Read(), &out, q+` ORDER BY id DESC LIMIT $3`, actor.PersonID, f.Before, min(f.Limit, 200)); err != nil {
		return nil, err
	}
	for i := range out {
		if err := json.Unmarshal([]byte(out[i].ParamText), &out[i].Params); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Counts of the actor's inbox.
type Counts struct {
	Unread int64 `json:"unread" db:"unread"`
	Todo   int64 `json:"todo" db:"todo"`
}

// Count counts the actor's unread notices and open to-dos.
func (s *Service) Count(ctx context.Context, actor access.Actor) (c Counts, err error) {
	return c, db.Get(ctx, s.db.Read(), &c, `SELECT COUNT(CASE WHEN read_at = 0 THEN 1 END) AS unread,
		COUNT(CASE WHEN todo AND done_at = 0 THEN 1 END) AS todo FROM notice WHERE person_id = $1`, actor.PersonID)
}

// Kept reports whether there is an inbox of a person, and browsers that ring for them.
func (s *Service) Kept(ctx context.Context, person db.ID) (notices, browsers bool, err error) {
	var n struct {
		Notices  bool `db:"notices"`
		Browsers bool `db:"browsers"`
	}
	err = db.Get(ctx, s.db.Read(), &n, `SELECT EXISTS (SELECT 1 FROM notice WHERE person_id = $1) AS notices, EXISTS (SELECT 1 FROM push_subscription WHERE person_id = $1) AS browsers`, person)
	return n.Notices, n.Browsers, err
}

// Read marks the actor's notices up to an id as read.
func (s *Service) Read(ctx context.Context, actor access.Actor, upTo db.ID) error {
	return s.change.Do(ctx, actor, func(ctx context.Context, tx *change.Tx) error {
		tx.AppendOnly() // read_at is its own record
		if err := tx.Exec(ctx, `UPDATE notice SET read_at = $1 WHERE person_id = $2 AND id <= $3 AND read_at = 0`, tx.Now(), actor.PersonID, upTo); err != nil {
			return err
		}
		return tx.Event(ctx, "person:"+actor.PersonID.String(), "notice", upTo, 0)
	})
}
