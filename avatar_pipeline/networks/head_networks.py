"""The trained parts of a talking head, loaded together: listener, lip network, autoencoder and, when there, the small decoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from avatar_pipeline.networks.face_codec import build_codec, build_turbo
from avatar_pipeline.networks.lip_network import build_lip_network
from avatar_pipeline.networks.shape import HeadShape
from avatar_pipeline.networks.sound_windows import build_listener


@dataclass(frozen=True, eq=False)
class HeadNetworks:
    """torch modules in single precision on the processor; whoever runs them moves copies where they are needed."""

    shape: HeadShape
    listener: Any
    lips: Any
    codec: Any
    turbo: Any | None


def random_networks(shape: HeadShape, seed: int) -> HeadNetworks:
    """Networks that have learned nothing, the same for the same seed: for tests and for measuring speed without weights."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return HeadNetworks(shape, build_listener(), build_lip_network(shape), build_codec(shape), build_turbo(shape))
