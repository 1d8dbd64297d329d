"""Phonemes to a moving mouth: every sound pulls at the lips before and after it is heard, strong sounds more (coarticulation).

Dominance of a sound falls as exp(-(distance / tau) ** 1.3), tau 45 ms ahead of it and 55 ms behind. Blending alone would let p, b
and m slide by half open, and people see that at once; so a separate seal track shuts the lips at every one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.engines.speech import TimedPhoneme
from avatar_pipeline.motion.visemes import OTHER, SHAPES, VISEMES, VOWELS
from avatar_pipeline.score import CHANNEL_INDEX, CHANNELS, RATE_HZ

TAU_BEFORE_S: Final = 0.045
TAU_AFTER_S: Final = 0.055
DECAY_POWER: Final = 1.3
REST_DOMINANCE: Final = 0.05  # how strongly the mouth falls back to rest when no sound is near
SEAL_HOLD_MIN_S: Final = 0.030  # half of the shortest closure; 60 ms hold three rows of the score, and one picture of a film
SEAL_RAMP_S: Final = 0.045
STRESS_GAIN: Final = (0.92, 1.0, 1.08)  # unstressed, secondary, primary
JAW_MAX: Final = 0.42
VOWEL_MAX_S: Final = 0.30  # the model lets the last sound last through the pause after it; the mouth must not
CONSONANT_MAX_S: Final = 0.16
REST_RAMP_S: Final = 0.06
SILENCE_MIN_S: Final = 0.12  # the gap inside a p or k is shorter than this; a longer one is a pause, and the mouth rests
SMILE_AT_REST: Final = 0.12

_Floats = NDArray[np.floating[Any]]


def mouth(phonemes: Sequence[TimedPhoneme], silences: Sequence[tuple[float, float]], frames: int) -> _Floats:
    """Give the mouth's channels, float32 of shape (frames, 57), 0 elsewhere. `silences` are quiet spans of the sound in seconds."""
    times = np.arange(frames, dtype=np.float32) / RATE_HZ
    shapes, seal = _blend(phonemes, times)
    awake = wakefulness(silences, times)
    shapes *= awake[:, None]
    return _channels(shapes, seal)


def wakefulness(silences: Sequence[tuple[float, float]], times: _Floats) -> _Floats:
    """1 while speaking, exactly 0 inside silences longer than SILENCE_MIN_S, eased over REST_RAMP_S at their edges."""
    awake = np.ones_like(times)
    for start_s, end_s in silences:
        opens = start_s <= 0.0
        ends = end_s >= times[-1] - 1.0 / RATE_HZ
        if end_s - start_s < SILENCE_MIN_S and not (opens or ends):
            continue
        falling = np.zeros_like(times) if opens else 1.0 - (times - start_s) / REST_RAMP_S
        rising = np.zeros_like(times) if ends else 1.0 - (end_s - times) / REST_RAMP_S
        awake = np.minimum(awake, _smooth(np.maximum(falling, rising)))
    return np.asarray(awake, dtype=np.float32)


def _smooth(ramp: _Floats) -> _Floats:
    clipped = np.clip(ramp, 0.0, 1.0)
    return np.asarray(clipped * clipped * (3.0 - 2.0 * clipped), dtype=np.float32)


def _blend(phonemes: Sequence[TimedPhoneme], times: _Floats) -> tuple[_Floats, _Floats]:
    """Weigh all sounds at all times: shapes (frames, 11) and the seal (frames,)."""
    visemes = [VISEMES.get(phoneme.symbol, OTHER) for phoneme in phonemes]
    target = np.array([viseme.shape for viseme in visemes], dtype=np.float32)
    gain = np.array([STRESS_GAIN[phoneme.stress] if phoneme.symbol in VOWELS else 1.0 for phoneme in phonemes], dtype=np.float32)
    target[:, 0] = np.minimum(target[:, 0] * gain, JAW_MAX)
    centre, half = _places(phonemes)
    away = times[:, None] - centre
    beyond = np.maximum(np.abs(away) - 0.55 * half, 0.0)
    tau = np.where(away < 0, TAU_BEFORE_S, TAU_AFTER_S)
    weight = np.array([viseme.dominance for viseme in visemes], dtype=np.float32) * np.exp(-((beyond / tau) ** DECAY_POWER))
    shapes = (weight @ target) / (weight.sum(axis=1, keepdims=True) + REST_DOMINANCE)
    strength = np.array([viseme.seal for viseme in visemes], dtype=np.float32)
    hold = np.maximum(0.7 * half, SEAL_HOLD_MIN_S)
    seal = (_smooth((hold + SEAL_RAMP_S - np.abs(away)) / SEAL_RAMP_S) * strength).max(axis=1)
    return shapes.astype(np.float32), seal.astype(np.float32)


def _places(phonemes: Sequence[TimedPhoneme]) -> tuple[_Floats, _Floats]:
    """Centre and half length of every sound in seconds, no sound longer than a mouth holds it."""
    start = np.array([phoneme.start_s for phoneme in phonemes], dtype=np.float32)
    end = np.array([phoneme.end_s for phoneme in phonemes], dtype=np.float32)
    longest = np.array([_longest_s(phoneme) for phoneme in phonemes], dtype=np.float32)
    end = np.minimum(end, start + longest)
    return (start + end) / 2, (end - start) / 2


def _longest_s(phoneme: TimedPhoneme) -> float:
    if phoneme.symbol not in VISEMES or VISEMES[phoneme.symbol].shape[0] == 0.0:
        return 1e6  # a pause is as long as it is
    return VOWEL_MAX_S if phoneme.symbol in VOWELS else CONSONANT_MAX_S


def _channels(shapes: _Floats, seal: _Floats) -> _Floats:
    """Spread mouth shapes over Apple's coefficients. Sealed lips part nowhere: what would open them is multiplied away."""
    part = {name: shapes[:, index] for index, name in enumerate(SHAPES)}
    opened = 1.0 - seal
    round_lips = np.clip(part["pucker"] + part["funnel"], 0.0, 1.0)
    smile = SMILE_AT_REST * (1.0 - 0.7 * round_lips) + part["smile"]
    columns = {
        "jawOpen": part["jaw"], "mouthClose": part["jaw"] * seal, "mouthFunnel": part["funnel"] * opened, "mouthPucker": part["pucker"],
        "mouthRollLower": part["roll_lower"], "mouthRollUpper": part["roll_upper"], "tongueOut": part["tongue"] * opened,
    }  # fmt: skip
    pairs = {
        "mouthSmile": smile, "mouthStretch": part["stretch"], "mouthUpperUp": part["upper"] * opened,
        "mouthLowerDown": part["lower"] * opened, "mouthPress": part["press"],
    }  # fmt: skip
    columns |= {f"{name}{side}": values for name, values in pairs.items() for side in ("Left", "Right")}
    face = np.zeros((len(seal), len(CHANNELS)), dtype=np.float32)
    for name, values in columns.items():
        face[:, CHANNEL_INDEX[name]] = np.clip(values, 0.0, 1.0)
    return face
