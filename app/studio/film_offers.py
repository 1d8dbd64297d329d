"""Coupons in films that an offer of the shop gives: its words stand on the card, and its code is drawn within its limits.

A film for everybody draws one code, once, whatever is changed in it later. In a film for each row of a table the code is written
{code}, and every recipient draws one of their own when their film is made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from app.studio.batch_rows import OWN_CODE, filled_for
from app.studio.batch_tables import FilmBatch, FilmBatchRow, FilmCoupon
from app.studio.check_script import LENGTHS
from app.studio.errors import FilmRefused, ScriptFaulty
from app.studio.tables import Film, FilmRender
from billing.errors import BillingError
from billing.issue_coupon import issue_coupon
from billing.read_offers import offer
from tenants.database import tenant_of
from tenants.identifiers import PublicIdUnreadable, from_public

OWN_CODE_PLACE: Final = f"{{{OWN_CODE}}}"


@dataclass(frozen=True)
class OfferingFilm:
    """The film that shows a coupon, and who hands it out."""

    film_id: UUID
    employee_id: UUID
    now: datetime


def with_offer_codes(session: Session, one: OfferingFilm, script: Mapping[str, Any]) -> dict[str, Any]:
    """The script with what its offers say on their cards, and their codes. Raises ScriptFaulty beside the offer that gives none."""
    scenes = []
    for number, scene in enumerate(script["scenes"]):
        coupon = scene.get("coupon")
        try:
            scenes.append(
                {**scene, "coupon": _offered(session, one, coupon)} if isinstance(coupon, dict) and coupon.get("offer") else scene
            )
        except (BillingError, PublicIdUnreadable) as error:
            raise ScriptFaulty({f"{number} coupon_offer": str(error)}) from error
    return {**script, "scenes": scenes}


def with_own_code(session: Session, row: FilmRender, now: datetime) -> dict[str, Any]:
    """The script of one recipient's film with the code that is theirs, drawn now if it was not before. Raises FilmRefused."""
    recipient = _recipient(session, row)
    if recipient is None or recipient.offer_id is None:
        return row.script
    batch = session.get_one(FilmBatch, (row.tenant_id, recipient.batch_id))
    work = OfferingFilm(row.film_id, _employee_of(session, row), now)
    try:
        code, recipient.coupon_id = _drawn(session, work, recipient.offer_id, visitor_id=recipient.recipient_id)
    except BillingError as error:
        raise FilmRefused(str(error)) from error
    session.flush()
    return filled_for(batch.script, recipient.values, code)


def _recipient(session: Session, row: FilmRender) -> FilmBatchRow | None:
    mine = FilmBatchRow.tenant_id == row.tenant_id, FilmBatchRow.batch_id == row.batch_id, FilmBatchRow.render_id == row.render_id
    return session.query(FilmBatchRow).filter(*mine).one_or_none()


def _employee_of(session: Session, row: FilmRender) -> UUID:
    return session.get_one(Film, (row.tenant_id, row.film_id)).employee_id


def _offered(session: Session, one: OfferingFilm, coupon: Mapping[str, str]) -> dict[str, str]:
    offer_id = from_public("off", coupon["offer"])
    terms = offer(session, offer_id=offer_id, now=one.now)
    words = {
        "title": coupon.get("title") or _fitting(terms.name, "coupon_title"),
        "terms": coupon.get("terms") or _fitting(terms.terms_text, "coupon_terms"),
    }
    if coupon.get("code") == OWN_CODE_PLACE:
        return {**coupon, **words}
    return {**coupon, **words, "code": _film_code(session, one, offer_id)}


def _film_code(session: Session, one: OfferingFilm, offer_id: UUID) -> str:
    """The film's one code of that offer."""
    known = session.get(FilmCoupon, (tenant_of(session), one.film_id, offer_id))
    if known is not None:
        return known.code
    code, coupon_id = _drawn(session, one, offer_id, visitor_id=None)
    ids = {"tenant_id": tenant_of(session), "film_id": one.film_id, "offer_id": offer_id}
    session.add(FilmCoupon(**ids, coupon_id=coupon_id, code=code, drawn_at=one.now))
    session.flush()
    return code


def _drawn(session: Session, one: OfferingFilm, offer_id: UUID, *, visitor_id: UUID | None) -> tuple[str, UUID]:
    drawn = issue_coupon(
        session, offer_id=offer_id, visitor_id=visitor_id, conversation_id=None, turn_id=None, now=one.now, employee_id=one.employee_id,
        work_id=one.film_id,
    )  # fmt: skip
    return drawn.code, drawn.coupon_id


def _fitting(words: str, place: str) -> str:
    return words if len(words) <= LENGTHS[place] else ""
