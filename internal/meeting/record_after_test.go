package meeting

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/profile"
	"wozai/internal/testkit"
)

var golden = flag.Bool("golden", false, "write the documents' text anew")

// Whatever happens, who is due is present, excused or absent, once each.
func TestAttendanceAddsUpToTheDue(t *testing.T) {
	party, err := profile.Load("party")
	if err != nil {
		t.Fatal(err)
	}
	kind, err := party.MeetingKind("general")
	if err != nil {
		t.Fatal(err)
	}
	start := db.At(meetingStart)
	rapid.Check(t, func(t *rapid.T) {
		h := Held{Lang: "zh-CN", Kind: kind, Rules: kind, StartsAt: start, OpenedAt: start, EndedAt: start.Add(time.Hour), Names: map[db.ID]string{}}
		for i := range rapid.IntRange(0, 30).Draw(t, "people") {
			id := db.ID(i + 1)
			p := HeldPerson{Person: id, Belongs: rapid.Bool().Draw(t, "belongs"), Votes: rapid.Bool().Draw(t, "votes"), Observer: rapid.IntRange(0, 4).Draw(t, "observer") == 0,
				Exempt: rapid.SampledFrom([]string{"", "", "frail", "unheard-of"}).Draw(t, "exempt"), Excuse: rapid.SampledFrom([]string{"", "illness"}).Draw(t, "excuse")}
			if p.Excuse != "" && rapid.Bool().Draw(t, "granted") {
				p.ExcuseBy = 99
			}
			h.People = append(h.People, p)
			for range rapid.IntRange(0, 3).Draw(t, "seen") {
				h.Seen = append(h.Seen, Transition{Person: id, Seat: db.ID(rapid.IntRange(0, 2).Draw(t, "seat")), Kind: rapid.SampledFrom([]TransitionKind{CameIn, WentOut, StillIn}).Draw(t, "kind"),
					At: start.Add(time.Duration(rapid.IntRange(-30, 90).Draw(t, "minute")) * time.Minute), How: rapid.SampledFrom([]How{ByVideo, ByPhone, ByWriting}).Draw(t, "how")})
			}
		}
		c := Assemble(h, party).Attendance
		if c.Due != c.Present+c.Excused+c.Absent {
			t.Fatalf("due %d, present %d, excused %d, absent %d", c.Due, c.Present, c.Excused, c.Absent)
		}
		due := 0
		for _, p := range c.People {
			if p.Due {
				due++
			}
			if p.Due && p.Observer {
				t.Fatal("an observer is due")
			}
		}
		if due != c.Due || len(c.People) != len(h.People) || c.VotersPresent > c.VotersDue || c.VotersDue > c.Due {
			t.Fatalf("%d lines due, count says %+v", due, c)
		}
		if q := c.Quorum; q == nil || q.Due != c.VotersDue || q.Present != c.VotersPresent {
			t.Fatalf("quorum %+v against %+v", q, c)
		}
	})
}

