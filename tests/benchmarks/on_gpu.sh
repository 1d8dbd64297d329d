#!/usr/bin/env bash
# Everything that needs a CUDA card, on a bare machine, unattended, in one command of at most 25 minutes.
#   tests/benchmarks/on_gpu.sh [--minutes N] [--wheels FOLDER] [--dry] [PART...]
# Parts, in this sequence when none is named: card, tests (recorded = direct among them), neural (networks alone), stage (networks, stage and
# encoding together), schedule (no card in it), engines (faces prepared, voices and language models on the card), compiled (fused layers).
# Each has a time limit of its own and a log in $OUT (else out/gpu); one for which too little time is left is said and not begun. The figures
# of all lie in $OUT/figures.md, to be put into tests/benchmarks/results. Where a call may take ten minutes, and all of them thirty:
#   --minutes 9 card tests neural;  --minutes 9 stage schedule engines;  --minutes 9 compiled
# A python3 that already has a CUDA torch is used as it is; what it lacks comes from the folder of wheels, for machines that reach no
# registry (beside torch, transformers, huggingface_hub 1.32 or newer, numpy, opencv, pillow, safetensors and pytest: diffusers and
# importlib-metadata). Else: make setup-neural. --dry runs the same on this machine's processor, small, to see that nothing is missing.
cd "$(dirname "$0")/../.." || exit 1
out=${OUT:-out/gpu} python=python3 minutes=25 wheels="" dry="" parts=()
while [ $# -gt 0 ]; do
  case $1 in
    --minutes) minutes=$2; shift 2 ;;
    --wheels) wheels=$2; shift 2 ;;
    --dry) dry=1; shift ;;
    -*) echo "There is no option $1."; exit 2 ;;
    *) parts+=("$1"); shift ;;
  esac
done
[ ${#parts[@]} -gt 0 ] || parts=(card tests neural stage schedule engines compiled)
mkdir -p "$out"
stretch=6
[ -z "$dry" ] || stretch=2
end=$((SECONDS + minutes * 60)) failed=0
if [ -n "$dry" ]; then
  python=.venv/bin/python
  export CUDA_VISIBLE_DEVICES="" OMP_NUM_THREADS=1
elif ! $python -c 'import torch; assert torch.cuda.is_available()' 2>/dev/null; then
  make setup-neural || exit 1
  python=.venv/bin/python
elif [ -n "$wheels" ]; then
  site=$(mktemp -d)
  $python -m pip install -q --no-index --no-deps --no-compile --no-cache-dir --upgrade --target "$site" "$wheels"/*.whl || exit 1
  export PYTHONPATH=$site
fi
export HF_HUB_OFFLINE=1 PYTHONPATH=".:tests:${PYTHONPATH:-}" PYTHONUNBUFFERED=1

part() { # part NAME SECONDS_MAX COMMAND...
  local name=$1 limit=$2 left=$((end - SECONDS)) began=$SECONDS status
  shift 2
  if [ "$left" -lt $((limit / 2)) ]; then
    echo "== $name: not begun, $left s left" | tee -a "$out/summary.log"
    failed=1
    return
  fi
  echo "== $name: $(date -u +%FT%TZ), at most $((left < limit ? left : limit)) s" | tee -a "$out/summary.log"
  timeout -k 5 $((left < limit ? left : limit)) "$@" > >(tee "$out/$name.log") 2>&1
  status=$?
  [ $status -eq 0 ] || failed=1
  echo "== $name: ended with $status after $((SECONDS - began)) s" | tee -a "$out/summary.log"
}

card() {
  if [ -n "$dry" ]; then echo "no card, a dry run"; else nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader || return 1; fi
  git rev-parse HEAD 2>/dev/null
  $python - <<'EOF'
import diffusers, torch, transformers
print("torch", torch.__version__, "diffusers", diffusers.__version__, "transformers", transformers.__version__)
print("cuda", torch.version.cuda, torch.cuda.get_device_name() if torch.cuda.is_available() else "none: a dry run")
EOF
}

figures() { # what programs read of all logs so far, as a section for the results
  [ -f "$out/card.log" ] || part card 60 bash -c card > /dev/null # a run of other parts alone: the figures say all the same of which machine
  echo "### $(head -1 "$out/card.log"), $(date -u +%F)"
  for name in tests engines neural stage schedule compiled; do
    [ -f "$out/$name.log" ] || continue
    printf '\n%s:\n' "$name"
    grep -E '^[a-z0-9_]+ [0-9.]+ [A-Za-z_/0-9]+$|passed|failed' "$out/$name.log" | sort -u | sed 's/^/    /'
  done
}
export -f card
export python dry

for name in "${parts[@]}"; do
  case $name in
    card) part card 60 bash -c card ;;
    tests) part tests 150 $python -W ignore -m pytest -q -rs --noconftest -p fakes.torch_threads -o addopts= -o filterwarnings= \
      -p no:cacheprovider tests/avatar_pipeline/test_talking_head.py tests/avatar_pipeline/test_head_networks.py ;;
    engines) part engines 120 $python -W ignore -m pytest -q -rs --noconftest -p fakes.torch_threads -o addopts= -o filterwarnings= \
      -p no:cacheprovider tests/avatar_pipeline/test_on_card.py \
      tests/conversations/test_language_model_on_card.py tests/conversations/test_language_model_folder.py ;;
    neural) part neural 300 $python -W ignore tests/benchmarks/bench_neural.py ;;
    stage) part stage 270 $python -W ignore tests/benchmarks/bench_live_stage.py --seconds "$stretch" ;;
    compiled) part compiled 420 $python -W ignore tests/benchmarks/bench_neural.py --compiled-only ;;
    schedule) part schedule 90 $python tests/benchmarks/bench_stage.py ;;
    *) echo "There is no part $name."; exit 2 ;;
  esac
done
figures > "$out/figures.md"
exit $failed
