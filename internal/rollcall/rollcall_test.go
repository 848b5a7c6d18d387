package rollcall_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/org"
	"wozai/internal/rollcall"
	"wozai/internal/testkit"
)

func TestTemplatesCanBeOpened(t *testing.T) {
	if len(rollcall.Templates()) != 5 {
		t.Errorf("%d templates", len(rollcall.Templates()))
	}
	for _, x := range rollcall.Templates() {
		if _, err := rollcall.Compile(x.Form); err != nil {
			t.Errorf("%s: %v", x.Key, err)
		}
	}
}

func TestEverybodyIsAskedAndEveryAnswerCounted(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		id, err := h.roll.Create(h.ctx, h.boss, h.top.ID, h.question(nil))
		must(t, err)
		p, err := h.roll.Preview(h.ctx, h.boss, id)
		must(t, err)
		if p.People != 7 || p.Minutes != 21 {
			t.Errorf("preview %+v", p)
		}
		period, err := h.roll.Open(h.ctx, h.boss, id, 1)
		must(t, err)
		_, err = h.roll.Answer(h.ctx, h.one, period, h.one.PersonID, h.value(1))
		h.wants(err, "not_found") // nobody is asked yet
		h.later(time.Second)
		h.stands(period, h.top, "7 0 0 0 0 0 7")
		if n := h.count(`SELECT COUNT(*) FROM notice WHERE kind = 'rollcall.opened' AND subject_id = $1`, period); n != 7 {
			t.Errorf("%d were told", n)
		}
		mine, err := h.roll.Mine(h.ctx, h.one)
		must(t, err)
		if len(mine) != 1 || mine[0].Period != period || mine[0].Version != 0 || mine[0].For != "何一" {
			t.Fatalf("mine %+v", mine)
		}

		must(t, h.roll.SaveDraft(h.ctx, h.one, period, h.one.PersonID, rollcall.Sending{Kind: rollcall.Value, Values: map[string]any{"tested": "not yet"}}))
		sheet, err := h.roll.Sheet(h.ctx, h.one, period, h.one.PersonID)
		must(t, err)
		if sheet.Draft == nil || sheet.Draft.Values["tested"] != "not yet" || len(sheet.Abilities) != 1 {
			t.Errorf("sheet %+v", sheet)
		}
		first, err := h.roll.Answer(h.ctx, h.one, period, h.one.PersonID, h.value(1))
		must(t, err)
		again, err := h.roll.Answer(h.ctx, h.one, period, h.one.PersonID, h.value(1))
		must(t, err)
		if first != again || first.Version != 1 || !first.OnTime {
			t.Errorf("%+v, then %+v", first, again)
		}
		_, err = h.roll.Answer(h.ctx, h.one, period, h.one.PersonID, h.value(2)) // from another device
		h.wants(err, "changed_meanwhile")
		_, err = h.roll.Answer(h.ctx, h.two, period, h.two.PersonID, rollcall.Sending{Kind: rollcall.Nil, FormVersion: 1})
		must(t, err)
		_, err = h.roll.Answer(h.ctx, h.four, period, h.four.PersonID, rollcall.Sending{Kind: rollcall.NotApplicable, FormVersion: 1})
		h.wants(err, "invalid")
		_, err = h.roll.Answer(h.ctx, h.four, period, h.four.PersonID, rollcall.Sending{Kind: rollcall.NotApplicable, Reason: "正在国外", FormVersion: 1})
		must(t, err)
		must(t, h.roll.Excuse(h.ctx, h.secA, period, h.three.PersonID, "住院"))
		h.stands(period, h.top, "7 3 3 1 1 1 3")
		r := h.stands(period, h.mid, "7 3 3 1 1 1 3")
		if len(r.Units) != 2 || h.counts(r.Own) != "1 0 0 0 0 0 1" || h.counts(r.Units[0].Total) != "4 2 2 1 0 1 1" || h.counts(r.Units[1].Total) != "2 1 1 0 1 0 1" {
			t.Errorf("%+v", r)
		}

		h.later(90 * time.Minute) // late now
		in := h.value(5)
		in.Version = 1
		got, err := h.roll.Answer(h.ctx, h.one, period, h.one.PersonID, in)
		must(t, err)
		if got.Version != 2 || !got.OnTime {
			t.Errorf("a correction of an answer on time: %+v", got)
		}
		_, err = h.roll.Answer(h.ctx, h.three, period, h.three.PersonID, h.value(0))
		must(t, err)
		h.stands(period, h.a, "4 3 2 1 0 0 1")
		if names, err := h.who(h.secA, period, h.a, rollcall.WhoMissing); err != nil || names != "欧阳兰 " {
			t.Errorf("missing: %s (%v)", names, err)
		}
		if names, _ := h.who(h.secA, period, h.a, rollcall.WhoLate); names != "何三 " {
			t.Errorf("late: %s", names)
		}
		if n := h.count(`SELECT COUNT(*) FROM notice WHERE kind = 'rollcall.overdue' AND subject_id = $1`, period); n != 3 {
			t.Errorf("%d officers were told that answers are missing", n)
		}
		figures, err := h.roll.Figures(h.ctx, h.boss, period, h.top.ID)
		must(t, err)
		if figures[0].Key != "tested" || figures[0].Sum != 5 || figures[0].Filled != 2 || figures[0].Min != 0 {
			t.Errorf("figures %+v", figures)
		}
		view, err := h.roll.View(h.ctx, h.boss, period, h.one.PersonID)
		must(t, err)
		if len(view.Versions) != 1 || view.Values["tested"] != 5.0 || view.Values["where"] != "汉口" || view.Hidden {
			t.Errorf("view %+v", view)
		}
		if n := h.count(`SELECT COUNT(*) FROM person_look WHERE person_id = $1 AND what = 'answer'`, h.one.PersonID); n != 1 {
			t.Errorf("%d looks are recorded", n)
		}

		h.later(time.Hour)
		_, err = h.roll.Answer(h.ctx, h.secA, period, h.secA.PersonID, h.value(1))
		h.wants(err, "rollcall_locked")
		_, err = h.roll.Except(h.ctx, h.boss, period, h.a.ID, "停电", db.Time(h.clock.Load()).Add(time.Hour))
		must(t, err)
		if n := h.count(`SELECT COUNT(*) FROM notice WHERE kind = 'rollcall.excepted' AND person_id = $1`, h.secA.PersonID); n != 1 {
			t.Errorf("the unit was told of the exception %d times", n)
		}
		sheet, err = h.roll.Sheet(h.ctx, h.secA, period, h.secA.PersonID)
		must(t, err)
		if sheet.Until == 0 || len(sheet.Abilities) != 1 {
			t.Errorf("under an exception: %+v", sheet)
		}
		exceptions, err := h.roll.Exceptions(h.ctx, h.boss, period)
		must(t, err)
		if len(exceptions) != 1 || exceptions[0].Reason != "停电" || exceptions[0].ByName != "曾小平" || exceptions[0].UnitName != "甲支部" {
			t.Errorf("exceptions %+v", exceptions)
		}
		must(t, h.roll.EndException(h.ctx, h.boss, period, exceptions[0].ID))
		h.wants(h.roll.EndException(h.ctx, h.boss, period, exceptions[0].ID), "rollcall_exception_over")
		h.wants(h.roll.EndException(h.ctx, h.boss, period+1, exceptions[0].ID), "not_found")
		_, err = h.roll.Answer(h.ctx, h.secA, period, h.secA.PersonID, h.value(1))
		h.wants(err, "rollcall_locked") // taken back
		_, err = h.roll.Except(h.ctx, h.boss, period, h.a.ID, "停电", db.Time(h.clock.Load()).Add(time.Hour))
		must(t, err)
		_, err = h.roll.Answer(h.ctx, h.secA, period, h.secA.PersonID, h.value(1))
		must(t, err)
		_, err = h.roll.Answer(h.ctx, h.secB, period, h.secB.PersonID, h.value(1))
		h.wants(err, "rollcall_locked")
		h.later(2 * time.Hour)
		in.Version = 2
		_, err = h.roll.Answer(h.ctx, h.one, period, h.one.PersonID, in)
		must(t, err) // it stands already: the receipt again
		in.Values = map[string]any{"tested": 6.0}
		_, err = h.roll.Answer(h.ctx, h.one, period, h.one.PersonID, in)
		h.wants(err, "rollcall_locked")
		h.stands(period, h.a, "4 4 2 1 0 0 0")
	})
}

