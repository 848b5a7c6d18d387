package dispatch

import (
	"context"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/org"
)

const dispatchColumns = `d.id, d.unit_id, u.name AS unit_name, u.path, d.asked_by, p.name AS asker_name, d.text, d.need, d.mode, d.wanted, d.held,
	d.ring, d.widen, d.lease, d.state, d.asked_at, d.due_at, d.closed_at, d.version
	FROM dispatch d JOIN unit u ON u.id = d.unit_id JOIN person p ON p.id = d.asked_by `

const dispatchSelect = `SELECT ` + dispatchColumns

func getDispatch(ctx context.Context, q db.Querier, id db.ID) (d Dispatch, err error) {
	return d, db.Get(ctx, q, &d, dispatchSelect+`WHERE d.id = $1`, id)
}

// asked is somebody's place among those asked.
type asked struct {
	Dispatch db.ID   `db:"dispatch_id"`
	Person   db.ID   `db:"person_id"`
	RungAt   db.Time `db:"rung_at"`
	PassedAt db.Time `db:"passed_at"`
}

func findAsked(ctx context.Context, q db.Querier, id, person db.ID) (x asked, found bool, err error) {
	found, err = db.Find(ctx, q, &x, `SELECT dispatch_id, person_id, rung_at, passed_at FROM dispatch_person WHERE dispatch_id = $1 AND person_id = $2`, id, person)
	return x, found, err
}

const claimSelect = `SELECT c.id, c.dispatch_id, c.person_id, p.name, c.state, c.result, c.until_at, c.claimed_at FROM dispatch_claim c JOIN person p ON p.id = c.person_id `

// findSeat reads the seat that somebody has.
func findSeat(ctx context.Context, q db.Querier, id, person db.ID) (c Claim, found bool, err error) {
	found, err = db.Find(ctx, q, &c, claimSelect+`WHERE c.dispatch_id = $1 AND c.person_id = $2 AND c.state IN ('holding', 'done')`, id, person)
	return c, found, err
}

// readSeats reads the seats taken of some dispatches, in the order of the roll and not of the clock:
// who was faster is nobody's business.
func readSeats(ctx context.Context, q db.Querier, ids ...db.ID) ([]Claim, error) {
	out := []Claim{}
	if len(ids) == 0 {
		return out, nil
	}
	list, args := db.In(1, ids)
	return out, db.Select(ctx, q, &out, claimSelect+`WHERE c.dispatch_id IN `+list+` AND c.state IN ('holding', 'done') ORDER BY p.pinyin, c.person_id`, args...)
}

func readLines(ctx context.Context, q db.Querier, id db.ID) ([]Line, error) {
	out := []Line{}
	return out, db.Select(ctx, q, &out, `SELECT l.id, l.person_id, COALESCE(p.name, '') AS name, l.kind, COALESCE(o.name, '') AS other_name, l.text, l.at
		FROM dispatch_line l LEFT JOIN person p ON p.id = l.person_id LEFT JOIN person o ON o.id = l.other_id WHERE l.dispatch_id = $1 ORDER BY l.id LIMIT 500`, id)
}

// addPeople puts people on the list of those asked; who stands there stays.
func addPeople(ctx context.Context, tx *change.Tx, id db.ID, ring int64, people []db.ID) (added int, err error) {
	for _, person := range people {
		if _, found, err := findAsked(ctx, tx, id, person); err != nil || found {
			if err != nil {
				return added, err
			}
			continue
		}
		if err := tx.Exec(ctx, `INSERT INTO dispatch_person (dispatch_id, person_id, ring) VALUES ($1, $2, $3)`, id, person, ring); err != nil {
			return added, err
		}
		added++
	}
	return added, nil
}

// line writes down what happened and tells who is looking.
func line(ctx context.Context, tx *change.Tx, d *Dispatch, kind string, other db.ID, text string) error {
	tx.AppendOnly()
	if err := tx.Exec(ctx, `INSERT INTO dispatch_line (id, dispatch_id, person_id, kind, other_id, text, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		tx.NewID(), d.ID, tx.Actor().PersonID, kind, other, text, tx.Now()); err != nil {
		return err
	}
	return tx.Event(ctx, topic(d.ID), "dispatch", d.ID, d.Version)
}

// inCharge finds the officers of a unit, or of the nearest above that has some. Where a tree gives no
// rights, who holds a position that there is one of is in charge.
func (s *Service) inCharge(ctx context.Context, q db.Querier, unit db.ID) ([]db.ID, error) {
	u, err := org.GetUnit(ctx, q, unit)
	if err != nil {
		return nil, err
	}
	above, err := org.Ancestors(ctx, q, u)
	if err != nil {
		return nil, err
	}
	for i := len(above) - 1; i >= 0; i-- {
		ids, err := org.Holders(ctx, q, above[i].ID, access.Officer)
		if err != nil || len(ids) > 0 {
			return ids, err
		}
		members, err := org.Memberships(ctx, q, org.MembershipFilter{UnitID: above[i].ID})
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			if pos, err := s.Profile().Position(m.Position); err == nil && pos.Single {
				ids = append(ids, m.PersonID)
			}
		}
		if len(ids) > 0 {
			return ids, nil
		}
	}
	return nil, nil
}
