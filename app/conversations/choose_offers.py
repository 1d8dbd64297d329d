"""Which of several offers that fit alike a visitor is given: mostly the one that sells best, for a fifth of them any by an even draw.

The same experiment as with first words (openings/bandit.py), with one rule more: a visitor's offer stays the same, so that asking again or
coming back draws no other. Only where an offer was really chosen among several is anything written; what it brought is the worth of the
visitor's orders of seven days after it, tallied by a round, and nothing is paid by it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.conversations.learning_tables import OfferChoice, OfferTally
from app.conversations.openings.bandit import Tally, draw
from app.conversations.speak_first import KEPT_FOR
from tenants.database import tenant_of

Worths = Callable[[Session, Mapping[UUID, datetime]], tuple[Mapping[UUID, int], str]]
"""What visitors bought after a moment each, in minor units of a currency: the counting house's to say."""


def choose_offer(session: Session, offers: Sequence[UUID], *, employee_id: UUID, visitor_id: UUID, now: datetime, random: Random) -> UUID:
    """One of the offers, at least one of which is needed: the visitor's own where it is among them still, else drawn and written down."""
    held = session.get(OfferChoice, (tenant_of(session), visitor_id, employee_id))
    if held is not None and held.offer_id in offers:
        return held.offer_id
    known = offer_tallies(session, employee_id=employee_id, which="all")
    drawn = draw({offer: known.get(str(offer), Tally()) for offer in offers}, random)
    row = insert(OfferChoice).values(
        tenant_id=tenant_of(session), visitor_id=visitor_id, employee_id=employee_id, offer_id=drawn.way, is_explored=drawn.is_explored,
        chosen_at=now,
    )  # fmt: skip
    new = {name: row.excluded[name] for name in ("offer_id", "is_explored", "chosen_at")}
    session.execute(row.on_conflict_do_update(index_elements=["tenant_id", "visitor_id", "employee_id"], set_=new))
    return drawn.way


def employees_who_chose(session: Session) -> list[UUID]:
    """Employees who ever had several offers to choose from."""
    return list(session.scalars(select(OfferChoice.employee_id).where(OfferChoice.tenant_id == tenant_of(session)).distinct()))


def keep_offer_tallies(session: Session, *, employee_id: UUID, worths: Worths, now: datetime) -> int:
    """Reckon what each offer has brought by now, and keep it for choosing; return the number of visitors."""
    mine = OfferChoice.tenant_id == tenant_of(session), OfferChoice.employee_id == employee_id
    chosen = session.scalars(select(OfferChoice).where(*mine, OfferChoice.chosen_at >= now - KEPT_FOR)).all()
    worth, currency = worths(session, {one.visitor_id: one.chosen_at for one in chosen})
    tallies: dict[str, dict[str, Tally]] = {"all": {}, "compared": {}}
    for one in chosen:
        for which in ("all", "compared") if one.is_explored else ("all",):
            ways, name = tallies[which], str(one.offer_id)
            ways[name] = ways.get(name, Tally()).with_visitor(worth.get(one.visitor_id, 0))
    kept: dict[str, Any] = {which: {way: asdict(tally) for way, tally in ways.items()} for which, ways in tallies.items()}
    row = insert(OfferTally).values(
        tenant_id=tenant_of(session), employee_id=employee_id, tallies=kept | {"currency": currency}, tallied_at=now
    )
    new = {name: row.excluded[name] for name in ("tallies", "tallied_at")}
    session.execute(row.on_conflict_do_update(index_elements=["tenant_id", "employee_id"], set_=new))
    return len(chosen)


def offer_tallies(session: Session, *, employee_id: UUID, which: str) -> dict[str, Tally]:
    """What each offer has brought, as last reckoned: "all" for choosing, "compared" of visitors drawn evenly."""
    row = session.get(OfferTally, (tenant_of(session), employee_id))
    return {way: Tally(**one) for way, one in (row.tallies if row else {}).get(which, {}).items()}


def offers_currency(session: Session, *, employee_id: UUID) -> str:
    """The currency of what was tallied, empty while nothing was bought."""
    row = session.get(OfferTally, (tenant_of(session), employee_id))
    return str(row.tallies.get("currency", "")) if row else ""
