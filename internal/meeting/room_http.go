package meeting

import (
	"context"
	"net/http"
	"time"

	"wozai/internal/access"
	"wozai/internal/api"
	"wozai/internal/db"
)

// InMeeting names the meeting. Exported, as huma passes over what is embedded and is not.
type InMeeting struct {
	Meeting db.ID `path:"meeting"`
}

type atVersion struct {
	Body struct {
		Version int64 `json:"version" doc:"of the room after it"`
	}
}

func versioned(v int64, err error) (*atVersion, error) {
	if err != nil {
		return nil, err
	}
	out := &atVersion{}
	out.Body.Version = v
	return out, nil
}

type body[T any] struct{ Body T }

func answer[T any](v T, err error) (*body[T], error) {
	if err != nil {
		return nil, err
	}
	return &body[T]{v}, nil
}

// RoomChatList is a part of the chat.
type RoomChatList struct {
	Items []ChatMessage `json:"items" doc:"oldest first"`
}

// RoomMotionList is a meeting's motions.
type RoomMotionList struct {
	Items []MotionView `json:"items"`
}

// RoomStatementList is what was handed in.
type RoomStatementList struct {
	Items []Statement `json:"items"`
}

// RoomMade names what was made.
type RoomMade struct {
	ID db.ID `json:"id"`
}

// Register adds the room's operations. All may be called by who came in by a join link, for their
// one meeting; what each needs besides is said at the method it calls.
func (s *Rooms) Register(srv *api.Server) {
	op := func(id, method, path, summary string) api.Op {
		return api.Op{ID: "room-" + id, Method: method, Path: "/meetings/{meeting}/room" + path, Summary: summary, Tag: "room", Access: api.ByLink}
	}
	api.Register(srv, op("view", http.MethodGet, "", "The room as it is now, and where I stand"),
		func(ctx context.Context, in *InMeeting) (*body[RoomView], error) {
			return answer(s.View(ctx, access.From(ctx), in.Meeting))
		})
	api.Register(srv, op("host", http.MethodGet, "/host", "What hosts see besides: lobby, speaking times, who is missing"),
		func(ctx context.Context, in *InMeeting) (*body[HostView], error) {
			return answer(s.HostView(ctx, access.From(ctx), in.Meeting))
		})

	type enterIn struct {
		InMeeting
		Body Enter
	}
	api.Register(srv, op("enter", http.MethodPost, "/enter", "Come in, or come back"),
		func(ctx context.Context, in *enterIn) (*body[Entered], error) {
			return answer(s.Enter(ctx, access.From(ctx), in.Meeting, in.Body))
		})
	type leaveIn struct {
		InMeeting
		Body struct {
			Seat db.ID `json:"seat"`
		}
	}
	api.Register(srv, op("leave", http.MethodPost, "/leave", "Go out, with who sits at the same screen"),
		func(ctx context.Context, in *leaveIn) (*struct{}, error) {
			return nil, s.Leave(ctx, access.From(ctx), in.Meeting, in.Body.Seat)
		})
	type beatIn struct {
		InMeeting
		Body Beat
	}
	api.Register(srv, op("beat", http.MethodPost, "/beat", "I am still here: every five seconds"),
		func(ctx context.Context, in *beatIn) (*body[BeatAnswer], error) {
			return answer(s.Beat(ctx, access.From(ctx), in.Meeting, in.Body))
		})

	type commandIn struct {
		InMeeting
		Body RoomCommand
	}
	api.Register(srv, op("command", http.MethodPost, "/commands", "Ask something of the floor: hands, turns, stages, lobby, hosts"),
		func(ctx context.Context, in *commandIn) (*atVersion, error) {
			return versioned(s.Command(ctx, access.From(ctx), in.Meeting, in.Body))
		})
	api.Register(srv, op("open", http.MethodPost, "/open", "Open the meeting"),
		func(ctx context.Context, in *InMeeting) (*atVersion, error) {
			return versioned(s.Open(ctx, access.From(ctx), in.Meeting))
		})
	type OnPerson struct {
		InMeeting
		Person db.ID `path:"person"`
	}
	api.Register(srv, op("link-reopen", http.MethodPost, "/links/{person}/reopen", "Let one more device in by a person's join link"),
		func(ctx context.Context, in *OnPerson) (*struct{}, error) {
			return nil, s.ReopenLink(ctx, access.From(ctx), in.Meeting, in.Person)
		})
	type exemptIn struct {
		OnPerson
		Body struct {
			Reason string `json:"reason" maxLength:"64" doc:"a key of the profile's reasons; empty: is due again"`
			Note   string `json:"note,omitempty" maxLength:"200"`
		}
	}
	api.Register(srv, op("exempt", http.MethodPut, "/people/{person}/exemption", "Say why a person is not due, or that they are"),
		func(ctx context.Context, in *exemptIn) (*atVersion, error) {
			return versioned(s.Exempt(ctx, access.From(ctx), in.Meeting, in.Person, in.Body.Reason, in.Body.Note))
		})
	s.registerTalk(srv, op)
	s.registerVotes(srv, op)
	s.registerStatements(srv, op)
	s.registerFaces(srv, op)
}

