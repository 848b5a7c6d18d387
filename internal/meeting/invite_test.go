package meeting_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"wozai/internal/access"
	"wozai/internal/account"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/meeting"
	"wozai/internal/meeting/meetingtest"
	"wozai/internal/org"
	"wozai/internal/profile"
	"wozai/internal/testkit"
)

func asFault(err error, f **fault.Fault) bool { return errors.As(err, f) }

func TestEverybodyIsToldOnce(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := meetingtest.New(t, s)
		d := h.Draft(h.Tomorrow())
		h.Work()
		if h.Count(`SELECT COUNT(*) FROM notice`) != 0 {
			t.Error("a draft was told of")
		}
		h.OK(h.Meeting.Announce(h.Ctx, h.Secretary, d.ID, d.Version))
		h.OK(h.Meeting.Announce(h.Ctx, h.Secretary, d.ID, d.Version)) // sent twice
		h.Work()
		everybody := []access.Actor{h.Secretary, h.Deputy, h.Youth, h.Recorder, h.Members[0], h.Members[1], h.Members[2], h.Probation}
		for _, a := range everybody {
			if n := h.Notices(a, "meeting.invited"); n != 1 {
				t.Errorf("invited %d times", n)
			}
			if h.Todos(a) != 1 {
				t.Error("asked for no answer")
			}
		}
		for _, a := range []access.Actor{h.Applicant, h.MemberB, h.Stranger, h.Boss} {
			if h.Notices(a, "meeting.invited") != 0 {
				t.Error("somebody not on the list was told")
			}
		}

		// A guest added later is told, the others are not told again.
		added, err := h.Meeting.Invite(h.Ctx, h.Secretary, d.ID, org.Selection{PersonIDs: []db.ID{h.MemberB.PersonID, h.Members[0].PersonID}})
		h.OK(err)
		h.Work()
		if added != 1 || h.Notices(h.MemberB, "meeting.invited") != 1 || h.Notices(h.Members[0], "meeting.invited") != 1 {
			t.Errorf("%d added, guest told %d times", added, h.Notices(h.MemberB, "meeting.invited"))
		}

		d = h.Detail(d.ID)
		h.Wants(h.Meeting.Move(h.Ctx, h.Secretary, d.ID, d.Version, d.StartsAt.Add(48*time.Hour), d.EndsAt.Add(48*time.Hour), " "), "invalid")
		h.OK(h.Meeting.Move(h.Ctx, h.Secretary, d.ID, d.Version, d.StartsAt.Add(48*time.Hour), d.EndsAt.Add(48*time.Hour), "防疫检查"))
		h.Work()
		for _, a := range append(everybody, h.MemberB) {
			if h.Notices(a, "meeting.moved") != 1 {
				t.Error("not told of the new time")
			}
		}
		moved := h.Detail(d.ID)
		if len(moved.Moves) != 1 || moved.Moves[0].FromAt != d.StartsAt || moved.Moves[0].ToAt != d.StartsAt.Add(48*time.Hour) || moved.Moves[0].Reason != "防疫检查" {
			t.Errorf("moves %+v", moved.Moves)
		}
		for i, task := range moved.Tasks {
			if task.DueAt != d.Tasks[i].DueAt.Add(48*time.Hour) {
				t.Errorf("task %d is still due at %v", i, task.DueAt)
			}
		}

		h.OK(h.Meeting.Cancel(h.Ctx, h.Secretary, d.ID, moved.Version, "改为下月一并召开"))
		h.Work()
		for _, a := range append(everybody, h.MemberB) {
			if h.Notices(a, "meeting.cancelled") != 1 || h.Todos(a) != 0 {
				t.Error("not told that it is off, or still asked for an answer")
			}
		}
		h.Wants(h.Meeting.Move(h.Ctx, h.Secretary, d.ID, moved.Version+1, d.StartsAt, d.EndsAt, "x"), "meeting_cancelled")
		h.WorkUntil(time.Now().AddDate(0, 1, 0))
		if h.Notices(h.Secretary, "meeting.reminder") != 0 {
			t.Error("reminded of a meeting that is off")
		}
	})
}

