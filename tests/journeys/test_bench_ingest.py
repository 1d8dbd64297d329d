"""The ingest benchmark runs from end to end with little, and prints every figure by its name; nothing is lost or counted twice."""

import os
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[1] / "benchmarks" / "bench_ingest.py"
FIGURES = (
    "credited_per_second", "accept_p99_ms", "accept_p50_ms", "accepted_per_second", "raw_commit_per_second", "credited_ratio", "lost",
    "doubled", "rss_mb", "web_processor_ms_per_order", "worker_processor_ms_per_order", "database_processor_ms_per_order",
    "load_processor_ms_per_order",
)  # fmt: skip


def test_it_measures_what_it_promises():
    house = BENCH.parents[2]
    ran = subprocess.run(
        [sys.executable, str(BENCH), "--short"], cwd=house, env={**os.environ, "PYTHONPATH": str(house)}, capture_output=True, text=True,
        timeout=240, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    printed = dict(line.split(" ", 1) for line in ran.stdout.splitlines() if line.startswith(FIGURES) and "  " not in line)
    assert tuple(printed) == FIGURES
    found = {name: float(text.split()[0]) for name, text in printed.items()}
    assert found.pop("lost") == found.pop("doubled") == 0
    assert all(value > 0 for value in found.values())
