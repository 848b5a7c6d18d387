// Command bench measures what Wozai exists for. It starts the real program, speaks HTTP and WebRTC as people's devices
// do, prints a table and writes results.json. Parts run alone: go run . roster
//
// A benchmark says how fast; whether it is right is for the tests. All numbers are taken on the machine it runs on, with
// whatever else runs there: results.json says under which conditions, docs/performance.md what they mean.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"wozai/internal/testkit/pgcluster"
)

// figures are one part's results by name; the unit is the name's last word.
type figures map[string]float64

// part is one benchmark.
type part struct {
	name string
	says string
	run  func(ctx context.Context, b *bench) (figures, error)
}

var parts = []part{
	{"start", "serve on an existing database of 1 GB: until it answers, and what it takes when idle", start},
	{"roster", "500 present: one joins, raises a hand, takes the floor; until everybody's stream shows it", roster},
	{"floor", "one holder with 720p and sound, many listeners: cost a listener, hand-over; LiveKit alone and a grid beside it", floor},
	{"join", "200 come in within ten seconds, browsers among them: from the tap until sound is heard", join},
	{"storm", "everybody answers one roll call: how many a second, how long, what is kept; posts that do nothing and PocketBase beside it", storm},
	{"rollup", "while members answer: how a branch, a group and the whole stand, and how soon an answer shows", rollup},
	{"growth", "one roll call at 1,000, 10,000 and 100,000 members, a million with -large: opening, answers, roll-up, lists, files", growth},
	{"weak", "200 kbit/s, 400 ms there and back, 5 % loss: light pages, tap to sound, hands", weak},
}

// bench is what the parts share.
type bench struct {
	binary string
	dir    string // for everything that is thrown away afterwards
	size   int    // of the crowd; 0: the part's own
	quick  bool
	large  bool

	profiles  string             // where to, "" for none
	timelines string             // the same
	postgres  *pgcluster.Cluster // nil: SQLite
	databases int
}

func (b *bench) crowd(usual int) int {
	if b.size > 0 {
		return b.size
	}
	return usual
}

func main() {
	if os.Getenv(peerDir) != "" {
		if err := pocketbase(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	binary := flag.String("wozai", "../bin/wozai", "the program to measure")
	out := flag.String("out", "results.json", "where results are kept; parts that did not run keep theirs")
	size := flag.Int("n", 0, "people in the room instead of the part's own number")
	profiles := flag.String("profiles", "", "a directory for processor profiles of the server; it runs a little slower with them")
	timelines := flag.String("timelines", "", "a directory for what happens when over the weak line")
	quick := flag.Bool("quick", false, "one short round of each, to see that it works")
	large := flag.Bool("large", false, "growth up to a million members, which takes long and some gigabytes of disk")
	db := flag.String("db", "sqlite", "or postgres: a server of its own, on this machine; without start")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "go run . [flags] [part …]")
		for _, p := range parts {
			fmt.Fprintf(flag.CommandLine.Output(), "  %-8s %s\n", p.name, p.says)
		}
		flag.PrintDefaults()
	}
	flag.Parse()
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil))) // libraries' own talk
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := measure(ctx, *binary, *out, *db, &bench{size: *size, quick: *quick, large: *large, profiles: *profiles, timelines: *timelines}, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func measure(ctx context.Context, binary, out, db string, b *bench, names []string) error {
	binary, err := filepath.Abs(binary)
	if err != nil {
		return err
	}
	if _, err := os.Stat(binary); err != nil {
		return fmt.Errorf("%w (make build makes it)", err)
	}
	for _, n := range names {
		if !slices.ContainsFunc(parts, func(p part) bool { return p.name == n }) {
			return fmt.Errorf("no part %q; there are: %s", n, strings.Join(slices.Collect(func(yield func(string) bool) {
				for _, p := range parts {
					if !yield(p.name) {
						return
					}
				}
			}), ", "))
		}
	}
	dir, err := os.MkdirTemp("", "wozai-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary directory
	results, err := load(out)
	if err != nil {
		return err
	}
	b.binary, b.dir = binary, dir
	switch db {
	case "sqlite":
	case "postgres":
		if b.postgres, err = startPostgres(ctx); err != nil {
			return err
		}
		defer b.postgres.Stop()
	default:
		return fmt.Errorf("-db %s: it is sqlite or postgres", db)
	}
	var failed []string
	for _, p := range parts {
		if len(names) > 0 && !slices.Contains(names, p.name) || b.postgres != nil && p.name == "start" { // a file of 1 GB is SQLite's
			continue
		}
		fmt.Printf("\n%s — %s\n", p.name, p.says)
		before := load1()
		began := time.Now()
		got, err := p.run(ctx, b)
		if err != nil {
			fmt.Printf("  failed: %v\n", err)
			failed = append(failed, p.name)
			if ctx.Err() != nil {
				break
			}
			continue
		}
		print(got)
		results[p.name] = got
		conditions(results, p.name, began, before, db, b.quick)
		if err := save(out, results); err != nil {
			return err
		}
	}
	verdicts(results)
	if len(failed) > 0 {
		return fmt.Errorf("not measured: %s", strings.Join(failed, ", "))
	}
	return nil
}

// print shows a line a figure; quantiles of one thing share a line.
func print(f figures) {
	for _, k := range slices.Sorted(maps.Keys(f)) {
		name, isMedian := strings.CutSuffix(k, "_p50_ms")
		switch {
		case isMedian:
			fmt.Printf("  %-44s %10s %10s %10s   ms at 50, 95, 99 %% of %s\n", words(name), number(f[k]), number(f[name+"_p95_ms"]), number(f[name+"_p99_ms"]), number(f[name+"_samples"]))
		case strings.HasSuffix(k, "_p95_ms"), strings.HasSuffix(k, "_p99_ms"), strings.HasSuffix(k, "_samples") && has(f, strings.TrimSuffix(k, "_samples")+"_p50_ms"):
		default:
			fmt.Printf("  %-44s %10s\n", words(k), number(f[k]))
		}
	}
}

func has(f figures, name string) bool {
	_, ok := f[name]
	return ok
}

func words(name string) string { return strings.ReplaceAll(name, "_", " ") }

func number(v float64) string {
	if v == float64(int64(v)) {
		return fmt.Sprintf("%d", int64(v))
	}
	return fmt.Sprintf("%.2f", v)
}

// load reads the results so far, so that a part alone replaces its own.
func load(path string) (map[string]any, error) {
	raw, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return map[string]any{}, nil
	}
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	return out, json.Unmarshal(raw, &out)
}

func save(path string, results map[string]any) error {
	raw, err := json.MarshalIndent(results, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(raw, '\n'), 0o644)
}
