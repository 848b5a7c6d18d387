package notice

import (
	"context"
	"net/http"

	"wozai/internal/access"
	"wozai/internal/api"
	"wozai/internal/db"
)

// Register adds the inbox's operations.
func (s *Service) Register(srv *api.Server) {
	type listIn struct {
		Todo   bool  `query:"todo" doc:"open to-dos only"`
		Before db.ID `query:"before" doc:"older than this one"`
		Limit  int   `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}
	type listOut struct {
		Body struct {
			Items  []Notice `json:"items"`
			Counts Counts   `json:"counts"`
		}
	}
	api.Register(srv, api.Op{ID: "notice-list", Method: http.MethodGet, Path: "/me/notices", Summary: "My inbox", Tag: "notice"},
		func(ctx context.Context, in *listIn) (*listOut, error) {
			out := &listOut{}
			var err error
			if out.Body.Items, err = s.List(ctx, access.From(ctx), Filter{Todo: in.Todo, Before: in.Before, Limit: in.Limit}); err != nil {
				return nil, err
			}
			out.Body.Counts, err = s.Count(ctx, access.From(ctx))
			return out, err
		})

	type readIn struct {
		Body struct {
			UpTo db.ID `json:"up_to" doc:"the newest notice seen"`
		}
	}
	api.Register(srv, api.Op{ID: "notice-read", Method: http.MethodPost, Path: "/me/notices/read", Summary: "Mark my notices as read", Tag: "notice"},
		func(ctx context.Context, in *readIn) (*struct{}, error) {
			return nil, s.Read(ctx, access.From(ctx), in.Body.UpTo)
		})
}
