"""The database's law, tried as every role on every table: nobody reads or writes another tenant's row, and nobody is above the law."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.pool import NullPool

from migrations.history import check
from tenants.access import GLOBAL_TABLES, protection_of
from tenants.database import Base
from tenants.identifiers import new_id
from tenants.roles import APP, INTAKE, OPERATOR, OWNER, ROLES

TENANT_TABLES = sorted(name for name in Base.metadata.tables if name not in GLOBAL_TABLES)


@pytest.fixture(scope="module")
def engines(database_urls):
    made = {role: create_engine(url, poolclass=NullPool) for role, url in database_urls.items()}
    yield made
    for engine in made.values():
        engine.dispose()


def test_the_history_matches_the_declared_tables(database_urls):
    check(database_urls[OWNER])


def test_no_role_is_above_the_law(engines):
    with engines[OWNER].connect() as connection:
        rows = connection.execute(
            text("SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = ANY(:roles)"),
            {"roles": list(ROLES)},
        ).all()
        owners = connection.execute(text("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
    assert sorted(row.rolname for row in rows) == sorted(ROLES)
    assert not any(any(tuple(row)[1:]) for row in rows)
    assert owners == [OWNER]


def test_every_tenant_table_is_guarded_as_declared(engines):
    wanted = {
        "SELECT": "has_table_privilege(:role, :table, 'SELECT')",
        "INSERT": "has_table_privilege(:role, :table, 'INSERT')",
        "UPDATE": "has_table_privilege(:role, :table, 'UPDATE')",
        "DELETE": "has_table_privilege(:role, :table, 'DELETE')",
        "TRUNCATE": "has_table_privilege(:role, :table, 'TRUNCATE')",
    }
    with engines[OWNER].connect() as connection:
        for table in TENANT_TABLES:
            flags = connection.execute(
                text("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = :table"), {"table": table}
            ).one()
            assert tuple(flags) == (True, True), table
            declared = protection_of(Base.metadata.tables[table])
            for role, key in ((APP, "app"), (INTAKE, "intake"), (OPERATOR, "operator")):
                granted = {name for name, sql in wanted.items() if connection.scalar(text(f"SELECT {sql}"), {"role": role, "table": table})}
                assert granted == {part.strip() for part in declared[key].split(",") if part.strip()}, (table, role)


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_a_session_without_a_tenant_is_refused(engines, table):
    """By index, because who asks is asked for the first row read: an empty table read from end to end has none, and 0 is its answer."""
    with engines[APP].connect() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        with pytest.raises(ProgrammingError, match="no tenant is set|permission denied"):
            connection.execute(text(f'SELECT count(*) FROM "{table}"')).all()


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_the_app_cannot_write_for_another_tenant(engines, table, now):
    """An INSERT that names another tenant is stopped by the policy before any other constraint is looked at."""
    mine, theirs = new_id(now), new_id(now)
    with engines[APP].connect() as connection:
        connection.execute(text("SELECT set_config('tillhand.tenant', :tenant, true)"), {"tenant": str(mine)})
        with pytest.raises(ProgrammingError, match="row-level security|permission denied"):
            connection.execute(_insert(table), {"tenant": theirs})


def _insert(table: str):
    """An INSERT with a value of the right type in every column that needs one."""
    values = {"tenant_id": ":tenant"}
    for column in Base.metadata.tables[table].columns:
        if column.name != "tenant_id" and not column.nullable and column.server_default is None:
            values[column.name] = _value(column.type.compile(dialect=_DIALECT))
    return text(
        f'INSERT INTO "{table}" ({", ".join(f"{chr(34)}{name}{chr(34)}" for name in values)}) VALUES ({", ".join(values.values())})'
    )


def _value(sql_type: str) -> str:
    for start, value in (
        ("UUID[]", "'{}'"), ("UUID", "gen_random_uuid()"), ("TIMESTAMP", "'2026-11-20T00:00:00Z'"), ("DATE", "'2026-11-20'"),
        ("JSONB", "'{}'"),
        ("BYTEA", "''"), ("BOOLEAN", "false"), ("TSTZRANGE", "'empty'"),
        ("BIGINT", "1"), ("INTEGER", "1"), ("SMALLINT", "1"), ("NUMERIC", "1"),
        ("TEXT[]", "'{}'"),
    ):  # fmt: skip
        if sql_type.startswith(start):
            return value
    return "'x'"


_DIALECT = postgresql.dialect()


@pytest.mark.parametrize("table", sorted(GLOBAL_TABLES))
def test_global_tables_answer_only_through_functions(engines, table):
    for role in (APP, INTAKE):
        with engines[role].connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text(f'SELECT * FROM "{table}"'))


def test_append_only_tables_refuse_even_their_owner(engines):
    append_only = [name for name in TENANT_TABLES if protection_of(Base.metadata.tables[name])["append_only"]]
    assert {"outbox_event"} <= set(append_only)
    with engines[OWNER].connect() as connection:
        for table in append_only:
            triggers = connection.scalar(
                text(
                    "SELECT count(*) FROM pg_trigger WHERE tgrelid = CAST(:table AS regclass) "
                    "AND tgname = 'refuse_change' AND tgenabled = 'O'"
                ),
                {"table": table},
            )
            assert triggers == 1, table
