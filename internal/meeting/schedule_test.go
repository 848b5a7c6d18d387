package meeting_test

import (
	"slices"
	"testing"
	"time"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/meeting"
	"wozai/internal/meeting/meetingtest"
	"wozai/internal/org"
	"wozai/internal/profile"
	"wozai/internal/testkit"
)

func TestAMeetingIsArrangedFromItsKind(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := meetingtest.New(t, s)
		d := h.Draft(h.Tomorrow())
		kind, err := h.Meeting.Profile().MeetingKind("organisation_life")
		h.OK(err)
		if d.Status != meeting.Draft || d.HeldAs != "general" || d.ChairID != h.Secretary.PersonID || len(d.Stages) != len(kind.Stages) || len(d.Tasks) != len(kind.Prepare) {
			t.Errorf("draft %+v", d)
		}
		for i, st := range d.Stages {
			if st.Words != kind.Stages[i].Name || st.Mode != kind.Stages[i].Mode || st.Minutes != kind.Stages[i].Minutes {
				t.Errorf("stage %d: %+v", i, st)
			}
		}
		// Somebody can step in for the host, though nobody was named.
		if want := []db.ID{h.Deputy.PersonID, h.Youth.PersonID, h.Recorder.PersonID}; !slices.Equal(d.DeputyIDs, want) {
			t.Errorf("deputies %v, want %v", d.DeputyIDs, want)
		}
		// Who is due follows from standing: those on probation without a vote, applicants not at all.
		if d.Counts.Due != 8 || d.Counts.Voting != 7 || d.Counts.Silent != 8 {
			t.Errorf("counts %+v", d.Counts)
		}
		if p, ok := h.Listed(d.ID, h.Probation); !ok || !p.Belongs || p.Votes {
			t.Errorf("on probation: %+v", p)
		}
		if p, ok := h.Listed(d.ID, h.Applicant); ok {
			t.Errorf("an applicant is due: %+v", p)
		}

		// The kind's committee alone is due at its own meeting.
		a := h.Tomorrow()
		a.Kind, a.HeldAs = "committee", ""
		if c := h.Draft(a); c.Counts.Due != 3 || c.Counts.Voting != 3 {
			t.Errorf("committee: %+v", c.Counts)
		}
	})
}

func TestWhatIsWrongWithAMeetingIsSaidAtOnce(t *testing.T) {
	h := meetingtest.New(t, testkit.SQLiteStore(t))
	now := db.Now()
	_, err := h.Meeting.Create(h.Ctx, h.Secretary, h.A.ID, meeting.Arrangement{Kind: "group_meeting", Theme: " ", StartsAt: now, EndsAt: now.Add(-time.Hour)})
	want := []string{"kind", "theme", "ends_at"}
	if got := fields(err); !slices.Equal(got, want) {
		t.Errorf("fields %v, want %v", got, want)
	}
	a := h.Tomorrow()
	a.Stages = []meeting.PlannedStage{{Key: "opening", Mode: "sideways", Minutes: 0}, {Key: "opening", Minutes: 5, Mode: profile.Queue, Seconds: -1}, {Minutes: 5, Mode: profile.Queue}}
	a.EndsAt = a.StartsAt.Add(48 * time.Hour)
	a.ChairID = 12345
	_, err = h.Meeting.Create(h.Ctx, h.Secretary, h.A.ID, a)
	for _, f := range []string{"ends_at", "stages[0].mode", "stages[0].minutes", "stages[1].key", "stages[1].seconds", "stages[2].name", "chair_id"} {
		if !slices.Contains(fields(err), f) {
			t.Errorf("%s is not named among %v", f, fields(err))
		}
	}
}

