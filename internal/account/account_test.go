package account_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wozai/internal/access"
	"wozai/internal/account"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
	"wozai/internal/profile"
	"wozai/internal/testkit"
)

const password = "eine lange Parole 1"

var (
	ctx    = context.Background()
	system = access.SystemActor("test")
)

// two makes a service on a store with two people who have accounts, anna and bo.
func two(t *testing.T, s *testkit.Store) (svc *account.Service, anna, bo db.ID) {
	t.Helper()
	svc = account.NewService(s.DB, s.Change)
	hash, err := svc.HashPassword(ctx, password)
	ok(t, err)
	ok(t, s.Change.Do(ctx, system, func(ctx context.Context, tx *change.Tx) error {
		anna, bo = tx.NewID(), tx.NewID()
		for login, id := range map[string]db.ID{"anna": anna, "bo": bo} {
			if _, err := account.Add(ctx, tx, account.NewAccount{PersonID: id, Login: login, PasswordHash: hash}); err != nil {
				return err
			}
		}
		return nil
	}))
	return svc, anna, bo
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func who(t *testing.T, svc *account.Service, token string) access.Actor {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(account.Cookie(token, false, time.Hour))
	a, err := svc.Authenticate(r)
	ok(t, err)
	return a
}

func TestSigningInAndOut(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		svc, anna, _ := two(t, s)
		token, _, err := svc.SignIn(ctx, " Anna ", password, "192.0.2.1", "Mozilla/5.0 (Linux; Android 9) Chrome/90")
		ok(t, err)
		a := who(t, svc, token)
		if a.Kind != access.Person || a.PersonID != anna {
			t.Fatalf("signed in as %+v", a)
		}
		list, err := svc.Sessions(ctx, a)
		ok(t, err)
		if len(list) != 1 || !list[0].Current || list[0].Device != "Chrome, Android" {
			t.Errorf("sessions %+v", list)
		}
		var n int64
		ok(t, db.Get(ctx, s.DB.Read(), &n, `SELECT COUNT(*) FROM session WHERE token_hash = $1`, []byte(token)))
		if n != 0 {
			t.Error("the token itself is stored")
		}
		ok(t, svc.EndSession(ctx, a, a.SessionID))
		if a := who(t, svc, token); a.Kind != access.Nobody {
			t.Errorf("still signed in: %+v", a)
		}
	})
}

func TestWrongTriesLookTheSameAndAreSlowedDown(t *testing.T) {
	svc, _, _ := two(t, testkit.SQLiteStore(t))
	for i := range 10 {
		login := "anna"
		_, _, err := svc.SignIn(ctx, login, "wrong", "192.0.2.1", "")
		if fault.Code(err) != "wrong_login" {
			t.Fatalf("try %d: %v", i, err)
		}
	}
	_, _, err := svc.SignIn(ctx, "anna", password, "192.0.2.2", "")
	if !fault.Is(err, fault.KindTooMany) {
		t.Errorf("the eleventh try is not slowed down: %v", err)
	}
	_, _, err = svc.SignIn(ctx, "nobody", "wrong", "192.0.2.2", "")
	if fault.Code(err) != "wrong_login" {
		t.Errorf("an unknown name looks different: %v", err)
	}
	if _, _, err = svc.SignIn(ctx, "bo", password, "192.0.2.2", ""); err != nil {
		t.Errorf("others are kept out too: %v", err)
	}
}

func TestANewPasswordEndsTheOtherSessions(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		svc, _, _ := two(t, s)
		here, _, err := svc.SignIn(ctx, "anna", password, "", "")
		ok(t, err)
		there, _, err := svc.SignIn(ctx, "anna", password, "", "")
		ok(t, err)
		a := who(t, svc, here)
		if err := svc.ChangePassword(ctx, a, "not it", "short"); !fault.Is(err, fault.KindInvalid) || !strings.Contains(err.Error(), "old=") || !strings.Contains(err.Error(), "new=") {
			t.Errorf("both faults at once, got %v", err)
		}
		ok(t, svc.ChangePassword(ctx, a, password, "eine andere Parole 2"))
		if who(t, svc, here).Kind != access.Person || who(t, svc, there).Kind != access.Nobody {
			t.Error("the session that changed it stays, the others end")
		}
		if _, _, err := svc.SignIn(ctx, "anna", password, "", ""); err == nil {
			t.Error("the old password still works")
		}
	})
}

