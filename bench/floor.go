package main

import (
	"context"
	"fmt"
	"time"

	"wozai/internal/media"
	"wozai/internal/media/bot"
)

// stage is a room that can be told who speaks: ours, or the SFU alone.
type stage struct {
	everybody []*attendant
	ready     func(ctx context.Context, a *attendant) error // gets the next speaker ready; nil: there is no such thing
	give      func(ctx context.Context, a *attendant) error
	take      func(ctx context.Context, a *attendant) error
	media     int // process
	server    int // process, 0: none
}

// floor: the same listeners, the same pictures, the same client, first in our room, then at the SFU alone, then twenty
// cameras to twenty people. The processor time of the SFU's process is divided by the listeners.
func floor(ctx context.Context, b *bench) (figures, error) {
	// Beyond thirty cameras follow the floor; in a smaller room former speakers would go on sending theirs.
	n, f := max(b.crowd(48), 40), figures{}
	show := attendant{face: new(bot.Clip), camera: new(bot.Clip)}
	*show.face, *show.camera = pictures(320, 180, 10, 55), pictures(large, 720, 30, 1500)
	if err := b.ours(ctx, n, &show, f); err != nil {
		return nil, fmt.Errorf("our room: %w", err)
	}
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

func (b *bench) ours(ctx context.Context, n int, show *attendant, f figures) error {
	h, err := b.gather(ctx, n)
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
	for i, g := range h.guests { // one after another: the last ones have no camera until they have the floor
		a, err := g.attend(ctx)
		if err != nil {
			return err
		}
		a.face, a.camera = show.face, show.camera
		s.everybody = append(s.everybody, a)
		go g.beats(ctx, time.Duration(i)*5*time.Second/time.Duration(n), nil)
	}
	defer func() { leave(s.everybody) }()
	host := func(ctx context.Context, c map[string]any) error {
		var view struct{ State struct{ Version int64 } }
		if err := h.host.call(ctx, "GET", h.room(), nil, &view); err != nil {
			return err
		}
		c["version"] = view.State.Version
		_, err := h.host.command(ctx, c)
		return err
	}
	s.ready = func(ctx context.Context, a *attendant) error { // the host speaks, the guest waits with the hand up
		if err := host(ctx, map[string]any{"kind": "take"}); err != nil {
			return err
		}
		_, err := a.guest.command(ctx, map[string]any{"kind": "raise"})
		return err
	}
	s.give = func(ctx context.Context, a *attendant) error {
		return host(ctx, map[string]any{"kind": "give", "person": a.guest.person})
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
		if err := s.take(ctx, speaker); err != nil {
			return err
		}
		time.Sleep(500 * time.Millisecond)
	}
	heard.into(f, name+"_handover_to_first_sound")
	seen.into(f, name+"_handover_to_large_keyframe")
	f[name+"_handover_missing"] = float64(missing)
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
	var all []*attendant
	defer func() { leave(all) }()
	for i, g := range h.guests {
		a, err := g.attend(ctx)
		if err != nil {
			return err
		}
		all = append(all, a)
		go g.beats(ctx, time.Duration(i)*5*time.Second/members, nil)
	}
	if err := together(all, 4, func(a *attendant) error { return a.Publish(media.Camera, tile) }); err != nil {
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
