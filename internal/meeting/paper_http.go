package meeting

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"wozai/internal/access"
	"wozai/internal/api"
	"wozai/internal/db"
)

// Register adds the operations on papers. Who came in by a join link reads those of their meeting.
func (s *Papers) Register(srv *api.Server) {
	op := func(id, method, path, summary string, who api.Access) api.Op {
		return api.Op{ID: "meeting-paper-" + id, Method: method, Path: "/meetings/{meeting}/papers" + path, Summary: summary, Tag: "meeting", Access: who}
	}
	type listOut struct {
		Items []Paper `json:"items"`
	}
	api.Register(srv, op("list", http.MethodGet, "", "The papers of a meeting", api.ByLink),
		func(ctx context.Context, in *MeetingPath) (*body[listOut], error) {
			items, err := s.List(ctx, access.From(ctx), in.Meeting)
			return answer(listOut{items}, err)
		})
	type addIn struct {
		MeetingPath
		api.Upload
		Name string `query:"name" doc:"the file's name, for people"`
	}
	type added struct {
		ID db.ID `json:"id"`
	}
	add := op("add", http.MethodPost, "", "Bring a paper: the body is the file itself (PDF, JPEG, PNG or WebP, at most 50 MB)", api.SignedIn)
	add.MaxBody = MaxPaper
	api.Register(srv, add,
		func(ctx context.Context, in *addIn) (*body[added], error) {
			id, err := s.Add(ctx, access.From(ctx), in.Meeting, in.Name, in.Content())
			return answer(added{id}, err)
		})
	type PaperPath struct {
		MeetingPath
		Paper db.ID `path:"paper"`
	}
	api.Register(srv, op("remove", http.MethodDelete, "/{paper}", "Take a paper off the list", api.SignedIn),
		func(ctx context.Context, in *PaperPath) (*struct{}, error) {
			return nil, s.Remove(ctx, access.From(ctx), in.Meeting, in.Paper)
		})
	type renameIn struct {
		PaperPath
		Body struct {
			Name string `json:"name"`
		}
	}
	api.Register(srv, op("rename", http.MethodPatch, "/{paper}", "Give a paper another name", api.SignedIn),
		func(ctx context.Context, in *renameIn) (*struct{}, error) {
			return nil, s.Rename(ctx, access.From(ctx), in.Meeting, in.Paper, in.Body.Name)
		})
	api.Register(srv, op("restore", http.MethodPost, "/{paper}/restore", "Put a removed paper back on the list", api.SignedIn),
		func(ctx context.Context, in *PaperPath) (*struct{}, error) {
			return nil, s.Restore(ctx, access.From(ctx), in.Meeting, in.Paper)
		})
	type pageIn struct {
		PaperPath
		Page  int `path:"page" minimum:"1" maximum:"500"`
		Width int `query:"width" minimum:"0" maximum:"8000" doc:"pixels wanted; the nearest image that is wide enough comes back"`
	}
	api.Register(srv, op("page", http.MethodGet, "/{paper}/pages/{page}", "One page of a paper as an image", api.ByLink),
		func(ctx context.Context, in *pageIn) (*huma.StreamResponse, error) {
			f, err := s.Page(ctx, access.From(ctx), in.Meeting, in.Paper, in.Page, in.Width)
			if err != nil {
				return nil, err
			}
			return f.Inline(), nil
		})
	api.Register(srv, op("file", http.MethodGet, "/{paper}/file", "A paper as it was brought", api.ByLink),
		func(ctx context.Context, in *PaperPath) (*huma.StreamResponse, error) {
			f, err := s.File(ctx, access.From(ctx), in.Meeting, in.Paper)
			if err != nil {
				return nil, err
			}
			return f.Download(), nil
		})
}
