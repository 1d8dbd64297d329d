"""The acceptance of weights runs whole on a folder of networks that have learned nothing: a film is made, and every measure finds a figure.

A long one: each measure alone is tried in avatar_pipeline (test_inspection.py, test_neural_judge.py), and this takes half a minute.
"""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the neural parts are not installed (make setup-neural)")

from fakes.weights_folder import lay_out  # noqa: E402

from app.commands.weights_acceptance import accept  # noqa: E402
from avatar_pipeline.neural import SMALL, random_networks  # noqa: E402

pytestmark = [
    pytest.mark.long,
    pytest.mark.usefixtures("one_torch_thread"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::RuntimeWarning"),
]
FIGURES = (
    "lips_follow_sound", "lips_offset", "lips_in_pauses", "mouth_sharpness", "rest_untouched",
    "av_offset_abs_frames", "closure_recall", "openness_rank_corr", "silence_motion_percent",
)  # fmt: skip


def test_untaught_networks_make_a_film_that_every_measure_reads_and_that_does_not_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    film = tmp_path / "check.mp4"
    folder = lay_out(tmp_path / "weights", random_networks(SMALL, seed=7))
    status = accept(folder, film, "amara", shape=SMALL, text="Please bring me a blue mug.")
    said = capsys.readouterr().out.splitlines()
    lines = [line.split() for line in said]
    told = {words[0] for words in lines if len(words) == 3}
    assert film.stat().st_size > 10_000
    assert told >= set(FIGURES)
    assert said[-1].endswith("do not put these to work.")
    assert status == 1  # noise in place of a mouth is no mouth


def test_a_folder_of_another_network_is_refused_before_anything_is_filmed(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = lay_out(tmp_path / "weights", random_networks(SMALL, seed=7))
    assert accept(folder, tmp_path / "check.mp4", "amara") == 1
    assert "describes another network" in capsys.readouterr().err
    assert not (tmp_path / "check.mp4").exists()
