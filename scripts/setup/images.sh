#!/usr/bin/env bash
# Makes sure that the image pairs of the tests and the quickstart exist, and writes them to targets.env in the state folder.
# The real python images are pulled where a registry answers; where none does, stand-ins are built (slow, once a machine).
# With --first: only the first pair, written to first-target.env.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

pairs=('trixie 3.13' 'bookworm 3.11') env_file=$STATE/targets.env
[ "${1:-}" != --first ] || { pairs=("${pairs[0]}") env_file=$STATE/first-target.env; }
label=$(cat "$ROOT"/scripts/setup/standin/* | sha256sum | cut -c1-16)

# A registry that is there answers a question about a manifest within seconds.
registry_answers() { timeout 20 "$(docker_path)" manifest inspect python:3.13-slim >/dev/null 2>&1; }

exists() { docker image inspect "$1" >/dev/null 2>&1; }
standin_exists() { [ "$(docker image inspect -f '{{index .Config.Labels "wheelmill.standin"}}' "$1" 2>/dev/null)" = "$label" ]; }

pull_pair() { # X.Y
  local image
  for image in "python:$1" "python:$1-slim"; do
    exists "$image" && continue
    say "Pulling $image"
    timeout 900 "$(docker_path)" pull --quiet "$image" || return 1
  done
  target="python:$1=python:$1-slim"
}

standin_pair() { # suite X.Y
  local image=wheelmill-standin/python:$2 work log
  target=$image=$image-slim
  if standin_exists "$image" && standin_exists "$image-slim"; then return 0; fi
  [ "$(id -u)" = 0 ] || fail "no registry answers, and building a stand-in for python:$2 needs root. Run this as root, or pull python:$2 and python:$2-slim."
  apt_install debootstrap debian-archive-keyring
  say "No registry answers: building stand-ins for python:$2 and python:$2-slim from Debian packages (about 4 minutes)"
  log=$STATE/standin-$2.log
  # Not under /tmp: that may be small, or forbid the device files that debootstrap makes.
  work=$(mktemp -d /var/tmp/wheelmill-standin.XXXXXX)
  # shellcheck disable=SC2064 # this very folder
  trap "rm -rf --one-file-system '$work'" EXIT
  unshare --mount --propagation private bash "$ROOT/scripts/setup/standin/build.sh" "$1" "$2" "$work" "$label" \
    >"$log" 2>&1 </dev/null || fail "the stand-in for python:$2 could not be built, see $log: $(tail -n 5 "$log")"
  rm -rf --one-file-system "$work"
}

registry=no
targets=()
for pair in "${pairs[@]}"; do
  read -r suite version <<<"$pair"
  if exists "python:$version" && exists "python:$version-slim"; then
    target="python:$version=python:$version-slim"
  elif standin_exists "wheelmill-standin/python:$version" && standin_exists "wheelmill-standin/python:$version-slim"; then
    standin_pair "$suite" "$version"
  else
    [ "$registry" != no ] || { registry_answers && registry=yes || registry=silent; }
    [ "$registry" = yes ] && pull_pair "$version" || standin_pair "$suite" "$version"
  fi
  targets+=("$target")
  printf 'WHEELMILL_TARGETS=%s\n' "$(IFS=,; echo "${targets[*]}")" >"$env_file"
  say "Target: $target"
done
