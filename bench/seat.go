package main

import (
	"context"
	"net/http"
	"sync"
	"time"

	"wozai/internal/media"
	"wozai/internal/media/bot"
)

// attendant is somebody with a media connection: a guest of a hall, or a client of an SFU alone.
type attendant struct {
	*bot.Bot
	guest *guest
	name  string // identity at the SFU

	mu     sync.Mutex
	first  map[string]time.Time // "heard …", "seen …": when first
	speaks bool
	camera *bot.Clip // sent with the floor; nil: sound alone
}

func (a *attendant) event(e bot.Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch e.Kind {
	case bot.Heard, bot.Seen:
		key := string(e.Kind) + " " + e.Identity
		if _, known := a.first[key]; !known {
			a.first[key] = e.At
		}
	case bot.Permitted:
		may := e.Permission.Publish.Has(media.Microphone)
		if may && !a.speaks && a.Bot != nil {
			go a.speak()
		}
		a.speaks = may
	}
}

// speak publishes sound, and pictures when there are any, as a browser does that has just been told it may.
func (a *attendant) speak() {
	go func() {
		if voice, err := bot.Voice(1); err == nil {
			_ = a.Publish(media.Microphone, voice)
		}
	}()
	if a.camera != nil && a.Permission().Publish.Has(media.Camera) {
		_ = a.Publish(media.Camera, *a.camera)
	}
}

// when tells when the first packet of somebody's source came; forget makes the next one the first.
func (a *attendant) when(kind bot.Kind, identity string) (time.Time, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	at, ok := a.first[string(kind)+" "+identity]
	return at, ok
}

func (a *attendant) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.first)
}

// attend brings a guest into the room with a media connection.
func (g *guest) attend(ctx context.Context) (*attendant, error) {
	if err := g.come(ctx); err != nil {
		return nil, err
	}
	if _, err := g.enter(ctx, "video"); err != nil {
		return nil, err
	}
	a := &attendant{guest: g, name: g.seat, first: map[string]time.Time{}}
	made, err := bot.Join(ctx, bot.Options{URL: g.base + "/sfu?meeting=" + g.hall.meeting + "&seat=" + g.seat,
		Header: http.Header{"Cookie": {g.cookie}}, Event: a.event})
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	a.Bot = made
	a.mu.Unlock()
	return a, nil
}

// leave has all go.
func leave(all []*attendant) {
	_ = together(all, 16, func(a *attendant) error { a.Leave(); return nil })
}

// packets sums what has arrived at all from one source.
func packets(all []*attendant, from string, source media.Source) (n int) {
	for _, a := range all {
		p, _ := a.Received(from, source)
		n += p
	}
	return n
}
