// Package migrations holds the schema as numbered SQL, one set for both engines, written in
// PostgreSQL's words; internal/db says which words SQLite gets instead. Numbers are dealt by
// slice in tens (0001 foundation, 0010 account, 0020 org, 0030 meeting …), so that two people
// do not take the same one.
package migrations

import "embed"

// FS holds the files.
//
//go:embed *.sql
var FS embed.FS
