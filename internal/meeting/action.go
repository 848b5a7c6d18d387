package meeting

import (
	"context"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
)

// ActionKind says whose an action is.
type ActionKind string

// The kinds of action.
const (
	ActionPersonal ActionKind = "personal" // one's own 整改措施: for the person and the officers alone
	ActionUnit     ActionKind = "unit"     // of the unit, given to a person or a unit: all members see it
)

// ActionState is how far an action is.
type ActionState string

// The states of an action.
const (
	ActionOpen      ActionState = "open"
	ActionDone      ActionState = "done"      // says who was to do it
	ActionConfirmed ActionState = "confirmed" // says the unit
	ActionDropped   ActionState = "dropped"   // with a reason
)

// Action is who does what by when, as it stands now.
type Action struct {
	ID         db.ID       `json:"id" db:"id"`
	Unit       db.ID       `json:"unit_id" db:"unit_id" doc:"whose meeting gave it"`
	UnitName   string      `json:"unit_name" db:"unit_name"`
	Meeting    db.ID       `json:"meeting_id" db:"meeting_id"`
	Theme      string      `json:"theme" db:"theme" doc:"of the meeting that gave it"`
	Kind       ActionKind  `json:"kind" db:"kind" enum:"personal,unit"`
	Person     db.ID       `json:"person_id,omitzero" db:"person_id"`
	PersonName string      `json:"person_name,omitempty" db:"person_name"`
	ToUnit     db.ID       `json:"to_unit_id,omitzero" db:"to_unit_id"`
	ToUnitName string      `json:"to_unit_name,omitempty" db:"to_unit_name"`
	WasName    string      `json:"was_name,omitempty" db:"was_name" doc:"who had it before it was given to somebody else"`
	AssignedAt db.Time     `json:"assigned_at" db:"assigned_at" doc:"when that was"`
	Text       string      `json:"text" db:"text"`
	DueOn      string      `json:"due_on,omitempty" db:"due_on" doc:"YYYY-MM-DD"`
	State      ActionState `json:"state" db:"state" enum:"open,done,confirmed,dropped"`
	Evidence   string      `json:"evidence,omitempty" db:"evidence" doc:"what was done, in the words of who did it"`
	Reason     string      `json:"reason,omitempty" db:"reason" doc:"of dropping it or giving it back"`
	DoneAt     db.Time     `json:"done_at" db:"done_at"`
	ClosedAt   db.Time     `json:"closed_at" db:"closed_at"`
	CreatedBy  db.ID       `json:"-" db:"created_by"`
	CreatedAt  db.Time     `json:"created_at" db:"created_at"`
	Version    int64       `json:"version" db:"version"`
	Abilities  []string    `json:"abilities" db:"-" doc:"change, assign, done, confirm, return, drop"`

	Path     string `json:"-" db:"path"`
	ToPath   string `json:"-" db:"to_path"`
	Signed   int64  `json:"-" db:"signed"`
	Recorder db.ID  `json:"-" db:"recorder_id"`
	Chair    db.ID  `json:"-" db:"chair_id"`
}

// RecordAction is an action as the record froze it.
type RecordAction struct {
	ID     db.ID       `json:"id"`
	Kind   ActionKind  `json:"kind" enum:"personal,unit"`
	Text   string      `json:"text,omitempty" doc:"absent where the action is personal and the reader neither its person nor an officer"`
	Person *RecordName `json:"person,omitempty"`
	Unit   *RecordName `json:"unit,omitempty"`
	DueOn  string      `json:"due_on,omitempty" doc:"YYYY-MM-DD"`

	by db.ID // who wrote it down
}

const actionSelect = `SELECT a.id, a.unit_id, u.name AS unit_name, u.path, a.meeting_id, COALESCE(m.theme, '') AS theme, COALESCE(m.recorder_id, 0) AS recorder_id, COALESCE(m.chair_id, 0) AS chair_id,
	a.kind, a.person_id, COALESCE(p.name, '') AS person_name, a.to_unit_id, COALESCE(t.name, '') AS to_unit_name, COALESCE(t.path, '') AS to_path,
	COALESCE(wp.name, wt.name, '') AS was_name, a.assigned_at, a.text, a.due_on, a.state, a.evidence, a.reason, a.done_at, a.closed_at, a.created_by, a.created_at, a.version,
	CASE WHEN r.state = 'signed' THEN 1 ELSE 0 END AS signed
	FROM action a JOIN unit u ON u.id = a.unit_id LEFT JOIN meeting m ON m.id = a.meeting_id LEFT JOIN record r ON r.meeting_id = a.meeting_id
	LEFT JOIN person p ON p.id = a.person_id LEFT JOIN unit t ON t.id = a.to_unit_id
	LEFT JOIN person wp ON wp.id = a.was_person_id LEFT JOIN unit wt ON wt.id = a.was_unit_id `

