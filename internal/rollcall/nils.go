package rollcall

import (
	"context"

	"wozai/internal/db"
)

const (
	nilRun  = 3  // nils in a row that are looked at
	nilBack = 31 // periods that are looked back on
)

// nilsInARow counts the nils at the head of some answers, newest first, and says whether there is a
// value behind them: somebody had something to report before.
func nilsInARow(kinds []AnswerKind) (n int64, before bool) {
	for i, k := range kinds {
		switch {
		case k == Nil && int(n) == i:
			n++
		case k == Value:
			return n, true
		}
	}
	return n, false
}

// busy reports whether most who answered a period had something to report.
func (p place) busy(ctx context.Context, q db.Querier) (bool, error) {
	var t tally
	err := db.Get(ctx, q, &t, `SELECT `+sums+` FROM rollcall_count d WHERE d.period_id = $1`, p.Period.ID)
	return t.Received > 0 && 2*(t.Nils+t.Inapplicable) <= t.Received, err
}

// nils is how many nils in a row an answerer has signed when that is worth a look, 0 when it is not: the
// third at least, of somebody who reported something before, or while most others do. It accuses nobody.
func (p place) nils(ctx context.Context, q db.Querier, answerer db.ID) (int64, error) {
	var kinds []AnswerKind
	if err := db.Select(ctx, q, &kinds, `SELECT CASE WHEN x.state = 'returned' THEN '' ELSE COALESCE(x.kind, '') END AS kind FROM rollcall_period n LEFT JOIN rollcall_answer x ON x.period_id = n.id AND x.answerer_id = $1
		WHERE n.rollcall_id = $2 AND n.number <= $3 AND n.number > $3 - $4 AND n.state <> 'opening' ORDER BY n.number DESC`, answerer, p.Rollcall, p.Number, nilBack); err != nil {
		return 0, err
	}
	n, before := nilsInARow(kinds)
	if n < nilRun {
		return 0, nil
	}
	if before {
		return n, nil
	}
	busy, err := p.busy(ctx, q)
	if !busy {
		n = 0
	}
	return n, err
}

// inNilRun is the condition that an answer (x) is one that nils would mark; $1 is the period.
func (p place) inNilRun(ctx context.Context, q db.Querier, put func(any) string) (string, error) {
	var last []db.ID
	if err := db.Select(ctx, q, &last, `SELECT id FROM rollcall_period WHERE rollcall_id = $1 AND number <= $2 AND number > $2 - $3 AND state <> 'opening' ORDER BY number DESC LIMIT $4`, p.Rollcall, p.Number, nilBack, nilRun); err != nil {
		return "", err
	}
	if len(last) < nilRun {
		return "1 = 0", nil
	}
	cond := `x.state <> 'returned' AND x.kind = 'nil'`
	for _, id := range last[1:] {
		cond += ` AND EXISTS (SELECT 1 FROM rollcall_answer y WHERE y.period_id = ` + put(id) + ` AND y.answerer_id = x.answerer_id AND y.kind = 'nil' AND y.state <> 'returned')`
	}
	busy, err := p.busy(ctx, q)
	if err == nil && !busy {
		number := put(p.Number)
		cond += ` AND EXISTS (SELECT 1 FROM rollcall_period n JOIN rollcall_answer y ON y.period_id = n.id WHERE n.rollcall_id = ` + put(p.Rollcall) + ` AND n.number < ` + number + ` AND n.number > ` + number + ` - ` + put(nilBack) + `
			AND y.answerer_id = x.answerer_id AND y.kind = 'value' AND y.state <> 'returned')`
	}
	return cond, err
}
