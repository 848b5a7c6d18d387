package demo

import (
	"context"
	"slices"
	"time"

	"wozai/internal/access"
	"wozai/internal/db"
	"wozai/internal/dispatch"
)

// After how long a simulated person does what. Whoever tries it with a second telephone is faster.
const (
	claimsAfter  = 12 * time.Second
	reportsAfter = 10 * time.Second // after the claim
	doneAfter    = 30 * time.Second
)

// help has simulated people answer whoever asks 谁在?, until ctx ends: one says 我在, tells how it goes and what came of it.
func (s Stage) help(ctx context.Context, people []db.ID) {
	told := map[db.ID]bool{}
	for wait(ctx, 3*time.Second) {
		for _, person := range people {
			a := access.Actor{Kind: access.Person, PersonID: person, Origin: "demo", Lang: "zh-CN"}
			list, err := s.Dispatch.List(ctx, a, dispatch.Filter{Limit: 5})
			for _, d := range list {
				if err == nil {
					err = s.helpWith(ctx, a, d, told)
				}
			}
			if err != nil && ctx.Err() == nil {
				s.Log.Debug("demo: a simulated person could not help", "error", err)
			}
		}
	}
}

func (s Stage) helpWith(ctx context.Context, a access.Actor, d dispatch.View, told map[db.ID]bool) error {
	since := func(t db.Time) time.Duration { return s.Change.Now().Std().Sub(t.Std()) }
	seat := slices.IndexFunc(d.Seats, func(c dispatch.Claim) bool { return a.Is(c.Person) })
	switch {
	case d.Mine.Claim == "" && slices.Contains(d.Abilities, "claim") && since(d.AskedAt) > claimsAfter:
		_, err := s.Dispatch.Claim(ctx, a, d.ID, "在家里，一切都好。")
		return err
	case d.Mine.Claim != dispatch.Holding || seat < 0:
		return nil
	case since(d.Seats[seat].ClaimedAt) > doneAfter:
		return s.Dispatch.Finish(ctx, a, d.ID, "办好了，材料已经发到您的邮箱。")
	case since(d.Seats[seat].ClaimedAt) > reportsAfter && !told[d.ID]:
		told[d.ID] = true
		return s.Dispatch.Progress(ctx, a, d.ID, "马上办！正在核，很快就好。")
	}
	return nil
}
