"""Paint the skin out of one photograph: at rest, and with the mouth wide open.

The mesh says where each piece of skin goes; what a photograph cannot show, the inside of the lips,
is continued from what lies beside it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.casting import landmarks as at
from avatar_pipeline.casting.fit_head import Fit
from avatar_pipeline.casting.template import template
from avatar_pipeline.rig.make_mesh import Scene, visible
from avatar_pipeline.rig.rasterise import Coverage, rasterise, spread
from avatar_pipeline.rig.rig import OPEN_JAW, Bytes, Floats


def paint_rest(photo: Bytes, fit: Fit) -> Bytes:
    """The photo with its lips together and its smile eased, as the rig rests: BGR like the photo."""
    scene = fit.scene
    mouth = _inner_mouth(fit)
    if not mouth.any():
        return _carried(photo, scene, scene.xy, fit.seen_xy)
    filled = cv2.inpaint(photo, mouth, 3, cv2.INPAINT_TELEA)
    return _with_seam(_carried(filled, scene, scene.xy, fit.seen_xy), scene)


def _with_seam(rest: Bytes, scene: Scene) -> Bytes:
    """Draw the shadow between lips that the photo shows parted: without it closed lips look like one piece."""
    side, under = scene.size_px, template().at_landmarks(scene.xy)
    seam = (under[list(at.UPPER_LIP_INNER)] + under[list(at.LOWER_LIP_INNER)]) / 2
    lips = rest[tuple(np.rint(under[[*at.LIPS_BETWEEN]]).astype(int).clip(0, side - 1).T[::-1])]
    dark = np.median(lips, axis=0) * np.array([0.42, 0.38, 0.52])
    line = np.zeros((side, side), np.uint8)
    cv2.polylines(line, [np.rint(seam[3:-3] * 16).astype(np.int32)], False, 255, max(1, round(0.0026 * side)), cv2.LINE_AA, 4)
    share = cv2.GaussianBlur(line, (0, 0), 0.0018 * side).astype(np.float32)[..., None] / 255 * 0.5
    return np.asarray(np.rint(rest * (1 - share) + dark * share), np.uint8)


def paint_open(rest: Bytes, scene: Scene) -> tuple[Bytes, NDArray[np.uint8]]:
    """The mouth wide open, the lips continued inwards; and a mask, 255 where one looks into the mouth."""
    points = scene.moved({"jawOpen": OPEN_JAW})
    picture = _carried(rest, scene, points, scene.xy)
    order, found = _drawn(scene, points)
    side = scene.size_px
    hidden = ~visible(scene, {})
    inner = np.zeros(side * side, np.uint8)
    inner[found.pixel] = hidden[order[found.triangle]].any(1)
    hole = _hole(scene, points, order, found)
    unseen = np.maximum(inner.reshape(side, side) * _around(hole, round(0.05 * side)), hole)
    unseen = cv2.morphologyEx(unseen, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    return _lips_inwards(picture, unseen, hole), hole * np.uint8(255)


def _lips_inwards(picture: Bytes, unseen: Bytes, hole: Bytes) -> Bytes:
    """Continue the lips' colour over what the photo could not show: wet and redder, then darkening into the mouth."""
    side = picture.shape[0]
    wide = cv2.dilate(unseen, np.ones((3, 3), np.uint8))
    colour = cv2.inpaint(picture, wide, 5, cv2.INPAINT_TELEA).astype(np.float32)
    colour = np.where(wide[..., None] > 0, cv2.GaussianBlur(colour, (0, 0), 0.004 * side), colour)
    into_lip = cv2.distanceTransform(unseen, cv2.DIST_L2, 5)[..., None]
    into_hole = cv2.distanceTransform(hole, cv2.DIST_L2, 5)[..., None]
    wet = np.clip(into_lip / (0.012 * side), 0, 1) * np.array([0.16, 0.18, 0.06], np.float32)
    colour = colour * (1 - wet) * (0.25 + 0.75 * np.exp(-into_hole / (0.012 * side)))
    share = cv2.GaussianBlur(unseen.astype(np.float32), (0, 0), 0.0015 * side)[..., None]
    share = np.maximum(share, unseen[..., None].astype(np.float32) * 0.6)
    return np.asarray(np.rint(picture * (1 - share) + colour * share), np.uint8)


def _around(hole: Bytes, reach: int) -> Bytes:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return np.asarray(cv2.dilate(hole, kernel), np.uint8)


