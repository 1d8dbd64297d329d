"""Whether a film in Chinese or Japanese says its script: heard again where a recogniser is installed, else by how long is spoken."""

import numpy as np
import pytest

from avatar_pipeline.inspection.film_tracks import LISTEN_HZ, Floats
from avatar_pipeline.inspection.sampling import Part
from avatar_pipeline.inspection.words_heard import RECOGNISER, judge_words, lasts_as_long
from avatar_pipeline.listen import can_listen
from avatar_pipeline.speak import speak
from avatar_pipeline.voice import VOICES, Voice
from avatar_pipeline.weights import is_ready

SAID, OTHER = "今天的咖啡很好喝，欢迎来尝一尝。", "我们的商店明天早上九点关门。"


def spoken_for(seconds: float, whole_s: float) -> Floats:
    """Something like a voice, then silence with a little hiss."""
    noise = np.random.default_rng(5).normal(0, 1, round(whole_s * LISTEN_HZ)).astype(np.float32)
    noise[: round(seconds * LISTEN_HZ)] *= 0.2
    noise[round(seconds * LISTEN_HZ) :] *= 0.002
    return noise


@pytest.mark.parametrize(
    ("text", "seconds", "fits"),
    [(SAID, 3.2, True), (SAID, 0.6, False), (SAID, 14.0, False), ("ようこそ、お店へ。", 1.6, True), ("ようこそ、お店へ。", 0.3, False)],
)
def test_as_much_is_spoken_as_the_syllables_take(text: str, seconds: float, fits: bool) -> None:
    assert lasts_as_long(spoken_for(seconds, seconds + 1), Part(text, 0.0, seconds + 1)) is fits


def test_where_nothing_is_spoken_nothing_is_said() -> None:
    assert not lasts_as_long(np.zeros(LISTEN_HZ, np.float32), Part(SAID, 0.0, 1.0))
    assert not lasts_as_long(np.zeros(10, np.float32), Part(SAID, 0.0, 1.0))


@pytest.mark.skipif(not (can_listen() and is_ready(VOICES["jade"].weights)), reason="the voices and the recogniser are extras")
def test_chinese_is_heard_again_and_another_sentence_is_found() -> None:
    at_24 = np.concatenate([one.samples for one in speak(SAID, Voice("jade"), seed=1)]).astype(np.float32) / 32768
    length = round(len(at_24) * LISTEN_HZ / 24_000)
    sound = np.interp(np.arange(length) * 1.5, np.arange(len(at_24)), at_24).astype(np.float32)
    seconds = length / LISTEN_HZ
    assert judge_words(sound, [Part(SAID, 0.0, seconds)], None).wrong == ()
    judged = judge_words(sound, [Part(OTHER, 0.0, seconds)], None)
    assert (judged.how, judged.wrong) == (RECOGNISER, (OTHER,))
