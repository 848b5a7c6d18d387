package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"wozai/internal/meeting"
	"wozai/internal/words"
)

type archiveCmd struct {
	Verify archiveVerifyCmd `cmd:"" help:"Check every hash in a meeting's archive; exit code 1 on any difference."`
}

type archiveVerifyCmd struct {
	File string `arg:"" help:"The .zip file." type:"existingfile"`
	Lang string `help:"Language of the result: zh-CN or en." default:"" env:"WOZAI_LANG,LANG"`
}

var errArchive = errors.New("the archive does not agree with its manifest")

// Run prints a plain result; the error makes the exit code 1.
func (c *archiveVerifyCmd) Run() error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	info, err := f.Stat()
	if err != nil {
		return err
	}
	v, err := meeting.VerifyArchive(f, info.Size())
	if err != nil {
		return err
	}
	lang, _, _ := strings.Cut(c.Lang, ".") // "zh_CN.UTF-8" of the environment
	return printVerdict(os.Stdout, words.Pick(strings.ReplaceAll(lang, "_", "-")), v)
}

func printVerdict(w io.Writer, lang string, v meeting.Verdict) error {
	say := func(key string, params map[string]any) { fmt.Fprintln(w, words.T(lang, "record.verify."+key, params)) }
	if v.Manifest.Format == meeting.ArchiveFormat {
		say("meeting", map[string]any{"unit": v.Manifest.Unit.Name, "theme": v.Manifest.Theme})
		say("signed", map[string]any{"at": v.Manifest.SignedAt.Std().Format(time.RFC3339)})
		say("hash", map[string]any{"hash": v.Manifest.RecordHash})
	}
	if len(v.Differences) == 0 {
		say("ok", map[string]any{"files": v.Files, "corrections": len(v.Manifest.Corrections)})
		say("compare", nil)
		return nil
	}
	say("bad", map[string]any{"count": len(v.Differences)})
	for _, d := range v.Differences {
		fmt.Fprintln(w, "  - "+words.T(lang, "record.verify.problem."+d.Kind, map[string]any{"path": fmt.Sprintf("%q", d.Path), "detail": d.Detail}))
	}
	return errArchive
}
