"""How a face waits: at ease, listening to somebody, thinking about an answer. Loops that players put between sentences.

The lips never move in any of them, for a mouth that moves in silence is what people complain of first. Each loop ends on its own
first row, so it plays round and round, and is the same for the same (state, seed). Pure, a few milliseconds.
"""

from __future__ import annotations

import zlib
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.motion import eyes, head
from avatar_pipeline.motion.mouth import SMILE_AT_REST
from avatar_pipeline.motion.prosody import bumps
from avatar_pipeline.score import CHANNEL_INDEX, CHANNELS, RATE_HZ, MotionScore

State = Literal["idle", "listening", "thinking"]
STATES: Final[tuple[State, ...]] = get_args(State)
LOOP_S: Final = 12.0
LOOP_S_MIN, LOOP_S_MAX = 4.0, 60.0
CHEEK_AT_REST: Final = 0.06  # a smile that does not reach the eyes looks false

_CALMER: Final = 0.45  # who listens holds the head still, and nods instead
_LEAN_TO_LISTEN: Final = np.deg2rad(np.array([0.6, 0.0, 1.6], np.float32))  # pitch, yaw, roll
_NOD: Final = float(np.deg2rad(1.5))
_NOD_GAPS_S: Final = (2.6, 4.4)
_SECOND_NOD_SHARE: Final = 0.5  # how many nods come as two
_SECOND_NOD_S: Final = 0.46
_ATTENTIVE: Final = {"browInnerUp": 0.28, "browOuterUp": 0.22, "eyeWide": 0.12}

_LEAN_TO_THINK: Final = np.deg2rad(np.array([-1.5, 1.8, -2.0], np.float32))
_ASIDE: Final = ((-0.21, 0.27), (-0.10, 0.31))  # gaze pitch and yaw in radians: up and aside, then level and aside
_ASIDE_S: Final = (1.7, 2.5)
_BACK_S: Final = (0.7, 1.1)
_HOME_S: Final = 1.3  # before the loop ends, for the head to come back as well
_FIRST_ASIDE_S: Final = 0.24  # most answers begin within two seconds, so the first look away comes at once
_PONDERING: Final = {"browDown": 0.20, "browInnerUp": 0.08, "eyeSquint": 0.18}
_RAISED_BROW: Final = 0.34  # the one on the side they look to

_Floats = NDArray[np.floating[Any]]


def loop_of(state: State, seed: int, seconds: float = LOOP_S) -> MotionScore:
    """Make one state's loop. ValueError outside LOOP_S_MIN..LOOP_S_MAX seconds, KeyError for a state that is none."""
    if not LOOP_S_MIN <= seconds <= LOOP_S_MAX:
        raise ValueError(f"A loop between sentences lasts {LOOP_S_MIN} to {LOOP_S_MAX} seconds, not {seconds}.")
    frames = round(seconds * RATE_HZ) + 1
    own = [] if state == "idle" else [zlib.crc32(state.encode())]
    face = _MAKE[state](np.random.default_rng([abs(seed), frames, *own]), frames)
    face[-1] = face[0]
    return MotionScore.from_floats(face)


def _idle(random: np.random.Generator, frames: int) -> _Floats:
    pose = head.idle_head(random, frames)
    return _waiting(_blinks(random, frames), eyes.glances(random, frames), pose)


def _listening(random: np.random.Generator, frames: int) -> _Floats:
    """Look at who speaks, brows a little up, the head inclined, and a small nod now and then."""
    times = np.arange(frames, dtype=np.float32) / RATE_HZ
    pose = _CALMER * head.idle_head(random, frames) + _side(random) * _LEAN_TO_LISTEN
    nods = _nods(random, _seconds(frames))
    pose[:, 0] += bumps(nods, times, 0.15, 0.21)
    face = _waiting(_blinks(random, frames), np.zeros((frames, 2), np.float32), head.limit(pose))
    lift = 1.0 + bumps([(time_s - 0.12, 0.5 * height / _NOD) for time_s, height in nods], times, 0.2, 0.4)
    for name, amount in _ATTENTIVE.items():
        _lay(face, name, amount * lift)
    return face


def _nods(random: np.random.Generator, seconds: float) -> list[tuple[float, float]]:
    """When the head nods and how deep, (s, radians); none so near an end that the loop would jump."""
    nods: list[tuple[float, float]] = []
    time_s = 0.4 * float(random.uniform(*_NOD_GAPS_S))
    while time_s < seconds - _SECOND_NOD_S - 0.6:
        deep = _NOD * float(random.uniform(0.75, 1.0))
        nods.append((time_s, deep))
        if random.random() < _SECOND_NOD_SHARE:
            nods.append((time_s + _SECOND_NOD_S, 0.6 * deep))
        time_s += float(random.uniform(*_NOD_GAPS_S))
    return nods