// Nobody falls between two jobs when a meeting is moved before the invitations have gone out.
func TestMovedBeforeAnybodyWasTold(t *testing.T) {
	h := meetingtest.New(t, testkit.SQLiteStore(t))
	d := h.Draft(h.Tomorrow())
	h.OK(h.Meeting.Announce(h.Ctx, h.Secretary, d.ID, d.Version))
	h.OK(h.Meeting.Move(h.Ctx, h.Secretary, d.ID, d.Version+1, d.StartsAt.Add(time.Hour), d.EndsAt.Add(time.Hour), "有事"))
	h.Work()
	if h.Notices(h.Members[0], "meeting.invited") != 1 || h.Notices(h.Members[0], "meeting.moved") != 0 {
		t.Errorf("invited %d, told of a move %d times", h.Notices(h.Members[0], "meeting.invited"), h.Notices(h.Members[0], "meeting.moved"))
	}
	d = h.Draft(h.Tomorrow())
	h.OK(h.Meeting.Announce(h.Ctx, h.Secretary, d.ID, d.Version))
	h.OK(h.Meeting.Cancel(h.Ctx, h.Secretary, d.ID, d.Version+1, "有事"))
	h.Work()
	if n := h.Count(`SELECT COUNT(*) FROM notice WHERE subject_id = $1`, d.ID); n != 0 {
		t.Errorf("%d notices of a meeting that was off before anybody knew", n)
	}
}

func TestRemindersFollowTheTime(t *testing.T) {
	h := meetingtest.New(t, testkit.SQLiteStore(t))
	a := h.Tomorrow()
	a.StartsAt, a.EndsAt = db.Now().Add(10*24*time.Hour), db.Now().Add(10*24*time.Hour+time.Hour)
	d := h.Announced(a)
	h.OK(h.Meeting.Answer(h.Ctx, h.Members[0], d.ID, meeting.Reply{Answer: meeting.AnswerYes}))
	h.OK(h.Meeting.DecideLeave(h.Ctx, h.Secretary, d.ID, h.Members[1].PersonID, true, "duty", ""))
	d = h.Detail(d.ID)
	h.OK(h.Meeting.Move(h.Ctx, h.Secretary, d.ID, d.Version, a.StartsAt.Add(10*24*time.Hour), a.EndsAt.Add(10*24*time.Hour), "有事"))
	h.Work()
	h.WorkUntil(a.EndsAt.Std()) // the old time goes by
	for _, who := range []access.Actor{h.Secretary, h.Members[0], h.Members[2]} {
		if n := h.Notices(who, "meeting.reminder"); n != 0 {
			t.Errorf("%d reminders of the old time", n)
		}
	}
	h.WorkUntil(a.StartsAt.Add(10 * 24 * time.Hour).Std())
	kind, err := h.Meeting.Profile().MeetingKind(a.Kind)
	h.OK(err)
	all, silent := 0, 0
	for _, r := range kind.Reminders {
		switch r.To {
		case "all":
			all, silent = all+1, silent+1
		case "unanswered":
			silent++
		}
	}
	if all == 0 || silent == all {
		t.Fatal("the kind's reminders no longer tell all from unanswered: choose another kind")
	}
	if n := h.Notices(h.Members[0], "meeting.reminder"); n != all {
		t.Errorf("who said yes has %d reminders, want %d", n, all)
	}
	if n := h.Notices(h.Members[2], "meeting.reminder"); n != silent {
		t.Errorf("who said nothing has %d reminders, want %d", n, silent)
	}
	if n := h.Notices(h.Members[1], "meeting.reminder"); n != 0 {
		t.Errorf("who is excused has %d reminders", n)
	}
}

