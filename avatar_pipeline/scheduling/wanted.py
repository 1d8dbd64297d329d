"""What the stage is asked for: pictures of speech, each with the moment by which it must be there."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FRAMES_PER_SECOND: Final = 25
FRAME_SECONDS: Final = 1 / FRAMES_PER_SECOND
Ticket = int
"""Names one stay of one session on the stage. A ticket is never given twice, so nothing of a session that left can reach another."""


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """A stretch of speech to be shown.

    `frames` int64 [T]: which frame of the avatar's loop each picture begins from. `sound` float32 [T, 50, 384]: what the network hears
    for each. `is_silent` bool [T]: pictures in which the mouth is at rest; the network never sees them.
    """

    frames: NDArray[np.int64]
    sound: NDArray[np.float32]
    is_silent: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if not len(self.frames) == len(self.sound) == len(self.is_silent):
            raise ValueError("A speech needs a frame, its sound and a word about silence for every picture.")

    def __len__(self) -> int:
        return len(self.frames)


def there_and_back(first: int, count: int, frames: int) -> NDArray[np.int64]:
    """Which of an avatar's `frames` each of `count` pictures shows, int64 [count], from place `first` of its loop there and back on."""
    period = max(1, 2 * frames - 2)
    places = np.arange(first, first + count, dtype=np.int64) % period
    return np.where(places < frames, places, period - places)


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """One picture in line: number `index` of a turn. It may be made from `free_at_s` on and is shown at `due_at_s`."""

    ticket: Ticket
    turn: int
    index: int
    speech: Speech
    offset: int
    free_at_s: float
    due_at_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """Pictures of several talks that are made together: at most `bucket` of them, handed over at `begun_at_s`."""

    bucket: int
    pictures: tuple[Wanted, ...]
    begun_at_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What a session is told of one picture: made, at rest, or skipped because it came too late.

    `patch` uint8 [height, side, 3] is there when it was made: the part of the face that moves, drawn and blended.
    """

    turn: int
    index: int
    kind: str
    due_at_s: float
    patch: NDArray[np.uint8] | None = None


MADE: Final = "made"
AT_REST: Final = "rest"
SKIPPED: Final = "skipped"
