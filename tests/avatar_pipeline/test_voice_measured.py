"""The voice's benchmark runs the parts it is asked for, and tells each part's figures before it begins the next."""

import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
ASKS = """
import sys
sys.path.insert(0, {bench!r})
import bench_voice
for name in bench_voice.PARTS:
    bench_voice.PARTS[name] = lambda name=name: print("begun", name) or {{name: (1.25, "ms")}}
bench_voice.can_listen = lambda: {listens}
bench_voice.main()
"""


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ((), ["first-audio", "words", "characters", "microphone"]),
        (("--part", "first-audio"), ["first-audio"]),
        (("--part", "microphone", "--part", "words"), ["microphone", "words"]),
    ],
)
def test_it_runs_the_parts_it_is_asked_for(arguments, parts):
    told = [line for line in _asked(*arguments).stdout.splitlines() if "took" not in line]
    assert told == [line for part in parts for line in (f"begun {part}", f"{part} 1.25 ms")]


def test_what_needs_ears_is_left_out_in_words():
    told = _asked("--part", "first-audio", "--part", "words", listens=False).stdout.splitlines()
    assert "first-audio 1.25 ms" in told
    assert told[-1] == "words: left out, for it needs the packages of make setup-listening"


def test_a_part_that_there_is_not_is_refused():
    ran = _asked("--part", "singing")
    assert ran.returncode == 2
    assert "singing" in ran.stderr


def _asked(*arguments: str, listens: bool = True) -> subprocess.CompletedProcess[str]:
    program = ASKS.format(bench=str(HOUSE / "tests" / "benchmarks"), listens=listens)
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=HOUSE,
        env={"PYTHONPATH": f"{HOUSE}:{HOUSE / 'tests'}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
