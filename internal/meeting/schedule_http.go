package meeting

import (
	"context"
	"net/http"

	"wozai/internal/access"
	"wozai/internal/api"
	"wozai/internal/db"
	"wozai/internal/org"
	"wozai/internal/profile"
)

type MeetingPath struct {
	Meeting db.ID `path:"meeting"`
}

type idOut struct {
	Body struct {
		ID db.ID `json:"id"`
	}
}

type listOut[T any] struct {
	Body struct {
		Items []T `json:"items"`
	}
}

func items[T any](list []T, err error) (*listOut[T], error) {
	out := &listOut[T]{}
	out.Body.Items = list
	return out, err
}

// Register adds the schedule's operations. origin gives the address that people open.
func (s *Service) Register(srv *api.Server, origin func() string) {
	op := func(id, method, path, summary string) api.Op {
		return api.Op{ID: "meeting-" + id, Method: method, Path: path, Summary: summary, Tag: "meeting"}
	}
	link := func(o api.Op) api.Op { o.Access = api.ByLink; return o }
	s.registerLists(srv, op)
	s.registerPractice(srv)

	type createIn struct {
		Unit db.ID `path:"unit"`
		Body Arrangement
	}
	api.Register(srv, op("create", http.MethodPost, "/units/{unit}/meetings", "Arrange a meeting: a draft with the unit's people on its list"),
		func(ctx context.Context, in *createIn) (*idOut, error) {
			out := &idOut{}
			var err error
			out.Body.ID, err = s.Create(ctx, access.From(ctx), in.Unit, in.Body)
			return out, err
		})
	type detailOut struct{ Body MeetingDetail }
	api.Register(srv, link(op("get", http.MethodGet, "/meetings/{meeting}", "A meeting as I may see it")),
		func(ctx context.Context, in *MeetingPath) (*detailOut, error) {
			d, err := s.Detail(ctx, access.From(ctx), in.Meeting)
			return &detailOut{d}, err
		})
	type updateIn struct {
		MeetingPath
		Body struct {
			Arrangement
			Version int64 `json:"version" doc:"of the meeting as it was read"`
		}
	}
	api.Register(srv, op("update", http.MethodPut, "/meetings/{meeting}", "Change what was arranged"),
		func(ctx context.Context, in *updateIn) (*struct{}, error) {
			return nil, s.Update(ctx, access.From(ctx), in.Meeting, in.Body.Version, in.Body.Arrangement)
		})
	type announceIn struct {
		MeetingPath
		Body struct {
			Version int64 `json:"version"`
		}
	}
	api.Register(srv, op("announce", http.MethodPost, "/meetings/{meeting}/announce", "Tell everybody on the list"),
		func(ctx context.Context, in *announceIn) (*struct{}, error) {
			return nil, s.Announce(ctx, access.From(ctx), in.Meeting, in.Body.Version)
		})
	type moveIn struct {
		MeetingPath
		Body struct {
			Version  int64   `json:"version"`
			StartsAt db.Time `json:"starts_at"`
			EndsAt   db.Time `json:"ends_at"`
			Reason   string  `json:"reason,omitempty"`
		}
	}
	api.Register(srv, op("move", http.MethodPost, "/meetings/{meeting}/move", "Postpone, or move to another time; everybody concerned is told"),
		func(ctx context.Context, in *moveIn) (*struct{}, error) {
			return nil, s.Move(ctx, access.From(ctx), in.Meeting, in.Body.Version, in.Body.StartsAt, in.Body.EndsAt, in.Body.Reason)
		})
	type cancelIn struct {
		MeetingPath
		Body struct {
			Version int64  `json:"version"`
			Reason  string `json:"reason,omitempty"`
		}
	}
	api.Register(srv, op("cancel", http.MethodPost, "/meetings/{meeting}/cancel", "Call it off; everybody concerned is told"),
		func(ctx context.Context, in *cancelIn) (*struct{}, error) {
			return nil, s.Cancel(ctx, access.From(ctx), in.Meeting, in.Body.Version, in.Body.Reason)
		})
	s.registerPeople(srv, op, link, origin)
	s.registerPreparation(srv, op, link, origin)
}

