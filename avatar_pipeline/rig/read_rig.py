"""Read a rig file strictly: what is not exactly a rig of a known version is refused with a sentence that says why."""

from __future__ import annotations

import io
import json
import math
import zipfile
from typing import Any, Final

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from avatar_pipeline.rig.errors import RigUnreadable
from avatar_pipeline.rig.rig import FORMAT, LAYERS, Bytes, Eye, Floats, Layer, Rig, Sprite
from avatar_pipeline.rig.tables import UNITS, Counts, unpack

FILE_BYTES_MAX: Final = 4_000_000  # a film rig is about 300 kB; more is a mistake or an attack
SIZE_PX_MAX: Final = 2048
VERTICES_MAX: Final = 20_000


def read_rig(data: bytes) -> Rig:
    """Read the bytes of a rig file. Raises `RigUnreadable` for anything damaged, incomplete, too large or unknown."""
    if len(data) > FILE_BYTES_MAX:
        raise RigUnreadable(f"This rig has {len(data)} bytes; the most is {FILE_BYTES_MAX}.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {info.filename: _part(archive, info) for info in archive.infolist()}
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise RigUnreadable("This rig is not a whole zip file; fetch or make it again.") from error
    head = _head(parts)
    try:
        return _rig(head, parts)
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise RigUnreadable(f"This rig's tables contradict one another ({error}); make it again.") from error


def _part(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    if info.compress_type != zipfile.ZIP_STORED or info.file_size > FILE_BYTES_MAX:
        raise RigUnreadable(f"The part {info.filename!r} is packed; a rig's parts are stored as they are.")
    return archive.read(info)


def _head(parts: dict[str, bytes]) -> dict[str, Any]:
    for name in ("rig.json", "mesh.bin", *(f"{layer}.webp" for layer in LAYERS)):
        if name not in parts:
            raise RigUnreadable(f"This rig lacks {name}.")
    try:
        head = json.loads(parts["rig.json"])
    except (ValueError, RecursionError) as error:
        raise RigUnreadable("This rig's rig.json is not JSON.") from error
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        found = head.get("format") if isinstance(head, dict) else None
        raise RigUnreadable(f"This program reads {FORMAT}; the file says {found!r}.")
    return head


def _rig(head: dict[str, Any], parts: dict[str, bytes]) -> Rig:
    """Put the rig together; anything that does not fit surfaces as KeyError, TypeError or ValueError."""
    size = _between(head["size_px"], 64, SIZE_PX_MAX)
    steps = tuple(float(v) for v in head["unit_step"])
    if len(steps) != UNITS or not all(math.isfinite(s) and s > 0 for s in steps):
        raise ValueError("unit_step")
    counts = Counts(
        size,
        _between(head["vertices"], 3, VERTICES_MAX),
        _between(head["triangles"], 1, 4 * VERTICES_MAX),
        _between(head["grid"], 2, 257),
        steps,
    )
    mesh, grid = unpack(parts["mesh.bin"], counts)
    layers = {
        name: Layer(_decode(parts[f"{name}.webp"], name, size), int(head["layers"][name][0]), int(head["layers"][name][1]))
        for name in LAYERS
    }
    for name in ("background", "person"):
        if layers[name].pixels.shape[:2] != (size, size):
            raise ValueError(f"{name} is not {size} x {size}")
    eyes = tuple(Eye(*(_finite(eye[key]) for key in ("x", "y", "radius", "iris"))) for eye in head["eyes"])
    left, right = eyes
    jaw = np.array(head["jaw"], np.float32)
    if jaw.shape != (UNITS, 2) or not np.isfinite(jaw).all():
        raise ValueError("jaw")
    pivot = (_finite(head["pivot"][0]), _finite(head["pivot"][1]))
    return Rig(
        str(head["id"]),
        str(head["name"]),
        size,
        layers,
        mesh,
        grid,
        (left, right),
        _sprites(head["sprites"], layers["mouth"]),
        _floats(jaw),
        pivot,
    )


def _sprites(listed: list[dict[str, Any]], sheet: Layer) -> tuple[Sprite, ...]:
    rows, columns = sheet.pixels.shape[:2]
    found = []
    for entry in listed:
        x, y, w, h = (int(v) for v in entry["box"])
        if min(x, y, w - 1, h - 1) < 0 or x + w > columns or y + h > rows:
            raise ValueError(f"the mouth part {entry['name']!r} lies outside its picture")
        at = (_finite(entry["at"][0]), _finite(entry["at"][1]))
        found.append(Sprite(str(entry["name"]), (x, y, w, h), at, _finite(entry["z"]), _finite(entry["follows_jaw"])))
    return tuple(found)


def _decode(data: bytes, name: str, size_px: int) -> Bytes:
    """WebP to premultiplied BGRA, refusing pictures larger than the square before they are unpacked."""
    try:
        with Image.open(io.BytesIO(data), formats=("WEBP",)) as picture:
            if max(picture.size) > size_px:
                raise RigUnreadable(f"The layer {name} is larger than the rig.")
            straight = np.asarray(picture.convert("RGBA"))
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise RigUnreadable(f"The layer {name} is not a WebP picture.") from error
    return premultiplied(cv2.cvtColor(straight, cv2.COLOR_RGBA2BGRA))


def premultiplied(straight: Bytes) -> Bytes:
    """Multiply colour by alpha with rounding, as a graphics card's upload does."""
    alpha = straight[..., 3:].astype(np.uint16)
    return np.dstack([((straight[..., :3] * alpha + 127) // 255).astype(np.uint8), straight[..., 3:]])


def _between(value: Any, low: int, high: int) -> int:
    if not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"{value!r} is not between {low} and {high}")
    return value


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("a number is not finite")
    return number


def _floats(array: Any) -> Floats:
    return np.asarray(array, np.float32)
