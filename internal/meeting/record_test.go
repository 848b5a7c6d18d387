package meeting

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"

	"wozai/internal/access"
	"wozai/internal/fault"
)

func TestARecordFromTheEndOfTheMeetingToItsArchive(t *testing.T) {
	eachAfterwards(t, func(t *testing.T, f *afterwards) {
		f.must(f.Assemble(f.ctx, f.meeting)) // the job may run again
		if n := f.todo("recorder", "record.draft"); n != 1 {
			t.Errorf("the recorder has %d to-dos about the draft, want 1", n)
		}
		r := f.read("recorder")
		if c := r.Facts.Attendance; c.Due != 6 || c.Present != 4 || c.Excused != 1 || c.Absent != 1 || c.Exempt != 1 || c.Observers != 1 || c.Late != 1 || c.LeftEarly != 1 || c.Written != 1 {
			t.Errorf("attendance is %+v", c)
		}
		if got := sectionOf(r.Sections, "speeches"); len(got.Parts) != 4 || !strings.Contains(got.Parts[2].Line, "安然　15:20起，发言 4分12秒") {
			t.Errorf("speeches are %+v", got.Parts)
		}
		text, err := f.WriteText(f.ctx, f.as("recorder"), f.meeting, "turn.3", "对照检查：主动联系居家同志不够。", 0)
		f.must(err)
		if text.Version != 1 || text.By.Name != "吴记录" {
			t.Errorf("the text is %+v", text)
		}
		id, err := f.Remark(f.ctx, f.as("bob"), f.meeting, "proposal", "turn.4", "我发言时说的是三户，不是两户。")
		f.must(err)
		_, err = f.Remark(f.ctx, f.as("ann"), f.meeting, "noted", "", "")
		f.must(err)
		f.refused(f.Sign(f.ctx, f.as("secretary"), f.meeting, f.read("secretary").Version, ""), "record_remarks_open")
		f.must(f.SettleRemark(f.ctx, f.as("recorder"), f.meeting, id, true, ""))
		f.refused(f.SettleRemark(f.ctx, f.as("recorder"), f.meeting, id, true, ""), "record_remark_settled")
		_, err = f.AddAction(f.ctx, f.as("recorder"), f.meeting, NewAction{Kind: ActionUnit, Person: f.who["ann"], Text: "每周给居家同志打一次电话。", DueOn: "2020-03-31"})
		f.must(err)
		_, err = f.AddAction(f.ctx, f.as("recorder"), f.meeting, NewAction{Kind: ActionPersonal, Person: f.who["bob"], Text: "改掉拖延的毛病。", DueOn: "2020-04-30"})
		f.must(err)

		f.refused(f.Sign(f.ctx, f.as("recorder"), f.meeting, 1, ""), "record_only_host")
		f.refused(f.Sign(f.ctx, f.as("secretary"), f.meeting, 1, ""), "changed_meanwhile")
		f.sign()
		f.refused(f.Sign(f.ctx, f.as("secretary"), f.meeting, f.read("secretary").Version, ""), "record_signed")
		f.must(f.Assemble(f.ctx, f.meeting)) // a late job changes nothing
		_, err = f.WriteText(f.ctx, f.as("recorder"), f.meeting, "turn.3", "改一改", 1)
		f.refused(err, "record_signed")
		if n := f.todo("recorder", "record.draft"); n != 0 {
			t.Errorf("the recorder still has %d to-dos", n)
		}

		signed := f.read("ann")
		if signed.State != RecordSigned || len(signed.Hash) != 64 || len(signed.Files) != 4 {
			t.Fatalf("signed record: state %s, hash %q, %d files", signed.State, signed.Hash, len(signed.Files))
		}
		for _, file := range signed.Files {
			if b := f.file(file.Blob); sum(b) != file.SHA256 || int64(len(b)) != file.Bytes {
				t.Errorf("%s is not what was frozen", file.Kind)
			}
		}
		before := f.archive()
		if v := verify(t, before); len(v.Differences) != 0 || v.Manifest.RecordHash != signed.Hash {
			t.Fatalf("a fresh archive: %+v", v.Differences)
		}
		if !bytes.Equal(before, f.archive()) {
			t.Error("the same state gives other bytes")
		}
		for i, text := range []string{"“两户”应为“三户”。", "时间以本条为准。"} {
			n, err := f.Correct(f.ctx, f.as("recorder"), f.meeting, "turn.4", text, "本人核对")
			f.must(err)
			if int(n) != i+1 {
				t.Errorf("correction %d got number %d", i+1, n)
			}
		}
		if got := f.read("ann"); len(got.Corrections) != 2 || got.Hash != signed.Hash || got.Sections[0].Name != signed.Sections[0].Name {
			t.Errorf("after corrections: %d of them, hash %s", len(got.Corrections), got.Hash)
		}
		if v := verify(t, f.archive()); len(v.Differences) != 0 || len(v.Manifest.Corrections) != 2 {
			t.Errorf("a corrected archive: %+v", v.Differences)
		}
	})
}

func TestNobodysTextIsLost(t *testing.T) {
	eachAfterwards(t, func(t *testing.T, f *afterwards) {
		writers := []string{"recorder", "secretary"}
		var wg sync.WaitGroup
		errs := make([]error, 20)
		for i := range errs {
			wg.Add(1)
			go func() {
				defer wg.Done()
				_, errs[i] = f.WriteText(f.ctx, f.as(writers[i%2]), f.meeting, "record.closing", "稿子"+strings.Repeat("一", i+1), 0)
			}()
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			switch {
			case err == nil:
				won++
			case fault.Code(err) != "record_text_changed":
				t.Errorf("an unexpected answer: %v", err)
			}
		}
		if won != 1 {
			t.Fatalf("%d of 20 were saved on one version, want 1", won)
		}
		lost, err := f.Versions(f.ctx, f.as("recorder"), f.meeting, "record.closing")
		f.must(err)
		texts := map[string]bool{sectionOf(f.read("recorder").Sections, "closing").Text.Text: true}
		for _, v := range lost {
			texts[v.Text] = true
		}
		if len(texts) != 20 {
			t.Errorf("%d of 20 texts are kept", len(texts))
		}
	})
}

