// Package secret encrypts fields at rest. A master key lives in a file outside the database;
// each purpose ("contact", "whereabouts") has its own key, derived from it, so nodes of a
// cluster share one file and nothing else. The associated data binds a value to its table,
// column and row: a ciphertext copied elsewhere does not open.
//
// The file has one master key a line, newest first: the first seals, all open. A new line is a
// rotation; an old line may go once nothing sealed by it is left.
package secret

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	streaming "github.com/tink-crypto/tink-go/v2/streamingaead/subtle"
)

const (
	keySize = 32
	idSize  = 4 // of a master key, the first bytes of its hash; in front of every ciphertext
)

// Box seals and opens. Safe for use by many goroutines.
type Box struct {
	masters []master

	mu    sync.RWMutex
	aeads map[string]*subtle.AESGCM // by key id and purpose
}

type master struct {
	id  [idSize]byte
	key []byte
}

// ErrNotOpen says that a value was not sealed here, or was changed or moved since.
var ErrNotOpen = errors.New("secret: the value does not open")

// Open reads the master keys of a file, or makes the file with a new one when it is absent.
func Open(path string) (*Box, error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		// Another node may be first: its key stands then, and ours was never used.
		if err := addKey(path, nil); err != nil && !errors.Is(err, os.ErrExist) {
			return nil, fmt.Errorf("master key: %w", err)
		}
		info, err = os.Stat(path)
	}
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	if info.Mode().Perm()&0o007 != 0 {
		return nil, fmt.Errorf("master key: everybody on this machine may read %s; set its mode to 600", path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	return parse(b)
}

func parse(b []byte) (*Box, error) {
	box := &Box{aeads: map[string]*subtle.AESGCM{}}
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, err := hex.DecodeString(line)
		if err != nil || len(key) != keySize {
			return nil, errors.New("master key: a line is not 64 hexadecimal digits") // never the line itself
		}
		m := master{key: key}
		h := sha256.Sum256(append([]byte("wozai master key id"), key...))
		copy(m.id[:], h[:])
		box.masters = append(box.masters, m)
	}
	if len(box.masters) == 0 {
		return nil, errors.New("master key: the file holds none")
	}
	return box, nil
}

// Rotate puts a new master key in front of a file's keys. Running nodes go on with the old ones
// until they are started again.
func Rotate(path string) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("master key: %w", err)
	}
	if _, err := parse(old); err != nil {
		return err
	}
	return addKey(path, old)
}

