#!/usr/bin/env bash
# The house law, each part even when an earlier one failed, so that one run tells everything.
cd "$(dirname "$0")/.." || exit 1
status=0
run() { echo "== $1"; shift; "$@" || status=1; }
run "style" .venv/bin/ruff check .
run "types" .venv/bin/mypy
run "imports" .venv/bin/lint-imports
run "architecture" .venv/bin/python -m pytest tests/architecture
exit $status
