"""Codes used at tills that cannot ask us: a file of redemptions, looked at first, then booked; the same file again changes nothing.

A row is a code, when it was used, what it took off, and the receipt. A code that its receipt used already is known and left alone; one
that another receipt used, or that cannot have been good then, is told with its row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.connectors.csv_columns import Columns, guess_columns
from billing.connectors.csv_orders import PROBLEMS_MAX, RowProblem, amount_in, moment_in
from billing.connectors.csv_table import Table, read_table
from billing.coupons.codes import normal_code
from billing.coupons.purse import lock_purse
from billing.coupons.tables import Coupon, Offer, OfferClauses
from billing.coupons.versions import clauses_of
from billing.errors import (
    BillingError,
    CouponAlreadyRedeemed,
    CouponExpired,
    CouponNotAccepted,
    CouponReservedElsewhere,
    CouponUnknown,
    ImportRefused,
    RedemptionsRefused,
)
from billing.events import CouponRedeemed
from billing.money import format_amount
from billing.redeem_coupon import ORDER_REF_LENGTH_MAX
from tenants.audit import note
from tenants.database import tenant_of
from tenants.outbox import announce

FILE_BYTES_MAX: Final = 800_000
FIELDS: Final = ("code", "date", "amount", "order")
"""The fields a redemption has, all needed; `order` is the receipt's number."""
PREVIEW_ROWS: Final = 8
CODE_LENGTH_MAX: Final = 40


@dataclass(frozen=True, slots=True)
class Redemption:
    """One row that would be booked."""

    row: int
    code: str
    coupon_id: UUID
    redeemed_at: datetime
    discount_minor: int
    currency: str
    receipt: str


@dataclass(frozen=True, slots=True)
class RedemptionsPreview:
    """What a file holds by the chosen columns: rows to be booked, how many are known already, and the rows that cannot be."""

    names: tuple[str, ...]
    first_rows: tuple[tuple[str, ...], ...]
    guessed: dict[str, str]
    redemptions: tuple[Redemption, ...]
    known_count: int
    problems: tuple[RowProblem, ...]
    problem_count: int
    refused: str | None


def preview_redemptions(session: Session, *, text: str, columns: Columns, now: datetime) -> RedemptionsPreview:
    """What a file would book by these columns; nothing is kept. Raises RedemptionsRefused where it is no table."""
    table = _table(text)
    try:
        found, known, problems = _read(session, table, columns, now)
        refused = None
    except RedemptionsRefused as error:
        found, known, problems, refused = [], 0, [], str(error)
    return RedemptionsPreview(
        table.names, table.rows[:PREVIEW_ROWS], guess_columns(table.names), tuple(found), known, tuple(problems[:PROBLEMS_MAX]),
        len(problems), refused,
    )  # fmt: skip


def import_redemptions(session: Session, *, text: str, columns: Columns, now: datetime, by: str) -> int:
    """Book every readable row of a file and return how many were new. Raises RedemptionsRefused; rows that cannot be booked are left out.

    What a coupon took off stands as the till says; its offer's budget follows. The same codes asked for by the API wait meanwhile.
    """
    found, known, _ = _read(session, _table(text), columns, now)
    booked = sum(_book(session, one, now) for one in sorted(found, key=lambda each: each.coupon_id))
    if booked:
        note(session, by, "coupons.redemptions_imported", "file", {"new": booked, "known": known}, now=now)
    return booked


def _book(session: Session, one: Redemption, now: datetime) -> bool:
    """Book one, unless a till was quicker. The purse is locked before the coupon, as everywhere."""
    tenant_id = tenant_of(session)
    offer_id = session.scalars(select(Coupon.offer_id).where(Coupon.tenant_id == tenant_id, Coupon.coupon_id == one.coupon_id)).one()
    purse = lock_purse(session, tenant_id, offer_id)
    coupon = session.get_one(Coupon, (tenant_id, one.coupon_id), with_for_update=True, populate_existing=True)
    if coupon.redeemed_for is not None:
        return False
    coupon.redeemed_for, coupon.redeemed_at, coupon.discount_minor = one.receipt, one.redeemed_at, one.discount_minor
    coupon.reserved_for = coupon.reserved_until = None
    if purse is not None:  # what was given can pass a budget whose money went on to another coupon when this one's day was over
        promised_minor = purse.promised_minor + one.discount_minor - (coupon.held_minor or 0)
        purse.promised_minor, coupon.held_minor = min(purse.budget_minor, promised_minor), one.discount_minor
    announce(session, CouponRedeemed(coupon.coupon_id, coupon.shown_code, coupon.conversation_id, one.redeemed_at), now=now)
    return True


