// Package sound takes what browsers record and makes of it what all of them can play: speech in
// Ogg/Opus, small enough for a weak line, and the same as plain µ-law WAV for those that know no
// Ogg. Both have a length that is known and can be begun anywhere. Nothing of the original but the
// sound is kept: names, places and times written by a device go with its container.
package sound

import (
	"bytes"
	"errors"
	"time"
)

// What is refused. The input is others': nothing in it is believed.
var (
	ErrNotSound = errors.New("sound: neither WebM nor Ogg with Opus, nor a plain WAV of speech")
	ErrTooLong  = errors.New("sound: longer than allowed")
)

// Recording is speech that is ready to be played.
type Recording struct {
	Length time.Duration
	Ogg    []byte // nil when what came was a WAV
	WAV    []byte
}

// The types of its two forms.
const (
	TypeOgg = "audio/ogg"
	TypeWAV = "audio/wav"
)

// Make reads a recording of at most the length given: WebM or Ogg with Opus as browsers record it,
// or a WAV of one channel (16 bit or µ-law, at most 16 kHz). Fails with ErrNotSound, ErrTooLong.
func Make(raw []byte, longest time.Duration) (Recording, error) {
	track := opusTrack{most: int(longest.Seconds() * opusRate)}
	var err error
	switch {
	case bytes.HasPrefix(raw, []byte("RIFF")):
		return readWAV(raw, longest)
	case bytes.HasPrefix(raw, []byte("OggS")):
		err = track.readOgg(raw)
	case bytes.HasPrefix(raw, []byte{0x1a, 0x45, 0xdf, 0xa3}):
		err = track.readWebM(raw)
	default:
		return Recording{}, ErrNotSound
	}
	if err != nil {
		return Recording{}, err
	}
	if track.samples == 0 {
		return Recording{}, ErrNotSound
	}
	plain, err := track.decode()
	if err != nil {
		return Recording{}, err
	}
	return Recording{Length: time.Duration(track.samples) * time.Second / opusRate, Ogg: track.ogg(), WAV: writeWAV(plain, wavRate)}, nil
}
