"""Tells a shop, before it holds anyone out, how long it must wait to learn what an employee adds, or that it never will."""

from dataclasses import dataclass
from typing import Final

from billing.contract_terms import percent_text
from billing.errors import ExperimentRefused
from billing.lift.decimals import root, whole
from billing.lift.power import (
    DAYS_MAX,
    ExperimentWish,
    ShopFigures,
    always_valid_visitors,
    check,
    days_for,
    forgone_minor,
    one_look_visitors,
)
from billing.lift.sequence import ArmSums
from billing.money import PARTS_PER_MILLION, Money

__all__ = ["ExperimentPlan", "ExperimentRefused", "ExperimentWish", "ShopFigures", "figures_of", "plan_experiment"]

EVEN_PPM: Final = PARTS_PER_MILLION // 2


@dataclass(frozen=True)
class ExperimentPlan:
    """Visitors and days (None: never at this traffic) for one look and for looking at any time, and what it costs to know.

    `days_even` is what looking at any time would take with half of all visitors held out, the fastest split there is.
    """

    one_look_visitors: int
    one_look_days: int | None
    always_valid_visitors: int
    always_valid_days: int | None
    days_even: int | None
    forgone_minor: int
    sentence: str


def plan_experiment(shop: ShopFigures, wish: ExperimentWish, *, currency: str, window_days: int = 0) -> ExperimentPlan:
    """How many visitors and days the wished gain takes to be told. Pure; raises ExperimentRefused.

    `window_days` is how long a visitor's purchases count: the last visitor's window must be over too.
    """
    check(shop, wish)
    once, always = one_look_visitors(shop, wish), always_valid_visitors(shop, wish)
    even = ExperimentWish(wish.lift_ppm, EVEN_PPM, wish.confidence_ppm, wish.power_ppm)
    once_days, always_days = days_for(once, shop, window_days), days_for(always, shop, window_days)
    days_even = days_for(always_valid_visitors(shop, even), shop, window_days)
    forgone = forgone_minor(always, shop, wish)
    answer = _answer(once_days, always_days, always, Money(forgone, currency)) if always_days else _never(once_days, days_even, always)
    return ExperimentPlan(once, once_days, always, always_days, days_even, forgone, f"{_question(shop, wish, currency)} {answer}")


def figures_of(visitors: ArmSums, days: int) -> ShopFigures:
    """A shop's figures as its own experiment shows them, best from those held out; a buyer's orders in the window are one purchase.

    Raises ExperimentRefused when nobody has bought yet: there is nothing to plan from.
    """
    if not (visitors.buyers and days > 0):
        raise ExperimentRefused("Nobody has bought yet, so there are no figures to plan from.")
    buyers = ArmSums(visitors.buyers, visitors.buyers, visitors.total_minor, visitors.squares)
    return ShopFigures(
        visitors.visitors // days,
        visitors.buyers * PARTS_PER_MILLION // visitors.visitors,
        whole(buyers.mean),
        whole(root(buyers.variance)),
    )


def _question(shop: ShopFigures, wish: ExperimentWish, currency: str) -> str:
    worth = Money(shop.order_worth_minor, currency)
    return (
        f"With {shop.visitors_per_day} visitors a day, {percent_text(shop.conversion_ppm)} of whom buy for {worth} on average, and "
        f"{percent_text(wish.holdout_ppm)} of visitors held out, a gain of {percent_text(wish.lift_ppm)}"
    )


def _answer(once_days: int | None, always_days: int, visitors: int, forgone: Money) -> str:
    return (
        f"is told within {always_days} days ({visitors} visitors) by an interval you may look at every day; "
        f"one look, fixed in advance, would take {once_days} days. Those held out would have bought for {forgone} more."
    )


def _never(once_days: int | None, days_even: int | None, visitors: int) -> str:
    said = f"cannot be told at this shop's traffic: it takes {visitors} visitors, which is more than {DAYS_MAX // 365} years."
    if days_even:
        return f"{said} With half of all visitors held out it would take {days_even} days."
    if once_days:
        return f"{said} One look, fixed in advance, would take {once_days} days."
    return f"{said} Look for a larger gain, or pay by attribution."
