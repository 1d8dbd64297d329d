"""Being paid through Stripe, with its own client library: customer, draft invoice, one item per line, finalize; then Stripe collects.

Two things keep a repeated call from making a second object. Every call that makes something carries an Idempotency-Key made from the
statement and the step, which Stripe honours for a day. And a step that was tried before looks first whether its object stands already,
by the metadata it carries; so it may be repeated after any time.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import stripe

from billing.payment_errors import GatewayRefused, GatewayUnavailable
from billing.payments.gateway import InvoiceOrder, Made, Outcome, Party, RemoteInvoice, StepToDo
from billing.payments.stripe_amounts import lines_to_stripe, to_stripe
from billing.payments.stripe_objects import LINE, SHOP, disputed_payments, invoice_from, is_ours, label_of, metadata_of, plain
from tenants.identifiers import to_public

TIMEOUT_SECONDS: Final = 20
PAGE_ROWS: Final = 100
CUSTOMER, INVOICE, LINES, FINALIZE, CREDIT = "customer", "invoice", "line", "finalize", "credit"
CUSTOM_FIELD_LENGTH_MAX: Final = 140
INTERNAL_ERROR: Final = 500
Row = dict[str, Any]


@contextmanager
def answered() -> Iterator[None]:
    """Turn the library's errors into ours: what may be tried again, and what somebody has to look at."""
    try:
        yield
    except stripe.APIConnectionError as error:
        raise GatewayUnavailable("Stripe did not answer in time; it is asked again.") from error
    except stripe.StripeError as error:
        status = error.http_status or INTERNAL_ERROR
        if status in {409, 429} or status >= INTERNAL_ERROR:
            raise GatewayUnavailable(f"Stripe answered {status}; it is asked again.", has_answered=status >= INTERNAL_ERROR) from error
        raise GatewayRefused(f"Stripe refused ({status}): {error.user_message or error}"[:300]) from error


