package backup

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"wozai/internal/db"
)

// Tables whose rows mean something on the old server only: events carry its transaction numbers,
// leases and leadership name its processes; versions are made by migrating.
var notCopied = []string{"event", "lease", "river_leader", "river_client", "river_client_queue", "river_migration", "goose_db_version"}

type table struct {
	name    string
	columns []string
}

// copySQL is the statement's table and columns, quoted.
func (t table) copySQL() string {
	quoted := make([]string, len(t.columns))
	for i, c := range t.columns {
		quoted[i] = pgx.Identifier{c}.Sanitize()
	}
	return pgx.Identifier{t.name}.Sanitize() + " (" + strings.Join(quoted, ", ") + ")"
}

// postgres dumps every table inside one snapshot, those that others refer to first.
func (a *archive) postgres(ctx context.Context, dsn string, h *Header) (int, error) {
	c, err := db.Conn(ctx, dsn)
	if err != nil {
		return 0, err
	}
	defer c.Close(context.WithoutCancel(ctx)) //nolint:errcheck // only read
	tx, err := c.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return 0, err
	}
	defer tx.Rollback(context.WithoutCancel(ctx)) //nolint:errcheck // only read
	if h.Schema, err = postgresSchema(ctx, tx); err != nil {
		return 0, err
	}
	if err := a.json(headerName, h); err != nil {
		return 0, err
	}
	tables, err := listTables(ctx, tx)
	if err != nil {
		return 0, err
	}
	for _, t := range tables {
		w := &pieces{ctx: ctx, archive: a, table: t}
		if _, err := c.PgConn().CopyTo(ctx, w, "COPY "+t.copySQL()+" TO STDOUT"); err != nil {
			return 0, fmt.Errorf("%s: %w", t.name, err)
		}
		if err := w.flush(); err != nil {
			return 0, fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return len(tables), nil
}

func postgresSchema(ctx context.Context, tx pgx.Tx) (s db.Schema, err error) {
	rows, err := tx.Query(ctx, `SELECT version_id FROM goose_db_version WHERE is_applied AND version_id > 0 ORDER BY version_id`)
	if err != nil {
		return s, err
	}
	if s.Migrations, err = pgx.CollectRows(rows, pgx.RowTo[int64]); err != nil {
		return s, err
	}
	return s, tx.QueryRow(ctx, `SELECT COALESCE(MAX(version), 0) FROM river_migration WHERE line = 'main'`).Scan(&s.Jobs)
}

// listTables lists the tables of the current schema so that each comes after those it refers to.
func listTables(ctx context.Context, tx pgx.Tx) ([]table, error) {
	rows, err := tx.Query(ctx, `SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum),
			ARRAY(SELECT DISTINCT f.relname::text FROM pg_constraint k JOIN pg_class f ON f.oid = k.confrelid
				WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confrelid <> c.oid)
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
		WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = current_schema()::regnamespace
		GROUP BY c.oid, c.relname ORDER BY c.relname`)
	if err != nil {
		return nil, err
	}
	type found struct {
		table
		needs []string
	}
	all, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (f found, err error) {
		return f, r.Scan(&f.name, &f.columns, &f.needs)
	})
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(f found) bool { return slices.Contains(notCopied, f.name) })
	var out []table
	done := map[string]bool{}
	for len(all) > 0 {
		i := slices.IndexFunc(all, func(f found) bool {
			return !slices.ContainsFunc(f.needs, func(n string) bool { return !done[n] && !slices.Contains(notCopied, n) })
		})
		if i < 0 {
			return nil, fmt.Errorf("tables refer to one another in a circle: %s", all[0].name)
		}
		out, done[all[i].name] = append(out, all[i].table), true
		all = slices.Delete(all, i, i+1)
	}
	return out, nil
}

// pieces turns a stream of unknown length into entries of a known one.
type pieces struct {
	ctx     context.Context
	archive *archive
	table   table
	n       int
	buf     bytes.Buffer
}

// pieceName orders as the pieces do; the columns stand in the entry itself.
func pieceName(table string, n int) string {
	return fmt.Sprintf("%s%s/%08d.copy", databaseDir, table, n)
}

const paxColumns = "WOZAI.columns"

func (p *pieces) Write(b []byte) (int, error) {
	p.buf.Write(b)
	if p.buf.Len() < pieceSize {
		return len(b), nil
	}
	return len(b), p.flush()
}

func (p *pieces) flush() error {
	if p.buf.Len() == 0 && p.n > 0 {
		return nil
	}
	err := p.archive.entry(p.ctx, pieceName(p.table.name, p.n), int64(p.buf.Len()),
		map[string]string{paxColumns: strings.Join(p.table.columns, ",")}, &p.buf)
	p.n++
	p.buf.Reset()
	return err
}
