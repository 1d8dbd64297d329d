"""The busy door: deliveries are verified in memory and stored many at once, and nobody hears 2xx before the commit.

A batch is whatever came while the one before it was being put together, and at least LINGER_SECONDS of it. STORING_HANDS store at once, so
that nobody waits for the disk twice: while one batch is committed, the next is on its way. Doorways (whose connection, which secrets) are
kept for DOORWAY_SECONDS_MAX; the statement that stores checks that each still stands, so an old secret is never believed,
and a signature that does not fit is tried once more with the doorway as it stands now, so a new one is believed at once. What waits is
bounded: beyond that the door answers 503 and when to come again, before memory grows.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from app.api.bell import Bell
from app.api.errors import ApiProblem
from app.wiring import House
from billing.errors import DeliveryRefused, SignatureInvalid
from billing.receive_webhook import (
    BODY_BYTES_MAX,
    Arrival,
    Doorway,
    Outcome,
    Received,
    find_doorways,
    keep_batch,
    ring_for_inbox,
    verify_arrival,
)

LINGER_SECONDS: Final = 0.012
"""A batch costs nearly the same whatever its size: at a thousand a second, a dozen share what each would cost the database alone."""
STORING_HANDS: Final = 2
BATCH_MAX: Final = 256
"""Deliveries in one transaction."""
WAITING_MAX: Final = 1024
"""Deliveries that may be inside the door at once, from their first byte to their answer."""
WAITING_BYTES_MAX: Final = 64_000_000
ONE_SENDERS_PART: Final = 4
"""One address may take at most this part of the room, so that a flood from one shop leaves the door open for the others."""
RETRY_AFTER_SECONDS: Final = 2
DOORWAY_SECONDS_MAX: Final = 600.0
"""What was read so long ago is still safe to use, for storing checks it; it is only not worth keeping."""
DOORWAYS_MAX: Final = 20_000
VERIFICATIONS_MAX: Final = 4
"""How often one delivery is verified again because its connection changed meanwhile."""


@dataclass(slots=True)
class _Waiting:
    """A verified delivery and whoever waits for its answer."""

    arrival: Arrival
    answer: asyncio.Future[Outcome]


@dataclass(slots=True)
class _Room:
    """How many deliveries and bytes may be inside at once, and how many are."""

    count_max: int
    bytes_max: int
    count: int = 0
    bytes: int = 0

    def has(self, size: int) -> bool:
        return self.count < self.count_max and self.bytes + size <= self.bytes_max

    def enter(self, size: int) -> None:
        self.count, self.bytes = self.count + 1, self.bytes + size

    def leave(self, size: int) -> None:
        self.count, self.bytes = self.count - 1, self.bytes - size


@dataclass
class Intake:
    """One process's door for deliveries."""

    house: House
    _doorways: dict[str, tuple[float, Doorway]] = field(default_factory=dict)
    _asked: dict[str, asyncio.Future[Doorway | None]] = field(default_factory=dict)
    _queue: list[_Waiting] = field(default_factory=list)
    _taking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _hands: list[asyncio.Task[None]] = field(default_factory=list)
    _finding: asyncio.Task[None] | None = None
    _bell: Bell = field(init=False)
    _room: _Room = field(default_factory=lambda: _Room(WAITING_MAX, WAITING_BYTES_MAX))
    _rooms: dict[str, _Room] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._bell = Bell(lambda: self.house.run_call(ring_for_inbox, self.house.database))

    @contextmanager
    def room_for(self, connection_key: str, headers: Mapping[str, str]) -> Iterator[None]:
        """Keep room for a delivery while it is read and stored; ApiProblem 503 when the door, or the sender's part of it, is full."""
        announced = headers.get("content-length", "")
        size = min(int(announced), BODY_BYTES_MAX) if announced.isdigit() else BODY_BYTES_MAX
        own = self._rooms.get(connection_key)
        if own is None:
            own = self._rooms[connection_key] = _Room(WAITING_MAX // ONE_SENDERS_PART, WAITING_BYTES_MAX // ONE_SENDERS_PART)
        if not self._room.has(size):
            self._forget(connection_key, own)
            raise _come_again("More deliveries are arriving than can be stored.")
        if not own.has(size):
            raise _come_again("More deliveries are arriving for this address than can be stored.")
        self._room.enter(size)
        own.enter(size)
        try:
            yield
        finally:
            self._room.leave(size)
            own.leave(size)
            self._forget(connection_key, own)

    def _forget(self, connection_key: str, own: _Room) -> None:
        """Addresses are anybody's invention: one that nobody stands at is not remembered."""
        if not own.count:
            self._rooms.pop(connection_key, None)

    async def receive(self, connection_key: str, headers: Mapping[str, str], body: bytes, url: str) -> Received:
        """Verify and store one delivery; it is committed when this returns. Raises what `receive_webhook` raises, and ApiProblem 503."""
        doorway = self._known(connection_key) or await self._find(connection_key)
        for _ in range(VERIFICATIONS_MAX):
            arrival = await self._verified(connection_key, doorway, headers, body, url)
            outcome = await self._stored(arrival)
            if isinstance(outcome, Received):
                return outcome
            if isinstance(outcome, DeliveryRefused):
                raise outcome
            doorway = await self._find(connection_key)
        raise _come_again("The connection is being changed.")

    async def _verified(
        self, connection_key: str, doorway: Doorway | None, headers: Mapping[str, str], body: bytes, url: str
    ) -> Arrival:  # fmt: skip
        """Verify with the doorway at hand; a signature that does not fit may have been made with a secret that is newer."""
        now = self.house.clock()
        try:
            return verify_arrival(doorway, headers=headers, body=body, now=now, url=url)
        except SignatureInvalid:
            newest = await self._find(connection_key)
            if newest == doorway:
                raise
            return verify_arrival(newest, headers=headers, body=body, now=now, url=url)

    def _known(self, connection_key: str) -> Doorway | None:
        """A doorway read less than DOORWAY_SECONDS_MAX ago."""
        kept = self._doorways.get(connection_key)
        return kept[1] if kept is not None and time.monotonic() - kept[0] < DOORWAY_SECONDS_MAX else None

    async def _find(self, connection_key: str) -> Doorway | None:
        """The doorway as it stands now; all that are wanted at one moment are found by one query."""
        asked = self._asked.get(connection_key)
        if asked is None:
            asked = self._asked[connection_key] = asyncio.get_running_loop().create_future()
        if self._finding is None or self._finding.done():
            self._finding = asyncio.create_task(self._find_asked())
        return await asked

    async def _find_asked(self) -> None:
        while self._asked:
            asked, self._asked = self._asked, {}
            try:
                found = await self.house.run_call(find_doorways, self.house.database, list(asked))
            except SQLAlchemyError as error:
                _fail([one for one in asked.values() if not one.done()], error)
                continue
            except Exception as error:  # noqa: BLE001 - the request edge: whoever waits is answered, whatever broke
                _break([one for one in asked.values() if not one.done()], error)
                continue
            if len(self._doorways) + len(found) > DOORWAYS_MAX:
                self._doorways.clear()
            read_at = time.monotonic()
            for key, answer in asked.items():
                self._doorways.pop(key, None)
                if key in found:
                    self._doorways[key] = (read_at, found[key])
                if not answer.done():
                    answer.set_result(found.get(key))

    async def _stored(self, arrival: Arrival) -> Outcome:
        waiting = _Waiting(arrival, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._hands = [hand for hand in self._hands if not hand.done()]
        if len(self._hands) < STORING_HANDS and not self._taking.locked():  # whoever is taking finds it in the queue
            self._hands.append(asyncio.create_task(self._store_queue()))
        return await waiting.answer

    async def _taken(self) -> list[_Waiting]:
        """The next batch; one hand at a time puts together what comes."""
        async with self._taking:
            if len(self._queue) < BATCH_MAX:
                await asyncio.sleep(LINGER_SECONDS)
            batch, self._queue = self._queue[:BATCH_MAX], self._queue[BATCH_MAX:]
            return batch

    async def _store_queue(self) -> None:
        """Store batch after batch until nobody waits."""
        while self._queue and (batch := await self._taken()):
            try:
                outcomes = await self.house.run_call(keep_batch, self.house.database, [one.arrival for one in batch])
            except SQLAlchemyError as error:
                _fail([one.answer for one in batch if not one.answer.done()], error)
                continue
            except Exception as error:  # noqa: BLE001 - the request edge: whoever waits is answered, whatever broke
                _break([one.answer for one in batch if not one.answer.done()], error)
                continue
            self._bell.pull()
            for one, outcome in zip(batch, outcomes, strict=True):
                if one.answer.done():
                    continue  # the sender left; its delivery is stored, and a repeat will hear so
                if isinstance(outcome, SQLAlchemyError):
                    one.answer.set_exception(outcome)
                else:
                    one.answer.set_result(outcome)


def _fail(answers: list[asyncio.Future[Outcome]] | list[asyncio.Future[Doorway | None]], error: SQLAlchemyError) -> None:
    """The database did not answer: everybody who waits is asked to come again."""
    for answer in answers:
        problem = _come_again("The database does not answer.")
        problem.__cause__ = error
        answer.set_exception(problem)


def _break(answers: list[asyncio.Future[Outcome]] | list[asyncio.Future[Doorway | None]], error: Exception) -> None:
    """Something of ours broke: everybody who waits hears so, or they would wait, and fill the door, for ever."""
    for answer in answers:
        answer.set_exception(error)


def _come_again(why: str) -> ApiProblem:
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return ApiProblem(503, "Come again", f"{why} Nothing of this delivery was kept; send it again a little later.", headers=headers)
