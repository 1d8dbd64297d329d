"""What the make-believe Stripe holds, and what each of its endpoints does to it; also what Stripe does by itself: collecting, disputes.

Every change is an event, and `deliveries` signs events as Stripe signs its messages, in whatever sequence and number a test wants.
"""

import itertools
import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import stripe

Row = dict[str, Any]
SECRET = "whsec_fake"
THREE_DAYS = 3 * 24 * 3600
CHECKOUT = "https://checkout.stripe.example/c/"


class Refusal(Exception):
    """An error as Stripe words it."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code = status, code


@dataclass
class Books:
    """Objects by their kind and id, in the sequence they were made; the clock stands where a test puts it."""

    now: int = 1_795_000_000
    objects: dict[str, dict[str, Row]] = field(default_factory=dict)
    events: list[Row] = field(default_factory=list)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def answer(self, method: str, path: str, params: Row) -> Row:
        for verb, pattern, act in ROUTES:
            match = re.fullmatch(pattern, path)
            if match and verb == method:
                answer = act(self, params, *match.groups())
                return answer | {"url": f"/v1{path}"} if answer["object"] == "list" else answer
        raise Refusal(404, f"Unrecognized request URL ({method}: {path}).")

    def of(self, kind: str) -> dict[str, Row]:
        return self.objects.setdefault(kind, {})

    def add(self, prefix: str, kind: str, **fields: Any) -> Row:
        row = {"id": f"{prefix}_{next(self._numbers):06d}", "object": kind, "created": self.now, "livemode": False, **fields}
        self.of(kind)[row["id"]] = row
        return row

    def get(self, kind: str, identifier: str) -> Row:
        if identifier not in self.of(kind):
            raise Refusal(404, f"No such {kind}: '{identifier}'", "resource_missing")
        return self.of(kind)[identifier]

    def tell(self, kind: str, thing: Row) -> None:
        data = {"object": json.loads(json.dumps(thing))}
        self.events.append({"id": f"evt_{next(self._numbers):06d}", "object": "event", "type": kind, "created": self.now, "data": data})

    def pages(self, rows: Sequence[Row], params: Row, *names: str) -> Row:
        """Newest first, filtered by what the names and `created[gte]` say, a page of `limit` after `starting_after`."""
        since = int((params.get("created") or {}).get("gte", 0))
        found = [row for row in reversed(rows) if row["created"] >= since and all(row.get(n) == params[n] for n in names if n in params)]
        if "starting_after" in params:
            ids = [row["id"] for row in found]
            found = found[ids.index(params["starting_after"]) + 1 :]
        size = min(int(params.get("limit", 10)), 3)  # small pages, so that every reader has to turn them
        return {"object": "list", "data": found[:size], "has_more": len(found) > size}

    # What Stripe does by itself, later.

    def collect(self, invoice_id: str, *, succeeds: bool) -> None:
        """Try to collect an open invoice."""
        invoice = self.get("invoice", invoice_id)
        invoice["attempt_count"] += 1
        if not succeeds:
            invoice["next_payment_attempt"] = self.now + THREE_DAYS
            self.tell("invoice.payment_failed", invoice)
            return
        self.settle(invoice)

    def settle(self, invoice: Row) -> None:
        intent = f"pi_{next(self._numbers):06d}"
        paid = {"object": "invoice_payment", "status": "paid", "payment": {"type": "payment_intent", "payment_intent": intent}}
        moments = {**invoice["status_transitions"], "paid_at": self.now}
        invoice |= {"status": "paid", "next_payment_attempt": None, "status_transitions": moments, "amount_paid": invoice["total"]}
        invoice["payments"] = {"object": "list", "data": [paid], "has_more": False, "url": "/v1/invoice_payments"}
        self.tell("invoice.paid", invoice)

    def dispute(self, invoice_id: str, status: str = "needs_response") -> Row:
        intent = self.get("invoice", invoice_id)["payments"]["data"][0]["payment"]["payment_intent"]
        made = self.add("du", "dispute", payment_intent=intent, status=status, amount=1)
        self.tell("charge.dispute.created", made)
        return made

    def keep_method(self, customer_id: str) -> str:
        """Somebody fills Checkout's page in: a setup intent with a card; Stripe tells of the finished session."""
        card = {"brand": "visa", "last4": "4242"}
        method = self.add("pm", "payment_method", type="card", card=card, customer=customer_id)
        setup = self.add("seti", "setup_intent", payment_method=method["id"], customer=customer_id, status="succeeded")
        session = next(row for row in self.of("checkout.session").values() if row["customer"] == customer_id)
        session |= {"setup_intent": setup["id"], "status": "complete"}
        self.tell("checkout.session.completed", session)
        return str(setup["id"])

    def deliveries(self, *, seed: int | None = None, copies: int = 1, at: int | None = None) -> list[tuple[bytes, str]]:
        """Signed messages of all events so far: (body, signature); each `copies` times, shuffled by a seed."""
        bodies = [json.dumps(event).encode() for event in self.events for _ in range(copies)]
        if seed is not None:
            random.Random(seed).shuffle(bodies)
        return [(body, signature_of(body, at or self.now)) for body in bodies]


