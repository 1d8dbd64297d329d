"""Reads where offers' codes are made, how many stand ready, and what keeps more from being made."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from billing.connectors.code_makers import CODE_MAKERS, NAMES
from billing.connectors.tables import ConnectionToken
from billing.coupons.tables import MadeCode, OfferMaker
from billing.inbox.tables import MerchantConnection
from tenants.database import tenant_of


@dataclass(frozen=True, slots=True)
class MakerView:
    """Where one offer's codes are made. `reason` is why the latest try failed; `ended_count` codes were made void at the till."""

    connection_id: UUID
    public_key: str
    name: str
    kind: str
    system: str
    ready_count: int
    wanted_count: int
    ended_count: int
    reason: str | None
    failing_since: datetime | None
    next_try_at: datetime


@dataclass(frozen=True, slots=True)
class MakingPlace:
    """A connection in whose system codes may be made; without access none can be."""

    connection_id: UUID
    public_key: str
    name: str
    system: str
    has_access: bool


def maker_of(session: Session, *, offer_id: UUID) -> MakerView | None:
    """Where an offer's codes are made; None where they are not made in the merchant's system."""
    return makers_of(session, offer_id).get(offer_id)


def makers_of(session: Session, *offer_ids: UUID) -> dict[UUID, MakerView]:
    """Where codes are made, by offer: of the named offers, or of all whose codes are made in the merchant's system."""
    tenant_id = tenant_of(session)
    query = select(OfferMaker, MerchantConnection).join(
        MerchantConnection,
        and_(MerchantConnection.tenant_id == OfferMaker.tenant_id, MerchantConnection.connection_id == OfferMaker.connection_id),
    )
    mine = OfferMaker.tenant_id == tenant_id, *([OfferMaker.offer_id.in_(offer_ids)] if offer_ids else [])
    counts = select(MadeCode.offer_id, MadeCode.state, func.count()).where(MadeCode.tenant_id == tenant_id)
    counted = counts.where(*([MadeCode.offer_id.in_(offer_ids)] if offer_ids else [])).group_by(MadeCode.offer_id, MadeCode.state)
    of_state = {(row[0], row[1]): row[2] for row in session.execute(counted)}
    return {
        maker.offer_id: MakerView(
            connection.connection_id, connection.public_key, connection.name, connection.kind, NAMES[connection.kind], maker.ready_count,
            of_state.get((maker.offer_id, "wanted"), 0), of_state.get((maker.offer_id, "ended"), 0), maker.reason, maker.failing_since,
            maker.next_try_at,
        )
        for maker, connection in session.execute(query.where(*mine))
    }  # fmt: skip


def making_places(session: Session) -> list[MakingPlace]:
    """The open connections whose systems have codes, oldest first."""
    query = (
        select(MerchantConnection, ConnectionToken.connection_id)
        .outerjoin(
            ConnectionToken,
            and_(
                ConnectionToken.tenant_id == MerchantConnection.tenant_id, ConnectionToken.connection_id == MerchantConnection.connection_id
            ),
        )
        .where(
            MerchantConnection.tenant_id == tenant_of(session), MerchantConnection.removed_at.is_(None),
            MerchantConnection.kind.in_(tuple(CODE_MAKERS)),
        )
        .order_by(MerchantConnection.connection_id)
    )  # fmt: skip
    return [
        MakingPlace(one.connection_id, one.public_key, one.name, NAMES[one.kind], token is not None)
        for one, token in session.execute(query)
    ]
