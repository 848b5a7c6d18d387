package org

import (
	"context"
	"slices"

	"wozai/internal/db"
	"wozai/internal/fault"
)

// knowUnits finds which units of the file, and which that it refers to, are there already.
func (c *checker) knowUnits(ctx context.Context) error {
	if err := c.duplicates(ctx, "unit", "code"); err != nil {
		return err
	}
	for _, q := range []string{
		`SELECT n, code FROM unit WHERE n > ? AND code <> ''`,
		`SELECT MAX(n) AS n, parent AS code FROM unit WHERE parent <> '' AND NOT EXISTS (SELECT 1 FROM unit u WHERE u.code = unit.parent) GROUP BY parent HAVING MAX(n) > ?`,
		`SELECT MAX(n) AS n, unit AS code FROM membership WHERE NOT EXISTS (SELECT 1 FROM unit u WHERE u.code = membership.unit) GROUP BY unit HAVING MAX(n) > ?`,
	} {
		if err := c.know(ctx, q, `SELECT id, code, kind FROM unit WHERE valid_to = 0 AND batch_id = 0 AND code IN `, func(k known) error {
			return c.st.exec(ctx, `INSERT OR IGNORE INTO known_unit (code, id, kind) VALUES (?, ?, ?)`, k.Code, k.ID, k.Kind)
		}); err != nil {
			return err
		}
	}
	return nil
}

// known is a unit or a person that is there already under the code that a file uses.
type known struct {
	ID   db.ID  `db:"id"`
	Code string `db:"code"`
	Kind string `db:"kind"` // of units
}

// know finds the codes that staged lists among those that are there; here ends before their list.
func (c *checker) know(ctx context.Context, staged, here string, note func(known) error) error {
	type code struct {
		N    int64  `db:"n"`
		Code string `db:"code"`
	}
	return eachPiece(ctx, c.st, staged, func(r code) int64 { return r.N }, func(rows []code) error {
		codes := make([]string, len(rows))
		for i, r := range rows {
			codes[i] = r.Code
		}
		list, args := db.In(1, codes)
		var found []known
		if err := db.Select(ctx, c.s.db.Read(), &found, here+list, args...); err != nil {
			return err
		}
		for _, k := range found {
			if err := note(k); err != nil {
				return err
			}
		}
		return nil
	})
}

// duplicates marks every row but the first that has a code.
func (c *checker) duplicates(ctx context.Context, table, column string) error {
	_, err := c.mark(ctx, table, column, "duplicate", [2]string{"line", ""}, `SELECT a.n, a.sheet, a.line, CAST((SELECT MIN(b.line) FROM `+table+` b WHERE b.code = a.code AND b.n < a.n) AS TEXT) AS p1, '' AS p2
		FROM `+table+` a WHERE a.state = 0 AND a.code <> '' AND EXISTS (SELECT 1 FROM `+table+` b WHERE b.code = a.code AND b.n < a.n)`)
	return err
}

// checkUnits compares with what is there, finds parents, and puts parents before children.
func (c *checker) checkUnits(ctx context.Context) error {
	if err := c.compareUnits(ctx); err != nil {
		return err
	}
	if _, err := c.mark(ctx, "unit", "parent", "unknown_parent", [2]string{"value", ""}, `SELECT n, sheet, line, parent AS p1, '' AS p2 FROM unit a WHERE state = 0 AND parent <> ''
		AND NOT EXISTS (SELECT 1 FROM unit u WHERE u.code = a.parent) AND NOT EXISTS (SELECT 1 FROM known_unit k WHERE k.code = a.parent)`); err != nil {
		return err
	}
	if err := c.checkNesting(ctx); err != nil {
		return err
	}
	// What stands under a faulty row cannot be placed either.
	for {
		n, err := c.mark(ctx, "unit", "parent", "parent_faulty", [2]string{"value", ""}, `SELECT a.n, a.sheet, a.line, a.parent AS p1, '' AS p2 FROM unit a WHERE a.state = 0 AND a.parent <> ''
			AND NOT EXISTS (SELECT 1 FROM known_unit k WHERE k.code = a.parent) AND NOT EXISTS (SELECT 1 FROM unit u WHERE u.code = a.parent AND u.state < 2)`)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
	}
	// From the top down; what is never reached goes round in a circle.
	if err := c.st.exec(ctx, `UPDATE unit SET level = 0 WHERE state = 0 AND (parent = '' OR parent IN (SELECT code FROM known_unit))`); err != nil {
		return err
	}
	for level := 0; ; level++ {
		if err := c.st.exec(ctx, `UPDATE unit SET level = ? WHERE state = 0 AND level = -1 AND parent IN (SELECT code FROM unit WHERE level = ? AND state = 0)`, level+1, level); err != nil {
			return err
		}
		var n int64
		if err := db.Get(ctx, c.st.q(), &n, `SELECT COUNT(*) FROM (SELECT 1 FROM unit WHERE level = ? LIMIT 1)`, level+1); err != nil {
			return err
		}
		if n == 0 {
			break
		}
	}
	_, err := c.mark(ctx, "unit", "parent", "cycle", [2]string{"value", ""}, `SELECT n, sheet, line, parent AS p1, '' AS p2 FROM unit WHERE state = 0 AND level = -1`)
	return err
}

