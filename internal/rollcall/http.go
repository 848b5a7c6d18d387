package rollcall

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"wozai/internal/access"
	"wozai/internal/api"
	"wozai/internal/db"
)

type body[T any] struct{ Body T }

func answer[T any](v T, err error) (*body[T], error) {
	if err != nil {
		return nil, err
	}
	return &body[T]{v}, nil
}

// List is an answer of several things.
type List[T any] struct {
	Items []T `json:"items"`
}

func list[T any](v []T, err error) (*body[List[T]], error) { return answer(List[T]{v}, err) }

type made struct {
	ID db.ID `json:"id"`
}

// Parts of requests; exported because huma passes over embedded fields that are not.
type (
	// RollcallPath names the roll call in a path.
	RollcallPath struct {
		Rollcall db.ID `path:"rollcall"`
	}
	// PeriodPath names the period.
	PeriodPath struct {
		Period db.ID `path:"period"`
	}
	// AnswerPath names an answer: of a person, or of a unit that answers for itself.
	AnswerPath struct {
		PeriodPath
		Answerer db.ID `path:"answerer" doc:"a person, or a unit that answers for itself"`
	}
	// PeriodUnitPath names a unit in a period's tree.
	PeriodUnitPath struct {
		PeriodPath
		Unit db.ID `path:"unit"`
	}
	// UnitPath names a unit.
	UnitPath struct {
		Unit db.ID `path:"unit"`
	}
	// PersonPath names a person.
	PersonPath struct {
		Person db.ID `path:"person"`
	}
)

// Register adds the slice's operations.
func (s *Service) Register(srv *api.Server) {
	op := func(id, method, path, summary string) api.Op {
		return api.Op{ID: "rollcall-" + id, Method: method, Path: path, Summary: summary, Tag: "rollcall"}
	}
	s.registerComposing(srv, op)
	s.registerAnswering(srv, op)
	s.registerCounting(srv, op)
}

type opFunc func(id, method, path, summary string) api.Op

