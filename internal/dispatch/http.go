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
	s.registerGroups(srv)

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
	duty := func(id, method, path, summary string) api.Op {
		return api.Op{ID: "duty-" + id, Method: method, Path: path, Summary: summary, Tag: "dispatch"}
	}
	api.Register(srv, duty("list", http.MethodGet, "/units/{unit}/duty", "Who is on duty in a unit, now and later, for who may ask there"),
		func(ctx context.Context, in *InUnit) (*body[Roster], error) {
			return answer(s.Roster(ctx, access.From(ctx), in.Unit))
		})
	type setIn struct {
		InUnit
		Body NewDuty
	}
	type made struct {
		ID db.ID `json:"id"`
	}
	api.Register(srv, duty("set", http.MethodPost, "/units/{unit}/duty", "Put somebody of the unit on duty"),
		func(ctx context.Context, in *setIn) (*body[made], error) {
			id, err := s.SetDuty(ctx, access.From(ctx), in.Unit, in.Body)
			return answer(made{id}, err)
		})
	type endIn struct {
		InUnit
		Duty db.ID `path:"duty"`
	}
	api.Register(srv, duty("end", http.MethodDelete, "/units/{unit}/duty/{duty}", "Take somebody off the roster"),
		func(ctx context.Context, in *endIn) (*struct{}, error) {
			return nil, s.EndDuty(ctx, access.From(ctx), in.Unit, in.Duty)
		})
	type personIn struct {
		Person db.ID `path:"person"`
	}
	api.Register(srv, op("person", http.MethodGet, "/people/{person}/availability", "Somebody's status, for who may ask them"),
		func(ctx context.Context, in *personIn) (*body[Colleague], error) {
			return answer(s.Colleague(ctx, access.From(ctx), in.Person))
		})
	api.Register(srv, op("unit", http.MethodGet, "/units/{unit}/availability", "The people of a unit with their status, for who may ask them"),
		func(ctx context.Context, in *InUnit) (*body[list[Colleague]], error) {
			items, err := s.Colleagues(ctx, access.From(ctx), in.Unit)
			return answer(list[Colleague]{items}, err)
		})
}

func (s *Service) registerGroups(srv *api.Server) {
	op := func(id, method, path, summary string) api.Op {
		return api.Op{ID: "ask-group-" + id, Method: method, Path: path, Summary: summary, Tag: "dispatch"}
	}
	api.Register(srv, op("list", http.MethodGet, "/me/ask-groups", "Whom I ask again and again"),
		func(ctx context.Context, _ *struct{}) (*body[list[Group]], error) {
			items, err := s.Groups(ctx, access.From(ctx))
			return answer(list[Group]{items}, err)
		})
	type made struct {
		ID db.ID `json:"id"`
	}
	api.Register(srv, op("keep", http.MethodPost, "/me/ask-groups", "Keep whom I ask under a name"),
		func(ctx context.Context, in *body[NewGroup]) (*body[made], error) {
			id, err := s.KeepGroup(ctx, access.From(ctx), in.Body)
			return answer(made{id}, err)
		})
	type dropIn struct {
		Group db.ID `path:"group"`
	}
	api.Register(srv, op("drop", http.MethodDelete, "/me/ask-groups/{group}", "Forget a group of mine"),
		func(ctx context.Context, in *dropIn) (*struct{}, error) {
			return nil, s.DropGroup(ctx, access.From(ctx), in.Group)
		})
}
