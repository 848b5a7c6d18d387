// Package mosaic puts small pictures of faces together into one. What comes in is others' bytes:
// it is bounded before it is decoded, and nothing of it but the pixels goes on.
package mosaic

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
)

// What a picture of a face is.
const (
	Width    = 160
	Height   = 120
	MaxBytes = 5600 // with its address it fits into one notification of PostgreSQL
)

const quality = 55 // of the whole

// What is refused.
var (
	ErrTooLarge   = errors.New("mosaic: more bytes than a small picture has")
	ErrNotJPEG    = errors.New("mosaic: no JPEG")
	ErrDimensions = errors.New("mosaic: not 160 by 120")
)

// Tile is one face, decoded.
type Tile struct{ image image.YCbCr }

// Decode reads a JPEG of exactly Width by Height. Its size is asked before anything is unpacked.
func Decode(raw []byte) (*Tile, error) {
	if len(raw) > MaxBytes {
		return nil, ErrTooLarge
	}
	head, err := jpeg.DecodeConfig(bytes.NewReader(raw))
	if err != nil {
		return nil, ErrNotJPEG
	}
	if head.Width != Width || head.Height != Height {
		return nil, ErrDimensions
	}
	got, err := jpeg.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, ErrNotJPEG
	}
	out := &Tile{*image.NewYCbCr(image.Rect(0, 0, Width, Height), image.YCbCrSubsampleRatio420)}
	to := &out.image
	switch from := got.(type) {
	case *image.Gray:
		for y := range Height {
			copy(to.Y[y*to.YStride:], from.Pix[y*from.Stride:][:Width])
		}
		for i := range to.Cb {
			to.Cb[i], to.Cr[i] = 128, 128
		}
	case *image.YCbCr:
		for y := range Height {
			copy(to.Y[y*to.YStride:], from.Y[y*from.YStride:][:Width])
		}
		for y := range Height / 2 {
			for x := range Width / 2 {
				at := from.COffset(2*x, 2*y)
				to.Cb[y*to.CStride+x], to.Cr[y*to.CStride+x] = from.Cb[at], from.Cr[at]
			}
		}
	default:
		return nil, ErrNotJPEG // four inks are for printers
	}
	return out, nil
}

// Compose lays tiles out row by row, so many in a row, and gives the JPEG of the whole.
func Compose(tiles []*Tile, columns int) ([]byte, error) {
	columns = min(columns, len(tiles))
	if columns < 1 {
		return nil, errors.New("mosaic: no tiles")
	}
	rows := (len(tiles) + columns - 1) / columns
	whole := image.NewYCbCr(image.Rect(0, 0, columns*Width, rows*Height), image.YCbCrSubsampleRatio420)
	for i := range whole.Cb {
		whole.Cb[i], whole.Cr[i] = 128, 128
	}
	for i, t := range tiles {
		x, y := i%columns*Width, i/columns*Height
		for row := range Height {
			copy(whole.Y[whole.YOffset(x, y+row):], t.image.Y[row*t.image.YStride:][:Width])
		}
		for row := range Height / 2 {
			at, from := whole.COffset(x, y+2*row), row*t.image.CStride
			copy(whole.Cb[at:], t.image.Cb[from:][:Width/2])
			copy(whole.Cr[at:], t.image.Cr[from:][:Width/2])
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, whole, &jpeg.Options{Quality: quality}); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
