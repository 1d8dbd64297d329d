#!/usr/bin/env bash
# Everything that needs a CUDA card, on a bare machine, unattended, in under eight minutes: the tests of the networks (graph = direct among
# them), then the benchmark, then, while time is left, the benchmark with fused layers.
#   tests/benchmarks/on_gpu.sh [FOLDER_OF_WHEELS]
# A python3 that already has a CUDA torch is used as it is; what it lacks comes from the folder of wheels, for machines that reach no
# registry (beside torch, transformers, huggingface_hub 1.32 or newer, numpy and pytest: diffusers and importlib-metadata). Else: make setup-neural.
cd "$(dirname "$0")/../.." || exit 1
out=${OUT:-out/gpu} python=python3
mkdir -p "$out"
if ! $python -c 'import torch; assert torch.cuda.is_available()' 2>/dev/null; then
  make setup-neural || exit 1
  python=.venv/bin/python
elif [ -n "${1:-}" ]; then
  site=$(mktemp -d)
  $python -m pip install -q --no-index --no-deps --no-compile --no-cache-dir --upgrade --target "$site" "$1"/*.whl || exit 1
  export PYTHONPATH=$site
fi
export HF_HUB_OFFLINE=1 PYTHONPATH=".:tests:${PYTHONPATH:-}" PYTHONUNBUFFERED=1
{
  date -u +%FT%TZ
  nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader
  timeout 100 $python -W ignore -m pytest -q --noconftest -o addopts= -o filterwarnings= -p no:cacheprovider \
    tests/avatar_pipeline/test_talking_head.py tests/avatar_pipeline/test_head_networks.py
  timeout 220 $python -W ignore tests/benchmarks/bench_neural.py
  timeout 150 $python -W ignore tests/benchmarks/bench_neural.py --compiled-only
} 2>&1 | tee "$out/neural.log"
