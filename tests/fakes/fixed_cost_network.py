"""A network of fixed cost that passes for one that draws faces: every picture tells whose it is, so a crossed one shows.

A picture's bytes are a fingerprint of the avatar's frame and of its sound. Batches are worked on one after the other from the moment they
are submitted, as a card does; `sleep` is how one waits for them: not at all under a clock of thought.
"""

import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.networks.protocol import AvatarFrames, Batch, NetworkFacts, PatchPlace

SIDE, TOP, HEIGHT = 8, 4, 4


def costs_of(base_s: float, each_s: float, buckets: tuple[int, ...] = (1, 4, 8, 16, 32)) -> dict[int, float]:
    """Seconds per bucket of a machine with a fixed part and a part per picture."""
    return {bucket: base_s + each_s * bucket for bucket in buckets}


def avatar_of(seed: int, frames: int = 3) -> AvatarFrames:
    """An avatar that no other seed has."""
    draw = np.random.default_rng(seed)
    latents = draw.standard_normal((frames, 8, 2, 2)).astype(np.float32)
    return AvatarFrames(latents, draw.integers(0, 256, (frames, SIDE, SIDE, 3), np.uint8), np.full((SIDE, SIDE), 255, np.uint8))


def expected_patch(avatar: AvatarFrames, frame: int, sound: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The picture that belongs to an avatar's frame and a sound."""
    seed = zlib.crc32(sound.tobytes(), zlib.crc32(avatar.latents[frame].tobytes()))
    return np.frombuffer(seed.to_bytes(4, "big") * (HEIGHT * SIDE * 3 // 4), np.uint8).reshape(HEIGHT, SIDE, 3)


@dataclass
class Done:
    """A batch under way, made at `ready_at_s`; `take` waits as long as it costs."""

    patches: NDArray[np.uint8]
    wait: Callable[[], None]
    ready_at_s: float = 0.0

    def is_ready(self) -> bool:
        return time.monotonic() >= self.ready_at_s

    def take(self) -> NDArray[np.uint8]:
        self.wait()
        return self.patches


@dataclass
class FixedCostNetwork:
    """Costs `costs[bucket]` seconds a batch, whatever is in it."""

    costs: Mapping[int, float]
    sleep: Callable[[float], None] = lambda _: None
    kept: dict[int, AvatarFrames] = field(default_factory=dict)
    next_number: int = 1
    pictures: int = 0
    batches: int = 0
    free_at_s: float = 0.0

    def warm_up(self) -> NetworkFacts:
        return NetworkFacts("fake", "cpu", PatchPlace(SIDE, TOP, HEIGHT), dict(self.costs), 128, 0)

    def keep(self, avatar: AvatarFrames) -> int:
        number, self.next_number = self.next_number, self.next_number + 1
        self.kept[number] = avatar
        return number

    def drop(self, avatar: int) -> None:
        del self.kept[avatar]

    def submit(self, batch: Batch) -> Done:
        rows = len(batch.frames)
        bucket = min(bucket for bucket in self.costs if bucket >= rows)
        drawn = [
            expected_patch(self.kept[int(who)], int(frame), sound)
            for who, frame, sound in zip(batch.avatars, batch.frames, batch.sound, strict=True)
        ]
        self.pictures, self.batches = self.pictures + rows, self.batches + 1
        ready_at_s = self.free_at_s = max(self.free_at_s, time.monotonic()) + self.costs[bucket]
        return Done(np.stack(drawn), lambda: self.sleep(max(0.0, ready_at_s - time.monotonic())), ready_at_s)
