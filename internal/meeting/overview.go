package meeting

import (
	"context"
	"slices"
	"time"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/fault"
	"wozai/internal/org"
	"wozai/internal/profile"
)

// The overview is for the level above: what was due, planned, held, signed, reported, accepted, per
// kind of meeting and period, rolled up along the tree, and whom to help. It is no ranking: units
// stand in the order of the tree.

// OverviewKind is a column: a kind of meeting that falls due, with the period that contains the
// day asked for.
type OverviewKind struct {
	Key     string  `json:"key"`
	Name    string  `json:"name"`
	Need    int     `json:"need" doc:"meetings that each unit owes in the period"`
	Per     string  `json:"per" enum:"month,quarter,year"`
	From    db.Time `json:"from"`
	To      db.Time `json:"to" doc:"first instant after it"`
	Over    bool    `json:"over" doc:"the period has ended: what is not held is overdue"`
	Reports bool    `json:"reports" doc:"a report upward belongs to it"`
}

// OverviewCell counts units of a subtree: each stage is contained in the one before.
type OverviewCell struct {
	Due      int `json:"due" doc:"units that owe it"`
	Planned  int `json:"planned" doc:"of these, have enough meetings announced or held"`
	Held     int `json:"held"`
	Signed   int `json:"signed"`
	Reported int `json:"reported"`
	Accepted int `json:"accepted"`
	Returned int `json:"returned" doc:"reports sent back and not handed in again"`
}

// OverviewRow is a unit with everything below it.
type OverviewRow struct {
	Unit     db.ID                   `json:"unit_id"`
	Name     string                  `json:"name"`
	UnitKind string                  `json:"unit_kind"`
	Children int                     `json:"children" doc:"units directly below; 0: it cannot be opened further"`
	Units    int                     `json:"units" doc:"units in it that owe any meeting"`
	Cells    map[string]OverviewCell `json:"cells" doc:"by kind; kinds that nobody in it owes are left out"`
	Help     int                     `json:"help" doc:"units in it that lack a plan or a meeting"`
}

// OverviewMeeting is one meeting of the unit itself, as far as the level above may know.
type OverviewMeeting struct {
	ID       db.ID   `json:"id" db:"id"`
	Kind     string  `json:"kind" db:"kind"`
	Theme    string  `json:"theme" db:"theme"`
	StartsAt db.Time `json:"starts_at" db:"starts_at"`
	Status   Status  `json:"status" db:"status" enum:"announced,over"`
	Signed   bool    `json:"signed" db:"signed"`
	Plan     string  `json:"plan,omitempty" db:"plan" enum:"submitted,accepted,returned"`
	PlanID   db.ID   `json:"plan_id,omitzero" db:"plan_id"`
	Report   string  `json:"report,omitempty" db:"report" enum:"submitted,accepted,returned"`
	ReportID db.ID   `json:"report_id,omitzero" db:"report_id"`
}

// Overview is a page of the tree.
type Overview struct {
	Unit     OverviewRow       `json:"unit" doc:"with everything below it"`
	Above    []RecordName      `json:"above" doc:"from the top of what the reader oversees down to the unit's parent"`
	Kinds    []OverviewKind    `json:"kinds"`
	Own      []OverviewMeeting `json:"own" doc:"the unit's own meetings in these periods, at most 100"`
	Rows     []OverviewRow     `json:"rows" doc:"units directly below, in the tree's order"`
	NextSort int64             `json:"next_sort,omitempty"`
	NextID   db.ID             `json:"next_id,omitzero" doc:"absent: no more rows"`
	Leads    bool              `json:"leads" doc:"whether the reader may see how the unit's leaders took part in their other bodies"`
}

type overviewUnit struct {
	ID   db.ID  `db:"id"`
	Name string `db:"name"`
	Kind string `db:"kind"`
	Path string `db:"path"`
	Sort int64  `db:"sort"`
}

// overview holds what one request works with.
type overview struct {
	profile *profile.Profile
	kinds   []OverviewKind
	owes    map[string][]string // unit kind → kinds of meeting
}

func (s *Records) newOverview(lang string, day time.Time) overview {
	o := overview{profile: s.Profile(), owes: map[string][]string{}}
	now := time.Now()
	for _, k := range o.profile.MeetingKinds {
		if k.Frequency.AtLeast == 0 {
			continue
		}
		from, to := period(k.Frequency.Per, day.In(s.Zone()))
		o.kinds = append(o.kinds, OverviewKind{Key: k.Key, Name: k.Name.In(lang), Need: k.Frequency.AtLeast, Per: string(k.Frequency.Per), From: db.At(from), To: db.At(to), Over: !now.Before(to), Reports: len(k.Report) > 0})
		for _, unit := range k.HeldBy {
			o.owes[unit] = append(o.owes[unit], k.Key)
		}
	}
	return o
}

