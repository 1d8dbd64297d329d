"""What attribution looks at, and what it answers, as plain data: no database is needed to decide."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.contract_terms import ContractTerms


@dataclass(frozen=True)
class Touch:
    """Employee E met visitor V at time T. `kind` is conversation, coupon_issue, link_click, video_view ..."""

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


@dataclass(frozen=True)
class CouponSeen:
    """A coupon of ours whose code stands on the order, with the touch that handed it out."""

    coupon_id: UUID
    code: str
    visitor_id: UUID | None
    touch: Touch


@dataclass(frozen=True)
class ContractInForce:
    """The version that governed an employee on the order's day."""

    contract_version_id: UUID
    employee_id: UUID
    terms: ContractTerms


@dataclass(frozen=True)
class OrderMarks:
    """What an order carries that may lead back to a touch."""

    occurred_at: datetime
    currency: str
    visitor_id: UUID | None
    click_id: UUID | None
    codes: tuple[str, ...]
    cart_created_at: datetime | None


@dataclass(frozen=True)
class Evidence:
    """Everything one decision may use."""

    marks: OrderMarks
    touches: tuple[Touch, ...]
    coupons: tuple[CouponSeen, ...]
    contracts: tuple[ContractInForce, ...]


@dataclass(frozen=True)
class Candidate:
    """A touch that counts: by which step (coupon, link, conversation) and under which contract."""

    touch: Touch
    step: str
    contract: ContractInForce


@dataclass(frozen=True)
class Excluded:
    """Something that might have counted and does not, and why. `subject` is a touch id or a code."""

    subject: str
    why: str


@dataclass(frozen=True)
class Credit:
    """A part of the order, in parts per million, and the touch it goes to."""

    candidate: Candidate
    weight_ppm: int
    reason: str


@dataclass(frozen=True)
class Decision:
    """Who brought the order: credits, or the reason why nobody did."""

    model: str
    rule_version: str
    reason: str
    credits: tuple[Credit, ...]
    excluded: tuple[Excluded, ...]
    rejected_reason: str | None
