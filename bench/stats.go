package main

import (
	"math"
	"slices"
	"sync"
	"time"
)

// times collects durations; safe for use by many goroutines.
type times struct {
	mu sync.Mutex
	d  []time.Duration
}

func (t *times) add(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.d = append(t.d, d)
}

func (t *times) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.d)
}

// at is the q-th quantile in milliseconds by the nearest rank; NaN of nothing.
func (t *times) at(q float64) float64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.d) == 0 {
		return math.NaN()
	}
	slices.Sort(t.d)
	i := int(math.Ceil(q*float64(len(t.d)))) - 1
	return ms(t.d[max(i, 0)])
}

// into writes p50, p95, p99 and the number of samples; nothing when there are none.
func (t *times) into(f figures, name string) {
	if t.count() == 0 {
		return
	}
	f[name+"_p50_ms"], f[name+"_p95_ms"], f[name+"_p99_ms"] = t.at(0.5), t.at(0.95), t.at(0.99)
	f[name+"_samples"] = float64(t.count())
}

func ms(d time.Duration) float64 { return math.Round(float64(d.Microseconds())/10) / 100 }

func round(v float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(v*p) / p
}
