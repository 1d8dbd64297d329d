"""The motion score: what a face does while it speaks, as numbers every player understands.

A score is a table with 50 rows a second and 57 columns: Apple's 52 facial coefficients (0 = rest, 1 = fully moved),
three head angles and two gaze angles. The browser, the film renderer and any other head play the same table, so the
format has a version (`tillhand-score/1`) and readers refuse versions they do not know. Row 0 belongs to the first
audio sample. Signs: +pitch nods down, +yaw turns to the person's own left, +roll tilts to the person's own right.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.errors import ScoreDamaged, ScoreVersionUnknown

FORMAT: Final = "tillhand-score/1"
RATE_HZ: Final = 50
COEFFICIENT_SCALE: Final = 32767.0  # int16 value of a coefficient of 1.0
ANGLE_SCALE: Final = 10000.0  # int16 value of one radian
FRAMES_MAX: Final = RATE_HZ * 60 * 30  # half an hour: longer scores are films cut in parts, or an attack

COEFFICIENTS: Final[tuple[str, ...]] = (
    "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft", "eyeSquintLeft", "eyeWideLeft",
    "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight", "eyeSquintRight", "eyeWideRight",
    "jawForward", "jawLeft", "jawRight", "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthLeft", "mouthRight",
    "mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft", "mouthFrownRight", "mouthDimpleLeft", "mouthDimpleRight",
    "mouthStretchLeft", "mouthStretchRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper",
    "mouthPressLeft", "mouthPressRight", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight",
    "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff", "cheekSquintLeft",
    "cheekSquintRight", "noseSneerLeft", "noseSneerRight", "tongueOut",
)  # fmt: skip
ANGLES: Final[tuple[str, ...]] = ("headPitch", "headYaw", "headRoll", "gazePitch", "gazeYaw")
CHANNELS: Final[tuple[str, ...]] = COEFFICIENTS + ANGLES
CHANNEL_INDEX: Final[dict[str, int]] = {name: index for index, name in enumerate(CHANNELS)}
_SCALES: Final[NDArray[np.float32]] = np.array([COEFFICIENT_SCALE] * len(COEFFICIENTS) + [ANGLE_SCALE] * len(ANGLES), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class MotionScore:
    """A score in memory. `values` is int16 of shape (frames, 57), at least one frame, and is made read-only."""

    values: NDArray[np.int16]

    def __post_init__(self) -> None:
        """Refuse tables of another shape at once, where the mistake is made."""
        shape = self.values.shape
        if self.values.dtype != np.int16 or len(shape) != 2 or shape[1] != len(CHANNELS) or not 1 <= shape[0] <= FRAMES_MAX:
            raise ScoreDamaged(f"A score is int16 of shape (1..{FRAMES_MAX}, {len(CHANNELS)}); this is {self.values.dtype} {shape}.")
        self.values.setflags(write=False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MotionScore) and np.array_equal(self.values, other.values)

    def __hash__(self) -> int:
        return hash(self.values.tobytes())

    @property
    def frames(self) -> int:
        """How many rows there are; row i belongs to the moment i/50 s."""
        return int(self.values.shape[0])

    @property
    def duration_s(self) -> float:
        """Seconds from the first row to the last."""
        return (self.frames - 1) / RATE_HZ

    @classmethod
    def from_floats(cls, values: NDArray[np.floating[Any]]) -> MotionScore:
        """Take coefficients (0..1) and radians, shape (frames, 57), limit them to what int16 holds and round."""
        limited = values.astype(np.float32)
        limited[:, : len(COEFFICIENTS)] = np.clip(limited[:, : len(COEFFICIENTS)], 0.0, 1.0)
        return cls(np.clip(np.rint(limited * _SCALES), -32767, 32767).astype(np.int16))

    def to_floats(self) -> NDArray[np.float32]:
        """Give all rows as coefficients and radians, float32 of shape (frames, 57)."""
        return np.asarray(self.values.astype(np.float32) / _SCALES, dtype=np.float32)

    def channel(self, name: str) -> NDArray[np.float32]:
        """Give one column over time, float32 of shape (frames,); KeyError for a name outside CHANNELS."""
        index = CHANNEL_INDEX[name]
        return np.asarray(self.values[:, index].astype(np.float32) / _SCALES[index], dtype=np.float32)

    def at(self, time_s: float) -> NDArray[np.float32]:
        """Give the face at a moment, float32 of shape (57,): linear between rows, held before the first and after the last."""
        position = min(max(time_s * RATE_HZ, 0.0), float(self.frames - 1))
        before = int(position)
        after = min(before + 1, self.frames - 1)
        share = np.float32(position - before)
        pair = self.values[[before, after]].astype(np.float32)
        return np.asarray((pair[0] * (1 - share) + pair[1] * share) / _SCALES, dtype=np.float32)

    def to_json(self) -> dict[str, Any]:
        """Give the wire form, ready for `json.dumps`; columns that stay zero are left out to save the shopper's bytes."""
        moving = [index for index in range(len(CHANNELS)) if self.values[:, index].any()]
        data = np.ascontiguousarray(self.values[:, moving]).astype("<i2").tobytes()
        return {
            "format": FORMAT,
            "rate_hz": RATE_HZ,
            "frames": self.frames,
            "channels": [CHANNELS[index] for index in moving],
            "data": base64.b64encode(data).decode("ascii"),
        }

    @classmethod
    def from_json(cls, wire: object) -> MotionScore:
        """Read the wire form back. Raises ScoreVersionUnknown for another format, ScoreDamaged for one that contradicts itself."""
        if not isinstance(wire, dict) or wire.get("format") != FORMAT or wire.get("rate_hz") != RATE_HZ:
            found = wire.get("format") if isinstance(wire, dict) else type(wire).__name__
            raise ScoreVersionUnknown(f"This reader knows {FORMAT} at {RATE_HZ} Hz, not {found!r}. Update it or make the score again.")
        frames, columns = _read_frames(wire.get("frames")), _read_channels(wire.get("channels"))
        values = np.zeros((frames, len(CHANNELS)), dtype=np.int16)
        values[:, columns] = _read_data(wire.get("data"), frames, len(columns))
        return cls(values)


def _read_frames(frames: object) -> int:
    if not isinstance(frames, int) or isinstance(frames, bool) or not 1 <= frames <= FRAMES_MAX:
        raise ScoreDamaged(f"A score has between 1 and {FRAMES_MAX} frames; this one says {frames!r}.")
    return frames


def _read_channels(names: object) -> list[int]:
    known = isinstance(names, list) and all(isinstance(name, str) and name in CHANNEL_INDEX for name in names)
    if not isinstance(names, list) or not known or len(set(names)) != len(names):
        raise ScoreDamaged(f"The channels must be different names of {FORMAT}; this score lists {names!r}.")
    return [CHANNEL_INDEX[name] for name in names]


def _read_data(data: object, frames: int, columns: int) -> NDArray[np.int16]:
    try:
        raw = base64.b64decode(data, validate=True) if isinstance(data, str) else b""
    except binascii.Error as error:
        raise ScoreDamaged("The score's data is not base64.") from error
    if len(raw) != frames * columns * 2:
        raise ScoreDamaged(f"The score announces {frames} frames of {columns} channels but holds {len(raw)} bytes.")
    return np.frombuffer(raw, dtype="<i2").reshape(frames, columns).astype(np.int16)
