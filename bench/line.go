package main

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// A weak line: what the far end of a mobile network gives. TCP hides lost packets as waiting: one in twenty is late by
// another round trip here, and everything behind it with it. UDP loses them.
const (
	lineBits   = 200_000 // a second, each way
	lineDelay  = 200 * time.Millisecond
	lineLoss   = 20 // one in so many
	packet     = 1400
	lineBuffer = 500 * time.Millisecond // what waits for its turn at most: TCP is held up then, UDP lost
)

// line leads to the server over TCP, and to its SFU over UDP. Each direction has one queue for all.
type line struct {
	tcp      net.Listener
	udp      *net.UDPConn
	up, down queue
	seen     *timeline // nil: nobody looks
}

// newLine opens a way to a TCP address, and to the UDP address that the SFU listens at.
func newLine(to string, media *net.UDPAddr) (*line, error) {
	l := &line{}
	var err error
	if l.tcp, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	if l.udp, err = net.ListenUDP("udp", &net.UDPAddr{IP: media.IP}); err != nil {
		_ = l.tcp.Close()
		return nil, err
	}
	l.up.name, l.down.name = "→", "←"
	go l.media(media)
	go func() {
		for n := 1; ; n++ {
			near, err := l.tcp.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				_ = near.Close()
				continue
			}
			go func() {
				l.seen.note("line", "TCP %d: handshake begins", n)
				time.Sleep(2 * lineDelay) // the handshake goes there and back first
				go l.up.carry(near, far, l.seen.tcp(l.up.name, n))
				l.down.carry(far, near, l.seen.tcp(l.down.name, n))
				l.seen.note("line", "TCP %d: closed", n)
			}()
		}
	}()
	return l, nil
}

func (l *line) url() string { return "http://" + l.tcp.Addr().String() }

func (l *line) mediaPort() int { return l.udp.LocalAddr().(*net.UDPAddr).Port }

func (l *line) close() {
	_ = l.tcp.Close()
	_ = l.udp.Close()
}

// media passes datagrams on, to the SFU from a socket of its own for each client.
func (l *line) media(to *net.UDPAddr) {
	ways := map[string]func([]byte){}
	data := make([]byte, 1<<16)
	for {
		n, client, err := l.udp.ReadFromUDP(data)
		if err != nil {
			return
		}
		send := ways[client.String()]
		if send == nil {
			far, err := net.DialUDP("udp", nil, to)
			if err != nil {
				continue
			}
			send = l.up.drops(func(b []byte) { _, _ = far.Write(b) }, l.seen)
			back := l.down.drops(func(b []byte) { _, _ = l.udp.WriteToUDP(b, client) }, l.seen)
			ways[client.String()] = send
			go func() {
				defer far.Close() //nolint:errcheck // nothing more comes
				data := make([]byte, 1<<16)
				for {
					_ = far.SetReadDeadline(time.Now().Add(time.Minute))
					n, err := far.Read(data)
					if err != nil {
						return
					}
					back(append([]byte(nil), data[:n]...))
				}
			}()
		}
		send(append([]byte(nil), data[:n]...))
	}
}

// queue is the narrow place of one direction.
type queue struct {
	name       string
	mu         sync.Mutex
	free       time.Time // when the line has sent everything before
	sent       int       // packets of TCP
	page       atomic.Int64
	datagrams  atomic.Int64
	datagramsB atomic.Int64
}

// join queues n bytes: when they will be through the narrow place, unless there is no room.
func (q *queue) join(n int) (time.Time, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	if q.free.Sub(now) > lineBuffer {
		return time.Time{}, false
	}
	if q.free.Before(now) {
		q.free = now
	}
	q.free = q.free.Add(time.Second * time.Duration((n+40)*8) / lineBits)
	return q.free, true
}

// drops is a way for datagrams: late, in the line's own order, and now and then not at all.
func (q *queue) drops(send func([]byte), seen *timeline) func([]byte) {
	var n atomic.Int64
	return func(b []byte) {
		at, ok := q.join(len(b))
		lost := !ok || n.Add(1)%lineLoss == 0
		seen.datagram(q.name, b, at.Add(lineDelay), lost)
		if lost {
			return
		}
		q.datagrams.Add(1)
		q.datagramsB.Add(int64(len(b)))
		time.AfterFunc(time.Until(at.Add(lineDelay)), func() { send(b) })
	}
}

// carry copies in packets, each at its time.
func (q *queue) carry(from, to net.Conn, seen func(data []byte, arrives time.Time, late bool)) {
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
			q.page.Add(int64(n))
			at, ok := q.join(n)
			for ; !ok; at, ok = q.join(n) {
				time.Sleep(5 * time.Millisecond)
			}
			at = at.Add(lineDelay)
			q.mu.Lock()
			q.sent++
			late := q.sent%lineLoss == 0
			if late {
				at = at.Add(2 * lineDelay)
			}
			q.mu.Unlock()
			if at.Before(last) {
				at = last
			}
			last = at
			seen(data[:n], at, late)
			way <- parcel{data[:n], at}
		}
		if err != nil {
			return
		}
	}
}
