"""Pays payees: a file of what is due to whom out of the bills that were paid, and the mark that it was transferred.

The file is plain CSV for the bank's import. Names that a spreadsheet would take for a formula are made harmless.
"""

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from billing.money import format_amount
from billing.payment_errors import BillRefused
from billing.payments.history import tell
from billing.payments.payouts import PayoutView, payouts_of
from billing.payments.tables import Bill, PayeePayout
from tenants.audit import note
from tenants.database import tenant_of
from tenants.identifiers import to_public

__all__ = ["PayoutView", "mark_paid_out", "payout_file", "payouts_of", "take_back_payout"]

COLUMNS: Final = ("shop", "bill", "period", "payee", "name", "role", "currency", "amount", "reference")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def payout_file(due: Iterable[tuple[UUID, PayoutView]]) -> bytes:
    """The CSV of (shop, part) that are due, with a byte order mark for spreadsheets; `reference` is what the transfer should say."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for tenant_id, one in due:
        amount = format_amount(one.amount_minor, one.currency)
        reference = f"{one.bill_number} {one.payee}"
        row = (
            to_public("shp", tenant_id),
            one.bill_number,
            one.period_name,
            one.payee,
            one.name,
            one.role,
            one.currency,
            amount,
            reference,
        )
        writer.writerow([_harmless(text) for text in row])
    return out.getvalue().encode("utf-8-sig")


def mark_paid_out(session: Session, *, statement_id: UUID, payee: str, reference: str, actor: str, now: datetime) -> None:
    """Say that a payee's part was transferred. Raises BillRefused when it is not due (the bill is unpaid, or it was paid out before)."""
    bill = session.get(Bill, (tenant_of(session), statement_id), with_for_update=True)
    part = next((one for one in payouts_of(session, statement_id) if one.payee == payee), None)
    if bill is None or part is None or not part.is_due:
        raise BillRefused("This part is not due: the bill is not paid, or the payee was paid already.")
    session.add(
        PayeePayout(
            tenant_id=bill.tenant_id, statement_id=statement_id, payee=payee, amount_minor=part.amount_minor, paid_out_at=now,
            reference=reference.strip(), actor=actor,
        )
    )  # fmt: skip
    session.flush()
    tell(session, bill, "paid_out", {"payee": payee, "amount_minor": part.amount_minor}, actor=actor, now=now)
    note(session, actor, "payee.paid_out", to_public("stm", statement_id), {"payee": payee, "number": bill.number}, now=now)


def take_back_payout(session: Session, *, statement_id: UUID, payee: str, actor: str, now: datetime) -> None:
    """The mark was a mistake: the part is due again. Raises BillRefused when there is no such mark."""
    bill = session.get(Bill, (tenant_of(session), statement_id), with_for_update=True)
    payout = session.get(PayeePayout, (tenant_of(session), statement_id, payee))
    if bill is None or payout is None:
        raise BillRefused("This part was not marked as paid out.")
    tell(session, bill, "payout_taken_back", {"payee": payee, "amount_minor": payout.amount_minor}, actor=actor, now=now)
    note(session, actor, "payee.payout_taken_back", to_public("stm", statement_id), {"payee": payee, "number": bill.number}, now=now)
    session.delete(payout)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