func TestSomebodyElsesSessionIsNotFound(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		svc, _, _ := two(t, s)
		annas, _, err := svc.SignIn(ctx, "anna", password, "", "")
		ok(t, err)
		bos, _, err := svc.SignIn(ctx, "bo", password, "", "")
		ok(t, err)
		if err := svc.EndSession(ctx, who(t, svc, bos), who(t, svc, annas).SessionID); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("got %v", err)
		}
		svc.Forget()
		if who(t, svc, annas).Kind != access.Person {
			t.Error("and it ended")
		}
	})
}

// A join link lets one person into one meeting from one device.
func TestJoinLinks(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		svc, anna, _ := two(t, s)
		const meeting = db.ID(77)
		issue := func() (token string) {
			ok(t, s.Change.Do(ctx, system, func(ctx context.Context, tx *change.Tx) (err error) {
				token, err = account.IssueLink(ctx, tx, meeting, anna, tx.Now().Add(time.Hour))
				return err
			}))
			return token
		}
		first := issue()
		session, l, err := svc.Exchange(ctx, access.Actor{}, first, "")
		ok(t, err)
		a := who(t, svc, session)
		if a.Kind != access.Link || a.PersonID != anna || a.MeetingID != meeting || l.MeetingID != meeting {
			t.Fatalf("came in as %+v", a)
		}
		if a.Can(access.MeetingRead, access.Unit{ID: 1, Path: "/1/"}) {
			t.Error("a link carries grants")
		}
		if again, _, err := svc.Exchange(ctx, a, first, ""); err != nil || again != "" {
			t.Errorf("the same device again: %q, %v", again, err)
		}
		if _, _, err := svc.Exchange(ctx, access.Actor{}, first, ""); fault.Code(err) != "link_on_other_device" {
			t.Errorf("another device: %v", err)
		}
		ok(t, s.Change.Do(ctx, system, func(ctx context.Context, tx *change.Tx) error { return account.ReopenLink(ctx, tx, meeting, anna) }))
		if _, _, err := svc.Exchange(ctx, access.Actor{}, first, ""); err != nil {
			t.Errorf("the host let another device in: %v", err)
		}
		bos, _, err := svc.SignIn(ctx, "bo", password, "", "")
		ok(t, err)
		if _, _, err := svc.Exchange(ctx, who(t, svc, bos), first, ""); fault.Code(err) != "link_of_another" {
			t.Errorf("somebody else who is signed in: %v", err)
		}
		second := issue()
		svc.Forget()
		if who(t, svc, session).Kind != access.Nobody {
			t.Error("who came in by a link that was replaced stays in")
		}
		if _, _, err := svc.Exchange(ctx, access.Actor{}, first, ""); fault.Code(err) != "link_replaced" {
			t.Errorf("a replaced link: %v", err)
		}
		other, _, err := svc.Exchange(ctx, access.Actor{}, second, "")
		ok(t, err)
		ok(t, s.Change.Do(ctx, system, func(ctx context.Context, tx *change.Tx) error {
			tx.AppendOnly()
			return account.ExpireLinks(ctx, tx, meeting, tx.Now())
		}))
		if _, _, err := svc.Exchange(ctx, access.Actor{}, second, ""); fault.Code(err) != "link_ended" {
			t.Errorf("after the end: %v", err)
		}
		svc.Forget()
		if who(t, svc, other).Kind != access.Nobody {
			t.Error("the session outlives the meeting")
		}
		if _, _, err := svc.Exchange(ctx, access.Actor{}, "made-up-made-up-made-u", ""); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("a made-up link: %v", err)
		}
	})
}

