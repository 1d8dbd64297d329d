"""The faces' benchmark measures whom it is asked for, and says so when there is nobody of that name."""

import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
BENCH = HOUSE / "tests" / "benchmarks"
ASKS = """
import sys
sys.path.insert(0, {bench!r})
import bench_face
called = []
bench_face.show_truth = lambda names: called.append(("truth", *names))
bench_face.show_speed = lambda names: called.append(("speed", *names))
bench_face.main()
print(called)
"""
CASTS = """
import pathlib, sys
sys.path.insert(0, {bench!r})
import face_films
print(*face_films.faces_measured(pathlib.Path({folder!r}), ["mei"]))
"""


@pytest.mark.parametrize(
    ("arguments", "measured"),
    [
        ((), [("truth", "amara", "tomas", "ingrid", "photograph"), ("speed", "amara", "tomas", "ingrid")]),
        (("--truth-only", "--face", "mei"), [("truth", "mei")]),
        (("--speed-only", "--face", "mei", "--face", "ravi", "her.film.rig"), [("speed", "mei", "ravi", "her.film.rig")]),
        (("--face", "photograph"), [("truth", "photograph")]),
    ],
)
def test_it_measures_the_faces_it_is_asked_for(arguments, measured):
    assert _asked(*arguments).stdout.strip() == str(measured)


@pytest.mark.parametrize("arguments", [("--face", "nobody"), ("--truth-only", "--speed-only")])
def test_what_is_asked_wrongly_is_said(arguments):
    ran = _asked(*arguments)
    assert ran.returncode == 2
    assert "usage" in ran.stderr
    assert not ran.stdout


def test_a_photograph_is_cast_only_when_it_is_measured(tmp_path):
    program = CASTS.format(bench=str(BENCH), folder=str(tmp_path))
    assert _ran(program).stdout.split() == ["mei"]
    assert not list(tmp_path.iterdir())


def _asked(*arguments: str) -> subprocess.CompletedProcess[str]:
    return _ran(ASKS.format(bench=str(BENCH)), *arguments)


def _ran(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=HOUSE,
        env={"PYTHONPATH": f"{HOUSE}:{HOUSE / 'tests'}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