def signature_of(body: bytes, at: int, secret: str = SECRET) -> str:
    signed = stripe.WebhookSignature._compute_signature(f"{at}.{body.decode()}", secret)
    return f"t={at},v1={signed}"


def _customer(books: Books, params: Row) -> Row:
    made = books.add("cus", "customer", email=params.get("email"), name=params.get("name"), metadata=params.get("metadata", {}))
    made["invoice_settings"] = {"default_payment_method": None}
    return made


def _read_customer(books: Books, params: Row, identifier: str) -> Row:
    row = books.get("customer", identifier)
    method = row["invoice_settings"]["default_payment_method"]
    if "expand" in params and method:
        return {**row, "invoice_settings": {"default_payment_method": books.get("payment_method", method)}}
    return row


def _change_customer(books: Books, params: Row, identifier: str) -> Row:
    row = books.get("customer", identifier)
    row["invoice_settings"] |= params.pop("invoice_settings", {})
    row |= params
    return row


def _invoice(books: Books, params: Row) -> Row:
    books.get("customer", params["customer"])
    numbers = {row.get("number") for row in books.of("invoice").values()}
    if "number" in params and params["number"] in numbers:
        raise Refusal(400, f"Invoice number {params['number']} is already in use.", "invoice_number_in_use")
    if params["collection_method"] == "send_invoice" and "days_until_due" not in params:
        raise Refusal(400, "Missing required param: days_until_due.", "parameter_missing")
    return books.add(
        "in", "invoice", **params, status="draft", total=0, amount_paid=0, attempt_count=0, next_payment_attempt=None, due_date=None,
        hosted_invoice_url=None, status_transitions={"finalized_at": None, "paid_at": None},
        payments={"object": "list", "data": [], "has_more": False, "url": "/v1/invoice_payments"},
    )  # fmt: skip


def _item(books: Books, params: Row) -> Row:
    invoice = books.get("invoice", params["invoice"])
    if invoice["status"] != "draft":
        raise Refusal(400, "This invoice is no longer editable", "invoice_not_editable")
    if invoice["currency"] != params["currency"]:
        raise Refusal(400, "The currency of the invoice item differs from the invoice's.")
    amount = int(params.pop("amount"))
    invoice["total"] += amount
    return books.add("ii", "invoiceitem", **params, amount=amount)


def _finalize(books: Books, params: Row, identifier: str) -> Row:
    invoice = books.get("invoice", identifier)
    if invoice["status"] != "draft":
        raise Refusal(400, "This invoice is already finalized, you can't re-finalize a non-draft invoice.")
    days = int(invoice.get("days_until_due", 0))
    invoice |= {"status": "open", "hosted_invoice_url": f"https://invoice.stripe.example/{identifier}"}
    invoice["due_date"] = books.now + days * 86400 if days else None
    invoice["status_transitions"]["finalized_at"] = books.now
    books.tell("invoice.finalized", invoice)
    return invoice


def _pay(books: Books, params: Row, identifier: str) -> Row:
    invoice = books.get("invoice", identifier)
    if invoice["status"] not in {"open", "uncollectible"}:
        raise Refusal(400, "Invoice is already paid")
    books.settle(invoice)
    return invoice


