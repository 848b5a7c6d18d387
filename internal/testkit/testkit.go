// Package testkit gives tests the real things: a PostgreSQL server, a mail
// server. Nothing in it is a mock, and nothing outside of tests imports it.
package testkit

import (
	"time"
	_ "time/tzdata" // wherever tests run
)

// The tests' machine is far from the organisation: what takes its clock for the installation's is
// found out.
func init() {
	var err error
	if time.Local, err = time.LoadLocation("America/New_York"); err != nil {
		panic(err) // the zones are part of the program
	}
}
