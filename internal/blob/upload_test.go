package blob

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"

	"wozai/internal/fault"
	"wozai/internal/testkit"
)

// stores are a directory of ours and a bucket of an S3 server.
func stores(t *testing.T) map[string]*Store {
	t.Helper()
	dir, err := Open(t.Context(), "", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	bucket, err := Open(t.Context(), testkit.S3(t), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", t.TempDir())
	all := map[string]*Store{"directory": dir, "bucket": bucket}
	t.Cleanup(func() {
		for _, s := range all {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	return all
}

// files lists every file below the given folders.
func files(t testing.TB, dirs ...string) (all []string) {
	t.Helper()
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				all = append(all, path)
			}
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestKeptContentComesBackOnce(t *testing.T) {
	for name, s := range stores(t) {
		rapid.Check(t, func(rt *rapid.T) {
			content := rapid.SliceOf(rapid.Byte()).Draw(rt, "content")
			for range 2 {
				ref, err := s.Keep(t.Context(), iotest.OneByteReader(bytes.NewReader(content)), Accept{Limit: int64(len(content)), Type: anything})
				sum := sha256.Sum256(content)
				if err != nil || ref.SHA256 != hex.EncodeToString(sum[:]) || ref.Size != int64(len(content)) {
					rt.Fatalf("%s: %+v, %v", name, ref, err)
				}
				r, err := s.Open(t.Context(), Key(ref.SHA256))
				if err != nil {
					rt.Fatal(err)
				}
				got, err := io.ReadAll(r)
				if err := errors.Join(err, r.Close()); err != nil || !bytes.Equal(got, content) {
					rt.Fatalf("%s: %q, %v", name, got, err)
				}
			}
		})
		if left := files(t, s.dir+".incoming", os.TempDir()); len(left) > 0 {
			t.Errorf("%s: left behind: %v", name, left)
		}
		for _, none := range []string{strings.Repeat("0", 64), "", "../../etc/passwd"} {
			if _, err := s.Open(t.Context(), Key(none)); !fault.Is(err, fault.KindNotFound) {
				t.Errorf("%s: %q: %v", name, none, err)
			}
		}
	}
}

// Above five megabytes a bucket is written in parts.
func TestALargeFileIsKeptWhole(t *testing.T) {
	content := make([]byte, 12<<20)
	if _, err := rand.Read(content); err != nil {
		t.Fatal(err)
	}
	for name, s := range stores(t) {
		ref, err := s.Keep(t.Context(), bytes.NewReader(content), Accept{Limit: 16 << 20, Type: anything})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := s.Put(t.Context(), "archive/1", "application/zip", bytes.NewReader(content)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, key := range []string{Key(ref.SHA256), "archive/1"} {
			r, err := s.Open(t.Context(), key)
			if err != nil {
				t.Fatalf("%s: %s: %v", name, key, err)
			}
			got, err := io.ReadAll(r)
			if err := errors.Join(err, r.Close()); err != nil || !bytes.Equal(got, content) {
				t.Errorf("%s: %s: %d bytes, %v", name, key, len(got), err)
			}
		}
	}
}

func TestABucketThatDoesNotLetUsInSaysSo(t *testing.T) {
	address := testkit.S3(t)
	t.Setenv("AWS_SECRET_ACCESS_KEY", "another")
	s, err := Open(t.Context(), address, "")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if ref, err := s.Keep(t.Context(), strings.NewReader("x"), Accept{Limit: 99, Type: anything}); err == nil || ref != (Ref{}) {
		t.Errorf("%+v, %v", ref, err)
	}
	if _, err := s.Open(t.Context(), Key(strings.Repeat("0", 64))); err == nil || fault.Is(err, fault.KindNotFound) {
		t.Errorf("a file that may be there: %v", err)
	}
}

func TestUploadsThatAreRefusedLeaveNothing(t *testing.T) {
	cut := errors.New("connection reset")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, s := range stores(t) {
		for what, c := range map[string]struct {
			ctx    context.Context
			r      io.Reader
			accept Accept
			want   error
		}{
			"one byte too many":           {t.Context(), strings.NewReader("12345"), Accept{Limit: 4, Type: anything}, ErrTooLarge},
			"without end":                 {t.Context(), endless{}, Accept{Limit: 1 << 20, Type: anything}, ErrTooLarge},
			"a page called a picture":     {t.Context(), strings.NewReader("<html><script>"), Accept{Limit: 99, Type: picture}, ErrWrongType},
			"cut off on its way":          {t.Context(), io.MultiReader(strings.NewReader("half"), iotest.ErrReader(cut)), Accept{Limit: 99, Type: anything}, cut},
			"nobody waits for it anymore": {ended, strings.NewReader("x"), Accept{Limit: 99, Type: anything}, context.Canceled},
		} {
			ref, err := s.Keep(c.ctx, c.r, c.accept)
			if ref != (Ref{}) || !errors.Is(err, c.want) && (fault.Code(c.want) == "" || fault.Code(err) != fault.Code(c.want)) {
				t.Errorf("%s, %s: %+v, %v", name, what, ref, err)
			}
		}
		if there, err := s.List(nil).Next(t.Context()); !errors.Is(err, io.EOF) {
			t.Errorf("%s: left behind: %v, %v", name, there, err)
		}
		if left := files(t, s.dir+".incoming", os.TempDir()); len(left) > 0 {
			t.Errorf("%s: left behind: %v", name, left)
		}
	}
}

func TestUploadsOfACrashAreClearedAway(t *testing.T) {
	data := t.TempDir()
	incoming := filepath.Join(data, "blobs.incoming")
	if err := os.MkdirAll(incoming, 0o700); err != nil {
		t.Fatal(err)
	}
	old, fresh := filepath.Join(incoming, "upload-1"), filepath.Join(incoming, "upload-2")
	for _, path := range []string{old, fresh} {
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(old, before, before); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), "", data)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if left := files(t, incoming); len(left) != 1 || left[0] != fresh {
		t.Errorf("%v are left, want the fresh one, which another node may be writing", left)
	}
}

func anything([]byte) string { return "application/octet-stream" }

func picture(head []byte) string {
	if bytes.HasPrefix(head, []byte("\x89PNG")) {
		return "image/png"
	}
	return ""
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// A disk that is full, played by a limit on the size of files, in a process of its own.
func TestFullDiskIsSaidAndLeavesNothing(t *testing.T) {
	if dir := os.Getenv("WOZAI_FULL_DISK"); dir != "" {
		signal.Ignore(syscall.SIGXFSZ) // the write then fails with EFBIG
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 64 << 10, Max: 64 << 10}); err != nil {
			t.Fatal(err)
		}
		keepTooMuch(t, dir)
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFullDiskIsSaidAndLeavesNothing$")
	cmd.Env = append(os.Environ(), "WOZAI_FULL_DISK="+t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func keepTooMuch(t *testing.T, dir string) {
	s, err := Open(t.Context(), "", dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ref, err := s.Keep(t.Context(), io.LimitReader(endless{}, 16<<20), Accept{Limit: 32 << 20, Type: anything})
	if !fault.Is(err, fault.KindUnavailable) || ref != (Ref{}) {
		t.Errorf("%+v, %v", ref, err)
	}
	if left := files(t, dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, err := s.Keep(t.Context(), strings.NewReader("small"), Accept{Limit: 99, Type: anything}); err != nil {
		t.Errorf("what fits afterwards: %v", err)
	}
	fmt.Fprintln(os.Stderr, "full disk:", fault.Code(err))
}

// The same on a real full disk: WOZAI_SMALL_DISK names an almost full file system.
func TestSmallDisk(t *testing.T) {
	dir := os.Getenv("WOZAI_SMALL_DISK")
	if dir == "" {
		return // only as the other process of the test above, or by hand
	}
	keepTooMuch(t, dir)
}