// What the documents say, in both languages, whole.
func TestWhatTheDocumentsSay(t *testing.T) {
	for _, lang := range []string{"zh-CN", "en"} {
		f := newAfterwards(t, testkit.SQLiteStore(t), lang)
		f.must(f.Assemble(f.ctx, f.meeting))
		for key, text := range map[string]string{"turn.3": "主动联系居家同志不够。\n下一步每周通一次电话。", "minutes.discussed": "建立居家同志联系制度。", "report.problems": "联系居家同志不够经常。", "record.closing": "把问题改到位。"} {
			_, err := f.WriteText(f.ctx, f.as("recorder"), f.meeting, key, text, 0)
			f.must(err)
		}
		for _, a := range []NewAction{{Kind: ActionUnit, Person: f.who["ann"], Text: "建立联系表。", DueOn: "2020-03-31"}, {Kind: ActionUnit, Unit: f.unit["A1"].ID, Text: "每周通报一次"}, {Kind: ActionPersonal, Person: f.who["bob"], Text: "改掉拖延的毛病"}} {
			_, err := f.AddAction(f.ctx, f.as("recorder"), f.meeting, a)
			f.must(err)
		}
		f.sign()
		r := f.read("secretary")
		c := newComposer(r.Facts, nil, nil, f.party)
		signed := strings.NewReplacer(c.date(r.SignedAt), "[DATE]", r.Hash, "[HASH]")
		var b strings.Builder
		for _, file := range r.Files {
			b.WriteString("=== " + file.Kind + ": " + file.Name + "\n" + string(f.file(file.Blob)) + "\n")
		}
		got := signed.Replace(b.String())
		if strings.Contains(got, "拖延") {
			t.Error("a personal measure stands in a document that others read")
		}
		path := filepath.Join("testdata", "documents."+lang+".txt")
		if *golden {
			f.must(os.MkdirAll("testdata", 0o755))
			f.must(os.WriteFile(path, []byte(got), 0o644))
		}
		want, err := os.ReadFile(path)
		f.must(err)
		if got != string(want) {
			t.Errorf("%s: the documents say something else; see the difference with -golden and git diff", lang)
		}
		for _, d := range []Official{c.minutes(r.Minutes, r.SignedAt), c.report(r.Report, "机关党委", r.SignedAt)} {
			one, err := OfficeFiles{}.Official(d)
			f.must(err)
			two, err := OfficeFiles{}.Official(d)
			f.must(err)
			if len(one) < 1000 || sum(one) != sum(two) {
				t.Errorf("a .docx of %d bytes that is not the same twice", len(one))
			}
		}
		if b, err := (OfficeFiles{}).Sheet(c.sheet(r.SignedAt)); err != nil || len(b) < 1000 {
			t.Errorf("the .xlsx has %d bytes, %v", len(b), err)
		}
	}
}

