"""Who is signed in on the shop's page: the shop's own server says so with a short-lived token signed with a secret we share.

The token is a JSON Web Token (RFC 7519, read by PyJWT), HS256 only: `sub` (the shop's id of the customer), `iat` and `exp` at most an
hour apart, and `aud` "tillhand". The secret is sealed under a key of the house; the database alone signs nothing.
"""

import math
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeGuard
from uuid import UUID, uuid5

import jwt
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.installation.errors import IdentityRefused
from app.installation.tables import KnownVisitor, VisitorSecret
from billing.customer_hash import customer_hash
from tenants.audit import note
from tenants.database import tenant_of
from tenants.identifiers import new_id, to_public
from tenants.sealed_secrets import seal, unseal

AUDIENCE: Final = "tillhand"
LIFETIME_SECONDS_MAX: Final = 3600
CLOCK_SECONDS_APART_MAX: Final = 60
TOKEN_LENGTH_MAX: Final = 4000
SUBJECT_LENGTH_MAX: Final = 200
SECRETS_IN_FORCE_MAX: Final = 2
ALGORITHM: Final = "HS256"
_TOKEN: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*", re.ASCII)
"""Three parts of base64url and no other letter; the library would pass over others, and one token could be written in many ways."""
PURPOSE: Final = "tillhand visitor secret"


@dataclass(frozen=True)
class SecretView:
    """A secret in force, as far as a page may show it."""

    secret_id: UUID
    last_characters: str
    made_at: datetime
    last_used_at: datetime | None


def make_secret(session: Session, *, house_key: bytes, actor: str, now: datetime) -> str:
    """Make a secret and give it, this once. The one before stays in force so that servers can change over; an older one ends."""
    secret, secret_id, tenant_id = f"vis_{secrets.token_urlsafe(32)}", new_id(now), tenant_of(session)
    for old in _in_force(session)[SECRETS_IN_FORCE_MAX - 1 :]:
        old.withdrawn_at = now
    sealed = seal(secret.encode(), purpose=PURPOSE, bound_to=secret_id, house_key=house_key)
    session.add(VisitorSecret(tenant_id=tenant_id, secret_id=secret_id, sealed=sealed, last_characters=secret[-4:], made_at=now))
    note(session, actor, "visitor_secret.made", to_public("vsc", secret_id), {}, now=now)
    session.flush()
    return secret


def withdraw_secret(session: Session, secret_id: UUID, *, actor: str, now: datetime) -> bool:
    """End a secret; False when none such is in force."""
    row = next((one for one in _in_force(session) if one.secret_id == secret_id), None)
    if row is None:
        return False
    row.withdrawn_at = now
    note(session, actor, "visitor_secret.withdrawn", to_public("vsc", secret_id), {}, now=now)
    return True


def secrets_in_force(session: Session) -> list[SecretView]:
    """The secrets tokens may be signed with now, the newest first."""
    return [SecretView(row.secret_id, row.last_characters, row.made_at, row.last_used_at) for row in _in_force(session)]


def identify_visitor(session: Session, *, visitor_id: UUID, token: str, house_key: bytes, now: datetime) -> None:
    """Believe who the visitor is; raises IdentityRefused with what is wrong, in a sentence for the shop's developer."""
    unproved = claims_of(token)
    row = next((one for one in _in_force(session) if _is_signed(token, _opened(one, house_key))), None)
    if row is None:
        raise IdentityRefused(
            "The token is not signed with this shop's secret (HS256). Make a secret on the Install page and sign with it."
        )
    row.last_used_at = now
    subject = _subject(unproved, now)
    known = {"customer_hash": customer_hash(tenant_of(session), subject), "verified_at": now}
    fresh = insert(KnownVisitor).values(tenant_id=tenant_of(session), visitor_id=visitor_id, **known)
    session.execute(fresh.on_conflict_do_update(index_elements=["tenant_id", "visitor_id"], set_=known))


def customer_of_visitor(session: Session, visitor_id: UUID) -> str | None:
    """The hash of the customer a visitor was vouched for as, None for a stranger."""
    row = session.get(KnownVisitor, (tenant_of(session), visitor_id))
    return None if row is None else row.customer_hash


def remembered_as(session: Session, visitor_id: UUID) -> UUID:
    """The name a visitor is remembered under: one made of the customer the shop vouched for, on any device, else the browser's own."""
    customer = customer_of_visitor(session, visitor_id)
    return uuid5(tenant_of(session), customer) if customer else visitor_id


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a token, unproved; raises IdentityRefused when it is none."""
    if len(token) > TOKEN_LENGTH_MAX or not _TOKEN.fullmatch(token):
        raise IdentityRefused("This is no JSON Web Token: it needs three parts with dots between.")
    try:
        read = jwt.decode_complete(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        raise IdentityRefused("The token's header or claims cannot be read as JSON.") from None
    if read["header"].get("alg") != ALGORITHM:
        raise IdentityRefused("The token must be signed with HS256.")
    claims: dict[str, Any] = read["payload"]
    return claims


def _is_signed(token: str, secret: bytes) -> bool:
    """Whether this secret signed it. The claims are judged by `_subject`, on the house's own clock and with sentences of its own."""
    try:
        jwt.PyJWS(algorithms=[ALGORITHM]).decode(token, secret, algorithms=[ALGORITHM])
    except jwt.InvalidTokenError:
        return False
    return True


def _subject(claims: dict[str, Any], now: datetime) -> str:
    audience, subject = claims.get("aud"), claims.get("sub")
    if AUDIENCE not in (audience if isinstance(audience, list) else [audience]):
        raise IdentityRefused(f'The token must say aud "{AUDIENCE}".')
    issued_at, expires_at, second = claims.get("iat"), claims.get("exp"), now.timestamp()
    if not _is_moment(issued_at) or not _is_moment(expires_at):
        raise IdentityRefused("The token must say iat and exp, in seconds.")
    if expires_at - issued_at > LIFETIME_SECONDS_MAX:
        raise IdentityRefused("The token may be good for an hour at most.")
    if expires_at < second - CLOCK_SECONDS_APART_MAX or issued_at > second + CLOCK_SECONDS_APART_MAX:
        raise IdentityRefused("The token has expired, or comes from the future. Make a fresh one for each page.")
    if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_LENGTH_MAX:
        raise IdentityRefused("The token must name the customer in sub, as a text of at most 200 characters.")
    return subject


def _is_moment(claim: object) -> TypeGuard[int | float]:
    """Seconds; NaN, which Python's JSON reads, would compare as never expired."""
    return isinstance(claim, int | float) and math.isfinite(claim)


def _opened(row: VisitorSecret, house_key: bytes) -> bytes:
    return unseal(row.sealed, purpose=PURPOSE, bound_to=row.secret_id, house_key=house_key)


def _in_force(session: Session) -> list[VisitorSecret]:
    mine = (VisitorSecret.tenant_id == tenant_of(session)) & VisitorSecret.withdrawn_at.is_(None)
    return list(session.scalars(select(VisitorSecret).where(mine).order_by(VisitorSecret.secret_id.desc())))