@dataclass(frozen=True)
class StripeGateway:
    """Stripe under one key. `address` is another program's that stands in for it, in tests; `public_url` makes links back to the bill."""

    key: str = field(repr=False)
    seller: Party
    due_days: int
    public_url: str
    address: str = ""
    name: str = "stripe"
    http: stripe.HTTPClient | None = field(default=None, repr=False)
    client: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        where: Any = {"base_addresses": {"api": self.address}} if self.address else {}
        http = self.http or stripe.RequestsClient(timeout=TIMEOUT_SECONDS)
        object.__setattr__(self, "client", stripe.StripeClient(self.key, http_client=http, max_network_retries=0, **where).v1)

    def steps_for(self, order: InvoiceOrder) -> list[tuple[str, Row]]:
        """Customer, draft, each line, finalize."""
        amounts = lines_to_stripe([one.amount_minor for one in order.lines], order.currency)
        lines = [(LINES, {"position": one.position, "amount": amount}) for one, amount in zip(order.lines, amounts, strict=True)]
        return [(CUSTOMER, {}), (INVOICE, {}), *lines, (FINALIZE, {})]

    def do(self, step: StepToDo, order: InvoiceOrder, made: Made) -> Outcome:
        """Do one step."""
        doers: dict[str, Callable[[StepToDo, InvoiceOrder, Made], Outcome]] = {
            CUSTOMER: self._customer, INVOICE: self._invoice, LINES: self._line, FINALIZE: self._finalize, CREDIT: self._credit
        }  # fmt: skip
        with answered():
            return doers[step.name](step, order, made)

    def look(self, invoice_ref: str) -> RemoteInvoice | None:
        """The invoice as it stands, and whether its payment was disputed."""
        with answered():
            found = plain(self.client.invoices.retrieve(invoice_ref, params={"expand": ["payments"]}))
            invoice = invoice_from(found, frozenset())
            if invoice.status != "paid" or invoice.payment_ref is None:
                return invoice
            disputes = self._all(self.client.disputes, {"payment_intent": invoice.payment_ref})
            return invoice_from(found, disputed_payments(disputes))

    def invoices_since(self, since: datetime) -> Iterator[RemoteInvoice]:
        """Every invoice that carries our mark."""
        with answered():
            recent = {"created": {"gte": int(since.timestamp())}}
            disputed = disputed_payments(self._all(self.client.disputes, recent))
            for row in self._all(self.client.invoices, recent | {"expand": ["data.payments"]}):
                if is_ours(row):
                    yield invoice_from(row, disputed)

    def method_label(self, customer_ref: str, setup_ref: str | None) -> str | None:
        """The default payment method; one that Checkout has just kept becomes the default first."""
        with answered():
            if setup_ref is not None:
                kept = plain(self.client.setup_intents.retrieve(setup_ref)).get("payment_method")
                self.client.customers.update(customer_ref, params={"invoice_settings": {"default_payment_method": kept}})
            params = {"expand": ["invoice_settings.default_payment_method"]}
            customer = plain(self.client.customers.retrieve(customer_ref, params=params))
            return label_of((customer.get("invoice_settings") or {}).get("default_payment_method"))

    def method_page(self, tenant_id: UUID, buyer: Party, customer_ref: str | None, currency: str, back_to: str) -> tuple[str, str]:
        """Checkout in its setup mode. A page that is never finished leaves nothing behind, so it needs no key."""
        with answered():
            customer = customer_ref or self._known_customer(tenant_id, buyer) or self._new_customer(tenant_id, buyer, f"{tenant_id}:method")
            wanted = {"mode": "setup", "customer": customer, "currency": currency.lower(), "success_url": back_to, "cancel_url": back_to}
            session = self.client.checkout.sessions.create(params={**wanted, "metadata": {SHOP: to_public("shp", tenant_id)}})
            return customer, str(session.url)

    def portal_page(self, customer_ref: str, back_to: str) -> str:
        """The customer portal."""
        with answered():
            return str(self.client.billing_portal.sessions.create(params={"customer": customer_ref, "return_url": back_to}).url)

    def _customer(self, step: StepToDo, order: InvoiceOrder, made: Made) -> Outcome:
        known = made.customer_ref or self._known_customer(order.tenant_id, order.buyer)
        if known is None:
            return Outcome(self._new_customer(order.tenant_id, order.buyer, _key(order, step)))
        self.client.customers.update(known, params=_customer_params(order.tenant_id, order.buyer))
        return Outcome(known)

    def _known_customer(self, tenant_id: UUID, buyer: Party) -> str | None:
        rows = self._all(self.client.customers, {"email": buyer.email} if buyer.email else {})
        return next((row["id"] for row in rows if (row.get("metadata") or {}).get(SHOP) == to_public("shp", tenant_id)), None)

    def _new_customer(self, tenant_id: UUID, buyer: Party, key: str) -> str:
        made = self.client.customers.create(params=_customer_params(tenant_id, buyer), options={"idempotency_key": key})
        return str(made.id)

    def _invoice(self, step: StepToDo, order: InvoiceOrder, made: Made) -> Outcome:
        marks = metadata_of(order, self.public_url)
        if step.is_retry:
            rows = self._all(self.client.invoices, {"customer": made.customer_ref})
            found = next((row["id"] for row in rows if _agrees(row, marks)), None)
            if found is not None:
                return Outcome(found)
        params = self._invoice_params(order, made, marks)
        return Outcome(str(self.client.invoices.create(params=params, options={"idempotency_key": _key(order, step)}).id))

    def _invoice_params(self, order: InvoiceOrder, made: Made, marks: dict[str, str]) -> Row:
        collected: Row = {"collection_method": "charge_automatically"}
        if not order.is_charged:
            collected = {"collection_method": "send_invoice", "days_until_due": self.due_days}
        taxed = [{"name": "Tax ID", "value": order.buyer.tax_id[:CUSTOM_FIELD_LENGTH_MAX]}] if order.buyer.tax_id else []
        return {
            **collected, "customer": made.customer_ref, "currency": order.currency.lower(), "number": order.number, "auto_advance": False,
            "pending_invoice_items_behavior": "exclude", "description": f"Statement {order.period_name}", "metadata": marks,
            **({"custom_fields": taxed} if taxed else {}),
        }  # fmt: skip

    def _line(self, step: StepToDo, order: InvoiceOrder, made: Made) -> Outcome:
        position, line = str(step.about["position"]), next(one for one in order.lines if one.position == step.about["position"])
        if step.is_retry:
            rows = self._all(self.client.invoice_items, {"invoice": made.invoice_ref})
            found = next((row["id"] for row in rows if (row.get("metadata") or {}).get(LINE) == position), None)
            if found is not None:
                return Outcome(found)
        params = {
            "customer": made.customer_ref, "invoice": made.invoice_ref, "currency": order.currency.lower(), "amount": step.about["amount"],
            "description": line.title, "metadata": {**metadata_of(order, self.public_url), LINE: position},
        }  # fmt: skip
        return Outcome(str(self.client.invoice_items.create(params=params, options={"idempotency_key": _key(order, step)}).id))

    def _finalize(self, step: StepToDo, order: InvoiceOrder, made: Made) -> Outcome:
        invoice, wanted = plain(self.client.invoices.retrieve(made.invoice_ref)), to_stripe(order.amount_minor, order.currency)
        if invoice["total"] != wanted:
            raise GatewayRefused(f"The draft at Stripe comes to {invoice['total']}, the statement to {wanted}; it was not finalized.")
        if invoice["status"] == "draft":
            options = {"idempotency_key": _key(order, step)}
            invoice = plain(self.client.invoices.finalize_invoice(made.invoice_ref, params={"auto_advance": True}, options=options))
        return Outcome(invoice["id"], invoice_from(invoice, frozenset()))

    def _credit(self, step: StepToDo, order: InvoiceOrder, made: Made) -> Outcome:
        number = step.about["number"]
        if step.is_retry:
            rows = self._all(self.client.credit_notes, {"invoice": made.invoice_ref})
            found = next((row["id"] for row in rows if (row.get("metadata") or {}).get("tillhand_credit") == number), None)
            if found is not None:
                return Outcome(found)
        amount, marks = to_stripe(step.about["amount_minor"], order.currency), metadata_of(order, self.public_url)
        params = {
            "invoice": made.invoice_ref,
            "amount": amount,
            "metadata": {**marks, "tillhand_credit": number},
            "memo": f"Credit {number}",
        }
        if step.about["is_paid"]:
            params["refund_amount"] = amount
        return Outcome(str(self.client.credit_notes.create(params=params, options={"idempotency_key": _key(order, step)}).id))

    def _all(self, service: Any, params: Row) -> Iterator[Row]:
        """Every row of a list, a page after another."""
        for row in service.list(params={"limit": PAGE_ROWS, **params}).auto_paging_iter():
            yield plain(row)


def _key(order: InvoiceOrder, step: StepToDo) -> str:
    """The call's Idempotency-Key: the same for every repetition of the same call."""
    part = step.about.get("position", step.about.get("number", ""))
    return f"tillhand:{order.statement_id}:{step.name}:{part}:{step.generation}"


def _agrees(row: Row, marks: dict[str, str]) -> bool:
    own = row.get("metadata") or {}
    return all(own.get(name) == value for name, value in marks.items() if name != "tillhand_link") and row["status"] != "void"


def _customer_params(tenant_id: UUID, buyer: Party) -> Row:
    address = {"line1": buyer.address[:CUSTOM_FIELD_LENGTH_MAX], **({"country": buyer.country} if buyer.country else {})}
    params: Row = {"name": buyer.name, "metadata": {SHOP: to_public("shp", tenant_id)}, "address": address}
    return params | ({"email": buyer.email} if buyer.email else {})
