package account

import (
	"context"
	"strings"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
)

// IssueTo is Issue under the first of the proposed names that is free. It implements org.SignIns.
func (s *Service) IssueTo(ctx context.Context, actor access.Actor, person db.ID, names []string) (login, password string, err error) {
	for _, name := range names {
		var other db.ID
		taken, e := db.Find(ctx, s.db.Read(), &other, `SELECT person_id FROM account WHERE login = $1 AND person_id <> $2`, strings.ToLower(name), person)
		if e != nil {
			return "", "", e
		}
		if taken { // spares a hash; Issue decides
			err = fault.Conflict("login_taken")
			continue
		}
		var a Account
		a, password, err = s.Issue(ctx, actor, person, name)
		if fault.Code(err) != "login_taken" {
			return a.Login, password, err
		}
	}
	return "", "", err
}

// Disable takes a person's sign-in away inside a change and ends their sessions; nothing when
// they have none. The caller has authorised it.
func (s *Service) Disable(ctx context.Context, tx *change.Tx, person db.ID) error {
	if err := tx.Exec(ctx, `UPDATE account SET disabled_at = $1, version = version + 1 WHERE person_id = $2 AND disabled_at = 0`, tx.Now(), person); err != nil {
		return err
	}
	if err := tx.Exec(ctx, `UPDATE session SET ended_at = $1 WHERE person_id = $2 AND ended_at = 0`, tx.Now(), person); err != nil {
		return err
	}
	return sessionsEnded(ctx, tx, person)
}
