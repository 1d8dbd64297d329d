"""Which of the shop's own skills a question calls: one whose example sentence says the same, in words and in meaning."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from app.conversations.knowledge.words import content_terms
from app.conversations.language_models.embeddings import Embedder
from app.conversations.skills.own.describe import OwnSkill
from app.conversations.skills.own.slots import without_value

ALIKE_MIN: Final = 0.93
"""The cosine of two sentences that ask for the same; chosen on the questions of the invented
shops: of 1,389, put to a desk with the three ready skills, 16 called one, 10 of them wrongly, 9 of those in Chinese or Japanese."""
NEAR_MIN: Final = 0.90
SHARED_MIN: Final = 0.5
"""Below ALIKE_MIN, at least so much of both sentences' content must be the same."""


def skill_called(skills: Sequence[OwnSkill], question: str, embed: Embedder, now: datetime) -> OwnSkill | None:
    """The skill a question calls, None when it calls none clearly."""
    best: tuple[float, OwnSkill] | None = None
    for skill in skills:
        bare = question
        for slot in skill.description.slots:
            bare = without_value(slot, bare, now)
        likeness = _likeness(skill, bare, embed)
        if likeness and (best is None or likeness > best[0]):
            best = likeness, skill
    return best[1] if best else None


def _likeness(skill: OwnSkill, question: str, embed: Embedder) -> float:
    asked = frozenset(content_terms(question))
    examples = [frozenset(content_terms(one)) for one in skill.description.examples]
    if asked and asked in examples:
        return 2.0
    meaning = embed([question], "query")[0]
    best = 0.0
    for example, vector in zip(examples, skill.vectors, strict=True):
        alike = float(vector @ meaning)
        shared = len(asked & example) / max(len(asked | example), 1)
        if (alike >= ALIKE_MIN and shared > 0) or (alike >= NEAR_MIN and shared >= SHARED_MIN):
            best = max(best, alike)
    return best
