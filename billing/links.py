"""Tracked links: an address of ours that remembers who followed it, then leads on to the shop."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.attribution.tables import TrackedLink
from billing.coupons.codes import CODE_SYMBOLS
from billing.errors import LinkTargetRefused, LinkUnknown
from billing.record_touch import Touch, record_touch
from tenants.database import tenant_of
from tenants.identifiers import new_id

DIRECTORY_KIND: Final = "link"
SLUG_LENGTH: Final = 10
TARGET_LENGTH_MAX: Final = 2000


@dataclass(frozen=True)
class CreatedLink:
    """A link; `slug` is the last part of its address and is listed in the directory under the kind "link"."""

    link_id: UUID
    slug: str
    target_url: str


@dataclass(frozen=True)
class Click:
    """A followed link: the touch (the shop's click mark) and where to lead the visitor."""

    touch_id: UUID
    target_url: str


def create_link(session: Session, *, employee_id: UUID, target_url: str, work_id: UUID | None, now: datetime) -> CreatedLink:
    """Make a tracked link for an employee, or for one of its works. Raises LinkTargetRefused unless it leads to a web address."""
    _check_target(target_url)
    link_id, slug = new_id(now), "".join(secrets.choice(CODE_SYMBOLS) for _ in range(SLUG_LENGTH)).lower()
    session.add(
        TrackedLink(
            tenant_id=tenant_of(session),
            link_id=link_id,
            slug=slug,
            employee_id=employee_id,
            work_id=work_id,
            target_url=target_url,
            created_at=now,
        )
    )
    session.flush()
    session.execute(select(func.list_in_directory(DIRECTORY_KIND, slug, link_id, now)))
    return CreatedLink(link_id, slug, target_url)


def click_link(session: Session, *, slug: str, visitor_id: UUID | None, now: datetime) -> Click:
    """Record that a visitor followed a link, and say where it leads; raises LinkUnknown."""
    link = session.scalar(select(TrackedLink).where(TrackedLink.tenant_id == tenant_of(session), TrackedLink.slug == slug))
    if link is None:
        raise LinkUnknown("This link is not known here.")
    touch = Touch(new_id(now), now, "link_click", link.employee_id, visitor_id, link_id=link.link_id, work_id=link.work_id)
    record_touch(session, touch, now=now)
    return Click(touch.touch_id, link.target_url)


def _check_target(target_url: str) -> None:
    try:
        parts = urlsplit(target_url)
    except ValueError:
        raise LinkTargetRefused("The target is not a web address.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or len(target_url) > TARGET_LENGTH_MAX or not target_url.isprintable():
        raise LinkTargetRefused("The target must be a web address that starts with https:// or http://.")
