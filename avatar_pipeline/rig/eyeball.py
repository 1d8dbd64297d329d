"""An eyeball: its coloured ring follows the gaze, the lids' shadow on it stays."""

from __future__ import annotations

import cv2
import numpy as np

from avatar_pipeline.rig.pose import iris_shift, lid_shadow
from avatar_pipeline.rig.rig import Bytes, Floats, Rig


class Eyeball:
    """One of a rig's two eyes; `corner` is where its picture's top left pixel lies in the rig's square."""

    def __init__(self, rig: Rig, index: int) -> None:
        self._rig, self._index = rig, index
        eye, layer = rig.eyes[index], rig.layers["eyeballs"]
        self.corner = int(eye.x - eye.radius) - 2, int(eye.y - eye.radius) - 2
        side = int(2 * eye.radius) + 6
        line = np.arange(side, dtype=np.float32)
        self._dx, self._dy = np.meshgrid(line + np.float32(self.corner[0] - eye.x), line + np.float32(self.corner[1] - eye.y))
        half = layer.pixels.shape[1] // 2
        self._free = np.ascontiguousarray(layer.pixels[:, :half, :3])
        shadow = np.ascontiguousarray(layer.pixels[:, half:, :3])
        self._shadow = self._read(shadow, self._dx, self._dy)
        edge = np.clip(eye.radius - np.hypot(self._dx, self._dy) + 0.5, 0, 1)
        self._disc = np.rint(edge * 255).astype(np.uint8)
        self._disc3 = cv2.cvtColor(self._disc, cv2.COLOR_GRAY2BGR)

    def _read(self, picture: Bytes, dx: Floats, dy: Floats) -> Bytes:
        eye, layer = self._rig.eyes[self._index], self._rig.layers["eyeballs"]
        x, y = dx + np.float32(eye.x - layer.x), dy + np.float32(eye.y - layer.y)
        return np.asarray(cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)

    def painted(self, gaze: tuple[float, float], shut: float) -> Bytes:
        """The ball with the ring where the gaze is, the white stretched to make room: premultiplied BGRA (side, side, 4).

        The further its lid is `shut` (0..1), the darker it lies behind the lashes.
        """
        eye = self._rig.eyes[self._index]
        shift = iris_shift(eye, gaze)
        far = cv2.magnitude(self._dx - np.float32(shift[0]), self._dy - np.float32(shift[1]))
        t = np.clip((far - eye.iris * 1.15) / (eye.radius * 1.25 - eye.iris * 1.15), 0, 1)
        pull = (1 - t * t * (3 - 2 * t)).astype(np.float32)
        free = self._read(self._free, self._dx - pull * np.float32(shift[0]), self._dy - pull * np.float32(shift[1]))
        shaded = cv2.multiply(cv2.multiply(free, self._shadow, scale=1 / 255.0), self._disc3, scale=lid_shadow(shut) / 255.0)
        return np.asarray(cv2.merge([shaded, self._disc]), np.uint8)
