"""Small movements of the head: a slow drift, breathing, a nod on what is stressed, a tilt at a question. Never beyond 3 degrees.

Every sentence starts and ends where the next one and the idle loop begin (upright), so players can put them one after another.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.motion.prosody import Accent, bumps
from avatar_pipeline.score import RATE_HZ

ANGLE_MAX: Final = float(np.deg2rad(3.0))
BREATH_HZ: Final = 0.25  # 15 breaths a minute
_BREATH: Final = float(np.deg2rad(0.15))
_NOD: Final = float(np.deg2rad(1.5))
_SWAY_HZ: Final = np.array([[0.21, 0.47], [0.17, 0.39], [0.13, 0.31]], dtype=np.float32)  # pitch, yaw, roll; two slow waves each
_SWAY: Final = np.deg2rad(np.array([[0.5, 0.25], [1.2, 0.5], [0.7, 0.25]], dtype=np.float32))
_TILT: Final = float(np.deg2rad(1.4))
_EASE_S: Final = 0.4

_Floats = NDArray[np.floating[Any]]


def head(random: np.random.Generator, frames: int, accents: tuple[Accent, ...], asks: bool) -> _Floats:
    """Give (frames, 3) pitch, yaw, roll in radians for one sentence; upright at both ends."""
    times = np.arange(frames, dtype=np.float32) / RATE_HZ
    angles = _sway(random, times)
    angles[:, 0] += bumps([(accent.time_s + 0.06, _NOD * accent.strength) for accent in accents], times, 0.14, 0.22)
    angles[:, 0] -= bumps([(accent.time_s - 0.18, 0.35 * _NOD * accent.strength) for accent in accents], times, 0.12, 0.14)
    side = 1.0 if random.random() < 0.5 else -1.0
    angles[:, 1] += bumps([(accent.time_s, side * 0.4 * _NOD * accent.strength) for accent in accents], times, 0.25, 0.45)
    if asks:
        angles[:, 2] += bumps([(float(times[-1]) - 0.45, side * _TILT)], times, 0.45, 0.3)
        angles[:, 0] -= bumps([(float(times[-1]) - 0.45, 0.5 * _NOD)], times, 0.3, 0.3)
    return limit(angles) * _ends_eased(times)[:, None]


def idle_head(random: np.random.Generator, frames: int) -> _Floats:
    """Give (frames, 3) for a loop: whole waves only, so the last row is the first one again, and both are upright."""
    turn = 2 * np.pi * np.arange(frames, dtype=np.float32) / (frames - 1)
    seconds = (frames - 1) / RATE_HZ
    phase = random.uniform(0, 2 * np.pi, (3, 2))
    cycles = np.maximum(np.rint(_SWAY_HZ * seconds), 1.0)
    waves = np.sin(turn[:, None, None] * cycles + phase) - np.sin(phase)
    angles = (0.6 * _SWAY * waves).sum(axis=2)
    angles[:, 0] += _BREATH * np.sin(turn * max(round(BREATH_HZ * seconds), 1))
    return limit(angles)


def _sway(random: np.random.Generator, times: _Floats) -> _Floats:
    phase = random.uniform(0, 2 * np.pi, (3, 2))
    angles = (_SWAY * np.sin(2 * np.pi * times[:, None, None] * _SWAY_HZ + phase)).sum(axis=2)
    angles[:, 0] += _BREATH * np.sin(2 * np.pi * BREATH_HZ * times)
    return np.asarray(angles, dtype=np.float32)


def _ends_eased(times: _Floats) -> _Floats:
    near = np.minimum(times, times[-1] - times) / _EASE_S
    clipped = np.clip(near, 0.0, 1.0)
    return np.asarray(clipped * clipped * (3.0 - 2.0 * clipped), dtype=np.float32)


def limit(angles: _Floats) -> _Floats:
    """Bend angles softly so that none passes ANGLE_MAX."""
    return np.asarray(ANGLE_MAX * np.tanh(angles / ANGLE_MAX), dtype=np.float32)
