package meeting

import (
	"sync"
	"time"

	"wozai/internal/db"
)

const (
	ordinary     = time.Second      // nobody minds an answer that takes no longer
	catchUp      = 10 * time.Second // in which half of what a node was behind is forgotten
	mostPatience = time.Minute
)

// pace is how far this node is behind with its work. Who is not heard from by a node that is behind
// may well have spoken: it waits longer before it calls somebody lost.
type pace struct {
	mu     sync.Mutex
	behind time.Duration
	at     db.Time
}

// note says that something was done late by so much.
func (p *pace) note(late time.Duration, now db.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if late >= ordinary && late > p.still(now) {
		p.behind, p.at = late, now
	}
}

// patience is how long besides a connection may be silent: a sign of life may be answered late, and
// the next is not sent before that.
func (p *pace) patience(now db.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return min(2*p.still(now), mostPatience)
}

func (p *pace) still(now db.Time) time.Duration {
	return p.behind >> min(63, max(0, now.Sub(p.at)/catchUp))
}
