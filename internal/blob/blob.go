// Package blob keeps files: in the data directory, or wherever --blob says.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	_ "gocloud.dev/blob/s3blob" // --blob s3://…
	"gocloud.dev/gcerrors"

	"wozai/internal/fault"
)

// Store is where files are kept, by key; keys are made here and never name anybody.
type Store struct {
	*blob.Bucket
	dir string // "" unless it is a directory of ours
}

// Open opens the store: address ("s3://…"), or without one the directory "blobs" in data.
func Open(ctx context.Context, address, data string) (*Store, error) {
	if address != "" {
		b, err := blob.OpenBucket(ctx, address)
		if err != nil {
			return nil, fmt.Errorf("--blob: %w", err)
		}
		return &Store{Bucket: b}, nil
	}
	dir := filepath.Join(data, "blobs")
	// Beside the files and not in the system's temporary directory: a rename must be enough.
	b, err := fileblob.OpenBucket(dir, &fileblob.Options{CreateDir: true, DirFileMode: 0o700, NoTempDir: true})
	if err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	clearUploads(dir + incoming)
	return &Store{Bucket: b, dir: dir}, nil
}

// Put stores content under a key, whole or not at all, on the disk when it returns; it takes all of
// it into memory. Fault unavailable "database_unavailable" when there is no room or the store is
// not reached.
func (s *Store) Put(ctx context.Context, key, contentType string, body io.Reader) error {
	content, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	if err := s.WriteAll(ctx, key, content, &blob.WriterOptions{ContentType: contentType}); err != nil {
		return unavailable(err)
	}
	if s.dir == "" {
		return nil
	}
	// A row that names the file may be committed next; the file must not be younger than the row.
	path := filepath.Join(s.dir, filepath.FromSlash(key))
	if err := errors.Join(sync(path), s.syncFolders(path)); err != nil {
		return unavailable(errors.Join(err, s.Delete(context.WithoutCancel(ctx), key)))
	}
	return nil
}

// Open gives a file piece by piece, from any place: many may read a large one at once. It ends with ctx; close it.
// Fault not-found when there is none.
func (s *Store) Open(ctx context.Context, key string) (io.ReadSeekCloser, error) {
	r, err := s.NewReader(ctx, key, nil)
	switch {
	case gcerrors.Code(err) == gcerrors.NotFound:
		return nil, fault.NotFound()
	case err != nil:
		return nil, err
	}
	return r, nil
}

// Remove deletes a file for good; one that is not there any more is no error.
func (s *Store) Remove(ctx context.Context, key string) error {
	err := s.Delete(ctx, key)
	switch {
	case gcerrors.Code(err) == gcerrors.NotFound:
		return nil
	case err != nil || s.dir == "":
		return err
	}
	return sync(filepath.Dir(filepath.Join(s.dir, filepath.FromSlash(key)))) // a power cut must not bring it back
}

// syncFolders makes a file's name durable: the folders may be new too.
func (s *Store) syncFolders(path string) error {
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if err := sync(dir); err != nil {
			return err
		}
		if dir == s.dir || len(dir) < len(s.dir) {
			return nil
		}
	}
}

func sync(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func unavailable(err error) error {
	if fault.NoRoom(err) || gcerrors.Code(err) == gcerrors.ResourceExhausted {
		return fault.New(fault.KindUnavailable, "database_unavailable").Because(err)
	}
	return err
}
