package meeting

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"strings"
	"testing"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/testkit"
)

func TestTelephoneWritingAndRecordedStatements(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.all("discussion")
		h.must(cayID, RoomCommand{Kind: CmdLeave})
		h.must(chairID, RoomCommand{Kind: CmdJoin, Person: cayID, How: ByPhone})
		h.refused(h.command(h.Rooms, annID, RoomCommand{Kind: CmdJoin, Person: cayID, How: ByPhone}), CodeServerOnly)
		if p := h.in(h.roster(), cayID); p == nil || p.How != "phone" || p.Seat != 0 {
			t.Fatalf("on the telephone: %+v", p)
		}
		id, err := h.State(h.ctx, person(bobID), theMeeting, "statement-1", HandIn{Text: "我同意。"})
		if err != nil {
			t.Fatal(err)
		}
		again, err := h.State(h.ctx, person(bobID), theMeeting, "statement-1", HandIn{Text: "我同意。"})
		if err != nil || again != id {
			t.Errorf("handed in twice: %v %v, want %v", again, err, id)
		}
		other, err := h.State(h.ctx, person(bobID), theMeeting, "statement-2", HandIn{Text: "再补充一点。"})
		if err != nil {
			t.Fatal(err)
		}
		if again, err := h.State(h.ctx, person(bobID), theMeeting, "statement-1", HandIn{Text: "我同意。"}); err != nil || again != id {
			t.Errorf("the first handed in again after another: %v %v, want %v", again, err, id)
		}
		_, err = h.State(h.ctx, person(bobID), theMeeting, "statement-2", HandIn{Text: "说的是别的。"})
		h.refused(err, "key_reused")
		_, err = h.Say(h.ctx, person(bobID), theMeeting, "statement-2", "收到")
		h.refused(err, "key_reused")
		if all, err := h.Statements(h.ctx, person(bobID), theMeeting); err != nil || len(all) != 2 || all[1].ID != other {
			t.Errorf("statements %+v %v", all, err)
		}
		if all, err := h.Statements(h.ctx, person(annID), theMeeting); err != nil || len(all) != 0 {
			t.Errorf("Ann reads Bob's statement before it is read out: %+v %v", all, err)
		}
		h.must(chairID, RoomCommand{Kind: CmdPlay, Statement: id, Reader: annID})
		if tn := h.now().Turns[0]; tn.Person != bobID || tn.Reader != annID || tn.Statement != id {
			t.Errorf("the turn is %+v", tn)
		}
		if all, _ := h.Statements(h.ctx, person(annID), theMeeting); len(all) != 1 {
			t.Error("a statement being read is not shown")
		}
		_, err = h.StateAudio(h.ctx, person(annID), theMeeting, "", HandIn{}, strings.NewReader("<html>not a sound at all</html>"))
		h.refused(err, CodeNotAudio)
		_, err = h.StateAudio(h.ctx, person(annID), theMeeting, "", HandIn{}, bytes.NewReader(make([]byte, MaxAudio+1)))
		h.refused(err, CodeAudioSize)
		rec, err := h.StateAudio(h.ctx, person(annID), theMeeting, "", HandIn{}, bytes.NewReader(recording(t)))
		if err != nil {
			t.Fatal(err)
		}
		_, sound, err := h.Audio(h.ctx, person(chairID), theMeeting, rec, false)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(sound); err != nil || !bytes.HasPrefix(b, []byte("OggS")) {
			t.Errorf("the recording came back as %.10q, %v", b, err)
		}
		sound.Close()
		_, _, err = h.Audio(h.ctx, person(danID), theMeeting, rec, false)
		h.refused(err, "not_found")
	})
}

