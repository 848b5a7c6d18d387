package org

import (
	"time"

	"wozai/internal/office/sheet"
)

// validDate accepts days that exist, written YYYY-MM-DD.
func validDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil && datePattern.MatchString(s)
}

// plainDay reads the ways in which a day is written in lists; ok is false for what is no day.
func plainDay(s string) (day string, ok bool) {
	if s == "" {
		return "", true
	}
	t, ok := sheet.ParseDate(s)
	return t.Format(time.DateOnly), ok
}
