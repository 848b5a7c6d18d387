package app

import (
	"encoding/json"
	"net/http"
	"net/url"
	"path"
	"strings"

	"wozai/internal/account"
	"wozai/internal/api"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/pages"
	"wozai/internal/profile"
	"wozai/internal/words"
	"wozai/web"
)

// pages mounts what people see: the light pages and the app. Before the first run everything
// leads to the set-up.
func (a *App) pages(mux *http.ServeMux) {
	files := map[string][]web.File{}
	for _, l := range words.Languages {
		files[l] = web.RoomFiles(l)
	}
	ahead := func(language string) any { return files[language] }
	render := func(name string, data func(r *http.Request) any) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if err := pages.Render(w, r, name, data(r)); err != nil {
				a.API.Fail(w, r, err)
			}
		}
	}
	mux.Handle("GET /p/", pages.Assets())
	mux.Handle("GET /signin", a.afterSetup(render("signin", func(r *http.Request) any {
		return pages.SignIn{Organisation: a.Install.OrganisationName(), Next: r.URL.Query().Get("next")}
	})))
	mux.Handle("GET /j", a.afterSetup(render("join", func(*http.Request) any {
		return pages.Join{Organisation: a.Install.OrganisationName(), Zone: a.zoneName(), Ahead: ahead}
	})))
	mux.Handle("GET /setup", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.Install.OrganisationName() != "" {
			http.Redirect(w, r, "/signin", http.StatusSeeOther)
			return
		}
		render("setup", a.setupPage)(w, r)
	}))
	mux.Handle("/", a.afterSetup(a.signedIn(web.Handler(a.zoneName, a.roomView))))
}

// roomView is what the operation room-view would answer, for the room's page to carry; nil where it would not.
func (a *App) roomView(r *http.Request, meeting string) []byte {
	id, ok := db.ParseID(meeting)
	actor, err := a.API.Actor(r, api.ByLink)
	if !ok || err != nil {
		return nil
	}
	view, err := a.Rooms.View(r.Context(), actor, id)
	if err != nil {
		return nil // the page asks, and is told why
	}
	out, err := json.Marshal(view) // which writes < > & so that they end no element
	if err != nil {
		return nil
	}
	return out
}

// zoneName is the organisation's time zone as browsers know it; "" where the machine's has no name.
func (a *App) zoneName() string {
	if name := a.Install.Zone().String(); name != "Local" {
		return name
	}
	return ""
}

func (a *App) afterSetup(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.Install.OrganisationName() == "" && (r.Method == http.MethodGet && r.URL.Path == "/" || r.Pattern != "/") {
			http.Redirect(w, r, "/setup", http.StatusSeeOther)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// signedIn sends whoever opens a page without a session to the sign-in at once: it is a tenth of
// the app's weight. Files of the app are for everybody.
func (a *App) signedIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && path.Ext(r.URL.Path) == "" && strings.Contains(r.Header.Get("Accept"), "text/html") {
			if _, err := a.API.Actor(r, api.ByLink); fault.Is(err, fault.KindSignIn) {
				to := "/signin"
				if r.URL.Path != "/" {
					to += "?next=" + url.QueryEscape(r.URL.RequestURI())
				}
				http.Redirect(w, r, to, http.StatusSeeOther)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

func (a *App) setupPage(r *http.Request) any {
	s := pages.Setup{NeedCode: !account.Local(r.RemoteAddr, r.Host, r.Header.Get), AskZone: a.Config.Timezone == ""}
	for _, name := range profile.Names() {
		p, err := profile.Load(name)
		if err != nil {
			continue // a test of the profile package finds it
		}
		lang := pages.Lang(r)
		s.Profiles = append(s.Profiles, pages.Profile{ID: p.ID, Name: p.Name.In(lang), About: p.About.In(lang)})
	}
	return s
}
