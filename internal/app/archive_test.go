package app

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAnArchiveIsVerifiedInPlainWords(t *testing.T) {
	f := newFixture(t)
	z, err := f.app.Records.Archive(context.Background(), f.actor(officerA), f.signed())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := z.Write(&b); err != nil {
		t.Fatal(err)
	}
	whole, broken := filepath.Join(t.TempDir(), "whole.zip"), filepath.Join(t.TempDir(), "broken.zip")
	for path, content := range map[string][]byte{whole: b.Bytes(), broken: bytes.Replace(b.Bytes(), []byte("甲支部"), []byte("乙支部"), 1)} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ file, lang, says string }{
		{whole, "zh_CN.UTF-8", "核对无误"}, {whole, "en_GB.UTF-8", "Everything agrees"}, {broken, "zh-CN", "不一致"}, {broken, "en", "do not trust this archive"},
	} {
		var out bytes.Buffer
		if err := VerifyArchive(c.file, c.lang, &out); (err == nil) != (c.file == whole) || !strings.Contains(out.String(), c.says) {
			t.Errorf("%s in %s: %v, says %q", filepath.Base(c.file), c.lang, err, out.String())
		}
	}
	if err := VerifyArchive(filepath.Join(t.TempDir(), "none.zip"), "en", &bytes.Buffer{}); err == nil {
		t.Error("a file that is not there passes")
	}
}