func TestAnActionFromTheMeetingUntilItIsConfirmed(t *testing.T) {
	eachAfterwards(t, func(t *testing.T, f *afterwards) {
		add := func(a NewAction) db.ID {
			t.Helper()
			id, err := f.AddAction(f.ctx, f.as("recorder"), f.meeting, a)
			f.must(err)
			return id
		}
		unit := add(NewAction{Kind: ActionUnit, Person: f.who["ann"], Text: "建立联系表", DueOn: "2020-03-01"})
		own := add(NewAction{Kind: ActionPersonal, Person: f.who["bob"], Text: "改掉拖延"})
		_, err := f.AddAction(f.ctx, f.as("recorder"), f.meeting, NewAction{Kind: ActionPersonal, Unit: f.unit["B"].ID, Text: "", DueOn: "2020-13-01"})
		f.refused(err, "invalid")
		_, err = f.AddAction(f.ctx, f.as("ann"), f.meeting, NewAction{Kind: ActionUnit, Person: f.who["ann"], Text: "x"})
		f.refused(err, "forbidden")
		_, err = f.AddAction(f.ctx, f.as("stranger"), f.meeting, NewAction{Kind: ActionUnit, Person: f.who["ann"], Text: "x"})
		f.refused(err, "not_found")
		f.sign()

		sees := func(who string) (out []db.ID) {
			list, err := f.MeetingActions(f.ctx, f.as(who), f.meeting, ActionFilter{})
			f.must(err)
			for _, x := range list {
				out = append(out, x.ID)
			}
			return out
		}
		for who, want := range map[string]bool{"bob": true, "secretary": true, "ann": false, "recorder": false} {
			if got := slices.Contains(sees(who), own); got != want || !slices.Contains(sees(who), unit) {
				t.Errorf("%s sees the personal measure: %v, want %v", who, got, want)
			}
			for _, x := range f.read(who).Actions {
				if x.ID == own && (x.Text != "") != want {
					t.Errorf("%s reads of the personal measure %q in the record", who, x.Text)
				}
			}
		}
		f.refused(f.FinishAction(f.ctx, f.as("ann"), own, "x"), "not_found")
		f.refused(f.FinishAction(f.ctx, f.as("bob"), unit, "x"), "forbidden")
		f.refused(f.ConfirmAction(f.ctx, f.as("secretary"), unit), "action_not_done")

		before, now := db.At(meetingStart), db.At(meetingStart.AddDate(0, 1, 0))
		f.must(f.Remind(f.ctx, before))
		if n := f.todo("ann", "action.soon"); n != 0 {
			t.Errorf("reminded %d times ten days before", n)
		}
		for range 3 {
			f.must(f.Remind(f.ctx, now))
		}
		if n := f.count(`SELECT COUNT(*) FROM notice WHERE person_id = $1 AND kind = 'action.overdue'`, f.who["ann"]); n != 1 {
			t.Errorf("reminded %d times that it is overdue, want once", n)
		}
		next := f.arrange("zh-CN", "organisation_life", "A", meetingStart.AddDate(1, 0, 0), Announced)
		for who, want := range map[string]string{"cai": "", "stranger": "not_found"} {
			carried, err := f.Carried(f.ctx, f.as(who), next)
			if want != "" {
				f.refused(err, want)
			} else if f.must(err); len(carried) != 1 || carried[0].ID != unit {
				t.Errorf("%s finds on the next agenda %+v", who, carried)
			}
		}
		link := access.Actor{Kind: access.Link, PersonID: f.who["cai"], MeetingID: f.meeting}
		_, err = f.Carried(f.ctx, link, f.meeting)
		f.must(err)
		_, err = f.Carried(f.ctx, link, next)
		f.refused(err, "not_found")

		open, err := openActions(f.ctx, f.store.DB.Read(), f.unit["A"].ID, 0, db.At(meetingStart.AddDate(100, 0, 0)))
		f.must(err)
		if len(open) != 1 || open[0].ID != unit {
			t.Errorf("the next agenda has %+v", open)
		}
		for range 2 {
			f.must(f.FinishAction(f.ctx, f.as("ann"), unit, "表已建好"))
		}
		f.must(f.ReturnAction(f.ctx, f.as("secretary"), unit, "还缺电话"))
		f.must(f.FinishAction(f.ctx, f.as("ann"), unit, "电话已补"))
		f.refused(f.ConfirmAction(f.ctx, f.as("recorder"), unit), "forbidden")
		f.must(f.ConfirmAction(f.ctx, f.as("secretary"), unit))
		f.refused(f.DropAction(f.ctx, f.as("secretary"), unit, "x"), "action_closed")
		if open, _ = openActions(f.ctx, f.store.DB.Read(), f.unit["A"].ID, 0, db.At(meetingStart.AddDate(100, 0, 0))); len(open) != 0 {
			t.Errorf("confirmed, and still on the agenda: %+v", open)
		}
		if n := f.todo("ann", "action.overdue"); n != 0 {
			t.Error("the reminder outlives what it reminds of")
		}
	})
}

