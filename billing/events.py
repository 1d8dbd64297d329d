"""What the counting house announces to the rest of the product."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class ContractSigned:
    """A tenant accepted terms for an employee; from `starts_at` its orders earn by them."""

    contract_id: UUID
    contract_version_id: UUID
    employee_id: UUID
    starts_at: datetime


@dataclass(frozen=True)
class ContractEnded:
    """An employee was dismissed: from `ends_at` on nothing governs its orders, and each of these belongs to "shop" or "platform"."""

    contract_id: UUID
    contract_version_id: UUID
    employee_id: UUID
    ends_at: datetime
    works: str
    transcripts: str
    taste: str


@dataclass(frozen=True)
class TouchRecorded:
    """A touch was written down, whoever told of it."""

    touch_id: UUID


@dataclass(frozen=True)
class CouponRedeemed:
    """A code was used at the till. `conversation_id` is where it was handed over; None when that was nowhere."""

    coupon_id: UUID
    code: str
    conversation_id: UUID | None
    redeemed_at: datetime


@dataclass(frozen=True)
class StatementClosed:
    """A month was closed for good. Whoever keeps `root` can recount the statement's export at any time without us."""

    statement_id: UUID
    employee_id: UUID
    number: int
    period_name: str
    period_start: datetime
    period_end: datetime
    currency: str
    payable_minor: int
    carried_minor: int
    line_count: int
    root: str


@dataclass(frozen=True)
class PromisesChanged:
    """An offer was made, changed, paused, resumed or ended: what these employees may promise is another thing now."""

    offer_id: UUID
    employee_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class CodesRanLow:
    """An offer that hands out imported codes has only this many left: somebody should import more."""

    offer_id: UUID
    offer_name: str
    codes_left: int


@dataclass(frozen=True)
class BillChanged:
    """The invoice of a statement was sent, paid, failed to be collected, and so on: `state` says what it is now."""

    statement_id: UUID
    number: str
    period_name: str
    state: str
    currency: str
    amount_minor: int


@dataclass(frozen=True)
class SpendingReached:
    """A month's earnings have reached a share of the limit that the shop set on its own bill. `stops_offers`: at 100 % it wanted that."""

    period_name: str
    percent: int
    currency: str
    spent_minor: int
    limit_minor: int
    stops_offers: bool


@dataclass(frozen=True)
class CodeRefused:
    """The till refused a code of ours; `why` is a sentence. Told at most once a day for a shop."""

    coupon_id: UUID
    code: str
    why: str


@dataclass(frozen=True)
class CodesNotMade:
    """The codes of an offer could not be made in the merchant's system, several times in a row; `why` is a sentence."""

    offer_id: UUID
    offer_name: str
    why: str
    codes_left: int
