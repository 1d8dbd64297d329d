"""Read an uploaded picture safely: small enough to unpack, one frame, upright, in plain sRGB colours.

The size is read from the file's head before a pixel is unpacked, so a small file that claims to be huge is turned away
at no cost.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import cv2
import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from avatar_pipeline.casting.errors import PictureUnusable
from avatar_pipeline.rig.rig import Bytes, Floats

FILE_BYTES_MAX: Final = 25_000_000
PIXELS_MAX: Final = 50_000_000
SIDE_PX_MIN, WORKING_PX_MAX = 160, 2400
FORMATS: Final = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF")
Looked = TypeVar("Looked")
_STUDIO_GREY: Final = (214, 216, 218)  # BGR behind a picture that was cut out


@dataclass(frozen=True, eq=False)
class Picture:
    """An upright picture: BGR uint8 (h, w, 3), and, when it came cut out, the share of the person at each pixel."""

    pixels: Bytes
    cut_out: Floats | None


def check_picture(data: bytes) -> None:
    """Judge a file by its head, without unpacking a pixel. Raises `PictureUnusable` with what to do instead."""
    _looked_at(data, lambda _: None)


def read_picture(data: bytes) -> Picture:
    """Read a file's bytes. Raises `PictureUnusable` with what to do instead."""
    return _looked_at(data, _unpacked)


def _looked_at(data: bytes, look: Callable[[Image.Image], Looked]) -> Looked:
    if not data:
        raise PictureUnusable("The file is empty. Choose a photograph as JPEG, PNG or WebP.")
    if len(data) > FILE_BYTES_MAX:
        raise PictureUnusable(f"The file has {len(data) // 1_000_000} MB; the most is {FILE_BYTES_MAX // 1_000_000} MB. Save it smaller.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of bombs and odd metadata; both are judged here
            with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
                _judge(opened)
                return look(opened)
    except UnidentifiedImageError as error:
        raise PictureUnusable("This is no picture we can read. Save it as JPEG, PNG or WebP (HEIC and PDF are not read).") from error
    except Image.DecompressionBombError as error:
        raise PictureUnusable(_too_many()) from error
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError, KeyError, IndexError) as error:
        raise PictureUnusable("The picture is damaged or cut short. Save it again, or fetch it again from where it came.") from error


def _too_many() -> str:
    return f"The picture has more than {PIXELS_MAX // 1_000_000} million pixels. Save it smaller; 1,000 to 2,000 pixels across are plenty."


def _judge(opened: Image.Image) -> None:
    width, height = opened.size
    if width * height > PIXELS_MAX:
        raise PictureUnusable(_too_many())
    if min(width, height) < SIDE_PX_MIN:
        raise PictureUnusable(f"The picture is {width} x {height} pixels; each side needs at least {SIDE_PX_MIN}. Take a larger one.")
    if max(width, height) > 6 * min(width, height):
        raise PictureUnusable("The picture is a long strip. Cut out the head and shoulders first.")
    if getattr(opened, "n_frames", 1) > 1:
        raise PictureUnusable("The picture is animated or has several pages. Save one still of it.")


def _unpacked(opened: Image.Image) -> Picture:
    opened.draft("RGB", (WORKING_PX_MAX, WORKING_PX_MAX))  # lets JPEG unpack at half the size where that is enough
    upright = ImageOps.exif_transpose(opened)
    colours = _in_srgb(upright)
    if max(colours.size) > WORKING_PX_MAX:
        colours.thumbnail((WORKING_PX_MAX, WORKING_PX_MAX), Image.Resampling.LANCZOS)
    array = np.asarray(colours)
    if array.shape[2] == 3:
        return Picture(cv2.cvtColor(array, cv2.COLOR_RGB2BGR), None)
    alpha = (array[..., 3] / np.float32(255))[..., None]
    straight = cv2.cvtColor(np.ascontiguousarray(array[..., :3]), cv2.COLOR_RGB2BGR)
    laid = np.rint(straight * alpha + np.array(_STUDIO_GREY, np.float32) * (1 - alpha)).astype(np.uint8)
    return Picture(laid, np.asarray(alpha[..., 0], np.float32) if alpha.min() < 0.5 else None)


def _in_srgb(picture: Image.Image) -> Image.Image:
    """RGB or RGBA in sRGB: phones photograph in wider gamuts, printers' files are CMYK, scans have 16 bits."""
    if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
        deep = np.asarray(picture, np.float32)
        low, high = float(deep.min()), float(deep.max())
        picture = Image.fromarray(np.rint((deep - low) * (255 / max(high - low, 1e-6))).astype(np.uint8))
    see_through = "A" in picture.getbands() or "transparency" in picture.info
    profile = picture.info.get("icc_profile")
    if profile and picture.mode in ("RGB", "RGBA", "CMYK"):
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            alpha = picture.getchannel("A") if picture.mode == "RGBA" else None
            base = picture.convert("RGB") if picture.mode == "RGBA" else picture
            turned = ImageCms.profileToProfile(base, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if turned is not None:
                if alpha is not None:
                    turned.putalpha(alpha)
                return turned
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a broken profile is no reason to turn a portrait away: its numbers are then read as sRGB
    return picture.convert("RGBA" if see_through else "RGB")