func TestLeaveIsAskedGrantedRefusedAndTakenBack(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := meetingtest.New(t, s)
		d := h.Announced(h.Tomorrow())
		m := h.Members[0]
		ask := meeting.Reply{Answer: meeting.AnswerAsked, Reason: "family"}
		h.Wants(h.Meeting.Answer(h.Ctx, m, d.ID, ask), "invalid") // this reason wants a sentence
		h.Wants(h.Meeting.Answer(h.Ctx, m, d.ID, meeting.Reply{Answer: "perhaps"}), "invalid")
		h.Wants(h.Meeting.Answer(h.Ctx, m, d.ID, meeting.Reply{Answer: meeting.AnswerYes, PlanHow: "telepathy"}), "invalid")
		ask.Note = "母亲住院"
		h.OK(h.Meeting.Answer(h.Ctx, m, d.ID, ask))
		if h.Todos(m) != 0 || h.Todos(h.Secretary) != 2 { // the secretary's own invitation, and this
			t.Errorf("to-dos: %d and %d", h.Todos(m), h.Todos(h.Secretary))
		}
		// The host's own answer does not settle somebody else's request.
		h.OK(h.Meeting.Answer(h.Ctx, h.Secretary, d.ID, meeting.Reply{Answer: meeting.AnswerYes}))
		if h.Todos(h.Secretary) != 1 {
			t.Error("the request for leave is no longer on the host's list")
		}
		h.OK(h.Meeting.DecideLeave(h.Ctx, h.Deputy, d.ID, m.PersonID, true, "", ""))
		if h.Todos(h.Secretary) != 0 {
			t.Error("the request is decided and still on the host's list")
		}
		p, _ := h.Listed(d.ID, m)
		if p.Answer != meeting.AnswerExcused || p.DecidedBy != h.Deputy.PersonID || p.LeaveReason != "family" || h.Notices(m, "meeting.leave_excused") != 1 {
			t.Errorf("granted: %+v", p)
		}
		// Others see that, not why.
		list, _, err := h.Meeting.Participants(h.Ctx, h.Members[1], d.ID)
		h.OK(err)
		i := slices.IndexFunc(list, func(p meeting.Participant) bool { return p.PersonID == m.PersonID })
		if list[i].LeaveReason != "" || list[i].LeaveNote != "" || list[i].Answer != meeting.AnswerExcused {
			t.Errorf("another member sees %+v", list[i])
		}
		// Taken back.
		h.OK(h.Meeting.DecideLeave(h.Ctx, h.Secretary, d.ID, m.PersonID, false, "", ""))
		if p, _ = h.Listed(d.ID, m); p.Answer != meeting.AnswerRefused || h.Todos(m) != 1 {
			t.Errorf("refused: %+v, %d to-dos", p, h.Todos(m))
		}
		h.OK(h.Meeting.Answer(h.Ctx, h.Link(m, d.ID), d.ID, meeting.Reply{Answer: meeting.AnswerYes, PlanHow: "phone"}))
		if p, _ = h.Listed(d.ID, m); p.Answer != meeting.AnswerYes || p.PlanHow != "phone" || p.LeaveReason != "" || h.Todos(m) != 0 {
			t.Errorf("comes after all: %+v", p)
		}
		// Somebody who called.
		h.Wants(h.Meeting.DecideLeave(h.Ctx, h.Secretary, d.ID, h.Members[1].PersonID, true, "because", ""), "invalid")
		h.OK(h.Meeting.DecideLeave(h.Ctx, h.Secretary, d.ID, h.Members[1].PersonID, true, "duty", "电话请假"))
		// What is said about why stays out of the audit.
		if n := h.Count(`SELECT COUNT(*) FROM audit WHERE CAST(after AS TEXT) LIKE '%母亲%' OR CAST(after AS TEXT) LIKE '%电话请假%'`); n != 0 {
			t.Error("the reason stands in the audit")
		}
		h.Wants(h.Meeting.DecideLeave(h.Ctx, h.Secretary, d.ID, h.Stranger.PersonID, true, "duty", ""), "not_found")
		h.Wants(h.Meeting.Uninvite(h.Ctx, h.Secretary, d.ID, m.PersonID), "is_due")
		// A guest taken off the list may be in the room already, which hears of it.
		_, err = h.Meeting.Invite(h.Ctx, h.Secretary, d.ID, org.Selection{PersonIDs: []db.ID{h.MemberB.PersonID}})
		h.OK(err)
		before := h.Count(`SELECT COUNT(*) FROM event WHERE kind = 'list'`)
		h.OK(h.Meeting.Uninvite(h.Ctx, h.Secretary, d.ID, h.MemberB.PersonID))
		if n := h.Count(`SELECT COUNT(*) FROM event WHERE kind = 'list'`); n != before+1 {
			t.Errorf("%d events tell of it", n-before)
		}
	})
}