func TestAnActionIsGivenToSomebodyElse(t *testing.T) {
	eachAfterwards(t, func(t *testing.T, f *afterwards) {
		unit, err := f.AddAction(f.ctx, f.as("recorder"), f.meeting, NewAction{Kind: ActionUnit, Person: f.who["ann"], Text: "建立联系表", DueOn: "2020-03-01"})
		f.must(err)
		own, err := f.AddAction(f.ctx, f.as("recorder"), f.meeting, NewAction{Kind: ActionPersonal, Person: f.who["bob"], Text: "改掉拖延"})
		f.must(err)
		give := func(who, to string, version int64) error {
			return f.AssignAction(f.ctx, f.as(who), unit, Assignee{Person: f.who[to]}, version)
		}
		f.must(give("recorder", "cai", 1)) // a slip of the pen, as long as the record is a draft
		f.must(give("recorder", "ann", 2))
		if n := f.count(`SELECT COUNT(*) FROM notice WHERE kind LIKE 'action.%'`); n != 0 {
			t.Errorf("%d were told of an action before the record was signed", n)
		}
		f.sign()
		f.must(f.Remind(f.ctx, db.At(meetingStart.AddDate(0, 1, 0))))

		f.refused(give("recorder", "bob", 3), "forbidden")
		f.refused(give("ann", "bob", 3), "forbidden")
		f.refused(give("stranger", "bob", 3), "not_found")
		f.refused(give("secretary", "stranger", 3), "invalid")
		f.refused(give("secretary", "bob", 2), "changed_meanwhile")
		f.refused(f.AssignAction(f.ctx, f.as("secretary"), unit, Assignee{}, 3), "invalid")
		f.refused(f.AssignAction(f.ctx, f.as("secretary"), own, Assignee{Person: f.who["ann"]}, 1), "action_personal_stays")
		for range 2 { // once more changes nothing
			f.must(give("secretary", "bob", 3))
		}
		if f.todo("ann", "action.overdue") != 0 || f.todo("bob", "action.assigned") != 1 {
			t.Error("who had it is still reminded, or who has it has no to-do")
		}
		for who, kind := range map[string]string{"ann": "action.unassigned", "bob": "action.assigned"} {
			if n := f.count(`SELECT COUNT(*) FROM notice WHERE person_id = $1 AND kind = $2`, f.who[who], kind); n != 1 {
				t.Errorf("%s was told %d times", who, n)
			}
		}
		list, err := f.MeetingActions(f.ctx, f.as("secretary"), f.meeting, ActionFilter{})
		f.must(err)
		now := list[slices.IndexFunc(list, func(x Action) bool { return x.ID == unit })]
		if now.Person != f.who["bob"] || now.WasName == "" || now.WasName == now.PersonName || now.AssignedAt == 0 || !slices.Contains(now.Abilities, "assign") {
			t.Errorf("afterwards it is %+v", now)
		}
		if x := f.read("secretary").Actions; x[slices.IndexFunc(x, func(x RecordAction) bool { return x.ID == unit })].Person.ID != f.who["ann"] {
			t.Error("the signed record names somebody whom the meeting did not")
		}
		f.refused(f.FinishAction(f.ctx, f.as("ann"), unit, "x"), "forbidden")
		f.must(f.FinishAction(f.ctx, f.as("bob"), unit, "表已建好"))
		f.refused(give("secretary", "ann", 5), "action_closed")
		if n := f.count(`SELECT COUNT(*) FROM audit WHERE action = 'action.assign' AND subject_id = $1`, unit); n < 3 {
			t.Errorf("%d of three changes are recorded", n)
		}
	})
}

