"""What the stage scheduler asks of a network that draws talking faces, and all it may know of one.

A network keeps every avatar's prepared frames in its own memory (on a graphics card, when there is one). A batch then names, for each
picture wanted, the avatar, the frame of its loop and the sound around that moment, whoever the pictures are for: rows of one batch
belong to different conversations and never influence one another. Batches have one of a few fixed sizes, because a graphics card
replays a recorded batch several times faster than it runs a new shape; the scheduler fills them with as many rows as are due.

One thread owns a network and makes every call. `submit` returns at once; `take` waits. So the next batch can be gathered while the card
works on the last one, and `is_ready` tells when that is done: a batch taken later than that would be measured with the wait for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

BUCKETS = (1, 4, 8, 16, 32)
AUDIO_STEPS, AUDIO_FEATURES = 50, 384  # ten moments of five layers each, of whisper-tiny's width


@dataclass(frozen=True, eq=False)
class AvatarFrames:
    """An avatar, prepared: a loop of frames that the network can put a mouth into. Made by an engine, kept on disk, read-only.

    `latents` is float32 [frames, 8, h, w] (the masked crop's four channels, then the whole crop's); `crops` is uint8
    [frames, side, side, 3], RGB, the face as it is in each frame; `mask` is uint8 [side, side], how much of the drawn mouth shows.
    """

    latents: NDArray[np.float32]
    crops: NDArray[np.uint8]
    mask: NDArray[np.uint8]

    @property
    def frames(self) -> int:
        """Length of the loop."""
        return len(self.latents)


@dataclass(frozen=True, eq=False)
class Batch:
    """Pictures wanted, one a row: `avatars` int64 [rows] (what `keep` returned), `frames` int64 [rows], `sound` float32 [rows, 50, 384].

    1 <= rows <= the largest bucket. The network fills up to the next bucket itself; the filling is never handed out.
    """

    avatars: NDArray[np.int64]
    frames: NDArray[np.int64]
    sound: NDArray[np.float32]


@dataclass(frozen=True)
class PatchPlace:
    """Which part of a crop (side pixels square) is drawn and handed out; the rest of the crop never changes."""

    side: int
    top: int
    height: int


ON_PROCESSOR: Final = "processor"
"""The device of a network that has no card: it draws while `submit` is called."""


@dataclass(frozen=True)
class NetworkFacts:
    """What a network can do on this machine, measured when it was warmed up.

    `engine` and `device` are words for people and for routing; `seconds_per_batch` is the time one batch of each bucket takes from
    `submit` to `take`; `bytes_per_frame` is what one frame of an avatar occupies; `memory_bytes` is the device's, 0 when it is shared.
    """

    engine: str
    device: str
    place: PatchPlace
    seconds_per_batch: Mapping[int, float]
    bytes_per_frame: int
    memory_bytes: int

    @property
    def buckets(self) -> tuple[int, ...]:
        """The batch sizes, the smallest first."""
        return tuple(sorted(self.seconds_per_batch))

    @property
    def is_on_processor(self) -> bool:
        """Whether there is no card, so that a batch is drawn when `submit` returns."""
        return self.device == ON_PROCESSOR


class Pending(Protocol):
    """A batch under way."""

    def is_ready(self) -> bool:
        """Whether the patches are there, so that `take` would not wait. Costs microseconds: it is asked every millisecond."""

    def take(self) -> NDArray[np.uint8]:
        """Wait for the patches: uint8 [rows, height, side, 3], RGB, blended into each avatar's own frame. Call it once."""


class TalkingHeadNetwork(Protocol):
    """A loaded network. Every call comes from the one thread that owns it."""

    def warm_up(self) -> NetworkFacts:
        """Run every bucket until it is as fast as it will be and measure it. Called once, before anything else."""

    def keep(self, avatar: AvatarFrames) -> int:
        """Bring an avatar into the network's memory and give its number. Raises AvatarDoesNotFit (avatar_pipeline.errors)."""

    def drop(self, avatar: int) -> None:
        """Free an avatar's memory at once. Its number is never given again."""

    def submit(self, batch: Batch) -> Pending:
        """Start a batch. The arrays are copied before this returns. Raises ValueError for rows beyond the largest bucket."""
