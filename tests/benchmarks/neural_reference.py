"""The loop that everybody runs: one conversation at a time, eight frames a batch. Our figures are set beside this one's.

It is how the published real-time script and the services built on it draw (avatar by avatar, a list of latents joined for every batch,
a copy to the processor that the card waits for, rounding and mixing there), without what nobody would defend: no PNG files, no second
encoder. Same networks, same weights, same card, same run. Half precision where there is a card, as published.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from avatar_pipeline.networks.blend import blend
from avatar_pipeline.networks.face_codec import decode
from avatar_pipeline.networks.sound_windows import places

BATCH = 8


@dataclass(frozen=True, eq=False)
class ReferenceLoop:
    """The lip network and the codec on one device. `draw` is one conversation's."""

    lips: Any
    codec: Any
    device: torch.device
    dtype: torch.dtype

    @torch.inference_mode()
    def draw(
        self, latents: NDArray[np.float32], crops: NDArray[np.uint8], mask: NDArray[np.uint8], sound: NDArray[np.float32]
    ) -> Iterator[NDArray[np.uint8]]:
        """One picture for each window of `sound`, the avatar's frames in a cycle."""
        kept = [torch.from_numpy(latent)[None].to(self.device, self.dtype) for latent in latents]
        table = torch.from_numpy(places()).to(self.device, self.dtype)
        for start in range(0, len(sound), BATCH):
            heard = torch.from_numpy(sound[start : start + BATCH]).to(self.device, self.dtype) + table
            numbers = [(start + row) % len(kept) for row in range(len(heard))]
            faces = torch.cat([kept[number] for number in numbers])
            drawn = self.lips(faces, torch.zeros((), dtype=torch.long, device=self.device), heard).sample
            pictures = decode(self.codec, drawn)
            mouths = ((pictures / 2 + 0.5).clamp(0, 1).cpu().permute(0, 2, 3, 1).float().numpy() * 255).round().astype(np.uint8)
            for number, mouth in zip(numbers, mouths, strict=True):
                yield blend(crops[number].copy(), mouth, mask)
