package main

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// conditions notes what the machine was like while a part ran.
func conditions(results map[string]any, part string, began time.Time, loadBefore float64, db string, quick bool) {
	all, _ := results["conditions"].(map[string]any)
	if all == nil {
		all = map[string]any{}
	}
	all["cores"] = runtime.NumCPU()
	all["go"] = runtime.Version()
	all["kernel"] = strings.TrimSpace(read("/proc/sys/kernel/osrelease"))
	all["processor"] = processor()
	ran, _ := all["parts"].(map[string]any)
	if ran == nil {
		ran = map[string]any{}
	}
	ran[part] = map[string]any{"began": began.UTC().Format(time.RFC3339), "seconds": int(time.Since(began).Seconds()),
		"load_before": loadBefore, "load_after": load1(), "db": db, "quick": quick}
	all["parts"] = ran
	results["conditions"] = all
}

// load1 is how many processes wanted a core in the last minute; beyond the cores, somebody else was measured too.
func load1() float64 {
	first, _, _ := strings.Cut(read("/proc/loadavg"), " ")
	v, _ := strconv.ParseFloat(first, 64)
	return v
}

func processor() string {
	for line := range strings.Lines(read("/proc/cpuinfo")) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func read(path string) string {
	raw, _ := os.ReadFile(path)
	return string(raw)
}
