"""What the face does: lips that shut at every p, b and m, a mouth at rest in silence, blinks like a person's, small movements only."""

import itertools
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from avatar_pipeline.engines.mastering import master
from avatar_pipeline.engines.speech import SILENCE, TimedPhoneme
from avatar_pipeline.motion import eyes
from avatar_pipeline.motion.conduct import conduct
from avatar_pipeline.motion.mood import SMILE_MAX, SORRY
from avatar_pipeline.motion.mouth import CONSONANT_MAX_S, JAW_MAX, SILENCE_MIN_S, mouth
from avatar_pipeline.motion.visemes import VISEMES, VOWELS
from avatar_pipeline.score import CHANNEL_INDEX, CHANNELS, COEFFICIENTS, MotionScore
from avatar_pipeline.speak import SpokenSentence, idle, speak
from avatar_pipeline.text.reading import read_sentence
from avatar_pipeline.voice import Voice

TEXT = (
    "Hello, I am Maya, and I may help you pick a bag of beans. Would you prefer a mild blend, or maybe a bold, peppery one? "
    "Both bags cost $4.50, but members pay five percent less! Please stop by on Friday before half past five. "
    "We have fresh muffins, fudge brownies and vanilla waffles too. What a beautiful bamboo cup, don't you think?"
)
LIPS = [name for name in COEFFICIENTS if name.startswith(("mouth", "jaw", "tongue")) and "Smile" not in name]  # a smile may stay
GAP_SHUT = 0.012  # of full jaw opening: well under what a renderer draws


@pytest.fixture(scope="module")
def talk() -> list[SpokenSentence]:
    return list(speak(TEXT, Voice(), seed=11))


def gap(score: MotionScore) -> np.ndarray:
    """How far the lips are apart: what the jaw opens and mouthClose does not take back, and what the lips open themselves."""
    own = np.maximum(score.channel("mouthLowerDownLeft"), score.channel("mouthUpperUpLeft"))
    return np.maximum(score.channel("jawOpen") - score.channel("mouthClose"), 0.4 * own)


def middle_s(phoneme: TimedPhoneme) -> float:
    return phoneme.start_s + min(phoneme.end_s - phoneme.start_s, CONSONANT_MAX_S) / 2


def shut_share(score: MotionScore, phonemes: tuple[TimedPhoneme, ...], apart: np.ndarray) -> float:
    """Share of p, b and m with shut lips on some row within 40 ms of their middle."""
    rows = np.arange(score.frames) / 50
    lip_sounds = [phoneme for phoneme in phonemes if phoneme.symbol in "pbm"]
    assert lip_sounds
    return float(np.mean([apart[np.abs(rows - middle_s(phoneme)) <= 0.04].min() <= GAP_SHUT for phoneme in lip_sounds]))


def test_every_p_b_and_m_shuts_the_lips(talk: list[SpokenSentence]) -> None:
    assert all(shut_share(s.score, s.phonemes, gap(s.score)) == 1.0 for s in talk)


def test_the_measure_of_shut_lips_sees_a_missing_seal(talk: list[SpokenSentence]) -> None:
    unsealed = [shut_share(s.score, s.phonemes, s.score.channel("jawOpen")) for s in talk]
    assert np.mean(unsealed) < 0.7


def test_the_mouth_opens_between(talk: list[SpokenSentence]) -> None:
    for sentence in talk:
        apart = gap(sentence.score)
        rows = np.arange(len(apart)) / 50
        stressed = [p for p in sentence.phonemes if p.stress == 2 and p.symbol in VOWELS and p.symbol not in "uʊi"]
        open_at = [apart[np.abs(rows - (p.start_s + p.end_s) / 2) <= 0.06].max() for p in stressed]
        assert np.median(open_at) > 0.12
        assert apart.max() <= JAW_MAX + 1e-3


def test_f_and_v_bite_and_rounded_sounds_round(talk: list[SpokenSentence]) -> None:
    bite, other, round_, plain = [], [], [], []
    for sentence in talk:
        for phoneme in sentence.phonemes:
            at = sentence.score.at(middle_s(phoneme))
            roll, pucker = at[CHANNEL_INDEX["mouthRollLower"]], at[CHANNEL_INDEX["mouthPucker"]]
            (bite if phoneme.symbol in "fv" else other).append(roll)
            (round_ if phoneme.symbol in "uwO" else plain).append(pucker)
    assert np.mean(bite) > 3 * np.mean(other)
    assert np.mean(round_) > 3 * np.mean(plain)


def test_the_mouth_is_exactly_at_rest_in_silence(talk: list[SpokenSentence]) -> None:
    """Silence is found in the samples themselves here, not in what the engine says about them."""
    rest = idle(1).values[0]
    checked = 0
    for sentence in talk:
        level = np.abs(sentence.samples.astype(int))
        loud = np.flatnonzero(level > 250)
        edges = np.concatenate([[-10_000], loud, [len(level) + 10_000]])
        for start, end in itertools.pairwise(edges):
            if (end - start) / 24_000 <= SILENCE_MIN_S:
                continue
            first, last = int(np.ceil((start / 24_000 + 0.08) * 50)), int((end / 24_000 - 0.08) * 50)
            for row in range(max(first, 0), min(last, sentence.score.frames - 1) + 1):
                for name in LIPS:
                    assert sentence.score.values[row, CHANNEL_INDEX[name]] == rest[CHANNEL_INDEX[name]], (sentence.text, row, name)
                checked += 1
    assert checked > 20