func TestAReportGoesUpAndComesBack(t *testing.T) {
	eachAfterwards(t, func(t *testing.T, f *afterwards) {
		_, err := f.Submit(f.ctx, f.as("secretary"), f.meeting, SubmitReport, "")
		f.refused(err, "record_not_signed")
		_, err = f.Submit(f.ctx, f.as("secretary"), f.meeting, SubmitPlan, "")
		f.refused(err, "submission_held")
		f.sign()
		_, err = f.Submit(f.ctx, f.as("ann"), f.meeting, SubmitReport, "")
		f.refused(err, "forbidden")
		_, err = f.Submit(f.ctx, f.as("stranger"), f.meeting, SubmitReport, "")
		f.refused(err, "not_found")
		once := change.WithKey(f.ctx, "submission-submit key", "请审阅")
		id, err := f.Submit(once, f.as("secretary"), f.meeting, SubmitReport, "请审阅")
		if again, err := f.Submit(once, f.as("secretary"), f.meeting, SubmitReport, "请审阅"); err != nil || again != id {
			t.Errorf("the same request again: %v %v, want %v", again, err, id)
		}
		f.must(err)
		_, err = f.Submit(f.ctx, f.as("secretary"), f.meeting, SubmitReport, "")
		f.refused(err, "submission_waiting")
		_, err = f.WriteText(f.ctx, f.as("recorder"), f.meeting, "report.problems", "来不及了", 0)
		f.refused(err, "submission_waiting")
		if f.todo("overseer", "submission.arrived_report") != 1 || f.todo("overseer2", "submission.arrived_report") != 1 {
			t.Error("the level above has no to-do")
		}
		f.refused(f.Decide(f.ctx, f.as("stranger"), id, true, "", 1), "not_found")
		f.refused(f.Decide(f.ctx, f.as("secretary"), id, true, "", 1), "forbidden")
		f.refused(f.Decide(f.ctx, f.as("overseer"), id, false, "", 1), "invalid")
		f.must(f.Decide(f.ctx, f.as("overseer"), id, false, "问题部分太笼统", 1))
		if f.todo("overseer2", "submission.arrived_report") != 0 || f.todo("secretary", "submission.returned_report") != 1 {
			t.Error("the to-dos do not follow the decision")
		}
		_, err = f.WriteText(f.ctx, f.as("recorder"), f.meeting, "report.problems", "联系居家同志不够经常。", 0)
		f.must(err)
		again, err := f.Submit(f.ctx, f.as("secretary"), f.meeting, SubmitReport, "已补充")
		f.must(err)
		if again != id || f.todo("secretary", "submission.returned_report") != 0 {
			t.Error("handing in again is not the same submission")
		}
		f.refused(f.Decide(f.ctx, f.as("overseer"), id, true, "", 1), "changed_meanwhile")
		f.must(f.Decide(f.ctx, f.as("overseer2"), id, true, "", 2))
		f.refused(f.Decide(f.ctx, f.as("overseer"), id, true, "", 2), "submission_decided")
		x, versions, err := f.Submission(f.ctx, f.as("secretary"), id)
		f.must(err)
		if x.State != Accepted || len(versions) != 2 || versions[1].Decision != "returned" || versions[1].Reason != "问题部分太笼统" {
			t.Fatalf("state %s, versions %+v", x.State, versions)
		}
		for _, v := range versions {
			file, err := f.SubmissionFile(f.ctx, f.as("overseer"), id, v.Version)
			f.must(err)
			b := f.file(file.Blob)
			if sum(b) != v.SHA256 || strings.Contains(string(b), "不够经常") != (v.Version == 2) {
				t.Errorf("version %d does not keep its own document", v.Version)
			}
		}
		_, err = f.SubmissionFile(f.ctx, f.as("stranger"), id, 1)
		f.refused(err, "not_found")
	})
}

