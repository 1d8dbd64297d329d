"""The mouth and the line of the chin, drawn triangle by triangle for every pixel: there skin parts and folds.

The inside of the mouth is laid down first and the skin over it, so the opening between the lips shows what lies behind. The
mouth, whose edges lie across, is drawn at four times the height and averaged down. Its skin comes from a picture that is spread out
as in an open mouth, in which all of it can be seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.rig.bands import Area
from avatar_pipeline.rig.pose import Pose, sprite_corner, sprite_light
from avatar_pipeline.rig.rig import Bytes, Floats, Rig
from avatar_pipeline.rig.spans import Patch, Points, SpanFiller, Window, as_points, lying, rows_averaged
from avatar_pipeline.rig.sway import lay_over
from avatar_pipeline.rig.two_looks import Looks, close_looks, places
from avatar_pipeline.score import COEFFICIENTS

Triangles = NDArray[np.uint16]
Rectangle = tuple[int, int, int, int]  # x, y, width, height in output pixels
_DETAIL = 4  # rows of the mouth for each of the picture
_PURSED = 0.024  # of the side: how much more is drawn around pursed or drooping lips, whose outline the soft map would cut off
_JAW = [COEFFICIENTS.index(name) for name in ("jawOpen", "jawLeft", "jawRight", "jawForward")]
_DROOP = [COEFFICIENTS.index(f"mouthFrown{side}") for side in ("Left", "Right")]


@dataclass(frozen=True, eq=False)
class Part:
    """A piece of skin that is drawn closely: its triangles, the vertices its rectangle encloses, and its picture."""

    triangles: Triangles
    frames: NDArray[np.intp]
    margin: int
    looks: Looks | None  # None: the still picture's
    laid_out: Floats
    detail: int = 1


class CloseUp:
    """Draws chin and mouth of one rig into a frame of side `out_px`."""

    def __init__(self, rig: Rig, out_px: int) -> None:
        self._rig, self._scale, self._out_px = rig, out_px / rig.size_px, out_px
        where, mesh = places(rig), rig.mesh
        self._solid = mesh.triangles[(mesh.lash[mesh.triangles] == 0).all(1)]
        chin, lips = np.flatnonzero(self._jaw_line()), self._lips()
        mouth = self._reaching(lips, 0.08)
        self._parts = [
            Part(self._reaching(chin, 0.09), chin, 4, None, where.rest),
            Part(mouth, lips, 6, close_looks(rig, where.opened, mouth), where.opened, detail=_DETAIL),
        ]
        origins = [part.looks.origin if part.looks else (0, 0) for part in self._parts]
        self._filler = SpanFiller(
            [
                Patch(part.triangles[:, :: -1 if part.detail > 1 else 1], as_points(part.laid_out) - np.complex64(complex(*at)))
                for part, at in zip(self._parts, origins, strict=True)
            ]
        )

    def _lips(self) -> NDArray[np.intp]:
        """The vertices between which the mouth opens: what only an open mouth shows, and the edge of the skin at the seam."""
        mesh, upper = self._rig.mesh, next(sprite for sprite in self._rig.sprites if sprite.name == "upper")
        sides = np.sort(np.concatenate([self._solid[:, [0, 1]], self._solid[:, [1, 2]], self._solid[:, [2, 0]]]), axis=1)
        pairs, count = np.unique(sides, axis=0, return_counts=True)
        edge = np.zeros(len(mesh.xy), bool)
        edge[pairs[count == 1]] = True
        low, wide = np.array(upper.at, np.float32), upper.box[2]
        off, margin = mesh.xy - low, 0.02 * self._rig.size_px
        seam = (off[:, 0] > -margin) & (off[:, 0] < wide + margin) & (off[:, 1] > 0) & (off[:, 1] < 0.3 * wide)
        return np.flatnonzero((edge & seam) | (mesh.open_share[:, 0] > 0.5))

    def _reaching(self, vertices: NDArray[np.intp], share: float) -> Triangles:
        """The triangles that can ever lie over the rectangle around these vertices (`share` of the side off); others are not tested."""
        margin = share * self._rig.size_px
        low, high = self._rig.mesh.xy[vertices].min(0) - margin, self._rig.mesh.xy[vertices].max(0) + margin
        middle = self._rig.mesh.xy[self._solid].mean(1)
        return np.asarray(self._solid[((middle > low) & (middle < high)).all(1)])

    def _jaw_line(self) -> NDArray[np.bool_]:
        """The vertices of the chin's lower edge, which slides over the neck: those that ride far on the jaw, low down."""
        mesh, drop = self._rig.mesh, self._rig.mesh.deltas[COEFFICIENTS.index("jawOpen"), :, 1]
        low = mesh.xy[:, 1] > self._rig.pivot[1] - 0.07 * self._rig.size_px
        return np.asarray(low & (drop > 0.25 * drop.max()))

    def draw(self, frame: Bytes, pose: Pose, points: Floats, still: Bytes) -> list[Area]:
        """Draw the parts into `frame` in place and say where; `still` is the picture the chin is fetched from."""
        moved, windows, areas = self._windows(pose, points)
        drawn: list[Area] = []
        for part, area, source in zip(self._parts, areas, self._filler.maps(moved, windows), strict=True):
            x, y, w, h = area
            if not w or not h:
                continue
            drawn.append((slice(y, y + h), slice(x, x + w)))
            canvas = frame[drawn[-1]]
            if part.detail > 1:
                self._inside(canvas, area, pose)
            picture = part.looks.at(pose.mouth_share, pose.eye_shut) if part.looks else still
            skin = cv2.remap(picture, source, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
            lay_over(canvas, rows_averaged(skin, part.detail) if part.detail > 1 else skin)
        return drawn

    def _windows(self, pose: Pose, points: Floats) -> tuple[list[Points], list[Window], list[Rectangle]]:
        """Where each part is filled this time: vertices in their windows, the windows, the rectangles."""
        windows, moved, areas, start = [], [], [], 0
        shut = float(np.abs(pose.units[_JAW]).max()) <= 0.02
        place = as_points(points)
        for part in self._parts:
            bent = max(2 * pose.rounded, 3 * float(pose.units[_DROOP].max()))
            pursed = round(_PURSED * self._out_px * min(1.0, bent)) if part.looks else 0
            x, y, w, h = self._rectangle(place.take(part.frames), part.margin + pursed)
            if part.looks is None and shut:
                w = h = 0
            moved.append(self._in_window(place, (x, y), part.detail))
            windows.append(Window(h * part.detail, w, start, h * part.detail) if part.detail > 1 else Window(w, h, start, w))
            areas.append((x, y, w, h))
            start += w * h * part.detail
        return moved, windows, areas

    def _in_window(self, place: Points, corner: tuple[int, int], detail: int) -> Points:
        """Where points of the rig's square lie in a window with that corner; lying, when it is `detail` times as high."""
        fine = place * np.float32(self._scale)
        fine += np.complex64(complex(0.5 * self._scale - corner[0] - 0.5, 0.5 * self._scale - corner[1] - 0.5 / detail))
        if detail == 1:
            return fine
        fine.imag *= np.float32(detail)
        return lying(fine)

    def _rectangle(self, points: Points, margin: int) -> Rectangle:
        across, down, scale, side = points.real, points.imag, self._scale, self._out_px
        x, y = max(math.floor(across.min() * scale) - margin, 0), max(math.floor(down.min() * scale) - margin, 0)
        right, bottom = min(math.ceil(across.max() * scale) + margin, side), min(math.ceil(down.max() * scale) + margin, side)
        return x, y, max(right - x, 0), max(bottom - y, 0)

    def _inside(self, canvas: Bytes, area: Rectangle, pose: Pose) -> None:
        """Lay down throat and teeth, darkened as their light says."""
        if not pose.parted:
            return
        sheet = self._rig.layers["mouth"].pixels
        for index, sprite in enumerate(self._rig.sprites):
            x, y, w, h = sprite.box
            corner = sprite_corner(self._rig, pose, index)
            left, top, wide, high = seen = self._covered(area, corner, (w, h))
            if wide and high:
                placed = place(sheet[y : y + h, x : x + w], corner, seen, self._scale)
                light = np.array([*sprite_light(pose, index), 1.0]) * pose.parted
                off_x, off_y = left - area[0], top - area[1]
                lay_over(canvas[off_y : off_y + high, off_x : off_x + wide], cv2.multiply(placed, light))

    def _covered(self, area: Rectangle, corner: tuple[float, float], size: tuple[int, int]) -> Rectangle:
        """The part of a rectangle of the frame that a picture of the rig's square touches."""
        x, y, w, h = area
        low = [math.floor((corner[axis] - 1) * self._scale) - 1 for axis in (0, 1)]
        high = [math.ceil((corner[axis] + size[axis] + 1) * self._scale) + 1 for axis in (0, 1)]
        left, top, right, bottom = max(x, low[0]), max(y, low[1]), min(x + w, high[0]), min(y + h, high[1])
        return left, top, max(right - left, 0), max(bottom - top, 0)


def place(picture: Bytes, corner: tuple[float, float], area: Rectangle, scale: float) -> Bytes:
    """A picture whose top left pixel lies at `corner` of the rig's square, as it is seen in `area` of the frame."""
    x, y, w, h = area
    step, zero = 1 / scale, 0.5 / scale - 0.5
    matrix = np.array([[step, 0, x * step + zero - corner[0]], [0, step, y * step + zero - corner[1]]], np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(picture, matrix, (w, h), flags=flags, borderMode=cv2.BORDER_CONSTANT), np.uint8)
