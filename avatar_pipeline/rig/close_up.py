"""The parts people look at, drawn for every pixel: both eyes and the mouth.

In each of the three rectangles the eyeball or the inside of the mouth is laid down first and the skin over it, so the
openings between lids and lips show what lies behind. The mouth, whose edges lie across, is drawn at twice the height and
averaged down.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.rig.pose import Pose, eye_centre, iris_shift, sprite_corner, sprite_light
from avatar_pipeline.rig.rasterise import rasterise, spread
from avatar_pipeline.rig.rig import OPEN_JAW, Bytes, Floats, Rig
from avatar_pipeline.score import COEFFICIENTS

Triangles = NDArray[np.uint16]
_JAW = [COEFFICIENTS.index(name) for name in ("jawOpen", "jawLeft", "jawRight", "jawForward")]
Rectangle = tuple[int, int, int, int]  # x, y, width, height in output pixels


class CloseUp:
    """Draws eyes and mouth of one rig into a frame of side `out_px`."""

    def __init__(self, rig: Rig, out_px: int) -> None:
        self._rig, self._scale, self._out_px = rig, out_px / rig.size_px, out_px
        deltas = rig.mesh.deltas
        blink = deltas[COEFFICIENTS.index("eyeBlinkLeft")] + deltas[COEFFICIENTS.index("eyeBlinkRight")]
        opened, closed = rig.layers["open"], rig.layers["closed"]
        wide = rig.mesh.xy + OPEN_JAW * deltas[COEFFICIENTS.index("jawOpen")]
        self.elsewhere = np.column_stack([wide, rig.mesh.xy + blink])  # (V, 4): the vertex in the open and in the shut picture
        self._origin = np.array([0, 0, opened.x, opened.y, closed.x, closed.y], np.float32)
        rim = rig.mesh.open_share[:, 0] > 0.5
        self._rim = np.flatnonzero(rim)
        lash = (rig.mesh.lash[rig.mesh.triangles] > 0).any(1)
        self._solid, self._lashes = rig.mesh.triangles[~lash], rig.mesh.triangles[lash]
        self._chin = np.flatnonzero(self._jaw_line())
        self._lids = [self._around(eye.x, eye.y, eye.radius) for eye in rig.eyes]
        self._around_eye = [self._reaching(lids) for lids in self._lids]
        self._around_chin, self._around_mouth = self._reaching(self._chin), self._reaching(self._rim)

    def _reaching(self, vertices: NDArray[np.int64]) -> Triangles:
        """The triangles that can ever lie over the rectangle around these vertices; the rest need not be tested."""
        margin = 0.09 * self._rig.size_px
        low, high = self._rig.mesh.xy[vertices].min(0) - margin, self._rig.mesh.xy[vertices].max(0) + margin
        middle = self._rig.mesh.xy[self._solid].mean(1)
        return np.asarray(self._solid[((middle > low) & (middle < high)).all(1)])

    def _around(self, x: float, y: float, radius: float) -> NDArray[np.int64]:
        far = np.linalg.norm(self._rig.mesh.xy - np.array([x, y], np.float32), axis=1)
        return np.flatnonzero(far < radius * 1.25)

    def _jaw_line(self) -> NDArray[np.bool_]:
        """The vertices of the chin's lower edge, which slides over the neck: those that ride far on the jaw, low down."""
        mesh, drop = self._rig.mesh, self._rig.mesh.deltas[COEFFICIENTS.index("jawOpen"), :, 1]
        low = mesh.xy[:, 1] > self._rig.pivot[1] - 0.07 * self._rig.size_px
        return np.asarray(low & (drop > 0.25 * drop.max()))

    def draw(self, frame: Bytes, pose: Pose, points: Floats, share: Floats) -> None:
        """Draw the three rectangles into `frame` in place."""
        for index, lids in enumerate(self._lids):
            area = self._rectangle(points[lids], 2)
            canvas = _cut(frame, area)
            self._eyeball(canvas, area, pose, index)
            self._skin(canvas, area, points, share, self._around_eye[index])
            self._skin(canvas, area, points, share, self._lashes)
        if float(np.abs(pose.units[_JAW]).max()) > 0.02:
            area = self._rectangle(points[self._chin], 4)
            self._skin(_cut(frame, area), area, points, share, self._around_chin)
        area = self._rectangle(points[self._rim], 6)
        canvas = _cut(frame, area)
        for index in range(len(self._rig.sprites)):
            self._sprite(canvas, area, pose, index)
        self._skin(canvas, area, points, share, self._around_mouth, detail=2)

    def _rectangle(self, points: Floats, margin: int) -> Rectangle:
        low = np.floor(points.min(0) * self._scale).astype(int) - margin
        high = np.ceil(points.max(0) * self._scale).astype(int) + margin
        low, high = np.maximum(low, 0), np.minimum(high, self._out_px)
        return int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])

    def _skin(self, canvas: Bytes, area: Rectangle, points: Floats, share: Floats, triangles: Triangles, *, detail: int = 1) -> None:
        """Lay the moving skin over the canvas; `detail` 2 tests two points per pixel, one above the other, which smooths lips."""
        rig, (x, y, w, h) = self._rig, area
        fine = ((points + 0.5) * self._scale - np.array([x, y], np.float32)) * np.array([1, detail], np.float32) - 0.5
        columns, rows = w, h * detail
        found = rasterise(fine.astype(np.float32), triangles, columns, rows)
        values = spread(found, triangles, np.column_stack([rig.mesh.xy, self.elsewhere, share]))
        skin = np.zeros((rows * columns, 4), np.uint8)
        skin[found.pixel] = self._colours(values)
        picture = skin.reshape(rows, columns, 4)
        over_canvas(canvas, cv2.resize(picture, (w, h), interpolation=cv2.INTER_AREA) if detail > 1 else picture)

    def _colours(self, values: Floats) -> Bytes:
        """Fetch the three pictures at the found points (n, 9: three places, two shares, opacity) and mix them."""
        places = values[:, :6] - self._origin
        colour = _fetch(self._rig.layers["person"].pixels, places[:, :2])
        for column, name in ((0, "open"), (1, "closed")):
            weight = values[:, 6 + column : 7 + column]
            used = np.flatnonzero(weight[:, 0] > 0.004)
            if len(used):
                other = _fetch(self._rig.layers[name].pixels, places[used, 2 + 2 * column : 4 + 2 * column])
                colour[used] += (other - colour[used]) * weight[used]
        return np.asarray(np.rint(colour * values[:, 8:9]), np.uint8)

    def _eyeball(self, canvas: Bytes, area: Rectangle, pose: Pose, index: int) -> None:
        """Lay down one eyeball, its coloured ring moved by the gaze; the white stretches to make room."""
        eye, layer = self._rig.eyes[index], self._rig.layers["eyeballs"]
        centre, shift = eye_centre(self._rig, pose, index), iris_shift(self._rig, pose, index)
        x, y, w, h = area
        across = (np.arange(x, x + w, dtype=np.float32) + 0.5) / self._scale - 0.5 - centre[0]
        down = (np.arange(y, y + h, dtype=np.float32) + 0.5) / self._scale - 0.5 - centre[1]
        dx, dy = np.meshgrid(across, down)
        far = np.hypot(dx - shift[0], dy - shift[1])
        pull = 1 - _smooth(eye.iris * 1.15, eye.radius * 1.25, far)
        source_x = (dx - shift[0] * pull + (eye.x - layer.x)).astype(np.float32)
        source_y = (dy - shift[1] * pull + (eye.y - layer.y)).astype(np.float32)
        half = layer.pixels.shape[1] // 2
        ball = _read(layer.pixels[:, :half, :3], source_x, source_y)
        shadow = _read(layer.pixels[:, half:, :3], dx + np.float32(eye.x - layer.x), dy + np.float32(eye.y - layer.y))
        ball = cv2.multiply(ball, shadow, scale=1 / 255.0)
        mask = np.clip((eye.radius - np.hypot(dx, dy)) * self._scale + 0.5, 0, 1).astype(np.float32)
        canvas[:] = cv2.blendLinear(canvas, ball, 1 - mask, mask)

    def _sprite(self, canvas: Bytes, area: Rectangle, pose: Pose, index: int) -> None:
        """Lay down one part of the inside of the mouth, darkened as its light says."""
        sprite = self._rig.sprites[index]
        left, top = sprite_corner(self._rig, pose, index)
        x, y, w, h = area
        sx, sy, sw, sh = sprite.box
        picture = self._rig.layers["mouth"].pixels[sy : sy + sh, sx : sx + sw]
        step, zero = 1 / self._scale, 0.5 / self._scale - 0.5
        matrix = np.array([[step, 0, x * step + zero - left], [0, step, y * step + zero - top]], np.float32)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        placed = cv2.warpAffine(picture, matrix, (w, h), flags=flags, borderMode=cv2.BORDER_CONSTANT)
        light = sprite_light(pose, index)
        over_canvas(canvas, cv2.multiply(placed, np.array([*light, 1.0]) * pose.parted))


def _cut(frame: Bytes, area: Rectangle) -> Bytes:
    x, y, w, h = area
    return frame[y : y + h, x : x + w]


def over_canvas(canvas: Bytes, layer: Bytes) -> None:
    """Premultiplied BGRA over a BGR view, in place."""
    keep = 255 - layer[..., 3:].astype(np.uint16)
    canvas[:] = np.minimum((canvas * keep + 127) // 255 + layer[..., :3], 255).astype(np.uint8)


def _fetch(picture: Bytes, places: Floats) -> Floats:
    """Read a picture at scattered places (n, 2), linearly: float32 (n, 4). OpenCV's map may not be one long row."""
    count = len(places)
    width = min(count, 4096)
    rows = -(-count // width)
    padded = np.zeros((rows * width, 2), np.float32)
    padded[:count] = places
    found = cv2.remap(picture, padded.reshape(rows, width, 2), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found.reshape(-1, 4)[:count], np.float32)


def _read(picture: Bytes, x: Floats, y: Floats) -> Bytes:
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _smooth(low: float, high: float, value: Floats) -> Floats:
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)
