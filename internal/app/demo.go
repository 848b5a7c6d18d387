package app

import (
	"context"
	"crypto/rand"

	"wozai/internal/app/demo"
)

// LoadDemo sets an empty installation up as the invented authority and returns its sign-ins.
func (a *App) LoadDemo(ctx context.Context) ([]demo.SignIn, error) {
	empty, err := a.Account.Empty(ctx)
	if err != nil {
		return nil, err
	}
	if empty {
		if err := a.Install.setup(ctx, SetupInput{
			Organisation: demo.Organisation, Profile: "party", Lang: "zh-CN",
			Name: "管理员", Login: "admin", Password: rand.Text(), // Load gives it another
		}); err != nil {
			return nil, err
		}
	}
	return demo.Load(ctx, demo.Parts{DB: a.DB, Change: a.Change, Account: a.Account, Org: a.Org})
}
