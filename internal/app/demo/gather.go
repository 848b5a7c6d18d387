package demo

import (
	"bytes"
	"context"
	_ "embed"
	"slices"
	"time"

	"wozai/internal/access"
	"wozai/internal/account"
	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/meeting"
	"wozai/internal/org"
)

const (
	beginsIn = 20 * time.Second
	lasts    = 95 * time.Minute
	theme    = "同心抗疫、守住本职：疫情中的党员怎样尽责"
)

// discussion is what people read before the meeting and look at in it; make-papers.sh beside it made it.
//
//go:embed papers/discussion.pdf
var discussion []byte

// gather finds or arranges the meeting that is about to begin: the branch's organisation-life
// meeting, led by the secretary; the deputy secretary, simulated, steps in when nobody does.
func (d *Demo) gather(ctx context.Context, p Parts) error {
	byRole := func(role string) db.ID {
		return d.SignIns[slices.IndexFunc(d.SignIns, func(s SignIn) bool { return s.Role == role })].personID
	}
	secretary, recorder, member, leader := byRole("secretary"), byRole("recorder"), byRole("member"), byRole("leader")
	d.chair = secretary
	mine, err := org.Memberships(ctx, p.DB.Read(), org.MembershipFilter{PersonID: secretary})
	if err != nil {
		return err
	}
	branch := mine[slices.IndexFunc(mine, func(m org.Membership) bool { return m.Position == "secretary" })].UnitID
	roll, err := org.Memberships(ctx, p.DB.Read(), org.MembershipFilter{UnitID: branch})
	if err != nil {
		return err
	}
	var deputy db.ID
	for _, m := range roll {
		switch m.PersonID {
		case secretary, recorder, member, leader: // somebody may sign in as them
			continue
		}
		d.show = append(d.show, m.PersonID)
		if m.Position == "deputy_secretary" {
			deputy = m.PersonID
		}
	}
	slices.SortStableFunc(d.show, func(a, b db.ID) int { return rank(a == deputy) - rank(b == deputy) })
	if err := d.arrange(ctx, p, branch, secretary, recorder, deputy); err != nil {
		return err
	}
	return p.Change.Do(ctx, actor, func(ctx context.Context, tx *change.Tx) (err error) {
		d.Link, err = account.IssueLink(ctx, tx, d.Meeting, member, tx.Now().Add(24*time.Hour))
		return err
	})
}

func rank(first bool) int {
	if first {
		return 0
	}
	return 1
}

// arrange makes the meeting, unless one made before has not been held yet: then it begins anew.
func (d *Demo) arrange(ctx context.Context, p Parts, branch, secretary, recorder, deputy db.ID) error {
	grants, err := org.Grants(ctx, p.DB.Read(), secretary)
	if err != nil {
		return err
	}
	host := access.Actor{Kind: access.Person, PersonID: secretary, Origin: "demo", Lang: "zh-CN", Grants: grants}
	now := time.Now()
	starts, ends := db.At(now.Add(beginsIn)), db.At(now.Add(lasts))
	var old struct {
		ID       db.ID   `db:"id"`
		OpenedAt db.Time `db:"opened_at"`
		EndsAt   db.Time `db:"ends_at"`
		Version  int64   `db:"version"`
	}
	found, err := db.Find(ctx, p.DB.Read(), &old, `SELECT id, opened_at, ends_at, version FROM meeting WHERE unit_id = $1 AND theme = $2 AND status = 'announced' ORDER BY id DESC LIMIT 1`, branch, theme)
	if err != nil {
		return err
	}
	if found && old.OpenedAt != 0 && old.EndsAt > db.At(now) {
		d.Meeting = old.ID // it is going on
		return nil
	}
	if found && old.OpenedAt == 0 {
		d.Meeting = old.ID
		return p.Meeting.Move(ctx, host, old.ID, old.Version, starts, ends, "演示重新开始")
	}
	id, err := p.Meeting.Create(ctx, host, branch, meeting.Arrangement{
		Kind: "organisation_life", Theme: theme, Place: "线上（云组织生活会）", StartsAt: starts, EndsAt: ends,
		ChairID: secretary, RecorderID: recorder, DeputyIDs: []db.ID{deputy},
		Note: "请先自学、谈心谈话，准备三到五分钟的发言。身体不适或网络不便的同志，可以电话参加，也可以提前交书面发言。",
	})
	if err != nil {
		return err
	}
	d.Meeting = id
	if err := p.Meeting.Announce(ctx, host, id, 1); err != nil {
		return err
	}
	if _, err := p.Papers.Add(ctx, host, id, "讨论材料.pdf", bytes.NewReader(discussion)); err != nil {
		return err
	}
	return d.prepare(ctx, p, host)
}

// prepare ticks off what the branch has done before the meeting.
func (d *Demo) prepare(ctx context.Context, p Parts, host access.Actor) error {
	detail, err := p.Meeting.Detail(ctx, host, d.Meeting)
	if err != nil {
		return err
	}
	notes := map[string]string{"theme": "支委会商定", "study": "线上自学，二月十八日集中讨论", "talks": "支委之间、支委和党员之间电话谈心，覆盖全体党员", "opinions": "微信、电话征求意见二十一条"}
	for _, t := range detail.Tasks {
		if note := notes[t.Key]; note != "" {
			if err := p.Meeting.TickTask(ctx, host, d.Meeting, t.ID, true, note); err != nil {
				return err
			}
		}
	}
	return nil
}
