"""Every voice of the house, judged by its sound: how high it lies, how long its throat is, and that it says the same at the same time."""

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_pipeline.catalogue import faces
from avatar_pipeline.engines.throat import Throat
from avatar_pipeline.speak import SpokenSentence, speak
from avatar_pipeline.text.reading import read_sentence
from avatar_pipeline.voice import VOICES as ALL_VOICES
from avatar_pipeline.voice import Voice

VOICES = {name: kind for name, kind in ALL_VOICES.items() if kind.weights == "voice-en-heart"}  # the voices in the box

TEXT = "We are open all day long, and you may always bring me along."
BANDS_HZ = (60, 90, 120, 160, 200, 300, 400, 600, 900)


def said(name: str) -> SpokenSentence:
    (sentence,) = speak(TEXT, Voice(name), seed=1)
    return sentence


def pitch_hz(sound: NDArray[np.int16]) -> float:
    """The median pitch, found again in the sound: the highest peak of each loud window's autocorrelation."""
    found = []
    windows = np.lib.stride_tricks.sliding_window_view(sound.astype(float), 1200)[::600]
    for window in windows[np.abs(windows).mean(1) > 800]:
        like = np.correlate(window, window, "full")[1199:] / (window @ window)
        lag = 60 + int(np.argmax(like[60:400]))  # 60 to 400 Hz
        if like[lag] > 0.5:
            found.append(24_000 / lag)
    return float(np.median(found))


def colour_db(sound: NDArray[np.int16]) -> NDArray[np.float64]:
    """Strength in each band against the middle of speech, in decibels."""
    windows = np.lib.stride_tricks.sliding_window_view(sound.astype(float), 2048)[::512] * np.hanning(2048)
    power = (np.abs(np.fft.rfft(windows)) ** 2).mean(0)
    hertz = np.arange(len(power)) * 24_000 / 2048
    bands = [power[(hertz >= low) & (hertz < high)].mean() for low, high in itertools.pairwise(BANDS_HZ)]
    return 10 * np.log10(np.array(bands) / power[(hertz > 300) & (hertz < 900)].mean())


@pytest.mark.parametrize("name", sorted(VOICES))
def test_a_voice_lies_where_its_portrait_says(name: str) -> None:
    found, own = pitch_hz(said(name).samples), pitch_hz(said("heart").samples)
    assert found == pytest.approx(own * VOICES[name].throat.pitch, rel=0.06)
    assert (found < 145) == (
        "a man's" in VOICES[name].portrait or "young man's" in VOICES[name].portrait or "older man's" in VOICES[name].portrait
    )


@pytest.mark.parametrize("name", [name for name in VOICES if name != "heart"])
def test_no_band_of_it_booms(name: str) -> None:
    """Where the trained voice has no tone the model says anything; left as it is, a man's voice was 15 dB too loud at 250 Hz."""
    assert colour_db(said(name).samples).max() < 13


def test_its_resonances_are_those_of_another_throat() -> None:
    """A spectrum with one peak has it lower, by the factor; above the model's range there is silence."""
    rows = np.arange(601, dtype=np.float32)[:, None]
    peak = -(((rows - 300) / 20) ** 2)
    moved = Throat(resonance=0.85).colour(peak, beyond=-12)
    assert int(moved.argmax()) == pytest.approx(255, abs=1)
    assert (moved[515:] == -12).all()


def test_between_tones_its_colour_comes_from_the_tones() -> None:
    pitch = np.full(4, 200, np.float32)
    tones = np.full((601, 4), 99, np.float32)  # what the model says between tones is anything
    tones[::10] = np.linspace(3, -3, 61, dtype=np.float32)[:, None]
    (filled,) = Throat().between_tones((tones,), pitch)
    np.testing.assert_allclose(filled[10:590:10], tones[10:590:10], atol=1e-4)
    assert filled[10:590].max() <= 3
    (same,) = Throat().between_tones((tones,), np.zeros(4, np.float32))
    assert (same == tones).all()  # no voice: nothing to fill in
    assert (Throat().bass(pitch, 601)[10:] == 0).all()
    assert Throat().bass(pitch, 601)[5, 0] < 0


@pytest.mark.parametrize("name", ["oak", "robin"])
def test_the_same_words_come_at_the_same_time_and_lips_need_nothing_new(name: str) -> None:
    plain, other = (Voice(one).load().say(read_sentence(TEXT), 1.0, 1) for one in ("heart", name))
    assert plain is not None
    assert other is not None
    assert (other.phonemes, other.words, len(other.samples)) == (plain.phonemes, plain.words, len(plain.samples))
    assert other.pitch_hz[other.pitch_hz > 0].mean() / plain.pitch_hz[plain.pitch_hz > 0].mean() == pytest.approx(
        VOICES[name].throat.pitch, rel=0.05
    )


def test_voices_share_the_loaded_model_and_are_told_apart() -> None:
    engines = [Voice(name).load() for name in VOICES]
    assert len({id(vars(engine)["_session"]) for engine in engines}) == 1
    throats = [kind.throat for kind in VOICES.values()]
    for one, other in itertools.combinations(throats, 2):
        assert abs(np.log(one.pitch / other.pitch)) + 2 * abs(np.log(one.resonance / other.resonance)) > 0.08


def test_every_face_has_a_voice_that_fits() -> None:
    registers = {
        name: "low" if kind.throat.pitch < 0.65 else "high" if kind.throat.pitch > 1.02 else "middle" for name, kind in VOICES.items()
    }
    assert all(registers[entry.voice_name] == entry.voice_register for entry in faces())
    assert len({entry.voice_name for entry in faces()}) == len(faces())
