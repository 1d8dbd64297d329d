"""What attribution looks at, and what it answers, as plain data: no database is needed to decide.

What is answered are named tuples: they are made by the million when a contract is tried on past orders, at half a frozen class's cost.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from billing.contract_terms import ContractTerms

Step = Literal["coupon", "link", "conversation", "view"]
RateKind = Literal["own", "repeat"]
Insider = Literal["staff", "payee"]


@dataclass(frozen=True, slots=True)
class Touch:
    """Employee E met visitor V at time T. `kind` is conversation, coupon_issue, link_click, video_view or video_click."""

    touch_id: UUID
    occurred_at: datetime
    kind: str
    employee_id: UUID
    visitor_id: UUID | None = None
    conversation_id: UUID | None = None
    turn_id: UUID | None = None
    coupon_id: UUID | None = None
    link_id: UUID | None = None
    work_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CouponSeen:
    """A coupon of ours whose code stands on the order, with the touch that handed it out."""

    coupon_id: UUID
    code: str
    visitor_id: UUID | None
    touch: Touch


@dataclass(frozen=True, slots=True)
class ContractInForce:
    """The version that governed an employee on the order's day. `starts_at` is the first day of the contract's first version."""

    contract_version_id: UUID
    employee_id: UUID
    terms: ContractTerms
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderMarks:
    """What an order carries that may lead back to a touch, and whether its buyer is one of the house.

    `customer` is a salted hash, never a name; `buyer_is` says that the buyer works for the shop or is paid under one of its contracts.
    """

    occurred_at: datetime
    currency: str
    visitor_id: UUID | None
    click_id: UUID | None
    codes: tuple[str, ...]
    cart_created_at: datetime | None
    customer: str | None = None
    buyer_is: Insider | None = None


@dataclass(frozen=True, slots=True)
class Won:
    """The earlier order by which this customer was won: the first one that a touch brought and that is still worth something."""

    order_id: UUID
    occurred_at: datetime
    touch: Touch
    contract_version_id: UUID


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything one decision may use. `bot_conversations` are those an operator or a filter has marked as held with a machine."""

    marks: OrderMarks
    touches: tuple[Touch, ...]
    coupons: tuple[CouponSeen, ...]
    contracts: tuple[ContractInForce, ...]
    bot_conversations: frozenset[UUID] = frozenset()
    won: Won | None = None


class Candidate(NamedTuple):
    """A touch that counts: by which step and under which contract."""

    touch: Touch
    step: Step
    contract: ContractInForce


class Excluded(NamedTuple):
    """Something that might have counted and does not, and why. `subject` is a code, or the id of a touch or an earlier order."""

    subject: str | UUID
    why: str


class Credit(NamedTuple):
    """A part of the order, in parts per million, and the touch it goes to.

    `rate_kind` is "repeat" when the customer came back on its own and only the contract's rate for repeat purchases applies.
    """

    candidate: Candidate
    weight_ppm: int
    reason: str
    rate_kind: RateKind = "own"


class Decision(NamedTuple):
    """Who brought the order: credits, or the reason why nobody did. `model` is "repeat" or "nobody" when no touch counted."""

    model: str
    rule_version: str
    reason: str
    credits: tuple[Credit, ...]
    excluded: tuple[Excluded, ...]
    rejected_reason: str | None
