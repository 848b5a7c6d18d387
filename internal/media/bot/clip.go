package bot

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4/pkg/media"
	"github.com/pion/webrtc/v4/pkg/media/ivfreader"
	"github.com/pion/webrtc/v4/pkg/media/oggreader"
)

//go:embed clips/*.ivf clips/*.ogg
var clips embed.FS

// Clips is the number of prepared members.
const Clips = 12

// clip is a picture or a sound in a loop: samples are shared by all bots, the position belongs to one track.
type clip struct {
	samples []media.Sample
	next    int
	jump    atomic.Bool // somebody needs a whole picture: go on from the next one
	swap    atomic.Pointer[Clip]
	shut    atomic.Bool // sound that waits for its turn: only silence is sent

	withheld <-chan struct{} // if set, nothing is sent before it is closed
}

// Face returns the moving picture of prepared member n (any n; they repeat): VP8, 192×144, ten frames a second, about
// 36 kbit/s.
func Face(n int) (Clip, error) { return load(fmt.Sprintf("clips/member-%02d.ivf", wrap(n)), readFace) }

// Voice returns the speech of prepared member n: Opus, mono, about 20 kbit/s, some six to nine seconds in a loop.
func Voice(n int) (Clip, error) {
	return load(fmt.Sprintf("clips/member-%02d.ogg", wrap(n)), readVoice)
}

// Clip is something prepared to publish.
type Clip struct{ samples []media.Sample }

func wrap(n int) int { return ((n % Clips) + Clips) % Clips }

var loaded sync.Map // file name → Clip

func load(name string, read func([]byte) ([]media.Sample, error)) (Clip, error) {
	if known, ok := loaded.Load(name); ok {
		return known.(Clip), nil
	}
	raw, err := clips.ReadFile(name)
	if err != nil {
		return Clip{}, err
	}
	samples, err := read(raw)
	if err != nil || len(samples) == 0 {
		return Clip{}, fmt.Errorf("bot: %s cannot be read: %w", name, err)
	}
	loaded.Store(name, Clip{samples})
	return Clip{samples}, nil
}

func readFace(raw []byte) ([]media.Sample, error) {
	reader, header, err := ivfreader.NewWith(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	each := time.Second * time.Duration(header.TimebaseNumerator) / time.Duration(header.TimebaseDenominator)
	var out []media.Sample
	for {
		frame, _, err := reader.ParseNextFrame()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, media.Sample{Data: frame, Duration: each})
	}
}

// readVoice relies on one packet a page, as make-clips.sh writes them.
func readVoice(raw []byte) ([]media.Sample, error) {
	reader, _, err := oggreader.NewWith(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	var out []media.Sample
	for {
		page, _, err := reader.ParseNextPage()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if bytes.HasPrefix(page, []byte("OpusTags")) {
			continue
		}
		out = append(out, media.Sample{Data: page, Duration: 20 * time.Millisecond})
	}
}

// silence is Opus for 20 ms of it, as a browser sends for a microphone that is switched off.
var silence = media.Sample{Data: []byte{0xf8, 0xff, 0xfe}, Duration: 20 * time.Millisecond}

// NextSample, OnBind, OnUnbind and Close make a clip what the LiveKit library writes from.
func (c *clip) NextSample(ctx context.Context) (media.Sample, error) {
	if c.withheld != nil {
		select {
		case <-c.withheld:
		case <-ctx.Done():
			return media.Sample{}, io.EOF
		}
	}
	if c.shut.Load() {
		return silence, nil
	}
	if other := c.swap.Swap(nil); other != nil {
		c.samples, c.next = other.samples, 0
	}
	if c.jump.Swap(false) {
		for range c.samples {
			if c.samples[c.next%len(c.samples)].Data[0]&1 == 0 { // VP8: a picture that needs no other
				break
			}
			c.next++
		}
	}
	sample := c.samples[c.next%len(c.samples)]
	c.next++
	return sample, nil
}

// feedback answers a newcomer's request for a whole picture, which a real camera would take at once.
func (c *clip) feedback(packet rtcp.Packet) {
	switch packet.(type) {
	case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
		c.jump.Store(true)
	}
}

func (c *clip) OnBind() error   { return nil }
func (c *clip) OnUnbind() error { return nil }
func (c *clip) Close() error    { return nil }

// ClipOf makes a clip of samples of one's own, to be played in a loop: measurements send what a camera would, in size and
// number.
func ClipOf(samples []media.Sample) Clip { return Clip{samples} }