// Nobody learns of a draft but who arranges it; nobody of another branch learns of anything.
func TestWhoSeesAndChangesAMeeting(t *testing.T) {
	h := meetingtest.New(t, testkit.SQLiteStore(t))
	draft, open, other := h.Draft(h.Tomorrow()), h.Announced(h.Tomorrow()), h.Announced(h.Tomorrow())
	_, err := h.Meeting.Invite(h.Ctx, h.Secretary, open.ID, org.Selection{PersonIDs: []db.ID{h.MemberB.PersonID}})
	h.OK(err)
	const hidden = "not_found"
	for name, c := range map[string]struct {
		who                           access.Actor
		draft, announced, edit, reply string
	}{
		"secretary":       {h.Secretary, "", "", "", ""},
		"deputy":          {h.Deputy, "", "", "", ""},
		"member":          {h.Members[0], hidden, "", "forbidden", ""},
		"recorder":        {h.Recorder, hidden, "", "forbidden", ""},
		"applicant":       {h.Applicant, hidden, "", "forbidden", hidden},
		"observer":        {h.MemberB, hidden, "", "forbidden", ""},
		"link":            {h.Link(h.Members[1], open.ID), hidden, "", "forbidden", ""},
		"link of another": {h.Link(h.Members[1], other.ID), hidden, hidden, hidden, hidden},
		"secretary of B":  {h.SecretB, hidden, hidden, hidden, hidden},
		"level above":     {h.Boss, hidden, hidden, hidden, hidden},
		"administrator":   {h.Admin, hidden, hidden, hidden, hidden},
		"stranger":        {h.Stranger, hidden, hidden, hidden, hidden},
		"nobody":          {access.Actor{}, hidden, hidden, hidden, hidden},
	} {
		t.Run(name, func(t *testing.T) {
			check := func(what string, err error, want string) {
				t.Helper()
				if fault.Code(err) != want {
					t.Errorf("%s: %v, want %q", what, err, want)
				}
			}
			read := func(id db.ID) error { _, err := h.Meeting.Detail(h.Ctx, c.who, id); return err }
			people := func(id db.ID) error { _, _, err := h.Meeting.Participants(h.Ctx, c.who, id); return err }
			check("draft", read(draft.ID), c.draft)
			check("draft's list", people(draft.ID), c.draft)
			check("meeting", read(open.ID), c.announced)
			check("list", people(open.ID), c.announced)
			_, err := h.Meeting.Guide(h.Ctx, c.who, open.ID)
			check("guide", err, c.announced)
			_, err = h.Meeting.Calendar(h.Ctx, c.who, open.ID, "")
			check("calendar", err, c.announced)
			check("answer", h.Meeting.Answer(h.Ctx, c.who, open.ID, meeting.Reply{Answer: meeting.AnswerYes}), c.reply)

			v := h.Detail(open.ID).Version
			check("edit", h.Meeting.Update(h.Ctx, c.who, open.ID, v, h.Tomorrow()), c.edit)
			_, err = h.Meeting.Invite(h.Ctx, c.who, open.ID, org.Selection{PersonIDs: []db.ID{h.MemberB.PersonID}})
			check("invite", err, c.edit)
			check("leave", h.Meeting.DecideLeave(h.Ctx, c.who, open.ID, h.Members[2].PersonID, true, "duty", ""), c.edit)
			_, err = h.Meeting.Links(h.Ctx, c.who, open.ID, []db.ID{h.Members[2].PersonID}, "https://wozai.example/j")
			check("links", err, c.edit)
			_, err = h.Meeting.AddTask(h.Ctx, c.who, open.ID, "学习文件", 0)
			check("task", err, c.edit)
			if c.edit != "" { // who may would change what the next row sees
				check("move", h.Meeting.Move(h.Ctx, c.who, open.ID, v, open.StartsAt.Add(time.Hour), open.EndsAt.Add(time.Hour), "有事"), c.edit)
				check("cancel", h.Meeting.Cancel(h.Ctx, c.who, open.ID, v, "有事"), c.edit)
				check("announce", h.Meeting.Announce(h.Ctx, c.who, draft.ID, draft.Version), hidden)
				check("uninvite", h.Meeting.Uninvite(h.Ctx, c.who, open.ID, h.MemberB.PersonID), c.edit)
			}
		})
	}
	// Branch pages.
	for name, c := range map[string]struct {
		who                     access.Actor
		create, list, due, kind string
	}{
		"secretary":      {h.Secretary, "", "", "", ""},
		"member":         {h.Members[0], hidden, "", "", hidden},
		"secretary of B": {h.SecretB, hidden, hidden, hidden, hidden},
		"level above":    {h.Boss, hidden, hidden, "", hidden},
		"link":           {h.Link(h.Members[0], open.ID), hidden, hidden, hidden, hidden},
		"administrator":  {h.Admin, hidden, hidden, hidden, hidden},
	} {
		_, err := h.Meeting.OfUnit(h.Ctx, c.who, h.A.ID, meeting.ListFilter{})
		if fault.Code(err) != c.list {
			t.Errorf("%s lists: %v", name, err)
		}
		if _, err = h.Meeting.Due(h.Ctx, c.who, h.A.ID); fault.Code(err) != c.due {
			t.Errorf("%s reads what is due: %v", name, err)
		}
		if _, err = h.Meeting.KindsOf(h.Ctx, c.who, h.A.ID); fault.Code(err) != c.kind {
			t.Errorf("%s reads kinds: %v", name, err)
		}
		if _, err = h.Meeting.Create(h.Ctx, c.who, h.A.ID, h.Tomorrow()); fault.Code(err) != c.create {
			t.Errorf("%s creates: %v", name, err)
		}
	}
	if list, err := h.Meeting.OfUnit(h.Ctx, h.Members[0], h.A.ID, meeting.ListFilter{}); err != nil || len(list) != 2 {
		t.Errorf("a member's list has the draft or lacks something: %+v, %v", list, err)
	}
}

