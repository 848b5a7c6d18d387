// Package story tells what people do, from start to end, against the real
// program: each testdata/*.txtar is one story, told on SQLite and on
// PostgreSQL. commands_test.go says what words it may use.
package story

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"wozai/internal/testkit"
)

// bin is the program under test: `make test` has built it, `go test` alone
// builds it here.
var bin string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		if bin = os.Getenv("WOZAI_BIN"); bin != "" {
			return m.Run()
		}
		dir, err := os.MkdirTemp("", "wozai-story-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		bin = filepath.Join(dir, "wozai")
		if out, err := exec.Command("go", "build", "-o", bin, "wozai/cmd/wozai").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build wozai: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

func TestStories(t *testing.T) {
	testkit.DependsOnTree(t)
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories found (%v)", err)
	}
	for _, engine := range []string{"sqlite", "postgres"} {
		for _, file := range files {
			name := strings.TrimSuffix(filepath.Base(file), ".txtar")
			t.Run(engine+"/"+name, func(t *testing.T) {
				t.Parallel()
				var dsn, empty string
				if engine == "postgres" {
					dsn, empty = testkit.Postgres(t), testkit.Postgres(t)
				}
				tell(t, file, dsn, empty)
			})
		}
	}
}

func tell(t *testing.T, file, dsn, empty string) {
	testscript.Run(t, testscript.Params{
		Files: []string{file},
		Setup: func(e *testscript.Env) error {
			w, err := newWorld(e.WorkDir, dsn)
			if err != nil {
				return err
			}
			e.Values[worldKey{}] = w
			e.Defer(w.end)
			e.Setenv("PATH", filepath.Dir(bin)+string(filepath.ListSeparator)+e.Getenv("PATH"))
			e.Setenv("DATA", w.data)
			e.Setenv("URL", w.url)
			e.Setenv("ADDR", w.addr)
			// A meeting whose doors are open already.
			e.Setenv("SOON", time.Now().Add(10*time.Minute).UTC().Format(time.RFC3339))
			e.Setenv("LATER", time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
			if dsn != "" {
				e.Setenv("WOZAI_DB", dsn)
				e.Setenv("EMPTY_DB", empty) // a second database, for another machine
			}
			return nil
		},
		Cmds: commands,
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "sqlite":
				return dsn == "", nil
			case "postgres":
				return dsn != "", nil
			}
			return false, fmt.Errorf("no condition [%s]: there are [sqlite] and [postgres]", cond)
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}
