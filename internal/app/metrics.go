package app

import (
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"wozai/internal/account"
)

// metrics are for this machine, or for who has the token: they name no people, but tell a
// stranger how much is going on. To everybody else there is no such page.
func (a *App) metrics() http.Handler {
	serve := promhttp.Handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, given := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		switch {
		case a.Config.MetricsPublic:
		case given && a.Config.MetricsToken != "" && subtle.ConstantTimeCompare([]byte(token), []byte(a.Config.MetricsToken)) == 1:
		case account.Local(r.RemoteAddr, r.Host, r.Header.Get):
		default:
			a.API.Fail(w, r, notTheirs)
			return
		}
		serve.ServeHTTP(w, r)
	})
}
