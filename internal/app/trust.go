package app

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"strings"

	"wozai/internal/cert"
	"wozai/internal/media"
	"wozai/internal/pages"
)

// ownTLS is HTTPS by the installation's own authority.
func (a *App) ownTLS() (*tls.Config, error) {
	leaves := a.authority.Leaves(func() []string {
		host := ""
		if u, err := url.Parse(a.Config.PublicURL); err == nil {
			host = u.Hostname()
		}
		return cert.LocalNames(host, a.Config.MediaIP)
	})
	if _, err := leaves.Current(); err != nil { // at the start rather than at the first browser
		return nil, err
	}
	a.API.PlainToo = true
	return leaves.TLS(), nil
}

// plain answers HTTP on the port of HTTPS: with the way there and, where there is an authority of our own, how to trust it.
func (a *App) plain() http.Handler {
	mux := http.NewServeMux()
	if a.authority != nil {
		a.trustRoutes(mux)
		mux.Handle("GET /p/", pages.Assets())
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		// 307: a form that was sent is sent again, and nothing is remembered.
		http.Redirect(w, r, "https://"+r.Host+r.URL.RequestURI(), http.StatusTemporaryRedirect)
	})
	return a.API.Guard(mux)
}

func (a *App) trustRoutes(mux *http.ServeMux) {
	mux.Handle("GET "+cert.CertificatePath, a.authority.Downloads())
	mux.Handle("GET "+cert.ProfilePath, a.authority.Downloads())
	mux.HandleFunc("GET /trust", func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		name, port, err := net.SplitHostPort(host)
		if err != nil {
			name = host
		}
		// Whoever sits at the machine itself shows the code to a phone, which needs its address.
		if ip := net.ParseIP(name); name == "localhost" || ip != nil && ip.IsLoopback() {
			if port != "" {
				host = net.JoinHostPort(media.LocalIP(), port)
			} else {
				host = media.LocalIP()
			}
		}
		secure := "https://" + r.Host + "/"
		if strings.HasPrefix(a.Config.PublicURL, "https://") {
			secure = a.Config.PublicURL + "/"
		}
		err = pages.Render(w, r, "trust", pages.Trust{
			Organisation: a.Install.OrganisationName(), Name: a.authority.Name(), Fingerprint: a.authority.Fingerprint(),
			Device: pages.Device(r.UserAgent()), Secure: secure, Here: "http://" + host + "/trust",
		}.WithQR())
		if err != nil {
			a.API.Fail(w, r, err)
		}
	})
}

// TrustAddress is where people learn to trust the installation's own authority, "" without one;
// url is what Run's ready was called with.
func (a *App) TrustAddress(url string) string {
	if a.authority == nil {
		return ""
	}
	if phone := PhoneURL(url); phone != "" {
		url = phone
	}
	return "http://" + strings.TrimPrefix(url, "https://") + "/trust"
}
