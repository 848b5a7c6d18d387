package main

import (
	"math/rand/v2"
	"time"

	"github.com/pion/webrtc/v4/pkg/media"

	"wozai/internal/media/bot"
)

// pictures are what a camera sends at a rate and size, for two seconds: one whole picture, six times as large, and the
// differences after it. The bytes behind the VP8 header are noise: an SFU forwards packets and looks no further, and
// nobody decodes here.
func pictures(width, height, perSecond, kbits int) bot.Clip {
	n := 2 * perSecond
	small := kbits * 1000 / 8 * 2 / (n + 5)
	noise := rand.NewChaCha8([32]byte{1})
	out := make([]media.Sample, n)
	for i := range out {
		size := small
		if i == 0 {
			size = 6 * small
		}
		data := make([]byte, size)
		_, _ = noise.Read(data)
		data[0] = data[0]&^1 | 1 // a difference
		if i == 0 {
			copy(data, []byte{0x10, 0, 0, 0x9d, 0x01, 0x2a, byte(width), byte(width >> 8), byte(height), byte(height >> 8)})
		}
		out[i] = media.Sample{Data: data, Duration: time.Second / time.Duration(perSecond)}
	}
	return bot.ClipOf(out)
}
