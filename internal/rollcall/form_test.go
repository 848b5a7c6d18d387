package rollcall_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wozai/internal/access"
	"wozai/internal/fault"
	"wozai/internal/profile"
	"wozai/internal/rollcall"
)

func both(s string) profile.Text { return profile.Text{ZH: "词" + s, EN: s} }

func num(x float64) *float64 { return &x }

// situation is a form with a bit of everything.
func situation() rollcall.Form {
	return rollcall.Form{
		Fields: []rollcall.FormField{
			{Key: "tested", Kind: rollcall.Number, Label: both("tested"), Measure: both("people"), Required: true, Min: num(0), Max: num(5000)},
			{Key: "confirmed", Kind: rollcall.Number, Label: both("confirmed"), Min: num(0)},
			{Key: "fever", Kind: rollcall.Choice, Label: both("fever"), Options: []rollcall.FormOption{{"yes", both("yes")}, {"no", both("no")}}},
			{Key: "since", Kind: rollcall.Date, Label: both("since"), From: "2020-01-01", To: "2020-12-31", Required: true, When: &rollcall.FormWhen{Field: "fever", Is: []string{"yes"}}},
			{Key: "until", Kind: rollcall.Date, Label: both("until")},
			{Key: "where", Kind: rollcall.Place, Label: both("where"), Sensitive: true},
			{Key: "symptoms", Kind: rollcall.Choice, Label: both("symptoms"), Multiple: true, Options: []rollcall.FormOption{{"cough", both("cough")}, {"ache", both("ache")}}},
			{Key: "stock", Kind: rollcall.Table, Label: both("stock"), Limit: 3, Columns: []rollcall.FormField{
				{Key: "what", Kind: rollcall.Words, Label: both("what"), Required: true, Limit: 20},
				{Key: "litres", Kind: rollcall.Number, Label: both("litres"), Decimals: 1, Min: num(0)}}},
			{Key: "alcohol", Kind: rollcall.Total, Label: both("alcohol"), Of: []string{"stock.litres"}},
			{Key: "people", Kind: rollcall.Total, Label: both("people"), Of: []string{"tested", "confirmed"}},
		},
		Checks: []rollcall.FormCheck{
			{Key: "fewer", Kind: rollcall.AtMost, Left: "confirmed", Right: []string{"tested"}, Message: both("no more confirmed than tested")},
			{Key: "order", Kind: rollcall.NotBefore, Left: "until", Right: []string{"since"}, Message: both("until is not before since")},
		},
		Readers: []access.Role{access.Officer},
	}
}

