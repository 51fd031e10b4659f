#!/usr/bin/env bash
# Installs the Node packages at exactly the versions of package-lock.json, if that has not been done since it changed.
# Not by `npm ci`: it refuses the lock file wherever the registry lacks a package that only another platform needs.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$ROOT"

done_file=node_modules/.package-lock.json
if [ -e "$done_file" ] && [ -e .tap/plugins ] && [ ! package-lock.json -nt "$done_file" ]; then exit 0; fi

say 'Installing the packages of package-lock.json from the npm registry into node_modules'
kept=$(mktemp)
trap 'rm -f "$kept" "${installed:-}"' EXIT
cp package-lock.json "$kept"
npm install --no-audit --no-fund </dev/null >"$STATE/npm.log" 2>&1 || fail "npm install failed: $(tail -n 20 "$STATE/npm.log")"
installed=$(mktemp)
mv package-lock.json "$installed"
cp "$kept" package-lock.json
if ! node scripts/setup/same-lock.mjs "$kept" "$installed"; then
  fail 'package-lock.json does not match package.json. Run `npm install` and commit the lock file.'
fi
# The test runner builds itself anew where its plugins differ from its own choice; the first tests would start too soon.
node_modules/.bin/tap build </dev/null >"$STATE/npm.log" 2>&1 || fail "tap build failed: $(tail -n 20 "$STATE/npm.log")"
touch "$done_file"
