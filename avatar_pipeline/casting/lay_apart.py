"""Tell what a drag moves from what lies behind it: lids slide over eyeballs, a jaw before neck and wall, and these stay where they are.

Behind the face neck, hair and wall are continued from their own edges, behind the lids the eyeballs are painted whole, as a rig has them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.casting import landmarks as at
from avatar_pipeline.casting.find_face import Face
from avatar_pipeline.casting.find_iris import find_iris
from avatar_pipeline.casting.find_person import find_person
from avatar_pipeline.casting.fit_head import Fit, fit_head
from avatar_pipeline.casting.lids import lashes_left, opening
from avatar_pipeline.casting.paint_eyes import least_share, whole_eyes
from avatar_pipeline.casting.paint_wall import held_together
from avatar_pipeline.casting.read_picture import Picture
from avatar_pipeline.rig.rig import Bytes, Floats

Plane = TypeVar("Plane", Bytes, Floats)
_SIDE, _ABOVE = 2.35, 0.62  # in face heights: the square that is looked at, and its room above the forehead
_MARGIN, _SOFT = 0.055, 0.05  # in distances between the eyes: skin beyond the points of the jaw, and over how much of it it ends
_LOBES, _EARS_SOFT = 0.18, 0.15  # the same: the lobes below the ears' middle, and where all from there up begins to go with the face
_SOFT_PX: Final = 5.0  # at least, or a small face ends in steps
_NOTHING: Final = 0.02  # less than this share of a pixel does not move
_CALM, _NECK = 0.03, 0.35  # the same: the rows a neck is continued from, and how far below the lobes it begins
_BLUR: Final = 0.004  # of the side: what is made up behind a face is that soft


@dataclass(frozen=True, eq=False)
class LaidApart:
    """A picture's two layers: `moves` (h, w) is the share of every pixel that a drag takes along, `behind` (h, w, 3) what is left there."""

    moves: Floats
    behind: Bytes


def lay_apart(picture: Picture, face: Face, weights: Path | None = None) -> LaidApart:
    """The layers of a portrait; far from the face all of it moves. Raises WeightsMissing."""
    corner, side = _square(face)
    crop = _cut(picture.pixels, corner, side)
    own = replace(face, points=(face.points - np.array([*corner, 0])).astype(np.float32))
    matte = find_person(crop, weights) if picture.cut_out is None else _cut(picture.cut_out, corner, side)
    fit = fit_head(own, side)
    moves = _smooth((held_together(matte) - 0.3) / 0.6) * _face_and_hair(own, side)
    moves = np.where(moves > _NOTHING, moves, 0).astype(np.float32)
    behind = continued(crop, moves, own)
    moves, behind = _with_eyes(crop, fit, moves, behind)
    whole = LaidApart(np.ones(picture.pixels.shape[:2], np.float32), picture.pixels.copy())
    left, top = (max(0, value) for value in corner)
    right, bottom = (min(size, value + side) for size, value in zip(picture.pixels.shape[1::-1], corner, strict=True))
    inner = np.s_[top - corner[1] : bottom - corner[1], left - corner[0] : right - corner[0]]
    whole.moves[top:bottom, left:right] = moves[inner]
    whole.behind[top:bottom, left:right] = behind[inner]
    return whole


def _square(face: Face) -> tuple[tuple[int, int], int]:
    """The left top corner and side of the square around head and shoulders; it may reach past the picture."""
    points = face.points[:, :2]
    height = float(np.linalg.norm(points[at.CHIN] - points[at.FOREHEAD]))
    middle = points[list(at.OVAL)].mean(0)
    side = round(_SIDE * height)
    return (round(float(middle[0]) - side / 2), round(float(points[at.FOREHEAD, 1]) - _ABOVE * height)), side


def _cut(picture: Plane, corner: tuple[int, int], side: int) -> Plane:
    shift = np.array([[1, 0, -corner[0]], [0, 1, -corner[1]]], np.float32)
    return cast(Plane, cv2.warpAffine(picture, shift, (side, side), flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT_101))


