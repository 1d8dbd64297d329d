"""Reading Stripe's objects: an invoice as we speak of it, whose it is by its metadata, and which payments were disputed."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from billing.payments.gateway import InvoiceOrder, RemoteInvoice
from billing.payments.stripe_amounts import from_stripe
from tenants.identifiers import PublicIdUnreadable, from_public, to_public

SHOP, STATEMENT, LINE = "tillhand_shop", "tillhand_statement", "tillhand_line"
TAKEN_BACK: Final = frozenset({"needs_response", "under_review", "lost"})
"""States of a dispute in which the money is not with us; an inquiry ("warning_...") takes nothing back."""
Row = dict[str, Any]


def plain(thing: Any) -> Row:
    """One of the library's objects as plain dictionaries."""
    found: Row = thing.to_dict()
    return found


def metadata_of(order: InvoiceOrder, public_url: str) -> dict[str, str]:
    """What an object of ours carries: the shop, the statement, its root, and the way to it."""
    bill = to_public("stm", order.statement_id)
    link = f"{public_url.rstrip('/')}/dashboard/bills/{bill}"
    return {SHOP: to_public("shp", order.tenant_id), STATEMENT: bill, "tillhand_root": order.root, "tillhand_link": link}


def is_ours(row: Row) -> bool:
    """Whether an object says that it belongs to a statement."""
    return STATEMENT in (row.get("metadata") or {})


def invoice_from(row: Row, disputed: frozenset[str]) -> RemoteInvoice:
    """An invoice; `disputed` are payments whose money was taken back."""
    marks, moments = row.get("metadata") or {}, row.get("status_transitions") or {}
    payment = payment_of(row)
    currency = row["currency"].upper()
    return RemoteInvoice(
        invoice_ref=row["id"], tenant_id=read_id("shp", marks.get(SHOP)), statement_id=read_id("stm", marks.get(STATEMENT)),
        status=row["status"], currency=currency, total_minor=from_stripe(row["total"], currency), page_url=row.get("hosted_invoice_url"),
        attempt_count=row.get("attempt_count") or 0, next_attempt_at=moment(row.get("next_payment_attempt")),
        due_at=moment(row.get("due_date")), paid_at=moment(moments.get("paid_at")), payment_ref=payment,
        is_charged_back=payment is not None and payment in disputed,
    )  # fmt: skip


def payment_of(row: Row) -> str | None:
    """The payment that an expanded invoice was paid by."""
    payments = (row.get("payments") or {}).get("data") or []
    found = ((one.get("payment") or {}).get("payment_intent") for one in payments if one.get("status") == "paid")
    return next((one for one in found if isinstance(one, str)), None)


def disputed_payments(disputes: Iterable[Row]) -> frozenset[str]:
    """Payments of which a dispute holds the money."""
    return frozenset(str(one["payment_intent"]) for one in disputes if one["status"] in TAKEN_BACK)


def label_of(method: Any) -> str | None:
    """A payment method in words, without more of its number than is printed on any receipt."""
    if not isinstance(method, dict):
        return None
    kind = str(method.get("type", ""))
    of_kind = method.get(kind) or {}
    name = str(of_kind.get("brand") or kind.replace("_", " ")).title()
    return f"{name} ending in {of_kind['last4']}" if "last4" in of_kind else name


def read_id(prefix: str, public: str | None) -> UUID | None:
    """An id from metadata, which somebody may have edited; None where it cannot be one."""
    try:
        return from_public(prefix, public) if public else None
    except PublicIdUnreadable:
        return None


def moment(seconds: int | None) -> datetime | None:
    """Stripe's seconds as a moment."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
