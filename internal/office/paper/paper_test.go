package paper

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wozai/internal/fault"
)

// makePDF writes a PDF with a page for each content; what a page draws is given as operators.
func makePDF(w, h float64, contents ...string) []byte {
	var b bytes.Buffer
	var at []int
	object := func(format string, args ...any) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n"+format+"\nendobj\n", append([]any{len(at)}, args...)...)
	}
	b.WriteString("%PDF-1.4\n")
	object("<</Type/Catalog/Pages 2 0 R>>")
	kids := ""
	for i := range contents {
		kids += fmt.Sprintf("%d 0 R ", 4+2*i)
	}
	object("<</Type/Pages/Count %d/Kids[%s]>>", len(contents), kids)
	object("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
	for i, c := range contents {
		object("<</Type/Page/Parent 2 0 R/MediaBox[0 0 %g %g]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>", w, h, 5+2*i)
		object("<</Length %d>>stream\n%s\nendstream", len(c), c)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, o := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, xref)
	return b.Bytes()
}

func text(lines int) string {
	var s strings.Builder
	s.WriteString("BT /F1 14 Tf 60 780 Td 18 TL 1 0 0 rg (A red heading) Tj 0 g T*\n")
	for i := range lines {
		fmt.Fprintf(&s, "(%d. Everybody who is present speaks once before anybody speaks twice.) Tj T*\n", i)
	}
	return s.String() + "ET"
}

// slow paints the page over and over, for minutes.
func slow() string {
	return strings.Repeat("0 0 595 842 re 10 10 575 822 re 20 20 500 800 re f* 0 0 m 595 842 300 10 595 0 c f*\n", 200_000)
}

var cache string

func TestMain(m *testing.M) {
	var err error
	if cache, err = os.MkdirTemp("", "wozai-paper-"); err != nil {
		panic(err)
	}
	code := m.Run()
	if err := os.RemoveAll(cache); err != nil {
		panic(err)
	}
	os.Exit(code)
}

func renderer(t testing.TB, o Options) *Renderer {
	t.Helper()
	o.Cache = cache
	r := New(o)
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func pages(ctx context.Context, r *Renderer, b []byte, contentType string) (all []Page, err error) {
	for p, err := range r.Pages(ctx, bytes.NewReader(b), int64(len(b)), contentType) {
		if err != nil {
			return all, err
		}
		all = append(all, p)
	}
	return all, nil
}

func decode(t testing.TB, i Image) image.Image {
	t.Helper()
	img, format, err := image.Decode(bytes.NewReader(i.Data))
	if err != nil {
		t.Fatal(err)
	}
	if "image/"+format != i.Type || img.Bounds().Dx() != i.Width || img.Bounds().Dy() != i.Height {
		t.Errorf("%s %v called %s %d × %d", format, img.Bounds(), i.Type, i.Width, i.Height)
	}
	return img
}

func isDark(c color.Color) bool { r, g, b, _ := c.RGBA(); return r+g+b < 0x18000 }

func TestPagesOfAPDF(t *testing.T) {
	r := renderer(t, Options{})
	box := "0 g 0 421 297 421 re f" // the upper left quarter is black
	all, err := pages(t.Context(), r, makePDF(595, 842, text(40), box), "application/pdf")
	if err != nil || len(all) != 2 {
		t.Fatalf("%d pages, %v", len(all), err)
	}
	for n, p := range all {
		if p.Number != n+1 || p.Count != 2 || len(p.Images) != 3 {
			t.Errorf("page %d of %d with %d pictures", p.Number, p.Count, len(p.Images))
		}
		for i, w := range []int{480, 960, 1600} {
			if got := p.Images[i]; got.Width != w || got.Height < w*14/10 || got.Height > w*15/10 || got.Type != "image/png" {
				t.Errorf("%d × %d %s, want %d wide", got.Width, got.Height, got.Type, w)
			}
			decode(t, p.Images[i])
		}
		t.Logf("page %d: %d, %d, %d bytes", n+1, len(p.Images[0].Data), len(p.Images[1].Data), len(p.Images[2].Data))
	}
	img := decode(t, all[1].Images[0])
	if !isDark(img.At(100, 100)) || isDark(img.At(400, 100)) || isDark(img.At(100, 600)) {
		t.Error("the black quarter is not where it should be")
	}
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, decode(t, all[0].Images[1]), &jpeg.Options{Quality: 75}); err != nil {
		t.Fatal(err)
	}
	if got := len(all[0].Images[1].Data); got*2 > photo.Len() {
		t.Errorf("a page of text takes %d bytes, a JPEG of it %d: too much for a weak network", got, photo.Len())
	}
}

func TestReaderMayStopEarly(t *testing.T) {
	r := renderer(t, Options{})
	b := makePDF(595, 842, text(3), text(3), text(3))
	for range 2 { // the turn is given back
		for p, err := range r.Pages(t.Context(), bytes.NewReader(b), int64(len(b)), "application/pdf") {
			if err != nil || p.Number != 1 {
				t.Fatal(p.Number, err)
			}
			break
		}
	}
}