func TestAVote(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		vote := func(by db.ID, m db.ID, in CastBallot) error {
			_, err := h.Vote(h.ctx, person(by), theMeeting, m, in)
			return err
		}
		h.enter(chairID)
		h.enter(annID)
		if _, err := h.Open(h.ctx, person(chairID), theMeeting); err != nil {
			t.Fatal(err)
		}
		m, err := h.Move(h.ctx, person(chairID), theMeeting, "motion-1", MotionText{Title: "通过计划", Ballot: "motion"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.OpenVote(h.ctx, person(chairID), theMeeting, m)
		h.refused(err, CodeNoQuorum) // 2 of 5
		h.enter(bobID, func(e *Enter) { e.With = []db.ID{cayID} })
		h.enter(danID)
		_, err = h.OpenVote(h.ctx, person(annID), theMeeting, m)
		h.refused(err, CodeNotHost)
		if _, err := h.OpenVote(h.ctx, person(chairID), theMeeting, m); err != nil {
			t.Fatal(err)
		}
		h.refused(vote(danID, m, CastBallot{Choice: For}), CodeNoVote)
		h.refused(vote(annID, m, CastBallot{Person: bobID, Choice: For}), CodeNotYours)
		h.refused(vote(chairID, m, CastBallot{Person: deputyID, Choice: For}), CodeVoterAbsent)
		h.must(chairID, RoomCommand{Kind: CmdJoin, Person: deputyID, How: ByPhone})
		for _, v := range []struct {
			by db.ID
			CastBallot
		}{{annID, CastBallot{Choice: Against}}, {annID, CastBallot{Choice: For}}, {bobID, CastBallot{Choice: For}}, {bobID, CastBallot{Person: cayID, Choice: Abstain}}, {chairID, CastBallot{Person: deputyID, Choice: For}}} {
			if err := vote(v.by, m, v.CastBallot); err != nil {
				t.Fatal(err)
			}
		}
		st := h.now()
		if st.Motion == nil || st.Motion.Voted != 4 || st.Motion.For != 0 || st.Motion.Eligible != 5 {
			t.Errorf("while open: %+v", st.Motion)
		}
		if all, _ := h.Motions(h.ctx, person(danID), theMeeting); all[0].Votes != nil {
			t.Error("votes are told while the vote is on")
		}
		for range 2 {
			if _, err := h.CloseVote(h.ctx, person(chairID), theMeeting, m); err != nil {
				t.Fatal(err)
			}
		}
		if got := h.now().Motion; got.For != 3 || got.Against != 0 || got.Abstained != 1 || got.Need != 3 || !got.Carried {
			t.Errorf("result is %+v, want 3 of 5 carried", got)
		}
		h.refused(vote(annID, m, CastBallot{Choice: Against}), CodeMotionState)
		all, err := h.Motions(h.ctx, person(annID), theMeeting)
		if err != nil || len(all) != 1 || len(all[0].Votes) != 4 || all[0].Mine != For {
			t.Fatalf("%+v %v", all, err)
		}
		given := map[db.ID]string{}
		for _, v := range all[0].Votes {
			given[v.Person] = v.Given
		}
		if given[annID] != "account" || given[cayID] != "shared" || given[deputyID] != "phone" {
			t.Errorf("given: %v", given)
		}
	})
}

func TestTheDeputyTakesOverWhenTheChairIsGone(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.all("discussion")
		h.refused(h.command(h.Rooms, deputyID, RoomCommand{Kind: CmdTakeOver}), CodeChairHere)
		h.refused(h.command(h.Rooms, annID, RoomCommand{Kind: CmdTakeOver}), CodeNotDeputy)
		if err := h.Leave(h.ctx, person(chairID), theMeeting, h.in(h.roster(), chairID).Seat); err != nil {
			t.Fatal(err)
		}
		if h.now().TakeOver == 0 {
			t.Error("nobody is told that the deputy may take over")
		}
		h.must(deputyID, RoomCommand{Kind: CmdTakeOver})
		if h.now().Chair != deputyID {
			t.Error("the deputy does not lead")
		}
		h.must(deputyID, RoomCommand{Kind: CmdClose})
	})
}

