package org

import (
	"context"
	"net/http"

	"wozai/internal/access"
	"wozai/internal/api"
	"wozai/internal/db"
)

const tag = "organisation"

// List is an answer of several things, whole.
type List[T any] struct {
	Items []T `json:"items"`
}

type body[T any] struct{ Body T }

func answer[T any](v T, err error) (*body[T], error) {
	if err != nil {
		return nil, err
	}
	return &body[T]{v}, nil
}

func list[T any](v []T, err error) (*body[List[T]], error) { return answer(List[T]{v}, err) }

// Parts of requests; exported because huma passes over embedded fields that are not.
type (
	// UnitPath names the unit in a path.
	UnitPath struct {
		Unit db.ID `path:"unit"`
	}
	// PersonPath names the person in a path.
	PersonPath struct {
		Person db.ID `path:"person"`
	}
	// MembershipPath names the membership in a path.
	MembershipPath struct {
		Membership db.ID `path:"membership"`
	}
	// PageQuery asks for a piece of a list.
	PageQuery struct {
		After string `query:"after" maxLength:"64" doc:"the next of the piece before"`
		Limit int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	}
	// BeforeQuery asks for a piece of a list that is newest first.
	BeforeQuery struct {
		Before db.ID `query:"before" doc:"older than this one"`
		Limit  int   `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}
)

// Register adds the slice's operations.
func (s *Service) Register(srv *api.Server) {
	s.registerUnits(srv)
	s.registerUnitChanges(srv)
	s.registerPeople(srv)
	s.registerMe(srv)
	s.registerImport(srv)
}

func (s *Service) registerUnits(srv *api.Server) {
	type treesOut struct {
		Items     []TreeItem `json:"items"`
		Abilities []string   `json:"abilities" doc:"unit.add: at the top; import"`
	}
	api.Register(srv, api.Op{ID: "org-trees", Method: http.MethodGet, Path: "/trees", Summary: "The trees of the organisation", Tag: tag},
		func(ctx context.Context, _ *struct{}) (*body[treesOut], error) {
			a := access.From(ctx)
			items, err := s.Trees(ctx, a.Lang)
			out := treesOut{Items: items, Abilities: []string{}}
			if a.Can(access.OrgManage, access.Unit{Path: "/"}) {
				out.Abilities = append(out.Abilities, AbilityAddUnit, AbilityImport)
			}
			return answer(out, err)
		})

	type unitsIn struct {
		PageQuery
		Tree   string `query:"tree" maxLength:"40" doc:"the tree whose top is asked for"`
		Parent db.ID  `query:"parent" doc:"the unit whose children are asked for"`
	}
	api.Register(srv, api.Op{ID: "org-units", Method: http.MethodGet, Path: "/units", Summary: "The units under a unit, or at the top of a tree", Tag: tag},
		func(ctx context.Context, in *unitsIn) (*body[Page[UnitItem]], error) {
			return answer(s.Units(ctx, UnitFilter{Tree: in.Tree, Parent: in.Parent, After: in.After, Limit: in.Limit}))
		})
	api.Register(srv, api.Op{ID: "org-unit", Method: http.MethodGet, Path: "/units/{unit}", Summary: "One unit with what stands round it", Tag: tag},
		func(ctx context.Context, in *UnitPath) (*body[UnitPage], error) {
			return answer(s.UnitPage(ctx, access.From(ctx), in.Unit))
		})
	api.Register(srv, api.Op{ID: "org-unit-history", Method: http.MethodGet, Path: "/units/{unit}/history", Summary: "Where a unit stood and what it was called", Tag: tag},
		func(ctx context.Context, in *UnitPath) (*body[List[PastPlace]], error) {
			return list(s.UnitHistory(ctx, in.Unit))
		})
	type auditIn struct {
		UnitPath
		BeforeQuery
	}
	api.Register(srv, api.Op{ID: "org-unit-audit", Method: http.MethodGet, Path: "/units/{unit}/audit", Summary: "Who changed a unit, when", Tag: tag},
		func(ctx context.Context, in *auditIn) (*body[List[AuditLine]], error) {
			return list(s.UnitAudit(ctx, access.From(ctx), in.Unit, in.Before, in.Limit))
		})

	type searchIn struct {
		Q     string `query:"q" maxLength:"60" required:"true" doc:"the start of a name, or a part of it; full pinyin; initials"`
		What  string `query:"what" enum:"unit,person" doc:"both when left out"`
		Limit int    `query:"limit" minimum:"1" maximum:"50" default:"50"`
	}
	api.Register(srv, api.Op{ID: "org-search", Method: http.MethodGet, Path: "/org/search", Summary: "Find units and people by name, pinyin or initials", Tag: tag},
		func(ctx context.Context, in *searchIn) (*body[Hits], error) {
			return answer(s.Search(ctx, in.Q, in.What, in.Limit))
		})
}

func (s *Service) registerUnitChanges(srv *api.Server) {
	api.Register(srv, api.Op{ID: "org-unit-add", Method: http.MethodPost, Path: "/units", Summary: "Add a unit", Tag: tag},
		func(ctx context.Context, in *body[NewUnit]) (*body[Unit], error) {
			return answer(s.CreateUnit(ctx, access.From(ctx), in.Body))
		})
	type changeIn struct {
		UnitPath
		Body UnitUpdate
	}
	api.Register(srv, api.Op{ID: "org-unit-change", Method: http.MethodPatch, Path: "/units/{unit}", Summary: "Change a unit's names, code and order", Tag: tag},
		func(ctx context.Context, in *changeIn) (*body[Unit], error) {
			return answer(s.ChangeUnit(ctx, access.From(ctx), in.Unit, in.Body))
		})
	type moveIn struct {
		UnitPath
		Body struct {
			ParentID db.ID `json:"parent_id" doc:"empty for the top"`
			Version  int64 `json:"version"`
		}
	}
	type moveOut struct {
		Done bool `json:"done" doc:"false: many stand under it; it goes on by itself, the unit's page says moving"`
	}
	api.Register(srv, api.Op{ID: "org-unit-move", Method: http.MethodPost, Path: "/units/{unit}/move", Summary: "Put a unit under another", Tag: tag},
		func(ctx context.Context, in *moveIn) (*body[moveOut], error) {
			done, err := s.MoveUnit(ctx, access.From(ctx), in.Unit, in.Body.ParentID, in.Body.Version)
			return answer(moveOut{done}, err)
		})
	type endIn struct {
		UnitPath
		Body EndUnit
	}
	api.Register(srv, api.Op{ID: "org-unit-end", Method: http.MethodPost, Path: "/units/{unit}/end", Summary: "End a unit; its history stays", Tag: tag},
		func(ctx context.Context, in *endIn) (*struct{}, error) {
			return nil, s.EndUnit(ctx, access.From(ctx), in.Unit, in.Body)
		})
	type signInsIn struct {
		UnitPath
		Body struct {
			People []db.ID `json:"people" maxItems:"20" doc:"members of the unit, at most 20 a call"`
			Renew  bool    `json:"renew,omitempty" doc:"a new password also for those who have a sign-in"`
		}
	}
	api.Register(srv, api.Op{ID: "org-unit-sign-ins", Method: http.MethodPost, Path: "/units/{unit}/sign-ins", Summary: "Give sign-ins to people of a unit; the slips are shown once", Tag: tag},
		func(ctx context.Context, in *signInsIn) (*body[List[SignInSlip]], error) {
			return list(s.IssueMany(ctx, access.From(ctx), in.Unit, in.Body.People, in.Body.Renew))
		})
}