func TestChangesAreBasedOnWhatWasRead(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := meetingtest.New(t, s)
		d := h.Draft(h.Tomorrow())
		a := h.Tomorrow()
		a.Theme = "改了的主题"
		h.OK(h.Meeting.Update(h.Ctx, h.Secretary, d.ID, d.Version, a))
		h.Wants(h.Meeting.Update(h.Ctx, h.Deputy, d.ID, d.Version, a), "changed_meanwhile")
		h.Wants(h.Meeting.Announce(h.Ctx, h.Deputy, d.ID, d.Version), "changed_meanwhile")
		h.Wants(h.Meeting.Cancel(h.Ctx, h.Deputy, d.ID, d.Version, ""), "changed_meanwhile")
		if got := h.Detail(d.ID); got.Theme != "改了的主题" || got.Version != d.Version+1 {
			t.Errorf("%+v", got)
		}
	})
}

// The list follows the roll until the meeting opens; who was invited by hand stays.
func TestTheListFollowsTheRoll(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := meetingtest.New(t, s)
		d := h.Announced(h.Tomorrow())
		_, err := h.Meeting.Invite(h.Ctx, h.Secretary, d.ID, org.Selection{UnitIDs: []db.ID{h.Top.ID}, Subtree: true, Positions: []string{"secretary", "committee_secretary"}})
		h.OK(err)
		if p, ok := h.Listed(d.ID, h.SecretB); !ok || p.Belongs || p.Votes || !p.Observer || p.UnitID != h.B.ID {
			t.Errorf("invited by position: %+v", p)
		}
		newcomer := h.Place("后来人", h.A, "member", "full")
		var left org.Membership
		h.OK(db.Get(h.Ctx, s.DB.Read(), &left.ID, `SELECT id FROM membership WHERE person_id = $1`, h.Members[2].PersonID))
		h.OK(h.Org.EndMembership(h.Ctx, h.Secretary, left.ID, 1))
		h.OK(h.Meeting.Refresh(h.Ctx, h.A.ID))
		if p, ok := h.Listed(d.ID, newcomer); !ok || !p.Votes {
			t.Errorf("newcomer: %+v, %v", p, ok)
		}
		if _, ok := h.Listed(d.ID, h.Members[2]); ok {
			t.Error("who has left is still due")
		}
		if _, ok := h.Listed(d.ID, h.SecretB); !ok {
			t.Error("the guest was lost")
		}
		h.Work()
		if h.Notices(newcomer, "meeting.invited") != 1 {
			t.Error("the newcomer was not told")
		}
		version := h.Detail(d.ID).Version
		h.OK(h.Meeting.Refresh(h.Ctx, h.A.ID)) // nothing to do
		if h.Detail(d.ID).Version != version {
			t.Error("a refresh without a change is one")
		}
	})
}

