# Sourced by build.sh: where this machine takes Debian packages from, and through what.
# Sets MIRROR and SECURITY (may be empty), and writes into a root what apt there needs to reach them.

# One line an index: address, release, component. Only the host's own sources are used: they are known to answer here.
host_sources() { apt-get indextargets 'Created-By: Packages' --format '$(REPO_URI) $(RELEASE) $(COMPONENT)'; }

find_mirror() {
  . /etc/os-release
  if [ "${ID:-}" = debian ]; then
    MIRROR=$(host_sources | awk -v s="$VERSION_CODENAME" '$2 == s && $3 == "main" { print $1; exit }')
    SECURITY=$(host_sources | awk -v s="$VERSION_CODENAME-security" '$2 == s && $3 == "main" { print $1; exit }')
  fi
  MIRROR=${WHEELMILL_DEBIAN_MIRROR:-${MIRROR:-}}
  SECURITY=${SECURITY:-}
  [ -n "$MIRROR" ] || fail 'no Debian mirror is known on this machine. Name one in WHEELMILL_DEBIAN_MIRROR.'
}

# Writes the package sources that the image keeps, for one suite: as in the official image, plus their sources.
write_sources() { # root suite
  rm -f "$1/etc/apt/sources.list"
  {
    printf 'Types: deb deb-src\nURIs: %s\nSuites: %s %s-updates\nComponents: main\nSigned-By: %s\n' \
      "$MIRROR" "$2" "$2" /usr/share/keyrings/debian-archive-keyring.gpg
    [ -z "$SECURITY" ] || printf '\nTypes: deb deb-src\nURIs: %s\nSuites: %s-security\nComponents: main\nSigned-By: %s\n' \
      "$SECURITY" "$2" /usr/share/keyrings/debian-archive-keyring.gpg
  } >"$1/etc/apt/sources.list.d/debian.sources"
}

# The host's proxies, its resolver and its certificate authorities, for as long as the root is being made.
lend_network() { # root
  cp -L /etc/resolv.conf /etc/hosts "$1/etc/"
  apt-config dump | grep -E '^Acquire::https?::Proxy' >"$1/etc/apt/apt.conf.d/99host" || true
  if [ -e /etc/ssl/certs/ca-certificates.crt ]; then
    cp -L /etc/ssl/certs/ca-certificates.crt "$1/host-ca.crt"
    echo 'Acquire::https::CaInfo "/host-ca.crt";' >>"$1/etc/apt/apt.conf.d/99host"
  fi
}

take_back_network() { # root
  rm -f "$1/etc/apt/apt.conf.d/99host" "$1/host-ca.crt"
  : >"$1/etc/resolv.conf"
  : >"$1/etc/hosts"
}
