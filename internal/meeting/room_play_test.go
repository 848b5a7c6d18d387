package meeting

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"wozai/internal/db"
	"wozai/internal/profile"
	"wozai/internal/testkit"
)

// recording is three seconds that a browser recorded.
func recording(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile("../sound/testdata/beeps.webm")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A recording is a turn of its own length: nobody has to be there for it, it stands still while the
// chair says something, and it ends by itself.
func TestARecordingIsItsAuthorsTurn(t *testing.T) {
	const length = 30 * time.Second
	r := newRoom(t, 4, stage(profile.Round, "talk"))
	r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "talk"})
	// 30 is not in the room, 3 is: it makes no difference.
	r.ok(FloorCommand{Kind: CmdState, By: 1, Person: 30, Statement: 71, Stage: "talk"})
	for _, author := range []db.ID{30, 3} {
		r.ok(FloorCommand{Kind: CmdPlay, By: 1, Person: author, Statement: 71, SoundMS: length.Milliseconds()})
		turn := r.f.Turns[0]
		if turn.Person != author || turn.Seat != 0 || turn.EndsAt != turn.StartedAt.Add(soundLead+length) || turn.DueAt != turn.EndsAt {
			t.Fatalf("the turn is %+v", turn)
		}
		for seat, may := range r.f.Publishers() {
			if may.Microphone {
				t.Errorf("a microphone is open at seat %d while a recording plays", seat)
			}
		}
		r.wait(soundLead + 10*time.Second)
		r.refused(CodeRecording, FloorCommand{Kind: CmdExtend, By: 1, Turn: turn.ID, Seconds: 60})
		r.ok(FloorCommand{Kind: CmdTake, By: 1})
		r.wait(45 * time.Second)
		if author == 3 { // even when who recorded it is gone meanwhile
			r.ok(FloorCommand{Kind: CmdLeave, By: 3})
		}
		r.ok(FloorCommand{Kind: CmdReturn, By: 1})
		r.holders(author)
		if got := r.f.Turns[0].EndsAt; got != turn.EndsAt.Add(45*time.Second) {
			t.Fatalf("goes on until %v", got)
		}
		r.wait(19 * time.Second)
		r.refused(CodeTooEarly, FloorCommand{Kind: CmdExpire, Turn: turn.ID})
		r.wait(time.Second)
		r.ok(FloorCommand{Kind: CmdExpire, Turn: turn.ID})
		if e := r.ended(author, EndExpired); e.SpokenMS != length.Milliseconds() {
			t.Errorf("counted as %d ms", e.SpokenMS)
		}
		if !r.f.stage("talk").done(author, AsStated) {
			t.Error("its author has not been heard")
		}
	}
	if p, _ := r.f.Person(30); p.State == Here && p.How != ByWriting {
		t.Errorf("who was heard counts as present: %+v", p)
	}
}

// A timer for somebody who is away must not fire again and again when their turn needs nobody.
func TestNoTimerForWhomATurnDoesNotNeed(t *testing.T) {
	r := newRoom(t, 3, stage(profile.Queue, "talk"))
	r.ok(FloorCommand{Kind: CmdOpen, By: 1, Stage: "talk"})
	r.ok(FloorCommand{Kind: CmdPlay, By: 1, Person: 3, Statement: 71, SoundMS: 60_000})
	r.ok(FloorCommand{Kind: CmdLost, Seat: 103})
	for _, timer := range r.f.Timers() {
		if timer.Command.Kind == CmdGone && timer.At != r.f.People[2].Since.Add(seconds(r.f.Settings.PlaceGrace)) {
			t.Errorf("a timer at %v that changes nothing", timer.At)
		}
	}
	r.holders(3)
}