// Who is not asked cannot answer, and who is not entitled learns of nothing.
func TestWhoMayAnswerAndSee(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	_, period := h.opened(func(c *rollcall.Composition) { c.Audience = org.Selection{UnitIDs: []db.ID{h.a.ID}} })
	for name, c := range map[string]struct {
		who      access.Actor
		answerer db.ID
		want     string
	}{
		"oneself":              {h.one, h.one.PersonID, ""},
		"another":              {h.two, h.three.PersonID, "not_found"},
		"the secretary":        {h.secA, h.two.PersonID, "not_found"},
		"not asked":            {h.four, h.four.PersonID, "not_found"},
		"by link":              {access.Actor{Kind: access.Link, PersonID: h.two.PersonID}, h.two.PersonID, "not_found"},
		"nobody":               {access.Actor{}, h.two.PersonID, "not_found"},
		"nobody for no person": {access.Actor{}, 0, "not_found"},
	} {
		_, err := h.roll.Answer(h.ctx, c.who, period, c.answerer, h.value(1))
		if h.wants(err, c.want); h.Failed() {
			t.Fatal(name)
		}
	}
	for name, c := range map[string]struct {
		who               access.Actor
		counts, who2, see string
	}{
		"asker":       {h.boss, "", "", ""},
		"secretary":   {h.secA, "", "", ""},
		"level above": {h.head, "", "not_found", "not_found"},
		"member":      {h.two, "not_found", "not_found", "not_found"},
		"other":       {h.secB, "not_found", "not_found", "not_found"},
		"themselves":  {h.one, "not_found", "not_found", ""},
	} {
		_, err := h.roll.Rollup(h.ctx, c.who, period, h.a.ID)
		h.wants(err, c.counts)
		_, err = h.roll.Figures(h.ctx, c.who, period, h.a.ID)
		h.wants(err, c.counts)
		_, err = h.who(c.who, period, h.a, rollcall.WhoMissing)
		h.wants(err, c.who2)
		_, err = h.roll.View(h.ctx, c.who, period, h.one.PersonID)
		h.wants(err, c.see)
		if h.Failed() {
			t.Fatal(name)
		}
	}

	// A named helper, recorded.
	neighbour := h.actor("何邻", h.a, "member") // came after the opening: asked for nobody but whom they help
	_, err := h.roll.AddHelper(h.ctx, h.secB, h.three.PersonID, h.four.PersonID)
	h.wants(err, "not_found")
	_, err = h.roll.AddHelper(h.ctx, h.secA, h.three.PersonID, h.three.PersonID)
	h.wants(err, "invalid")
	_, err = h.roll.AddHelper(h.ctx, h.secA, h.three.PersonID, h.four.PersonID) // of another branch
	h.wants(err, "invalid")
	_, err = h.roll.AddHelper(h.ctx, h.secA, h.three.PersonID, neighbour.PersonID)
	must(t, err)
	if n := h.count(`SELECT COUNT(*) FROM notice WHERE kind = 'rollcall.helping' AND person_id = $1`, neighbour.PersonID); n != 1 {
		t.Errorf("the helper was told %d times", n)
	}
	helped, err := h.roll.Helped(h.ctx, neighbour)
	must(t, err)
	if len(helped) != 1 || helped[0].Name != "何三" {
		t.Errorf("helps %+v", helped)
	}
	mine, err := h.roll.Mine(h.ctx, neighbour)
	must(t, err)
	if len(mine) != 1 || mine[0].Answerer != h.three.PersonID {
		t.Errorf("the helper is asked %+v", mine)
	}
	_, err = h.roll.Answer(h.ctx, neighbour, period, h.three.PersonID, h.value(1))
	must(t, err)
	view, err := h.roll.View(h.ctx, h.three, period, h.three.PersonID)
	must(t, err)
	if view.By != neighbour.PersonID || view.ByName != "何邻" {
		t.Errorf("sent by %+v", view)
	}
	came, err := h.roll.Who(h.ctx, h.secA, period, h.a.ID, rollcall.WhoReceived, 0, 10)
	must(t, err)
	if len(came) != 2 || came[1].Name != "何三" || came[1].ByName != "何邻" {
		t.Errorf("received %+v", came)
	}
	h.wants(h.roll.EndHelper(h.ctx, h.four, h.three.PersonID, neighbour.PersonID), "not_found")
	must(t, h.roll.EndHelper(h.ctx, neighbour, h.three.PersonID, neighbour.PersonID))
	_, err = h.roll.Answer(h.ctx, neighbour, period, h.three.PersonID, h.value(2))
	h.wants(err, "not_found")
}

