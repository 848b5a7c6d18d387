#!/usr/bin/env bash
# gen.sh [DIR]: writes the generated files, into DIR instead of the tree if it
# is given (so that they can be compared).
source "$(dirname "$0")/lib.sh"

to=${1:-.}
mkdir -p "$to/api" "$to/web/src/shared/api" web/dist
# The program embeds the user interface, which needs these files to be built:
# on a fresh clone an empty one will do.
[[ -n $(ls web/dist) ]] || : >web/dist/placeholder.txt
trap 'rm -f "$to/api/openapi.yaml.new"' EXIT
go run ./cmd/wozai openapi >"$to/api/openapi.yaml.new"
mv "$to/api/openapi.yaml.new" "$to/api/openapi.yaml"
scripts/npm.sh web
web/node_modules/.bin/openapi-typescript "$to/api/openapi.yaml" --output "$to/web/src/shared/api/schema.gen.d.ts" >/dev/null
