package meeting

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/profile"
)

func share(num, den int, s profile.Strictness) profile.Quorum {
	return profile.Quorum{Num: num, Den: den, Base: profile.EligibleVoting, Strictness: s}
}

func TestNeeded(t *testing.T) {
	for _, c := range []struct {
		num, den, of int
		s            profile.Strictness
		want         int
	}{
		{1, 2, 22, profile.AtLeast, 11}, {1, 2, 23, profile.AtLeast, 12}, {1, 2, 22, profile.MoreThan, 12}, {1, 2, 23, profile.MoreThan, 12},
		{4, 5, 20, profile.AtLeast, 16}, {4, 5, 21, profile.AtLeast, 17}, {2, 7, 7, profile.AtLeast, 2}, {2, 7, 7, profile.MoreThan, 3},
		{2, 7, 8, profile.MoreThan, 3}, {1, 1, 5, profile.AtLeast, 5}, {1, 2, 1, profile.AtLeast, 1}, {1, 2, 0, profile.AtLeast, 1},
	} {
		if got := Needed(c.num, c.den, c.of, c.s); got != c.want {
			t.Errorf("%s %d/%d of %d: %d, want %d", c.s, c.num, c.den, c.of, got, c.want)
		}
	}
}

// Against the definition, without fractions: the smallest n with n·den ≥ (or >) of·num.
func TestNeededIsTheSmallest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		den := rapid.IntRange(1, 1000).Draw(t, "den")
		num := rapid.IntRange(1, den).Draw(t, "num")
		of := rapid.IntRange(1, 1_000_000).Draw(t, "of")
		strict := num < den && rapid.Bool().Draw(t, "strict")
		s, enough := profile.AtLeast, func(n int) bool { return n*den >= of*num }
		if strict {
			s, enough = profile.MoreThan, func(n int) bool { return n*den > of*num }
		}
		n := Needed(num, den, of, s)
		if !enough(n) || enough(n-1) || n > of {
			t.Fatalf("needed %d of %d for %s %d/%d", n, of, s, num, den)
		}
	})
}

// branch is n voting members of whom present are here.
func branch(n, present int) []Attendee {
	out := make([]Attendee, n)
	for i := range out {
		out[i] = Attendee{Person: db.ID(i + 1), Belongs: true, Votes: true, Present: i < present, How: ByVideo}
	}
	return out
}

func TestQuorum(t *testing.T) {
	half := share(1, 2, profile.AtLeast)
	for _, c := range []struct {
		name                string
		rule                profile.Quorum
		change              func([]Attendee) []Attendee
		due, present, short int
	}{
		{"three short", half, nil, 22, 8, 3},
		{"a probationary member does not count", half, func(p []Attendee) []Attendee {
			return append(p, Attendee{Person: 90, Belongs: true, Present: true, How: ByVideo})
		}, 22, 8, 3},
		{"nor an observer", half, func(p []Attendee) []Attendee {
			return append(p, Attendee{Person: 90, Belongs: true, Votes: true, Observer: true, Present: true, How: ByVideo})
		}, 22, 8, 3},
		{"nor a letter", half, func(p []Attendee) []Attendee { p[10].Present, p[10].How = true, ByWriting; return p }, 22, 8, 3},
		{"the telephone and the shared screen do", half, func(p []Attendee) []Attendee {
			p[0].How, p[1].How = ByPhone, ByShared
			return p
		}, 22, 8, 3},
		{"exemption takes off", half, func(p []Attendee) []Attendee {
			for i := 8; i < 14; i++ {
				p[i].Exempt = "long_illness"
			}
			return p
		}, 16, 8, 0},
		{"who is exempt and comes is due again", half, func(p []Attendee) []Attendee { p[0].Exempt = "frail"; return p }, 22, 8, 3},
		{"four fifths", share(4, 5, profile.AtLeast), nil, 22, 8, 10},
		{"more than 2/7", share(2, 7, profile.MoreThan), nil, 22, 8, 0},
		{"nobody is due", half, func(p []Attendee) []Attendee { return nil }, 0, 0, 1},
		{"everybody who belongs", profile.Quorum{Num: 1, Den: 2, Base: profile.Eligible, Strictness: profile.MoreThan}, func(p []Attendee) []Attendee {
			return append(p, Attendee{Person: 90, Belongs: true, Present: true, How: ByVideo})
		}, 23, 9, 3},
	} {
		people := branch(22, 8)
		if c.change != nil {
			people = c.change(people)
		}
		r := CountQuorum(c.rule, people)
		if r.Due != c.due || r.Present != c.present || r.Short != c.short || r.Met != (c.short == 0) {
			t.Errorf("%s: due %d present %d short %d met %v, want %d %d %d", c.name, r.Due, r.Present, r.Short, r.Met, c.due, c.present, c.short)
		}
	}
	r := CountQuorum(half, branch(22, 8))
	want := Message{MsgQuorumShort, map[string]any{"short": 3, "needed": 11, "due": 22, "present": 8, "who": "voter"}}
	if !reflect.DeepEqual(r.Message, want) {
		t.Errorf("message %+v, want %+v", r.Message, want)
	}
}

