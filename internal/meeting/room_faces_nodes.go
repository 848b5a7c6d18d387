package meeting

import (
	"context"
	"encoding/base64"
	"strings"
	"sync"
	"time"

	"wozai/internal/db"
	"wozai/internal/mosaic"
)

// Faces go from node to node as notifications of PostgreSQL, which are handed on and forgotten: they
// are in no table, in no write-ahead log and in no backup. See docs/adr.

const (
	facesChannel = "wozai_face"
	facesEvery   = 250 * time.Millisecond // NOTIFY takes a lock that all of PostgreSQL shares
)

// faceMail is what this node has to tell the others; the zero value is empty.
type faceMail struct {
	mu   sync.Mutex
	out  map[[2]db.ID][]byte // meeting, seat → the newest face, nil: taken down
	some chan struct{}       // nil: there are no others
}

func (s *Rooms) tellFace(meeting, seat db.ID, jpeg []byte) {
	m := &s.faceMail
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.some == nil {
		return
	}
	m.out[[2]db.ID{meeting, seat}] = jpeg
	select {
	case m.some <- struct{}{}:
	default:
	}
}

// shareFaces sends this node's faces to the others and takes theirs, until ctx ends. news is called
// when it begins to hear them, and after each of their letters.
func (s *Rooms) shareFaces(ctx context.Context, news func()) {
	m := &s.faceMail
	m.mu.Lock()
	m.out, m.some = map[[2]db.ID][]byte{}, make(chan struct{}, 1)
	m.mu.Unlock()
	go s.sendFaces(ctx)
	for ctx.Err() == nil {
		if err := s.hearFaces(ctx, news); err != nil && ctx.Err() == nil {
			s.Log.Warn("faces of other nodes are not seen; trying again", "error", err)
			pause(ctx, time.Second)
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

func (s *Rooms) sendFaces(ctx context.Context) {
	m := &s.faceMail
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.some:
		}
		pause(ctx, facesEvery)
		m.mu.Lock()
		letters := make([]string, 0, len(m.out))
		for at, jpeg := range m.out {
			letters = append(letters, s.Node+" "+at[0].String()+" "+at[1].String()+" "+base64.StdEncoding.EncodeToString(jpeg))
		}
		clear(m.out)
		m.mu.Unlock()
		if _, err := s.DB.Pool().Exec(ctx, `SELECT pg_notify($1, letter) FROM unnest(CAST($2 AS TEXT[])) AS letter`, facesChannel, letters); err != nil && ctx.Err() == nil {
			s.Log.Warn("faces could not be shown on other nodes; the next ones will", "error", err)
		}
	}
}

func (s *Rooms) hearFaces(ctx context.Context, news func()) error {
	c, err := s.DB.Pool().Acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	if _, err := c.Exec(ctx, "LISTEN "+facesChannel); err != nil {
		return err
	}
	news()
	for {
		n, err := c.Conn().WaitForNotification(ctx)
		if err != nil {
			return err
		}
		s.faceArrived(n.Payload)
		news()
	}
}

// faceArrived takes another node's letter; what cannot be read is left.
func (s *Rooms) faceArrived(letter string) {
	part := strings.Split(letter, " ")
	if len(part) != 4 || part[0] == s.Node {
		return
	}
	meeting, ok := db.ParseID(part[1])
	seat, ok2 := db.ParseID(part[2])
	if !ok || !ok2 {
		return
	}
	if part[3] == "" {
		s.faces.drop(meeting, seat, nil)
		return
	}
	jpeg, err := base64.StdEncoding.DecodeString(part[3])
	if err != nil {
		return
	}
	if tile, err := mosaic.Decode(jpeg); err == nil {
		s.faces.keep(meeting, seat, tile, 0)
	}
}
