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

// Among many who is missing is found in the order of answerers, in a small unit by unit: either way it is everybody, once, page by page.
func TestWhoIsMissingAmongMany(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, s *testkit.Store) {
		h := newHouse(t, s)
		const many = 2100
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
		missing := func(u org.Unit) (ids []db.ID) {
			for after := db.ID(0); ; {
				page, err := h.roll.Who(h.ctx, h.boss, period, u.ID, rollcall.WhoMissing, after, 100)
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
		answered := func(id db.ID) bool {
			return h.count(`SELECT COUNT(*) FROM rollcall_answer WHERE period_id = $1 AND answerer_id = $2`, period, id) > 0
		}
		for u, of := range map[*org.Unit][]db.ID{&h.top: people, &h.b: inB} {
			want := slices.DeleteFunc(slices.Clone(of), answered)
			for _, x := range []access.Actor{h.secA, h.one, h.two, h.three, h.secB, h.four, h.head} {
				if h.count(`SELECT COUNT(*) FROM rollcall_audience WHERE answerer_id = $1 AND unit_id IN (SELECT unit_id FROM rollcall_count WHERE period_id = $2 AND path LIKE $3)`, x.PersonID, period, u.Path+"%") > 0 {
					want = append(want, x.PersonID)
				}
			}
			slices.Sort(want)
			if got := missing(*u); !slices.Equal(got, want) {
				t.Errorf("%s: %d are missing, want %d", u.Name, len(got), len(want))
			}
		}
	})
}
