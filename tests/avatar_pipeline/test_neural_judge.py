"""The measures that judge a film by its own pixels and sound, on a film of the house's own renderer, where the truth is known."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from avatar_pipeline.catalogue import face
from avatar_pipeline.film import make_film
from avatar_pipeline.neural_judge import Finding, _read, best_offset, lip_opening, loudness
from avatar_pipeline.voice import Voice


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    path = tmp_path_factory.mktemp("judge") / "film.mp4"
    make_film("We open at nine, and Bob packs five mugs.", voice=Voice(), face=face("amara"), out_path=path, size_px=256)
    return _read(path)


def test_a_good_mouth_is_found_to_follow_the_sound_and_a_shifted_one_by_how_much(film):
    pictures, samples, rate = film
    opening, loud = lip_opening(pictures), loudness(samples, rate, len(pictures))
    offset, follows = best_offset(opening, loud)
    assert abs(offset) <= 2
    assert follows > 0.4
    for shift in (-4, 5):
        assert best_offset(np.roll(opening, shift), loud)[0] == offset + shift
    assert opening[:8].max() < 0.03 < opening.max()


def test_a_mouth_that_never_moves_agrees_with_nothing():
    assert best_offset(np.full(60, 0.1, np.float32), np.random.default_rng(1).random(60).astype(np.float32))[1] == 0.0


def test_a_finding_says_figure_verdict_and_what_was_wanted():
    low, high = Finding.at_least("x", 0.2, 0.5, "dB", "It holds"), Finding.at_most("y", 0.2, 0.5, "px", "It moves")
    assert (low.is_good, high.is_good) == (False, True)
    assert low.sentence == "It holds: 0.20 dB, at least 0.5 wanted."


def test_nothing_neural_loads_torch_before_it_is_used():
    modules = "avatar_pipeline.neural, avatar_pipeline.stage, avatar_pipeline.networks.talking_head, avatar_pipeline.engines.coqui"
    program = (
        f"import sys, {modules}, app.conversations.language_models.transformers\n"
        "print([name for name in ('torch', 'diffusers', 'transformers', 'TTS') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert run.stdout.strip() == "[]"


def test_without_the_neural_parts_there_is_a_sentence_and_no_traceback(tmp_path):
    program = (
        "import sys; sys.modules['torch'] = None\n"
        "from pathlib import Path\n"
        "from app.conversations.language_models.chat import LanguageModelFailed\n"
        "from app.conversations.language_models.transformers import TransformersModel\n"
        "from avatar_pipeline.errors import NeuralPartsMissing\n"
        "from avatar_pipeline.neural import read_networks\n"
        "for load, refusal in ((read_networks, NeuralPartsMissing), (TransformersModel, LanguageModelFailed)):\n"
        "    try: load(Path(sys.argv[1]))\n"
        "    except refusal as said: print(said)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert run.stdout.count("make setup-neural") == 2
