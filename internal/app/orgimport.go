package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"wozai/internal/config"
	"wozai/internal/fault"
	"wozai/internal/org"
	"wozai/internal/words"
)

// ImportOptions say what to do with a file of units, people and memberships.
type ImportOptions struct {
	File    string
	Apply   bool // without it the file is only checked
	Partial bool // leave faulty rows out
}

// ImportOrg checks a file and, with Apply, writes it; every faulty row goes to out, a line each.
// The result is the last word to the operator. No server may run on the same data directory.
func ImportOrg(ctx context.Context, cfg config.Server, o ImportOptions, lang string, out io.Writer) (string, error) {
	f, err := os.Open(o.File)
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // read only
	cfg.Addr = "localhost:0"
	a, err := New(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return "", err
	}
	defer a.Close()
	i, err := a.Org.ImportHere(ctx, filepath.Base(o.File), f, o.Apply, o.Partial,
		func(i org.Import) {
			c := i.Counts
			fmt.Fprintln(out, words.T(lang, "import.cli.progress", map[string]any{"applied": i.Applied, "total": c.Units.New + c.People.New + c.Memberships.New})) //nolint:errcheck // the terminal
		},
		func(f org.RowFault) {
			place := words.T(lang, "import.cli.place", map[string]any{"line": f.Line})
			if f.Sheet != "" {
				place = words.T(lang, "import.cli.place_in", map[string]any{"sheet": f.Sheet, "line": f.Line})
			}
			fmt.Fprintln(out, words.T(lang, "import.cli.fault", map[string]any{"place": place, "column": words.T(lang, "import.column."+f.Column, nil), //nolint:errcheck // the terminal
				"reason": words.T(lang, "import.row."+f.Code, f.Params)}))
		})
	var known *fault.Fault
	if errors.As(err, &known) {
		return "", errors.New(words.Fault(lang, known.Code, known.Params))
	}
	if err != nil {
		return "", err
	}
	c := i.Counts
	fmt.Fprintln(out, words.T(lang, "import.cli.found", map[string]any{"rows": c.Rows, "faults": c.Faults, "units": c.Units.New, "units_here": c.Units.Unchanged, //nolint:errcheck // the terminal
		"people": c.People.New, "people_here": c.People.Unchanged, "memberships": c.Memberships.New, "memberships_here": c.Memberships.Unchanged}))
	switch {
	case i.Applied == 0 && i.State == org.ImportDone:
		return words.T(lang, "import.cli.nothing", nil), nil
	case !o.Apply:
		return words.T(lang, "import.cli.dry", nil), nil
	}
	text := words.T(lang, "import.cli.done", map[string]any{"applied": i.Applied})
	if c.Faults > 0 {
		text += " " + words.T(lang, "import.cli.partial", nil)
	}
	return text, nil
}
