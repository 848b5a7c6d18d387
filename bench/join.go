package main

import (
	"context"
	"time"

	"wozai/internal/media/bot"
)

// join: somebody speaks; two hundred others open their links, evenly over ten seconds, whether or not those before them
// are in (open loop). The clock of each runs from the tap (the link is exchanged) until the first sound has arrived.
func join(ctx context.Context, b *bench) (figures, error) {
	n := b.crowd(200)
	h, err := b.gather(ctx, n+1)
	if err != nil {
		return nil, err
	}
	defer h.stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := h.open(ctx); err != nil {
		return nil, err
	}
	go h.host.beats(ctx, 0, nil)
	speaker, err := h.guests[n].attend(ctx)
	if err != nil {
		return nil, err
	}
	defer speaker.Leave()
	go speaker.guest.beats(ctx, 0, nil)
	if _, err := h.host.command(ctx, map[string]any{"kind": "grant", "person": speaker.guest.person, "version": 0}); err != nil {
		var view struct{ State struct{ Version int64 } }
		if err := h.host.call(ctx, "GET", h.room(), nil, &view); err != nil {
			return nil, err
		}
		if _, err := h.host.command(ctx, map[string]any{"kind": "give", "person": speaker.guest.person, "version": view.State.Version}); err != nil {
			return nil, err
		}
	}
	const within = 10 * time.Second
	used, began := h.usage(), time.Now()
	h.profile("join", int(within/time.Second))
	type result struct {
		a   *attendant
		in  time.Duration // until the media connection stood
		at  time.Time
		err error
	}
	done := make(chan result, n)
	for i, g := range h.guests[:n] {
		time.Sleep(time.Until(began.Add(time.Duration(i) * within / time.Duration(n))))
		go func() {
			r := result{at: time.Now()}
			r.a, r.err = g.attend(ctx)
			r.in = time.Since(r.at)
			if r.err == nil {
				go g.beats(ctx, 5*time.Second, nil)
			}
			done <- r
		}()
	}
	inside, sound, f := &times{}, &times{}, figures{}
	var all []*attendant
	var failed error
	for range n {
		r := <-done
		if r.err != nil {
			f["failed"]++
			failed = r.err
			continue
		}
		all = append(all, r.a)
		inside.add(r.in)
		at, ok := r.a.when(string(bot.Heard), speaker.name)
		for deadline := time.Now().Add(10 * time.Second); !ok && time.Now().Before(deadline); at, ok = r.a.when(string(bot.Heard), speaker.name) {
			time.Sleep(5 * time.Millisecond)
		}
		if !ok {
			f["heard_nothing"]++
			continue
		}
		sound.add(at.Sub(r.at))
	}
	defer leave(all)
	server, media, clients := used.since(h.usage())
	if sound.count() == 0 {
		return nil, failed
	}
	inside.into(f, "tap_to_connected")
	sound.into(f, "tap_to_sound")
	f["members"], f["server_cores"], f["media_cores"], f["clients_cores"] = float64(n), server, media, clients
	f["all_in_s"] = round(time.Since(began).Seconds(), 1)
	return f, nil
}
