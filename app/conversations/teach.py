"""Teach an employee a document: read it, make it findable, and replace the version taught before."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.conversations.errors import DocumentNotReadable, EmployeeUnknown
from app.conversations.guardrails.plain_text import clean
from app.conversations.knowledge.decode import decode
from app.conversations.knowledge.markdown import read_markdown
from app.conversations.knowledge.pieces import Piece, ReadDocument
from app.conversations.knowledge.price_list import read_price_list
from app.conversations.language_models.embeddings import Embedder, Vectors
from app.conversations.tables import Document, Passage, Product
from tenants.database import tenant_of
from tenants.identifiers import new_id
from tenants.tables import Employee

NAME_LENGTH_MAX = 120
_CSV_TYPES = {"text/csv", "application/csv", "application/vnd.ms-excel", "text/tab-separated-values"}
_MARKDOWN_TYPES = {"text/markdown", "text/x-markdown", "text/plain"}


@dataclass(frozen=True)
class TaughtDocument:
    """What became of a document: its version, how many passages and facts it gave, and what could not be taught."""

    document_id: UUID
    version: int
    passages: int
    facts: int
    warnings: tuple[str, ...]


def teach_document(
    session: Session, *, employee_id: UUID, name: str, media_type: str, body: bytes, embed: Embedder, now: datetime
) -> TaughtDocument:
    """Teach one document (Markdown, plain text or CSV). Teaching the same name makes a new version; the same bytes change nothing.

    Reading and embedding come before the first query, so that no transaction waits for the model. Raises EmployeeUnknown and the
    Document... errors of app/conversations/errors.py; then nothing is stored.
    """
    name = clean(name)[:NAME_LENGTH_MAX] or "document"
    read = read_document(name, media_type, body)
    vectors = [vectors_of(piece, embed) for piece in read.pieces]
    tenant_id = tenant_of(session)
    if session.get(Employee, (tenant_id, employee_id), with_for_update=True) is None:  # one teacher at a time
        raise EmployeeUnknown(f"No employee {employee_id} works here.")
    sha256 = hashlib.sha256(body).hexdigest()
    known = _current(session, employee_id, name)
    if known is not None and known.body_sha256 == sha256:
        return _taught(known.document_id, known.version, read)
    if known is not None:
        known.replaced_at = now
        session.flush()
    document = Document(
        tenant_id=tenant_id,
        document_id=new_id(now),
        employee_id=employee_id,
        name=name,
        version=1 + (_last_version(session, employee_id, name) or 0),
        media_type=media_type,
        body_sha256=sha256,
        byte_count=len(body),
        warnings={"warnings": list(read.warnings)},
        taught_at=now,
    )
    session.add(document)
    session.flush()
    _store(session, document, read, vectors, now)
    return _taught(document.document_id, document.version, read)


def read_document(name: str, media_type: str, body: bytes) -> ReadDocument:
    """Read a document without storing it. The media type decides, then the ending of the name; raises the Document... errors."""
    kind = media_type.split(";", 1)[0].strip().lower()
    if kind in _CSV_TYPES or name.lower().endswith((".csv", ".tsv")):
        return read_price_list(name, decode(name, body))
    if kind in _MARKDOWN_TYPES or name.lower().endswith((".md", ".markdown", ".txt")):
        return read_markdown(name, decode(name, body))
    raise DocumentNotReadable(f"{name} is of type {kind or 'unknown'}. Markdown (.md), plain text (.txt) and CSV can be taught.")


def vectors_of(piece: Piece, embed: Embedder) -> Vectors:
    """The passage, then each sentence under its heading; a product is short, and its passage says it all."""
    last_heading = piece.heading.rpartition(" > ")[2]
    sentences = () if piece.product else piece.sentences
    return embed([piece.text, *(f"{last_heading}: {sentence}" for sentence in sentences)], "passage")


def _current(session: Session, employee_id: UUID, name: str) -> Document | None:
    current = select(Document).where(Document.employee_id == employee_id, Document.name == name, Document.replaced_at.is_(None))
    return session.scalar(current)


def _last_version(session: Session, employee_id: UUID, name: str) -> int | None:
    return session.scalar(select(func.max(Document.version)).where(Document.employee_id == employee_id, Document.name == name))


def _store(session: Session, document: Document, read: ReadDocument, vectors: list[Vectors], now: datetime) -> None:
    for position, (piece, own) in enumerate(zip(read.pieces, vectors, strict=True)):
        passage_id = new_id(now)
        session.add(
            Passage(
                tenant_id=document.tenant_id,
                passage_id=passage_id,
                document_id=document.document_id,
                position=position,
                heading=piece.heading,
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