func (x *Action) where() access.Unit { return access.Unit{ID: x.Unit, Path: x.Path} }

// writer reports who may shape the action while the record is a draft.
func (x *Action) writtenBy(a access.Actor) bool {
	return a.Can(access.MeetingRecord, x.where()) || a.Kind == access.Person && (a.Is(x.Recorder) || a.Is(x.Chair))
}

func (x *Action) officer(a access.Actor) bool { return a.Can(access.MeetingArrange, x.where()) }

// doer reports who is to do it: the person, or the officers of the unit.
func (x *Action) doer(a access.Actor) bool {
	if x.Person != 0 {
		return a.Is(x.Person)
	}
	return a.Can(access.MeetingArrange, access.Unit{ID: x.ToUnit, Path: x.ToPath})
}

// seen reports who may know of it.
func (x *Action) seen(a access.Actor) bool {
	if x.doer(a) || x.officer(a) {
		return true
	}
	if x.Kind == ActionPersonal {
		return x.Signed == 0 && a.Is(x.CreatedBy) && x.writtenBy(a)
	}
	return a.Can(access.MeetingRead, x.where()) || x.writtenBy(a)
}

func (x *Action) abilities(a access.Actor) {
	x.Abilities = []string{}
	add := func(yes bool, name string) {
		if yes {
			x.Abilities = append(x.Abilities, name)
		}
	}
	officer := x.officer(a)
	live := x.State == ActionOpen || x.State == ActionDone
	add(x.State == ActionOpen && (officer || x.Signed == 0 && x.writtenBy(a)), "change")
	add(x.assignable() && (officer || x.Signed == 0 && x.writtenBy(a)), "assign")
	add(x.State == ActionOpen && x.doer(a), "done")
	add(x.State == ActionDone && officer, "confirm")
	add(x.State == ActionDone && officer, "return")
	add(live && (officer || x.Signed == 0 && x.writtenBy(a)), "drop")
}

// recordActions reads a meeting's actions for its record, those dropped left out.
func recordActions(ctx context.Context, q db.Querier, meeting db.ID) ([]RecordAction, error) {
	var rows []Action
	if err := db.Select(ctx, q, &rows, actionSelect+`WHERE a.meeting_id = $1 AND a.state <> 'dropped' ORDER BY a.kind DESC, a.id`, meeting); err != nil {
		return nil, err
	}
	out := []RecordAction{}
	for _, r := range rows {
		x := RecordAction{ID: r.ID, Kind: r.Kind, Text: r.Text, DueOn: r.DueOn, by: r.CreatedBy}
		if r.Person != 0 {
			x.Person = &RecordName{r.Person, r.PersonName}
		} else {
			x.Unit = &RecordName{r.ToUnit, r.ToUnitName}
		}
		out = append(out, x)
	}
	return out, nil
}

// NewAction is what AddAction needs: one person or one unit.
type NewAction struct {
	Kind   ActionKind `json:"kind" enum:"personal,unit"`
	Person db.ID      `json:"person_id,omitempty"`
	Unit   db.ID      `json:"unit_id,omitempty"`
	Text   string     `json:"text"`
	DueOn  string     `json:"due_on,omitempty" doc:"YYYY-MM-DD"`
}

func checkAction(c *fault.Check, text *string, due string) {
	*text = c.Text("text", *text, 1000, true)
	if due != "" {
		_, err := time.Parse(time.DateOnly, due)
		c.If(err != nil, "due_on", "date")
	}
}

