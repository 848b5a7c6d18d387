package account

import (
	"context"
	"net"
	"net/http"
	"strings"

	"wozai/internal/access"
	"wozai/internal/api"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
	"wozai/internal/profile"
	"wozai/internal/words"
)

// Me is who is signed in, and what the page needs to know about them.
type Me struct {
	Kind         string       `json:"kind" enum:"person,link"`
	Person       PersonName   `json:"person"`
	Login        string       `json:"login"`
	MustChange   bool         `json:"must_change" doc:"the password was given by somebody else and is to be changed first"`
	Lang         string       `json:"lang"`
	TypeSize     string       `json:"type_size"`
	MeetingID    db.ID        `json:"meeting_id,omitzero" doc:"the one meeting of a join link"`
	Units        []MyUnit     `json:"units"`
	Abilities    []string     `json:"abilities"`
	Profile      ProfileName  `json:"profile"`
	Organisation Organisation `json:"organisation"`
}

// PersonName names somebody.
type PersonName struct {
	ID   db.ID  `json:"id"`
	Name string `json:"name"`
}

// ProfileName names the installation's profile.
type ProfileName struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Organisation is whose installation it is.
type Organisation struct {
	Name string `json:"name"`
	Demo bool   `json:"demo,omitempty" doc:"the invented one: pages offer a guided walk"`
}

// MyUnit is a unit the person belongs to.
type MyUnit struct {
	ID       db.ID    `json:"id"`
	Name     string   `json:"name"`
	Kind     string   `json:"kind"`
	Tree     string   `json:"tree"`
	Path     string   `json:"path"`
	Position string   `json:"position" doc:"the profile's key"`
	Standing string   `json:"standing"`
	Roles    []string `json:"roles"`
}

// Installation tells the slice what the first run chose; app implements it.
type Installation interface {
	Profile() *profile.Profile
	OrganisationName() string
	Demo() bool // the invented organisation of the demonstration
	// Setup makes the first administrator; fault conflict "already_set_up" later. Somebody at the
	// machine itself (local) needs no set-up code.
	Setup(ctx context.Context, in SetupInput, local bool) error
}

// Invitation is what a join link leads to, as far as its holder may know before coming in.
type Invitation struct {
	Title    string  `json:"title"`
	Kind     string  `json:"kind"`
	Unit     string  `json:"unit"`
	StartsAt db.Time `json:"starts_at"`
	EndsAt   db.Time `json:"ends_at"`
	OpensAt  db.Time `json:"opens_at" doc:"from when one may go in and wait"`
	Inviter  string  `json:"inviter"`
	Person   string  `json:"person" doc:"whom the link was made for"`
	State    string  `json:"state" enum:"early,open,ended,cancelled"`
}

// Meetings tells what a link leads to; the meeting slice implements it.
type Meetings interface {
	Invitation(ctx context.Context, meeting, person db.ID, lang string) (Invitation, error)
}

// SetupInput is the first run's form.
type SetupInput struct {
	Organisation string `json:"organisation"`
	Profile      string `json:"profile" enum:"party,association"`
	Lang         string `json:"lang" enum:"zh-CN,en"`
	Timezone     string `json:"timezone,omitempty" maxLength:"64" doc:"a name of the IANA database; the machine's when left out"`
	Name         string `json:"name" doc:"the administrator's name"`
	Login        string `json:"login"`
	Password     string `json:"password"`
	Code         string `json:"code,omitempty" doc:"the set-up code printed at the start; needed when the browser is not on the same machine"`
}

// CheckSetup validates the form's account part.
func CheckSetup(c *fault.Check, in *SetupInput) {
	in.Login = checkLogin(c, "login", in.Login)
	checkPassword(c, "password", in.Password, in.Login)
}

// WithCookie is an answer that sets or takes away the session cookie. It is exported because huma
// looks into exported embedded fields only.
type WithCookie struct {
	SetCookie string `header:"Set-Cookie"`
}

