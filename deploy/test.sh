#!/usr/bin/env bash
# Every test: the rooms, two at a time; then what drives Chromium or starts the whole house, three at a time, since both wait a good deal;
# then what watches pictures and sound as they come, with the machine to itself. Chromium is apart because the loop that Playwright leaves
# running in a process stands in the way of asynchronous tests. There a file stays in one process, so that its tests share one house; files
# that take longest come first, or one of them would be left over at the end while a processor idles.
#
# A browser beside others may be starved for seconds by a machine that does something else. What failed in the parts after the first is
# therefore run once more by itself, and must pass then; the rooms get no second try.
cd "$(dirname "$0")/.." || exit 1
unset PYTHONDONTWRITEBYTECODE # many tests start the house as processes, and each would compile it and the tests anew
status=0
needed_another=()
kept=$(mktemp -d) || exit 1
trap 'rm -rf "$kept"' EXIT
longest=(
  tests/browser/test_{demo_day,signup_to_live}.py tests/journeys/test_kills.py tests/browser/test_every_page.py
  tests/browser/test_{casting,consent}_in_the_browser.py tests/browser/test_widget_conversation.py tests/browser/test_film_of_a_face.py
)
# Only files with such a test are read for these parts: reading all of them takes each process ten seconds of processor more.
mapfile -t marked < <(
  printf '%s\n' "${longest[@]}"
  grep -rlE "mark\.(browser|house|alone)\b" tests --include="test_*.py" | sort | grep -vxF "$(printf '%s\n' "${longest[@]}")"
)

part() { # name, then what pytest is told
  echo "== $1"
  shift
  .venv/bin/python -m pytest "$@" || status=1
}

patient_part() { # the same; what failed gets a second try by itself
  local name=$1 cache result failed
  shift
  cache=$(mktemp -d -p "$kept")
  local remembering=(-o "addopts=-q --strict-markers --strict-config" -o "cache_dir=$cache") # the project's own, but with a memory
  echo "== $name"
  .venv/bin/python -m pytest "${remembering[@]}" "$@"
  result=$?
  [ $result -eq 0 ] && return
  if [ $result -ne 1 ] || [ ! -s "$cache/v/cache/lastfailed" ]; then # 1: tests were run and some failed; the rest no second try mends
    status=1
    return
  fi
  failed=$(.venv/bin/python -c 'import json, sys; print(*json.load(open(sys.argv[1])), sep="\n")' "$cache/v/cache/lastfailed")
  echo "== $name: once more, each by itself"
  echo "$failed"
  if .venv/bin/python -m pytest "${remembering[@]}" --last-failed --last-failed-no-failures none "$@" -n 0; then
    needed_another+=("$failed")
  else
    status=1
  fi
}

which="not long" # `--long`: the long searches, in the same parts
[ "${1:-}" = --long ] && which="long"
part "rooms and edges" -n 2 --dist worksteal -m "$which and not browser and not house and not alone"
patient_part "in the browser" -n 3 --dist loadfile --no-loadscope-reorder -m "$which and (browser or house) and not alone" "${marked[@]}"
patient_part "alone in the browser" -m "$which and alone" "${marked[@]}"
if [ ${#needed_another[@]} -gt 0 ]; then
  echo "== passed only when run once more by themselves:"
  printf '%s\n' "${needed_another[@]}"
fi
exit $status
