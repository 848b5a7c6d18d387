// Package rollcall asks a frozen audience a typed question by a deadline and counts every answer:
// people or units answer, answers roll up the tree.
//
// A roll call has a form with versions, an audience by org.Selection and a schedule. Each period
// freezes who is asked and the tree they stand in; later changes of the organisation show and are
// never counted silently. There are four answers: a value, a signed nil, not applicable with a
// reason, and missing. Voluntary roll calls have no audience to be missing from.
package rollcall

import "time"

// isDate accepts days that exist, written YYYY-MM-DD.
func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil && len(s) == len(time.DateOnly)
}