// Handlers serves the slice's operations.
type Handlers struct {
	*Service
	Org     *org.Service
	Install Installation
	Meeting Meetings
	Secure  bool // cookies are bound to HTTPS
}

// Register adds the operations.
func (h *Handlers) Register(srv *api.Server) {
	h.registerSession(srv)
	h.registerMe(srv)

	type setupIn struct {
		FromRequest
		Body SetupInput
	}
	api.Register(srv, api.Op{ID: "setup", Method: http.MethodPost, Path: "/setup", Summary: "First run: create the administrator", Tag: "account", Access: api.Anyone},
		func(ctx context.Context, in *setupIn) (*struct{}, error) {
			return nil, h.Install.Setup(ctx, in.Body, in.local)
		})

	type issueIn struct {
		Person db.ID `path:"person"`
		Body   struct {
			Login string `json:"login,omitempty" doc:"for a new sign-in; leave out for a new password"`
		}
	}
	type issueOut struct {
		Body struct {
			Login    string `json:"login"`
			Password string `json:"password" doc:"shown once; to be changed at the first sign-in"`
		}
	}
	api.Register(srv, api.Op{ID: "account-issue", Method: http.MethodPost, Path: "/people/{person}/account", Summary: "Give a person a sign-in or a new one-time password", Tag: "account"},
		func(ctx context.Context, in *issueIn) (*issueOut, error) {
			if err := h.Org.RequirePerson(ctx, access.From(ctx), access.AccountManage, in.Person); err != nil {
				return nil, err
			}
			a, pw, err := h.Issue(ctx, access.From(ctx), in.Person, in.Body.Login)
			if err != nil {
				return nil, err
			}
			out := &issueOut{}
			out.Body.Login, out.Body.Password = a.Login, pw
			return out, nil
		})
}

// FromRequest is who sent a request: huma hands headers in, the address comes from the connection.
type FromRequest struct {
	Agent   string `header:"User-Agent"`
	Chosen  string `cookie:"wozai_lang" hidden:"true"`
	Accepts string `header:"Accept-Language" hidden:"true"`
	addr    string
	local   bool // asked on the very machine, not through a proxy on it
}

// Resolve takes the client's address; a port would make every connection another one.
func (f *FromRequest) Resolve(ctx api.Context) []error {
	host, _, err := net.SplitHostPort(ctx.RemoteAddr())
	if err != nil {
		host = ctx.RemoteAddr()
	}
	f.addr = host
	f.local = Local(ctx.RemoteAddr(), ctx.Host(), ctx.Header)
	return nil
}

// Local reports whether a request was made on the very machine, by its own name: not through a proxy
// on it, nor by a page of another site whose name was made to lead here.
func Local(remoteAddr, host string, header func(string) string) bool {
	for _, forwarded := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via"} {
		if header(forwarded) != "" {
			return false
		}
	}
	return loopback(remoteAddr) && loopback(host)
}

