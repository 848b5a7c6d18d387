// Package api is the edge: it registers operations with huma, finds out who is asking, turns
// faults into RFC 9457 problem details, and guards what every request needs guarding against.
package api

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/fault"
)

// Prefix is where the API lives.
const Prefix = "/api/v1"

// Access says on what footing an operation may be called at all; what it does to a given thing
// is decided inside, by access.Actor.
type Access string

// Who may call.
const (
	SignedIn Access = "signed_in" // with an account: the rule
	ByLink   Access = "by_link"   // also somebody let into one meeting by a join link
	Anyone   Access = "anyone"    // nobody needs to be signed in
)

// Op describes an operation. ID is stable and unique ("meeting-create"), Path is below Prefix.
type Op struct {
	ID, Method, Path, Summary, Tag string
	Access                         Access // SignedIn when empty
	BeforePassword                 bool   // also while an issued password is still to be changed
	MaxBody                        int64  // bytes; 1 MiB when zero
	Status                         int    // on success; 200 or 204 when zero
}

// Authenticator finds the actor of a request; the account slice implements it.
type Authenticator interface {
	Authenticate(r *http.Request) (access.Actor, error)
}

// Server collects operations and serves them.
type Server struct {
	API huma.API
	Mux *http.ServeMux
	// PlainToo: the same names answer by plain HTTP as well, so browsers must not be told that
	// they never do. Set before serving.
	PlainToo bool
	auth     Authenticator
	log      *slog.Logger
	ops      map[string]Op
}

// New makes an empty server; title and version stand in the API document.
func New(log *slog.Logger, auth Authenticator, version string) *Server {
	mux := http.NewServeMux()
	cfg := huma.DefaultConfig("Wozai", version)
	cfg.Info.Description = "The API of 我在 Wozai. Ids are strings, times RFC 3339, errors RFC 9457 with a stable code."
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath = "/openapi", "", ""
	cfg.CreateHooks = nil // no $schema members: they would name the host
	cfg.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", distinctNames())
	cfg.Servers = []*huma.Server{{URL: Prefix}}
	huma.NewError = newError
	huma.NewErrorWithContext = func(_ huma.Context, status int, msg string, errs ...error) huma.StatusError {
		return newError(status, msg, errs...)
	}
	s := &Server{Mux: mux, auth: auth, log: log, ops: map[string]Op{}}
	s.API = humago.NewWithPrefix(mux, Prefix, cfg)
	return s
}

// Ops lists what was registered, by operation id.
func (s *Server) Ops() map[string]Op { return s.ops }

// Register adds an operation. The handler finds its actor with access.From(ctx).
func Register[I, O any](s *Server, op Op, h func(ctx context.Context, in *I) (*O, error)) {
	if op.Access == "" {
		op.Access = SignedIn
	}
	if op.MaxBody == 0 {
		op.MaxBody = 1 << 20
	}
	if _, dup := s.ops[op.ID]; dup {
		panic("api: operation registered twice: " + op.ID)
	}
	s.ops[op.ID] = op
	ho := huma.Operation{
		OperationID: op.ID, Method: op.Method, Path: op.Path, Summary: op.Summary, Tags: []string{op.Tag},
		MaxBodyBytes: op.MaxBody, DefaultStatus: op.Status, BodyReadTimeout: 2 * time.Minute,
		Extensions: map[string]any{"x-access": string(op.Access)},
		Middlewares: huma.Middlewares{func(hc huma.Context, next func(huma.Context)) {
			r, w := humago.Unwrap(hc)
			a, err := s.auth.Authenticate(r)
			if err == nil {
				err = admit(op.Access, op.BeforePassword, a)
			}
			key := r.Header.Get("Idempotency-Key")
			if err == nil && len(key) > maxKey { // it would not be kept, and nobody would know
				var c fault.Check
				c.Add("Idempotency-Key", "too_long", "limit", maxKey)
				err = c.Err()
			}
			if err != nil {
				s.Fail(w, r, err)
				return
			}
			if key != "" {
				key = op.ID + " " + key
			}
			ctx := context.WithValue(access.With(hc.Context(), a), idempotencyKey{}, key)
			next(huma.WithContext(hc, ctx))
		}},
	}
	huma.Register(s.API, ho, func(ctx context.Context, in *I) (*O, error) {
		if key, _ := ctx.Value(idempotencyKey{}).(string); key != "" {
			ctx = change.WithKey(ctx, key, in)
		}
		out, err := h(ctx, in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return out, nil
	})
}

const maxKey = 128 // characters of an Idempotency-Key

type idempotencyKey struct{}

func admit(need Access, beforePassword bool, a access.Actor) error {
	switch {
	case need == Anyone:
		return nil
	case a.NewPassword && !beforePassword:
		return fault.New(fault.KindForbidden, "password_first")
	case a.Kind == access.Person, need == ByLink && a.Kind == access.Link:
		return nil
	case a.Kind == access.Link:
		return fault.New(fault.KindForbidden, "sign_in_for_this")
	}
	return fault.SignIn()
}

// Actor finds who asks, for handlers outside huma (streams, files); need as in Op.Access.
func (s *Server) Actor(r *http.Request, need Access) (access.Actor, error) {
	a, err := s.auth.Authenticate(r)
	if err == nil {
		err = admit(need, false, a)
	}
	return a, err
}

// Fail writes err as a problem, for handlers outside huma.
func (s *Server) Fail(w http.ResponseWriter, r *http.Request, err error) {
	p := s.problem(r.Context(), err)
	if ra, ok := p.Params["retry_after"]; ok {
		w.Header().Set("Retry-After", jsonNumber(ra))
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client has gone when this fails
}

func jsonNumber(v any) string { b, _ := json.Marshal(v); return string(b) }

// Context is huma's, for resolvers in slices.
type Context = huma.Context

// distinctNames gives schemas their Go names; two types of one name in different slices become
// Name and Name2, in the order of registration.
func distinctNames() func(t reflect.Type, hint string) string {
	taken := map[string]reflect.Type{}
	return func(t reflect.Type, hint string) string {
		base := huma.DefaultSchemaNamer(t, hint)
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		name := base
		for i := 2; taken[name] != nil && taken[name] != t; i++ {
			name = fmt.Sprint(base, i)
		}
		taken[name] = t
		return name
	}
}
