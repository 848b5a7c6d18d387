package notice

import (
	"context"
	"net/http"

	"wozai/internal/access"
	"wozai/internal/api"
	"wozai/internal/db"
	"wozai/internal/fault"
)

// PushState is what somebody is shown about web push.
type PushState struct {
	On       bool           `json:"on" doc:"the operator lets this installation speak with push services"`
	Key      string         `json:"key" doc:"by which browsers let this installation ring and no other; empty while off"`
	Browsers []Subscription `json:"browsers" doc:"of mine, that may be rung"`
}

var errPushOff = fault.Conflict("push_off")

// RegisterPush adds the operations of web push; p is nil while the operator has not turned it on.
func RegisterPush(srv *api.Server, p *Pusher) {
	op := func(id, method, path, summary string) api.Op {
		return api.Op{ID: "push-" + id, Method: method, Path: path, Summary: summary, Tag: "notice"}
	}
	type stateOut struct{ Body PushState }
	api.Register(srv, op("state", http.MethodGet, "/me/push", "Whether my browsers may be rung when they are closed"),
		func(ctx context.Context, _ *struct{}) (out *stateOut, err error) {
			out = &stateOut{PushState{Browsers: []Subscription{}}}
			if p == nil {
				return out, nil
			}
			out.Body.On = true
			if out.Body.Key, err = p.Public(ctx); err != nil {
				return nil, err
			}
			out.Body.Browsers, err = p.Mine(ctx, access.From(ctx))
			return out, err
		})
	type onIn struct{ Body Browser }
	type madeOut struct {
		Body struct {
			ID db.ID `json:"id"`
		}
	}
	api.Register(srv, op("on", http.MethodPost, "/me/push", "Let this browser be rung until the session ends"),
		func(ctx context.Context, in *onIn) (out *madeOut, err error) {
			if p == nil {
				return nil, errPushOff
			}
			out = &madeOut{}
			out.Body.ID, err = p.Subscribe(ctx, access.From(ctx), in.Body)
			return out, err
		})
	type offIn struct {
		Browser db.ID `path:"browser"`
	}
	api.Register(srv, op("off", http.MethodDelete, "/me/push/{browser}", "Ring one of my browsers no more"),
		func(ctx context.Context, in *offIn) (*struct{}, error) {
			if p == nil {
				return nil, errPushOff
			}
			return nil, p.Unsubscribe(ctx, access.From(ctx), in.Browser)
		})
}
