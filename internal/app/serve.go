package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"golang.org/x/sync/errgroup"

	"wozai/internal/access"
	"wozai/internal/api"
	"wozai/internal/cert"
	"wozai/internal/media"
)

const stopWithin = 15 * time.Second

// Run starts the media, the jobs and the server, calls ready with the address people type, and
// serves until ctx ends. Then it lets requests finish, stops jobs and media, and returns nil.
func (a *App) Run(ctx context.Context, ready func(url string)) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	spend(a.Log)
	ln, relayed, err := a.listen(ctx)
	if err != nil {
		return err
	}
	defer ln.Close() //nolint:errcheck // Shutdown has closed it
	if a.Media, err = media.Start(ctx, media.ServerConfig{
		URL: a.Config.MediaURL, Key: a.Config.MediaKey, Secret: a.Config.MediaSecret,
		NodeIP: a.Config.MediaIP, UDPPort: a.Config.MediaUDPPort, TCPPort: a.Config.MediaTCPPort, Log: a.Log,
	}); err != nil {
		return err
	}
	// Before the jobs: their mails name the address.
	url := a.address(ln)
	a.url.Store(&url)
	if a.sfu, err = a.wireMedia(ctx, relayed); err != nil {
		return errors.Join(err, a.Media.Stop(ctx))
	}
	if err := a.Jobs.Start(a.ctx); err != nil {
		return fmt.Errorf("job queue: %w", err)
	}

	requests, endRequests := context.WithCancel(context.WithoutCancel(ctx))
	defer endRequests()
	srv := &http.Server{
		Handler: a.Handler(a.sfu), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 32 << 10, BaseContext: func(net.Listener) context.Context { return requests },
	}
	group, gctx := errgroup.WithContext(ctx)
	// What was cut short because everything stops is no failure.
	until := func(run func(context.Context) error) func() error {
		return func() error {
			if err := run(gctx); gctx.Err() == nil {
				return err
			}
			return nil
		}
	}
	group.Go(until(a.Live.Run))
	group.Go(until(a.Rooms.Run))
	if a.Config.PprofAddr != "" {
		group.Go(until(a.serveProfiles))
	}
	group.Go(func() error {
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		select {
		case <-gctx.Done():
		case <-a.ctx.Done(): // the node's number was lost
		}
		stop()
		a.Log.Info("stopping: what is under way is finished first")
		// Streams never finish by themselves; everything else may.
		time.AfterFunc(time.Second, endRequests)
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
		defer cancel()
		err := srv.Shutdown(end)
		return errors.Join(err, a.Jobs.Stop(end), a.Media.Stop(end))
	})
	a.Log.Info("serving", "version", Version, "address", url, "database", string(a.DB.Engine), "own_media", a.Config.MediaURL == "")
	if ready != nil {
		ready(url)
	}
	// To start takes many times the memory that serving takes: the system gets it back.
	settled := time.AfterFunc(3*time.Second, debug.FreeOSMemory)
	defer settled.Stop()
	err = group.Wait()
	if cause := context.Cause(a.ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		err = errors.Join(err, cause)
	}
	a.Log.Info("stopped", "error", err)
	return err
}

// spend has memory collected less often than Go would: in a storm that gives a fifth of the processor's time back, for
// memory that is there. Above half of the machine's, or of what the container may use, it is collected as often as it
// takes. GOGC and GOMEMLIMIT say otherwise.
func spend(log *slog.Logger) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if _, err := memlimit.Set(memlimit.WithRatio(0.5), memlimit.WithProvider(memlimit.ApplyFallback(memlimit.FromCgroup, memlimit.FromSystem))); err != nil {
		log.Warn("how much memory there is cannot be found out", "error", err)
	}
}

// Address is what people type; "" before Run has found it out.
func (a *App) Address() string {
	if url := a.url.Load(); url != nil {
		return *url
	}
	return a.Config.PublicURL
}

// address is what people type.
func (a *App) address(ln net.Listener) string {
	if a.Config.PublicURL != "" {
		return a.Config.PublicURL
	}
	if a.Config.Domain != "" {
		return "https://" + a.Config.Domain
	}
	scheme := "http"
	if a.Config.Secure() {
		scheme = "https"
	}
	host, _, _ := net.SplitHostPort(a.Config.Addr)
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	return fmt.Sprintf("%s://%s", scheme, net.JoinHostPort(host, port))
}

// listen opens the one port, on which the site and the relay (nil for none) meet.
func (a *App) listen(ctx context.Context) (web, relay net.Listener, err error) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.Config.Addr)
	if err != nil {
		return nil, nil, fmt.Errorf("--addr %s: %w", a.Config.Addr, err)
	}
	ways := cert.Ways{Relay: a.Config.Relays(), Plain: a.plain()}
	switch c := a.Config; {
	case c.TLSCert != "":
		if ways.TLS, err = cert.Files(c.TLSCert, c.TLSKey); err != nil {
			err = fmt.Errorf("--tls-cert: %w", err)
		}
	case c.Domain != "":
		ways.TLS, err = cert.ACME{
			Domain: c.Domain, Directory: c.ACMEDirectory, Roots: c.ACMERoots, Email: c.ACMEEmail,
			Dir: filepath.Join(c.Data, "acme"), Port: ln.Addr().(*net.TCPAddr).Port, Log: a.Log,
		}.Manage(ctx)
	case c.TLSSelf:
		ways.TLS, err = a.ownTLS()
	}
	if err != nil {
		return nil, nil, errors.Join(err, ln.Close())
	}
	if ways.TLS == nil && !ways.Relay {
		return ln, nil, nil
	}
	web, relay = cert.Split(ln, ways)
	return web, relay, nil
}

// Handler is everything that is served, guarded; call it once. sfu carries the media's signalling,
// nil for none.
func (a *App) Handler(sfu http.Handler) http.Handler { return a.API.Guard(a.routes(sfu)) }

// who asks, for what stays open longer than a request: nobody while an issued password is still to
// be changed.
func (a *App) who(r *http.Request) (access.Actor, error) {
	who, err := a.Account.Authenticate(r)
	if who.NewPassword {
		who = access.Actor{Origin: who.Origin}
	}
	return who, err
}

func (a *App) routes(sfu http.Handler) http.Handler {
	mux := a.API.Mux
	mux.HandleFunc("GET "+api.Prefix+"/live", func(w http.ResponseWriter, r *http.Request) {
		if _, err := a.API.Actor(r, api.ByLink); err != nil {
			a.API.Fail(w, r, err)
			return
		}
		a.Live.ServeHTTP(w, r, func(r *http.Request) access.Actor {
			who, _ := a.who(r) // nobody, when the session has ended: the guards refuse
			return who
		}, a.API.Fail)
	})
	mux.HandleFunc(api.Prefix+"/", func(w http.ResponseWriter, r *http.Request) { a.API.Fail(w, r, notTheirs) })
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", a.readyz)
	mux.Handle("GET /metrics", a.metrics())
	if sfu != nil {
		mux.Handle("/sfu/", sfu)
	}
	a.pages(mux)
	a.doctorRoutes(mux)
	if a.authority != nil {
		a.trustRoutes(mux)
	}
	return mux
}

// readyz says whether this node can do its work: database and media.
func (a *App) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	out := map[string]string{"database": "ok", "media": "ok"}
	status := http.StatusOK
	if err := a.DB.Read().PingContext(ctx); err != nil {
		out["database"], status = "unreachable", http.StatusServiceUnavailable
	}
	if err := a.Media.Health(ctx); err != nil {
		out["media"], status = "unreachable", http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(out) // the client has gone when this fails
}
