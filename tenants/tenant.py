"""A tenant: the shop or brand, its time zone, and the pages its widget may appear on."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from sqlalchemy.orm import Session

from tenants.database import tenant_of
from tenants.errors import OriginInvalid
from tenants.tables import Tenant


@dataclass(frozen=True)
class TenantView:
    """What the other rooms may know of a tenant."""

    tenant_id: UUID
    name: str
    time_zone: str
    allowed_origins: tuple[str, ...]
    is_demo: bool
    requires_second_factor: bool
    is_closed: bool = False


def open_tenant(
    session: Session, *, name: str, time_zone: str, allowed_origins: tuple[str, ...], now: datetime, is_demo: bool = False
) -> TenantView:
    """Make the session's tenant. Raises OriginInvalid or zoneinfo.ZoneInfoNotFoundError."""
    ZoneInfo(time_zone)
    origins = [normal_origin(origin) for origin in allowed_origins]
    row = Tenant(
        tenant_id=tenant_of(session), name=name, time_zone=time_zone, created_at=now, is_demo=is_demo, allowed_origins={"origins": origins}
    )
    session.add(row)
    session.flush()
    return _view(row)


def tenant_view(session: Session) -> TenantView:
    """Read the session's tenant; raises sqlalchemy.exc.NoResultFound when it was never opened."""
    return _view(session.get_one(Tenant, tenant_of(session)))


def allow_origins(session: Session, origins: tuple[str, ...]) -> None:
    """Replace the list of pages the widget may appear on; raises OriginInvalid."""
    session.get_one(Tenant, tenant_of(session)).allowed_origins = {"origins": [normal_origin(origin) for origin in origins]}


def require_second_factor(session: Session, *, required: bool) -> None:
    """Say whether every member of the shop needs an authenticator to see its pages."""
    session.get_one(Tenant, tenant_of(session)).requires_second_factor = required


def known_time_zone(name: str) -> str:
    """Return the name when it is an IANA time zone; raises zoneinfo.ZoneInfoNotFoundError."""
    if name not in available_time_zones():
        raise ZoneInfoNotFoundError(f"There is no time zone {name[:60]!r}.")
    return name


@cache
def available_time_zones() -> tuple[str, ...]:
    """The IANA zones by place ("Europe/London"), in alphabetical order, and UTC first."""
    places = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
    return ("UTC", *sorted(name for name in available_timezones() if name.startswith(places)))


def normal_origin(text: str) -> str:
    """Bring an origin to the form browsers send: scheme, host in lower case, port only when unusual; raises OriginInvalid."""
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        raise OriginInvalid(f"{text[:100]!r} is not a web address.") from None
    if parts.scheme not in {"http", "https"} or not host or parts.path not in {"", "/"} or parts.query or parts.username:
        raise OriginInvalid(f"{text[:100]!r} is not an origin; write it like https://shop.example.")
    is_usual = port in {None, 443 if parts.scheme == "https" else 80}
    return f"{parts.scheme}://{host}" if is_usual else f"{parts.scheme}://{host}:{port}"


def _view(row: Tenant) -> TenantView:
    return TenantView(
        row.tenant_id, row.name, row.time_zone, tuple(row.allowed_origins["origins"]), row.is_demo, row.requires_second_factor,
        row.closed_at is not None,
    )  # fmt: skip
