"""What the lists of the public API hold: each thing with its public ids, amounts in minor units of their currency, times in UTC."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from app.conversations.read import ConversationLine
from app.studio.events import FilmFinished
from billing.read_offers import CodeView
from billing.read_orders import OrderLine
from billing.read_pages import CreditLine, TouchListed
from billing.read_statement import StatementView
from tenants.identifiers import to_public


def _like(**example: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [example]})


EMPLOYEE, ORDER, CONVERSATION = "emp_01jd44wpg0e008000000001r01", "ord_01jd44wpg0e008000000001k01", "cnv_01jd44wpg0e008000000001g01"
TOUCH, COUPON, OFFER, LINE = (f"{prefix}_01jd44wpg0e008000000001m01" for prefix in ("tch", "cpn", "off", "txn"))
VISITOR, AT = "0193484e-5a00-7000-8000-00000000a001", "2026-11-20T09:38:00Z"


def public(prefix: str, identifier: UUID | None) -> str | None:
    """A public id, or null."""
    return None if identifier is None else to_public(prefix, identifier)


class OrderItem(BaseModel):
    """An order as it stands now; without an employee, `not_credited_because` says why nobody earned."""

    model_config = _like(
        id=ORDER, reference="K-1001", channel="web", occurred_at=AT, recorded_at="2026-11-20T09:38:05Z", currency="EUR",
        captured_minor=5240, base_minor=1800, earned_minor=144, employee=EMPLOYEE, conversation=CONVERSATION, coupon_code="K7QZM-4HXPA",
        not_credited_because=None,
    )  # fmt: skip
    id: str
    reference: str
    channel: str
    occurred_at: datetime
    recorded_at: datetime
    currency: str
    captured_minor: int
    base_minor: int
    earned_minor: int
    employee: str | None = None
    conversation: str | None = None
    coupon_code: str | None = None
    not_credited_because: str | None = None

    @classmethod
    def of(cls, row: OrderLine) -> "OrderItem":
        """The row in public words."""
        return cls(
            id=to_public("ord", row.order_id), reference=row.order_ref, channel=row.channel, occurred_at=row.occurred_at,
            recorded_at=row.recorded_at, currency=row.currency, captured_minor=row.captured_minor, base_minor=row.base_minor,
            earned_minor=row.earned_minor, employee=public("emp", row.employee_id), conversation=public("cnv", row.conversation_id),
            coupon_code=row.coupon_code, not_credited_because=row.rejected_reason,
        )  # fmt: skip


class TouchItem(BaseModel):
    """That an employee was asked, seen or followed: the evidence that orders are credited by."""

    model_config = _like(
        id=TOUCH, kind="coupon_issue", occurred_at=AT, employee=EMPLOYEE, conversation=CONVERSATION, visitor=VISITOR, coupon=COUPON,
        link=None, work=None,
    )  # fmt: skip
    id: str
    kind: str
    occurred_at: datetime
    employee: str
    conversation: str | None = None
    visitor: str | None = None
    coupon: str | None = None
    link: str | None = None
    work: str | None = None

    @classmethod
    def of(cls, row: TouchListed) -> "TouchItem":
        """The row in public words."""
        return cls(
            id=to_public("tch", row.touch_id), kind=row.kind, occurred_at=row.occurred_at, employee=to_public("emp", row.employee_id),
            conversation=public("cnv", row.conversation_id), visitor=str(row.visitor_id) if row.visitor_id else None,
            coupon=public("cpn", row.coupon_id), link=public("lnk", row.link_id), work=public("wrk", row.work_id),
        )  # fmt: skip


class CreditItem(BaseModel):
    """A line of the book: above zero earned, below zero taken back. `points_to` is the line it corrects."""

    model_config = _like(
        id=LINE, kind="share", why="8 % of 18.00 EUR", cause="order", employee=EMPLOYEE, payee="platform", order=ORDER, amount_minor=144,
        currency="EUR", occurred_at=AT, effective_at=AT, recorded_at="2026-11-20T09:38:05Z", points_to=None,
    )  # fmt: skip
    id: str
    kind: str
    why: str
    cause: str
    employee: str
    payee: str
    order: str | None = None
    amount_minor: int
    currency: str
    occurred_at: datetime
    effective_at: datetime
    recorded_at: datetime
    points_to: str | None = None

    @classmethod
    def of(cls, row: CreditLine) -> "CreditItem":
        """The row in public words; lines of one transaction are told apart by their number."""
        return cls(
            id=f"{to_public('txn', row.transaction_id)}_{row.place.number}", kind=row.kind, why=row.why, cause=row.cause,
            employee=to_public("emp", row.employee_id), payee=row.payee, order=public("ord", row.order_id), amount_minor=row.amount_minor,
            currency=row.currency, occurred_at=row.occurred_at, effective_at=row.effective_at, recorded_at=row.recorded_at,
            points_to=public("txn", row.points_to),
        )  # fmt: skip


class FilmItem(BaseModel):
    """A film in full size. `id` is the work that its links and the money it brings name; `sha256` is that of its file."""

    model_config = _like(
        id="wrk_01jd44wpg0e008000000001f01", employee=EMPLOYEE, title="Three teas for the evening", duration_ms=21_400,
        sha256="89ddb009eb8d5a1f0c54b7f3f8f4a0f6a3f0a8d2c4b6e8f1a2b3c4d5e6f70819", finished_at="2026-11-20T09:38:05Z",
    )  # fmt: skip
    id: str
    employee: str
    title: str
    duration_ms: int
    sha256: str
    finished_at: datetime

    @classmethod
    def of(cls, film: FilmFinished) -> "FilmItem":
        """As the film's end was announced."""
        return cls(
            id=to_public("wrk", film.work_id), employee=to_public("emp", film.employee_id), title=film.title,
            duration_ms=film.duration_ms, sha256=film.sha256, finished_at=film.finished_at,
        )  # fmt: skip


