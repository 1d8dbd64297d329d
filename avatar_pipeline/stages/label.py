"""The small mark that says a film was made by AI: visible for the first two seconds, then it fades away.

Its height is six hundredths of the picture (GB 45438 asks for at least five), and it stays two full seconds.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Bytes = NDArray[np.uint8]
SHOWN_S: Final = 2.0
FADE_S: Final = 0.4
_HEIGHT_SHARE, _MARGIN_SHARE = 0.06, 0.035


class Label:
    """Lays the mark over frames whose shorter side is `size_px`, in the lower left corner, or in the upper one of films with captions."""

    def __init__(self, size_px: int, text: str = "AI", *, is_above: bool = False) -> None:
        height = round(size_px * _HEIGHT_SHARE)
        font = ImageFont.load_default(size=height * 0.62)
        width = round(font.getlength(text) + height * 0.9)
        mark = Image.new("RGBA", (width * 4, height * 4))
        pencil = ImageDraw.Draw(mark)
        pencil.rounded_rectangle((0, 0, width * 4 - 1, height * 4 - 1), height * 2, fill=(20, 22, 24, 190))
        large = ImageFont.load_default(size=height * 4 * 0.62)
        pencil.text((width * 2, height * 2), text, font=large, fill=(255, 255, 255, 255), anchor="mm")
        pixels = np.asarray(mark.resize((width, height), Image.Resampling.LANCZOS))
        self._alpha = pixels[..., 3].astype(np.float32) / 255
        self._colour = np.ascontiguousarray(pixels[..., 2::-1])
        margin = round(size_px * _MARGIN_SHARE)
        self._corner = margin, margin if is_above else size_px - margin - height

    def is_seen(self, time_s: float) -> bool:
        """Whether anything of it is left at that time."""
        return time_s < SHOWN_S + FADE_S

    def draw(self, frame: Bytes, time_s: float) -> None:
        """Lay the mark over `frame` (BGR, in place) if it is still to be seen at `time_s`."""
        strength = np.float32(np.clip((SHOWN_S + FADE_S - time_s) / FADE_S, 0, 1))
        if strength <= 0:
            return
        (x, y), (h, w) = self._corner, self._alpha.shape
        part = frame[y : y + h, x : x + w]
        share = self._alpha * strength
        part[:] = cv2.blendLinear(np.ascontiguousarray(part), self._colour, 1 - share, share)