func ballot() profile.Ballot {
	return profile.Ballot{Key: "motion", Quorum: share(1, 2, profile.AtLeast),
		Majority: profile.Majority{Num: 1, Den: 2, Base: profile.EligibleVoting, Strictness: profile.MoreThan}}
}

func TestVote(t *testing.T) {
	people := branch(22, 11)
	m := Motion{ID: 5, State: MotionDraft}
	if _, err := OpenMotion(m, ballot(), branch(22, 10), 1, t0); fault.Code(err) != CodeNoQuorum {
		t.Fatalf("opened without quorum: %v", err)
	}
	secret := ballot()
	secret.Secret = true
	if _, err := OpenMotion(m, secret, people, 1, t0); fault.Code(err) != CodeSecretBallot {
		t.Fatalf("opened a secret ballot: %v", err)
	}
	m, err := OpenMotion(m, ballot(), people, 1, t0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenMotion(m, ballot(), people, 1, t0); fault.Code(err) != CodeMotionState {
		t.Fatalf("opened twice: %v", err)
	}
	cast := func(a Attendee, c Choice, code string) {
		t.Helper()
		next, err := Cast(m, a, CastVote{Choice: c}, t0.Add(time.Minute))
		if fault.Code(err) != code {
			t.Fatalf("vote of %d: %v, want %q", a.Person, err, code)
		}
		m = next
	}
	for _, a := range people[:11] {
		cast(a, For, "")
	}
	cast(people[0], For, "") // again
	if len(m.Votes) != 11 {
		t.Fatalf("%d votes kept", len(m.Votes))
	}
	cast(people[20], For, CodeVoterAbsent)
	cast(Attendee{Person: 90, Belongs: true, Present: true, How: ByVideo}, For, CodeNoVote)
	cast(people[1], "maybe", CodeChoice)
	closed, err := CloseMotion(m, people, 1, t0.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	// Every one of those present is for it, and it is not enough: half of those due is not more than half.
	if r := closed.Result; r.Carried || r.For != 11 || r.Base != 22 || r.Needed != 12 || r.NotVoted != 11 || r.Message.Params["short"] != 1 {
		t.Fatalf("result %+v", r)
	}
	late := people[12] // comes in while the vote is on
	late.Present = true
	cast(late, Against, "")
	cast(late, For, "")
	if len(m.Votes) != 13 {
		t.Fatalf("a changed vote is not kept beside the old: %d", len(m.Votes))
	}
	m, err = CloseMotion(m, people, 1, t0.Add(time.Hour))
	if err != nil || !m.Result.Carried || m.Result.For != 12 || m.Result.Against != 0 {
		t.Fatalf("result %+v %v", m.Result, err)
	}
	cast(people[2], Against, CodeMotionState)
}

func TestMajorityBases(t *testing.T) {
	for _, c := range []struct {
		base          profile.Base
		strict        profile.Strictness
		votes         string // one letter each of those present: + - o, . for no vote
		baseN, needed int
		carried       bool
	}{
		{profile.EligibleVoting, profile.MoreThan, "++++++.....", 20, 11, false},
		{profile.Present, profile.MoreThan, "++++++.....", 11, 6, true},
		{profile.Present, profile.AtLeast, "+++++-----", 10, 5, true},
		{profile.Present, profile.MoreThan, "+++++-----", 10, 6, false},
		{profile.Cast, profile.MoreThan, "++-oooooooo", 3, 2, true},
		{profile.Cast, profile.MoreThan, "ooooooooooo", 0, 1, false},
	} {
		b := ballot()
		b.Majority.Base, b.Majority.Strictness = c.base, c.strict
		people := branch(20, len(c.votes))
		m, err := OpenMotion(Motion{State: MotionDraft}, b, people, 1, t0)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range c.votes {
			choice := map[rune]Choice{'+': For, '-': Against, 'o': Abstain}[v]
			if choice == "" {
				continue
			}
			if m, err = Cast(m, people[i], CastVote{Choice: choice}, t0); err != nil {
				t.Fatal(err)
			}
		}
		m, _ = CloseMotion(m, people, 1, t0)
		if r := m.Result; r.Base != c.baseN || r.Needed != c.needed || r.Carried != c.carried {
			t.Errorf("%s %s %s: base %d needed %d carried %v", c.base, c.strict, c.votes, r.Base, r.Needed, r.Carried)
		}
	}
}

// Whatever votes are given and changed, each person counts once and the sums add up.
func TestVotesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(t, "members")
		people := branch(n, n)
		m, err := OpenMotion(Motion{State: MotionDraft}, ballot(), people, 1, t0)
		if err != nil {
			t.Fatal(err)
		}
		last := map[db.ID]Choice{}
		for range rapid.IntRange(0, 60).Draw(t, "votes") {
			a := people[rapid.IntRange(0, n-1).Draw(t, "who")]
			c := rapid.SampledFrom([]Choice{For, Against, Abstain}).Draw(t, "choice")
			if m, err = Cast(m, a, CastVote{Choice: c}, t0); err != nil {
				t.Fatal(err)
			}
			last[a.Person] = c
		}
		m, _ = CloseMotion(m, people, 1, t0)
		want := 0
		for _, c := range last {
			if c == For {
				want++
			}
		}
		r := m.Result
		if r.For != want || r.For+r.Against+r.Abstain+r.NotVoted != n || r.Carried != (2*r.For > n) {
			t.Fatalf("%+v from %v", r, last)
		}
	})
}

