"""Bend the template head onto the points found in a picture: where every vertex of the mesh lies, at rest and for each unit.

First the head is turned and stretched as a whole; then the expression the portrait wears is estimated; then every point
is pulled to its landmark, the mesh between following smoothly. What the portrait wears is taken off the mouth, so that
the rig rests on a calm face with its lips together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatar_pipeline.casting import landmarks as at
from avatar_pipeline.casting.find_face import Face
from avatar_pipeline.casting.lids import Lids, lids_of
from avatar_pipeline.casting.template import SKIN, TEETH_LOWER, TEETH_UPPER, Numbers, Template, template
from avatar_pipeline.rig.make_mesh import Scene, eased
from avatar_pipeline.score import COEFFICIENTS

_PARTING = ("jawOpen", "mouthUpperUpLeft", "mouthUpperUpRight", "mouthLowerDownLeft", "mouthLowerDownRight")
_SMILING = ("mouthSmileLeft", "mouthSmileRight")
_OTHER = ("mouthStretchLeft", "mouthStretchRight", "mouthPucker", "mouthFunnel", "mouthFrownLeft", "mouthFrownRight", "cheekPuff")
OPEN_SMILE_KEPT, CLOSED_SMILE_KEPT = 0.4, 1.0  # of a smile with parted lips less than half stays once the lips are together
_STIFFNESS = 0.05  # of the distance between the eyes: the ridge that keeps estimated units near what the expression model says


@dataclass(frozen=True, eq=False)
class Fit:
    """The bent head in pixels of the square picture.

    `scene` is at rest as the rig will rest; `seen_xy` (V, 2) is where each vertex lies in the picture as it was taken.
    """

    scene: Scene
    seen_xy: Numbers
    worn: dict[str, float]
    turned: tuple[float, float, float]  # pitch, yaw, roll in radians, as the score counts them
    lids: tuple[Lids, Lids]
    irises: Numbers  # (2, 3): x, y, radius
    lips: tuple[Numbers, Numbers]  # upper and lower inner lip (11, 2) as they are in the picture
    eyes_apart_px: float


def fit_head(face: Face, size_px: int) -> Fit:
    """Fit the template to `face`, whose points are in pixels of a square of `size_px`."""
    head = template()
    turn, scale = _turn(head, face.points)
    seen = face.points[:468, :2].astype(np.float64)
    shape, moves = head.xyz @ turn.T, head.deltas @ turn.T
    steady = [i for i in range(468) if i not in at.MOUTH and i not in at.EYES]
    stretch, offset = _stretch(head.at_landmarks(shape)[steady, :2], seen[steady])
    xy, deltas = shape[:, :2] @ stretch + offset, moves[..., :2] @ stretch
    worn = _worn(head, xy, deltas, seen, face.worn)
    posed = xy + _sum(deltas, worn)
    under = head.at_landmarks(posed)
    seen_xy = posed + _pulled(under, seen - under, posed, scale)
    calm = seen_xy - _sum(deltas, _taken_off(worn))
    sealed = _sealed(head, calm, scale)
    lids = _lids(seen)
    first, second = (lids_of(*pair, size_px, scale) for pair in lids)
    shutters = (first, second)
    eyes, irises = _eyeballs(head, face.points, shape[:, 2] * scale, lids)
    scene = Scene(
        size_px=size_px,
        xy=sealed.astype(np.float32),
        z=(shape[:, 2] * scale).astype(np.float32),
        deltas=eased(_blinking(deltas, shutters, seen_xy), smile_kept(worn)),
        triangles=head.triangles,
        skin=head.group == SKIN,
        eyes=eyes,
        teeth_upper=head.group == TEETH_UPPER,
        teeth_lower=head.group == TEETH_LOWER,
        lashes=np.zeros(len(xy), bool),
    )
    return Fit(scene, seen_xy.astype(np.float32), worn, angles(turn), shutters, irises, _lips(seen), scale)


def _turn(head: Template, points: Numbers) -> tuple[Numbers, float]:
    """The rotation (3, 3) and scale that bring the template's points nearest to those found (Umeyama 1991)."""
    steady = [i for i in range(468) if i not in at.MOUTH]
    ours, theirs = head.at_landmarks(head.xyz)[steady].astype(np.float64), points[steady].astype(np.float64)
    ours, theirs = ours - ours.mean(0), theirs - theirs.mean(0)
    u, size, v = np.linalg.svd(theirs.T @ ours)
    flip = np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ v))])
    return u @ flip @ v, float((size * np.diag(flip)).sum() / (ours**2).sum())


