package org

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"wozai/internal/db"
)

// searchMost is how many hits a search gives; who needs more types another letter.
const searchMost = 50

// UnitHit is a unit that was found.
type UnitHit struct {
	UnitRef
	Parent string `json:"parent" db:"parent" doc:"the name of what it stands under"`
}

// PersonHit is a person who was found, with where they belong.
type PersonHit struct {
	ID    db.ID     `json:"id" db:"id"`
	Name  string    `json:"name" db:"name"`
	Units []UnitRef `json:"units" db:"-"`
}

// Hits are what a search found.
type Hits struct {
	Units  []UnitHit   `json:"units"`
	People []PersonHit `json:"people"`
}

// Search finds units and people by name, full pinyin or initials: from the start of the name
// first, then from inside it. what is "unit", "person" or "" for both; at most searchMost each.
// Everybody signed in may; it gives names and units, nothing else.
func (s *Service) Search(ctx context.Context, q, what string, n int) (Hits, error) {
	out := Hits{Units: []UnitHit{}, People: []PersonHit{}}
	if n <= 0 || n > searchMost {
		n = searchMost
	}
	q = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(q, "")))
	if q == "" || len(q) > 200 {
		return out, nil
	}
	if what != "person" {
		ids, err := s.find(ctx, "unit", q, n)
		if err != nil {
			return out, err
		}
		if out.Units, err = readByID(ctx, s.db.Read(), ids, `SELECT u.id, u.name, u.short_name, u.kind, COALESCE(p.name, '') AS parent
			FROM unit u LEFT JOIN unit p ON p.id = u.parent_id WHERE u.id IN `, func(h UnitHit) db.ID { return h.ID }); err != nil {
			return out, err
		}
	}
	if what != "unit" {
		ids, err := s.find(ctx, "person", q, n)
		if err != nil {
			return out, err
		}
		if out.People, err = readByID(ctx, s.db.Read(), ids, `SELECT id, name FROM person WHERE id IN `, func(h PersonHit) db.ID { return h.ID }); err != nil {
			return out, err
		}
		return out, s.addUnits(ctx, out.People)
	}
	return out, nil
}

// searchStep is one way to be found: a range scan over one index, in the index's order.
type searchStep struct {
	query string
	key   string
}

// steps lists the ways from the likeliest to the widest. alive hides what has ended and what an
// import has not shown yet.
func steps(subject, q string) []searchStep {
	alive := map[string]string{"unit": "s.valid_to = 0 AND s.batch_id = 0", "person": "s.ended_at = 0 AND s.batch_id = 0"}[subject]
	by := func(column string) string {
		return `SELECT s.id FROM ` + subject + ` s WHERE s.` + column + ` >= $1 AND s.` + column + ` < $2 AND ` + alive + ` ORDER BY s.` + column + ` LIMIT $3`
	}
	inside := `SELECT s.id FROM name_part n JOIN ` + subject + ` s ON s.id = n.subject_id
		WHERE n.subject = '` + subject + `' AND n.part >= $1 AND n.part < $2 AND ` + alive + ` ORDER BY n.part LIMIT $3`
	latin := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\'' || r == '-' {
			return -1
		}
		if r == 'ü' || r == 'Ü' {
			return 'v'
		}
		return unicode.ToLower(r)
	}, q)
	out := []searchStep{{by("name"), q}, {inside, q}}
	if !strings.ContainsFunc(latin, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		out = []searchStep{{by("name"), q}, {by("initials"), latin}, {by("pinyin"), latin}, {inside, q}}
		if latin != q {
			out = append(out, searchStep{inside, latin})
		}
	}
	return out
}

// find gives the ids of at most n subjects.
func (s *Service) find(ctx context.Context, subject, q string, n int) ([]db.ID, error) {
	var out []db.ID
	for _, step := range steps(subject, q) {
		var ids []db.ID
		// Twice as many: the same one may stand there under several parts or steps.
		if err := db.Select(ctx, s.db.Read(), &ids, step.query, step.key, step.key+"\U0010FFFF", 2*n); err != nil {
			return nil, err
		}
		for _, id := range ids {
			if len(out) < n && !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
		if len(out) == n {
			break
		}
	}
	return out, nil
}

// readByID reads at most searchMost rows by id and puts them into the order of ids.
func readByID[T any](ctx context.Context, q db.Querier, ids []db.ID, query string, idOf func(T) db.ID) ([]T, error) {
	rows := []T{}
	if len(ids) == 0 {
		return rows, nil
	}
	list, args := db.In(1, ids)
	if err := db.Select(ctx, q, &rows, strings.TrimSuffix(query, " ")+" "+list, args...); err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b T) int { return slices.Index(ids, idOf(a)) - slices.Index(ids, idOf(b)) })
	return rows, nil
}

// addUnits says for everybody found where they belong.
func (s *Service) addUnits(ctx context.Context, people []PersonHit) error {
	if len(people) == 0 {
		return nil
	}
	ids := make([]db.ID, len(people))
	at := map[db.ID]int{}
	for i := range people {
		ids[i], at[people[i].ID] = people[i].ID, i
		people[i].Units = []UnitRef{}
	}
	var rows []struct {
		UnitRef
		PersonID db.ID `db:"person_id"`
	}
	list, args := db.In(1, ids)
	if err := db.Select(ctx, s.db.Read(), &rows, `SELECT DISTINCT u.id, u.name, u.short_name, u.kind, m.person_id FROM membership m JOIN unit u ON u.id = m.unit_id
		WHERE m.person_id IN `+list+` AND m.valid_to = 0 AND m.batch_id = 0 AND u.valid_to = 0 AND u.batch_id = 0 ORDER BY u.id`, args...); err != nil {
		return err
	}
	for _, r := range rows {
		people[at[r.PersonID]].Units = append(people[at[r.PersonID]].Units, r.UnitRef)
	}
	return nil
}
