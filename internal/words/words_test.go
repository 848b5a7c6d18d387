package words

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"wozai/locales"
)

func load(t *testing.T) map[string]map[string]string {
	t.Helper()
	all, err := read(locales.Files)
	if err != nil {
		t.Fatal(err)
	}
	if len(all[Chinese]) < 20 {
		t.Fatalf("only %d Chinese words: this test looks at the wrong place", len(all[Chinese]))
	}
	return all
}

func TestEveryKeyIsWordedInEveryLanguage(t *testing.T) {
	all := load(t)
	if got := slices.Sorted(maps.Keys(all)); !slices.Equal(got, slices.Sorted(slices.Values(Languages))) {
		t.Fatalf("languages %v, want %v", got, Languages)
	}
	for _, problem := range compare(all) {
		t.Error(problem)
	}
}

// The comparison is tested itself, so that it cannot come to accept everything.
func TestTheComparison(t *testing.T) {
	for name, c := range map[string]struct {
		zh, en map[string]string
		fine   bool
	}{
		"alike":              {map[string]string{"a.b": "甲"}, map[string]string{"a.b": "x"}, true},
		"missing in English": {map[string]string{"a.b": "甲"}, map[string]string{}, false},
		"missing in Chinese": {map[string]string{}, map[string]string{"a.b": "x"}, false},
		"empty":              {map[string]string{"a.b": "甲"}, map[string]string{"a.b": " "}, false},
		"a parameter less":   {map[string]string{"a.b": "{{n}}甲"}, map[string]string{"a.b": "x"}, false},
		"plural":             {map[string]string{"a.b_other": "{{count}}个"}, map[string]string{"a.b_one": "one", "a.b_other": "{{count}}"}, true},
		"plural incomplete":  {map[string]string{"a.b_other": "{{count}}个"}, map[string]string{"a.b_other": "{{count}}"}, false},
		"plural in one":      {map[string]string{"a.b": "{{count}}个"}, map[string]string{"a.b_one": "one", "a.b_other": "{{count}}"}, false},
		"nesting":            {map[string]string{"a.b": "$t(a.c)"}, map[string]string{"a.b": "x"}, false},
	} {
		if got := compare(map[string]map[string]string{Chinese: c.zh, English: c.en}); (len(got) == 0) != c.fine {
			t.Errorf("%s: %v", name, got)
		}
	}
}

var placeholder = regexp.MustCompile(`\{\{([^}]*)\}\}`)

// compare names what one language has and another has not. Chinese has one plural form
// (_other), English two (_one, _other), which may leave the count out of _one.
func compare(all map[string]map[string]string) (problems []string) {
	complain := func(format string, a ...any) { problems = append(problems, fmt.Sprintf(format, a...)) }
	for _, lang := range Languages {
		for key, text := range all[lang] {
			if strings.TrimSpace(text) == "" {
				complain("%s: %s is empty", lang, key)
			}
			if strings.Contains(text, "$t(") {
				complain("%s: %s nests another key, which Go does not follow", lang, key)
			}
			for _, other := range Languages {
				want := key
				if base, one := strings.CutSuffix(key, "_one"); one {
					if _, plural := all[lang][base+"_other"]; plural {
						want = base + "_other"
					}
				}
				said, ok := all[other][want]
				if !ok {
					complain("%s: %s is worded in %s alone", other, want, lang)
					continue
				}
				if a, b := parameters(text), parameters(said); want == key && !slices.Equal(a, b) {
					complain("%s: %s has parameters %v, in %s %v", lang, key, a, other, b)
				}
			}
		}
	}
	for key := range all[English] {
		if base, plural := strings.CutSuffix(key, "_other"); plural {
			if _, ok := all[English][base+"_one"]; !ok {
				complain("en: %s_one is missing beside _other", base)
			}
		}
	}
	slices.Sort(problems)
	return slices.Compact(problems)
}

func parameters(text string) (names []string) {
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		names = append(names, strings.TrimSpace(m[1]))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

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
