package meeting

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"wozai/internal/access"
	"wozai/internal/api"
	"wozai/internal/db"
	"wozai/internal/fault"
)

type created struct {
	Body struct {
		ID db.ID `json:"id"`
	}
}

func made(id db.ID, err error) (*created, error) {
	if err != nil {
		return nil, err
	}
	out := &created{}
	out.Body.ID = id
	return out, nil
}

// RecordItems is a list.
type RecordItems[T any] struct {
	Items []T `json:"items"`
}

func listed[T any](v []T, err error) (*body[RecordItems[T]], error) {
	return answer(RecordItems[T]{orEmpty(v)}, err)
}

func done(err error) (*struct{}, error) { return nil, err }

// Register adds the operations of what comes after a meeting.
func (s *Records) Register(srv *api.Server) {
	s.registerRecord(srv)
	s.registerRemarks(srv)
	s.registerActions(srv)
	s.registerSubmissions(srv)
	s.registerOverview(srv)
}

func (s *Records) registerRecord(srv *api.Server) {
	op := func(id, method, path, summary string) api.Op {
		return api.Op{ID: "record-" + id, Method: method, Path: "/meetings/{meeting}/record" + path, Summary: summary, Tag: "record"}
	}
	api.Register(srv, op("get", http.MethodGet, "", "The record: draft or signed"),
		func(ctx context.Context, in *InMeeting) (*body[Record], error) {
			return answer(s.Read(ctx, access.From(ctx), in.Meeting))
		})

	type writeIn struct {
		InMeeting
		Key  string `path:"key" maxLength:"120"`
		Body struct {
			Text    string `json:"text" maxLength:"20000"`
			Version int64  `json:"version" doc:"of the text that was read; 0 when there was none"`
		}
	}
	api.Register(srv, op("write", http.MethodPut, "/texts/{key}", "Write one text; a 412 carries both texts in its params"),
		func(ctx context.Context, in *writeIn) (*body[RecordText], error) {
			return answer(s.WriteText(ctx, access.From(ctx), in.Meeting, in.Key, in.Body.Text, in.Body.Version))
		})

	type keyIn struct {
		InMeeting
		Key string `path:"key" maxLength:"120"`
	}
	api.Register(srv, op("versions", http.MethodGet, "/texts/{key}/versions", "What a text was before, and texts that came too late"),
		func(ctx context.Context, in *keyIn) (*body[RecordItems[TextVersion]], error) {
			return listed(s.Versions(ctx, access.From(ctx), in.Meeting, in.Key))
		})

	api.Register(srv, op("preview", http.MethodGet, "/preview/{document}", "Summary or report as plain text, as it would be made now"),
		func(ctx context.Context, in *previewIn) (*body[RecordPreview], error) {
			return answer(s.Preview(ctx, access.From(ctx), in.Meeting, in.Document))
		})

	type signIn struct {
		InMeeting
		Body struct {
			Version int64  `json:"version" doc:"of the record that was read"`
			Reason  string `json:"reason,omitempty" doc:"required of an officer who signs in the host's place"`
		}
	}
	api.Register(srv, op("sign", http.MethodPost, "/sign", "Sign the record: it is frozen"),
		func(ctx context.Context, in *signIn) (*body[Record], error) {
			a := access.From(ctx)
			if err := s.Sign(ctx, a, in.Meeting, in.Body.Version, in.Body.Reason); err != nil {
				return nil, err
			}
			return answer(s.Read(ctx, a, in.Meeting))
		})

	type correctIn struct {
		InMeeting
		Body struct {
			Section string `json:"section,omitempty" doc:"a text's key; left out: the whole"`
			Text    string `json:"text"`
			Reason  string `json:"reason"`
		}
	}
	api.Register(srv, op("correct", http.MethodPost, "/corrections", "Add a correction to a signed record"),
		func(ctx context.Context, in *correctIn) (*created, error) {
			return made(s.Correct(ctx, access.From(ctx), in.Meeting, in.Body.Section, in.Body.Text, in.Body.Reason))
		})

	type fileIn struct {
		InMeeting
		Kind string `path:"kind" enum:"minutes,attendance,page,report"`
	}
	api.Register(srv, op("file", http.MethodGet, "/files/{kind}", "A document frozen at signing"),
		func(ctx context.Context, in *fileIn) (*huma.StreamResponse, error) {
			f, err := s.File(ctx, access.From(ctx), in.Meeting, in.Kind)
			if err != nil {
				return nil, err
			}
			return s.download(ctx, f)
		})

	api.Register(srv, api.Op{ID: "archive-get", Method: http.MethodGet, Path: "/meetings/{meeting}/archive", Summary: "The archive of a signed meeting, a .zip", Tag: "record"},
		func(ctx context.Context, in *InMeeting) (*huma.StreamResponse, error) {
			z, err := s.Archive(ctx, access.From(ctx), in.Meeting)
			if err != nil {
				return nil, err
			}
			return api.Made(z.Name, "application/zip", z.Write), nil
		})
}

