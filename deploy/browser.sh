#!/usr/bin/env bash
# The browser tests drive Debian's Chromium. As root it is installed here; otherwise this says what to install.
set -euo pipefail
command -v chromium >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "-- Installing Chromium for the browser tests"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null
else
  echo "The browser tests need Chromium. As root: apt-get install chromium   (they fail with this message until then)" >&2
fi
