#!/usr/bin/env bash
# Makes one pair of stand-in images, build.sh SUITE X.Y WORK LABEL: wheelmill-standin/python:X.Y and :X.Y-slim.
# Runs as root in a mount namespace of its own (images.sh starts it so): what it mounts is gone when it ends.
# The roots are made on the host with chroot, for a container here may have no route to the package mirror.
. "$(dirname "${BASH_SOURCE[0]}")/../common.sh"
. "$ROOT/scripts/setup/standin/mirror.sh"
suite=$1 version=$2 work=$3 label=$4
here=$ROOT/scripts/setup/standin
path=/usr/local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# Runs a command in a root, with the host's proxy settings and nothing else of its environment.
inside() { # root command...
  local root=$1
  shift
  env -i PATH="$path" LC_ALL=C HOME=/root DEBIAN_FRONTEND=noninteractive \
    http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" no_proxy="${no_proxy:-}" chroot "$root" "$@" </dev/null
}
install_in() { # root package...
  local root=$1
  shift
  inside "$root" apt-get install -y -qq --no-install-recommends "$@"
}

# A Debian base with the small settings of the official one: no daemons, no documentation, no apt leftovers.
make_base() { # root
  debootstrap --variant=minbase --include=ca-certificates,netbase,tzdata "$suite" "$1" "$MIRROR"
  printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
  chmod +x "$1/usr/sbin/policy-rc.d"
  echo force-unsafe-io >"$1/etc/dpkg/dpkg.cfg.d/docker-apt-speedup"
  printf 'path-exclude %s\n' '/usr/share/doc/*' '/usr/share/man/*' '/usr/share/info/*' '/usr/share/locale/*' \
    >"$1/etc/dpkg/dpkg.cfg.d/docker"
  echo 'path-include /usr/share/doc/*/copyright' >>"$1/etc/dpkg/dpkg.cfg.d/docker"
  echo 'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };' \
    >"$1/etc/apt/apt.conf.d/docker-clean"
  find "$1/usr/share/doc" -type f -not -name copyright -delete
  rm -rf "$1"/usr/share/{man,info,locale}/*
  write_sources "$1" "$suite"
  lend_network "$1"
  inside "$1" apt-get update -qq
  inside "$1" apt-get upgrade -y -qq
}

# configure looks for POSIX semaphores by trying one, which needs /dev/shm.
lend_kernel() { # root
  mount -t proc proc "$1/proc"
  mkdir -p "$1/dev/shm"
  mount -t tmpfs tmpfs "$1/dev/shm"
}

import() { # root image full-version
  local changes=(--change "ENV PATH=$path" --change "ENV PYTHON_VERSION=$3" --change 'CMD ["python3"]'
    --change "LABEL wheelmill.standin=$label")
  # The official images set it up to 3.12 only.
  [ "${version#3.}" -ge 13 ] || changes+=(--change 'ENV LANG=C.UTF-8')
  inside "$1" apt-get clean
  rm -rf "$1"/var/lib/apt/lists/* "$1"/tmp/* "$1"/var/cache/ldconfig/*
  find "$1/var/log" -type f -delete
  take_back_network "$1"
  local old
  old=$(docker image inspect -f '{{.Id}}' "$2" 2>/dev/null || true)
  tar -C "$1" --one-file-system --numeric-owner -c . | docker import "${changes[@]}" - "$2" >/dev/null
  # One made by an earlier version of these scripts has lost its name now. It stays if a container still uses it.
  [ -z "$old" ] || docker image rm "$old" >/dev/null 2>&1 || true
  say "Made the image $2"
}

find_mirror
say "Stand-in for python:$version: a Debian base ($suite)"
make_base "$work/slim"
cp -ax "$work/slim" "$work/build"
lend_kernel "$work/slim"
lend_kernel "$work/build"

say "Stand-in for python:$version: compiler and development packages"
# shellcheck disable=SC2046 # one word a package
install_in "$work/build" $(grep -v '^#' "$here/build-packages.txt")

say "Stand-in for python:$version: compiling CPython (about two minutes)"
cp "$here/python.sh" "$here/runtime-packages.sh" "$work/build/root/"
inside "$work/build" /root/python.sh "$version"
inside "$work/build" /root/runtime-packages.sh >"$work/runtime-packages"
rm "$work/build/root/python.sh" "$work/build/root/runtime-packages.sh"

cp -a "$work/build/usr/local/." "$work/slim/usr/local/"
xargs env -i PATH="$path" LC_ALL=C DEBIAN_FRONTEND=noninteractive chroot "$work/slim" \
  apt-get install -y -qq --no-install-recommends <"$work/runtime-packages"
inside "$work/slim" ldconfig

full=$(inside "$work/build" python -c 'import platform; print(platform.python_version())')
import "$work/slim" "wheelmill-standin/python:$version-slim" "$full"
import "$work/build" "wheelmill-standin/python:$version" "$full"