func TestLastMonthsIsCopied(t *testing.T) {
	h := meetingtest.New(t, testkit.SQLiteStore(t))
	a := h.Tomorrow()
	a.Place, a.DeputyIDs = "三楼会议室", []db.ID{h.Deputy.PersonID}
	a.Stages = []meeting.PlannedStage{{Key: "opening", Mode: profile.Queue, Minutes: 7}, {Name: "读书分享", Mode: profile.Keynote, Minutes: 30, Speakers: []db.ID{h.Members[0].PersonID, h.Youth.PersonID}}}
	old := h.Announced(a)
	_, err := h.Meeting.Invite(h.Ctx, h.Secretary, old.ID, org.Selection{PersonIDs: []db.ID{h.MemberB.PersonID}})
	h.OK(err)
	h.OK(h.Meeting.Answer(h.Ctx, h.Members[0], old.ID, meeting.Reply{Answer: meeting.AnswerYes}))
	h.End(old.ID)
	newcomer := h.Place("后来人", h.A, "member", "full")
	next := h.Tomorrow()
	id, err := h.Meeting.Create(h.Ctx, h.Secretary, h.A.ID, meeting.Arrangement{CopyFrom: old.ID, Theme: "三月主题", StartsAt: next.StartsAt, EndsAt: next.EndsAt})
	h.OK(err)
	d := h.Detail(id)
	if d.Kind != old.Kind || d.HeldAs != "general" || d.Place != a.Place || d.RecorderID != h.Recorder.PersonID || !slices.Equal(d.DeputyIDs, a.DeputyIDs) ||
		len(d.Stages) != 2 || d.Stages[1].Name != "读书分享" || !slices.Equal(d.Stages[1].Speakers, a.Stages[1].Speakers) {
		t.Errorf("copy %+v", d)
	}
	if p, ok := h.Listed(id, h.Members[0]); !ok || p.Answer != meeting.AnswerNone {
		t.Errorf("an answer was copied: %+v", p)
	}
	if _, ok := h.Listed(id, newcomer); !ok {
		t.Error("the newcomer is not on the list")
	}
	if p, ok := h.Listed(id, h.MemberB); !ok || !p.Observer {
		t.Error("the guest was not taken over")
	}
	// Not from another branch.
	_, err = h.Meeting.Create(h.Ctx, h.SecretB, h.B.ID, meeting.Arrangement{CopyFrom: old.ID, Theme: "x", StartsAt: next.StartsAt, EndsAt: next.EndsAt})
	h.Wants(err, "not_found")
}

// Whoever has gone since is left out of the copy, and keeps nobody from making it.
func TestWhoHasGoneIsNotCopied(t *testing.T) {
	h := meetingtest.New(t, testkit.SQLiteStore(t))
	a := h.Tomorrow()
	a.DeputyIDs = []db.ID{h.Deputy.PersonID, h.Youth.PersonID}
	a.Stages = []meeting.PlannedStage{{Key: "branch_review", Mode: profile.Keynote, Minutes: 30, Speakers: []db.ID{h.Members[0].PersonID, h.Youth.PersonID}}}
	old := h.Announced(a)
	_, err := h.Meeting.Invite(h.Ctx, h.Secretary, old.ID, org.Selection{PersonIDs: []db.ID{h.MemberB.PersonID}})
	h.OK(err)
	h.End(old.ID)
	for _, gone := range []access.Actor{h.Recorder, h.Youth, h.MemberB} {
		h.OK(h.Org.EndPerson(h.Ctx, h.Admin, gone.PersonID, 1))
	}
	next := h.Tomorrow()
	id, err := h.Meeting.Create(h.Ctx, h.Secretary, h.A.ID, meeting.Arrangement{CopyFrom: old.ID, Theme: "三月主题", StartsAt: next.StartsAt, EndsAt: next.EndsAt})
	h.OK(err)
	d := h.Detail(id)
	if d.RecorderID != 0 || !slices.Equal(d.DeputyIDs, []db.ID{h.Deputy.PersonID}) || !slices.Equal(d.Stages[0].Speakers, []db.ID{h.Members[0].PersonID}) {
		t.Errorf("copy %+v", d)
	}
	if _, ok := h.Listed(id, h.MemberB); ok {
		t.Error("a guest who has gone is invited again")
	}
}

func TestTheRulesOfABranch(t *testing.T) {
	h := meetingtest.New(t, testkit.SQLiteStore(t))
	a := h.Tomorrow()
	a.StartsAt, a.EndsAt = db.Now().Add(time.Minute), db.Now().Add(time.Hour)
	h.End(h.Announced(a).ID)
	list, err := h.Meeting.Due(h.Ctx, h.Members[0], h.A.ID)
	h.OK(err)
	for _, k := range h.Meeting.Profile().HeldBy("branch") {
		i := slices.IndexFunc(list, func(l meeting.DueLine) bool { return l.Kind == k.Key })
		if i < 0 {
			t.Fatalf("%s is not among what the branch holds", k.Key)
		}
		if k.Key == "organisation_life" && (list[i].State != meeting.DueDone || list[i].Held != 1) {
			t.Errorf("held: %+v", list[i])
		}
	}
}

func fields(err error) (out []string) {
	var f *fault.Fault
	if !asFault(err, &f) {
		return nil
	}
	for _, x := range f.Fields {
		out = append(out, x.Field)
	}
	return out
}
