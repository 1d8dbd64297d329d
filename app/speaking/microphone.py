"""One shopper's open microphone: sound comes in, and what they say becomes a question in the same turns as a typed one.

What was said is understood while it is still open whether they are done: after a short pause once, so that when the pause grows
long enough the words are already there. If they go on, that look is thrown away. Nothing of the sound is written anywhere.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import anyio
import anyio.to_thread

from avatar_pipeline.listen import SAMPLE_RATE_HZ, Heard, Kind, Listener, Mark, ends_a_sentence

BYTES_PER_SECOND: Final = SAMPLE_RATE_HZ * 2
SURE_MIN: Final = 0.35
"""Below it the words are a guess at noise: they are dropped and the shopper is told that nothing was understood."""

Send: TypeAlias = Callable[[dict[str, Any]], Awaitable[None]]
log = logging.getLogger(__name__)


@dataclass
class _Look:
    """Words being made out of a stretch of sound."""

    mark: Mark
    task: "asyncio.Task[Heard]"


class Microphone:
    """Turns of one microphone. `send` tells the panel, `ask` asks; `at_work` bounds how many are understood at once in a process."""

    def __init__(self, listener: Listener, *, send: Send, ask: Callable[[str], Awaitable[None]], at_work: anyio.CapacityLimiter) -> None:
        self._listener, self._send, self._ask, self._at_work = listener, send, ask, at_work
        self._settled: _Look | None = None
        self._partial: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._settling: asyncio.Task[None] | None = None

    async def hear(self, pcm16: bytes) -> None:
        """Take sound as it comes and tell the panel what happens."""
        for mark in await anyio.to_thread.run_sync(self._listener.feed, pcm16):
            await self._on(mark)

    async def press(self) -> None:
        """The shopper holds the button: a turn begins."""
        self._listener.turns.is_pushed = True
        for mark in self._listener.turns.press():
            await self._on(mark)

    async def release(self) -> None:
        """The shopper lets go: what was said until now is the question."""
        for mark in self._listener.turns.release():
            await self._on(mark)

    def note_talking(self, *, is_talking: bool) -> None:
        """They talk, or are silent: over their own voice more is needed to believe that somebody speaks."""
        self._listener.turns.is_she_talking = is_talking

    async def close(self) -> None:
        """Forget everything at once; what is being understood is not asked any more."""
        for task in (self._partial, self._ending, self._settling, self._settled.task if self._settled else None):
            if task is not None:
                task.cancel()

    async def drained(self) -> None:
        """Wait until the question in work is asked: for tests, and for a finger that lets go and hangs up."""
        if self._ending is not None:
            await self._ending

    async def _on(self, mark: Mark) -> None:
        if mark.kind is Kind.BEGAN:
            self._settled = None
            await self._send({"type": "speech:began"})
        elif mark.kind is Kind.LOOK:
            self._glance(mark)
        elif mark.kind is Kind.SETTLED:
            self._settled = self._look(mark)
            self._settling = asyncio.ensure_future(self._weigh(self._settled))
        elif mark.kind is Kind.RESUMED:
            self._settled = None
        elif mark.kind is Kind.DROPPED:
            await self._send({"type": "speech:dropped"})
        else:
            await self._send({"type": "speech:ended"})
            look, self._settled = self._settled or self._look(mark), None
            self._ending = asyncio.ensure_future(self._finish(look))

    def _look(self, mark: Mark) -> _Look:
        sound = self._listener.sound_of(mark)

        async def understand() -> Heard:
            return await anyio.to_thread.run_sync(self._listener.understand, sound, limiter=self._at_work, abandon_on_cancel=True)

        return _Look(mark, asyncio.ensure_future(understand()))

    def _glance(self, mark: Mark) -> None:
        """Show the words so far, unless the last glance is still in work or others wait: a glance is the first thing to leave out."""
        if (self._partial is not None and not self._partial.done()) or self._at_work.available_tokens < 1:
            return
        look = self._look(mark)

        async def show() -> None:
            heard = await look.task
            if heard.is_speech and self._listener.turns.is_in_turn and self._settled is None:
                await self._send({"type": "partial", "text": heard.text})

        self._partial = asyncio.ensure_future(show())

    async def _weigh(self, look: _Look) -> None:
        """A finished sentence needs a shorter pause than one that sounds open."""
        heard = await look.task
        if self._settled is look:
            self._listener.turns.is_finished = ends_a_sentence(heard.text)
            if heard.is_speech:
                await self._send({"type": "partial", "text": heard.text})

    async def _finish(self, look: _Look) -> None:
        heard = await look.task
        if heard.is_speech and heard.confidence >= SURE_MIN:
            await self._ask(heard.text)
        else:
            await self._send({"type": "speech:dropped"})