func TestARecordingIsPlayedToEverybodyInside(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.all("discussion")
		id, err := h.StateAudio(h.ctx, person(annID), theMeeting, "recorded-1", HandIn{}, bytes.NewReader(recording(t)))
		if err != nil {
			t.Fatal(err)
		}
		h.refused(h.Word(h.ctx, person(bobID), theMeeting, id, "别人的话"), "not_found")
		if err := h.Word(h.ctx, person(annID), theMeeting, id, "我的体会有三点。"); err != nil {
			t.Fatal(err)
		}
		if err := h.Word(h.ctx, person(annID), theMeeting, id, "我的体会有三点。"); err != nil {
			t.Errorf("written down twice: %v", err)
		}
		h.refused(h.Word(h.ctx, person(chairID), theMeeting, id, "改一改"), CodeWorded)
		h.refused(h.Word(h.ctx, person(annID), theMeeting, id+1, "没有这一份"), "not_found")
		if n := h.rows(`SELECT COUNT(*) FROM audit WHERE action = 'meeting.statement_word'`); n != 1 {
			t.Errorf("%d audit rows", n)
		}

		h.must(chairID, RoomCommand{Kind: CmdPlay, Statement: id})
		turn := h.now().Turns[0]
		if turn.SoundMS < 2500 || turn.SoundMS > 4500 || turn.Seat != 0 || turn.EndsAt != turn.StartedAt.Add(soundLead+time.Duration(turn.SoundMS)*time.Millisecond) {
			t.Fatalf("the turn is %+v", turn)
		}
		heard, err := h.Statements(h.ctx, person(bobID), theMeeting)
		if err != nil || len(heard) != 1 || heard[0].Text == "" || heard[0].MS != turn.SoundMS {
			t.Fatalf("Bob hears %+v, %v", heard, err)
		}
		for plain, head := range map[bool]string{false: "OggS", true: "RIFF"} {
			_, file, err := h.Audio(h.ctx, person(bobID), theMeeting, id, plain)
			if err != nil {
				t.Fatal(err)
			}
			b, _ := io.ReadAll(file)
			file.Close()
			if !bytes.HasPrefix(b, []byte(head)) {
				t.Errorf("plain %v: %.4q", plain, b)
			}
		}
		// The chair says something in between; the recording may be fetched on.
		h.must(chairID, RoomCommand{Kind: CmdTake})
		if _, file, err := h.Audio(h.ctx, person(bobID), theMeeting, id, false); err != nil {
			t.Errorf("while it stands still: %v", err)
		} else {
			file.Close()
		}
		h.must(chairID, RoomCommand{Kind: CmdReturn})
		if turns := h.now().Turns; len(turns) != 1 || turns[0].Statement != id || turns[0].PausedAt != 0 {
			t.Errorf("afterwards: %+v", turns)
		}
		// Read aloud instead, it has a microphone and the stage's time.
		h.must(chairID, RoomCommand{Kind: CmdEnd})
		h.must(chairID, RoomCommand{Kind: CmdPlay, Statement: id, Reader: chairID})
		if turn := h.now().Turns[0]; turn.SoundMS != 0 || turn.Seat == 0 {
			t.Errorf("read aloud: %+v", turn)
		}
	})
}

// The turn of a recording ends when its sound does, without anybody's doing.
func TestARecordingEndsByItself(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	h.all("discussion")
	id, err := h.StateAudio(h.ctx, person(annID), theMeeting, "", HandIn{}, bytes.NewReader(recording(t)))
	if err != nil {
		t.Fatal(err)
	}
	h.must(chairID, RoomCommand{Kind: CmdPlay, Statement: id})
	length := h.now().Turns[0].SoundMS
	h.await(h.Rooms, "the recording is over", func(st RoomState) bool { return len(st.Turns) == 0 })
	if n := h.rows(`SELECT COUNT(*) FROM turn WHERE statement_id = $1 AND reader_id = 0 AND ended_how = 'expired' AND spoken_ms = $2`, id, length); n != 1 {
		t.Error("its turn is not on record with its length")
	}
}

func TestASoundIsFetchedInParts(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	web := h.edge()
	h.all("")
	id, err := h.StateAudio(h.ctx, person(annID), theMeeting, "", HandIn{}, bytes.NewReader(recording(t)))
	if err != nil {
		t.Fatal(err)
	}
	req, _ := http.NewRequestWithContext(t.Context(), "GET", web.URL+"/api/v1/meetings/7001/room/statements/"+id.String()+"/audio", nil)
	req.Header.Set("X-Test-Who", annID.String())
	req.Header.Set("Range", "bytes=28-35")
	got, err := web.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	b, _ := io.ReadAll(got.Body)
	if got.StatusCode != http.StatusPartialContent || string(b) != "OpusHead" || got.Header.Get("Content-Type") != "audio/ogg" {
		t.Errorf("%s %q %v", got.Status, b, got.Header)
	}
}

func TestTheRecordSaysThatARecordingWasPlayed(t *testing.T) {
	h := Held{Turns: []HeldTurn{{Kind: TurnStatement, Statement: 5}, {Kind: TurnStatement, Statement: 5, Reader: 2}, {Kind: TurnStatement, Statement: 6}, {Kind: TurnSpeech}},
		Statements: []HeldStatement{{ID: 5, Audio: true}, {ID: 6}}}
	var got []bool
	for _, turn := range h.Turns {
		got = append(got, h.played(turn))
	}
	if want := []bool{true, false, false, false}; !slices.Equal(got, want) {
		t.Errorf("played: %v, want %v", got, want)
	}
}
