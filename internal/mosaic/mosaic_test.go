package mosaic

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"testing"
)

func filled(t testing.TB, width, height int, c color.Color) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(m, m.Bounds(), image.NewUniform(c), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func near(a, b color.Color) bool {
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	far := func(x, y uint32) bool { return max(x, y)-min(x, y) > 0x0c00 }
	return !far(ar, br) && !far(ag, bg) && !far(ab, bb)
}

func TestEveryFaceIsInItsPlace(t *testing.T) {
	var tiles []*Tile
	colours := make([]color.Color, 10)
	for i := range colours {
		colours[i] = color.RGBA{uint8(25 * i), uint8(255 - 25*i), uint8(60 * (i % 4)), 255}
		raw := filled(t, Width, Height, colours[i])
		if i == 7 { // a camera without colours
			g := image.NewGray(image.Rect(0, 0, Width, Height))
			draw.Draw(g, g.Bounds(), image.White, image.Point{}, draw.Src)
			var b bytes.Buffer
			if err := jpeg.Encode(&b, g, nil); err != nil {
				t.Fatal(err)
			}
			raw, colours[i] = b.Bytes(), color.White
		}
		tile, err := Decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		tiles = append(tiles, tile)
	}
	b, err := Compose(tiles, 7)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if got := whole.Bounds().Size(); got != image.Pt(7*Width, 2*Height) {
		t.Fatalf("the whole is %v", got)
	}
	for i, want := range colours {
		x, y := i%7*Width, i/7*Height
		for _, p := range []image.Point{{x + 8, y + 8}, {x + Width/2, y + Height/2}, {x + Width - 9, y + Height - 9}} {
			if got := whole.At(p.X, p.Y); !near(got, want) {
				t.Errorf("face %d at %v is %v, want %v", i, p, got, want)
			}
		}
	}
	if small, err := Compose(tiles[:2], 7); err != nil {
		t.Error(err)
	} else if head, _ := jpeg.DecodeConfig(bytes.NewReader(small)); head.Width != 2*Width || head.Height != Height {
		t.Errorf("two faces make %d by %d", head.Width, head.Height)
	}
	if _, err := Compose(nil, 7); err == nil {
		t.Error("a picture of nobody")
	}
}

// bomb is a small file that says it is very large.
func bomb(t testing.TB) []byte {
	b := filled(t, Width, Height, color.White)
	at := bytes.Index(b, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(b[at+5:], 65000)
	binary.BigEndian.PutUint16(b[at+7:], 65000)
	return b
}

func TestWhatIsNoSmallPictureIsRefused(t *testing.T) {
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, image.NewGray(image.Rect(0, 0, Width, Height))); err != nil {
		t.Fatal(err)
	}
	good := filled(t, Width, Height, color.Black)
	for name, c := range map[string]struct {
		raw  []byte
		want error
	}{
		"good":          {good, nil},
		"nothing":       {nil, ErrNotJPEG},
		"words":         {[]byte("<svg onload=alert(1)>"), ErrNotJPEG},
		"a png":         {drawn.Bytes(), ErrNotJPEG},
		"half":          {good[:len(good)/2], ErrNotJPEG},
		"too small":     {filled(t, 80, 60, color.Black), ErrDimensions},
		"turned":        {filled(t, Height, Width, color.Black), ErrDimensions},
		"a bomb":        {bomb(t), ErrDimensions},
		"many bytes":    {append(good, make([]byte, MaxBytes)...), ErrTooLarge},
		"with a hanger": {append(good, "and a secret"...), nil}, // only its pixels go on
	} {
		if _, err := Decode(c.raw); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(filled(f, Width, Height, color.RGBA{200, 10, 80, 255}))
	f.Add(bomb(f))
	f.Fuzz(func(t *testing.T, raw []byte) {
		tile, err := Decode(raw)
		if err != nil {
			return
		}
		if _, err := Compose([]*Tile{tile, tile}, 2); err != nil {
			t.Fatal(err)
		}
	})
}

// lifelike is a picture about as large as a face's: smooth light with a grain.
func lifelike(t testing.TB, seed int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, Width, Height))
	for y := range Height {
		for x := range Width {
			grain := (x*7919 + y*104729 + seed*31) % 23
			v := uint8(60 + 60*((x/11+y/9+seed)%3) + grain)
			m.SetRGBA(x, y, color.RGBA{v, uint8(int(v) * (80 + seed%20) / 100), uint8(int(v) * 3 / 4), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 55}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// BenchmarkWall is what 200 faces and all their pages cost a node in one round of five seconds.
func BenchmarkWall(b *testing.B) {
	raw := make([][]byte, 200)
	size := 0
	for i := range raw {
		raw[i] = lifelike(b, i)
		size += len(raw[i])
	}
	page := 0
	for b.Loop() {
		tiles := make([]*Tile, len(raw))
		for i := range raw {
			var err error
			if tiles[i], err = Decode(raw[i]); err != nil {
				b.Fatal(err)
			}
		}
		for from := 0; from < len(tiles); from += 49 {
			out, err := Compose(tiles[from:min(len(tiles), from+49)], 7)
			if err != nil {
				b.Fatal(err)
			}
			page = max(page, len(out))
		}
	}
	b.ReportMetric(float64(size)/float64(len(raw)), "B/face")
	b.ReportMetric(float64(page), "B/page")
}

func BenchmarkDecode(b *testing.B) {
	raw := filled(b, Width, Height, color.RGBA{200, 10, 80, 255})
	for b.Loop() {
		if _, err := Decode(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompose(b *testing.B) {
	tile, err := Decode(filled(b, Width, Height, color.RGBA{200, 10, 80, 255}))
	if err != nil {
		b.Fatal(err)
	}
	tiles := make([]*Tile, 49)
	for i := range tiles {
		tiles[i] = tile
	}
	for b.Loop() {
		if _, err := Compose(tiles, 7); err != nil {
			b.Fatal(err)
		}
	}
}
