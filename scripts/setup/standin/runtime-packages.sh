#!/bin/bash
# Runs inside the build image's root: prints the Debian packages whose libraries /usr/local needs, one a line.
# The official slim image finds them the same way; tkinter is left out there too.
set -euo pipefail
find /usr/local -type f -executable -not -name '*tkinter*' -exec ldd '{}' ';' 2>/dev/null |
  awk '/=>/ { so = $(NF-1); if (index(so, "/usr/local/") == 1) next; gsub("^/(usr/)?", "", so); printf "*%s\n", so }' |
  sort -u | xargs -r dpkg-query --search | awk 'sub(":$", "", $1) { print $1 }' | sort -u
