package rollcall

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
	"wozai/internal/secret"
)

// Sending is what an answerer hands in.
type Sending struct {
	Kind        AnswerKind     `json:"kind" enum:"value,nil,na" doc:"nil: signed, nothing to report; na: does not apply, with a reason"`
	Values      map[string]any `json:"values,omitempty" doc:"by field, of kind value alone"`
	Reason      string         `json:"reason,omitempty" doc:"of kind na"`
	FormVersion int64          `json:"form_version" doc:"that was filled in; what was kept off line may be an older one"`
	Version     int64          `json:"version" doc:"of the answer that it replaces; 0: there was none"`
	DeviceAt    db.Time        `json:"device_at,omitempty" doc:"what the device's clock said; the server's receipt decides"`
}

// Receipt says that an answer is kept.
type Receipt struct {
	Version int64   `json:"version"`
	At      db.Time `json:"at"`
	OnTime  bool    `json:"on_time" doc:"by its first version"`
}

// Answer is an answer as it stands.
type Answer struct {
	Answerer    db.ID       `json:"answerer_id" doc:"a person, or a unit"`
	Name        string      `json:"name"`
	Unit        db.ID       `json:"unit_id" doc:"where it is counted"`
	Version     int64       `json:"version"`
	FormVersion int64       `json:"form_version"`
	Kind        AnswerKind  `json:"kind" enum:"value,nil,na,given" doc:"given: without a name, nobody is told what"`
	Values      Values      `json:"values,omitempty" doc:"sensitive ones for the form's readers alone"`
	Hidden      bool        `json:"hidden" doc:"there are sensitive values that you may not read"`
	Reason      string      `json:"reason,omitempty"`
	By          db.ID       `json:"by_id" doc:"who sent it: a helper when not the answerer"`
	ByName      string      `json:"by_name"`
	At          db.Time     `json:"at" doc:"null of what was given without a name"`
	OnTime      bool        `json:"on_time"`
	DeviceAt    db.Time     `json:"device_at"`
	State       AnswerState `json:"state" enum:"in,returned,accepted"`
	WaitsAt     db.ID       `json:"waits_at,omitzero" doc:"the unit that is to check it"`
}

const answerPurpose = "rollcall"

func answerAAD(table string, period, answerer db.ID) []byte {
	return secret.AAD(table+"/"+period.String(), "sealed", int64(answerer))
}

// answers is nil when the actor may answer for an answerer: a person for themselves or as their
// named helper; those who answer for a unit, or for the one that took over from it when it was closed,
// for the unit. Not-found for everybody else.
func (s *Service) answers(ctx context.Context, q db.Querier, a access.Actor, p place, answerer db.ID) error {
	if a.Kind != access.Person {
		return fault.NotFound()
	}
	if p.ByUnits {
		u, err := org.GetUnit(ctx, q, answerer)
		if err != nil {
			return err
		}
		may, err := p.can(ctx, q, a, access.RollcallAnswer, u)
		if err == nil && !may {
			err = fault.NotFound()
		}
		return err
	}
	if a.Is(answerer) {
		return nil
	}
	var n int64
	if err := db.Get(ctx, q, &n, `SELECT COUNT(*) FROM rollcall_helper WHERE person_id = $1 AND helper_id = $2 AND ended_at = 0`, answerer, a.PersonID); err != nil {
		return err
	}
	if n == 0 {
		return fault.NotFound()
	}
	return nil
}

// takes is nil when the period takes an answer from this unit now: it is open, or the unit has an
// exception. Faults: conflict rollcall_not_open, rollcall_locked.
func (p place) takes(ctx context.Context, q db.Querier, unit db.ID, now db.Time) error {
	switch {
	case p.Period.State == Opening:
		return fault.Conflict("rollcall_not_open")
	case p.Period.State == Open && now <= p.ClosesAt:
		return nil
	}
	until, err := p.exception(ctx, q, unit, now)
	if err == nil && until == 0 {
		err = fault.Conflict("rollcall_locked")
	}
	return err
}

