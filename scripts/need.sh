#!/usr/bin/env bash
# Names every tool that is missing or too old for building Wozai, and where to
# get it; says nothing when all is there.
source "$(dirname "$0")/lib.sh"

missing=()

# at_least HAVE WANT: compares versions by their numbers.
at_least() { [[ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" == "$2" ]]; }

if ! command -v go >/dev/null; then
  missing+=("Go 1.26 or newer is missing: https://go.dev/dl/")
else
  have=$(GOTOOLCHAIN=local go env GOVERSION)
  at_least "${have#go}" 1.26 || missing+=("Go 1.26 or newer is needed, this is ${have#go}: https://go.dev/dl/")
fi
if ! command -v node >/dev/null; then
  missing+=("Node.js 20.19 or newer is missing: https://nodejs.org/")
else
  have=$(node --version)
  at_least "${have#v}" 20.19 || missing+=("Node.js 20.19 or newer is needed, this is ${have#v}: https://nodejs.org/")
fi
command -v npm >/dev/null || missing+=("npm is missing; it comes with Node.js: https://nodejs.org/")
command -v git >/dev/null || missing+=("git is missing; on Debian: apt-get install git")

if ((${#missing[@]})); then
  printf 'Wozai cannot be built here yet:\n' >&2
  printf '  - %s\n' "${missing[@]}" >&2
  exit 1
fi