// A link that is opened days before the meeting still lets its device in, and using it does not
// carry it beyond its end.
func TestASessionByLinkLastsAsLongAsTheLink(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		svc, anna, _ := two(t, s)
		const meeting = db.ID(78)
		end := db.Now().Add(7 * 24 * time.Hour)
		var token string
		ok(t, s.Change.Do(ctx, system, func(ctx context.Context, tx *change.Tx) (err error) {
			token, err = account.IssueLink(ctx, tx, meeting, anna, end)
			return err
		}))
		session, _, err := svc.Exchange(ctx, access.Actor{}, token, "")
		ok(t, err)
		expires := func() (at db.Time) {
			ok(t, db.Get(ctx, s.DB.Read(), &at, `SELECT expires_at FROM session WHERE meeting_id = $1`, meeting))
			return at
		}
		if expires() != end {
			t.Errorf("ends at %v, want %v", expires(), end)
		}
		end = db.Now().Add(time.Hour)
		ok(t, s.Change.Do(ctx, system, func(ctx context.Context, tx *change.Tx) error {
			tx.AppendOnly()
			if err := tx.Exec(ctx, `UPDATE session SET seen_at = 1`); err != nil { // long ago
				return err
			}
			return account.ExtendLinks(ctx, tx, meeting, end)
		}))
		if who(t, svc, session).Kind != access.Link {
			t.Error("it has ended too soon")
		}
		if expires() != end {
			t.Errorf("after use it ends at %v, want %v", expires(), end)
		}
	})
}

// Whoever hands out a password can use it: it must not open more than they hold themselves.
func TestNobodyGetsAPasswordFromWhomTheyStandAbove(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		svc := account.NewService(s.DB, s.Change)
		party, err := profile.Load("party")
		ok(t, err)
		units := org.NewService(s.DB, s.Change, nil, func() *profile.Profile { return party })
		var secretary, deputy, head, plain db.ID
		ok(t, s.Change.Do(ctx, system, func(ctx context.Context, tx *change.Tx) error {
			if err := units.EnsureTrees(ctx, tx); err != nil {
				return err
			}
			top, err := units.AddUnit(ctx, tx, org.NewUnit{Tree: "party", Kind: "authority_committee", Name: "机关党委"})
			if err != nil {
				return err
			}
			branch, err := units.AddUnit(ctx, tx, org.NewUnit{ParentID: top.ID, Kind: "branch", Name: "一支部"})
			if err != nil {
				return err
			}
			for _, x := range []struct {
				id       *db.ID
				position string
				above    bool
			}{{&secretary, "secretary", false}, {&deputy, "deputy_secretary", false}, {&head, "member", true}, {&plain, "member", false}} {
				p, err := units.AddPerson(ctx, tx, org.NewPerson{Name: "某人", Category: "serving"})
				if err != nil {
					return err
				}
				*x.id = p.ID
				if _, err := units.AddMembership(ctx, tx, org.NewMembership{PersonID: p.ID, UnitID: branch.ID, Position: x.position, Standing: "full"}); err != nil {
					return err
				}
				if !x.above {
					continue
				}
				if _, err := units.AddMembership(ctx, tx, org.NewMembership{PersonID: p.ID, UnitID: top.ID, Position: "committee_secretary", Standing: "full"}); err != nil {
					return err
				}
			}
			return nil
		}))
		as := func(person db.ID) access.Actor {
			grants, err := org.Grants(ctx, s.DB.Read(), person)
			ok(t, err)
			return access.Actor{Kind: access.Person, PersonID: person, Grants: grants}
		}
		for _, round := range []string{"a new sign-in", "a new password"} {
			if _, _, err := svc.Issue(ctx, as(secretary), head, "head"); fault.Code(err) != "forbidden" {
				t.Errorf("%s for whom sits on the committee above: %v", round, err)
			}
			for login, id := range map[string]db.ID{"deputy": deputy, "plain": plain, "own": secretary} {
				if _, _, err := svc.Issue(ctx, as(secretary), id, login); err != nil {
					t.Errorf("%s for %s: %v", round, login, err)
				}
			}
			if _, _, err := svc.Issue(ctx, system, head, "head"); err != nil {
				t.Errorf("%s by the program: %v", round, err)
			}
		}
	})
}

