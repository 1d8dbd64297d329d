#!/usr/bin/env bash
# Pins the neural parts by hash, fitting what the product and its tests already pin. torch and the CUDA libraries that it names itself
# stay out of the list: deploy/neural.sh takes the build of torch that fits the machine.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${VENV:-.venv} list=${TMPDIR:-/tmp}/neural.$$.txt
trap 'rm -f "$list"' EXIT
UV_FIND_LINKS=$("$venv/bin/python" -m pip config get global.find-links 2>/dev/null || true) \
  "$venv/bin/uv" pip compile -q --universal --generate-hashes --no-header --no-annotate --extra neural -c requirements-dev.lock -o "$list" pyproject.toml
"$venv/bin/python" - "$list" <<'PYTHON'
import re, sys
from pathlib import Path

names = re.compile(r"(torch|triton|nvidia-[\w-]+|cuda-[\w-]+)==")
known = set(re.findall(r"^([\w.-]+==\S+)", Path("requirements.lock").read_text(), re.M))
entries = re.split(r"\n(?=\S)", Path(sys.argv[1]).read_text().strip())
kept = [entry for entry in entries if not names.match(entry) and entry.split()[0] not in known]
Path("requirements-neural.lock").write_text("\n".join(kept) + "\n")
PYTHON