func TestHostileDocumentsEndAndOthersGoOn(t *testing.T) {
	r := renderer(t, Options{Pages: 5, PageTimeout: time.Minute, Memory: 32})
	good := makePDF(595, 842, text(2))
	for name, c := range map[string]struct {
		file        []byte
		contentType string
		want        string
	}{
		"not a PDF":               {[]byte("hello, this is text"), "application/pdf", "paper_wrong_type"},
		"a PDF called a picture":  {good, "image/png", "paper_wrong_type"},
		"a type we do not take":   {[]byte("GIF89a" + strings.Repeat("\x00", 50)), "image/gif", "paper_wrong_type"},
		"nothing":                 {nil, "application/pdf", "paper_wrong_type"},
		"only a head":             {[]byte("%PDF-1.7\n"), "application/pdf", "paper_broken"},
		"cut off before its end":  {good[:60], "application/pdf", "paper_broken"},
		"too many pages":          {makePDF(595, 842, "", "", "", "", "", ""), "application/pdf", "paper_too_many_pages"},
		"a page a mile high":      {makePDF(1, 1e7, ""), "application/pdf", ""}, // PDFium makes a sensible one of it
		"a page that eats memory": {makePDF(595, 842, slow()), "application/pdf", "paper_broken"},
		"an endless picture":      {[]byte("\x89PNG\r\n\x1a\n" + string(pngChunk("IHDR", []byte{0, 1, 0, 0, 0, 1, 0, 0, 8, 2, 0, 0, 0}))), "image/png", "paper_too_large"},
		"a broken picture":        {[]byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00"), "image/jpeg", "paper_broken"},
		"a picture cut off":       {jpegOf(t, 400, 300)[:3000], "image/jpeg", "paper_broken"},
		"a locked PDF":            {bytes.Replace(good, []byte("/Root 1 0 R"), []byte("/Root 1 0 R/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<"+strings.Repeat("41", 32)+">/U<"+strings.Repeat("42", 32)+">>>"), 1), "application/pdf", "paper_password"},
	} {
		_, err := pages(t.Context(), r, c.file, c.contentType)
		if got := fault.Code(err); got != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		if all, err := pages(t.Context(), r, good, "application/pdf"); err != nil || len(all) != 1 {
			t.Fatalf("after %s a good document gives %d pages, %v", name, len(all), err)
		}
	}
}

func TestPageWithoutEndIsKilled(t *testing.T) {
	r := renderer(t, Options{PageTimeout: 200 * time.Millisecond})
	if _, err := pages(t.Context(), r, makePDF(595, 842, slow()), "application/pdf"); fault.Code(err) != "paper_too_slow" {
		t.Errorf("%v", err)
	}
	r.o.PageTimeout = time.Minute
	if all, err := pages(t.Context(), r, makePDF(595, 842, text(2)), "application/pdf"); err != nil || len(all) != 1 {
		t.Errorf("afterwards a good document gives %d pages, %v", len(all), err)
	}
}

func TestCancelledDocumentEnds(t *testing.T) {
	r := renderer(t, Options{PageTimeout: time.Hour})
	if _, err := pages(t.Context(), r, makePDF(595, 842, ""), "application/pdf"); err != nil {
		t.Fatal(err) // loads PDFium, so that the time below is the page's
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := pages(ctx, r, makePDF(595, 842, slow()), "application/pdf"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if _, err := pages(ctx, r, makePDF(595, 842, ""), "application/pdf"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after its end: %v", err)
	}
}

func TestPDFCannotTakeMoreMemoryThanAllowed(t *testing.T) {
	r := renderer(t, Options{Memory: 32, Widths: []int{3400}}) // 3400 × 3500 pixels are 46 MB
	if _, err := pages(t.Context(), r, makePDF(595, 612, text(2)), "application/pdf"); fault.Code(err) != "paper_broken" {
		t.Errorf("%v", err)
	}
}

func TestMangledPDFsNeverPanic(t *testing.T) {
	r := renderer(t, Options{Widths: []int{100}, PageTimeout: 5 * time.Second})
	good := makePDF(595, 842, text(2), "0 g 0 0 100 100 re f")
	rapid.Check(t, func(rt *rapid.T) {
		b := bytes.Clone(good)
		for range rapid.IntRange(1, 20).Draw(rt, "changes") {
			b[rapid.IntRange(10, len(b)-1).Draw(rt, "at")] = rapid.Byte().Draw(rt, "byte")
		}
		if _, err := pages(t.Context(), r, b, "application/pdf"); err != nil && fault.Code(err) == "" {
			rt.Fatalf("not a fault: %v", err)
		}
	})
}

func TestMemoryIsGivenBackWhenIdle(t *testing.T) {
	r := renderer(t, Options{Idle: time.Millisecond})
	if _, err := pages(t.Context(), r, makePDF(595, 842, ""), "application/pdf"); err != nil {
		t.Fatal(err)
	}
	for tick := time.NewTicker(5 * time.Millisecond); ; {
		r.mu.Lock()
		gone := r.engine == nil
		r.mu.Unlock()
		if gone {
			break
		}
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal("PDFium stays")
		}
	}
	if all, err := pages(t.Context(), r, makePDF(595, 842, ""), "application/pdf"); err != nil || len(all) != 1 {
		t.Errorf("after the rest: %d pages, %v", len(all), err)
	}
}

// quarter is a picture whose upper left is black and whose upper right is red.
func quarter(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{255, 255, 255, 255}
			if y < h/2 && x < w/2 {
				c = color.RGBA{0, 0, 0, 255}
			} else if y < h/2 {
				c = color.RGBA{255, 0, 0, 255}
			}
			img.Set(x, y, c)
		}
	}
	return img
}

