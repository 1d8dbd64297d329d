"""What the skin, the lips and the eyes of a portrait look like at chosen points: the measures behind what judging says of covers.

Colours are medians of small patches around landmarks, so freckles, lashes and grain do not count. Differences are in CIELAB.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from avatar_pipeline.casting import landmarks as at
from avatar_pipeline.rig.rig import Bytes, Floats

CHIN: Final = (18, 200, 83, 313, 43, 273)
AROUND_LIPS: Final = (164, 92, 322, 186, 410)
CHEEKS: Final = (50, 280, 101, 330, 205, 425)
BARE_SKIN: Final = (9, 151, 108, 337, 6, 197, 118, 347)
"""Forehead, nose and under the eyes: what a mask leaves free."""
LIPS: Final = (0, 267, 37, 17, 314, 84, 72, 302, 11, 16, 85, 315)
LOWER_RIGHT: Final = (43, 83, 92, 186, 57, 106, 182, 204, 202, 212, 216)
LOWER_LEFT: Final = (273, 313, 322, 410, 287, 335, 406, 424, 422, 432, 436)
UPPER_RIGHT: Final = (50, 101, 205, 118, 108)
UPPER_LEFT: Final = (280, 330, 425, 347, 337)
"""Points that mirror each other, in the same order: below the nose, and above it."""
_GREY: Final = np.array([0.114, 0.587, 0.299])


def eye_distance(points: Floats) -> float:
    """Between the outer corners of the eyes, in pixels."""
    return float(np.linalg.norm(points[at.EYE_OUTER_L, :2] - points[at.EYE_OUTER_R, :2]))


def colours(picture: Bytes, points: Floats, numbers: tuple[int, ...], reach: float) -> Floats:
    """The median colour around each point: (n, 3) float BGR. `reach` is in distances between the eyes."""
    half = max(1, round(reach * eye_distance(points)))
    found = []
    for x, y in points[list(numbers), :2]:
        rows, columns = slice(max(0, int(y) - half), int(y) + half + 1), slice(max(0, int(x) - half), int(x) + half + 1)
        part = picture[rows, columns].reshape(-1, 3)
        found.append(np.median(part, axis=0) if len(part) else np.zeros(3))
    return np.array(found, np.float32)


def brightness(picture: Bytes, points: Floats, numbers: tuple[int, ...], reach: float) -> Floats:
    """How bright it is around each point: (n,), 0..255."""
    return np.asarray(colours(picture, points, numbers, reach) @ _GREY, np.float32)


def lab(picture: Bytes, points: Floats, numbers: tuple[int, ...], reach: float) -> Floats:
    """The same colours in OpenCV's CIELAB, with all axes on about the same scale: (n, 3)."""
    found = colours(picture, points, numbers, reach)
    return np.asarray(cv2.cvtColor((found[None] / 255).astype(np.float32), cv2.COLOR_BGR2LAB)[0], np.float32)


def eye_contrasts(picture: Bytes, points: Floats) -> tuple[float, float]:
    """How far the darkest and the brightest within each eye's outline are apart, as a share of the skin's brightness.

    White, iris and lashes make 0.6 to 2.6 of it, shut lids with their lashes 0.7; behind dark, tinted or mirroring glass it is 0.2 at most.
    """
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    skin = float(np.percentile(brightness(picture, points, BARE_SKIN + CHEEKS, 0.035), 60))
    found = []
    for up, low in zip(at.UPPER_LIDS, at.LOWER_LIDS, strict=True):
        mask = np.zeros(grey.shape, np.uint8)
        cv2.fillPoly(mask, [np.rint(points[[*up, *low[::-1]], :2]).astype(np.int32)], 1)
        inside = grey[mask > 0]
        dark, bright = np.percentile(inside, (5, 95)) if len(inside) else (0.0, 0.0)
        found.append(float(bright - dark) / max(skin, 1.0))
    return found[0], found[1]


def lip_colour(picture: Bytes, points: Floats) -> tuple[float, float]:
    """How much lighter (minus: darker) and how much redder the lips are than the skin above."""
    skin = np.median(lab(picture, points, BARE_SKIN, 0.035), axis=0)
    lips = np.median(lab(picture, points, LIPS, 0.012), axis=0) - skin
    return float(lips[0]), float(lips[1])


def sides_apart(picture: Bytes, points: Floats) -> tuple[float, float]:
    """How far mirrored places below the nose differ in light and in colour, beyond how the sides above differ: the third largest of each.

    Uneven light differs alike above and below; what lies on one cheek does not.
    """
    below = lab(picture, points, LOWER_RIGHT, 0.025) - lab(picture, points, LOWER_LEFT, 0.025)
    above = np.median(lab(picture, points, UPPER_RIGHT, 0.025) - lab(picture, points, UPPER_LEFT, 0.025), axis=0)
    beyond = below - above
    return float(np.sort(np.abs(beyond[:, 0]))[-3]), float(np.sort(np.linalg.norm(beyond[:, 1:], axis=1))[-3])
