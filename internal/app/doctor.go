package app

import (
	"context"
	"errors"
	"fmt"
	"io"

	"wozai/internal/config"
	"wozai/internal/doctor"
	"wozai/internal/words"
)

// Doctor looks an installation over and writes a line for each finding; an error when something
// is broken.
func Doctor(ctx context.Context, c config.Server, lang string, w io.Writer) error {
	broken := 0
	for _, f := range doctor.Run(ctx, c) {
		mark := map[string]string{doctor.Well: "✓", doctor.Mind: "!", doctor.Broken: "✗"}[f.State]
		if f.State == doctor.Broken {
			broken++
		}
		if _, err := fmt.Fprintf(w, " %s %s\n", mark, f.Text(lang)); err != nil {
			return err
		}
	}
	if broken > 0 {
		return errors.New(words.T(lang, "doctor.verdict_bad", map[string]any{"count": broken}))
	}
	_, err := fmt.Fprintln(w, words.T(lang, "doctor.verdict_good", nil))
	return err
}