func jpegOf(t testing.TB, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, quarter(w, h), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tiff(order binary.AppendByteOrder, mark string, value uint16) []byte {
	b := order.AppendUint32(order.AppendUint16([]byte(mark), 42), 8)
	b = order.AppendUint16(b, 1)
	b = order.AppendUint16(order.AppendUint16(b, 0x0112), 3)
	b = order.AppendUint16(order.AppendUint32(b, 1), value)
	return append(b, 0, 0, 0, 0, 0, 0)
}

func pngChunk(name string, data []byte) []byte {
	b := append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), name...)
	b = append(b, data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// A camera that was held turned says so: whatever it says, the picture is turned as it says.
func TestPicturesAreTurnedUpright(t *testing.T) {
	r := renderer(t, Options{Widths: []int{100, 200}})
	upright := quarter(300, 200)
	for o := turning(1); o <= 8; o++ {
		// The stored picture is the upright one turned back.
		back := o
		switch o {
		case 6:
			back = 8
		case 8:
			back = 6
		}
		stored := back.apply(upright)
		var j, p bytes.Buffer
		if err := jpeg.Encode(&j, stored, nil); err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(&p, stored); err != nil {
			t.Fatal(err)
		}
		exif := append([]byte("Exif\x00\x00"), tiff(binary.BigEndian, "MM", uint16(o))...)
		app1 := append(binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(exif)+2)), exif...)
		withJPEG := append(append(bytes.Clone(j.Bytes()[:2]), app1...), j.Bytes()[2:]...)
		head := 8 + 25
		withPNG := append(append(bytes.Clone(p.Bytes()[:head]), pngChunk("eXIf", tiff(binary.LittleEndian, "II", uint16(o)))...), p.Bytes()[head:]...)
		for contentType, b := range map[string][]byte{"image/jpeg": withJPEG, "image/png": withPNG} {
			all, err := pages(t.Context(), r, b, contentType)
			if err != nil || len(all) != 1 || len(all[0].Images) != 2 {
				t.Fatalf("%s, %d: %v %v", contentType, o, all, err)
			}
			got := all[0].Images[1]
			if got.Width != 200 || got.Height != 133 {
				t.Errorf("%s, %d: %d × %d", contentType, o, got.Width, got.Height)
			}
			img := decode(t, got)
			red, _, _, _ := img.At(150, 30).RGBA()
			if !isDark(img.At(50, 30)) || red < 0xe000 || isDark(img.At(50, 100)) || isDark(img.At(150, 100)) {
				t.Errorf("%s: orientation %d is not turned upright", contentType, o)
			}
		}
	}
}

func TestEXIFInWebP(t *testing.T) {
	chunk := func(name string, data []byte) []byte {
		b := append(binary.LittleEndian.AppendUint32([]byte(name), uint32(len(data))), data...)
		return append(b, make([]byte, len(data)%2)...)
	}
	body := append(chunk("VP8X", make([]byte, 10)), chunk("ICCP", []byte("odd"))...)
	body = append(body, chunk("EXIF", tiff(binary.LittleEndian, "II", 6))...)
	file := append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body)+4)), append([]byte("WEBP"), body...)...)
	if got := orientation(bytes.NewReader(file), int64(len(file)), "image/webp"); got != 6 {
		t.Errorf("orientation %d", got)
	}
}

func TestOrientationOfAnythingIsHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "file")
		b = append([]byte(rapid.SampledFrom([]string{"\xff\xd8\xff\xe1\x00\x40Exif\x00\x00II*\x00\x08\x00\x00\x00", "\x89PNG\r\n\x1a\n\x00\x00\x00\x20eXIfMM\x00*", "RIFF0000WEBPEXIF\x20\x00\x00\x00"}).Draw(t, "head")), b...)
		for _, contentType := range Types[1:] {
			if o := orientation(bytes.NewReader(b), int64(len(b)), contentType); o < 1 || o > 8 {
				t.Fatalf("%s: %d", contentType, o)
			}
		}
	})
}

func TestPicturesAreNeverEnlarged(t *testing.T) {
	r := renderer(t, Options{})
	for w, want := range map[int][]int{100: {100}, 480: {480}, 700: {480, 700}, 2000: {480, 960, 1600}} {
		all, err := pages(t.Context(), r, jpegOf(t, w, w), "image/jpeg")
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		for _, i := range all[0].Images {
			got = append(got, i.Width)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%d wide: %v, want %v", w, got, want)
		}
	}
}
