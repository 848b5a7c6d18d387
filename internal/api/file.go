package api

import (
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

const uploadWithin = 15 * time.Minute

// Upload is a file as it comes in, the body of a request, to be embedded in an input; nothing of it is
// read before the caller is known, and it never lies in memory whole.
type Upload struct{ body io.Reader }

// Resolve implements huma.Resolver.
func (u *Upload) Resolve(ctx huma.Context) []error {
	u.body = ctx.BodyReader()
	_ = ctx.SetReadDeadline(time.Now().Add(uploadWithin)) // tests have no connection
	return nil
}

// Content is what came; nil when nothing did.
func (u *Upload) Content() io.Reader { return u.body }

// File is an open file with what a browser must know of it.
type File struct {
	Name, MediaType string
	Bytes           int64
	SHA256          string // "" when it is not known
	Content         io.ReadCloser
}

// Download sends a file to be kept, not shown among our own pages. One that fails on its way is cut
// off: a half never passes for the whole.
func (f File) Download() *huma.StreamResponse {
	return f.send(func(ctx huma.Context) { Attach(ctx, f.Name, f.MediaType) })
}

// Inline sends a file that never changes under its address: browsers may keep it.
func (f File) Inline() *huma.StreamResponse {
	return f.send(func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", f.MediaType)
		ctx.SetHeader("Cache-Control", "private, max-age=31536000, immutable")
	})
}

func (f File) send(head func(huma.Context)) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer f.Content.Close() //nolint:errcheck // read to its end or given up
		head(ctx)
		if f.SHA256 != "" {
			ctx.SetHeader("ETag", `"`+f.SHA256+`"`)
		}
		ctx.SetHeader("Content-Length", strconv.FormatInt(f.Bytes, 10))
		if _, err := io.Copy(ctx.BodyWriter(), f.Content); err != nil {
			panic(http.ErrAbortHandler) // the reader has gone, or the content does not open
		}
	}}
}

// Made sends a file while it is made.
func Made(name, mediaType string, write func(io.Writer) error) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		Attach(ctx, name, mediaType)
		if err := write(ctx.BodyWriter()); err != nil {
			panic(http.ErrAbortHandler) // the answer has begun: only a broken connection tells that it is not whole
		}
	}}
}

// Attach says that the answer is a file to be kept, by what name, and of what type alone.
func Attach(ctx huma.Context, name, mediaType string) {
	ctx.SetHeader("Content-Type", mediaType)
	ctx.SetHeader("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	ctx.SetHeader("X-Content-Type-Options", "nosniff")
	ctx.SetHeader("Cache-Control", "private, no-store")
}
