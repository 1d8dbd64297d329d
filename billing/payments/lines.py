"""From a statement's sums to an invoice's lines: one per employee and kind, and, past the two hundredth, the rest in one.

The lines add up to what the statement pays. A payee who ends below zero is carried, not billed, so the carried amount stands as a line of
its own wherever one payee owes while another is due.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from billing.payments.gateway import OrderLine

LINES_MAX: Final = 200
TITLES: Final[Mapping[str, str]] = {
    "share": "Share of sales", "royalty": "Royalties", "bonus": "Bonuses", "tier": "Tiers", "lift": "Pay on measured lift",
    "cap": "Above the cap", "minimum": "Guaranteed minimum", "dispute": "Disputes", "brought_forward": "Brought forward",
    "reserve_release": "Reserve released", "reserve": "Kept in reserve", "carried": "Carried into the next month",
    "credited_before": "Given back by credit note before",
}  # fmt: skip
PAID_BY_STATEMENT: Final = "close"


def lines_of(
    sums: Mapping[str, int], *, employee_id: UUID, employee_name: str, carried_minor: int, credited_before_minor: int = 0
) -> tuple[OrderLine, ...]:
    """Lines from a statement's sums by kind (signed minor units), in the sequence of TITLES; kinds that come to nothing are left out."""
    wanted = {kind: minor for kind, minor in sums.items() if kind != PAID_BY_STATEMENT}
    wanted |= {"carried": -carried_minor, "credited_before": credited_before_minor}
    place = {kind: number for number, kind in enumerate(TITLES)}
    kept = sorted(((kind, minor) for kind, minor in wanted.items() if minor), key=lambda one: (place.get(one[0], len(place)), one[0]))
    return merged(
        [OrderLine(at, employee_id, kind, f"{employee_name}: {TITLES.get(kind, kind)}", minor) for at, (kind, minor) in enumerate(kept, 1)]
    )


def merged(lines: Sequence[OrderLine], limit: int = LINES_MAX) -> tuple[OrderLine, ...]:
    """At most `limit` lines: the last one holds everything that has no place of its own."""
    if len(lines) <= limit:
        return tuple(lines)
    rest = lines[limit - 1 :]
    title = f"{len(rest)} further lines; the payslip names each"
    last = replace(rest[0], kind="rest", title=title, amount_minor=sum(one.amount_minor for one in rest))
    return (*lines[: limit - 1], last)
