"""A small picture that is laid over frames: a card, a strap, a caption; with its place, and a way to come and go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from avatar_pipeline.rig.sway import lay_over

Bytes = NDArray[np.uint8]
MOVE_S: Final = 0.4  # coming in; going takes as long


@dataclass(frozen=True, eq=False)
class Layer:
    """`picture` is BGRA uint8 (h, w, 4), premultiplied by its alpha, `x` and `y` its corner in the frame."""

    picture: Bytes
    x: int
    y: int

    @classmethod
    def of(cls, picture: Image.Image, x: int, y: int) -> Layer:
        """Make a layer of an RGBA picture."""
        pixels = np.asarray(picture.convert("RGBA"))[..., [2, 1, 0, 3]].astype(np.uint16)
        pixels[..., :3] = (pixels[..., :3] * pixels[..., 3:] + 127) // 255
        return cls(np.ascontiguousarray(pixels, np.uint8), x, y)

    def lay(self, frame: Bytes, strength: float = 1.0, shift: tuple[int, int] = (0, 0)) -> None:
        """Blend into `frame` (BGRX, in place), moved by `shift` pixels; what falls outside is cut off."""
        if strength <= 0:
            return
        x, y = self.x + shift[0], self.y + shift[1]
        height, width = self.picture.shape[:2]
        left, top, right, bottom = max(x, 0), max(y, 0), min(x + width, frame.shape[1]), min(y + height, frame.shape[0])
        if left >= right or top >= bottom:
            return
        part = self.picture[top - y : bottom - y, left - x : right - x]
        lay_over(frame[top:bottom, left:right], cv2.convertScaleAbs(part, alpha=strength) if strength < 1 else part)


def arrival(since_s: float, until_s: float | None) -> float:
    """How far something has come in: 0 away, 1 there. `since_s` counts from its coming, `until_s` to its having gone (None: it stays)."""
    share = min(since_s, until_s if until_s is not None else MOVE_S) / MOVE_S
    share = min(1.0, max(0.0, share))
    return 1 - (1 - share) ** 3


def panel(size: tuple[int, int], radius: float, fill: tuple[int, int, int, int], shadow: float = 0.0) -> tuple[Image.Image, int]:
    """A sheet with round corners and a soft shadow of `shadow` pixels; gives the picture and the margin the shadow needs."""
    margin, fine = round(shadow * 2.5), 3
    width, height = size
    mask = Image.new("L", (width * fine, height * fine))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, width * fine - 1, height * fine - 1), radius * fine, fill=255)
    mask = mask.resize((width, height), Image.Resampling.LANCZOS)
    whole = Image.new("RGBA", (width + 2 * margin, height + 2 * margin))
    if shadow:
        dark = Image.new("L", whole.size)
        dark.paste(mask, (margin, margin + round(shadow / 2)))
        dark = dark.filter(ImageFilter.GaussianBlur(shadow)).point(lambda value: round(value * 0.32))
        whole.putalpha(dark)
    sheet = Image.new("RGBA", (width, height), fill)
    sheet.putalpha(mask.point(lambda value: round(value * fill[3] / 255)))
    whole.alpha_composite(sheet, (margin, margin))
    return whole, margin


def rounded(
    picture: Image.Image, radius: float, corners: tuple[bool, bool, bool, bool] = (True, True, True, True), *, opacity: int = 255
) -> Image.Image:
    """The same picture with round corners (upper left, upper right, lower right, lower left)."""
    fine = 3
    mask = Image.new("L", (picture.width * fine, picture.height * fine))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, mask.width - 1, mask.height - 1), radius * fine, fill=opacity, corners=corners)
    whole = picture.convert("RGBA")
    whole.putalpha(mask.resize(picture.size, Image.Resampling.LANCZOS))
    return whole
