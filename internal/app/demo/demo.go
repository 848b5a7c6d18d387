package demo

import (
	"context"
	"math/rand/v2"

	"wozai/internal/account"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/dispatch"
	"wozai/internal/meeting"
	"wozai/internal/org"
	"wozai/internal/rollcall"
)

// SignIn is a way into the demonstration, printed at the start. Passwords are made anew at every
// start and stand nowhere else.
type SignIn struct {
	Role     string `json:"role"` // "secretary", "recorder", "member", "retired", "overseer", "leader", "admin"
	Name     string `json:"name"`
	Login    string `json:"login"`
	Password string `json:"password"`
	personID db.ID
}

// Parts is what the demonstration is made with.
type Parts struct {
	DB       *db.DB
	Change   *change.Writer
	Account  *account.Service
	Org      *org.Service
	Meeting  *meeting.Service
	Papers   *meeting.Papers
	Dispatch *dispatch.Service
	Rollcall *rollcall.Service
	// Past gives that side on a clock, and what ends it.
	Past func(clock *db.Time) (Past, func())
}

// Demo is what was loaded: ways in, and a meeting about to begin.
type Demo struct {
	SignIns []SignIn `json:"sign_ins"`
	Meeting db.ID    `json:"meeting_id"`
	Link    string   `json:"-"` // the token of a join link of a member of that meeting
	chair   db.ID
	show    []db.ID // who may be simulated in it, the deputy first
}

// Show is the meeting with at most n simulated members.
func (d Demo) Show(n int) Show {
	return Show{Meeting: d.Meeting, Chair: d.chair, Members: d.show[:min(n, len(d.show))]}
}

// The demonstration's people with a sign-in, in the order they are printed.
var roles = []struct{ role, login string }{
	{"secretary", "shuji"}, {"recorder", "jilu"}, {"member", "dangyuan"}, {"retired", "laodang"}, {"overseer", "jiguan"}, {"leader", "dangzu"}, {"admin", "admin"},
}

// Load fills an empty installation (one that is not empty keeps what it has), gives the sign-ins
// new passwords and sees to it that a meeting is about to begin.
func Load(ctx context.Context, p Parts) (Demo, error) {
	var units int64
	if err := db.Get(ctx, p.DB.Read(), &units, `SELECT COUNT(*) FROM (SELECT 1 FROM unit LIMIT 1) AS u`); err != nil {
		return Demo{}, err
	}
	if units == 0 {
		if err := fill(ctx, p); err != nil {
			return Demo{}, err
		}
	}
	d := Demo{}
	var err error
	if d.SignIns, err = signIns(ctx, p); err != nil {
		return d, err
	}
	return d, d.gather(ctx, p)
}

// fill makes the authority and the accounts of those who can sign in.
func fill(ctx context.Context, p Parts) error {
	l := &loader{org: p.Org, change: p.Change, rand: rand.New(rand.NewPCG(2020, 2)), used: map[string]bool{}}
	a, err := l.load(ctx)
	if err != nil {
		return err
	}
	who := map[string]db.ID{
		"secretary": a.stage.people[0].ID, "recorder": a.stage.people[3].ID, "member": a.stage.people[7].ID,
		"retired": a.retired.people[6].ID, "overseer": a.overseer.ID, "leader": a.leader.ID,
	}
	if err := p.Change.Do(ctx, actor, func(ctx context.Context, tx *change.Tx) error {
		for _, r := range roles {
			if who[r.role] == 0 {
				continue // the administrator came with the set-up
			}
			if _, err := account.Add(ctx, tx, account.NewAccount{PersonID: who[r.role], Login: r.login}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	for _, show := range []func(context.Context, Parts, *authority) error{callOut, askHealth, askSituation} {
		if err := show(ctx, p, a); err != nil {
			return err
		}
	}
	return liveThePast(ctx, p, a)
}

func signIns(ctx context.Context, p Parts) ([]SignIn, error) {
	var out []SignIn
	for _, r := range roles {
		var s struct {
			PersonID db.ID  `db:"person_id"`
			Name     string `db:"name"`
		}
		if err := db.Get(ctx, p.DB.Read(), &s, `SELECT a.person_id, p.name FROM account a JOIN person p ON p.id = a.person_id WHERE a.login = $1`, r.login); err != nil {
			return nil, err
		}
		password, err := p.Account.Renew(ctx, actor, s.PersonID)
		if err != nil {
			return nil, err
		}
		out = append(out, SignIn{Role: r.role, Name: s.Name, Login: r.login, Password: password, personID: s.PersonID})
	}
	return out, nil
}
