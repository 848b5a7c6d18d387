package account

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"
	"golang.org/x/time/rate"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/notice"
	"wozai/internal/org"
)

// Service holds the use cases.
type Service struct {
	db     *db.DB
	change *change.Writer
	hashes chan struct{} // 64 MB a hash: few at a time
	limits *limiter
	cache  *sessionCache
	dummy  string
}

// argon: 64 MB, one pass more than the RFC 9106 low-memory choice's memory would want on 2 cores.
var argon = &argon2id.Params{Memory: 64 * 1024, Iterations: 2, Parallelism: 2, SaltLength: 16, KeyLength: 32}

// NewService makes the service.
func NewService(d *db.DB, w *change.Writer) *Service {
	s := &Service{db: d, change: w, hashes: make(chan struct{}, max(1, min(2, runtime.NumCPU()))), limits: newLimiter(), cache: newSessionCache()}
	s.dummy, _ = argon2id.CreateHash("nobody's password", argon) // fails only without randomness
	return s
}

// hash bounds how many run at once and how long one waits for its turn.
func (s *Service) hash(ctx context.Context, f func() error) error {
	t := time.NewTimer(10 * time.Second)
	defer t.Stop()
	select {
	case s.hashes <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return fault.New(fault.KindTooMany, "busy").With("retry_after", 10)
	}
	defer func() { <-s.hashes }()
	return f()
}

// HashPassword gives the stored form.
func (s *Service) HashPassword(ctx context.Context, pw string) (h string, err error) {
	err = s.hash(ctx, func() error { h, err = argon2id.CreateHash(pw, argon); return err })
	return h, err
}

// matches compares a password with a stored form; without one ("") it takes as long and is false.
func (s *Service) matches(ctx context.Context, password, stored string) (ok bool, err error) {
	none := stored == ""
	if none {
		stored = s.dummy
	}
	err = s.hash(ctx, func() error { ok, err = argon2id.ComparePasswordAndHash(password, stored); return err })
	return ok && !none, err
}

// SignIn opens a session for login and password. Wrong name, wrong password and a disabled
// account look the same and take the same time: fault sign_in "wrong_login". Many wrong tries
// from one address or at one name are slowed down: fault too_many.
func (s *Service) SignIn(ctx context.Context, login, password, addr, userAgent string) (token string, a Account, err error) {
	login = strings.ToLower(strings.TrimSpace(login))
	back, err := s.limits.take("login "+login, "addr "+addr)
	if err != nil {
		return "", a, err
	}
	found, err := db.Find(ctx, s.db.Read(), &a, `SELECT * FROM account WHERE login = $1`, login)
	if err != nil {
		back()
		return "", a, err
	}
	if !found || a.DisabledAt != 0 {
		a.Password = ""
	}
	ok, err := s.matches(ctx, password, a.Password)
	if err == nil && !ok {
		return "", Account{}, fault.New(fault.KindSignIn, "wrong_login")
	}
	back()
	if err != nil {
		return "", a, err
	}
	token, err = s.open(ctx, Session{Kind: string(access.Person), AccountID: a.ID, PersonID: a.PersonID, Device: device(userAgent)}, sessionLife)
	return token, a, err
}

// OpenFor opens a session for somebody whom the caller has made sure of by other means.
func (s *Service) OpenFor(ctx context.Context, person db.ID) (token string, err error) {
	a, err := s.Find(ctx, person)
	if err != nil {
		return "", err
	}
	return s.open(ctx, Session{Kind: string(access.Person), AccountID: a.ID, PersonID: person}, sessionLife)
}

func (s *Service) open(ctx context.Context, n Session, life time.Duration) (string, error) {
	token, hash := newToken(32)
	actor := access.Actor{Kind: access.Kind(n.Kind), PersonID: n.PersonID, AccountID: n.AccountID, Origin: "http"}
	return token, s.change.Do(ctx, actor, func(ctx context.Context, tx *change.Tx) error {
		return insertSession(ctx, tx, n, hash, tx.Now().Add(life))
	})
}

