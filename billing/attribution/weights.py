"""How each model weighs a path of touches: exact whole numbers whose proportions are the parts, oldest touch first.

Every function takes a path of one touch or more and returns one weight for each, never negative and never all zero. The
proportions are exact; `ppm_of` rounds them once, for money. Reports over many paths use the exact proportions. No floats.
"""

from collections.abc import Hashable, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Final

from billing.money import PARTS_PER_MILLION

_DIGITS: Final = 18
_DECIMAL: Final = Context(prec=_DIGITS + 2, rounding=ROUND_HALF_EVEN)
_LN_2: Final = _DECIMAL.ln(Decimal(2))


def first_weights(count: int) -> list[int]:
    """Everything to the first touch."""
    return _all_to(0, count)


def last_weights(count: int) -> list[int]:
    """Everything to the last touch."""
    return _all_to(count - 1, count)


def coupon_first_weights(steps: Sequence[str]) -> list[int]:
    """Everything to the first coupon, else to the last link, else to the last touch.

    Of several coupons the one handed out first counts: were it the newest, handing out codes at the till would steal orders.
    """
    return _all_to(steps.index("coupon"), len(steps)) if "coupon" in steps else link_first_weights(steps)


def link_first_weights(steps: Sequence[str]) -> list[int]:
    """Everything to the last link, else to the last touch."""
    for index in range(len(steps) - 1, -1, -1):
        if steps[index] == "link":
            return _all_to(index, len(steps))
    return last_weights(len(steps))


def linear_weights(count: int) -> list[int]:
    """The same to every touch."""
    return [1] * count


def position_weights(count: int) -> list[int]:
    """40 % each to the first and the last, 20 % to those between; one touch takes all, two take half each."""
    if count <= 2:
        return [1] * count
    between = count - 2
    return [2 * between] + [1] * between + [2 * between]


def decay_step_weights(count: int) -> list[int]:
    """Each touch half of the one after it: 2^-(n-1-i), written as whole numbers."""
    return [1 << index for index in range(count)]


def decay_half_life_weights(ages: Sequence[int], half_life: int) -> list[int]:
    """Half as much for every half-life of age; `ages` and `half_life` in the same unit, to 18 digits.

    Ages are taken from the latest touch on: proportions stay the same, and the latest weighs 1 however old it is. exp() of a
    decimal is correctly rounded by its standard, so every machine gets the same digits.
    """
    latest = min(ages)
    per_unit = _DECIMAL.divide(_LN_2, Decimal(half_life))
    return [int(_DECIMAL.exp(_DECIMAL.multiply(latest - age, per_unit)).scaleb(_DIGITS)) for age in ages]


def shapley_weights(owners: Sequence[Hashable]) -> list[int]:
    """The same to every distinct owner of a touch, on the last of its touches.

    This is the exact Shapley value of the game in which a set of owners is worth the orders whose paths lie inside the set: such a
    game is a sum of unanimity games, one for each path, and each of those divides equally among the path's members.
    """
    weights, seen = [0] * len(owners), set()
    for index in range(len(owners) - 1, -1, -1):
        if owners[index] not in seen:
            seen.add(owners[index])
            weights[index] = 1
    return weights


def _all_to(index: int, count: int) -> list[int]:
    weights = [0] * count
    weights[index] = 1
    return weights


def ppm_of(weights: Sequence[int], ties: Sequence[Any]) -> list[int]:
    """Whole parts per million in proportion to the weights, summing to exactly 1_000_000.

    Millionths left over go to the largest remainders, equal ones in the sequence of `ties`: a distinct, sortable key for each weight.
    """
    total = sum(weights)
    if total == 1:
        return [weight * PARTS_PER_MILLION for weight in weights]  # one touch takes all, the commonest case by far
    parts = [weight * PARTS_PER_MILLION // total for weight in weights]
    left_over = PARTS_PER_MILLION - sum(parts)
    if left_over:
        remainders = [-(weight * PARTS_PER_MILLION % total) for weight in weights]
        for _, _, index in sorted(zip(remainders, ties, range(len(weights)), strict=True))[:left_over]:
            parts[index] += 1
    return parts
