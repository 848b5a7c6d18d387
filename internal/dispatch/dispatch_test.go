package dispatch_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/dispatch"
	"wozai/internal/fault"
	"wozai/internal/org"
)

func TestHowSomebodyIsReached(t *testing.T) {
	at := func(hour int) time.Time { return time.Date(2020, 2, 14, hour, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		name string
		v    dispatch.Availability
		hour int
		want dispatch.Reach
	}{
		{"free", dispatch.Availability{State: "free"}, 10, dispatch.Ring},
		{"free in the night", dispatch.Availability{State: "free", Quiet: "22:00-07:00"}, 23, dispatch.InPeace},
		{"free in the night, without quiet hours", dispatch.Availability{State: "free"}, 23, dispatch.Ring},
		{"busy", dispatch.Availability{State: "busy"}, 10, dispatch.Tell},
		{"busy until nine", dispatch.Availability{State: "busy", UntilAt: db.At(at(9))}, 9, dispatch.Ring},
		{"busy in the night", dispatch.Availability{State: "busy", Quiet: "22:00-07:00"}, 6, dispatch.InPeace},
		{"off", dispatch.Availability{State: "off", UntilAt: db.At(at(18))}, 10, dispatch.InPeace},
		{"off until now", dispatch.Availability{State: "off", UntilAt: db.At(at(18))}, 18, dispatch.Ring},
	} {
		if got := c.v.Reach(at(c.hour)); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestOneTapTakesItAndEverybodyElseIsTold(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.ask(h.question())
		for _, m := range h.Members {
			if d := h.get(m, id); !d.Mine.Ringing || !slices.Equal(d.Abilities, []string{"claim", "pass"}) || h.Notices(m, "dispatch.asked") != 1 || h.Todos(m) != 1 {
				t.Errorf("not rung: %+v", d.Mine)
			}
		}
		h.Work() // the job rings nobody a second time
		h.claim(h.Members[1], id, dispatch.Yours)
		h.claim(h.Members[1], id, dispatch.Yours) // sent twice
		h.claim(h.Members[0], id, dispatch.Taken)
		for _, m := range h.Members {
			if d := h.get(m, id); d.Mine.Ringing || h.Todos(m) != 0 || h.Notices(m, "dispatch.asked") != 1 {
				t.Errorf("still rung: %+v", d.Mine)
			}
		}
		if d := h.get(h.Recorder, id); d.Held != 1 || len(d.Seats) != 1 || d.Seats[0].Person != h.Members[1].PersonID || d.Seats[0].UntilAt == 0 {
			t.Errorf("the asker sees %+v", d.Seats)
		}
		if h.Notices(h.Recorder, "dispatch.claimed") != 1 {
			t.Error("the asker was not told")
		}
		// From the end: done, not yet, done, enough.
		m := h.Members[1]
		h.Wants(h.s.Confirm(h.Ctx, h.Recorder, id), "dispatch_nothing_done")
		h.OK(h.s.Progress(h.Ctx, m, id, "在核了"))
		h.OK(h.s.Finish(h.Ctx, m, id, "核准了：3,721"))
		h.OK(h.s.Finish(h.Ctx, m, id, "核准了：3,721"))
		h.Wants(h.s.Finish(h.Ctx, m, id, "别的"), "dispatch_is_done")
		h.Wants(h.s.Release(h.Ctx, m, id, ""), "dispatch_is_done")
		if h.Notices(h.Recorder, "dispatch.done") != 1 || h.Todos(h.Recorder) != 1 {
			t.Error("the asker was not told of the result")
		}
		if d := h.get(h.Members[0], id); len(d.Lines) != 0 || d.Seats[0].Result != "" || len(d.People) != 0 {
			t.Errorf("who has no part in it reads %+v", d)
		}
		h.OK(h.s.Again(h.Ctx, h.Recorder, id, m.PersonID, "请连同上月一起核"))
		h.sound(id)
		if d := h.get(h.Members[0], id); !d.Mine.Ringing || h.Notices(m, "dispatch.again") != 1 {
			t.Errorf("not asked again: %+v", d.Mine)
		}
		h.claim(h.Members[0], id, dispatch.Yours)
		h.OK(h.s.Finish(h.Ctx, h.Members[0], id, "两个月都核了"))
		h.Wants(h.s.Confirm(h.Ctx, h.Members[0], id), "forbidden")
		h.OK(h.s.Confirm(h.Ctx, h.Recorder, id))
		h.OK(h.s.Confirm(h.Ctx, h.Recorder, id))
		if h.Notices(h.Members[0], "dispatch.confirmed") != 1 || h.Todos(h.Recorder) != 0 {
			t.Error("not thanked, or still to be done")
		}
		_, err := h.s.Claim(h.Ctx, h.Members[2], id, "")
		h.Wants(err, "dispatch_closed")
		h.Wants(h.s.Cancel(h.Ctx, h.Recorder, id, ""), "dispatch_closed")
		h.sound(id)
	})
}

func TestASilentSeatGoesBackAndAWordKeepsIt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.ask(h.question())
		m := h.Members[0]
		h.claim(m, id, dispatch.Yours)
		first := h.get(m, id).Mine.UntilAt
		h.OK(h.s.Progress(h.Ctx, m, id, "快好了"))
		second := h.get(m, id).Mine.UntilAt
		if second <= first {
			t.Fatalf("the lease was not renewed: %v, %v", first, second)
		}
		h.WorkUntil(first.Std())
		if d := h.get(m, id); d.Mine.Claim != dispatch.Holding {
			t.Fatalf("gone in spite of a word: %+v", d.Mine)
		}
		h.WorkUntil(second.Std().Add(time.Second)) // the queue keeps coarser times
		d := h.get(h.Recorder, id)
		if d.Held != 0 || h.Notices(m, "dispatch.lapsed") != 1 || h.Notices(h.Recorder, "dispatch.back") != 1 {
			t.Errorf("still held: %+v", d.Seats)
		}
		if h.Notices(h.Members[1], "dispatch.asked") != 2 || h.Todos(h.Members[1]) != 1 {
			t.Errorf("asked %d times", h.Notices(h.Members[1], "dispatch.asked"))
		}
		h.Wants(h.s.Progress(h.Ctx, m, id, "我又来了"), "dispatch_not_held")
		h.claim(m, id, dispatch.Yours)
		h.sound(id)
	})
}

