package paper

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"io"
	"os"
	"time"

	"github.com/klippa-app/go-pdfium"
	pdferrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/responses"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

type engine struct {
	pool  pdfium.Pool
	cache wazero.CompilationCache // nil without a directory for it
}

// load gets PDFium ready, or gives the one that is.
func (r *Renderer) load() (*engine, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, errors.New("paper: the renderer is closed")
	}
	if r.idle != nil {
		r.idle.Stop()
	}
	if r.engine != nil {
		return r.engine, nil
	}
	config := wazero.NewRuntimeConfig().
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
		WithMemoryLimitPages(uint32(r.o.Memory) * 16). // of 64 KB
		WithCloseOnContextDone(true)
	e := &engine{}
	if r.o.Cache != "" {
		if err := os.MkdirAll(r.o.Cache, 0o700); err != nil {
			return nil, fmt.Errorf("paper: %w", err)
		}
		cache, err := wazero.NewCompilationCacheWithDir(r.o.Cache)
		if err != nil {
			return nil, fmt.Errorf("paper: %w", err)
		}
		e.cache = cache
		config = config.WithCompilationCache(cache)
	}
	var err error
	e.pool, err = webassembly.Init(webassembly.Config{
		MaxTotal:      1,
		FSConfig:      wazero.NewFSConfig(), // without it the whole disk would be mounted
		Stdout:        io.Discard,
		Stderr:        io.Discard,
		RuntimeConfig: config,
	})
	if err != nil {
		return nil, fmt.Errorf("paper: %w", errors.Join(err, e.closeCache()))
	}
	r.engine = e
	return e, nil
}

// closeCache gives the compiled code's memory back; what is in the directory stays.
func (e *engine) closeCache() error {
	if e.cache == nil {
		return nil
	}
	return e.cache.Close(context.Background())
}

// rest gives the memory back after a while without a PDF.
func (r *Renderer) rest() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.idle = time.AfterFunc(r.o.Idle, func() {
		select {
		case r.turn <- struct{}{}:
			defer func() { <-r.turn }()
		default:
			return // busy again: it will come to rest anew
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		_ = r.unload() // a pool that does not close well is forgotten all the same
	})
}

func (r *Renderer) unload() error {
	if r.idle != nil {
		r.idle.Stop()
	}
	e := r.engine
	r.engine = nil
	if e == nil {
		return nil
	}
	return errors.Join(e.pool.Close(), e.closeCache())
}

func (r *Renderer) pdf(ctx context.Context, f io.ReaderAt, size int64, yield func(Page, error) bool) error {
	e, err := r.load()
	if err != nil {
		return err
	}
	defer r.rest()
	instance, err := e.pool.GetInstanceWithContext(ctx)
	if err != nil {
		return fmt.Errorf("paper: %w", err)
	}
	d := &document{r: r, instance: instance}
	defer d.close()

	var doc references.FPDF_DOCUMENT
	count := 0
	err = d.guarded(ctx, 0, func() error {
		opened, err := instance.OpenDocument(&requests.OpenDocument{FileReader: io.NewSectionReader(f, 0, size), FileReaderSize: size})
		if err != nil {
			return err
		}
		doc = opened.Document
		pages, err := instance.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: doc})
		if err == nil {
			count = pages.PageCount
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case count == 0:
		return errBroken
	case count > r.o.Pages:
		return errPages.With("limit", r.o.Pages, "pages", count)
	}
	for i := range count {
		var whole *image.RGBA
		err := d.guarded(ctx, i+1, func() (err error) {
			whole, err = d.render(doc, i)
			return err
		})
		if err != nil {
			return err
		}
		images, err := r.widths(ctx, whole)
		if err != nil {
			return err
		}
		if !yield(Page{Number: i + 1, Count: count, Images: images}, nil) {
			return nil
		}
	}
	return nil
}

type document struct {
	r        *Renderer
	instance pdfium.Pdfium
	gone     bool
}

// render draws a page once, as wide as the largest picture; the others are made from it.
func (d *document) render(doc references.FPDF_DOCUMENT, index int) (*image.RGBA, error) {
	page := requests.Page{ByIndex: &requests.PageByIndex{Document: doc, Index: index}}
	size, err := d.instance.GetPageSize(&requests.GetPageSize{Page: page})
	if err != nil {
		return nil, err
	}
	w, h, ok := fit(size.Width, size.Height, d.r.o.Widths[len(d.r.o.Widths)-1])
	if !ok {
		return nil, errBroken
	}
	var out *responses.RenderPageInPixels
	out, err = d.instance.RenderPageInPixels(&requests.RenderPageInPixels{Page: page, Width: w, Height: h, RenderForm: false})
	if err != nil {
		return nil, err
	}
	defer out.Cleanup()
	// A copy on white: the pixels are PDFium's until the clean-up, and may be transparent.
	whole := image.NewRGBA(image.Rect(0, 0, out.Result.Width, out.Result.Height))
	draw.Draw(whole, whole.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(whole, whole.Rect, out.Result.RenderedImage, out.Result.RenderedImage.Bounds().Min, draw.Over)
	return whole, nil
}

// guarded runs one step under the time limit. A step that runs over is killed with its instance.
func (d *document) guarded(ctx context.Context, page int, step func() error) error {
	done := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- fmt.Errorf("pdfium: %v", p)
			}
		}()
		done <- step()
	}()
	limit := time.NewTimer(d.r.o.PageTimeout)
	defer limit.Stop()
	select {
	case err := <-done:
		return documentError(err)
	case <-limit.C:
		d.kill(done)
		return errSlow.With("page", page)
	case <-ctx.Done():
		d.kill(done)
		return ctx.Err()
	}
}

// kill interrupts the WebAssembly and waits until the step has let go of the file. The pool goes
// too: what a killed instance leaves in it is not to be trusted.
func (d *document) kill(done <-chan error) {
	d.gone = true
	_ = d.instance.Kill()
	<-done
	d.r.mu.Lock()
	defer d.r.mu.Unlock()
	_ = d.r.unload()
}

func (d *document) close() {
	if d.gone {
		return
	}
	done := make(chan error, 1)
	go func() {
		defer func() { _ = recover(); close(done) }()
		_ = d.instance.Close()
	}()
	limit := time.NewTimer(d.r.o.PageTimeout)
	defer limit.Stop()
	select {
	case <-done:
	case <-limit.C:
		d.kill(done)
	}
}

// documentError tells what the file is to blame for; traps of the WebAssembly (out of memory,
// out of bounds) among it: nothing else makes PDFium fail.
func documentError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pdferrors.ErrPassword), errors.Is(err, pdferrors.ErrSecurity):
		return errPassword.Because(err)
	}
	return errBroken.Because(err)
}
