// Package backup writes everything an installation holds into one file while the server goes on
// working, and puts it back into an empty place.
//
// The file is a tar archive compressed with zstd:
//
//	backup.json      what it is: format, engine, schema, a value that only the right key opens
//	database/…       wozai.db (SQLite), or for each table pieces of PostgreSQL's COPY text
//	blobs/…          the files
//	manifest.json    the SHA-256 and length of every entry before it
//
// The master key is never in it: whoever finds the file does not get at the encrypted fields.
package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"wozai/internal/db"
)

const (
	format       = 1
	headerName   = "backup.json"
	manifestName = "manifest.json"
	databaseDir  = "database/"
	blobDir      = "blobs/"
	sqliteName   = databaseDir + "wozai.db"
	pieceSize    = 4 << 20 // of a table's COPY text; the memory that a backup needs
)

// Header is the first entry.
type Header struct {
	Format   int       `json:"format"`
	Program  string    `json:"program"` // version
	Engine   db.Engine `json:"engine"`
	Schema   db.Schema `json:"schema"`
	Taken    time.Time `json:"taken"`     // everything acknowledged before is in it
	KeyCheck []byte    `json:"key_check"` // opens with the right master key only
}

// Entry is what the manifest says of one entry.
type Entry struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Source is what to back up.
type Source struct {
	Database string // as db.Open takes it
	Blobs    *blob.Bucket
	Key      Sealer
	Program  string // version, for the header
}

// Sealer is the part of secret.Box that is needed.
type Sealer interface {
	Seal(purpose string, aad, plaintext []byte) ([]byte, error)
	Open(purpose string, aad, sealed []byte) ([]byte, error)
}

// Summary says what a backup holds.
type Summary struct {
	Header Header
	Tables int   // PostgreSQL
	Blobs  int   // files
	Size   int64 // bytes before compression
}

const keyPurpose = "backup"

var keyCheck = []byte("wozai backup key check")

// Write backs up into a new file, which appears under its name only when it is whole and on the
// disk. The server may run and write meanwhile: the database is one snapshot, taken after Write
// began, and files are read after it, so every file that a row names is there.
func Write(ctx context.Context, src Source, path string) (sum Summary, err error) {
	if _, err := os.Stat(path); err == nil {
		return sum, fmt.Errorf("%s exists already; choose another name", path)
	}
	f, err := os.OpenFile(path+".partial", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return sum, err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	z, err := zstd.NewWriter(f, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return sum, errors.Join(err, f.Close())
	}
	a := &archive{tar: tar.NewWriter(z)}
	err = a.fill(ctx, src, path, &sum)
	if err = errors.Join(err, a.tar.Close(), z.Close()); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return sum, err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return sum, err
	}
	return sum, syncDir(filepath.Dir(path))
}

// archive writes entries and remembers their sums.
type archive struct {
	tar      *tar.Writer
	manifest []Entry
	size     int64
}

func (a *archive) fill(ctx context.Context, src Source, path string, sum *Summary) error {
	h := Header{Format: format, Program: src.Program, Taken: time.Now().UTC()}
	var err error
	if h.KeyCheck, err = src.Key.Seal(keyPurpose, nil, keyCheck); err != nil {
		return err
	}
	if strings.Contains(src.Database, "://") {
		h.Engine = db.Postgres
		sum.Tables, err = a.postgres(ctx, src.Database, &h)
	} else {
		h.Engine = db.SQLite
		err = a.sqlite(ctx, src.Database, path+".db", &h)
	}
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	if sum.Blobs, err = a.blobs(ctx, src.Blobs); err != nil {
		return fmt.Errorf("files: %w", err)
	}
	sum.Header, sum.Size = h, a.size
	return a.json(manifestName, a.manifest)
}

func (a *archive) sqlite(ctx context.Context, from, copied string, h *Header) error {
	_ = os.Remove(copied)   // of a backup that was interrupted
	defer os.Remove(copied) //nolint:errcheck // it is in the archive, or of no use
	// The copy holds people's data: made here, so that nobody else may read it.
	f, err := os.OpenFile(copied, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	if err := db.CopySQLite(ctx, from, copied); err != nil {
		return err
	}
	if h.Schema, err = db.CheckSQLite(ctx, copied); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := a.json(headerName, h); err != nil {
		return err
	}
	return a.entry(ctx, sqliteName, info.Size(), nil, f)
}

func (a *archive) blobs(ctx context.Context, bucket *blob.Bucket) (n int, err error) {
	if bucket == nil {
		return 0, nil
	}
	list := bucket.List(nil)
	for {
		o, err := list.Next(ctx)
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		if o.IsDir {
			continue
		}
		r, err := bucket.NewReader(ctx, o.Key, nil)
		if gcerrors.Code(err) == gcerrors.NotFound {
			continue // deleted since the list was read: the snapshot's rows may name it, its owner no longer wants it
		}
		if err != nil {
			return n, err
		}
		err = a.entry(ctx, blobDir+o.Key, r.Size(), map[string]string{paxContentType: r.ContentType()}, r)
		if err = errors.Join(err, r.Close()); err != nil {
			return n, fmt.Errorf("%s: %w", o.Key, err)
		}
		n++
	}
}

const paxContentType = "WOZAI.content-type"

func (a *archive) json(name string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return a.entry(context.Background(), name, int64(len(b)), nil, strings.NewReader(string(b)))
}

// entry copies exactly size bytes; a source that is shorter is an error.
func (a *archive) entry(ctx context.Context, name string, size int64, pax map[string]string, r io.Reader) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	h := &tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: time.Now(), Format: tar.FormatPAX, PAXRecords: pax}
	if err := a.tar.WriteHeader(h); err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(a.tar, sum), io.LimitReader(&ctxReader{ctx, r}, size))
	if err != nil {
		return err
	}
	if n != size {
		return fmt.Errorf("%s has become shorter while it was read", name)
	}
	a.manifest = append(a.manifest, Entry{Name: name, Size: size, SHA256: hexSum(sum)})
	a.size += size
	return nil
}

func hexSum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// ctxReader ends a long copy when ctx does.
type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *ctxReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
