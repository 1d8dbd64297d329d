"""Ways to divide an order among the touches that count. Each is a pure function; the contract names one of the table below."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from billing.attribution.evidence import Candidate, Credit
from billing.money import PARTS_PER_MILLION

Model = Callable[[Sequence[Candidate]], tuple[Credit, ...]]


def coupon_first(candidates: Sequence[Candidate]) -> tuple[Credit, ...]:
    """The whole order to one touch: the coupon on it, else the tracked link, else the last touch.

    Of several coupons the one handed out first counts: were it the newest, handing out codes at the till would steal orders.
    """
    coupons = [candidate for candidate in candidates if candidate.step == "coupon"]
    if coupons:
        return (Credit(min(coupons, key=_moment), PARTS_PER_MILLION, "The order carries a coupon this employee handed out."),)
    links = [candidate for candidate in candidates if candidate.step == "link"]
    if links:
        return (Credit(max(links, key=_moment), PARTS_PER_MILLION, "The buyer followed this employee's tracked link."),)
    if candidates:
        return (Credit(max(candidates, key=_moment), PARTS_PER_MILLION, "This employee was the last to talk with the buyer."),)
    return ()


def _moment(candidate: Candidate) -> tuple[datetime, str]:
    return candidate.touch.occurred_at, str(candidate.touch.touch_id)


MODELS: Final[Mapping[str, Model]] = {"coupon_first": coupon_first}
