package meeting

import (
	"context"

	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
)

// MeetingBooks reads meetings from the tables of the schedule and the room.
type MeetingBooks struct {
	// Seen reads the coming and going; see Rooms.Transitions.
	Seen func(ctx context.Context, q db.Querier, meeting db.ID) ([]Transition, error)
	// Organisation is its name.
	Organisation func() string
}

const heldColumns = `id, unit_id, kind, held_as, profile, profile_version, rules, theme, place, note, starts_at, ends_at, status, chair_id, recorder_id, deputies, lobby, lang, practice, revision, opened_at, ended_at, created_by, created_at, version`

// Held implements Books. A practice room has no record: not-found.
func (b *MeetingBooks) Held(ctx context.Context, q db.Querier, meeting db.ID) (h Held, err error) {
	var m Meeting
	if err := db.Get(ctx, q, &m, `SELECT `+heldColumns+` FROM meeting WHERE id = $1`, meeting); err != nil {
		return h, err
	}
	if m.Practice {
		return h, fault.NotFound()
	}
	u, err := org.GetUnit(ctx, q, m.UnitID)
	if err != nil {
		return h, err
	}
	pins, err := m.pins()
	if err != nil {
		return h, err
	}
	h = Held{Meeting: m.ID, Unit: u.Where(), UnitName: u.Name, Organisation: b.Organisation(), Lang: m.Lang, Kind: pins.Kind, Rules: pins.Rules, ProfileID: m.Profile, ProfileVer: m.ProfileVer,
		Theme: m.Theme, Place: m.Place, StartsAt: m.StartsAt, EndsAt: m.EndsAt, OpenedAt: m.OpenedAt, EndedAt: m.EndedAt, Chair: m.ChairID, Recorder: m.RecorderID, Names: map[db.ID]string{}}
	for _, read := range []func(context.Context, db.Querier, *Held) error{b.people, b.stages, b.beside, b.turns, b.statements, b.motions, b.carried} {
		if err := read(ctx, q, &h); err != nil {
			return h, err
		}
	}
	if h.Seen, err = b.Seen(ctx, q, meeting); err != nil {
		return h, err
	}
	return h, b.names(ctx, q, &h)
}

// carried reads what was left to do as it stood when the meeting ended.
func (b *MeetingBooks) carried(ctx context.Context, q db.Querier, h *Held) (err error) {
	if h.EndedAt != 0 {
		h.Carried, err = openActions(ctx, q, h.Unit.ID, h.Meeting, h.EndedAt)
	}
	return err
}

func (b *MeetingBooks) people(ctx context.Context, q db.Querier, h *Held) error {
	var rows []struct {
		Person  db.ID  `db:"person_id"`
		Belongs bool   `db:"belongs"`
		Votes   bool   `db:"votes"`
		Obs     bool   `db:"observer"`
		Answer  Answer `db:"answer"`
		Reason  string `db:"leave_reason"`
		By      db.ID  `db:"decided_by"`
		Exempt  string `db:"exempt"`
		Helper  string `db:"helper"`
	}
	if err := db.Select(ctx, q, &rows, `SELECT p.person_id, p.belongs, p.votes, p.observer, p.answer, p.leave_reason, p.decided_by, p.exempt,
			COALESCE((SELECT MAX(a.helper) FROM attendance a WHERE a.meeting_id = p.meeting_id AND a.person_id = p.person_id), '') AS helper
		FROM participant p WHERE p.meeting_id = $1 ORDER BY p.sort, p.person_id`, h.Meeting); err != nil {
		return err
	}
	for _, r := range rows {
		x := HeldPerson{Person: r.Person, Belongs: r.Belongs, Votes: r.Votes, Observer: r.Obs, Exempt: r.Exempt, Helper: r.Helper}
		switch r.Answer {
		case AnswerExcused:
			x.Excuse, x.ExcuseBy = r.Reason, r.By // what was said beside the reason is for the officers
		case AnswerAsked:
			x.Excuse = r.Reason
		}
		h.People = append(h.People, x)
	}
	return nil
}

// stages reads the agenda as it went from the room, and as it was arranged where nobody came.
func (b *MeetingBooks) stages(ctx context.Context, q db.Querier, h *Held) error {
	var rows []struct {
		Key  string `db:"key"`
		Name string `db:"name"`
	}
	if err := db.Select(ctx, q, &rows, `SELECT key, name FROM stage WHERE meeting_id = $1 ORDER BY sort, key`, h.Meeting); err != nil {
		return err
	}
	room, err := readRoom(ctx, q, h.Meeting)
	if err != nil && !fault.Is(err, fault.KindNotFound) {
		return err
	}
	if room.OpenedAt != 0 {
		h.OpenedAt = room.OpenedAt
	}
	if room.EndedAt != 0 {
		h.EndedAt = room.EndedAt
	}
	if room.Floor.Chair != 0 {
		h.Chair = room.Floor.Chair // who led it to the end signs
	}
	for _, r := range rows {
		st := HeldStage{Key: r.Key, Name: r.Name}
		if k, ok := h.Kind.Stage(r.Key); ok && r.Name == "" {
			st.Name = k.Name.In(h.Lang)
		}
		if f := room.Floor.stage(r.Key); f != nil {
			st.OpenedAt, st.ClosedAt = f.OpenedAt, f.ClosedAt
			for _, m := range f.Marks {
				if m.As == AsPassed && !contains(st.Passed, m.Person) {
					st.Passed = append(st.Passed, m.Person)
				}
			}
			if o := f.Override; o != nil {
				st.OverrideBy, st.OverrideReason, st.Unheard = o.By, o.Reason, o.Unheard
			}
		}
		h.Stages = append(h.Stages, st)
	}
	return nil
}

