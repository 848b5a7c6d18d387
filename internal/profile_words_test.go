package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What only one kind of organisation says. Its profile is where it stands, and the demonstration,
// which is of that kind.
var partyWords = regexp.MustCompile(`党|支部|书记|组织生活|民主评议|三会一课|同志|\bParty\b|\b[Cc]omrade|\b[Bb]ranch\b`)

// ofTheDemo are namespaces and folders of the demonstration.
var ofTheDemo = []string{"walk.", "app/demo", "app/demo.go", "wozai/demo.go", "profile/data"}

func TestWordsOfOneKindOfOrganisationStandInItsProfile(t *testing.T) {
	for _, language := range []string{"zh-CN", "en"} {
		words := catalogue(t, language)
		for _, key := range slices.Sorted(maps.Keys(words)) {
			text := parameter.ReplaceAllString(words[key], "")
			if bad := partyWords.FindString(text); bad != "" && !strings.HasPrefix(key, ofTheDemo[0]) {
				t.Errorf("locales/%s: %s says %q: %s", language, key, bad, words[key])
			}
		}
	}
	chinese := regexp.MustCompile(`党|支部|书记|组织生活|民主评议|三会一课|同志`)
	files := token.NewFileSet()
	seen := 0
	for _, root := range []string{".", "../cmd"} {
		walk(t, root, func(path string) {
			if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "meetingtest") {
				return
			}
			file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					seen++
					if bad := chinese.FindString(lit.Value); bad != "" {
						t.Errorf("%s says %q", files.Position(lit.Pos()), bad)
					}
				}
				return true
			})
		})
	}
	comment := regexp.MustCompile(`(?s)/\*.*?\*/|(?m)^\s*//.*$`)
	for _, root := range []string{"../web/src", "pages"} {
		walk(t, root, func(path string) {
			switch filepath.Ext(path) {
			case ".ts", ".tsx", ".js", ".tmpl":
			default:
				return
			}
			if strings.Contains(path, ".test.") || strings.Contains(path, ".gen.") {
				return
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			seen++
			if bad := chinese.Find(comment.ReplaceAll(text, nil)); bad != nil {
				t.Errorf("%s says %q", path, bad)
			}
		})
	}
	if seen < 1000 {
		t.Errorf("only %d texts were looked at", seen)
	}
}

func walk(t *testing.T, root string, each func(path string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || slices.ContainsFunc(ofTheDemo, func(s string) bool { return strings.Contains(path, s) }) {
			return err
		}
		each(path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
