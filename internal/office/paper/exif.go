package paper

import (
	"encoding/binary"
	"image"
	"io"
)

// turning is EXIF's orientation, 1 to 8; 1 is upright.
type turning int

func (t turning) swaps() bool { return t >= 5 && t <= 8 }

// apply turns a picture upright.
func (t turning) apply(src *image.RGBA) *image.RGBA {
	if t < 2 || t > 8 {
		return src
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	size := image.Rect(0, 0, w, h)
	if t.swaps() {
		size = image.Rect(0, 0, h, w)
	}
	dst := image.NewRGBA(size)
	for y := range h {
		for x := range w {
			var dx, dy int
			switch t {
			case 2: // mirrored
				dx, dy = w-1-x, y
			case 3: // half a turn
				dx, dy = w-1-x, h-1-y
			case 4: // upside down, mirrored
				dx, dy = x, h-1-y
			case 5: // mirrored along the diagonal
				dx, dy = y, x
			case 6: // to be turned clockwise
				dx, dy = h-1-y, x
			case 7: // mirrored along the other diagonal
				dx, dy = h-1-y, w-1-x
			case 8: // to be turned counter-clockwise
				dx, dy = y, w-1-x
			}
			copy(dst.Pix[dst.PixOffset(dx, dy):], src.Pix[src.PixOffset(x, y):src.PixOffset(x, y)+4])
		}
	}
	return dst
}

// orientation finds EXIF's orientation where the three formats keep it; 1 when there is none or
// it makes no sense.
func orientation(f io.ReaderAt, size int64, contentType string) turning {
	tiff := map[string]func(io.ReaderAt, int64) []byte{"image/jpeg": jpegEXIF, "image/png": pngEXIF, "image/webp": webpEXIF}[contentType](f, size)
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if string(tiff[:2]) == "II" {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 1
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			return 1
		}
		if order.Uint16(entries) == 0x0112 {
			if t := turning(order.Uint16(entries[8:])); t >= 1 && t <= 8 {
				return t
			}
			return 1
		}
		entries = entries[12:]
	}
	return 1
}

// block reads n bytes at an offset, nil when they are not there or too many to be EXIF.
func block(f io.ReaderAt, at, n int64) []byte {
	if n <= 0 || n > 1<<17 {
		return nil
	}
	b := make([]byte, n)
	if k, _ := f.ReadAt(b, at); int64(k) < n {
		return nil
	}
	return b
}

const manyBlocks = 1000 // nobody has as many in front of the picture

func jpegEXIF(f io.ReaderAt, size int64) []byte {
	at := int64(2)
	for range manyBlocks {
		head := block(f, at, 4)
		if head == nil || head[0] != 0xff || head[1] == 0xda || at >= size {
			return nil
		}
		n := int64(binary.BigEndian.Uint16(head[2:]))
		if head[1] == 0xe1 {
			if b := block(f, at+4, n-2); len(b) > 6 && string(b[:6]) == "Exif\x00\x00" {
				return b[6:]
			}
		}
		at += 2 + max(n, 2)
	}
	return nil
}

func pngEXIF(f io.ReaderAt, size int64) []byte {
	at := int64(8)
	for range manyBlocks {
		head := block(f, at, 8)
		if head == nil || at >= size {
			return nil
		}
		n := int64(binary.BigEndian.Uint32(head))
		if string(head[4:]) == "eXIf" {
			return block(f, at+8, n)
		}
		at += 12 + n
	}
	return nil
}

func webpEXIF(f io.ReaderAt, size int64) []byte {
	at := int64(12)
	for range manyBlocks {
		head := block(f, at, 8)
		if head == nil || at >= size {
			return nil
		}
		n := int64(binary.LittleEndian.Uint32(head[4:]))
		if string(head[:4]) == "EXIF" {
			b := block(f, at+8, n)
			if len(b) > 6 && string(b[:6]) == "Exif\x00\x00" { // some programs put JPEG's heading in front
				b = b[6:]
			}
			return b
		}
		at += 8 + n + n%2
	}
	return nil
}
