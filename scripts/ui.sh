#!/usr/bin/env bash
# Builds the user interface into web/dist, unless that is already what its
# sources make.
source "$(dirname "$0")/lib.sh"

scripts/npm.sh web
# Also what is outside of web/ and yet goes in: the catalogue of words.
sources=$(git ls-files -z --cached --others --exclude-standard web locales |
  { grep -zvE '(_test\.go|\.md)$' || true; } | sort -z | xargs -0 cksum 2>/dev/null | cksum)
stamp=web/node_modules/.built-$(cksum <<<"$PWD" | cut -d ' ' -f 1)
if [[ -f web/dist/index.html && -f $stamp && $(<"$stamp") == "$sources" ]]; then
  exit 0
fi
say "Building the user interface (about half a minute)"
rm -f "$stamp"
npm --prefix web run --silent build
printf '%s\n' "$sources" >"$stamp"
