"""Being paid by hand, the default: we write the invoice, the shop transfers its money, and somebody marks it as paid."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from billing.payment_errors import GatewayRefused
from billing.payments.gateway import InvoiceOrder, Made, Outcome, Party, RemoteInvoice, StepToDo

ISSUE: Final = "issue"
NO_PAGES: Final = "Bills are paid by transfer here; there is no payment method to keep."


@dataclass(frozen=True)
class Manual:
    """The gateway without a gateway: nothing leaves the house, so no step can fail."""

    seller: Party
    due_days: int
    name: str = "manual"

    def steps_for(self, order: InvoiceOrder) -> list[tuple[str, dict[str, Any]]]:
        """One step: the invoice is written and its day set."""
        del order
        return [(ISSUE, {})]

    def do(self, step: StepToDo, order: InvoiceOrder, made: Made) -> Outcome:
        """Write the invoice, or a credit note, under its own number."""
        del made
        if step.name != ISSUE:
            return Outcome(step.about["number"])
        invoice = RemoteInvoice(
            invoice_ref=order.number, tenant_id=order.tenant_id, statement_id=order.statement_id, status="open", currency=order.currency,
            total_minor=order.amount_minor, page_url=None, attempt_count=0, next_attempt_at=None,
            due_at=order.issued_at + timedelta(days=self.due_days), paid_at=None, payment_ref=None, is_charged_back=False,
        )  # fmt: skip
        return Outcome(order.number, invoice)

    def look(self, invoice_ref: str) -> RemoteInvoice | None:
        """Nobody knows more than the bill."""
        del invoice_ref
        return None

    def invoices_since(self, since: datetime) -> Iterator[RemoteInvoice]:
        """There are none elsewhere."""
        del since
        return iter(())

    def method_label(self, customer_ref: str, setup_ref: str | None) -> str | None:
        """There are none."""
        del customer_ref, setup_ref
        return None

    def method_page(self, tenant_id: UUID, buyer: Party, customer_ref: str | None, currency: str, back_to: str) -> tuple[str, str]:
        """Raises GatewayRefused."""
        del tenant_id, buyer, customer_ref, currency, back_to
        raise GatewayRefused(NO_PAGES)

    def portal_page(self, customer_ref: str, back_to: str) -> str:
        """Raises GatewayRefused."""
        del customer_ref, back_to
        raise GatewayRefused(NO_PAGES)
