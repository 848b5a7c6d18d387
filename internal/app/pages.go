package app

import (
	"net/http"

	"wozai/internal/account"
	"wozai/internal/pages"
	"wozai/internal/profile"
	"wozai/web"
)

// pages mounts what people see: the light pages and the app. Before the first run everything
// leads to the set-up.
func (a *App) pages(mux *http.ServeMux) {
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
		return pages.Join{Organisation: a.Install.OrganisationName()}
	})))
	mux.Handle("GET /setup", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.Install.OrganisationName() != "" {
			http.Redirect(w, r, "/signin", http.StatusSeeOther)
			return
		}
		render("setup", a.setupPage)(w, r)
	}))
	mux.Handle("/", a.afterSetup(web.Handler()))
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

func (a *App) setupPage(r *http.Request) any {
	s := pages.Setup{NeedCode: !account.Local(r.RemoteAddr, r.Header.Get("X-Forwarded-For"))}
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
