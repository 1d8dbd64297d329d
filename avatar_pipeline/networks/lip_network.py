"""The network that draws a mouth: the sound of a moment and a face with its lower half hidden go in, the whole face comes out.

It is the image network of Stable Diffusion 1 (diffusers builds it) with eight channels in, four of the hidden face and four of a face
for reference, and sound where the words of a prompt would stand. One step, no noise, no guidance: MuseTalk 1.5, Zhang et al. 2024.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from avatar_pipeline.errors import WeightsDamaged
from avatar_pipeline.networks.shape import SOUND_WIDTH, HeadShape

CHANNELS_IN: Final = 8
CHANNELS_OUT: Final = 4
_KINDS: Final = ("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D")


def lip_network_config(shape: HeadShape) -> dict[str, Any]:
    """What diffusers is told. `attention_head_dim` counts heads here, an old name in that library."""
    return {
        "sample_size": 64,
        "in_channels": CHANNELS_IN,
        "out_channels": CHANNELS_OUT,
        "down_block_types": _KINDS,
        "up_block_types": tuple(kind.replace("Down", "Up") for kind in reversed(_KINDS)),
        "block_out_channels": shape.channels,
        "layers_per_block": shape.layers,
        "cross_attention_dim": SOUND_WIDTH,
        "attention_head_dim": shape.heads,
        "norm_num_groups": shape.groups,
        "norm_eps": 1e-5,
        "act_fn": "silu",
        "flip_sin_to_cos": True,
        "freq_shift": 0,
        "downsample_padding": 1,
        "mid_block_scale_factor": 1,
    }


def build_lip_network(shape: HeadShape) -> Any:
    """The network with random weights (seed torch first), ready to run. Under `torch.device("meta")` it takes no memory."""
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(**lip_network_config(shape)).eval().requires_grad_(False)


def require_same_network(path: Path, shape: HeadShape) -> None:
    """Compare a published `musetalk.json` with what this file builds. Raises WeightsDamaged, naming what differs."""
    told = json.loads(path.read_text(encoding="utf-8"))
    ours = {key: list(value) if isinstance(value, tuple) else value for key, value in lip_network_config(shape).items()}
    other = sorted(key for key, value in told.items() if key in ours and value != ours[key])
    if other:
        raise WeightsDamaged(f"{path.name} describes another network: {', '.join(f'{key} {told[key]!r}' for key in other)}.")
