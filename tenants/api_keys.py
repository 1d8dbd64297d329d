"""Keys for the merchant's own programs: `sk_...`, shown once, stored as a hash, good only for what they were made for."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from tenants.audit import note, person_actor
from tenants.database import Database, tenant_of
from tenants.directory import DirectoryHit, list_key, look_up
from tenants.errors import ApiKeyInvalid, ApiKeyScopeMissing, ApiKeyUnknown
from tenants.identifiers import new_id, to_public
from tenants.sign_in import SignedIn
from tenants.tables import ApiKey

SCOPES: Final[Mapping[str, str]] = {
    "coupons.check": "ask what a coupon takes off a cart",
    "coupons.redeem": "hold a coupon for a checkout, redeem it and let it go",
    "coupons.read": "list the coupons that were handed out",
    "orders.read": "list the orders your systems told of",
    "touches.read": "list when employees were asked, seen and followed",
    "earnings.read": "list the lines of the book and the closed statements",
    "conversations.read": "list conversations, without what was said",
}
TILL_SCOPES: Final = ("coupons.check", "coupons.redeem")
"""What a key may do unless told otherwise: what a till needs, and no more."""
USED_MINUTES: Final = 5
"""A key's last use is written down at most this often."""
KEY_NAME_LENGTH_MAX: Final = 80
KEYS_MAX: Final = 50
SHOWN_CHARACTERS: Final = 7  # "sk_" and four: enough to tell keys apart, of 43


@dataclass(frozen=True)
class ApiKeyView:
    """A key as the shop sees it: never the secret, only its first and last characters."""

    api_key_id: UUID
    name: str
    shown: str
    scopes: tuple[str, ...]
    created_at: datetime
    created_by: UUID | None
    last_used_at: datetime | None
    withdrawn_at: datetime | None


def issue_api_key(session: Session, *, name: str, now: datetime, scopes: Iterable[str] = TILL_SCOPES, by: SignedIn | None = None) -> str:
    """Make a key for the session's tenant; return the secret, which cannot be shown again. Raises ApiKeyInvalid."""
    label, wanted = " ".join(name.split()), sorted(set(scopes) & SCOPES.keys())
    if not 0 < len(label) <= KEY_NAME_LENGTH_MAX or not label.isprintable():
        raise ApiKeyInvalid(f"Give the key a name of at most {KEY_NAME_LENGTH_MAX} characters, such as the program that uses it.")
    if not wanted:
        raise ApiKeyInvalid("Choose at least one thing the key may do.")
    if sum(key.withdrawn_at is None for key in api_keys(session)) >= KEYS_MAX:
        raise ApiKeyInvalid(f"{KEYS_MAX} keys are in use; withdraw one first.")
    secret, key_id = f"sk_{secrets.token_urlsafe(32)}", new_id(now)
    session.add(
        ApiKey(
            tenant_id=tenant_of(session),
            api_key_id=key_id,
            name=label,
            first_characters=secret[:SHOWN_CHARACTERS],
            last_characters=secret[-4:],
            scopes=wanted,
            created_at=now,
            created_by=by.person_id if by else None,
        )
    )
    list_key(session, kind="api_key", key=_hash(secret), subject_id=key_id, now=now)
    note(session, _actor(by), "api_key.made", to_public("key", key_id), {"name": label, "scopes": wanted}, now=now)
    return secret


def use_api_key(database: Database, secret: str, *, scope: str, now: datetime) -> DirectoryHit | None:
    """Find whose key this is and note its use; None when it is unknown or was withdrawn. Raises ApiKeyScopeMissing."""
    hit = look_up(database, "api_key", _hash(secret))
    if hit is None:
        return None
    with database.tenant_session(hit.tenant_id) as session:
        row = session.get_one(ApiKey, (hit.tenant_id, hit.subject_id))
        if row.withdrawn_at is not None:
            return None
        if scope not in row.scopes:
            raise ApiKeyScopeMissing(f"This key is not made to {SCOPES[scope]}; make one with the scope {scope}.")
        if row.last_used_at is None or now - row.last_used_at >= timedelta(minutes=USED_MINUTES):
            row.last_used_at = now
    return hit


def withdraw_api_key(session: Session, *, api_key_id: UUID, now: datetime, by: SignedIn | None = None) -> None:
    """Take a key out of use at once and for ever. Harmless for one that is withdrawn. Raises ApiKeyUnknown."""
    row = session.get(ApiKey, (tenant_of(session), api_key_id), with_for_update=True)
    if row is None:
        raise ApiKeyUnknown("There is no such key in this shop.")
    if row.withdrawn_at is None:
        row.withdrawn_at = now
        note(session, _actor(by), "api_key.withdrawn", to_public("key", api_key_id), {"name": row.name}, now=now)


def api_keys(session: Session) -> list[ApiKeyView]:
    """The shop's keys, those in use first, the newest first."""
    rows = session.scalars(select(ApiKey).where(ApiKey.tenant_id == tenant_of(session)).order_by(ApiKey.api_key_id.desc()))
    found = [
        ApiKeyView(
            row.api_key_id,
            row.name,
            f"{row.first_characters}…{row.last_characters}",
            tuple(row.scopes),
            row.created_at,
            row.created_by,
            row.last_used_at,
            row.withdrawn_at,
        )
        for row in rows
    ]
    return sorted(found, key=lambda key: key.withdrawn_at is not None)


def _actor(by: SignedIn | None) -> str:
    return person_actor(by.person_id) if by else "operator"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