func TestSecretsAreSealedAndGoWhenTheirDaysAreOver(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		_, period := h.opened(func(c *rollcall.Composition) {
			c.KeepDays, c.Form.Readers = 7, []access.Role{access.Recorder}
		})
		_, err := h.roll.Answer(h.ctx, h.one, period, h.one.PersonID, h.value(1))
		must(t, err)
		in := h.value(2)
		in.Version = 1
		_, err = h.roll.Answer(h.ctx, h.one, period, h.one.PersonID, in)
		must(t, err)
		must(t, h.roll.SaveDraft(h.ctx, h.two, period, h.two.PersonID, h.value(1)))
		for _, table := range []string{"rollcall_answer", "rollcall_answer_version", "rollcall_draft", "audit", "event"} {
			var rows []map[string]any
			must(t, selectAll(h, table, &rows))
			text, err := json.Marshal(rows)
			must(t, err)
			if strings.Contains(string(text), "汉口") {
				t.Errorf("%s holds it in the clear", table)
			}
		}
		view, err := h.roll.View(h.ctx, h.boss, period, h.one.PersonID) // an officer, no recorder
		must(t, err)
		if view.Values["where"] != nil || !view.Hidden || view.Values["tested"] != 2.0 {
			t.Errorf("%+v", view)
		}
		own, err := h.roll.View(h.ctx, h.one, period, h.one.PersonID)
		must(t, err)
		if own.Values["where"] != "汉口" {
			t.Errorf("their own: %+v", own)
		}
		h.later(2 * time.Hour)
		h.later(8 * 24 * time.Hour)
		secrets := func() int64 {
			return h.count(`SELECT (SELECT COUNT(*) FROM rollcall_answer WHERE sealed IS NOT NULL) + (SELECT COUNT(*) FROM rollcall_answer_version WHERE sealed IS NOT NULL) + (SELECT COUNT(*) FROM rollcall_draft)`)
		}
		if n := secrets(); n != 0 {
			t.Errorf("%d secrets are left", n)
		}
		if n := h.count(`SELECT COUNT(*) FROM audit WHERE action = 'rollcall.purge'`); n != 2 {
			t.Errorf("%d records of the deletion", n)
		}
		h.stands(period, h.a, "4 1 1 0 0 0 3")

		// An exception made since lets more in: that goes when it is over, and so it does when it is taken back.
		for _, early := range []bool{false, true} {
			e, err := h.roll.Except(h.ctx, h.boss, period, h.a.ID, "停电", db.Time(h.clock.Load()).Add(48*time.Hour))
			must(t, err)
			h.later(time.Hour)
			must(t, h.roll.SaveDraft(h.ctx, h.three, period, h.three.PersonID, h.value(1)))
			in := h.value(3)
			for _, a := range []access.Actor{h.two, h.secA} {
				var version int64
				_, err := db.Find(h.ctx, s.DB.Read(), &version, `SELECT version FROM rollcall_answer WHERE period_id = $1 AND answerer_id = $2`, period, a.PersonID)
				must(t, err)
				in.Version = version
				in.Values["tested"] = float64(3 + version)
				_, err = h.roll.Answer(h.ctx, a, period, a.PersonID, in)
				must(t, err)
			}
			if n := secrets(); n != 3 {
				t.Errorf("%d secrets came under the exception, want 3", n)
			}
			if early {
				must(t, h.roll.EndException(h.ctx, h.boss, period, e))
				h.later(time.Hour)
			} else {
				h.later(48 * time.Hour)
			}
			if n := secrets(); n != 0 {
				t.Errorf("%d secrets are left after the exception (taken back: %v)", n, early)
			}
		}
		if n := h.count(`SELECT COUNT(*) FROM audit WHERE action = 'rollcall.purge' AND REPLACE(CAST(after AS TEXT), ' ', '') LIKE '%"deleted":3%'`); n != 3 {
			t.Errorf("%d records of what came under the exceptions", n)
		}
		h.stands(period, h.a, "4 3 1 0 0 0 1")
	})
}

