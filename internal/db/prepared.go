package db

import (
	"context"
	"database/sql"
	"strings"
	"sync"
)

// Prepared keeps statements prepared that SQLite is asked again and again: reading a statement's text
// is otherwise a third of the work of a short one. PostgreSQL's pool does so by itself; a nil
// *Prepared keeps nothing.
type Prepared struct {
	db    *sql.DB
	mu    sync.Mutex
	texts map[string]*kept
	due   []string // came often, and are not prepared yet
}

type kept struct {
	times int
	stmt  *sql.Stmt // nil until it has come often
}

const (
	often    = 16  // times that a text comes before it is kept: what starting asks once is not
	maxTexts = 500 // each takes some 10 kB a connection
)

func newPrepared(d *sql.DB) *Prepared { return &Prepared{db: d, texts: map[string]*kept{}} }

// Stmt is the statement of a text, nil when it is not kept.
func (p *Prepared) Stmt(text string) *sql.Stmt {
	if p == nil || strings.Contains(text, " IN ($") { // lists are of many lengths
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	k := p.texts[text]
	if k == nil {
		if len(p.texts) == maxTexts {
			return nil
		}
		k = &kept{}
		p.texts[text] = k
	}
	if k.times++; k.times == often {
		p.due = append(p.due, text)
	}
	return k.stmt
}

// Prepare prepares what has come often. It takes a connection, so never call it with the only one in use.
func (p *Prepared) Prepare(ctx context.Context) {
	if p == nil {
		return
	}
	p.mu.Lock()
	due := p.due
	p.due = nil
	p.mu.Unlock()
	for _, text := range due {
		s, err := p.db.PrepareContext(ctx, text)
		if err != nil {
			continue // asking it says why
		}
		p.mu.Lock()
		p.texts[text].stmt = s
		p.mu.Unlock()
	}
}

// Reader is the pool for queries.
type Reader struct {
	*sql.DB
	kept *Prepared
}

// QueryContext reads as that of sql.DB does.
func (r *Reader) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	r.kept.Prepare(context.WithoutCancel(ctx))
	if s := r.kept.Stmt(query); s != nil {
		return s.QueryContext(ctx, args...)
	}
	return r.DB.QueryContext(ctx, query, args...)
}
