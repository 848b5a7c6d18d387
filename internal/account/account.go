// Package account says who is at the other end: accounts with passwords, sessions that a person
// can list and end, and join links that let one person into one meeting.
//
// A session's token lives in a cookie and is stored as its SHA-256; a join link's token travels
// in a URL fragment, so that no server log and no scanner that fetches addresses ever sees it.
package account

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"
	"unicode/utf8"

	"wozai/internal/db"
	"wozai/internal/fault"
)

const (
	sessionLife = 30 * 24 * time.Hour // after the last use
	touchEvery  = 5 * time.Minute
	minPassword = 10
	maxPassword = 128
)

// Account is a sign-in of one person.
type Account struct {
	ID         db.ID   `json:"id" db:"id"`
	PersonID   db.ID   `json:"person_id" db:"person_id"`
	Login      string  `json:"login" db:"login"`
	Password   string  `json:"-" db:"password"`
	MustChange bool    `json:"must_change" db:"must_change"`
	Admin      bool    `json:"admin" db:"admin"`
	Lang       string  `json:"lang" db:"lang"`
	TypeSize   string  `json:"type_size" db:"type_size"`
	DisabledAt db.Time `json:"disabled_at" db:"disabled_at"`
	CreatedAt  db.Time `json:"created_at" db:"created_at"`
	Version    int64   `json:"version" db:"version"`
}

// Session is one signed-in browser, as its person sees it.
type Session struct {
	ID        db.ID   `json:"id" db:"id"`
	Kind      string  `json:"kind" db:"kind"`
	AccountID db.ID   `json:"-" db:"account_id"`
	PersonID  db.ID   `json:"-" db:"person_id"`
	MeetingID db.ID   `json:"meeting_id,omitzero" db:"meeting_id"`
	LinkID    db.ID   `json:"-" db:"link_id"`
	Device    string  `json:"device" db:"device"`
	CreatedAt db.Time `json:"created_at" db:"created_at"`
	SeenAt    db.Time `json:"seen_at" db:"seen_at"`
	ExpiresAt db.Time `json:"expires_at" db:"expires_at"`
	EndedAt   db.Time `json:"-" db:"ended_at"`
	Current   bool    `json:"current" db:"-"`
}

// Langs and TypeSizes are what a person may choose.
var (
	Langs     = []string{"zh-CN", "en"}
	TypeSizes = []string{"standard", "large", "largest"}
)

// newToken makes a token of n random bytes and the hash it is stored under.
func newToken(n int) (token string, hash []byte) {
	b := make([]byte, n)
	rand.Read(b) //nolint:errcheck // crypto/rand never fails (Go 1.24)
	token = base64.RawURLEncoding.EncodeToString(b)
	return token, hashToken(token)
}

func hashToken(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}

// oneTimePassword is easy to read out over the telephone: no look-alikes, in groups of four.
func oneTimePassword() string {
	const letters = "abcdefghjkmnpqrstuvwxyz23456789" // 31: 12 of them carry 59 bits
	var b strings.Builder
	buf := make([]byte, 1)
	for i := 0; i < 12; {
		rand.Read(buf)      //nolint:errcheck // see newToken
		if buf[0] >= 8*31 { // no letter is likelier than another
			continue
		}
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(letters[buf[0]%31])
		i++
	}
	return b.String()
}

func checkLogin(c *fault.Check, field, login string) string {
	login = strings.ToLower(c.Text(field, login, 64, true))
	if strings.ContainsAny(login, " \t\n") {
		c.Add(field, "no_spaces")
	}
	return login
}

func checkPassword(c *fault.Check, field, pw, login string) {
	n := utf8.RuneCountInString(pw)
	switch {
	case n < minPassword:
		c.Add(field, "password_short", "min", minPassword)
	case n > maxPassword:
		c.Add(field, "too_long", "limit", maxPassword)
	case login != "" && strings.Contains(strings.ToLower(pw), login):
		c.Add(field, "password_has_login")
	case strings.Count(pw, string([]rune(pw)[0])) == n:
		c.Add(field, "password_simple")
	}
}

// device words a User-Agent for the person's own list: browser and system, nothing finer.
func device(ua string) string {
	pick := func(pairs ...string) string {
		for i := 0; i < len(pairs); i += 2 {
			if strings.Contains(ua, pairs[i]) {
				return pairs[i+1]
			}
		}
		return ""
	}
	browser := pick("wxwork", "WeCom", "MicroMessenger", "WeChat", "DingTalk", "DingTalk", "Edg", "Edge", "HuaweiBrowser", "Huawei",
		"Firefox", "Firefox", "Chrome", "Chrome", "Safari", "Safari")
	system := pick("HarmonyOS", "HarmonyOS", "Android", "Android", "iPhone", "iPhone", "iPad", "iPad", "Windows", "Windows", "Mac OS", "macOS", "Linux", "Linux")
	return strings.Trim(browser+", "+system, ", ")
}