// loopback reports whether an address, with a port or without, is this machine's own.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.Trim(address, "[]")
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (h *Handlers) registerSession(srv *api.Server) {
	type signInIn struct {
		FromRequest
		Body struct {
			Login    string `json:"login" maxLength:"200"`
			Password string `json:"password" maxLength:"200"`
		}
	}
	type signInOut struct {
		WithCookie
		Body struct {
			MustChange bool `json:"must_change"`
		}
	}
	api.Register(srv, api.Op{ID: "session-open", Method: http.MethodPost, Path: "/session", Summary: "Sign in", Tag: "account", Access: api.Anyone},
		func(ctx context.Context, in *signInIn) (*signInOut, error) {
			token, a, err := h.SignIn(ctx, in.Body.Login, in.Body.Password, in.addr, in.Agent)
			if err != nil {
				return nil, err
			}
			out := &signInOut{WithCookie: WithCookie{Cookie(token, h.Secure, sessionLife).String()}}
			out.Body.MustChange = a.MustChange
			return out, nil
		})

	type outOut struct {
		WithCookie
		Clear string `header:"Clear-Site-Data"`
	}
	api.Register(srv, api.Op{ID: "session-close", Method: http.MethodDelete, Path: "/session", Summary: "Sign out", Tag: "account", Access: api.ByLink, BeforePassword: true, Status: http.StatusNoContent},
		func(ctx context.Context, _ *struct{}) (*outOut, error) {
			a := access.From(ctx)
			if err := h.EndSession(ctx, a, a.SessionID); err != nil {
				return nil, err
			}
			// The next at this browser is not to find pages of papers that it kept.
			return &outOut{WithCookie{Cookie("", h.Secure, 0).String()}, `"cache"`}, nil
		})

	type lookIn struct {
		FromRequest
		Body struct {
			Token string `json:"token" maxLength:"64"`
		}
	}
	type lookOut struct{ Body Invitation }
	api.Register(srv, api.Op{ID: "link-look", Method: http.MethodPost, Path: "/session/link/look", Summary: "See what a join link leads to, without using it", Tag: "account", Access: api.Anyone},
		func(ctx context.Context, in *lookIn) (*lookOut, error) {
			l, err := guessed(h, in.addr, func() (Link, error) { return h.FindLink(ctx, in.Body.Token) })
			ended := fault.Code(err) == "link_ended"
			if err != nil && !ended {
				return nil, err
			}
			inv, e := h.Meeting.Invitation(ctx, l.MeetingID, l.PersonID, words.Pick(in.Chosen, in.Accepts))
			if ended && (e != nil || inv.State != "cancelled") {
				return nil, err
			}
			return &lookOut{inv}, e // also that it was called off: its holder would wait
		})

	type linkIn struct {
		FromRequest
		Body struct {
			Token string `json:"token" maxLength:"64"`
		}
	}
	type linkOut struct {
		WithCookie
		Body struct {
			MeetingID db.ID `json:"meeting_id"`
		}
	}
	api.Register(srv, api.Op{ID: "link-exchange", Method: http.MethodPost, Path: "/session/link", Summary: "Come in by a join link", Tag: "account", Access: api.Anyone},
		func(ctx context.Context, in *linkIn) (*linkOut, error) {
			var token string
			l, err := guessed(h, in.addr, func() (l Link, err error) {
				token, l, err = h.Exchange(ctx, access.From(ctx), in.Body.Token, in.Agent)
				return l, err
			})
			if err != nil {
				return nil, err
			}
			out := &linkOut{}
			if token != "" {
				// The session ends with the link; the cookie may outlive it, for meetings are put off.
				out.SetCookie = Cookie(token, h.Secure, l.ExpiresAt.Sub(db.Now())+sessionLife).String()
			}
			out.Body.MeetingID = l.MeetingID
			return out, nil
		})
}

// guessed slows down an address that tries tokens nobody issued.
func guessed(h *Handlers, addr string, f func() (Link, error)) (Link, error) {
	back, err := h.limits.take("addr " + addr)
	if err != nil {
		return Link{}, err
	}
	l, err := f()
	if fault.Is(err, fault.KindNotFound) {
		return l, fault.New(fault.KindNotFound, "link_unknown")
	}
	back()
	return l, err
}

