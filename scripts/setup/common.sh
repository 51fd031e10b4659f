# Sourced by the other set-up scripts: where state lives, how to speak, how to install a system package.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
STATE=${WHEELMILL_STATE:-$ROOT/.wheelmill/state}
mkdir -p "$STATE"

say() { printf '== %s\n' "$*"; }

fail() {
  printf 'wheelmill: %s\n' "$*" >&2
  exit 1
}

# The distribution's own client is preferred: it is of one version with the engine that engine.sh installs.
docker() { "$(docker_path)" "$@"; }
docker_path() { if [ -x /usr/bin/docker ]; then echo /usr/bin/docker; else type -P docker; fi; }

# Installs the missing ones of the named Debian packages, and says so first.
apt_install() {
  local missing=() name
  for name in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  [ -x /usr/bin/apt-get ] || fail "this machine has no apt-get. Install by hand what Debian calls: ${missing[*]}"
  [ "$(id -u)" = 0 ] || fail "installing needs root. Run as root: apt-get install ${missing[*]}"
  say "Installing system packages with apt-get: ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
    </dev/null >"$STATE/apt.log" 2>&1 ||
    fail "apt-get could not install ${missing[*]}: $(tail -n 3 "$STATE/apt.log")"
}
