package meeting

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// What an archive may be at most; a larger one is no archive of a meeting.
const (
	maxArchiveFiles = 5000
	maxManifest     = 16 << 20
	maxArchiveFile  = int64(2 << 30)
)

// Difference is something in an archive that does not agree. Kind is worded as record.verify.problem.<kind>.
type Difference struct {
	Kind   string
	Path   string
	Detail string
}

// Verdict is the outcome of checking an archive; it agrees when there is no difference.
type Verdict struct {
	Manifest    Manifest
	Differences []Difference
	Files       int
}

func (v *Verdict) add(kind, path, detail string) {
	v.Differences = append(v.Differences, Difference{kind, path, detail})
}

// VerifyArchive checks an archive against its own manifest: every file's hash and size, files that
// are missing, added or there twice, names that lead out of the folder, the record's hash and the
// chain of corrections. It never unpacks and reads no more of a file than the manifest states, so
// that a crafted archive does no harm. The error is of reading r alone.
func VerifyArchive(r io.ReaderAt, size int64) (v Verdict, err error) {
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		v.add("unreadable", "", err.Error())
		return v, nil
	}
	if len(z.File) > maxArchiveFiles {
		v.add("too_many", "", strconv.Itoa(len(z.File)))
		return v, nil
	}
	files := map[string]*zip.File{}
	for _, f := range z.File {
		switch {
		case !safeName(f.Name):
			v.add("path", f.Name, "")
		case files[f.Name] != nil:
			v.add("twice", f.Name, "")
		default:
			files[f.Name] = f
		}
	}
	if !v.manifest(files[manifestName]) {
		return v, nil
	}
	v.contents(files)
	v.record(files)
	return v, nil
}

// safeName is a relative path that stays inside, made of plain names.
func safeName(name string) bool {
	return name != "" && !strings.ContainsAny(name, "\\:\x00") && !path.IsAbs(name) && path.Clean(name) == name && name != ".." && !strings.HasPrefix(name, "../")
}

func (v *Verdict) manifest(f *zip.File) bool {
	if f == nil {
		v.add("no_manifest", "", "")
		return false
	}
	b, ok := readAtMost(f, maxManifest)
	if !ok {
		v.add("too_large", manifestName, "")
		return false
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&v.Manifest); err != nil {
		v.add("manifest", "", err.Error())
		return false
	}
	if v.Manifest.Format != ArchiveFormat {
		v.add("format", "", v.Manifest.Format)
		return false
	}
	return true
}

func (v *Verdict) contents(files map[string]*zip.File) {
	listed := map[string]bool{manifestName: true}
	for _, m := range v.Manifest.Files {
		if listed[m.Path] {
			v.add("twice", m.Path, "")
			continue
		}
		listed[m.Path] = true
		f := files[m.Path]
		switch {
		case f == nil:
			v.add("missing", m.Path, "")
			continue
		case m.Bytes < 0 || m.Bytes > maxArchiveFile:
			v.add("too_large", m.Path, "")
			continue
		}
		v.Files++
		h, n, err := digest(f, m.Bytes)
		switch {
		case err != nil: // its compressed bytes were touched: the zip's own sum says so before ours
			v.add("hash", m.Path, "")
		case n != m.Bytes:
			v.add("size", m.Path, "")
		case h != m.SHA256:
			v.add("hash", m.Path, "")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !listed[name] {
			v.add("extra", name, "")
		}
	}
}

// record checks what the hashes of the files cannot say: that record and corrections are one chain.
func (v *Verdict) record(files map[string]*zip.File) {
	if f := files[recordName]; f == nil {
		v.addOnce("missing", recordName)
	} else if h, _, err := digest(f, maxArchiveFile); err != nil || h != v.Manifest.RecordHash {
		v.add("record", recordName, "")
	}
	prev := v.Manifest.RecordHash
	for i, c := range v.Manifest.Corrections {
		if c.Number != int64(i)+1 || chain(prev, []byte(c.Body)) != c.Hash {
			v.add("chain", correctionsName, strconv.Itoa(i+1))
			return
		}
		prev = c.Hash
	}
	v.shown(files[correctionsName])
}

// shown compares the corrections as they are told with those in the chain.
func (v *Verdict) shown(f *zip.File) {
	if f == nil {
		v.addOnce("missing", correctionsName)
		return
	}
	b, ok := readAtMost(f, maxManifest)
	var told []json.RawMessage
	if !ok || json.Unmarshal(b, &told) != nil || len(told) != len(v.Manifest.Corrections) {
		v.add("chain", correctionsName, strconv.Itoa(len(told)))
		return
	}
	for i, t := range told {
		var compact bytes.Buffer
		if json.Compact(&compact, t) != nil || compact.String() != v.Manifest.Corrections[i].Body {
			v.add("chain", correctionsName, strconv.Itoa(i+1))
			return
		}
	}
}

func (v *Verdict) addOnce(kind, path string) {
	for _, d := range v.Differences {
		if d.Kind == kind && d.Path == path {
			return
		}
	}
	v.add(kind, path, "")
}

// digest hashes a file, reading at most one byte more than it should have.
func digest(f *zip.File, limit int64) (hash string, n int64, err error) {
	r, err := f.Open()
	if err != nil {
		return "", 0, err
	}
	defer r.Close() //nolint:errcheck // nothing was written
	h := sha256.New()
	n, err = io.Copy(h, io.LimitReader(r, limit+1))
	return hex.EncodeToString(h.Sum(nil)), n, err
}

func readAtMost(f *zip.File, limit int64) ([]byte, bool) {
	r, err := f.Open()
	if err != nil {
		return nil, false
	}
	defer r.Close() //nolint:errcheck // nothing was written
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	return b, err == nil && int64(len(b)) <= limit
}
