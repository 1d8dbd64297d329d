"""`python -m app database prepare|upgrade|check|revise`: roles, schema, and the history of the schema."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.commands.answering import database_url, require_databases
from app.commands.running import start_local_postgres
from app.settings import Settings
from migrations import history
from tenants.roles import OWNER, ROLES, prepare_database


def database(settings: Settings, action: str, message: str) -> None:
    """Run one action; without database URLs it acts on the local PostgreSQL (where `prepare` and `upgrade` are automatic)."""
    if action == "prepare":
        _prepare(settings)
        return
    with _owner_url(settings) as owner_url:
        if action == "upgrade":
            history.upgrade(owner_url)
        elif action == "check":
            history.check(owner_url)
        else:
            history.revise(owner_url, message, revision_id=f"{len(list((history.HERE / 'versions').glob('*.py'))) + 1:04d}")
    print(f"database {action}: done")


def _prepare(settings: Settings) -> None:
    if settings.has_own_database:
        start_local_postgres(settings).stop()
        print("The local PostgreSQL is ready; it prepares itself.")
        return
    if settings.database_url_admin is None:
        raise SystemExit("Set TILLHAND_DATABASE_URL_ADMIN to a URL that may create roles and databases.")
    require_databases(settings, "admin")
    urls = {role: getattr(settings, f"database_url_{role.removeprefix('tillhand_')}") for role in ROLES}
    missing = [role.removeprefix("tillhand_").upper() for role, url in urls.items() if url is None]
    if missing:
        raise SystemExit(f"Set TILLHAND_DATABASE_URL_{', _'.join(missing)} first: the roles get the passwords from these URLs.")
    parts = {role: database_url(f"TILLHAND_DATABASE_URL_{role.removeprefix('tillhand_').upper()}", url) for role, url in urls.items()}
    wrong = [role for role, url in parts.items() if url.username != role]
    if wrong:
        raise SystemExit(f"The URL for {wrong[0]} must use that name as its user.")
    name = parts[OWNER].database or "tillhand"
    passwords = {role: url.password or "" for role, url in parts.items()}
    prepare_database(settings.database_url_admin.get_secret_value(), database=name, passwords=passwords)
    print(f"The four roles and the database {name} are ready. Next: python -m app database upgrade")


@contextmanager
def _owner_url(settings: Settings) -> Iterator[str]:
    if settings.database_url_owner is not None:
        require_databases(settings, "owner")
        yield settings.database_url_owner.get_secret_value()
        return
    postgres = start_local_postgres(settings)
    try:
        yield postgres.url(OWNER)
    finally:
        postgres.stop()
