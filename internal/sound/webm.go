package sound

import (
	"encoding/binary"
	"math/bits"
)

// The elements of WebM that a recording needs; everything else is passed over.
const (
	idSegment     = 0x18538067
	idTracks      = 0x1654ae6b
	idTrackEntry  = 0xae
	idTrackNumber = 0xd7
	idCodec       = 0x86
	idCodecHead   = 0x63a2
	idCluster     = 0x1f43b675
	idBlockGroup  = 0xa0
	idBlock       = 0xa1
	idSimpleBlock = 0xa3
)

// readWebM takes the packets of a file with one track of sound in Opus. A recorder writes the file
// as it goes, so lengths of its larger elements may be unknown.
func (t *opusTrack) readWebM(b []byte) (err error) {
	tracks := 0
	var number uint64
	for len(b) > 0 {
		id, rest, ok := elementID(b)
		if !ok {
			return ErrNotSound
		}
		size, known, rest, ok := elementSize(rest)
		if !ok {
			return ErrNotSound
		}
		switch id {
		case idSegment, idTracks, idCluster, idBlockGroup, idTrackEntry:
			if id == idTrackEntry {
				tracks++
			}
			b = rest // what is in it comes next
			continue
		}
		if !known || size > uint64(len(rest)) {
			if known && t.head != nil && len(t.packets) > 0 {
				return nil // cut off in its last packet: the recorder died, its words are kept
			}
			return ErrNotSound
		}
		body := rest[:size]
		b = rest[size:]
		switch id {
		case idTrackNumber:
			if len(body) == 0 || len(body) > 8 {
				return ErrNotSound
			}
			number = 0
			for _, x := range body {
				number = number<<8 | uint64(x)
			}
		case idCodec:
			if string(body) != "A_OPUS" { // a film, or another kind of sound
				return ErrNotSound
			}
		case idCodecHead:
			if t.head, err = checkHead(body); err != nil {
				return err
			}
		case idSimpleBlock, idBlock:
			of, _, packet, ok := elementSize(body)
			if !ok || len(packet) < 4 || packet[2]&0x06 != 0 || of != number || tracks != 1 || t.head == nil {
				return ErrNotSound // laced, or of nothing that was announced
			}
			if err := t.add(packet[3:]); err != nil {
				return err
			}
		}
	}
	return nil
}

// elementID reads an element's id, its length mark included.
func elementID(b []byte) (id uint32, rest []byte, ok bool) {
	n := bits.LeadingZeros8(b[0]) + 1
	if n > 4 || len(b) < n {
		return 0, nil, false
	}
	var word [4]byte
	copy(word[4-n:], b[:n])
	return binary.BigEndian.Uint32(word[:]), b[n:], true
}

// elementSize reads a length; all ones say that it is not known.
func elementSize(b []byte) (size uint64, known bool, rest []byte, ok bool) {
	if len(b) == 0 {
		return 0, false, nil, false
	}
	n := bits.LeadingZeros8(b[0]) + 1
	if n > 8 || len(b) < n {
		return 0, false, nil, false
	}
	var word [8]byte
	copy(word[8-n:], b[:n])
	most := uint64(1)<<(7*n) - 1
	size = binary.BigEndian.Uint64(word[:]) & most
	return size, size != most, b[n:], true
}