// exception is until when a unit may answer after the lock; 0: not any more, or not at all.
func (p place) exception(ctx context.Context, q db.Querier, unit db.ID, now db.Time) (until db.Time, err error) {
	return until, db.Get(ctx, q, &until, `SELECT COALESCE(MAX(until_at), 0) FROM rollcall_exception WHERE period_id = $1 AND unit_id = $2 AND until_at >= $3`, p.Period.ID, unit, now)
}

// packed is an answer made ready to be stored.
type packed struct {
	content   string
	sensitive []byte // in the clear, to be compared
	sealed    []byte
	ballot    ballot // of an anonymous answer, which leaves all else empty
	files     []fileRef
}

func (s *Service) pack(ctx context.Context, p place, answerer db.ID, in *Sending) (out packed, err error) {
	if in.FormVersion < p.Oldest || in.FormVersion > p.Newest {
		return out, invalid("form_version", "rollcall_form_version")
	}
	form, err := s.form(ctx, s.DB.Read(), p.Rollcall, in.FormVersion)
	if err != nil {
		return out, err
	}
	var c fault.Check
	in.Reason = c.Text("reason", in.Reason, 500, in.Kind == NotApplicable)
	c.If(in.Kind != NotApplicable && in.Reason != "", "reason", "not_asked")
	c.If(in.Kind != Value && len(in.Values) > 0, "values", "not_asked")
	c.If(!slices.Contains([]AnswerKind{Value, Nil, NotApplicable}, in.Kind) || p.Anonymous && in.Kind != Value, "kind", "choice")
	if err := c.Err(); err != nil || in.Kind == Nil {
		return out, err
	}
	if in.Kind == NotApplicable {
		out.content = in.Reason
		return out, nil
	}
	values, err := form.Check(in.Values)
	if err != nil {
		return out, err
	}
	plain, sensitive := form.Split(values)
	text, err := json.Marshal(plain)
	if err != nil {
		return out, err
	}
	if p.Anonymous {
		if len(text) > maxAnswerBytes {
			return out, invalid("values", "too_large")
		}
		out.ballot, err = s.sealBallot(p.Period.ID, in.FormVersion, text)
		return out, err
	}
	out.content, out.files = string(text), form.filesIn(values)
	if len(sensitive) > 0 {
		if out.sensitive, err = json.Marshal(sensitive); err != nil {
			return out, err
		}
		if out.sealed, err = s.Secret.Seal(answerPurpose, answerAAD("rollcall_answer", p.Period.ID, answerer), out.sensitive); err != nil {
			return out, err
		}
	}
	if len(out.content)+len(out.sensitive) > maxAnswerBytes {
		return out, invalid("values", "too_large")
	}
	return out, nil
}

func invalid(field, code string) error {
	return &fault.Fault{Kind: fault.KindInvalid, Code: "invalid", Fields: []fault.Field{{Field: field, Code: code}}}
}

// sensitive opens the sensitive values of an answer, nil when there are none.
func (s *Service) sensitive(period db.ID, x answerRow) ([]byte, error) {
	if len(x.Sealed) == 0 {
		return nil, nil
	}
	return s.Secret.Open(answerPurpose, answerAAD("rollcall_answer", period, x.Answerer), x.Sealed)
}

// sentBefore reports that what is sent is what stands: the sender did not hear of the first receipt.
func (s *Service) sentBefore(period db.ID, x answerRow, in Sending, out packed) bool {
	if x.Version == 0 || x.State == Returned || x.Kind != in.Kind || x.Content != out.content || x.FormVersion != in.FormVersion {
		return false
	}
	was, err := s.sensitive(period, x)
	return err == nil && bytes.Equal(was, out.sensitive)
}