// compareUnits: what is there already must be the same; changing it is done on its page.
func (c *checker) compareUnits(ctx context.Context) error {
	type unit struct {
		stagedRow
		Name      string `db:"name"`
		ShortName string `db:"short_name"`
		Kind      string `db:"kind"`
		Parent    string `db:"parent"`
	}
	return compare(ctx, c, "unit", `SELECT unit.n AS n, unit.sheet, unit.line, unit.name, unit.short_name, unit.kind, unit.parent, k.id FROM unit JOIN known_unit k ON k.code = unit.code WHERE unit.n > ? AND unit.state = 0`,
		`SELECT u.id, u.name, u.short_name, u.kind, COALESCE(p.code, '') AS parent FROM unit u LEFT JOIN unit p ON p.id = u.parent_id WHERE u.id IN `,
		func(r, u unit) map[string]bool {
			return map[string]bool{"name": r.Name == u.Name, "short_name": equalOrUnsaid(r.ShortName, u.ShortName), "kind": r.Kind == u.Kind, "parent": equalOrUnsaid(r.Parent, u.Parent)}
		})
}

// stagedRow is a row of a file, with the id of what is there already under its code.
type stagedRow struct {
	N     int64  `db:"n"`
	Sheet string `db:"sheet"`
	Line  int64  `db:"line"`
	ID    db.ID  `db:"id"`
}

func (r stagedRow) row() stagedRow { return r }

// compare goes through the rows of table that staged lists, reads what is there by here, which ends
// before a list of ids, and settles every row by what same says of its fields.
func compare[T interface{ row() stagedRow }](ctx context.Context, c *checker, table, staged, here string, same func(row, there T) map[string]bool) error {
	return eachPiece(ctx, c.st, staged, func(r T) int64 { return r.row().N }, func(rows []T) error {
		ids := make([]db.ID, len(rows))
		for i, r := range rows {
			ids[i] = r.row().ID
		}
		var found []T
		list, args := db.In(1, ids)
		if err := db.Select(ctx, c.s.db.Read(), &found, here+list, args...); err != nil {
			return err
		}
		for _, r := range rows {
			at := r.row()
			i := slices.IndexFunc(found, func(t T) bool { return t.row().ID == at.ID })
			if i < 0 {
				continue
			}
			var differs []string
			for field, equal := range same(r, found[i]) {
				if !equal {
					differs = append(differs, field)
				}
			}
			slices.Sort(differs)
			if err := c.compared(ctx, table, at, differs); err != nil {
				return err
			}
		}
		return nil
	})
}

// compared settles a row whose code is there already.
func (c *checker) compared(ctx context.Context, table string, r stagedRow, differs []string) error {
	if len(differs) == 0 {
		return c.st.exec(ctx, `UPDATE `+table+` SET state = 1, id = ? WHERE n = ?`, r.ID, r.N)
	}
	for _, field := range differs {
		if err := c.st.fault(ctx, r.Sheet, r.Line, field, "differs", nil); err != nil {
			return err
		}
	}
	return c.st.exec(ctx, `UPDATE `+table+` SET state = 2 WHERE n = ?`, r.N)
}

