package main

import (
	"context"
	"os"

	"wozai/internal/app"
	"wozai/internal/config"
)

type orgCmd struct {
	Import orgImportCmd `cmd:"" help:"Check a file of units and people (.xlsx, .csv) and, with --apply, write it."`
}

type orgImportCmd struct {
	File    string `arg:"" help:"The file; the template comes from the import page." type:"existingfile"`
	Apply   bool   `help:"Write what the file brings; without it the file is only checked."`
	Partial bool   `help:"With --apply, leave faulty rows out; without it any fault keeps all of it from being written."`
	config.Place
}

// Run imports; no server may run on the same data directory.
func (c *orgImportCmd) Run(ctx context.Context) error {
	return say(app.ImportOrg(ctx, c.Server(), app.ImportOptions{File: c.File, Apply: c.Apply, Partial: c.Partial}, app.OperatorLang(), os.Stdout))
}