type opMaker func(id, method, path, summary string) api.Op

// registerTalk adds chat and what the presenter shows.
func (s *Rooms) registerTalk(srv *api.Server, op opMaker) {
	type listIn struct {
		InMeeting
		Before db.ID `query:"before" doc:"older than this message"`
		Limit  int   `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}
	api.Register(srv, op("chat-list", http.MethodGet, "/chat", "Older messages"),
		func(ctx context.Context, in *listIn) (*body[RoomChatList], error) {
			items, err := s.Chat(ctx, access.From(ctx), in.Meeting, in.Before, in.Limit)
			return answer(RoomChatList{items}, err)
		})
	type sayIn struct {
		InMeeting
		Body struct {
			ID   string `json:"id" minLength:"8" maxLength:"64" doc:"made by the browser; the same one twice is one message"`
			Text string `json:"text" maxLength:"1000"`
		}
	}
	api.Register(srv, op("chat-say", http.MethodPost, "/chat", "Write a message"),
		func(ctx context.Context, in *sayIn) (*atVersion, error) {
			return versioned(s.Say(ctx, access.From(ctx), in.Meeting, in.Body.ID, in.Body.Text))
		})
	type hideIn struct {
		InMeeting
		Message db.ID `path:"message"`
		Body    struct {
			Reason string `json:"reason" maxLength:"200"`
		}
	}
	api.Register(srv, op("chat-hide", http.MethodPost, "/chat/{message}/hide", "Hide a message from everybody"),
		func(ctx context.Context, in *hideIn) (*atVersion, error) {
			return versioned(s.HideChat(ctx, access.From(ctx), in.Meeting, in.Message, in.Body.Reason))
		})
	type onIn struct {
		InMeeting
		Body struct {
			On bool `json:"on"`
		}
	}
	api.Register(srv, op("chat-switch", http.MethodPut, "/chat", "Turn the chat on or off"),
		func(ctx context.Context, in *onIn) (*atVersion, error) {
			return versioned(s.SwitchChat(ctx, access.From(ctx), in.Meeting, in.Body.On))
		})
	type showIn struct {
		InMeeting
		Body struct {
			Paper db.ID `json:"paper" doc:"empty: none"`
			Page  int   `json:"page,omitempty"`
		}
	}
	api.Register(srv, op("show", http.MethodPut, "/paper", "Turn everybody's paper to a page"),
		func(ctx context.Context, in *showIn) (*atVersion, error) {
			return versioned(s.Show(ctx, access.From(ctx), in.Meeting, in.Body.Paper, in.Body.Page))
		})
	api.Register(srv, op("screen", http.MethodPut, "/screen", "My screen is shared, or no longer"),
		func(ctx context.Context, in *onIn) (*atVersion, error) {
			return versioned(s.ShareScreen(ctx, access.From(ctx), in.Meeting, in.Body.On))
		})
}

func (s *Rooms) registerVotes(srv *api.Server, op opMaker) {
	api.Register(srv, op("motion-list", http.MethodGet, "/motions", "The meeting's motions and votes"),
		func(ctx context.Context, in *InMeeting) (*body[RoomMotionList], error) {
			items, err := s.Motions(ctx, access.From(ctx), in.Meeting)
			return answer(RoomMotionList{items}, err)
		})
	type moveIn struct {
		InMeeting
		Key  string `header:"Idempotency-Key" maxLength:"64"`
		Body MotionText
	}
	api.Register(srv, op("motion-create", http.MethodPost, "/motions", "Put a motion on the table"),
		func(ctx context.Context, in *moveIn) (*body[RoomMade], error) {
			id, err := s.Move(ctx, access.From(ctx), in.Meeting, in.Key, in.Body)
			return answer(RoomMade{id}, err)
		})
	type OnMotion struct {
		InMeeting
		Motion db.ID `path:"motion"`
	}
	for _, x := range []struct {
		id, summary string
		do          func(context.Context, access.Actor, db.ID, db.ID) (int64, error)
	}{
		{"open", "Put a motion to the vote", s.OpenVote},
		{"close", "End the vote and count", s.CloseVote},
		{"withdraw", "Take a motion back", s.WithdrawMotion},
	} {
		api.Register(srv, op("motion-"+x.id, http.MethodPost, "/motions/{motion}/"+x.id, x.summary),
			func(ctx context.Context, in *OnMotion) (*atVersion, error) {
				return versioned(x.do(ctx, access.From(ctx), in.Meeting, in.Motion))
			})
	}
	type voteIn struct {
		OnMotion
		Body CastBallot
	}
	api.Register(srv, op("vote", http.MethodPut, "/motions/{motion}/vote", "Vote, or change one's vote"),
		func(ctx context.Context, in *voteIn) (*atVersion, error) {
			return versioned(s.Vote(ctx, access.From(ctx), in.Meeting, in.Motion, in.Body))
		})
}

// registerFaces adds the wall of faces.
func (s *Rooms) registerFaces(srv *api.Server, op opMaker) {
	type OwnSeat struct {
		InMeeting
		Seat db.ID `query:"seat" doc:"the asker's own"`
	}
	type showIn struct {
		OwnSeat
		RawBody []byte `contentType:"image/jpeg"`
	}
	show := op("face-show", http.MethodPut, "/face", "Show my face on the wall: a JPEG of 160 by 120, at most 5,600 bytes, seen for 15 seconds")
	show.MaxBody = 64 << 10
	api.Register(srv, show, func(ctx context.Context, in *showIn) (*struct{}, error) {
		return nil, s.ShowFace(ctx, access.From(ctx), in.Meeting, in.Seat, in.RawBody)
	})
	api.Register(srv, op("face-hide", http.MethodDelete, "/face", "Take my face off the wall"),
		func(ctx context.Context, in *OwnSeat) (*struct{}, error) {
			return nil, s.HideFace(ctx, access.From(ctx), in.Meeting, in.Seat)
		})
	type pageIn struct {
		OwnSeat
		Page  int    `query:"page" minimum:"1" maximum:"1000" default:"1"`
		Size  int    `query:"size" default:"49" doc:"places on a page: 12 or 49"`
		Known string `header:"If-None-Match"`
	}
	type pageOut struct {
		Status int
		Type   string `header:"Content-Type"`
		Cache  string `header:"Cache-Control"`
		Tag    string `header:"ETag"`
		Seats  string `header:"Wozai-Faces" doc:"the seats shown, row by row, at most seven in a row"`
		Body   []byte
	}
	api.Register(srv, op("faces", http.MethodGet, "/faces", "A page of the wall as one JPEG; 204: nobody shows a face on it"),
		func(ctx context.Context, in *pageIn) (*pageOut, error) {
			page, err := s.Faces(ctx, access.From(ctx), in.Meeting, in.Seat, in.Page, in.Size)
			switch {
			case err != nil:
				return nil, err
			case page == nil:
				return &pageOut{Status: http.StatusNoContent, Cache: "no-store"}, nil
			case page.Tag == in.Known:
				return &pageOut{Status: http.StatusNotModified, Cache: "no-store", Tag: page.Tag}, nil
			}
			return &pageOut{Status: http.StatusOK, Type: "image/jpeg", Cache: "no-store", Tag: page.Tag, Seats: page.names(), Body: page.JPEG}, nil
		})
}

func (s *Rooms) registerStatements(srv *api.Server, op opMaker) {
	api.Register(srv, op("statement-list", http.MethodGet, "/statements", "Statements: all for hosts, else mine and those heard"),
		func(ctx context.Context, in *InMeeting) (*body[RoomStatementList], error) {
			items, err := s.Statements(ctx, access.From(ctx), in.Meeting)
			return answer(RoomStatementList{items}, err)
		})
	type textIn struct {
		InMeeting
		Key  string `header:"Idempotency-Key" maxLength:"64"`
		Body HandIn
	}
	api.Register(srv, op("statement-write", http.MethodPost, "/statements", "Hand in a written statement"),
		func(ctx context.Context, in *textIn) (*body[RoomMade], error) {
			id, err := s.State(ctx, access.From(ctx), in.Meeting, in.Key, in.Body)
			return answer(RoomMade{id}, err)
		})
	type audioIn struct {
		InMeeting
		Key    string `header:"Idempotency-Key" maxLength:"64"`
		Person db.ID  `query:"person" doc:"whose words, when a host hands it in for them"`
		Stage  string `query:"stage" maxLength:"64"`
		api.Upload
	}
	record := op("statement-record", http.MethodPost, "/statements/audio", "Hand in a recorded statement: the sound itself, at most 20 MB")
	record.MaxBody = MaxAudio
	api.Register(srv, record,
		func(ctx context.Context, in *audioIn) (*body[RoomMade], error) {
			id, err := s.StateAudio(ctx, access.From(ctx), in.Meeting, in.Key, HandIn{Person: in.Person, Stage: in.Stage}, in.Content())
			return answer(RoomMade{id}, err)
		})
	type wordIn struct {
		InMeeting
		Statement db.ID `path:"statement"`
		Body      struct {
			Text string `json:"text" maxLength:"8000"`
		}
	}
	api.Register(srv, op("statement-word", http.MethodPut, "/statements/{statement}/words", "Write down what a recorded statement says, once"),
		func(ctx context.Context, in *wordIn) (*struct{}, error) {
			return nil, s.Word(ctx, access.From(ctx), in.Meeting, in.Statement, in.Body.Text)
		})
	// Sound is streamed and seeked in, which huma does not do.
	srv.Mux.HandleFunc("GET "+api.Prefix+"/meetings/{meeting}/room/statements/{statement}/audio", func(w http.ResponseWriter, r *http.Request) {
		actor, err := srv.Actor(r, api.ByLink)
		if err != nil {
			srv.Fail(w, r, err)
			return
		}
		meeting, _ := db.ParseID(r.PathValue("meeting"))
		id, _ := db.ParseID(r.PathValue("statement"))
		st, sound, err := s.Audio(r.Context(), actor, meeting, id, r.URL.Query().Has("plain"))
		if err != nil {
			srv.Fail(w, r, err)
			return
		}
		defer sound.Close() //nolint:errcheck // read to its end or given up
		w.Header().Set("Content-Type", st.MediaType)
		w.Header().Set("ETag", `"`+st.ID.String()+`"`) // a part is asked for of the same whole
		w.Header().Set("Cache-Control", "private, no-store")
		w.Header().Set("Content-Disposition", "attachment")
		http.ServeContent(w, r, "", time.Time{}, sound)
	})
}
