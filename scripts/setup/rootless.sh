#!/usr/bin/env bash
# What a test starts a rootless Docker engine with: rootlesskit, and a user that may have user ids of its own. Nothing is started here.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

user=wheelmill-rootless
if type -P rootlesskit >/dev/null && type -P newuidmap >/dev/null && grep -q "^$user:" /etc/subuid 2>/dev/null; then
  say 'What a rootless engine needs is there'
  exit 0
fi
apt_install rootlesskit uidmap
[ "$(id -u)" = 0 ] || fail "a rootless engine runs as a user of its own, which needs root to be made: useradd --no-create-home $user"
id "$user" >/dev/null 2>&1 || useradd --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$user"
# Users of the system get none by themselves.
for file in /etc/subuid /etc/subgid; do
  grep -q "^$user:" "$file" || echo "$user:$(awk -F: '{ end = $2 + $3; if (end > most) most = end } END { print most > 100000 ? most : 100000 }' "$file"):65536" >>"$file"
done
