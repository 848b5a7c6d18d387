#!/usr/bin/env bash
# Every test. `make test` has built bin/wozai and installed what is needed.
source "$(dirname "$0")/lib.sh"

export WOZAI_BIN=$PWD/bin/wozai

browser() { node --test --test-concurrency=1 --test-reporter=spec test/e2e/*.test.mjs; }

step "Go: units, stores on SQLite and PostgreSQL, stories" go run ./internal/testkit/gotest ./...
step "User interface: units" npm --prefix web test --silent
step "Browser" browser
conclude
