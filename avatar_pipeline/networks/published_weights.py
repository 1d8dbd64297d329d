"""The talking head's trained weights as their makers publish them: which files, under which licence, with which fingerprint.

They lie in one folder in the layout that MuseTalk's own guide describes, so that a folder made for that program works here too. Nothing
of them is in this repository or its packages; `python -m app weights fetch` brings them, after their licences were shown and accepted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

State = Literal["whole", "missing", "other bytes"]
_CHUNK: Final = 1 << 22


@dataclass(frozen=True)
class PublishedFile:
    """One file: where it lies in the folder, and where and as what it was published. `is_optional`: quality works without it."""

    path: str
    repository: str
    revision: str
    file_name: str
    sha256: str
    licence: str
    is_optional: bool = False

    def state(self, folder: Path) -> State:
        """Whether the folder has it, byte for byte. Reads the whole file (seconds a gigabyte)."""
        found = folder / self.path
        if not found.is_file():
            return "missing"
        return "whole" if sha256_of(found) == self.sha256 else "other bytes"


_MUSETALK: Final = ("TMElyralab/MuseTalk", "3ef28bc5cff08c90ad8178a25f1b570cd800170f")
_CODEC: Final = ("stabilityai/sd-vae-ft-mse", "31f26fdeee1355a5c34592e401dd41e45d25a493")
_TURBO: Final = ("madebyollin/taesd", "614f76814bbe30edbe2e627ace1c2234c81a2c0e")
_WHISPER: Final = ("openai/whisper-tiny", "169d4a4341b33bc18d8881c4b69c2e104e1cc0af")
_MUSETALK_TERMS: Final = (
    "any purpose, also commercial, say its authors; its page names CreativeML Open RAIL-M, whose use restrictions you then accept"
)
HEAD_WEIGHTS: Final[tuple[PublishedFile, ...]] = (
    PublishedFile(
        "musetalkV15/musetalk.json", *_MUSETALK, "musetalkV15/musetalk.json",
        "5b6923aee04d71692e0e9846c471e0a4ea07a4f686d39545e472bd4ba17e1b47", _MUSETALK_TERMS,
    ),
    PublishedFile(
        "musetalkV15/unet.pth", *_MUSETALK, "musetalkV15/unet.pth",
        "7ebf6c98c181e20838e4c0054e96e944ac60d5d692cc01db42839fe11b787007", _MUSETALK_TERMS,
    ),
    PublishedFile("sd-vae/config.json", *_CODEC, "config.json", "92d3dfb746fca211a2c9e019e285f8597412211728dce3c5bcf4eda0f2d62e7e", "MIT"),
    PublishedFile(
        "sd-vae/diffusion_pytorch_model.bin", *_CODEC, "diffusion_pytorch_model.bin",
        "1b4889b6b1d4ce7ae320a02dedaeff1780ad77d415ea0d744b476155c6377ddc", "MIT",
    ),
    PublishedFile(
        "whisper/config.json", *_WHISPER, "config.json", "ffdccec4f3211f4c63310f2b7098f309fe70f3952cedc5e4d11e43f5b2379b98", "Apache-2.0"
    ),
    PublishedFile(
        "whisper/pytorch_model.bin", *_WHISPER, "pytorch_model.bin",
        "9607f98a2b22d9e229ae43c52ecea79dcede9e0c5cfae67e8da6eda86d8aac1d", "Apache-2.0",
    ),
    PublishedFile(
        "taesd/diffusion_pytorch_model.safetensors", *_TURBO, "diffusion_pytorch_model.safetensors",
        "db169d69145ec4ff064e49d99c95fa05d3eb04ee453de35824a6d0f325513549", "MIT", is_optional=True,
    ),
)  # fmt: skip
"""The fingerprints are those the hub states for these revisions, taken from public lists: the UNet's and the decoders' stand in several."""


def sha256_of(path: Path) -> str:
    """A file's fingerprint, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def fetch(folder: Path, wanted: PublishedFile, download: Callable[[PublishedFile, Path], Path]) -> None:
    """Bring one file into the folder and prove its bytes; a file that is there is left alone.

    `download` fetches into a folder and says where the file is. What comes and does not match its fingerprint is removed. Raises
    WeightsDamaged for that, and for a file that lies there with other bytes: it may be somebody's own, and nobody said that it may go.
    """
    from avatar_pipeline.errors import WeightsDamaged

    state = wanted.state(folder)
    if state == "other bytes":
        raise WeightsDamaged(f"{wanted.path} is there with other bytes than the published ones. Move it away to have those.")
    if state == "whole":
        return
    target = folder / wanted.path
    target.parent.mkdir(parents=True, exist_ok=True)
    came = download(wanted, folder / ".coming")
    found = sha256_of(came)
    if found != wanted.sha256:
        came.unlink()
        raise WeightsDamaged(f"{wanted.path} came with sha256 {found[:12]}..., published is {wanted.sha256[:12]}...; it was not kept.")
    came.replace(target)


def from_hub(wanted: PublishedFile, into: Path) -> Path:
    """Fetch a file of a public hub repository at its pinned revision, resuming what an earlier try left. Needs the neural parts."""
    from huggingface_hub import hf_hub_download

    return Path(hf_hub_download(wanted.repository, wanted.file_name, revision=wanted.revision, local_dir=str(into)))
