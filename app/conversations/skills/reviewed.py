"""Answer with what the shop's people wrote to this very question and looked at twice: word for word, and cited."""

from typing import Final

from app.conversations.knowledge.index import REVIEWED_PREFIX, Index, KnownPassage
from app.conversations.knowledge.sentences import spoken
from app.conversations.knowledge.words import content_terms
from app.conversations.skills.ask import Ask, Reply
from app.conversations.thoughts import Citation, Said

__all__ = ["REVIEWED_PREFIX", "say_reviewed"]
LEAD_MIN: Final = 0.3
SHARED_MIN: Final = 0.5
SURE_MIN: Final = 0.6
"""A question in other words is answered when three agree: its tiny model leads, half of the words are shared, the judge is not against."""


def say_reviewed(ask: Ask) -> Reply | None:
    """Answer when a reviewed question asks for exactly the same, or when its own tiny model, its words and the judge all say so."""
    if not ask.index.reviewed:
        return None
    wanted = frozenset(content_terms(ask.spelled))
    same = ask.index.reviewed_terms.get(wanted) if wanted else None
    if same is not None:
        return _said(same, 1.0, f'the shop reviewed an answer to "{question_of(same)}"')
    return _pointed(ask, wanted)


def _pointed(ask: Ask, wanted: frozenset[str]) -> Reply | None:
    pointed = ask.index.tiny_models.point(ask.vector)
    if pointed is None or pointed.lead < LEAD_MIN:
        return None
    passage = ask.index.by_id[pointed.owner]
    own = frozenset(content_terms(question_of(passage)))
    if not wanted or len(wanted & own) < SHARED_MIN * len(wanted | own):
        return None
    sure = next((each.confidence for each in ask.candidates if each.passage.passage_id == passage.passage_id), 0.0)
    return _said(passage, sure, f'its model points to the reviewed "{question_of(passage)}"') if sure >= SURE_MIN else None


def question_of(passage: KnownPassage) -> str:
    """The question a reviewed answer was written to."""
    return Index.question_of(passage)


def _said(passage: KnownPassage, sure: float, why: str) -> Reply:
    cited = [
        Said(part, (Citation(passage.passage_id, passage.document_name, sentence),))
        for sentence in passage.sentences
        for part in spoken(sentence)
    ]
    return Reply("reviewed", sure, why, tuple(cited))
