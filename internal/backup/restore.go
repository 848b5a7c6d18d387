package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/klauspost/compress/zstd"
	"gocloud.dev/blob"

	"wozai/internal/db"
)

// What can be wrong with a file or a place; app words them.
var (
	ErrDamaged  = errors.New("the backup is damaged or incomplete")
	ErrNotOurs  = errors.New("this is not a backup of Wozai")
	ErrNewer    = errors.New("the backup was made by a newer Wozai; restore it with that version or a later one")
	ErrWrongKey = errors.New("this is another installation's master key: it does not open this backup's encrypted fields")
	ErrNotEmpty = errors.New("there is something already; a backup is restored into an empty place only")
	ErrEngine   = errors.New("the backup is of the other database engine")
)

// Target is where to put it.
type Target struct {
	Database string // as db.Open takes it: a file that does not exist, or an empty PostgreSQL database
	Blobs    *blob.Bucket
	Key      Sealer // nil: restore although encrypted fields will not open
}

// Verify reads the whole file and compares every entry with the manifest. Nothing is written.
func Verify(ctx context.Context, path string) (sum Summary, err error) {
	var seen []Entry
	var manifest []Entry
	tables := map[string]bool{}
	err = each(ctx, path, func(h *tar.Header, r io.Reader) error {
		if h.Name == manifestName {
			b, err := io.ReadAll(io.LimitReader(r, 1<<30))
			if err != nil {
				return err
			}
			return json.Unmarshal(b, &manifest)
		}
		if manifest != nil {
			return fmt.Errorf("%s comes after the manifest", h.Name)
		}
		hash := sha256.New()
		var keep bytes.Buffer
		w := io.Writer(hash)
		if h.Name == headerName && h.Size < 1<<20 {
			w = io.MultiWriter(hash, &keep)
		}
		n, err := io.Copy(w, r)
		if err != nil {
			return err
		}
		seen = append(seen, Entry{Name: h.Name, Size: n, SHA256: hexSum(hash)})
		sum.Size += n
		if h.Name == headerName {
			return json.Unmarshal(keep.Bytes(), &sum.Header)
		}
		if t, ok := tableOf(h.Name); ok {
			tables[t] = true
		}
		if strings.HasPrefix(h.Name, blobDir) {
			sum.Blobs++
		}
		return nil
	})
	switch {
	case err != nil && ctx.Err() == nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, ErrNotOurs):
		return sum, fmt.Errorf("%w: %w", ErrDamaged, err)
	case err != nil:
		return sum, err
	case len(seen) == 0 || seen[0].Name != headerName:
		return sum, ErrNotOurs
	case sum.Header.Format > format:
		return sum, ErrNewer
	case manifest == nil:
		return sum, fmt.Errorf("%w: it has no manifest", ErrDamaged)
	}
	if len(seen) != len(manifest) {
		return sum, fmt.Errorf("%w: %d entries instead of %d", ErrDamaged, len(seen), len(manifest))
	}
	for i := range seen {
		if seen[i] != manifest[i] {
			return sum, fmt.Errorf("%w: %s is not what was written", ErrDamaged, manifest[i].Name)
		}
	}
	sum.Tables = len(tables)
	return sum, nil
}

// Restore verifies the file, then puts everything into an empty place. After an error there is
// nothing left of it but empty tables. Errors: the Err… of this package, and those of the place.
func Restore(ctx context.Context, path string, to Target) (Summary, error) {
	sum, err := Verify(ctx, path)
	if err != nil {
		return sum, err
	}
	if to.Key != nil {
		if _, err := to.Key.Open(keyPurpose, nil, sum.Header.KeyCheck); err != nil {
			return sum, ErrWrongKey
		}
	}
	newest, err := db.Newest()
	if err != nil {
		return sum, err
	}
	for _, v := range sum.Header.Schema.Migrations {
		if !slices.Contains(newest.Migrations, v) {
			return sum, ErrNewer
		}
	}
	if sum.Header.Schema.Jobs > newest.Jobs {
		return sum, ErrNewer
	}
	if o, err := to.Blobs.List(nil).Next(ctx); err == nil {
		return sum, fmt.Errorf("%w: files, such as %s", ErrNotEmpty, o.Key)
	} else if !errors.Is(err, io.EOF) {
		return sum, err
	}
	r := &restorer{Target: to, path: path, header: sum.Header}
	postgres := strings.Contains(to.Database, "://")
	switch {
	case postgres != (sum.Header.Engine == db.Postgres):
		return sum, fmt.Errorf("%w: %s", ErrEngine, sum.Header.Engine)
	case postgres:
		err = r.postgres(ctx)
	default:
		err = r.sqlite(ctx)
	}
	if err != nil {
		for _, key := range r.put {
			_ = to.Blobs.Delete(context.WithoutCancel(ctx), key) // the first error is the one to tell
		}
	}
	return sum, err
}

type restorer struct {
	Target
	path   string
	header Header
	put    []string
}

func (r *restorer) sqlite(ctx context.Context) error {
	if _, err := os.Stat(r.Database); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: %s", ErrNotEmpty, r.Database)
	}
	partial := r.Database + ".partial"
	defer os.Remove(partial) //nolint:errcheck // renamed, or of no use
	err := each(ctx, r.path, func(h *tar.Header, body io.Reader) error {
		if h.Name != sqliteName {
			return r.blob(ctx, h, body)
		}
		f, err := os.OpenFile(partial, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = io.Copy(f, body)
		return errors.Join(err, f.Sync(), f.Close())
	})
	if err != nil {
		return err
	}
	if _, err := db.CheckSQLite(ctx, partial); err != nil {
		return err
	}
	if err := os.Rename(partial, r.Database); err != nil {
		return err
	}
	return syncDir(filepath.Dir(r.Database))
}