// Guessing at once is no way round: every try is counted before it is looked at, and who was right
// has it back.
func TestTriesAtOnceAreSlowedDownToo(t *testing.T) {
	svc, _, _ := two(t, testkit.SQLiteStore(t))
	for range 12 { // more than there are free tries
		if _, _, err := svc.SignIn(ctx, "bo", password, "192.0.2.1", ""); err != nil {
			t.Fatalf("who is right is slowed down: %v", err)
		}
	}
	var tried atomic.Int64
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			if _, _, err := svc.SignIn(ctx, "anna", "wrong", "192.0.2.1", ""); fault.Code(err) == "wrong_login" {
				tried.Add(1)
			}
		})
	}
	all.Wait()
	if n := tried.Load(); n > 10 || n == 0 {
		t.Errorf("%d passwords were tried at once, want the ten free tries at most", n)
	}
}

// Two who lead the same unit do not therefore reach as far: who oversees all that is below it is
// not taken over by who does not.
func TestAPasswordIsNotGivenToWhoReachesFurtherBelow(t *testing.T) {
	s := testkit.SQLiteStore(t)
	svc, _, _ := two(t, s)
	p, err := profile.Load("association")
	ok(t, err)
	units := org.NewService(s.DB, s.Change, nil, func() *profile.Profile { return p })
	person := map[string]db.ID{}
	var federation org.Unit
	ok(t, s.Change.Do(ctx, system, func(ctx context.Context, tx *change.Tx) (err error) {
		if err := units.EnsureTrees(ctx, tx); err != nil {
			return err
		}
		if federation, err = units.AddUnit(ctx, tx, org.NewUnit{Tree: p.Trees[0].Key, Kind: "federation", Name: "总会"}); err != nil {
			return err
		}
		for _, position := range []string{"president", "vice_chair", "secretary"} {
			x, err := units.AddPerson(ctx, tx, org.NewPerson{Name: "某人", Category: p.Categories[0].Key})
			if err != nil {
				return err
			}
			person[position] = x.ID
			if _, err := units.AddMembership(ctx, tx, org.NewMembership{PersonID: x.ID, UnitID: federation.ID, Position: position, Standing: p.Standings[0].Key}); err != nil {
				return err
			}
		}
		return nil
	}))
	as := func(position string) access.Actor {
		grants, err := org.Grants(ctx, s.DB.Read(), person[position])
		ok(t, err)
		return access.Actor{Kind: access.Person, PersonID: person[position], Grants: grants}
	}
	if _, _, err := svc.Issue(ctx, as("vice_chair"), person["president"], "president"); fault.Code(err) != "forbidden" {
		t.Errorf("the vice-chair to the president: %v", err)
	}
	for by, to := range map[string]string{"president": "vice_chair", "vice_chair": "secretary"} {
		if _, _, err := svc.Issue(ctx, as(by), person[to], to); err != nil {
			t.Errorf("%s to %s: %v", by, to, err)
		}
	}
	// Nor is such an office given by who has not got it: to a friend, or to oneself.
	for position, want := range map[string]string{"president": "forbidden", "secretary": ""} {
		_, err := units.CreatePerson(ctx, as("vice_chair"), federation.ID, org.NewMember{NewPerson: org.NewPerson{Name: "某人", Category: p.Categories[0].Key}, Position: position, Standing: p.Standings[0].Key})
		if fault.Code(err) != want {
			t.Errorf("a new %s by the vice-chair: %v", position, err)
		}
	}
}
