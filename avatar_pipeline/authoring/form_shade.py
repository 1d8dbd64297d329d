"""A face has form: what turns from the light darkens, and the chin throws its shade on the neck. Rendered in a wide soft light it was flat.

The mesh knows where each pixel of skin faces. The light comes from above and from the viewer's left, where the render's own brighter
side is; cheeks, the nose's flank, the hollow below the lower lip and the jaw bend away from it. The neck lies behind the chin: the
face's outline, let down and blurred, is the shade on it. Each of the three pictures is shaded by the mesh as it stands in that picture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.rig.lip_shapes import mouth_of
from avatar_pipeline.rig.rasterise import rasterise, spread
from avatar_pipeline.rig.rig import Bytes, Floats, Layer, Rig
from avatar_pipeline.rig.two_looks import places
from avatar_pipeline.score import CHANNEL_INDEX

_LIGHT: Final = np.array([-0.42, -0.50, 0.757], np.float32)  # towards it: x right, y down, z to the viewer
_TURNED: Final = (0.80, -0.35)  # cosine to the light: from and to where skin is shaded
_DEEP: Final = 0.27  # how much light is lost by what turns away altogether
_FACING: Final = (0.86, 0.05)  # from which cosine on skin gains light, and how much
_SMOOTH_PX: Final = 3.0  # at 512: the mesh's own corners are not seen
_MESH_ENDS_PX: Final = 9.0  # at 512: shading fades in over so much from the mesh's edge, beyond which lie ears, hair and neck
_LOST: Final = np.array([1.16, 1.0, 0.80], np.float32)  # BGR: light that went through skin has lost its blue first
_NECK: Final = 0.15  # in half mouths: over so much shading ends below the chin; the neck's few triangles would be seen
_HOLES_PX: Final = 9.0  # at 512: gaps of the mesh no wider, as between jaw and neck, are no end of it
_BELOW: Final = 0.55  # what faces down more than so is not the face's front: it does not throw the shade, it lies in it
_BEHIND: Final = 0.5  # in half mouths: what lies so far behind the chin's edge is shaded altogether, what lies as near not at all
_STAYS: Final = 0.6  # of how far the jaw takes the skin at its edge: what is taken less, below it, is neck


@dataclass(frozen=True)
class _Thrown:
    """A shade: how far it is let down and to the right and how wide it is blurred (in half mouths), and how much light it takes."""

    down: float
    right: float
    wide: float
    deep: float


_SHADES: Final = (_Thrown(0.25, 0.05, 0.20, 0.17), _Thrown(0.80, 0.20, 0.42, 0.22))


def with_form_shade(rig: Rig) -> Rig:
    """The rig whose face is shaded by its form, at rest, with the jaw down and with the eyes shut. Once per rig."""
    where, layers = places(rig), dict(rig.layers)
    for name, at in (("person", where.rest), ("open", where.opened), ("closed", where.shut)):
        layer = layers[name]
        kept = _kept(rig, at)[layer.y :, layer.x :][: layer.pixels.shape[0], : layer.pixels.shape[1]]
        solid = layer.pixels[..., 3:].astype(np.float32)
        shaded = np.minimum(np.rint(layer.pixels[..., :3] * kept), solid)  # premultiplied: no colour above its cover
        layers[name] = Layer(np.dstack([shaded, solid]).astype(np.uint8), layer.x, layer.y)
    return replace(rig, layers=layers)


def _kept(rig: Rig, at: Floats) -> Floats:
    """What is left of each pixel's light (side, side, 3), BGR, when the vertices stand `at` (V, 2)."""
    unit, half = rig.size_px / 512, mouth_of(rig)[2]
    facing, depth, rides, covered = _facing(rig, at)
    lit, known = (cv2.GaussianBlur(one, (0, 0), _SMOOTH_PX * unit) for one in (facing @ _LIGHT, covered.astype(np.float32)))
    cosine = lit / np.maximum(known, 1e-3)
    turned = _eased((_TURNED[0] - cosine) / (_TURNED[0] - _TURNED[1]))
    gained = _eased((cosine - _FACING[0]) / (1 - _FACING[0])) * np.float32(_FACING[1])
    holes = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(_HOLES_PX * unit) + 1,) * 2)
    whole = cv2.morphologyEx(covered, cv2.MORPH_CLOSE, holes)
    inside = _eased(cv2.distanceTransform(whole, cv2.DIST_L2, 5) / np.float32(_MESH_ENDS_PX * unit))
    front = _front(facing, covered * _above_neck(rig, rides))
    inside *= np.minimum(2 * cv2.GaussianBlur(front, (0, 0), _NECK * half), 1)
    left = 1 - np.float32(_DEEP) * turned * inside
    reached = _reached(front, depth, covered, half) * _below(rig)
    for shade in _SHADES:
        moved = np.array([[1, 0, shade.right * half], [0, 1, shade.down * half]], np.float32)
        thrown = cv2.GaussianBlur(cv2.warpAffine(front, moved, front.shape[::-1]), (0, 0), shade.wide * half)
        left *= 1 - np.float32(shade.deep) * thrown * reached
    return np.asarray(1 - (1 - left)[..., None] * _LOST + (gained * inside)[..., None], np.float32)


