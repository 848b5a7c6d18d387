package live

import (
	"context"
	"strconv"
	"strings"

	"wozai/internal/db"
)

// settled is the transaction number below which every transaction of this database is over, so that the
// order of its events is final. PostgreSQL's own word for it, the oldest transaction of a snapshot, counts
// those of all databases of the cluster: somebody's long night of work would keep our rooms waiting.
//
// It is asked in a statement before the one that reads: what runs no more when it looks round is seen by
// every later snapshot, and what begins meanwhile has a number from next on.
func settled(ctx context.Context, q db.Querier) (string, error) {
	var now struct {
		Next    string `db:"next"`
		Oldest  string `db:"oldest"`
		Running string `db:"running"`
		Hidden  bool   `db:"hidden"`
	}
	if err := db.Get(ctx, q, &now, `SELECT CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS next, CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS oldest,
		COALESCE(STRING_AGG(CAST(backend_xid AS TEXT), ','), '') AS running, COALESCE(BOOL_OR(query = '<insufficient privilege>'), FALSE) AS hidden
		FROM pg_stat_activity WHERE datname = current_database()`); err != nil {
		return "", err
	}
	if now.Hidden { // another role works here too, and does not show what it has under way
		return now.Oldest, nil
	}
	next, err := strconv.ParseInt(now.Next, 10, 64)
	if err != nil {
		return "", err
	}
	below := next
	for short := range strings.SplitSeq(now.Running, ",") {
		if short == "" {
			continue
		}
		n, err := strconv.ParseInt(short, 10, 64)
		if err != nil {
			return "", err
		}
		below = min(below, whole(n, next))
	}
	return strconv.FormatInt(below, 10), nil
}

// whole gives a transaction's whole number, of which sessions tell the last 32 bits, by one near it.
func whole(short, near int64) int64 {
	const round = 1 << 32
	n := near&^(round-1) | short
	switch {
	case n > near+round/2:
		n -= round
	case n < near-round/2:
		n += round
	}
	return n
}
