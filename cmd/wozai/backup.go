package main

import (
	"context"
	"fmt"

	"wozai/internal/app"
	"wozai/internal/config"
)

type backupCmd struct {
	File string `arg:"" help:"New file for the backup (tar, zstd)." type:"path"`
	config.Place
}

// Run backs up; the server may run meanwhile.
func (c *backupCmd) Run(ctx context.Context) error {
	return say(app.Backup(ctx, c.Server(), c.File, app.OperatorLang()))
}

type restoreCmd struct {
	File       string `arg:"" help:"The backup." type:"existingfile"`
	Check      bool   `help:"Only verify the backup; write nothing."`
	WithoutKey bool   `help:"Restore although the master key is lost; encrypted fields (telephone numbers, whereabouts) stay unreadable." name:"without-key"`
	config.Place
}

// Run verifies a backup and restores it into an empty place.
func (c *restoreCmd) Run(ctx context.Context) error {
	return say(app.Restore(ctx, c.Server(), app.RestoreOptions{File: c.File, CheckOnly: c.Check, WithoutKey: c.WithoutKey}, app.OperatorLang()))
}

type keyCmd struct{ config.Place }

// Run renews the master key; a running server goes on with the old one.
func (c *keyCmd) Run() error { return say(app.RotateKey(c.Server(), app.OperatorLang())) }

func say(text string, err error) error {
	if err == nil {
		fmt.Println(text)
	}
	return err
}
