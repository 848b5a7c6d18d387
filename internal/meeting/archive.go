package meeting

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"wozai/internal/access"
	"wozai/internal/blob"
	"wozai/internal/db"
	"wozai/internal/fault"
)

// The archive of a signed meeting is one .zip: the record, its documents, papers, votes, attendance
// and corrections, and manifest.json with the SHA-256 of each. The same state gives the same bytes:
// files stand in a fixed order, uncompressed, dated by the signing.

// ArchiveFormat names the shape of the archive.
const ArchiveFormat = "wozai-archive/1"

// Manifest lists what an archive holds.
type Manifest struct {
	Format      string           `json:"format"`
	Meeting     db.ID            `json:"meeting"`
	Unit        RecordName       `json:"unit"`
	Kind        RecordTerm       `json:"kind"`
	Theme       string           `json:"theme"`
	SignedAt    db.Time          `json:"signed_at"`
	SignedBy    RecordName       `json:"signed_by"`
	RecordHash  string           `json:"record_hash"` // SHA-256 of record.json
	Corrections []ManifestChange `json:"corrections"` // in order; each hash follows from the one before, the first from RecordHash
	Files       []ManifestFile   `json:"files"`
}

// ManifestFile is one file.
type ManifestFile struct {
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// ManifestChange is a correction in the chain: Hash = SHA-256(previous hash, line feed, Body).
type ManifestChange struct {
	Number int64  `json:"number"`
	Body   string `json:"body"`
	Hash   string `json:"hash"`
}

// Names inside an archive.
const (
	manifestName    = "manifest.json"
	recordName      = "record.json"
	correctionsName = "corrections.json"
	pageName        = "record.html"
)

// ArchiveStream is an archive that can be written.
type ArchiveStream struct {
	Name  string
	Write func(w io.Writer) error
}

// Archive prepares the archive of a signed meeting; for officers of the unit, since personal
// actions are in it. Faults: conflict record_not_signed; forbidden; not-found.
func (s *Records) Archive(ctx context.Context, a access.Actor, meeting db.ID) (ArchiveStream, error) {
	q := s.DB.Read()
	r, v, err := s.load(ctx, q, a, meeting)
	switch {
	case err != nil:
		return ArchiveStream{}, err
	case !v.officer:
		return ArchiveStream{}, fault.Forbidden()
	case r.State != RecordSigned:
		return ArchiveStream{}, fault.Conflict("record_not_signed")
	}
	var f FrozenRecord
	if err := json.Unmarshal([]byte(r.Frozen), &f); err != nil {
		return ArchiveStream{}, err
	}
	corrections, err := readCorrections(ctx, q, meeting)
	if err != nil {
		return ArchiveStream{}, err
	}
	var files []RecordFile
	if err := db.Select(ctx, q, &files, `SELECT kind, name, media_type, bytes, sha256, at, blob FROM record_file WHERE meeting_id = $1 ORDER BY kind`, meeting); err != nil {
		return ArchiveStream{}, err
	}
	var papers []paperBlob
	if err := db.Select(ctx, q, &papers, `SELECT id, name, blob FROM paper WHERE meeting_id = $1 AND removed_at = 0 ORDER BY id`, meeting); err != nil {
		return ArchiveStream{}, err
	}
	name := fileName(f.Title, ".zip")
	return ArchiveStream{Name: name, Write: func(w io.Writer) error { return s.writeArchive(ctx, w, r, f, corrections, files, papers) }}, nil
}

// paperName is safe and keeps what the file is: "papers/01-title.pdf".
func paperName(n int, name string) string {
	ext := path.Ext(name)
	if len(ext) < 2 {
		return fmt.Sprintf("papers/%02d-%s", n, fileName(name, ""))
	}
	return fmt.Sprintf("papers/%02d-%s", n, fileName(strings.TrimSuffix(name, ext), "."+fileName(ext, "")))
}

type paperBlob struct {
	ID   db.ID  `db:"id"`
	Name string `db:"name"`
	Blob string `db:"blob"`
}

func (s *Records) writeArchive(ctx context.Context, w io.Writer, r recordRow, f FrozenRecord, corrections []Correction, files []RecordFile, papers []paperBlob) error {
	z := &packer{zip: zip.NewWriter(w), at: f.SignedAt.Std().UTC(), used: map[string]bool{}}
	m := Manifest{Format: ArchiveFormat, Meeting: r.Meeting, Unit: f.Facts.Unit, Kind: f.Facts.Kind, Theme: f.Facts.Theme, SignedAt: f.SignedAt, SignedBy: f.SignedBy, RecordHash: r.Hash, Corrections: []ManifestChange{}}
	for _, x := range corrections {
		m.Corrections = append(m.Corrections, ManifestChange{x.Number, x.Body, x.Hash})
	}
	c := newComposer(f.Facts, f.Actions, nil, s.Profile())
	page, err := c.page(f, corrections, r.Hash)
	if err != nil {
		return err
	}
	z.add(recordName, []byte(r.Frozen))
	z.add("personal-actions.json", []byte(r.Annex))
	z.json("attendance.json", f.Facts.Attendance)
	z.json("votes.json", f.Facts.Motions)
	z.json(correctionsName, orEmpty(corrections))
	z.add(pageName, page)
	for _, x := range files {
		z.stored(ctx, s.Files, "documents/"+x.Name, x.Blob)
	}
	for i, p := range papers {
		z.stored(ctx, s.Files, paperName(i+1, p.Name), blob.Key(p.Blob))
	}
	m.Files = z.files
	z.json(manifestName, m)
	return z.close()
}

// packer writes files and remembers their hashes; the first error ends it.
type packer struct {
	zip   *zip.Writer
	at    time.Time
	files []ManifestFile
	used  map[string]bool
	err   error
}

func (p *packer) add(name string, b []byte) { p.copy(name, bytes.NewReader(b)) }

func (p *packer) copy(name string, r io.Reader) {
	for ext := path.Ext(name); p.used[name]; { // two papers of one name
		name = strings.TrimSuffix(name, ext) + "_" + ext
	}
	p.used[name] = true
	if p.err != nil {
		return
	}
	var w io.Writer
	if w, p.err = p.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: p.at}); p.err != nil {
		return
	}
	h := sha256.New()
	var n int64
	if n, p.err = io.Copy(io.MultiWriter(w, h), r); p.err != nil {
		return
	}
	p.files = append(p.files, ManifestFile{name, n, hex.EncodeToString(h.Sum(nil))})
}

func (p *packer) json(name string, v any) {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil && p.err == nil {
		p.err = err
	}
	p.add(name, b)
}

// stored copies a file from the store.
func (p *packer) stored(ctx context.Context, files Files, name, key string) {
	if p.err != nil {
		return
	}
	r, err := files.Open(ctx, key)
	if err != nil {
		p.err = fmt.Errorf("archive: %s: %w", key, err)
		return
	}
	p.copy(name, r)
	p.err = errors.Join(p.err, r.Close())
}

func (p *packer) close() error {
	if p.err != nil {
		return p.err
	}
	return p.zip.Close()
}
