package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	// The tests below start no server: they are about the runner.
	t.Setenv("WOZAI_TEST_POSTGRES", "postgres://unused/")
	for _, c := range []struct {
		name, source string
		ci, ok       bool
		says         []string
		hides        string
	}{
		{name: "passing", ok: true, ci: true,
			source: `func TestA(t *testing.T) { t.Log("quiet") }`,
			says:   []string{"ok    sample", "Go: 1 passed, 0 failed, 0 skipped"}, hides: "quiet"},
		{name: "failing",
			source: `func TestA(t *testing.T) { t.Run("sub", func(t *testing.T) { t.Error("broken here") }) }`,
			says:   []string{"sample: TestA/sub", "broken here", "FAIL  sample"}},
		{name: "panicking",
			source: `func TestA(t *testing.T) { panic("out of the window") }`,
			says:   []string{"out of the window"}},
		{name: "not building",
			source: `func TestA(t *testing.T) { undefined() }`,
			says:   []string{"undefined: undefined", "does not build"}},
		{name: "exiting in silence",
			source: `func TestA(t *testing.T) { os.Exit(0) }`},
		{name: "skipping at home", ok: true,
			source: `func TestA(t *testing.T) {}; func TestB(t *testing.T) { t.Skip("no moon tonight") }`,
			says:   []string{"TestB: sample_test.go:9: no moon tonight", "1 passed, 0 failed, 1 skipped"}},
		{name: "skipping in CI", ci: true,
			source: `func TestA(t *testing.T) {}; func TestB(t *testing.T) { t.Skip("no moon tonight") }`,
			says:   []string{"nothing may be skipped"}},
		{name: "skipping in CI what cannot be", ci: true, ok: true,
			source: `func TestA(t *testing.T) {}; func TestB(t *testing.T) { t.Skip("this machine cannot fly") }`,
			says:   []string{"this machine cannot fly", "1 passed, 0 failed, 1 skipped"}},
		{name: "nothing to run",
			source: `func helper() {}`, says: []string{"No test ran."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "go.mod"), "module sample\n\ngo 1.26\n")
			write(t, filepath.Join(dir, "sample_test.go"),
				"package sample\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nvar _, _ = os.Exit, (*testing.T).Log\n"+c.source+"\n")
			t.Chdir(dir)
			var out strings.Builder
			code, err := run([]string{"./..."}, c.ci, &out)
			if err != nil || (code == 0) != c.ok {
				t.Errorf("exit code %d, %v; want success: %v", code, err, c.ok)
			}
			for _, s := range c.says {
				if !strings.Contains(out.String(), s) {
					t.Errorf("does not say %q", s)
				}
			}
			if c.hides != "" && strings.Contains(out.String(), c.hides) {
				t.Errorf("repeats %q", c.hides)
			}
			if t.Failed() {
				t.Log(out.String())
			}
		})
	}
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
