package org

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"wozai/internal/access"
	"wozai/internal/api"
	"wozai/internal/db"
	"wozai/internal/fault"
)

const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// ImportPath names the import in a path.
type ImportPath struct {
	Import db.ID `path:"import"`
}

func (s *Service) registerImport(srv *api.Server) {
	type templateOut struct {
		Type        string `header:"Content-Type"`
		Disposition string `header:"Content-Disposition"`
		Body        []byte
	}
	api.Register(srv, api.Op{ID: "import-template", Method: http.MethodGet, Path: "/org/imports/template", Summary: "The .xlsx to fill in", Tag: tag},
		func(ctx context.Context, _ *struct{}) (*templateOut, error) {
			a := access.From(ctx)
			if err := mayImport(a); err != nil {
				return nil, err
			}
			b, err := s.Template(a.Lang)
			return &templateOut{xlsxType, `attachment; filename="wozai-import.xlsx"`, b}, err
		})

	type uploadIn struct {
		api.Upload
		Name string `query:"name" required:"true" maxLength:"200" doc:"the file's name"`
	}
	op := api.Op{ID: "import-add", Method: http.MethodPost, Path: "/org/imports", Summary: "Bring a file (.xlsx or .csv, at most 50 MB, as the body); it is checked, nothing is written", Tag: tag, Status: http.StatusAccepted}
	api.Register(srv, op, func(ctx context.Context, in *uploadIn) (*body[Import], error) {
		if in.Content() == nil {
			return nil, fault.New(fault.KindInvalid, "table_empty")
		}
		return answer(s.Bring(ctx, access.From(ctx), in.Name, in.Content()))
	})
	srv.API.OpenAPI().Paths[op.Path].Post.RequestBody = &huma.RequestBody{Required: true, Description: "the file itself",
		Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}

	api.Register(srv, api.Op{ID: "import-list", Method: http.MethodGet, Path: "/org/imports", Summary: "The imports so far", Tag: tag},
		func(ctx context.Context, _ *struct{}) (*body[List[Import]], error) {
			return list(s.Imports(ctx, access.From(ctx)))
		})
	api.Register(srv, api.Op{ID: "import", Method: http.MethodGet, Path: "/org/imports/{import}", Summary: "One import: how far it is, what is in it", Tag: tag},
		func(ctx context.Context, in *ImportPath) (*body[Import], error) {
			return answer(s.Import(ctx, access.From(ctx), in.Import))
		})
	type faultsIn struct {
		ImportPath
		After int64 `query:"after" minimum:"0" doc:"the n of the last one seen"`
		Limit int   `query:"limit" minimum:"1" maximum:"500" default:"100"`
	}
	api.Register(srv, api.Op{ID: "import-faults", Method: http.MethodGet, Path: "/org/imports/{import}/faults", Summary: "What is wrong in the file, row by row", Tag: tag},
		func(ctx context.Context, in *faultsIn) (*body[List[RowFault]], error) {
			return list(s.ImportFaults(ctx, access.From(ctx), in.Import, in.After, in.Limit))
		})
	type applyIn struct {
		ImportPath
		Body struct {
			Partial bool  `json:"partial,omitempty" doc:"leave the faulty rows out; without it any fault keeps all of it from being written"`
			Version int64 `json:"version"`
		}
	}
	api.Register(srv, api.Op{ID: "import-apply", Method: http.MethodPost, Path: "/org/imports/{import}/apply", Summary: "Write what a checked file brings", Tag: tag, Status: http.StatusAccepted},
		func(ctx context.Context, in *applyIn) (*body[Import], error) {
			return answer(s.ApplyImport(ctx, access.From(ctx), in.Import, in.Body.Partial, in.Body.Version))
		})
	api.Register(srv, api.Op{ID: "import-discard", Method: http.MethodDelete, Path: "/org/imports/{import}", Summary: "Throw a checked or failed import away", Tag: tag},
		func(ctx context.Context, in *ImportPath) (*struct{}, error) {
			return nil, s.DiscardImport(ctx, access.From(ctx), in.Import)
		})
}
