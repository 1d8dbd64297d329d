"""Takes deliveries at the door: verify, store, commit, and only then let the edge answer 2xx. Reading them comes later.

These verbs open their own session because they must have committed before they return: a delivery acknowledged before its commit is a
lost order. The web process verifies in memory with the doorways it knows and stores in batches; one delivery is a batch of one.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from billing.connections import DIRECTORY_KIND
from billing.connectors.woocommerce import PING
from billing.errors import BodyTooLarge, ConnectionUnknown, DeliveryRefused
from billing.inbox.batch import Arrival, DoorwayChanged, Outcome, store_batch
from billing.inbox.doorways import Doorway, is_key, read_doorways, verified
from billing.inbox.storing import DOORBELL_CHANNEL, Received
from billing.inbox.tables import MerchantConnection
from tenants.database import Database

__all__ = [
    "BODY_BYTES_MAX", "DOORBELL_CHANNEL", "Arrival", "Doorway", "DoorwayChanged", "Outcome", "Received", "answers_ping", "find_connection",
    "find_doorways", "keep_batch", "receive_webhook", "ring_for_inbox", "verify_arrival",
]  # fmt: skip

BODY_BYTES_MAX: Final = 1_000_000
_NO_CONNECTION: Final = "This address names no connection."


def receive_webhook(
    database: Database, *, connection_key: str, headers: Mapping[str, str], body: bytes, now: datetime, url: str = ""
) -> Received:
    """Verify and keep one delivery as its connection's kind signs it; committed on return.

    `connection_key` is the address's last part (`con_...`); `body` the raw bytes; `url` the whole address as the sender was given it,
    which some kinds sign too. Raises BodyTooLarge, ConnectionUnknown, SignatureInvalid, TimestampOutsideTolerance, and
    DeliveryContentChanged for a known id with other bytes where the id is the sender's word; then nothing is stored.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    with database.intake_session() as session:
        while True:
            doorway = read_doorways(session, [connection_key]).get(connection_key)
            arrival = verify_arrival(doorway, headers=lower, body=body, now=now, url=url)
            (outcome,) = store_batch(session, [arrival])
            if isinstance(outcome, Received):
                _ring(session)
                return outcome
            if isinstance(outcome, DeliveryRefused):
                raise outcome


def find_doorways(database: Database, connection_keys: Iterable[str]) -> dict[str, Doorway]:
    """The open connections among these addresses, with what verifying needs, in one query."""
    with database.intake_session() as session:
        return read_doorways(session, connection_keys)


def verify_arrival(doorway: Doorway | None, *, headers: Mapping[str, str], body: bytes, now: datetime, url: str = "") -> Arrival:
    """Verify one delivery in memory; raises what `receive_webhook` raises. Header names are lower case.

    No doorway means that the address names no open connection.
    """
    if len(body) > BODY_BYTES_MAX:
        raise BodyTooLarge(f"A delivery may have {BODY_BYTES_MAX} bytes; this one has {len(body)}.")
    if doorway is None:
        raise ConnectionUnknown(_NO_CONNECTION)
    return Arrival(doorway, verified(doorway, headers, body, url, now), now)


def keep_batch(database: Database, arrivals: Sequence[Arrival]) -> list[Outcome | DataError | IntegrityError]:
    """Keep verified deliveries of any number of shops, in one statement that is committed on return; `ring_for_inbox` comes after it.

    A delivery the database refuses takes no others with it: the batch is cut in halves until that one stands alone with its error.
    Any other error of the database is raised, and nothing of the batch is kept that was not kept before.
    """
    try:
        with database.intake_statements() as session:
            return list(store_batch(session, arrivals))
    except (DataError, IntegrityError) as error:
        if len(arrivals) == 1:
            return [error]
    middle = len(arrivals) // 2
    return keep_batch(database, arrivals[:middle]) + keep_batch(database, arrivals[middle:])


def ring_for_inbox(database: Database) -> None:
    """Ring the worker's bell for what is committed. Rung by itself it holds up no commit: PostgreSQL lets only one ringing one through."""
    with database.intake_statements() as session:
        _ring(session)


def _ring(session: Session) -> None:
    session.connection().exec_driver_sql(f"NOTIFY {DOORBELL_CHANNEL}")


def answers_ping(database: Database, *, connection_key: str, body: bytes) -> bool:
    """Whether an unsigned form is the question WooCommerce asks when a webhook is saved, at the address of such a connection."""
    if not PING.fullmatch(body):
        return False
    with database.intake_session() as session:
        return find_connection(session, connection_key).kind == "woocommerce"


def find_connection(session: Session, connection_key: str) -> MerchantConnection:
    """The open connection an address names; raises ConnectionUnknown."""
    if not is_key(connection_key):
        raise ConnectionUnknown(_NO_CONNECTION)
    look_up = func.look_up(DIRECTORY_KIND, connection_key).table_valued("tenant_id", "subject_id")
    found = session.execute(select(look_up.c.tenant_id, look_up.c.subject_id)).first()
    connection = session.get(MerchantConnection, (found.tenant_id, found.subject_id)) if found else None
    if connection is None or connection.removed_at is not None:
        raise ConnectionUnknown(_NO_CONNECTION)
    return connection
