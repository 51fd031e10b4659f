#!/usr/bin/env bash
# Installs what `npm run bench -- serving` compares Wheelmill with, beside what `npm run check` has installed: nginx and wrk
# with apt-get, and pypiserver, devpi-server and proxpi from the package index, each in an environment of its own below
# the state folder. Nothing is started here, nor by the packages.
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/setup/common.sh"

pypiserver=2.4.2
devpi=6.20.3
proxpi=1.3.1

# With this the package's own script starts no nginx on port 80 (invoke-rc.d, runlevel "single user").
export RUNLEVEL=1
type -P nginx >/dev/null || apt_install nginx-light
type -P wrk >/dev/null || apt_install wrk

peer() { # name requirement...
  local folder=$STATE/bench/$1 wanted="${*:2}"
  [ "$(cat "$folder/installed" 2>/dev/null)" = "$wanted" ] && return 0
  say "Installing $wanted into $folder"
  rm -rf "$folder"
  python3 -m venv "$folder" 2>"$STATE/bench.log" || { apt_install python3-venv; python3 -m venv --clear "$folder"; }
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "${@:2}" >"$STATE/bench.log" 2>&1 </dev/null ||
    fail "$1 could not be installed: $(tail -n 3 "$STATE/bench.log")"
  echo "$wanted" >"$folder/installed"
}

# With the server that its documentation recommends; its own default knows no keep-alive connections.
peer pypiserver "pypiserver[cache]==$pypiserver" waitress
peer devpi "devpi-server==$devpi"
# As its own image runs it.
peer proxpi "proxpi==$proxpi" gunicorn
