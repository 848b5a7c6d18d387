package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"wozai/internal/db"
	"wozai/internal/fault"
)

// Problem is an RFC 9457 answer. Code is stable and worded by the page.
type Problem struct {
	Status int           `json:"status"`
	Title  string        `json:"title"`
	Code   string        `json:"code"`
	Params fault.Params  `json:"params,omitempty"`
	Errors []fault.Field `json:"errors,omitempty" doc:"what is wrong with which field, all at once"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Code }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

var statusOf = map[fault.Kind]int{
	fault.KindInvalid: http.StatusUnprocessableEntity, fault.KindSignIn: http.StatusUnauthorized,
	fault.KindForbidden: http.StatusForbidden, fault.KindNotFound: http.StatusNotFound,
	fault.KindConflict: http.StatusConflict, fault.KindStale: http.StatusPreconditionFailed,
	fault.KindGone: http.StatusGone, fault.KindTooLarge: http.StatusRequestEntityTooLarge,
	fault.KindWrongType: http.StatusUnsupportedMediaType, fault.KindTooMany: http.StatusTooManyRequests,
	fault.KindUnavailable: http.StatusServiceUnavailable,
}

// problem is the one translation of errors; what is no fault goes to the log alone.
func (s *Server) problem(ctx context.Context, err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	var f *fault.Fault
	switch { // of database and disk, where a slice did not look
	case errors.As(err, &f):
	case db.IsUnavailable(err), fault.NoRoom(err):
		err = fault.New(fault.KindUnavailable, "database_unavailable").Because(err)
	case db.IsUnreadable(err):
		err = fault.New(fault.KindInvalid, "unreadable")
	}
	if errors.As(err, &f) {
		status := statusOf[f.Kind]
		if status >= 500 {
			s.log.ErrorContext(ctx, "request failed", "code", f.Code, "error", err)
		}
		return &Problem{Status: status, Title: http.StatusText(status), Code: f.Code, Params: f.Params, Errors: f.Fields}
	}
	if errors.Is(err, context.Canceled) {
		return &Problem{Status: 499, Title: "Client Closed Request", Code: "cancelled"}
	}
	s.log.ErrorContext(ctx, "request failed", "error", err)
	return &Problem{Status: http.StatusInternalServerError, Title: "Internal Server Error", Code: "internal"}
}

// newError replaces huma's: the same shape, and never the value that was sent.
func newError(status int, msg string, errs ...error) huma.StatusError {
	p := &Problem{Status: status, Title: http.StatusText(status), Code: "invalid"}
	switch status {
	case http.StatusInternalServerError:
		p.Code = "internal"
	case http.StatusRequestEntityTooLarge:
		p.Code = "too_large"
	case http.StatusUnsupportedMediaType:
		p.Code = "wrong_type"
	case http.StatusRequestTimeout:
		p.Code = "too_slow"
	case http.StatusNotFound:
		p.Code = "not_found"
	case http.StatusBadRequest:
		p.Code = "unreadable"
	}
	for _, e := range errs {
		var d *huma.ErrorDetail
		if errors.As(e, &d) {
			field := strings.TrimPrefix(strings.TrimPrefix(d.Location, "body."), "body")
			p.Errors = append(p.Errors, fault.Field{Field: field, Code: "format", Params: fault.Params{"rule": d.Message}})
		}
	}
	return p
}
