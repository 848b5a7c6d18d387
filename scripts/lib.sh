# Sourced by the other scripts. Run from the root of the tree.
set -euo pipefail

say() { printf '\n==> %s\n' "$*"; }
die() { printf '%s\n' "$*" >&2; exit 1; }

# step NAME COMMAND… runs the command and remembers how it went; go on after a
# failure, so that one run names everything that is wrong.
STEPS=() FAILED=0
step() {
  local name=$1 began=$SECONDS verdict=ok
  shift
  say "$name"
  # In a subshell with -e of its own: a function called under `if` has none.
  set +e
  (set -e; "$@")
  local code=$?
  set -e
  if ((code != 0)); then verdict=FAILED FAILED=1; fi
  STEPS+=("$(printf '%5d s  %-6s  %s' $((SECONDS - began)) "$verdict" "$name")")
}

# conclude prints what step remembered; its status is the whole run's.
conclude() {
  printf '\n'
  printf '%s\n' "${STEPS[@]}"
  printf '%5d s  in all\n' "$SECONDS"
  return "$FAILED"
}