func TestGivenBackOrHandedOn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		q := h.question()
		q.Mode, q.Wanted = dispatch.Some, 2
		id := h.ask(q)
		a, b, c := h.Members[0], h.Members[1], h.Members[2]
		h.claim(a, id, dispatch.Yours)
		h.claim(b, id, dispatch.Yours)
		h.claim(c, id, dispatch.Taken)
		h.OK(h.s.Release(h.Ctx, a, id, "临时有会"))
		h.OK(h.s.Release(h.Ctx, a, id, "临时有会"))
		h.sound(id)
		if !h.get(c, id).Mine.Ringing || h.Todos(a) != 0 {
			t.Error("the free seat is not offered, or to who gave it back")
		}
		h.Wants(h.s.Hand(h.Ctx, b, id, b.PersonID), "invalid")
		h.Wants(h.s.Hand(h.Ctx, b, id, h.MemberB.PersonID), "invalid")
		h.Wants(h.s.Hand(h.Ctx, a, id, c.PersonID), "dispatch_not_held")
		h.OK(h.s.Hand(h.Ctx, b, id, c.PersonID))
		if d := h.get(c, id); d.Mine.Claim != dispatch.Holding || h.Notices(c, "dispatch.handed") != 1 {
			t.Errorf("not handed on: %+v", d.Mine)
		}
		h.sound(id)
		h.OK(h.s.Cancel(h.Ctx, h.Secretary, id, "不需要了"))
		h.OK(h.s.Cancel(h.Ctx, h.Recorder, id, "不需要了"))
		if h.Notices(c, "dispatch.cancelled") != 1 || h.Todos(c) != 0 {
			t.Error("the holder was not told")
		}
	})
}

