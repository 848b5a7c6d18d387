package sound

import (
	"encoding/binary"
	"math/bits"
	"time"
)

const (
	formPCM   = 1
	formMulaw = 7
)

// readWAV accepts what our page makes where a browser cannot record Opus.
func readWAV(b []byte, longest time.Duration) (Recording, error) {
	if len(b) < 12 || string(b[8:12]) != "WAVE" {
		return Recording{}, ErrNotSound
	}
	var form, channels, width uint16
	var rate uint32
	for b = b[12:]; len(b) >= 8; {
		size := binary.LittleEndian.Uint32(b[4:])
		name, body := string(b[:4]), b[8:]
		if uint64(size) > uint64(len(body)) {
			return Recording{}, ErrNotSound
		}
		b = body[min(uint64(len(body)), uint64(size)+uint64(size&1)):]
		body = body[:size]
		switch name {
		case "fmt ":
			if size < 16 {
				return Recording{}, ErrNotSound
			}
			form, channels = binary.LittleEndian.Uint16(body), binary.LittleEndian.Uint16(body[2:])
			rate, width = binary.LittleEndian.Uint32(body[4:]), binary.LittleEndian.Uint16(body[14:])
		case "data":
			if channels != 1 || rate < 8000 || rate > wavRate || !(form == formPCM && width == 16 || form == formMulaw && width == 8) {
				return Recording{}, ErrNotSound
			}
			samples := make([]int16, 0, len(body))
			if form == formMulaw {
				for _, x := range body {
					samples = append(samples, fromMulaw(x))
				}
			} else {
				for ; len(body) >= 2; body = body[2:] {
					samples = append(samples, int16(binary.LittleEndian.Uint16(body)))
				}
			}
			length := time.Duration(len(samples)) * time.Second / time.Duration(rate)
			switch {
			case len(samples) == 0:
				return Recording{}, ErrNotSound
			case length > longest:
				return Recording{}, ErrTooLong
			}
			return Recording{Length: length, WAV: writeWAV(samples, int(rate))}, nil
		}
	}
	return Recording{}, ErrNotSound
}

// writeWAV writes one channel in µ-law: half the size of plain samples, and every browser plays it.
func writeWAV(samples []int16, rate int) []byte {
	data := (len(samples) + 1) &^ 1
	out := make([]byte, 0, 58+data)
	le := binary.LittleEndian
	out = append(out, "RIFF"...)
	out = le.AppendUint32(out, uint32(50+data))
	out = append(out, "WAVEfmt "...)
	out = le.AppendUint32(out, 18)
	out = le.AppendUint16(out, formMulaw)
	out = le.AppendUint16(out, 1)
	out = le.AppendUint32(out, uint32(rate))
	out = le.AppendUint32(out, uint32(rate)) // bytes a second
	out = le.AppendUint16(out, 1)
	out = le.AppendUint16(out, 8)
	out = le.AppendUint16(out, 0)
	out = append(out, "fact"...)
	out = le.AppendUint32(out, 4)
	out = le.AppendUint32(out, uint32(len(samples)))
	out = append(out, "data"...)
	out = le.AppendUint32(out, uint32(len(samples)))
	for _, s := range samples {
		out = append(out, toMulaw(s))
	}
	if len(out)&1 != 0 {
		out = append(out, 0)
	}
	return out
}

// toMulaw and fromMulaw are G.711.
func toMulaw(s int16) byte {
	const bias, most = 0x84, 32635
	sign := byte(0)
	v := int(s)
	if v < 0 {
		sign, v = 0x80, -v
	}
	v = min(v, most) + bias
	exponent := bits.Len16(uint16(v)) - 8
	if b := ^(sign | byte(exponent)<<4 | byte(v>>(exponent+3))&0x0f); b != 0x7f {
		return b
	}
	return 0xff // there are two zeros; one will do
}

func fromMulaw(b byte) int16 {
	const bias = 0x84
	b = ^b
	v := (int(b&0x0f)<<3+bias)<<(b>>4&7) - bias
	if b&0x80 != 0 {
		v = -v
	}
	return int16(v)
}
