package sound

import (
	"bytes"
	"encoding/binary"
)

// A page of ours holds a second at most: who begins in the middle waits for no more than that.
const (
	pageSamples  = opusRate
	maxLaces     = 255
	oggHeadBytes = 27
)

// readOgg takes the packets of the first stream.
func (t *opusTrack) readOgg(b []byte) (err error) {
	var packet []byte
	packets, serial := 0, uint32(0)
	for len(b) > 0 {
		if len(b) < oggHeadBytes || string(b[:4]) != "OggS" || b[4] != 0 {
			return ErrNotSound
		}
		laces := int(b[26])
		if len(b) < oggHeadBytes+laces {
			return ErrNotSound
		}
		stream := binary.LittleEndian.Uint32(b[14:])
		if packets == 0 && packet == nil {
			serial = stream
		}
		table := b[oggHeadBytes : oggHeadBytes+laces]
		b = b[oggHeadBytes+laces:]
		for _, lace := range table {
			if len(b) < int(lace) {
				return ErrNotSound
			}
			if stream == serial {
				if len(packet)+int(lace) > maxPacket {
					return ErrNotSound
				}
				packet = append(packet, b[:lace]...)
			}
			b = b[lace:]
			if lace == maxLaces || stream != serial {
				continue
			}
			switch packets {
			case 0:
				if t.head, err = checkHead(packet); err != nil {
					return err
				}
			case 1:
				if !bytes.HasPrefix(packet, []byte("OpusTags")) {
					return ErrNotSound
				}
			default:
				if err := t.add(packet); err != nil {
					return err
				}
			}
			packets++
			packet = nil
		}
	}
	return nil
}

// ogg writes the packets as a stream whose pages tell where they are, so that players know the
// length and begin anywhere.
func (t *opusTrack) ogg() []byte {
	var w oggWriter
	w.page([][]byte{t.head}, 0, firstPage)
	tags := append([]byte("OpusTags"), 5, 0, 0, 0, 'w', 'o', 'z', 'a', 'i', 0, 0, 0, 0)
	w.page([][]byte{tags}, 0, 0)
	at, from, samples, laces := 0, 0, 0, 0
	for i, p := range t.packets {
		at += packetSamples(p)
		samples += packetSamples(p)
		laces += len(p)/maxLaces + 1
		last := i == len(t.packets)-1
		if last || samples >= pageSamples || laces+len(t.packets[i+1])/maxLaces+1 > maxLaces {
			flags := byte(0)
			if last {
				flags = lastPage
			}
			w.page(t.packets[from:i+1], at, flags)
			from, samples, laces = i+1, 0, 0
		}
	}
	return w.out
}

const (
	firstPage byte = 2
	lastPage  byte = 4
)

type oggWriter struct {
	out    []byte
	number uint32
}

func (w *oggWriter) page(packets [][]byte, granule int, flags byte) {
	start := len(w.out)
	w.out = append(w.out, "OggS\x00"...)
	w.out = append(w.out, flags)
	w.out = binary.LittleEndian.AppendUint64(w.out, uint64(granule))
	w.out = binary.LittleEndian.AppendUint32(w.out, 1) // the stream's number: there is one
	w.out = binary.LittleEndian.AppendUint32(w.out, w.number)
	w.out = append(w.out, 0, 0, 0, 0, 0) // the sum, and how many laces
	for _, p := range packets {
		for range len(p) / maxLaces {
			w.out = append(w.out, maxLaces)
		}
		w.out = append(w.out, byte(len(p)%maxLaces))
	}
	w.out[start+26] = byte(len(w.out) - start - oggHeadBytes)
	for _, p := range packets {
		w.out = append(w.out, p...)
	}
	binary.LittleEndian.PutUint32(w.out[start+22:], oggSum(w.out[start:]))
	w.number++
}

// oggSum is Ogg's CRC: 0x04c11db7, most significant bit first, which hash/crc32 does not do.
func oggSum(b []byte) (sum uint32) {
	for _, x := range b {
		sum = sum<<8 ^ oggTable[byte(sum>>24)^x]
	}
	return sum
}

var oggTable = func() (t [256]uint32) {
	for i := range t {
		r := uint32(i) << 24
		for range 8 {
			r = r<<1 ^ r>>31*0x04c11db7
		}
		t[i] = r
	}
	return t
}()