func selectAll(h *house, table string, rows *[]map[string]any) error {
	r, err := h.DB.Read().QueryContext(h.ctx, `SELECT * FROM `+table)
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // reading only
	columns, err := r.Columns()
	if err != nil {
		return err
	}
	for r.Next() {
		cells := make([]any, len(columns))
		for i := range cells {
			cells[i] = new(any)
		}
		if err := r.Scan(cells...); err != nil {
			return err
		}
		row := map[string]any{}
		for i, c := range columns {
			v := *(cells[i].(*any))
			if b, ok := v.([]byte); ok {
				v = string(b)
			}
			row[c] = v
		}
		*rows = append(*rows, row)
	}
	return r.Err()
}

func TestNobodyIsMissingFromWhatIsVoluntary(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		id, period := h.opened(func(c *rollcall.Composition) { c.Voluntary = true })
		_, err := h.roll.Preview(h.ctx, h.boss, id) // how many were asked, beside how many came
		h.wants(err, "rollcall_voluntary")
		mine, err := h.roll.Mine(h.ctx, h.one)
		must(t, err)
		if len(mine) != 1 || !mine[0].Voluntary {
			t.Errorf("mine %+v", mine)
		}
		_, err = h.roll.Answer(h.ctx, h.one, period, h.one.PersonID, h.value(1))
		must(t, err)
		_, err = h.roll.Answer(h.ctx, h.boss, period, h.boss.PersonID, h.value(1))
		h.wants(err, "not_found") // the committee itself is not asked
		h.stands(period, h.top, "- 1 1 0 0 - -")
		_, err = h.who(h.boss, period, h.a, rollcall.WhoMissing)
		h.wants(err, "rollcall_voluntary")
		_, err = h.who(h.secA, period, h.a, rollcall.WhoReceived)
		h.wants(err, "not_found")
		_, err = h.roll.View(h.ctx, h.secA, period, h.one.PersonID)
		h.wants(err, "not_found")
		h.wants(h.roll.Remind(h.ctx, h.boss, period), "rollcall_voluntary")
		h.wants(h.roll.Excuse(h.ctx, h.secA, period, h.two.PersonID, "x"), "rollcall_voluntary")
		if n := h.count(`SELECT COUNT(*) FROM rollcall_audience`); n != 0 {
			t.Errorf("%d are written down", n)
		}
		// Nor anywhere else: no whole to be missing from, no list, no minutes owed, no late word.
		for _, list := range []string{rollcall.WhoMissing, rollcall.WhoExcused, rollcall.WhoReturned, rollcall.WhoNilRun, rollcall.WhoJoined, rollcall.WhoLeft} {
			_, err = h.who(h.boss, period, h.a, list)
			h.wants(err, "rollcall_voluntary")
		}
		trend, err := h.roll.Trend(h.ctx, h.boss, id, 0, 30, true)
		must(t, err)
		if got := h.counts(trend.Points[0].Counts); got != "- 1 1 0 0 - -" {
			t.Errorf("trend: %s", got)
		}
		h.boss.Lang = "en"
		file, err := h.roll.Export(h.ctx, h.boss, period, "csv")
		must(t, err)
		var b bytes.Buffer
		must(t, file.Write(&b))
		if text := b.String(); strings.Contains(text, "Expected") || strings.Contains(text, "Missing") || strings.Contains(text, "何二") || !strings.Contains(text, "何一") {
			t.Error(text)
		}
		week, err := h.roll.Week(h.ctx, h.secA, h.a.ID)
		must(t, err)
		asked, err := h.roll.AskedOf(h.ctx, h.secA, h.a.ID)
		must(t, err)
		if week.Minutes != 0 || len(week.Items) != 0 || len(asked) != 0 {
			t.Errorf("%+v, %+v", week, asked)
		}
		h.later(3 * time.Hour)
		if n := h.count(`SELECT COUNT(*) FROM notice WHERE kind NOT IN ('rollcall.invited')`); n != 0 {
			t.Errorf("%d were reminded", n)
		}
	})
}

