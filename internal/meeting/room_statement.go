package meeting

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/sound"
)

const (
	maxStatement  = 8000     // characters
	maxStatements = 20       // of one person in one meeting
	MaxAudio      = 20 << 20 // bytes of a recorded statement
	maxRecording  = 15 * time.Minute
	plainSuffix   = ".wav" // of the key of a recording's second form
)

// Codes about statements.
const (
	CodeNotAudio  = "statement_not_audio" // wrong_type: what was sent is no sound recording
	CodeAudioSize = "statement_too_large" // too_large: params limit, in bytes
	CodeAudioLong = "statement_too_long"  // too_large: params minutes
	CodeWorded    = "statement_worded"    // conflict: its words are written down already
	CodeEnough    = "statement_enough"    // conflict: params limit
)

// Files keeps recordings; package blob implements it.
type Files interface {
	// Put stores a file under a key of its own and returns after it is durable.
	Put(ctx context.Context, key, mediaType string, body io.Reader) error
	// Open gives a file, to be read from any place of it; not-found when there is none.
	Open(ctx context.Context, key string) (io.ReadSeekCloser, error)
}

// HandIn is a statement: words that are heard without their author speaking.
type HandIn struct {
	Person db.ID  `json:"person,omitempty" doc:"whose words, when a host hands it in for them; left out: the sender's"`
	Stage  string `json:"stage,omitempty" maxLength:"64" doc:"for which stage; left out: the open one"`
	Text   string `json:"text" maxLength:"8000"`
}

// Statement is one handed in.
type Statement struct {
	ID        db.ID   `json:"id" db:"id"`
	Person    db.ID   `json:"person" db:"person_id"`
	By        db.ID   `json:"by,omitzero" db:"by_id" doc:"who handed it in for them"`
	Stage     string  `json:"stage" db:"stage"`
	Kind      string  `json:"kind" db:"kind" enum:"text,audio"`
	Text      string  `json:"text" db:"text"`
	MediaType string  `json:"media_type,omitempty" db:"media_type"`
	Bytes     int64   `json:"bytes,omitzero" db:"bytes"`
	MS        int64   `json:"ms,omitzero" db:"ms" doc:"how long it lasts; a recording without it is listened to, not played into the room"`
	At        db.Time `json:"at" db:"at"`
	File      string  `json:"-" db:"file"`
}

const statementColumns = `id, person_id, by_id, stage, kind, text, media_type, bytes, ms, at, file`

// State hands in a written statement: for whoever is invited, before the meeting or in it, present
// or not; a host also for somebody else. It counts as spoken where the stage says so, never as
// present. Faults: gone meeting_ended; conflict floor_stage_over, floor_stage_unknown, statement_enough.
func (s *Rooms) State(ctx context.Context, actor access.Actor, meeting db.ID, command string, in HandIn) (db.ID, error) {
	var c fault.Check
	in.Text = c.Text("text", in.Text, maxStatement, true)
	if err := c.Err(); err != nil {
		return 0, err
	}
	return s.handIn(ctx, actor, meeting, command, in, "", Statement{Kind: "text", Text: in.Text})
}

// StateAudio hands in a recorded statement, at most 20 MB and a quarter of an hour; it is kept in
// forms that every browser plays. Text may say the same in writing, for who cannot hear it. Faults:
// wrong_type statement_not_audio, too_large statement_too_large, statement_too_long, and State's.
func (s *Rooms) StateAudio(ctx context.Context, actor access.Actor, meeting db.ID, command string, in HandIn, body io.Reader) (db.ID, error) {
	plan, doc, err := s.read(ctx, meeting)
	if err != nil {
		return 0, err
	}
	// Asked before anything is stored; asked again in the change.
	if err := requireInvited(actor, plan); err != nil {
		return 0, err
	}
	if doc.phase() == RoomOver {
		return 0, fault.New(fault.KindGone, CodeEnded)
	}
	var c fault.Check
	in.Text = c.Text("text", in.Text, maxStatement, false)
	if err := c.Err(); err != nil {
		return 0, err
	}
	if err := roomForStatement(ctx, s.DB.Read(), meeting, cmp.Or(in.Person, actor.PersonID)); err != nil {
		return 0, err
	}
	came, err := spool(body)
	if err != nil {
		return 0, err
	}
	defer came.Close() //nolint:errcheck // it has no name any more
	st, sum, err := s.keepSound(ctx, meeting, came)
	switch {
	case errors.Is(err, sound.ErrTooLong):
		return 0, fault.New(fault.KindTooLarge, CodeAudioLong).With("minutes", int(maxRecording.Minutes()))
	case errors.Is(err, sound.ErrNotSound):
		return 0, fault.New(fault.KindWrongType, CodeNotAudio).Because(err)
	case err != nil:
		return 0, err
	}
	st.Text = in.Text
	return s.handIn(ctx, actor, meeting, command, in, sum, st)
}

