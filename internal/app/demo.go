package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"time"

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

// FillDemo brings simulated members into a meeting until ctx ends. They come to a listener of
// their own on the loopback: they would not trust a certificate that was made here.
func (a *App) FillDemo(ctx context.Context, show demo.Show) error {
	if len(show.Members) == 0 {
		return nil
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("simulated members: %w", err)
	}
	srv := &http.Server{Handler: a.sfu, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = srv.Serve(ln) }() // ends with Close
	context.AfterFunc(ctx, func() { _ = srv.Close() })
	demo.Stage{Change: a.Change, Account: a.Account, Rooms: a.Rooms, Log: a.Log, URL: "http://" + ln.Addr().String()}.Fill(ctx, show)
	return nil
}
