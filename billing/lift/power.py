"""How long an experiment takes: the visitors and days until a gain of a given size would most likely be told apart from chance.

Two answers stand side by side: for one look at the end, fixed in advance, and for the always-valid interval, which may be looked at
each day. The second is larger, and it is what the contract pays by. It is on the safe side: an interval that may be looked at daily
often tells before its last day.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Final

from billing.errors import ExperimentRefused
from billing.lift.decimals import in_fixed_precision, normal_quantile, whole
from billing.lift.sequence import BUYERS_MIN, always_width, one_look_width
from billing.money import PARTS_PER_MILLION

DAYS_MAX: Final = 3 * 365
"""Longer than this is called never: within three years shop, season and employee have changed."""
VISITORS_MAX: Final = 2**50


@dataclass(frozen=True)
class ShopFigures:
    """What a shop is like without the employee. Worth in minor units of its currency."""

    visitors_per_day: int
    conversion_ppm: int
    order_worth_minor: int
    order_worth_deviation_minor: int


@dataclass(frozen=True)
class ExperimentWish:
    """The least gain worth finding (as a part of worth per visitor), the share held out, how sure to be, and how surely to find it."""

    lift_ppm: int
    holdout_ppm: int = 100_000
    confidence_ppm: int = 950_000
    power_ppm: int = 800_000


@dataclass(frozen=True)
class VisitorsNeeded:
    """Visitors in both arms together, and the days until they have come, at least one."""

    visitors: int
    days: int


@in_fixed_precision
def one_look_visitors(shop: ShopFigures, wish: ExperimentWish) -> int:
    """Visitors for one look: (z of confidence + z of power)^2 * variance / effect^2, for arms of these sizes (textbook)."""
    deviations = one_look_width(wish.confidence_ppm) + _power_deviations(wish)
    return max(_up((deviations * unit_error(shop, wish) / effect_minor(shop, wish)) ** 2), buyers_floor(shop, wish))


@in_fixed_precision
def always_valid_visitors(shop: ShopFigures, wish: ExperimentWish) -> int:
    """The first number of visitors at which the always-valid interval leaves zero out with the wished power."""
    per_error = effect_minor(shop, wish) / unit_error(shop, wish)

    def tells(visitors: int) -> bool:
        return per_error * Decimal(visitors).sqrt() >= always_width(visitors, wish.confidence_ppm) + _power_deviations(wish)

    low, high = 0, VISITORS_MAX
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if tells(middle) else (middle, high)
    return max(high, buyers_floor(shop, wish))


@in_fixed_precision
def effect_minor(shop: ShopFigures, wish: ExperimentWish) -> Decimal:
    """The gain to find, per visitor, in minor units."""
    return mean_minor(shop) * wish.lift_ppm / PARTS_PER_MILLION


@in_fixed_precision
def mean_minor(shop: ShopFigures) -> Decimal:
    """Worth per visitor, buyers or not."""
    return Decimal(shop.order_worth_minor * shop.conversion_ppm) / PARTS_PER_MILLION


@in_fixed_precision
def unit_error(shop: ShopFigures, wish: ExperimentWish) -> Decimal:
    """The standard error of the difference of means, times the root of the visitors.

    The gain is taken to come from more visitors buying, which widens the arm that gains; each arm's variance is at least that of both
    together, as in the comparison itself.
    """
    held_out, gain = Decimal(wish.holdout_ppm) / PARTS_PER_MILLION, 1 + Decimal(wish.lift_ppm) / PARTS_PER_MILLION
    alone, gained = _variance(shop, Decimal(1)), _variance(shop, gain)
    together = held_out * alone + (1 - held_out) * gained + held_out * (1 - held_out) * effect_minor(shop, wish) ** 2
    return (max(alone, together) / held_out + max(gained, together) / (1 - held_out)).sqrt()


def _variance(shop: ShopFigures, gain: Decimal) -> Decimal:
    """Of worth per visitor, when this many times as many buy."""
    conversion = shop.conversion_ppm * gain / PARTS_PER_MILLION
    squares = conversion * (shop.order_worth_deviation_minor**2 + shop.order_worth_minor**2)
    return squares - (conversion * shop.order_worth_minor) ** 2


@in_fixed_precision
def buyers_floor(shop: ShopFigures, wish: ExperimentWish) -> int:
    """Visitors until the smaller arm has the buyers without whom nothing is told."""
    smaller_ppm = min(wish.holdout_ppm, PARTS_PER_MILLION - wish.holdout_ppm)
    return _up(Decimal(BUYERS_MIN * PARTS_PER_MILLION**2) / (smaller_ppm * shop.conversion_ppm))


def check(shop: ShopFigures, wish: ExperimentWish) -> None:
    """Raise ExperimentRefused, with a sentence, for figures no shop or experiment can have."""
    every, half = PARTS_PER_MILLION, PARTS_PER_MILLION // 2
    gained_ppm = shop.conversion_ppm * (every + wish.lift_ppm) // every
    worth_is_possible = shop.order_worth_minor > 0 and shop.order_worth_deviation_minor >= 0
    faults = (
        (shop.visitors_per_day < 0, "Visitors per day are zero or more."),
        (not 0 < shop.conversion_ppm < every, "Some visitors buy and some do not: give a conversion between 0 and 100 %."),
        (not worth_is_possible, "An order is worth more than 0 and varies by 0 or more."),
        (wish.lift_ppm <= 0, "The gain to find lies above 0."),
        (gained_ppm > every, "With this gain more visitors would buy than there are."),
        (not 0 < wish.holdout_ppm < every, "Hold out some visitors and not all: else there is nothing to compare."),
        (not half <= wish.confidence_ppm < every, "Confidence lies from 50 % to below 100 %."),
        (not half <= wish.power_ppm < every, "The chance to find the gain lies from 50 % to below 100 %."),
    )
    for is_wrong, sentence in faults:
        if is_wrong:
            raise ExperimentRefused(sentence)


def days_for(visitors: int, shop: ShopFigures, window_days: int) -> int | None:
    """Days until so many visitors have come and the last one's window is over; None when that is never (DAYS_MAX)."""
    if shop.visitors_per_day == 0:
        return None
    days = -(-visitors // shop.visitors_per_day) + window_days
    return days if days <= DAYS_MAX else None


def forgone_minor(visitors: int, shop: ShopFigures, wish: ExperimentWish) -> int:
    """What holding visitors out costs the shop, if the gain is as large as wished: the held-out visitors' part of it."""
    return whole(effect_minor(shop, wish) * (visitors * wish.holdout_ppm // PARTS_PER_MILLION))


def _power_deviations(wish: ExperimentWish) -> Decimal:
    return normal_quantile(Decimal(wish.power_ppm) / PARTS_PER_MILLION)


def _up(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_CEILING))