def _below(rig: Rig) -> Floats:
    """1 below the mouth, 0 above it (side, 1): hair beside a cheek lies before it and is not shaded by it."""
    _, seam, half = mouth_of(rig)
    return _eased((np.arange(rig.size_px, dtype=np.float32)[:, None] - seam) / (0.6 * half))


def _reached(front: Floats, depth: Floats, covered: Bytes, half: float) -> Floats:
    """How much of the chin's shade falls on each pixel (side, side), 0..1: all of it on what lies well behind the chin's edge above it."""
    rows = np.arange(front.shape[0])[:, None]
    lowest = np.where(front > 0, rows, 0).max(0)
    thrown = np.flatnonzero(lowest)
    edge = np.interp(np.arange(front.shape[1]), thrown, cv2.blur(depth[lowest[thrown], thrown], (1, 9))[:, 0]).astype(np.float32)
    lies = [cv2.GaussianBlur(one, (0, 0), 0.5 * half) for one in (depth * covered * (1 - front), covered * (1 - front))]
    neck = lies[0] / np.maximum(lies[1], 1e-6)  # beside the neck's triangles it goes on as they end
    behind = edge[None, :] - np.where((covered > 0) | (lies[1] < 1e-6), depth, neck)
    return np.asarray(cv2.GaussianBlur(_eased(behind / (_BEHIND * half)) * (1 - front), (0, 0), 0.04 * half), np.float32)


def _facing(rig: Rig, at: Floats) -> tuple[Floats, Floats, Floats, Bytes]:
    """Of each pixel: where it faces (unit vectors), how near it is, how far the jaw takes it down, and 1 where the mesh lies."""
    side, mesh = rig.size_px, rig.mesh
    skin = mesh.triangles[(mesh.lash[mesh.triangles] == 0).all(1)]
    place = np.column_stack([at, mesh.z]).astype(np.float32)
    a, b, c = (place[skin[:, corner]] for corner in range(3))
    across, summed = np.cross(b - a, c - a), np.zeros_like(place)
    for corner in range(3):
        np.add.at(summed, skin[:, corner], across)
    found, drop = rasterise(at, skin, side, side), mesh.deltas[CHANNEL_INDEX["jawOpen"], :, 1]
    seen: Floats = np.zeros((side * side, 5), np.float32)
    seen[found.pixel] = spread(found, skin, np.column_stack([summed / _length(summed), mesh.z, drop]).astype(np.float32))
    covered: Bytes = np.zeros(side * side, np.uint8)
    covered[found.pixel] = 1
    square = seen.reshape(side, side, 5)
    return square[..., :3], square[..., 3], square[..., 4], covered.reshape(side, side)


def _length(vectors: Floats) -> Floats:
    return np.asarray(np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6), np.float32)


def _above_neck(rig: Rig, rides: Floats) -> Bytes:
    """1 where no neck is (side, side): in each column the jaw takes less and less along from its edge down."""
    _, seam, half = mouth_of(rig)
    first = round(seam + 0.5 * half)
    lower, rows = rides[first:], np.arange(rides.shape[0])[:, None]
    most = lower.argmax(0)
    left = (lower < _STAYS * lower.max(0)) & (np.arange(lower.shape[0])[:, None] > most)
    ends = np.where(left.any(0), first + left.argmax(0), rides.shape[0])
    calm = cv2.medianBlur(ends.astype(np.float32)[None, :], 5)[0]
    return np.asarray(rows < calm[None, :], np.uint8)


def _front(facing: Floats, covered: Bytes) -> Floats:
    """1 where the front of the face is (side, side), eyes and mouth too: the largest piece of skin that does not face down."""
    outlines, _ = cv2.findContours(covered * (facing[..., 1] < _BELOW).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    front = np.zeros(covered.shape, np.uint8)
    cv2.drawContours(front, [max(outlines, key=cv2.contourArea)], -1, 1, cv2.FILLED)
    return front.astype(np.float32)


def _eased(share: NDArray[np.floating]) -> Floats:
    t = np.clip(share, 0, 1).astype(np.float32)
    return np.asarray(t * t * (3 - 2 * t), np.float32)
