package app

import (
	"context"
	"maps"
	"strings"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/org"
)

// Who may call the operations of the organisation. "A" is branch A, "a" somebody in it.
func init() {
	keepers := []string{admin, officerA}
	unit := func(suffix string, body ...any) func(*fixture) (string, any) {
		return func(f *fixture) (string, any) { return at("/units/"+f.a.ID.String()+suffix, body...)(f) }
	}
	person := func(suffix string, body ...any) func(*fixture) (string, any) {
		return func(f *fixture) (string, any) { return at("/people/"+f.person[memberA].String()+suffix, body...)(f) }
	}
	fresh := func(suffix string, body any) func(*fixture) (string, any) { // somebody new in A
		return func(f *fixture) (string, any) {
			return "/people/" + f.addPerson("新人", f.a, "member").String() + suffix, body
		}
	}
	version := map[string]any{"version": 1}
	maps.Copy(accessCases, map[string]accessCase{
		"org-trees":        {may: signedIn, prepare: at("/trees")},
		"org-units":        {may: signedIn, prepare: at("/units?tree=party")},
		"org-unit":         {may: signedIn, prepare: unit("")},
		"org-unit-history": {may: signedIn, prepare: unit("/history")},
		"org-unit-audit":   {may: keepers, prepare: unit("/audit")},
		"org-search":       {may: signedIn, prepare: at("/org/search?q=a")},
		"org-unit-add": {may: keepers, prepare: func(f *fixture) (string, any) {
			return "/units", map[string]any{"parent_id": f.a.ID, "kind": "group", "name": "第一党小组"}
		}},
		"org-unit-change": {may: keepers, prepare: func(f *fixture) (string, any) {
			return "/units/" + f.a.ID.String(), map[string]any{"version": f.unit(f.a.ID).Version, "sort": 7}
		}},
		"org-unit-move": {may: []string{admin}, prepare: func(f *fixture) (string, any) {
			g := f.addUnit(f.a, "group")
			return "/units/" + g.ID.String() + "/move", map[string]any{"parent_id": f.b.ID, "version": 1}
		}},
		"org-unit-end": {may: keepers, prepare: func(f *fixture) (string, any) {
			g := f.addUnit(f.a, "group")
			return "/units/" + g.ID.String() + "/end", version
		}},
		"org-unit-sign-ins": {may: keepers, prepare: func(f *fixture) (string, any) {
			return "/units/" + f.a.ID.String() + "/sign-ins", map[string]any{"people": []db.ID{f.addPerson("新人", f.b, "member")}}
		}},
		"person-list":          {may: []string{admin, officerA, memberA, recordA}, prepare: unit("/people")},
		"person-add":           {may: keepers, prepare: unit("/people", map[string]any{"name": "新人", "category": "serving", "position": "member", "standing": "full"})},
		"person":               {may: signedIn, prepare: person("")},
		"person-change":        {may: keepers, prepare: fresh("", map[string]any{"version": 1, "category": "retired"})},
		"person-end":           {may: keepers, prepare: fresh("/end", version)},
		"person-audit":         {may: []string{admin, officerA, memberA}, prepare: person("/audit")},
		"person-whereabouts":   {may: []string{officerA, memberA}, prepare: person("/whereabouts")},
		"org-unit-whereabouts": {may: []string{officerA}, prepare: unit("/whereabouts")},
		"person-place": {may: keepers, prepare: func(f *fixture) (string, any) { // of A, into a group of A
			g := f.addUnit(f.a, "group")
			return "/units/" + g.ID.String() + "/memberships", map[string]any{"person_id": f.addPerson("新人", f.a, "member"), "position": "member", "standing": "full"}
		}},
		"person-membership-change": {may: keepers, prepare: func(f *fixture) (string, any) {
			return "/memberships/" + f.membership(f.addPerson("新人", f.a, "member")).String(), map[string]any{"version": 1, "standing": "probationary"}
		}},
		"person-membership-end": {may: keepers, prepare: func(f *fixture) (string, any) {
			return "/memberships/" + f.membership(f.addPerson("新人", f.a, "member")).String() + "/end", version
		}},
		"person-my-whereabouts":  {may: signedIn, prepare: at("/me/whereabouts")},
		"person-set-whereabouts": {may: signedIn, prepare: at("/me/whereabouts", map[string]any{"place": "home"})},
		"person-my-looks":        {may: signedIn, prepare: at("/me/looks")},
		"person-my-data":         {may: signedIn, prepare: at("/me/held")},
	})
}

func (f *fixture) addUnit(parent org.Unit, kind string) (u org.Unit) {
	f.t.Helper()
	f.do(func(ctx context.Context, tx *change.Tx) (err error) {
		u, err = f.app.Org.AddUnit(ctx, tx, org.NewUnit{ParentID: parent.ID, Kind: kind, Name: "小组"})
		return err
	})
	return u
}

func (f *fixture) unit(id db.ID) org.Unit {
	f.t.Helper()
	u, err := org.GetUnit(context.Background(), f.app.DB.Read(), id)
	if err != nil {
		f.t.Fatal(err)
	}
	return u
}

func (f *fixture) membership(person db.ID) (id db.ID) {
	f.t.Helper()
	f.get(&id, `SELECT id FROM membership WHERE person_id = $1 AND valid_to = 0`, person)
	return id
}

func init() {
	only := []string{admin}
	brought := func(method string) func(*fixture) (string, any) {
		return func(f *fixture) (string, any) { return "/org/imports/" + f.bring().String() + method, nil }
	}
	maps.Copy(accessCases, map[string]accessCase{
		"import-template": {may: only, prepare: at("/org/imports/template")},
		"import-add":      {may: only, prepare: at("/org/imports?name=a.csv", "a,b")},
		"import-list":     {may: only, prepare: at("/org/imports")},
		"import":          {may: only, prepare: brought("")},
		"import-faults":   {may: only, prepare: brought("/faults")},
		"import-apply": {may: only, prepare: func(f *fixture) (string, any) {
			return "/org/imports/" + f.bring().String() + "/apply", map[string]any{"version": 1}
		}},
		"import-discard": {may: only, prepare: brought("")},
	})
}

// bring gives an import that waits to be checked.
func (f *fixture) bring() db.ID {
	f.t.Helper()
	a := access.Actor{Kind: access.Person, PersonID: f.person[admin], Grants: []access.Grant{{Role: access.Admin, Path: "/", Subtree: true}}}
	i, err := f.app.Org.Bring(context.Background(), a, "a.csv", strings.NewReader("code,name,kind\n"))
	if err != nil {
		f.t.Fatal(err)
	}
	return i.ID
}
