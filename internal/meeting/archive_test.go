package meeting

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"testing"

	"wozai/internal/change"
	"wozai/internal/fault"
	"wozai/internal/testkit"
)

type (
	ctxt = context.Context
	tx   = change.Tx
)

func asFault(err error, into **fault.Fault) bool { return errors.As(err, into) }

func verify(t *testing.T, b []byte) Verdict {
	t.Helper()
	v, err := VerifyArchive(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

type zipFile struct {
	name string
	body []byte
}

func unpack(t *testing.T, b []byte) (out []zipFile) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, zipFile{f.Name, body})
	}
	return out
}

func pack(t *testing.T, files []zipFile) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.Create(f.name) // deflated, as another program would
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestATamperedArchiveIsFoundOut(t *testing.T) {
	f := newAfterwards(t, testkit.SQLiteStore(t), "zh-CN")
	f.must(f.Assemble(f.ctx, f.meeting))
	f.sign()
	for range 2 {
		_, err := f.Correct(f.ctx, f.as("recorder"), f.meeting, "", "更正一处笔误。", "核对")
		f.must(err)
	}
	whole := f.archive()
	edit := func(name string, fn func(b []byte) []byte) func([]zipFile) []zipFile {
		return func(in []zipFile) []zipFile {
			i := slices.IndexFunc(in, func(x zipFile) bool { return x.name == name })
			in[i].body = fn(in[i].body)
			return in
		}
	}
	manifest := func(fn func(m *Manifest)) func([]zipFile) []zipFile {
		return edit(manifestName, func(b []byte) []byte {
			var m Manifest
			f.must(json.Unmarshal(b, &m))
			fn(&m)
			b, err := json.Marshal(m)
			f.must(err)
			return b
		})
	}
	bomb := make([]byte, 40<<20)
	for _, c := range []struct {
		name string
		do   func([]zipFile) []zipFile
		want string // "" agrees
	}{
		{"packed again by another program", func(in []zipFile) []zipFile { return in }, ""},
		{"a word changed", edit("attendance.json", func(b []byte) []byte { return bytes.Replace(b, []byte("安然"), []byte("鲍平"), 1) }), "hash"},
		{"a file grown", edit(pageName, func(b []byte) []byte { return append(b, ' ') }), "size"},
		{"a bomb in place of a file", edit("votes.json", func([]byte) []byte { return bomb }), "size"},
		{"a file taken out", func(in []zipFile) []zipFile { return in[1:] }, "missing"},
		{"a file added", func(in []zipFile) []zipFile { return append(in, zipFile{"more.txt", []byte("x")}) }, "extra"},
		{"a file twice", func(in []zipFile) []zipFile { return append(in, in[0]) }, "twice"},
		{"a way out of the folder", func(in []zipFile) []zipFile { return append(in, zipFile{"../../etc/passwd", []byte("x")}) }, "path"},
		{"an absolute path", func(in []zipFile) []zipFile { return append(in, zipFile{"/etc/passwd", []byte("x")}) }, "path"},
		{"a backslash", func(in []zipFile) []zipFile { return append(in, zipFile{`..\x`, []byte("x")}) }, "path"},
		{"no manifest", func(in []zipFile) []zipFile { return in[:len(in)-1] }, "no_manifest"},
		{"no JSON", edit(manifestName, func([]byte) []byte { return []byte("{") }), "manifest"},
		{"a later format", manifest(func(m *Manifest) { m.Format = "wozai-archive/9" }), "format"},
		{"another record's fingerprint", manifest(func(m *Manifest) { m.RecordHash = sum([]byte("x")) }), "record"},
		{"a correction left out", manifest(func(m *Manifest) { m.Corrections = m.Corrections[1:] }), "chain"},
		{"a correction reworded", manifest(func(m *Manifest) { m.Corrections[1].Body += " " }), "chain"},
		{"the last correction hidden", manifest(func(m *Manifest) { m.Corrections = m.Corrections[:1] }), "chain"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := verify(t, pack(t, c.do(unpack(t, whole))))
			if c.want == "" {
				if len(v.Differences) > 0 {
					t.Fatalf("differences %+v", v.Differences)
				}
				return
			}
			if !slices.ContainsFunc(v.Differences, func(d Difference) bool { return d.Kind == c.want }) {
				t.Fatalf("differences %+v, want %s", v.Differences, c.want)
			}
		})
	}
	for _, n := range []int{0, 10, len(whole) / 2, len(whole) - 1} {
		if v := verify(t, whole[:n]); len(v.Differences) == 0 {
			t.Errorf("%d bytes of %d pass", n, len(whole))
		}
	}
}

func TestPapersKeepTheirNamesInTheArchive(t *testing.T) {
	for name, want := range map[string]string{"学习材料.pdf": "papers/01-学习材料.pdf", "../../etc/passwd": "papers/01-etc_passwd", "图": "papers/01-图", `a\b:c.JPG`: "papers/01-a_b_c.JPG"} {
		if got := paperName(1, name); got != want || !safeName(got) {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
}