// download streams a stored document.
func (s *Records) download(ctx context.Context, f RecordFile) (*huma.StreamResponse, error) {
	r, err := s.Files.Open(ctx, f.Blob)
	if err != nil {
		return nil, err
	}
	return api.File{Name: f.Name, MediaType: f.MediaType, Bytes: f.Bytes, SHA256: f.SHA256, Content: r}.Download(), nil
}

type previewIn struct {
	InMeeting
	Document string `path:"document" enum:"minutes,report"`
}

// RecordPreview is a document before it is made.
type RecordPreview struct {
	Title string   `json:"title"`
	To    string   `json:"to,omitempty"`
	Body  []string `json:"body"`
	Text  string   `json:"text"`
}

// Preview gives the text of a document as it would be made now; for who writes or signs. Faults:
// not-found, forbidden.
func (s *Records) Preview(ctx context.Context, a access.Actor, meeting db.ID, document string) (out RecordPreview, err error) {
	r, v, err := s.load(ctx, s.DB.Read(), a, meeting)
	if err != nil {
		return out, err
	}
	if !v.write && !v.sign {
		return out, fault.Forbidden()
	}
	view, err := s.view(ctx, s.DB.Read(), a, r, v)
	if err != nil {
		return out, err
	}
	c := newComposer(view.Facts, view.Actions, nil, s.Profile())
	at := r.SignedAt
	if at == 0 {
		at = db.Now()
	}
	d := c.minutes(view.Minutes, at)
	if document == "report" {
		to := ""
		if above, found, err := levelAbove(ctx, s.DB.Read(), r.where()); err != nil {
			return out, err
		} else if found {
			to = above.Name
		}
		d = c.report(view.Report, to, at)
	}
	out = RecordPreview{Title: d.Title, To: d.To, Text: d.Text(), Body: []string{}}
	for _, p := range d.Body {
		out.Body = append(out.Body, p.Text)
	}
	return out, nil
}

func (s *Records) registerRemarks(srv *api.Server) {
	type remarkIn struct {
		InMeeting
		Body struct {
			Kind    string `json:"kind" enum:"noted,proposal"`
			Section string `json:"section,omitempty" doc:"a text's key; left out: the whole"`
			Text    string `json:"text,omitempty"`
		}
	}
	api.Register(srv, api.Op{ID: "record-remark", Method: http.MethodPost, Path: "/meetings/{meeting}/record/remarks", Summary: "Say that I took note, or propose a correction, before the record is signed", Tag: "record"},
		func(ctx context.Context, in *remarkIn) (*created, error) {
			return made(s.Remark(ctx, access.From(ctx), in.Meeting, in.Body.Kind, in.Body.Section, in.Body.Text))
		})
	type settleIn struct {
		InMeeting
		Remark db.ID `path:"remark"`
		Body   struct {
			Taken  bool   `json:"taken"`
			Answer string `json:"answer,omitempty" doc:"required when it is not taken up"`
		}
	}
	api.Register(srv, api.Op{ID: "record-settle", Method: http.MethodPost, Path: "/meetings/{meeting}/record/remarks/{remark}/settle", Summary: "Take up a proposal, or decline it with an answer", Tag: "record"},
		func(ctx context.Context, in *settleIn) (*struct{}, error) {
			return done(s.SettleRemark(ctx, access.From(ctx), in.Meeting, in.Remark, in.Body.Taken, in.Body.Answer))
		})
}

