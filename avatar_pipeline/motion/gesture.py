"""Gestures a script asks for: what a person does with the head while saying one sentence. It is a portrait, so it has no hands.

A gesture is laid over a sentence's own motion, comes and goes within it, and leaves the lips alone: sync is the sentence's business.
"""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.motion.prosody import bumps
from avatar_pipeline.score import CHANNEL_INDEX, CHANNELS

Gesture = Literal["nod", "shake", "tilt", "lean_in", "brows_up", "look_aside"]
GESTURES: Final[tuple[Gesture, ...]] = get_args(Gesture)
ANGLE_MAX: Final = float(np.deg2rad(5.0))  # of the head with its gesture; beyond it a rig made from one portrait shows its seams
QUIETER: Final = 0.4  # what is left of the sentence's own movement of the head at the height of a gesture

_Floats = NDArray[np.floating[Any]]
_HEAD: Final = [CHANNEL_INDEX[name] for name in ("headPitch", "headYaw", "headRoll")]
_GAZE: Final = [CHANNEL_INDEX[name] for name in ("gazePitch", "gazeYaw")]
_FOLLOW_SHARE: Final = 0.8  # the eyes stay on whom they speak to while the head moves
_RISE_S: Final = 0.35
_NODS_S: Final = (0.30, 0.78)
_SHAKES_S: Final = (0.25, 0.55, 0.85, 1.15, 1.45)
_AWAY_S: Final = (0.25, 1.35)
_EDGE_ROWS: Final = 5
_MIDDLE_SHARE: Final = 0.45  # of a sentence, where brows are highest


def gesticulate(rows: _Floats, gesture: Gesture, times: _Floats, said: tuple[float, float], side: float) -> _Floats:
    """The same rows (n, 57) with a gesture over the words said from said[0] to said[1]; `times` (n,) are theirs, all in seconds.

    `side` 1 or -1 is where the head tilts or they look. A sentence shorter than the gesture gets it quicker, not cut off.
    """
    begin_s, length_s = said[0], max(said[1] - said[0], 0.4)
    since = (times - begin_s) * max(1.0, 1.9 / length_s if gesture in {"nod", "shake", "look_aside"} else 1.0)
    whole = _held(times - begin_s, length_s)
    angles, gaze, face = np.zeros((len(times), 3)), np.zeros((len(times), 2)), dict[str, _Floats]()
    if gesture == "nod":
        angles[:, 0] = bumps([(_NODS_S[0], 0.066), (_NODS_S[1], 0.042)], since, 0.15, 0.19) - bumps([(0.08, 0.014)], since, 0.10, 0.12)
        face["browInnerUp"] = bumps([(0.1, 0.14)], since, 0.2, 0.4)
    elif gesture == "shake":
        turns = [(at, side * (1 if place % 2 else -1) * 0.062 * 0.88**place) for place, at in enumerate(_SHAKES_S)]
        angles[:, 1] = bumps(turns, since, 0.13, 0.13)
        face["browDown"] = bumps([(0.7, 0.22)], since, 0.5, 0.7)
    elif gesture == "tilt":
        angles[:, 2], angles[:, 1] = 0.076 * side * whole, -0.018 * side * whole
        face["browInnerUp"] = 0.12 * whole
    elif gesture == "lean_in":
        angles[:, 0] = 0.052 * whole
        face["browInnerUp"], face["browOuterUp"], face["eyeWide"] = 0.24 * whole, 0.18 * whole, 0.12 * whole
    elif gesture == "brows_up":
        raised = bumps([(begin_s + _MIDDLE_SHARE * length_s, 1.0)], times, 0.42 * length_s, 0.34 * length_s) * whole
        face["browInnerUp"], face["browOuterUp"], face["eyeWide"] = 0.62 * raised, 0.74 * raised, 0.30 * raised
        angles[:, 0] = -0.022 * raised
    else:
        away = _held(since - _AWAY_S[0], _AWAY_S[1] - _AWAY_S[0], 0.10)
        gaze[:] = away[:, None] * np.array([-0.10, 0.29 * side])
        angles[:, 1] = 0.034 * side * _held(since - _AWAY_S[0] - 0.05, _AWAY_S[1] - _AWAY_S[0] + 0.15, 0.3)
    return _laid_over(rows, angles, gaze, face)


def _held(since: _Floats, length_s: float, rise_s: float = _RISE_S) -> _Floats:
    """0, up to 1 within `rise_s`, and down again to 0 as `length_s` ends."""
    rise_s = min(rise_s, 0.4 * length_s)
    near = np.clip(np.minimum(since, length_s - since) / rise_s, 0.0, 1.0)
    return np.asarray(near * near * (3.0 - 2.0 * near))


def _laid_over(rows: _Floats, angles: _Floats, gaze: _Floats, face: dict[str, _Floats]) -> _Floats:
    near = np.clip(np.minimum(np.arange(len(rows)), np.arange(len(rows))[::-1]) / _EDGE_ROWS, 0.0, 1.0)  # takes begin and end in one pose
    angles, gaze, face = angles * near[:, None], gaze * near[:, None], {name: amount * near for name, amount in face.items()}
    laid, busy = rows.copy(), np.clip(np.abs(angles).max(axis=1) / 0.03, 0.0, 1.0)[:, None]
    own = rows[:, _HEAD]
    turned = own * (1.0 - (1.0 - QUIETER) * busy) + angles
    turned = np.where(busy > 0, ANGLE_MAX * np.tanh(turned / ANGLE_MAX), own)
    laid[:, _HEAD] = turned
    laid[:, _GAZE] += gaze - _FOLLOW_SHARE * (turned - own)[:, :2]
    for name, amount in face.items():
        for channel in (one for one in (name, f"{name}Left", f"{name}Right") if one in CHANNELS):
            laid[:, CHANNEL_INDEX[channel]] = np.clip(laid[:, CHANNEL_INDEX[channel]] + amount, 0.0, 1.0)
    return np.asarray(laid, rows.dtype)