def turn_of(face: Face) -> tuple[float, float, float]:
    """Pitch, yaw and roll of a face, in radians, as the score counts them."""
    return angles(_turn(template(), face.points)[0])


def angles(turn: Numbers) -> tuple[float, float, float]:
    """Pitch (nod down), yaw (to the person's left, image right) and roll (to image left) of a rotation, radians."""
    nose = turn[:, 2]
    return float(np.arctan2(nose[1], nose[2])), float(np.arctan2(nose[0], nose[2])), float(-np.arctan2(turn[1, 0], turn[0, 0]))


def _stretch(ours: Numbers, seen: Numbers) -> tuple[Numbers, Numbers]:
    """The 2x2 matrix and offset with ours @ matrix + offset nearest to seen."""
    padded = np.column_stack([ours, np.ones(len(ours))])
    found = np.linalg.lstsq(padded, seen, rcond=None)[0]
    return found[:2], found[2]


def _sum(deltas: Numbers, units: dict[str, float]) -> Numbers:
    total = np.zeros(deltas.shape[1:])
    for name, amount in units.items():
        total = total + amount * deltas[COEFFICIENTS.index(name)]
    return np.asarray(total)


def _worn(head: Template, xy: Numbers, deltas: Numbers, seen: Numbers, scores: dict[str, float]) -> dict[str, float]:
    """How far the mouth's units are in use in the picture: least squares over the mouth's points, held near the model's scores."""
    names = [*_PARTING, *_SMILING, *_OTHER]
    mouth = sorted(at.MOUTH)
    moves = head.at_landmarks(deltas[[COEFFICIENTS.index(name) for name in names]])[:, mouth]
    gap = (seen - head.at_landmarks(xy))[mouth]
    gap = gap - gap.mean(0) * 0.5
    expected = np.array([0.75 * scores.get(name, 0.0) for name in names])
    ridge = _STIFFNESS * np.linalg.norm(seen[at.EYE_OUTER_L] - seen[at.EYE_OUTER_R]) * np.sqrt(len(mouth))
    free = list(range(len(names)))
    while free:
        left = np.vstack([moves[free].reshape(len(free), -1).T, np.eye(len(free)) * ridge])
        right = np.concatenate([gap.ravel(), expected[free] * ridge])
        amounts = np.linalg.lstsq(left, right, rcond=None)[0]
        if (amounts >= 0).all():
            return {names[i]: float(min(1.0, a)) for i, a in zip(free, amounts, strict=True)}
        free = [i for i, a in zip(free, amounts, strict=True) if a >= 0]
    return {}


def _is_parted(worn: dict[str, float]) -> bool:
    return sum(worn.get(name, 0.0) for name in _PARTING) > 0.12


def _taken_off(worn: dict[str, float]) -> dict[str, float]:
    """What of the worn expression the rig does not rest in."""
    kept = OPEN_SMILE_KEPT if _is_parted(worn) else CLOSED_SMILE_KEPT
    gone = {name: worn.get(name, 0.0) for name in _PARTING} if _is_parted(worn) else {}
    return gone | {name: (1 - kept) * worn.get(name, 0.0) for name in _SMILING}


def smile_kept(worn: dict[str, float]) -> dict[str, float]:
    """What of the worn smile the rig rests in, by unit."""
    kept = OPEN_SMILE_KEPT if _is_parted(worn) else CLOSED_SMILE_KEPT
    return {name: kept * worn.get(name, 0.0) for name in _SMILING}


