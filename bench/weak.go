package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// weak: over a weak line, with nothing kept from before, the light pages and what they load; then, in a real browser, from
// the tap on the link until somebody is heard, and from the tap on a hand until another sees it.
func weak(ctx context.Context, b *bench) (figures, error) {
	f := figures{"line_kbit_a_second": lineBits / 1000, "line_round_trip_ms": ms(2 * lineDelay), "line_loss_percent": 100 / lineLoss}
	port, err := freePort("udp")
	if err != nil {
		return nil, err
	}
	rounds := 4
	if b.quick {
		rounds = 1
	}
	h, err := b.gather(ctx, rounds+2, "--media-udp-port", strconv.Itoa(port))
	if err != nil {
		return nil, err
	}
	defer h.stop()
	l, err := newLine(strings.TrimPrefix(h.url, "http://"), &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		return nil, err
	}
	defer l.close()
	if b.timelines != "" {
		l.seen = &timeline{}
	}
	for name, path := range map[string]string{"signin_page": "/signin", "join_page": "/j"} {
		all := &times{}
		for range rounds {
			before, began := l.down.page.Load(), time.Now()
			if err := visit(ctx, l.url(), path); err != nil {
				return nil, err
			}
			all.add(time.Since(began))
			f[name+"_kB_down"] = round(float64(l.down.page.Load()-before)/1000, 1)
		}
		f[name+"_median_ms"], f[name+"_worst_ms"] = all.at(0.5), all.at(1)
	}
	f["light_pages_kB_down"] = round(f["signin_page_kB_down"]+f["join_page_kB_down"], 1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return f, h.weakly(ctx, l, f, b.timelines)
}

// weakly: somebody speaks over a good line; the others come in one after another over the weak one.
func (h *hall) weakly(ctx context.Context, l *line, f figures, timelines string) error {
	if err := h.open(ctx); err != nil {
		return err
	}
	go h.host.beats(ctx, 0, nil)
	last := len(h.guests) - 1
	speaker, err := h.guests[last].speaks(ctx)
	if err != nil {
		return err
	}
	defer speaker.Leave()
	watcher := h.guests[last-1]
	if err := watcher.come(ctx); err != nil {
		return err
	}
	if _, err := watcher.enter(ctx, "audio"); err != nil {
		return err
	}
	go watcher.beats(ctx, 0, nil)
	sees, err := watcher.watch(ctx)
	if err != nil {
		return err
	}
	c, err := newChromium(ctx)
	if err != nil {
		return err
	}
	defer c.end()
	cold, entered, cached, hands := &times{}, &times{}, &times{}, &times{}
	for i, g := range h.guests[:last-1] {
		p, err := c.page(l.mediaPort())
		if err != nil {
			return err
		}
		err = func() error {
			defer p.close()
			l.seen.forget()
			if err := p.open(l.url() + "/j#" + g.link); err != nil {
				return err
			}
			if _, err := p.until("the invitation", `document.getElementById('enter')?.offsetParent ? 1 : 0`, time.Minute); err != nil {
				return err
			}
			before := l.down.page.Load()
			time.Sleep(5 * time.Second) // reads it; its browser fetches ahead
			tap, err := p.tap("the invitation", `document.getElementById('enter')`, time.Minute)
			if err != nil {
				return err
			}
			second, err := p.enters("audio", time.Minute)
			if err != nil {
				return err
			}
			sound, err := p.sound(time.Minute)
			if err != nil {
				return err
			}
			if err := errors.Join(l.seen.page(p), l.seen.write(timelines, fmt.Sprintf("cold-%d", i+1), tap)); err != nil {
				return err
			}
			cold.add(sound.Sub(tap))
			entered.add(sound.Sub(second))
			// What the room is made of, wherever it came from; and all that went over the line, with what was torn off by the tap.
			weight, err := ask[float64](p, `[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].reduce((sum, r) => sum + r.encodedBodySize, 0)`)
			if err != nil {
				return err
			}
			f["room_in_sound_kB"] = max(f["room_in_sound_kB"], round(weight/1000, 1))
			f["invitation_to_sound_kB_down"] = max(f["invitation_to_sound_kB_down"], round(float64(l.down.page.Load()-before)/1000, 1))
			for range 3 {
				time.Sleep(2 * time.Second)
				hand, err := h.hand(ctx, p, sees)
				if err != nil {
					return err
				}
				hands.add(hand)
			}
			// Goes out, and comes back later.
			if err := p.do(`fetch('/api/v1/meetings/` + h.meeting + `/room').then((r) => r.json()).then((v) => fetch('/api/v1/meetings/` + h.meeting + `/room/leave',
				{ method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ seat: v.me.seat }) }))`); err != nil {
				return err
			}
			if err := p.do("setTimeout(() => location.href = 'about:blank')"); err != nil {
				return err
			}
			time.Sleep(time.Second)
			l.seen.forget()
			began := time.Now()
			if err := p.open(l.url() + "/room/" + h.meeting); err != nil {
				return err
			}
			if _, err := p.enters("audio", time.Minute); err != nil {
				return err
			}
			if sound, err = p.sound(time.Minute); err != nil {
				return err
			}
			cached.add(sound.Sub(began))
			if err := errors.Join(l.seen.page(p), l.seen.write(timelines, fmt.Sprintf("cached-%d", i+1), began)); err != nil {
				return err
			}
			return nil
		}()
		if err != nil {
			return err
		}
	}
	if l.down.datagrams.Load() == 0 {
		return fmt.Errorf("the sound did not come over the line")
	}
	cold.into(f, "link_tap_to_sound_cold")
	entered.into(f, "second_tap_to_sound_cold")
	cached.into(f, "tap_to_sound_cached")
	hands.into(f, "hand_to_seen_by_others")
	f["sound_kB_over_udp"] = round(float64(l.down.datagramsB.Load())/1000, 0)
	return nil
}

// hand has the browser raise a hand, says how long until another's stream shows it, and takes it down again.
func (h *hall) hand(ctx context.Context, p *page, sees *watcher) (time.Duration, error) {
	version, err := h.version(ctx)
	if err != nil {
		return 0, err
	}
	tap, err := p.tap("the hand", named("我要发言|I want to speak"), 20*time.Second)
	if err != nil {
		return 0, err
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if at, ok := sees.seen(version+1, false); ok {
			_, err := p.tap("the hand again", named("先不讲了|Not now"), 20*time.Second)
			return at.Sub(tap), err
		}
	}
	return 0, fmt.Errorf("nobody has seen the hand")
}

var loads = regexp.MustCompile(`(?:src|href)="(/[^"]+\.(?:js|css|svg|woff2|json))[^"]*"`)

// visit fetches a page and what it names, as a browser with an empty memory: six connections, compressed.
func visit(ctx context.Context, base, path string) error {
	c := &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxConnsPerHost: 6}}
	defer c.CloseIdleConnections()
	get := func(address string) (string, error) {
		r, err := http.NewRequestWithContext(ctx, "GET", address, nil)
		if err != nil {
			return "", err
		}
		r.Header.Set("Accept-Language", "zh-CN")
		response, err := c.Do(r)
		if err != nil {
			return "", err
		}
		defer response.Body.Close() //nolint:errcheck // read to the end
		text, err := io.ReadAll(response.Body)
		if err == nil && response.StatusCode != 200 {
			err = fmt.Errorf("%s: %s", address, response.Status)
		}
		return string(text), err
	}
	page, err := get(base + path)
	if err != nil {
		return err
	}
	var names []string
	for _, m := range loads.FindAllStringSubmatch(page, -1) {
		u, err := url.JoinPath(base, m[1])
		if err != nil {
			return err
		}
		names = append(names, u)
	}
	return together(names, 6, func(u string) error { _, err := get(u); return err })
}