// ActionQuery is how lists of actions are asked for; exported, as huma passes over what is embedded and is not.
type ActionQuery struct {
	Open   bool  `query:"open" doc:"only what is open or waits to be confirmed"`
	Before db.ID `query:"before" doc:"older than this one"`
	Limit  int   `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

func (f ActionQuery) filter() ActionFilter { return ActionFilter(f) }

// InAction names an action.
type InAction struct {
	Action db.ID `path:"action"`
}

func (s *Records) registerActions(srv *api.Server) {
	op := func(id, method, path, summary string) api.Op {
		return api.Op{ID: "action-" + id, Method: method, Path: path, Summary: summary, Tag: "action"}
	}
	type ofUnit struct {
		Unit db.ID `path:"unit"`
		ActionQuery
	}
	api.Register(srv, op("unit", http.MethodGet, "/units/{unit}/actions", "What a unit gave out and was given to do"),
		func(ctx context.Context, in *ofUnit) (*body[RecordItems[Action]], error) {
			return listed(s.UnitActions(ctx, access.From(ctx), in.Unit, in.filter()))
		})
	type ofMeeting struct {
		InMeeting
		ActionQuery
	}
	api.Register(srv, op("list", http.MethodGet, "/meetings/{meeting}/actions", "A meeting's actions"),
		func(ctx context.Context, in *ofMeeting) (*body[RecordItems[Action]], error) {
			return listed(s.MeetingActions(ctx, access.From(ctx), in.Meeting, in.filter()))
		})
	carried := op("carried", http.MethodGet, "/meetings/{meeting}/carried", "What earlier meetings of the unit left to do")
	carried.Access = api.ByLink
	api.Register(srv, carried,
		func(ctx context.Context, in *InMeeting) (*body[RecordItems[OpenAction]], error) {
			return listed(s.Carried(ctx, access.From(ctx), in.Meeting))
		})
	api.Register(srv, op("mine", http.MethodGet, "/me/actions", "What I am to do"),
		func(ctx context.Context, in *ActionQuery) (*body[RecordItems[Action]], error) {
			return listed(s.MyActions(ctx, access.From(ctx), in.filter()))
		})
	type addIn struct {
		InMeeting
		Body NewAction
	}
	api.Register(srv, op("add", http.MethodPost, "/meetings/{meeting}/actions", "Note who does what by when"),
		func(ctx context.Context, in *addIn) (*created, error) {
			return made(s.AddAction(ctx, access.From(ctx), in.Meeting, in.Body))
		})
	type changeIn struct {
		InAction
		Body struct {
			Text    string `json:"text"`
			DueOn   string `json:"due_on,omitempty" doc:"YYYY-MM-DD"`
			Version int64  `json:"version"`
		}
	}
	api.Register(srv, op("change", http.MethodPut, "/actions/{action}", "Change what is to be done, or by when"),
		func(ctx context.Context, in *changeIn) (*struct{}, error) {
			return done(s.ChangeAction(ctx, access.From(ctx), in.Action, in.Body.Text, in.Body.DueOn, in.Body.Version))
		})
	type assignIn struct {
		InAction
		Body struct {
			Assignee
			Version int64 `json:"version" doc:"of the action that was read"`
		}
	}
	api.Register(srv, op("assign", http.MethodPost, "/actions/{action}/assign", "Give it to somebody else to do"),
		func(ctx context.Context, in *assignIn) (*struct{}, error) {
			return done(s.AssignAction(ctx, access.From(ctx), in.Action, in.Body.Assignee, in.Body.Version))
		})
	type doneIn struct {
		InAction
		Body struct {
			Evidence string `json:"evidence" doc:"what was done"`
		}
	}
	api.Register(srv, op("done", http.MethodPost, "/actions/{action}/done", "Say that it is done, and how"),
		func(ctx context.Context, in *doneIn) (*struct{}, error) {
			return done(s.FinishAction(ctx, access.From(ctx), in.Action, in.Body.Evidence))
		})
	api.Register(srv, op("confirm", http.MethodPost, "/actions/{action}/confirm", "Agree that it is done"),
		func(ctx context.Context, in *InAction) (*struct{}, error) {
			return done(s.ConfirmAction(ctx, access.From(ctx), in.Action))
		})
	type reasonIn struct {
		InAction
		Body struct {
			Reason string `json:"reason"`
		}
	}
	api.Register(srv, op("return", http.MethodPost, "/actions/{action}/return", "Give it back: it is not done yet"),
		func(ctx context.Context, in *reasonIn) (*struct{}, error) {
			return done(s.ReturnAction(ctx, access.From(ctx), in.Action, in.Body.Reason))
		})
	api.Register(srv, op("drop", http.MethodPost, "/actions/{action}/drop", "End it undone, with a reason"),
		func(ctx context.Context, in *reasonIn) (*struct{}, error) {
			return done(s.DropAction(ctx, access.From(ctx), in.Action, in.Body.Reason))
		})
}

// InSubmission names a submission.
type InSubmission struct {
	Submission db.ID `path:"submission"`
}

// SubmissionWhole is a submission with its history.
type SubmissionWhole struct {
	Submission
	Versions []SubmissionVersion `json:"versions" doc:"the newest first"`
}

func (s *Records) registerSubmissions(srv *api.Server) {
	op := func(id, method, path, summary string) api.Op {
		return api.Op{ID: "submission-" + id, Method: method, Path: path, Summary: summary, Tag: "submission"}
	}
	type submitIn struct {
		InMeeting
		Kind SubmissionKind `path:"kind" enum:"plan,report"`
		Body struct {
			Note string `json:"note,omitempty"`
		}
	}
	api.Register(srv, op("submit", http.MethodPost, "/meetings/{meeting}/submissions/{kind}", "Hand plan or report to the level above, again after it was sent back"),
		func(ctx context.Context, in *submitIn) (*created, error) {
			return made(s.Submit(ctx, access.From(ctx), in.Meeting, in.Kind, in.Body.Note))
		})
	api.Register(srv, op("list", http.MethodGet, "/meetings/{meeting}/submissions", "What was handed in about a meeting"),
		func(ctx context.Context, in *InMeeting) (*body[RecordItems[Submission]], error) {
			return listed(s.MeetingSubmissions(ctx, access.From(ctx), in.Meeting))
		})
	type arrivedIn struct {
		Unit   db.ID     `path:"unit"`
		State  string    `query:"state" enum:"submitted,accepted,returned"`
		Before time.Time `query:"before" doc:"the at of the last one of the page before"`
		Limit  int       `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}
	api.Register(srv, op("arrived", http.MethodGet, "/units/{unit}/submissions", "What was handed in to a unit; for its overseers"),
		func(ctx context.Context, in *arrivedIn) (*body[RecordItems[Submission]], error) {
			return listed(s.Arrived(ctx, access.From(ctx), in.Unit, in.State, instant(in.Before), in.Limit))
		})
	api.Register(srv, op("get", http.MethodGet, "/submissions/{submission}", "One with all its versions"),
		func(ctx context.Context, in *InSubmission) (*body[SubmissionWhole], error) {
			x, versions, err := s.Submission(ctx, access.From(ctx), in.Submission)
			return answer(SubmissionWhole{x, versions}, err)
		})
	type decideIn struct {
		InSubmission
		Body struct {
			Version int64  `json:"version" doc:"that was read"`
			Reason  string `json:"reason,omitempty" doc:"required when sending back"`
		}
	}
	api.Register(srv, op("accept", http.MethodPost, "/submissions/{submission}/accept", "Accept it"),
		func(ctx context.Context, in *decideIn) (*struct{}, error) {
			return done(s.Decide(ctx, access.From(ctx), in.Submission, true, in.Body.Reason, in.Body.Version))
		})
	api.Register(srv, op("return", http.MethodPost, "/submissions/{submission}/return", "Send it back with a reason"),
		func(ctx context.Context, in *decideIn) (*struct{}, error) {
			return done(s.Decide(ctx, access.From(ctx), in.Submission, false, in.Body.Reason, in.Body.Version))
		})
	type fileIn struct {
		InSubmission
		Version int64 `path:"version" minimum:"1"`
	}
	api.Register(srv, op("file", http.MethodGet, "/submissions/{submission}/versions/{version}/file", "The document of one version"),
		func(ctx context.Context, in *fileIn) (*huma.StreamResponse, error) {
			f, err := s.SubmissionFile(ctx, access.From(ctx), in.Submission, in.Version)
			if err != nil {
				return nil, err
			}
			return s.download(ctx, f)
		})
}

