package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// timeline is what happened when, as the line and the browser saw it: to find out what waits for what. A nil one notes nothing.
type timeline struct {
	mu    sync.Mutex
	notes []note
}

type note struct {
	at        time.Time
	who, what string
}

func (t *timeline) note(who, format string, a ...any) {
	if t != nil {
		t.noteAt(time.Now(), who, fmt.Sprintf(format, a...))
	}
}

func (t *timeline) noteAt(at time.Time, who, what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.notes = append(t.notes, note{at, who, what})
}

// tcp notes what one connection carries in one direction: each request and answer by its first line, and how long its bytes
// are on the way.
func (t *timeline) tcp(way string, n int) func(data []byte, arrives time.Time, late bool) {
	var bytesSince int
	return func(data []byte, arrives time.Time, late bool) {
		if t == nil {
			return
		}
		first, _, _ := bytes.Cut(data, []byte("\r\n"))
		what := fmt.Sprintf("TCP %d: …", n)
		if bytes.HasPrefix(data, []byte("HTTP/")) || bytes.Contains(first, []byte(" HTTP/1.1")) {
			bytesSince, what = 0, fmt.Sprintf("TCP %d: %.100s", n, first)
		}
		bytesSince += len(data)
		what += fmt.Sprintf(" (%d bytes, %d so far), arrives after %d ms", len(data), bytesSince, time.Until(arrives).Milliseconds())
		if late {
			what += ", LOST once"
		}
		t.noteAt(time.Now(), "line "+way, what)
	}
}

// datagram notes one of those that build a connection.
func (t *timeline) datagram(way string, b []byte, arrives time.Time, lost bool) {
	if t == nil || len(b) == 0 {
		return
	}
	kind := "RTP"
	switch {
	case b[0] < 4:
		kind = "STUN"
	case b[0] < 64:
		kind = fmt.Sprintf("DTLS %d", b[0])
	case len(b) > 1 && b[1] >= 192 && b[1] < 224:
		kind = "RTCP"
	}
	what := fmt.Sprintf("UDP %s, %d bytes, arrives after %d ms", kind, len(b), time.Until(arrives).Milliseconds())
	if lost {
		what = fmt.Sprintf("UDP %s, %d bytes, LOST", kind, len(b))
	}
	t.noteAt(time.Now(), "line "+way, what)
}

// page adds what the browser's page has noted of itself.
func (t *timeline) page(p *page) error {
	if t == nil {
		return nil
	}
	said, err := ask[[]struct {
		At   float64
		What string
	}](p, "bench.log()")
	for _, s := range said {
		t.noteAt(time.UnixMilli(int64(s.At)), "page", s.What)
	}
	return err
}

// forget drops what was noted so far.
func (t *timeline) forget() {
	if t != nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.notes = nil
	}
}

// write puts what was noted since the last time into a file, the times in ms from zero on.
func (t *timeline) write(dir, name string, zero time.Time) error {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	slices.SortStableFunc(t.notes, func(a, b note) int { return a.at.Compare(b.at) })
	var out strings.Builder
	for _, n := range t.notes {
		fmt.Fprintf(&out, "%7d  %-8s%s\n", n.at.Sub(zero).Milliseconds(), n.who, n.what)
	}
	return os.WriteFile(filepath.Join(dir, name+".txt"), []byte(out.String()), 0o644)
}
