"""A face of ours in the few poses it takes while it speaks, so that its preparation is made once and serves every film and every talk.

A head of the house turns by three degrees at most, and its lips at rest smile, lie still or sink. Nine turns and three moods of the
mouth are therefore near enough to every picture: the mouth is drawn in the nearest of them and carried over by the head's own movement,
which is known exactly, for the rig's score says how far the head is turned.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import product
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.networks.blend import blend
from avatar_pipeline.rig.pose import head_shift, read_pose
from avatar_pipeline.rig.rig import Rig
from avatar_pipeline.score import CHANNEL_INDEX, CHANNELS

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
TURN: Final = float(np.deg2rad(2.0))
SMILES: Final = (0.12, 0.5, 0.0)
FROWNS: Final = (0.0, 0.0, 0.3)
CHEEKS: Final = (0.06, 0.36, 0.0)
"""The mouth at rest, glad, and sorry (avatar_pipeline.motion.mood)."""
STAYS: Final = 0.25  # how much nearer, in steps of the grid, another pose must be before the mouth is drawn in it: it must not flicker
_ANGLES: Final = [CHANNEL_INDEX[name] for name in ("headPitch", "headYaw", "headRoll")]
_SMILE: Final = [CHANNEL_INDEX[f"mouthSmile{side}"] for side in ("Left", "Right")]
_FROWN: Final = [CHANNEL_INDEX[f"mouthFrown{side}"] for side in ("Left", "Right")]
_CHEEK: Final = [CHANNEL_INDEX[f"cheekSquint{side}"] for side in ("Left", "Right")]


def _rows() -> Floats:
    middle_first = (0.0, -TURN, TURN)
    found = []
    for mood, pitch, yaw in product(range(len(SMILES)), middle_first, middle_first):
        row = np.zeros(len(CHANNELS), np.float32)
        row[_SMILE], row[_FROWN], row[_CHEEK] = SMILES[mood], FROWNS[mood], CHEEKS[mood]
        row[_ANGLES[0]], row[_ANGLES[1]] = pitch, yaw
        found.append(row)
    return np.array(found, np.float32)


POSES: Final = _rows()
"""The poses, float32 [27, 57]; the first one is upright and at rest, as every idle loop begins: a live talk needs no other."""
POSES_PRINT: Final = hashlib.sha256(POSES.tobytes()).digest()


def nearest_poses(rows: Floats) -> NDArray[np.int64]:
    """Which pose each picture of a take is drawn in, int64 [n], for rows of its score [n, 57]."""
    apart = np.linalg.norm(_place(rows)[:, None] - _place(POSES)[None], axis=2)
    chosen, stays = np.zeros(len(rows), np.int64), -1
    for number, distances in enumerate(apart):
        best = int(distances.argmin())
        if stays < 0 or distances[best] < distances[stays] - STAYS:
            stays = best
        chosen[number] = stays
    return chosen


def _place(rows: Floats) -> Floats:
    """A row's place among the poses, in steps of their grid: pitch, yaw, and how the mouth is meant."""
    mood = rows[:, _SMILE].mean(axis=1) / 0.38 - rows[:, _FROWN].mean(axis=1) / 0.3
    return np.stack([rows[:, _ANGLES[0]] / TURN, rows[:, _ANGLES[1]] / TURN, mood], axis=1).astype(np.float32)


@dataclass(frozen=True, eq=False)
class HeadTurns:
    """How the lower face of one rig moves when its head turns: for pitch, yaw and roll the affine part of the movement a radian [3, 2, 3].

    Fitted to the rig's own vertices; what a turn of three degrees leaves over is told by `left_px`, the root of its mean square in
    pixels of the rig.
    """

    parts: NDArray[np.float64]
    left_px: float
    size_px: int

    def matrices(self, rows: Floats) -> NDArray[np.float64]:
        """From the upright head to the turned one, in shares of the square's side: [n, 3, 3] for rows [n, 57]."""
        found = np.tile(np.eye(3), (len(rows), 1, 1))
        angles = np.array([[pose.pitch, pose.yaw, pose.roll] for pose in map(read_pose, rows)])
        found[:, :2] += np.einsum("na,aij->nij", angles, self.parts)
        found[:, :2, 2] /= self.size_px
        return found


def head_turns(rig: Rig) -> HeadTurns:
    """Fit the movement of a rig's lower face."""
    mesh = rig.mesh
    below_eyes = (mesh.xy[:, 1] > np.mean([eye.y for eye in rig.eyes])) & (mesh.sway > 0.5)
    points, z, sway = mesh.xy[below_eyes], mesh.z[below_eyes], mesh.sway[below_eyes]
    edges = points + 0.5  # shares of the side are counted from the edge, pixels by their centres
    places = np.column_stack([edges, np.ones(len(points))])
    parts, left = [], []
    for angle in _ANGLES:
        row = np.zeros(len(CHANNELS), np.float32)
        row[angle] = 0.05
        moved = head_shift(read_pose(row), points, z, sway, rig.pivot).astype(np.float64)
        found = np.linalg.lstsq(places, moved, rcond=None)[0]
        parts.append(found.T / 0.05)
        left.append(float(np.sqrt(((moved - places @ found) ** 2).sum(axis=1).mean())) * float(np.deg2rad(3.0)) / 0.05)
    return HeadTurns(np.array(parts), max(left), rig.size_px)


def crop_matrix(box: NDArray[np.int32], side: int, size_px: int) -> NDArray[np.float64]:
    """From the pixels' edges of a crop of `side` to shares of the picture's side [3, 3]; `box` lies in a picture of `size_px`."""
    x1, y1, x2, y2 = (float(number) for number in box)
    return np.array([[(x2 - x1) / side / size_px, 0, x1 / size_px], [0, (y2 - y1) / side / size_px, y1 / size_px], [0, 0, 1]])


def carry(picture: Bytes, patch: Bytes, mask: Bytes, matrix: NDArray[np.float64]) -> Bytes:
    """A drawn lower half (RGB [side/2, side, 3]) carried into a BGR picture; `matrix` [3, 3] leads from the crop to shares of its side.

    `mask` uint8 [side, side] says how much of it shows. A new picture; what the mask does not reach is the same.
    """
    side, size = mask.shape[0], picture.shape[0]
    whole = np.zeros((side, side, 3), np.uint8)
    whole[side - len(patch) :] = patch[..., ::-1]
    to_pixels = np.diag([size, size, 1.0]) @ matrix
    corners = to_pixels @ np.array([[0, side, 0, side], [side / 2, side / 2, side, side], [1, 1, 1, 1]])
    left, top = np.maximum(np.floor(corners[:2].min(axis=1)).astype(int), 0)
    right, bottom = np.minimum(np.ceil(corners[:2].max(axis=1)).astype(int), size)
    if left >= right or top >= bottom:
        return picture.copy()
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    within = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1.0]])
    warp = (np.linalg.inv(half) @ within @ to_pixels @ half)[:2]
    room = (int(right - left), int(bottom - top))
    drawn = cv2.warpAffine(whole, warp, room, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    share = cv2.warpAffine(mask, warp, room, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    made = picture.copy()
    made[top:bottom, left:right] = blend(picture[top:bottom, left:right], np.asarray(drawn, np.uint8), np.asarray(share, np.uint8))
    return made
