package app

import (
	"context"
	"maps"
	"strings"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/org"
	"wozai/internal/profile"
	"wozai/internal/rollcall"
)

// Who may call the operations of roll calls: branch A asks its people, or its groups.
func init() {
	type object = map[string]any
	officers := []string{officerA}
	counters := []string{officerA, recordA, overseer}
	both := []string{officerA, recordA}
	composed := func(path string, body any) func(*fixture) (string, any) {
		return func(f *fixture) (string, any) { return "/rollcalls/" + f.composed(false).String() + path, body }
	}
	// period gives the path behind an open period; {A} and {a} are branch A and member A.
	period := func(path string, body any) func(*fixture) (string, any) {
		return func(f *fixture) (string, any) {
			return "/rollcall-periods/" + f.asked(false).String() + f.filled(path), body
		}
	}
	of := func(path string, body any) func(*fixture) (string, any) {
		return func(f *fixture) (string, any) { return f.filled(path), body }
	}
	text := object{"zh": "签收", "en": "Acknowledge"}
	form := object{"fields": []object{{"key": "n", "kind": "number", "label": text}}}
	sending := object{"kind": "value", "values": object{"n": 1}, "form_version": 1, "version": 0}
	composition := func(f *fixture) object {
		return object{"title": text, "about": text, "audience": object{"unit_ids": []db.ID{f.a.ID}}, "minutes": 1, "form": form,
			"schedule": object{"every": "once", "opens_at": nil, "due_after": 60, "close_after": 60, "until": nil}}
	}
	maps.Copy(accessCases, map[string]accessCase{
		"rollcall-templates": {may: signedIn, prepare: at("/rollcall-templates")},
		"rollcall-list":      {may: officers, prepare: of("/units/{A}/rollcalls", nil)},
		"rollcall-create": {may: officers, prepare: func(f *fixture) (string, any) {
			return f.filled("/units/{A}/rollcalls"), composition(f)
		}},
		"rollcall-get": {may: officers, prepare: composed("", nil)},
		"rollcall-change": {may: officers, prepare: func(f *fixture) (string, any) {
			c := composition(f)
			c["version"] = 1
			return "/rollcalls/" + f.composed(false).String(), c
		}},
		"rollcall-preview":    {may: officers, prepare: composed("/preview", nil)},
		"rollcall-open":       {may: officers, prepare: composed("/open", object{"version": 1})},
		"rollcall-end":        {may: officers, prepare: composed("/end", nil)},
		"rollcall-remind":     {may: officers, prepare: period("/remind", nil)},
		"rollcall-lock":       {may: officers, prepare: period("/lock", nil)},
		"rollcall-except":     {may: officers, prepare: period("/units/{A}/exceptions", object{"reason": "停电", "until": time.Now().Add(time.Hour)})},
		"rollcall-exceptions": {may: officers, prepare: period("/exceptions", nil)},
		"rollcall-except-end": {may: officers, prepare: func(f *fixture) (string, any) {
			ctx, id := context.Background(), f.asked(false)
			if err := f.app.Rollcall.Lock(ctx, f.actor(officerA), id); err != nil {
				f.t.Fatal(err)
			}
			e, err := f.app.Rollcall.Except(ctx, f.actor(officerA), id, f.a.ID, "停电", db.Now().Add(time.Hour))
			if err != nil {
				f.t.Fatal(err)
			}
			return "/rollcall-periods/" + id.String() + "/exceptions/" + e.String(), nil
		}},
		"rollcall-helped": {may: signedIn, prepare: at("/me/helped")},
		"rollcall-mine":   {may: signedIn, prepare: at("/me/rollcalls")},
		"rollcall-sheet":  {may: []string{memberA}, prepare: period("/answers/{a}/sheet", nil)},
		"rollcall-answer": {may: []string{memberA}, prepare: period("/answers/{a}", sending)},
		"rollcall-draft":  {may: []string{memberA}, prepare: period("/answers/{a}/draft", sending)},
		"rollcall-view": {may: []string{officerA, recordA, memberA}, prepare: func(f *fixture) (string, any) {
			id := f.asked(false)
			f.sends(f.actor(memberA), id, f.person[memberA])
			return "/rollcall-periods/" + id.String() + f.filled("/answers/{a}"), nil
		}},
		"rollcall-file-add": {may: []string{memberA}, prepare: func(f *fixture) (string, any) { // what is sent is no file that is taken: wrong type for who may
			return "/rollcall-periods/" + f.askedWith(attached).String() + f.filled("/answers/{a}/files?field=f&form_version=1&name=a.png"), map[string]string{}
		}},
		"rollcall-file": {may: []string{officerA, recordA, memberA}, prepare: func(f *fixture) (string, any) {
			period, file := f.attaches()
			return "/rollcall-periods/" + period.String() + f.filled("/answers/{a}/files/") + file.String(), nil
		}},
		"rollcall-file-remove": {may: []string{memberA}, prepare: func(f *fixture) (string, any) { // an answer names it: conflict for who may
			period, file := f.attaches()
			return "/rollcall-periods/" + period.String() + f.filled("/answers/{a}/files/") + file.String(), nil
		}},
		"rollcall-files":     {may: officers, prepare: period("/units/{A}/files", nil)},
		"rollcall-files-zip": {may: officers, prepare: period("/units/{A}/files.zip", nil)},
		"rollcall-decide": {may: []string{officerA, overseer}, prepare: func(f *fixture) (string, any) {
			g := f.addUnit(f.a, "group")
			leader := access.Actor{Kind: access.Person, PersonID: f.addPerson("组长", g, "group_leader")}
			var err error
			if leader.Grants, err = org.Grants(context.Background(), f.app.DB.Read(), leader.PersonID); err != nil {
				f.t.Fatal(err)
			}
			id := f.asked(true)
			f.sends(leader, id, g.ID)
			return "/rollcall-periods/" + id.String() + "/answers/" + g.ID.String() + "/decide", object{"pass": true, "version": 1}
		}},
		"rollcall-excuse":  {may: both, prepare: period("/answers/{a}/excuse", object{"reason": "住院"})},
		"rollcall-helpers": {may: []string{officerA, recordA, memberA}, prepare: of("/people/{a}/helpers", nil)},
		"rollcall-helper-add": {may: []string{officerA, recordA, memberA}, prepare: func(f *fixture) (string, any) {
			return f.filled("/people/{a}/helpers"), object{"helper_id": f.addPerson("邻居", f.a, "member")}
		}},
		"rollcall-helper-end": {may: []string{officerA, recordA, memberA}, prepare: func(f *fixture) (string, any) {
			helper := f.addPerson("邻居", f.a, "member")
			if _, err := f.app.Rollcall.AddHelper(context.Background(), f.actor(officerA), f.person[memberA], helper); err != nil {
				f.t.Fatal(err)
			}
			return f.filled("/people/{a}/helpers/") + helper.String(), nil
		}},
		"rollcall-waiting": {may: []string{officerA, overseer}, prepare: of("/units/{A}/rollcall-returns", nil)},
		"rollcall-asked":   {may: counters, prepare: of("/units/{A}/rollcalls/asked", nil)},
		"rollcall-trend": {may: counters, prepare: func(f *fixture) (string, any) {
			r, err := f.app.Rollcall.Rollup(context.Background(), f.actor(officerA), f.asked(false), 0)
			if err != nil {
				f.t.Fatal(err)
			}
			return "/rollcalls/" + r.Rollcall.String() + "/trend", nil
		}},
		"rollcall-week":        {may: counters, prepare: of("/units/{A}/asked-week", nil)},
		"rollcall-rollup":      {may: counters, prepare: period("", nil)},
		"rollcall-rollup-unit": {may: counters, prepare: period("/units/{A}", nil)},
		"rollcall-export":      {may: officers, prepare: period("/export", nil)},
		"rollcall-ballots":     {may: officers, prepare: period("/ballots", nil)},
		"rollcall-who":         {may: both, prepare: period("/units/{A}/who", nil)},
		"rollcall-figures":     {may: counters, prepare: period("/units/{A}/figures", nil)},
	})
	topicCases["rollcall"] = struct {
		may  []string
		what func(f *fixture) db.ID
	}{counters, func(f *fixture) db.ID { return f.asked(false) }}
}

