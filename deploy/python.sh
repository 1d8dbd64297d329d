#!/usr/bin/env bash
# Makes the virtual environment, or says which package is missing.
set -euo pipefail
python=$1 venv=$2
if ! command -v "$python" >/dev/null || ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "Tillhand needs Python 3.11 or newer as '$python'. Install it (apt-get install python3 python3-venv) or run: make PYTHON=/path/to/python3.11 ..." >&2
  exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "      installing python3-venv"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
  else
    echo "Python's venv module is missing. As root: apt-get install python3-venv" >&2
    exit 1
  fi
fi
"$python" -m venv "$venv"
