package account

import (
	"context"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
)

// Link is a join link as its issuer sees it; the token itself is shown once and stored hashed.
type Link struct {
	ID         db.ID   `json:"id" db:"id"`
	MeetingID  db.ID   `json:"meeting_id" db:"meeting_id"`
	PersonID   db.ID   `json:"person_id" db:"person_id"`
	CreatedAt  db.Time `json:"created_at" db:"created_at"`
	ExpiresAt  db.Time `json:"expires_at" db:"expires_at"`
	BoundAt    db.Time `json:"bound_at" db:"bound_at"`
	ReopenedAt db.Time `json:"reopened_at" db:"reopened_at"`
	RevokedAt  db.Time `json:"revoked_at" db:"revoked_at"`
}

// IssueLink makes a link that lets person into meeting until expires, replacing the one they
// had, and returns its token. Whoever came in by the old one is out: it may have gone to the wrong
// person. The caller has authorised it. Token goes behind "/j#".
func IssueLink(ctx context.Context, tx *change.Tx, meeting, person db.ID, expires db.Time) (token string, err error) {
	if err := tx.Exec(ctx, `UPDATE join_link SET revoked_at = $1 WHERE meeting_id = $2 AND person_id = $3 AND revoked_at = 0`, tx.Now(), meeting, person); err != nil {
		return "", err
	}
	if err := tx.Exec(ctx, `UPDATE session SET ended_at = $1 WHERE link_id IN (SELECT id FROM join_link WHERE meeting_id = $2 AND person_id = $3) AND ended_at = 0`, tx.Now(), meeting, person); err != nil {
		return "", err
	}
	token, hash := newToken(16)
	id := tx.NewID()
	if err := sessionsEnded(ctx, tx, person); err != nil {
		return "", err
	}
	if err := tx.Exec(ctx, `INSERT INTO join_link (id, token_hash, meeting_id, person_id, created_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		id, hash, meeting, person, tx.Actor().PersonID, tx.Now(), expires); err != nil {
		return "", err
	}
	return token, tx.Audit(ctx, change.Record{Action: "link.issue", Subject: "meeting", SubjectID: meeting, After: map[string]any{"person_id": person}})
}

// ExpireLinks ends a meeting's links and their sessions; the meeting is over or called off.
func ExpireLinks(ctx context.Context, tx *change.Tx, meeting db.ID, at db.Time) error {
	if err := tx.Exec(ctx, `UPDATE join_link SET expires_at = $1 WHERE meeting_id = $2 AND expires_at > $1`, at, meeting); err != nil {
		return err
	}
	return tx.Exec(ctx, `UPDATE session SET expires_at = $1 WHERE link_id IN (SELECT id FROM join_link WHERE meeting_id = $2) AND expires_at > $1`, at, meeting)
}

// ExtendLinks makes a meeting's links last until another time; the meeting was moved.
func ExtendLinks(ctx context.Context, tx *change.Tx, meeting db.ID, until db.Time) error {
	if err := tx.Exec(ctx, `UPDATE join_link SET expires_at = $1 WHERE meeting_id = $2 AND revoked_at = 0`, until, meeting); err != nil {
		return err
	}
	return tx.Exec(ctx, `UPDATE session SET expires_at = $1 WHERE link_id IN (SELECT id FROM join_link WHERE meeting_id = $2) AND ended_at = 0`, until, meeting)
}

// ReopenLink lets one more device in by a person's link; the host has been asked.
func ReopenLink(ctx context.Context, tx *change.Tx, meeting, person db.ID) error {
	if err := tx.ExecOne(ctx, `UPDATE join_link SET bound_at = 0, reopened_at = $1 WHERE meeting_id = $2 AND person_id = $3 AND revoked_at = 0`, tx.Now(), meeting, person); err != nil {
		return err
	}
	return tx.Audit(ctx, change.Record{Action: "link.reopen", Subject: "meeting", SubjectID: meeting, After: map[string]any{"person_id": person}})
}

// FindLink looks a token up without using it. Faults: not-found for a token nobody issued, gone
// "link_ended" after the end, gone "link_replaced" when a newer one was issued.
func (s *Service) FindLink(ctx context.Context, token string) (l Link, err error) {
	return findLink(ctx, s.db.Read(), token)
}

func findLink(ctx context.Context, q db.Querier, token string) (l Link, err error) {
	if len(token) != 22 {
		return l, fault.NotFound()
	}
	if err := db.Get(ctx, q, &l, `SELECT id, meeting_id, person_id, created_at, expires_at, bound_at, reopened_at, revoked_at FROM join_link WHERE token_hash = $1`, hashToken(token)); err != nil {
		return l, err
	}
	switch {
	case l.RevokedAt != 0:
		return l, fault.New(fault.KindGone, "link_replaced")
	case l.ExpiresAt <= db.Now():
		return l, fault.New(fault.KindGone, "link_ended")
	}
	return l, nil
}

// Exchange turns a link's token into a session on this device. Whoever is signed in as the same
// person keeps their session (token ""); signed in as somebody else: fault conflict
// "link_of_another". A link already bound to another device: fault conflict "link_on_other_device".
func (s *Service) Exchange(ctx context.Context, actor access.Actor, token, userAgent string) (session string, l Link, err error) {
	l, err = findLink(ctx, s.db.Read(), token)
	if err != nil {
		return "", l, err
	}
	switch {
	case actor.Kind == access.Person && actor.Is(l.PersonID):
		return "", l, nil
	case actor.Kind == access.Link && actor.Is(l.PersonID) && actor.MeetingID == l.MeetingID:
		return "", l, nil
	case actor.Kind == access.Person:
		return "", l, fault.Conflict("link_of_another")
	}
	session, hash := newToken(32)
	by := access.Actor{Kind: access.Link, PersonID: l.PersonID, MeetingID: l.MeetingID, Origin: "http"}
	err = s.change.Do(ctx, by, func(ctx context.Context, tx *change.Tx) error {
		l, err := findLink(ctx, tx, token)
		if err != nil {
			return err
		}
		if l.BoundAt != 0 {
			return fault.Conflict("link_on_other_device")
		}
		if err := tx.ExecOne(ctx, `UPDATE join_link SET bound_at = $1 WHERE id = $2 AND bound_at = 0`, tx.Now(), l.ID); err != nil {
			return err
		}
		return insertSession(ctx, tx, Session{Kind: string(access.Link), PersonID: l.PersonID, MeetingID: l.MeetingID, LinkID: l.ID, Device: device(userAgent)}, hash, l.ExpiresAt)
	})
	if err != nil {
		return "", l, err
	}
	return session, l, nil
}
