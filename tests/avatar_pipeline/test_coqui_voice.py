"""Coqui's VITS, tiny and with seeded random weights: sound, and times that come from its own alignment."""

import numpy as np
import pytest
from fakes.small_vits import write_small_vits

torch = pytest.importorskip("torch", reason="the neural parts are not installed (make setup-neural)")

from avatar_pipeline.engines.coqui import CoquiVits, shared_spans  # noqa: E402
from avatar_pipeline.errors import WeightsDamaged  # noqa: E402
from avatar_pipeline.text.reading import Reading, read_sentence  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")
SENTENCE = read_sentence("Bring me five mugs, please.")


@pytest.fixture(scope="module", params=[False, True], ids=["letters", "sounds"])
def voice(request, tmp_path_factory) -> CoquiVits:
    folder = tmp_path_factory.mktemp("vits")
    write_small_vits(folder, is_phonetic=request.param)
    return CoquiVits(folder)


def test_sound_phonemes_and_words_share_one_clock(voice):
    said = voice.say(SENTENCE, 1.0, 3)
    whole_s = len(said.samples) / said.sample_rate_hz
    assert said.sample_rate_hz == 24_000
    assert said.phonemes[0].start_s == 0
    assert said.phonemes[-1].end_s == pytest.approx(whole_s)
    assert all(one.end_s == pytest.approx(other.start_s) for one, other in zip(said.phonemes, said.phonemes[1:], strict=False))
    assert [word.text for word in said.words] == ["Bring", "me", "five", "mugs,", "please."]
    assert all(0 <= word.start_s < word.end_s <= whole_s + 1e-6 for word in said.words)
    assert all(one.end_s <= other.start_s + 1e-9 for one, other in zip(said.words, said.words[1:], strict=False))


def test_the_same_seed_gives_the_same_sound_and_more_speed_a_shorter_one(voice):
    first, again = voice.say(SENTENCE, 1.0, 3), voice.say(SENTENCE, 1.0, 3)
    assert np.array_equal(first.samples, again.samples)
    assert not np.array_equal(first.samples, voice.say(SENTENCE, 1.0, 4).samples)
    assert len(voice.say(SENTENCE, 0.5, 3).samples) > len(first.samples)


def test_what_cannot_be_said_gives_nothing(voice):
    assert voice.say((Reading("…", "…"),), 1.0, 1) is None


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(WeightsDamaged, match="no VITS model"):
        CoquiVits(tmp_path)


def test_without_an_alignment_words_share_the_spoken_stretch_by_length():
    samples = np.zeros(48_000, np.float32)
    samples[12_000:36_000] = 0.5
    spans = shared_spans(samples, (Reading("a", "a"), Reading("abc", "abc")))
    assert spans[0].start_s == pytest.approx(0.5, abs=0.001)
    assert spans[0].end_s == spans[1].start_s == pytest.approx(0.75, abs=0.001)
    assert spans[1].end_s == pytest.approx(1.5, abs=0.001)


@pytest.mark.parametrize("held", [b"", b"nonsense"])
def test_a_model_file_that_broke_off_is_refused_by_its_folder_s_name(tmp_path, held):
    (tmp_path / "config.json").write_text('{"model": "vits"}')
    (tmp_path / "model.pth").write_bytes(held)
    with pytest.raises(WeightsDamaged, match="is no VITS model that can be loaded"):
        CoquiVits(tmp_path)
