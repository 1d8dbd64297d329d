"""Look at what an employee knows: their documents, what was understood of each, and what shoppers asked in vain."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, cast, func, or_, select, text
from sqlalchemy.orm import Session

from app.conversations.errors import DocumentUnknown
from app.conversations.guardrails.plain_text import clean
from app.conversations.readers.kinds import kind_named
from app.conversations.skills.reviewed import REVIEWED_PREFIX
from app.conversations.tables import Conversation, Document, Passage, Product, Turn
from tenants.database import tenant_of

WORDS_LENGTH_MAX: Final = 80
REMOVED_DAYS: Final = 30
"""For so long a removed document is offered back on the page; its versions stay for good, for transcripts cite them."""
GAPS_DAYS: Final = 90
GAPS_MAX: Final = 50
GAP_TURNS_MAX: Final = 2000


@dataclass(frozen=True)
class DocumentLine:
    """One version of a document. `kind` is one of readers/kinds.py; `priced` of its `products` have a price that is said."""

    document_id: UUID
    employee_id: UUID
    name: str
    version: int
    kind: str
    byte_count: int
    pages: int | None
    taught_at: datetime
    taught_by: str | None
    replaced_at: datetime | None
    removed_at: datetime | None
    warnings: tuple[str, ...]
    passages: int
    products: int
    priced: int

    @property
    def is_taught(self) -> bool:
        """Whether this version is what they know now."""
        return self.replaced_at is None


@dataclass(frozen=True)
class PassageLine:
    """A passage with its source: the document and, where it has pages, the page."""

    passage_id: UUID
    document_id: UUID
    document_name: str
    position: int
    heading: str
    page: int | None
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class PriceLine:
    """A product as it is known: None where the list does not say. A stock of -1 is "yes, but not how many"."""

    name: str
    price_minor: int | None
    currency: str | None
    unit: str
    category: str
    stock: int | None
    allergens: str | None
    page: int | None
    row_number: int


@dataclass(frozen=True)
class Gap:
    """A question they could not answer, how often it was asked, and the conversation and turn it was last asked in."""

    question: str
    times: int
    last_asked_at: datetime
    conversation_id: UUID
    turn_id: UUID


def documents(session: Session, *, employee_id: UUID) -> list[DocumentLine]:
    """What they are taught now, by name. Reviewed answers are documents too, and have a page of their own."""
    now_taught = Document.replaced_at.is_(None) & ~Document.name.startswith(REVIEWED_PREFIX, autoescape=True)
    return _lines(session, _counted().where(Document.employee_id == employee_id, now_taught).order_by(func.lower(Document.name)))


def removed_documents(session: Session, *, employee_id: UUID, now: datetime) -> list[DocumentLine]:
    """What was removed of late and not taught again under the same name, newest first."""
    taught = select(Document.name).where(Document.employee_id == employee_id, Document.replaced_at.is_(None))
    wanted = _counted().where(
        Document.employee_id == employee_id,
        Document.removed_at > now - timedelta(days=REMOVED_DAYS),
        Document.name.not_in(taught),
        ~Document.name.startswith(REVIEWED_PREFIX, autoescape=True),
    )
    return _lines(session, wanted.order_by(Document.removed_at.desc()))


def versions(session: Session, *, employee_id: UUID, name: str) -> list[DocumentLine]:
    """Every version of a name, newest first."""
    return _lines(session, _counted().where(Document.employee_id == employee_id, Document.name == name).order_by(Document.version.desc()))


def document(session: Session, *, document_id: UUID) -> DocumentLine:
    """One version; raises DocumentUnknown."""
    found = _lines(session, _counted().where(Document.document_id == document_id))
    if not found:
        raise DocumentUnknown("No such document was taught here.")
    return found[0]


def passages_of(session: Session, *, document_id: UUID, words: str = "", after: int = -1, limit: int = 40) -> list[PassageLine]:
    """The passages of one version in their own order, those that hold `words` if any; `after` continues after a position."""
    wanted = _passages().where(Passage.document_id == document_id, Passage.position > after, Product.passage_id.is_(None))
    return _passage_lines(session, wanted.where(*_holding(words)).order_by(Passage.position).limit(limit))


def find_passages(session: Session, *, employee_id: UUID, words: str, limit: int = 40) -> list[PassageLine]:
    """Passages of everything they are taught now that hold all the `words`."""
    wanted = _passages().where(Document.employee_id == employee_id, Document.replaced_at.is_(None), *_holding(words))
    return _passage_lines(session, wanted.order_by(Document.name, Passage.position).limit(limit))


def prices_of(session: Session, *, document_id: UUID, words: str = "", after: int = -1, limit: int = 100) -> list[tuple[int, PriceLine]]:
    """The products of one version in their own order, each with its position; `after` continues after a position."""
    wanted = (
        select(Passage.position, Passage.page, Product)
        .join(Product, (Product.tenant_id == Passage.tenant_id) & (Product.passage_id == Passage.passage_id))
        .where(Passage.tenant_id == tenant_of(session), Passage.document_id == document_id, Passage.position > after)
        .where(*_holding(words))
        .order_by(Passage.position)
        .limit(limit)
    )
    return [(position, _price_line(page, product)) for position, page, product in session.execute(wanted)]


def gaps(session: Session, *, employee_id: UUID, now: datetime) -> list[Gap]:
    """Questions of real shoppers that ended in "I do not know", the most frequent first; the same words count together."""
    unanswered = text("""turn.route @> '{"steps": [{"step": "unknown"}]}'""")
    wanted = (
        select(Turn.question, Turn.asked_at, Turn.conversation_id, Turn.turn_id)
        .join(Conversation, (Conversation.tenant_id == Turn.tenant_id) & (Conversation.conversation_id == Turn.conversation_id))
        .where(Turn.tenant_id == tenant_of(session), Conversation.employee_id == employee_id, Conversation.is_interview.is_(False))
        .where(Turn.asked_at > now - timedelta(days=GAPS_DAYS), unanswered)
        .order_by(Turn.asked_at.desc())
        .limit(GAP_TURNS_MAX)
    )
    found: dict[str, Gap] = {}
    for question, asked_at, conversation_id, turn_id in session.execute(wanted):
        key = " ".join(question.casefold().strip(" ?!.。？！").split())
        known = found.get(key)
        newest = known or Gap(question, 0, asked_at, conversation_id, turn_id)
        found[key] = replace(newest, times=newest.times + 1)
    return sorted(found.values(), key=lambda gap: (-gap.times, -gap.last_asked_at.timestamp()))[:GAPS_MAX]


def _counted() -> Select[Any]:
    of_this = (Passage.tenant_id == Document.tenant_id) & (Passage.document_id == Document.document_id)
    counted = (
        select(func.count(Passage.passage_id), func.count(Product.passage_id), func.count(Product.price_minor))
        .select_from(Passage)
        .outerjoin(Product, (Product.tenant_id == Passage.tenant_id) & (Product.passage_id == Passage.passage_id))
        .where(of_this)
        .correlate(Document)
        .lateral("counted")
    )
    return select(Document, *counted.c).join(counted, text("true"))


def _lines(session: Session, wanted: Select[Any]) -> list[DocumentLine]:
    mine = wanted.where(Document.tenant_id == tenant_of(session))
    return [_line(row, all_, products, priced) for row, all_, products, priced in session.execute(mine)]


def _line(row: Document, all_passages: int, products: int, priced: int) -> DocumentLine:
    return DocumentLine(
        document_id=row.document_id,
        employee_id=row.employee_id,
        name=row.name,
        version=row.version,
        kind=kind_named(row.name, row.media_type),
        byte_count=row.byte_count,
        pages=row.page_count,
        taught_at=row.taught_at,
        taught_by=row.taught_by,
        replaced_at=row.replaced_at,
        removed_at=row.removed_at,
        warnings=tuple(row.warnings["warnings"]),
        passages=all_passages - products,
        products=products,
        priced=priced,
    )


def _passages() -> Select[Passage, str]:
    return (
        select(Passage, Document.name)
        .join(Document, (Document.tenant_id == Passage.tenant_id) & (Document.document_id == Passage.document_id))
        .outerjoin(Product, (Product.tenant_id == Passage.tenant_id) & (Product.passage_id == Passage.passage_id))
    )


def _passage_lines(session: Session, wanted: Select[Passage, str]) -> list[PassageLine]:
    rows = session.execute(wanted.where(Passage.tenant_id == tenant_of(session)))
    return [
        PassageLine(row.passage_id, row.document_id, name, row.position, row.heading, row.page, tuple(row.sentences["sentences"]))
        for row, name in rows
    ]


def _holding(words: str) -> Sequence[ColumnElement[bool]]:
    """Every word stands in the heading or in a sentence, letter case aside."""
    wanted = clean(words)[:WORDS_LENGTH_MAX].split()
    return [
        or_(Passage.heading.icontains(word, autoescape=True), cast(Passage.sentences["sentences"], Text).icontains(word, autoescape=True))
        for word in wanted
    ]


def _price_line(page: int | None, row: Product) -> PriceLine:
    return PriceLine(
        name=row.name,
        price_minor=row.price_minor,
        currency=row.currency,
        unit=row.unit,
        category=row.category,
        stock=row.stock,
        allergens=row.allergens,
        page=page,
        row_number=row.row_number,
    )