func insertSession(ctx context.Context, tx *change.Tx, n Session, hash []byte, expires db.Time) error {
	n.ID = tx.NewID()
	if err := tx.Exec(ctx, `INSERT INTO session (id, token_hash, kind, account_id, person_id, meeting_id, link_id, device, created_at, seen_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		n.ID, hash, n.Kind, n.AccountID, n.PersonID, n.MeetingID, n.LinkID, n.Device, tx.Now(), tx.Now(), expires); err != nil {
		return err
	}
	return tx.Audit(ctx, change.Record{Action: "session.open", Subject: "session", SubjectID: n.ID, After: map[string]any{"kind": n.Kind}})
}

// Find reads an account by person; not-found when there is none.
func (s *Service) Find(ctx context.Context, person db.ID) (a Account, err error) {
	return a, db.Get(ctx, s.db.Read(), &a, `SELECT * FROM account WHERE person_id = $1`, person)
}

// Empty reports whether nobody has an account yet: the first run.
func (s *Service) Empty(ctx context.Context) (bool, error) {
	var n int64
	err := db.Get(ctx, s.db.Read(), &n, `SELECT COUNT(*) FROM (SELECT 1 FROM account LIMIT 1) AS a`)
	return n == 0, err
}

// NewAccount is what Add needs.
type NewAccount struct {
	PersonID     db.ID
	Login        string
	PasswordHash string // from HashPassword; '' for somebody who comes by other means
	MustChange   bool
	Admin        bool
	Lang         string
}

// Add creates an account inside a change; the caller has authorised it. Fault conflict
// "login_taken" or "has_account".
func Add(ctx context.Context, tx *change.Tx, n NewAccount) (db.ID, error) {
	if n.Lang == "" {
		n.Lang = Langs[0]
	}
	var c fault.Check
	n.Login = checkLogin(&c, "login", n.Login)
	if err := c.Err(); err != nil {
		return 0, err
	}
	var same []Account
	if err := db.Select(ctx, tx, &same, `SELECT * FROM account WHERE login = $1 OR person_id = $2`, n.Login, n.PersonID); err != nil {
		return 0, err
	}
	if slices.ContainsFunc(same, func(a Account) bool { return a.PersonID == n.PersonID }) {
		return 0, fault.Conflict("has_account")
	}
	if len(same) > 0 {
		return 0, fault.Conflict("login_taken")
	}
	id := tx.NewID()
	if err := tx.Exec(ctx, `INSERT INTO account (id, person_id, login, password, must_change, admin, lang, type_size, created_at, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 'standard', $8, 1)`,
		id, n.PersonID, n.Login, n.PasswordHash, n.MustChange, n.Admin, n.Lang, tx.Now()); err != nil {
		return 0, err
	}
	return id, tx.Audit(ctx, change.Record{Action: "account.add", Subject: "account", SubjectID: id,
		After: map[string]any{"person_id": n.PersonID, "admin": n.Admin}})
}

// Issue gives a person a sign-in, or a new password when they have one, and returns the one-time
// password to hand over; it has to be changed at the first sign-in. The caller has authorised it;
// fault forbidden for a person whose offices reach beyond the actor's.
func (s *Service) Issue(ctx context.Context, actor access.Actor, person db.ID, login string) (Account, string, error) {
	pw := oneTimePassword()
	hash, err := s.HashPassword(ctx, pw)
	if err != nil {
		return Account{}, "", err
	}
	err = s.change.Do(ctx, actor, func(ctx context.Context, tx *change.Tx) error {
		var a Account
		found, err := db.Find(ctx, tx, &a, `SELECT * FROM account WHERE person_id = $1`, person)
		if err != nil {
			return err
		}
		if err := mayTakeOver(ctx, tx, actor, person); err != nil {
			return err
		}
		if !found {
			_, err := Add(ctx, tx, NewAccount{PersonID: person, Login: login, PasswordHash: hash, MustChange: true})
			return err
		}
		return setPassword(ctx, tx, a, hash, true, 0)
	})
	if err != nil {
		return Account{}, "", err
	}
	s.cache.clear()
	a, err := s.Find(ctx, person)
	return a, pw, err
}

// mayTakeOver: whoever hands out a password can use it, so nobody gives one to somebody whose
// offices reach further than their own: a branch's secretary not to the head of the authority who
// is a plain member there, an officer not to an administrator. Belonging elsewhere is no office.
func mayTakeOver(ctx context.Context, q db.Querier, actor access.Actor, person db.ID) error {
	if actor.Is(person) {
		return nil
	}
	held, err := org.Grants(ctx, q, person)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(held, func(g access.Grant) bool { return !actor.Reaches(g) }) {
		return fault.Forbidden()
	}
	return nil
}

// Renew gives an account a new password that need not be changed, and returns it: for the
// demonstration's sign-ins, which stand on the screen that started it.
func (s *Service) Renew(ctx context.Context, actor access.Actor, person db.ID) (string, error) {
	a, err := s.Find(ctx, person)
	if err != nil {
		return "", err
	}
	pw := oneTimePassword()
	hash, err := s.HashPassword(ctx, pw)
	if err != nil {
		return "", err
	}
	return pw, s.change.Do(ctx, actor, func(ctx context.Context, tx *change.Tx) error {
		return setPassword(ctx, tx, a, hash, false, 0)
	})
}

// setPassword also ends the account's sessions but keep.
func setPassword(ctx context.Context, tx *change.Tx, a Account, hash string, mustChange bool, keep db.ID) error {
	if err := tx.ExecOne(ctx, `UPDATE account SET password = $1, must_change = $2, version = version + 1 WHERE id = $3`, hash, mustChange, a.ID); err != nil {
		return err
	}
	if err := tx.Exec(ctx, `UPDATE session SET ended_at = $1 WHERE account_id = $2 AND id <> $3 AND ended_at = 0`, tx.Now(), a.ID, keep); err != nil {
		return err
	}
	if err := sessionsEnded(ctx, tx, a.PersonID); err != nil {
		return err
	}
	return tx.Audit(ctx, change.Record{Action: "account.password", Subject: "account", SubjectID: a.ID})
}

// ChangePassword sets the actor's own password and ends their other sessions.
func (s *Service) ChangePassword(ctx context.Context, actor access.Actor, old, new string) error {
	a, err := s.Find(ctx, actor.PersonID)
	if err != nil {
		return err
	}
	back, err := s.limits.take("login " + a.Login)
	if err != nil {
		return err
	}
	var c fault.Check
	checkPassword(&c, "new", new, a.Login)
	ok, err := s.matches(ctx, old, a.Password)
	if ok || err != nil {
		back()
	}
	if err != nil {
		return err
	}
	c.If(!ok, "old", "wrong_password")
	if err := c.Err(); err != nil {
		return err
	}
	hash, err := s.HashPassword(ctx, new)
	if err != nil {
		return err
	}
	defer s.cache.clear()
	return s.change.Do(ctx, actor, func(ctx context.Context, tx *change.Tx) error {
		return setPassword(ctx, tx, a, hash, false, actor.SessionID)
	})
}

// Preferences are a person's own settings; nil leaves one as it is.
type Preferences struct {
	Lang     *string `json:"lang,omitempty" enum:"zh-CN,en"`
	TypeSize *string `json:"type_size,omitempty" enum:"standard,large,largest"`
}

// SetPreferences changes the actor's own settings.
func (s *Service) SetPreferences(ctx context.Context, actor access.Actor, p Preferences) error {
	var c fault.Check
	c.If(p.Lang != nil && !slices.Contains(Langs, *p.Lang), "lang", "choice")
	c.If(p.TypeSize != nil && !slices.Contains(TypeSizes, *p.TypeSize), "type_size", "choice")
	if err := c.Err(); err != nil {
		return err
	}
	defer s.cache.clear()
	return s.change.Do(ctx, actor, func(ctx context.Context, tx *change.Tx) error {
		if err := tx.ExecOne(ctx, `UPDATE account SET lang = COALESCE($1, lang), type_size = COALESCE($2, type_size), version = version + 1 WHERE id = $3`,
			p.Lang, p.TypeSize, actor.AccountID); err != nil {
			return err
		}
		return tx.Audit(ctx, change.Record{Action: "account.preferences", Subject: "account", SubjectID: actor.AccountID, After: p})
	})
}

// Sessions lists the actor's own signed-in browsers, newest first.
func (s *Service) Sessions(ctx context.Context, actor access.Actor) ([]Session, error) {
	out := []Session{}
	err := db.Select(ctx, s.db.Read(), &out, `SELECT id, kind, account_id, person_id, meeting_id, link_id, device, created_at, seen_at, expires_at, ended_at
		FROM session WHERE person_id = $1 AND ended_at = 0 AND expires_at > $2 ORDER BY seen_at DESC`, actor.PersonID, db.Now())
	for i := range out {
		out[i].Current = out[i].ID == actor.SessionID
	}
	return out, err
}

// EndSession ends one of the actor's own sessions; somebody else's is not found.
func (s *Service) EndSession(ctx context.Context, actor access.Actor, id db.ID) error {
	defer s.cache.clear()
	return s.change.Do(ctx, actor, func(ctx context.Context, tx *change.Tx) error {
		err := tx.ExecOne(ctx, `UPDATE session SET ended_at = $1 WHERE id = $2 AND person_id = $3 AND ended_at = 0`, tx.Now(), id, actor.PersonID)
		if fault.Is(err, fault.KindStale) {
			return fault.NotFound()
		}
		if err != nil {
			return err
		}
		if err := sessionsEnded(ctx, tx, actor.PersonID); err != nil {
			return err
		}
		return tx.Audit(ctx, change.Record{Action: "session.end", Subject: "session", SubjectID: id})
	})
}

// sessionsEnded lets every node forget a person's sessions, and cut off what hangs on those that have
// ended; their browsers are rung no more.
func sessionsEnded(ctx context.Context, tx *change.Tx, person db.ID) error {
	if err := notice.ForgetBrowsers(ctx, tx, person); err != nil {
		return err
	}
	return tx.Event(ctx, "person:"+person.String(), "session", person, 0)
}

// limiter slows down guessing: ten free tries, then one in 30 seconds, by name and by address.
type limiter struct {
	mu sync.Mutex
	m  map[string]*rate.Limiter
}

func newLimiter() *limiter { return &limiter{m: map[string]*rate.Limiter{}} }

func (l *limiter) get(key string) *rate.Limiter {
	if len(l.m) > 100_000 { // an attacker with many names starts anew; memory stays bounded
		clear(l.m)
	}
	b := l.m[key]
	if b == nil {
		b = rate.NewLimiter(rate.Every(30*time.Second), 10)
		if strings.HasPrefix(key, "addr ") { // many people may share one address
			b = rate.NewLimiter(rate.Every(time.Second), 240)
		}
		l.m[key] = b
	}
	return b
}

// take counts a try under each key, before it is looked at: many at once are not one. back is for
// who turned out to be right. Fault too_many slow_down when a key has no tries left.
func (l *limiter) take(keys ...string) (back func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var longest time.Duration
	for _, k := range keys {
		if b := l.get(k); b.Tokens() < 1 {
			longest = max(longest, time.Duration((1-b.Tokens())/float64(b.Limit())*float64(time.Second)))
		}
	}
	if longest > 0 {
		return nil, fault.New(fault.KindTooMany, "slow_down").With("retry_after", int(longest.Seconds())+1)
	}
	count := func(n int) {
		for _, k := range keys {
			l.get(k).AllowN(time.Now(), n)
		}
	}
	count(1)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		count(-1) // never above what there is at most: the next look cuts it off
	}, nil
}

var errNoSession = errors.New("no session")
