"""The talking head networks as the mouth of a studio's films: each take is prepared from its own pictures, then drawn over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.engines.musetalk import hear, prepare
from avatar_pipeline.neural import (
    SAMPLE_RATE_HZ,
    HeadNetworks,
    NeuralCast,
    NeuralFace,
    TalkingHead,
    device_here,
    fingerprint_of,
    neural_pictures,
    read_networks,
)

if TYPE_CHECKING:
    from avatar_pipeline.networks.protocol import TalkingHeadNetwork

Bytes = NDArray[np.uint8]


class NeuralMouth:
    """A Mouth (avatar_pipeline.scenes.mouth): the head and lips move as the rig has them, the mouth is the networks'."""

    def __init__(self, networks: HeadNetworks, head: TalkingHeadNetwork, *, fingerprint: str, device: str = "cpu") -> None:
        """`fingerprint` names the weights."""
        self.name = f"musetalk {fingerprint}"
        self._networks, self._head, self._device = networks, head, device

    def over(self, pictures: Callable[[], Iterator[Bytes]], size_px: int, samples: NDArray[np.int16]) -> Iterator[Bytes]:
        """The take's pictures with the networks' mouth; those without sound as they are. Raises FaceNotFollowed."""
        with TemporaryDirectory(prefix="tillhand-take-") as folder:
            prepared = prepare(pictures, self._networks, Path(folder), device=self._device)
            cast = NeuralCast(NeuralFace(pictures, size_px, b""), prepared, self._networks, self._head)
            yield from neural_pictures(cast, hear(samples, SAMPLE_RATE_HZ, self._networks))


def mouth_from(weights: Path) -> NeuralMouth:
    """Load the published networks of a folder where they run best here, warmed up. Raises StageRefusal."""
    networks, device = read_networks(weights), device_here()
    head = TalkingHead(networks, device=device)
    head.warm_up()
    return NeuralMouth(networks, head, fingerprint=fingerprint_of(weights), device=device)
