package rollcall

import (
	"context"
	"encoding/json"
	"slices"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
)

// Trend is how a roll call went over its periods in a unit and below it.
type Trend struct {
	Title  Text         `json:"title"`
	Unit   db.ID        `json:"unit_id"`
	Name   string       `json:"name"`
	Fields []TrendField `json:"fields" doc:"of the newest form: what can be added up or counted"`
	Points []TrendPoint `json:"points" doc:"a period each, oldest first"`
}

// TrendField names a series.
type TrendField struct {
	Key     string       `json:"key"`
	Kind    FieldKind    `json:"kind" enum:"number,choice,total"`
	Label   Text         `json:"label"`
	Measure Text         `json:"measure,omitzero"`
	Options []FormOption `json:"options,omitempty"`
}

// TrendPoint is one period.
type TrendPoint struct {
	Period
	Counts  Counts   `json:"counts"`
	Figures []Figure `json:"figures,omitempty" doc:"by field; none where nothing may be shown"`
	Hidden  string   `json:"hidden,omitempty" doc:"why there are no figures: rollcall_unmixed, rollcall_few, rollcall_anonymous"`
}

// Trend reads the newest periods that have opened, at most limit. Unit 0 is the asking one. Those who may
// see the counts of the unit may: a unit that was not in the tree of a period is not in its point. What a
// locked period came to is kept; figures false leaves out what has to be added up of others. Faults:
// not-found.
func (s *Service) Trend(ctx context.Context, a access.Actor, rollcall, unit db.ID, limit int, figures bool) (out Trend, err error) {
	q := s.DB.Read()
	r, err := readRow(ctx, q, rollcall)
	if err != nil {
		return out, err
	}
	if unit == 0 {
		unit = r.Unit
	}
	u, err := org.GetUnit(ctx, q, unit)
	if err != nil {
		return out, err
	}
	asks, err := r.asks(ctx, q, a)
	if err != nil {
		return out, err
	}
	if !asks {
		if err := a.Require(access.RollcallCount, u.Where()); err != nil {
			return out, err
		}
	}
	out = Trend{Unit: unit, Name: u.Name, Fields: []TrendField{}, Points: []TrendPoint{}}
	if out.Title, err = r.title(); err != nil {
		return out, err
	}
	var rows []struct {
		Period
		Kept string `db:"kept"`
	}
	if err := db.Select(ctx, q, &rows, `SELECT p.id, p.rollcall_id, p.number, p.name, p.state, p.opens_at, p.due_at, p.closes_at, COALESCE(k.content, '') AS kept
		FROM rollcall_period p JOIN rollcall_count c ON c.period_id = p.id AND c.unit_id = $1 LEFT JOIN rollcall_kept k ON k.period_id = p.id AND k.unit_id = c.unit_id AND k.changes = p.changes
		WHERE p.rollcall_id = $2 AND p.state <> 'opening' ORDER BY p.number DESC LIMIT $3`, unit, rollcall, limit); err != nil {
		return out, err
	}
	if len(rows) == 0 && unit != r.Unit { // nobody was ever asked there or below
		return out, fault.NotFound()
	}
	form, err := s.form(ctx, q, rollcall, r.FormVersion)
	if err != nil {
		return out, err
	}
	for _, f := range form.Fields {
		if f.figured() {
			out.Fields = append(out.Fields, TrendField{f.Key, f.Kind, f.Label, f.Measure, f.Options})
		}
	}
	for _, x := range slices.Backward(rows) {
		var k outcome
		point := TrendPoint{Period: x.Period}
		figures := figures && len(out.Fields) > 0
		switch {
		case x.Kept != "":
			err = json.Unmarshal([]byte(x.Kept), &k)
		case figures:
			p, e := readPlace(ctx, q, x.ID)
			if e != nil {
				return out, e
			}
			if k, err = s.came(ctx, p, unit); fault.Is(err, fault.KindConflict) {
				point.Hidden, figures, err = fault.Code(err), false, nil
			}
		default:
			k.Counts, err = subtree(ctx, q, x.ID, unit)
		}
		if err != nil {
			return out, err
		}
		point.Counts = k.Counts.counts(r.Voluntary)
		if figures {
			point.Figures = k.tell(form)
		}
		out.Points = append(out.Points, point)
	}
	return out, nil
}
