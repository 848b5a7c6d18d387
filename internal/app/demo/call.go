package demo

import (
	"context"
	"time"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/dispatch"
	"wozai/internal/org"
)

// callOut has the recorder ask 谁在? twice: one is settled, the other is in the member's hands; somebody
// is on duty until the evening. None rings when somebody signs in to look round.
func callOut(ctx context.Context, p Parts, a *authority) error {
	as := func(m member) access.Actor {
		return access.Actor{Kind: access.Person, PersonID: m.ID, Origin: "demo", Lang: "zh-CN"}
	}
	recorder, youth, doer := as(a.stage.people[3]), as(a.stage.people[6]), as(a.stage.people[7])
	for _, who := range []access.Actor{youth, doer} { // at whatever hour the demonstration starts
		if err := p.Dispatch.SetMine(ctx, who, dispatch.Availability{State: dispatch.Free}); err != nil {
			return err
		}
	}
	now := db.Now()
	if _, err := p.Dispatch.SetDuty(ctx, access.SystemActor("demo"), a.stage.unit.ID, dispatch.NewDuty{Person: youth.PersonID, FromAt: now, UntilAt: now.Add(10 * time.Hour)}); err != nil {
		return err
	}
	ask := func(text, need string) (db.ID, error) {
		return p.Dispatch.Ask(ctx, recorder, a.stage.unit.ID, dispatch.Question{
			Text: text, Need: need, Mode: dispatch.First, Lease: 24 * 60, DueAt: db.Now().Add(4 * time.Hour),
			Audience: org.Selection{PersonIDs: []db.ID{youth.PersonID, doer.PersonID}},
		})
	}
	settled, err := ask("谁在？有个数据需要核准。", "昨天报上来的在岗人数和考勤对不上，差两个人。")
	if err != nil {
		return err
	}
	open, err := ask("谁在？请把口罩的签收单扫一份。", "今天下午四点前要报给后勤。")
	if err != nil {
		return err
	}
	take := func(who access.Actor, id db.ID) func() error {
		return func() error { _, err := p.Dispatch.Claim(ctx, who, id, ""); return err } // nobody else is there to be faster
	}
	for _, step := range []func() error{
		take(youth, settled),
		func() error { return p.Dispatch.Progress(ctx, youth, settled, "在核了，十分钟。") },
		func() error {
			return p.Dispatch.Finish(ctx, youth, settled, "核准了：在岗 46 人。两人昨天下午转为居家办公，考勤里还没有改。")
		},
		func() error { return p.Dispatch.Confirm(ctx, recorder, settled) },
		take(doer, open),
		func() error { return p.Dispatch.Progress(ctx, doer, open, "马上办！正在找扫描仪。") },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
