package meeting

import (
	"cmp"
	"slices"
	"time"

	"wozai/internal/db"
)

// TransitionKind is what was seen of a device.
type TransitionKind string

// The kinds of transition.
const (
	CameIn   TransitionKind = "in"
	WentOut  TransitionKind = "out"
	StillIn  TransitionKind = "checkpoint" // written now and then, so that a crash loses little
	mergeGap                = 2 * time.Minute
)

// Transition is one observation of one device of one person. Rows are only ever added.
type Transition struct {
	Person db.ID          `json:"person"`
	Seat   db.ID          `json:"seat"` // 0 for the telephone
	Kind   TransitionKind `json:"kind"`
	At     db.Time        `json:"at"`
	How    How            `json:"how"`
	Where  string         `json:"where"` // whereabouts key of the profile; "" says nothing
}

// Span is an unbroken presence.
type Span struct {
	From db.Time `json:"from"`
	To   db.Time `json:"to"`
}

// Hours are the times that attendance is measured by.
type Hours struct {
	Start db.Time // when it was opened, or planned if it has not been
	End   db.Time // when it ended; 0: it is going on
	Now   db.Time
	// Announced is when people were told that it is; zero: as it was held. Who comes by its beginning
	// is not late though it was opened before, and who stays to its end does not leave early though it
	// went on.
	Announced Span
	// Who comes within Leeway of the start is not late, who goes within it of the end not early.
	Leeway time.Duration
}

// Expected is what is known of a person beside their coming and going.
type Expected struct {
	Person  db.ID
	Due     bool   // by standing, before exemptions
	Exempt  string // key of the reason; "" none
	Excuse  string // key of the reason for leave; "" none
	Excuser db.ID  // the officer who granted it; 0: asked, not granted
	Stated  bool   // handed in a statement
}

// AttendanceStatus is what the record says of a person.
type AttendanceStatus string

// What the record says.
const (
	AttPresent  AttendanceStatus = "present"
	AttExcused  AttendanceStatus = "excused"
	AttExempt   AttendanceStatus = "exempt"
	AttAbsent   AttendanceStatus = "absent"
	AttExpected AttendanceStatus = "expected" // the meeting goes on and they may yet come
	AttNotDue   AttendanceStatus = "not_due"  // invited without being due, did not come
)

// Attendance is one person's attendance with its evidence.
type Attendance struct {
	Person    db.ID            `json:"person"`
	Status    AttendanceStatus `json:"status"`
	Spans     []Span           `json:"spans"`
	Seconds   int              `json:"seconds"` // present, within the meeting
	Late      bool             `json:"late"`
	LeftEarly bool             `json:"left_early"`
	HereNow   bool             `json:"here_now"`
	Hows      []How            `json:"hows"`   // in the order first used
	Wheres    []string         `json:"wheres"` // in the order first given
	Exempt    string           `json:"exempt"`
	Excuse    string           `json:"excuse"`
	ExcusedBy db.ID            `json:"excused_by"`
	Stated    bool             `json:"stated"`
}

// Attend works out one person's attendance. Transitions may come unsorted and of several devices:
// any one device is presence. Gaps up to two minutes, as a crash or a lift makes them, are no
// absence. A device that never said it left counts to when it was last seen, or until now while
// the meeting goes on. Taking part in writing is no presence.
func Attend(e Expected, seen []Transition, h Hours) Attendance {
	a := Attendance{Person: e.Person, Exempt: e.Exempt, Stated: e.Stated, Spans: []Span{}, Hows: []How{}, Wheres: []string{}}
	mine := slices.DeleteFunc(slices.Clone(seen), func(t Transition) bool { return t.Person != e.Person || t.How == ByWriting })
	slices.SortStableFunc(mine, func(x, y Transition) int { return cmp.Compare(x.At, y.At) })
	var spans []Span
	for _, seat := range seats(mine) {
		s, open := deviceSpans(mine, seat, h)
		spans = append(spans, s...)
		a.HereNow = a.HereNow || open
	}
	a.Spans = mergeSpans(spans)
	for _, t := range mine {
		if t.Kind == WentOut {
			continue
		}
		if t.How != "" && !slices.Contains(a.Hows, t.How) {
			a.Hows = append(a.Hows, t.How)
		}
		if t.Where != "" && !slices.Contains(a.Wheres, t.Where) {
			a.Wheres = append(a.Wheres, t.Where)
		}
	}
	a.within(h)
	a.judge(e, h)
	return a
}

func seats(ts []Transition) []db.ID {
	var out []db.ID
	for _, t := range ts {
		if !slices.Contains(out, t.Seat) {
			out = append(out, t.Seat)
		}
	}
	return out
}

// deviceSpans reads one device's story; open says that it is in now.
func deviceSpans(ts []Transition, seat db.ID, h Hours) (out []Span, open bool) {
	var from, last db.Time
	for _, t := range ts {
		if t.Seat != seat || h.End != 0 && t.At > h.End {
			continue
		}
		switch {
		case t.Kind == WentOut:
			if open {
				out = append(out, Span{from, t.At})
			}
			open = false
		case !open:
			open, from, last = true, t.At, t.At
		case t.Kind == CameIn && t.At.Sub(last) > mergeGap: // it had gone without a word
			out = append(out, Span{from, last})
			from, last = t.At, t.At
		default:
			last = t.At
		}
	}
	if !open {
		return out, false
	}
	if h.End == 0 {
		return append(out, Span{from, max(h.Now, last)}), true
	}
	return append(out, Span{from, last}), false
}

// mergeSpans joins what overlaps or lies no more than a gap apart.
func mergeSpans(in []Span) []Span {
	slices.SortFunc(in, func(a, b Span) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	out := []Span{}
	for _, s := range in {
		if n := len(out); n > 0 && s.From.Sub(out[n-1].To) <= mergeGap {
			out[n-1].To = max(out[n-1].To, s.To)
			continue
		}
		out = append(out, s)
	}
	return out
}

// within adds up the presence inside the meeting and sees who was late or left early.
func (a *Attendance) within(h Hours) {
	end := h.End
	if end == 0 {
		end = max(h.Now, h.Start)
	}
	var total time.Duration
	var first, final db.Time
	for _, s := range a.Spans {
		from, to := max(s.From, h.Start), min(s.To, end)
		if to < from || to == from && s.To > s.From {
			continue // outside: in the practice of the microphone before the start
		}
		if first == 0 {
			first = from
		}
		final = to
		total += to.Sub(from)
	}
	a.Seconds = int(total / time.Second)
	if first != 0 {
		until := h.End
		if h.Announced.To != 0 {
			until = min(until, h.Announced.To)
		}
		a.Late = first.Sub(max(h.Start, h.Announced.From)) > h.Leeway
		a.LeftEarly = h.End != 0 && until.Sub(final) > h.Leeway
	}
}

func (a *Attendance) judge(e Expected, h Hours) {
	if e.Excuser != 0 {
		a.Excuse, a.ExcusedBy = e.Excuse, e.Excuser
	}
	was := a.Seconds > 0 || a.HereNow
	switch {
	case was:
		a.Status = AttPresent
	case e.Exempt != "":
		a.Status = AttExempt
	case e.Excuser != 0:
		a.Status = AttExcused
	case !e.Due:
		a.Status = AttNotDue
	case h.End == 0:
		a.Status = AttExpected
	default:
		a.Status = AttAbsent
	}
}
