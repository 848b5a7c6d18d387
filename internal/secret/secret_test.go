package secret

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func open(t *testing.T, path string) *Box {
	t.Helper()
	b, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWhatIsSealedOpensOnlyInItsPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "k", "master.key")
	b := open(t, path)
	again := open(t, path) // another node, the same file
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		aad := rapid.SliceOf(rapid.Byte()).Draw(t, "aad")
		sealed, err := b.Seal("contact", aad, plain)
		if err != nil {
			t.Fatal(err)
		}
		got, err := again.Open("contact", aad, sealed)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("opened %q, %v", got, err)
		}
		if _, err := b.Open("contact", append([]byte("x"), aad...), sealed); !errors.Is(err, ErrNotOpen) {
			t.Fatalf("opened in another row: %v", err)
		}
		if _, err := b.Open("whereabouts", aad, sealed); !errors.Is(err, ErrNotOpen) {
			t.Fatalf("opened for another purpose: %v", err)
		}
		i := rapid.IntRange(0, len(sealed)-1).Draw(t, "i")
		sealed[i] ^= 1
		if _, err := b.Open("contact", aad, sealed); !errors.Is(err, ErrNotOpen) {
			t.Fatalf("opened after a change: %v", err)
		}
	})
}

func TestAStreamOpensWholeAndInItsPlaceAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	b := open(t, path)
	seal := func(t interface{ Fatal(...any) }, plain []byte, part int) []byte {
		var sealed bytes.Buffer
		w, err := b.SealTo(&sealed, "file", []byte("here"))
		if err != nil {
			t.Fatal(err)
		}
		for part := range slices.Chunk(plain, part) {
			if _, err := w.Write(part); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return sealed.Bytes()
	}
	read := func(b *Box, purpose, aad string, sealed []byte) ([]byte, error) {
		r, err := b.OpenFrom(bytes.NewReader(sealed), purpose, []byte(aad))
		if err != nil {
			return nil, err
		}
		plain, err := io.ReadAll(r)
		if _, again := r.Read(make([]byte, 1)); err != nil && !errors.Is(again, ErrNotOpen) {
			t.Errorf("asked again it says %v", again)
		}
		return plain, err
	}
	rapid.Check(t, func(rt *rapid.T) {
		plain := bytes.Repeat([]byte("汉口"), rapid.IntRange(0, segment/2).Draw(rt, "length")) // some of them three pieces long
		sealed := seal(rt, plain, rapid.IntRange(1, 2*segment).Draw(rt, "part"))
		if bytes.Contains(sealed, []byte("汉口")) {
			rt.Fatal("it stands there in the clear")
		}
		if got, err := read(open(t, path), "file", "here", sealed); err != nil || !bytes.Equal(got, plain) {
			rt.Fatalf("%d bytes of %d, %v", len(got), len(plain), err)
		}
		changed := bytes.Clone(sealed)
		changed[rapid.IntRange(0, len(sealed)-1).Draw(rt, "changed")] ^= 1
		for what, err := range map[string]error{
			"in another place":    second(read(b, "file", "there", sealed)),
			"for another purpose": second(read(b, "other", "here", sealed)),
			"cut off":             second(read(b, "file", "here", sealed[:rapid.IntRange(0, len(sealed)-1).Draw(rt, "cut")])),
			"changed":             second(read(b, "file", "here", changed)),
		} {
			if !errors.Is(err, ErrNotOpen) {
				rt.Errorf("%s: %v", what, err)
			}
		}
	})
	sealed := seal(t, []byte("kept"), 4)
	if err := Rotate(path); err != nil {
		t.Fatal(err)
	}
	if got, err := read(open(t, path), "file", "here", sealed); err != nil || string(got) != "kept" {
		t.Errorf("after a rotation: %q, %v", got, err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestRotationKeepsOldValuesReadableAndFindable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	old := open(t, path)
	sealed, err := old.Seal("contact", nil, []byte("13800000000"))
	if err != nil {
		t.Fatal(err)
	}
	if err := Rotate(path); err != nil {
		t.Fatal(err)
	}
	b := open(t, path)
	if got, err := b.Open("contact", nil, sealed); err != nil || string(got) != "13800000000" {
		t.Errorf("%q, %v", got, err)
	}
	if !bytes.Equal(b.Index("phone", "13800000000"), old.Index("phone", "13800000000")) {
		t.Error("a value is not found any more")
	}
	if bytes.Equal(b.Index("phone", "1"), b.Index("phone", "2")) || bytes.Equal(b.Index("phone", "1"), b.Index("email", "1")) {
		t.Error("the index does not tell values or purposes apart")
	}
	fresh, err := b.Seal("contact", nil, []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := old.Open("contact", nil, fresh); err == nil {
		t.Error("the old key opens what the new one sealed")
	}
}

func TestKeyFileIsPrivateAndErrorsKeepItSo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	open(t, path)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(path, []byte("deadbeef-not-a-key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || strings.Contains(err.Error(), "deadbeef") {
		t.Errorf("error %v", err)
	}
}

func TestFileThatEverybodyMayReadIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	open(t, path)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "600") {
		t.Errorf("error %v", err)
	}
}

func TestNodesThatStartTogetherShareOneKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	indexes := make(chan string, 8)
	for range cap(indexes) {
		go func() {
			b, err := Open(path)
			if err != nil {
				indexes <- err.Error()
				return
			}
			indexes <- string(b.Index("phone", "1"))
		}()
	}
	want := <-indexes
	for range cap(indexes) - 1 {
		if got := <-indexes; got != want {
			t.Errorf("%x, want %x", got, want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".master-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestValuesAreBoundToTheirRow(t *testing.T) {
	seen := map[string]bool{}
	for _, aad := range [][]byte{AAD("person", "phone", 1), AAD("person", "phone", 2), AAD("person", "email", 1), AAD("unit", "phone", 1)} {
		if seen[string(aad)] {
			t.Errorf("%q twice", aad)
		}
		seen[string(aad)] = true
	}
}
