package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"
)

// A weak line: what the far end of a mobile network gives. TCP hides lost packets as waiting: one in twenty is late by
// another round trip here, and everything behind it with it.
const (
	lineBits  = 200_000 // a second, each way
	lineDelay = 200 * time.Millisecond
	lineLoss  = 20 // one in so many
	packet    = 1400
)

// weak: the light pages and what they load, over a weak line with nothing kept from before: bytes on the wire, and how
// long until all of it is there. Media over such a line is not measured yet.
func weak(ctx context.Context, b *bench) (figures, error) {
	p, err := b.launch("demo", "weak", "--bots", "0", "--print-json")
	if err != nil {
		return nil, err
	}
	defer p.stop()
	l, err := newLine(strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		return nil, err
	}
	defer l.Close() //nolint:errcheck // the end
	f := figures{"line_kbit_a_second": lineBits / 1000, "line_round_trip_ms": ms(2 * lineDelay), "line_loss_percent": 100 / lineLoss}
	for name, path := range map[string]string{"signin_page": "/signin", "join_page": "/j"} {
		all := &times{}
		for range 5 {
			before, began := l.down.Load(), time.Now()
			if err := visit(ctx, "http://"+l.Addr().String(), path); err != nil {
				return nil, err
			}
			all.add(time.Since(began))
			f[name+"_kB_down"] = round(float64(l.down.Load()-before)/1000, 1)
		}
		f[name+"_median_ms"], f[name+"_worst_ms"] = all.at(0.5), all.at(1)
	}
	return f, nil
}

var loads = regexp.MustCompile(`(?:src|href)="(/[^"]+\.(?:js|css|svg|woff2|json))[^"]*"`)

// visit fetches a page and what it names, as a browser with an empty memory: six connections, compressed.
func visit(ctx context.Context, base, path string) error {
	c := &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableCompression: true, MaxConnsPerHost: 6}}
	defer c.CloseIdleConnections()
	get := func(address string, compressed bool) (string, error) {
		r, err := http.NewRequestWithContext(ctx, "GET", address, nil)
		if err != nil {
			return "", err
		}
		if compressed {
			r.Header.Set("Accept-Encoding", "gzip")
		}
		r.Header.Set("Accept-Language", "zh-CN")
		response, err := c.Do(r)
		if err != nil {
			return "", err
		}
		defer response.Body.Close() //nolint:errcheck // read to the end
		text, err := io.ReadAll(response.Body)
		if err == nil && response.StatusCode != 200 {
			err = fmt.Errorf("%s: %s", address, response.Status)
		}
		return string(text), err
	}
	page, err := get(base+path, false) // read for its names, so not compressed: an upper limit
	if err != nil {
		return err
	}
	var names []string
	for _, m := range loads.FindAllStringSubmatch(page, -1) {
		u, err := url.JoinPath(base, m[1])
		if err != nil {
			return err
		}
		names = append(names, u)
	}
	return together(names, 6, func(u string) error { _, err := get(u, true); return err })
}

// line is a slow way to an address: each direction has one queue for all connections.
type line struct {
	net.Listener
	down atomic.Int64 // bytes towards the client
}

func newLine(to string) (*line, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &line{Listener: listener}
	up, down := newQueue(), newQueue()
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				_ = near.Close()
				continue
			}
			time.Sleep(2 * lineDelay) // the handshake goes there and back first
			go up.carry(near, far, nil)
			go down.carry(far, near, &l.down)
		}
	}()
	return l, nil
}

// queue is the narrow place of one direction.
type queue struct {
	free atomic.Int64 // when the line has sent everything before, in ns
	sent atomic.Int64
}

func newQueue() *queue { return &queue{} }

// carry copies in packets, each at its time.
func (q *queue) carry(from, to net.Conn, count *atomic.Int64) {
	type parcel struct {
		data []byte
		at   time.Time
	}
	way := make(chan parcel, 4096)
	go func() {
		defer to.Close() //nolint:errcheck // the other side has ended
		for p := range way {
			time.Sleep(time.Until(p.at))
			if _, err := to.Write(p.data); err != nil {
				return
			}
		}
	}()
	defer close(way)
	var last time.Time
	for {
		data := make([]byte, packet)
		n, err := from.Read(data)
		if n > 0 {
			if count != nil {
				count.Add(int64(n))
			}
			takes := int64(time.Second) * int64(n+40) * 8 / lineBits
			var end int64
			for {
				free := q.free.Load()
				end = max(free, time.Now().UnixNano()) + takes
				if q.free.CompareAndSwap(free, end) {
					break
				}
			}
			at := time.Unix(0, end).Add(lineDelay)
			if q.sent.Add(1)%lineLoss == 0 {
				at = at.Add(2 * lineDelay)
			}
			if at.Before(last) {
				at = last
			}
			last = at
			way <- parcel{data[:n], at}
		}
		if err != nil {
			return
		}
	}
}