def _face_and_hair(face: Face, side: int) -> Floats:
    """The share of the face, a little beyond the points of its outline, and of all that lies above the ears."""
    apart, inside = _apart(face), np.zeros((side, side), np.uint8)
    oval = face.points[list(at.OVAL), :2]
    cv2.fillPoly(inside, [np.rint(oval * 16).astype(np.int32)], 1, cv2.LINE_8, 4)
    deep = cv2.distanceTransform(inside, cv2.DIST_L2, 5) - cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5)
    own = _smooth((deep + _MARGIN * apart) / max(_SOFT * apart, _SOFT_PX))
    above = _smooth((_lobes_y(face) - np.arange(side, dtype=np.float32)) / (_EARS_SOFT * apart) + 0.5)
    return np.maximum(own, above[:, None])


def _lobes_y(face: Face) -> float:
    """The row of the ears' lobes: the points found beside the ears lie at their middle."""
    return float(face.points[[at.CHEEK_R, at.CHEEK_L], 1].mean() + _LOBES * _apart(face))


def _apart(face: Face) -> float:
    return float(np.linalg.norm(face.points[at.EYE_OUTER_L, :2] - face.points[at.EYE_OUTER_R, :2]))


def _smooth(share: Floats) -> Floats:
    t = np.clip(share, 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def continued(picture: Bytes, moves: Floats, face: Face) -> Bytes:
    """The picture with what moves taken away. Where nothing moves it stays as it is, bit for bit.

    Beside the ears and above the nearest goes on inwards, hair, lobe or wall. Farther down what lies under the jaw goes on upwards, as a
    neck does.
    """
    side, apart, rows = len(picture), _apart(face), np.arange(len(picture), dtype=np.float32)[:, None]
    hole = cv2.dilate((moves > 0).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    under = np.minimum.accumulate(np.where(hole, side, rows.astype(int))[::-1], axis=0)[::-1]
    calm = cv2.blur(picture, (1, max(1, round(_CALM * apart))), anchor=(0, 0))  # a single row's specks would become stripes
    from_under = calm[np.minimum(under, side - 1), np.arange(picture.shape[1])]
    below = (_smooth((rows - _lobes_y(face)) / (_NECK * apart)) * (under < side))[..., None]
    filled = from_nearest(picture, hole) * (1 - below) + from_under * below
    smooth = cv2.bilateralFilter(cv2.GaussianBlur(filled.astype(np.float32), (0, 0), _BLUR * side), 0, 42, 0.1 * apart + 1)
    return np.where(moves[..., None] > 0, np.rint(np.clip(smooth, 0, 255)), picture).astype(np.uint8)


def from_nearest(picture: Bytes, hole: NDArray[np.bool_]) -> Bytes:
    """The picture with every pixel of the hole taking the colour of the nearest one outside."""
    if hole.all():
        return picture
    _, label = cv2.distanceTransformWithLabels(hole.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    colours = np.zeros((int(label.max()) + 1, 3), np.uint8)
    colours[label[~hole]] = picture[~hole]
    return np.asarray(colours[label], np.uint8)


def _with_eyes(picture: Bytes, fit: Fit, moves: Floats, behind: Bytes) -> tuple[Floats, Bytes]:
    """Between the lids nothing moves but the upper ones' lashes and shade; behind all lie whole eyeballs."""
    side = len(picture)
    between = opening(fit.lids, side)
    below_lashes = lashes_left(between, side)
    clear = (below_lashes > 0.98).astype(np.float32)
    rings = np.stack([find_iris(picture, clear, ring) for ring in np.asarray(fit.irises, np.float32)])
    balls, _ = whole_eyes(picture, replace(fit, irises=rings), clear)
    y, x = np.mgrid[:side, :side].astype(np.float32)
    for ball_x, ball_y, _, radius in fit.scene.eyes:
        share = np.clip((radius - np.hypot(x - ball_x, y - ball_y)) / 2, 0, 1)[..., None]
        behind = np.rint(np.clip(behind * (1 - share) + balls * share, 0, 255)).astype(np.uint8)
    moves = moves * (1 - between) + (between - np.minimum(below_lashes, between)) * least_share(picture, behind)
    return moves, np.where(moves[..., None] > 0, behind, picture)
