package paper

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"slices"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // may be brought, beside JPEG and PNG
)

// maxPixels of one picture that is made: a page is scaled down rather than exceed it.
const maxPixels = 12 << 20

// fit scales w × h to a width, less when it would be too tall to handle.
func fit(w, h float64, width int) (int, int, bool) {
	if !(w > 0 && h > 0) || math.IsInf(w, 0) || math.IsInf(h, 0) {
		return 0, 0, false
	}
	f := float64(width) / w
	if n := w * h * f * f; n > maxPixels {
		f *= math.Sqrt(maxPixels / n)
	}
	return max(1, int(math.Round(w*f))), max(1, int(math.Round(h*f))), h*f < 1<<16
}

// picture makes the one page of an image file, turned as its EXIF says.
func (r *Renderer) picture(ctx context.Context, f io.ReaderAt, size int64, contentType string) (p Page, err error) {
	// The decoders are Go's own and bound to the pixels that the header states; the time limit
	// ends their reading.
	ctx, cancel := context.WithTimeoutCause(ctx, r.o.PageTimeout, errSlow.With("page", 1))
	defer cancel()
	defer func() {
		if x := recover(); x != nil {
			err = errBroken.Because(fmt.Errorf("decoder: %v", x))
		}
	}()
	file := func() io.Reader { return &stoppable{ctx, io.NewSectionReader(f, 0, size)} }
	c, _, err := image.DecodeConfig(file())
	if err != nil {
		return Page{}, pictureError(ctx, err)
	}
	if c.Width <= 0 || c.Height <= 0 {
		return Page{}, errBroken
	}
	if c.Width > r.o.Pixels*1_000_000/c.Height {
		return Page{}, errPixels.With("limit", r.o.Pixels)
	}
	src, _, err := image.Decode(file())
	if err != nil {
		return Page{}, pictureError(ctx, err)
	}
	turn := orientation(f, size, contentType)
	w, h := c.Width, c.Height
	if turn.swaps() {
		w, h = h, w
	}
	tw, th, ok := fit(float64(w), float64(h), min(w, r.o.Widths[len(r.o.Widths)-1]))
	if !ok {
		return Page{}, errBroken
	}
	if turn.swaps() {
		tw, th = th, tw
	}
	whole := image.NewRGBA(image.Rect(0, 0, tw, th))
	draw.Draw(whole, whole.Rect, image.White, image.Point{}, draw.Src)
	draw.ApproxBiLinear.Scale(whole, whole.Rect, src, src.Bounds(), draw.Over, nil)
	images, err := r.widths(ctx, turn.apply(whole))
	if err != nil {
		return Page{}, pictureError(ctx, err)
	}
	return Page{Number: 1, Count: 1, Images: images}, nil
}

func pictureError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return errBroken.Because(err)
}

// stoppable is a reader that ends with its context.
type stoppable struct {
	ctx context.Context
	r   io.Reader
}

func (s *stoppable) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(p)
}

// widths makes the pictures of a page from its largest one.
func (r *Renderer) widths(ctx context.Context, whole *image.RGBA) ([]Image, error) {
	var out []Image
	for i, w := range r.o.Widths {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		last := i == len(r.o.Widths)-1 || w >= whole.Rect.Dx()
		img := whole
		if !last {
			h := max(1, (whole.Rect.Dy()*w+whole.Rect.Dx()/2)/whole.Rect.Dx())
			img = image.NewRGBA(image.Rect(0, 0, w, h))
			draw.CatmullRom.Scale(img, img.Rect, whole, whole.Rect, draw.Src, nil)
		}
		e, err := encode(img)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
		if last {
			break
		}
	}
	return out, nil
}

// encode chooses by what is on the page. Writing, stamps and drawings have few colours once each
// is rounded to a few steps: a PNG of these is sharp and small (an A4
// page of Chinese text at 960: 52 KB, as JPEG 144 KB). Photographs have many: JPEG.
func encode(img *image.RGBA) (Image, error) {
	out := Image{Width: img.Rect.Dx(), Height: img.Rect.Dy()}
	var few, photo bytes.Buffer
	if p := quantize(img); p != nil {
		enc := png.Encoder{CompressionLevel: png.BestCompression}
		if err := enc.Encode(&few, p); err != nil {
			return out, err
		}
		if few.Len() < out.Width*out.Height/8 { // no JPEG comes near it
			out.Type, out.Data = "image/png", few.Bytes()
			return out, nil
		}
	}
	// PNG wins ties generously: JPEG blurs writing.
	if err := jpeg.Encode(&photo, img, &jpeg.Options{Quality: 75}); err != nil && few.Len() == 0 {
		return out, err
	}
	if few.Len() > 0 && (few.Len() < photo.Len()*5/4 || photo.Len() == 0) {
		out.Type, out.Data = "image/png", few.Bytes()
	} else {
		out.Type, out.Data = "image/jpeg", photo.Bytes()
	}
	if len(out.Data) == 0 {
		return out, errors.New("paper: nothing encoded")
	}
	return out, nil
}

// quantize rounds each channel to eight steps; nil when more than 256 colours remain. Sixteen
// colours or fewer take half the room: when all others together are less than one pixel in two
// hundred they go to their nearest neighbours, so that smoothed edges of coloured writing do not cost a whole page.
func quantize(img *image.RGBA) *image.Paletted {
	var count [512]int
	pixels := len(img.Pix) / 4
	key := func(i int) int {
		return int(step(img.Pix[i*4]))<<6 | int(step(img.Pix[i*4+1]))<<3 | int(step(img.Pix[i*4+2]))
	}
	for i := range pixels {
		count[key(i)]++
	}
	var all []int
	for k, n := range count {
		if n > 0 {
			all = append(all, k)
		}
	}
	if len(all) > 256 {
		return nil
	}
	slices.SortFunc(all, func(a, b int) int { return count[b] - count[a] })
	kept := all
	if len(all) > 16 && rest(all[16:], &count) < pixels/200 {
		kept = all[:16]
	}
	var palette color.Palette
	for _, k := range kept {
		palette = append(palette, shade(k))
	}
	var index [512]uint8
	for _, k := range all {
		index[k] = uint8(palette.Index(shade(k)))
	}
	out := image.NewPaletted(img.Rect, palette)
	for i := range pixels {
		out.Pix[i] = index[key(i)]
	}
	return out
}

// step is one of eight, white and black among them exactly.
func step(v uint8) uint8 { return uint8((int(v)*7 + 127) / 255) }

func shade(k int) color.RGBA {
	v := func(s int) uint8 { return uint8(s & 7 * 255 / 7) }
	return color.RGBA{v(k >> 6), v(k >> 3), v(k), 255}
}

func rest(keys []int, count *[512]int) (n int) {
	for _, k := range keys {
		n += count[k]
	}
	return n
}