// tally is what one unit did of one kind in its period.
type tally struct {
	Path     string `db:"path"`
	UnitKind string `db:"unit_kind"`
	Kind     string `db:"kind"`
	Planned  int    `db:"planned"` // held ones included
	Held     int    `db:"held"`
	Signed   int    `db:"signed"`
	Reported int    `db:"reported"`
	Accepted int    `db:"accepted"`
	Returned int    `db:"returned"`
}

// tallies counts the meetings of a subtree, a row a unit and kind, in the order of paths.
func (o overview) tallies(ctx context.Context, q db.Querier, from, to string) ([]tally, error) {
	var out []tally
	for _, k := range o.kinds {
		var rows []tally
		if err := db.Select(ctx, q, &rows, `SELECT u.path, u.kind AS unit_kind, m.kind, COUNT(*) AS planned,
				CAST(SUM(CASE WHEN m.status = 'over' THEN 1 ELSE 0 END) AS BIGINT) AS held,
				CAST(SUM(CASE WHEN r.state = 'signed' THEN 1 ELSE 0 END) AS BIGINT) AS signed,
				CAST(SUM(CASE WHEN s.state IN ('submitted', 'accepted') THEN 1 ELSE 0 END) AS BIGINT) AS reported,
				CAST(SUM(CASE WHEN s.state = 'accepted' THEN 1 ELSE 0 END) AS BIGINT) AS accepted,
				CAST(SUM(CASE WHEN s.state = 'returned' THEN 1 ELSE 0 END) AS BIGINT) AS returned
			FROM unit u JOIN meeting m ON m.unit_id = u.id LEFT JOIN record r ON r.meeting_id = m.id LEFT JOIN submission s ON s.meeting_id = m.id AND s.kind = 'report'
			WHERE u.path >= $1 AND u.path < $2 AND u.valid_to = 0 AND u.batch_id = 0 AND m.kind = $3 AND m.starts_at >= $4 AND m.starts_at < $5 AND m.status IN ('announced', 'over') AND NOT m.practice
			GROUP BY u.path, u.kind, m.kind`, from, to, k.Key, k.From, k.To); err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	return out, nil
}

func (o overview) kind(key string) OverviewKind {
	i := slices.IndexFunc(o.kinds, func(k OverviewKind) bool { return k.Key == key })
	return o.kinds[i]
}

// cell is one unit's part of a count.
func (o overview) cell(t tally) OverviewCell {
	k := o.kind(t.Kind)
	one := func(n int) int {
		if n >= k.Need {
			return 1
		}
		return 0
	}
	return OverviewCell{Planned: one(t.Planned), Held: one(t.Held), Signed: one(t.Signed), Reported: one(t.Reported), Accepted: one(t.Accepted), Returned: t.Returned}
}

// row rolls up one subtree.
func (o overview) row(ctx context.Context, q db.Querier, u overviewUnit) (OverviewRow, error) {
	out := OverviewRow{Unit: u.ID, Name: u.Name, UnitKind: u.Kind, Cells: map[string]OverviewCell{}}
	var kinds []struct {
		Kind string `db:"kind"`
		N    int    `db:"n"`
	}
	if err := db.Select(ctx, q, &kinds, `SELECT kind, COUNT(*) AS n FROM unit WHERE path >= $1 AND path < $2 AND valid_to = 0 AND batch_id = 0 GROUP BY kind`, u.Path, org.PathEnd(u.Path)); err != nil {
		return out, err
	}
	for _, k := range kinds {
		for _, key := range o.owes[k.Kind] {
			c := out.Cells[key]
			c.Due += k.N
			out.Cells[key] = c
		}
		if len(o.owes[k.Kind]) > 0 {
			out.Units += k.N
		}
	}
	if err := db.Get(ctx, q, &out.Children, `SELECT COUNT(*) FROM unit WHERE parent_id = $1 AND valid_to = 0 AND batch_id = 0`, u.ID); err != nil {
		return out, err
	}
	out.Help = out.Units
	if out.Units == 0 {
		return out, nil
	}
	rows, err := o.tallies(ctx, q, u.Path, org.PathEnd(u.Path))
	if err != nil {
		return out, err
	}
	type progress struct {
		kind string
		n    int
	}
	fine := map[string]progress{} // path → in how many kinds all is planned or held as it should
	for _, t := range rows {
		c, due := out.Cells[t.Kind]
		if !due {
			continue
		}
		x := o.cell(t)
		c.Planned, c.Held, c.Signed, c.Reported, c.Accepted, c.Returned = c.Planned+x.Planned, c.Held+x.Held, c.Signed+x.Signed, c.Reported+x.Reported, c.Accepted+x.Accepted, c.Returned+x.Returned
		out.Cells[t.Kind] = c
		if o.well(t) {
			fine[t.Path] = progress{t.UnitKind, fine[t.Path].n + 1}
		}
	}
	for _, unit := range fine {
		if unit.n >= len(o.owes[unit.kind]) {
			out.Help--
		}
	}
	return out, nil
}

// well reports that nothing is missing: held when the period is over, planned while it runs.
func (o overview) well(t tally) bool {
	k := o.kind(t.Kind)
	if k.Over {
		return t.Held >= k.Need
	}
	return t.Planned >= k.Need
}

// OverviewFilter says what of the tree is asked for.
type OverviewFilter struct {
	Day       time.Time // each kind's period is the one around it
	AfterSort int64
	AfterID   db.ID // 0: from the first
	Limit     int   // rows; 50 when zero, 200 at most
}

// Overview gives one page of the tree to those who oversee the unit. Faults: not-found.
func (s *Records) Overview(ctx context.Context, a access.Actor, unit db.ID, f OverviewFilter) (out Overview, err error) {
	q := s.DB.Read()
	u, err := s.overseen(ctx, q, a, unit)
	if err != nil {
		return out, err
	}
	if f.Limit <= 0 {
		f.Limit = 50
	}
	f.Limit = min(f.Limit, 200)
	o := s.newOverview(a.Lang, f.Day)
	out = Overview{Kinds: orEmpty(o.kinds), Rows: []OverviewRow{}, Above: []RecordName{}, Own: []OverviewMeeting{}, Leads: s.leads(a, unit, u.Kind)}
	if out.Unit, err = o.row(ctx, q, u); err != nil {
		return out, err
	}
	if err := s.above(ctx, q, a, unit, &out); err != nil {
		return out, err
	}
	if err := o.own(ctx, q, unit, &out); err != nil {
		return out, err
	}
	var children []overviewUnit
	if err := db.Select(ctx, q, &children, `SELECT id, name, kind, path, sort FROM unit WHERE parent_id = $1 AND valid_to = 0 AND batch_id = 0
		AND (sort > $2 OR (sort = $2 AND id > $3) OR $3 = 0) ORDER BY sort, id LIMIT $4`, unit, f.AfterSort, f.AfterID, f.Limit+1); err != nil {
		return out, err
	}
	if len(children) > f.Limit {
		children = children[:f.Limit]
		last := children[f.Limit-1]
		out.NextSort, out.NextID = last.Sort, last.ID
	}
	for _, c := range children {
		row, err := o.row(ctx, q, c)
		if err != nil {
			return out, err
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

func (s *Records) overseen(ctx context.Context, q db.Querier, a access.Actor, unit db.ID) (u overviewUnit, err error) {
	if err := db.Get(ctx, q, &u, `SELECT id, name, kind, path, sort FROM unit WHERE id = $1 AND valid_to = 0 AND batch_id = 0`, unit); err != nil {
		return u, err
	}
	return u, a.Require(access.MeetingOversee, access.Unit{ID: u.ID, Path: u.Path})
}

// above lists the units above that the reader oversees too.
func (s *Records) above(ctx context.Context, q db.Querier, a access.Actor, unit db.ID, out *Overview) error {
	u, err := org.GetUnit(ctx, q, unit)
	if err != nil {
		return err
	}
	chain, err := org.Ancestors(ctx, q, u)
	if err != nil {
		return err
	}
	for _, x := range chain[:len(chain)-1] {
		if a.Can(access.MeetingOversee, x.Where()) {
			out.Above = append(out.Above, RecordName{x.ID, x.Name})
		}
	}
	return nil
}

// own lists the unit's own meetings.
func (o overview) own(ctx context.Context, q db.Querier, unit db.ID, out *Overview) error {
	if len(o.kinds) == 0 {
		return nil
	}
	from, to := o.kinds[0].From, o.kinds[0].To
	for _, k := range o.kinds {
		from, to = min(from, k.From), max(to, k.To)
	}
	return db.Select(ctx, q, &out.Own, `SELECT m.id, m.kind, m.theme, m.starts_at, m.status, COALESCE(r.state, '') = 'signed' AS signed,
			COALESCE(p.state, '') AS plan, COALESCE(p.id, 0) AS plan_id, COALESCE(s.state, '') AS report, COALESCE(s.id, 0) AS report_id
		FROM meeting m LEFT JOIN record r ON r.meeting_id = m.id LEFT JOIN submission p ON p.meeting_id = m.id AND p.kind = 'plan' LEFT JOIN submission s ON s.meeting_id = m.id AND s.kind = 'report'
		WHERE m.unit_id = $1 AND m.starts_at >= $2 AND m.starts_at < $3 AND m.status IN ('announced', 'over') AND NOT m.practice ORDER BY m.starts_at DESC LIMIT 100`, unit, from, to)
}

// HelpLine is a unit that needs help, and with what.
type HelpLine struct {
	Unit  db.ID      `json:"unit_id"`
	Name  string     `json:"name"`
	Path  string     `json:"path" doc:"the cursor of the next page"`
	Needs []HelpNeed `json:"needs"`
}

// HelpNeed is what is missing of one kind.
type HelpNeed struct {
	Kind string `json:"kind"`
	What string `json:"what" enum:"overdue,no_plan,unsigned,unreported,returned"`
}

// Help lists the units below that lack a plan or meeting, a signature or a report, in the tree's
// order, after a path; for those who oversee the unit. Faults: not-found.
func (s *Records) Help(ctx context.Context, a access.Actor, unit db.ID, day time.Time, after string, limit int) ([]HelpLine, error) {
	q := s.DB.Read()
	u, err := s.overseen(ctx, q, a, unit)
	if err != nil {
		return nil, err
	}
	o := s.newOverview(a.Lang, day)
	out := []HelpLine{}
	if after < u.Path {
		after = u.Path[:len(u.Path)-1] // before the unit itself
	}
	for len(out) < limit {
		var units []overviewUnit
		if err := db.Select(ctx, q, &units, `SELECT id, name, kind, path, sort FROM unit WHERE path > $1 AND path < $2 AND valid_to = 0 AND batch_id = 0 ORDER BY path LIMIT 500`, after, org.PathEnd(u.Path)); err != nil {
			return nil, err
		}
		if len(units) == 0 {
			break
		}
		after = units[len(units)-1].Path
		rows, err := o.tallies(ctx, q, units[0].Path, org.PathEnd(after))
		if err != nil {
			return nil, err
		}
		by := map[string]map[string]tally{}
		for _, t := range rows {
			if by[t.Path] == nil {
				by[t.Path] = map[string]tally{}
			}
			by[t.Path][t.Kind] = t
		}
		for _, x := range units {
			if needs := o.needs(x.Kind, by[x.Path]); len(needs) > 0 && len(out) < limit {
				out = append(out, HelpLine{x.ID, x.Name, x.Path, needs})
			}
		}
		if len(units) < 500 {
			break
		}
	}
	return out, nil
}

func (o overview) needs(unitKind string, done map[string]tally) []HelpNeed {
	var out []HelpNeed
	for _, key := range o.owes[unitKind] {
		k, t := o.kind(key), done[key]
		switch {
		case k.Over && t.Held < k.Need:
			out = append(out, HelpNeed{key, "overdue"})
		case !k.Over && t.Planned < k.Need:
			out = append(out, HelpNeed{key, "no_plan"})
		case t.Signed < t.Held:
			out = append(out, HelpNeed{key, "unsigned"})
		case k.Reports && t.Returned > 0:
			out = append(out, HelpNeed{key, "returned"})
		case k.Reports && t.Reported < t.Held:
			out = append(out, HelpNeed{key, "unreported"})
		}
	}
	return out
}

// MyMeeting is a meeting that somebody was on the list of, with what the record says of them.
type MyMeeting struct {
	Meeting  db.ID            `json:"meeting_id" db:"meeting_id"`
	Unit     db.ID            `json:"unit_id" db:"unit_id"`
	UnitName string           `json:"unit_name" db:"unit_name"`
	Kind     string           `json:"kind" db:"kind"`
	Theme    string           `json:"theme" db:"theme"`
	HeldAt   db.Time          `json:"held_at" db:"held_at"`
	Status   AttendanceStatus `json:"status" db:"status" enum:"present,excused,exempt,absent,not_due"`
	Due      bool             `json:"due" db:"due"`
	Observer bool             `json:"observer" db:"observer"`
	Signed   bool             `json:"signed" db:"signed" doc:"the record can be read, by members"`
}

// MyMeetings lists the actor's meetings in all their bodies, the latest first, before an instant (0: now).
func (s *Records) MyMeetings(ctx context.Context, a access.Actor, before db.Time, limit int) ([]MyMeeting, error) {
	out := []MyMeeting{}
	if a.PersonID == 0 {
		return out, nil
	}
	return out, db.Select(ctx, s.DB.Read(), &out, `SELECT x.meeting_id, x.unit_id, u.name AS unit_name, m.kind, m.theme, x.held_at, x.status, x.due, x.observer, r.state = 'signed' AS signed
		FROM record_attendee x JOIN meeting m ON m.id = x.meeting_id JOIN unit u ON u.id = x.unit_id JOIN record r ON r.meeting_id = x.meeting_id
		WHERE x.person_id = $1 AND (x.held_at < $2 OR $2 = 0) ORDER BY x.held_at DESC LIMIT $3`, a.PersonID, before, limit)
}

// LeaderLine says how somebody of a leading body took part in one body that they belong to.
type LeaderLine struct {
	Person   db.ID  `json:"person_id" db:"person_id"`
	Name     string `json:"name" db:"name"`
	Unit     db.ID  `json:"unit_id" db:"unit_id"`
	UnitName string `json:"unit_name" db:"unit_name"`
	Due      int    `json:"due" db:"due" doc:"meetings held in the year at which they were due"`
	Present  int    `json:"present" db:"present"`
	Excused  int    `json:"excused" db:"excused"`
}

// Leaders tells a leading body's own officers how its members took part in its meetings and in those
// of their branches (双重组织生活) in the year around a day, a line for each body. Everybody else, the level above included, gets
// not-found, and so does a unit that is no leading body. The members themselves find the same
// under their own meetings.
func (s *Records) Leaders(ctx context.Context, a access.Actor, unit db.ID, day time.Time) ([]LeaderLine, error) {
	q := s.DB.Read()
	u, err := org.GetUnit(ctx, q, unit)
	if err != nil {
		return nil, err
	}
	if !s.leads(a, unit, u.Kind) {
		return nil, fault.NotFound()
	}
	meets := []string{}
	for _, t := range s.Profile().Trees {
		if t.Meets {
			meets = append(meets, t.Key)
		}
	}
	from, to := period(profile.Year, day.In(s.Zone()))
	out := []LeaderLine{}
	for _, tree := range meets {
		var rows []LeaderLine
		if err := db.Select(ctx, q, &rows, `SELECT o.person_id, p.name, o.unit_id, u.name AS unit_name,
				CAST(COALESCE(SUM(CASE WHEN x.due THEN 1 ELSE 0 END), 0) AS BIGINT) AS due,
				CAST(COALESCE(SUM(CASE WHEN x.due AND x.status = 'present' THEN 1 ELSE 0 END), 0) AS BIGINT) AS present,
				CAST(COALESCE(SUM(CASE WHEN x.due AND x.status = 'excused' THEN 1 ELSE 0 END), 0) AS BIGINT) AS excused
			FROM (SELECT DISTINCT m.person_id, o.unit_id, MIN(m.sort) AS sort FROM membership m JOIN membership o ON o.person_id = m.person_id
				WHERE m.unit_id = $1 AND m.valid_to = 0 AND m.batch_id = 0 AND o.valid_to = 0 AND o.batch_id = 0 GROUP BY m.person_id, o.unit_id) o
			JOIN person p ON p.id = o.person_id JOIN unit u ON u.id = o.unit_id JOIN tree t ON t.id = u.tree_id
			LEFT JOIN record_attendee x ON x.person_id = o.person_id AND x.unit_id = o.unit_id AND x.held_at >= $2 AND x.held_at < $3
			WHERE t.key = $4 GROUP BY o.person_id, p.name, o.unit_id, u.name, o.sort ORDER BY o.sort, o.person_id, o.unit_id`, unit, db.At(from), db.At(to), tree); err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	return out, nil
}

// leads reports whether somebody is an officer of this very unit, a leading body.
func (s *Records) leads(a access.Actor, unit db.ID, kind string) bool {
	own := a.Kind == access.Person && slices.ContainsFunc(a.Grants, func(g access.Grant) bool { return g.Role == access.Officer && g.UnitID == unit })
	return own && leadingBody(s.Profile(), kind)
}

// leadingBody reports whether a kind of unit is made of leaders alone: every position that makes a
// member of it sits on its committee.
func leadingBody(p *profile.Profile, unitKind string) bool {
	members := 0
	for _, pos := range p.PositionsIn(unitKind) {
		member := slices.ContainsFunc(pos.Grants, func(g profile.Grant) bool { return g.Role == access.Member })
		if member && !pos.Committee {
			return false
		}
		if member {
			members++
		}
	}
	return members > 0
}
