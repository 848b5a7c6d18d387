package app

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"

	"wozai/internal/meeting"
	"wozai/internal/words"
)

var errArchive = errors.New("the archive does not agree with its manifest")

// VerifyArchive checks a meeting's archive and prints a plain result; an error when anything in
// it does not agree. lang may be a value of the environment ("zh_CN.UTF-8").
func VerifyArchive(file, lang string, w io.Writer) error {
	f, err := os.Open(file)
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
	lang, _, _ = strings.Cut(lang, ".")
	lang = words.Pick(strings.ReplaceAll(lang, "_", "-"))
	say := func(key string, params map[string]any) {
		_, _ = fmt.Fprintln(w, words.T(lang, "record.verify."+key, params))
	}
	if v.Manifest.Format == meeting.ArchiveFormat {
		say("meeting", map[string]any{"unit": printable(v.Manifest.Unit.Name), "theme": printable(v.Manifest.Theme)})
		say("signed", map[string]any{"at": v.Manifest.SignedAt.Std().Format(time.RFC3339)})
		say("hash", map[string]any{"hash": printable(v.Manifest.RecordHash)})
	}
	if len(v.Differences) == 0 {
		say("ok", map[string]any{"files": v.Files, "corrections": len(v.Manifest.Corrections)})
		say("compare", nil)
		return nil
	}
	say("bad", map[string]any{"count": len(v.Differences)})
	for _, d := range v.Differences {
		// Names are quoted: what stands in a foreign file must not steer the terminal.
		_, _ = fmt.Fprintln(w, "  - "+words.T(lang, "record.verify.problem."+d.Kind, map[string]any{"path": fmt.Sprintf("%q", d.Path), "detail": fmt.Sprintf("%q", d.Detail)}))
	}
	return errArchive
}

// printable leaves out what would steer the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, s)
}