func TestLinksLastWithTheMeeting(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := meetingtest.New(t, s)
		accounts := account.NewService(s.DB, s.Change)
		draft := h.Draft(h.Tomorrow())
		_, err := h.Meeting.Links(h.Ctx, h.Secretary, draft.ID, []db.ID{h.Members[0].PersonID}, "https://wozai.example/j")
		h.Wants(err, "not_announced")
		d := h.Announced(h.Tomorrow())
		_, err = h.Meeting.Links(h.Ctx, h.Secretary, d.ID, []db.ID{h.Stranger.PersonID}, "https://wozai.example/j")
		h.Wants(err, "not_found")
		links, err := h.Meeting.Links(h.Ctx, h.Secretary, d.ID, []db.ID{h.Members[0].PersonID, h.Probation.PersonID}, "https://wozai.example/j")
		h.OK(err)
		if len(links) != 2 || links[0].Token == links[1].Token || links[0].Name != "何志远" || links[0].URL != "https://wozai.example/j#"+links[0].Token || !strings.HasSuffix(links[0].Text, links[0].URL) || !strings.Contains(links[0].Text, d.Theme) {
			t.Fatalf("links %+v", links)
		}
		h.OK(h.Meeting.Move(h.Ctx, h.Secretary, d.ID, d.Version, d.StartsAt.Add(30*24*time.Hour), d.EndsAt.Add(30*24*time.Hour), "延期"))
		l, err := accounts.FindLink(h.Ctx, links[0].Token)
		h.OK(err)
		if l.ExpiresAt < d.EndsAt.Add(30*24*time.Hour) {
			t.Error("a link that was sent does not last until the new time")
		}
		inv, err := h.Meeting.Invitation(h.Ctx, l.MeetingID, l.PersonID, "zh-CN")
		h.OK(err)
		if inv.Person != "何志远" || inv.State != "early" || inv.Inviter != "欧阳兰" || inv.Title != d.Theme {
			t.Errorf("invitation %+v", inv)
		}
		h.OK(h.Meeting.Cancel(h.Ctx, h.Secretary, d.ID, h.Detail(d.ID).Version, "不开了"))
		if _, _, err := accounts.Exchange(h.Ctx, access.Actor{}, links[0].Token, ""); fault.Code(err) != "link_ended" {
			t.Errorf("a link to a meeting that is off: %v", err)
		}
	})
}

func TestTheCalendarFile(t *testing.T) {
	h := meetingtest.New(t, testkit.SQLiteStore(t))
	a := h.Tomorrow()
	a.Theme = "主题，含逗号,分号;和反斜线\\ " + strings.Repeat("长", 60)
	a.Note = "第一行\nEND:VCALENDAR\n第三行"
	d := h.Announced(a)
	read := func() (string, map[string]string) {
		text, err := h.Meeting.Calendar(h.Ctx, h.Members[0], d.ID, "https://wozai.example/meetings/1")
		h.OK(err)
		for _, line := range strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n") {
			if len(line) > 75 || strings.ContainsAny(line, "\r\n") {
				t.Errorf("a line of %d octets: %q", len(line), line)
			}
		}
		fields := map[string]string{}
		for _, line := range strings.Split(strings.ReplaceAll(text, "\r\n ", ""), "\r\n") {
			k, v, _ := strings.Cut(line, ":")
			if _, seen := fields[k]; !seen {
				fields[k] = v
			}
		}
		return text, fields
	}
	text, first := read()
	if strings.Count(text, "\r\nEND:VCALENDAR") != 1 {
		t.Error("a note ends the calendar")
	}
	if first["METHOD"] != "PUBLISH" || first["SUMMARY"] != `主题，含逗号\,分号\;和反斜线\\ `+strings.Repeat("长", 60) || first["DTSTART"] != d.StartsAt.Std().Format("20060102T150405Z") {
		t.Errorf("%v", first)
	}
	h.OK(h.Meeting.Move(h.Ctx, h.Secretary, d.ID, d.Version, d.StartsAt.Add(time.Hour), d.EndsAt.Add(time.Hour), "有事"))
	_, second := read()
	if second["UID"] != first["UID"] || second["SEQUENCE"] <= first["SEQUENCE"] {
		t.Errorf("moved: %s %s after %s", second["UID"], second["SEQUENCE"], first["SEQUENCE"])
	}
	h.OK(h.Meeting.Cancel(h.Ctx, h.Secretary, d.ID, h.Detail(d.ID).Version, "不开了"))
	if _, third := read(); third["METHOD"] != "CANCEL" || third["STATUS"] != "CANCELLED" || third["SEQUENCE"] <= second["SEQUENCE"] {
		t.Errorf("cancelled: %v", third)
	}
}