func TestAReturnGoesUpLevelByLevel(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		_, period := h.opened(byUnits)
		h.stands(period, h.top, "2 0 0 0 0 0 2")
		_, err := h.roll.Answer(h.ctx, h.one, period, h.a.ID, h.value(3))
		h.wants(err, "not_found")
		_, err = h.roll.Answer(h.ctx, h.secA, period, h.a.ID, h.value(3))
		must(t, err)
		_, err = h.roll.Answer(h.ctx, h.secB, period, h.b.ID, rollcall.Sending{Kind: rollcall.Nil, FormVersion: 1})
		must(t, err)
		h.stands(period, h.top, "2 2 2 1 0 0 0")
		waiting, err := h.roll.Waiting(h.ctx, h.head, h.mid.ID)
		must(t, err)
		if len(waiting) != 2 || waiting[0].Name != "甲支部" {
			t.Errorf("waiting %+v", waiting)
		}
		h.wants(h.roll.Decide(h.ctx, h.boss, period, h.a.ID, true, "", 2), "changed_meanwhile") // overseers below may, of what they read
		h.wants(h.roll.Decide(h.ctx, h.secB, period, h.a.ID, true, "", 1), "not_found")
		h.wants(h.roll.Decide(h.ctx, h.secA, period, h.a.ID, true, "", 1), "forbidden")
		h.wants(h.roll.Decide(h.ctx, h.head, period, h.a.ID, false, " ", 1), "invalid")
		must(t, h.roll.Decide(h.ctx, h.head, period, h.a.ID, false, "少了两人", 1))
		h.stands(period, h.top, "2 1 1 1 0 0 1")
		sheet, err := h.roll.Sheet(h.ctx, h.secA, period, h.a.ID)
		must(t, err)
		if sheet.Returned != "少了两人" {
			t.Errorf("sheet %+v", sheet)
		}
		h.later(90 * time.Minute)
		in := h.value(5)
		in.Version = 1
		_, err = h.roll.Answer(h.ctx, h.secA, period, h.a.ID, in)
		must(t, err)
		h.stands(period, h.top, "2 2 2 1 0 0 0") // its first version was on time
		must(t, h.roll.Decide(h.ctx, h.head, period, h.a.ID, true, "", 2))
		in.Version, in.Values = 2, map[string]any{"tested": 6.0}
		_, err = h.roll.Answer(h.ctx, h.secA, period, h.a.ID, in)
		h.wants(err, "rollcall_checked")
		view, err := h.roll.View(h.ctx, h.boss, period, h.a.ID)
		must(t, err)
		if view.WaitsAt != h.top.ID || strings.Join(view.Abilities, " ") != "accept return" || len(view.Decisions) != 2 || view.Values["tested"] != 5.0 {
			t.Errorf("view %+v", view)
		}
		must(t, h.roll.Decide(h.ctx, h.boss, period, h.a.ID, true, "收到", 2))
		h.wants(h.roll.Decide(h.ctx, h.boss, period, h.a.ID, true, "", 2), "rollcall_not_waiting")
		_, err = h.roll.Answer(h.ctx, h.secA, period, h.a.ID, in)
		h.wants(err, "rollcall_checked")
		must(t, h.roll.Lock(h.ctx, h.boss, period))
		h.wants(h.roll.Decide(h.ctx, h.head, period, h.b.ID, false, "再看看", 1), "rollcall_locked")
		must(t, h.roll.Decide(h.ctx, h.head, period, h.b.ID, true, "", 1))
	})
}

