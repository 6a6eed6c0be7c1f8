#!/usr/bin/env bash
# Everything, in the order of how soon it tells: lint, types, arrows; unit; apps on both databases; HTTP and browser.
# The last line says what all runs of pytest together came to.
set -uo pipefail
cd "$(dirname "$0")/.."
BIN=.venv/bin
REPORTS=$(mktemp -d)
trap 'rm -rf "$REPORTS"' EXIT
failed=()
step() {
  local name="$1"; shift
  printf '\n── %s\n' "$name"
  local start=$SECONDS
  "$@" || failed+=("$name")
  printf '── %s: %ss\n' "$name" "$((SECONDS - start))"
}
tests() {
  local name="$1"; shift
  step "$name" "$BIN/pytest" -q --junitxml="$REPORTS/$name.xml" "$@"
}
step lint "$BIN/ruff" check
step format "$BIN/ruff" format --check
step types "$BIN/mypy"
step arrows "$BIN/lint-imports"
tests unit -n 2 tests/unit tests/test_house.py "$@"
# Killed processes work on folders and databases of one run at a time: they are tested by themselves.
for database in sqlite postgres; do
  export GUILDHALL_TEST_DATABASE="$database"
  tests "apps-$database" -n 2 tests/apps --ignore-glob="tests/apps/test_killed*.py" "$@"
  tests "killed-$database" tests/apps/test_killed*.py "$@"
done
unset GUILDHALL_TEST_DATABASE
tests e2e tests/e2e "$@"
if [ "${#failed[@]}" -gt 0 ]; then
  printf '\nFAILED: %s\n' "${failed[*]}"
else
  printf '\nall steps passed\n'
fi
"$BIN/python" -m tests.counted "$REPORTS"/*.xml || failed+=(count)
[ "${#failed[@]}" -eq 0 ]
