"""A recording moves the face as the voice would: lips shut where they must, at rest in silence, and never to words it does not hold."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from avatar_pipeline.errors import LanguageNotSpoken
from avatar_pipeline.motion.visemes import VISEMES
from avatar_pipeline.recorded import RecordingUnusable, read_recording, recorded_sentences
from avatar_pipeline.score import CHANNEL_INDEX, RATE_HZ
from avatar_pipeline.speak import SpokenSentence, speak
from avatar_pipeline.voice import Voice

TEXT = "Maybe we both want a beautiful purple lamp for the room. Please stop by, five people wait upstairs."
RATE = 24_000
PAUSE_S = 1.0


@pytest.fixture(scope="module")
def spoken() -> list[SpokenSentence]:
    return list(speak(TEXT, Voice(), seed=0))


@pytest.fixture(scope="module")
def take(spoken) -> np.ndarray:
    """What a microphone would have written down: the sentences with a second of silence around each, quieter than the house plays."""
    pause = np.zeros(round(PAUSE_S * RATE), np.float32)
    return np.concatenate([pause, *(part for one in spoken for part in (one.samples.astype(np.float32) / 32768 * 0.4, pause))])


@pytest.fixture(scope="module")
def driven(take) -> list[SpokenSentence]:
    return recorded_sentences(take, RATE, TEXT, seed=3)


def lips_shut(sentences: list[SpokenSentence], starts: list[float]) -> list[float]:
    return [
        start + (one.start_s + one.end_s) / 2
        for sentence, start in zip(sentences, starts, strict=True)
        for one in sentence.phonemes
        if one.symbol in VISEMES and VISEMES[one.symbol].seal == 1.0
    ]


def track(sentences: list[SpokenSentence], channel: str, times: np.ndarray) -> np.ndarray:
    """A channel of all scores, laid end to end like the sound."""
    values, clock = [], 0.0
    for one in sentences:
        rows = one.score.to_floats()[:, CHANNEL_INDEX[channel]]
        values.append((clock + np.arange(len(rows)) / RATE_HZ, rows, clock, clock + one.duration_s))
        clock += one.duration_s
    return np.array([next(np.interp(t, at, rows) for at, rows, a, b in values if a <= t <= b) for t in times])


def test_lips_shut_where_the_voice_said_p_b_and_m(spoken, driven):
    known = lips_shut(spoken, [PAUSE_S, 2 * PAUSE_S + spoken[0].duration_s])
    heard = lips_shut(driven, [0.0, driven[0].duration_s])
    assert len(known) == len(heard) == 15
    away = np.array(heard) - known
    print(f"p/b/m: {1e3 * np.median(away):+.0f} ms median, {1e3 * np.abs(away).max():.0f} ms at most, n {len(away)}")  # noqa: T201
    assert abs(np.median(away)) < 0.025
    assert np.mean(np.abs(away) <= 0.040) >= 0.9
    around = np.array(known)[:, None] + np.linspace(-0.04, 0.04, 9)
    parted = track(driven, "jawOpen", around.ravel()) - track(driven, "mouthClose", around.ravel())
    assert (parted.reshape(around.shape).min(axis=1) < 0.01).all()


def test_the_mouth_rests_in_silence(driven, spoken):
    first_ends = PAUSE_S + spoken[0].duration_s
    quiet = np.concatenate([np.arange(0.05, PAUSE_S - 0.1, 0.02), np.arange(first_ends + 0.1, first_ends + PAUSE_S - 0.1, 0.02)])
    assert track(driven, "jawOpen", quiet).max() < 0.01
    assert track(driven, "jawOpen", np.arange(PAUSE_S, first_ends, 0.02)).max() > 0.15


def test_nothing_of_the_recording_is_lost(driven, take):
    assert [one.text for one in driven] == [
        "Maybe we both want a beautiful purple lamp for the room.",
        "Please stop by, five people wait upstairs.",
    ]
    played = np.concatenate([one.samples for one in driven]).astype(np.float64)
    assert len(played) == len(take)
    assert np.corrcoef(played, take)[0, 1] > 0.99
    for one in driven:
        assert one.phonemes[0].start_s == 0.0
        assert one.phonemes[-1].end_s == pytest.approx(one.duration_s)
        assert all(left.end_s == pytest.approx(right.start_s) for left, right in zip(one.phonemes, one.phonemes[1:], strict=False))
        assert " ".join(word.text for word in one.words) == one.text
        assert any(phoneme.stress == 2 for phoneme in one.phonemes)


def test_the_same_take_words_and_seed_give_the_same_face(driven, take):
    again, other = recorded_sentences(take, RATE, TEXT, seed=3), recorded_sentences(take, RATE, TEXT, seed=4)
    assert all(np.array_equal(a.score.to_floats(), b.score.to_floats()) for a, b in zip(driven, again, strict=True))
    assert not all(np.array_equal(a.score.to_floats(), b.score.to_floats()) for a, b in zip(driven, other, strict=True))


def test_a_name_in_no_dictionary_is_laid_over_as_the_house_says_it():
    (said,) = speak("Siobhan brews Yirgacheffe for you.", Voice(), seed=0)
    (driven,) = recorded_sentences(said.samples.astype(np.float32) / 32768, RATE, said.text, seed=0)
    assert [word.text for word in driven.words] == [word.text for word in said.words]
    away = [abs(mine.start_s - theirs.start_s) for mine, theirs in zip(driven.words, said.words, strict=True)]
    assert max(away) < 0.15


@pytest.mark.parametrize(
    "words", ["The weather report promises thunder and heavy snow until Thursday morning.", TEXT[:56] + " Nobody knew where she went."]
)
def test_other_words_than_those_said_are_refused(take, words):
    with pytest.raises(RecordingUnusable, match=r"says something else than|cannot be laid over"):
        recorded_sentences(take, RATE, words, seed=1)


def test_one_word_that_was_not_said_is_named(spoken):
    sound, text = spoken[0].samples.astype(np.float32) / 32768, spoken[0].text
    with pytest.raises(RecordingUnusable, match="does not say “yellow”"):
        recorded_sentences(sound, RATE, text.replace("purple", "yellow"), seed=1)


@pytest.mark.parametrize(
    ("sound", "text", "error", "said"),
    [
        (np.zeros(0), "Hello.", RecordingUnusable, "lasts from"),
        (np.full(121 * RATE, 0.1), "Hello.", RecordingUnusable, "lasts from"),
        (np.zeros(RATE), "Hello.", RecordingUnusable, "Nothing can be heard"),
        (np.full(RATE, np.nan), "Hello.", RecordingUnusable, "damaged"),
        (np.full(RATE, 0.1), " ... ", RecordingUnusable, "words that are said"),
        (np.full(RATE, 0.1), "你好，欢迎光临。", LanguageNotSpoken, "English"),
    ],
)
def test_what_cannot_drive_a_face_is_refused_with_a_sentence(sound, text, error, said):
    with pytest.raises(error, match=said):
        recorded_sentences(sound, RATE, text, seed=1)


@pytest.mark.parametrize("content", [None, b"", b"no sound at all" * 50])
def test_a_file_that_is_no_sound_is_refused(tmp_path: Path, content):
    path = tmp_path / "take.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RecordingUnusable, match="cannot be read"):
        read_recording(path, date(2026, 11, 23))