def _pulled(points: Numbers, pulls: Numbers, places: Numbers, scale: float) -> Numbers:
    """Carry the pulls (n, 2) known at `points` to `places`: a linear radial basis (smoothed a little) that fades outside the face."""
    far = np.linalg.norm(points[:, None] - points[None], axis=2) / scale
    count = len(points)
    system = np.zeros((count + 1, count + 1))
    system[:count, :count] = -far + np.eye(count) * 0.004
    system[:count, count] = system[count, :count] = 1
    solved = np.linalg.solve(system, np.vstack([pulls, np.zeros((1, 2))]))
    away = np.linalg.norm(places[:, None] - points[None], axis=2) / scale
    fade = np.clip(1.6 - away.min(1) / 0.6, 0, 1)[:, None]
    return np.asarray((-away @ solved[:count] + solved[count]) * fade)


def _sealed(head: Template, rest: Numbers, scale: float) -> Numbers:
    """Close what is left of a gap, or an overlap, between the lips: both go to the middle, more the nearer to the seam."""
    upper, lower = list(at.UPPER_LIP_INNER), list(at.LOWER_LIP_INNER)
    under, neutral = head.at_landmarks(rest), head.at_landmarks(head.xyz)
    resting = (neutral[lower, 1] - neutral[upper, 1]) * scale
    seam_x, top = under[upper, 0], under[upper, 1]
    bottom = np.interp(seam_x, under[lower, 0], under[lower, 1])  # the two chains' points do not stand one under the other
    aside = np.maximum(resting - np.median(resting[3:8]), 0)  # near the corners the chains' points lie on the lips, not between them
    gap, seam_y = bottom - top - np.minimum(resting, 0.6) - aside, (top + bottom) / 2
    half = (under[at.LOWER_LIP_OUTER[5], 1] - under[at.UPPER_LIP_OUTER[5], 1]) / 2
    across = np.interp(rest[:, 0], seam_x, gap, left=0, right=0)
    height = rest[:, 1] - np.interp(rest[:, 0], seam_x, seam_y)
    near = np.clip(1.6 - np.abs(height) / max(half, 1.0), 0, 1) * (head.group == SKIN)
    drop = head.deltas[COEFFICIENTS.index("jawOpen"), :, 1]
    sinks = head.at_landmarks(drop[:, None])[:, 0]
    side = np.where(drop > np.interp(rest[:, 0], seam_x, (sinks[upper] + sinks[lower]) / 2), -1.0, 1.0)
    return np.asarray(rest + np.column_stack([np.zeros(len(rest)), side * near * across / 2]))


def _lids(seen: Numbers) -> tuple[tuple[Numbers, Numbers], tuple[Numbers, Numbers]]:
    left, right = ((seen[list(up)], seen[list(low)]) for up, low in zip(at.UPPER_LIDS, at.LOWER_LIDS, strict=True))
    return left, right


def _lips(seen: Numbers) -> tuple[Numbers, Numbers]:
    return seen[list(at.UPPER_LIP_INNER)], seen[list(at.LOWER_LIP_INNER)]


def _eyeballs(head: Template, points: Numbers, depth: Numbers, lids: tuple[tuple[Numbers, Numbers], ...]) -> tuple[Numbers, Numbers]:
    """Two eyeballs (2, 4) large enough to fill the opening between the lids, and the irises (2, 3)."""
    balls, irises = [], []
    lid_depth = head.at_landmarks(depth[:, None])[:, 0]
    for (upper, lower), iris, numbers in zip(lids, at.IRISES, at.UPPER_LIDS, strict=True):
        x, y = points[iris[0], :2]
        ring = float(np.linalg.norm(points[list(iris[1:]), :2] - points[iris[0], :2], axis=1).mean())
        reach = 1.06 * float(np.linalg.norm(np.concatenate([upper, lower]) - (x, y), axis=1).max())
        balls.append([x, y, float(lid_depth[list(numbers)].mean()) - 1.08 * reach, reach])
        irises.append([x, y, ring])
    return np.array(balls, np.float32), np.array(irises, np.float32)


def _blinking(deltas: Numbers, lids: tuple[Lids, Lids], places: Numbers) -> Numbers:
    """Let each blink follow this person's own lids."""
    moved = deltas.copy()
    for side, one in zip(("Left", "Right"), lids, strict=True):
        index = COEFFICIENTS.index(f"eyeBlink{side}")
        moved[index] = np.column_stack([np.zeros(len(places)), one.drop(places)])
    return moved
