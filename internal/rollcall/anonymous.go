package rollcall

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"slices"

	"wozai/internal/access"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/secret"
)

// An anonymous answer is two things that nothing joins: in rollcall_answer that somebody answered, on
// time or late and no nearer; in rollcall_ballot what was said, under a drawn number. While answers come
// in, both tables grow in the same order, so what was said is sealed and nobody is shown any of it;
// once the period is locked all of it is mixed (see mixJob), and shown where enough have answered for
// one to hide among the others. Until it is mixed, who holds the database and the master key could
// still tell; afterwards nobody can, but by what the words themselves give away.

// fewest is how many answers there must be before any of them is shown.
const fewest = 5

// Given is the kind of an answer of which only that it was given is kept.
const Given AnswerKind = "given"

// ballot is what was said without a name.
type ballot struct {
	ID          db.ID  `db:"id"`
	FormVersion int64  `db:"form_version"`
	Sealed      []byte `db:"sealed"`
}

func drawn() db.ID {
	var b [8]byte
	rand.Read(b[:]) //nolint:errcheck // crypto/rand never fails (Go 1.24)
	return db.ID(binary.BigEndian.Uint64(b[:]) >> 1)
}

func ballotAAD(period, id db.ID) []byte {
	return secret.AAD("rollcall_ballot/"+period.String(), "sealed", int64(id))
}

// sealBallot seals what was said under a drawn number.
func (s *Service) sealBallot(period db.ID, formVersion int64, content []byte) (b ballot, err error) {
	b = ballot{ID: drawn(), FormVersion: formVersion}
	b.Sealed, err = s.Secret.Seal(answerPurpose, ballotAAD(period, b.ID), content)
	return b, err
}

func (s *Service) openBallot(period db.ID, b ballot) ([]byte, error) {
	return s.Secret.Open(answerPurpose, ballotAAD(period, b.ID), b.Sealed)
}

func (b ballot) put(ctx context.Context, tx *change.Tx, period db.ID, mixed bool) error {
	return tx.Exec(ctx, `INSERT INTO rollcall_ballot (id, period_id, form_version, sealed, mixed) VALUES ($1, $2, $3, $4, $5)`, b.ID, period, b.FormVersion, b.Sealed, mixed)
}

// about is the time that is kept of an anonymous answer: whether it was on time.
func (p place) about(now db.Time) db.Time {
	if now <= p.DueAt {
		return p.OpensAt
	}
	return p.DueAt + 1
}

// mixJob mixes what was said in a period that is locked.
type mixJob struct {
	Period db.ID `json:"period"`
}

// Kind implements river.JobArgs.
func (mixJob) Kind() string { return "rollcall_mix" }

// mix takes what was said in parts that chance has put together, and writes each part anew, under other
// numbers, sealed anew and in another order: neither a row's place nor its transaction tells when it came.
// What was still on its way to the disk when the period was locked is mixed by a later run, with some of
// the others so that it does not stand alone.
func (s *Service) mix(ctx context.Context, j mixJob) error {
	for {
		var old []ballot
		if err := db.Select(ctx, s.DB.Read(), &old, `SELECT id, form_version, sealed FROM rollcall_ballot WHERE period_id = $1 AND mixed = $2 ORDER BY id LIMIT $3`, j.Period, false, part); err != nil || len(old) == 0 {
			return err
		}
		if len(old) < part {
			var among []ballot
			if err := db.Select(ctx, s.DB.Read(), &among, `SELECT id, form_version, sealed FROM rollcall_ballot WHERE period_id = $1 AND mixed = $2 ORDER BY id LIMIT $3`, j.Period, true, part-len(old)); err != nil {
				return err
			}
			old = append(old, among...)
		}
		fresh := make([]ballot, len(old))
		for i, b := range old {
			content, err := s.openBallot(j.Period, b)
			if err != nil {
				return err
			}
			if fresh[i], err = s.sealBallot(j.Period, b.FormVersion, content); err != nil {
				return err
			}
		}
		slices.SortFunc(fresh, func(a, b ballot) int { return cmp.Compare(a.ID, b.ID) })
		if err := s.Change.Do(ctx, access.SystemActor("job"), func(ctx context.Context, tx *change.Tx) error {
			tx.AppendOnly() // nothing is said but what was said
			for _, b := range old {
				if err := tx.ExecOne(ctx, `DELETE FROM rollcall_ballot WHERE id = $1`, b.ID); err != nil {
					return err
				}
			}
			for _, b := range fresh {
				if err := b.put(ctx, tx, j.Period, true); err != nil {
					return err
				}
			}
			return touched(ctx, tx, j.Period, Locked)
		}); err != nil {
			return err
		}
	}
}