class StatementItem(BaseModel):
    """A closed month of an employee. `root` is what a recount of its export must come to."""

    model_config = _like(
        id="stm_01jd44wpg0e008000000001s01", employee=EMPLOYEE, number=3, period="2026-10", period_start="2026-10-01T00:00:00Z",
        period_end="2026-11-01T00:00:00Z", currency="EUR", line_count=212, earned_minor=18410, payable_minor=18410, carried_minor=0,
        root="89ddb009eb8d5a1f0c54b7f3f8f4a0f6a3f0a8d2c4b6e8f1a2b3c4d5e6f70819", closed_at="2026-11-15T00:00:00Z",
    )  # fmt: skip
    id: str
    employee: str
    number: int
    period: str
    period_start: datetime
    period_end: datetime
    currency: str
    line_count: int
    earned_minor: int
    payable_minor: int
    carried_minor: int
    root: str
    closed_at: datetime

    @classmethod
    def of(cls, row: StatementView) -> "StatementItem":
        """The row in public words."""
        return cls(
            id=to_public("stm", row.statement_id), employee=to_public("emp", row.employee_id), number=row.number, period=row.period_name,
            period_start=row.period_start, period_end=row.period_end, currency=row.currency, line_count=row.line_count,
            earned_minor=row.earned_minor, payable_minor=row.payable_minor, carried_minor=row.carried_minor, root=row.root,
            closed_at=row.closed_at,
        )  # fmt: skip


class CouponItem(BaseModel):
    """A coupon that was handed out; `state` is open, held, redeemed, returned or expired."""

    model_config = _like(
        id=COUPON, offer=OFFER, code="K7QZM-4HXPA", state="redeemed", employee=EMPLOYEE, conversation=CONVERSATION, issued_at=AT,
        expires_at="2026-12-04T09:38:00Z", redeemed_at="2026-11-20T10:02:00Z", order=ORDER, order_reference="K-1001", discount_minor=330,
    )  # fmt: skip
    id: str
    offer: str
    code: str
    state: str
    employee: str
    conversation: str | None = None
    issued_at: datetime
    expires_at: datetime
    redeemed_at: datetime | None = None
    order: str | None = None
    order_reference: str | None = None
    discount_minor: int | None = None

    @classmethod
    def of(cls, row: CodeView) -> "CouponItem":
        """The row in public words."""
        return cls(
            id=to_public("cpn", row.coupon_id), offer=to_public("off", row.offer_id), code=row.code, state=row.state,
            employee=to_public("emp", row.employee_id), conversation=public("cnv", row.conversation_id), issued_at=row.issued_at,
            expires_at=row.expires_at, redeemed_at=row.redeemed_at, order=public("ord", row.order_id),
            order_reference=row.order_number or row.order_ref, discount_minor=row.discount_minor,
        )  # fmt: skip


class ConversationItem(BaseModel):
    """A conversation, without what was said in it."""

    model_config = _like(
        id=CONVERSATION, employee=EMPLOYEE, visitor=VISITOR, language="en", opened_at=AT, last_turn_at="2026-11-20T09:41:00Z", turn_count=4,
        is_answered=True,
    )  # fmt: skip
    id: str
    employee: str
    visitor: str
    language: str
    opened_at: datetime
    last_turn_at: datetime | None = None
    turn_count: int
    is_answered: bool

    @classmethod
    def of(cls, row: ConversationLine) -> "ConversationItem":
        """The row in public words."""
        return cls(
            id=to_public("cnv", row.conversation_id), employee=to_public("emp", row.employee_id), visitor=str(row.visitor_id),
            language=row.language, opened_at=row.opened_at, last_turn_at=row.last_turn_at, turn_count=row.turn_count,
            is_answered=row.is_answered,
        )  # fmt: skip