// spool takes a recording in, onto the disk: many come at once, over slow lines.
func spool(body io.Reader) (f *os.File, err error) {
	if f, err = os.CreateTemp("", "wozai-recording-*"); err != nil { // 0600
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = f.Close() // the first error is the one to tell
		}
	}()
	if err := os.Remove(f.Name()); err != nil {
		return nil, err
	}
	n, err := io.Copy(f, io.LimitReader(body, MaxAudio+1))
	if err != nil {
		return nil, err
	}
	if n > MaxAudio {
		return nil, fault.New(fault.KindTooLarge, CodeAudioSize).With("limit", MaxAudio)
	}
	_, err = f.Seek(0, io.SeekStart)
	return f, err
}

// keepSound makes a recording playable and stores it. That takes a second of a core for ten minutes
// of speech, and some times its size in memory, so few are made at a time.
func (s *Rooms) keepSound(ctx context.Context, meeting db.ID, from io.Reader) (st Statement, hash string, err error) {
	select {
	case s.sounds <- struct{}{}:
		defer func() { <-s.sounds }()
	case <-ctx.Done():
		return st, "", ctx.Err()
	}
	audio, err := io.ReadAll(from)
	if err != nil {
		return st, "", err
	}
	made, err := sound.Make(audio, maxRecording)
	if err != nil {
		return st, "", err
	}
	st = Statement{Kind: "audio", MS: made.Length.Milliseconds(), File: "statement/" + meeting.String() + "/" + randomName()}
	content := made.Ogg
	st.MediaType = sound.TypeOgg
	if content == nil {
		content, st.MediaType = made.WAV, sound.TypeWAV
	} else if err := s.Files.Put(ctx, st.File+plainSuffix, sound.TypeWAV, bytes.NewReader(made.WAV)); err != nil {
		return st, "", err
	}
	if err := s.Files.Put(ctx, st.File, st.MediaType, bytes.NewReader(content)); err != nil {
		return st, "", err
	}
	st.Bytes = int64(len(content))
	return st, sum(audio), nil
}

