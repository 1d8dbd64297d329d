"""A payslip arranged for its page: one row per movement however many payees share it, the rows about the whole month apart, and sums.

Pure: the lines and the sums come from the book, which sums the whole month whatever page is shown.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from app.dashboard.language import N_, _
from billing.read_orders import EarningLine
from billing.read_payslip import KindSum, PayslipLine, PayslipPage

LINES_PER_PAGE: Final = 50
KINDS: Final[Mapping[str, str]] = {
    "sale": N_("Shares of sales"),
    "refund": N_("Taken back by refunds"),
    "chargeback": N_("Taken back by banks"),
    "correction": N_("Corrections of orders"),
    "bonus": "Bonuses",
    "royalty_income": N_("Royalties on a work's income"),
    "tier": "Tiers",
    "lift": N_("Measured effect"),
    "cap": N_("Given up above the cap"),
    "minimum": N_("Filled up to the minimum"),
    "dispute": N_("Given back in disputes"),
}
"""Every kind of line in words, in the sequence the sheet sums them up."""


@dataclass(frozen=True)
class PartOfSheet:
    """What one kind of line comes to, in minor units."""

    kind: str
    name: str
    currency: str
    amount_minor: int
    count: int


@dataclass(frozen=True)
class Sheet:
    """A payslip's page: `lines` about orders (one page of them), `month_lines` about the month, and what it is made of."""

    lines: tuple[PayslipLine, ...]
    line_count: int
    page: int
    page_count: int
    month_lines: tuple[PayslipLine, ...]
    parts: tuple[PartOfSheet, ...]
    sales_minor: Mapping[str, int]
    back_minor: Mapping[str, int]


def sheet_of(read: PayslipPage) -> Sheet:
    """Arrange one page of a payslip."""
    rows = joined(read.slip.lines)
    currencies = {one.currency for one in read.kinds}
    return Sheet(
        lines=tuple(line for line in rows if line.order_id is not None),
        line_count=read.order_line_count,
        page=read.page,
        page_count=read.page_count,
        month_lines=tuple(line for line in rows if line.order_id is None),
        parts=_parts(read.kinds),
        sales_minor={code: sum(one.sales_minor for one in read.kinds if one.currency == code) for code in currencies},
        back_minor={code: sum(one.back_minor for one in read.kinds if one.currency == code) for code in currencies},
    )


def joined(lines: Iterable[PayslipLine]) -> list[PayslipLine]:
    """One line per movement: what it brought all payees together, in the sequence the movements came."""
    found: dict[tuple[UUID, str], PayslipLine] = {}
    for line in lines:
        key = line.transaction_id, line.currency
        known = found.get(key)
        found[key] = replace(known, amount_minor=known.amount_minor + line.amount_minor) if known else line
    return list(found.values())


def joined_earnings(lines: Sequence[EarningLine]) -> list[EarningLine]:
    """The same for lines that say whose they are."""
    owners = {one.line.transaction_id: one.employee_id for one in lines}
    return [EarningLine(owners[line.transaction_id], line) for line in joined(one.line for one in lines)]


def _parts(found: Sequence[KindSum]) -> tuple[PartOfSheet, ...]:
    """By currency, then in the sequence of KINDS; what it does not name comes last."""
    places = {kind: place for place, kind in enumerate(KINDS)}
    in_sequence = sorted(found, key=lambda one: (one.currency, places.get(one.kind, len(places)), one.kind))
    return tuple(PartOfSheet(one.kind, _name_of(one.kind), one.currency, one.amount_minor, one.line_count) for one in in_sequence)


def _name_of(kind: str) -> str:
    return _(KINDS.get(kind, kind.replace("_", " ").capitalize()))
