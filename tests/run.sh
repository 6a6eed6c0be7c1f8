#!/usr/bin/env bash
# Everything, in the order of how soon it tells: lint, types, arrows; unit; apps on both databases; HTTP and browser.
set -uo pipefail
cd "$(dirname "$0")/.."
BIN=.venv/bin
failed=()
step() {
  local name="$1"; shift
  printf '\n── %s\n' "$name"
  local start=$SECONDS
  "$@" || failed+=("$name")
  printf '── %s: %ss\n' "$name" "$((SECONDS - start))"
}
step lint "$BIN/ruff" check
step format "$BIN/ruff" format --check
step types "$BIN/mypy"
step arrows "$BIN/lint-imports"
step unit "$BIN/pytest" -q -n 2 tests/unit tests/test_house.py "$@"
# Killed processes work on folders and databases of one run at a time: they are tested by themselves.
for database in sqlite postgres; do
  export GUILDHALL_TEST_DATABASE="$database"
  step "apps-$database" "$BIN/pytest" -q -n 2 tests/apps --ignore-glob="tests/apps/test_killed*.py" "$@"
  step "killed-$database" "$BIN/pytest" -q tests/apps/test_killed*.py "$@"
done
unset GUILDHALL_TEST_DATABASE
step e2e "$BIN/pytest" -q tests/e2e "$@"
if [ "${#failed[@]}" -gt 0 ]; then
  printf '\nFAILED: %s\n' "${failed[*]}"
  exit 1
fi
printf '\nall steps passed\n'