// handIn puts a statement into the room; sum tells recordings apart that are sent under one id.
func (s *Rooms) handIn(ctx context.Context, actor access.Actor, meeting db.ID, command string, in HandIn, sum string, st Statement) (id db.ID, err error) {
	_, id, err = s.once(ctx, actor, meeting, command, []any{in, sum}, func(ctx context.Context, r *roomTx) (db.ID, error) {
		if r.plan.Practice {
			return 0, fault.NotFound()
		}
		whose := cmp.Or(in.Person, actor.PersonID)
		who, ok := r.plan.Person(whose)
		if !ok {
			return 0, fault.NotFound()
		}
		if err := roomForStatement(ctx, r, meeting, whose); err != nil {
			return 0, err
		}
		stage := cmp.Or(in.Stage, r.doc.Floor.Stage)
		id := r.NewID()
		if err := r.apply(FloorCommand{Kind: CmdState, By: actor.PersonID, Person: whose, Statement: id, Stage: stage, Observer: who.Observer}); err != nil {
			return 0, err
		}
		by := actor.PersonID
		if by == whose {
			by = 0
		}
		return id, r.Exec(ctx, `INSERT INTO statement (id, meeting_id, person_id, by_id, stage, kind, text, file, media_type, bytes, ms, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, id, meeting, whose, by, stage, st.Kind, st.Text, st.File, st.MediaType, st.Bytes, st.MS, r.Now())
	})
	return id, err
}

// roomForStatement bounds what one person can fill the disk and everybody's room with.
func roomForStatement(ctx context.Context, q db.Querier, meeting, person db.ID) error {
	var n int
	if err := db.Get(ctx, q, &n, `SELECT COUNT(*) FROM statement WHERE meeting_id = $1 AND person_id = $2`, meeting, person); err != nil {
		return err
	}
	if n >= maxStatements {
		return refuse(CodeEnough).With("limit", maxStatements)
	}
	return nil
}

// Statements lists what was handed in: all of it for hosts, for the others their own and what has
// been or is being played or read.
func (s *Rooms) Statements(ctx context.Context, actor access.Actor, meeting db.ID) ([]Statement, error) {
	plan, doc, err := s.read(ctx, meeting)
	if err != nil {
		return nil, err
	}
	if err := requireInvited(actor, plan); err != nil {
		return nil, err
	}
	out := []Statement{}
	if err := db.Select(ctx, s.DB.Read(), &out, `SELECT `+statementColumns+` FROM statement WHERE meeting_id = $1 ORDER BY id`, meeting); err != nil {
		return nil, err
	}
	if doc.Floor.IsHost(actor.PersonID) {
		return out, nil
	}
	var heard []db.ID
	if err := db.Select(ctx, s.DB.Read(), &heard, `SELECT statement_id FROM turn WHERE meeting_id = $1 AND statement_id <> 0`, meeting); err != nil {
		return nil, err
	}
	for _, t := range doc.Floor.Turns {
		heard = append(heard, t.Statement)
	}
	if t := doc.Floor.Interrupted; t != nil { // goes on in a moment
		heard = append(heard, t.Statement)
	}
	return slices.DeleteFunc(out, func(x Statement) bool {
		return x.Person != actor.PersonID && x.By != actor.PersonID && (!contains(heard, x.ID) || !doc.wasIn(actor.PersonID))
	}), nil
}

// Audio opens a recorded statement for those who may see it in Statements; plain asks for the form
// that the oldest browsers play. Close it.
func (s *Rooms) Audio(ctx context.Context, actor access.Actor, meeting, statement db.ID, plain bool) (Statement, io.ReadSeekCloser, error) {
	all, err := s.Statements(ctx, actor, meeting)
	if err != nil {
		return Statement{}, nil, err
	}
	i := slices.IndexFunc(all, func(x Statement) bool { return x.ID == statement && x.Kind == "audio" })
	if i < 0 {
		return Statement{}, nil, fault.NotFound()
	}
	st := all[i]
	if plain && st.MS > 0 && st.MediaType == sound.TypeOgg {
		st.File, st.MediaType = st.File+plainSuffix, sound.TypeWAV
	}
	file, err := s.Files.Open(ctx, st.File)
	return st, file, err
}

// Word writes down what a recorded statement says, once: its author, who handed it in, or a host.
// Faults: conflict statement_worded; not-found for a statement that is not theirs to know of.
func (s *Rooms) Word(ctx context.Context, actor access.Actor, meeting, statement db.ID, text string) error {
	_, err := s.act(ctx, actor, meeting, func(ctx context.Context, r *roomTx) error {
		if err := r.requireInvited(); err != nil {
			return err
		}
		var c fault.Check
		text := c.Text("text", text, maxStatement, true)
		if err := c.Err(); err != nil {
			return err
		}
		var st Statement
		if err := db.Get(ctx, r, &st, `SELECT `+statementColumns+` FROM statement WHERE id = $1 AND meeting_id = $2 AND kind = 'audio'`, statement, meeting); err != nil {
			return err
		}
		switch {
		case st.Person != actor.PersonID && st.By != actor.PersonID && !r.doc.Floor.IsHost(actor.PersonID):
			return fault.NotFound()
		case st.Text == text:
			return nil
		case st.Text != "":
			return refuse(CodeWorded)
		}
		if err := r.requireGoing(); err != nil {
			return err
		}
		if err := r.ExecOne(ctx, `UPDATE statement SET text = $1 WHERE id = $2 AND text = ''`, text, statement); err != nil {
			return err
		}
		return r.Audit(ctx, change.Record{Action: "meeting.statement_word", Subject: "meeting", SubjectID: meeting, UnitID: r.plan.Unit.ID,
			After: map[string]any{"statement": statement}})
	})
	return err
}

// Exempt takes somebody out of those who are due, for one of the profile's reasons, or (reason "")
// puts them back. A host's, while the meeting goes on. Fault invalid for an unknown reason.
func (s *Rooms) Exempt(ctx context.Context, actor access.Actor, meeting, person db.ID, reason, note string) (int64, error) {
	return s.act(ctx, actor, meeting, func(ctx context.Context, r *roomTx) error {
		if err := r.requireHost(); err != nil {
			return err
		}
		if err := r.requireGoing(); err != nil {
			return err
		}
		who, ok := r.plan.Person(person)
		if !ok {
			return fault.NotFound()
		}
		var c fault.Check
		note := c.Text("note", note, 200, false)
		if reason != "" {
			known, err := r.s.Profile().ExemptReason(reason)
			c.If(err != nil, "reason", "choice")
			c.If(err == nil && known.Note && note == "", "note", "required")
		}
		if err := c.Err(); err != nil || who.Exempt == reason {
			return err
		}
		r.touch()
		if err := r.s.Plans.Exempt(ctx, r.Tx, meeting, person, reason, note); err != nil {
			return err
		}
		return r.Audit(ctx, change.Record{Action: "meeting.exempt", Subject: "meeting", SubjectID: meeting, UnitID: r.plan.Unit.ID,
			Before: map[string]any{"person": person, "reason": who.Exempt}, After: map[string]any{"person": person, "reason": reason}})
	})
}

func randomName() string { return strings.ToLower(rand.Text()) }
