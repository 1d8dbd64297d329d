"""Opening a shop: asked for with an address, opened by the link that is mailed there.

Name and password are chosen behind the link, not before: whoever asks for a shop in another's name would otherwise know the password
of the account that the other then confirms.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tenants.audit import note, person_actor
from tenants.database import Database, tenant_of
from tenants.email_address import normal_email
from tenants.errors import EmailAlreadyKnown, LinkNotValid, ShopNameMissing
from tenants.identifiers import new_id, to_public
from tenants.members import keep_language
from tenants.sign_in import Opened, add_member, join_shop, open_session
from tenants.tenant import known_time_zone, open_tenant
from tenants.tokens import new_token, token_hash

SIGN_UP_HOURS: Final = 24
SHOP_NAME_LENGTH_MAX: Final = 120


@dataclass(frozen=True)
class AskedShop:
    """A shop somebody asked for. `time_zone` is an IANA name."""

    email: str
    shop_name: str
    time_zone: str


@dataclass(frozen=True)
class Owner:
    """Who opens it."""

    display_name: str
    password: str
    device: str
    language: str = ""
    """What they read here, kept for letters."""


def read_sign_up(email: str, shop_name: str, time_zone: str) -> AskedShop:
    """Check what was typed; raises EmailUnreadable, ShopNameMissing or zoneinfo.ZoneInfoNotFoundError."""
    return AskedShop(normal_email(email), _shop_name(shop_name), known_time_zone(time_zone))


def ask_for_shop(database: Database, asked: AskedShop, now: datetime) -> str | None:
    """Note a shop to be opened; return the token for the letter. None for an address that has an account: that letter says so."""
    token = new_token()
    values = {
        "token": token_hash(token),
        "email": asked.email,
        "shop": asked.shop_name,
        "zone": asked.time_zone,
        "now": now,
        "expires": now + timedelta(hours=SIGN_UP_HOURS),
    }
    with database.directory_session() as session:
        if session.execute(text("SELECT 1 FROM find_person(:email)"), {"email": asked.email}).first() is not None:
            return None
        session.execute(text("SELECT note_sign_up(:token, :email, :shop, :zone, :now, :expires)"), values)
    return token


def sign_up_of(database: Database, token: str, now: datetime) -> AskedShop:
    """Read the shop behind a link; raises LinkNotValid."""
    with database.directory_session() as session:
        row = session.execute(text("SELECT * FROM sign_up_of(:token, :now)"), {"token": token_hash(token), "now": now}).first()
    if row is None:
        raise LinkNotValid("This link was used already, or is older than a day. Sign up again to get a new one.")
    return AskedShop(row.email, row.shop_name, row.time_zone)


def open_shop(database: Database, token: str, owner: Owner, now: datetime) -> Opened:
    """Open the shop behind a link, with its owner, and a session. Raises LinkNotValid, PasswordTooWeak or EmailAlreadyKnown."""
    asked = sign_up_of(database, token, now)
    try:
        with database.tenant_session(new_id(now)) as session:
            if not session.scalar(text("SELECT use_sign_up(:token, :now)"), {"token": token_hash(token), "now": now}):
                raise LinkNotValid("This link was used already.")
            open_tenant(session, name=asked.shop_name, time_zone=asked.time_zone, allowed_origins=(), now=now)
            person_id = add_member(
                session, email=asked.email, password=owner.password, display_name=owner.display_name, role="owner", now=now
            )
            keep_language(session, person_id, owner.language)
            _note_opening(session, person_id, now)
            return open_session(session, person_id=person_id, now=now, device=owner.device)
    except IntegrityError:
        raise EmailAlreadyKnown("This address has an account already. Sign in instead.") from None


def open_another_shop(database: Database, *, person_id: UUID, display_name: str, shop_name: str, time_zone: str, now: datetime) -> UUID:
    """Open a further shop for a person who is signed in; return it. Raises ShopNameMissing or zoneinfo.ZoneInfoNotFoundError."""
    tenant_id = new_id(now)
    with database.tenant_session(tenant_id) as session:
        open_tenant(session, name=_shop_name(shop_name), time_zone=known_time_zone(time_zone), allowed_origins=(), now=now)
        join_shop(session, person_id=person_id, display_name=display_name, role="owner", now=now)
        _note_opening(session, person_id, now)
    return tenant_id


def _note_opening(session: Session, person_id: UUID, now: datetime) -> None:
    session.flush()
    note(session, person_actor(person_id), "shop.opened", to_public("shp", tenant_of(session)), {}, now=now)


def _shop_name(text_typed: str) -> str:
    name = " ".join(text_typed.split())
    if not name or len(name) > SHOP_NAME_LENGTH_MAX or not name.isprintable():
        raise ShopNameMissing(f"Name your shop, in at most {SHOP_NAME_LENGTH_MAX} characters.")
    return name
