"""Write a rig to its file: a stored zip of rig.json, WebP layers and mesh.bin, the same bytes for the same rig."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from avatar_pipeline.rig.rig import FORMAT, LAYERS, Bytes, Floats, Layer, Rig
from avatar_pipeline.rig.tables import pack

_EPOCH = (2026, 1, 1, 0, 0, 0)  # a fixed date: files that differ only by the clock would defeat every cache


def write_rig(rig: Rig, *, quality: int = 84, effort: int = 6) -> bytes:
    """Give the file's bytes. `quality` is WebP's 0..100 for the large pictures; mouth and eyes get a little more; `effort`
    (0..6) is how long WebP looks for a smaller file."""
    blob, counts = pack(rig.mesh, rig.grid, rig.size_px)
    head = {
        "format": FORMAT, "id": rig.face_id, "name": rig.name, "size_px": rig.size_px, "pivot": [round(v, 2) for v in rig.pivot],
        "vertices": counts.vertices, "triangles": counts.triangles, "grid": counts.grid, "unit_step": counts.unit_step,
        "layers": {name: [rig.layers[name].x, rig.layers[name].y] for name in LAYERS},
        "eyes": [asdict(eye) for eye in rig.eyes], "sprites": [asdict(sprite) for sprite in rig.sprites],
        "jaw": [[round(float(v), 3) for v in row] for row in rig.jaw],
    }  # fmt: skip
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        _add(archive, "rig.json", json.dumps(head, separators=(",", ":")).encode())
        _add(archive, "mesh.bin", blob)
        for name in LAYERS:
            fine = quality if name in ("background", "person", "open", "closed") else min(100, quality + 6)
            _add(archive, f"{name}.webp", encode_webp(rig.layers[name], fine, effort))
    return out.getvalue()


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, _EPOCH), data)


def encode_webp(layer: Layer, quality: int, effort: int = 6) -> bytes:
    """WebP of one layer. The colour beside the matte is spread outwards first, or its edge would take on black."""
    straight = _straight(layer.pixels)
    picture = Image.fromarray(cv2.cvtColor(straight, cv2.COLOR_BGRA2RGBA))
    if straight[..., 3].min() == 255:
        picture = picture.convert("RGB")
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=quality, method=effort, alpha_quality=90, exact=True)
    return out.getvalue()


def _straight(premultiplied: Bytes) -> Bytes:
    """Undo the premultiplication and fill what is transparent from its neighbourhood."""
    if premultiplied[..., 3].min() == 255:
        return premultiplied
    alpha = premultiplied[..., 3:].astype(np.float32) / 255
    colour = premultiplied[..., :3].astype(np.float32)
    fill, weight = colour.copy(), alpha.copy()
    for sigma in (2, 6, 20, 60):
        wide, share = _blurred(colour, sigma), _blurred(alpha, sigma)[..., None]
        open_ = weight < 0.02
        fill = np.where(open_ & (share > 1e-3), wide / np.maximum(share, 1e-3), fill)
        weight = np.where(open_ & (share > 1e-3), 1.0, weight)
    known = np.where(alpha >= 0.02, colour / np.maximum(alpha, 0.02), fill)
    return np.dstack([np.clip(np.rint(known), 0, 255), premultiplied[..., 3:]]).astype(np.uint8)


def _blurred(picture: NDArray[np.floating[Any]], sigma: float) -> Floats:
    """A Gaussian blur, worked out on fewer pixels the wider it is: the same picture at a tenth of the time."""
    rows, columns = picture.shape[:2]
    step = min(8.0, max(1.0, sigma / 2.5))
    small = cv2.resize(picture, (max(1, round(columns / step)), max(1, round(rows / step))), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(cv2.GaussianBlur(small, (0, 0), sigma / step), (columns, rows)), np.float32)
