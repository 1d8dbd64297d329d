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
    tenant_id = tenant_of(session)
    query = select(OfferMaker, MerchantConnection).join(
        MerchantConnection,
        and_(MerchantConnection.tenant_id == OfferMaker.tenant_id, MerchantConnection.connection_id == OfferMaker.connection_id),
    )
    row = session.execute(query.where(OfferMaker.tenant_id == tenant_id, OfferMaker.offer_id == offer_id)).one_or_none()
    if row is None:
        return None
    maker, connection = row
    counts = select(MadeCode.state, func.count()).where(MadeCode.tenant_id == tenant_id, MadeCode.offer_id == offer_id)
    of_state = {row[0]: row[1] for row in session.execute(counts.group_by(MadeCode.state))}
    return MakerView(
        connection.connection_id, connection.public_key, connection.name, connection.kind, NAMES[connection.kind], maker.ready_count,
        of_state.get("wanted", 0), of_state.get("ended", 0), maker.reason, maker.failing_since, maker.next_try_at,
    )  # fmt: skip


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