// Each period asks who belongs then; what was asked before stays.
func TestTheAudienceIsFrozenEachPeriod(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		id, first := h.opened(func(c *rollcall.Composition) {
			c.Audience.UnitIDs = []db.ID{h.a.ID, h.b.ID}
			c.Schedule.Every = rollcall.Day
		})
		h.stands(first, h.top, "6 0 0 0 0 0 6")
		five := h.actor("何五", h.b, "member") // comes
		var m org.Membership
		must(t, db.Get(h.ctx, s.DB.Read(), &m, `SELECT id, version FROM membership WHERE person_id = $1`, h.three.PersonID))
		h.do(func(ctx context.Context, tx *change.Tx) error { // moves from A to B, and one goes
			tx.AppendOnly()
			if err := tx.Exec(ctx, `UPDATE membership SET valid_to = $1 WHERE person_id IN ($2, $3)`, tx.Now(), h.three.PersonID, h.two.PersonID); err != nil {
				return err
			}
			_, err := h.org.AddMembership(ctx, tx, org.NewMembership{PersonID: h.three.PersonID, UnitID: h.b.ID, Position: "member", Standing: "full"})
			return err
		})
		h.stands(first, h.a, "4 0 0 0 0 0 4")
		if names, err := h.who(h.boss, first, h.a, rollcall.WhoLeft); err != nil || names != "何二 何三 " {
			t.Errorf("left: %s (%v)", names, err)
		}
		if names, err := h.who(h.boss, first, h.b, rollcall.WhoJoined); err != nil || names != "何三 何五 " {
			t.Errorf("joined: %s (%v)", names, err)
		}
		_, err := h.roll.Answer(h.ctx, five, first, five.PersonID, h.value(1))
		h.wants(err, "not_found")
		_, err = h.roll.Answer(h.ctx, h.three, first, h.three.PersonID, h.value(1))
		must(t, err) // asked at A, counted there
		h.stands(first, h.a, "4 1 1 0 0 0 3")

		h.later(25 * time.Hour)
		r, err := h.roll.Get(h.ctx, h.boss, id)
		must(t, err)
		second := r.Periods[1]
		if len(r.Periods) != 3 || second.Number != 2 || second.State != rollcall.Open || r.Periods[2].State != rollcall.Locked || r.Periods[0].State != rollcall.Opening {
			t.Fatalf("periods %+v", r.Periods)
		}
		h.stands(second.ID, h.a, "2 0 0 0 0 0 2")
		h.stands(second.ID, h.b, "4 0 0 0 0 0 4")
		h.stands(first, h.a, "4 1 1 0 0 0 3")
		if n := h.count(`SELECT COUNT(*) FROM rollcall_audience`); n != 8 { // six, and two that came anew
			t.Errorf("%d rows of audience", n)
		}
		must(t, h.roll.End(h.ctx, h.boss, id))
		h.later(25 * time.Hour)
		if n := h.count(`SELECT COUNT(*) FROM rollcall_period WHERE state = 'open'`); n != 0 {
			t.Errorf("%d are open after the end", n)
		}
	})
}

