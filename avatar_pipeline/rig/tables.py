"""How a rig's numbers lie in `mesh.bin`: which tables, of which type and width, in which order. Little-endian.

Positions are int16 in steps of size/32768; depth likewise. Shares and sway are bytes (0..255 = 0..1). Displacements are
one signed byte per axis in steps of `unit_step` (one per unit, in rig.json), only for the vertices a unit's bit mask names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.rig.rig import Floats, Grid, Mesh

POSITION_STEPS: Final = 32768
UNITS: Final = 52
FINEST_MOVE_PX: Final = 0.05  # at 512; finer steps would only store motion nobody can see
SECTIONS: Final = ("xy", "z", "triangles", "sway", "open_share", "closed_share", "lash", "grid_z", "grid_sway", "masks", "moves")
_FLAT: Final[dict[str, str]] = {
    "xy": "<i2", "z": "<i2", "triangles": "<u2", "sway": "u1", "open_share": "u1", "closed_share": "u1", "lash": "u1",
    "grid_z": "<i2", "grid_sway": "u1", "masks": "u1", "moves": "i1",
}  # fmt: skip


@dataclass(frozen=True)
class Counts:
    """What the reader must know before it can cut `mesh.bin`: all from rig.json."""

    size_px: int
    vertices: int
    triangles: int
    grid: int
    unit_step: tuple[float, ...]


def pack(mesh: Mesh, grid: Grid, size_px: int) -> tuple[bytes, Counts]:
    """Quantise the tables; half a step is the largest error (1/128 px in position at 512, under 0.2 px in displacement)."""
    step = size_px / POSITION_STEPS
    reach = np.abs(mesh.deltas).max(axis=(1, 2))
    unit_step = tuple(float(f"{max(r / 127, size_px / 512 * FINEST_MOVE_PX):.6g}") for r in reach)
    moves = np.rint(mesh.deltas / np.array(unit_step)[:, None, None]).astype(np.int8)
    moving = (moves != 0).any(axis=2)
    tables: dict[str, NDArray[np.generic]] = {
        "xy": np.rint(mesh.xy / step), "z": np.rint(mesh.z / step), "triangles": mesh.triangles, "sway": np.rint(mesh.sway * 255),
        "open_share": np.rint(mesh.open_share * 255), "closed_share": np.rint(mesh.closed_share * 255), "lash": np.rint(mesh.lash * 255),
        "grid_z": np.rint(grid.z / step), "grid_sway": np.rint(grid.sway * 255),
        "masks": np.packbits(moving, axis=1, bitorder="little"), "moves": moves[moving],
    }  # fmt: skip
    blob = b"".join(_aligned(tables[name].astype(_FLAT[name]).tobytes()) for name in SECTIONS)
    return blob, Counts(size_px, len(mesh.xy), len(mesh.triangles), grid.z.shape[0], unit_step)


def _aligned(data: bytes) -> bytes:
    """Pad to four bytes, so that a browser may lay typed arrays straight over the file."""
    return data + b"\0" * (-len(data) % 4)


def unpack(blob: bytes, counts: Counts) -> tuple[Mesh, Grid]:
    """Cut `mesh.bin` back into tables. Raises ValueError when lengths or vertex numbers do not fit."""
    v, t, g = counts.vertices, counts.triangles, counts.grid
    mask_bytes = (v + 7) // 8
    sizes = {"xy": v * 2, "z": v, "triangles": t * 3, "sway": v, "open_share": v * 2, "closed_share": v * 2, "lash": v,
             "grid_z": g * g, "grid_sway": g * g, "masks": UNITS * mask_bytes}  # fmt: skip
    take, rest = _cutter(blob)
    raw = {name: take(_FLAT[name], sizes[name]) for name in SECTIONS[:-1]}
    moving = np.unpackbits(raw["masks"].astype(np.uint8).reshape(UNITS, mask_bytes), axis=1, count=v, bitorder="little").astype(bool)
    moves = take("i1", int(moving.sum()) * 2)
    if rest() != 0 or (t and int(raw["triangles"].max()) >= v):
        raise ValueError("mesh.bin does not hold what rig.json says")
    step = np.float32(counts.size_px / POSITION_STEPS)
    deltas = np.zeros((UNITS, v, 2), np.float32)
    deltas[moving] = moves.reshape(-1, 2)
    deltas *= np.array(counts.unit_step, np.float32)[:, None, None]
    share = {n: raw[n].astype(np.float32) / np.float32(255) for n in ("sway", "open_share", "closed_share", "lash", "grid_sway")}
    mesh = Mesh(
        xy=raw["xy"].astype(np.float32).reshape(v, 2) * step, z=raw["z"].astype(np.float32) * step, sway=share["sway"],
        open_share=share["open_share"].reshape(v, 2), closed_share=share["closed_share"].reshape(v, 2), lash=share["lash"],
        triangles=raw["triangles"].astype(np.uint16).reshape(t, 3), deltas=deltas,
    )  # fmt: skip
    return mesh, Grid(_square(raw["grid_z"].astype(np.float32) * step, g), _square(share["grid_sway"], g))


def _square(flat: Floats, side: int) -> Floats:
    return flat.reshape(side, side)


def _cutter(blob: bytes) -> tuple[Callable[[str, int], NDArray[np.generic]], Callable[[], int]]:
    """A function that takes the next table from the blob, and one that says how many bytes are left."""
    offset = 0

    def take(kind: str, count: int) -> NDArray[np.generic]:
        nonlocal offset
        length = np.dtype(kind).itemsize * count
        if offset + length > len(blob):
            raise ValueError("mesh.bin is too short")
        table = np.frombuffer(blob, kind, count, offset)
        offset += length + (-length % 4)
        return table

    return take, lambda: len(blob) - offset
