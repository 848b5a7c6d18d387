package main

import (
	"context"
	"os"

	"wozai/internal/app"
	"wozai/internal/config"
)

type doctorCmd struct {
	config.Server
}

// Run looks the installation over, with the same settings as serve.
func (c *doctorCmd) Run(ctx context.Context) error {
	if err := c.Check(); err != nil {
		return err
	}
	return app.Doctor(ctx, c.Server, app.OperatorLang(), os.Stdout)
}