// A browser that sends twice, or somebody who presses in a row, fills nobody's inbox.
func TestTheSameAnswerIsToldOnce(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := meetingtest.New(t, s)
		d := h.Announced(h.Tomorrow())
		m := h.Members[0]
		for range 3 {
			h.OK(h.Meeting.Answer(h.Ctx, m, d.ID, meeting.Reply{Answer: meeting.AnswerAsked, Reason: "duty"}))
		}
		if n := h.Notices(h.Secretary, "meeting.leave_asked"); n != 1 {
			t.Errorf("the host was asked %d times", n)
		}
		for range 3 {
			h.OK(h.Meeting.DecideLeave(h.Ctx, h.Secretary, d.ID, m.PersonID, false, "", ""))
		}
		if n := h.Notices(m, "meeting.leave_refused"); n != 1 {
			t.Errorf("refused %d times", n)
		}
		if h.Todos(m) != 1 {
			t.Error("the refusal asks for nothing any more")
		}
		h.OK(h.Meeting.DecideLeave(h.Ctx, h.Secretary, d.ID, m.PersonID, true, "", ""))
		if n := h.Notices(m, "meeting.leave_excused"); n != 1 {
			t.Errorf("excused after all, told %d times", n)
		}
	})
}

func TestATaskSentTwiceIsOne(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := meetingtest.New(t, s)
		d := h.Draft(h.Tomorrow())
		ctx := change.WithKey(h.Ctx, "meeting-task-add key", 0)
		first, err := h.Meeting.AddTask(ctx, h.Secretary, d.ID, "学习文件", 0)
		h.OK(err)
		again, err := h.Meeting.AddTask(ctx, h.Secretary, d.ID, "学习文件", 0)
		h.OK(err)
		if n := h.Count(`SELECT COUNT(*) FROM preparation WHERE key = '' AND meeting_id = $1`, d.ID); n != 1 || again != first {
			t.Errorf("%d tasks, %d and %d", n, first, again)
		}
	})
}

// What is refused for its length is not worked on first: all writing waits meanwhile.
func TestLongListsAreRefused(t *testing.T) {
	h := meetingtest.New(t, testkit.SQLiteStore(t))
	many := make([]db.ID, 40_000) // more than SQLite takes parameters
	for i := range many {
		many[i] = db.ID(i + 1)
	}
	a := h.Tomorrow()
	a.Stages = []meeting.PlannedStage{{Key: strings.Repeat("k", 65), Name: "发言", Mode: profile.Keynote, Minutes: 10, Speakers: many}}
	_, err := h.Meeting.Create(h.Ctx, h.Secretary, h.A.ID, a)
	h.Wants(err, "invalid")
	var f *fault.Fault
	if asFault(err, &f) {
		fields := ""
		for _, x := range f.Fields {
			fields += x.Field + " "
		}
		if !strings.Contains(fields, "stages[0].speakers") || !strings.Contains(fields, "stages[0].key") {
			t.Errorf("refused for %q", fields)
		}
	}
	a = h.Tomorrow()
	a.DeputyIDs = many
	_, err = h.Meeting.Create(h.Ctx, h.Secretary, h.A.ID, a)
	h.Wants(err, "invalid")
}
