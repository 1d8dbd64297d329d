"""Published weights into networks: files are compared with what the networks expect, renamed where makers used older names, and loaded.

Files are read as plain tensors only (no code in a file is run). The lip network's file may be `unet.pth` or the same tensors as
`unet.safetensors`; the autoencoder's `.bin` names its attention as the library did before 2023.
"""

from __future__ import annotations

import hashlib
import pickle
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from avatar_pipeline.errors import NeuralPartsMissing, WeightsDamaged, WeightsMissing
from avatar_pipeline.networks.face_codec import build_codec, build_turbo
from avatar_pipeline.networks.head_networks import HeadNetworks
from avatar_pipeline.networks.layout import difference, lip_layout
from avatar_pipeline.networks.lip_network import build_lip_network, require_same_network
from avatar_pipeline.networks.shape import PUBLISHED, HeadShape
from avatar_pipeline.networks.sound_windows import build_listener

LIPS: Final = ("musetalkV15/unet.pth", "musetalkV15/unet.safetensors")
CODEC: Final = tuple(
    f"{folder}/diffusion_pytorch_model.{kind}" for folder in ("sd-vae", "sd-vae-ft-mse") for kind in ("safetensors", "bin")
)
LISTENER: Final = ("whisper/model.safetensors", "whisper/pytorch_model.bin")
TURBO: Final = ("taesd/diffusion_pytorch_model.safetensors", "taesd/diffusion_pytorch_model.bin")
_OLD_NAMES: Final = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}


def read_networks(folder: Path, shape: HeadShape = PUBLISHED) -> HeadNetworks:
    """Load a folder in the published layout. Raises WeightsMissing or WeightsDamaged with a sentence, NeuralPartsMissing without torch."""
    try:
        import torch
    except ImportError as error:
        raise NeuralPartsMissing("Loading these weights needs torch. Run make setup-neural.") from error
    described = folder / "musetalkV15/musetalk.json"
    if described.is_file():
        require_same_network(described, shape)
    tensors = _tensors(_found(folder, LIPS))
    if other := difference({name: tuple(tensor.shape) for name, tensor in tensors.items()}, lip_layout(shape)):
        raise WeightsDamaged(f"{LIPS[0]} is not the lip network of MuseTalk 1.5: {other}.")
    with torch.device("meta"):
        lips, codec, listener = build_lip_network(shape), build_codec(shape), build_listener()
        turbo = build_turbo(shape) if any((folder / name).is_file() for name in TURBO) else None
    _fill(lips, tensors, LIPS[0])
    _fill(codec, with_present_names(_tensors(_found(folder, CODEC))), "sd-vae")
    _fill(listener, encoder_alone(_tensors(_found(folder, LISTENER))), "whisper")
    if turbo is not None:
        _fill(turbo, _tensors(_found(folder, TURBO)), "taesd")
    return HeadNetworks(shape, listener, lips, codec, turbo)


def fingerprint_of(folder: Path) -> str:
    """Names the weights in a folder on this machine: another name as soon as one of their files is put in another's place."""
    digest = hashlib.sha256()
    for name in (*LIPS, *CODEC, *LISTENER, *TURBO):
        if (folder / name).is_file():
            about = (folder / name).stat()
            digest.update(f"{name} {about.st_size} {about.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def with_present_names(tensors: Mapping[str, Any]) -> dict[str, Any]:
    """Autoencoder tensors under the names that diffusers uses today; 1x1 convolutions of the oldest files become matrices."""
    renamed = {}
    for name, tensor in tensors.items():
        new = re.sub(r"\.attentions\.0\.(query|key|value|proj_attn)\.", lambda found: f".attentions.0.{_OLD_NAMES[found[1]]}.", name)
        is_kernel = ".attentions.0.to_" in new and tensor.ndim == 4
        renamed[new] = tensor[:, :, 0, 0] if is_kernel else tensor
    return renamed


def encoder_alone(tensors: Mapping[str, Any]) -> dict[str, Any]:
    """The encoder's tensors of a whole whisper, without the prefix they carry there."""
    found = {match[1]: tensor for name, tensor in tensors.items() if (match := re.fullmatch(r"(?:model\.)?encoder\.(.+)", name))}
    return found or dict(tensors)


def _found(folder: Path, names: tuple[str, ...]) -> Path:
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise WeightsMissing(f"The weights folder has no {' or '.join(names)}. `python -m app weights list` says what belongs there.")


def _tensors(path: Path) -> dict[str, Any]:
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        if path.suffix == ".safetensors":
            return dict(load_file(path))
        return dict(torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path)))
    except (pickle.UnpicklingError, SafetensorError, RuntimeError, ValueError, OSError, EOFError) as error:
        # What the libraries say stays out of it: torch advises to load such a file in a way that runs what is in it.
        raise WeightsDamaged(f"{path.name} cannot be read as tensors: it is damaged, or no file of weights. Fetch it again.") from error


def _fill(network: Any, tensors: Mapping[str, Any], name: str) -> None:
    """Put tensors into a network that was built without memory, in single precision."""
    import torch

    wanted = {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}
    found = {key: tensor for key, tensor in tensors.items() if key in wanted or not key.endswith("num_batches_tracked")}
    if other := difference({key: tuple(tensor.shape) for key, tensor in found.items()}, wanted):
        raise WeightsDamaged(f"The weights {name} are not those this engine runs: {other}.")
    network.load_state_dict({key: tensor.to(torch.float32) for key, tensor in found.items()}, assign=True)
    network.eval().requires_grad_(False)
