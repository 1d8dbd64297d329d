"""From one row of a score to where every vertex stands. The browser's player (face.js) does the same sums.

Signs: +pitch nods down, +yaw turns to the person's left (image right), +roll tilts to the person's right (image left).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar_pipeline.rig.rig import OPEN_JAW, Eye, Floats, Rig
from avatar_pipeline.score import CHANNEL_INDEX

LID_FOLLOW_PER_RADIAN: Final = 2.0  # how far the lids go with the gaze when the score moves only the gaze
GAZE_LIMIT_RADIANS: Final = 0.5
HEAD_LIMIT_RADIANS: Final = 0.14  # 8 degrees: beyond it a flat picture shows that it is flat
EYE_DEPTH: Final = 4.2  # how far before the head's axis an eyeball lies, in its radii
_FOLLOWING = [
    [CHANNEL_INDEX[f"eyeLook{name}{side}"] for side in ("Left", "Right")] for name in ("Down", "Up")
]  # the lids' own units, which go with the gaze
_JAW, _CLOSE = CHANNEL_INDEX["jawOpen"], CHANNEL_INDEX["mouthClose"]
_PULLS = [CHANNEL_INDEX[f"mouth{name}{side}"] for name in ("UpperUp", "LowerDown") for side in ("Left", "Right")]
_ROUND = (CHANNEL_INDEX["mouthPucker"], CHANNEL_INDEX["mouthFunnel"])
_BLINK = (CHANNEL_INDEX["eyeBlinkLeft"], CHANNEL_INDEX["eyeBlinkRight"])


@dataclass(frozen=True, eq=False)
class Pose:
    """A row made ready: `units` (52,), head angles, gaze angles, how open the mouth is, how shut each eye (0..1)."""

    units: Floats
    pitch: float
    yaw: float
    roll: float
    gaze: tuple[float, float]  # right and down in radians
    mouth_open: float
    parted: float  # 0 while the lips touch: the inside of the mouth must not glint through the seam
    eye_shut: tuple[float, float]
    rounded: float  # how far the lips are pursed: they then shade the teeth

    @property
    def mouth_share(self) -> tuple[float, float]:
        """How much of the mouth-open picture the skin shows, all of it a little before the mouth is quite open; and the lips' insides."""
        return min(1.0, self.mouth_open * 1.25), self.parted


def read_pose(values: Floats) -> Pose:
    """Take one row of 57 floats: limit it to what the picture can show and let the lids follow the gaze."""
    units = np.minimum(np.maximum(values[:52], 0), 1).astype(np.float32)
    pitch, yaw, roll = (min(max(v, -HEAD_LIMIT_RADIANS), HEAD_LIMIT_RADIANS) for v in values[52:55].tolist())
    down, right = (min(max(v, -GAZE_LIMIT_RADIANS), GAZE_LIMIT_RADIANS) for v in values[55:57].tolist())
    for lids, amount in zip(_FOLLOWING, (down, -down), strict=True):
        if amount > 0:
            units[lids] = np.maximum(units[lids], min(1.0, amount * LID_FOLLOW_PER_RADIAN))
    gap = (float(units[_JAW]) - float(units[_CLOSE])) / OPEN_JAW
    shut = (float(units[_BLINK[0]]), float(units[_BLINK[1]]))
    rounded = min(1.0, float(units[_ROUND[0]]) * 1.2 + float(units[_ROUND[1]]) * 0.6)
    pull = float(units[_PULLS].sum())
    return Pose(units, pitch, yaw, roll, (right, down), min(1.0, max(0.0, gap)), min(1.0, max(0.0, gap * 25 + pull * 4)), shut, rounded)


def head_shift(pose: Pose, points: Floats, z: Floats, sway: Floats, pivot: tuple[float, float]) -> Floats:
    """How far the head's turn moves points (n, 2) of depth `z` (n,), in pixels: small angles, so plain sums."""
    shift = np.empty_like(points)
    shift[:, 0] = (pose.yaw * z + pose.roll * (points[:, 1] - pivot[1])) * sway
    shift[:, 1] = (pose.pitch * z - pose.roll * (points[:, 0] - pivot[0])) * sway
    return shift


def vertex_positions(rig: Rig, pose: Pose) -> Floats:
    """Where the mesh's vertices (V, 2) stand in this pose, in the rig's pixels."""
    mesh = rig.mesh
    moved = mesh.xy + (pose.units @ mesh.deltas.reshape(len(mesh.deltas), -1)).reshape(-1, 2)
    return moved + head_shift(pose, moved, mesh.z, mesh.sway, rig.pivot)


def sprite_corner(rig: Rig, pose: Pose, index: int) -> tuple[float, float]:
    """Top left (x, y) of one mouth part in this pose: it rides on the jaw and turns with the head."""
    sprite = rig.sprites[index]
    across, down = ((pose.units @ rig.jaw) * sprite.follows_jaw).tolist()
    x, y = sprite.at[0] + across, sprite.at[1] + down
    off_x, off_y = x + sprite.box[2] / 2 - rig.pivot[0], y + sprite.box[3] / 2 - rig.pivot[1]  # head_shift's sums, of one point
    return x + pose.yaw * sprite.z + pose.roll * off_y, y + pose.pitch * sprite.z - pose.roll * off_x


def sprite_light(pose: Pose, index: int) -> tuple[float, float, float]:
    """How bright a mouth part stands, blue, green, red: the less the lips part, the less and the warmer the light inside."""
    wide = min(1.0, pose.mouth_open * 2.2)
    light = (0.62 + 0.38 * wide, 0.74 + 0.26 * wide, 0.92 + 0.08 * wide)[index] * (1 - 0.85 * pose.rounded**2)
    return light**1.3, light**1.1, light


def lid_shadow(shut: float) -> float:
    """How bright an eyeball is under a lid that is so far shut: what is left of it between the lashes must not shine."""
    return 1 - 0.8 * shut * shut


def iris_shift(eye: Eye, gaze: tuple[float, float]) -> tuple[float, float]:
    """How far the coloured ring moves across the ball, in pixels, when the eye looks (right, down) in radians."""
    reach = eye.radius * 0.8
    return gaze[0] * reach, gaze[1] * reach
