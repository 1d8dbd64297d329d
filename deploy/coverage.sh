#!/usr/bin/env bash
# Which branches of the counting house its own tests never take: a list with line numbers, and failure below 100 %.
cd "$(dirname "$0")/.." || exit 1
rm -rf out/coverage
mkdir -p out/coverage
.venv/bin/python -m coverage run -m pytest -n 2 --dist worksteal -m "not browser and not alone and not long" tests/billing || exit 1
.venv/bin/python -m coverage combine -q
.venv/bin/python -m coverage report