func TestWhoIsOffIsNotRungAndTheNextRingIsAsked(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.set(h.Members[0], dispatch.Off)
		h.set(h.Members[1], dispatch.Busy)
		id := h.ask(h.question())
		if h.get(h.Members[0], id).Mine.Ringing || h.Notices(h.Members[0], "dispatch.asked") != 0 {
			t.Error("who is off was rung")
		}
		if h.get(h.Members[1], id).Mine.Ringing || h.Notices(h.Members[1], "dispatch.asked") != 1 {
			t.Error("who is busy was rung, or not told")
		}
		if d := h.get(h.Recorder, id); d.Ring != dispatch.RingAudience || !h.get(h.Members[2], id).Mine.Ringing {
			t.Errorf("ring %d", d.Ring)
		}
		// The last who could be rung cannot now: the branch is asked at once, whom nobody named.
		h.OK(h.s.Pass(h.Ctx, h.Members[2], id))
		h.OK(h.s.Pass(h.Ctx, h.Members[2], id))
		if d := h.get(h.Recorder, id); d.Ring != dispatch.RingUnit || !h.get(h.Youth, id).Mine.Ringing || h.Todos(h.Members[2]) != 0 {
			t.Errorf("ring %d", d.Ring)
		}
		// Nobody comes: in the end who is in charge is told in any case.
		h.set(h.Secretary, dispatch.Off)
		h.WorkUntil(time.Now().Add(10 * time.Minute))
		if d := h.get(h.Recorder, id); d.Ring != dispatch.RingOfficers || h.Notices(h.Secretary, "dispatch.nobody") != 1 || h.get(h.Secretary, id).Mine.Ringing {
			t.Errorf("ring %d, told %d", d.Ring, h.Notices(h.Secretary, "dispatch.nobody"))
		}
		if h.Notices(h.MemberB, "dispatch.asked")+h.Notices(h.Boss, "dispatch.nobody") != 0 {
			t.Error("another branch, or the level above, was asked")
		}
		h.claim(h.Members[0], id, dispatch.Yours) // off, and all the same
		h.WorkUntil(time.Now().Add(3 * time.Hour))
		if h.Notices(h.Recorder, "dispatch.due") != 1 {
			t.Error("the asker was not told that the time has come")
		}
		h.sound(id)
	})
}

func TestWhereAllAreToAnswerItIsACount(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		q := h.question()
		q.Mode = dispatch.All
		id := h.ask(q)
		for i, m := range h.Members {
			if out, err := h.s.Claim(h.Ctx, m, id, "在岗"); err != nil || out != dispatch.Yours {
				t.Fatal(out, err)
			}
			if n := h.Notices(h.Recorder, "dispatch.answered"); (n == 1) != (i == 2) {
				t.Errorf("after %d answers the asker was told %d times", i+1, n)
			}
		}
		h.WorkUntil(time.Now().Add(time.Hour))
		if d := h.get(h.Recorder, id); d.Held != 3 || d.Wanted != 3 || d.Ring != 0 || d.Seats[0].State != dispatch.Done || d.Seats[0].Result != "在岗" {
			t.Errorf("%+v", d.Seats)
		}
		h.OK(h.s.Confirm(h.Ctx, h.Recorder, id))
	})
}

func TestWhoMayAskWhom(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		unit := func(u org.Unit, below bool) org.Selection {
			return org.Selection{UnitIDs: []db.ID{u.ID}, Subtree: below}
		}
		one := func(a access.Actor) org.Selection { return org.Selection{PersonIDs: []db.ID{a.PersonID}} }
		staff := h.Place("卜同", h.Bureau, "staff", "")
		for _, c := range []struct {
			name string
			who  access.Actor
			in   org.Unit
			sel  org.Selection
			want string
		}{
			{"a member, their branch", h.Members[0], h.A, unit(h.A, false), ""},
			{"a member, a colleague", h.Members[0], h.A, one(h.Secretary), ""},
			{"a member, below", h.Members[0], h.A, unit(h.A, true), "invalid"},
			{"a member, in their branch's name another", h.Members[0], h.A, unit(h.B, false), "invalid"},
			{"a member, somebody of another", h.Members[0], h.A, one(h.MemberB), "invalid"},
			{"a member, in another's name", h.Members[0], h.B, unit(h.B, false), "not_found"},
			{"the secretary, below", h.Secretary, h.A, unit(h.A, true), ""},
			{"the level above, all of it", h.Boss, h.Top, unit(h.Top, true), ""},
			{"the level above, one branch", h.Boss, h.B, unit(h.B, false), ""},
			{"an office without grants", h.Stranger, h.Bureau, unit(h.Bureau, false), ""},
			{"nobody but oneself", staff, h.Bureau, one(staff), "invalid"},
			{"nobody at all", h.Secretary, h.A, org.Selection{}, "invalid"},
			{"an administrator", h.Admin, h.A, unit(h.A, false), "not_found"},
			{"a unit that is not there", h.Secretary, org.Unit{ID: 99}, unit(h.A, false), "not_found"},
			{"by a link", h.Link(h.Members[0], 1), h.A, unit(h.A, false), "not_found"},
		} {
			q := h.question()
			q.Audience = c.sel
			id, err := h.s.Ask(h.Ctx, c.who, c.in.ID, q)
			if fault.Code(err) != c.want {
				t.Errorf("%s: %v, want %q", c.name, err, c.want)
			}
			if err == nil {
				h.OK(h.s.Cancel(h.Ctx, c.who, id, ""))
			}
		}
	})
}

