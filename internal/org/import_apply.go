package org

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/pinyin"
)

// applyOrder is the order of the steps of applying; the last shows everything at once.
var applyOrder = []string{"units", "people", "memberships", "show"}

const applyRows = 900 // written by one change, at most

// applyImport goes on with an import until it is done or it is time; done says which. It goes on
// from the last change that was committed, whoever made it.
func (s *Service) applyImport(ctx context.Context, id db.ID, until time.Time) (done bool, err error) {
	st, err := openStage(s.stage(id))
	if err != nil {
		return false, err
	}
	defer st.Close()
	a := &applier{s: s, st: st, id: id}
	if err := a.giveIDs(ctx); err != nil {
		return false, err
	}
	for first := true; first || time.Now().Before(until); first = false {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		i, err := getImport(ctx, s.db.Read(), id)
		if err != nil {
			return false, err
		}
		if i.State != ImportApplying {
			return true, nil
		}
		switch i.Stage {
		case "units":
			err = a.units(ctx, i)
		case "people":
			err = a.people(ctx, i)
		case "memberships":
			err = a.memberships(ctx, i)
		default:
			if err = a.show(ctx, i); err == nil {
				s.cleanFiles(id)
				return true, nil
			}
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

type applier struct {
	s  *Service
	st *stage
	id db.ID
}

// giveIDs gives every new row its id before anything is written, so that a change which is run
// again after a crash writes the same rows.
func (a *applier) giveIDs(ctx context.Context) error {
	for _, table := range []string{"unit", "person", "membership"} {
		for {
			var rows []int64
			if err := db.Select(ctx, a.st.q(), &rows, `SELECT n FROM `+table+` WHERE state = 0 AND id = 0 ORDER BY n LIMIT 5000`); err != nil {
				return err
			}
			if len(rows) == 0 {
				break
			}
			ids := make([]db.ID, len(rows))
			if err := a.s.change.Do(ctx, access.SystemActor("job"), func(_ context.Context, tx *change.Tx) error {
				for i := range ids {
					ids[i] = tx.NewID()
				}
				return nil
			}); err != nil {
				return err
			}
			for i, n := range rows {
				if err := a.st.exec(ctx, `UPDATE `+table+` SET id = ? WHERE n = ?`, ids[i], n); err != nil {
					return err
				}
			}
		}
	}
	return a.st.commit()
}

// actor: what an import writes is its bringer's doing.
func (a *applier) actor(i Import) access.Actor {
	actor := access.SystemActor("import")
	actor.PersonID = i.PersonID
	return actor
}

// step writes one piece and remembers it in the same change. next is the stage that follows when
// the piece was the last; cursor is where the next piece begins.
func (a *applier) step(ctx context.Context, i Import, stage string, cursor, written int64, fn func(ctx context.Context, tx *change.Tx) error) error {
	return a.s.change.Do(ctx, a.actor(i), func(ctx context.Context, tx *change.Tx) error {
		if err := tx.ExecOne(ctx, `UPDATE import_run SET stage = $1, cursor = $2, applied = applied + $3, updated_at = $4, version = version + 1
			WHERE id = $5 AND state = 'applying' AND stage = $6 AND cursor = $7`, stage, cursor, written, tx.Now(), i.ID, i.Stage, i.Cursor); err != nil {
			return err // stale: somebody else has written this piece
		}
		tx.AppendOnly() // the rows' own records, if there are rows
		i := i
		i.Version++
		if err := a.s.importChanged(ctx, tx, i); err != nil {
			return err
		}
		return fn(ctx, tx)
	})
}

func nothing(context.Context, *change.Tx) error { return nil }

// outdated: somebody has added the same since the file was checked.
func outdated() error { return fault.Conflict("import_outdated") }

// noneTaken makes sure that no code of the piece has come into use meanwhile.
func noneTaken(ctx context.Context, tx *change.Tx, table, live string, codes []string) error {
	list, args := db.In(1, codes)
	var n int64
	if err := db.Get(ctx, tx, &n, `SELECT COUNT(*) FROM `+table+` WHERE code IN `+list+` AND `+live+` AND batch_id = 0`, args...); err != nil {
		return err
	}
	if n > 0 {
		return outdated()
	}
	return nil
}

type stagedUnit struct {
	Pos       int64  `db:"pos"` // its place in the order from the top down
	Code      string `db:"code"`
	Name      string `db:"name"`
	ShortName string `db:"short_name"`
	Kind      string `db:"kind"`
	Sort      int64  `db:"sort"`
	ID        db.ID  `db:"id"`
	Parent    string `db:"parent"`
	ParentID  db.ID  `db:"parent_id"`
	parts     []string
}

func (a *applier) units(ctx context.Context, i Import) error {
	var rows []stagedUnit
	// The order is level, then line, as one number.
	if err := db.Select(ctx, a.st.q(), &rows, `SELECT level * 10000000 + n AS pos, code, name, short_name, kind, sort, id, parent,
		COALESCE((SELECT k.id FROM known_unit k WHERE k.code = unit.parent), (SELECT u.id FROM unit u WHERE u.code = unit.parent AND u.state = 0), 0) AS parent_id
		FROM unit WHERE state = 0 AND level >= ? AND (level > ? OR n > ?) ORDER BY level, n LIMIT 200`, i.Cursor/10_000_000, i.Cursor/10_000_000, i.Cursor%10_000_000); err != nil {
		return err
	}
	if len(rows) == 0 {
		return a.step(ctx, i, "people", 0, 0, nothing)
	}
	cost, n := 0, 0
	for n < len(rows) && cost < applyRows {
		rows[n].parts = nameParts(rows[n].Name)
		cost += 3 + len(rows[n].parts)
		n++
	}
	rows = rows[:n]
	return a.step(ctx, i, "units", rows[n-1].Pos, int64(n), func(ctx context.Context, tx *change.Tx) error { return a.putUnits(ctx, tx, rows) })
}

func (a *applier) putUnits(ctx context.Context, tx *change.Tx, rows []stagedUnit) error {
	codes := make([]string, len(rows))
	var parents []db.ID
	for i, r := range rows {
		codes[i] = r.Code
		if r.ParentID != 0 {
			parents = append(parents, r.ParentID)
		}
	}
	if err := noneTaken(ctx, tx, "unit", "valid_to = 0", codes); err != nil {
		return err
	}
	above := map[db.ID]Unit{}
	if len(parents) > 0 {
		var found []Unit
		list, args := db.In(1, parents)
		if err := db.Select(ctx, tx, &found, `SELECT `+unitColumns+` FROM unit WHERE id IN `+list+` AND valid_to = 0`, args...); err != nil {
			return err
		}
		for _, u := range found {
			above[u.ID] = u
		}
	}
	trees, err := a.trees(ctx, tx)
	if err != nil {
		return err
	}
	for _, r := range rows {
		u := Unit{ID: r.ID, ParentID: r.ParentID, Kind: r.Kind, Code: r.Code, Name: r.Name, ShortName: r.ShortName, Sort: r.Sort, ValidFrom: tx.Now(), Version: 1}
		if r.ParentID == 0 {
			kind, err := a.s.profile().UnitKind(r.Kind)
			if err != nil {
				return err
			}
			u.TreeID, u.Path = trees[kind.Tree], fmt.Sprintf("/%d/", u.ID)
		} else {
			p, ok := above[r.ParentID]
			if !ok {
				return outdated() // ended meanwhile
			}
			u.TreeID, u.Path = p.TreeID, fmt.Sprintf("%s%d/", p.Path, u.ID)
		}
		above[u.ID] = u // children may follow in the same piece
		full, initials := pinyin.Text(u.Name)
		if err := tx.Exec(ctx, `INSERT INTO unit (id, tree_id, parent_id, path, kind, code, name, short_name, pinyin, initials, sort, valid_from, batch_id, version)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1)`,
			u.ID, u.TreeID, u.ParentID, u.Path, u.Kind, u.Code, u.Name, u.ShortName, full, initials, u.Sort, u.ValidFrom, a.id); err != nil {
			return err
		}
		if err := tx.Exec(ctx, `INSERT INTO unit_parentage (unit_id, parent_id, name, valid_from) VALUES ($1, $2, $3, $4)`, u.ID, u.ParentID, u.Name, u.ValidFrom); err != nil {
			return err
		}
		if err := putNameParts(ctx, tx, "unit", u.ID, u.Name, false); err != nil {
			return err
		}
		if err := tx.Audit(ctx, change.Record{Action: "unit.add", Subject: "unit", SubjectID: u.ID, UnitID: u.ID, After: map[string]any{"name": u.Name, "code": u.Code, "import": a.id}}); err != nil {
			return err
		}
	}
	return nil
}

func (a *applier) trees(ctx context.Context, q db.Querier) (map[string]db.ID, error) {
	var rows []struct {
		ID  db.ID  `db:"id"`
		Key string `db:"key"`
	}
	out := map[string]db.ID{}
	err := db.Select(ctx, q, &rows, `SELECT id, key FROM tree`)
	for _, r := range rows {
		out[r.Key] = r.ID
	}
	return out, err
}

type stagedPerson struct {
	N        int64  `db:"n"`
	Code     string `db:"code"`
	Name     string `db:"name"`
	Category string `db:"category"`
	JoinedOn string `db:"joined_on"`
	Phone    []byte `db:"phone"`
	Email    []byte `db:"email"`
	ID       db.ID  `db:"id"`

	phone, index, email []byte // as the person's row holds them
}

func (a *applier) people(ctx context.Context, i Import) error {
	var rows []stagedPerson
	if err := db.Select(ctx, a.st.q(), &rows, `SELECT n, code, name, category, joined_on, phone, email, id FROM person WHERE n > ? AND state = 0 ORDER BY n LIMIT ?`, i.Cursor, applyRows/6); err != nil {
		return err
	}
	if len(rows) == 0 {
		return a.step(ctx, i, "memberships", 0, 0, nothing)
	}
	codes := make([]string, len(rows))
	for k := range rows {
		r := &rows[k]
		codes[k] = r.Code
		open := func(column string, sealed []byte) (string, error) {
			if len(sealed) == 0 {
				return "", nil
			}
			b, err := a.s.seal.Open("contact", stageAAD(a.id, column, r.Code), sealed)
			return string(b), err
		}
		phone, err := open("phone", r.Phone)
		if err != nil {
			return err
		}
		email, err := open("email", r.Email)
		if err != nil {
			return err
		}
		if r.phone, r.index, r.email, err = a.s.sealContact(r.ID, Contact{phone, email}); err != nil {
			return err
		}
	}
	return a.step(ctx, i, "people", rows[len(rows)-1].N, int64(len(rows)), func(ctx context.Context, tx *change.Tx) error {
		if err := noneTaken(ctx, tx, "person", "ended_at = 0", codes); err != nil {
			return err
		}
		for _, r := range rows {
			full, initials := pinyin.Name(r.Name)
			if err := tx.Exec(ctx, `INSERT INTO person (id, code, name, pinyin, initials, category, joined_on, phone_sealed, phone_index, email_sealed, batch_id, version)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)`,
				r.ID, r.Code, r.Name, full, initials, r.Category, r.JoinedOn, r.phone, r.index, r.email, a.id); err != nil {
				return err
			}
			if err := putNameParts(ctx, tx, "person", r.ID, r.Name, false); err != nil {
				return err
			}
			if err := tx.Audit(ctx, change.Record{Action: "person.add", Subject: "person", SubjectID: r.ID,
				After: map[string]any{"name": r.Name, "code": r.Code, "category": r.Category, "phone": r.phone != nil, "email": r.email != nil, "import": a.id}}); err != nil {
				return err
			}
		}
		return nil
	})
}

type stagedMembership struct {
	N        int64  `db:"n"`
	Position string `db:"position"`
	Standing string `db:"standing"`
	Sort     int64  `db:"sort"`
	ID       db.ID  `db:"id"`
	PersonID db.ID  `db:"person_id"`
	UnitID   db.ID  `db:"unit_id"`
	Known    bool   `db:"known"` // the unit was there before, so others may have changed it
}

func (a *applier) memberships(ctx context.Context, i Import) error {
	var rows []stagedMembership
	if err := db.Select(ctx, a.st.q(), &rows, `SELECT m.n, m.position, m.standing, m.sort, m.id, COALESCE(kp.id, p.id) AS person_id, COALESCE(ku.id, u.id) AS unit_id, ku.id IS NOT NULL AS known
		FROM membership m LEFT JOIN known_person kp ON kp.code = m.person LEFT JOIN person p ON p.code = m.person AND p.state = 0
		LEFT JOIN known_unit ku ON ku.code = m.unit LEFT JOIN unit u ON u.code = m.unit AND u.state = 0
		WHERE m.n > ? AND m.state = 0 ORDER BY m.n LIMIT ?`, i.Cursor, applyRows/6); err != nil {
		return err
	}
	if len(rows) == 0 {
		return a.step(ctx, i, "show", 0, 0, nothing)
	}
	return a.step(ctx, i, "memberships", rows[len(rows)-1].N, int64(len(rows)), func(ctx context.Context, tx *change.Tx) error {
		for _, r := range rows {
			if err := a.putMembership(ctx, tx, r); err != nil {
				return err
			}
		}
		return nil
	})
}

func (a *applier) putMembership(ctx context.Context, tx *change.Tx, r stagedMembership) error {
	pos, err := a.s.profile().Position(r.Position)
	if err != nil {
		return err
	}
	if r.Known {
		// The unit must still be there, the position still free, the person not placed meanwhile.
		var n int64
		if err := db.Get(ctx, tx, &n, `SELECT COUNT(*) FROM unit WHERE id = $1 AND valid_to = 0`, r.UnitID); err != nil {
			return err
		}
		var taken int64
		if err := db.Get(ctx, tx, &taken, `SELECT COUNT(*) FROM membership WHERE unit_id = $1 AND valid_to = 0 AND batch_id = 0 AND position = $2 AND (person_id = $3 OR $4)`,
			r.UnitID, r.Position, r.PersonID, pos.Single); err != nil {
			return err
		}
		if n == 0 || taken > 0 {
			return outdated()
		}
	}
	m := Membership{ID: r.ID, PersonID: r.PersonID, UnitID: r.UnitID, Position: r.Position, Standing: r.Standing, Sort: r.Sort, ValidFrom: tx.Now(), Version: 1}
	if err := tx.Exec(ctx, `INSERT INTO membership (id, person_id, unit_id, position, standing, sort, valid_from, batch_id, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)`,
		m.ID, m.PersonID, m.UnitID, m.Position, m.Standing, m.Sort, m.ValidFrom, a.id); err != nil {
		return err
	}
	for _, g := range pos.Grants {
		if err := tx.Exec(ctx, `INSERT INTO access_grant (id, person_id, unit_id, role, subtree, membership_id, valid_from, batch_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			tx.NewID(), m.PersonID, m.UnitID, string(g.Role), g.Subtree, m.ID, m.ValidFrom, a.id); err != nil {
			return err
		}
	}
	return tx.Audit(ctx, change.Record{Action: "membership.add", Subject: "person", SubjectID: m.PersonID, UnitID: m.UnitID, After: m})
}

var batchTables = []string{"unit", "person", "membership", "access_grant"}

// show makes the whole batch visible in one change.
func (a *applier) show(ctx context.Context, i Import) error {
	return a.s.change.Do(ctx, a.actor(i), func(ctx context.Context, tx *change.Tx) error {
		if err := tx.ExecOne(ctx, `UPDATE import_run SET state = 'done', updated_at = $1, version = version + 1 WHERE id = $2 AND state = 'applying'`, tx.Now(), i.ID); err != nil {
			return err
		}
		for _, table := range batchTables {
			if err := tx.Exec(ctx, `UPDATE `+table+` SET batch_id = 0 WHERE batch_id = $1 AND batch_id <> 0`, i.ID); err != nil {
				return err
			}
		}
		if err := tx.Event(ctx, "person:"+i.PersonID.String(), "grants", i.PersonID, 0); err != nil { // every session forgets
			return err
		}
		i := i
		i.Version++
		if err := a.s.importChanged(ctx, tx, i); err != nil {
			return err
		}
		return tx.Audit(ctx, change.Record{Action: "import.done", Subject: "import", SubjectID: i.ID, After: i.Counts})
	})
}

// undo takes back, in small changes, what a failed import has written; none of it was seen.
func (s *Service) undo(ctx context.Context, id db.ID) error {
	for _, q := range []string{
		`DELETE FROM access_grant WHERE id IN (SELECT id FROM access_grant WHERE batch_id = $1 AND batch_id <> 0 LIMIT 900)`,
		`DELETE FROM membership WHERE id IN (SELECT id FROM membership WHERE batch_id = $1 AND batch_id <> 0 LIMIT 900)`,
		`DELETE FROM name_part WHERE subject_id IN (SELECT n.subject_id FROM person x JOIN name_part n ON n.subject_id = x.id WHERE x.batch_id = $1 AND x.batch_id <> 0 LIMIT 150)`,
		`DELETE FROM name_part WHERE subject_id IN (SELECT n.subject_id FROM unit x JOIN name_part n ON n.subject_id = x.id WHERE x.batch_id = $1 AND x.batch_id <> 0 LIMIT 40)`,
		`DELETE FROM unit_parentage WHERE unit_id IN (SELECT h.unit_id FROM unit x JOIN unit_parentage h ON h.unit_id = x.id WHERE x.batch_id = $1 AND x.batch_id <> 0 LIMIT 900)`,
		`DELETE FROM person WHERE id IN (SELECT id FROM person WHERE batch_id = $1 AND batch_id <> 0 LIMIT 900)`,
		`DELETE FROM unit WHERE id IN (SELECT id FROM unit WHERE batch_id = $1 AND batch_id <> 0 LIMIT 900)`,
	} {
		for {
			var n int64
			err := s.change.Do(ctx, access.SystemActor("import"), func(ctx context.Context, tx *change.Tx) error {
				r, err := tx.ExecContext(ctx, q, id)
				if err != nil {
					return err
				}
				if n, err = r.RowsAffected(); err != nil {
					return err
				}
				return tx.Audit(ctx, change.Record{Action: "import.undo", Subject: "import", SubjectID: id, After: map[string]any{"rows": n}})
			})
			if err != nil {
				return errors.Join(errors.New("taking an import back"), err)
			}
			if n == 0 {
				break
			}
		}
	}
	return nil
}
