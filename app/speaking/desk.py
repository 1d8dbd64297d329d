"""The desk where talking happens in one process: its minds, voices and bells, and the answers it is giving at the moment."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Concatenate, Final, ParamSpec, TypeVar
from uuid import UUID

import anyio
import anyio.to_thread
from sqlalchemy.orm import Session

from app.conversations.embeddings import Embedder
from app.conversations.language_model import LanguageModel
from app.speaking.minds import Minds
from app.speaking.turns import Errand, let_go
from app.speaking.voicing.audio_store import AudioStore
from app.speaking.voicing.voice_sentences import SentenceVoicer
from avatar_pipeline.voice import Voice
from tenants.database import Database

THINKING_AT_ONCE_MAX: Final = 4
"""Answers being thought at the same time in one process; others wait. Each may hold one database connection."""
CLOSING_SECONDS_MAX: Final = 3
EMPLOYEES_READY_MAX: Final = 1_000
"""Employees a process remembers to have called; beyond that it calls them again."""

P = ParamSpec("P")
Result = TypeVar("Result")
log = logging.getLogger(__name__)


class Desk:
    """Everything a turn needs, chosen by wiring. One per process and event loop."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Callable[[], datetime],
        embed: Embedder,
        voice: Callable[[str], Voice],
        audio_folder: Path,
        verb_limiter: anyio.CapacityLimiter,
        language_model: LanguageModel | None = None,
    ) -> None:
        self.database, self.clock, self.voice, self.language_model = database, clock, voice, language_model
        self.minds = Minds(database, embed, clock)
        self.voicer = SentenceVoicer(AudioStore(audio_folder))
        self.thinking = anyio.CapacityLimiter(THINKING_AT_ONCE_MAX)
        self._verbs = verb_limiter
        self._bells: defaultdict[UUID, set[asyncio.Event]] = defaultdict(set)
        self._called: set[tuple[UUID, UUID]] = set()
        self._asides: set[asyncio.Task[None]] = set()
        self._answering: dict[UUID, tuple[Errand, anyio.CancelScope, asyncio.Task[None]]] = {}

    async def run(
        self, tenant_id: UUID, verb: Callable[Concatenate[Session, P], Result], /, *args: P.args, **arguments: P.kwargs
    ) -> Result:
        """Run one verb in one transaction of one tenant, in a thread; it is committed when this returns."""

        def work() -> Result:
            with self.database.tenant_session(tenant_id) as session:
                return verb(session, *args, **arguments)

        return await anyio.to_thread.run_sync(work, limiter=self._verbs)

    def ring(self, conversation_id: UUID) -> None:
        """Wake this process's readers of a conversation; readers elsewhere find out by looking."""
        for bell in self._bells.get(conversation_id, ()):
            bell.set()

    @contextmanager
    def bell(self, conversation_id: UUID) -> Iterator[asyncio.Event]:
        """A bell that rings when something was added to a conversation."""
        bell = asyncio.Event()
        self._bells[conversation_id].add(bell)
        try:
            yield bell
        finally:
            self._bells[conversation_id].discard(bell)
            if not self._bells[conversation_id]:
                del self._bells[conversation_id]

    def is_answering(self, turn_id: UUID) -> bool:
        """Whether this process works on a turn."""
        return turn_id in self._answering

    def start(self, errand: Errand, work: "Callable[[Desk, Errand], Awaitable[None]]") -> None:
        """Do an errand in the background; what this process still does in the same conversation is dropped."""
        self.stop(errand.conversation_id)
        scope = anyio.CancelScope()

        async def do() -> None:
            try:
                with scope:
                    await work(self, errand)
            finally:
                self._answering.pop(errand.turn_id, None)
                self.ring(errand.conversation_id)

        self._answering[errand.turn_id] = errand, scope, asyncio.get_running_loop().create_task(do())

    def is_first_call_of(self, tenant_id: UUID, employee_id: UUID) -> bool:
        """Whether an employee is called in this process for the first time (of the last EMPLOYEES_READY_MAX)."""
        if len(self._called) >= EMPLOYEES_READY_MAX:
            self._called.clear()
        is_first = (tenant_id, employee_id) not in self._called
        self._called.add((tenant_id, employee_id))
        return is_first

    def aside(self, work: Coroutine[None, None, None]) -> None:
        """Do something in the background that nobody waits for; what goes wrong is logged and shows again when it matters."""
        task = asyncio.get_running_loop().create_task(work)
        self._asides.add(task)
        task.add_done_callback(self._note_aside)

    def _note_aside(self, task: asyncio.Task[None]) -> None:
        self._asides.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("something in the background failed", extra={"error_class": type(error).__name__})

    def stop(self, conversation_id: UUID) -> None:
        """Drop what this process is answering in a conversation: nothing it still makes is sent."""
        for errand, scope, _task in list(self._answering.values()):
            if errand.conversation_id == conversation_id:
                scope.cancel()
        self.ring(conversation_id)

    def stop_turn(self, turn_id: UUID, conversation_id: UUID) -> None:
        """Drop one turn, should this process be answering it; nothing else of the conversation is touched."""
        if turn_id in self._answering:
            self._answering[turn_id][1].cancel()
        self.ring(conversation_id)

    async def close(self) -> None:
        """Stop at once and let other processes go on with what is unfinished."""
        if self._asides:
            await asyncio.wait(self._asides, timeout=CLOSING_SECONDS_MAX)
        unfinished = list(self._answering.values())
        for _errand, scope, _task in unfinished:
            scope.cancel()
        if unfinished:
            await asyncio.wait([task for _errand, _scope, task in unfinished], timeout=CLOSING_SECONDS_MAX)
        for errand, _scope, _task in unfinished:
            await self.run(errand.tenant_id, let_go, conversation_id=errand.conversation_id, turn_id=errand.turn_id)
