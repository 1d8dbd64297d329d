"""The counting house's benchmark runs from end to end with little, and prints every figure by its name."""

import os
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[1] / "benchmarks" / "bench_ledger.py"
FIGURES = (
    "post_transactions_per_second", "post_ceiling_per_second", "post_ratio", "backtest_orders_per_second", "close_1m_orders_seconds",
    "explain_line_p95_ms", "recount_lines_per_second", "recount_ceiling_per_second",
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
    assert all(float(text.split()[0]) > 0 for text in printed.values())