// Answer hands in an answer, or a correction of one; all versions are kept. The answerer, a named
// helper or those who answer for the unit may; who is not asked gets not-found. Sent again it is the
// same answer. Of an anonymous roll call nobody knows what was said before: there is no correction,
// and what is sent again is refused (rollcall_given) and changes nothing. Faults: invalid with every
// faulty field; stale (another device was quicker); conflict rollcall_not_open, rollcall_locked,
// rollcall_checked, rollcall_given.
func (s *Service) Answer(ctx context.Context, a access.Actor, period, answerer db.ID, in Sending) (out Receipt, err error) {
	q := s.DB.Read()
	p, err := s.running(ctx, period, in.FormVersion)
	if err != nil {
		return out, err
	}
	if err := s.answers(ctx, q, a, p, answerer); err != nil {
		return out, err
	}
	pack, wrong := s.pack(ctx, p, answerer, &in)
	volunteers := db.ID(0) // by which unit
	if wrong != nil || p.Voluntary {
		unit, asked, err := p.askedAt(ctx, q, answerer)
		if err != nil {
			return out, err
		}
		if !asked { // and is not told what would be wrong
			return out, fault.NotFound()
		}
		volunteers = unit
	}
	if wrong != nil {
		return out, wrong
	}
	waits := db.ID(0)
	if p.ByUnits {
		if waits, err = p.firstLevel(ctx, q, answerer); err != nil {
			return out, err
		}
	}
	return out, s.Change.Do(change.Together(ctx, p.topic(), answerer), a, func(ctx context.Context, tx *change.Tx) error {
		was, err := readAnswer(ctx, tx, period, answerer)
		if err != nil {
			return err
		}
		unit := cmp.Or(was.Asked, volunteers)
		if unit == 0 {
			return fault.NotFound()
		}
		if !p.Anonymous && s.sentBefore(period, was, in, pack) {
			out = Receipt{was.Version, was.At, was.FirstAt <= p.DueAt}
			return nil
		}
		p := p
		p.Period.State = was.Period // all else of it stays as it was opened
		if p.Anonymous && was.Version > 0 {
			return fault.Conflict("rollcall_given")
		}
		if err := p.takes(ctx, tx, unit, tx.Now()); err != nil {
			return err
		}
		if was.Version != in.Version {
			return fault.Stale()
		}
		if p.ByUnits && was.Version != 0 {
			if checked, err := was.checked(ctx, tx, period); err != nil {
				return err
			} else if checked {
				return fault.Conflict("rollcall_checked")
			}
		}
		if err := keepFiles(ctx, tx, period, answerer, pack.files); err != nil {
			return err
		}
		now := answerRow{Answerer: answerer, Unit: unit, Version: was.Version + 1, Kind: in.Kind, At: tx.Now(), FirstAt: was.FirstAt, State: In, WaitsAt: waits, Excused: was.Excused}
		if was.Version == 0 {
			now.FirstAt = now.At
			if p.Anonymous {
				now.Kind, now.At, now.FirstAt = Given, p.about(now.At), p.about(now.At)
			}
		} else {
			now.Unit = was.Unit // it is counted where it was
			if err := keepVersion(ctx, tx, period, was); err != nil {
				return err
			}
		}
		form, device := in.FormVersion, in.DeviceAt
		if p.Anonymous {
			form, device = p.Oldest, 0
			if err := pack.ballot.put(ctx, tx, period, false); err != nil {
				return err
			}
		}
		if err := tx.LaterOne(ctx, `INSERT INTO rollcall_answer (period_id, answerer_id, unit_id, version, form_version, kind, content, sealed, by_id, at, first_at, device_at, state, waits_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`, period, answerer, now.Unit, now.Version, form, now.Kind, pack.content, pack.sealed, a.PersonID, now.At, now.FirstAt, device, now.State, now.WaitsAt); err != nil {
			return err
		}
		if err := addCount(ctx, tx, period, now.Unit, now.standing().tally(p.DueAt).minus(was.standing().tally(p.DueAt))); err != nil {
			return err
		}
		if err := touched(ctx, tx, period, was.Period); err != nil {
			return err
		}
		if was.Drafts > 0 {
			if err := tx.Exec(ctx, `DELETE FROM rollcall_draft WHERE period_id = $1 AND answerer_id = $2`, period, answerer); err != nil {
				return err
			}
		}
		if p.ByUnits {
			if err := p.handedIn(ctx, tx, now, was, s.Zone()); err != nil {
				return err
			}
		}
		tx.AppendOnly() // who, when and every version stand in the rows
		out = Receipt{now.Version, tx.Now(), now.FirstAt <= p.DueAt}
		return tx.Event(ctx, p.topic(), "answer", period, 0) // the same for all: one a commit
	})
}

