"""The reader at work: take a document that waits, read it apart, learn its passages, and teach it. No transaction waits for any of it."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.conversations.claim import UPLOADS
from app.conversations.errors import ConversationsError
from app.conversations.events import KnowledgeChanged
from app.conversations.knowledge.pieces import ReadDocument
from app.conversations.knowledge.tables import Upload, UploadBody
from app.conversations.language_models.embeddings import Embedder, Vectors
from app.conversations.readers.apart import read_apart
from app.conversations.teach import Learned, store_document, vectors_of
from tenants.audit import note
from tenants.database import Database
from tenants.errors import WorkLost
from tenants.identifiers import to_public
from tenants.outbox import announce
from tenants.work_line import TOUCH, Claimed

GAVE_UP: Final = "It could not be read: three tries ended before their time. Please save or export it again, or split it."
PROBLEM_LENGTH_MAX: Final = 500


def read_waiting(database: Database, embed: Embedder, *, clock: Callable[[], datetime]) -> int:
    """Read and teach the document that has waited longest; return 1, or 0 when none waits. A refusal is kept with its reason."""
    claimed = UPLOADS.claim(database, clock())
    if claimed is None:
        return 0
    if claimed.is_last_straw:
        _refuse(database, claimed, GAVE_UP)
        return 1
    progress = Progress(database, claimed, clock)
    try:
        with database.tenant_session(claimed.tenant_id) as session:
            row = session.get_one(Upload, (claimed.tenant_id, claimed.key))
            body = session.get_one(UploadBody, (claimed.tenant_id, claimed.key)).body
        read = read_apart(row.name, row.media_type, body, progress.reading)
        vectors = _learn(read, embed, progress)
        learned = Learned(row.name, row.media_type, row.body_sha256, row.byte_count, read, vectors, row.sent_by)
        with database.tenant_session(claimed.tenant_id) as session:
            _teach(session, claimed, row.employee_id, learned, clock())
    except WorkLost:
        return 1  # another worker took it over while this one was silent
    except ConversationsError as error:
        _refuse(database, claimed, str(error))
    return 1


class Progress:
    """How far one document is, written to its row now and then. The page reads it, and other workers see that somebody is at work."""

    def __init__(self, database: Database, claimed: Claimed, clock: Callable[[], datetime]) -> None:
        self._database, self._claimed, self._clock = database, claimed, clock
        self._next = clock()

    def reading(self, done: int, whole: int) -> None:
        """Pages are read."""
        self._write("reading", done, whole)

    def learning(self, done: int, whole: int) -> None:
        """Passages are learned."""
        self._write("learning", done, whole)

    def _write(self, state: str, done: int, whole: int) -> None:
        now = self._clock()
        if now < self._next:
            return
        self._next = now + TOUCH
        with self._database.tenant_session(self._claimed.tenant_id) as session:
            row = UPLOADS.own_row(session, self._claimed)
            row.state, row.done_count, row.whole_count, row.touched_at = state, done, whole, now


def _learn(read: ReadDocument, embed: Embedder, progress: Progress) -> list[Vectors]:
    vectors: list[Vectors] = []
    for place, piece in enumerate(read.pieces):
        progress.learning(place, len(read.pieces))
        vectors.append(vectors_of(piece, embed))
    return vectors


def _teach(session: Session, claimed: Claimed, employee_id: UUID, learned: Learned, now: datetime) -> None:
    row = UPLOADS.own_row(session, claimed)
    taught = store_document(session, employee_id=employee_id, learned=learned, now=now)
    row.state, row.document_id, row.touched_at = "taught", taught.document_id, now
    session.execute(delete(UploadBody).where(UploadBody.upload_id == claimed.key))
    detail = {"version": taught.version, "passages": taught.passages, "facts": taught.facts, "employee": to_public("emp", employee_id)}
    note(session, row.sent_by, "document.taught", to_public("doc", taught.document_id), detail, now=now)
    announce(session, KnowledgeChanged(taught.document_id, employee_id, "taught"), now=now)


def _refuse(database: Database, claimed: Claimed, problem: str) -> None:
    with suppress(WorkLost), database.tenant_session(claimed.tenant_id) as session:
        row = UPLOADS.own_row(session, claimed)
        row.state, row.problem = "refused", problem[:PROBLEM_LENGTH_MAX]
        session.execute(delete(UploadBody).where(UploadBody.upload_id == claimed.key))
