package change

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"time"

	"wozai/internal/access"
	"wozai/internal/db"
)

// A closure that keeps losing against others gives up after this many runs.
const maxTries = 12

func (w *Writer) doPostgres(ctx, inner context.Context, actor access.Actor, fn func(context.Context, *Tx) error) error {
	select {
	case <-w.stopped:
		return sql.ErrConnDone
	default:
	}
	var err error
	for try := range maxTries {
		if try > 0 {
			// Exponential with jitter: 2 ms, 4 ms … at most 128 ms.
			d := time.Millisecond << min(try, 7)
			select {
			case <-time.After(d/2 + rand.N(d)):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		var told []event
		told, err = w.oncePostgres(inner, actor, fn, w.twice && try == 0)
		if err == nil {
			if len(told) > 0 && w.committed != nil {
				w.committed()
			}
			return nil
		}
		if !db.IsRetryable(err) {
			return err
		}
	}
	return err
}

func (w *Writer) oncePostgres(ctx context.Context, actor access.Actor, fn func(context.Context, *Tx) error, rehearse bool) ([]event, error) {
	stx, err := w.db.Writer().BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		return nil, err
	}
	defer stx.Rollback() //nolint:errcheck // after Commit it has nothing to do
	if rehearse {
		if _, err := stx.ExecContext(ctx, "SAVEPOINT rehearsal"); err != nil {
			return nil, err
		}
		if _, err := w.run(ctx, stx, actor, nil, fn); err != nil {
			return nil, err
		}
		if _, err := stx.ExecContext(ctx, "ROLLBACK TO rehearsal"); err != nil {
			return nil, err
		}
	}
	told, err := w.run(ctx, stx, actor, nil, fn)
	if err != nil {
		return nil, err
	}
	return told, stx.Commit()
}
