package meeting

import (
	"fmt"
	"strings"
	"time"

	"wozai/internal/db"
	"wozai/internal/profile"
	"wozai/internal/words"
)

// writer words facts in the record's language and time zone. It is made from what is frozen with
// the record, so that the same facts always give the same lines.
type writer struct {
	f       RecordFacts
	actions []RecordAction
	profile *profile.Profile
	zone    *time.Location
	upward  bool // for readers beyond the branch: personal actions are a number without names
}

// part is a line that the recorder may add to: one speech, one statement.
type part struct {
	Key  string
	Line string
}

func (w writer) say(key string, kv ...any) string {
	params := map[string]any{}
	for i := 0; i+1 < len(kv); i += 2 {
		params[kv[i].(string)] = kv[i+1]
	}
	return words.T(w.f.Lang, "record."+key, params)
}

func (w writer) word(key string) string { return w.profile.Word(key, w.f.Lang) }

func (w writer) date(t db.Time) string {
	d := t.Std().In(w.zone)
	return w.day(d.Year(), int(d.Month()), d.Day())
}

func (w writer) day(y, m, d int) string {
	if w.f.Lang == words.English {
		return w.say("date", "year", y, "month", fmt.Sprintf("%02d", m), "day", fmt.Sprintf("%02d", d))
	}
	return w.say("date", "year", y, "month", m, "day", d)
}

// on words a date of the form YYYY-MM-DD.
func (w writer) on(date string) string {
	d, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return w.day(d.Year(), int(d.Month()), d.Day())
}

func (w writer) clock(t db.Time) string {
	if t == 0 {
		return "—"
	}
	return t.Std().In(w.zone).Format("15:04")
}

func (w writer) seconds(n int) string {
	switch {
	case n < 60:
		return w.say("length.seconds", "s", n)
	case n%60 == 0:
		return w.say("length.minutes", "m", n/60)
	}
	return w.say("length.minutes_seconds", "m", n/60, "s", n%60)
}

func (w writer) list(items []string) string {
	if len(items) == 0 {
		return w.say("list.none")
	}
	return strings.Join(items, w.say("list.names"))
}

func (w writer) noted(name string, notes ...string) string {
	var kept []string
	for _, n := range notes {
		if n != "" {
			kept = append(kept, n)
		}
	}
	if len(kept) == 0 {
		return name
	}
	return w.say("list.of", "name", name, "note", strings.Join(kept, w.say("list.comma")))
}

func plain(in []RecordName) []string {
	out := make([]string, 0, len(in))
	for _, n := range in {
		out = append(out, n.Name)
	}
	return out
}

// section gives the locked lines of a heading and the parts that the recorder may add to. A key
// that is not known has prose alone.
func (w writer) section(key string) (lines []string, parts []part) {
	switch key {
	case "heading":
		return []string{w.say("heading", "organisation", w.f.Organisation, "unit", w.f.Unit.Name, "kind", w.f.Kind.Name)}, nil
	case "theme":
		return []string{w.f.Theme}, nil
	case "time_place":
		return w.timePlace(), nil
	case "host_recorder":
		return []string{w.say("chair", "word", w.word("host"), "name", w.f.Chair.Name), w.say("chair", "word", w.word("recorder"), "name", w.f.Recorder.Name)}, nil
	case "attendance":
		return w.attendance(), nil
	case "observers":
		return w.observers(), nil
	case "preparation":
		return w.preparation(), nil
	case "agenda":
		return w.stages(), nil
	case "speeches":
		return w.speeches()
	case "statements":
		return w.statements()
	case "motions", "results":
		return w.motions(), nil
	case "decisions", "discussed":
		return w.decided(), nil
	case "actions":
		return w.actionLines(), nil
	case "overview":
		return w.overview(), nil
	case "held":
		return append(w.overview(), w.spoken()), nil
	}
	return nil, nil
}

