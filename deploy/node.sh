#!/usr/bin/env bash
# Installs the pinned browser files with npm, or says what is missing.
set -euo pipefail
if ! command -v npm >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "      installing npm"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends npm >/dev/null
  else
    echo "npm (Node 20 or newer) is missing. As root: apt-get install npm" >&2
    exit 1
  fi
fi
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