func (b *MeetingBooks) beside(ctx context.Context, q db.Querier, h *Held) error {
	var tasks []struct {
		Key      string  `db:"key"`
		Name     string  `db:"name"`
		Required bool    `db:"required"`
		DoneAt   db.Time `db:"done_at"`
		Note     string  `db:"note"`
	}
	if err := db.Select(ctx, q, &tasks, `SELECT key, name, required, done_at, note FROM preparation WHERE meeting_id = $1 ORDER BY sort, id`, h.Meeting); err != nil {
		return err
	}
	for _, t := range tasks {
		name := t.Name
		for _, k := range h.Kind.Prepare {
			if name == "" && k.Key == t.Key {
				name = k.Name.In(h.Lang)
			}
		}
		h.Preparation = append(h.Preparation, RecordTask{Key: t.Key, Name: name, Required: t.Required, DoneAt: t.DoneAt, Note: t.Note})
	}
	var papers []struct {
		ID    db.ID  `db:"id"`
		Name  string `db:"name"`
		Type  string `db:"media_type"`
		Blob  string `db:"blob"`
		Bytes int64  `db:"bytes"`
	}
	if err := db.Select(ctx, q, &papers, `SELECT id, name, media_type, blob, bytes FROM paper WHERE meeting_id = $1 AND removed_at = 0 ORDER BY id`, h.Meeting); err != nil {
		return err
	}
	for _, p := range papers {
		h.Papers = append(h.Papers, RecordPaper{ID: p.ID, Title: p.Name, MediaType: p.Type, Bytes: p.Bytes, Blob: p.Blob})
	}
	return nil
}

func (b *MeetingBooks) turns(ctx context.Context, q db.Querier, h *Held) error {
	var rows []struct {
		Number    int64    `db:"number"`
		Kind      TurnKind `db:"kind"`
		Person    db.ID    `db:"person_id"`
		Reader    db.ID    `db:"reader_id"`
		Statement db.ID    `db:"statement_id"`
		Stage     string   `db:"stage"`
		StartedAt db.Time  `db:"started_at"`
		Spoken    int64    `db:"spoken_ms"`
	}
	if err := db.Select(ctx, q, &rows, `SELECT number, kind, person_id, reader_id, statement_id, stage, started_at, spoken_ms FROM turn WHERE meeting_id = $1 ORDER BY number`, h.Meeting); err != nil {
		return err
	}
	for _, r := range rows {
		h.Turns = append(h.Turns, HeldTurn{r.Number, r.Kind, r.Person, r.Reader, r.Statement, r.Stage, r.StartedAt, r.Spoken})
	}
	return nil
}

func (b *MeetingBooks) statements(ctx context.Context, q db.Querier, h *Held) error {
	var rows []struct {
		ID     db.ID   `db:"id"`
		Person db.ID   `db:"person_id"`
		By     db.ID   `db:"by_id"`
		Stage  string  `db:"stage"`
		Kind   string  `db:"kind"`
		Text   string  `db:"text"`
		At     db.Time `db:"at"`
	}
	if err := db.Select(ctx, q, &rows, `SELECT id, person_id, by_id, stage, kind, text, at FROM statement WHERE meeting_id = $1 ORDER BY id`, h.Meeting); err != nil {
		return err
	}
	for _, r := range rows {
		h.Statements = append(h.Statements, HeldStatement{ID: r.ID, Person: r.Person, By: r.By, Stage: r.Stage, Text: r.Text, Audio: r.Kind == "audio", At: r.At})
	}
	return nil
}

func (b *MeetingBooks) motions(ctx context.Context, q db.Querier, h *Held) error {
	var ids []db.ID
	if err := db.Select(ctx, q, &ids, `SELECT id FROM motion WHERE meeting_id = $1 ORDER BY id`, h.Meeting); err != nil {
		return err
	}
	for _, id := range ids {
		row, m, _, err := readMotion(ctx, q, h.Meeting, id)
		if err != nil {
			return err
		}
		x := HeldMotion{Motion: m, Title: row.Title, Text: row.Text, BallotName: row.Ballot, Withdrawn: row.State == MotionWithdrawn}
		if ballot, ok := h.Rules.Ballot(row.Ballot); ok {
			x.BallotName = ballot.Name.In(h.Lang)
		}
		h.Motions = append(h.Motions, x)
	}
	return nil
}

// names spells out everybody that the meeting names.
func (b *MeetingBooks) names(ctx context.Context, q db.Querier, h *Held) error {
	ids := []db.ID{h.Chair, h.Recorder}
	for _, p := range h.People {
		ids = append(ids, p.Person, p.ExcuseBy)
	}
	for _, s := range h.Stages {
		ids = append(append(append(ids, s.Passed...), s.Unheard...), s.OverrideBy)
	}
	for _, t := range h.Turns {
		ids = append(ids, t.Person, t.Reader)
	}
	for _, s := range h.Statements {
		ids = append(ids, s.Person, s.By)
	}
	for _, m := range h.Motions {
		ids = append(ids, m.Due...)
	}
	for _, id := range ids {
		if _, known := h.Names[id]; known || id == 0 {
			continue
		}
		name, err := nameOf(ctx, q, id)
		if err != nil {
			return err
		}
		h.Names[id] = name
	}
	return nil
}

var _ Books = (*MeetingBooks)(nil)
