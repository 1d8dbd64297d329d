"""A question on its way through the skills, with what each may need; costly things are worked out once, when first asked for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from app.conversations.beside import NOTHING_BESIDE, Beside
from app.conversations.knowledge.calibration import ANSWER_CONFIDENCE_MIN
from app.conversations.knowledge.index import Candidate, Index, KnownPassage
from app.conversations.knowledge.spelling import corrected
from app.conversations.language_models.embeddings import Embedder, Vectors
from app.conversations.thoughts import NOTHING_SEEN, PageSeen, PastTurn, Powers, Thought


@dataclass(frozen=True)
class Ask:
    """One question in its conversation. `text` is plain, bounded and masked; `language` is the shopper's (en, zh, ja, fr)."""

    text: str
    language: str
    employee_name: str
    index: Index
    embed: Embedder
    history: tuple[PastTurn, ...]
    powers: Powers
    turn_id: UUID
    now: datetime
    page: PageSeen = NOTHING_SEEN
    beside: Beside = NOTHING_BESIDE

    @cached_property
    def looked_at(self) -> tuple[KnownPassage, ...]:
        """The product on the page the shopper has open, where it is one they were taught."""
        return self._products_called((self.page.product,))

    @cached_property
    def in_cart(self) -> tuple[KnownPassage, ...]:
        """The products in the cart that they were taught."""
        return self._products_called(self.page.cart)

    def _products_called(self, names: tuple[str, ...]) -> tuple[KnownPassage, ...]:
        wanted = {_letters(name) for name in names} - {""}
        found = {_letters(one.product.name): one for one in self.index.passages if one.product} if wanted else {}
        return tuple(found[name] for name in found if name in wanted)

    @cached_property
    def spelled(self) -> str:
        """The question with plain slips of the finger put right."""
        return corrected(self.text, self.index.spelling)

    @cached_property
    def vector(self) -> Vectors:
        """The question's meaning, shape (384,)."""
        self.index.begin_reading(self.spelled)
        vector: Vectors = self.embed([self.spelled], "query")[0]
        return vector

    @cached_property
    def candidates(self) -> list[Candidate]:
        """Passages that may answer, surest first."""
        return self.index.search(self.spelled, self.vector)

    @cached_property
    def topic(self) -> tuple[KnownPassage, ...]:
        """Passages the last answer cited and that are still taught: what "it" and "the large one" may mean."""
        last = self.history[-1] if self.history else PastTurn("")
        if last.by_person:
            return self._spoken_of_by_person(last)
        cited = dict.fromkeys(citation.passage_id for said in last.said for citation in said.citations)
        return tuple(self.index.by_id[passage_id] for passage_id in cited if passage_id in self.index.by_id)

    def _spoken_of_by_person(self, last: PastTurn) -> tuple[KnownPassage, ...]:
        """What a person of the shop last wrote of: products named there, or else the one passage that says it most surely."""
        text = " ".join(said.text for said in last.said)
        named = [one for one in self.index.passages if one.product and one.product.name.casefold() in text.casefold()]
        if named or not text:
            return tuple(named)
        surest = self.index.search(text, self.embed([text], "query")[0], limit=1)
        return tuple(one.passage for one in surest if one.confidence >= ANSWER_CONFIDENCE_MIN)


def _letters(name: str) -> str:
    """A product's name without case, spaces and signs: pages and price lists write them differently."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


@dataclass(frozen=True)
class Reply:
    """A skill's answer: which step it was, how sure (0..1) and why, and what to say and do.

    `more` comes after the last of `thoughts` while it is still being made; it is read once.
    """

    step: str
    confidence: float
    why: str
    thoughts: tuple[Thought, ...]
    more: Iterator[Thought] | None = None


Skill = Callable[[Ask], Reply | None]
"""A skill answers, or returns None and leaves the question to the next."""
