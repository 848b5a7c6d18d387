package notice

import (
	"context"
	"net/http"

	"wozai/internal/access"
	"wozai/internal/api"
	"wozai/internal/db"
	"wozai/internal/fault"
)

var errGroupsOff = fault.Conflict("groups_off")

// RegisterGroups adds the operations of message groups; g is nil while the operator has not turned them on.
func RegisterGroups(srv *api.Server, g *Groups) {
	op := func(id, method, path, summary string) api.Op {
		return api.Op{ID: "message-group-" + id, Method: method, Path: path, Summary: summary, Tag: "notice"}
	}
	type unitIn struct {
		Unit db.ID `path:"unit"`
	}
	type listOut struct {
		Body struct {
			On    bool    `json:"on" doc:"the operator lets this installation write into groups"`
			Items []Group `json:"items"`
		}
	}
	const path = "/units/{unit}/message-groups"
	api.Register(srv, op("list", http.MethodGet, path, "The groups in messengers that hear of what is urgent in a unit"),
		func(ctx context.Context, in *unitIn) (out *listOut, err error) {
			out = &listOut{}
			out.Body.Items = []Group{}
			if g == nil {
				return out, nil
			}
			out.Body.On = true
			out.Body.Items, err = g.List(ctx, access.From(ctx), in.Unit)
			return out, err
		})
	type addIn struct {
		Unit db.ID `path:"unit"`
		Body NewGroup
	}
	type madeOut struct {
		Body struct {
			ID db.ID `json:"id"`
		}
	}
	api.Register(srv, op("add", http.MethodPost, path, "Let a group hear of what is urgent in a unit, by a bot in it"),
		func(ctx context.Context, in *addIn) (out *madeOut, err error) {
			if g == nil {
				return nil, errGroupsOff
			}
			out = &madeOut{}
			out.Body.ID, err = g.Add(ctx, access.From(ctx), in.Unit, in.Body)
			return out, err
		})
	type removeIn struct {
		Unit  db.ID `path:"unit"`
		Group db.ID `path:"group"`
	}
	api.Register(srv, op("remove", http.MethodDelete, path+"/{group}", "Tell a group nothing any more"),
		func(ctx context.Context, in *removeIn) (*struct{}, error) {
			if g == nil {
				return nil, errGroupsOff
			}
			return nil, g.Remove(ctx, access.From(ctx), in.Unit, in.Group)
		})
}