// instant is none for the zero time.
func instant(t time.Time) db.Time {
	if t.IsZero() {
		return 0
	}
	return db.At(t)
}

// DayQuery names a day; exported as ActionQuery.
type DayQuery struct {
	Day string `query:"day" doc:"YYYY-MM-DD in whose periods; today when left out"`
}

func (in DayQuery) day(zone *time.Location) (time.Time, error) {
	if in.Day == "" {
		return time.Now(), nil
	}
	t, err := time.ParseInLocation(time.DateOnly, in.Day, zone)
	if err != nil {
		var c fault.Check
		c.Add("day", "date")
		return t, c.Err()
	}
	return t, nil
}

func (s *Records) registerOverview(srv *api.Server) {
	op := func(id, path, summary string) api.Op {
		return api.Op{ID: "overview-" + id, Method: http.MethodGet, Path: path, Summary: summary, Tag: "overview"}
	}
	type overviewIn struct {
		Unit db.ID `path:"unit"`
		DayQuery
		AfterSort int64 `query:"after_sort"`
		AfterID   db.ID `query:"after_id"`
		Limit     int   `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}
	api.Register(srv, op("get", "/units/{unit}/overview", "Due, planned, held, signed, reported, accepted in a unit and below"),
		func(ctx context.Context, in *overviewIn) (*body[Overview], error) {
			day, err := in.day(s.Zone())
			if err != nil {
				return nil, err
			}
			return answer(s.Overview(ctx, access.From(ctx), in.Unit, OverviewFilter{day, in.AfterSort, in.AfterID, in.Limit}))
		})
	type helpIn struct {
		Unit db.ID `path:"unit"`
		DayQuery
		After string `query:"after" maxLength:"400" doc:"path of the last line of the page before"`
		Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}
	api.Register(srv, op("help", "/units/{unit}/overview/help", "Whom to help, in the tree's order"),
		func(ctx context.Context, in *helpIn) (*body[RecordItems[HelpLine]], error) {
			day, err := in.day(s.Zone())
			if err != nil {
				return nil, err
			}
			return listed(s.Help(ctx, access.From(ctx), in.Unit, day, in.After, in.Limit))
		})
	type leadersIn struct {
		Unit db.ID `path:"unit"`
		DayQuery
	}
	api.Register(srv, op("leaders", "/units/{unit}/overview/leaders", "How a leading body's members took part in their branches' meetings; for its own officers"),
		func(ctx context.Context, in *leadersIn) (*body[RecordItems[LeaderLine]], error) {
			day, err := in.day(s.Zone())
			if err != nil {
				return nil, err
			}
			return listed(s.Leaders(ctx, access.From(ctx), in.Unit, day))
		})
	type mineIn struct {
		Before time.Time `query:"before"`
		Limit  int       `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}
	api.Register(srv, op("mine", "/me/attendance", "The meetings I was to attend or attended, in all my bodies"),
		func(ctx context.Context, in *mineIn) (*body[RecordItems[MyMeeting]], error) {
			return listed(s.MyMeetings(ctx, access.From(ctx), instant(in.Before), in.Limit))
		})
}
