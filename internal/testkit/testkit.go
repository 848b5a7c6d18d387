// Package testkit gives tests the real things: a PostgreSQL server, a mail
// server. Nothing in it is a mock, and nothing outside of tests imports it.
package testkit
