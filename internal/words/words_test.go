package words

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// Keys written out in Go and in templates must exist.
func TestKeysInUseAreWorded(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	uses := regexp.MustCompile(`words\.(?:T|Has)\([^"()]*"([A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)+)"|\{\{-? ?(?:\w+ )*T "([A-Za-z0-9_.]+)"|\(T "([A-Za-z0-9_.]+)"`)
	found := 0
	for _, dir := range []string{"internal", "cmd"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				if os.IsNotExist(err) {
					return nil
				}
				return err
			}
			if ext := filepath.Ext(path); e.IsDir() || ext != ".go" && ext != ".tmpl" && ext != ".html" || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, m := range uses.FindAllStringSubmatch(string(b), -1) {
				found++
				if key := m[1] + m[2] + m[3]; !Has(key) {
					t.Errorf("%s uses %s, which is not worded", strings.TrimPrefix(path, root+"/"), key)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d uses", found)
}

func TestT(t *testing.T) {
	files := fstest.MapFS{
		"zh-CN/x.json":     {Data: []byte(`{"hi":"你好，{{name}}","n_other":"{{count}} 人","fault":{"odd":"奇怪"}}`)},
		"zh-CN/fault.json": {Data: []byte(`{"internal":"出错了"}`)},
	}
	got, err := read(files)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"x.hi": "你好，{{name}}", "x.n_other": "{{count}} 人", "fault.odd": "奇怪", "fault.internal": "出错了"}
	if !maps.Equal(got[Chinese], want) {
		t.Errorf("got %v", got[Chinese])
	}
	files["zh-CN/fault.json"] = &fstest.MapFile{Data: []byte(`{"odd":"又一个"}`)}
	if _, err := read(files); err == nil {
		t.Error("one code, worded twice, was accepted")
	}
	if got := fill("a {{ x }} b {{y}} c", map[string]any{"x": 1}); got != "a 1 b  c" {
		t.Errorf("fill: %q", got)
	}
	for lang, want := range map[string]string{Chinese: "还有 1 项", English: "1 more"} {
		if got := T(lang, "common.more", map[string]any{"count": 1}); got != want {
			t.Errorf("T(%s): %q, want %q", lang, got, want)
		}
	}
	if got := T("fr", "no.such", nil); got != "no.such" {
		t.Errorf("unknown key: %q", got)
	}
	if got := Fault(English, "no_such_code", nil); got != T(English, "fault.internal", nil) {
		t.Errorf("unknown code: %q", got)
	}
}

func TestPick(t *testing.T) {
	for _, c := range []struct {
		wishes []string
		want   string
	}{
		{nil, Chinese},
		{[]string{"", "en-GB,en;q=0.8"}, English},
		{[]string{"zh-CN", "en"}, Chinese},
		{[]string{"fr", "de"}, Chinese},
		{[]string{"zh-TW"}, Chinese},
		{[]string{"fr;q=0.9, en;q=0.4"}, English},
		{[]string{"☹"}, Chinese},
	} {
		if got := Pick(c.wishes...); got != c.want {
			t.Errorf("Pick(%q) = %s, want %s", c.wishes, got, c.want)
		}
	}
}
