"""Portraits for tests: one of the house's own catalogue, a real photograph in the public domain, and bad files."""

import importlib.util
import io
import struct
import zlib
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from avatar_pipeline.catalogue import face
from avatar_pipeline.face import FaceRenderer, load_rig


@cache
def photograph() -> bytes:
    """The astronaut that a package for tests carries; test material only."""
    spec = importlib.util.find_spec("skimage")
    assert spec is not None
    folder = next(iter(spec.submodule_search_locations or []))
    return (Path(folder) / "data" / "astronaut.png").read_bytes()


@cache
def catalogue_portrait(face_id: str = "nadia") -> bytes:
    """A face of the house as a picture somebody may bring: it is not theirs."""
    picture = FaceRenderer(load_rig(face(face_id).film_rig_path)).render(np.zeros(57, np.float32))
    return bytes(cv2.imencode(".png", picture)[1])


def saved(kind: str, **options: object) -> bytes:
    """The photograph saved as another kind of file."""
    out = io.BytesIO()
    mode = {"CMYK": "CMYK"}.get(str(options.pop("mode", "")), "RGB")
    Image.open(io.BytesIO(photograph())).convert(mode).save(out, kind, **options)
    return out.getvalue()


def turned() -> bytes:
    """Lying on its side, with a note of it in the file, as phones save it."""
    picture = Image.open(io.BytesIO(photograph())).convert("RGB").transpose(Image.Transpose.ROTATE_90)
    exif, out = Image.Exif(), io.BytesIO()
    exif[0x0112] = 6
    picture.save(out, "JPEG", exif=exif, quality=92)
    return out.getvalue()


def cut_out() -> bytes:
    """With a transparent ground."""
    picture = Image.open(io.BytesIO(photograph())).convert("RGBA")
    alpha = np.zeros(picture.size[::-1], np.uint8)
    cv2.ellipse(alpha, (225, 200), (150, 330), 0, 0, 360, 255, -1)
    picture.putalpha(Image.fromarray(alpha))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def animated() -> bytes:
    """Two pictures in one file."""
    out = io.BytesIO()
    frames = [Image.new("RGB", (300, 300), colour) for colour in ("red", "blue")]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    return out.getvalue()


def bomb(side: int = 60_000) -> bytes:
    """A file of a few hundred bytes that says it is sixty thousand pixels square."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _part(b"IHDR", head) + _part(b"IDAT", zlib.compress(b"\0" * 1000)) + _part(b"IEND", b"")


def _part(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