// meetingPlace is what authorising something about a meeting needs.
type meetingPlace struct {
	ID       db.ID   `db:"id"`
	Unit     db.ID   `db:"unit_id"`
	UnitName string  `db:"name"`
	Path     string  `db:"path"`
	Theme    string  `db:"theme"`
	Kind     string  `db:"kind"`
	Status   Status  `db:"status"`
	Chair    db.ID   `db:"chair_id"`
	Recorder db.ID   `db:"recorder_id"`
	StartsAt db.Time `db:"starts_at"`
	OpenedAt db.Time `db:"opened_at"`
}

func (m meetingPlace) where() access.Unit { return access.Unit{ID: m.Unit, Path: m.Path} }

func readPlace(ctx context.Context, q db.Querier, meeting db.ID) (m meetingPlace, err error) {
	return m, db.Get(ctx, q, &m, `SELECT m.id, m.unit_id, u.name, u.path, m.theme, m.kind, m.status, m.chair_id, m.recorder_id, m.starts_at, m.opened_at
		FROM meeting m JOIN unit u ON u.id = m.unit_id WHERE m.id = $1 AND NOT m.practice`, meeting)
}

// AddAction notes an action of a meeting, in it or until its record is signed. Recorder, host and
// officers may. Faults: conflict record_signed; invalid (action_one_assignee,
// action_personal_person, action_not_in_unit among others); forbidden; not-found.
func (s *Records) AddAction(ctx context.Context, a access.Actor, meeting db.ID, in NewAction) (db.ID, error) {
	m, err := readPlace(ctx, s.DB.Read(), meeting)
	if err != nil {
		return 0, err
	}
	x := Action{Unit: m.Unit, Path: m.Path, Recorder: m.Recorder, Chair: m.Chair}
	if !x.writtenBy(a) {
		if err := a.Require(access.MeetingRead, m.where()); err != nil {
			return 0, err
		}
		return 0, fault.Forbidden()
	}
	var c fault.Check
	checkAction(&c, &in.Text, in.DueOn)
	c.If(in.Kind != ActionPersonal && in.Kind != ActionUnit, "kind", "choice")
	c.If((in.Person == 0) == (in.Unit == 0), "person_id", "action_one_assignee")
	c.If(in.Kind == ActionPersonal && in.Person == 0, "person_id", "action_personal_person")
	if err := s.belongs(ctx, s.DB.Read(), &c, m, Assignee{in.Person, in.Unit}); err != nil {
		return 0, err
	}
	if err := c.Err(); err != nil {
		return 0, err
	}
	return s.Change.Create(ctx, a, func(ctx context.Context, tx *change.Tx) (db.ID, error) {
		if err := draftOnly(ctx, tx, meeting); err != nil {
			return 0, err
		}
		id := tx.NewID()
		if err := tx.Exec(ctx, `INSERT INTO action (id, unit_id, meeting_id, kind, person_id, to_unit_id, text, due_on, state, created_by, created_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', $9, $10, 1)`,
			id, m.Unit, meeting, in.Kind, in.Person, in.Unit, in.Text, in.DueOn, a.PersonID, tx.Now()); err != nil {
			return 0, err
		}
		return id, s.actionChanged(ctx, tx, meeting, id, m.Unit, "action.add", map[string]any{"kind": in.Kind, "person": in.Person, "unit": in.Unit, "due_on": in.DueOn})
	})
}

// belongs checks that who is to do it is of the meeting or of the unit.
func (s *Records) belongs(ctx context.Context, q db.Querier, c *fault.Check, m meetingPlace, in Assignee) error {
	var n int64
	switch {
	case in.Person != 0:
		if err := db.Get(ctx, q, &n, `SELECT COUNT(*) FROM participant WHERE meeting_id = $1 AND person_id = $2`, m.ID, in.Person); err != nil {
			return err
		}
		if n == 0 {
			in, err := org.Belongs(ctx, q, in.Person, m.Unit)
			if err != nil || in {
				return err
			}
		}
		c.If(n == 0, "person_id", "action_not_in_unit")
	case in.Unit != 0:
		if err := db.Get(ctx, q, &n, `SELECT COUNT(*) FROM unit WHERE id = $1 AND path LIKE $2 AND valid_to = 0 AND batch_id = 0`, in.Unit, m.Path+"%"); err != nil {
			return err
		}
		c.If(n == 0, "unit_id", "action_not_in_unit")
	}
	return nil
}