func (s *Service) registerComposing(srv *api.Server, op opFunc) {
	api.Register(srv, op("templates", http.MethodGet, "/rollcall-templates", "What a roll call may begin from"),
		func(context.Context, *struct{}) (*body[List[Template]], error) { return list(Templates(), nil) })
	type listIn struct {
		UnitPath
		Before db.ID `query:"before" doc:"older than this one"`
		Limit  int   `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}
	api.Register(srv, op("list", http.MethodGet, "/units/{unit}/rollcalls", "The roll calls that a unit composed, newest first, without their forms"),
		func(ctx context.Context, in *listIn) (*body[List[Rollcall]], error) {
			return list(s.List(ctx, access.From(ctx), in.Unit, in.Before, in.Limit))
		})
	type createIn struct {
		UnitPath
		Body Composition
	}
	api.Register(srv, op("create", http.MethodPost, "/units/{unit}/rollcalls", "Compose a roll call: a draft"),
		func(ctx context.Context, in *createIn) (*body[made], error) {
			id, err := s.Create(ctx, access.From(ctx), in.Unit, in.Body)
			return answer(made{id}, err)
		})
	api.Register(srv, op("get", http.MethodGet, "/rollcalls/{rollcall}", "A roll call with its form and its periods"),
		func(ctx context.Context, in *RollcallPath) (*body[Rollcall], error) {
			return answer(s.Get(ctx, access.From(ctx), in.Rollcall))
		})
	type changeIn struct {
		RollcallPath
		Body struct {
			Composition
			Version int64 `json:"version" doc:"of the roll call as it was read"`
		}
	}
	api.Register(srv, op("change", http.MethodPut, "/rollcalls/{rollcall}", "Change a draft; once it runs, its words and its form alone"),
		func(ctx context.Context, in *changeIn) (*struct{}, error) {
			return nil, s.Update(ctx, access.From(ctx), in.Rollcall, in.Body.Version, in.Body.Composition)
		})
	api.Register(srv, op("preview", http.MethodGet, "/rollcalls/{rollcall}/preview", "Who would be asked now, and how much of their time"),
		func(ctx context.Context, in *RollcallPath) (*body[Preview], error) {
			return answer(s.Preview(ctx, access.From(ctx), in.Rollcall))
		})
	type openIn struct {
		RollcallPath
		Body struct {
			Version int64 `json:"version"`
		}
	}
	api.Register(srv, op("open", http.MethodPost, "/rollcalls/{rollcall}/open", "Open it: the audience is frozen and told; the answer is the first period's id"),
		func(ctx context.Context, in *openIn) (*body[made], error) {
			id, err := s.Open(ctx, access.From(ctx), in.Rollcall, in.Body.Version)
			return answer(made{id}, err)
		})
	api.Register(srv, op("end", http.MethodPost, "/rollcalls/{rollcall}/end", "Let no further period open"),
		func(ctx context.Context, in *RollcallPath) (*struct{}, error) {
			return nil, s.End(ctx, access.From(ctx), in.Rollcall)
		})
	api.Register(srv, op("remind", http.MethodPost, "/rollcall-periods/{period}/remind", "Remind those who have not answered, and nobody else"),
		func(ctx context.Context, in *PeriodPath) (*struct{}, error) {
			return nil, s.Remind(ctx, access.From(ctx), in.Period)
		})
	api.Register(srv, op("lock", http.MethodPost, "/rollcall-periods/{period}/lock", "Lock a period before its time"),
		func(ctx context.Context, in *PeriodPath) (*struct{}, error) {
			return nil, s.Lock(ctx, access.From(ctx), in.Period)
		})
	type exceptIn struct {
		PeriodUnitPath
		Body struct {
			Reason string  `json:"reason"`
			Until  db.Time `json:"until"`
		}
	}
	api.Register(srv, op("except", http.MethodPost, "/rollcall-periods/{period}/units/{unit}/exceptions", "Let one unit answer after the lock, for a reason and until a time"),
		func(ctx context.Context, in *exceptIn) (*body[made], error) {
			id, err := s.Except(ctx, access.From(ctx), in.Period, in.Unit, in.Body.Reason, in.Body.Until)
			return answer(made{id}, err)
		})
	api.Register(srv, op("exceptions", http.MethodGet, "/rollcall-periods/{period}/exceptions", "Which units may answer after the lock, until when and why"),
		func(ctx context.Context, in *PeriodPath) (*body[List[Exception]], error) {
			return list(s.Exceptions(ctx, access.From(ctx), in.Period))
		})
	type exceptEndIn struct {
		PeriodPath
		Exception db.ID `path:"exception"`
	}
	api.Register(srv, op("except-end", http.MethodDelete, "/rollcall-periods/{period}/exceptions/{exception}", "Take an exception back before its time"),
		func(ctx context.Context, in *exceptEndIn) (*struct{}, error) {
			return nil, s.EndException(ctx, access.From(ctx), in.Period, in.Exception)
		})
}

func (s *Service) registerAnswering(srv *api.Server, op opFunc) {
	api.Register(srv, op("mine", http.MethodGet, "/me/rollcalls", "What I may answer now: for myself, those I help, units I answer for"),
		func(ctx context.Context, _ *struct{}) (*body[List[AskedItem]], error) {
			return list(s.Mine(ctx, access.From(ctx)))
		})
	api.Register(srv, op("sheet", http.MethodGet, "/rollcall-periods/{period}/answers/{answerer}/sheet", "The question to be answered, with what was begun and answered"),
		func(ctx context.Context, in *AnswerPath) (*body[Sheet], error) {
			return answer(s.Sheet(ctx, access.From(ctx), in.Period, in.Answerer))
		})
	type sendIn struct {
		AnswerPath
		Body Sending
	}
	api.Register(srv, op("answer", http.MethodPost, "/rollcall-periods/{period}/answers/{answerer}", "Answer, or correct an answer; sent again it is the same answer"),
		func(ctx context.Context, in *sendIn) (*body[Receipt], error) {
			return answer(s.Answer(ctx, access.From(ctx), in.Period, in.Answerer, in.Body))
		})
	api.Register(srv, op("draft", http.MethodPut, "/rollcall-periods/{period}/answers/{answerer}/draft", "Keep what is begun"),
		func(ctx context.Context, in *sendIn) (*struct{}, error) {
			return nil, s.SaveDraft(ctx, access.From(ctx), in.Period, in.Answerer, in.Body)
		})
	api.Register(srv, op("view", http.MethodGet, "/rollcall-periods/{period}/answers/{answerer}", "An answer with its versions and what was decided about it"),
		func(ctx context.Context, in *AnswerPath) (*body[AnswerView], error) {
			return answer(s.View(ctx, access.From(ctx), in.Period, in.Answerer))
		})
	type fileIn struct {
		AnswerPath
		api.Upload
		Field       string `query:"field" required:"true" maxLength:"30" doc:"that it is sent for"`
		FormVersion int64  `query:"form_version" required:"true" doc:"that is filled in"`
		Name        string `query:"name" required:"true" maxLength:"400" doc:"the file's name, for people"`
	}
	add := op("file-add", http.MethodPost, "/rollcall-periods/{period}/answers/{answerer}/files", "Send a file for a field of an answer, which then names it by its id: the body is the file itself (PDF, JPEG, PNG or WebP, at most 20 MB)")
	add.MaxBody = MaxFile
	api.Register(srv, add, func(ctx context.Context, in *fileIn) (*body[AnswerFile], error) {
		return answer(s.AddFile(ctx, access.From(ctx), in.Period, in.Answerer, in.Field, in.FormVersion, in.Name, in.Content()))
	})
	type FilePath struct {
		AnswerPath
		File db.ID `path:"file"`
	}
	api.Register(srv, op("file", http.MethodGet, "/rollcall-periods/{period}/answers/{answerer}/files/{file}", "A file of an answer as it was sent"),
		func(ctx context.Context, in *FilePath) (*huma.StreamResponse, error) {
			f, err := s.File(ctx, access.From(ctx), in.Period, in.Answerer, in.File)
			if err != nil {
				return nil, err
			}
			return f.Download(), nil
		})
	api.Register(srv, op("file-remove", http.MethodDelete, "/rollcall-periods/{period}/answers/{answerer}/files/{file}", "Delete a file that no answer has named"),
		func(ctx context.Context, in *FilePath) (*struct{}, error) {
			return nil, s.RemoveFile(ctx, access.From(ctx), in.Period, in.Answerer, in.File)
		})
	type decideIn struct {
		AnswerPath
		Body struct {
			Pass    bool   `json:"pass" doc:"on to the next level, or accepted at the top; otherwise it is sent back"`
			Reason  string `json:"reason,omitempty" doc:"needed to send it back"`
			Version int64  `json:"version" doc:"of the answer that was read"`
		}
	}
	api.Register(srv, op("decide", http.MethodPost, "/rollcall-periods/{period}/answers/{answerer}/decide", "Pass a unit's return on, accept it at the top, or send it back"),
		func(ctx context.Context, in *decideIn) (*struct{}, error) {
			return nil, s.Decide(ctx, access.From(ctx), in.Period, in.Answerer, in.Body.Pass, in.Body.Reason, in.Body.Version)
		})
	type excuseIn struct {
		AnswerPath
		Body struct {
			Reason string `json:"reason" doc:"empty takes it back"`
		}
	}
	api.Register(srv, op("excuse", http.MethodPut, "/rollcall-periods/{period}/answers/{answerer}/excuse", "Excuse somebody from answering"),
		func(ctx context.Context, in *excuseIn) (*struct{}, error) {
			return nil, s.Excuse(ctx, access.From(ctx), in.Period, in.Answerer, in.Body.Reason)
		})
	api.Register(srv, op("helped", http.MethodGet, "/me/helped", "Whom I answer for"),
		func(ctx context.Context, _ *struct{}) (*body[List[Helped]], error) {
			return list(s.Helped(ctx, access.From(ctx)))
		})
	api.Register(srv, op("helpers", http.MethodGet, "/people/{person}/helpers", "Who answers for somebody"),
		func(ctx context.Context, in *PersonPath) (*body[List[Helper]], error) {
			return list(s.Helpers(ctx, access.From(ctx), in.Person))
		})
	type helperIn struct {
		PersonPath
		Body struct {
			Helper db.ID `json:"helper_id"`
		}
	}
	api.Register(srv, op("helper-add", http.MethodPost, "/people/{person}/helpers", "Name somebody who answers for a person"),
		func(ctx context.Context, in *helperIn) (*body[made], error) {
			id, err := s.AddHelper(ctx, access.From(ctx), in.Person, in.Body.Helper)
			return answer(made{id}, err)
		})
	type endIn struct {
		PersonPath
		Helper db.ID `path:"helper"`
	}
	api.Register(srv, op("helper-end", http.MethodDelete, "/people/{person}/helpers/{helper}", "Let somebody answer for a person no more"),
		func(ctx context.Context, in *endIn) (*struct{}, error) {
			return nil, s.EndHelper(ctx, access.From(ctx), in.Person, in.Helper)
		})
}

func (s *Service) registerCounting(srv *api.Server, op opFunc) {
	api.Register(srv, op("waiting", http.MethodGet, "/units/{unit}/rollcall-returns", "Returns that wait to be checked at a unit, oldest first"),
		func(ctx context.Context, in *UnitPath) (*body[List[Waiting]], error) {
			return list(s.Waiting(ctx, access.From(ctx), in.Unit))
		})
	api.Register(srv, op("asked", http.MethodGet, "/units/{unit}/rollcalls/asked", "What is asked of a unit now, by whom and how long it takes"),
		func(ctx context.Context, in *UnitPath) (*body[List[AskedOf]], error) {
			return list(s.AskedOf(ctx, access.From(ctx), in.Unit))
		})
	api.Register(srv, op("week", http.MethodGet, "/units/{unit}/asked-week", "What is asked of a unit's people this week, roll calls and meetings, by whom and how many minutes"),
		func(ctx context.Context, in *UnitPath) (*body[AskedWeek], error) {
			return answer(s.Week(ctx, access.From(ctx), in.Unit))
		})
	type trendIn struct {
		RollcallPath
		Unit    db.ID `query:"unit" doc:"none: the one that asks"`
		Limit   int   `query:"limit" minimum:"1" maximum:"100" default:"30" doc:"periods"`
		Figures bool  `query:"figures" default:"true" doc:"add up the answers, field by field, too"`
	}
	api.Register(srv, op("trend", http.MethodGet, "/rollcalls/{rollcall}/trend", "How a roll call went over its periods: counts, and a series for each field that can be added up"),
		func(ctx context.Context, in *trendIn) (*body[Trend], error) {
			return answer(s.Trend(ctx, access.From(ctx), in.Rollcall, in.Unit, in.Limit, in.Figures))
		})
	api.Register(srv, op("rollup", http.MethodGet, "/rollcall-periods/{period}", "How a period stands as a whole"),
		func(ctx context.Context, in *PeriodPath) (*body[Rollup], error) {
			return answer(s.Rollup(ctx, access.From(ctx), in.Period, 0))
		})
	api.Register(srv, op("rollup-unit", http.MethodGet, "/rollcall-periods/{period}/units/{unit}", "How a period stands in a unit and below it"),
		func(ctx context.Context, in *PeriodUnitPath) (*body[Rollup], error) {
			return answer(s.Rollup(ctx, access.From(ctx), in.Period, in.Unit))
		})
	type exportIn struct {
		PeriodPath
		Format string `query:"format" enum:"xlsx,csv" default:"xlsx"`
	}
	api.Register(srv, op("export", http.MethodGet, "/rollcall-periods/{period}/export", "The answers and counts of a period as a file, with what its columns mean"),
		func(ctx context.Context, in *exportIn) (*huma.StreamResponse, error) {
			f, err := s.Export(ctx, access.From(ctx), in.Period, in.Format)
			if err != nil {
				return nil, err
			}
			return api.Made(f.Name, f.MediaType, f.Write), nil
		})
	api.Register(srv, op("files", http.MethodGet, "/rollcall-periods/{period}/units/{unit}/files", "How many files the answers of a unit and below name, and how large they are together"),
		func(ctx context.Context, in *PeriodUnitPath) (*body[FileSum], error) {
			return answer(s.FilesBelow(ctx, access.From(ctx), in.Period, in.Unit))
		})
	api.Register(srv, op("files-zip", http.MethodGet, "/rollcall-periods/{period}/units/{unit}/files.zip", "The files of a unit and below as one .zip: a folder a unit, in it a person, in it a question"),
		func(ctx context.Context, in *PeriodUnitPath) (*huma.StreamResponse, error) {
			f, err := s.FilesZip(ctx, access.From(ctx), in.Period, in.Unit)
			if err != nil {
				return nil, err
			}
			return api.Made(f.Name, f.MediaType, f.Write), nil
		})
	type ballotsIn struct {
		PeriodPath
		After db.ID `query:"after" doc:"the last one of the piece before"`
		Limit int   `query:"limit" minimum:"1" maximum:"500" default:"100"`
	}
	api.Register(srv, op("ballots", http.MethodGet, "/rollcall-periods/{period}/ballots", "What was said without a name, in the order of chance, once the period is locked and five at least have answered"),
		func(ctx context.Context, in *ballotsIn) (*body[List[Ballot]], error) {
			return list(s.Ballots(ctx, access.From(ctx), in.Period, in.After, in.Limit))
		})
	type whoIn struct {
		PeriodUnitPath
		List  string `query:"list" enum:"missing,received,on_time,late,nil,na,nil_run,excused,returned,joined,left" default:"missing"`
		After db.ID  `query:"after" doc:"the last answerer of the piece before"`
		Limit int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	}
	api.Register(srv, op("who", http.MethodGet, "/rollcall-periods/{period}/units/{unit}/who", "Who has answered, who has not"),
		func(ctx context.Context, in *whoIn) (*body[List[WhoItem]], error) {
			return list(s.Who(ctx, access.From(ctx), in.Period, in.Unit, in.List, in.After, in.Limit))
		})
	api.Register(srv, op("figures", http.MethodGet, "/rollcall-periods/{period}/units/{unit}/figures", "What the answers of a unit and below add up to, by field"),
		func(ctx context.Context, in *PeriodUnitPath) (*body[List[Figure]], error) {
			return list(s.Figures(ctx, access.From(ctx), in.Period, in.Unit))
		})
}
