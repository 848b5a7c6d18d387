package internal_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

const catalogues = "../locales"

// sameInChinese are words that Chinese leaves as they are.
var sameInChinese = []string{"PDF", "Wozai", "OK"}

func TestEveryWordIsInBothLanguages(t *testing.T) {
	zh, en := catalogue(t, "zh-CN"), catalogue(t, "en")
	for _, wrong := range compare(zh, en) {
		t.Error(wrong)
	}
}

func TestEveryFaultHasWords(t *testing.T) {
	words := catalogue(t, "zh-CN")
	found := faultCodes(t, ".")
	if len(found) < 5 {
		t.Fatalf("found only %d fault codes in the source: this test no longer understands it", len(found))
	}
	for _, code := range slices.Sorted(maps.Keys(found)) {
		if _, ok := words["fault."+code]; !ok {
			t.Errorf("%s: no words for fault %q in locales/*/fault.json", found[code], code)
		}
	}
}

// The comparison is tested itself, so that it cannot come to allow everything.
func TestCompare(t *testing.T) {
	for _, c := range []struct {
		name   string
		zh, en map[string]string
		want   int
	}{
		{"right", map[string]string{"a.b": "好 {{n}}", "a.c_other": "{{count}} 人"}, map[string]string{"a.b": "Good {{n}}", "a.c_one": "One", "a.c_other": "{{count}}"}, 0},
		{"missing in English", map[string]string{"a.b": "好"}, nil, 1},
		{"missing in Chinese", nil, map[string]string{"a.b": "Good"}, 1},
		{"empty", map[string]string{"a.b": " "}, map[string]string{"a.b": "Good"}, 1},
		{"other parameters", map[string]string{"a.b": "好 {{n}}"}, map[string]string{"a.b": "Good {{name}}"}, 1},
		{"English left in Chinese", map[string]string{"a.b": "Good morning"}, map[string]string{"a.b": "Good morning"}, 1},
		{"Chinese left in English", map[string]string{"a.b": "好"}, map[string]string{"a.b": "好"}, 1},
		{"a plural without its singular", map[string]string{"a.c_other": "{{count}} 人"}, map[string]string{"a.c_other": "{{count}}"}, 1},
		{"a punctuation mark", map[string]string{"a.b": " › "}, map[string]string{"a.b": " › "}, 0},
	} {
		if got := compare(c.zh, c.en); len(got) != c.want {
			t.Errorf("%s: %d complaints %q, want %d", c.name, len(got), got, c.want)
		}
	}
}

var parameter = regexp.MustCompile(`\{\{[^}]*\}\}`)

// compare lists what is wrong between two catalogues, key to text.
func compare(zh, en map[string]string) (wrong []string) {
	complain := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	zhBase, enBase := byBase(zh), byBase(en)
	for _, base := range slices.Sorted(maps.Keys(zhBase)) {
		if enBase[base] == nil {
			complain("%s: no English", base)
		}
	}
	for _, base := range slices.Sorted(maps.Keys(enBase)) {
		forms := enBase[base]
		if zhBase[base] == nil {
			complain("%s: no Chinese", base)
			continue
		}
		_, one := forms["_one"]
		if _, other := forms["_other"]; one != other {
			complain("%s: English needs both _one and _other", base)
		}
		// The singular may leave the number out; all else must agree.
		if a, b := parameters(zhBase[base]["_other"]+zhBase[base][""]), parameters(forms["_other"]+forms[""]); a != b {
			complain("%s: Chinese takes %s, English %s", base, a, b)
		}
	}
	for key, text := range zh {
		bare := parameter.ReplaceAllString(text, "")
		switch {
		case strings.TrimSpace(text) == "":
			complain("%s: empty in Chinese", key)
		case strings.ContainsFunc(bare, unicode.IsLetter) && !han(bare) && !slices.Contains(sameInChinese, strings.TrimSpace(bare)):
			complain("%s: Chinese says %q", key, text)
		}
	}
	for key, text := range en {
		switch {
		case strings.TrimSpace(text) == "":
			complain("%s: empty in English", key)
		case han(text) && text == zh[key]:
			complain("%s: English says %q", key, text)
		}
	}
	return wrong
}

func han(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

func parameters(text string) string {
	found := parameter.FindAllString(text, -1)
	slices.Sort(found)
	return strings.Join(slices.Compact(found), " ")
}

// byBase groups the plural forms of a key: base, then suffix, then text.
func byBase(texts map[string]string) map[string]map[string]string {
	out := map[string]map[string]string{}
	for key, text := range texts {
		base, suffix := key, ""
		for _, s := range []string{"_one", "_other"} {
			if cut, ok := strings.CutSuffix(key, s); ok {
				base, suffix = cut, s
			}
		}
		if out[base] == nil {
			out[base] = map[string]string{}
		}
		out[base][suffix] = text
	}
	return out
}

// catalogue reads all words of a language: namespace.key to text.
func catalogue(t *testing.T, language string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(catalogues, language, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no words of %s in locales/ (%v)", language, err)
	}
	out := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var tree map[string]any
		if err := json.Unmarshal(text, &tree); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		namespace := strings.TrimSuffix(filepath.Base(file), ".json")
		// A slice may keep its codes in its own file; they are read as fault.<code>.
		if codes, ok := tree["fault"].(map[string]any); ok {
			delete(tree, "fault")
			flatten(t, "fault", codes, out)
		}
		flatten(t, namespace, tree, out)
	}
	return out
}

func flatten(t *testing.T, prefix string, tree map[string]any, out map[string]string) {
	t.Helper()
	for key, value := range tree {
		switch value := value.(type) {
		case string:
			out[prefix+"."+key] = value
		case map[string]any:
			flatten(t, prefix+"."+key, value, out)
		default:
			t.Errorf("%s.%s is neither text nor a group", prefix, key)
		}
	}
}

// faultCodes finds the literal codes that the source gives to faults, and
// where: fault.New(kind, "…"), fault.Conflict("…"), check.Add(field, "…"),
// check.If(bad, field, "…") and fault.Field{Code: "…"}.
func faultCodes(t *testing.T, root string) map[string]string {
	t.Helper()
	found, files := map[string]string{}, token.NewFileSet()
	note := func(args []ast.Expr, i int) {
		if len(args) <= i {
			return
		}
		if lit, ok := args[i].(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if code, err := strconv.Unquote(lit.Value); err == nil {
				found[code] = files.Position(lit.Pos()).String()
			}
		}
	}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		if file.Name.Name != "fault" && !slices.ContainsFunc(file.Imports, func(s *ast.ImportSpec) bool { return s.Path.Value == `"wozai/internal/fault"` }) {
			return nil
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				switch callee(n) {
				case "New", "fault.New":
					note(n.Args, 1)
				case "fault.Conflict":
					note(n.Args, 0)
				case ".Add":
					note(n.Args, 1)
				case ".If":
					note(n.Args, 2)
				}
			case *ast.CompositeLit:
				if sel, ok := n.Type.(*ast.SelectorExpr); ok && sel.Sel.Name == "Field" {
					for _, e := range n.Elts {
						if kv, ok := e.(*ast.KeyValueExpr); ok {
							if key, ok := kv.Key.(*ast.Ident); ok && key.Name == "Code" {
								note([]ast.Expr{kv.Value}, 0)
							}
						}
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// callee is fault.NAME for a function of the package, .NAME for a method, NAME
// for a plain function.
func callee(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok && x.Name == "fault" {
			return "fault." + f.Sel.Name
		}
		return "." + f.Sel.Name
	}
	return ""
}
