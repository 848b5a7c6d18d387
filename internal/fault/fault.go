// Package fault is the small set of errors that cross from a slice to its caller.
//
// A fault carries a stable code and parameters, never a sentence: the page words it in the
// reader's language (locales/*/fault.json). An error that is not a fault reaches people as
// "internal" and the log in full.
package fault

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
)

// Kind says what sort of answer a fault is; the API edge turns it into a status.
type Kind string

// The kinds, few on purpose.
const (
	KindInvalid     Kind = "invalid"     // 422: the request cannot be right; Fields say where
	KindSignIn      Kind = "sign_in"     // 401: who is asking is not known
	KindForbidden   Kind = "forbidden"   // 403: known, may see the thing, may not do this
	KindNotFound    Kind = "not_found"   // 404: absent, or not theirs to know of
	KindConflict    Kind = "conflict"    // 409: right in itself, wrong in the present state
	KindStale       Kind = "stale"       // 412: based on an older version
	KindGone        Kind = "gone"        // 410: was there, has ended
	KindTooLarge    Kind = "too_large"   // 413
	KindWrongType   Kind = "wrong_type"  // 415
	KindTooMany     Kind = "too_many"    // 429: slow down; Params["retry_after"] in seconds
	KindUnavailable Kind = "unavailable" // 503: try again, nothing was changed
)

// Params fill the worded message; small facts only, no secrets and no free text of others.
type Params map[string]any

// Field is what is wrong with one field of a request.
type Field struct {
	Field  string `json:"field"`
	Code   string `json:"code"`
	Params Params `json:"params,omitempty"`
}

// Fault is an expected error.
type Fault struct {
	Kind   Kind
	Code   string
	Params Params
	Fields []Field
	cause  error
}

// Error implements error; for logs, never for people.
func (f *Fault) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", f.Kind, f.Code)
	for _, fl := range f.Fields {
		fmt.Fprintf(&b, " %s=%s", fl.Field, fl.Code)
	}
	if f.cause != nil {
		fmt.Fprintf(&b, ": %v", f.cause)
	}
	return b.String()
}

// Unwrap gives the cause.
func (f *Fault) Unwrap() error { return f.cause }

// Because attaches a cause for the log.
func (f *Fault) Because(err error) *Fault { c := *f; c.cause = err; return &c }

// With adds parameters, given as key, value pairs.
func (f *Fault) With(kv ...any) *Fault {
	c := *f
	c.Params = make(Params, len(f.Params)+len(kv)/2)
	for k, v := range f.Params {
		c.Params[k] = v
	}
	for i := 0; i+1 < len(kv); i += 2 {
		c.Params[kv[i].(string)] = kv[i+1]
	}
	return &c
}

// New makes a fault.
func New(k Kind, code string) *Fault { return &Fault{Kind: k, Code: code} }

// NotFound says that something is absent or not the asker's to know of.
func NotFound() *Fault { return New(KindNotFound, "not_found") }

// Forbidden says that the asker may see the thing but not do this to it.
func Forbidden() *Fault { return New(KindForbidden, "forbidden") }

// SignIn says that nobody is signed in.
func SignIn() *Fault { return New(KindSignIn, "sign_in_required") }

// Conflict says that the present state does not allow it; code says why.
func Conflict(code string) *Fault { return New(KindConflict, code) }

// Stale says that the thing has changed since the asker read it.
func Stale() *Fault { return New(KindStale, "changed_meanwhile") }

// Is reports whether err is a fault of kind k.
func Is(err error, k Kind) bool {
	var f *Fault
	return errors.As(err, &f) && f.Kind == k
}

// NoRoom reports that a disk is full, failing or not to be written on.
func NoRoom(err error) bool {
	for _, e := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EFBIG, syscall.EIO} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// Code gives the stable code of err, "" when it is not a fault.
func Code(err error) string {
	var f *Fault
	if errors.As(err, &f) {
		return f.Code
	}
	return ""
}

// Check collects everything that is wrong with a request, so that all of it is answered at once.
type Check struct{ fields []Field }

// Add notes a faulty field; kv are parameter pairs.
func (c *Check) Add(field, code string, kv ...any) {
	f := Field{Field: field, Code: code}
	if len(kv) > 0 {
		f.Params = Params{}
		for i := 0; i+1 < len(kv); i += 2 {
			f.Params[kv[i].(string)] = kv[i+1]
		}
	}
	c.fields = append(c.fields, f)
}

// Put notes a field that was found faulty elsewhere.
func (c *Check) Put(f Field) { c.fields = append(c.fields, f) }

// If notes a faulty field when bad holds.
func (c *Check) If(bad bool, field, code string, kv ...any) {
	if bad {
		c.Add(field, code, kv...)
	}
}

// Err is nil when nothing was noted.
func (c *Check) Err() error {
	if len(c.fields) == 0 {
		return nil
	}
	return &Fault{Kind: KindInvalid, Code: "invalid", Fields: c.fields}
}

// Text checks a line or paragraph of people's words: trimmed, valid, without control characters
// but newlines, at most limit runes; empty is refused when required. It returns the clean text.
func (c *Check) Text(field, s string, limit int, required bool) string {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || (r >= ' ' && r != 0x7f && r != 0x2028 && r != 0x2029) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(s, ""))) // trimmed last: a control character may stand behind a blank
	if required && s == "" {
		c.Add(field, "required")
	}
	if n := len([]rune(s)); n > limit {
		c.Add(field, "too_long", "limit", limit, "length", n)
	}
	return s
}
