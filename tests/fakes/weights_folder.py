"""A weights folder as MuseTalk's own guide describes it, with networks of any size: files, names and precisions of the published ones."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from avatar_pipeline.networks.lip_network import lip_network_config
from avatar_pipeline.neural import HeadNetworks

NAMES_BEFORE_2023 = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}


def lay_out(folder: Path, networks: HeadNetworks) -> Path:
    """Write the folder; its parts must not be there yet."""
    for name in ("musetalkV15", "sd-vae", "whisper", "taesd"):
        (folder / name).mkdir(parents=True)
    described = lip_network_config(networks.shape) | {"_class_name": "UNet2DConditionModel"}
    (folder / "musetalkV15/musetalk.json").write_text(json.dumps(described))
    torch.save(networks.lips.state_dict(), folder / "musetalkV15/unet.pth")
    codec = {_with_old_names(name): tensor for name, tensor in networks.codec.state_dict().items()}
    torch.save(codec, folder / "sd-vae/diffusion_pytorch_model.bin")
    whisper = {f"model.encoder.{name}": tensor.half() for name, tensor in networks.listener.state_dict().items()}
    torch.save(whisper | {"model.decoder.embed_tokens.weight": torch.zeros(3, 3)}, folder / "whisper/pytorch_model.bin")
    assert networks.turbo is not None
    save_file(networks.turbo.state_dict(), folder / "taesd/diffusion_pytorch_model.safetensors")
    return folder


def _with_old_names(name: str) -> str:
    if ".attentions.0." in name:
        for new, old in NAMES_BEFORE_2023.items():
            name = name.replace(f".{new}.", f".{old}.")
    return name
