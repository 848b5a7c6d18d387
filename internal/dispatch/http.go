package dispatch

import (
	"context"
	"net/http"

	"wozai/internal/access"
	"wozai/internal/api"
	"wozai/internal/db"
)

// InDispatch names the dispatch in a path. Exported, as huma passes over what is embedded and is not.
type InDispatch struct {
	Dispatch db.ID `path:"dispatch"`
}

// InUnit names the unit in a path.
type InUnit struct {
	Unit db.ID `path:"unit"`
}

type body[T any] struct{ Body T }

type list[T any] struct {
	Items []T `json:"items"`
}

func answer[T any](v T, err error) (*body[T], error) {
	if err != nil {
		return nil, err
	}
	return &body[T]{v}, nil
}

// Register adds the slice's operations.
func (s *Service) Register(srv *api.Server) {
	op := func(id, method, path, summary string) api.Op {
		return api.Op{ID: "dispatch-" + id, Method: method, Path: path, Summary: summary, Tag: "dispatch"}
	}
	s.registerAvailability(srv)
	s.registerSteps(srv, op)

	type askIn struct {
		InUnit
		Body Question
	}
	type made struct {
		ID db.ID `json:"id"`
	}
	api.Register(srv, op("ask", http.MethodPost, "/units/{unit}/dispatches", "Ask 谁在? in the name of a unit: telephones ring"),
		func(ctx context.Context, in *askIn) (*body[made], error) {
			id, err := s.Ask(ctx, access.From(ctx), in.Unit, in.Body)
			return answer(made{id}, err)
		})
	type listIn struct {
		Closed bool  `query:"closed" doc:"those that are over instead of those still open"`
		Before db.ID `query:"before" doc:"older than this one"`
		Limit  int   `query:"limit" minimum:"1" maximum:"100" default:"30"`
	}
	api.Register(srv, op("list", http.MethodGet, "/me/dispatches", "What I asked, am asked or have taken on, newest first"),
		func(ctx context.Context, in *listIn) (*body[list[View]], error) {
			items, err := s.List(ctx, access.From(ctx), Filter{Closed: in.Closed, Before: in.Before, Limit: in.Limit})
			return answer(list[View]{items}, err)
		})
	api.Register(srv, op("get", http.MethodGet, "/dispatches/{dispatch}", "A dispatch as I may see it"),
		func(ctx context.Context, in *InDispatch) (*body[Detail], error) {
			return answer(s.Get(ctx, access.From(ctx), in.Dispatch))
		})
}

type operation = func(id, method, path, summary string) api.Op

func (s *Service) registerSteps(srv *api.Server, op operation) {
	step := func(id, summary string, do func(ctx context.Context, a access.Actor, id db.ID) error) {
		api.Register(srv, op(id, http.MethodPost, "/dispatches/{dispatch}/"+id, summary), func(ctx context.Context, in *InDispatch) (*struct{}, error) {
			return nil, do(ctx, access.From(ctx), in.Dispatch)
		})
	}
	type textIn struct {
		InDispatch
		Body struct {
			Text string `json:"text"`
		}
	}
	say := func(id, summary string, do func(ctx context.Context, a access.Actor, id db.ID, text string) error) {
		api.Register(srv, op(id, http.MethodPost, "/dispatches/{dispatch}/"+id, summary), func(ctx context.Context, in *textIn) (*struct{}, error) {
			return nil, do(ctx, access.From(ctx), in.Dispatch, in.Body.Text)
		})
	}
	type claimed struct {
		Outcome Outcome `json:"outcome" enum:"yours,taken" doc:"taken: enough others do it already"`
	}
	api.Register(srv, op("claim", http.MethodPost, "/dispatches/{dispatch}/claim", "我在: take it on. Text is the answer where all are to answer"),
		func(ctx context.Context, in *textIn) (*body[claimed], error) {
			out, err := s.Claim(ctx, access.From(ctx), in.Dispatch, in.Body.Text)
			return answer(claimed{out}, err)
		})
	step("pass", "I cannot now; nobody is told", s.Pass)
	say("progress", "Say how far it is; the seat is kept for another lease", s.Progress)
	say("release", "Give the seat back; others are asked again", s.Release)
	say("done", "Say what came of it", s.Finish)
	step("confirm", "The asker has what was needed", s.Confirm)
	say("cancel", "Call it off", s.Cancel)

	type handIn struct {
		InDispatch
		Body struct {
			Person db.ID `json:"person_id"`
		}
	}
	api.Register(srv, op("hand", http.MethodPost, "/dispatches/{dispatch}/hand", "Hand the seat on to somebody else who was asked"),
		func(ctx context.Context, in *handIn) (*struct{}, error) {
			return nil, s.Hand(ctx, access.From(ctx), in.Dispatch, in.Body.Person)
		})
	type againIn struct {
		InDispatch
		Body struct {
			Person db.ID  `json:"person_id" doc:"whose result is not yet what was needed"`
			Reason string `json:"reason"`
		}
	}
	api.Register(srv, op("again", http.MethodPost, "/dispatches/{dispatch}/again", "Ask again: the seat is free once more"),
		func(ctx context.Context, in *againIn) (*struct{}, error) {
			return nil, s.Again(ctx, access.From(ctx), in.Dispatch, in.Body.Person, in.Body.Reason)
		})
}

func (s *Service) registerAvailability(srv *api.Server) {
	op := func(id, method, path, summary string) api.Op {
		return api.Op{ID: "availability-" + id, Method: method, Path: path, Summary: summary, Tag: "dispatch"}
	}
	api.Register(srv, op("mine", http.MethodGet, "/me/availability", "My status: free, busy, off until"),
		func(ctx context.Context, _ *struct{}) (*body[Availability], error) {
			return answer(s.Mine(ctx, access.From(ctx)))
		})
	api.Register(srv, op("set", http.MethodPut, "/me/availability", "Set my status and quiet hours"),
		func(ctx context.Context, in *body[Availability]) (*struct{}, error) {
			return nil, s.SetMine(ctx, access.From(ctx), in.Body)
		})
	api.Register(srv, op("unit", http.MethodGet, "/units/{unit}/availability", "The people of a unit with their status, for who may ask them"),
		func(ctx context.Context, in *InUnit) (*body[list[Colleague]], error) {
			items, err := s.Colleagues(ctx, access.From(ctx), in.Unit)
			return answer(list[Colleague]{items}, err)
		})
}