// checkNesting asks the profile which kinds may stand under which; once for each pair.
func (c *checker) checkNesting(ctx context.Context) error {
	var pairs []struct {
		Kind   string `db:"kind"`
		Parent string `db:"parent"`
	}
	if err := db.Select(ctx, c.st.q(), &pairs, `SELECT DISTINCT a.kind, CASE WHEN a.parent = '' THEN '' ELSE COALESCE(u.kind, k.kind, '') END AS parent FROM unit a
		LEFT JOIN unit u ON u.code = a.parent AND u.state < 2 LEFT JOIN known_unit k ON k.code = a.parent WHERE a.state = 0 AND (a.parent = '' OR u.n IS NOT NULL OR k.code IS NOT NULL)`); err != nil {
		return err
	}
	for _, p := range pairs {
		if ok, err := c.p.MayStand(p.Kind, p.Parent); err == nil && ok {
			continue
		}
		query, args, code := `SELECT a.n, a.sheet, a.line, '' AS p1, '' AS p2 FROM unit a WHERE a.state = 0 AND a.kind = ? AND a.parent = ''`, []any{p.Kind}, "kind_not_at_top"
		if p.Parent != "" {
			query, args, code = `SELECT a.n, a.sheet, a.line, COALESCE(u.name, k.code, '') AS p1, '' AS p2 FROM unit a LEFT JOIN unit u ON u.code = a.parent AND u.state < 2 LEFT JOIN known_unit k ON k.code = a.parent
				WHERE a.state = 0 AND a.kind = ? AND a.parent <> '' AND COALESCE(u.kind, k.kind) = ?`, []any{p.Kind, p.Parent}, "kind_not_under"
		}
		names := [2]string{}
		if p.Parent != "" {
			names[0] = "parent"
		}
		if _, err := c.mark(ctx, "unit", "kind", code, names, query, args...); err != nil {
			return err
		}
	}
	return nil
}

// knowPeople finds which people of the file are there already.
func (c *checker) knowPeople(ctx context.Context) error {
	return c.know(ctx, `SELECT n, code FROM person WHERE n > ? AND code <> ''`, `SELECT id, code FROM person WHERE ended_at = 0 AND batch_id = 0 AND code IN `, func(k known) error {
		return c.st.exec(ctx, `INSERT OR IGNORE INTO known_person (code, id) VALUES (?, ?)`, k.Code, k.ID)
	})
}

func (c *checker) checkPeople(ctx context.Context) error {
	type person struct {
		stagedRow
		Name       string `db:"name"`
		Category   string `db:"category"`
		JoinedOn   string `db:"joined_on"`
		PhoneIndex []byte `db:"phone_index"`
	}
	return compare(ctx, c, "person", `SELECT person.n AS n, person.sheet, person.line, person.name, person.category, person.joined_on, person.phone_index, k.id FROM person JOIN known_person k ON k.code = person.code WHERE person.n > ? AND person.state = 0`,
		`SELECT id, name, category, joined_on, phone_index FROM person WHERE id IN `,
		func(r, p person) map[string]bool {
			return map[string]bool{"name": r.Name == p.Name, "category": r.Category == p.Category, "joined_on": equalOrUnsaid(r.JoinedOn, p.JoinedOn), "phone": equalIndex(r.PhoneIndex, p.PhoneIndex)}
		})
}

