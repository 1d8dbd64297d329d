"""The words in which the mind speaks to the rest of the house: what it said, what it offered, and which way the question went."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Protocol
from uuid import UUID

from app.conversations.language_models.chat import LanguageModel
from app.conversations.memory.told import Fact


@dataclass(frozen=True)
class Citation:
    """The passage a sentence rests on, and the shop's own words in it."""

    passage_id: UUID
    document_name: str
    quote: str


@dataclass(frozen=True)
class Said:
    """One sentence, short enough to be spoken in one breath."""

    text: str
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True)
class OfferedCoupon:
    """A coupon as the counting house issued it. The mind never makes one of these itself: it passes on what the power returned."""

    code: str
    title: str
    terms_text: str
    expires_at: datetime


@dataclass(frozen=True)
class Offered:
    """A coupon was handed to the shopper."""

    coupon: OfferedCoupon


@dataclass(frozen=True)
class PersonalCard:
    """What stands on a card for one shopper: their first name in the headline where they gave one, a product, a coupon. No picture yet.

    Texts are empty where the card has none of it.
    """

    headline: str
    product: str = ""
    price: str = ""
    coupon: OfferedCoupon | None = None


@dataclass(frozen=True)
class Carded:
    """A card was made for the shopper."""

    card: PersonalCard


class FilmRefusal(Enum):
    """Why no greeting film can be begun: this visitor had enough of them, the shop has, or it cannot be made."""

    YOURS = "yours"
    FULL = "full"
    UNMADE = "unmade"


@dataclass(frozen=True)
class FilmWish:
    """A greeting film as a shopper wished for it: one of the shop's occasions, and the checked first name it is for."""

    occasion: str
    name: str


@dataclass(frozen=True)
class PersonalFilm:
    """A greeting film that was ordered, by the words over its card. How far it is, the studio says."""

    headline: str


@dataclass(frozen=True)
class Filmed:
    """A greeting film was ordered for somebody the shopper named; its pictures come later."""

    film: PersonalFilm


@dataclass(frozen=True)
class Routed:
    """One step of the way a question took: which step, how sure (parts per million), why, how long, at what cost."""

    step: str
    confidence_ppm: int
    why: str
    duration_us: int
    cost_micro: int = 0


@dataclass(frozen=True)
class MessageWanted:
    """The mind asks the shopper for a message to the staff; the widget may show a form."""

    prompt: str


@dataclass(frozen=True)
class RepliesFit:
    """What a shopper would answer to the question just asked, to be pressed instead of typed; each is understood when it comes back."""

    texts: tuple[str, ...]


Thought = Said | Offered | Carded | Filmed | Routed | MessageWanted | RepliesFit

SKILL_STEP, SKILL_ASKS_STEP = "own_skill", "own_skill_asks"
"""The shop's own system answered through the employee; or the employee asked for what that needs, which is no answer yet."""
WORDED_STEP = "worded"
"""A language model helped: it agreed that a half trusted passage answers, and may have put the answer into words."""
ANSWERING_STEPS = frozenset({"product", "finder", "rule", "coupon", "reviewed", SKILL_STEP, WORDED_STEP})
"""Steps that answer a shopper's question. A greeting, small talk or "I do not know" is no answer and earns no touch."""
CARD_STEP, CARD_ASKS_STEP = "card", "card_asks"
"""A personal card was made; or the employee asked which name should stand on it. Neither answers a question about the shop."""
FILM_STEP, FILM_ASKS_STEP = "film", "film_asks"
"""A greeting film was ordered, or refused; or the employee asked for whom, and whether the name is right."""
WANTS_PERSON_STEP = "handover"
"""The step of a turn in which the shopper asked for a person."""
PERSON_STEP = "person"
"""The step of a question asked while a person of the shop held the conversation: the employee was silent, so it earns no touch."""


class AvailableOffer(Protocol):
    """What the mind reads of an offer. billing's OfferView has this shape; nothing is imported from there."""

    @property
    def offer_id(self) -> UUID: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def product_words(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def terms_text(self) -> str: ...  # noqa: D102
    @property
    def currency(self) -> str: ...  # noqa: D102
    @property
    def minimum_minor(self) -> int: ...  # noqa: D102


@dataclass(frozen=True)
class PageSeen:
    """What the shop's page says the shopper looks at and has in the cart. Any script of the page may have written it: the words are
    looked up in what the employee was taught, and never obeyed or repeated.
    """

    product: str = ""
    cart: tuple[str, ...] = ()
    cart_total_minor: int | None = None
    currency: str = ""


NOTHING_SEEN = PageSeen()


@dataclass(frozen=True)
class Powers:
    """What the mind may do beyond speaking. Wiring supplies each; visitor and conversation are bound inside, out of any text's reach.

    `offers()` lists the offers open now. `issue_coupon(offer_id, turn_id)` returns the coupon, or None when the counting house
    refuses. `leave_message(turn_id, text)` stores a message for the staff. `person_is_there()` says whether somebody of the shop is at
    the desk, so that a shopper who asks for a person is told the truth. `call_skill(skill_id, turn_id, values)` asks the shop's own
    system and returns its answer's fields, empty when it knows nothing, None when it could not be asked. `remember(facts, turn_id,
    consent)` keeps what the visitor agreed to, `refuse_memory(sentence)` keeps only that they do not want it, `forget_visitor()` erases.
    `language_model` is there where one is configured. `choose_offer(offers)` picks among several that fit a visitor alike.
    `may_make_card(turn_id)` says whether this visitor may have another personal card; `makes_cards` whether the shop has any made.
    `film_occasions` are those the shop has a greeting film for; `order_film(wish, headline, turn_id)`
    puts one in line, or says why not.
    `tokens_spent(count)` is told what a language model read and wrote for this answer, also one that was cut off: it is paid for.
    """

    offers: Callable[[], Sequence[AvailableOffer]]
    issue_coupon: Callable[[UUID, UUID], OfferedCoupon | None]
    leave_message: Callable[[UUID, str], None]
    person_is_there: Callable[[], bool] = lambda: False
    call_skill: Callable[[UUID, UUID, Mapping[str, str]], Mapping[str, Any] | None] = lambda _skill, _turn, _values: None
    remember: Callable[[Sequence[Fact], UUID, str | None], bool] = lambda _facts, _turn, _consent: False
    refuse_memory: Callable[[str], None] = lambda _sentence: None
    forget_visitor: Callable[[], None] = lambda: None
    language_model: LanguageModel | None = None
    choose_offer: Callable[[Sequence[AvailableOffer]], AvailableOffer] = lambda offers: offers[0]
    tokens_spent: Callable[[int], None] = lambda _count: None
    makes_cards: bool = False
    may_make_card: Callable[[UUID], bool] = lambda _turn: True
    film_occasions: tuple[str, ...] = ()
    order_film: Callable[[FilmWish, str, UUID], FilmRefusal | None] = lambda _wish, _headline, _turn: FilmRefusal.UNMADE


@dataclass(frozen=True)
class PastTurn:
    """An earlier turn as the mind remembers it: only what was really said, for an interrupted sentence was never heard.

    `by_person` is the name under which a person of the shop said it, empty when the employee did.
    """

    question: str
    said: tuple[Said, ...] = ()
    coupons: tuple[OfferedCoupon, ...] = ()
    steps: tuple[str, ...] = ()
    message_wanted: bool = False
    by_person: str = ""
