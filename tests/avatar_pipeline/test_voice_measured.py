"""The voice's benchmark runs the parts it is asked for, and tells each part's figures before it begins the next."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
ASKS = """
import io, json, sys
from contextlib import redirect_stderr, redirect_stdout
sys.path.insert(0, {bench!r})
import bench_voice
for name in bench_voice.PARTS:
    bench_voice.PARTS[name] = lambda name=name: print("begun", name) or {{name: (1.25, "ms")}}
told = []
for arguments, listens in json.loads(sys.argv[1]):
    bench_voice.can_listen, sys.argv[1:], status = lambda: listens, arguments, 0
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as wrong:
        try:
            bench_voice.main()
        except SystemExit as left:
            status = left.code
    told.append((status, out.getvalue(), wrong.getvalue()))
print(json.dumps(told))
"""
PARTS = {
    (): ["first-audio", "words", "characters", "microphone"],
    ("--part", "first-audio"): ["first-audio"],
    ("--part", "microphone", "--part", "words"): ["microphone", "words"],
}
DEAF, UNKNOWN = ("--part", "first-audio", "--part", "words"), ("--part", "singing")


@dataclass(frozen=True)
class Told:
    """How one call of the benchmark ended and what it wrote."""

    status: int
    out: str
    wrong: str


@pytest.fixture(scope="module")
def told() -> dict[tuple[str, ...], Told]:
    """Every call, by its arguments, in one process: to load the benchmark takes seconds."""
    calls = [*((arguments, True) for arguments in PARTS), (DEAF, False), (UNKNOWN, True)]
    ran = subprocess.run(
        [sys.executable, "-c", ASKS.format(bench=str(HOUSE / "tests" / "benchmarks")), json.dumps(calls)],
        cwd=HOUSE,
        env={"PYTHONPATH": f"{HOUSE}:{HOUSE / 'tests'}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return {arguments: Told(*one) for (arguments, _), one in zip(calls, json.loads(ran.stdout), strict=True)}


@pytest.mark.parametrize("arguments", PARTS)
def test_it_runs_the_parts_it_is_asked_for(told, arguments):
    lines = [line for line in told[arguments].out.splitlines() if "took" not in line]
    assert lines == [line for part in PARTS[arguments] for line in (f"begun {part}", f"{part} 1.25 ms")]


def test_what_needs_ears_is_left_out_in_words(told):
    lines = told[DEAF].out.splitlines()
    assert "first-audio 1.25 ms" in lines
    assert lines[-1] == "words: left out, for it needs the packages of make setup-listening"


def test_a_part_that_there_is_not_is_refused(told):
    assert told[UNKNOWN].status == 2
    assert "singing" in told[UNKNOWN].wrong
