"""The packaged voice's phoneme times: whole in the model's own units, and right against an independent forced alignment."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from pocketsphinx import Decoder

from avatar_pipeline.engines.english_sounds import english_sounds
from avatar_pipeline.engines.graph_outputs import with_outputs
from avatar_pipeline.engines.hibari import DURATION_OUTPUT, LEAD_S, load_hibari
from avatar_pipeline.speak import speak
from avatar_pipeline.text.reading import clean_text, read_sentence
from avatar_pipeline.voice import Voice
from avatar_pipeline.weights import weight_bytes

SENTENCES = (
    "Hello, my name is Anna, and I may help you buy a new phone.",
    "Maybe we both want a beautiful purple lamp for the room.",
    "Please stop by, five people wait upstairs.",
)


@pytest.mark.parametrize("text", [*SENTENCES, "Yes.", "It is $4.50, " * 60])
def test_the_models_durations_are_the_length_of_its_sound(text: str) -> None:
    """Also for a reading so long that it takes several runs of the model."""
    utterance = load_hibari("voice-en-heart", None, 1).say(read_sentence(text), 1.0, 3)
    assert utterance is not None
    assert utterance.phonemes[-1].end_s == len(utterance.samples) / 24_000
    assert len(utterance.samples) % 600 == 0
    assert len(utterance.pitch_hz) == len(utterance.samples) // 300


def test_the_added_output_leaves_the_weights_untouched() -> None:
    import onnxruntime

    weights = weight_bytes("voice-en-heart")
    changed = with_outputs(weights, DURATION_OUTPUT)
    assert changed.startswith(weights)
    assert len(changed) - len(weights) < 64
    plain = onnxruntime.InferenceSession(weights, providers=["CPUExecutionProvider"])
    told = onnxruntime.InferenceSession(changed, providers=["CPUExecutionProvider"])
    names = [output.name for output in plain.get_outputs()]
    assert [output.name for output in told.get_outputs()] == [*names, DURATION_OUTPUT]
    given = {"ids": np.array([[0, 50, 83, 54, 31, 4, 0]]), "speed": np.ones(1, np.float32)}
    for a, b in zip(plain.run(names, given), told.run(names, given), strict=True):
        np.testing.assert_array_equal(a, b)


def sounds(text: str) -> str:
    (sentence,) = speak(text, Voice(), seed=0)
    return "".join(phoneme.symbol for phoneme in sentence.phonemes).strip("_")


@pytest.mark.parametrize(
    ("word", "heard"), [("Beth", "bɛθ"), ("Beth's", "bɛθs"), ("Zoë", "zOi"), ("Barista", "bəɹistə"), ("latte", "lɑtA"), ("QR", "kjuɑɹ")]
)
def test_names_and_shop_words_have_their_own_sounds(word: str, heard: str) -> None:
    assert sounds(word) == heard


def test_markup_in_an_answer_cannot_order_other_sounds() -> None:
    assert "kæt" not in sounds("This is a [dog](/kˈæt/) for you.")
    assert "dɔɡ" in sounds("This is a [dog](/kˈæt/) for you.")


def aligned(samples: np.ndarray, text: str) -> list[tuple[str, float]]:
    """Where pocketsphinx hears every phoneme: (name, middle in seconds)."""
    spectrum = np.fft.rfft(samples.astype(float))
    size = len(samples) * 2 // 3
    resampled = np.fft.irfft(spectrum[: size // 2 + 1], size) * size / len(samples)
    decoder = Decoder(lm=None, loglevel="FATAL")
    decoder.set_align_text(re.sub(r"[^a-z' ]", "", text.lower()))
    for again in (False, True):
        decoder.start_utt()
        decoder.process_raw(np.clip(resampled, -32767, 32767).astype("<i2").tobytes(), full_utt=True)
        decoder.end_utt()
        if not again:
            decoder.set_alignment()
    return [(phone.name, (phone.start + phone.duration / 2) / 100) for word in decoder.get_alignment() for phone in word]


def test_lip_sounds_are_where_an_independent_recogniser_hears_them() -> None:
    late = []
    for text in SENTENCES:
        (sentence,) = speak(text, Voice(), seed=0)
        theirs = [middle for name, middle in aligned(sentence.samples, text) if name in ("P", "B", "M")]
        ours = [(phoneme.start_s + phoneme.end_s) / 2 for phoneme in sentence.phonemes if phoneme.symbol in "pbm"]
        assert len(theirs) == len(ours)
        late += [mine - other for mine, other in zip(ours, theirs, strict=True)]
    print(f"p/b/m middles: {1e3 * np.median(late):+.0f} ms median, sd {1e3 * np.std(late):.0f}, n {len(late)}")  # noqa: T201
    assert abs(np.median(late)) < 0.025
    assert np.std(late) < 0.04
    assert abs(np.median(late) + LEAD_S) > 0.05  # without the lead the same measure would have seen the lag


ODD = ("①", "€-5①am", "x²", "٣٤", "Ⅳ", "1,,2", "-.", "$1.", "''", "…$", "5'10\"", "0/0", "½kg", "咖1", "é\u0301", "#", "<b>", "a@", "K-")


@given(some.lists(some.sampled_from(ODD) | some.text("aI1. -'$%,", max_size=6), max_size=8).map(" ".join))
def test_no_odd_text_trips_the_dictionary(text: str) -> None:
    english_sounds().tokens(read_sentence(clean_text(text)))