func (w writer) timePlace() []string {
	f := w.f
	from, to := f.OpenedAt, f.EndedAt
	if from == 0 {
		from, to = f.StartsAt, f.EndsAt
	}
	place := f.Place
	if place == "" {
		place = w.say("online")
	}
	length := w.say("length.minutes", "m", f.Minutes)
	if f.Minutes >= 60 {
		length = w.say("length.hours", "h", f.Minutes/60, "m", f.Minutes%60)
	}
	lines := []string{
		w.say("time", "date", w.date(from), "from", w.clock(from), "to", w.clock(to), "length", length),
		w.say("place", "place", place),
	}
	if f.HeldAs != nil {
		lines = append(lines, w.say("held_as", "kind", f.HeldAs.Name))
	}
	count := map[How]int{}
	for _, a := range f.Attendance.People {
		if len(a.Hows) > 0 {
			count[a.Hows[0]]++
		}
	}
	var hows []string
	for _, h := range []How{ByVideo, ByAudio, ByShared, ByPhone} {
		if count[h] > 0 {
			hows = append(hows, w.say("how."+string(h), "n", count[h]))
		}
	}
	if len(hows) > 0 {
		lines = append(lines, w.say("hows", "list", strings.Join(hows, w.say("list.comma"))))
	}
	return lines
}

// attendance says who was excused and by whom, not why: illness, family or an examination is for those
// who grant leave. They find it with the facts.
func (w writer) attendance() []string {
	c := w.f.Attendance
	first := w.say("counts", "due", c.Due, "present", c.Present, "excused", c.Excused, "absent", c.Absent)
	if c.Exempt > 0 {
		first += w.gap() + w.say("exempt_count", "n", c.Exempt)
	}
	lines := []string{first}
	if c.VotersDue != c.Due {
		lines = append(lines, w.say("voters", "voters", w.word("voter"), "due", c.VotersDue, "present", c.VotersPresent))
	}
	if q := c.Quorum; q != nil {
		lines = append(lines, w.quorum(*q))
	}
	by := map[string][]string{}
	for _, a := range c.People {
		present := a.Status == AttPresent
		name := w.noted(a.Name, w.when(a.Late, "late"), w.when(a.LeftEarly, "left_early"), w.helped(a))
		switch {
		case a.Due && present:
			by["present"] = append(by["present"], name)
		case a.Due && a.Status == AttExcused:
			granted := ""
			if a.GrantedBy != nil {
				granted = w.say("granted_by", "by", a.GrantedBy.Name)
			}
			by["excused"] = append(by["excused"], w.noted(a.Name, granted))
		case a.Due:
			by["absent"] = append(by["absent"], a.Name)
		case a.Status == AttExempt:
			by["exempt"] = append(by["exempt"], a.Name)
		case present && !a.Observer:
			by["guests"] = append(by["guests"], name)
		}
		if a.Stated && !present {
			by["written"] = append(by["written"], a.Name)
		}
	}
	for _, key := range []string{"present", "excused", "absent"} {
		lines = append(lines, w.say(key, "list", w.list(by[key])))
	}
	for _, key := range []string{"exempt", "written", "guests"} {
		if len(by[key]) > 0 {
			lines = append(lines, w.say(key, "list", w.list(by[key])))
		}
	}
	return lines
}

// gap stands between two sentences: none in Chinese.
func (w writer) gap() string {
	if w.f.Lang == words.English {
		return " "
	}
	return ""
}

func (w writer) when(yes bool, key string) string {
	if yes {
		return w.say(key)
	}
	return ""
}

func (w writer) helped(a RecordAttendee) string {
	if a.Helper == "" {
		return ""
	}
	return w.say("helper", "helper", a.Helper)
}

func (w writer) quorum(q RecordQuorum) string {
	met := w.say("quorum_short")
	if q.Met {
		met = w.say("quorum_met")
	}
	return w.say("quorum", "rule", bare(q.Rule), "needed", q.Needed, "present", q.Present, "met", met)
}

