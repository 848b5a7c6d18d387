package main

import (
	"context"
	"fmt"
	"time"

	"github.com/chromedp/chromedp"

	"wozai/internal/media"
	"wozai/internal/media/bot"
)

// stage is a room that can be told who speaks: ours, or the SFU alone.
type stage struct {
	everybody []*attendant
	browser   *page                                         // one more listener, which decodes; nil: none
	ready     func(ctx context.Context, a *attendant) error // gets the next speaker ready; nil: there is no such thing
	give      func(ctx context.Context, a *attendant) error
	take      func(ctx context.Context, a *attendant) error
	media     int // process
	server    int // process, 0: none
}

// floor: the same listeners, the same pictures, the same client, first in our room, then at the SFU alone, then twenty
// cameras to twenty people, and thirty faces beside one another. The processor time of the SFU's process is divided by the
// listeners. In our room a real browser listens too while the floor goes round.
func floor(ctx context.Context, b *bench) (figures, error) {
	// Beyond thirty cameras follow the floor; in a smaller room former speakers would go on sending theirs.
	n, f := max(b.crowd(48), 40), figures{}
	show := attendant{face: new(bot.Clip), camera: new(bot.Clip)}
	c, err := newChromium(ctx)
	if err != nil {
		return nil, err
	}
	defer c.end()
	if *show.face, err = bot.Face(1); err != nil {
		return nil, err
	}
	if err := b.ours(ctx, c, n, &show, f); err != nil {
		return nil, fmt.Errorf("our room: %w", err)
	}
	if err := b.faces(ctx, c, f); err != nil {
		return nil, fmt.Errorf("thirty faces: %w", err)
	}
	c.end()
	if err := b.theirs(ctx, n, &show, f); err != nil {
		return nil, fmt.Errorf("the SFU alone: %w", err)
	}
	if err := b.grid(ctx, f); err != nil {
		return nil, fmt.Errorf("the grid: %w", err)
	}
	f["listeners"] = float64(n - 1)
	f["listeners_a_core"] = round(1000/f["room_media_millicores_a_listener"], 0)
	f["grid_dearer_than_floor"] = round(f["grid_media_millicores_a_member"]/f["room_media_millicores_a_listener"], 2)
	f["room_to_alone_cost"] = round(f["room_media_millicores_a_listener"]/f["alone_media_millicores_a_listener"], 2)
	return f, nil
}

func (b *bench) ours(ctx context.Context, c *chromium, n int, show *attendant, f figures) error {
	h, err := b.gather(ctx, n+1)
	if err != nil {
		return err
	}
	defer h.stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := h.open(ctx); err != nil {
		return err
	}
	go h.host.beats(ctx, 0, nil)
	s := &stage{media: h.mediaPID(), server: h.cmd.Process.Pid}
	if s.browser, err = c.page(0); err != nil {
		return err
	}
	defer s.browser.close()
	if err := s.browser.comes(h.guests[n]); err != nil {
		return err
	}
	if *show.camera, err = s.browser.film(large, 720, 30, 1500); err != nil {
		return err
	}
	for i, g := range h.guests[:n] { // one after another: the last ones have no camera until they have the floor
		a, err := g.attend(ctx)
		if err != nil {
			return err
		}
		a.face, a.camera = show.face, show.camera
		s.everybody = append(s.everybody, a)
		go g.beats(ctx, time.Duration(i)*5*time.Second/time.Duration(n), nil)
	}
	defer func() { leave(s.everybody) }()
	s.ready = func(ctx context.Context, a *attendant) error { // the host speaks, the guest waits with the hand up
		if err := h.hosts(ctx, map[string]any{"kind": "take"}); err != nil {
			return err
		}
		_, err := a.guest.command(ctx, map[string]any{"kind": "raise"})
		return err
	}
	s.give = func(ctx context.Context, a *attendant) error {
		return h.hosts(ctx, map[string]any{"kind": "give", "person": a.guest.person})
	}
	s.take = func(ctx context.Context, a *attendant) error {
		_, err := a.guest.command(ctx, map[string]any{"kind": "yield"})
		return err
	}
	return s.play(ctx, b, "room", f)
}

