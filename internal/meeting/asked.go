package meeting

import (
	"context"

	"wozai/internal/db"
	"wozai/internal/org"
	"wozai/internal/profile"
)

// Asked is how much time of a unit's people a meeting takes. Its theme is for those invited.
type Asked struct {
	Meeting  db.ID        `db:"id"`
	Kind     profile.Text `db:"-"`
	KindKey  string       `db:"kind"`
	By       string       `db:"by_name"`
	Unit     db.ID        `db:"unit_id"`
	StartsAt db.Time      `db:"starts_at"`
	Minutes  int64        `db:"minutes"`
	People   int64        `db:"people"`
}

// AskedWithin lists the meetings, announced or held, that begin within some time, for each unit of a
// subtree whose people are due. The caller has authorised it.
func (s *Service) AskedWithin(ctx context.Context, path string, from, to db.Time) (out []Asked, err error) {
	if err := db.Select(ctx, s.DB.Read(), &out, `SELECT m.id, m.kind, u.name AS by_name, p.unit_id, m.starts_at, (m.ends_at - m.starts_at) / 60000000 AS minutes, COUNT(*) AS people
		FROM meeting m JOIN unit u ON u.id = m.unit_id JOIN participant p ON p.meeting_id = m.id JOIN unit d ON d.id = p.unit_id
		WHERE m.status IN ('announced', 'over') AND NOT m.practice AND m.starts_at >= $1 AND m.starts_at < $2 AND d.path >= $3 AND d.path < $4 AND p.exempt = ''
		GROUP BY m.id, m.kind, u.name, p.unit_id, m.starts_at, m.ends_at ORDER BY m.starts_at, m.id, p.unit_id`, from, to, path, org.PathEnd(path)); err != nil {
		return nil, err
	}
	for i, x := range out {
		if k, err := s.Profile().MeetingKind(x.KindKey); err == nil { // a profile may have lost it since
			out[i].Kind = k.Name
		}
	}
	return out, nil
}
