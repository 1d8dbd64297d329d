"""The one door to PostgreSQL: every session knows its tenant, and the database refuses to answer a session that does not.

Row-level security does the guarding; this file only tells PostgreSQL who is asking. A verb receives a session, never opens one.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import DateTime, Engine, MetaData, create_engine, event, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
CONNECTION_POOL_SIZE = 24
"""Connections per role and process: the web's 20 verb threads and a little air."""


class Base(DeclarativeBase):
    """All tables of all rooms. Times are `timestamptz`; a dict is `jsonb`."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: DateTime(timezone=True), dict[str, Any]: JSONB}


class TenantOwned:
    """A row that belongs to one tenant. The tenant leads the primary key, so the schema can be distributed by tenant later."""

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-10)


class NoTenantSet(RuntimeError):
    """A verb that needs a tenant was given a session without one."""


@dataclass(frozen=True)
class Database:
    """Connections for the three roles a running process uses; the fourth, `owner`, is Alembic's alone.

    `routes` says which verbs hear of which event (app/flows.py); `tenants.outbox.announce` reads it from the session.
    """

    app: Engine
    intake: Engine
    operator: Engine
    routes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @contextmanager
    def tenant_session(self, tenant_id: UUID) -> Iterator[Session]:
        """Open one transaction as `app` for one tenant; commit at the end, roll back on any error."""
        with self._session(self.app, tenant_id) as session:
            yield session

    @contextmanager
    def directory_session(self) -> Iterator[Session]:
        """Open one transaction as `app` with no tenant: only the narrow look-up functions answer it."""
        with self._session(self.app, None) as session:
            yield session

    @contextmanager
    def intake_session(self) -> Iterator[Session]:
        """Open one transaction as `intake`: it stores deliveries and claims work across tenants."""
        with self._session(self.intake, None) as session:
            yield session

    @contextmanager
    def intake_statements(self) -> Iterator[Session]:
        """Open a session as `intake` in which each statement is a transaction of its own: one round trip instead of three."""
        with self._session(self.intake.execution_options(isolation_level="AUTOCOMMIT"), None) as session:
            yield session

    @contextmanager
    def operator_session(self) -> Iterator[Session]:
        """Open one transaction as `operator`: it reads across tenants and writes nothing of theirs."""
        with self._session(self.operator, None) as session:
            yield session

    def dispose(self) -> None:
        """Close every pooled connection."""
        for engine in (self.app, self.intake, self.operator):
            engine.dispose()

    @contextmanager
    def _session(self, engine: Engine, tenant_id: UUID | None) -> Iterator[Session]:
        session = Session(engine, expire_on_commit=False, info={"tenant_id": tenant_id, "routes": self.routes})
        event.listen(session, "after_begin", _tell_tenant)
        with session, session.begin():
            yield session


def connect(*, app_url: str, intake_url: str, operator_url: str, routes: Mapping[str, tuple[str, ...]] | None = None) -> Database:
    """Make the engines from one URL per role. Nothing is contacted until the first session."""

    def engine(url: str) -> Engine:
        return create_engine(
            url, pool_size=CONNECTION_POOL_SIZE, max_overflow=0, pool_pre_ping=True, pool_timeout=10, hide_parameters=True,
            pool_use_lifo=True,  # a quiet process keeps to few connections, which know its statements already
        )  # fmt: skip

    return Database(engine(app_url), engine(intake_url), engine(operator_url), routes or {})


def tenant_of(session: Session) -> UUID:
    """Return the tenant this session speaks for; raises NoTenantSet when it speaks for none."""
    tenant_id = session.info.get("tenant_id")
    if not isinstance(tenant_id, UUID):
        raise NoTenantSet("This verb needs a tenant_session.")
    return tenant_id


def _tell_tenant(session: Session, _transaction: object, connection: Any) -> None:
    tenant_id = session.info.get("tenant_id")
    if tenant_id is not None:
        connection.execute(text("SELECT set_config('tillhand.tenant', :tenant, true)"), {"tenant": str(tenant_id)})
