"""Where in a picture the neural mouth goes: the face's crop, and how much of its lower half may show.

Both come from the packaged landmarks that casting uses. The crop is MuseTalk 1.5's: as wide as the face, with the nose bridge in the
vertical middle and ten pixels below the chin. Instead of a network that parses faces, the mask is the outline's lower part, a little
wider for a jaw that drops, soft at its edge and nothing at all above the middle.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.casting.find_face import Box, Face, FaceFinder
from avatar_pipeline.casting.landmarks import OVAL
from avatar_pipeline.errors import StageRefusal
from avatar_pipeline.networks.blend import blend

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
BELOW_CHIN_PX: Final = 10
NOSE_BRIDGE: Final = (195, 5)  # between these two lies what other landmark models call point 29
SURE: Final = 0.5
SEEN_SHARE_MIN: Final = 0.5
_SMOOTH: Final[Floats] = np.array([0.0625, 0.25, 0.375, 0.25, 0.0625], np.float32)
_ALONE: Final[Floats] = np.array([0, 0, 1, 0, 0], np.float32)
_WIDER, _SOFT = 0.05, 0.075  # of the crop's side: how far the mask reaches beyond the outline, how wide its soft edge is


class FaceNotFollowed(StageRefusal):
    """A film for an avatar shows no face, or not in most of its pictures."""


def follow(pictures: Iterable[Bytes], finder: FaceFinder, *, is_film: bool = True) -> tuple[NDArray[np.int32], Floats]:
    """The crop (x1, y1, x2, y2) of every picture, int32 [n, 4], and the mean outline in crop coordinates 0..1, float32 [36, 2].

    Where a face is lost for some pictures the crop moves evenly from before to after; five pictures are averaged so that it never
    trembles; not in pictures that are no film (`is_film`). Raises FaceNotFollowed when half of the pictures or fewer show a face.
    """
    boxes, outlines = [], []
    last: Box | None = None
    for picture in pictures:
        face = face_near(picture, finder, last)
        last = face.box if face else None
        box = crop_of(face.points, picture.shape[0], picture.shape[1]) if face else None
        boxes.append(box)
        if face and box is not None:
            outlines.append((face.points[list(OVAL), :2] - box[:2]) / (box[2:] - box[:2]))
    if len(outlines) <= SEEN_SHARE_MIN * len(boxes):
        raise FaceNotFollowed(
            f"A face was found in {len(outlines)} of {len(boxes)} pictures. Use a film that shows it throughout, from the front."
        )
    return _steady(boxes, _SMOOTH if is_film else _ALONE), np.mean(outlines, axis=0, dtype=np.float32)


def crop_of(points: Floats, height: int, width: int) -> Floats:
    """The crop of one face from its 478 points: float32 (x1, y1, x2, y2) inside the picture."""
    left, right = points[:468, 0].min(), points[:468, 0].max()
    chin, middle = points[:468, 1].max(), points[list(NOSE_BRIDGE), 1].mean()
    box = [max(0.0, left), max(0.0, 2 * middle - chin), min(float(width), right), min(float(height), chin + BELOW_CHIN_PX)]
    return np.array(box, np.float32)


def mask_of(outline: Floats, side: int) -> Bytes:
    """How much of a drawn mouth shows, uint8 [side, side]: 255 inside the lower face, 0 in the upper half and at the crop's edges."""
    soft = round(side * _SOFT) | 1
    mask = np.zeros((side, side), np.uint8)
    cv2.fillPoly(mask, [np.rint(outline * side).astype(np.int32)], 255)
    reach = 2 * round(side * _WIDER) + 1
    mask = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    edge = soft // 2 + 1
    mask[: side // 2 + edge] = 0
    mask[side - edge :], mask[:, :edge], mask[:, side - edge :] = 0, 0, 0
    return np.asarray(cv2.GaussianBlur(mask, (soft, soft), 0), np.uint8)


def cut(picture: Bytes, box: Sequence[int] | NDArray[np.int32], side: int) -> Bytes:
    """The crop as the networks take it: RGB uint8 [side, side, 3] of a BGR picture."""
    x1, y1, x2, y2 = (int(number) for number in box)
    crop = cv2.resize(picture[y1:y2, x1:x2], (side, side), interpolation=cv2.INTER_LANCZOS4)
    return np.asarray(cv2.cvtColor(crop, cv2.COLOR_BGR2RGB), np.uint8)


def paste(picture: Bytes, patch: Bytes, box: NDArray[np.int32], mask: Bytes) -> Bytes:
    """A drawn lower half (RGB [side/2, side, 3]) in its place in a BGR picture, mixed at the picture's own size; a new picture."""
    x1, y1, x2, y2 = (int(number) for number in box)
    side = patch.shape[1]
    whole = np.zeros((side, side, 3), np.uint8)
    whole[side - len(patch) :] = patch[..., ::-1]
    size, made = (x2 - x1, y2 - y1), picture.copy()
    share = cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR)
    made[y1:y2, x1:x2] = blend(picture[y1:y2, x1:x2], cv2.resize(whole, size, interpolation=cv2.INTER_LINEAR), np.asarray(share, np.uint8))
    return made


def face_near(picture: Bytes, finder: FaceFinder, last: Box | None) -> Face | None:
    """The face near where it was last, else the largest one."""
    if last is not None and (face := finder.face(picture, last)).presence > SURE:
        return face
    for box in finder.boxes(picture)[:1]:
        if (face := finder.face(picture, box)).presence > SURE:
            return face
    return None


def _steady(boxes: list[Floats | None], weights: Floats) -> NDArray[np.int32]:
    known = np.array([number for number, box in enumerate(boxes) if box is not None])
    seen = np.stack([box for box in boxes if box is not None])
    filled = np.stack([np.interp(np.arange(len(boxes)), known, seen[:, side]) for side in range(4)], axis=1)
    padded = np.pad(filled, ((2, 2), (0, 0)), mode="edge")
    shifted = np.stack([padded[shift : shift + len(boxes)] for shift in range(len(weights))])
    return np.asarray(np.rint(np.tensordot(weights, shifted, 1)), np.int32)
