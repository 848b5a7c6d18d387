package main

import (
	"context"
	"fmt"
	"time"
)

// deed is one thing somebody did, to be seen by everybody.
type deed struct {
	kind    string
	at      time.Time // before the request was sent
	version int64
	took    time.Duration // until it was answered
	err     error
}

// roster: everybody comes in by their link, keeps a stream open and says every five seconds that they are here. Then one
// thing is done every step, whether or not the one before has been seen (open loop). The clock runs from before the
// request is sent until the whole state has come on a stream.
func roster(ctx context.Context, b *bench) (figures, error) {
	most := b.crowd(500)
	steps := []int{most / 4, most / 2, most}
	spare := 40
	h, err := b.gather(ctx, most+spare)
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
	f := figures{}
	inside, late := []*guest{}, h.guests[most:]
	var watchers []*watcher
	beat := &times{}
	for _, n := range steps {
		began := time.Now()
		h.profile(fmt.Sprintf("come-in-%d", n), 5)
		newcomers := h.guests[len(inside):n]
		found := make(chan *watcher, len(newcomers))
		if err := together(newcomers, 32, func(g *guest) error {
			if err := g.come(ctx); err != nil {
				return err
			}
			if _, err := g.enter(ctx, "audio"); err != nil {
				return err
			}
			w, err := g.watch(ctx)
			if err != nil {
				return err
			}
			found <- w
			return nil
		}); err != nil {
			return nil, fmt.Errorf("%d come in: %w", n, err)
		}
		close(found)
		for w := range found {
			watchers = append(watchers, w)
		}
		f[fmt.Sprintf("at_%d_all_in_s", n)] = round(time.Since(began).Seconds(), 2)
		for i, g := range newcomers {
			go g.beats(ctx, time.Duration(i)*5*time.Second/time.Duration(len(newcomers)), beat)
		}
		inside = h.guests[:n]
		fmt.Printf("  … %d are in\n", n)
		time.Sleep(6 * time.Second) // what their coming set off has been sent
		if err := observe(ctx, b, h, n, inside, &late, watchers, f); err != nil {
			return nil, err
		}
	}
	beat.into(f, "beat_answer")
	return f, nil
}

// observe does things for a while and notes when each was seen.
func observe(ctx context.Context, b *bench, h *hall, n int, inside []*guest, late *[]*guest, watchers []*watcher, f figures) error {
	const every = 400 * time.Millisecond
	actions := 36 // nine of each
	if b.quick {
		actions = 8
	}
	for _, g := range (*late)[:actions/4] {
		if err := g.come(ctx); err != nil { // the link was opened before; what is timed is coming into the room
			return err
		}
	}
	var before int64
	for _, w := range watchers {
		before += w.bytes.Load()
	}
	used, began := h.usage(), time.Now()
	h.profile(fmt.Sprintf("roster-%d", n), int(time.Duration(actions)*every/time.Second))
	done := make(chan deed, actions)
	earlierDone := make(chan struct{}) // a person's own deeds follow one another: hand, floor, back
	close(earlierDone)
	for i := range actions {
		time.Sleep(time.Until(began.Add(time.Duration(i) * every)))
		speaker, newcomer := inside[i/4*3%len(inside)], (*late)[i/4]
		if i%4 == 0 {
			go func() { done <- h.act(ctx, 0, speaker, newcomer) }()
			continue
		}
		earlier, finished := earlierDone, make(chan struct{})
		earlierDone = finished
		go func() {
			defer close(finished)
			<-earlier
			done <- h.act(ctx, i%4, speaker, newcomer)
		}()
	}
	var deeds []deed
	for range actions {
		deeds = append(deeds, <-done)
	}
	time.Sleep(2 * time.Second)
	server, _, clients := used.since(h.usage())
	*late = (*late)[actions/4:]
	all, last := map[string]*times{"any_deed": {}}, &times{}
	missing, answered := 0, &times{}
	for _, d := range deeds {
		if d.err != nil {
			return fmt.Errorf("%s: %w", d.kind, d.err)
		}
		if all[d.kind] == nil {
			all[d.kind] = &times{}
		}
		answered.add(d.took)
		var worst time.Duration
		for _, w := range watchers {
			at, ok := w.seen(d.version, d.kind == "joins")
			if !ok {
				missing++
				continue
			}
			all[d.kind].add(at.Sub(d.at))
			all["any_deed"].add(at.Sub(d.at))
			worst = max(worst, at.Sub(d.at))
		}
		last.add(worst)
	}
	name := fmt.Sprintf("at_%d_", n)
	for kind, t := range all {
		t.into(f, name+kind)
	}
	last.into(f, name+"last_of_all")
	answered.into(f, name+"answered")
	f[name+"never_seen"] = float64(missing)
	f[name+"server_cores"], f[name+"clients_cores"] = server, clients
	var after, gaps int64
	for _, w := range watchers {
		after += w.bytes.Load()
		gaps += w.gaps.Load()
	}
	f[name+"gaps"] = float64(gaps)
	f[name+"server_ms_a_deed"] = round(server*time.Since(began).Seconds()*1000/float64(actions), 2)
	f[name+"sent_to_each_kB_a_deed"] = round(float64(after-before)/1000/float64(len(watchers))/float64(actions), 1)
	return nil
}

// act does one of the four things a meeting is made of.
func (h *hall) act(ctx context.Context, which int, speaker, newcomer *guest) deed {
	d := deed{at: time.Now()}
	switch which {
	case 0:
		d.kind = "joins"
		d.version, d.err = newcomer.enter(ctx, "audio")
	case 1:
		d.kind = "raises_a_hand"
		d.version, d.err = speaker.command(ctx, map[string]any{"kind": "raise"})
	case 2:
		d.kind = "takes_the_floor"
		var now int64
		if now, d.err = h.version(ctx); d.err != nil {
			return d
		}
		d.at = time.Now()
		d.version, d.err = h.host.command(ctx, map[string]any{"kind": "give", "person": speaker.person, "version": now})
	case 3:
		d.kind = "gives_it_back"
		d.version, d.err = speaker.command(ctx, map[string]any{"kind": "yield"})
	}
	d.took = time.Since(d.at)
	return d
}
