"""The stage: many live talks over one network that draws talking faces. One process for each graphics card, one stage in it.

`async with Stage(network) as stage`, then `guest = await stage.join(name, avatar)`. A guest begins turns, says speech, fetches pictures
and leaves. Everything around is asyncio; one thread owns the network and makes every call to it. A stage whose network fails, or stays
silent for a second, is lost: every guest hears `StageLost` at once, and the browser draws the face itself.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any, Final, Self, TypeVar

from avatar_pipeline.errors import StageRefusal
from avatar_pipeline.networks.protocol import AvatarFrames, NetworkFacts, TalkingHeadNetwork
from avatar_pipeline.scheduling.at_work import NetworkAtWork
from avatar_pipeline.scheduling.costs import MeasuredCosts
from avatar_pipeline.scheduling.line import AHEAD_SECONDS
from avatar_pipeline.scheduling.schedule import NotOnStage, Schedule, StageFull, TooMuchAtOnce
from avatar_pipeline.scheduling.wanted import (
    AT_REST,
    FRAMES_PER_SECOND,
    MADE,
    SKIPPED,
    Gathered,
    Shown,
    Speech,
    Ticket,
    there_and_back,
)

__all__ = [
    "AHEAD_SECONDS", "AT_REST", "FRAMES_PER_SECOND", "MADE", "SKIPPED", "Guest", "NotOnStage", "Shown", "Speech", "Stage", "StageFull",
    "StageLost", "TooMuchAtOnce", "there_and_back",
]  # fmt: skip
SILENT_SECONDS_MAX: Final = 0.7
"""A batch that is this much later than expected has lost its network; the browser must take over within a second."""
LOOK_SECONDS: Final = 0.1
READY_LOOK_SECONDS: Final = 0.001
"""So often is a network at work asked whether it is done: what it made goes out then, and what it took is known."""
BATCHES_AHEAD: Final = 1
"""So many batches wait behind the one at work: a card goes from one to the next, and more would only hide that it is behind."""

log = logging.getLogger(__name__)
Result = TypeVar("Result")


class StageLost(StageRefusal):
    """The network failed or does not answer; the browser draws the face itself."""


class Stage:
    """One network and everybody who talks over it. Make it in the event loop it serves."""

    def __init__(self, network: TalkingHeadNetwork, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._network, self._clock = network, clock
        self._lock = threading.Condition()
        self._errands: deque[Callable[[], None]] = deque()
        self._guests: dict[Ticket, Guest] = {}
        self._is_closing, self._lost_why = False, ""
        self._expected_by_s: float | None = None
        self.facts: NetworkFacts
        self.schedule: Schedule
        self.at_work: NetworkAtWork

    async def __aenter__(self) -> Self:
        """Warm the network up, which measures it, and open."""
        self._loop, self._started = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()
        self._thread = threading.Thread(target=self._own_network, name="stage", daemon=True)
        self._thread.start()
        await self._started
        self._watch = asyncio.create_task(self._watch_over())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Finish what is under way and close; whoever is still there hears StageLost."""
        with self._lock:
            self._is_closing = True
            self._lock.notify()
        self._watch.cancel()
        with suppress(asyncio.CancelledError):
            await self._watch
        await asyncio.to_thread(self._thread.join, SILENT_SECONDS_MAX)
        self._lose("The stage closes.")

    @property
    def is_lost(self) -> bool:
        """Whether the network is gone."""
        return bool(self._lost_why)

    def load(self) -> tuple[int, int, int]:
        """Sessions on stage, turns that take a seat now, and the seats there are."""
        with self._lock:
            return len(self.schedule.tickets), self.schedule.speaking(self._clock()), self.schedule.costs.seats()

    async def join(self, name: str, avatar: AvatarFrames) -> Guest:
        """Come on stage wearing an avatar; guests of one name share it. Raises StageFull, StageLost, AvatarDoesNotFit."""
        with self._lock:
            self._refuse_when_lost()
            ticket = self.schedule.join()
        guest = self._guests[ticket] = Guest(self, ticket)
        try:
            await self._in_thread(lambda: self.at_work.dress(ticket, name, avatar))
        except BaseException:
            await self.leave(guest)
            raise
        return guest

    async def leave(self, guest: Guest) -> None:
        """Go with everything one had; no batch after this one touches it. Leaving twice is leaving."""
        if self._guests.pop(guest.ticket, None) is None:
            return
        with self._lock:
            self.schedule.leave(guest.ticket)
        guest.ring()
        if not self.is_lost:
            await self._in_thread(lambda: self.at_work.undress(guest.ticket))

    def tell(self, change: Callable[[Schedule, float], Result]) -> Result:
        """Change or ask the schedule; the thread that owns the network looks at it at once. Raises StageLost and what it refuses."""
        with self._lock:
            self._refuse_when_lost()
            result = change(self.schedule, self._clock())
            self._lock.notify()
        return result

    async def _in_thread(self, errand: Callable[[], None]) -> None:
        """Have the owning thread do something between two batches."""
        done: asyncio.Future[None] = self._loop.create_future()

        def settle(error: StageRefusal | None) -> None:
            if not done.done():
                done.set_result(None) if error is None else done.set_exception(error)

        def run() -> None:
            try:
                errand()
            except StageRefusal as refusal:
                self._loop.call_soon_threadsafe(settle, refusal)
            else:
                self._loop.call_soon_threadsafe(settle, None)

        with self._lock:
            self._errands.append(run)
            self._lock.notify()
        while not done.done():
            await asyncio.wait([done], timeout=LOOK_SECONDS)
            if self.is_lost and not done.done():
                raise StageLost(self._lost_why)
        done.result()

    def _refuse_when_lost(self) -> None:
        if self._lost_why:
            raise StageLost(self._lost_why)

    def _own_network(self) -> None:
        """The thread that owns the network, from warming up to the end."""
        try:
            self.facts = self._network.warm_up()
            self.schedule = Schedule(MeasuredCosts(self.facts.seconds_per_batch))
            self.at_work = NetworkAtWork(self._network, self.schedule)
            self._loop.call_soon_threadsafe(self._started.set_result, None)
            while not self._is_closing:
                self._turn_once()
        except Exception as error:
            log.exception("the stage lost its network", extra={"error_class": type(error).__name__})
            self._loop.call_soon_threadsafe(self._lose, "The network that draws the face failed.")
            if not self._started.done():
                self._loop.call_soon_threadsafe(self._started.set_exception, StageLost("The network cannot be warmed up."))

    def _turn_once(self) -> None:
        """Do errands, then take what is ready, or begin what is to begin, or wait for the next moment.

        What is ready is taken at once, not when it was expected: else a network could never be found quicker than it was believed to be.
        """
        while self._errands:
            self._errands.popleft()()
        if self.at_work.is_ready():
            self._take()
            return
        under_way = self.at_work.under_way
        with self._lock:
            chosen = self.schedule.next(self._clock()) if under_way <= BATCHES_AHEAD else None
            self._expected_by_s = self.schedule.free_at_s if under_way or isinstance(chosen, Gathered) else None
            if not isinstance(chosen, Gathered):
                if not self._errands and not self._is_closing:
                    until_s = LOOK_SECONDS if chosen is None else max(0.0, chosen - self._clock())
                    self._lock.wait(min(until_s, READY_LOOK_SECONDS) if under_way else until_s)
                return
        self.at_work.submit(chosen)  # outside the lock: whatever a network does, the loop goes on

    def _take(self) -> None:
        chosen, patches = self.at_work.take()
        with self._lock:
            given = self.schedule.finished(chosen, patches, self._clock())
            self._expected_by_s = None
        self._loop.call_soon_threadsafe(self._ring, set(given))

    def _ring(self, tickets: set[Ticket]) -> None:
        for ticket in tickets:
            if ticket in self._guests:
                self._guests[ticket].ring()

    async def _watch_over(self) -> None:
        """Notice a network that hangs: nobody else can, for its thread waits for it."""
        while not self._lost_why:
            await asyncio.sleep(LOOK_SECONDS)
            expected_s = self._expected_by_s
            if expected_s is not None and self._clock() > expected_s + SILENT_SECONDS_MAX:
                self._lose("The network that draws the face does not answer.")

    def _lose(self, why: str) -> None:
        if not self._lost_why:
            self._lost_why = why
        for guest in self._guests.values():
            guest.ring()