// draftOnly refuses once the record is signed; before there is one all is open.
func draftOnly(ctx context.Context, q db.Querier, meeting db.ID) error {
	var state RecordState
	if _, err := db.Find(ctx, q, &state, `SELECT state FROM record WHERE meeting_id = $1`, meeting); err != nil {
		return err
	}
	if state == RecordSigned {
		return fault.Conflict("record_signed")
	}
	return nil
}

// actionChanged records a change of an action and lets a draft record know. What an action says
// does not go into the audit: a personal one is for few.
func (s *Records) actionChanged(ctx context.Context, tx *change.Tx, meeting, id, unit db.ID, what string, after map[string]any) error {
	if err := tx.Exec(ctx, `UPDATE record SET version = version + 1 WHERE meeting_id = $1 AND state = 'draft'`, meeting); err != nil {
		return err
	}
	if err := tx.Event(ctx, topic(meeting), "action", id, 0); err != nil {
		return err
	}
	return tx.Audit(ctx, change.Record{Action: what, Subject: "action", SubjectID: id, UnitID: unit, After: after})
}

func readAction(ctx context.Context, q db.Querier, a access.Actor, id db.ID) (x Action, err error) {
	if err := db.Get(ctx, q, &x, actionSelect+`WHERE a.id = $1`, id); err != nil {
		return x, err
	}
	if !x.seen(a) {
		return x, fault.NotFound()
	}
	x.abilities(a)
	return x, nil
}

// ChangeAction changes what is to be done (until the record is signed) and by when (also later, by
// officers). Faults: conflict record_signed, action_closed; stale; invalid; forbidden; not-found.
func (s *Records) ChangeAction(ctx context.Context, a access.Actor, id db.ID, text, due string, version int64) error {
	var c fault.Check
	checkAction(&c, &text, due)
	if err := c.Err(); err != nil {
		return err
	}
	return s.Change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		x, err := readAction(ctx, tx, a, id)
		if err != nil {
			return err
		}
		switch {
		case !x.officer(a) && !x.writtenBy(a):
			return fault.Forbidden()
		case x.State != ActionOpen:
			return fault.Conflict("action_closed")
		case x.Signed != 0 && (text != x.Text || !x.officer(a)):
			return fault.Conflict("record_signed")
		}
		if err := tx.ExecOne(ctx, `UPDATE action SET text = $1, due_on = $2, reminded_on = '', version = version + 1 WHERE id = $3 AND version = $4`, text, due, id, version); err != nil {
			return err
		}
		return s.actionChanged(ctx, tx, x.Meeting, id, x.Unit, "action.change", map[string]any{"due_on": due, "text": text != x.Text})
	})
}

// step carries out one change of an action's state.
func (s *Records) step(ctx context.Context, a access.Actor, id db.ID, what string, may func(x Action) error, set func(ctx context.Context, tx *change.Tx, x Action) error) error {
	return s.Change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		x, err := readAction(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if err := may(x); err != nil {
			return err
		}
		if err := set(ctx, tx, x); err != nil {
			return err
		}
		return s.actionChanged(ctx, tx, x.Meeting, id, x.Unit, "action."+what, map[string]any{"from": x.State})
	})
}

// FinishAction says what was done; who is to do it says so. Done twice is done once. Faults:
// conflict action_closed; invalid; forbidden; not-found.
func (s *Records) FinishAction(ctx context.Context, a access.Actor, id db.ID, evidence string) error {
	var c fault.Check
	evidence = c.Text("evidence", evidence, 4000, true)
	if err := c.Err(); err != nil {
		return err
	}
	return s.step(ctx, a, id, "done", func(x Action) error {
		switch {
		case !x.doer(a):
			return fault.Forbidden()
		case x.State != ActionOpen && !(x.State == ActionDone && x.Evidence == evidence):
			return fault.Conflict("action_closed")
		}
		return nil
	}, func(ctx context.Context, tx *change.Tx, x Action) error {
		if x.State == ActionDone {
			return nil
		}
		if err := tx.ExecOne(ctx, `UPDATE action SET state = 'done', evidence = $1, done_by = $2, done_at = $3, version = version + 1 WHERE id = $4 AND state = 'open'`, evidence, a.PersonID, tx.Now(), id); err != nil {
			return err
		}
		if err := tx.Done(ctx, "action", id, 0); err != nil {
			return err
		}
		return org.Tell(ctx, tx, x.Unit, access.Officer, change.Notice{Kind: "action.done", Subject: "action", SubjectID: id, Todo: true, Params: map[string]any{"theme": x.Theme, "name": x.PersonName + x.ToUnitName, "unit_id": x.Unit.String()}}, a.PersonID)
	})
}

