"""From what a contract version owes for an order to the movement that brings the book there: target minus posted, payee by payee. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from billing.contract_terms import ContractTerms
from billing.exchange.rates import Rate
from billing.ledger.accounts import FX_CLEARING, SHARE_EXPENSE, earned_by
from billing.ledger.posted import PostedShare
from billing.ledger.writer import Leg, leg
from billing.money import split

NO_PAYEE: Final = ""


@dataclass(frozen=True, slots=True)
class ShareStands:
    """Where a share stands or should stand: cumulative minor units in the contract's currency, and in the order's when exchanged."""

    target_minor: int
    turnover_minor: int
    exchanged_from: str | None
    exchanged_minor: int


NOTHING: Final = ShareStands(0, 0, None, 0)


def stands(posted: PostedShare | None) -> ShareStands:
    """Where the book stands."""
    if posted is None:
        return NOTHING
    return ShareStands(posted.target_minor, posted.turnover_minor, posted.exchanged_from, posted.exchanged_minor)


def share_legs(
    employee_id: UUID, terms: ContractTerms, before: ShareStands, after: ShareStands, *, expense: str = SHARE_EXPENSE
) -> tuple[Leg, ...]:
    """The postings that lead from one standing to the other; `expense` is the shop's account that pays (royalties have their own).

    Each payee's part is cut from the cumulative target, so that giving everything back leaves exactly nothing with anyone. A share in
    another currency goes through fx_clearing; when an order changes its currency, the old way is walked back and the new one taken.
    """
    if before.exchanged_from == after.exchanged_from or NOTHING in (before, after):
        return _way(employee_id, terms, before, after, after.exchanged_from or before.exchanged_from, expense=expense)
    back = _way(employee_id, terms, before, NOTHING, before.exchanged_from, expense=expense)
    return back + _way(employee_id, terms, NOTHING, after, after.exchanged_from, expense=expense)


def _way(
    employee_id: UUID, terms: ContractTerms, before: ShareStands, after: ShareStands, exchanged_from: str | None, *, expense: str
) -> tuple[Leg, ...]:
    legs: list[Leg] = []
    source = expense
    if exchanged_from is not None:
        source, exchanged = FX_CLEARING, after.exchanged_minor - before.exchanged_minor
        if exchanged:
            legs.append(leg(expense, FX_CLEARING, exchanged, exchanged_from, NO_PAYEE))
    was, due = payee_parts(terms, before.target_minor), payee_parts(terms, after.target_minor)
    for payee, minor in due.items():
        if minor != was[payee]:
            legs.append(leg(source, earned_by(employee_id, payee), minor - was[payee], terms.currency, payee))
    return tuple(legs)


def payee_parts(terms: ContractTerms, amount_minor: int) -> dict[str, int]:
    """An amount among the contract's payees, to the last unit."""
    if len(terms.payees) == 1:
        return {terms.payees[0].key: amount_minor}
    return split(amount_minor, {payee.key: payee.part_ppm for payee in terms.payees})


def share_working(
    terms: ContractTerms, parts: Sequence[tuple[Fraction | int, int, int]], rate: Rate | None, before: ShareStands, after: ShareStands
) -> dict[str, Any]:
    """What a merchant needs to recount the movement: each part's base, weight and rate, the exchange, and the figures before."""
    exchange: dict[str, Any] | None = None
    if rate is not None:
        exchange = {
            "from": rate.base, "to": rate.quote, "day": rate.day.isoformat(), "source": rate.source, "rate_e9": rate.rate_e9,
            "from_minor": after.exchanged_minor, "from_before_minor": before.exchanged_minor,
        }  # fmt: skip
    return {
        "parts": [[str(base), weight_ppm, rate_ppm] for base, weight_ppm, rate_ppm in parts],
        "fx": exchange,
        "target_minor": after.target_minor,
        "before_minor": before.target_minor,
        "turnover_minor": after.turnover_minor,
        "turnover_before_minor": before.turnover_minor,
        "payees": [[payee.key, payee.part_ppm] for payee in terms.payees],
    }
