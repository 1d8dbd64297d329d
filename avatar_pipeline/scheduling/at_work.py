"""A network at work under a schedule: gathers what the schedule chose, hands it to the network, and hands out what came back.

Whoever calls this owns the network: one thread of the stage, or a test with a clock of its own. An avatar is in the network's memory as
long as somebody on stage wears it, and gone the moment the last one leaves.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.networks.protocol import AvatarFrames, Batch, Pending, TalkingHeadNetwork
from avatar_pipeline.scheduling.schedule import Schedule
from avatar_pipeline.scheduling.wanted import Gathered, Ticket


@dataclass
class Worn:
    """An avatar in the network's memory, and how many wear it."""

    number: int
    wearers: int


class NetworkAtWork:
    """A network, the avatars in its memory, and the batches it is working on, the oldest first."""

    def __init__(self, network: TalkingHeadNetwork, schedule: Schedule) -> None:
        self.schedule, self._network = schedule, network
        self._worn: dict[str, Worn] = {}
        self._wears: dict[Ticket, str] = {}
        self._under_way: deque[tuple[Gathered, Pending]] = deque()

    @property
    def avatars_kept(self) -> int:
        """How many avatars are in the network's memory."""
        return len(self._worn)

    @property
    def under_way(self) -> int:
        """How many batches the network has not given back."""
        return len(self._under_way)

    def dress(self, ticket: Ticket, name: str, avatar: AvatarFrames) -> None:
        """Give a session its avatar; many may wear the same by its name. Raises AvatarDoesNotFit."""
        worn = self._worn.get(name)
        if worn is None:
            worn = self._worn[name] = Worn(self._network.keep(avatar), 0)
        worn.wearers += 1
        self._wears[ticket] = name

    def undress(self, ticket: Ticket) -> None:
        """Take a session's avatar off. What the network is making for it is made and thrown away."""
        name = self._wears.pop(ticket, None)
        if name is None:
            return
        worn = self._worn[name]
        worn.wearers -= 1
        if not worn.wearers:
            self._network.drop(self._worn.pop(name).number)

    def begin(self, now_s: float) -> float | None:
        """Begin every batch that is to begin now; return the moment to look again, None when nobody waits for anything."""
        while isinstance(chosen := self.schedule.next(now_s), Gathered):
            self.submit(chosen)
        return chosen

    def submit(self, chosen: Gathered) -> None:
        """Hand a batch to the network, which returns at once."""
        self._under_way.append((chosen, self._network.submit(self._batch(chosen))))

    def is_ready(self) -> bool:
        """Whether the oldest batch is made and waits to be taken."""
        return bool(self._under_way) and self._under_way[0][1].is_ready()

    def take(self) -> tuple[Gathered, NDArray[np.uint8]]:
        """Wait for the oldest batch; the caller tells the schedule when it came."""
        chosen, pending = self._under_way.popleft()
        return chosen, pending.take()

    def _batch(self, chosen: Gathered) -> Batch:
        """Gather by number: nothing of an avatar is copied, only which one and which frame of it."""
        pictures = chosen.pictures
        return Batch(
            avatars=np.array([self._worn[self._wears[one.ticket]].number for one in pictures], np.int64),
            frames=np.array([one.speech.frames[one.offset] for one in pictures], np.int64),
            sound=np.stack([one.speech.sound[one.offset] for one in pictures]).astype(np.float32, copy=False),
        )