// ConfirmAction agrees that it is done; officers of the unit that gave it. Faults: conflict
// action_not_done, action_closed; forbidden; not-found.
func (s *Records) ConfirmAction(ctx context.Context, a access.Actor, id db.ID) error {
	return s.step(ctx, a, id, "confirm", func(x Action) error { return closing(x, a) }, func(ctx context.Context, tx *change.Tx, x Action) error {
		if err := tx.ExecOne(ctx, `UPDATE action SET state = 'confirmed', closed_by = $1, closed_at = $2, version = version + 1 WHERE id = $3 AND state = 'done'`, a.PersonID, tx.Now(), id); err != nil {
			return err
		}
		return s.answerDoer(ctx, tx, x, "action.confirmed", "", false)
	})
}

// ReturnAction gives it back with a reason: it is open again. Faults as ConfirmAction; invalid.
func (s *Records) ReturnAction(ctx context.Context, a access.Actor, id db.ID, reason string) error {
	var c fault.Check
	reason = c.Text("reason", reason, 1000, true)
	if err := c.Err(); err != nil {
		return err
	}
	return s.step(ctx, a, id, "return", func(x Action) error { return closing(x, a) }, func(ctx context.Context, tx *change.Tx, x Action) error {
		if err := tx.ExecOne(ctx, `UPDATE action SET state = 'open', reason = $1, reminded_on = '', version = version + 1 WHERE id = $2 AND state = 'done'`, reason, id); err != nil {
			return err
		}
		return s.answerDoer(ctx, tx, x, "action.returned", reason, true)
	})
}

func closing(x Action, a access.Actor) error {
	switch {
	case !x.officer(a):
		return fault.Forbidden()
	case x.State == ActionOpen:
		return fault.Conflict("action_not_done")
	case x.State != ActionDone:
		return fault.Conflict("action_closed")
	}
	return nil
}

// DropAction ends it undone, with a reason: officers, and who writes the record while it is a
// draft. Faults: conflict action_closed; invalid; forbidden; not-found.
func (s *Records) DropAction(ctx context.Context, a access.Actor, id db.ID, reason string) error {
	var c fault.Check
	reason = c.Text("reason", reason, 1000, true)
	if err := c.Err(); err != nil {
		return err
	}
	return s.step(ctx, a, id, "drop", func(x Action) error {
		switch {
		case !x.officer(a) && !(x.Signed == 0 && x.writtenBy(a)):
			return fault.Forbidden()
		case x.State == ActionConfirmed || x.State == ActionDropped:
			return fault.Conflict("action_closed")
		}
		return nil
	}, func(ctx context.Context, tx *change.Tx, x Action) error {
		if err := tx.ExecOne(ctx, `UPDATE action SET state = 'dropped', reason = $1, closed_by = $2, closed_at = $3, version = version + 1 WHERE id = $4 AND state IN ('open', 'done')`, reason, a.PersonID, tx.Now(), id); err != nil {
			return err
		}
		return s.answerDoer(ctx, tx, x, "action.dropped", reason, false)
	})
}

// answerDoer tells who was to do it.
func (s *Records) answerDoer(ctx context.Context, tx *change.Tx, x Action, kind, reason string, todo bool) error {
	if err := tx.Done(ctx, "action", x.ID, 0); err != nil {
		return err
	}
	return x.tellDoer(ctx, tx, change.Notice{Kind: kind, Todo: todo, Params: map[string]any{"theme": x.Theme, "reason": reason}})
}

// tellDoer tells the person who is to do it, or the officers of the unit.
func (x *Action) tellDoer(ctx context.Context, tx *change.Tx, n change.Notice) error {
	n.PersonID, n.Subject, n.SubjectID = x.Person, "action", x.ID
	if x.Person != 0 {
		return tx.Notify(ctx, n)
	}
	return org.Tell(ctx, tx, x.ToUnit, access.Officer, n, 0)
}
