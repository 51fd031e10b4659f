#!/usr/bin/env bash
# Makes sure that a Docker engine answers: uses the one that runs, else installs and starts one (root on Debian or Ubuntu).
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

answers() { [ -n "$(docker_path)" ] && docker info >/dev/null 2>&1; }

if answers; then
  say 'A Docker engine answers'
  exit 0
fi
[ -z "${DOCKER_HOST:-}" ] || fail "no Docker engine answers at DOCKER_HOST=$DOCKER_HOST. Start it, or unset DOCKER_HOST to use one on this machine."
[ "$(id -u)" = 0 ] || fail 'no Docker engine answers. Start one (and make sure this user may use its socket), then run this again.'
[ -x /usr/bin/apt-get ] || fail 'no Docker engine answers, and one is installed here only on Debian or Ubuntu. Install Docker, start it, then run this again.'
apt_install docker.io ca-certificates procps
# Newer Debian has the client, and BuildKit for it, in packages of their own.
[ -n "$(docker_path)" ] || apt_install docker-cli docker-buildx

log=$STATE/dockerd.log
# Installing it starts it where there is an init system.
if ! pgrep -x dockerd >/dev/null; then
  # Left behind by an engine that was killed; a later process with that number would keep a new one from starting.
  rm -f /var/run/docker.pid
  pgrep -x containerd >/dev/null || rm -f /var/run/docker/containerd/containerd.pid
  say "Starting dockerd in the background (log: $log)"
  # A session of its own and no stream of this one: whoever waits for this script's output must not wait for dockerd.
  setsid nohup dockerd </dev/null >"$log" 2>&1 &
  echo "$!" >"$STATE/dockerd.pid"
fi
for _ in $(seq 1 60); do
  if answers; then
    say 'The Docker engine answers'
    exit 0
  fi
  pgrep -x dockerd >/dev/null || fail "dockerd stopped: $(tail -n 5 "$log")"
  sleep 1
done
fail "dockerd did not answer within a minute. Its log is $log: $(tail -n 5 "$log")"