// bare takes the full stop off a rule, so that a sentence can go on after it.
func bare(s string) string { return strings.TrimRight(s, "。. ") }

func (w writer) observers() []string {
	var names []string
	for _, a := range w.f.Attendance.People {
		if a.Observer && a.Status == AttPresent {
			names = append(names, a.Name)
		}
	}
	return []string{w.list(names)}
}

func (w writer) preparation() (lines []string) {
	for _, t := range w.f.Preparation {
		line := w.say("task_open", "task", t.Name)
		if t.DoneAt != 0 {
			line = w.say("task_done", "task", t.Name, "date", w.date(t.DoneAt))
		}
		if t.Note != "" {
			line = w.say("task_note", "line", line, "note", t.Note)
		}
		lines = append(lines, line)
	}
	return lines
}

func (w writer) stages() (lines []string) {
	for i, s := range w.f.Stages {
		if s.OpenedAt == 0 {
			lines = append(lines, w.say("stage_skipped", "n", i+1, "stage", s.Name))
			continue
		}
		lines = append(lines, w.say("stage", "n", i+1, "stage", s.Name, "from", w.clock(s.OpenedAt), "to", w.clock(s.ClosedAt)))
	}
	return lines
}

func (w writer) stageName(key string) string {
	for _, s := range w.f.Stages {
		if s.Key == key {
			return s.Name
		}
	}
	return ""
}

// turnKey names the text of a speech.
func turnKey(number int64) string { return fmt.Sprintf("turn.%d", number) }

func (w writer) speeches() (lines []string, parts []part) {
	for _, s := range w.f.Speeches {
		key := "speech"
		if s.Kind == TurnChair {
			key = "speech_chair"
		}
		stage := w.stageName(s.Stage)
		if stage == "" {
			key += "_free"
		}
		line := w.say(key, "stage", stage, "name", s.Person.Name, "at", w.clock(s.StartedAt), "length", w.seconds(s.Seconds))
		if s.Reader != nil {
			line += w.say("speech_read", "reader", s.Reader.Name)
		}
		if s.Played {
			line += w.say("speech_played")
		}
		parts = append(parts, part{turnKey(s.Number), line})
	}
	for _, s := range w.f.Stages {
		if len(s.Passed) > 0 {
			lines = append(lines, w.say("passed", "stage", s.Name, "list", w.list(plain(s.Passed))))
		}
		if o := s.Override; o != nil {
			lines = append(lines, w.say("override", "stage", s.Name, "list", w.list(plain(o.Unheard)), "by", o.By.Name, "reason", o.Reason))
		}
	}
	return lines, parts
}

func (w writer) statements() (lines []string, parts []part) {
	for _, s := range w.f.Statements {
		text, key := s.Text, "statement"
		if s.Audio {
			key = "statement_audio"
			if text == "" {
				text = w.say("statement_no_text")
			}
		}
		lines = append(lines, w.say(key, "name", s.Person.Name, "text", text))
	}
	if len(lines) == 0 {
		lines = []string{w.say("list.none")}
	}
	return lines, nil
}

func (w writer) motions() (lines []string) {
	for _, m := range w.f.Motions {
		if m.State != "closed" {
			lines = append(lines, w.say("motion."+m.State, "title", m.Title))
			continue
		}
		outcome := w.say("motion.lost")
		if m.Carried {
			outcome = w.say("motion.carried")
		}
		lines = append(lines, w.say("motion.result", "title", m.Title, "for", m.For, "against", m.Against, "abstain", m.Abstain,
			"not_voted", m.NotVoted, "rule", bare(m.Rule), "base", m.Base, "needed", m.Needed, "outcome", outcome))
		if q := m.Quorum; q != nil {
			lines = append(lines, w.say("motion.quorum", "due", q.Due, "needed", q.Needed, "present", q.Present))
		}
		for _, c := range []Choice{For, Against, Abstain} {
			var who []string
			for _, v := range m.Votes {
				if v.Choice == c {
					who = append(who, v.Person.Name)
				}
			}
			if len(who) > 0 {
				lines = append(lines, w.say("motion.votes", "choice", w.say("motion."+string(c)), "list", w.list(who)))
			}
		}
	}
	if len(lines) == 0 {
		lines = []string{w.say("list.none")}
	}
	return lines
}

