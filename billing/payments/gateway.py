"""What a way of being paid has to offer: make one invoice in named steps, say how it stands, credit a part of it.

An invoice is made from an `InvoiceOrder` that never changes once the first step has begun, so a repeated call says exactly what the first
one said. A step may run any number of times: whatever it makes exists once.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

RemoteStatus = Literal["draft", "open", "paid", "uncollectible", "void"]


@dataclass(frozen=True, slots=True)
class Party:
    """One side of an invoice. `address` may have several lines; `bank` says where to pay and is the seller's."""

    name: str
    address: str = ""
    country: str = ""
    tax_id: str = ""
    email: str = ""
    bank: str = ""

    def document(self) -> dict[str, Any]:
        """The party as it is kept beside a bill."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line, in minor units of the order's currency; the lines add up to the order's amount."""

    position: int
    employee_id: UUID
    kind: str
    title: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class InvoiceOrder:
    """Everything an invoice is made from. `is_charged`: collect it by the payment method on file; else the buyer pays it by itself."""

    tenant_id: UUID
    statement_id: UUID
    number: str
    period_name: str
    root: str
    currency: str
    amount_minor: int
    lines: tuple[OrderLine, ...]
    buyer: Party
    issued_at: datetime
    is_charged: bool


@dataclass(frozen=True, slots=True)
class StepToDo:
    """One step of making: its name, which of the order's parts it is about, and whether an earlier try may have taken effect."""

    name: str
    about: dict[str, Any]
    is_retry: bool
    generation: int


@dataclass(frozen=True, slots=True)
class Made:
    """What steps before have made, by the gateway's own names."""

    customer_ref: str | None
    invoice_ref: str | None


@dataclass(frozen=True, slots=True)
class RemoteInvoice:
    """How an invoice stands at the gateway. `tenant_id` and `statement_id` are what it says of itself; None where it says nothing of ours.

    `total_minor` is in our minor units.
    """

    invoice_ref: str
    tenant_id: UUID | None
    statement_id: UUID | None
    status: RemoteStatus
    currency: str
    total_minor: int
    page_url: str | None
    attempt_count: int
    next_attempt_at: datetime | None
    due_at: datetime | None
    paid_at: datetime | None
    payment_ref: str | None
    is_charged_back: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one step gave: the name of what it made, and the invoice where the step was about it."""

    ref: str
    invoice: RemoteInvoice | None = None


class Gateway(Protocol):
    """A way of being paid. Every call may raise GatewayUnavailable (try again) or GatewayRefused (somebody has to look)."""

    @property
    def name(self) -> str:
        """The word kept beside a bill: manual or stripe."""
        ...

    @property
    def seller(self) -> Party:
        """Who writes the bills."""
        ...

    def steps_for(self, order: InvoiceOrder) -> list[tuple[str, dict[str, Any]]]:
        """The steps that make this invoice, in sequence: name, and what it is about."""
        ...

    def do(self, step: StepToDo, order: InvoiceOrder, made: Made) -> Outcome:
        """Do one step; doing it again gives the same."""
        ...

    def look(self, invoice_ref: str) -> RemoteInvoice | None:
        """How an invoice stands now; None where the gateway knows no more than the bill itself."""
        ...

    def invoices_since(self, since: datetime) -> Iterator[RemoteInvoice]:
        """Every invoice made since a moment, the newest first."""
        ...

    def method_label(self, customer_ref: str, setup_ref: str | None) -> str | None:
        """How the payment method on file is called, such as "Visa ending in 4242"; None where there is none.

        `setup_ref` names one that was just left on the gateway's page; from now on it is the one that is charged.
        """
        ...

    def method_page(self, tenant_id: UUID, buyer: Party, customer_ref: str | None, currency: str, back_to: str) -> tuple[str, str]:
        """(customer, address of the gateway's page on which the buyer leaves a payment method)."""
        ...

    def portal_page(self, customer_ref: str, back_to: str) -> str:
        """The address of the gateway's page on which the buyer changes its payment methods."""
        ...
