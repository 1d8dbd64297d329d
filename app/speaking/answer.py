"""One turn, start to last frame: think, voice and deliver, each a step ahead of the next, all of them bounded.

While a sentence travels to the shopper the next one is voiced and the one after it is thought. No database transaction is held
while a model works. The stream's row says whether the turn is still wanted: when the shopper has cut in, everything stops.
"""

import logging
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final
from uuid import UUID

import anyio
import anyio.to_thread
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from sqlalchemy.orm import Session

from app.conversations.mind import be_away, greet, think
from app.conversations.thoughts import Carded, Filmed, MessageWanted, Offered, Powers, RepliesFit, Routed, Said, Thought
from app.costs.meter import Meter
from app.costs.note_cost import note_cost
from app.speaking import wire
from app.speaking.desk import Desk
from app.speaking.minds import Attention
from app.speaking.powers import EmployeePowers
from app.speaking.pronunciations import with_sayings
from app.speaking.stream import Draft
from app.speaking.turns import Errand, TurnOver, add_to_turn, end_turn
from app.speaking.voicing.audio_store import Piece
from avatar_pipeline.voice import Voice

THOUGHTS_AHEAD_MAX: Final = 3
"""Thoughts that may wait for the voice; then thinking pauses."""
EVENTS_AHEAD_MAX: Final = 4
"""Finished events that may wait for the database; then the voice pauses."""
SENTENCES_MAX: Final = 40
"""Said sentences of one answer; the rest is not said."""
SENTENCE_CHARACTERS_MAX: Final = 600
"""A longer sentence is cut: nobody listens to it, and it would hold the voice for half a minute."""
ANSWER_SECONDS_MAX: Final = 60
"""An answer that takes longer is given up, and the shopper is told."""

log = logging.getLogger(__name__)


async def answer(desk: Desk, errand: Errand) -> None:
    """Answer one errand to its `turn:end`, whatever happens; returns quietly when the turn is over before."""
    try:
        with anyio.fail_after(ANSWER_SECONDS_MAX):
            await _Answer(desk, errand).give()
    except TurnOver:
        log.info("a turn was over before its answer", extra={"turn_id": str(errand.turn_id)})
    except Exception as error:
        log.exception("an answer failed", extra={"turn_id": str(errand.turn_id), "error_class": type(error).__name__})
        await _apologise(desk, errand)


async def _apologise(desk: Desk, errand: Errand) -> None:
    failed = wire.turn_failed("The answer could not be made", "Something broke on our side. Ask again in a moment.")
    place = {"conversation_id": errand.conversation_id, "turn_id": errand.turn_id}
    try:
        await desk.run(errand.tenant_id, end_turn, drafts=[failed], now=desk.clock(), **place)
    except TurnOver:
        log.info("the turn was over already", extra={"turn_id": str(errand.turn_id)})