// mixed is nil when what was said in a period may be shown. Faults: conflict rollcall_unmixed,
// rollcall_few.
func (p place) mixed(ctx context.Context, q db.Querier) error {
	var n struct {
		All   int64 `db:"n"`
		Mixed int64 `db:"mixed"`
	}
	if err := db.Get(ctx, q, &n, `SELECT COUNT(*) AS n, CAST(COALESCE(SUM(CASE WHEN mixed THEN 1 ELSE 0 END), 0) AS BIGINT) AS mixed FROM rollcall_ballot WHERE period_id = $1`, p.Period.ID); err != nil {
		return err
	}
	switch {
	case p.Period.State != Locked, n.Mixed < n.All:
		return fault.Conflict("rollcall_unmixed")
	case n.All < fewest:
		return fault.Conflict("rollcall_few").With("limit", fewest)
	}
	return nil
}

// Ballot is what somebody said, nobody knows who.
type Ballot struct {
	ID          db.ID  `json:"id" doc:"drawn: it tells nothing"`
	FormVersion int64  `json:"form_version"`
	Values      Values `json:"values"`
}

// Ballots reads what was said in an anonymous period, behind after, in the order of chance; for those
// who ask. Faults: conflict rollcall_not_anonymous, rollcall_unmixed, rollcall_few; not-found.
func (s *Service) Ballots(ctx context.Context, a access.Actor, period, after db.ID, limit int) ([]Ballot, error) {
	p, err := s.asker(ctx, a, period)
	if err != nil {
		return nil, err
	}
	if !p.Anonymous {
		return nil, fault.Conflict("rollcall_not_anonymous")
	}
	if err := p.mixed(ctx, s.DB.Read()); err != nil {
		return nil, err
	}
	return s.ballots(ctx, p, after, limit)
}

func (s *Service) ballots(ctx context.Context, p place, after db.ID, limit int) ([]Ballot, error) {
	var rows []ballot
	if err := db.Select(ctx, s.DB.Read(), &rows, `SELECT id, form_version, sealed FROM rollcall_ballot WHERE period_id = $1 AND mixed = $2 AND id > $3 ORDER BY id LIMIT $4`, p.Period.ID, true, after, limit); err != nil {
		return nil, err
	}
	out := []Ballot{}
	for _, b := range rows {
		text, err := s.openBallot(p.Period.ID, b)
		if err != nil {
			return nil, err
		}
		x := Ballot{ID: b.ID, FormVersion: b.FormVersion}
		if err := json.Unmarshal(text, &x.Values); err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// eachBallot reads all that was said in a period, in parts.
func (s *Service) eachBallot(ctx context.Context, p place, do func(Values) error) error {
	if err := p.mixed(ctx, s.DB.Read()); err != nil {
		return err
	}
	for after := db.ID(0); ; {
		list, err := s.ballots(ctx, p, after, part)
		if err != nil {
			return err
		}
		for _, b := range list {
			after = b.ID
			if err := do(b.Values); err != nil {
				return err
			}
		}
		if len(list) < part {
			return nil
		}
	}
}
