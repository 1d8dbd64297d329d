"""Ask an employee something to see what they would say, and why: no conversation is opened, no touch earned, nothing issued."""

from dataclasses import dataclass
from datetime import datetime
from time import perf_counter_ns
from uuid import UUID

from sqlalchemy.orm import Session

from app.conversations.mind import Mind, think
from app.conversations.read import PassageView, passage
from app.conversations.thoughts import ANSWERING_STEPS, Offered, OfferedCoupon, Powers, Routed, Said, Thought
from tenants.identifiers import new_id


@dataclass(frozen=True)
class Rehearsed:
    """What they would say, the step of the mind that answered, how long it took and what it cost (millionths of the account's unit)."""

    question: str
    thoughts: tuple[Thought, ...]
    duration_us: int

    @property
    def said(self) -> tuple[Said, ...]:
        """Their sentences."""
        return tuple(one for one in self.thoughts if isinstance(one, Said))

    @property
    def text(self) -> str:
        """Their sentences as one text."""
        return " ".join(one.text for one in self.said)

    @property
    def coupons(self) -> tuple[OfferedCoupon, ...]:
        """Coupons they would hand out; their codes are samples."""
        return tuple(one.coupon for one in self.thoughts if isinstance(one, Offered))

    @property
    def route(self) -> tuple[Routed, ...]:
        """The steps their mind took."""
        return tuple(one for one in self.thoughts if isinstance(one, Routed))

    @property
    def is_answer(self) -> bool:
        """Whether a step that answers was taken; "I do not know" is no answer."""
        return any(one.step in ANSWERING_STEPS for one in self.route)

    @property
    def passage_ids(self) -> tuple[UUID, ...]:
        """The passages their sentences rest on, in their own order."""
        return tuple(dict.fromkeys(citation.passage_id for said in self.said for citation in said.citations))


def rehearse(mind: Mind, question: str, *, powers: Powers, now: datetime, language: str = "en") -> Rehearsed:
    """Let them think about one question, as at the start of a conversation."""
    started = perf_counter_ns()
    thoughts = tuple(think(mind, question, history=(), powers=powers, turn_id=new_id(now), now=now, language=language))
    return Rehearsed(question, thoughts, (perf_counter_ns() - started) // 1000)


def passages(session: Session, rehearsed: Rehearsed) -> list[PassageView]:
    """The passages an answer rests on, as the page shows them."""
    return [found for one in rehearsed.passage_ids if (found := passage(session, one)) is not None]
