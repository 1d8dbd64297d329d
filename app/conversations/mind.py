"""The mind of one employee: load what it was taught, then think about one question at a time.

Thinking touches no database: what it may do beyond speaking comes as powers, which open their own transactions.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from babel.dates import format_date
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.conversations.beside import NOTHING_BESIDE, Beside
from app.conversations.errors import EmployeeUnknown
from app.conversations.guardrails.personal_data import mask_numbers
from app.conversations.guardrails.plain_text import QUESTION_LENGTH_MAX, clean
from app.conversations.knowledge.index import Index, KnownPassage
from app.conversations.knowledge.language import language_of
from app.conversations.knowledge.pieces import ProductFact
from app.conversations.language_models.embeddings import DIMENSIONS, Embedder
from app.conversations.skills.ask import Ask
from app.conversations.skills.frames import LANGUAGES, phrase, say
from app.conversations.skills.ladder import climb
from app.conversations.tables import Document, Passage, Product
from app.conversations.thoughts import NOTHING_SEEN, MessageWanted, PageSeen, PastTurn, Powers, Routed, Said, Thought
from tenants.database import tenant_of
from tenants.tables import Employee, Tenant

AWAY_DAY = {"en": "d MMMM", "zh": "M月d日", "ja": "M月d日", "fr": "d MMMM"}
"""How each language writes a day of the year when it is spoken."""


@dataclass(frozen=True)
class Mind:
    """Everything an employee knows, in memory. Cache it by (employee_id, knowledge_version)."""

    employee_id: UUID
    employee_name: str
    greeting: str
    knowledge_version: str
    index: Index
    embed: Embedder
    time_zone: str = "UTC"
    """The shop's own, an IANA name: "today" means the shop's day."""


def knowledge_version(session: Session, *, employee_id: UUID) -> str:
    """A short name for exactly the documents now taught; it changes when any is taught, replaced or removed."""
    current = select(Document.document_id).where(Document.employee_id == employee_id, Document.replaced_at.is_(None))
    ids = sorted(str(document_id) for document_id in session.scalars(current))
    return hashlib.sha256(",".join(ids).encode()).hexdigest()[:16]


def knows_anything(session: Session, *, employee_id: UUID) -> bool:
    """Whether an employee was taught any document that stands."""
    current = select(Document.document_id).where(Document.employee_id == employee_id, Document.replaced_at.is_(None))
    return session.scalar(current.limit(1)) is not None


def load_mind(session: Session, *, employee_id: UUID, embed: Embedder) -> Mind:
    """Load an employee's current knowledge; raises EmployeeUnknown."""
    employee = session.get(Employee, (tenant_of(session), employee_id))
    if employee is None:
        raise EmployeeUnknown(f"No employee {employee_id} works here.")
    version = knowledge_version(session, employee_id=employee_id)
    tenant = session.get(Tenant, tenant_of(session))
    zone = tenant.time_zone if tenant else "UTC"
    return Mind(employee_id, employee.name, employee.greeting, version, Index(_known_passages(session, employee_id)), embed, zone)


def greet(mind: Mind, *, language: str = "en", beside: Beside = NOTHING_BESIDE) -> tuple[Said, ...]:
    """The first words: the name, that it is an AI (always, and first), then the employee's own greeting, or a question where that is in
    another language than the visitor's.

    A visitor who agreed to be remembered by a name is greeted by it.
    """
    own, visitor = own_words(mind.greeting, language), beside.memory.value("name")
    again = (say("greet_again", language, visitor=visitor),) if visitor else ()
    first = say("greet", language, name=mind.employee_name)
    return (first, *again, Said(own)) if own else (first, *again, say("greet_ask", language))


def own_words(greeting: str, language: str) -> str:
    """The greeting the shop wrote, or "" where it is in another language than the visitor's."""
    own = clean(greeting)
    return own if own and language_of(own, "en") == language else ""


def be_away(mind: Mind, until: date, *, is_greeting: bool, language: str = "en") -> Iterator[Thought]:
    """What a shopper hears on an employee's days off when nobody steps in: until when, and that a message reaches the shop. No answer."""
    spoken = language if language in LANGUAGES else "en"
    if is_greeting:
        yield say("greet", spoken, name=mind.employee_name)
    yield say("away", spoken, day=format_date(until, AWAY_DAY[spoken], locale=spoken))
    yield Routed("away", 1_000_000, "it is a day off", 0)
    yield MessageWanted(phrase("human_prompt", spoken))


def think(  # noqa: PLR0913 - what they think with, each by its name
    mind: Mind, question: str, *, history: Sequence[PastTurn], powers: Powers, turn_id: UUID, now: datetime, language: str = "en",
    page: PageSeen = NOTHING_SEEN, beside: Beside = NOTHING_BESIDE,
) -> Iterator[Thought]:  # fmt: skip
    """Answer one question, sentence by sentence. Never raises for anything a shopper may type.

    `history` are the last answered turns, oldest first (read.history); `language` is the page's, used when the text shows none;
    `page` is what the page says the shopper looks at, for "how much is this one?"; `beside` is what they have beside their papers.
    """
    plain = clean(question)
    text = mask_numbers(plain[:QUESTION_LENGTH_MAX])
    earlier = next((language_of(turn.question, "") for turn in reversed(history) if language_of(turn.question, "")), language)
    ask = Ask(
        text=text,
        language=language_of(text, earlier),
        employee_name=mind.employee_name,
        index=mind.index,
        embed=mind.embed,
        history=tuple(history),
        powers=powers,
        turn_id=turn_id,
        now=_shops_time(now, mind.time_zone),
        page=page,
        beside=beside,
    )
    if len(plain) > QUESTION_LENGTH_MAX:
        yield say("too_long", ask.language)
    yield from climb(ask)


def _shops_time(now: datetime, time_zone: str) -> datetime:
    """The same instant on the shop's clock; unchanged when the zone is unknown here."""
    try:
        return now.astimezone(ZoneInfo(time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        return now


def _known_passages(session: Session, employee_id: UUID) -> list[KnownPassage]:
    wanted = (
        select(Passage, Document.name, Product)
        .join(Document, Document.document_id == Passage.document_id)
        .outerjoin(Product, Product.passage_id == Passage.passage_id)
        .where(Document.employee_id == employee_id, Document.replaced_at.is_(None))
        .order_by(Document.name, Passage.position)
    )
    return [_known(passage, name, product) for passage, name, product in session.execute(wanted)]


def _known(passage: Passage, document_name: str, product: Product | None) -> KnownPassage:
    return KnownPassage(
        passage_id=passage.passage_id,
        document_name=document_name,
        heading=passage.heading,
        sentences=tuple(passage.sentences["sentences"]),
        vectors=np.frombuffer(passage.vectors, dtype="<f4").reshape(-1, DIMENSIONS),
        product=_fact(product) if product else None,
    )


def _fact(product: Product) -> ProductFact:
    return ProductFact(
        name=product.name,
        price_minor=product.price_minor,
        currency=product.currency,
        category=product.category,
        stock=product.stock,
        allergens=product.allergens,
        description=product.description,
        url=product.url,
        row_number=product.row_number,
        unit=product.unit,
    )
