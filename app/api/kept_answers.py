"""The rules of Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07): the first answer under a key is every repetition's answer.

Another body under a known key is a mistake (422), and a key whose first request is still running has to wait (409). An answer of 5xx is
not kept: the request may be tried again. A request that died with its process stops counting as running after RUNNING_MAX.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.api.errors import ApiProblem
from app.api.tables import KeptAnswer
from tenants.database import tenant_of
from tenants.identifiers import new_id

KEY_LENGTH_MAX: Final = 200
RUNNING_MAX: Final = timedelta(minutes=1)
SERVER_ERROR: Final = 500
_QUOTED: Final = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"', re.ASCII)
_BARE: Final = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x7e]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Answered:
    """A kept answer, to be given once more."""

    status: int
    media_type: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Started:
    """The right to work on a key: whoever holds the attempt writes the answer."""

    endpoint: str
    key: str
    attempt_id: UUID


def read_key(header: str) -> str:
    """The key of the header: a quoted text as the draft says, or bare as most programs send it. Raises ApiProblem 400."""
    text = header.strip()
    quoted = _QUOTED.fullmatch(text)
    key = re.sub(r"\\(.)", r"\1", quoted.group(1)) if quoted else text if _BARE.fullmatch(text) else ""
    if not 0 < len(key) <= KEY_LENGTH_MAX:
        raise ApiProblem(
            400, "The Idempotency-Key cannot be read", f'Send a quoted text of 1 to {KEY_LENGTH_MAX} characters, such as "8e03978e".'
        )
    return key


def fingerprint_of(method: str, path: str, body: bytes) -> str:
    """What makes two requests the same request."""
    return hashlib.sha256(b"\n".join((method.encode(), path.encode(), body))).hexdigest()


def start(session: Session, *, endpoint: str, key: str, fingerprint: str, now: datetime) -> Started | Answered:
    """Begin a request under a key, or give the answer it had. Raises ApiProblem 409 and 422."""
    tenant_id, attempt_id = tenant_of(session), new_id(now)
    row: dict[str, Any] = {"tenant_id": tenant_id, "endpoint": endpoint, "key": key, "fingerprint": fingerprint, "started_at": now}
    added = insert(KeptAnswer).values(**row, attempt_id=attempt_id).on_conflict_do_nothing().returning(KeptAnswer.key)
    if session.scalar(added) is not None:
        return Started(endpoint, key, attempt_id)
    kept = session.get_one(KeptAnswer, (tenant_id, endpoint, key), with_for_update=True)
    if kept.fingerprint != fingerprint:
        raise ApiProblem(422, "Another request has this Idempotency-Key", "A new request needs a new key; a repetition the same body.")
    if kept.status is not None:
        return Answered(kept.status, kept.media_type, kept.body or b"")
    if now - kept.started_at < RUNNING_MAX:
        raise ApiProblem(409, "The first request with this Idempotency-Key is still running", "Ask again in a few seconds.")
    kept.started_at, kept.attempt_id = now, attempt_id
    return Started(endpoint, key, attempt_id)


def finish(session: Session, started: Started, answered: Answered) -> None:
    """Keep the answer of a request; one of 5xx frees the key instead. Whoever lost the key to another attempt writes nothing."""
    kept = session.get(KeptAnswer, (tenant_of(session), started.endpoint, started.key), with_for_update=True)
    if kept is None or kept.attempt_id != started.attempt_id:
        return
    if answered.status >= SERVER_ERROR:
        session.execute(delete(KeptAnswer).where(KeptAnswer.tenant_id == kept.tenant_id, KeptAnswer.attempt_id == started.attempt_id))
        return
    kept.status, kept.media_type, kept.body = answered.status, answered.media_type, answered.body
