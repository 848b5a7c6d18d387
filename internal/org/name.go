package org

import (
	"context"
	"slices"
	"unicode"

	"wozai/internal/change"
	"wozai/internal/db"
	"wozai/internal/pinyin"
)

// A name is found from its start by its own index, and from inside by name_part.
const (
	partsPerName = 24
	partLength   = 16
)

// nameParts gives the ends of a name, without the whole: from each later Chinese character, and
// from the start of each later word or number.
func nameParts(name string) []string {
	r := []rune(name)
	var out []string
	seen := map[string]bool{}
	for i := 1; i < len(r) && len(out) < partsPerName; i++ {
		starts := unicode.Is(unicode.Han, r[i]) ||
			(unicode.IsLetter(r[i]) || unicode.IsDigit(r[i])) && !(unicode.IsLetter(r[i-1]) || unicode.IsDigit(r[i-1])) ||
			(unicode.IsLetter(r[i]) || unicode.IsDigit(r[i])) && unicode.Is(unicode.Han, r[i-1])
		if part := string(r[i:min(len(r), i+partLength)]); starts && !seen[part] {
			seen[part] = true
			out = append(out, part)
		}
	}
	return out
}

// putNameParts makes a subject findable from inside its name; renamed says that it was before.
func putNameParts(ctx context.Context, tx *change.Tx, subject string, id db.ID, name string, renamed bool) error {
	if renamed {
		if err := tx.Exec(ctx, `DELETE FROM name_part WHERE subject_id = $1`, id); err != nil {
			return err
		}
	}
	parts := nameParts(name)
	if subject == "person" { // a given name by its letters too
		for _, part := range parts {
			if full, _ := pinyin.Text(part); full != part && full != "" && !slices.Contains(parts, full) {
				parts = append(parts, full)
			}
		}
	}
	for _, part := range parts {
		if err := tx.Exec(ctx, `INSERT INTO name_part (part, subject, subject_id) VALUES ($1, $2, $3)`, part, subject, id); err != nil {
			return err
		}
	}
	return nil
}