// addKey writes the file anew, whole and durable or not at all. Without old keys it makes the
// file and leaves one that is there already alone (os.ErrExist).
func addKey(path string, old []byte) (err error) {
	key := make([]byte, keySize)
	rand.Read(key) //nolint:errcheck // crypto/rand never fails (Go 1.24)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".master-*") // 0600
	if err != nil {
		return err
	}
	first := old == nil
	defer func() {
		if err != nil || first {
			_ = os.Remove(f.Name())
		}
	}()
	if first {
		old = []byte("# Master key of this installation. Without it encrypted fields cannot be read; a backup does not hold it.\n")
	}
	if _, err = fmt.Fprintf(f, "%s\n%s", hex.EncodeToString(key), old); err != nil {
		return errors.Join(err, f.Close())
	}
	if err = errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if first {
		err = os.Link(f.Name(), path)
	} else {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// AAD is the associated data of a value: where it lives. What is sealed for one row does not open
// in another row, column or table.
func AAD(table, column string, row int64) []byte {
	return fmt.Appendf(nil, "%s/%s/%d", table, column, row)
}

func (b *Box) aead(m master, purpose string) (*subtle.AESGCM, error) {
	name := string(m.id[:]) + purpose
	b.mu.RLock()
	a := b.aeads[name]
	b.mu.RUnlock()
	if a != nil {
		return a, nil
	}
	key, err := hkdf.Key(sha256.New, m.key, nil, "wozai field "+purpose, keySize)
	if err != nil {
		return nil, err
	}
	if a, err = subtle.NewAESGCM(key); err != nil {
		return nil, err
	}
	b.mu.Lock()
	b.aeads[name] = a
	b.mu.Unlock()
	return a, nil
}

// Seal encrypts plaintext for a purpose, bound to aad.
func (b *Box) Seal(purpose string, aad, plaintext []byte) ([]byte, error) {
	m := b.masters[0]
	a, err := b.aead(m, purpose)
	if err != nil {
		return nil, err
	}
	c, err := a.Encrypt(plaintext, aad)
	if err != nil {
		return nil, err
	}
	return append(m.id[:], c...), nil
}

// Open decrypts what Seal made for the same purpose and aad; ErrNotOpen otherwise.
func (b *Box) Open(purpose string, aad, sealed []byte) ([]byte, error) {
	if len(sealed) < idSize {
		return nil, ErrNotOpen
	}
	for _, m := range b.masters {
		if !bytes.Equal(m.id[:], sealed[:idSize]) {
			continue
		}
		a, err := b.aead(m, purpose)
		if err != nil {
			return nil, err
		}
		if p, err := a.Decrypt(sealed[idSize:], aad); err == nil {
			return p, nil
		}
	}
	return nil, ErrNotOpen
}

// segment is how much of a stream is sealed at a time, in bytes.
const segment = 64 << 10

func (m master) stream(purpose string) (*streaming.AESGCMHKDF, error) {
	key, err := hkdf.Key(sha256.New, m.key, nil, "wozai stream "+purpose, keySize)
	if err != nil {
		return nil, err
	}
	return streaming.NewAESGCMHKDF(key, "SHA256", keySize, segment, 0)
}

// SealTo encrypts what is written, piece by piece, into w; the end is sealed by Close. For what is too
// large for Seal: a file.
func (b *Box) SealTo(w io.Writer, purpose string, aad []byte) (io.WriteCloser, error) {
	m := b.masters[0]
	a, err := m.stream(purpose)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(m.id[:]); err != nil {
		return nil, err
	}
	return a.NewEncryptingWriter(w, aad)
}

// OpenFrom decrypts what SealTo wrote for the same purpose and aad while it is read. What was changed,
// moved or cut off fails at the piece where it is, with ErrNotOpen and why; what was read before is right.
func (b *Box) OpenFrom(r io.Reader, purpose string, aad []byte) (io.Reader, error) {
	var id [idSize]byte
	if _, err := io.ReadFull(r, id[:]); err != nil {
		return nil, errors.Join(ErrNotOpen, err)
	}
	for _, m := range b.masters {
		if m.id != id {
			continue
		}
		a, err := m.stream(purpose)
		if err != nil {
			return nil, err
		}
		if r, err = a.NewDecryptingReader(r, aad); err != nil {
			return nil, errors.Join(ErrNotOpen, err)
		}
		return &opening{r: r}, nil
	}
	return nil, ErrNotOpen
}

// opening stays failed once it has: asked again, the library would say that the stream ended well.
type opening struct {
	r   io.Reader
	err error
}

func (o *opening) Read(p []byte) (n int, err error) {
	if o.err != nil {
		return 0, o.err
	}
	if n, err = o.r.Read(p); err != nil && !errors.Is(err, io.EOF) {
		o.err = errors.Join(ErrNotOpen, err)
		err = o.err
	}
	return n, err
}

// Index is a keyed hash, 16 bytes, by which a value is found without being readable. It comes
// from the oldest master key, so that values stay findable after a rotation.
func (b *Box) Index(purpose, value string) []byte {
	key, err := hkdf.Key(sha256.New, b.masters[len(b.masters)-1].key, nil, "wozai index "+purpose, keySize)
	if err != nil {
		panic(err) // only a length that HKDF cannot give
	}
	h := hmac.New(sha256.New, key)
	h.Write([]byte(value))
	return h.Sum(nil)[:16]
}
