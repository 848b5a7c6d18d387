package app

import (
	"context"
	"crypto/rand"

	"wozai/internal/app/demo"
)

// LoadDemo sets an empty installation up as the invented authority and returns the ways in.
func (a *App) LoadDemo(ctx context.Context) (demo.Demo, error) {
	empty, err := a.Account.Empty(ctx)
	if err != nil {
		return demo.Demo{}, err
	}
	if empty {
		if err := a.Install.setup(ctx, SetupInput{
			Organisation: demo.Organisation, Profile: "party", Lang: "zh-CN",
			Name: "管理员", Login: "admin", Password: rand.Text(), // Load gives it another
		}); err != nil {
			return demo.Demo{}, err
		}
	}
	return demo.Load(ctx, demo.Parts{DB: a.DB, Change: a.Change, Account: a.Account, Org: a.Org, Meeting: a.Meeting})
}

// FillDemo brings simulated members into a meeting until ctx ends.
func (a *App) FillDemo(ctx context.Context, show demo.Show) {
	demo.Stage{Change: a.Change, Account: a.Account, Rooms: a.Rooms, Log: a.Log, URL: a.Inner()}.Fill(ctx, show)
}