func TestWhoSeesIt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.ask(h.question())
		for name, c := range map[string]struct {
			who  access.Actor
			want string
		}{
			"asker": {h.Recorder, ""}, "asked": {h.Members[0], ""}, "in charge": {h.Secretary, ""},
			"not asked": {h.Youth, "not_found"}, "another branch": {h.SecretB, "not_found"}, "the level above": {h.Boss, "not_found"},
			"administrator": {h.Admin, "not_found"}, "link": {h.Link(h.Members[0], 1), "not_found"}, "nobody": {access.Actor{}, "not_found"},
		} {
			_, err := h.s.Get(h.Ctx, c.who, id)
			if fault.Code(err) != c.want || fault.Code(h.s.Hear(h.Ctx, c.who, id)) != c.want {
				t.Errorf("%s: %v", name, err)
			}
			list, err := h.s.List(h.Ctx, c.who, dispatch.Filter{})
			h.OK(err)
			if seen := len(list) == 1; seen != (c.want == "" && name != "in charge") {
				t.Errorf("%s has %d in the list", name, len(list))
			}
		}
		_, err := h.s.Claim(h.Ctx, h.Youth, id, "")
		h.Wants(err, "not_found")
		h.Wants(h.s.Pass(h.Ctx, h.Youth, id), "not_found")
		h.Wants(h.s.Cancel(h.Ctx, h.Members[0], id, ""), "forbidden")
		_, err = h.s.Colleagues(h.Ctx, h.MemberB, h.A.ID)
		h.Wants(err, "not_found")
		list, err := h.s.Colleagues(h.Ctx, h.Members[0], h.A.ID)
		if err != nil || len(list) < 8 || list[0].State != dispatch.Free || list[0].Quiet != "" {
			t.Errorf("%v %+v", err, list)
		}
	})
}

func TestBadQuestionsAreRefusedWhole(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, err := h.s.Ask(h.Ctx, h.Secretary, h.A.ID, dispatch.Question{Text: " ", Mode: "some", Lease: 1, Widen: -1, DueAt: db.Now().Add(-time.Hour)})
		var f *fault.Fault
		if !errors.As(err, &f) {
			t.Fatal(err)
		}
		var got []string
		for _, x := range f.Fields {
			got = append(got, x.Field)
		}
		if want := []string{"text", "wanted", "due_at", "lease_minutes", "widen_minutes", "audience"}; !slices.Equal(got, want) {
			t.Errorf("fields %v, want %v", got, want)
		}
		if n := h.Count(`SELECT COUNT(*) FROM dispatch`); n != 0 {
			t.Errorf("%d kept", n)
		}
		for _, v := range []dispatch.Availability{{State: "asleep"}, {State: "off"}, {State: "off", UntilAt: db.Now().Add(-time.Second)}, {State: "free", Quiet: "nights"}} {
			h.Wants(h.s.SetMine(h.Ctx, h.Recorder, v), "invalid")
		}
		// Sent twice it is asked once, and nobody may keep ringing.
		ctx := change.WithKey(context.Background(), "k", 1)
		one, err := h.s.Ask(ctx, h.Recorder, h.A.ID, h.question())
		h.OK(err)
		two, err := h.s.Ask(ctx, h.Recorder, h.A.ID, h.question())
		if err != nil || one != two || h.Notices(h.Members[0], "dispatch.asked") != 1 {
			t.Errorf("%v %v %v", one, two, err)
		}
		for range 9 {
			h.ask(h.question())
		}
		_, err = h.s.Ask(h.Ctx, h.Recorder, h.A.ID, h.question())
		h.Wants(err, "dispatch_many_open")
	})
}

