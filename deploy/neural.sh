#!/usr/bin/env bash
# Installs the neural parts (torch, diffusers, transformers, coqui-tts) beside the product, or says why it cannot.
#   deploy/neural.sh [--if-possible]     with it, a failure is one line and no error: tests of neural parts are then skipped
# torch comes in the build that fits this machine: with an NVIDIA card the registry's own (CUDA), else the processor's, from the
# folder of wheels that pip is configured with, or from torch's own index. Everything else is pinned by hash.
cd "$(dirname "$0")/.." || exit 1
venv=${VENV:-.venv} stamp=${VENV:-.venv}/.neural torch=2.13.0
[ "$stamp" -nt requirements-neural.lock ] && [ "$stamp" -nt "$0" ] && exit 0
uv=("$venv/bin/uv" pip install --python "$venv/bin/python")

install_torch() {
  if nvidia-smi -L >/dev/null 2>&1 || [ "$(uname -s)" != Linux ]; then
    "${uv[@]}" "torch==$torch"
    return
  fi
  UV_FIND_LINKS=$("$venv/bin/python" -m pip config get global.find-links 2>/dev/null) "${uv[@]}" -q --no-deps "torch==$torch+cpu" 2>/dev/null ||
    "${uv[@]}" -q --no-deps --torch-backend cpu "torch==$torch"
}

# Recordings are read by PyAV: torchcodec stands there for coqui-tts, and is not asked to load, for it wants FFmpeg's shared libraries.
# torchaudio's compiled part is built for CUDA and will not load beside torch's build for processors; its Python part works alone.
mend_torchaudio() {
  "$venv/bin/python" - <<'PYTHON'
import importlib.util
from pathlib import Path

import torch

if torch.version.cuda is None:
    for part in (Path(importlib.util.find_spec("torchaudio").origin).parent / "lib").glob("*.so"):
        part.unlink()
PYTHON
}

install() {
  echo "   1 of 3: torch $torch" && install_torch &&
    echo "   2 of 3: diffusers, transformers, coqui-tts and what they need" && "${uv[@]}" -q --compile-bytecode --no-deps --require-hashes -r requirements-neural.lock &&
    echo "   3 of 3: looking whether they load" && mend_torchaudio && "$venv/bin/python" -W ignore -c 'import torchaudio, diffusers, transformers, TTS'
}

echo "-- Installing the neural parts (about 900 MB for a processor, 4 GB for a CUDA card, once)"
if install; then
  touch "$stamp"
elif [ "${1:-}" = --if-possible ]; then
  echo "-- Going on without the neural parts: tests of them are skipped. make setup-neural tries again and shows why."
else
  exit 1
fi