func TestAFormThatChangesWhilePeopleAnswer(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	id, period := h.opened(nil)
	r, err := h.roll.Get(h.ctx, h.boss, id)
	must(t, err)
	c := r.Composition
	c.Form.Fields = c.Form.Fields[:1]
	c.Form.Checks = nil
	must(t, h.roll.Update(h.ctx, h.boss, id, r.Version, c))
	_, err = h.roll.Answer(h.ctx, h.one, period, h.one.PersonID, h.value(1)) // kept off line, of the old form
	must(t, err)
	in := h.value(1)
	in.FormVersion = 2
	_, err = h.roll.Answer(h.ctx, h.two, period, h.two.PersonID, in)
	h.wants(err, "invalid")
	in.FormVersion = 3
	_, err = h.roll.Answer(h.ctx, h.two, period, h.two.PersonID, in)
	h.wants(err, "invalid")
	in.FormVersion, in.Values = 2, map[string]any{"tested": 1.0}
	_, err = h.roll.Answer(h.ctx, h.two, period, h.two.PersonID, in)
	must(t, err)

	// What was answered keeps the form that it was answered by, and so does what a correction replaces.
	kept := func(version, replaced int64, fields int) {
		t.Helper()
		v, err := h.roll.View(h.ctx, h.boss, period, h.one.PersonID)
		must(t, err)
		var before int64
		_, err = db.Find(h.ctx, h.DB.Read(), &before, `SELECT form_version FROM rollcall_answer_version WHERE period_id = $1 AND answerer_id = $2`, period, h.one.PersonID)
		must(t, err)
		if v.FormVersion != version || len(v.Form.Fields) != fields || before != replaced {
			t.Errorf("form %d with %d fields, before it %d; want %d with %d, before it %d", v.FormVersion, len(v.Form.Fields), before, version, fields, replaced)
		}
	}
	kept(1, 0, len(situation().Fields))
	in.Version, in.Values = 1, map[string]any{"tested": 2.0}
	_, err = h.roll.Answer(h.ctx, h.one, period, h.one.PersonID, in)
	must(t, err)
	kept(2, 1, 1)
	c.Voluntary = true
	h.wants(h.roll.Update(h.ctx, h.boss, id, r.Version+1, c), "rollcall_running")
}

