package account

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/org"
)

// cacheFor bounds how long an ended session or a withdrawn grant lives on at another node; this
// node forgets at once (see Forget).
const cacheFor = 5 * time.Second

type cached struct {
	actor access.Actor
	until time.Time
}

// sessionCache spares the hot path a query a request.
type sessionCache struct {
	mu     sync.RWMutex
	m      map[string]cached
	clears int // what was read before the last one is not to be kept
}

func newSessionCache() *sessionCache { return &sessionCache{m: map[string]cached{}} }

// get also says how often all was forgotten, for put.
func (c *sessionCache) get(hash string) (a access.Actor, ok bool, clears int) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e, ok := c.m[hash]
	return e.actor, ok && time.Now().Before(e.until), c.clears
}

func (c *sessionCache) put(hash string, a access.Actor, clears int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if clears != c.clears {
		return
	}
	if len(c.m) > 50_000 {
		clear(c.m)
	}
	c.m[hash] = cached{a, time.Now().Add(cacheFor)}
}

func (c *sessionCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.m)
	c.clears++
}

// Forget drops what is remembered of sessions and grants; app calls it on events that change them.
func (s *Service) Forget() { s.cache.clear() }

// The cookie's name says whether it is bound to a secure host.
const (
	secureCookie = "__Host-wozai"
	plainCookie  = "wozai"
)

func cookieToken(r *http.Request) string {
	for _, name := range []string{secureCookie, plainCookie} {
		if c, err := r.Cookie(name); err == nil && c.Value != "" {
			return c.Value
		}
	}
	return ""
}

// Cookie carries a session's token; an empty token takes the cookie away.
func Cookie(token string, secure bool, life time.Duration) *http.Cookie {
	c := &http.Cookie{Name: plainCookie, Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure, MaxAge: int(life.Seconds())}
	if secure {
		c.Name = secureCookie
	}
	if token == "" {
		c.MaxAge = -1
	}
	return c
}

// Authenticate finds out who sent a request: nobody without a (live) session, which is no error.
func (s *Service) Authenticate(r *http.Request) (access.Actor, error) {
	token := cookieToken(r)
	if token == "" {
		return access.Actor{Origin: "http"}, nil
	}
	hash := hashToken(token)
	a, ok, clears := s.cache.get(string(hash))
	if ok {
		return a, nil
	}
	a, err := s.load(r.Context(), hash)
	if errors.Is(err, errNoSession) {
		return access.Actor{Origin: "http"}, nil
	}
	if err != nil {
		return access.Actor{}, err
	}
	if !a.NewPassword { // once it is changed, every node lets in at once
		s.cache.put(string(hash), a, clears)
	}
	return a, nil
}

// loadSession reads in one query all that decides about a request: whoever asks first waits for it.
var loadSession = `SELECT s.id, s.kind, s.account_id, s.person_id, s.meeting_id, s.seen_at, s.expires_at,
	COALESCE(a.lang, '') AS lang, COALESCE(a.must_change, FALSE) AS must_change, COALESCE(a.disabled_at, 0) AS disabled_at, ` + org.GrantColumns + `
	FROM session s LEFT JOIN account a ON a.id = s.account_id ` + org.GrantJoin("s.person_id") + `
	WHERE s.token_hash = $1 AND s.ended_at = 0 AND s.expires_at > $2`

func (s *Service) load(ctx context.Context, hash []byte) (access.Actor, error) {
	var rows []struct { // one for each grant
		Session
		Lang       string  `db:"lang"`
		MustChange bool    `db:"must_change"`
		DisabledAt db.Time `db:"disabled_at"`
		org.GrantRow
	}
	now := db.Now()
	ctx = context.WithoutCancel(ctx) // to be able to end it would take as long as it takes
	if err := db.Select(ctx, s.db.Read(), &rows, loadSession, hash, now); err != nil {
		return access.Actor{}, err
	}
	if len(rows) == 0 {
		return access.Actor{}, errNoSession
	}
	n := rows[0]
	if n.DisabledAt != 0 || n.AccountID != 0 && n.Lang == "" { // there is no such account
		return access.Actor{}, errNoSession
	}
	a := access.Actor{Kind: access.Kind(n.Kind), PersonID: n.PersonID, AccountID: n.AccountID, SessionID: n.ID, MeetingID: n.MeetingID, Origin: "http", Lang: Langs[0]}
	if a.Kind == access.Person {
		a.Lang, a.NewPassword = n.Lang, n.MustChange
		held := make([]org.GrantRow, len(rows))
		for i, r := range rows {
			held[i] = r.GrantRow
		}
		var err error
		if a.Grants, err = org.Granted(ctx, s.db.Read(), held); err != nil {
			return access.Actor{}, err
		}
	}
	if now.Sub(n.SeenAt) > touchEvery {
		// Not through change: being seen is no event. A failure costs only freshness. What came by a
		// link ends with the link, however often it is used.
		expires := n.ExpiresAt
		if a.Kind == access.Person {
			expires = now.Add(sessionLife)
		}
		_, _ = s.db.Writer().ExecContext(ctx, `UPDATE session SET seen_at = $1, expires_at = $2 WHERE id = $3 AND expires_at = $4`, now, expires, n.ID, n.ExpiresAt)
	}
	return a, nil
}
