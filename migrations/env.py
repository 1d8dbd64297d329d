"""Alembic's entry: connect as the owner, compare with every room's tables, and write row-level security into each new table's migration."""

from collections.abc import Iterable
from typing import Any

from alembic import context
from alembic.operations import ops
from sqlalchemy import Connection, create_engine, pool, text

import app.tables  # noqa: F401 - gathers every room's tables; only migrations and tests may
from tenants.access import (
    FOUNDATION,
    GLOBAL_PROTECTION,
    GLOBAL_TABLES,
    LOOK_UPS,
    grown_statements,
    look_up_grants,
    protect_statements,
    protection_of,
)
from tenants.database import Base
from tenants.roles import PREPARE_LOCK

LOCK_TIMEOUT = "5s"
GRANTED = text("SELECT privilege_type FROM information_schema.role_table_grants WHERE grantee = :grantee AND table_name = :table")


def add_protection(migration: Any, _revision: Any, directives: list[Any]) -> None:
    """Append each new table's policies and grants to the generated script, and what older tables grant besides by now.

    The first script also lays the foundation.
    """
    script = directives[0]
    created = [op.table_name for op in script.upgrade_ops.ops if isinstance(op, ops.CreateTableOp)]
    is_first = "directory" in created
    before = FOUNDATION if is_first else ()
    after: Iterable[str] = (*LOOK_UPS, *look_up_grants()) if is_first else ()
    protected = [
        statement
        for name in created
        if name not in GLOBAL_TABLES
        for statement in protect_statements(name, **protection_of(Base.metadata.tables[name]))
    ]
    protected += [statement for name in created for statement in GLOBAL_PROTECTION.get(name, ())]
    protected += [] if is_first else _grown(migration.connection, created)
    script.upgrade_ops.ops[:0] = [ops.ExecuteSQLOp(statement) for statement in before]
    script.upgrade_ops.ops += [ops.ExecuteSQLOp(statement) for statement in (*after, *protected)]


def _grown(connection: Connection, created: list[str]) -> list[str]:
    """Privileges that the tables declare and a database of the history so far does not grant."""
    found: list[str] = []
    for table in Base.metadata.sorted_tables:
        if table.name in GLOBAL_TABLES or table.name in created:
            continue
        for role in ("app", "intake", "operator"):
            granted = connection.scalars(GRANTED, {"grantee": f"tillhand_{role}", "table": table.name})
            declared = protection_of(table)[role]
            found += grown_statements(table.name, role=role, declared=declared, granted=frozenset(granted))
    return found


def run() -> None:
    """Apply the history to the database whose URL the caller put in `sqlalchemy.url`."""
    engine = create_engine(context.config.attributes["owner_url"], poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({PREPARE_LOCK})")  # one process migrates, the others find it done
        connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_type=True,
            process_revision_directives=add_protection,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