func at(minute int) db.Time { return db.At(t0.Add(time.Duration(minute) * time.Minute)) }

func tr(kind TransitionKind, minute int, seat db.ID) Transition {
	return Transition{Person: 7, Seat: seat, Kind: kind, At: at(minute), How: ByVideo, Where: "home"}
}

func TestAttendance(t *testing.T) {
	ended := Hours{Start: at(0), End: at(60), Now: at(70), Leeway: 5 * time.Minute}
	running := Hours{Start: at(0), Now: at(30), Leeway: 5 * time.Minute}
	// Opened a quarter of an hour before the time that people were told, and ended twenty minutes after it.
	longer := Hours{Start: at(-15), End: at(80), Announced: Span{at(0), at(60)}, Now: at(90), Leeway: 5 * time.Minute}
	// Opened late, and soon over.
	shorter := Hours{Start: at(20), End: at(40), Announced: Span{at(0), at(60)}, Now: at(90), Leeway: 5 * time.Minute}
	due := Expected{Person: 7, Due: true}
	for _, c := range []struct {
		name    string
		e       Expected
		h       Hours
		seen    []Transition
		status  AttendanceStatus
		minutes int
		spans   int
		late    bool
		early   bool
	}{
		{"whole", due, ended, []Transition{tr(CameIn, -5, 1), tr(WentOut, 61, 1), tr(StillIn, 60, 1)}, AttPresent, 60, 1, false, false},
		{"late, left early", due, ended, []Transition{tr(CameIn, 10, 1), tr(WentOut, 40, 1)}, AttPresent, 30, 1, true, true},
		{"within the leeway", due, ended, []Transition{tr(CameIn, 5, 1), tr(WentOut, 55, 1)}, AttPresent, 50, 1, false, false},
		{"in time for what was announced", due, longer, []Transition{tr(CameIn, 3, 1), tr(WentOut, 58, 1)}, AttPresent, 55, 1, false, false},
		{"late for it, and gone before its end", due, longer, []Transition{tr(CameIn, 6, 1), tr(WentOut, 54, 1)}, AttPresent, 48, 1, true, true},
		{"it was opened late", due, shorter, []Transition{tr(CameIn, 24, 1), tr(WentOut, 36, 1)}, AttPresent, 12, 1, false, false},
		{"later still, and gone early", due, shorter, []Transition{tr(CameIn, 26, 1), tr(WentOut, 34, 1)}, AttPresent, 8, 1, true, true},
		{"unsorted", due, ended, []Transition{tr(WentOut, 60, 1), tr(CameIn, 0, 1)}, AttPresent, 60, 1, false, false},
		{"a lift", due, ended, []Transition{tr(CameIn, 0, 1), tr(WentOut, 20, 1), tr(CameIn, 22, 1), tr(WentOut, 60, 1)}, AttPresent, 60, 1, false, false},
		{"a lunch", due, ended, []Transition{tr(CameIn, 0, 1), tr(WentOut, 20, 1), tr(CameIn, 40, 1), tr(WentOut, 60, 1)}, AttPresent, 40, 2, false, false},
		{"a crash", due, ended, []Transition{tr(CameIn, 0, 1), tr(StillIn, 29, 1), tr(CameIn, 31, 1), tr(WentOut, 60, 1)}, AttPresent, 60, 1, false, false},
		{"a crash and gone long", due, ended, []Transition{tr(CameIn, 0, 1), tr(StillIn, 20, 1), tr(CameIn, 40, 1), tr(WentOut, 60, 1)}, AttPresent, 40, 2, false, false},
		{"a crash and never back", due, ended, []Transition{tr(CameIn, 0, 1), tr(StillIn, 25, 1)}, AttPresent, 25, 1, false, true},
		{"two devices", due, ended, []Transition{tr(CameIn, 0, 1), tr(CameIn, 20, 2), tr(WentOut, 25, 1), tr(WentOut, 60, 2)}, AttPresent, 60, 1, false, false},
		{"in now", due, running, []Transition{tr(CameIn, 10, 1)}, AttPresent, 20, 1, true, false},
		{"only before the start", due, ended, []Transition{tr(CameIn, -20, 1), tr(WentOut, -10, 1)}, AttAbsent, 0, 1, false, false},
		{"absent", due, ended, nil, AttAbsent, 0, 0, false, false},
		{"may yet come", due, running, nil, AttExpected, 0, 0, false, false},
		{"asked, not granted", Expected{Person: 7, Due: true, Excuse: "duty"}, ended, nil, AttAbsent, 0, 0, false, false},
		{"excused", Expected{Person: 7, Due: true, Excuse: "duty", Excuser: 1}, ended, nil, AttExcused, 0, 0, false, false},
		{"exempt", Expected{Person: 7, Due: true, Exempt: "frail"}, ended, nil, AttExempt, 0, 0, false, false},
		{"excused and came", Expected{Person: 7, Due: true, Excuse: "duty", Excuser: 1}, ended, []Transition{tr(CameIn, 0, 1), tr(WentOut, 60, 1)}, AttPresent, 60, 1, false, false},
		{"in writing is not there", due, ended, []Transition{{Person: 7, Kind: CameIn, At: at(0), How: ByWriting}, {Person: 7, Kind: WentOut, At: at(60), How: ByWriting}}, AttAbsent, 0, 0, false, false},
		{"somebody else", due, ended, []Transition{{Person: 8, Kind: CameIn, At: at(0)}, {Person: 8, Kind: WentOut, At: at(60)}}, AttAbsent, 0, 0, false, false},
		{"a guest", Expected{Person: 7}, ended, nil, AttNotDue, 0, 0, false, false},
	} {
		a := Attend(c.e, c.seen, c.h)
		if a.Status != c.status || a.Seconds != c.minutes*60 || len(a.Spans) != c.spans || a.Late != c.late || a.LeftEarly != c.early {
			t.Errorf("%s: %+v", c.name, a)
		}
	}
	a := Attend(due, []Transition{tr(CameIn, 0, 1), {Person: 7, Kind: CameIn, At: at(10), How: ByPhone, Where: "hospital"}}, running)
	if !a.HereNow || !reflect.DeepEqual(a.Hows, []How{ByVideo, ByPhone}) || !reflect.DeepEqual(a.Wheres, []string{"home", "hospital"}) {
		t.Errorf("how and where: %+v", a)
	}
}