def _table(text: str) -> Table:
    content = text.encode("utf-8", "replace")
    if len(content) > FILE_BYTES_MAX:
        raise RedemptionsRefused(f"The file is larger than {FILE_BYTES_MAX // 1000} kB. Bring it in parts.")
    try:
        return read_table(content)
    except ImportRefused as error:
        raise RedemptionsRefused(str(error)) from error


def _read(session: Session, table: Table, columns: Columns, now: datetime) -> tuple[list[Redemption], int, list[RowProblem]]:
    missing = [field for field in FIELDS if columns.of_field.get(field) not in table.names]
    if missing:
        raise RedemptionsRefused(f"Choose the column for: {', '.join(missing)}.")
    places = [table.names.index(columns.of_field[field]) for field in FIELDS]
    rows = [(number, [cells[place] for place in places]) for number, cells in enumerate(table.rows, start=2)]
    coupons = _coupons(session, [normal_code(cells[0][:CODE_LENGTH_MAX]) for _, cells in rows])
    found: dict[UUID, Redemption] = {}
    problems: list[RowProblem] = []
    known = 0
    for number, (code, date, amount, receipt) in rows:
        try:
            coupon, offer = _coupon(coupons, code)
            earlier = found.get(coupon.coupon_id)
            used_for = earlier.receipt if earlier else coupon.redeemed_for
            if used_for == _receipt(receipt):
                known += 1
                continue
            if used_for is not None:
                raise CouponAlreadyRedeemed(f"The code {code} was used for {used_for} already.")
            at = moment_in(date, columns)
            _check_time(coupon, receipt, at, now)
            minor = amount_in(amount, offer.currency, columns)
            _check_amount(clauses_of(session, coupon, offer), minor)
            found[coupon.coupon_id] = Redemption(number, coupon.shown_code, coupon.coupon_id, at, minor, offer.currency, receipt)
        except BillingError as error:
            problems.append(RowProblem(number, str(error)))
    return list(found.values()), known, problems


def _coupons(session: Session, codes: Sequence[str]) -> dict[str, tuple[Coupon, Offer]]:
    tenant_id = tenant_of(session)
    query = select(Coupon, Offer).join(Offer, (Offer.tenant_id == Coupon.tenant_id) & (Offer.offer_id == Coupon.offer_id))
    query = query.where(Coupon.tenant_id == tenant_id, Coupon.code == func.any(list(codes))).execution_options(populate_existing=True)
    return {coupon.code: (coupon, offer) for coupon, offer in session.execute(query)}


def _coupon(coupons: Mapping[str, tuple[Coupon, Offer]], code: str) -> tuple[Coupon, Offer]:
    found = coupons.get(normal_code(code[:CODE_LENGTH_MAX]))
    if found is None:
        raise CouponUnknown(f"The code {code[:CODE_LENGTH_MAX]!r} was not handed out here.")
    return found


def _receipt(text: str) -> str:
    if not (0 < len(text) <= ORDER_REF_LENGTH_MAX and text.isprintable()):
        raise ImportRefused("The receipt's number is missing, or is no text of at most 200 characters.")
    return text


def _check_time(coupon: Coupon, receipt: str, at: datetime, now: datetime) -> None:
    if at > now:
        raise CouponNotAccepted("The time lies ahead of us; check the file's clock and how it writes days.")
    if at < coupon.issued_at.replace(hour=0, minute=0, second=0, microsecond=0):
        raise CouponNotAccepted(f"The code was handed out on {coupon.issued_at.date().isoformat()}, after that time.")
    is_held = coupon.reserved_until is not None and now < coupon.reserved_until
    if is_held and coupon.reserved_for != receipt:
        raise CouponReservedElsewhere("A checkout holds this code at the moment; bring the file again in half an hour.")
    if at >= coupon.expires_at and not is_held:
        raise CouponExpired(f"The code was good until {coupon.expires_at.date().isoformat()}.")


def _check_amount(clauses: OfferClauses, discount_minor: int) -> None:
    most_minor = clauses.amount_minor if clauses.amount_minor is not None else clauses.discount_minor_max
    if discount_minor < 0 or (most_minor is not None and discount_minor > most_minor):
        most = "" if most_minor is None else f" and at most {format_amount(most_minor, clauses.currency)} {clauses.currency}"
        raise CouponNotAccepted(f"What the code took off must be zero or more{most}.")