func TestRemindersGoToWhoHasNotAnswered(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		_, period := h.opened(func(c *rollcall.Composition) { c.Schedule.RemindBefore = 30 })
		_, err := h.roll.Answer(h.ctx, h.one, period, h.one.PersonID, h.value(1))
		must(t, err)
		must(t, h.roll.Excuse(h.ctx, h.secA, period, h.two.PersonID, "住院"))
		reminded := func(want int64) {
			t.Helper()
			if n := h.count(`SELECT COUNT(*) FROM notice WHERE kind = 'rollcall.reminder' AND person_id NOT IN ($1, $2)`, h.one.PersonID, h.two.PersonID); n != want {
				t.Errorf("%d were reminded, want %d", n, want)
			}
			if n := h.count(`SELECT COUNT(*) FROM notice WHERE kind = 'rollcall.reminder' AND person_id IN ($1, $2)`, h.one.PersonID, h.two.PersonID); n != 0 {
				t.Errorf("%d were reminded in vain", n)
			}
		}
		must(t, h.roll.Remind(h.ctx, h.boss, period))
		h.wants(h.roll.Remind(h.ctx, h.boss, period), "rollcall_reminded")
		h.wants(h.roll.Remind(h.ctx, h.secA, period), "not_found")
		h.later(time.Second)
		reminded(5)
		h.later(31 * time.Minute)
		reminded(10)
	})
}

func TestWhatIsComposedIsChecked(t *testing.T) {
	h := newHouse(t, testkit.SQLiteStore(t))
	_, err := h.roll.Create(h.ctx, h.secA, h.a.ID, h.question(func(c *rollcall.Composition) {
		c.Audience = org.Selection{UnitIDs: []db.ID{h.b.ID}, PersonIDs: []db.ID{h.four.PersonID}}
	}))
	if got := strings.Join(faults(err), " "); got != "audience.person_ids=rollcall_outside audience.unit_ids=rollcall_outside" {
		t.Error(got)
	}
	_, err = h.roll.Create(h.ctx, h.boss, h.top.ID, h.question(func(c *rollcall.Composition) {
		c.ByUnits, c.Voluntary, c.Title.EN, c.Minutes = true, true, "", 0
		c.Schedule = rollcall.Schedule{Every: "never", DueAfter: 10, CloseAfter: 5, RemindBefore: 10}
		c.Form.Fields[0].Kind = "colour"
	}))
	for _, want := range []string{"title.en=required", "minutes=range", "voluntary=not_of_kind", "schedule.every=choice", "schedule.close_after=range", "schedule.remind_before=range", "form.fields[0].kind=choice"} {
		if !strings.Contains(strings.Join(faults(err), " "), want) {
			t.Errorf("%s is not among %v", want, faults(err))
		}
	}
	_, err = h.roll.Create(h.ctx, h.one, h.a.ID, h.question(nil))
	h.wants(err, "not_found")
	id, err := h.roll.Create(h.ctx, h.boss, h.top.ID, h.question(func(c *rollcall.Composition) { c.Audience.Positions = []string{"liaison"} }))
	must(t, err)
	_, err = h.roll.Open(h.ctx, h.boss, id, 1)
	h.wants(err, "rollcall_nobody")
}
