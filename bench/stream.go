package main

import (
	"bufio"
	"bytes"
	"context"
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
		w.read(bufio.NewReaderSize(response.Body, 4096), hello)
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
	version  = []byte(`"version":`)
)

// read takes the beginning of every line, where topic and version stand, and passes over the rest of it.
func (w *watcher) read(in *bufio.Reader, hello chan struct{}) {
	greeted := false
	for {
		line, err := in.ReadSlice('\n')
		head, n := bytes.Clone(line[:min(len(line), 400)]), len(line)
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
		_, state, ok := bytes.Cut(head, ofState)
		_, digits, found := bytes.Cut(state, version)
		if !ok || !found {
			continue
		}
		end := bytes.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' })
		v, err := strconv.ParseInt(string(digits[:max(end, 0)]), 10, 64)
		if err != nil {
			continue
		}
		w.mu.Lock()
		*list = append(*list, sight{v, at})
		w.mu.Unlock()
	}
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
