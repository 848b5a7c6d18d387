package meeting

import (
	"context"
	"slices"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
)

const (
	maxChatText  = 1000
	chatTailMax  = 5
	chatTailText = 600 // characters of text in the tail, besides the newest message
)

type chatRow struct {
	ID     db.ID   `db:"id"`
	Person db.ID   `db:"person_id"`
	At     db.Time `db:"at"`
	Text   string  `db:"text"`
	Hidden db.Time `db:"hidden_at"`
	Reason string  `db:"hidden_reason"`
}

func (c chatRow) public() ChatMessage {
	m := ChatMessage{ID: c.ID, Person: c.Person, At: c.At, Text: c.Text}
	if c.Hidden != 0 {
		m.Text, m.Hidden, m.Reason = "", true, c.Reason
	}
	return m
}

// chatTail reads the newest messages, oldest first.
func chatTail(ctx context.Context, q db.Querier, meeting db.ID) ([]ChatMessage, error) {
	rows, err := readChat(ctx, q, meeting, 1<<62, chatTailMax)
	if err != nil {
		return nil, err
	}
	room := chatTailText
	for i := len(rows) - 2; i >= 0; i-- {
		if room -= len([]rune(rows[i].Text)); room < 0 {
			return rows[i+1:], nil
		}
	}
	return rows, nil
}

// readChat reads at most limit messages before an id, oldest first.
func readChat(ctx context.Context, q db.Querier, meeting, before db.ID, limit int) ([]ChatMessage, error) {
	var rows []chatRow
	err := db.Select(ctx, q, &rows, `SELECT id, person_id, at, text, hidden_at, hidden_reason FROM chat_message
		WHERE meeting_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`, meeting, before, limit)
	out := make([]ChatMessage, 0, len(rows))
	for _, r := range slices.Backward(rows) {
		out = append(out, r.public())
	}
	return out, err
}

// Chat reads older messages for people inside.
func (s *Rooms) Chat(ctx context.Context, actor access.Actor, meeting, before db.ID, limit int) ([]ChatMessage, error) {
	if err := s.mayHear(ctx, actor, meeting); err != nil {
		return nil, err
	}
	if before <= 0 {
		before = 1 << 62
	}
	return readChat(ctx, s.DB.Read(), meeting, before, limit)
}

// Say writes a message of at most 1000 characters. For people inside, while chat is on; hosts
// always. The same Idempotency-Key makes one message.
func (s *Rooms) Say(ctx context.Context, actor access.Actor, meeting db.ID, command, text string) (int64, error) {
	version, _, err := s.once(ctx, actor, meeting, command, text, func(ctx context.Context, r *roomTx) (db.ID, error) {
		if !r.doc.Floor.IsHost(actor.PersonID) {
			if err := r.requireInside(); err != nil {
				return 0, err
			}
			if r.doc.ChatOff {
				return 0, refuse(CodeChatOff)
			}
		}
		var c fault.Check
		text := c.Text("text", text, maxChatText, true)
		if err := c.Err(); err != nil {
			return 0, err
		}
		r.touch()
		return 0, r.Exec(ctx, `INSERT INTO chat_message (id, meeting_id, person_id, at, text) VALUES ($1, $2, $3, $4, $5)`, r.NewID(), meeting, actor.PersonID, r.Now(), text)
	})
	return version, err
}

// HideChat takes a message's text away from everybody, with a reason that stays. A host's.
func (s *Rooms) HideChat(ctx context.Context, actor access.Actor, meeting, message db.ID, reason string) (int64, error) {
	return s.act(ctx, actor, meeting, func(ctx context.Context, r *roomTx) error {
		if err := r.requireHost(); err != nil {
			return err
		}
		var c fault.Check
		reason := c.Text("reason", reason, 200, true)
		if err := c.Err(); err != nil {
			return err
		}
		var n int64
		if err := db.Get(ctx, r, &n, `SELECT hidden_at FROM chat_message WHERE id = $1 AND meeting_id = $2`, message, meeting); err != nil || n != 0 {
			return err
		}
		r.touch()
		if err := r.ExecOne(ctx, `UPDATE chat_message SET hidden_at = $1, hidden_by = $2, hidden_reason = $3 WHERE id = $4`, r.Now(), actor.PersonID, reason, message); err != nil {
			return err
		}
		return r.Audit(ctx, change.Record{Action: "chat.hide", Subject: "chat_message", SubjectID: message, UnitID: r.plan.Unit.ID, After: map[string]any{"reason": reason}})
	})
}

// SwitchChat turns the chat off or on for everybody but hosts. A host's.
func (s *Rooms) SwitchChat(ctx context.Context, actor access.Actor, meeting db.ID, on bool) (int64, error) {
	return s.act(ctx, actor, meeting, func(ctx context.Context, r *roomTx) error {
		if err := r.requireHost(); err != nil {
			return err
		}
		if err := r.requireGoing(); err != nil || r.doc.ChatOff == !on {
			return err
		}
		r.doc.ChatOff = !on
		r.touch()
		return r.Audit(ctx, change.Record{Action: "chat.switch", Subject: "meeting", SubjectID: meeting, UnitID: r.plan.Unit.ID, After: map[string]any{"on": on}})
	})
}

// once is act for something that a browser may send twice under one id: the second time nothing is
// done, and the answer is what was made the first time (0 where fn makes nothing) at the room's
// present version. Fault invalid key_reused when the id came before with something else than what.
func (s *Rooms) once(ctx context.Context, actor access.Actor, meeting db.ID, command string, what any, fn func(ctx context.Context, r *roomTx) (made db.ID, err error)) (version int64, made db.ID, err error) {
	sent := s.Change.Sent(what)
	version, err = s.act(ctx, actor, meeting, func(ctx context.Context, r *roomTx) error {
		made = 0
		if err := r.requireInvited(); err != nil {
			return err
		}
		if command != "" {
			var before struct {
				Sent int64 `db:"sent"`
				Made db.ID `db:"made"`
			}
			found, err := db.Find(ctx, r, &before, `SELECT sent, made FROM room_command WHERE meeting_id = $1 AND person_id = $2 AND command_id = $3`, meeting, actor.PersonID, command)
			if err != nil {
				return err
			}
			if found {
				made = before.Made
				return change.SameSent(before.Sent, sent)
			}
		}
		if err := r.requireGoing(); err != nil {
			return err
		}
		var err error
		if made, err = fn(ctx, r); err != nil {
			return err
		}
		if command == "" || len(r.events) == 0 && !r.other {
			return nil // nothing was to be done: repeating it is harmless
		}
		return r.Exec(ctx, `INSERT INTO room_command (meeting_id, person_id, command_id, version, sent, made) VALUES ($1, $2, $3, $4, $5, $6)`,
			meeting, actor.PersonID, command, r.doc.Floor.Version, sent, made)
	})
	return version, made, err
}