func (b *bench) theirs(ctx context.Context, n int, show *attendant, f figures) error {
	sfu, err := b.alone(ctx)
	if err != nil {
		return err
	}
	defer sfu.end() //nolint:errcheck // it ends when told to
	s := &stage{media: sfu.cmd.Process.Pid}
	for i := range n {
		a, err := sfu.join(ctx, i)
		if err != nil {
			return err
		}
		a.face, a.camera = show.face, show.camera
		s.everybody = append(s.everybody, a)
	}
	defer func() { leave(s.everybody) }()
	s.give = func(ctx context.Context, a *attendant) error { return sfu.let(ctx, a.name, true) }
	s.take = func(ctx context.Context, a *attendant) error { return sfu.let(ctx, a.name, false) }
	return s.play(ctx, b, "alone", f)
}

// play measures the hand-over from one to the next, then what a quiet listening costs.
func (s *stage) play(ctx context.Context, b *bench, name string, f figures) error {
	turns, last := 12, s.everybody[len(s.everybody)-8:]
	if b.quick {
		turns = 3
	}
	heard, seen, missing, unready := &times{}, &times{}, 0, 0
	heardThere, seenThere := &times{}, &times{} // in the browser, decoded
	for i := range turns {
		speaker := last[i%len(last)]
		for _, a := range s.everybody {
			a.forget()
		}
		if s.ready != nil {
			if err := s.ready(ctx, speaker); err != nil {
				return err
			}
			time.Sleep(2 * time.Second) // waits, as speakers do: the microphone is announced, the face is there
			if _, ok := s.everybody[0].when("announced", speaker.name); !ok {
				unready++
			}
			for _, a := range s.everybody { // nothing of the microphone may have come
				if _, ok := a.when(string(bot.Heard), speaker.name); ok {
					return fmt.Errorf("%s was heard before the turn", speaker.name)
				}
			}
		}
		if s.browser != nil {
			if err := s.browser.forget(); err != nil {
				return err
			}
		}
		began := time.Now()
		if err := s.give(ctx, speaker); err != nil {
			return err
		}
		deadline := began.Add(4 * time.Second)
		for _, a := range s.everybody {
			if a == speaker {
				continue
			}
			for kind, into := range map[string]*times{string(bot.Heard): heard, "large": seen} {
				at, ok := a.when(kind, speaker.name)
				for !ok && time.Now().Before(deadline) {
					time.Sleep(5 * time.Millisecond) // the moment itself is noted where the packet arrives
					at, ok = a.when(kind, speaker.name)
				}
				if !ok {
					missing++
					continue
				}
				into.add(at.Sub(began))
			}
		}
		if s.browser != nil {
			for into, wait := range map[*times]func(time.Duration) (time.Time, error){heardThere: s.browser.sound, seenThere: s.browser.large} {
				if at, err := wait(time.Until(deadline) + time.Second); err == nil {
					into.add(at.Sub(began))
				} else {
					f[name+"_browser_missing"]++
				}
			}
		}
		if err := s.take(ctx, speaker); err != nil {
			return err
		}
		time.Sleep(500 * time.Millisecond)
	}
	heard.into(f, name+"_handover_to_first_sound")
	seen.into(f, name+"_handover_to_large_keyframe")
	f[name+"_handover_missing"] = float64(missing)
	heardThere.into(f, name+"_handover_to_first_sound_in_browser")
	seenThere.into(f, name+"_handover_to_large_decoded_in_browser")
	if s.browser != nil {
		s.browser.close() // what follows counts listeners, who decode nothing
	}
	if s.ready != nil {
		f[name+"_handover_unready"] = float64(unready)
	}

	holder := last[0]
	if err := s.give(ctx, holder); err != nil {
		return err
	}
	time.Sleep(4 * time.Second)
	wait := 12 * time.Second
	if b.quick {
		wait = 4 * time.Second
	}
	video, audio := packets(s.everybody, holder.name, media.Camera), packets(s.everybody, holder.name, media.Microphone)
	others := func() (n int) {
		for _, a := range last[1:] {
			n += packets(s.everybody, a.name, media.Camera)
		}
		return n
	}
	stray := others()
	mediaBefore, serverBefore, began := cpu(s.media), cpu(s.server), time.Now()
	time.Sleep(wait)
	wall := time.Since(began)
	each := float64(len(s.everybody)-1) * wall.Seconds()
	f[name+"_media_millicores_a_listener"] = round(1000*(cpu(s.media)-mediaBefore).Seconds()/each, 2)
	f[name+"_server_millicores_a_listener"] = round(1000*(cpu(s.server)-serverBefore).Seconds()/each, 2)
	f[name+"_picture_packets_a_second_each"] = round(float64(packets(s.everybody, holder.name, media.Camera)-video)/each, 1)
	f[name+"_sound_packets_a_second_each"] = round(float64(packets(s.everybody, holder.name, media.Microphone)-audio)/each, 1)
	f[name+"_stray_picture_packets_a_second_each"] = round(float64(others()-stray)/each, 1) // of who has no floor: none
	return s.take(ctx, holder)
}