func TestTheOverviewCountsAlongTheTree(t *testing.T) {
	eachAfterwards(t, func(t *testing.T, f *afterwards) {
		day := meetingStart
		at := func(who, unit string) (Overview, error) {
			return f.Overview(f.ctx, f.as(who), f.unit[unit].ID, OverviewFilter{Day: day})
		}
		cell := func(unit string) OverviewCell {
			t.Helper()
			o, err := at("overseer", unit)
			f.must(err)
			return o.Unit.Cells["organisation_life"]
		}
		if got := cell("committee"); got != (OverviewCell{Due: 3, Planned: 1, Held: 1}) {
			t.Errorf("before signing: %+v", got)
		}
		f.sign()
		id, err := f.Submit(f.ctx, f.as("secretary"), f.meeting, SubmitReport, "")
		f.must(err)
		f.must(f.Decide(f.ctx, f.as("overseer"), id, true, "", 1))
		if got := cell("committee"); got != (OverviewCell{Due: 3, Planned: 1, Held: 1, Signed: 1, Reported: 1, Accepted: 1}) {
			t.Errorf("accepted: %+v", got)
		}
		o, err := at("overseer", "committee")
		f.must(err)
		if len(o.Rows) != 2 || o.Rows[0].Name != "办公室第一党支部" || o.Rows[0].Children != 1 || o.Rows[1].Cells["organisation_life"].Held != 0 {
			t.Errorf("rows are %+v", o.Rows)
		}
		first, err := f.Overview(f.ctx, f.as("overseer"), f.unit["committee"].ID, OverviewFilter{Day: day, Limit: 1})
		f.must(err)
		next, err := f.Overview(f.ctx, f.as("overseer"), f.unit["committee"].ID, OverviewFilter{Day: day, Limit: 1, AfterSort: first.NextSort, AfterID: first.NextID})
		f.must(err)
		if len(next.Rows) != 1 || next.Rows[0].Unit != o.Rows[1].Unit || next.NextID != 0 {
			t.Errorf("the second page is %+v", next.Rows)
		}
		for who, code := range map[string]string{"ann": "not_found", "recorder": "not_found", "stranger": "not_found", "secretary": ""} {
			_, err := at(who, "A")
			if code != "" {
				f.refused(err, code)
			} else {
				f.must(err)
			}
		}
		_, err = at("secretary", "committee")
		f.refused(err, "not_found")

		lines, err := f.Help(f.ctx, f.as("overseer"), f.unit["committee"].ID, day, "", 50)
		f.must(err)
		if len(lines) != 3 || slices.ContainsFunc(lines[0].Needs, func(n HelpNeed) bool { return n.Kind == "organisation_life" }) ||
			!slices.Contains(lines[2].Needs, HelpNeed{"organisation_life", "overdue"}) {
			t.Errorf("whom to help: %+v", lines)
		}
		rest, err := f.Help(f.ctx, f.as("overseer"), f.unit["committee"].ID, day, lines[0].Path, 50)
		f.must(err)
		if len(rest) != 2 {
			t.Errorf("the second page of help has %d lines, want 2", len(rest))
		}
	})
}

func TestAttendanceCountsInBothBodiesAndIsSeenByFew(t *testing.T) {
	eachAfterwards(t, func(t *testing.T, f *afterwards) {
		mine, err := f.MyMeetings(f.ctx, f.as("ann"), 0, 50)
		f.must(err)
		if len(mine) != 1 || mine[0].Status != AttPresent || mine[0].Signed {
			t.Errorf("my meetings are %+v", mine)
		}
		guest, err := f.MyMeetings(f.ctx, f.as("guest"), 0, 50)
		f.must(err)
		if len(guest) != 1 || !guest[0].Observer {
			t.Errorf("the guest's are %+v", guest)
		}
		lines, err := f.Leaders(f.ctx, f.as("stranger"), f.unit["leading"].ID, meetingStart) // leads the group
		f.must(err)
		if !slices.Contains(lines, LeaderLine{Person: f.who["ann"], Name: "安然", Unit: f.unit["A"].ID, UnitName: "办公室第一党支部", Due: 1, Present: 1}) {
			t.Errorf("the leading group's officer reads %+v", lines)
		}
		if !slices.Contains(lines, LeaderLine{Person: f.who["ann"], Name: "安然", Unit: f.unit["leading"].ID, UnitName: "党组"}) {
			t.Errorf("of the group itself its officer reads %+v", lines)
		}
		for _, who := range []string{"ann", "overseer", "secretary", "guest"} {
			_, err := f.Leaders(f.ctx, f.as(who), f.unit["leading"].ID, meetingStart)
			f.refused(err, "not_found")
		}
		_, err = f.Leaders(f.ctx, f.as("secretary"), f.unit["A"].ID, meetingStart)
		f.refused(err, "not_found") // a branch is no leading body
		admin := access.Actor{Kind: access.Person, PersonID: 1, Grants: []access.Grant{{Role: access.Admin, Path: "/", Subtree: true}}}
		_, err = f.Leaders(f.ctx, admin, f.unit["leading"].ID, meetingStart)
		f.refused(err, "not_found")
		_, err = f.Read(f.ctx, admin, f.meeting)
		f.refused(err, "not_found")
	})
}
