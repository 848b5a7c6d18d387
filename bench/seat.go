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
	first  map[string]time.Time // "heard …", "large …", "announced …": when first
	may    bool                 // send sound
	face   *bot.Clip            // sent while waiting; nil: sound alone
	camera *bot.Clip            // sent with the floor instead
}

func (a *attendant) event(e bot.Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	note := func(what string) {
		if _, known := a.first[what+" "+e.Identity]; !known {
			a.first[what+" "+e.Identity] = e.At
		}
	}
	switch e.Kind {
	case bot.Heard, bot.Seen:
		note(string(e.Kind))
	case bot.Announced:
		if e.Source == media.Microphone {
			note(string(e.Kind))
		}
	case bot.Sized:
		if e.Width >= large {
			note("large")
		}
	case bot.Permitted:
		may := e.Permission.Publish.Has(media.Microphone)
		if may && !a.may && a.Bot != nil {
			go a.prepare()
		}
		a.may = may
	case bot.Opened:
		go a.grow()
	}
}

// large is the width of a picture that fills the place of who speaks.
const large = 1280

// prepare publishes sound, and a small face when there is one, as a browser does that has just been told it may: next in
// line, or, where nobody waits, with the floor.
func (a *attendant) prepare() {
	go func() {
		if voice, err := bot.Voice(1); err == nil {
			_ = a.Publish(media.Microphone, voice)
		}
	}()
	if a.face != nil && a.Permission().Publish.Has(media.Camera) {
		if a.Publish(media.Camera, *a.face) == nil {
			a.grow()
		}
	}
}

// grow sends the large picture once the sound is let through.
func (a *attendant) grow() {
	if a.camera != nil && a.Speaks() {
		a.Swap(media.Camera, *a.camera)
	}
}

// when tells when the first packet of somebody's source came; forget makes the next one the first.
func (a *attendant) when(kind, identity string) (time.Time, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	at, ok := a.first[kind+" "+identity]
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