def _hole(scene: Scene, points: Floats, order: NDArray[np.uint16], found: Coverage) -> Bytes:
    """1 where the open pose shows the inside of the mouth: no skin at all, or skin that lies as deep as the teeth."""
    side = scene.size_px
    teeth = scene.xy[scene.teeth_upper]
    deep = float(scene.z[scene.teeth_upper].max()) - 0.028 * side
    near_lips = (scene.z[order].mean(1) > deep) & scene.skin[order].all(1)
    inside = np.ones(side * side, np.uint8)
    inside[found.pixel] = ~near_lips[found.triangle]
    low, high = teeth.min(0) - 0.03 * side, teeth.max(0) + 0.03 * side
    drop = float((points - scene.xy)[scene.teeth_lower, 1].mean())
    box = np.zeros((side, side), np.uint8)
    box[int(low[1]) : int(high[1] + 1.6 * drop), int(low[0]) : int(high[0])] = 1
    _, label, sizes, _ = cv2.connectedComponentsWithStats(inside.reshape(side, side) * box, connectivity=4)
    largest = 1 + int(np.argmax(sizes[1:, cv2.CC_STAT_AREA]))
    return np.asarray((label == largest), np.uint8)


def _inner_mouth(fit: Fit) -> Bytes:
    """255 between the lips of the photo, a little wider; nothing when they touch."""
    side = fit.scene.size_px
    mask = np.zeros((side, side), np.uint8)
    upper, lower = fit.lips
    if float((lower[:, 1] - upper[:, 1]).max()) < 0.012 * fit.eyes_apart_px:
        return mask
    cv2.fillPoly(mask, [np.rint(np.concatenate([upper, lower[::-1]]) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return np.asarray(cv2.dilate((mask > 10).astype(np.uint8) * 255, np.ones((3, 3), np.uint8)), np.uint8)


def _drawn(scene: Scene, points: Floats) -> tuple[NDArray[np.uint16], Coverage]:
    """Draw the whole mesh at `points`, far first: the triangles in that order and the pixels they cover."""
    order = scene.triangles[np.argsort(scene.z[scene.triangles].mean(1), kind="stable")]
    return order, rasterise(points.astype(np.float32), order, scene.size_px, scene.size_px)


def _carried(picture: Bytes, scene: Scene, to: Floats, source: Floats) -> Bytes:
    """The picture with every piece of skin carried from `source` to `to`; off the mesh it stays as it is."""
    side = scene.size_px
    skin = scene.triangles[scene.skin[scene.triangles].all(1)]
    order = skin[np.argsort(scene.z[skin].mean(1), kind="stable")]
    found = rasterise(to.astype(np.float32), order, side, side)
    y, x = np.mgrid[:side, :side].astype(np.float32)
    shift = np.zeros((side * side, 2), np.float32)
    shift[found.pixel] = spread(found, order, (source - to).astype(np.float32))
    known = np.zeros(side * side, np.float32)
    known[found.pixel] = 1
    soft = _without_folds(_continued(shift.reshape(side, side, 2), known.reshape(side, side), 0.03 * side), scene)
    return np.asarray(cv2.remap(picture, x + soft[..., 0], y + soft[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _continued(shift: Floats, known: Floats, reach: float) -> Floats:
    """Let a shift fade out around the mesh instead of ending at its edge (the chin over the neck, the cheeks over hair)."""
    far = cv2.distanceTransform((known < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    wide = cv2.GaussianBlur(shift * known[..., None], (0, 0), reach / 2)
    share = cv2.GaussianBlur(known, (0, 0), reach / 2)[..., None]
    outside = wide / np.maximum(share, 1e-3) * np.clip(1 - far / reach, 0, 1)[..., None]
    return np.where(known[..., None] > 0.5, shift, outside).astype(np.float32)


def _without_folds(shift: Floats, scene: Scene) -> Floats:
    """Soften the jump where one piece of skin slides over another (the chin over the neck), except between the lips.

    A jump is right in depth, but a photograph shows it as a soft shadow, not as a line of single pixels.
    """
    side = scene.size_px
    jump = sum(np.abs(cv2.Sobel(shift[..., axis], cv2.CV_32F, dx, dy)) for axis in (0, 1) for dx, dy in ((1, 0), (0, 1)))
    fold = (np.asarray(jump) > 0.012 * side).astype(np.uint8)
    teeth = scene.xy[scene.teeth_upper]
    low, high = teeth.min(0) - 0.04 * side, teeth.max(0) + 0.04 * side
    fold[: int(high[1] + 0.02 * side), int(low[0]) : int(high[0])] = 0
    wide = cv2.GaussianBlur(cv2.dilate(fold, np.ones((5, 5), np.uint8)).astype(np.float32), (0, 0), 0.004 * side)[..., None]
    share = np.clip(wide * 1.6, 0, 1)
    return np.asarray(shift * (1 - share) + cv2.GaussianBlur(shift, (0, 0), 0.008 * side) * share, np.float32)
