package main

import (
	"os"

	"wozai/internal/app"
)

type archiveCmd struct {
	Verify archiveVerifyCmd `cmd:"" help:"Check every hash in a meeting's archive; exit code 1 on any difference."`
}

type archiveVerifyCmd struct {
	File string `arg:"" help:"The .zip file." type:"existingfile"`
	Lang string `help:"Language of the result: zh-CN or en." env:"WOZAI_LANG,LANG"`
}

// Run prints a plain result; the error makes the exit code 1.
func (c *archiveVerifyCmd) Run() error { return app.VerifyArchive(c.File, c.Lang, os.Stdout) }
