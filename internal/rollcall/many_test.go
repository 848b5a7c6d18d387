package rollcall_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/org"
	"wozai/internal/rollcall"
	"wozai/internal/testkit"
)

// Among many who is missing, or has answered, is found in the order of answerers, in a small unit by unit: either way it is everybody,
// once, page by page.
func TestWhoAmongMany(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		const many = 2800
		units := []org.Unit{h.a, h.b}
		var people, inB []db.ID
		for len(people) < many {
			var part, partB []db.ID
			h.do(func(ctx context.Context, tx *change.Tx) error {
				tx.AppendOnly()
				part, partB = nil, nil
				for i := range 700 {
					id, u := tx.NewID(), units[i%7%2]
					if err := tx.Exec(ctx, `INSERT INTO person (id, code, name, pinyin, initials, category, joined_on, version) VALUES ($1, '', $2, '', '', 'serving', '', 1)`, id, fmt.Sprint("何", i)); err != nil {
						return err
					}
					if err := tx.Exec(ctx, `INSERT INTO membership (id, person_id, unit_id, position, standing, sort, valid_from, version) VALUES ($1, $2, $3, 'member', 'full', 0, $4, 1)`, id, id, u.ID, tx.Now()); err != nil {
						return err
					}
					if part = append(part, id); u.ID == h.b.ID {
						partB = append(partB, id)
					}
				}
				return nil
			})
			people, inB = append(people, part...), append(inB, partB...)
		}
		_, period := h.opened(nil)
		h.later(time.Minute)
		who := func(u org.Unit, list string) (ids []db.ID) {
			for after := db.ID(0); ; {
				page, err := h.roll.Who(h.ctx, h.boss, period, u.ID, list, after, 100)
				must(t, err)
				for _, x := range page {
					ids, after = append(ids, x.Answerer), x.Answerer
				}
				if len(page) < 100 {
					return ids
				}
			}
		}
		for i := 3; i < 300; i += 37 {
			_, err := h.roll.Answer(h.ctx, access.Actor{Kind: access.Person, PersonID: people[i]}, period, people[i], h.value(1))
			must(t, err)
		}
		h.do(func(ctx context.Context, tx *change.Tx) error { // of most others the table alone knows
			tx.AppendOnly()
			if err := tx.Exec(ctx, `INSERT INTO rollcall_answer (period_id, answerer_id, unit_id, version, form_version, kind, content, by_id, at, first_at, device_at, state, waits_at)
				SELECT $1, a.answerer_id, a.unit_id, 1, 1, 'nil', '', a.answerer_id, 1, 1, 0, 'in', 0 FROM rollcall_audience a
				WHERE a.answerer_id % 13 <> 0 AND NOT EXISTS (SELECT 1 FROM rollcall_answer x WHERE x.period_id = $1 AND x.answerer_id = a.answerer_id)`, period); err != nil {
				return err
			}
			return tx.Exec(ctx, `UPDATE rollcall_count SET received = (SELECT COUNT(*) FROM rollcall_answer x WHERE x.period_id = rollcall_count.period_id AND x.unit_id = rollcall_count.unit_id) WHERE period_id = $1`, period)
		})
		if n := h.count(`SELECT SUM(received) FROM rollcall_count WHERE period_id = $1`, period); n < 2000 || n > many-100 {
			t.Fatalf("%d have answered", n)
		}
		answered := func(id db.ID) bool {
			return h.count(`SELECT COUNT(*) FROM rollcall_answer WHERE period_id = $1 AND answerer_id = $2`, period, id) > 0
		}
		for u, of := range map[*org.Unit][]db.ID{&h.top: people, &h.b: inB} {
			all := slices.Clone(of)
			for _, x := range []access.Actor{h.secA, h.one, h.two, h.three, h.secB, h.four, h.head} {
				if h.count(`SELECT COUNT(*) FROM rollcall_audience WHERE answerer_id = $1 AND unit_id IN (SELECT unit_id FROM rollcall_count WHERE period_id = $2 AND path LIKE $3)`, x.PersonID, period, u.Path+"%") > 0 {
					all = append(all, x.PersonID)
				}
			}
			slices.Sort(all)
			want := slices.DeleteFunc(slices.Clone(all), answered)
			if got := who(*u, rollcall.WhoMissing); !slices.Equal(got, want) {
				t.Errorf("%s: %d are missing, want %d", u.Name, len(got), len(want))
			}
			want = slices.DeleteFunc(all, func(id db.ID) bool { return !answered(id) })
			if got := who(*u, rollcall.WhoReceived); !slices.Equal(got, want) {
				t.Errorf("%s: %d have answered, want %d", u.Name, len(got), len(want))
			}
		}
	})
}