// keepVersion puts an answer among the versions and makes room for the next one.
func keepVersion(ctx context.Context, tx *change.Tx, period db.ID, x answerRow) error {
	if err := tx.Exec(ctx, `INSERT INTO rollcall_answer_version (period_id, answerer_id, version, form_version, kind, content, sealed, by_id, at, device_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, period, x.Answerer, x.Version, x.FormVersion, x.Kind, x.Content, x.Sealed, x.By, x.At, x.DeviceAt); err != nil {
		return err
	}
	return tx.ExecOne(ctx, `DELETE FROM rollcall_answer WHERE period_id = $1 AND answerer_id = $2 AND version = $3`, period, x.Answerer, x.Version)
}

// SaveDraft keeps what is begun, encrypted whole, for whoever may answer. It is not checked: it may
// be half. Nothing is kept for an anonymous roll call. Faults: too_large; conflict rollcall_anonymous,
// rollcall_not_open, rollcall_locked; not-found.
func (s *Service) SaveDraft(ctx context.Context, a access.Actor, period, answerer db.ID, in Sending) error {
	p, unit, err := s.answering(ctx, a, period, answerer)
	if err != nil {
		return err
	}
	if p.Anonymous {
		return fault.Conflict("rollcall_anonymous")
	}
	text, err := json.Marshal(in)
	if err != nil {
		return err
	}
	if len(text) > maxAnswerBytes {
		return fault.New(fault.KindTooLarge, "too_large")
	}
	sealed, err := s.Secret.Seal(answerPurpose, answerAAD("rollcall_draft", period, answerer), text)
	if err != nil {
		return err
	}
	return s.Change.Do(ctx, a, func(ctx context.Context, tx *change.Tx) error {
		tx.AppendOnly() // it stands for nothing yet
		p, err := readPlace(ctx, tx, period)
		if err != nil {
			return err
		}
		if err := p.takes(ctx, tx, unit, tx.Now()); err != nil {
			return err
		}
		return tx.Exec(ctx, `INSERT INTO rollcall_draft (period_id, answerer_id, sealed, by_id, at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (period_id, answerer_id) DO UPDATE SET sealed = excluded.sealed, by_id = excluded.by_id, at = excluded.at`, period, answerer, sealed, a.PersonID, tx.Now())
	})
}

// answering reads a period for somebody who may answer it for an answerer who is asked; not-found
// otherwise.
func (s *Service) answering(ctx context.Context, a access.Actor, period, answerer db.ID) (p place, unit db.ID, err error) {
	q := s.DB.Read()
	if p, err = readPlace(ctx, q, period); err != nil {
		return p, 0, err
	}
	if err := s.answers(ctx, q, a, p, answerer); err != nil {
		return p, 0, err
	}
	unit, asked, err := p.askedAt(ctx, q, answerer)
	if err == nil && !asked {
		err = fault.NotFound()
	}
	return p, unit, err
}

// Sheet is what an answerer is shown: the question, what was begun and what was answered.
type Sheet struct {
	Period
	Title     Text         `json:"title"`
	About     Text         `json:"about"`
	UnitName  string       `json:"unit_name" doc:"who asks"`
	ByUnits   bool         `json:"by_units"`
	Voluntary bool         `json:"voluntary"`
	Anonymous bool         `json:"anonymous" doc:"what is said is not kept with who said it, only that somebody answered and whether on time; it cannot be corrected or taken back, is shown to nobody until the period is locked and mixed, and only from five answers on. What the words say may still give somebody away."`
	Minutes   int64        `json:"minutes"`
	KeepDays  int64        `json:"keep_days"`
	Name      string       `json:"name" doc:"of the answerer"`
	Form      Form         `json:"form"`
	FormVer   int64        `json:"form_version"`
	Answer    *Answer      `json:"answer,omitempty"`
	Draft     *Sending     `json:"draft,omitempty"`
	Files     []AnswerFile `json:"files,omitempty" doc:"that were sent for this answerer"`
	Prefill   Values       `json:"prefill,omitempty" doc:"what was said last time, where the author allows it: proposed, not answered"`
	Until     db.Time      `json:"until" doc:"an exception for the unit lets it answer after the lock until then; null: there is none"`
	Returned  string       `json:"returned,omitempty" doc:"why it was sent back"`
	Abilities []string     `json:"abilities" doc:"answer"`
}

// Sheet reads the question for somebody who may answer it. Faults: not-found.
func (s *Service) Sheet(ctx context.Context, a access.Actor, period, answerer db.ID) (out Sheet, err error) {
	p, unit, err := s.answering(ctx, a, period, answerer)
	if err != nil {
		return out, err
	}
	q := s.DB.Read()
	c, err := p.composition()
	if err != nil {
		return out, err
	}
	form, err := s.form(ctx, q, p.Rollcall, p.Newest)
	if err != nil {
		return out, err
	}
	out = Sheet{Period: p.Period, Title: c.Title, About: c.About, UnitName: p.UnitName, ByUnits: p.ByUnits, Voluntary: p.Voluntary, Anonymous: p.Anonymous, Minutes: p.Minutes, KeepDays: p.KeepDays, Form: form.Form, FormVer: p.Newest, Abilities: []string{}}
	if out.Name, err = p.nameOf(ctx, q, answerer); err != nil {
		return out, err
	}
	if out.Files, err = s.filesOf(ctx, form, period, answerer, func(fileRow) (bool, error) { return true, nil }); err != nil {
		return out, err
	}
	x, err := readAnswer(ctx, q, period, answerer)
	if err != nil {
		return out, err
	}
	if x.Version > 0 {
		answer, err := s.shown(ctx, p, x, true)
		if err != nil {
			return out, err
		}
		out.Answer = &answer
		if x.State == Returned {
			if _, err := db.Find(ctx, q, &out.Returned, `SELECT reason FROM rollcall_decision WHERE period_id = $1 AND answerer_id = $2 AND decision = 'returned' ORDER BY id DESC LIMIT 1`, period, answerer); err != nil {
				return out, err
			}
		}
	}
	if out.Draft, err = s.draft(ctx, period, answerer); err != nil {
		return out, err
	}
	if out.Until, err = p.exception(ctx, q, unit, s.Change.Now()); err != nil {
		return out, err
	}
	checked, err := x.checked(ctx, q, period)
	if err != nil {
		return out, err
	}
	if !checked && !(p.Anonymous && x.Version > 0) && p.takes(ctx, q, unit, s.Change.Now()) == nil {
		out.Abilities = append(out.Abilities, "answer")
	}
	if x.Version == 0 && out.Draft == nil {
		out.Prefill, err = s.lastTime(ctx, p, answerer, form)
	}
	return out, err
}

// lastTime is what a form proposes of the newest answer to an earlier period.
func (s *Service) lastTime(ctx context.Context, p place, answerer db.ID, form *Compiled) (Values, error) {
	if !slices.ContainsFunc(form.Fields, func(f FormField) bool { return f.Prefill }) {
		return nil, nil
	}
	var was struct {
		answerRow
		Earlier db.ID `db:"earlier"`
	}
	found, err := db.Find(ctx, s.DB.Read(), &was, `SELECT p.id AS earlier, `+answerColumns+` FROM rollcall_period p JOIN rollcall_answer x ON x.period_id = p.id AND x.answerer_id = $1
		WHERE p.rollcall_id = $2 AND p.number < $3 AND x.kind = 'value' AND x.state <> 'returned' ORDER BY p.number DESC LIMIT 1`, answerer, p.Rollcall, p.Number)
	if err != nil || !found {
		return nil, err
	}
	values := Values{}
	if err := json.Unmarshal([]byte(was.Content), &values); err != nil {
		return nil, err
	}
	if text, err := s.sensitive(was.Earlier, was.answerRow); err != nil {
		return nil, err
	} else if text != nil {
		if err := json.Unmarshal(text, &values); err != nil {
			return nil, err
		}
	}
	return form.Prefill(values), nil
}

func (p place) nameOf(ctx context.Context, q db.Querier, answerer db.ID) (string, error) {
	if p.ByUnits {
		u, err := org.GetUnit(ctx, q, answerer)
		return u.Name, err
	}
	x, err := org.GetPerson(ctx, q, answerer)
	return x.Name, err
}

// shown is an answer for a reader, with the sensitive values when open.
func (s *Service) shown(ctx context.Context, p place, x answerRow, open bool) (out Answer, err error) {
	q := s.DB.Read()
	out = Answer{Answerer: x.Answerer, Unit: x.Unit, Version: x.Version, FormVersion: x.FormVersion, Kind: x.Kind, By: x.By, At: x.At, OnTime: x.FirstAt <= p.DueAt, DeviceAt: x.DeviceAt, State: x.State, WaitsAt: x.WaitsAt}
	if out.Name, err = p.nameOf(ctx, q, x.Answerer); err != nil {
		return out, err
	}
	by, err := org.GetPerson(ctx, q, x.By)
	if err != nil {
		return out, err
	}
	out.ByName, out.Hidden = by.Name, len(x.Sealed) > 0 && !open
	switch x.Kind {
	case Given:
		out.At = 0 // it tells whether it was on time and nothing else
	case NotApplicable:
		out.Reason = x.Content
	case Value:
		if err := json.Unmarshal([]byte(x.Content), &out.Values); err != nil {
			return out, err
		}
		if open {
			text, err := s.sensitive(p.Period.ID, x)
			if err != nil || text == nil {
				return out, err
			}
			return out, json.Unmarshal(text, &out.Values) // added to the others
		}
	}
	return out, nil
}

// reads reports whether the actor may read sensitive values: a reader's role at the asking unit or
// at the answerer's own, never one inherited from further up.
func (s *Service) reads(a access.Actor, p place, form *Compiled, unit db.ID) bool {
	return a.Kind == access.Person && slices.ContainsFunc(a.Grants, func(g access.Grant) bool {
		return slices.Contains(form.Readers, g.Role) && g.UnitID != 0 && (g.UnitID == p.row.Unit || g.UnitID == unit)
	})
}

// sees is nil for who may see an answer: who may give it, those who may see who has answered in its
// unit, those who ask, and for a unit's return those who check it. Of a voluntary roll call only
// those who ask: others would learn who did not.
func (s *Service) sees(ctx context.Context, a access.Actor, p place, x answerRow) error {
	q := s.DB.Read()
	asks, err := p.asks(ctx, q, a)
	if err != nil || asks || s.answers(ctx, q, a, p, x.Answerer) == nil {
		return err
	}
	if p.Voluntary {
		return fault.NotFound()
	}
	u, err := org.GetUnit(ctx, q, x.Unit)
	if err != nil {
		return err
	}
	may, err := p.can(ctx, q, a, access.RollcallWho, u)
	if err != nil || may || p.ByUnits && a.Can(access.RollcallCheck, u.Where()) {
		return err
	}
	if x.WaitsAt != 0 {
		l, err := p.level(ctx, q, x.WaitsAt)
		if err != nil {
			return err
		}
		return a.Require(access.RollcallCheck, l.Where())
	}
	return fault.NotFound()
}

// Version is an answer that was replaced, or the one that stands.
type Version struct {
	Version  int64      `json:"version" db:"version"`
	Kind     AnswerKind `json:"kind" db:"kind" enum:"value,nil,na"`
	By       db.ID      `json:"by_id" db:"by_id"`
	ByName   string     `json:"by_name" db:"by_name"`
	At       db.Time    `json:"at" db:"at"`
	DeviceAt db.Time    `json:"device_at" db:"device_at"`
	Values   Values     `json:"values,omitempty" db:"-" doc:"without the sensitive ones"`
	Reason   string     `json:"reason,omitempty" db:"-"`
	Content  string     `json:"-" db:"content"`
}

// AnswerView is an answer with its history.
type AnswerView struct {
	Answer
	Title     Text         `json:"title"`
	Form      Form         `json:"form" doc:"that was filled in"`
	Versions  []Version    `json:"versions" doc:"those that were replaced, newest first"`
	Files     []AnswerFile `json:"files,omitempty" doc:"that it names, and those that were replaced did; sensitive ones for the form's readers alone"`
	Decisions []Decision   `json:"decisions" doc:"of the levels above, newest first"`
	Abilities []string     `json:"abilities" doc:"pass, accept, return"`
	NilRun    int64        `json:"nil_run" doc:"nils in a row, this one among them, where that is worth a look; 0: it is not"`
}

// View reads an answer with its history. A look at sensitive values is recorded first. Faults:
// not-found.
func (s *Service) View(ctx context.Context, a access.Actor, period, answerer db.ID) (out AnswerView, err error) {
	q := s.DB.Read()
	p, err := readPlace(ctx, q, period)
	if err != nil {
		return out, err
	}
	x, err := readAnswer(ctx, q, period, answerer)
	if err != nil {
		return out, err
	}
	if x.Version == 0 {
		return out, fault.NotFound()
	}
	if err := s.sees(ctx, a, p, x); err != nil {
		return out, err
	}
	form, err := s.form(ctx, q, p.Rollcall, x.FormVersion)
	if err != nil {
		return out, err
	}
	mine := s.answers(ctx, q, a, p, answerer) == nil
	open := mine || s.reads(a, p, form, x.Unit)
	if open && len(x.Sealed) > 0 && !p.ByUnits {
		if err := s.Looks.LookedAtAnswers(ctx, a, answerer); err != nil {
			return out, err
		}
	}
	if out.Answer, err = s.shown(ctx, p, x, open); err != nil {
		return out, err
	}
	if out.Title, err = p.title(); err != nil {
		return out, err
	}
	if out.Files, err = s.filesOf(ctx, form, period, answerer, func(f fileRow) (bool, error) {
		if f.AnsweredAt == 0 || !f.Sensitive || mine {
			return f.AnsweredAt != 0, nil
		}
		return s.readsFile(ctx, a, p, f, x.Unit)
	}); err != nil {
		return out, err
	}
	out.Form, out.Versions, out.Decisions = form.Form, []Version{}, []Decision{}
	if err := db.Select(ctx, q, &out.Versions, `SELECT v.version, v.kind, v.content, v.by_id, p.name AS by_name, v.at, v.device_at FROM rollcall_answer_version v JOIN person p ON p.id = v.by_id
		WHERE v.period_id = $1 AND v.answerer_id = $2 ORDER BY v.version DESC`, period, answerer); err != nil {
		return out, err
	}
	for i := range out.Versions {
		v := &out.Versions[i]
		switch v.Kind {
		case NotApplicable:
			v.Reason = v.Content
		case Value:
			if err := json.Unmarshal([]byte(v.Content), &v.Values); err != nil {
				return out, err
			}
		}
	}
	if out.Abilities, err = p.checks(ctx, q, a, x); err != nil {
		return out, err
	}
	if x.Kind == Nil && x.State != Returned {
		if out.NilRun, err = p.nils(ctx, q, answerer); err != nil {
			return out, err
		}
	}
	return out, db.Select(ctx, q, &out.Decisions, `SELECT d.version, d.decision, d.reason, d.unit_id, u.name AS unit_name, d.by_id, p.name AS by_name, d.at FROM rollcall_decision d
		JOIN unit u ON u.id = d.unit_id JOIN person p ON p.id = d.by_id WHERE d.period_id = $1 AND d.answerer_id = $2 ORDER BY d.id DESC`, period, answerer)
}
