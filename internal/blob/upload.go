package blob

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"gocloud.dev/blob"

	"wozai/internal/fault"
)

// Ref names a kept file by what is in it. The same content is kept once.
type Ref struct {
	SHA256 string // 64 hexadecimal digits
	Size   int64  // bytes
	Type   string // as Accept found it
}

// Key is where the content with a SHA-256 lies in the store. The same content is kept once.
func Key(sha256 string) string {
	if len(sha256) != 2*32 {
		return "papers/none" // no content has it
	}
	return "papers/" + sha256[:2] + "/" + sha256
}

// Accept says what an upload may be, and how it is kept.
type Accept struct {
	Limit  int64                                     // bytes
	Type   func(head []byte) string                  // tells from the first kilobyte what it is; "" refuses it
	Seal   func(w io.Writer) (io.WriteCloser, error) // encrypts what goes to the disk; nil: as it came
	Refuse Codes
}

// Codes are those of an upload's faults, where a slice has words of its own for them.
type Codes struct {
	Type  string // wrong_type
	Large string // too_large: params limit_mb
	Empty string // invalid; "": nothing is a content as well
}

// ErrTooLarge and ErrWrongType refuse an upload without codes of its own; compare by fault.Code.
var (
	ErrTooLarge  = fault.New(fault.KindTooLarge, "too_large")
	ErrWrongType = fault.New(fault.KindWrongType, "wrong_type")
)

const incoming = ".incoming" // after the directory's name: where uploads wait to be whole

// Keep stores what r gives, in bounded memory. When it returns, the content is on the disk (or in
// the S3 bucket) under its hash. Faults: those of Take. After an error nothing is left behind.
func (s *Store) Keep(ctx context.Context, r io.Reader, a Accept) (Ref, error) {
	t, err := s.Take(ctx, r, a)
	if err != nil {
		return Ref{}, err
	}
	err = t.Put(ctx, Key(t.SHA256))
	if err = errors.Join(err, t.Close()); err != nil {
		return Ref{}, err
	}
	return t.Ref, nil
}

// Taken is an upload that came whole and has no place in the store yet: Put gives it one, Close
// drops it if nothing did.
type Taken struct {
	Ref
	store *Store
	file  *os.File
}

// Take takes in what r gives, in bounded memory, for Put. What it is is read from the content, never
// from a name or a header, before anything is taken in. Faults: wrong_type, too_large
// and invalid by the codes of a, unavailable when there is no room; an error of r comes back as it is.
// After an error nothing is left behind.
func (s *Store) Take(ctx context.Context, r io.Reader, a Accept) (_ *Taken, err error) {
	r = stoppable{ctx, r}
	head := make([]byte, 1024)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	head = head[:n]
	t := &Taken{store: s}
	if n == 0 && a.Refuse.Empty != "" {
		return nil, fault.New(fault.KindInvalid, a.Refuse.Empty)
	}
	if t.Type = a.Type(head); t.Type == "" {
		return nil, fault.New(fault.KindWrongType, cmp.Or(a.Refuse.Type, ErrWrongType.Code))
	}
	spool := os.TempDir()
	if s.dir != "" { // beside the files and not among them: a rename must be enough, a backup not see it
		spool = s.dir + incoming
		if err := os.MkdirAll(spool, 0o700); err != nil {
			return nil, unavailable(err)
		}
	}
	if t.file, err = os.CreateTemp(spool, "upload-*"); err != nil { // 0600
		return nil, unavailable(err)
	}
	defer func() {
		if err != nil {
			err = unavailable(errors.Join(err, t.Close()))
		}
	}()
	to := io.WriteCloser(plain{t.file})
	if a.Seal != nil {
		if to, err = a.Seal(t.file); err != nil {
			return nil, err
		}
	}
	h := sha256.New()
	t.Size, err = io.Copy(io.MultiWriter(to, h), io.LimitReader(io.MultiReader(bytes.NewReader(head), r), a.Limit+1))
	if err = errors.Join(err, to.Close()); err != nil {
		return nil, err
	}
	if t.Size > a.Limit {
		return nil, fault.New(fault.KindTooLarge, cmp.Or(a.Refuse.Large, ErrTooLarge.Code)).With("limit_mb", a.Limit>>20)
	}
	t.SHA256 = hex.EncodeToString(h.Sum(nil))
	return t, nil
}

// plain leaves what is written as it is, and the file open.
type plain struct{ io.Writer }

func (plain) Close() error { return nil }

// Put gives an upload its place in the store, durable when it returns. Once; a key stands for one
// content, which may have been put there before.
func (t *Taken) Put(ctx context.Context, key string) error {
	if t.store.dir != "" {
		return unavailable(t.store.settle(t.file, key))
	}
	return unavailable(t.store.send(ctx, t.file, key, t.Type))
}

// Close drops what was not given a place.
func (t *Taken) Close() error {
	err := t.file.Close()
	if e := os.Remove(t.file.Name()); e != nil && !errors.Is(e, os.ErrNotExist) { // renamed when all went well
		err = errors.Join(err, e)
	}
	return err
}

// clearUploads removes uploads that a crash has left half done; nobody uploads for a day.
func clearUploads(dir string) {
	old, _ := filepath.Glob(filepath.Join(dir, "upload-*"))
	for _, path := range old {
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > 24*time.Hour {
			_ = os.Remove(path) // it will be tried again at the next start
		}
	}
}

// settle makes the file durable and then gives it its name: there is never a name with half the
// content, and none that a power cut takes back.
func (s *Store) settle(f *os.File, key string) error {
	if err := f.Sync(); err != nil {
		return err
	}
	path := filepath.Join(s.dir, filepath.FromSlash(key))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return s.syncFolders(path)
}

func (s *Store) send(ctx context.Context, f *os.File, key, contentType string) error {
	if there, err := s.Exists(ctx, key); err != nil || there {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	// The bucket stores at Close, whole, unless the context has ended.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w, err := s.NewWriter(ctx, key, &blob.WriterOptions{ContentType: contentType})
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, f); err != nil {
		cancel()
		return errors.Join(err, w.Close())
	}
	return w.Close()
}

// stoppable is a reader that ends with its context.
type stoppable struct {
	ctx context.Context
	r   io.Reader
}

func (s stoppable) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(p)
}
