package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"wozai/internal/app"
	"wozai/internal/config"
	"wozai/internal/media/sfu"
)

type serveCmd struct {
	config.Server
}

// Run serves until the process is asked to stop.
func (c *serveCmd) Run(ctx context.Context) error {
	a, err := app.New(ctx, c.Server, logger(c.Server))
	if err != nil {
		return err
	}
	defer a.Close()
	empty, err := a.Account.Empty(ctx)
	if err != nil {
		return err
	}
	return a.Run(ctx, func(url string) {
		fmt.Printf("我在 Wozai: %s\n", url)
		if trust := a.TrustAddress(url); trust != "" {
			fmt.Printf("Phones and computers that do not trust it yet: %s\n", trust)
		}
		if empty {
			fmt.Printf("First run — create the administrator at: %s/setup#%s\n", url, a.Install.Code())
		}
	})
}

// logger writes structured lines to stderr.
func logger(c config.Server) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // kong has checked it
	o := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, o))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, o))
}

type mediaCmd struct{}

// Run is the child: its settings come on standard input.
func (*mediaCmd) Run() error { return sfu.Main(os.Stdin) }

type versionCmd struct{}

// Run prints the version.
func (*versionCmd) Run() error {
	_, err := fmt.Println("wozai", app.Version)
	return err
}

type openapiCmd struct{}

// Run prints the API document, as YAML.
func (*openapiCmd) Run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "wozai-openapi-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary directory
	a, err := app.New(ctx, config.Server{Addr: "localhost:0", Data: dir}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer a.Close()
	b, err := a.API.API.OpenAPI().YAML()
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(b)
	return err
}