// Whatever devices do: spans are in order, apart by more than the gap, and never longer than the meeting.
func TestSpansAreSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var seen []Transition
		for range rapid.IntRange(0, 40).Draw(t, "n") {
			kind := rapid.SampledFrom([]TransitionKind{CameIn, WentOut, StillIn}).Draw(t, "kind")
			seen = append(seen, tr(kind, rapid.IntRange(-30, 90).Draw(t, "minute"), db.ID(rapid.IntRange(1, 3).Draw(t, "seat"))))
		}
		h := Hours{Start: at(0), Now: at(90)}
		if rapid.Bool().Draw(t, "ended") {
			h.End = at(60)
		}
		a := Attend(Expected{Person: 7, Due: true}, seen, h)
		length := 90 * 60
		if h.End != 0 {
			length = 60 * 60
		}
		if a.Seconds < 0 || a.Seconds > length {
			t.Fatalf("%d seconds in a meeting of %d", a.Seconds, length)
		}
		for i, s := range a.Spans {
			if s.To < s.From || i > 0 && s.From.Sub(a.Spans[i-1].To) <= mergeGap {
				t.Fatalf("spans %+v", a.Spans)
			}
		}
		if (a.Status == AttPresent) != (a.Seconds > 0 || a.HereNow) {
			t.Fatalf("%+v", a)
		}
	})
}