def _ending(status: str, event: str) -> Callable[[Books, Row, str], Row]:
    def end(books: Books, params: Row, identifier: str) -> Row:
        invoice = books.get("invoice", identifier)
        if invoice["status"] not in {"open", "uncollectible"}:
            raise Refusal(400, f"You can only make open invoices {status}.")
        invoice["status"] = status
        books.tell(event, invoice)
        return invoice

    return end


def _delete_invoice(books: Books, params: Row, identifier: str) -> Row:
    if books.get("invoice", identifier)["status"] != "draft":
        raise Refusal(400, "You can only delete draft invoices.")
    del books.of("invoice")[identifier]
    return {"id": identifier, "object": "invoice", "deleted": True}


def _credit(books: Books, params: Row) -> Row:
    invoice, amount = books.get("invoice", params["invoice"]), int(params["amount"])
    before = sum(int(row["amount"]) for row in books.of("credit_note").values() if row["invoice"] == invoice["id"])
    if invoice["status"] not in {"open", "paid", "uncollectible"} or before + amount > invoice["total"]:
        raise Refusal(400, "The sum of credit amounts must not pass the invoice's total.", "credit_note_amount_too_large")
    given = sum(int(params.get(name, 0)) for name in ("refund_amount", "credit_amount", "out_of_band_amount"))
    if given != (amount if invoice["status"] == "paid" else 0):
        raise Refusal(400, "For paid invoices the sum of refund, credit and out of band amounts must be the credit note's amount.")
    made = books.add("cn", "credit_note", **params, status="issued")
    books.tell("credit_note.created", made)
    return made


def _checkout(books: Books, params: Row) -> Row:
    made = books.add("cs", "checkout.session", **params, status="open")
    made["url"] = f"{CHECKOUT}{made['id']}"
    return made


def _portal(books: Books, params: Row) -> Row:
    books.get("customer", params["customer"])
    return books.add("bps", "billing_portal.session", **params, url="https://billing.stripe.example/p/session")


def _list(kind: str, *names: str) -> Callable[[Books, Row], Row]:
    return lambda books, params: books.pages(list(books.of(kind).values()), params, *names)


def _read(kind: str) -> Callable[[Books, Row, str], Row]:
    return lambda books, _params, identifier: books.get(kind, identifier)


ONE = r"/([a-z]+_[0-9]{6})"
ROUTES: tuple[tuple[str, str, Callable[..., Row]], ...] = (
    ("GET", "/customers", _list("customer", "email")), ("POST", "/customers", _customer), ("GET", f"/customers{ONE}", _read_customer),
    ("POST", f"/customers{ONE}", _change_customer), ("GET", "/invoices", _list("invoice", "customer", "status")),
    ("POST", "/invoices", _invoice), ("GET", f"/invoices{ONE}", _read("invoice")), ("DELETE", f"/invoices{ONE}", _delete_invoice),
    ("POST", f"/invoices{ONE}/finalize", _finalize), ("POST", f"/invoices{ONE}/pay", _pay),
    ("POST", f"/invoices{ONE}/void", _ending("void", "invoice.voided")),
    ("POST", f"/invoices{ONE}/mark_uncollectible", _ending("uncollectible", "invoice.marked_uncollectible")),
    ("GET", "/invoiceitems", _list("invoiceitem", "invoice", "customer")), ("POST", "/invoiceitems", _item),
    ("GET", f"/invoiceitems{ONE}", _read("invoiceitem")), ("GET", "/credit_notes", _list("credit_note", "invoice")),
    ("POST", "/credit_notes", _credit), ("GET", f"/credit_notes{ONE}", _read("credit_note")),
    ("GET", "/disputes", _list("dispute", "payment_intent")), ("GET", f"/disputes{ONE}", _read("dispute")),
    ("POST", "/checkout/sessions", _checkout), ("GET", f"/checkout/sessions{ONE}", _read("checkout.session")),
    ("POST", "/billing_portal/sessions", _portal), ("GET", f"/setup_intents{ONE}", _read("setup_intent")),
    ("GET", f"/payment_methods{ONE}", _read("payment_method")),
    ("GET", "/events", lambda books, params: books.pages(books.events, params, "type")),
)  # fmt: skip
