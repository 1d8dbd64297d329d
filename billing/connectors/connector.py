"""What a connector is: a way to verify a delivery, the key by which its repeats are known, and a reading of its bytes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from billing.inbox.earnings import NeutralEarning
from billing.neutral_order import NeutralOrder, NeutralRefund

HEADER_LENGTH_MAX: Final = 200
FETCHED: Final = "fetched"
"""A header of ours beside a body that we asked the merchant's system for, instead of one it sent; no sender can set it."""

Fact = NeutralOrder | NeutralRefund | NeutralEarning
OtherBytes = Literal["refuse", "repeat", "keep"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A delivery at the door. Header names are lower case; `url` is the address the sender was given."""

    headers: Mapping[str, str]
    body: bytes
    secrets: Sequence[str]
    url: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Signed:
    """A verified delivery: the key its repeats share, and the few headers worth keeping beside the bytes."""

    delivery_key: str
    headers: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Document:
    """Stored bytes to be read, and whose they are. `is_sandbox` says that the connection is to a trial account of the other system."""

    body: bytes
    headers: Mapping[str, str | int]
    tenant_id: UUID
    now: datetime
    is_sandbox: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something a delivery only points at: what kind of thing it is, and its id in the merchant's system."""

    kind: str
    external_id: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document tells: any number of facts, what must be fetched first, or a note why it tells nothing."""

    event_type: str
    subject: str | None
    facts: tuple[Fact, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Connector:
    """One kind of merchant's system.

    `verify` raises SignatureInvalid or TimestampOutsideTolerance; `read` raises PayloadRefused. `sign` makes the headers a sender would
    send (for test events). `other_bytes` says what a known key with other bytes is: a mistake, a repeat, or a delivery of its own.
    """

    kind: str
    verify: Callable[[Attempt], Signed]
    read: Callable[[Document], Reading]
    sign: Callable[["Attempt"], dict[str, str]]
    other_bytes: OtherBytes
    events: tuple[str, ...] = field(default=())


def kept_headers(headers: Mapping[str, str], names: Sequence[str]) -> dict[str, str | int]:
    """The named headers that are there, short and printable."""
    found = {name: headers.get(name, "") for name in names}
    return {name: value for name, value in found.items() if 0 < len(value) <= HEADER_LENGTH_MAX and value.isascii() and value.isprintable()}