// checkMemberships: the unit is known, has the position, and the position is free.
func (c *checker) checkMemberships(ctx context.Context) error {
	for _, m := range []struct{ col, code, where string }{
		{"unit", "unknown_unit", `NOT EXISTS (SELECT 1 FROM unit u WHERE u.code = m.unit) AND NOT EXISTS (SELECT 1 FROM known_unit k WHERE k.code = m.unit)`},
		{"unit", "unit_faulty", `NOT EXISTS (SELECT 1 FROM known_unit k WHERE k.code = m.unit) AND NOT EXISTS (SELECT 1 FROM unit u WHERE u.code = m.unit AND u.state < 2)`},
		{"code", "person_faulty", `NOT EXISTS (SELECT 1 FROM known_person k WHERE k.code = m.person) AND NOT EXISTS (SELECT 1 FROM person p WHERE p.code = m.person AND p.state < 2)`},
		{"unit", "duplicate_membership", `EXISTS (SELECT 1 FROM membership o WHERE o.person = m.person AND o.unit = m.unit AND o.position = m.position AND o.n < m.n)`},
	} {
		if _, err := c.mark(ctx, "membership", m.col, m.code, [2]string{"value", ""}, `SELECT m.n, m.sheet, m.line, m.unit AS p1, '' AS p2 FROM membership m WHERE m.state = 0 AND `+m.where); err != nil {
			return err
		}
	}
	type staged struct {
		N        int64  `db:"n"`
		Sheet    string `db:"sheet"`
		Line     int64  `db:"line"`
		Position string `db:"position"`
		Standing string `db:"standing"`
		Unit     string `db:"unit"`
		UnitName string `db:"unit_name"`
		Kind     string `db:"kind"`
		UnitID   db.ID  `db:"unit_id"`
		PersonID db.ID  `db:"person_id"`
	}
	return eachPiece(ctx, c.st, `SELECT m.n AS n, m.sheet, m.line, m.position, m.standing, m.unit, COALESCE(u.name, m.unit) AS unit_name, COALESCE(u.kind, k.kind) AS kind, COALESCE(k.id, 0) AS unit_id, COALESCE(p.id, 0) AS person_id
		FROM membership m LEFT JOIN unit u ON u.code = m.unit AND u.state < 2 LEFT JOIN known_unit k ON k.code = m.unit LEFT JOIN known_person p ON p.code = m.person WHERE m.n > ? AND m.state = 0`,
		func(r staged) int64 { return r.N }, func(rows []staged) error {
			var units []db.ID
			for _, r := range rows {
				if r.UnitID != 0 {
					units = append(units, r.UnitID)
				}
			}
			here, err := c.holders(ctx, units)
			if err != nil {
				return err
			}
			for _, r := range rows {
				code, col, params, same, id := "", "position", fault.Params{}, false, db.ID(0)
				pos, err := c.p.Position(r.Position)
				switch {
				case err != nil || !holds(pos, r.Kind):
					code, params["unit"] = "position_not_here", r.UnitName
				case !c.s.standingFits(r.Standing, r.Kind):
					code, col = "missing", "standing"
				}
				if code == "" && pos.Single {
					var other int64
					if found, err := db.Find(ctx, c.st.q(), &other, `SELECT line FROM membership WHERE unit = ? AND position = ? AND n < ? AND state < 2 LIMIT 1`, r.Unit, r.Position, r.N); err != nil {
						return err
					} else if found {
						code, params["unit"] = "position_taken", r.UnitName
					}
				}
				for _, m := range here[r.UnitID] {
					if code != "" || m.Position != r.Position {
						continue
					}
					switch {
					case m.PersonID == r.PersonID && equalOrUnsaid(r.Standing, m.Standing):
						same, id = true, m.ID
					case m.PersonID == r.PersonID:
						code, col = "differs", "standing"
					case pos.Single:
						code, params["unit"] = "position_taken", r.UnitName
					}
				}
				switch {
				case code != "":
					err = c.st.fault(ctx, r.Sheet, r.Line, col, code, params)
					if err == nil {
						err = c.st.exec(ctx, `UPDATE membership SET state = 2 WHERE n = ?`, r.N)
					}
				case same:
					err = c.st.exec(ctx, `UPDATE membership SET state = 1, id = ? WHERE n = ?`, id, r.N)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
}

// holders reads the present memberships of units, by unit.
func (c *checker) holders(ctx context.Context, units []db.ID) (map[db.ID][]Membership, error) {
	out := map[db.ID][]Membership{}
	if len(units) == 0 {
		return out, nil
	}
	var ms []Membership
	list, args := db.In(1, units)
	if err := db.Select(ctx, c.s.db.Read(), &ms, `SELECT `+membershipColumns+` FROM membership WHERE unit_id IN `+list+` AND valid_to = 0 AND batch_id = 0`, args...); err != nil {
		return nil, err
	}
	for _, m := range ms {
		out[m.UnitID] = append(out[m.UnitID], m)
	}
	return out, nil
}
