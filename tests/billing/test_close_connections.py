"""A removed shop's addresses: closed together, opened again together, and known as closed to those who still send."""

from datetime import datetime, timedelta
from uuid import UUID

from billing.close_connections import close_connections, is_closed_address, reopen_connections
from billing.connections import close_connection, connections, create_connection
from tenants.database import Database
from tenants.tenant import open_tenant


def test_addresses_close_and_open_together(database: Database, tenant_id: UUID, now: datetime) -> None:
    with database.tenant_session(tenant_id) as session:
        open_tenant(session, name="Kestrel", time_zone="UTC", allowed_origins=(), now=now)
        made = create_connection(session, name="Till", channel="online", is_order_book=True, now=now)
        gone = create_connection(session, name="Old till", channel="till", is_order_book=True, now=now)
        close_connection(session, connection_id=gone.connection_id, now=now)
    assert not is_closed_address(database, made.public_key)
    later = now + timedelta(hours=1)
    with database.tenant_session(tenant_id) as session:
        close_connections(session, now=later)
    assert is_closed_address(database, made.public_key)
    with database.tenant_session(tenant_id) as session:
        reopen_connections(session, closed_at=later)
        assert [one.name for one in connections(session)] == ["Till"]
    assert not is_closed_address(database, made.public_key)
    assert not is_closed_address(database, gone.public_key), "an address that was given up names nothing any more"
    assert not is_closed_address(database, "x" * 65)
