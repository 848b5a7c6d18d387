package rollcall

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"wozai/internal/access"
	"wozai/internal/fault"
	"wozai/internal/profile"
)

// FieldKind says what a field takes.
type FieldKind string

// The kinds of field.
const (
	Number FieldKind = "number" // with a unit of measure, a range and decimals
	Choice FieldKind = "choice" // one of the options, or several
	Date   FieldKind = "date"   // YYYY-MM-DD
	Place  FieldKind = "place"  // a place in words
	Words  FieldKind = "text"
	Table  FieldKind = "table" // rows of columns
	Total  FieldKind = "total" // worked out here from numbers, never sent

	Attached FieldKind = "file" // files that were sent for it before, by their ids; see AddFile
)

// Form is the typed question. Compile checks it once; what it allows is data, never an expression.
type Form struct {
	Fields []FormField `json:"fields" maxItems:"60"`
	Checks []FormCheck `json:"checks,omitempty" maxItems:"30"`
	// Readers are who may read sensitive fields: at the asking unit, or at the answerer's own.
	Readers []access.Role `json:"readers,omitempty" maxItems:"4" doc:"roles that read sensitive fields, held at the asking unit or at the answerer's own: officer, recorder, overseer"`
}

// FormField is one field. What does not belong to its kind stays empty.
type FormField struct {
	Key       string       `json:"key" doc:"small letters, digits and _"`
	Kind      FieldKind    `json:"kind" enum:"number,choice,date,place,text,table,total,file"`
	Label     profile.Text `json:"label"`
	Hint      profile.Text `json:"hint,omitzero"`
	Required  bool         `json:"required,omitempty"`
	Sensitive bool         `json:"sensitive,omitempty" doc:"encrypted, for the form's readers alone"`
	Prefill   bool         `json:"prefill,omitempty" doc:"begins with what the answerer said last time"`
	When      *FormWhen    `json:"when,omitempty" doc:"asked only then"`

	Measure  profile.Text `json:"measure,omitzero" doc:"of a number: people, 个"`
	Min      *float64     `json:"min,omitempty"`
	Max      *float64     `json:"max,omitempty"`
	Decimals int          `json:"decimals,omitempty" minimum:"0" maximum:"4"`

	Options  []FormOption `json:"options,omitempty" maxItems:"100"`
	Multiple bool         `json:"multiple,omitempty"`

	From string `json:"from,omitempty" doc:"of a date: not before, YYYY-MM-DD"`
	To   string `json:"to,omitempty" doc:"of a date: not after"`

	Limit int `json:"limit,omitempty" minimum:"0" maximum:"5000" doc:"of a text: characters, 500 when 0; of a table: rows, 50 when 0; of a file: how many, 1 when 0, at most 5"`

	Columns []FormField `json:"columns,omitempty" maxItems:"20" doc:"of a table: number, choice, date, place, text"`
	Of      []string    `json:"of,omitempty" maxItems:"30" doc:"of a total: keys of numbers, or table.column"`
}

// FormOption is something to choose.
type FormOption struct {
	Key   string       `json:"key"`
	Label profile.Text `json:"label"`
}

// FormWhen is the condition of a field: an earlier choice has one of these values, or an earlier
// number is above a bound.
type FormWhen struct {
	Field string   `json:"field"`
	Is    []string `json:"is,omitempty" maxItems:"100" doc:"of a choice"`
	Above *float64 `json:"above,omitempty" doc:"of a number"`
}

// CheckKind says how the two sides of a check must stand to each other.
type CheckKind string

// The kinds of check across fields.
const (
	AtMost    CheckKind = "at_most"    // left ≤ the sum of right
	SumEquals CheckKind = "sum_equals" // left = the sum of right
	NotBefore CheckKind = "not_before" // the date left is not before the date right
)

// FormCheck holds across fields. It waits until both sides are filled in.
type FormCheck struct {
	Key     string       `json:"key"`
	Kind    CheckKind    `json:"kind" enum:"at_most,sum_equals,not_before"`
	Left    string       `json:"left"`
	Right   []string     `json:"right" maxItems:"30"`
	Message profile.Text `json:"message" doc:"what to say when it does not hold"`
}

// Bounds of forms and answers.
const (
	maxFields      = 60
	maxColumns     = 20
	maxOptions     = 100
	maxRows        = 200
	maxText        = 5000
	defaultText    = 500
	defaultRows    = 50
	maxPlace       = 100
	maxNumber      = 1e12
	maxAnswerBytes = 64 << 10
)

var keyPattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,29}$`)

// Compiled is a form that was found right, ready to check answers. It is never changed.
type Compiled struct {
	Form
	index map[string]int
}

// Field finds a field by its key.
func (c *Compiled) Field(key string) (FormField, bool) {
	i, ok := c.index[key]
	if !ok {
		return FormField{}, false
	}
	return c.Fields[i], true
}

// HasSensitive reports that something in it is for the readers alone.
func (c *Compiled) HasSensitive() bool {
	return slices.ContainsFunc(c.Fields, func(f FormField) bool { return f.Sensitive })
}

// Compile checks a form. Fault invalid names every faulty place at once ("fields[2].options").
func Compile(f Form) (*Compiled, error) {
	var c fault.Check
	out := &Compiled{Form: f, index: map[string]int{}}
	c.If(len(f.Fields) == 0, "fields", "required")
	c.If(len(f.Fields) > maxFields, "fields", "too_many_fields", "limit", maxFields)
	for i, x := range f.Fields {
		at := fmt.Sprintf("fields[%d]", i)
		if _, twice := out.index[x.Key]; twice {
			c.Add(at+".key", "key_twice")
		}
		out.checkField(&c, at, x, false)
		if x.When != nil {
			out.checkWhen(&c, at+".when", *x.When)
		}
		out.index[x.Key] = i // last: a condition or a total looks back, never at itself
	}
	for i, x := range f.Checks {
		out.checkCheck(&c, fmt.Sprintf("checks[%d]", i), x)
	}
	for i, r := range f.Readers {
		c.If(!slices.Contains([]access.Role{access.Officer, access.Recorder, access.Overseer}, r), fmt.Sprintf("readers[%d]", i), "choice")
	}
	c.If(out.HasSensitive() && len(f.Readers) == 0, "readers", "required")
	if err := c.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

func (c *Compiled) checkField(k *fault.Check, at string, x FormField, column bool) {
	k.If(!keyPattern.MatchString(x.Key), at+".key", "key_form")
	phrase(k, at+".label", x.Label, 120, true)
	phrase(k, at+".hint", x.Hint, 500, false)
	phrase(k, at+".measure", x.Measure, 20, false)
	if x.Kind != Number && x.Kind != Total {
		k.If(x.Min != nil || x.Max != nil || x.Decimals != 0 || !x.Measure.Empty(), at, "not_of_kind")
	}
	k.If(x.Kind != Choice && (len(x.Options) > 0 || x.Multiple), at+".options", "not_of_kind")
	k.If(x.Kind != Date && (x.From != "" || x.To != ""), at, "not_of_kind")
	k.If(x.Kind != Table && len(x.Columns) > 0, at+".columns", "not_of_kind")
	k.If(x.Kind != Total && len(x.Of) > 0, at+".of", "not_of_kind")
	switch x.Kind {
	case Number:
		k.If(x.Decimals < 0 || x.Decimals > 4, at+".decimals", "range", "min", 0, "max", 4)
		lo, hi := x.bounds()
		k.If(!(lo <= hi) || lo < -maxNumber || hi > maxNumber, at+".max", "range", "min", -maxNumber, "max", maxNumber)
	case Choice:
		k.If(len(x.Options) == 0, at+".options", "required")
		k.If(len(x.Options) > maxOptions, at+".options", "too_many_fields", "limit", maxOptions)
		seen := map[string]bool{}
		for i, o := range x.Options {
			k.If(!keyPattern.MatchString(o.Key), fmt.Sprintf("%s.options[%d].key", at, i), "key_form")
			k.If(seen[o.Key], fmt.Sprintf("%s.options[%d].key", at, i), "key_twice")
			seen[o.Key] = true
			phrase(k, fmt.Sprintf("%s.options[%d].label", at, i), o.Label, 120, true)
		}
	case Date:
		k.If(x.From != "" && !isDate(x.From), at+".from", "date")
		k.If(x.To != "" && !isDate(x.To) || x.From != "" && x.To != "" && x.To < x.From, at+".to", "date")
	case Place, Words:
		k.If(x.Limit < 0 || x.Limit > maxText, at+".limit", "range", "min", 0, "max", maxText)
	case Attached:
		k.If(column, at+".kind", "file_in_table")
		k.If(x.Prefill, at+".prefill", "not_of_kind")
		k.If(x.Limit < 0 || x.Limit > maxFiles, at+".limit", "range", "min", 1, "max", maxFiles)
	case Table:
		k.If(column, at+".kind", "choice")
		k.If(x.Limit < 0 || x.Limit > maxRows, at+".limit", "range", "min", 0, "max", maxRows)
		k.If(len(x.Columns) == 0, at+".columns", "required")
		k.If(len(x.Columns) > maxColumns, at+".columns", "too_many_fields", "limit", maxColumns)
		seen := map[string]bool{}
		for i, y := range x.Columns {
			where := fmt.Sprintf("%s.columns[%d]", at, i)
			k.If(seen[y.Key], where+".key", "key_twice")
			k.If(y.When != nil || y.Sensitive || y.Prefill, where, "not_of_kind") // a table is sensitive as a whole
			seen[y.Key] = true
			if !column {
				c.checkField(k, where, y, true)
			}
		}
	case Total:
		k.If(column, at+".kind", "choice")
		k.If(x.Required, at+".required", "not_of_kind")
		k.If(x.Prefill, at+".prefill", "not_of_kind")
		k.If(len(x.Of) == 0, at+".of", "required")
		for i, of := range x.Of {
			f, ok := c.number(of)
			k.If(!ok, fmt.Sprintf("%s.of[%d]", at, i), "no_such_field")
			// A total that anybody reads would give the secret away.
			k.If(ok && f.Sensitive && !x.Sensitive, at+".sensitive", "required")
		}
	default:
		k.Add(at+".kind", "choice")
	}
}

// number finds what can be added up: an earlier number, or a number column of an earlier table.
func (c *Compiled) number(key string) (FormField, bool) {
	name, column, inTable := strings.Cut(key, ".")
	f, ok := c.Field(name)
	if !ok || !inTable {
		return f, ok && f.Kind == Number
	}
	i := slices.IndexFunc(f.Columns, func(y FormField) bool { return y.Key == column && y.Kind == Number })
	return f, f.Kind == Table && i >= 0
}

func (c *Compiled) checkWhen(k *fault.Check, at string, w FormWhen) {
	f, ok := c.Field(w.Field)
	switch {
	case ok && f.Kind == Choice && w.Above == nil && len(w.Is) > 0:
		for i, v := range w.Is {
			k.If(!f.has(v), fmt.Sprintf("%s.is[%d]", at, i), "choice")
		}
	case ok && f.Kind == Number && w.Above != nil && len(w.Is) == 0:
		k.If(math.IsNaN(*w.Above) || math.IsInf(*w.Above, 0), at+".above", "number")
	default:
		k.Add(at+".field", "no_such_field")
	}
}

func (c *Compiled) checkCheck(k *fault.Check, at string, x FormCheck) {
	k.If(!keyPattern.MatchString(x.Key), at+".key", "key_form")
	phrase(k, at+".message", x.Message, 200, true)
	k.If(len(x.Right) == 0 || x.Kind == NotBefore && len(x.Right) != 1, at+".right", "required")
	fits := func(key string) bool {
		f, ok := c.Field(key)
		switch x.Kind {
		case NotBefore:
			return ok && f.Kind == Date
		case AtMost, SumEquals:
			return ok && (f.Kind == Number || f.Kind == Total)
		}
		return false
	}
	k.If(!slices.Contains([]CheckKind{AtMost, SumEquals, NotBefore}, x.Kind), at+".kind", "choice")
	k.If(!fits(x.Left), at+".left", "no_such_field")
	for i, r := range x.Right {
		k.If(!fits(r), fmt.Sprintf("%s.right[%d]", at, i), "no_such_field")
	}
}

func phrase(k *fault.Check, at string, t profile.Text, limit int, required bool) {
	for lang, s := range map[string]string{"zh": t.ZH, "en": t.EN} {
		if clean := k.Text(at+"."+lang, s, limit, required); clean != s && clean != "" {
			k.Add(at+"."+lang, "format")
		}
	}
}

func (f FormField) has(option string) bool {
	return slices.ContainsFunc(f.Options, func(o FormOption) bool { return o.Key == option })
}

func (f FormField) bounds() (lo, hi float64) {
	lo, hi = -maxNumber, maxNumber
	if f.Min != nil {
		lo = *f.Min
	}
	if f.Max != nil {
		hi = *f.Max
	}
	return lo, hi
}

func (f FormField) limit() int {
	switch {
	case f.Limit > 0:
		return f.Limit
	case f.Kind == Table:
		return defaultRows
	case f.Kind == Place:
		return maxPlace
	case f.Kind == Attached:
		return 1
	}
	return defaultText
}

// Values are the contents of an answer by field: float64, string, []string (several choices) or
// []Values (rows), as Check gives them.
type Values map[string]any

// Check checks what was sent against the form and gives the clean copy, totals worked out. Fault
// invalid names every faulty place ("values.beds", "values.rows[2].age", "checks.sum"). A field
// that is not asked must not be there: nothing is dropped silently.
func (c *Compiled) Check(sent map[string]any) (Values, error) {
	var k fault.Check
	out := Values{}
	for key := range sent {
		if f, ok := c.Field(key); !ok || f.Kind == Total {
			k.Add("values."+trim(key), "unknown_field")
		}
	}
	for _, f := range c.Fields {
		at := "values." + f.Key
		if f.Kind == Total {
			if v, ok := c.total(f, out); ok {
				out[f.Key] = v
			}
			continue
		}
		v, there := sent[f.Key]
		there = there && v != nil && v != ""
		if !f.asked(out) {
			k.If(there, at, "not_asked")
			continue
		}
		if !there {
			k.If(f.Required, at, "required")
			continue
		}
		if v, ok := f.value(&k, at, v); ok {
			out[f.Key] = v
		}
	}
	if k.Err() == nil {
		c.across(&k, out)
	}
	if k.Err() == nil && len(out) == 0 {
		k.Add("values", "blank")
	}
	if err := k.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

// trim keeps a foreign key from filling the answer.
func trim(s string) string {
	if r := []rune(strings.ToValidUTF8(s, "")); len(r) > 30 {
		return string(r[:30])
	}
	return strings.ToValidUTF8(s, "")
}

// asked looks at what was answered before it.
func (f FormField) asked(v Values) bool {
	if f.When == nil {
		return true
	}
	switch x := v[f.When.Field].(type) {
	case float64:
		return f.When.Above != nil && x > *f.When.Above
	case string:
		return slices.Contains(f.When.Is, x)
	case []string:
		return slices.ContainsFunc(x, func(s string) bool { return slices.Contains(f.When.Is, s) })
	}
	return false
}

// value checks one value; ok is false when a fault was noted or nothing is left of it.
func (f FormField) value(k *fault.Check, at string, v any) (any, bool) {
	switch f.Kind {
	case Number:
		x, ok := v.(float64)
		if !ok || math.IsNaN(x) || math.IsInf(x, 0) {
			k.Add(at, "number")
			return nil, false
		}
		lo, hi := f.bounds()
		if x < lo || x > hi {
			k.Add(at, "range", "min", lo, "max", hi)
			return nil, false
		}
		round := roundTo(x, f.Decimals)
		if math.Abs(round-x) > 1e-9*max(1, math.Abs(x)) {
			k.Add(at, "decimals", "decimals", f.Decimals)
			return nil, false
		}
		if round == 0 {
			round = 0 // no minus zero
		}
		return round, true
	case Choice:
		return f.choice(k, at, v)
	case Date:
		s, ok := v.(string)
		if !ok || !isDate(s) {
			k.Add(at, "date")
			return nil, false
		}
		if f.From != "" && s < f.From || f.To != "" && s > f.To {
			k.Add(at, "date_range", "from", f.From, "to", f.To)
			return nil, false
		}
		return s, true
	case Place, Words:
		s, ok := v.(string)
		if !ok || !utf8.ValidString(s) {
			k.Add(at, "format")
			return nil, false
		}
		var own fault.Check
		s = own.Text(at, s, f.limit(), f.Required)
		if own.Err() != nil {
			k.Text(at, s, f.limit(), f.Required) // the same fault, among the others
			return nil, false
		}
		if f.Kind == Place { // last: between two blanks a control character may have stood
			s = strings.Join(strings.Fields(s), " ")
		}
		return s, s != ""
	case Table:
		return f.rows(k, at, v)
	case Attached:
		return f.files(k, at, v)
	}
	return nil, false
}

func (f FormField) choice(k *fault.Check, at string, v any) (any, bool) {
	if !f.Multiple {
		s, ok := v.(string)
		if !ok || !f.has(s) {
			k.Add(at, "choice")
			return nil, false
		}
		return s, true
	}
	chosen, ok := stringsOf(v)
	if !ok || slices.ContainsFunc(chosen, func(s string) bool { return !f.has(s) }) {
		k.Add(at, "choice")
		return nil, false
	}
	var out []string // in the form's order, each once
	for _, o := range f.Options {
		if slices.Contains(chosen, o.Key) {
			out = append(out, o.Key)
		}
	}
	k.If(f.Required && len(out) == 0, at, "required")
	return out, len(out) > 0
}

// stringsOf reads a list of strings, as it was sent or as it was checked.
func stringsOf(v any) (out []string, ok bool) {
	if out, ok = v.([]string); ok {
		return out, true
	}
	list, ok := v.([]any)
	for _, x := range list {
		s, isString := x.(string)
		if !isString {
			return nil, false
		}
		out = append(out, s)
	}
	return out, ok
}

// files checks that ids are given, each once; whose files they are is looked at when the answer is taken.
func (f FormField) files(k *fault.Check, at string, v any) (any, bool) {
	list, ok := stringsOf(v)
	ids := f.attached(list)
	if !ok || len(ids) != len(list) {
		k.Add(at, CodeFileUnknown)
		return nil, false
	}
	if len(ids) > f.limit() {
		k.Add(at, "too_many_fields", "limit", f.limit())
		return nil, false
	}
	k.If(f.Required && len(ids) == 0, at, "required")
	return list, len(ids) > 0
}

func (f FormField) rows(k *fault.Check, at string, v any) (any, bool) {
	var sent []map[string]any
	switch list := v.(type) {
	case []Values:
		for _, r := range list {
			sent = append(sent, r)
		}
	case []any:
		for i, x := range list {
			r, ok := x.(map[string]any)
			if !ok {
				k.Add(fmt.Sprintf("%s[%d]", at, i), "format")
				return nil, false
			}
			sent = append(sent, r)
		}
	default:
		k.Add(at, "format")
		return nil, false
	}
	if len(sent) > f.limit() {
		k.Add(at, "too_many_fields", "limit", f.limit())
		return nil, false
	}
	var out []Values
	whole := true
	for i, r := range sent {
		row := Values{}
		where := fmt.Sprintf("%s[%d]", at, i)
		for key := range r {
			if !slices.ContainsFunc(f.Columns, func(c FormField) bool { return c.Key == key }) {
				k.Add(where+"."+trim(key), "unknown_field")
				whole = false
			}
		}
		for _, c := range f.Columns {
			v, there := r[c.Key]
			if !there || v == nil || v == "" {
				k.If(c.Required, where+"."+c.Key, "required")
				whole = whole && !c.Required
				continue
			}
			if v, ok := c.value(k, where+"."+c.Key, v); ok {
				row[c.Key] = v
			}
		}
		if len(row) > 0 {
			out = append(out, row)
		}
	}
	k.If(f.Required && len(out) == 0 && whole, at, "required")
	return out, whole && len(out) > 0
}

// total adds up what is filled in; nothing filled in is no total, never zero.
func (c *Compiled) total(f FormField, v Values) (sum float64, ok bool) {
	decimals := 0
	for _, key := range f.Of {
		name, column, _ := strings.Cut(key, ".")
		field, _ := c.Field(name)
		switch x := v[name].(type) {
		case float64:
			sum, ok = sum+x, true
			decimals = max(decimals, field.Decimals)
		case []Values:
			for _, r := range x {
				if n, there := r[column].(float64); there {
					sum, ok = sum+n, true
				}
			}
			for _, y := range field.Columns {
				if y.Key == column {
					decimals = max(decimals, y.Decimals)
				}
			}
		}
	}
	return roundTo(sum, decimals), ok
}

func (c *Compiled) across(k *fault.Check, v Values) {
	for _, x := range c.Checks {
		if !x.holds(v) {
			k.Add("checks."+x.Key, "check_failed", "zh", x.Message.ZH, "en", x.Message.EN)
		}
	}
}

func (x FormCheck) holds(v Values) bool {
	if x.Kind == NotBefore {
		left, ok1 := v[x.Left].(string)
		right, ok2 := v[x.Right[0]].(string)
		return !ok1 || !ok2 || left >= right
	}
	left, ok := v[x.Left].(float64)
	if !ok {
		return true
	}
	sum, filled := 0.0, false
	for _, r := range x.Right {
		if n, ok := v[r].(float64); ok {
			sum, filled = sum+n, true
		}
	}
	near := math.Abs(left-sum) < 1e-6
	return !filled || near || x.Kind == AtMost && left < sum
}

// Prefill is what is proposed of an earlier answer: the fields where the author allows it, as far as
// they are still what they were.
func (c *Compiled) Prefill(was Values) Values {
	out := Values{}
	for _, f := range c.Fields {
		v, there := was[f.Key]
		if !f.Prefill || !there {
			continue
		}
		var faults fault.Check
		if v, ok := f.value(&faults, f.Key, v); ok && faults.Err() == nil {
			out[f.Key] = v
		}
	}
	return out
}

// Split parts the sensitive values from the others.
func (c *Compiled) Split(v Values) (plain, sensitive Values) {
	plain, sensitive = Values{}, Values{}
	for key, x := range v {
		if f, ok := c.Field(key); ok && f.Sensitive {
			sensitive[key] = x
		} else {
			plain[key] = x
		}
	}
	return plain, sensitive
}

func roundTo(x float64, decimals int) float64 {
	p := math.Pow10(decimals)
	return math.Round(x*p) / p
}