func (w writer) decided() (lines []string) {
	for _, m := range w.f.Motions {
		if m.Carried {
			lines = append(lines, w.say("motion.decided", "title", m.Title))
		}
	}
	return lines
}

// actionLines lists the branch's actions; personal ones are counted by person, their text is kept apart.
func (w writer) actionLines() (lines []string) {
	n := 0
	personal, order := map[string]int{}, []string{}
	for _, a := range w.actions {
		if a.Kind == ActionPersonal {
			name := a.Person.Name
			if personal[name]++; personal[name] == 1 {
				order = append(order, name)
			}
			continue
		}
		n++
		who, unit := "", ""
		if a.Person != nil {
			who = a.Person.Name
		}
		if a.Unit != nil {
			unit = a.Unit.Name
		}
		lines = append(lines, w.actionLine(n, a.Text, who, unit, a.DueOn, ""))
	}
	switch {
	case len(order) == 0:
	case w.upward:
		all := 0
		for _, n := range personal {
			all += n
		}
		lines = append(lines, w.say("action.personal_count", "action", w.word("action"), "n", all))
	default:
		var items []string
		for _, name := range order {
			items = append(items, w.say("action.person_items", "name", name, "n", personal[name]))
		}
		lines = append(lines, w.say("action.personal", "action", w.word("action"), "list", w.list(items)))
	}
	if len(lines) == 0 {
		lines = []string{w.say("list.none")}
	}
	if len(w.f.Carried) > 0 && !w.upward {
		lines = append(lines, w.say("action.carried"))
		for i, a := range w.f.Carried {
			lines = append(lines, w.actionLine(i+1, a.Text, a.PersonName, a.UnitName, a.DueOn, a.State))
		}
	}
	return lines
}

// actionLine is one action with who does it by when; how far it is, of one that an earlier meeting gave.
func (w writer) actionLine(n int, text, person, unit, due string, state ActionState) string {
	notes := []string{}
	if person != "" {
		notes = append(notes, w.say("action.who", "list", person))
	}
	if unit != "" {
		notes = append(notes, w.say("action.unit", "list", unit))
	}
	if due != "" {
		notes = append(notes, w.say("action.due", "date", w.on(due)))
	}
	if state != "" {
		notes = append(notes, words.T(w.f.Lang, "common.todo.state."+string(state), nil))
	}
	return w.say("action.line", "n", n, "text", bare(text), "note", strings.Join(notes, w.say("list.semicolon")))
}

func (w writer) overview() []string {
	f, c := w.f, w.f.Attendance
	when := f.OpenedAt
	if when == 0 {
		when = f.StartsAt
	}
	line := w.say("overview", "date", w.date(when), "unit", f.Unit.Name, "kind", f.Kind.Name, "chair", f.Chair.Name,
		"due", c.Due, "present", c.Present, "excused", c.Excused, "absent", c.Absent)
	if f.Theme != "" {
		line += w.gap() + w.say("overview_theme", "theme", f.Theme)
	}
	return []string{line}
}

// spoken says how many were heard, without saying who.
func (w writer) spoken() string {
	people, stated := map[db.ID]bool{}, map[db.ID]bool{}
	for _, s := range w.f.Speeches {
		if s.Kind == TurnSpeech {
			people[s.Person.ID] = true
		}
	}
	for _, s := range w.f.Statements {
		stated[s.Person.ID] = true
	}
	return w.say("held_spoken", "n", len(people), "m", len(stated))
}
