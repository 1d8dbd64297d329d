"""Which shops there are, for work that goes round all of them: sealing the book, an operator's command."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from tenants.database import Database, TenantOwned
from tenants.tables import Tenant


@dataclass(frozen=True, slots=True)
class ShopListed:
    """A shop by its id and name."""

    tenant_id: UUID
    name: str


def every_shop(database: Database) -> list[ShopListed]:
    """Every shop, in the sequence they were opened; read as the operator, for no shop may see another."""
    with database.operator_session() as session:
        rows = session.execute(select(Tenant.tenant_id, Tenant.name).order_by(Tenant.tenant_id))
        return [ShopListed(tenant_id, name) for tenant_id, name in rows]


def shops_with(session: Session, table: type[TenantOwned], *where: ColumnElement[bool]) -> list[UUID]:
    """The shops that have such rows, in one query: going round a thousand shops for the few concerned costs a transaction each.

    The session is that of a role that reads the table across tenants.
    """
    return list(session.scalars(select(table.tenant_id).where(*where).distinct().order_by(table.tenant_id)))
