"""The database's roles, and the step that makes them: `python -m app database prepare`.

None is a superuser, none may bypass row-level security, and the running product never connects as the owner of the tables.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

ADMIN_ROLE: Final = "tillhand_admin"
OWNER, APP, INTAKE, OPERATOR = "tillhand_owner", "tillhand_app", "tillhand_intake", "tillhand_operator"
PREPARE_LOCK: Final = 0x7111_4A9D
"""Advisory lock that one process at a time holds while it prepares or migrates."""
BY_INDEX: Final = "enable_seqscan = off"
"""Intake looks rows up by their keys, always. A plan that it keeps from when a table was empty would read all of it a minute later."""
ROLES: Final = (OWNER, APP, INTAKE, OPERATOR)


def prepare_database(admin_url: str, *, database: str, passwords: Mapping[str, str]) -> None:
    """Make the four roles and the database, or bring them to the wanted state. Safe to run again.

    `admin_url` must allow creating roles and databases; `passwords` holds one for each of ROLES.
    """
    engine = create_engine(admin_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        # Processes that start together prepare together; PostgreSQL refuses two changes of one role at once. Freed with the connection.
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": PREPARE_LOCK})
        for role in ROLES:
            _make_role(connection, role, passwords[role])
        connection.execute(text(f"ALTER ROLE {INTAKE} SET {BY_INDEX}"))
        if not connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": database}):
            connection.execute(text(f'CREATE DATABASE "{database}" OWNER {OWNER} TEMPLATE template0 ENCODING UTF8'))
        connection.execute(text(f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC'))
        connection.execute(text(f'GRANT CONNECT ON DATABASE "{database}" TO {", ".join(ROLES)}'))


def _make_role(connection: Connection, role: str, password: str) -> None:
    exists = connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role})
    rights = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
    quoted = password.replace("'", "''")
    connection.execute(text(f"{'ALTER' if exists else 'CREATE'} ROLE {role} {rights} PASSWORD '{quoted}'".replace(":", "\\:")))
