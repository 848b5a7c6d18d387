#!/usr/bin/env bash
# Everything that CI insists on beside the tests. Each part runs even if one
# before it failed.
source "$(dirname "$0")/lib.sh"

formatted() {
  local wrong
  wrong=$(git ls-files -z --cached --others --exclude-standard '*.go' | xargs -0 gofmt -l)
  [[ -z $wrong ]] || die "not formatted (make fmt):"$'\n'"$wrong"
}

tidy() {
  local mod difference
  for mod in $(git ls-files '*go.mod'); do
    difference=$(cd "$(dirname "$mod")" && go mod tidy -diff 2>&1) && continue
    head -n 20 <<<"$difference"
    die "$mod: run go mod tidy"
  done
}

generated() {
  local fresh file code=0
  fresh=$(mktemp -d)
  scripts/gen.sh "$fresh"
  for file in api/openapi.yaml web/src/shared/api/schema.gen.d.ts; do
    diff -u "$file" "$fresh/$file" | head -n 40
    cmp -s "$file" "$fresh/$file" || code=1
  done
  rm -rf "$fresh"
  ((code == 0)) || die "generated files are stale (make gen)"
}

# A lock file must work wherever packages come from, so it names none.
locks() {
  local file code=0
  for file in $(git ls-files '*package-lock.json'); do
    if grep -nE '"resolved": *"https?:' "$file" | head -n 3 | grep .; then
      printf '%s names a package registry; omit-lockfile-registry-resolved=true belongs into the .npmrc beside it\n' "$file" >&2
      code=1
    fi
  done
  for file in $(git ls-files '*package.json'); do
    if grep -nE '^ *"[^"]+": "[\^~]' "$file"; then
      printf '%s: versions are exact here, without ^ or ~\n' "$file" >&2
      code=1
    fi
  done
  return "$code"
}

scripts_parse() {
  local file
  for file in scripts/*.sh .ci/run; do
    bash -n "$file"
  done
}

step "Go is formatted" formatted
step "Shell scripts parse" scripts_parse
step "Lock files" locks
step "go.mod is tidy" tidy
step "go vet" go vet ./...
# Which checks are on, and why the others are not: staticcheck.conf.
step "staticcheck" go tool staticcheck ./...
step "Imports go downwards, words are in both languages" go test ./internal
step "Generated files are fresh" generated
step "User interface: lint" npm --prefix web run --silent lint
step "User interface: types" npm --prefix web run --silent typecheck
step "The room is light enough for weak lines" node web/tools/weight.mjs
conclude
