"""What getting paid keeps: whom the bills are made out to, each bill with its lines, steps and history, credits, payouts, letters told."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned

_OF_BILL = (["tenant_id", "statement_id"], ["bill.tenant_id", "bill.statement_id"])


class BillAccount(TenantOwned, Base):
    """One shop as a payer: its particulars, its customer at the gateway, its own limit, and whether a worker has something to do for it.

    `setup_ref` names a payment method that was just left at the gateway, `is_method_asked` that we have to ask what it is called.
    `wanted_at` says from when work waits; `lease_until` that a worker is at it, so that a shop's bills are made one after another.
    """

    __tablename__ = "bill_account"
    __table_args__ = (
        Index("ix_bill_account_wanted", "wanted_at", postgresql_where=text("wanted_at IS NOT NULL")),
        {"info": access(app="SELECT, INSERT, UPDATE", intake="SELECT, UPDATE")},
    )
    legal_name: Mapped[str]
    address: Mapped[str]
    country: Mapped[str]
    tax_id: Mapped[str]
    email: Mapped[str]
    bills_count: Mapped[int]
    customer_ref: Mapped[str | None]
    method_label: Mapped[str | None]
    setup_ref: Mapped[str | None]
    is_method_asked: Mapped[bool]
    limit_minor: Mapped[int | None] = mapped_column(BigInteger)
    limit_currency: Mapped[str | None]
    stops_offers: Mapped[bool]
    reached_until: Mapped[datetime | None]
    wanted_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]


class Bill(TenantOwned, Base):
    """The invoice of one statement; its id is the statement's, so there is never a second. Amounts are minor units of `currency`.

    `looks_wanted` counts what made us ask the gateway how the invoice stands, `looks_done` up to which of these it has been asked.
    """

    __tablename__ = "bill"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "statement_id"], ["statement.tenant_id", "statement.statement_id"]),
        UniqueConstraint("tenant_id", "number"),
        {"info": access(app="SELECT, INSERT, UPDATE")},
    )
    statement_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID]
    number: Mapped[str]
    period_name: Mapped[str]
    root: Mapped[str]
    currency: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    credited_minor: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str]
    gateway: Mapped[str | None]
    is_charged: Mapped[bool]
    seller: Mapped[dict[str, Any]]
    buyer: Mapped[dict[str, Any]]
    drawn_at: Mapped[datetime]
    issued_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    paid_reference: Mapped[str | None]
    invoice_ref: Mapped[str | None]
    payment_ref: Mapped[str | None]
    page_url: Mapped[str | None]
    attempt_count: Mapped[int]
    next_attempt_at: Mapped[datetime | None]
    looks_wanted: Mapped[int]
    looks_done: Mapped[int]
    looked_at: Mapped[datetime | None]
    next_try_at: Mapped[datetime | None]
    failures: Mapped[int]
    last_error: Mapped[str | None]


class BillLine(TenantOwned, Base):
    """One line of an invoice: what kind of earning, of whom, how much; the payslip has everything behind it."""

    __tablename__ = "bill_line"
    __table_args__ = (ForeignKeyConstraint(*_OF_BILL), {"info": access(app="SELECT, INSERT", append_only=True)})
    statement_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID]
    kind: Mapped[str]
    title: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)


class BillStep(TenantOwned, Base):
    """One call to the gateway: how often it was tried, and, once it is done, what came of it.

    `generation` is part of the call's idempotency key. It changes only after the gateway answered that it broke, for it would go on
    answering the same; whether the broken call took effect is then found by looking.
    """

    __tablename__ = "bill_step"
    __table_args__ = (ForeignKeyConstraint(*_OF_BILL), {"info": access(app="SELECT, INSERT, UPDATE")})
    statement_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    about: Mapped[dict[str, Any]]
    tries: Mapped[int]
    generation: Mapped[int]
    done_at: Mapped[datetime | None]
    result_ref: Mapped[str | None]


class BillNote(TenantOwned, Base):
    """One line of a bill's history, counted from 1: what happened to it, when, by whom. Written once."""

    __tablename__ = "bill_note"
    __table_args__ = (ForeignKeyConstraint(*_OF_BILL), {"info": access(app="SELECT, INSERT", append_only=True)})
    statement_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    what: Mapped[str]
    detail: Mapped[dict[str, Any]]


class BillCredit(TenantOwned, Base):
    """A credit note on one bill: what the shop gets back of it because the statement `cause_id` ended below zero for good."""

    __tablename__ = "bill_credit"
    __table_args__ = (
        ForeignKeyConstraint(*_OF_BILL),
        {"info": access(app="SELECT, INSERT, UPDATE")},
    )
    cause_id: Mapped[UUID] = mapped_column(primary_key=True)
    statement_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    drawn_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    credit_ref: Mapped[str | None]


class PayeePayout(TenantOwned, Base):
    """What was paid out to one payee of one statement. A row stands here only once it was; what is due follows from paid bills."""

    __tablename__ = "payee_payout"
    __table_args__ = (ForeignKeyConstraint(*_OF_BILL), {"info": access(app="SELECT, INSERT, DELETE")})
    statement_id: Mapped[UUID] = mapped_column(primary_key=True)
    payee: Mapped[str] = mapped_column(primary_key=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    paid_out_at: Mapped[datetime]
    reference: Mapped[str]
    actor: Mapped[str]


class PaymentEvent(TenantOwned, Base):
    """A message of the gateway about a bill, kept once by its id; what it made us do is to look, so its content is not believed."""

    __tablename__ = "payment_event"
    __table_args__ = (ForeignKeyConstraint(*_OF_BILL), {"info": access(app="SELECT, INSERT", append_only=True)})
    event_ref: Mapped[str] = mapped_column(primary_key=True)
    statement_id: Mapped[UUID]
    kind: Mapped[str]
    received_at: Mapped[datetime]


class SpendingAlert(TenantOwned, Base):
    """A share of the shop's own limit that was reached in a month and told once."""

    __tablename__ = "spending_alert"
    __table_args__ = ({"info": access(app="SELECT, INSERT")},)
    period_name: Mapped[str] = mapped_column(primary_key=True)
    limit_minor: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    percent: Mapped[int] = mapped_column(primary_key=True)
    spent_minor: Mapped[int] = mapped_column(BigInteger)
    told_at: Mapped[datetime]


class GatewayOrphan(TenantOwned, Base):
    """An invoice at the gateway that names this shop and is none of its bills. Nothing is done to it by itself: somebody has to look."""

    __tablename__ = "gateway_orphan"
    __table_args__ = ({"info": access(app="SELECT, INSERT, UPDATE")},)
    invoice_ref: Mapped[str] = mapped_column(primary_key=True)
    why: Mapped[str]
    status: Mapped[str]
    found_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]