func TestChatPaperAndScreen(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.all("discussion")
		say := func(by db.ID, text string) error {
			_, err := h.Say(h.ctx, person(by), theMeeting, rand.Text(), text)
			return err
		}
		if err := say(annID, strings.Repeat("长", 1000)); err != nil {
			t.Fatal(err)
		}
		if err := say(annID, strings.Repeat("长", 1001)); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("1001 characters: %v", err)
		}
		id := h.now().Chat.Tail[0].ID
		_, err := h.HideChat(h.ctx, person(bobID), theMeeting, id, "x")
		h.refused(err, CodeNotHost)
		if _, err := h.HideChat(h.ctx, person(chairID), theMeeting, id, "与会议无关"); err != nil {
			t.Fatal(err)
		}
		if m := h.now().Chat.Tail[0]; !m.Hidden || m.Text != "" || m.Reason != "与会议无关" {
			t.Errorf("hidden: %+v", m)
		}
		if _, err := h.SwitchChat(h.ctx, person(chairID), theMeeting, false); err != nil {
			t.Fatal(err)
		}
		h.refused(say(annID, "在吗"), CodeChatOff)
		if err := say(chairID, "请稍等"); err != nil {
			t.Errorf("the host is silenced: %v", err)
		}

		_, err = h.Show(h.ctx, person(annID), theMeeting, thePaper, 1)
		h.refused(err, CodeNoScreen)
		_, err = h.ShareScreen(h.ctx, person(annID), theMeeting, true)
		h.refused(err, CodeNoScreen)
		h.must(annID, RoomCommand{Kind: CmdRaise})
		if _, err = h.Show(h.ctx, person(annID), theMeeting, thePaper, 2); err != nil {
			t.Fatal(err)
		}
		_, err = h.Show(h.ctx, person(annID), theMeeting, 4711, 1)
		h.refused(err, "not_found")
		if _, err = h.Show(h.ctx, person(annID), theMeeting, thePaper, 4); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("page 4 of 3: %v", err)
		}
		if _, err = h.ShareScreen(h.ctx, person(annID), theMeeting, true); err != nil {
			t.Fatal(err)
		}
		if st := h.now(); st.Paper == nil || st.Paper.Page != 2 || st.Screen == nil || st.Screen.Person != annID {
			t.Errorf("paper %+v screen %+v", st.Paper, st.Screen)
		}
		h.must(annID, RoomCommand{Kind: CmdYield})
		if st := h.now(); st.Screen != nil {
			t.Error("the screen stays when the floor has gone")
		}
	})
}

func TestExemptionsMoveTheQuorum(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	h.enter(chairID)
	h.enter(annID)
	if q := h.now().Quorum; q.Met || q.Short != 1 || q.Of != 5 {
		t.Fatalf("quorum is %+v, want one short of 3 of 5", q)
	}
	if _, err := h.Exempt(h.ctx, person(annID), theMeeting, cayID, "abroad", ""); fault.Code(err) != CodeNotHost {
		t.Errorf("a member exempts: %v", err)
	}
	if _, err := h.Exempt(h.ctx, person(chairID), theMeeting, cayID, "no such reason", ""); !fault.Is(err, fault.KindInvalid) {
		t.Errorf("unknown reason: %v", err)
	}
	if _, err := h.Exempt(h.ctx, person(chairID), theMeeting, cayID, "abroad", ""); err != nil {
		t.Fatal(err)
	}
	if q := h.now().Quorum; !q.Met || q.Of != 4 {
		t.Errorf("quorum is %+v, want 2 of 4", q)
	}
}

func TestThePracticeRoomIsForAnybodyAndKeepsNothing(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.plans.plan.Practice, h.plans.plan.Chair, h.plans.plan.Deputies, h.plans.plan.People = true, 0, nil, nil
		h.plans.plan.StartsAt = db.Now().Add(24 * time.Hour)
		h.plans.plan.Stages = h.plans.plan.Stages[:1]
		err := h.store.Change.Do(h.ctx, access.SystemActor("test"), func(ctx context.Context, tx *change.Tx) error {
			tx.AppendOnly()
			return tx.Exec(ctx, `INSERT INTO person (id, code, name, pinyin, initials, category, joined_on, version) VALUES ($1, '', $2, '', '', 'serving', '', 1)`, bobID, names[bobID])
		})
		if err != nil {
			t.Fatal(err)
		}
		h.enter(annID)
		in, err := h.Enter(h.ctx, byLink(bobID, 4242), theMeeting, Enter{How: ByVideo, Device: "bobs-device"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Enter(h.ctx, access.Actor{}, theMeeting, Enter{How: ByVideo, Device: "nobodys-device"}); err == nil {
			t.Error("nobody came in")
		}
		h.must(annID, RoomCommand{Kind: CmdRaise})
		if _, err := h.Command(h.ctx, byLink(bobID, 4242), theMeeting, RoomCommand{ID: rand.Text(), Kind: CmdRaise}); err != nil {
			t.Fatal(err)
		}
		if st := h.now(); len(st.Turns) != 2 {
			t.Errorf("turns are %+v, want two microphones on", st.Turns)
		}
		if p := h.in(h.roster(), bobID); p == nil || p.Name != names[bobID] {
			t.Errorf("roster shows %+v", p)
		}
		if _, err := h.Beat(h.ctx, byLink(bobID, 4242), theMeeting, Beat{Seat: in.Seat}); err != nil {
			t.Error(err)
		}
		if err := h.Leave(h.ctx, byLink(bobID, 4242), theMeeting, in.Seat); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"turn", "attendance", "room_log"} {
			if n := h.rows(`SELECT COUNT(*) FROM ` + table); n != 0 {
				t.Errorf("%d rows kept in %s", n, table)
			}
		}
	})
}
