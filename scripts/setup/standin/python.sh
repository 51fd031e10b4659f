#!/bin/bash
# Runs inside the build image's root: compiles CPython X.Y from Debian's source package into /usr/local.
# As the official image's recipe does, but without profile-guided optimisation (two minutes instead of twenty).
set -euo pipefail
version=$1
mkdir -p /usr/src/python
cd /usr/src

# Only the upstream tarball is wanted (its hash is in the signed index): Debian's patches move directories.
apt-get -qq source --download-only --tar-only "python$version"
tar --extract --directory /usr/src/python --strip-components=1 --file "$(ls python"$version"_*.orig.tar.*z)"
cd /usr/src/python

./configure --quiet --build="$(dpkg-architecture --query DEB_BUILD_GNU_TYPE)" --enable-loadable-sqlite-extensions \
  --enable-option-checking=fatal --enable-shared --with-ensurepip --disable-test-modules
make -s -j 2 LDFLAGS=-Wl,--strip-all
# A system libpython of the same version must not be picked up (docker-library/python issue 784).
rm python
make -s -j 2 "LDFLAGS=-Wl,--strip-all,-rpath='\$\$ORIGIN/../lib'" python
# The byte code would be removed again below: the pattern excludes every file from compiling.
make -s install 'COMPILEALL_OPTS=-x .'
cd /
rm -rf /usr/src/*

find /usr/local -depth \( \( -type d -a \( -name test -o -name tests -o -name idle_test \) \) \
  -o \( -type f -a \( -name '*.pyc' -o -name '*.pyo' -o -name 'libpython*.a' \) \) \) -exec rm -rf '{}' +
ldconfig
for src in idle3 pip3 pydoc3 python3 python3-config; do
  ln -sT "$src" "/usr/local/bin/$(echo "$src" | tr -d 3)"
done
PYTHONDONTWRITEBYTECODE=1 python --version
PYTHONDONTWRITEBYTECODE=1 pip --version