func (h *Handlers) registerMe(srv *api.Server) {
	type meOut struct{ Body Me }
	api.Register(srv, api.Op{ID: "me", Method: http.MethodGet, Path: "/me", Summary: "Who is signed in", Tag: "account", Access: api.ByLink, BeforePassword: true},
		func(ctx context.Context, _ *struct{}) (*meOut, error) {
			me, err := h.Me(ctx, access.From(ctx))
			return &meOut{me}, err
		})

	type prefIn struct{ Body Preferences }
	api.Register(srv, api.Op{ID: "me-preferences", Method: http.MethodPatch, Path: "/me", Summary: "Set my language and type size", Tag: "account"},
		func(ctx context.Context, in *prefIn) (*struct{}, error) {
			return nil, h.SetPreferences(ctx, access.From(ctx), in.Body)
		})

	type pwIn struct {
		Body struct {
			Old string `json:"old" maxLength:"200"`
			New string `json:"new" maxLength:"200"`
		}
	}
	api.Register(srv, api.Op{ID: "me-password", Method: http.MethodPut, Path: "/me/password", Summary: "Change my password; my other sessions end", Tag: "account", BeforePassword: true},
		func(ctx context.Context, in *pwIn) (*struct{}, error) {
			return nil, h.ChangePassword(ctx, access.From(ctx), in.Body.Old, in.Body.New)
		})

	type sessionsOut struct {
		Body struct {
			Items []Session `json:"items"`
		}
	}
	api.Register(srv, api.Op{ID: "me-sessions", Method: http.MethodGet, Path: "/me/sessions", Summary: "Where I am signed in", Tag: "account"},
		func(ctx context.Context, _ *struct{}) (*sessionsOut, error) {
			out := &sessionsOut{}
			var err error
			out.Body.Items, err = h.Sessions(ctx, access.From(ctx))
			return out, err
		})

	type endIn struct {
		Session db.ID `path:"session"`
	}
	api.Register(srv, api.Op{ID: "me-session-end", Method: http.MethodDelete, Path: "/me/sessions/{session}", Summary: "Sign out one of my browsers", Tag: "account"},
		func(ctx context.Context, in *endIn) (*struct{}, error) {
			return nil, h.EndSession(ctx, access.From(ctx), in.Session)
		})
}

// abilities are the things that put entries into the menu; buttons on a thing ask the thing.
var abilities = []access.Permission{access.OrgManage, access.MeetingArrange, access.MeetingOversee, access.WhereaboutsRead}

// Me tells the actor about themselves.
func (h *Handlers) Me(ctx context.Context, a access.Actor) (me Me, err error) {
	me = Me{Kind: string(a.Kind), Lang: a.Lang, TypeSize: TypeSizes[0], MeetingID: a.MeetingID, Units: []MyUnit{}, Abilities: []string{}}
	p := h.Install.Profile()
	me.Profile = ProfileName{p.ID, p.Name.In(a.Lang)}
	me.Organisation = Organisation{h.Install.OrganisationName(), h.Install.Demo()}
	person, err := org.GetPerson(ctx, h.db.Read(), a.PersonID)
	if err != nil {
		return me, err
	}
	me.Person = PersonName{person.ID, person.Name}
	if a.Kind == access.Link {
		return me, nil // nothing but the meeting
	}
	acc, err := h.Find(ctx, a.PersonID)
	if err != nil {
		return me, err
	}
	me.Login, me.MustChange, me.TypeSize = acc.Login, acc.MustChange, acc.TypeSize
	mine, err := org.Memberships(ctx, h.db.Read(), org.MembershipFilter{PersonID: a.PersonID})
	if err != nil {
		return me, err
	}
	for _, m := range mine {
		u, err := org.GetUnit(ctx, h.db.Read(), m.UnitID)
		if err != nil {
			return me, err
		}
		kind, err := p.UnitKind(u.Kind)
		if err != nil {
			return me, err
		}
		my := MyUnit{ID: u.ID, Name: u.Name, Kind: u.Kind, Tree: kind.Tree, Path: u.Path, Position: m.Position, Standing: m.Standing, Roles: []string{}}
		for _, g := range a.Grants {
			if g.UnitID == u.ID {
				my.Roles = append(my.Roles, string(g.Role))
			}
		}
		me.Units = append(me.Units, my)
	}
	for _, ab := range abilities {
		if len(a.Scope(ab)) > 0 {
			me.Abilities = append(me.Abilities, string(ab))
		}
	}
	return me, nil
}
