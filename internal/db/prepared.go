package db

import (
	"context"
	"database/sql"
	"strings"
	"sync"
	"sync/atomic"
)

// Reader is the pool for queries. Of SQLite it keeps prepared what is asked again and again: reading a
// statement's text is otherwise a third of the work of a short one. PostgreSQL's pool does so by itself.
type Reader struct {
	*sql.DB
	keeps bool
	mu    sync.Mutex
	texts map[string]*kept
}

// kept is a text that was asked; stmt is nil until it has come often.
type kept struct {
	times atomic.Int64
	stmt  atomic.Pointer[sql.Stmt]
}

const (
	often    = 16  // times that a text is asked before it is kept: what starting asks once is not
	maxTexts = 500 // each takes some 10 kB a connection
)

// QueryContext reads as (*sql.DB).QueryContext does.
func (r *Reader) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s := r.prepared(ctx, query); s != nil {
		return s.QueryContext(ctx, args...)
	}
	return r.DB.QueryContext(ctx, query, args...)
}

// prepared is nil for what is not kept, and for what cannot be prepared: asking it says why.
func (r *Reader) prepared(ctx context.Context, query string) *sql.Stmt {
	if !r.keeps || strings.Contains(query, "($") { // a list, or a row value: of many lengths
		return nil
	}
	r.mu.Lock()
	k := r.texts[query]
	if k == nil {
		if len(r.texts) < maxTexts {
			r.texts[query] = &kept{}
		}
		r.mu.Unlock()
		return nil
	}
	r.mu.Unlock()
	if s := k.stmt.Load(); s != nil {
		return s
	}
	if k.times.Add(1) != often { // one of those who ask prepares it
		return nil
	}
	s, err := r.PrepareContext(context.WithoutCancel(ctx), query)
	if err != nil {
		k.times.Store(0)
		return nil
	}
	k.stmt.Store(s)
	return s
}
