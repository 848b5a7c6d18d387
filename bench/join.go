package main

import (
	"context"
	"time"

	"wozai/internal/media/bot"
)

// join: somebody speaks; two hundred others open their links, evenly over ten seconds, whether or not those before them
// are in (open loop). The clock of each runs from the tap (the link is exchanged) until the first sound has arrived.
// Three browsers are among them, whose clock runs from the tap on the invitation until they have decoded sound.
func join(ctx context.Context, b *bench) (figures, error) {
	n := b.crowd(200)
	const browsers = 3
	h, err := b.gather(ctx, n+1+browsers)
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
	speaker, err := h.guests[n].speaks(ctx)
	if err != nil {
		return nil, err
	}
	defer speaker.Leave()
	c, err := newChromium(ctx)
	if err != nil {
		return nil, err
	}
	defer c.end()
	pages, inBrowser, f := make([]*page, browsers), &times{}, figures{}
	for i := range pages {
		if pages[i], err = c.page(0); err != nil {
			return nil, err
		}
		if err := pages[i].open(h.url + "/j#" + h.guests[n+1+i].link); err != nil {
			return nil, err
		}
		if _, err := pages[i].until("the invitation", `document.getElementById('enter')?.offsetParent ? 1 : 0`, 30*time.Second); err != nil {
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
	for i, p := range pages { // in the middle of it all, each for the first time in its life
		time.AfterFunc(time.Duration(i+1)*within/(browsers+1), func() { p.joins(inBrowser) })
	}
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
	inside, sound := &times{}, &times{}
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
	for deadline := time.Now().Add(30 * time.Second); inBrowser.count() < browsers && time.Now().Before(deadline); {
		time.Sleep(50 * time.Millisecond)
	}
	if f["browsers_heard_nothing"] = float64(browsers - inBrowser.count()); inBrowser.count() > 0 {
		inBrowser.into(f, "tap_to_sound_in_browser")
	}
	inside.into(f, "tap_to_connected")
	sound.into(f, "tap_to_sound")
	f["members"], f["server_cores"], f["media_cores"], f["clients_cores"] = float64(n), server, media, clients
	f["all_in_s"] = round(time.Since(began).Seconds(), 1)
	return f, nil
}

// joins taps the invitation and then the room's door, and notes how long it took until there was sound.
func (p *page) joins(into *times) {
	tap, err := p.tap("the invitation", `document.getElementById('enter')`, 20*time.Second)
	if err != nil {
		return
	}
	if _, err := p.enters("audio", 20*time.Second); err != nil {
		return
	}
	if at, err := p.sound(20 * time.Second); err == nil {
		into.add(at.Sub(tap))
	}
}