// grid: twenty people who all see all: the layer that a grid shows (320×180, 15 a second, 150 kbit/s). The larger layers
// that simulcast would send up besides are left out, which favours the grid.
func (b *bench) grid(ctx context.Context, f figures) error {
	const members = 20
	h, err := b.gather(ctx, members)
	if err != nil {
		return err
	}
	defer h.stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	tile := pictures(320, 180, 15, 150)
	all, err := h.show(ctx, h.guests, func(int) (bot.Clip, error) { return tile, nil })
	defer func() { leave(all) }()
	if err != nil {
		return err
	}
	time.Sleep(4 * time.Second)
	count := func() (n int) {
		for _, from := range all {
			n += packets(all, from.name, media.Camera)
		}
		return n
	}
	wait := 12 * time.Second
	if b.quick {
		wait = 4 * time.Second
	}
	before, used, began := count(), cpu(h.mediaPID()), time.Now()
	time.Sleep(wait)
	each := members * time.Since(began).Seconds()
	f["grid_media_millicores_a_member"] = round(1000*(cpu(h.mediaPID())-used).Seconds()/each, 2)
	f["grid_picture_packets_a_second_each"] = round(float64(count()-before)/each, 1)
	return nil
}

// show brings guests in, each with a picture of their own.
func (h *hall) show(ctx context.Context, guests []*guest, picture func(int) (bot.Clip, error)) (all []*attendant, err error) {
	for i, g := range guests {
		a, err := g.attend(ctx)
		if err != nil {
			return all, err
		}
		all = append(all, a)
		go g.beats(ctx, time.Duration(i)*5*time.Second/time.Duration(len(guests)), nil)
	}
	numbers := make([]int, len(all))
	for i := range numbers {
		numbers[i] = i
	}
	return all, together(numbers, 4, func(i int) error {
		p, err := picture(i)
		if err != nil {
			return err
		}
		return all[i].Publish(media.Camera, p)
	})
}

// faces: thirty seats, the host's without a picture and one a browser's; all others show a face to all. What the browser
// decodes of them is counted by the browser.
func (b *bench) faces(ctx context.Context, c *chromium, f figures) error {
	const members = 28
	h, err := b.gather(ctx, members+1)
	if err != nil {
		return err
	}
	defer h.stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := h.open(ctx); err != nil {
		return err
	}
	go h.host.beats(ctx, 0, nil)
	all, err := h.show(ctx, h.guests[:members], bot.Face)
	defer func() { leave(all) }()
	if err != nil {
		return err
	}
	p, err := c.page(0)
	if err != nil {
		return err
	}
	defer p.close()
	if err := p.comes(h.guests[members]); err != nil {
		return err
	}
	// A screen on which all of them have room.
	if err := chromedp.Do(p.ctx, chromedp.EmulateViewport(1600, 2400)); err != nil {
		return err
	}
	time.Sleep(8 * time.Second)
	before, _, err := p.frames()
	if err != nil {
		return err
	}
	used, began := cpu(h.mediaPID()), time.Now()
	wait := 10 * time.Second
	if b.quick {
		wait = 4 * time.Second
	}
	time.Sleep(wait)
	seconds := time.Since(began).Seconds()
	spent := cpu(h.mediaPID()) - used
	after, faces, err := p.frames()
	if err != nil {
		return err
	}
	f["faces_shown"], f["faces_moving_in_browser"] = members, faces
	f["faces_decoded_frames_a_second"] = round((after-before)/seconds, 1) // ten a face are sent
	f["faces_media_millicores_a_member"] = round(1000*spent.Seconds()/seconds/(members+1), 2)
	return nil
}
