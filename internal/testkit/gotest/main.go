// Gotest runs `go test` with one PostgreSQL server for all packages, prints
// what failed rather than everything, and knows what was skipped: with CI=true
// a skipped test is a failed one, but for what the machine itself cannot.
//
//	go run ./internal/testkit/gotest [go test flags and packages]
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"wozai/internal/testkit/pgcluster"
)

func main() {
	// Go test gets Ctrl-C itself; wait for its last words. (Not Ignore, which
	// the tests would inherit.)
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	code, err := run(os.Args[1:], os.Getenv("CI") == "true", os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
		code = 1
	}
	os.Exit(code)
}

func run(args []string, ci bool, out io.Writer) (code int, err error) {
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = os.Stderr
	if os.Getenv(pgcluster.Env) == "" {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		c, err := pgcluster.Start(ctx)
		switch {
		case err == nil:
			defer c.Stop()
			cmd.Env = append(os.Environ(), pgcluster.Env+"="+c.DSN)
		case ci || !errors.Is(err, pgcluster.ErrMissing):
			return 1, err
		default:
			fmt.Fprintln(out, "PostgreSQL tests are skipped:", err)
		}
	}
	events, err := cmd.StdoutPipe()
	if err != nil {
		return 1, err
	}
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	r := newReport(out)
	r.read(events)
	err = cmd.Wait()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = max(exit.ExitCode(), 1)
		if exit.Sys().(syscall.WaitStatus).Signaled() {
			fmt.Fprintln(out, "go test was ended by a signal")
		}
	} else if err != nil {
		return 1, err
	}
	return r.conclude(ci, code), nil
}

// event is a line of `go test -json` (see go doc test2json) or of a build.
type event struct {
	Action      string
	Package     string
	Test        string
	Elapsed     float64
	Output      string
	FailedBuild string
}

type report struct {
	out             io.Writer
	output          map[string]*strings.Builder // by package and test, until it is known how it went
	passed, failed  int
	skipped         []string
	packagesWithout int
}

func newReport(out io.Writer) *report {
	return &report{out: out, output: map[string]*strings.Builder{}}
}

func (r *report) read(events io.Reader) {
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			var e event
			if json.Unmarshal([]byte(line), &e) != nil {
				fmt.Fprint(r.out, line) // not an event: the go command itself speaks
			} else {
				r.see(e)
			}
		}
		if err != nil {
			return
		}
	}
}

func (r *report) see(e event) {
	id := e.Package + "." + e.Test
	switch e.Action {
	case "output":
		if r.output[id] == nil {
			r.output[id] = new(strings.Builder)
		}
		r.output[id].WriteString(e.Output)
		return
	case "build-output":
		fmt.Fprint(r.out, e.Output)
		return
	case "pass", "fail", "skip":
	default:
		return
	}
	said := ""
	if b := r.output[id]; b != nil {
		said = b.String()
		delete(r.output, id)
	}
	if e.Test == "" {
		r.seePackage(e, said)
		return
	}
	switch e.Action {
	case "pass":
		r.passed++
	case "fail":
		r.failed++
		fmt.Fprintf(r.out, "\n%s: %s\n%s\n", e.Package, e.Test, strings.TrimRight(said, "\n"))
	case "skip":
		r.skipped = append(r.skipped, fmt.Sprintf("%s: %s: %s", e.Package, e.Test, reason(said)))
	}
}

func (r *report) seePackage(e event, said string) {
	switch e.Action {
	case "pass":
		fmt.Fprintf(r.out, "ok    %-45s %6.1f s\n", e.Package, e.Elapsed)
	case "skip":
		r.packagesWithout++
	case "fail":
		if e.FailedBuild != "" {
			said = "does not build\n"
		}
		// What no single test said: a panic, a timeout, a data race, TestMain.
		for id, b := range r.output {
			if strings.HasPrefix(id, e.Package+".") {
				said += b.String()
				delete(r.output, id)
			}
		}
		fmt.Fprintf(r.out, "FAIL  %-45s %6.1f s\n%s", e.Package, e.Elapsed, said)
		r.failed++
	}
}

// unable is what a test says that needs what no package brings: a device of the kernel, for one.
const unable = "this machine cannot"

// conclude prints the sums and returns the exit code.
func (r *report) conclude(ci bool, code int) int {
	if len(r.skipped) > 0 {
		slices.Sort(r.skipped)
		fmt.Fprintf(r.out, "\nSkipped:\n  %s\n", strings.Join(r.skipped, "\n  "))
		if ci && code == 0 && slices.ContainsFunc(r.skipped, func(s string) bool { return !strings.Contains(s, unable) }) {
			fmt.Fprintf(r.out, "With CI=true nothing may be skipped, but what says %q.\n", unable)
			code = 1
		}
	}
	if r.passed+r.failed == 0 && code == 0 {
		fmt.Fprintln(r.out, "No test ran.")
		code = 1
	}
	fmt.Fprintf(r.out, "\nGo: %d passed, %d failed, %d skipped\n", r.passed, r.failed, len(r.skipped))
	return code
}

// reason finds what t.Skip said between test2json's own lines.
func reason(said string) string {
	for line := range strings.Lines(said) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "===") && !strings.HasPrefix(line, "---") {
			return line
		}
	}
	return "no reason given"
}
