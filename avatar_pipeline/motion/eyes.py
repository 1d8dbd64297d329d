"""Blinks and glances. A face that never blinks frightens people; one that blinks on a beat looks like a toy.

Blinks come 10 to 20 a minute with uneven gaps, shut in 100 ms, stay 50 ms and open in 210 ms. Glances are quick jumps; most
of them go back to the person spoken to, and the eyes hold on to that person while the head turns.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.score import CHANNEL_INDEX, CHANNELS, RATE_HZ

BLINK_SHUT_S: Final = 0.10
BLINK_HELD_S: Final = 0.05
BLINK_OPEN_S: Final = 0.21
BLINK_S: Final = BLINK_SHUT_S + BLINK_HELD_S + BLINK_OPEN_S
BLINK_GAP_MIN_S: Final = 3.0  # 20 a minute at the most
BLINK_GAP_MAX_S: Final = 6.0  # 10 a minute at the least
_GAP_MEDIAN_S: Final = 4.0
_GAP_SPREAD: Final = 0.35  # of the logarithm
NO_BLINK_BEFORE_S: Final = 0.40  # never while a sentence begins: it reads as a flinch
GLANCE_YAW_MAX: Final = 0.07  # radians, 4 degrees
GLANCE_PITCH_MAX: Final = 0.035
_GLANCE_GAPS_S: Final = (0.7, 2.2)
_GLANCE_HOME_SHARE: Final = 0.6
_FOLLOW_SHARE: Final = 0.8  # how much of the head's turn the eyes take back

_Floats = NDArray[np.floating[Any]]


def blink_gaps(random: np.random.Generator, total_s: float) -> list[float]:
    """Give the moments blinks start within `total_s`, drawn like a person's: log-normal gaps, the first one at any part of a gap."""
    moments: list[float] = []
    moment = float(random.uniform(0.2, 1.0)) * _gap(random)
    while moment < total_s:
        moments.append(moment)
        moment += _gap(random)
    return moments


def _gap(random: np.random.Generator) -> float:
    drawn = _GAP_MEDIAN_S * np.exp(_GAP_SPREAD * random.standard_normal())
    return float(np.clip(drawn, BLINK_GAP_MIN_S, BLINK_GAP_MAX_S))


def fit_blinks(moments: list[float], duration_s: float) -> list[float]:
    """Move blinks away from the beginning of a sentence and inside its end; drop those that no longer fit."""
    latest = duration_s - BLINK_S - 1.0 / RATE_HZ
    fitted = [min(max(moment, NO_BLINK_BEFORE_S), latest) for moment in moments]
    kept: list[float] = []
    for moment in fitted:
        if moment >= NO_BLINK_BEFORE_S and (not kept or moment - kept[-1] >= BLINK_GAP_MIN_S / 2):
            kept.append(moment)
    return kept


def lids(moments: list[float], frames: int) -> _Floats:
    """Give the closing of the lids, float32 of shape (frames,), 1 = shut."""
    times = np.arange(frames, dtype=np.float32) / RATE_HZ
    shut = np.zeros_like(times)
    for moment in moments:
        since = times - np.float32(round(moment * RATE_HZ) / RATE_HZ)  # on a row, so that no blink misses its shut moment
        falling = np.clip(since / BLINK_SHUT_S, 0.0, 1.0) ** 1.5
        rising = np.clip(1.0 - (since - BLINK_SHUT_S - BLINK_HELD_S) / BLINK_OPEN_S, 0.0, 1.0)
        shut = np.maximum(shut, np.minimum(falling, rising * rising * (3.0 - 2.0 * rising)))
    return np.asarray(shut, dtype=np.float32)


def glances(random: np.random.Generator, frames: int) -> _Floats:
    """Give (frames, 2) pitch and yaw of the gaze in radians: jumps of two rows, home at the beginning and at the end."""
    gaze = np.zeros((frames, 2), dtype=np.float32)
    at = int(random.uniform(*_GLANCE_GAPS_S) * RATE_HZ)
    while at < frames - RATE_HZ // 2:
        home = random.random() < _GLANCE_HOME_SHARE
        drawn = np.zeros(2) if home else random.normal(0.0, 0.45, 2).clip(-1, 1) * (GLANCE_PITCH_MAX, GLANCE_YAW_MAX)
        gaze[at:] = drawn
        gaze[at - 1] = (gaze[at - 1] + drawn) / 2  # a glance takes 40 ms, not one row
        at += int(random.uniform(*_GLANCE_GAPS_S) * RATE_HZ)
    gaze[max(frames - RATE_HZ // 4, 0) :] = 0.0
    return gaze


def eyes(shut: _Floats, gaze: _Floats, head: _Floats) -> _Floats:
    """Give the eyes' channels, float32 (frames, 57). `head` is (frames, 3) pitch, yaw, roll: the eyes stay on the shopper."""
    face = np.zeros((len(shut), len(CHANNELS)), dtype=np.float32)
    face[:, CHANNEL_INDEX["eyeBlinkLeft"]] = shut
    face[:, CHANNEL_INDEX["eyeBlinkRight"]] = shut
    face[:, CHANNEL_INDEX["gazePitch"]] = gaze[:, 0] - _FOLLOW_SHARE * head[:, 0]
    face[:, CHANNEL_INDEX["gazeYaw"]] = gaze[:, 1] - _FOLLOW_SHARE * head[:, 1]
    return face