func (s *Service) registerLists(srv *api.Server, op func(id, method, path, summary string) api.Op) {
	type unitIn struct {
		Unit db.ID `path:"unit"`
	}
	api.Register(srv, op("due", http.MethodGet, "/units/{unit}/meetings/due", "What the rules demand of a unit, and how it stands"),
		func(ctx context.Context, in *unitIn) (*listOut[DueLine], error) {
			return items(s.Due(ctx, access.From(ctx), in.Unit))
		})
	api.Register(srv, op("kinds", http.MethodGet, "/units/{unit}/meetings/kinds", "Kinds of meeting that a unit may hold, with their stages and tasks"),
		func(ctx context.Context, in *unitIn) (*listOut[profile.MeetingKind], error) {
			return items(s.KindsOf(ctx, access.From(ctx), in.Unit))
		})
	type listIn struct {
		Unit   db.ID `path:"unit"`
		Before int64 `query:"before" doc:"that start before this instant (milliseconds since 1970); for paging"`
		Limit  int   `query:"limit" minimum:"1" maximum:"100" default:"30"`
	}
	api.Register(srv, op("list", http.MethodGet, "/units/{unit}/meetings", "A unit's meetings, newest first"),
		func(ctx context.Context, in *listIn) (*listOut[MeetingItem], error) {
			return items(s.OfUnit(ctx, access.From(ctx), in.Unit, ListFilter{db.Time(in.Before * 1000), in.Limit}))
		})
	type mineIn struct {
		Past   bool  `query:"past" doc:"those gone by, newest first, instead of those to come"`
		Before int64 `query:"before" doc:"for paging through the past (milliseconds since 1970)"`
		Limit  int   `query:"limit" minimum:"1" maximum:"100" default:"30"`
	}
	api.Register(srv, op("mine", http.MethodGet, "/me/meetings", "Meetings on whose list I am, in all my units"),
		func(ctx context.Context, in *mineIn) (*listOut[MeetingItem], error) {
			return items(s.Mine(ctx, access.From(ctx), in.Past, ListFilter{db.Time(in.Before * 1000), in.Limit}))
		})
}

func (s *Service) registerPeople(srv *api.Server, op func(id, method, path, summary string) api.Op, link func(api.Op) api.Op, origin func() string) {
	type peopleOut struct {
		Body struct {
			Items []Participant `json:"items"`
			Links []LinkState   `json:"links" doc:"for the arrangers: who has a join link, and who has used it"`
		}
	}
	api.Register(srv, link(op("people", http.MethodGet, "/meetings/{meeting}/people", "The meeting's list")),
		func(ctx context.Context, in *MeetingPath) (*peopleOut, error) {
			out := &peopleOut{}
			var err error
			out.Body.Items, out.Body.Links, err = s.Participants(ctx, access.From(ctx), in.Meeting)
			return out, err
		})
	type inviteIn struct {
		MeetingPath
		Body org.Selection
	}
	type inviteOut struct {
		Body struct {
			Added int `json:"added"`
		}
	}
	api.Register(srv, op("invite", http.MethodPost, "/meetings/{meeting}/people", "Invite people beside the unit's own, to attend without a vote"),
		func(ctx context.Context, in *inviteIn) (*inviteOut, error) {
			out := &inviteOut{}
			var err error
			out.Body.Added, err = s.Invite(ctx, access.From(ctx), in.Meeting, in.Body)
			return out, err
		})
	type PersonPath struct {
		MeetingPath
		Person db.ID `path:"person"`
	}
	api.Register(srv, op("uninvite", http.MethodDelete, "/meetings/{meeting}/people/{person}", "Take somebody off the list who was invited besides"),
		func(ctx context.Context, in *PersonPath) (*struct{}, error) {
			return nil, s.Uninvite(ctx, access.From(ctx), in.Meeting, in.Person)
		})
	type answerIn struct {
		MeetingPath
		Body Reply
	}
	api.Register(srv, link(op("answer", http.MethodPut, "/meetings/{meeting}/answer", "Say that I come, or ask to be excused")),
		func(ctx context.Context, in *answerIn) (*struct{}, error) {
			return nil, s.Answer(ctx, access.From(ctx), in.Meeting, in.Body)
		})
	type excuseIn struct {
		PersonPath
		Body struct {
			Grant  bool   `json:"grant"`
			Reason string `json:"reason,omitempty" doc:"when nobody has asked: they called, say"`
			Note   string `json:"note,omitempty"`
		}
	}
	api.Register(srv, op("leave", http.MethodPut, "/meetings/{meeting}/people/{person}/leave", "Grant or refuse leave"),
		func(ctx context.Context, in *excuseIn) (*struct{}, error) {
			return nil, s.DecideLeave(ctx, access.From(ctx), in.Meeting, in.Person, in.Body.Grant, in.Body.Reason, in.Body.Note)
		})
	type linksIn struct {
		MeetingPath
		Body struct {
			PersonIDs []db.ID `json:"person_ids" minItems:"1" maxItems:"500"`
		}
	}
	type linksOut struct {
		Body struct {
			Items []PersonLink `json:"items"`
		}
	}
	api.Register(srv, op("links", http.MethodPost, "/meetings/{meeting}/links", "Make join links; a new one replaces the old"),
		func(ctx context.Context, in *linksIn) (*linksOut, error) {
			out := &linksOut{}
			var err error
			out.Body.Items, err = s.Links(ctx, access.From(ctx), in.Meeting, in.Body.PersonIDs, origin()+"/j")
			return out, err
		})
}

