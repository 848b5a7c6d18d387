// Package paper turns what people read before or in a meeting (PDF, JPEG, PNG, WebP) into pictures
// of its pages, in widths for weak networks, small phones and desks.
//
// Papers come from outside. PDFium runs as WebAssembly without files or network, with bounded
// memory and a time limit a page; what it cannot bear ends the document and not the program.
package paper

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"sync"
	"time"

	"wozai/internal/fault"
)

// Types that can become pages.
var Types = []string{"application/pdf", "image/jpeg", "image/png", "image/webp"}

// Page is one page in its widths, the smallest first. Pictures are never enlarged: what is
// narrower than a width comes once, as wide as it is.
type Page struct {
	Number, Count int // from 1
	Images        []Image
}

// Image is one encoded picture.
type Image struct {
	Width, Height int    // pixels
	Type          string // image/png for writing and drawings, image/jpeg for photographs
	Data          []byte
}

// Options of a Renderer; zero fields take the defaults.
type Options struct {
	Widths      []int         // ascending (480, 960, 1600)
	Pages       int           // the most a document may have (300)
	PageTimeout time.Duration // (20 s)
	Memory      int           // MB for PDFium (256)
	Pixels      int           // millions in a picture that is brought (25)
	Idle        time.Duration // after which PDFium's memory is given back (1 minute)
	// Cache is a private directory for PDFium's compiled form: loading it takes some seconds of
	// work without it and almost none with it. It holds code that is run: nobody else may write it.
	Cache string
}

// Renderer renders one document at a time: others wait. Safe for use by many goroutines.
type Renderer struct {
	o    Options
	turn chan struct{}

	mu     sync.Mutex
	engine *engine // nil until the first PDF, and after a while without any
	idle   *time.Timer
	closed bool
}

// What a paper may be refused for; words are in locales/*/office.json.
var (
	errWrongType = fault.New(fault.KindWrongType, "paper_wrong_type")
	errBroken    = fault.New(fault.KindInvalid, "paper_broken")
	errPassword  = fault.New(fault.KindInvalid, "paper_password")
	errPages     = fault.New(fault.KindTooLarge, "paper_too_many_pages")
	errPixels    = fault.New(fault.KindTooLarge, "paper_too_large")
	errSlow      = fault.New(fault.KindInvalid, "paper_too_slow")
)

// New makes a renderer; PDFium is loaded when the first PDF comes. Close it.
func New(o Options) *Renderer {
	if len(o.Widths) == 0 {
		o.Widths = []int{480, 960, 1600}
	}
	if o.Pages == 0 {
		o.Pages = 300
	}
	if o.PageTimeout == 0 {
		o.PageTimeout = 20 * time.Second
	}
	if o.Memory == 0 {
		o.Memory = 256
	}
	if o.Pixels == 0 {
		o.Pixels = 25
	}
	if o.Idle == 0 {
		o.Idle = time.Minute
	}
	return &Renderer{o: o, turn: make(chan struct{}, 1)}
}

// Pages renders a document page by page, as they are asked for. contentType says what the file is
// held to be; one that is something else is refused. Errors end the pages: a fault when the file
// is to blame (wrong type, broken, password, too many pages, too large, too slow), else ctx's.
// Nobody else's document is rendered between the pages, so do not dawdle.
func (r *Renderer) Pages(ctx context.Context, f io.ReaderAt, size int64, contentType string) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		select {
		case r.turn <- struct{}{}:
			defer func() { <-r.turn }()
		case <-ctx.Done():
			yield(Page{}, ctx.Err())
			return
		}
		what, err := sniff(f)
		if err == nil && what != contentType {
			err = errWrongType
		}
		if err != nil {
			yield(Page{}, err)
			return
		}
		switch what {
		case "application/pdf":
			err = r.pdf(ctx, f, size, yield)
		case "image/jpeg", "image/png", "image/webp":
			var p Page
			if p, err = r.picture(ctx, f, size, what); err == nil {
				yield(p, nil)
			}
		default:
			err = errWrongType
		}
		if err != nil {
			yield(Page{}, err)
		}
	}
}

func sniff(f io.ReaderAt) (string, error) {
	head := make([]byte, 1024)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	if i := bytes.Index(head[:n], []byte("%PDF-")); i > 0 && len(bytes.TrimLeft(head[:i], " \t\r\n\xef\xbb\xbf")) == 0 {
		return "application/pdf", nil // after blanks or a byte order mark, as some programs write it
	}
	return http.DetectContentType(head[:n]), nil
}

// Close gives PDFium's memory back and ends its use, after the document that is being rendered.
func (r *Renderer) Close() error {
	r.turn <- struct{}{}
	defer func() { <-r.turn }()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	return r.unload()
}