class Guest:
    """One session on stage."""

    def __init__(self, stage: Stage, ticket: Ticket) -> None:
        self.ticket, self._stage, self._bell = ticket, stage, asyncio.Event()

    def begin(self, turn: int) -> None:
        """Begin a turn; what is left of the one before is thrown away. Raises StageFull, StageLost, NotOnStage."""
        self._stage.tell(lambda schedule, now_s: schedule.begin(self.ticket, turn, now_s))

    def say(self, turn: int, speech: Speech) -> None:
        """Add speech to the turn. Pictures at rest come at once. Raises TooMuchAtOnce, StageLost, NotOnStage."""
        self._stage.tell(lambda schedule, now_s: schedule.say(self.ticket, turn, speech, now_s))
        self.ring()

    def end(self, turn: int) -> None:
        """The turn's last word was said. Raises StageLost, NotOnStage."""
        self._stage.tell(lambda schedule, _: schedule.end(self.ticket, turn))

    def interrupt(self) -> None:
        """The shopper cuts in. Raises StageLost, NotOnStage."""
        self._stage.tell(lambda schedule, _: schedule.interrupt(self.ticket))

    async def pictures(self) -> AsyncIterator[Shown]:
        """Everything that is shown, as it gets ready; ends when the guest leaves. Raises StageLost."""
        while True:
            self._bell.clear()
            try:
                ready = self._stage.tell(lambda schedule, _: schedule.fetch(self.ticket))
            except NotOnStage:
                return
            for shown in ready:
                yield shown
            if not ready:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._bell.wait(), LOOK_SECONDS)

    def spent_s(self) -> float:
        """The network's time that this guest's pictures took so far. Raises StageLost, NotOnStage."""
        return self._stage.tell(lambda schedule, _: schedule.line(self.ticket).spent_s)

    def ring(self) -> None:
        """Something changed; look."""
        self._bell.set()

    async def leave(self) -> None:
        """Go, see Stage.leave."""
        await self._stage.leave(self)

    async def __aenter__(self) -> Self:
        """Stay as long as the block lasts."""
        return self

    async def __aexit__(self, *_: Any) -> None:
        """Leave, whatever happened."""
        await self.leave()
