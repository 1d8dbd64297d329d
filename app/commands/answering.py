"""Before a command starts, the servers that its settings name are asked for a sign of life; where one gives none, a sentence says which.

Once at work every part waits for a server that goes away and comes back; at the start it is more likely that an address is wrong.
"""

import errno
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

from kombu.exceptions import OperationalError as BrokerAway
from pydantic import SecretStr
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import NullPool

from app.settings import Settings, SettingUnusable
from app.storage.media_store import MediaStoreUnusable
from app.wiring import media_store
from app.worker.celery_app import make_celery

PATIENCE_S: Final = 5
DRIVER: Final = "postgresql+psycopg"
OF_A_DATABASE: Final = f"Write {DRIVER}://USER:PASSWORD@HOST/DATABASE"
OF_A_BROKER: Final = "Write redis://HOST:6379/0 or amqp://USER:PASSWORD@HOST"
ROLES_AT_WORK: Final = ("app", "intake", "operator")


class StoreAway(SettingUnusable):
    """The address of the media store can be read, and nothing answers there now."""


def require_databases(settings: Settings, *roles: str) -> None:
    """Connect once by the address of each role (`app`, `owner`, ...) that is set. Raises SettingUnusable."""
    for role in roles:
        given: SecretStr | None = getattr(settings, f"database_url_{role}")
        if given is not None:
            _require_database(f"TILLHAND_DATABASE_URL_{role.upper()}", given)


def require_broker(settings: Settings) -> None:
    """Connect once to the broker, where one is set. Raises SettingUnusable."""
    if settings.broker_url is None:
        return
    name, address = "TILLHAND_BROKER_URL", settings.broker_url.get_secret_value()
    scheme, where = _read(name, address)
    if scheme not in {"redis", "rediss", "amqp", "amqps"}:
        raise SettingUnusable(f"{name} cannot be used: {scheme or 'nothing'}:// is no broker. {OF_A_BROKER}.")
    connection = make_celery(settings).connection_for_write()
    try:
        with _hushed("kombu"), connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=PATIENCE_S)
    except ImportError as error:
        raise SettingUnusable(f"{name} cannot be used: {scheme}:// needs the package {error.name}; install it beside us.") from error
    except (BrokerAway, OSError, *connection.connection_errors, *connection.channel_errors) as error:
        raise SettingUnusable(f"{name} cannot be used: no broker answers at {where} ({_why(error)}). Start it, or correct it.") from error


def require_media_store(settings: Settings) -> None:
    """Look once into the shared store of media, where one is set. Raises SettingUnusable; StoreAway for what may come back."""
    if settings.media_url is None:
        return
    what = "Start it, or correct TILLHAND_MEDIA_URL, TILLHAND_MEDIA_ENDPOINT and the keys it is reached with."
    try:
        media_store(settings).require_there()
    except MediaStoreUnusable as error:
        raise SettingUnusable(f"TILLHAND_MEDIA_URL cannot be used: {_why(error)}. {what}") from error
    except OSError as error:
        raise StoreAway(f"TILLHAND_MEDIA_URL cannot be used: {_why(error)}. {what}") from error


def _require_database(name: str, address: SecretStr) -> None:
    url = database_url(name, address)
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": PATIENCE_S}, hide_parameters=True)
    where = f"{url.host or 'this machine'}:{url.port or 5432}/{url.database or ''}"
    try:
        with engine.connect():
            pass
    except OperationalError as error:
        said = _why(error.orig or error)
        raise SettingUnusable(
            f"{name} cannot be used: {where} lets nobody in as {url.username} ({said}). Start PostgreSQL, or correct it; "
            "`python -m app database prepare` makes the roles and the database."
        ) from error


def database_url(name: str, address: SecretStr) -> URL:
    """The address of a database that the setting `name` holds, in its parts. Raises SettingUnusable."""
    try:
        url = make_url(address.get_secret_value())
    except (ArgumentError, ValueError) as error:
        raise SettingUnusable(f"{name} cannot be used: it is no address of a database. {OF_A_DATABASE}.") from error
    if url.drivername != DRIVER:
        raise SettingUnusable(f"{name} cannot be used: {url.drivername}:// is not what we speak. {OF_A_DATABASE}.")
    return url


def _read(name: str, address: str) -> tuple[str, str]:
    """An address's kind and its host with port, without the password that it may carry."""
    try:
        parts = urlsplit(address)
        where = f"{parts.hostname or ''}:{parts.port}" if parts.port else parts.hostname
    except ValueError:
        where = None
    if not where:
        raise SettingUnusable(f"{name} cannot be used: it is no address of a broker. {OF_A_BROKER}.")
    return parts.scheme, where


def _why(error: BaseException) -> str:
    """The first line of what a library says, without its own dots and stars; names that nobody knows and closed doors in plain words."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, socket.gaierror):
            return "its host is not known"
        if isinstance(cause, OSError) and cause.errno == errno.ECONNREFUSED:
            return "the connection was refused"
        cause = cause.__cause__ or cause.__context__
    lines = [line.strip(" .*") for line in str(error).splitlines()]
    return next((line for line in lines if line), type(error).__name__)


@contextmanager
def _hushed(name: str) -> Iterator[None]:
    """What a library tells of each try is no news beside the sentence."""
    logger = logging.getLogger(name)
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before
