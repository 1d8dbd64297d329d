"""A face as a short list of numbers, to find the most similar among many: its picture laid upright and small, and where its features lie.

No network made for recognising people is used: none comes with a licence we can ship. So this finds the same portrait, retouched,
recoloured, cropped or talking; it does not find the same person in another photograph.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import cv2
import numpy as np

from avatar_pipeline.casting.landmarks import BROWS, CHIN, EYE_OUTER_L, EYE_OUTER_R, IRISES, MOUTH, NOSE_TIP, OVAL
from avatar_pipeline.rig.rig import Bytes, Floats

SIDE_PX: Final = 64
_KEPT: Final = 16  # of the 64 rows and columns of the cosine transform: the coarse ones, which survive talking and compression
_EYE_Y, _CHIN_Y = 0.30, 0.95  # where eyes and chin are laid
_SHAPE_SHARE: Final = 0.35
_FIXED: Final = (*OVAL[:9], *OVAL[-9:], *BROWS[0], *BROWS[1], IRISES[0][0], IRISES[1][0], NOSE_TIP, 48, 278, 6)
assert not MOUTH & set(_FIXED)  # noqa: S101 - a mouth that talks says nothing about whose face it is


def likeness_print(picture: Bytes, points: Floats) -> Floats:
    """The fingerprint of the face whose 478 points lie in a BGR picture: float32, length 1."""
    look = _coarse(_upright(picture, points))
    shape = _shape(points)
    found = np.concatenate([look * np.sqrt(1 - _SHAPE_SHARE), shape * np.sqrt(_SHAPE_SHARE)])
    return np.asarray(found / np.linalg.norm(found), np.float32)


def nearest(one: Floats, others: Mapping[str, Floats], usual: Mapping[str, Floats]) -> tuple[str, float]:
    """The name of the most similar among `others`, and how similar: 1 is the same, 0 no more alike than any two faces are.

    What all faces share says nothing, so the mean of `usual` faces is taken off first.
    """
    mean = np.mean(list(usual.values()), axis=0)
    scores = {name: _cosine(one - mean, other - mean) for name, other in others.items()}
    name = max(scores, key=lambda name: scores[name])
    return name, scores[name]


def _cosine(one: Floats, other: Floats) -> float:
    return float(one @ other / max(float(np.linalg.norm(one) * np.linalg.norm(other)), 1e-9))


def _upright(picture: Bytes, points: Floats) -> Floats:
    """The face without its background: eyes level at one height, chin at another, brightness evened out."""
    eyes = (points[EYE_OUTER_R, :2] + points[EYE_OUTER_L, :2]) / 2
    across = points[EYE_OUTER_L, :2] - points[EYE_OUTER_R, :2]
    across = across / np.hypot(*across)
    down = np.array([-across[1], across[0]])
    reach = float((points[CHIN, :2] - eyes) @ down) / (_CHIN_Y - _EYE_Y)
    corner = eyes - across * reach / 2 - down * reach * _EYE_Y
    source = np.array([corner, corner + across * reach, corner + down * reach], np.float32)
    target = np.array([[0, 0], [SIDE_PX, 0], [0, SIDE_PX]], np.float32)
    small = cv2.warpAffine(picture, cv2.getAffineTransform(source, target), (SIDE_PX, SIDE_PX), flags=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2LAB), np.float32)


def _coarse(lab: Floats) -> Floats:
    """The coarse part of brightness and colour, without their means, so that another exposure changes little."""
    window = np.outer(*(np.hanning(SIDE_PX + 2)[1:-1],) * 2).astype(np.float32)
    parts = []
    for channel, weight in ((0, 1.0), (1, 0.7), (2, 0.7)):
        plane = (lab[..., channel] - np.average(lab[..., channel], weights=window)) * window
        parts.append(cv2.dct(plane)[:_KEPT, :_KEPT].ravel() * weight)
    found = np.concatenate(parts)
    return np.asarray(found / np.linalg.norm(found), np.float32)


def _shape(points: Floats) -> Floats:
    """Where the features lie, against the mean of all faces' places in a frame of the eyes: differences only."""
    origin = (points[EYE_OUTER_R, :2] + points[EYE_OUTER_L, :2]) / 2
    across = points[EYE_OUTER_L, :2] - points[EYE_OUTER_R, :2]
    size = np.hypot(*across)
    turn = np.array([across, [-across[1], across[0]]]) / size**2
    placed = (points[list(_FIXED), :2] - origin) @ turn.T
    found = (placed - placed.mean(0)).ravel()
    return np.asarray(found / np.linalg.norm(found), np.float32)
