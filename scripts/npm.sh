#!/usr/bin/env bash
# npm.sh DIR…: installs the packages of each folder as its lock file names them,
# unless exactly these are there already.
source "$(dirname "$0")/lib.sh"

for dir in "$@"; do
  if [[ -L $dir/node_modules ]]; then
    continue # a second work tree borrows the first one's packages
  fi
  want=$(cksum "$dir/package.json" "$dir/package-lock.json")
  if [[ -f $dir/node_modules/.installed && $(<"$dir/node_modules/.installed") == "$want" ]]; then
    continue
  fi
  say "Installing the packages of $dir"
  (cd "$dir" && npm ci --no-fund --no-audit)
  printf '%s\n' "$want" >"$dir/node_modules/.installed"
done
