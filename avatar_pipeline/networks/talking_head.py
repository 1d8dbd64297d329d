"""MuseTalk's networks as a scheduler drives them: batches of any conversations in, finished patches out.

Everything between the sound's windows and the blended bytes happens where the networks lie: frames are looked up in memory that never
moves, the mouth is drawn, decoded, rounded and mixed there, and only the lower half of the face crop, as bytes, is copied out. On a CUDA
card each batch size is recorded once as a graph and replayed; on a processor the same lines run directly.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Sequence
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.errors import NeuralPartsMissing
from avatar_pipeline.networks.blend import blend_tensors, to_pixels
from avatar_pipeline.networks.bucket import Bucket, Pictures
from avatar_pipeline.networks.face_codec import decode, decode_turbo
from avatar_pipeline.networks.frame_store import FrameStore
from avatar_pipeline.networks.head_networks import HeadNetworks
from avatar_pipeline.networks.protocol import BUCKETS, ON_PROCESSOR, AvatarFrames, Batch, NetworkFacts, PatchPlace
from avatar_pipeline.networks.sound_windows import places

Quality = Literal["quality", "turbo"]
FRAMES_MAX: Final = {"cuda": 20_000, "cpu": 2_000}  # 2.2 GB of frames on a card at the published size
_ROUNDS: Final = {"cuda": 20, "cpu": 2}
FUSED_MAX: Final = 64
"""Batch sizes that torch fuses, all heads of a process together. By itself it fuses eight and then runs the others unfused."""


def device_here() -> str:
    """Where networks run on this machine: "cuda" with a card, else "cpu"."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


class TalkingHead:
    """A TalkingHeadNetwork (avatar_pipeline.networks.protocol). One thread makes every call."""

    def __init__(
        self,
        networks: HeadNetworks,
        *,
        decoder: Quality = "quality",
        device: str = "cpu",
        buckets: Sequence[int] = BUCKETS,
        frames_max: int | None = None,
        is_compiled: bool = False,
        has_graphs: bool = True,
    ) -> None:
        """Move copies of the networks to `device` ("cpu", "cuda" or "cuda:1"): half precision on a card, single on a processor.

        `is_compiled` lets torch fuse the layers (a minute or two, once); `has_graphs` False runs a card without recorded batches.
        Raises NeuralPartsMissing when the turbo decoder is asked for and was not loaded.
        """
        import torch

        if decoder == "turbo" and networks.turbo is None:
            raise NeuralPartsMissing("The turbo decoder (TAESD) is not among the loaded weights. Fetch it, or choose quality.")
        shape = networks.shape
        self.device, self.decoder, self.buckets = torch.device(device), decoder, tuple(sorted(buckets))
        self._is_card = self.device.type == "cuda"
        dtype = torch.float16 if self._is_card else torch.float32
        self._lips, codec = (
            self._placed(part, dtype) for part in (networks.lips, networks.turbo if decoder == "turbo" else networks.codec)
        )
        self._codec, self._decode = codec, decode_turbo if decoder == "turbo" else decode
        self._moment = torch.zeros((1,), dtype=torch.long, device=self.device)
        self._places = torch.from_numpy(places()).to(self.device, dtype)
        self.place = PatchPlace(shape.side, shape.side // 2, shape.side // 2)
        self.store = FrameStore(shape, self.place, frames_max or FRAMES_MAX[self.device.type], self._places)
        self._network = self._fused() if is_compiled else self._run
        self._has_graphs = has_graphs and self._is_card
        self._pool = torch.cuda.graph_pool_handle() if self._has_graphs else None
        self._recorded: dict[int, Bucket] = {}

    def warm_up(self) -> NetworkFacts:
        """Record every batch size and measure it. Takes seconds on a card, minutes when compiling."""
        import torch

        if self._is_card:
            torch.backends.cudnn.benchmark = True
        seconds = {size: self._measure(size) for size in reversed(self.buckets)}  # the largest first: the others fit into its memory
        device = torch.cuda.get_device_name(self.device) if self._is_card else ON_PROCESSOR
        memory = torch.cuda.get_device_properties(self.device).total_memory if self._is_card else 0
        engine = "musetalk" if self.decoder == "quality" else "musetalk-turbo"
        return NetworkFacts(engine, device, self.place, seconds, self.store.bytes_per_frame, memory)

    def keep(self, avatar: AvatarFrames) -> int:
        """Bring an avatar's frames into memory and give its number. Raises AvatarDoesNotFit."""
        return self.store.keep(avatar)

    def drop(self, avatar: int) -> None:
        """Free an avatar's memory at once."""
        self.store.drop(avatar)

    def submit(self, batch: Batch) -> Pictures:
        """Start a batch; its patches are taken from what is returned, at most four batches later. ValueError for too many rows."""
        rows = len(batch.avatars)
        if not 1 <= rows <= self.buckets[-1] or rows != len(batch.frames) or rows != len(batch.sound):
            raise ValueError(f"A batch has 1 to {self.buckets[-1]} rows in all its parts; this one has {rows}.")
        frames, masks = self.store.find(batch.avatars, batch.frames)
        return self._bucket(rows).run(frames, masks, batch.sound)

    def _bucket(self, rows: int) -> Bucket:
        size = next(size for size in self.buckets if size >= rows)
        if size not in self._recorded:
            self._recorded[size] = Bucket(size, self._draw, self._places, has_graph=self._has_graphs, pool=self._pool)
        return self._recorded[size]

    def _draw(self, frames: Any, masks: Any, sound: Any) -> Any:
        """Everything a batch does on the device: places of frames and masks, windows of sound -> patches, uint8 NHWC."""
        store, rows = self.store, slice(self.place.top, self.place.top + self.place.height)
        pictures = self._network(store.latents.index_select(0, frames), sound + self._places)
        mouths = to_pixels(pictures[:, :, rows])
        return blend_tensors(store.crops.index_select(0, frames), mouths, store.masks.index_select(0, masks))

    def _run(self, latents: Any, sound: Any) -> Any:
        import torch

        if self._is_card:
            latents = latents.contiguous(memory_format=torch.channels_last)
        drawn = self._lips(latents, self._moment, sound, return_dict=False)[0]
        return self._decode(self._codec, drawn)

    def _fused(self) -> Any:
        import torch
        from torch._dynamo import config

        config.recompile_limit = max(config.recompile_limit, FUSED_MAX)
        return torch.compile(self._run, dynamic=False)

    def _placed(self, part: Any, dtype: Any) -> Any:
        import torch

        placed = torch.nn.Module.to(copy.deepcopy(part), self.device, dtype)  # diffusers' own `to` warns of layers it does not have
        return torch.nn.Module.to(placed, memory_format=torch.channels_last) if self._is_card else placed

    def _measure(self, size: int) -> float:
        """The middle time of a batch of that size, from handing it in to having its bytes."""
        import torch

        bucket, nobody = self._bucket(size), np.zeros(size, np.int64)
        sound: NDArray[np.float32] = np.zeros((size, *self._places.shape), np.float32)
        times = []
        with torch.inference_mode():
            for _ in range(_ROUNDS[self.device.type]):
                start = time.perf_counter()
                bucket.run(nobody, nobody, sound).take()
                times.append(time.perf_counter() - start)
        return float(np.median(times))