def _thinking(random: np.random.Generator, frames: int) -> _Floats:
    """Look up and aside and back, the head a little after the eyes, brows drawn together; people blink as they look away."""
    seconds, side = _seconds(frames), float(_side(random)[1])
    gaze, away, turns = _looks_aside(random, frames, side)
    turning = _slow(away, 0.22)[:, None]
    pose = _CALMER * head.idle_head(random, frames) + turning * _LEAN_TO_THINK * np.array([1.0, side, side], np.float32)
    blinks = eyes.fit_blinks(_apart([*turns, *eyes.blink_gaps(random, seconds)]), seconds)
    face = _waiting(eyes.lids(blinks, frames), gaze, head.limit(pose))
    for name, amount in _PONDERING.items():
        _lay(face, name, amount * (0.35 + 0.65 * _slow(away, 0.12)))
    _lay(face, "browOuterUpLeft" if side > 0 else "browOuterUpRight", _RAISED_BROW * _slow(away, 0.12))
    return face


def _looks_aside(random: np.random.Generator, frames: int, side: float) -> tuple[_Floats, _Floats, list[float]]:
    """The gaze (frames, 2), how much of it is aside (frames,), and the moments (s) of every second jump."""
    gaze, away, turns = np.zeros((frames, 2), np.float32), np.zeros(frames, np.float32), []
    at, latest, count = _FIRST_ASIDE_S, _seconds(frames) - _HOME_S, 0
    while at + _ASIDE_S[0] < latest:
        back = min(at + float(random.uniform(*_ASIDE_S)), latest)
        first, last = round(at * RATE_HZ), round(back * RATE_HZ)
        pitch, yaw = _ASIDE[count % len(_ASIDE)]
        aside = np.array([pitch, side * yaw], np.float32) * float(random.uniform(0.85, 1.05))
        gaze[first:last], away[first:last] = aside, 1.0
        gaze[[first - 1, last]] = aside / 2  # a jump of the eyes takes 40 ms, not one row
        turns.append(at - 0.06 if count % 2 else back - 0.06)
        at, count = back + float(random.uniform(*_BACK_S)), count + 1
    return gaze, away, turns


def _waiting(shut: _Floats, gaze: _Floats, pose: _Floats) -> _Floats:
    """What all states share: lids, gaze and head, and the portrait's own smile."""
    face = eyes.eyes(shut, gaze, pose)
    for column, name in enumerate(("headPitch", "headYaw", "headRoll")):
        face[:, CHANNEL_INDEX[name]] = pose[:, column]
    _lay(face, "mouthSmile", SMILE_AT_REST)
    _lay(face, "cheekSquint", CHEEK_AT_REST)
    return face


def _blinks(random: np.random.Generator, frames: int) -> _Floats:
    seconds = _seconds(frames)
    return eyes.lids(eyes.fit_blinks(eyes.blink_gaps(random, seconds - eyes.BLINK_GAP_MIN_S / 2), seconds), frames)


def _apart(moments: list[float]) -> list[float]:
    """Moments in order of time, those wanted first kept where two are nearer than a blink's shortest gap."""
    kept: list[float] = []
    for moment in moments:
        if all(abs(moment - other) >= eyes.BLINK_GAP_MIN_S for other in kept):
            kept.append(moment)
    return sorted(kept)


def _lay(face: _Floats, name: str, amount: _Floats | float) -> None:
    for channel in (one for one in (name, f"{name}Left", f"{name}Right") if one in CHANNELS):
        face[:, CHANNEL_INDEX[channel]] += amount


def _slow(track: _Floats, tau_s: float) -> _Floats:
    """The same track, twice run through a lag of `tau_s`: muscles do not jump. It begins and ends where the track does."""
    slow, keep = np.asarray(track, np.float64), float(np.exp(-1.0 / (RATE_HZ * tau_s)))
    for _ in range(2):
        value, followed = float(slow[0]), np.empty_like(slow)
        for row, goal in enumerate(slow):
            value = followed[row] = keep * value + (1.0 - keep) * goal
        slow = followed
    return np.asarray(slow, np.float32)


def _side(random: np.random.Generator) -> _Floats:
    """1 for pitch, and for yaw and roll 1 or -1: whether this face leans to its left or to its right."""
    side = 1.0 if random.random() < 0.5 else -1.0
    return np.array([1.0, side, side], np.float32)


def _seconds(frames: int) -> float:
    return (frames - 1) / RATE_HZ


_MAKE: Final = {"idle": _idle, "listening": _listening, "thinking": _thinking}