// composed is a draft of branch A.
func (f *fixture) composed(byUnits bool) db.ID {
	f.t.Helper()
	return f.composedWith(byUnits, rollcall.FormField{Key: "n", Kind: rollcall.Number, Label: acknowledge})
}

var (
	acknowledge = profile.Text{ZH: "签收", EN: "Acknowledge"}
	attached    = rollcall.FormField{Key: "f", Kind: rollcall.Attached, Label: acknowledge}
)

func (f *fixture) composedWith(byUnits bool, field rollcall.FormField) db.ID {
	f.t.Helper()
	words := acknowledge
	id, err := f.app.Rollcall.Create(context.Background(), f.actor(officerA), f.a.ID, rollcall.Composition{
		Title: words, ByUnits: byUnits, Minutes: 1, Audience: org.Selection{UnitIDs: []db.ID{f.a.ID}, Subtree: byUnits},
		Schedule: rollcall.Schedule{Every: rollcall.Once, DueAfter: 60, CloseAfter: 60},
		Form:     rollcall.Form{Fields: []rollcall.FormField{field}}})
	if err != nil {
		f.t.Fatal(err)
	}
	return id
}

// asksForWords is an open period of branch A that asks for a text.
func (f *fixture) asksForWords() db.ID {
	f.t.Helper()
	ctx := context.Background()
	id := f.composed(false)
	r, err := f.app.Rollcall.Get(ctx, f.actor(officerA), id)
	if err == nil {
		r.Composition.Form.Fields[0].Kind, r.Composition.Form.Fields[0].Limit = rollcall.Words, 5000
		err = f.app.Rollcall.Update(ctx, f.actor(officerA), id, r.Version, r.Composition)
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return f.opens(id, r.Version+1)
}

// asked is an open period of branch A.
func (f *fixture) asked(byUnits bool) db.ID {
	f.t.Helper()
	return f.opens(f.composed(byUnits), 1)
}

func (f *fixture) askedWith(field rollcall.FormField) db.ID {
	f.t.Helper()
	return f.opens(f.composedWith(false, field), 1)
}

// attaches lets member A answer with a file.
func (f *fixture) attaches() (period, file db.ID) {
	f.t.Helper()
	ctx, a := context.Background(), f.person[memberA]
	period = f.askedWith(attached)
	sent, err := f.app.Rollcall.AddFile(ctx, f.actor(memberA), period, a, "f", 1, "a.png", strings.NewReader("\x89PNG\r\n\x1a\n"))
	if err == nil {
		_, err = f.app.Rollcall.Answer(ctx, f.actor(memberA), period, a, rollcall.Sending{Kind: rollcall.Value, Values: map[string]any{"f": []any{sent.ID.String()}}, FormVersion: 1})
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return period, sent.ID
}

func (f *fixture) opens(id db.ID, version int64) db.ID {
	f.t.Helper()
	ctx := context.Background()
	f.do(func(ctx context.Context, tx *change.Tx) error { // the jobs worked here speak with nobody outside
		tx.AppendOnly()
		if err := tx.Exec(ctx, `DELETE FROM message_group`); err != nil {
			return err
		}
		return tx.Exec(ctx, `DELETE FROM push_subscription`)
	})
	period, err := f.app.Rollcall.Open(ctx, f.actor(officerA), id, version)
	if err == nil {
		err = f.app.Jobs.Drain(ctx, time.Now())
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return period
}

func (f *fixture) sends(who access.Actor, period, answerer db.ID) {
	f.t.Helper()
	if _, err := f.app.Rollcall.Answer(context.Background(), who, period, answerer, rollcall.Sending{Kind: rollcall.Value, Values: map[string]any{"n": 1.0}, FormVersion: 1}); err != nil {
		f.t.Fatal(err)
	}
}

// filled puts branch A and member A into a path.
func (f *fixture) filled(path string) string {
	return strings.NewReplacer("{A}", f.a.ID.String(), "{a}", f.person[memberA].String()).Replace(path)
}
