package main

import (
	"context"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/pion/webrtc/v4/pkg/media"

	"wozai/internal/media/bot"
)

// chromium is a real browser with a camera that shows a moving picture and a microphone that beeps, both allowed.
type chromium struct {
	ctx context.Context
	end context.CancelFunc
}

func newChromium(ctx context.Context) (*chromium, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1366, 768),
		chromedp.Flag("use-fake-ui-for-media-stream", true), chromedp.Flag("use-fake-device-for-media-stream", true),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"))
	if path := os.Getenv("WOZAI_CHROMIUM"); path != "" {
		options = append(options, chromedp.ExecPath(path))
	}
	ctx, endAll := chromedp.NewExecAllocator(ctx, options...)
	ctx, endFirst := chromedp.NewContext(ctx)
	c := &chromium{ctx, func() { endFirst(); endAll() }}
	if err := chromedp.Do(ctx); err != nil {
		c.end()
		return nil, fmt.Errorf("Chromium (make setup installs it): %w", err)
	}
	return c, nil
}

// page is a tab of somebody's own browser: nothing is kept from before, nothing shared with other pages.
type page struct {
	ctx   context.Context
	close context.CancelFunc
}

//go:embed watch.js
var watchScript string

// page opens one; its media goes to the SFU by way of a port of this machine, when there is one.
func (c *chromium) page(mediaPort int) (*page, error) {
	ctx, end := chromedp.NewContext(c.ctx, chromedp.WithNewBrowserContext())
	p := &page{ctx, end}
	_, err := chromedp.Call(ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: fmt.Sprintf("(%s)(%d)", watchScript, mediaPort)})
	if err == nil { // a page in the background would be slowed down
		_, err = chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	}
	if err != nil {
		end()
		return nil, err
	}
	return p, nil
}

// open begins to go to an address and does not wait until all is there.
func (p *page) open(address string) error {
	return p.do(fmt.Sprintf("setTimeout(() => location.href = %q)", address))
}

// do evaluates a script and, if it gives a promise, waits for that.
func (p *page) do(script string) error {
	_, err := ask[chromedp.Void](p, script)
	return err
}

func ask[T any](p *page, script string) (T, error) {
	ctx, cancel := context.WithTimeout(p.ctx, 30*time.Second)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
}

// until waits for a script to give a number other than zero: a moment of the browser's clock, which is this machine's.
func (p *page) until(what, script string, within time.Duration) (time.Time, error) {
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if at, err := ask[float64](p, script); err == nil && at != 0 { // an error: the page is just being left
			return time.UnixMilli(int64(at)), nil
		}
		if p.ctx.Err() != nil {
			return time.Time{}, p.ctx.Err()
		}
	}
	shows, _ := ask[string](p, "location.pathname + ' ' + document.body.innerText.slice(0, 300)")
	return time.Time{}, fmt.Errorf("the browser waits in vain for %s; it shows: %s", what, shows)
}

// tap waits for something that can be tapped, taps it and says when.
func (p *page) tap(what, find string, within time.Duration) (time.Time, error) {
	return p.until(what, `(() => { const x = `+find+`; if (!x?.offsetParent || x.disabled) return 0; const at = Date.now(); x.click(); return at })()`, within)
}

func named(words string) string {
	return `[...document.querySelectorAll('button')].find((b) => /` + words + `/.test(b.textContent))`
}

// enters goes through the room's door, by sound or with pictures; nobody reads what stands there, so it takes no time.
func (p *page) enters(how string, within time.Duration) (time.Time, error) {
	at := map[string]string{"video": "0", "audio": "1"}[how]
	if _, err := p.tap("the door", `document.querySelectorAll('input[name=how]')[`+at+`]`, within); err != nil {
		return time.Time{}, err
	}
	return p.tap("the way in", named("^(进入会议|Enter the meeting)$"), within)
}

// comes gives the browser a guest's session and leads it into the room, where it asks for all pictures.
func (p *page) comes(g *guest) error {
	if err := p.open(g.base + "/j#" + g.link); err != nil {
		return err
	}
	if _, err := p.tap("the invitation", `document.getElementById('enter')`, 30*time.Second); err != nil {
		return err
	}
	g.link = ""
	if _, err := p.enters("video", 30*time.Second); err != nil {
		return err
	}
	for _, words := range []string{"^(更多|More)$", "网络与省流量|Network and data"} {
		if _, err := p.tap(words, named(words), 30*time.Second); err != nil {
			return err
		}
	}
	// The second choice: everything, however slow this machine makes the line look.
	if _, err := p.tap("the ladder", `document.querySelectorAll('input[name=rung]')[1]`, 30*time.Second); err != nil {
		return err
	}
	_, err := p.tap("close", `document.querySelector('dialog[open] button')`, 30*time.Second)
	return err
}

// forget makes the next sound and the next large picture the first ones.
func (p *page) forget() error { return p.do("bench.forget()") }

func (p *page) sound(within time.Duration) (time.Time, error) {
	return p.until("sound", "bench.sound", within)
}

func (p *page) large(within time.Duration) (time.Time, error) {
	return p.until("a large picture", "bench.large", within)
}

// frames are the pictures decoded so far, and from how many senders some came in the last second.
func (p *page) frames() (frames, faces float64, err error) {
	got, err := ask[struct{ Frames, Faces float64 }](p, "({ Frames: bench.frames, Faces: bench.faces() })")
	return got.Frames, got.Faces, err
}

//go:embed film.js
var filmScript string

// film makes two seconds of what a camera sends, in real VP8, for browsers to decode.
func (p *page) film(width, height, perSecond, kbits int) (bot.Clip, error) {
	coded, err := ask[[]string](p, fmt.Sprintf("(%s)(%d, %d, %d, %d)", filmScript, width, height, perSecond, kbits))
	if err != nil {
		return bot.Clip{}, err
	}
	var out []media.Sample
	for _, text := range coded {
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return bot.Clip{}, err
		}
		out = append(out, media.Sample{Data: data, Duration: time.Second / time.Duration(perSecond)})
	}
	if len(out) == 0 {
		return bot.Clip{}, errors.New("the browser made no pictures")
	}
	return bot.ClipOf(out), nil
}
