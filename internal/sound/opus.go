package sound

import (
	"fmt"
	"slices"

	"github.com/pion/opus"
)

const (
	opusRate     = 48_000       // Opus counts in it, whatever it carries
	wavRate      = 16_000       // all that is in a voice
	longestFrame = opusRate / 8 // 120 ms, the most that one packet holds: 5760 samples
	maxPacket    = 1275 * 48    // bytes of the largest packet there is
)

// opusTrack is the packets of one recording, with the head that tells how to decode them.
type opusTrack struct {
	head    []byte // "OpusHead…", RFC 7845
	packets [][]byte
	samples int // how long they last, at opusRate
	most    int // and may
}

// checkHead accepts the head of plain speech: one or two channels in the usual order.
func checkHead(head []byte) ([]byte, error) {
	if len(head) < 19 || string(head[:8]) != "OpusHead" || head[8]>>4 != 0 || head[9] < 1 || head[9] > 2 || head[18] != 0 {
		return nil, ErrNotSound
	}
	return slices.Clone(head[:19]), nil
}

// packetSamples is how long a packet lasts at 48 kHz; 0 when it is none (RFC 6716, 3.1).
func packetSamples(p []byte) int {
	if len(p) == 0 || len(p) > maxPacket {
		return 0
	}
	var frame int
	switch config := p[0] >> 3; {
	case config < 12: // SILK: 10, 20, 40, 60 ms
		frame = []int{480, 960, 1920, 2880}[config&3]
	case config < 16: // hybrid: 10, 20 ms
		frame = []int{480, 960}[config&1]
	default: // CELT: 2.5, 5, 10, 20 ms
		frame = 120 << (config & 3)
	}
	count := 1
	switch p[0] & 3 {
	case 1, 2:
		count = 2
	case 3:
		if len(p) < 2 {
			return 0
		}
		count = int(p[1] & 63)
	}
	if n := frame * count; n <= longestFrame {
		return n
	}
	return 0
}

func (t *opusTrack) add(packet []byte) error {
	n := packetSamples(packet)
	if n == 0 {
		return ErrNotSound
	}
	if t.samples += n; t.samples > t.most {
		return ErrTooLong
	}
	t.packets = append(t.packets, packet)
	return nil
}

// decode gives the sound itself, one channel at wavRate. A packet that cannot be decoded says that
// this is no recording of a browser.
func (t *opusTrack) decode() (out []int16, err error) {
	defer func() {
		if p := recover(); p != nil { // the decoder was given what no encoder writes
			out, err = nil, fmt.Errorf("%w: %v", ErrNotSound, p)
		}
	}()
	d, err := opus.NewDecoderWithOutput(wavRate, 1)
	if err != nil {
		return nil, err
	}
	out = make([]int16, 0, t.samples*wavRate/opusRate)
	frame := make([]int16, longestFrame*wavRate/opusRate)
	for _, p := range t.packets {
		n, err := d.DecodeToInt16(p, frame)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNotSound, err)
		}
		out = append(out, frame[:n]...)
	}
	return out, nil
}
