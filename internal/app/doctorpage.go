package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/websocket"

	"wozai/internal/access"
	"wozai/internal/api"
	"wozai/internal/fault"
	"wozai/internal/pages"
)

// doctorRoutes lets who keeps the installation look it over from a browser: what wozai doctor
// cannot see lies between the two.
func (a *App) doctorRoutes(mux *http.ServeMux) {
	keeper := func(next http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			who, err := a.API.Actor(r, api.SignedIn)
			if err == nil && !who.Can(access.OrgManage, access.Unit{Path: "/"}) {
				err = fault.NotFound()
			}
			if err != nil {
				a.API.Fail(w, r, err)
				return
			}
			w.Header().Set("Cache-Control", "no-store")
			next(w, r)
		}
	}
	page := keeper(func(w http.ResponseWriter, r *http.Request) {
		if err := pages.Render(w, r, "doctor", pages.Doctor{Organisation: a.Install.OrganisationName()}); err != nil {
			a.API.Fail(w, r, err)
		}
	})
	mux.HandleFunc("GET /doctor", func(w http.ResponseWriter, r *http.Request) {
		if who, err := a.Account.Authenticate(r); err == nil && who.Kind == access.Nobody {
			http.Redirect(w, r, "/signin?next=/doctor", http.StatusSeeOther)
			return
		}
		page(w, r)
	})
	mux.HandleFunc("GET /doctor/clock", keeper(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]int64{"now": time.Now().UnixMilli()}) // the client has gone when this fails
	}))
	mux.HandleFunc("GET /doctor/stream", keeper(streamFive))
	mux.HandleFunc("GET /doctor/socket", keeper(echo))
}

// streamFive sends five events, 200 ms apart, so that the browser sees whether a proxy keeps
// them back.
func streamFive(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	out := http.NewResponseController(w)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for i := range 5 {
		if _, err := fmt.Fprintf(w, "data: %d\n\n", i); err != nil || out.Flush() != nil {
			return
		}
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		}
	}
}

// echo answers one message over a WebSocket, as the way into a meeting needs one.
func echo(w http.ResponseWriter, r *http.Request) {
	up := websocket.Upgrader{HandshakeTimeout: 5 * time.Second} // its default refuses other sites' pages
	c, err := up.Upgrade(w, r, nil)
	if err != nil {
		return // it has answered
	}
	defer c.Close() //nolint:errcheck // one message is all there is
	c.SetReadLimit(64)
	_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
	if kind, message, err := c.ReadMessage(); err == nil {
		_ = c.WriteMessage(kind, message)
	}
}