@dataclass
class _Answer:
    """One answer on its way. `number` counts sentences on the wire, `said` as they were thought; `worn` is what the last one felt like."""

    desk: Desk
    errand: Errand
    powers: EmployeePowers = field(init=False)
    meter: Meter = field(default_factory=Meter)
    number: int = 0
    said: int = 0
    worn: str = "neutral"

    def __post_init__(self) -> None:
        self.powers = EmployeePowers(self.desk.database, self.desk.clock, self.errand)

    async def give(self) -> None:
        errand = self.errand
        attend = partial(
            self.desk.minds.attend, errand.tenant_id, errand.employee_id, errand.conversation_id, errand.turn_id,
            is_interview=errand.is_interview, visitor_id=errand.visitor_id,
        )  # fmt: skip
        attention = await anyio.to_thread.run_sync(attend, limiter=self.desk.thinking)
        to_voice, thoughts = anyio.create_memory_object_stream[Thought](THOUGHTS_AHEAD_MAX)
        to_deliver, drafts = anyio.create_memory_object_stream[Draft](EVENTS_AHEAD_MAX)
        is_wanted, voice = True, with_sayings(self.desk.voice(attention.employee.voice_id), attention.own_sayings)
        async with anyio.create_task_group() as group:
            group.start_soon(self._think, attention, to_voice)
            group.start_soon(self._voice, voice, thoughts, to_deliver)
            try:
                await self._deliver(drafts)
            except TurnOver:
                is_wanted = False
                group.cancel_scope.cancel()
        if not is_wanted:
            await self.desk.run(errand.tenant_id, note_cost, kind="turn", **self._cost())
            raise TurnOver

    async def _think(self, attention: Attention, to_voice: MemoryObjectSendStream[Thought]) -> None:
        """Pull thoughts one by one in a thread, so that a turn that is over stops thinking at the next one."""
        thoughts = self._thoughts(attention)
        async with to_voice:
            while (thought := await anyio.to_thread.run_sync(self.meter.timed, thoughts, limiter=self.desk.thinking)) is not None:
                await to_voice.send(thought)

    def _thoughts(self, attention: Attention) -> Iterator[Thought]:
        errand = self.errand
        if attention.away_until is not None:
            return be_away(attention.mind, attention.away_until, is_greeting=errand.question is None, language=errand.language)
        if errand.question is None:
            return iter(greet(attention.mind, language=errand.language, beside=attention.beside))
        return think(
            attention.mind,
            errand.question,
            history=attention.history,
            powers=self._powers(),
            turn_id=errand.turn_id,
            now=self.desk.clock(),
            language=errand.language,
            page=attention.page,
            beside=attention.beside,
        )

    def _powers(self) -> Powers:
        """What may be done beyond speaking, with the language model, whose tokens are counted with this answer."""
        model = self.desk.language_model
        return replace(self.powers.as_powers(), language_model=model, tokens_spent=lambda count: self.meter.add(tokens=count))

    async def _voice(self, voice: Voice, thoughts: MemoryObjectReceiveStream[Thought], to_deliver: MemoryObjectSendStream[Draft]) -> None:
        """Turn thoughts into events, skipping what a process before us already sent."""
        done, pieces_done = _sent_before(self.errand), wire.pieces_sent(self.errand.sent)
        self.number = sum(pieces_done.values())
        async with thoughts, to_deliver:
            async for thought in thoughts:
                if not isinstance(thought, Said):
                    draft = self._draft(thought)
                    if _fingerprint(draft) not in done:
                        await to_deliver.send(draft)
                    continue
                if self.said < SENTENCES_MAX and self.said + 1 not in pieces_done:
                    await self._voice_said(thought, voice, pieces_done.get(self.said, 0), to_deliver)
                self.said += 1

    async def _voice_said(self, thought: Said, voice: Voice, pieces_done: int, to_deliver: MemoryObjectSendStream[Draft]) -> None:
        said, position = Said(_bounded(thought.text), thought.citations), 0
        async with aclosing(self.desk.voicer.voiced(said.text, voice, self.meter, worn=self.worn)) as pieces:
            async for piece in pieces:
                self.worn = piece.feels
                if position >= pieces_done:
                    await to_deliver.send(self._sentence(said if position == 0 else None, piece))
                position += 1

    def _sentence(self, said: Said | None, piece: Piece) -> Draft:
        language = piece.language if piece.key is not None else self.errand.language
        draft = wire.sentence(self.number, self.said, said, piece, language)
        self.number += 1
        return draft

    def _draft(self, thought: Thought) -> Draft:
        if isinstance(thought, Offered):
            return wire.offer(thought.coupon, self.powers.issued.get(thought.coupon.code))
        if isinstance(thought, Carded):
            return wire.card(thought.card)
        if isinstance(thought, Filmed):
            return wire.film(thought.film.headline)
        if isinstance(thought, MessageWanted):
            return wire.message_wanted(thought)
        if isinstance(thought, RepliesFit):
            return wire.replies(thought)
        assert isinstance(thought, Routed)  # noqa: S101 - Thought has no eighth kind
        return wire.route([thought])

    async def _deliver(self, drafts: MemoryObjectReceiveStream[Draft]) -> None:
        """Write events as they come, several at once when they wait; the last ones go with `turn:end` and the record."""
        errand, waiting = self.errand, list[Draft]()
        place = {"conversation_id": errand.conversation_id, "turn_id": errand.turn_id}
        async with drafts:
            async for draft in drafts:
                waiting.append(draft)
                if draft.kind == "route":
                    continue  # nobody waits for it: it goes along with the next words
                await self.desk.run(errand.tenant_id, add_to_turn, drafts=waiting, now=self.desk.clock(), **place)
                self.desk.ring(errand.conversation_id)
                waiting = []
        await self.desk.run(errand.tenant_id, _end_turn, place=place, drafts=waiting, cost=self._cost())

    def _cost(self) -> dict[str, Any]:
        return {
            "cause_id": self.errand.turn_id, "employee_id": self.errand.employee_id, "spent": self.meter.spent(), "now": self.desk.clock(),
        }  # fmt: skip


def _end_turn(session: Session, *, place: dict[str, UUID], drafts: list[Draft], cost: dict[str, Any]) -> None:
    """The employee's last words, and what the answer took, in one transaction."""
    end_turn(session, drafts=drafts, now=cost["now"], **place)
    note_cost(session, kind="turn", **cost)


def _bounded(text: str) -> str:
    return text if len(text) <= SENTENCE_CHARACTERS_MAX else text[: SENTENCE_CHARACTERS_MAX - 1].rstrip() + "…"


def _sent_before(errand: Errand) -> set[tuple[str, str]]:
    return {_fingerprint(Draft(event.kind, event.payload)) for event in errand.sent}


def _fingerprint(draft: Draft) -> tuple[str, str]:
    """What makes an event the same when an answer is made a second time."""
    names = {"offer": "code", "card": "headline", "message:wanted": "prompt"}
    return draft.kind, str(draft.payload.get(names.get(draft.kind, ""), ""))
