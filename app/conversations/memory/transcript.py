"""How an answer is written to its row and read back: sentences with their citations, coupons, and the steps of the route."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.conversations.thoughts import Citation, MessageWanted, Offered, OfferedCoupon, PastTurn, Routed, Said, Thought


def answer_to_json(thoughts: Iterable[Thought], interrupted_after: int | None) -> dict[str, Any]:
    """Keep the sentences that were heard. A coupon is kept even when its sentence was cut off, for it was really issued."""
    kept = tuple(thoughts)
    said = [thought for thought in kept if isinstance(thought, Said)][: None if interrupted_after is None else max(interrupted_after, 0)]
    coupons = [thought.coupon for thought in kept if isinstance(thought, Offered)]
    return {
        "sentences": [{"text": one.text, "citations": [_citation_to_json(each) for each in one.citations]} for one in said],
        "coupons": [
            {"code": one.code, "title": one.title, "terms_text": one.terms_text, "expires_at": one.expires_at.isoformat()}
            for one in coupons
        ],
        "message_wanted": any(isinstance(thought, MessageWanted) for thought in kept),
    }


def route_to_json(steps: Iterable[Routed]) -> dict[str, Any]:
    """Write the steps in the order they were taken."""
    return {"steps": [vars(step) for step in steps]}


def route_from_json(route: Mapping[str, Any]) -> tuple[Routed, ...]:
    """Read the steps back."""
    return tuple(Routed(**step) for step in route.get("steps", ()))


def past_turn(question: str, answer: Mapping[str, Any], route: Mapping[str, Any]) -> PastTurn:
    """Read one turn back as the mind remembers it."""
    return PastTurn(
        question=question,
        said=tuple(Said(one["text"], tuple(_citation_from_json(each) for each in one["citations"])) for one in answer.get("sentences", ())),
        coupons=tuple(
            OfferedCoupon(one["code"], one["title"], one["terms_text"], datetime.fromisoformat(one["expires_at"]))
            for one in answer.get("coupons", ())
        ),
        steps=tuple(step.step for step in route_from_json(route)),
        message_wanted=bool(answer.get("message_wanted", False)),
    )


def _citation_to_json(citation: Citation) -> dict[str, str]:
    return {"passage_id": str(citation.passage_id), "document_name": citation.document_name, "quote": citation.quote}


def _citation_from_json(citation: Mapping[str, str]) -> Citation:
    return Citation(UUID(citation["passage_id"]), citation["document_name"], citation["quote"])
