"""The head before the wall: which point of the still picture each part of the screen shows, and the picture made of it.

The wall and the shoulders never change and are laid down once. The head is drawn in bands, each as wide as the person is there
at this moment, and mixed with the wall only along its outline. Pictures keep their fourth channel to the end: OpenCV fetches and
multiplies four bytes a pixel quicker than three.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from avatar_pipeline.rig.bands import Area, Bands, Outline, band_at, cuts, edged
from avatar_pipeline.rig.bend import Bend
from avatar_pipeline.rig.eyes import eye_boxes
from avatar_pipeline.rig.pose import Pose
from avatar_pipeline.rig.rig import Bytes, Rig

_REACH_STEP: Final = 2  # pixels; bands are kept for each reach
_USUAL_REACH: Final = 0.01  # of the side: the bands are cut for it


@dataclass(eq=False)
class Canvas:
    """A picture that is drawn again and again: the bands it shows, and where something was drawn over these."""

    picture: Bytes
    bands: Bands | None = None
    touched: list[Area] = field(default_factory=list)


class Sway:
    """Draws wall and person of one rig in frames of side `out_px`, from a map with one node for every `stride` pixels.

    `pictures` are drawn in turn, each on top of what it showed the last time.
    """

    def __init__(self, rig: Rig, out_px: int, stride: int, pictures: int = 1) -> None:
        self._stride, self._scale = stride, out_px / rig.size_px
        self._bend = Bend(rig, out_px // stride)
        wall = enlarged(rig.layers["background"].pixels[..., :3], out_px)
        person = enlarged(rig.layers["person"].pixels, out_px)
        self._background = np.asarray(cv2.cvtColor(wall, cv2.COLOR_BGR2BGRA), np.uint8)
        self._still = self._background.copy()
        lay_over(self._still, person)
        in_one = np.repeat(self._still[None], pictures, axis=0)  # one large piece of memory is given in large pages: a film is 2 % quicker
        self._canvases = itertools.cycle([Canvas(picture) for picture in in_one])
        alpha = person[..., 3].copy()
        for x, y, w, h in (np.rint(np.array(box) * self._scale).astype(int) for box in eye_boxes(rig)):
            alpha[y : y + h, x : x + w] = 255  # the eyes are drawn in before anything is fetched
        self._bands: dict[int, Bands] = {}
        self._outline = Outline.of(alpha, round(float(np.mean([eye.x for eye in rig.eyes])) * self._scale))
        self._cuts = cuts(self._outline, self._bend.rows, stride, round(_USUAL_REACH * out_px))

    def draw(self, pose: Pose, picture: Bytes) -> Canvas:
        """The still parts as they are, the head fetched from `picture` as the pose bends it: BGRX."""
        source, far = self._bend.map(pose)
        reach = int(far * self._scale) // _REACH_STEP * _REACH_STEP + _REACH_STEP + 1
        if reach not in self._bands:
            parts = [band_at(self._outline, top, bottom, reach) for top, bottom in itertools.pairwise(self._cuts)]
            self._bands[reach] = edged(parts, reach, self._background, self._stride)
        bands = self._bands[reach]
        canvas = self._cleared(next(self._canvases), bands)
        frame = canvas.picture
        for fetch in bands.fetches:
            cv2.resize(source[fetch.nodes], fetch.enlarged.shape[1::-1], dst=fetch.enlarged, interpolation=cv2.INTER_LINEAR)
            cv2.remap(picture, fetch.source, None, cv2.INTER_LINEAR, dst=frame[fetch.here], borderMode=cv2.BORDER_REPLICATE)
        for edge in bands.edges:
            edge.fetched[:] = frame[edge.here]
        laid_over(bands.wall, bands.ribbon, bands.mixed)
        for edge in bands.edges:
            frame[edge.here] = edge.mixed
        return canvas

    def _cleared(self, canvas: Canvas, bands: Bands) -> Canvas:
        """The canvas with nothing left of its last picture where these bands will not cover it."""
        left = canvas.touched
        if canvas.bands and canvas.bands.reach > bands.reach:  # bands that reach further cover those that reach less
            left = left + [edge.here for edge in canvas.bands.edges]
        for area in left:
            canvas.picture[area] = self._still[area]
        canvas.bands = bands
        return canvas


def lay_over(canvas: Bytes, layer: Bytes) -> None:
    """Lay a premultiplied BGRA picture over one of the same size, in place: canvas * (1 - alpha) + layer."""
    laid_over(canvas, layer, canvas)


def laid_over(canvas: Bytes, layer: Bytes, out: Bytes | None = None) -> Bytes:
    """The same in a picture of its own, or in `out`."""
    keep = cv2.cvtColor(cv2.bitwise_not(cv2.extractChannel(layer, 3)), cv2.COLOR_GRAY2BGRA)
    mixed = cv2.multiply(canvas, keep, dst=out, scale=1 / 255.0)
    return np.asarray(cv2.add(mixed, layer, dst=mixed), np.uint8)


def enlarged(picture: Bytes, side: int) -> Bytes:
    """A square picture at another size; the same picture, in one piece, when it has that size."""
    if picture.shape[0] == side:
        return np.ascontiguousarray(picture)
    return np.asarray(cv2.resize(picture, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)
