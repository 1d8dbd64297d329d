"""The pages' benchmark runs from end to end with little, on every sixth page, and prints every figure by its name."""

import os
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[1] / "benchmarks" / "bench_pages.py"
FIGURES = ("page_p95_ms", "page_slowest_p95_ms", "page_floor_p95_ms", "page_js_gz_kb")


def test_it_measures_what_it_promises():
    house = BENCH.parents[2]
    environment = {**os.environ, "PYTHONPATH": f"{house}:{house / 'tests'}"}
    ran = subprocess.run(
        [sys.executable, str(BENCH), "--short"], cwd=house, env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    printed = dict(line.split(" ", 1) for line in ran.stdout.splitlines() if line.startswith("page_"))
    assert tuple(printed) == FIGURES
    assert all(float(text.split()[0]) > 0 for text in printed.values())
    assert float(printed["page_js_gz_kb"].split()[0]) <= 45
