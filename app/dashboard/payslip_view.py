"""A payslip arranged for its page: one row per movement however many payees share it, the rows about the whole month apart, and sums.

Pure: the lines come from the book, and every figure here is a sum of the lines that the page lists.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from app.dashboard.language import N_, _
from billing.read_orders import EarningLine
from billing.read_payslip import Payslip, PayslipLine

LINES_PER_PAGE: Final = 100
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

    slip: Payslip
    lines: tuple[PayslipLine, ...]
    line_count: int
    page: int
    page_count: int
    month_lines: tuple[PayslipLine, ...]
    parts: tuple[PartOfSheet, ...]
    sales_minor: Mapping[str, int]
    back_minor: Mapping[str, int]


def sheet_of(slip: Payslip, *, page: int) -> Sheet:
    """Arrange a payslip; `page` counts from 1, and one beyond the last is the last."""
    rows = joined(slip.lines)
    orders = tuple(line for line in rows if line.order_id is not None)
    page_count = max(1, -(-len(orders) // LINES_PER_PAGE))
    shown = min(max(page, 1), page_count)
    first = (shown - 1) * LINES_PER_PAGE
    currencies = {line.currency for line in rows}
    return Sheet(
        slip=slip,
        lines=orders[first : first + LINES_PER_PAGE],
        line_count=len(orders),
        page=shown,
        page_count=page_count,
        month_lines=tuple(line for line in rows if line.order_id is None),
        parts=_parts(rows),
        sales_minor={
            one: sum(line.amount_minor for line in orders if line.currency == one and line.amount_minor > 0) for one in currencies
        },
        back_minor={one: sum(line.amount_minor for line in orders if line.currency == one and line.amount_minor < 0) for one in currencies},
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


def _parts(rows: Sequence[PayslipLine]) -> tuple[PartOfSheet, ...]:
    kinds = [*KINDS, *sorted({line.kind for line in rows} - KINDS.keys())]
    found = []
    for currency in sorted({line.currency for line in rows}):
        for kind in kinds:
            own = [line.amount_minor for line in rows if line.kind == kind and line.currency == currency]
            if own:
                found.append(PartOfSheet(kind, _(KINDS.get(kind, kind.replace("_", " ").capitalize())), currency, sum(own), len(own)))
    return tuple(found)
