#!/usr/bin/env bash
# Every test: two at a time; then what drives Chromium; then what needs the machine to itself (kills, timings), Chromium apart once
# more, since the loop that Playwright leaves running in a process stands in the way of asynchronous tests.
cd "$(dirname "$0")/.." || exit 1
status=0
part() { echo "== $1"; shift; .venv/bin/python -m pytest "$@" || status=1; }
part "rooms and edges" -n 2 --dist worksteal -m "not browser and not alone and not long"
part "in the browser" -n 3 --dist worksteal -m "browser and not alone and not long"
part "alone" -m "alone and not browser and not long"
part "alone in the browser" -m "alone and browser and not long"
exit $status
