"""One talk on stage, from the web process: what is said goes to the stage as it is said, and the pictures of it to the shopper's browser.

The browser is told where patches belong and which picture begins which sentence; the rest of the stream is passed on as it comes. Where
the shopper's line is slow the oldest picture goes, and never sound, which takes another way: who cannot have every picture sees fewer of
them, each in its moment.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

import httpx

from app.live_pictures.follow_stage import Joined, follow, interrupt, join, say
from app.live_pictures.wire import ALIVE, FULL, LOST, PICTURE, SEAT, SENTENCE, SPENT, Record
from avatar_pipeline.stage import AHEAD_SECONDS, FRAMES_PER_SECOND

ALIVE_SECONDS: Final = 0.25
PICTURES_HELD_MAX: Final = 50
"""Pictures that may wait for a slow line: two seconds."""
HELD_SECONDS_MAX: Final = AHEAD_SECONDS
"""A picture that waited longer is over, for none is made so long before its moment. Sending it would make those after it late as well."""
RECORDS_HELD_MAX: Final = 1500
"""Everything that may wait, rests and sentences too: a minute. A browser that slept so long has missed the turn they belong to."""
HEARD_AFTER_SECONDS: Final = 0.4
"""About so long after it was told the browser begins to play a turn. A film's loop, which begins when the seat comes, has then gone on so
far, and the turn begins near the picture that is shown anyhow.
"""
SAMPLES_A_PICTURE: Final = 960
BYTES_A_SAMPLE: Final = 2


@dataclass(frozen=True)
class Heard:
    """A stretch of speech that can be heard from now on: mono PCM16 of 24 kHz, number `n` of its turn."""

    turn: str
    n: int
    sound: bytes


@dataclass(frozen=True)
class TurnOver:
    """Nothing more is said in a turn; `is_cut` when the shopper does not want to hear the rest."""

    turn: str
    is_cut: bool


@dataclass(frozen=True)
class Talk:
    """Who talks and how it goes on. `spent(turn, ms, of)` is told what its pictures took, of "gpu" or "cpu".

    `loop_url` is where the browser gets the pictures of a face from a film.
    """

    face: str
    happenings: AsyncGenerator[Heard | TurnOver, None]
    spent: Callable[[str, int, str], Awaitable[None]]
    loop_url: str = ""


class Outgoing:
    """Records on their way to the browser, in order. One that reads slowly loses the oldest pictures and nothing else.

    Only one that reads nothing for a minute loses rests and sentences too. The seat and the end are never lost.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._records: deque[tuple[Record, float]] = deque()
        self._bell = asyncio.Event()

    def put(self, record: Record) -> None:
        """Lay a record out."""
        self._records.append((record, self._clock()))
        self._keep_at_most(PICTURES_HELD_MAX, lambda held: held.kind == PICTURE)
        self._keep_at_most(RECORDS_HELD_MAX, lambda held: held.kind not in (SEAT, LOST))
        self._bell.set()

    async def take(self) -> Record:
        """The next record whose moment is not over; a sign of life when none comes for a while."""
        while (record := self.at_hand()) is None:
            self._bell.clear()
            try:
                await asyncio.wait_for(self._bell.wait(), ALIVE_SECONDS)
            except TimeoutError:
                return Record(ALIVE)
        return record

    def at_hand(self) -> Record | None:
        """The next record whose moment is not over, without waiting for one."""
        while self._records:
            record, since_s = self._records.popleft()
            if record.kind != PICTURE or self._clock() - since_s <= HELD_SECONDS_MAX:
                return record
        return None

    def _keep_at_most(self, count: int, may_go: Callable[[Record], bool]) -> None:
        if len(self._records) > count and sum(may_go(record) for record, _ in self._records) > count:
            self._records.remove(next(held for held in self._records if may_go(held[0])))


async def play_talk(client: httpx.AsyncClient, talk: Talk) -> AsyncGenerator[Record, None]:
    """Every record for the browser, the last one LOST. `client` knows the stage's address and key; leaving off takes the guest along."""
    outgoing = Outgoing()
    playing = asyncio.create_task(_play(client, talk, outgoing))
    try:
        while True:
            record = await outgoing.take()
            yield record
            if record.kind == LOST:
                return
    finally:
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)


async def _play(client: httpx.AsyncClient, talk: Talk, outgoing: Outgoing) -> None:
    joined = await join(client, talk.face)
    if isinstance(joined, Record):
        outgoing.put(Record(LOST, body=joined.body))
        return
    loop = {"loop": talk.loop_url} if "boxes" in joined.place else {}
    outgoing.put(Record(SEAT, body=json.dumps(joined.place | loop).encode()))
    turns: dict[int, str] = {}
    speaking = asyncio.create_task(_speak(client, talk, joined, outgoing, turns=turns))
    try:
        async with aclosing(follow(client, joined.guest)) as records:
            async for record in records:
                if record.kind == SPENT and record.turn in turns:
                    await talk.spent(turns[record.turn], record.number, record.body.decode())
                elif record.kind not in (SPENT, ALIVE):
                    outgoing.put(record)
    finally:
        speaking.cancel()
        await asyncio.gather(speaking, return_exceptions=True)


async def _speak(client: httpx.AsyncClient, talk: Talk, joined: Joined, outgoing: Outgoing, *, turns: dict[int, str]) -> None:
    """Send the stage what is heard. A turn that it refuses is the browser's; the next one is asked for again."""
    turn, said, is_drawn, begins, seated_s = 0, 0, False, 0, time.monotonic()
    async with aclosing(talk.happenings) as happenings:
        async for happening in happenings:
            is_new = happening.turn != turns.get(turn)
            if isinstance(happening, TurnOver):
                if not is_new and is_drawn:
                    await _over(client, joined, turn, is_cut=happening.is_cut)
                continue
            if is_new:
                turn, said, is_drawn = turn + 1, 0, True
                turns[turn] = happening.turn
                begins = round((time.monotonic() - seated_s + HEARD_AFTER_SECONDS) * FRAMES_PER_SECOND)
            if not is_drawn:
                continue
            about = {"turn": happening.turn, "n": happening.n} | ({"from": begins} if "boxes" in joined.place else {})
            outgoing.put(Record(SENTENCE, turn, said, json.dumps(about).encode()))
            refused = await say(client, joined.guest, turn, happening.sound, place="first" if is_new else "", begins=begins)
            if refused is not None:
                outgoing.put(refused)
                is_drawn = False
                if refused.kind != FULL:
                    return
            said += -(-len(happening.sound) // (BYTES_A_SAMPLE * SAMPLES_A_PICTURE))


async def _over(client: httpx.AsyncClient, joined: Joined, turn: int, *, is_cut: bool) -> None:
    if is_cut:
        await interrupt(client, joined.guest)
    else:
        await say(client, joined.guest, turn, b"", place="last")
