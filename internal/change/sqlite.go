package change

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"wozai/internal/fault"
)

// Bounds of one commit: a caller waits at most this long for its companions.
const (
	batchMax  = 512
	batchTime = 20 * time.Millisecond
)

func (w *Writer) doSQLite(ctx context.Context, t *task) error {
	select {
	case <-w.stopped:
		return fault.New(fault.KindUnavailable, "stopping")
	case <-ctx.Done():
		return ctx.Err()
	case w.queue <- t:
	}
	select {
	case <-t.done:
		return t.err
	case <-w.stopped:
	}
	// Stopping: the loop drains what it had accepted before it ends.
	w.wg.Wait()
	select {
	case <-t.done:
		return t.err
	default:
		return fault.New(fault.KindUnavailable, "stopping")
	}
}

func (w *Writer) loop() {
	defer w.wg.Done()
	for {
		select {
		case t := <-w.queue:
			w.batch(t)
		case <-w.stopped:
			for {
				select {
				case t := <-w.queue:
					w.batch(t)
				default:
					return
				}
			}
		}
	}
}

// batch commits t and whoever else is waiting, together.
func (w *Writer) batch(t *task) {
	ctx := context.Background()
	done := []*task{t}
	told := map[event]bool{} // by all of them
	w.db.Kept().Prepare(ctx)
	stx, err := w.db.Writer().BeginTx(ctx, nil)
	if err == nil {
		deadline := time.Now().Add(batchTime)
		err = w.savepoint(stx, t, told)
	more:
		for err == nil && len(done) < batchMax && time.Now().Before(deadline) {
			select {
			case t := <-w.queue:
				done = append(done, t)
				err = w.savepoint(stx, t, told)
			default:
				break more
			}
		}
		if err == nil {
			err = stx.Commit()
		} else {
			_ = stx.Rollback() // the first error is the one to tell
		}
	}
	for _, t := range done {
		if err != nil {
			t.err = fmt.Errorf("commit: %w", err)
		}
	}
	if err == nil && len(told) > 0 && w.committed != nil {
		w.committed()
	}
	for _, t := range done {
		close(t.done)
	}
}

// savepoint runs one closure so that its failure leaves its companions alone. It returns an
// error only when the whole transaction is lost. What it tells is added to told.
func (w *Writer) savepoint(stx *sql.Tx, t *task, told map[event]bool) error {
	rounds := 1
	if w.twice {
		rounds = 2
	}
	for round := 1; round <= rounds; round++ {
		if _, err := stx.Exec("SAVEPOINT closure"); err != nil {
			return err
		}
		t.before = told
		t.err = w.run(t.ctx, stx, t)
		if t.err != nil || round < rounds {
			if _, err := stx.Exec("ROLLBACK TO closure"); err != nil {
				return fmt.Errorf("%w (after: %w)", err, orNone(t.err))
			}
		}
		if _, err := stx.Exec("RELEASE closure"); err != nil {
			return fmt.Errorf("%w (after: %w)", err, orNone(t.err))
		}
		if t.err != nil {
			return nil
		}
		if round == rounds {
			for _, e := range t.told {
				told[e] = true
			}
		}
	}
	return nil
}

func orNone(err error) error {
	if err == nil {
		return fmt.Errorf("no error")
	}
	return err
}
