package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// sight is a state that came on a stream.
type sight struct {
	version int64 // of the room
	at      time.Time
}

// watcher is an open event stream of the room and its roster. It keeps when which version came, and nothing else.
type watcher struct {
	mu     sync.Mutex
	room   []sight
	roster []sight
	bytes  atomic.Int64
	gaps   atomic.Int64 // differences that could not be read
}

// watch opens g's stream and returns when it has said hello; it goes on until ctx ends.
func (g *guest) watch(ctx context.Context) (*watcher, error) {
	client := *g.client
	client.Timeout = 0
	b := g.browser
	b.client = &client
	m := g.hall.meeting
	response, err := b.request(ctx, "GET", "/api/v1/live?topics=room:"+m+",roster:"+m+",person:me", nil)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != 200 {
		_ = response.Body.Close()
		return nil, fmt.Errorf("live: %s", response.Status)
	}
	w := &watcher{}
	hello := make(chan struct{})
	go func() {
		defer response.Body.Close() //nolint:errcheck // the end of the stream
		w.read(bufio.NewReaderSize(response.Body, longest), hello)
	}()
	select {
	case <-hello:
		return w, nil
	case <-time.After(20 * time.Second):
		return nil, fmt.Errorf("live: no hello in 20 s")
	}
}

var (
	ofRoom   = []byte(`data: {"topic":"room:`)
	ofRoster = []byte(`data: {"topic":"roster:`)
	ofState  = []byte(`"state":{"meeting":`)
	ofDelta  = []byte(`"delta":`)
	version  = []byte(`"version":`)
)

// longest is a line that is read whole: what differs, when dozens have come at once.
const longest = 32 << 10

// read takes the beginning of a line with a whole state, where topic and version stand, and passes over the rest of it;
// what differs from the state before is read whole. That every difference is of the one before is checked.
func (w *watcher) read(in *bufio.Reader, hello chan struct{}) {
	greeted := false
	numbers := map[*[]sight]int64{}
	for {
		line, err := in.ReadSlice('\n')
		head, n := bytes.Clone(line), len(line)
		for err == bufio.ErrBufferFull {
			line, err = in.ReadSlice('\n')
			n += len(line)
		}
		if err != nil {
			return
		}
		at := time.Now() // the whole line is here
		w.bytes.Add(int64(n))
		if !greeted && bytes.HasPrefix(head, []byte("event: hello")) {
			greeted = true
			close(hello)
		}
		list := &w.room
		if bytes.HasPrefix(head, ofRoster) {
			list = &w.roster
		} else if !bytes.HasPrefix(head, ofRoom) {
			continue
		}
		var v int64
		number := after(head, version) // of the state on this stream
		if _, state, whole := bytes.Cut(head, ofState); whole {
			v = after(state, version)
		} else if bytes.Contains(head, ofDelta) {
			var e struct {
				Delta struct {
					Put struct{ Version int64 }
				}
			}
			_, data, _ := bytes.Cut(head, []byte(" "))
			if json.Unmarshal(data, &e) != nil || number != numbers[list]+1 {
				w.gaps.Add(1)
				continue
			}
			v = e.Delta.Put.Version
		}
		numbers[list] = number
		if v == 0 {
			continue
		}
		w.mu.Lock()
		*list = append(*list, sight{v, at})
		w.mu.Unlock()
	}
}

// after is the number behind a word, 0 when there is none.
func after(text, word []byte) int64 {
	_, digits, _ := bytes.Cut(text, word)
	end := bytes.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' })
	v, _ := strconv.ParseInt(string(digits[:max(end, 0)]), 10, 64)
	return v
}

// seen is when a state of at least this version came first.
func (w *watcher) seen(version int64, roster bool) (time.Time, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.room
	if roster {
		list = w.roster
	}
	for _, s := range list {
		if s.version >= version {
			return s.at, true
		}
	}
	return time.Time{}, false
}