func compiled(t testing.TB, f rollcall.Form) *rollcall.Compiled {
	t.Helper()
	c, err := rollcall.Compile(f)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// faults are "field=code", in order.
func faults(err error) []string {
	var f *fault.Fault
	if !errors.As(err, &f) {
		return nil
	}
	var out []string
	for _, x := range f.Fields {
		out = append(out, x.Field+"="+x.Code)
	}
	slices.Sort(out)
	return out
}

func sent(t testing.TB, text string) (v map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAnswersAreChecked(t *testing.T) {
	c := compiled(t, situation())
	for name, x := range map[string]struct {
		sent string
		want []string
	}{
		"least":                   {`{"tested":0}`, nil},
		"whole":                   {`{"tested":3,"confirmed":3,"fever":"yes","since":"2020-02-14","until":"2020-02-14","where":" 武汉  江夏 ","symptoms":["ache","cough"],"stock":[{"what":"酒精","litres":0.5}]}`, nil},
		"empty is blank":          {`{"tested":null,"confirmed":""}`, []string{"values.tested=required"}},
		"unknown":                 {`{"tested":1,"beds":2}`, []string{"values.beds=unknown_field"}},
		"a total is worked out":   {`{"tested":1,"people":99}`, []string{"values.people=unknown_field"}},
		"text for a number":       {`{"tested":"12"}`, []string{"values.tested=number"}},
		"out of range":            {`{"tested":5001}`, []string{"values.tested=range"}},
		"half a person":           {`{"tested":1.5}`, []string{"values.tested=decimals"}},
		"no such option":          {`{"tested":1,"fever":"maybe"}`, []string{"values.fever=choice"}},
		"one where several":       {`{"tested":1,"symptoms":"ache"}`, []string{"values.symptoms=choice"}},
		"several where one":       {`{"tested":1,"fever":["yes"]}`, []string{"values.fever=choice"}},
		"asked and not said":      {`{"tested":1,"fever":"yes"}`, []string{"values.since=required"}},
		"said and not asked":      {`{"tested":1,"fever":"no","since":"2020-02-14"}`, []string{"values.since=not_asked"}},
		"no such day":             {`{"tested":1,"fever":"yes","since":"2020-02-30"}`, []string{"values.since=date"}},
		"another year":            {`{"tested":1,"fever":"yes","since":"2021-02-03"}`, []string{"values.since=date_range"}},
		"more than tested":        {`{"tested":1,"confirmed":2}`, []string{"checks.fewer=check_failed"}},
		"ends before it begins":   {`{"tested":1,"fever":"yes","since":"2020-02-14","until":"2020-02-13"}`, []string{"checks.order=check_failed"}},
		"a row without its name":  {`{"tested":1,"stock":[{"litres":1}]}`, []string{"values.stock[0].what=required"}},
		"a foreign column":        {`{"tested":1,"stock":[{"what":"x","colour":"red"}]}`, []string{"values.stock[0].colour=unknown_field"}},
		"too many rows":           {`{"tested":1,"stock":[{"what":"a"},{"what":"b"},{"what":"c"},{"what":"d"}]}`, []string{"values.stock=too_many_fields"}},
		"rows that are none":      {`{"tested":1,"stock":["x"]}`, []string{"values.stock[0]=format"}},
		"a long place":            {`{"tested":1,"where":"` + strings.Repeat("远", 101) + `"}`, []string{"values.where=too_long"}},
		"all at once":             {`{"tested":-1,"fever":"x","until":"soon","y":1}`, []string{"values.fever=choice", "values.tested=range", "values.until=date", "values.y=unknown_field"}},
		"a number that is a list": {`{"tested":[1]}`, []string{"values.tested=number"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.Check(sent(t, x.sent))
			if got := faults(err); !slices.Equal(got, x.want) {
				t.Errorf("faults %v, want %v", got, x.want)
			}
		})
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if _, err := c.Check(map[string]any{"tested": bad}); !slices.Equal(faults(err), []string{"values.tested=number"}) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

func TestAnswersAreMadePlain(t *testing.T) {
	c := compiled(t, situation())
	got, err := c.Check(sent(t, `{"tested":3,"confirmed":-0,"where":" 武汉  江夏 ","symptoms":["ache","cough","ache"],"stock":[{"what":"a","litres":0.1},{"what":"b","litres":0.2},{"what":"c"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := rollcall.Values{"tested": 3.0, "confirmed": 0.0, "where": "武汉 江夏", "symptoms": []string{"cough", "ache"},
		"stock":   []rollcall.Values{{"what": "a", "litres": 0.1}, {"what": "b", "litres": 0.2}, {"what": "c"}},
		"alcohol": 0.3, "people": 3.0}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if _, there := mustCheck(t, c, `{"tested":1}`)["alcohol"]; there {
		t.Error("nothing in stock was added up to something")
	}
	plain, sensitive := c.Split(got)
	if plain["where"] != nil || sensitive["where"] != "武汉 江夏" || len(sensitive) != 1 || len(plain) != len(got)-1 {
		t.Errorf("%v and %v", plain, sensitive)
	}
}

func mustCheck(t *testing.T, c *rollcall.Compiled, text string) rollcall.Values {
	t.Helper()
	v, err := c.Check(sent(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestFormsAreChecked(t *testing.T) {
	for name, x := range map[string]struct {
		spoil func(*rollcall.Form)
		want  []string
	}{
		"right":                    {func(*rollcall.Form) {}, nil},
		"no fields":                {func(f *rollcall.Form) { *f = rollcall.Form{} }, []string{"fields=required"}},
		"a key twice":              {func(f *rollcall.Form) { f.Fields[4].Key = "since" }, []string{"checks[1].left=no_such_field", "fields[4].key=key_twice"}},
		"a strange key":            {func(f *rollcall.Form) { f.Fields[4].Key = "No 1" }, []string{"checks[1].left=no_such_field", "fields[4].key=key_form"}},
		"one language":             {func(f *rollcall.Form) { f.Fields[0].Label.EN = "" }, []string{"fields[0].label.en=required"}},
		"a range upside down":      {func(f *rollcall.Form) { f.Fields[0].Min = num(9999) }, []string{"fields[0].max=range"}},
		"a range of nothing":       {func(f *rollcall.Form) { f.Fields[0].Max = num(math.NaN()) }, []string{"fields[0].max=range"}},
		"choice of nothing":        {func(f *rollcall.Form) { f.Fields[6].Options = nil }, []string{"fields[6].options=required"}},
		"a condition ahead":        {func(f *rollcall.Form) { f.Fields[2].When = &rollcall.FormWhen{Field: "symptoms", Is: []string{"ache"}} }, []string{"fields[2].when.field=no_such_field"}},
		"a condition never true":   {func(f *rollcall.Form) { f.Fields[3].When.Is = []string{"perhaps"} }, []string{"fields[3].when.is[0]=choice"}},
		"a total of text":          {func(f *rollcall.Form) { f.Fields[8].Of = []string{"stock.what"} }, []string{"fields[8].of[0]=no_such_field"}},
		"a total that tells":       {func(f *rollcall.Form) { f.Fields[0].Sensitive = true }, []string{"fields[9].sensitive=required"}},
		"a table in a table":       {func(f *rollcall.Form) { f.Fields[7].Columns[0].Kind = rollcall.Table }, []string{"fields[7].columns[0].columns=required", "fields[7].columns[0].kind=choice"}},
		"secrets for nobody":       {func(f *rollcall.Form) { f.Readers = nil }, []string{"readers=required"}},
		"the administrator reads":  {func(f *rollcall.Form) { f.Readers = []access.Role{access.Admin} }, []string{"readers[0]=choice"}},
		"dates added up":           {func(f *rollcall.Form) { f.Checks[0].Left = "until" }, []string{"checks[0].left=no_such_field"}},
		"options of a number":      {func(f *rollcall.Form) { f.Fields[1].Options = situation().Fields[2].Options }, []string{"fields[1].options=not_of_kind"}},
		"no kind":                  {func(f *rollcall.Form) { f.Fields[5].Kind = "colour" }, []string{"fields[5].kind=choice"}},
		"columns that have secret": {func(f *rollcall.Form) { f.Fields[7].Columns[0].Sensitive = true }, []string{"fields[7].columns[0]=not_of_kind"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := situation()
			x.spoil(&f)
			_, err := rollcall.Compile(f)
			if got := faults(err); !slices.Equal(got, x.want) {
				t.Errorf("faults %v, want %v", got, x.want)
			}
		})
	}
}

// answers draws a right answer to the situation form.
func answers(t *rapid.T) map[string]any {
	tested := rapid.IntRange(0, 5000).Draw(t, "tested")
	v := map[string]any{"tested": float64(tested)}
	if rapid.Bool().Draw(t, "confirmed?") {
		v["confirmed"] = float64(rapid.IntRange(0, tested).Draw(t, "confirmed"))
	}
	if rapid.Bool().Draw(t, "fever?") {
		v["fever"] = rapid.SampledFrom([]string{"yes", "no"}).Draw(t, "fever")
		if v["fever"] == "yes" {
			v["since"] = fmt.Sprintf("2020-%02d-%02d", rapid.IntRange(1, 12).Draw(t, "month"), rapid.IntRange(1, 28).Draw(t, "day"))
		}
	}
	if rapid.Bool().Draw(t, "where?") {
		v["where"] = rapid.StringN(0, 90, -1).Draw(t, "where")
	}
	var rows []any
	for i := range rapid.IntRange(0, 3).Draw(t, "rows") {
		rows = append(rows, map[string]any{"what": "x", "litres": float64(rapid.IntRange(0, 999).Draw(t, fmt.Sprint("litres", i))) / 10})
	}
	if rows != nil {
		v["stock"] = rows
	}
	return v
}

// A right answer is taken; what was made of it is right too and stays as it is, also through JSON.
func TestTheCleanAnswerIsAFixedPoint(t *testing.T) {
	c := compiled(t, situation())
	rapid.Check(t, func(t *rapid.T) {
		once, err := c.Check(answers(t))
		if err != nil {
			t.Fatal(err, faults(err))
		}
		text, err := json.Marshal(once)
		if err != nil {
			t.Fatal(err)
		}
		var again map[string]any
		if err := json.Unmarshal(text, &again); err != nil {
			t.Fatal(err)
		}
		for _, f := range c.Fields {
			if f.Kind == rollcall.Total {
				delete(again, f.Key)
			}
		}
		twice, err := c.Check(again)
		if err != nil || !reflect.DeepEqual(once, twice) {
			t.Fatalf("%v became %v (%v)", once, twice, err)
		}
	})
}

// One foreign key anywhere and nothing is taken.
func TestNothingUnknownIsTaken(t *testing.T) {
	c := compiled(t, situation())
	known := slices.Collect(maps.Keys(sent(t, `{"tested":1,"confirmed":1,"fever":1,"since":1,"until":1,"where":1,"symptoms":1,"stock":1}`)))
	rapid.Check(t, func(t *rapid.T) {
		v := answers(t)
		key := rapid.String().Filter(func(s string) bool { return !slices.Contains(known, s) }).Draw(t, "key")
		v[key] = rapid.SampledFrom([]any{nil, "", 1.0, "x", []any{}}).Draw(t, "value")
		if out, err := c.Check(v); err == nil || out != nil {
			t.Fatalf("%q was taken", key)
		}
	})
}

func FuzzAnswer(f *testing.F) {
	for _, s := range []string{`{"tested":1}`, `{"tested":1e400}`, `{"stock":[{"what":{}}]}`, `{"symptoms":[["x"]]}`, `{"tested":{"a":[]},"\u0000":null}`} {
		f.Add(s)
	}
	c := compiled(f, situation())
	f.Fuzz(func(t *testing.T, text string) {
		var v map[string]any
		if json.Unmarshal([]byte(text), &v) != nil {
			return
		}
		out, err := c.Check(v)
		if (err == nil) == (out == nil) || err != nil && !fault.Is(err, fault.KindInvalid) {
			t.Errorf("%v with %v", out, err)
		}
		if _, err := json.Marshal(out); err != nil {
			t.Error(err)
		}
	})
}

func FuzzForm(f *testing.F) {
	whole, err := json.Marshal(situation())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(whole), `{"tested":1}`)
	f.Add(`{"fields":[{"key":"a","kind":"table","columns":[{"key":"a","kind":"table","columns":[{}]}]}]}`, `{"a":[{"a":[]}]}`)
	f.Fuzz(func(_ *testing.T, form, answer string) {
		var x rollcall.Form
		var v map[string]any
		if json.Unmarshal([]byte(form), &x) != nil || json.Unmarshal([]byte(answer), &v) != nil {
			return
		}
		if c, err := rollcall.Compile(x); err == nil {
			_, _ = c.Check(v) // it must come back; what it says is for the tests above
		}
	})
}