func TestWhoeverIsOnDutyIsAskedBeforeWhoIsInCharge(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		now := db.Now()
		on := func(a access.Actor, unit db.ID, n dispatch.NewDuty) (db.ID, error) {
			return h.s.SetDuty(h.Ctx, a, unit, n)
		}
		hours := func(p db.ID, from, until time.Duration) dispatch.NewDuty {
			return dispatch.NewDuty{Person: p, FromAt: now.Add(from), UntilAt: now.Add(until)}
		}
		// Only who is in charge sets it, for people of the unit, and for a time that can be.
		if _, err := on(h.Recorder, h.A.ID, hours(h.Youth.PersonID, 0, time.Hour)); !fault.Is(err, fault.KindForbidden) {
			t.Errorf("a member sets the roster: %v", err)
		}
		if _, err := on(h.MemberB, h.A.ID, hours(h.MemberB.PersonID, 0, time.Hour)); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("another branch: %v", err)
		}
		for name, n := range map[string]dispatch.NewDuty{
			"a stranger": hours(h.MemberB.PersonID, 0, time.Hour), "backwards": hours(h.Youth.PersonID, 2*time.Hour, time.Hour), "over": hours(h.Youth.PersonID, -2*time.Hour, -time.Hour),
			"for ever": hours(h.Youth.PersonID, 0, 40*24*time.Hour), "no times": {Person: h.Youth.PersonID},
		} {
			if _, err := on(h.Secretary, h.A.ID, n); !fault.Is(err, fault.KindInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		id, err := on(h.Secretary, h.A.ID, hours(h.Youth.PersonID, -time.Minute, time.Hour))
		h.OK(err)
		if _, err := on(h.Secretary, h.A.ID, hours(h.Youth.PersonID, 30*time.Minute, 2*time.Hour)); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("twice at once: %v", err)
		}
		_, err = on(h.Secretary, h.A.ID, hours(h.Members[2].PersonID, time.Hour, 2*time.Hour))
		h.OK(err)
		roster, err := h.s.Roster(h.Ctx, h.Recorder, h.A.ID)
		h.OK(err)
		if len(roster.Items) != 2 || !roster.Items[0].Now || roster.Items[1].Now || len(roster.Abilities) != 0 || h.Notices(h.Youth, "dispatch.duty_set") != 1 {
			t.Errorf("%+v", roster)
		}

		// Nobody of those named, nor of the branch, can: whoever is on duty above is asked, and the asker hears of it.
		_, err = on(access.SystemActor("test"), h.Top.ID, hours(h.Boss.PersonID, -time.Minute, time.Hour))
		h.OK(err)
		q := h.question()
		d := h.ask(q)
		h.OK(h.s.Widen(h.Ctx, d, dispatch.RingAudience))
		h.OK(h.s.Widen(h.Ctx, d, dispatch.RingUnit))
		if got := h.get(h.Recorder, d); got.Ring != dispatch.RingDuty || !h.get(h.Boss, d).Mine.Ringing || h.Notices(h.Recorder, "dispatch.widened") != 2 {
			t.Errorf("ring %d, told %d times", got.Ring, h.Notices(h.Recorder, "dispatch.widened"))
		}
		h.OK(h.s.EndDuty(h.Ctx, h.Secretary, h.A.ID, id))
		if err := h.s.EndDuty(h.Ctx, h.Secretary, h.A.ID, id); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("twice: %v", err)
		}
		if h.Notices(h.Youth, "dispatch.duty_end") != 1 {
			t.Error("who was taken off the roster was not told")
		}
	})
}

func TestWhatNobodyConfirmsClosesByItself(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.ask(h.question())
		h.claim(h.Members[0], id, dispatch.Yours)
		h.OK(h.s.Finish(h.Ctx, h.Members[0], id, "核准了"))
		never := h.ask(h.question()) // nobody ever comes
		h.WorkUntil(time.Now().Add(23 * time.Hour))
		if d := h.get(h.Recorder, id); d.State != dispatch.Open {
			t.Fatalf("%s before the day is over", d.State)
		}
		h.WorkUntil(time.Now().Add(25 * time.Hour))
		if d := h.get(h.Recorder, id); d.State != dispatch.Ended || h.Notices(h.Members[0], "dispatch.ended") != 1 || h.Notices(h.Recorder, "dispatch.ended") != 1 || len(d.Abilities) != 0 {
			t.Errorf("%s; told %d and %d", d.State, h.Notices(h.Members[0], "dispatch.ended"), h.Notices(h.Recorder, "dispatch.ended"))
		}
		if d := h.get(h.Recorder, never); d.State != dispatch.Open {
			t.Fatalf("%s a day before its time was over", d.State)
		}
		h.WorkUntil(time.Now().Add(27 * time.Hour))
		if d := h.get(h.Recorder, never); d.State != dispatch.Ended || h.Todos(h.Recorder) != 0 {
			t.Errorf("what nobody took on: %s, %d to do", d.State, h.Todos(h.Recorder))
		}
		if err := h.s.Confirm(h.Ctx, h.Recorder, id); fault.Code(err) != "dispatch_closed" {
			t.Errorf("confirmed afterwards: %v", err)
		}
	})
}
