"""Teach an employee a document: read it, make it findable, and replace the version taught before."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.conversations.errors import EmployeeUnknown
from app.conversations.guardrails.plain_text import clean
from app.conversations.knowledge.pieces import Piece, ReadDocument
from app.conversations.language_models.embeddings import Embedder, Vectors
from app.conversations.readers import kinds
from app.conversations.readers.apart import read_apart
from app.conversations.readers.read import read
from app.conversations.tables import Document, Passage, Product
from tenants.database import tenant_of
from tenants.identifiers import new_id
from tenants.tables import Employee

NAME_LENGTH_MAX = 120


@dataclass(frozen=True)
class TaughtDocument:
    """What became of a document: its version, how many passages and facts it gave, and what could not be taught."""

    document_id: UUID
    version: int
    passages: int
    facts: int
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Learned:
    """A document that was read and whose passages have their vectors: ready to be stored in one short transaction."""

    name: str
    media_type: str
    body_sha256: str
    byte_count: int
    read: ReadDocument
    vectors: Sequence[Vectors]
    taught_by: str | None = None


def teach_document(
    session: Session, *, employee_id: UUID, name: str, media_type: str, body: bytes, embed: Embedder, now: datetime
) -> TaughtDocument:
    """Teach one document of any kind (readers/kinds.py). Teaching the same name makes a new version; the same bytes change nothing.

    Reading and embedding come before the first query, so that no transaction waits for the model. Raises EmployeeUnknown and the
    Document... errors of app/conversations/errors.py; then nothing is stored.
    """
    name = document_name(name)
    understood = read_document(name, media_type, body)
    vectors = [vectors_of(piece, embed) for piece in understood.pieces]
    learned = Learned(name, media_type, hashlib.sha256(body).hexdigest(), len(body), understood, vectors)
    return store_document(session, employee_id=employee_id, learned=learned, now=now)


def store_document(session: Session, *, employee_id: UUID, learned: Learned, now: datetime) -> TaughtDocument:
    """Make what was learned the current version of its name. The same bytes as now change nothing. Raises EmployeeUnknown."""
    tenant_id = tenant_of(session)
    if session.get(Employee, (tenant_id, employee_id), with_for_update=True) is None:  # one teacher at a time
        raise EmployeeUnknown(f"No employee {employee_id} works here.")
    known = current_document(session, employee_id, learned.name)
    if known is not None and known.body_sha256 == learned.body_sha256:
        return _taught(known.document_id, known.version, learned.read)
    if known is not None:
        known.replaced_at = now
        session.flush()
    document = Document(
        tenant_id=tenant_id,
        document_id=new_id(now),
        employee_id=employee_id,
        name=learned.name,
        version=1 + (_last_version(session, employee_id, learned.name) or 0),
        media_type=learned.media_type,
        body_sha256=learned.body_sha256,
        byte_count=learned.byte_count,
        warnings={"warnings": list(learned.read.warnings)},
        taught_at=now,
        page_count=learned.read.pages,
        taught_by=learned.taught_by,
    )
    session.add(document)
    session.flush()
    _store(session, document, learned, now)
    return _taught(document.document_id, document.version, learned.read)


def document_name(name: str) -> str:
    """A name as it is kept: plain and bounded."""
    return clean(name)[:NAME_LENGTH_MAX] or "document"


def read_document(name: str, media_type: str, body: bytes) -> ReadDocument:
    """Read a document without storing it, hostile formats in a process of their own. Raises the Document... errors."""
    kind = kinds.kind_of(name, media_type, body)
    reading = read_apart if kind in kinds.APART else read
    return reading(name, kind, body, lambda _page, _pages: None)


def vectors_of(piece: Piece, embed: Embedder) -> Vectors:
    """The passage, then each sentence under its heading; a product is short, and its passage says it all."""
    last_heading = piece.heading.rpartition(" > ")[2]
    sentences = () if piece.product else piece.sentences
    return embed([piece.text, *(f"{last_heading}: {sentence}" for sentence in sentences)], "passage")


def current_document(session: Session, employee_id: UUID, name: str) -> Document | None:
    """The version of a name that is taught now."""
    current = select(Document).where(Document.employee_id == employee_id, Document.name == name, Document.replaced_at.is_(None))
    return session.scalar(current)


def _last_version(session: Session, employee_id: UUID, name: str) -> int | None:
    return session.scalar(select(func.max(Document.version)).where(Document.employee_id == employee_id, Document.name == name))


def _store(session: Session, document: Document, learned: Learned, now: datetime) -> None:
    for position, (piece, own) in enumerate(zip(learned.read.pieces, learned.vectors, strict=True)):
        passage_id = new_id(now)
        session.add(
            Passage(
                tenant_id=document.tenant_id,
                passage_id=passage_id,
                document_id=document.document_id,
                position=position,
                heading=piece.heading,
                page=piece.page,
                sentences={"sentences": list(piece.sentences)},
                vectors=np.ascontiguousarray(own, dtype="<f4").tobytes(),
            )
        )
        if piece.product:
            session.flush()
            session.add(Product(tenant_id=document.tenant_id, passage_id=passage_id, **vars(piece.product)))
    session.flush()


def _taught(document_id: UUID, version: int, read: ReadDocument) -> TaughtDocument:
    facts = sum(piece.product is not None for piece in read.pieces)
    return TaughtDocument(document_id, version, len(read.pieces), facts, read.warnings)
