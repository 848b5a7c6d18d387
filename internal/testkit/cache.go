package testkit

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// DependsOnTree tells `go test` that the outcome depends on all sources of the
// module, as it does when a test runs the go command or the built program: the
// cached result is then good only until a file changes. (go test notes which
// folders inside the module a test opens; what another process reads it cannot
// know.)
func DependsOnTree(t testing.TB) {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; root = filepath.Dir(root) {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		if root == filepath.Dir(root) {
			t.Fatal("testkit: no go.mod above the test")
		}
	}
	aside := []string{".git", "node_modules", "out", "data"}
	err = filepath.WalkDir(root, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && slices.Contains(aside, d.Name()) {
			return filepath.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