func (s *Service) registerPreparation(srv *api.Server, op func(id, method, path, summary string) api.Op, link func(api.Op) api.Op, origin func() string) {
	type taskAddIn struct {
		MeetingPath
		Body struct {
			Name  string  `json:"name"`
			DueAt db.Time `json:"due_at,omitempty"`
		}
	}
	api.Register(srv, op("task-add", http.MethodPost, "/meetings/{meeting}/tasks", "Add something to prepare"),
		func(ctx context.Context, in *taskAddIn) (*idOut, error) {
			out := &idOut{}
			var err error
			out.Body.ID, err = s.AddTask(ctx, access.From(ctx), in.Meeting, in.Body.Name, in.Body.DueAt)
			return out, err
		})
	type taskIn struct {
		MeetingPath
		Task db.ID `path:"task"`
		Body struct {
			Done bool   `json:"done"`
			Note string `json:"note,omitempty"`
		}
	}
	api.Register(srv, op("task", http.MethodPut, "/meetings/{meeting}/tasks/{task}", "Tick something off, with a note on how it was done"),
		func(ctx context.Context, in *taskIn) (*struct{}, error) {
			return nil, s.TickTask(ctx, access.From(ctx), in.Meeting, in.Task, in.Body.Done, in.Body.Note)
		})
	type guideOut struct {
		Body struct {
			Sections []profile.Section `json:"sections"`
		}
	}
	api.Register(srv, link(op("guide", http.MethodGet, "/meetings/{meeting}/guide", "How to run this meeting")),
		func(ctx context.Context, in *MeetingPath) (*guideOut, error) {
			out := &guideOut{}
			var err error
			out.Body.Sections, err = s.Guide(ctx, access.From(ctx), in.Meeting)
			return out, err
		})
	type calendarOut struct {
		Type        string `header:"Content-Type"`
		Disposition string `header:"Content-Disposition"`
		Body        []byte
	}
	api.Register(srv, link(op("calendar", http.MethodGet, "/meetings/{meeting}/calendar.ics", "The meeting as a calendar file")),
		func(ctx context.Context, in *MeetingPath) (*calendarOut, error) {
			text, err := s.Calendar(ctx, access.From(ctx), in.Meeting, origin()+"/meetings/"+in.Meeting.String())
			return &calendarOut{"text/calendar; charset=utf-8", `attachment; filename="meeting.ics"`, []byte(text)}, err
		})
}
