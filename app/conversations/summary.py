"""What a conversation was about, in a few lines, for whoever takes it over: the subjects answered, what is still open, what was handed out.

Nothing is put in other words: subjects are the shop's own headings and products, open questions are the shopper's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.conversations.read import PassageView, Transcript
from app.conversations.thoughts import ANSWERING_STEPS

SUBJECTS_MAX: Final = 6
OPEN_MAX: Final = 3
_OPEN_STEPS: Final = frozenset({"unknown", "person", "clarify", "message"})


@dataclass(frozen=True)
class Summary:
    """Subjects in the order they came up, the last open questions, codes handed out, and how many questions there were."""

    subjects: tuple[str, ...]
    left_open: tuple[str, ...]
    coupon_codes: tuple[str, ...]
    turn_count: int


def summary_of(transcript: Transcript, passages: Mapping[UUID, PassageView]) -> Summary:
    """Sum up a transcript; `passages` are those it cites. A question that was answered later in the same words is not open."""
    subjects: dict[str, None] = {}
    left: dict[str, None] = {}
    for turn in transcript.turns:
        steps = {step.step for step in turn.route}
        for citation in (citation for said in turn.said for citation in said.citations):
            known = passages.get(citation.passage_id)
            if known is not None:
                subjects.setdefault(known.heading.rpartition(" > ")[2] or known.document_name)
        if steps & ANSWERING_STEPS:
            left.pop(turn.question.casefold(), None)
        elif steps & _OPEN_STEPS:
            left[turn.question.casefold()] = None
    asked = {turn.question.casefold(): turn.question for turn in transcript.turns}
    codes = dict.fromkeys(coupon.code for turn in transcript.turns for coupon in turn.coupons)
    open_ones = tuple(asked[key] for key in left)[-OPEN_MAX:]
    return Summary(tuple(subjects)[:SUBJECTS_MAX], open_ones, tuple(codes), len(transcript.turns))