func (r *restorer) postgres(ctx context.Context) error {
	c, err := db.Conn(ctx, r.Database)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx)) //nolint:errcheck // the commit's error counts
	var there int
	if err := c.QueryRow(ctx, `SELECT COUNT(*) FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S')
		AND relnamespace = current_schema()::regnamespace`).Scan(&there); err != nil {
		return err
	}
	if there > 0 {
		return fmt.Errorf("%w: the database has tables", ErrNotEmpty)
	}
	d, err := db.Open(ctx, r.Database)
	if err != nil {
		return err
	}
	err = d.MigrateTo(ctx, r.header.Schema)
	if err = errors.Join(err, d.Close()); err != nil {
		return err
	}
	tx, err := c.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(ctx)) //nolint:errcheck // after Commit it has nothing to do
	if err := r.load(ctx, c); err != nil {
		return err
	}
	if err := sequences(ctx, tx); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// load copies table after table; the pieces of one follow one another.
func (r *restorer) load(ctx context.Context, c *pgx.Conn) error {
	in, err := open(r.path)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // only read
	h, err := in.tar.Next()
	for ; err == nil; h, err = next(in) {
		name, ok := tableOf(h.Name)
		if !ok {
			if err := r.blob(ctx, h, in.tar); err != nil {
				return err
			}
			continue
		}
		t := table{name: name, columns: strings.Split(h.PAXRecords[paxColumns], ",")}
		// What a migration filled in itself comes from the backup.
		if _, err := c.Exec(ctx, "DELETE FROM "+pgx.Identifier{name}.Sanitize()); err != nil {
			return err
		}
		if _, err := c.PgConn().CopyFrom(ctx, &joined{ctx: ctx, in: in, table: name}, "COPY "+t.copySQL()+" FROM STDIN"); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

func next(in *input) (*tar.Header, error) {
	if h := in.ahead; h != nil {
		in.ahead = nil
		return h, nil
	}
	return in.tar.Next()
}

// joined reads the pieces of one table as one stream and leaves the entry after it in in.ahead.
type joined struct {
	ctx   context.Context
	in    *input
	table string
}

func (j *joined) Read(p []byte) (int, error) {
	for {
		if err := j.ctx.Err(); err != nil {
			return 0, err
		}
		if j.in.ahead != nil {
			return 0, io.EOF
		}
		n, err := j.in.tar.Read(p)
		if n > 0 || err != nil && !errors.Is(err, io.EOF) {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return n, err
		}
		if err == nil {
			continue
		}
		h, err := j.in.tar.Next()
		if err != nil {
			return 0, err // EOF: the archive's end is the table's too
		}
		if name, ok := tableOf(h.Name); !ok || name != j.table {
			j.in.ahead = h
			return 0, io.EOF
		}
	}
}

// sequences makes every counter go on after the highest number in use.
func sequences(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, `SELECT s.oid::regclass::text, t.relname::text, a.attname::text
		FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_class t ON t.oid = d.refobjid
			JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
		WHERE d.deptype IN ('a', 'i') AND t.relnamespace = current_schema()::regnamespace`)
	if err != nil {
		return err
	}
	type counter struct{ Sequence, Table, Column string }
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[counter])
	if err != nil {
		return err
	}
	for _, s := range all {
		column := pgx.Identifier{s.Column}.Sanitize()
		if _, err := tx.Exec(ctx, `SELECT setval($1::regclass, COALESCE(MAX(`+column+`), 1), MAX(`+column+`) IS NOT NULL) FROM `+
			pgx.Identifier{s.Table}.Sanitize(), s.Sequence); err != nil {
			return err
		}
	}
	return nil
}

func (r *restorer) blob(ctx context.Context, h *tar.Header, body io.Reader) error {
	key, ok := strings.CutPrefix(h.Name, blobDir)
	if !ok {
		return nil
	}
	w, err := r.Blobs.NewWriter(ctx, key, &blob.WriterOptions{ContentType: h.PAXRecords[paxContentType]})
	if err != nil {
		return err
	}
	r.put = append(r.put, key)
	_, err = io.Copy(w, body)
	return errors.Join(err, w.Close())
}

// tableOf is the table of a piece's name.
func tableOf(name string) (string, bool) {
	rest, ok := strings.CutPrefix(name, databaseDir)
	if !ok || !strings.HasSuffix(name, ".copy") {
		return "", false
	}
	table, _, found := strings.Cut(rest, "/")
	return table, found
}

type input struct {
	tar   *tar.Reader
	z     *zstd.Decoder
	f     *os.File
	ahead *tar.Header
}

func open(path string) (*input, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	z, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20))
	if err != nil {
		return nil, errors.Join(ErrNotOurs, f.Close())
	}
	return &input{tar: tar.NewReader(z), z: z, f: f}, nil
}

func (i *input) Close() error {
	i.z.Close()
	return i.f.Close()
}

// each calls f for every entry in order.
func each(ctx context.Context, path string, f func(h *tar.Header, r io.Reader) error) error {
	in, err := open(path)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // only read
	for first := true; ; first = false {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := in.tar.Next()
		if errors.Is(err, io.EOF) && !first {
			return nil
		}
		if err != nil {
			if first && (errors.Is(err, io.EOF) || errors.Is(err, tar.ErrHeader) || errors.Is(err, zstd.ErrMagicMismatch)) {
				return fmt.Errorf("%w (%w)", ErrNotOurs, err)
			}
			return err
		}
		if h.Typeflag != tar.TypeReg {
			return fmt.Errorf("%s is no plain file", h.Name)
		}
		if err := f(h, &ctxReader{ctx, in.tar}); err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
	}
}