def test_sentences_and_idle_loops_can_be_played_one_after_another(talk: list[SpokenSentence]) -> None:
    """Every score starts and ends on the same face, so nothing jumps where players join them."""
    joints = [edge for score in [idle(3), *(s.score for s in talk)] for edge in (score.values[0], score.values[-1])]
    for edge in joints:
        np.testing.assert_allclose(edge, joints[0], atol=12)


def test_the_idle_loop_closes_and_stays_quiet() -> None:
    for seed in range(5):
        loop = idle(seed)
        assert loop.frames == 601
        np.testing.assert_array_equal(loop.values[0], loop.values[-1])
        steps = np.abs(np.diff(loop.to_floats()[:, -5:-2], axis=0)).max()
        assert steps < np.deg2rad(0.2)
        for name in LIPS:
            assert np.ptp(loop.channel(name)) == 0.0
        assert 2 <= blink_count(loop) <= 4
    assert idle(1) != idle(2)
    assert idle(1) == idle(1)


def blink_count(score: MotionScore) -> int:
    shut = score.channel("eyeBlinkLeft") > 0.9
    return int((shut[1:] & ~shut[:-1]).sum())


def test_blinks_come_ten_to_twenty_a_minute_at_uneven_gaps() -> None:
    for seed in range(20):
        moments = np.array(eyes.blink_gaps(np.random.default_rng(seed), 600.0))
        assert 10 <= len(moments) / 10 <= 20
        assert np.diff(moments).std() > 0.3


def test_long_talk_blinks_like_a_person_and_never_as_a_sentence_begins() -> None:
    sentences = list(speak(TEXT * 3, Voice(), seed=5))
    minutes = sum(sentence.duration_s for sentence in sentences) / 60
    assert 10 <= sum(blink_count(sentence.score) for sentence in sentences) / minutes <= 20
    for sentence in sentences:
        assert sentence.score.channel("eyeBlinkLeft")[:20].max() == 0.0
        assert sentence.score.channel("eyeBlinkLeft")[-1] == 0.0


def test_the_head_moves_a_little_and_on_what_is_stressed(talk: list[SpokenSentence]) -> None:
    for sentence in talk:
        head = np.rad2deg(sentence.score.to_floats()[:, -5:-2])
        assert np.abs(head).max() <= 3.0
        assert np.ptp(head, axis=0).max() > 0.5
        assert np.abs(np.diff(head, axis=0)).max() < 0.6


def test_brows_rise_at_the_end_of_a_question_only() -> None:
    def late_brows(text: str) -> float:
        (sentence,) = speak(text, Voice(), seed=4)
        return float(sentence.score.channel("browInnerUp")[-35:-15].max())

    assert late_brows("You want a large coffee?") > late_brows("You want a large coffee.") + 0.15


def test_everything_stays_in_its_range(talk: list[SpokenSentence]) -> None:
    for sentence in talk:
        floats = sentence.score.to_floats()
        assert floats[:, : len(COEFFICIENTS)].min() >= 0.0
        assert np.abs(np.rad2deg(floats[:, -2:])).max() < 8.0
        assert sentence.score.channel("mouthSmileLeft").max() < SMILE_MAX + 0.001
        assert sentence.score.channel("browInnerUp").max() <= 0.56


def test_a_sentences_score_takes_under_five_milliseconds_at_best() -> None:
    utterance = Voice().load().say(read_sentence("Would you prefer a mild blend, or maybe a bold, peppery one?"), 1.0, 1)
    assert utterance is not None
    performance = master(utterance, ends_sentence=True)

    def seconds() -> float:
        start = time.perf_counter()
        conduct(performance, "?", [1.0], 1, SORRY)
        return time.perf_counter() - start

    assert min(seconds() for _ in range(15)) < 0.005


SOUNDS = some.lists(
    some.tuples(some.sampled_from([*sorted(VISEMES), "?", "ʘ"]), some.floats(0.02, 0.6), some.integers(0, 2)), min_size=1, max_size=40
)


def timed(sounds: list[tuple[str, float, int]]) -> tuple[TimedPhoneme, ...]:
    ends = np.cumsum([length for _, length, _ in sounds])
    return tuple(
        TimedPhoneme(symbol, float(end - length), float(end), stress) for (symbol, length, stress), end in zip(sounds, ends, strict=True)
    )


@given(SOUNDS)
def test_no_sequence_of_sounds_leaves_the_mouth_out_of_bounds(sounds: list[tuple[str, float, int]]) -> None:
    phonemes = timed(sounds)
    face = mouth(phonemes, (), int(phonemes[-1].end_s * 50) + 2)
    assert np.isfinite(face).all()
    assert face.min() >= 0.0
    assert face.max() <= 1.0
    assert face[:, CHANNEL_INDEX["jawOpen"]].max() <= JAW_MAX + 1e-6
    assert (face[:, CHANNEL_INDEX["mouthClose"]] <= face[:, CHANNEL_INDEX["jawOpen"]] + 1e-6).all()
    assert np.abs(np.diff(face, axis=0)).max(initial=0.0) < 0.75  # no channel crosses its range within one row


@given(SOUNDS)
def test_p_b_and_m_shut_the_lips_in_any_company(sounds: list[tuple[str, float, int]]) -> None:
    phonemes = timed([*sounds, ("m", 0.08, 0)])
    score = MotionScore.from_floats(mouth(phonemes, (), int(phonemes[-1].end_s * 50) + 6))
    assert shut_share(score, phonemes, gap(score)) == 1.0


def test_every_symbol_the_voice_uses_has_a_shape(talk: list[SpokenSentence]) -> None:
    assert {phoneme.symbol for sentence in talk for phoneme in sentence.phonemes} <= set(VISEMES)
    assert VISEMES[SILENCE].shape == (0.0,) * len(VISEMES[SILENCE].shape)
    assert len(CHANNELS) == 57