func TestAConflictCarriesBothTexts(t *testing.T) {
	eachAfterwards(t, func(t *testing.T, f *afterwards) {
		first, err := f.WriteText(f.ctx, f.as("recorder"), f.meeting, "minutes.discussed", "第一稿", 0)
		f.must(err)
		again, err := f.WriteText(f.ctx, f.as("recorder"), f.meeting, "minutes.discussed", "第一稿", 0)
		f.must(err) // the answer was lost, the request came again
		if again.Version != first.Version {
			t.Errorf("saved twice: version %d", again.Version)
		}
		_, err = f.WriteText(f.ctx, f.as("secretary"), f.meeting, "minutes.discussed", "书记的稿", 0)
		var got *fault.Fault
		if !asFault(err, &got) || got.Kind != fault.KindStale || got.Params["text"] != "第一稿" || got.Params["yours"] != "书记的稿" || got.Params["by"] != "吴记录" {
			t.Fatalf("the conflict says %+v", err)
		}
		if _, err = f.WriteText(f.ctx, f.as("secretary"), f.meeting, "minutes.discussed", "两稿合一", 1); err != nil {
			t.Fatal(err)
		}
		versions, err := f.Versions(f.ctx, f.as("recorder"), f.meeting, "minutes.discussed")
		f.must(err)
		if len(versions) != 2 || versions[0].Fate != "replaced" || versions[1].Fate != "conflict" {
			t.Errorf("kept: %+v", versions)
		}
		_, err = f.WriteText(f.ctx, f.as("recorder"), f.meeting, "record.nothing", "x", 0)
		f.refused(err, "record_no_section")
	})
}

func TestWhoMayReadARecord(t *testing.T) {
	eachAfterwards(t, func(t *testing.T, f *afterwards) {
		want := func(when string, may map[string]string) {
			t.Helper()
			for who, code := range may {
				r, err := f.Read(f.ctx, f.as(who), f.meeting)
				if fault.Code(err) != code {
					t.Errorf("%s, %s gets %v, want %q", when, who, err, code)
				}
				text, _ := json.Marshal(r)
				if strings.Contains(string(text), leaveNote) {
					t.Errorf("%s, %s reads what was said to the officers alone", when, who)
				}
				// Why cai was on leave and old is exempt is for who grants it, and for themselves.
				grants := who == "secretary"
				for person, reason := range map[string]string{"cai": leaveWord, "old": exemptWord} {
					if got, may := strings.Contains(string(text), reason), code == "" && (grants || who == person); got != may {
						t.Errorf("%s, %s reads why %s did not come: %v, want %v", when, who, person, got, may)
					}
				}
			}
		}
		want("while it is a draft", map[string]string{"recorder": "", "secretary": "", "ann": "", "cai": "record_not_signed", "guest": "not_found", "stranger": "not_found", "overseer": "not_found"})
		_, err := f.WriteText(f.ctx, f.as("ann"), f.meeting, "turn.3", "x", 0)
		f.refused(err, "forbidden")
		_, err = f.Remark(f.ctx, f.as("cai"), f.meeting, "noted", "", "")
		f.refused(err, "record_not_signed")
		f.sign()
		want("signed", map[string]string{"recorder": "", "ann": "", "cai": "", "dan": "", "guest": "not_found", "stranger": "not_found", "overseer": "not_found"})
		if _, err := f.Archive(f.ctx, f.as("ann"), f.meeting); fault.Code(err) != "forbidden" {
			t.Errorf("a member takes the archive: %v", err)
		}
		_, err = f.Submit(f.ctx, f.as("secretary"), f.meeting, SubmitReport, "")
		f.must(err)
		want("reported", map[string]string{"overseer": "", "guest": "not_found", "stranger": "not_found"})
		link := access.Actor{Kind: access.Link, PersonID: f.who["ann"], MeetingID: f.meeting}
		if _, err := f.Read(f.ctx, link, f.meeting); fault.Code(err) != "not_found" {
			t.Errorf("by link: %v", err)
		}
	})
}

func TestAnOfficerSignsInTheHostsPlaceOnlyWithAReason(t *testing.T) {
	eachAfterwards(t, func(t *testing.T, f *afterwards) {
		f.do(func(ctx ctxt, tx *tx) error {
			if err := tx.ExecOne(ctx, `UPDATE meeting SET chair_id = $1 WHERE id = $2`, f.who["ann"], f.meeting); err != nil {
				return err
			}
			tx.AppendOnly()
			return nil
		})
		f.must(f.Assemble(f.ctx, f.meeting))
		version := f.read("secretary").Version
		f.refused(f.Sign(f.ctx, f.as("secretary"), f.meeting, version, ""), "invalid")
		f.must(f.Sign(f.ctx, f.as("secretary"), f.meeting, version, "主持人住院"))
		r := f.read("dan")
		if lines := sectionOf(r.Sections, "signature").Lines; !slices.ContainsFunc(lines, func(s string) bool { return strings.Contains(s, "周书记（主持人住院）") }) {
			t.Errorf("the signature says %q", lines)
		}
	})
}
